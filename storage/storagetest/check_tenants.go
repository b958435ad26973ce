package storagetest

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/storage"
)

var tenantChecks = []check{
	{name: "claim-except", run: claimExcept,
		doc: "A claim hands out nothing of the tenants in Except, and its Limit counts the others alone."},
	{name: "claim-except-lapsed", run: claimExceptLapsed,
		doc: "Except covers tasks whose lease ended, too; their claims hold, and they are handed out once the tenant is asked for again."},
	{name: "claim-except-next", run: claimExceptNext,
		doc: "Tasks of the tenants in Except count for Next."},
	{name: "tenant-list", run: tenantList,
		doc: "Tenants, where a store has it, lists every tenant that has streams once, in byte order, page by page."},
	{name: "tenant-list-refuses", run: tenantListRefuses,
		doc: "Tenants answers a malformed call with an *InvalidError, and an ended context with its error."},
}

// claimFor claims, leaving tenants out.
func (e *env) claimFor(limit int, lease time.Duration, except ...string) storage.Claims {
	e.Helper()
	return e.ask(storage.ClaimQuery{Worker: "checker", Limit: limit, Lease: lease, Except: except})
}

// ownTasks schedules tasks for tenants: the first is the longest due.
func (e *env) ownTasks(tenants ...string) {
	e.Helper()
	now := e.now()
	for i, tenant := range tenants {
		id := fmt.Sprint(tenant, " ", i)
		e.schedule(storage.Stream{Tenant: tenant, ID: id}, task(id, now.Add(time.Duration(i-len(tenants))*time.Second)))
	}
}

func claimExcept(e *env) {
	e.ownTasks("loud", "loud", "loud", "quiet", "odd", "quiet", "loud")
	e.equal(taskIDs(e.claimFor(storage.MaxClaim, long, "loud", "quiet", "odd", "unknown").Tasks), "", "a claim that leaves all out")
	e.equal(taskIDs(e.claimFor(2, long, "loud", "odd").Tasks), "quiet 3 quiet 5", "a claim that leaves out two")
	e.equal(taskIDs(e.claimFor(3, long, "odd", "odd", "quiet").Tasks), "loud 0 loud 1 loud 2", "a claim that leaves out another")
	e.schedule(storage.Stream{Tenant: "name's \"%_\\,", ID: "n"}, task("n", e.now()))
	e.equal(taskIDs(e.claimFor(storage.MaxClaim, long, "loud", "name's \"%_\\,").Tasks), "odd 4", "a claim that leaves out a name with odd characters")
	e.equal(taskIDs(e.claimFor(storage.MaxClaim, long, "name", "LOUD", "lou", "loud%").Tasks), "loud 6 n", "a claim that leaves out names like those of others")
}

func claimExceptLapsed(e *env) {
	e.ownTasks("loud", "quiet")
	first := e.claimFor(storage.MaxClaim, e.unit).Tasks
	if got := taskIDs(first); got != "loud 0 quiet 1" {
		e.Fatalf("Claim handed out %q, want both tasks", got)
	}
	e.pass(2 * e.unit)
	e.equal(taskIDs(e.claimFor(storage.MaxClaim, long, "loud").Tasks), "quiet 1", "a claim that leaves out one of two whose leases ended")
	e.settle(first[0], storage.Extend, e.unit) // nobody took it over
	e.pass(2 * e.unit)
	e.equal(taskIDs(e.claimFor(storage.MaxClaim, long, "loud", "quiet").Tasks), "", "a claim that leaves out both")
	again := e.claimOne("loud 0", long)
	if again.Attempt != 2 || again.Epoch <= first[0].Epoch {
		e.Errorf("a task that was left alone meanwhile: attempt %d, epoch %d, want attempt 2, and an epoch above %d",
			again.Attempt, again.Epoch, first[0].Epoch)
	}
}

func claimExceptNext(e *env) {
	now := e.now()
	e.schedule(storage.Stream{Tenant: "loud", ID: "a"}, task("later", now.Add(long)))
	e.schedule(storage.Stream{Tenant: "quiet", ID: "a"}, task("last", now.Add(2*long)))
	next := func(claims storage.Claims, want time.Time, tasks, when string) {
		e.Helper()
		e.equal(taskIDs(claims.Tasks), tasks, "a claim "+when)
		if wrong := wrongInstant(claims.Next, want); wrong != "" {
			e.Errorf("Next of a claim %s: %s", when, wrong)
		}
	}
	next(e.claimFor(9, long, "loud"), now.Add(long), "", "with a later task of a tenant left out")
	e.amend(storage.Stream{Tenant: "loud", ID: "a"}, func(c *storage.Change) {
		c.Schedule = []storage.TaskSpec{task("due", now.Add(-time.Minute))}
	})
	next(e.claimFor(9, long, "loud"), now.Add(-time.Minute), "", "with a due task of a tenant left out")
	e.amend(storage.Stream{Tenant: "quiet", ID: "a"}, func(c *storage.Change) {
		c.Schedule = []storage.TaskSpec{task("also due", now)}
	})
	next(e.claimFor(9, long, "loud"), now.Add(-time.Minute), "also due", "beside a due task of a tenant left out")
	held := e.claimFor(1, long/2, "quiet").Tasks
	if taskIDs(held) != "due" {
		e.Fatalf("Claim handed out %q, want \"due\"", taskIDs(held))
	}
	next(e.claimFor(9, long, "loud"), held[0].LeaseUntil, "", "with a lease of a tenant left out")
}

// lister is the optional interface of the store.
func (e *env) lister() (storage.TenantLister, bool) {
	e.Helper()
	l, ok := e.s.(storage.TenantLister)
	if !ok {
		e.Logf("%T is no storage.TenantLister: there is nothing to check", e.s)
	}
	return l, ok
}

// tenants lists all, in pages, and calls between before each next page.
func (e *env) tenants(l storage.TenantLister, limit int, between func(page int)) []string {
	e.Helper()
	var all []string
	after := ""
	for page := range 1000 {
		some, err := l.Tenants(e.ctx, after, limit)
		if err != nil {
			e.Fatalf("Tenants after %q: %v", after, err)
		}
		if len(some) > limit {
			e.Errorf("Tenants lists %d at once, want at most %d", len(some), limit)
		}
		if len(some) == 0 {
			return all
		}
		all, after = append(all, some...), some[len(some)-1]
		if between != nil {
			between(page)
		}
	}
	e.Fatalf("Tenants does not come to an end: %d pages", 1000)
	return nil
}

func tenantList(e *env) {
	l, ok := e.lister()
	if !ok {
		return
	}
	e.equal(strings.Join(e.tenants(l, 1, nil), " | "), "", "the tenants of an empty store")
	names := []string{"acme", "B", "ab", "a b", "ä", "Z", "10", "日", "_", "a", "zulu", "\x01"}
	for i, name := range names {
		for n := range 1 + i%3 {
			c := change(storage.Stream{Tenant: name, ID: fmt.Sprint(n)}, 0, 1)
			c.Snapshot.Kind = fmt.Sprint("kind ", n)
			e.commit(c)
		}
	}
	slices.Sort(names)
	want := strings.Join(names, " | ")
	for _, limit := range []int{1, 5, len(names), storage.MaxPage} {
		e.equal(strings.Join(e.tenants(l, limit, nil), " | "), want, fmt.Sprint("the tenants, by ", limit))
	}
	// Others come and old ones go on meanwhile.
	got := e.tenants(l, 3, func(page int) {
		e.commit(change(storage.Stream{Tenant: fmt.Sprint("!", page), ID: "new"}, 0, 1))
		e.commit(change(storage.Stream{Tenant: "acme", ID: fmt.Sprint("new ", page)}, 0, 1))
	})
	for _, name := range names {
		if n := len(got) - len(slices.DeleteFunc(slices.Clone(got), func(s string) bool { return s == name })); n != 1 {
			e.Errorf("the tenant %q, which was there all the time, was listed %d times, want once: %q", name, n, got)
		}
	}
	one, err := l.Tenants(e.ctx, "acm", 1)
	if err != nil || len(one) != 1 || one[0] != "acme" {
		e.Errorf("Tenants after a name that is none of them: got %q and the error %v, want \"acme\"", one, err)
	}
}

func tenantListRefuses(e *env) {
	l, ok := e.lister()
	if !ok {
		return
	}
	e.commit(change(alpha, 0, 1))
	for _, call := range []struct {
		after string
		limit int
	}{{"", 0}, {"", -1}, {"", storage.MaxPage + 1}, {strings.Repeat("n", storage.MaxNameLen+1), 1}, {"a\x00b", 1}} {
		e.invalid(func() error { _, err := l.Tenants(e.ctx, call.after, call.limit); return err },
			fmt.Sprintf("Tenants after %.9q, at most %d", call.after, call.limit))
	}
	ctx, cancel := context.WithCancel(e.ctx)
	cancel()
	if _, err := l.Tenants(ctx, "", 1); !errors.Is(err, context.Canceled) {
		e.Errorf("Tenants with a cancelled context: got the error %v, want context.Canceled", err)
	}
}
