package storagetest_test

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/storage"
)

// lister makes a mutant that asks for other tenants than it should, or changes
// the answer; either may be nil.
func lister(ask func(after *string, limit *int), answer func(after string, names []string) []string) func() hooks {
	return func() hooks {
		return hooks{tenants: func(in storage.TenantLister, ctx context.Context, after string, limit int) ([]string, error) {
			asked := after
			if ask != nil && storage.ValidateTenants(after, limit) == nil {
				ask(&after, &limit)
			}
			names, err := in.Tenants(ctx, after, limit)
			if err == nil && answer != nil {
				names = answer(asked, names)
			}
			return names, err
		}}
	}
}

func tenantMutants() []mutant {
	return []mutant{
		{"Except is ignored", "claim-except", claims(func(q *storage.ClaimQuery) { q.Except = nil }, nil)},
		{"only the first of Except counts", "claim-except", claims(
			func(q *storage.ClaimQuery) { q.Except = q.Except[:min(1, len(q.Except))] }, nil)},
		{"Limit counts the tasks left out", "claim-except", claims(
			func(q *storage.ClaimQuery) { q.Except = nil },
			func(q storage.ClaimQuery, c *storage.Claims) {
				c.Tasks = slices.DeleteFunc(c.Tasks, func(t storage.Task) bool { return slices.Contains(q.Except, t.Stream.Tenant) })
			})},
		{"Except compares without regard to case", "claim-except", claims(func(q *storage.ClaimQuery) {
			q.Except = slices.Clone(q.Except)
			for i := range q.Except {
				q.Except[i] = strings.ToLower(q.Except[i])
			}
		}, nil)},
		{"Except overlooks tasks whose lease ended", "claim-except-lapsed", tracks(func(tr *tracker) hooks {
			return hooks{claim: func(in storage.Store, ctx context.Context, q storage.ClaimQuery) (storage.Claims, error) {
				tr.Lock()
				now := headOf(in, storage.Stream{Tenant: "acme", ID: "none"}).Now
				q.Except = without(q.Except, func(tenant string) bool {
					for name, t := range tr.latest {
						if name.stream.Tenant == tenant && !t.LeaseUntil.After(now) {
							return true
						}
					}
					return false
				})
				tr.Unlock()
				return tr.claim(in, ctx, q)
			}}
		})},
		{"Next overlooks the tenants left out", "claim-except-next", claims(nil,
			func(q storage.ClaimQuery, c *storage.Claims) {
				if len(q.Except) > 0 && !c.Next.After(c.Now) {
					c.Next = time.Time{}
				}
			})},
		{"Next overlooks the later tasks of tenants left out", "claim-except-next", claims(nil,
			func(q storage.ClaimQuery, c *storage.Claims) {
				if len(q.Except) > 0 && c.Next.After(c.Now) {
					c.Next = c.Next.Add(time.Hour)
				}
			})},
		{"too many tenants may be left out", "calls-refuse-malformed", claims(
			func(q *storage.ClaimQuery) { q.Except = q.Except[:min(storage.MaxExcept, len(q.Except))] }, nil)},

		{"tenants are not ordered", "tenant-list", lister(nil,
			func(_ string, names []string) []string { slices.Reverse(names); return names })},
		{"the last tenant is missing", "tenant-list", lister(nil,
			func(_ string, names []string) []string { return names[:max(0, len(names)-1)] })},
		{"a tenant is listed for each of its streams", "tenant-list", lister(nil,
			func(_ string, names []string) []string {
				return slices.Concat(names[:min(1, len(names))], names)
			})},
		{"the tenant after which to list is listed again", "tenant-list", lister(nil,
			func(after string, names []string) []string {
				if after == "a" && len(names) > 0 {
					names[0] = after
				}
				return names
			})},
		{"the limit of Tenants is ignored", "tenant-list", lister(func(_ *string, limit *int) { *limit = storage.MaxPage }, nil)},
		{"a malformed call of Tenants passes", "tenant-list-refuses", func() hooks {
			return hooks{tenants: func(in storage.TenantLister, ctx context.Context, after string, limit int) ([]string, error) {
				return in.Tenants(ctx, after, max(limit, 1))
			}}
		}},
		{"Tenants ignores its context", "tenant-list-refuses", func() hooks {
			return hooks{tenants: func(in storage.TenantLister, ctx context.Context, after string, limit int) ([]string, error) {
				return in.Tenants(context.WithoutCancel(ctx), after, limit)
			}}
		}},
	}
}
