package storagetest_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"github.com/incidentkit/incidentkit/storage"
)

// claims makes a mutant that asks for another claim than it should, or changes
// the answer; either may be nil.
func claims(ask func(q *storage.ClaimQuery), answer func(q storage.ClaimQuery, c *storage.Claims)) func() hooks {
	return func() hooks {
		return hooks{claim: func(in storage.Store, ctx context.Context, q storage.ClaimQuery) (storage.Claims, error) {
			asked := q
			if ask != nil {
				ask(&q)
			}
			c, err := in.Claim(ctx, q)
			if err == nil && answer != nil {
				answer(asked, &c)
			}
			return c, err
		}}
	}
}

// settles makes a mutant of a Settle without memory.
func settles(f func(in storage.Store, ctx context.Context, s storage.Settlement) error) func() hooks {
	return func() hooks { return hooks{settle: f} }
}

// tracker is a mutant's own record of claims.
type tracker struct {
	sync.Mutex
	latest map[taskName]storage.Task
}

func (tr *tracker) claim(in storage.Store, ctx context.Context, q storage.ClaimQuery) (storage.Claims, error) {
	c, err := in.Claim(ctx, q)
	tr.Lock()
	defer tr.Unlock()
	for _, t := range c.Tasks {
		tr.latest[taskName{t.Stream, t.ID}] = t
	}
	return c, err
}

func (tr *tracker) get(st storage.Stream, id string) (storage.Task, bool) {
	tr.Lock()
	defer tr.Unlock()
	t, ok := tr.latest[taskName{st, id}]
	return t, ok
}

// tracks makes a mutant that knows the latest claim of every task.
func tracks(f func(tr *tracker) hooks) func() hooks {
	return func() hooks {
		tr := &tracker{latest: map[taskName]storage.Task{}}
		h := f(tr)
		if h.claim == nil {
			h.claim = tr.claim
		}
		return h
	}
}

// shiftedEpochs makes a mutant whose epochs start over when reset says so.
func shiftedEpochs(reset func(h *hooks, forget func())) func() hooks {
	return func() hooks {
		var mu sync.Mutex
		var base, last uint64
		actual := map[taskName]map[uint64]uint64{} // as handed out -> as it is
		translate := func(st storage.Stream, f storage.Fence) storage.Fence {
			mu.Lock()
			defer mu.Unlock()
			if e, ok := actual[taskName{st, f.Task}][f.Epoch]; ok {
				f.Epoch = e
			}
			return f
		}
		h := hooks{
			claim: func(in storage.Store, ctx context.Context, q storage.ClaimQuery) (storage.Claims, error) {
				c, err := in.Claim(ctx, q)
				mu.Lock()
				defer mu.Unlock()
				for i, t := range c.Tasks {
					k := taskName{t.Stream, t.ID}
					if actual[k] == nil {
						actual[k] = map[uint64]uint64{}
					}
					last = max(last, t.Epoch)
					actual[k][t.Epoch-base] = t.Epoch
					c.Tasks[i].Epoch -= base
				}
				return c, err
			},
			commit: func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
				if c.Fence != nil {
					f := translate(c.Stream, *c.Fence)
					c.Fence = &f
				}
				return in.Commit(ctx, c)
			},
			settle: func(in storage.Store, ctx context.Context, s storage.Settlement) error {
				s.Fence = translate(s.Stream, s.Fence)
				return in.Settle(ctx, s)
			},
		}
		reset(&h, func() {
			mu.Lock()
			defer mu.Unlock()
			base = last
		})
		return h
	}
}

func taskMutants() []mutant {
	return []mutant{
		{"payloads are lost", "task-as-scheduled", rewrites(func(c *storage.Change) {
			c.Schedule = slices.Clone(c.Schedule)
			for i := range c.Schedule {
				c.Schedule[i].Payload = nil
			}
		})},
		{"tasks are claimed before they are due", "task-not-before-due", early(time.Hour)},
		{"tasks are claimed early, and the time of the claim is not told", "task-not-before-due", func() hooks {
			h := early(time.Hour)()
			inner := h.claim
			h.claim = func(in storage.Store, ctx context.Context, q storage.ClaimQuery) (storage.Claims, error) {
				c, err := inner(in, ctx, q)
				c.Now = c.Now.Add(time.Hour)
				return c, err
			}
			return h
		}},
		{"a task is due only after its due time", "task-due-inclusive", early(-time.Microsecond)},
		{"the latest due task comes first", "task-due-order", claims(nil,
			func(_ storage.ClaimQuery, c *storage.Claims) { slices.Reverse(c.Tasks) })},
		{"a task cancels those with its id in other streams", "task-per-stream", func() hooks {
			var mu sync.Mutex
			seen := map[string]storage.Stream{}
			return hooks{commit: func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
				mu.Lock()
				defer mu.Unlock()
				for _, t := range c.Schedule {
					if st, ok := seen[t.ID]; ok && st != c.Stream && c.Validate() == nil {
						_, _ = in.Commit(ctx, storage.Change{Stream: st, Expect: headOf(in, st).Version, Cancel: []string{t.ID}})
					}
					seen[t.ID] = c.Stream
				}
				return in.Commit(ctx, c)
			}}
		}},
		{"a replaced task keeps its payload", "task-replaced", func() hooks {
			var mu sync.Mutex
			first := map[taskName]storage.TaskSpec{}
			return hooks{commit: func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
				mu.Lock()
				defer mu.Unlock()
				c.Schedule = slices.Clone(c.Schedule)
				for i, t := range c.Schedule {
					k := taskName{c.Stream, t.ID}
					if old, ok := first[k]; ok {
						c.Schedule[i].Payload = old.Payload
					} else {
						first[k] = t
					}
				}
				return in.Commit(ctx, c)
			}}
		}},
		{"cancels are ignored", "task-cancelled", rewrites(func(c *storage.Change) { c.Cancel = nil })},
		{"claimed tasks cannot be cancelled", "task-cancelled", tracks(func(tr *tracker) hooks {
			return hooks{commit: func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
				c.Cancel = without(c.Cancel, func(id string) bool { _, ok := tr.get(c.Stream, id); return ok })
				return in.Commit(ctx, c)
			}}
		})},
		{"schedules happen before cancels", "task-cancel-then-schedule", rewrites(func(c *storage.Change) {
			c.Schedule = slices.DeleteFunc(slices.Clone(c.Schedule), func(t storage.TaskSpec) bool {
				return slices.Contains(c.Cancel, t.ID)
			})
		})},

		{"a claim has no limit", "claim-limit", claims(func(q *storage.ClaimQuery) {
			if q.Validate() == nil {
				q.Limit = storage.MaxClaim
			}
		}, nil)},
		{"leases are ignored", "claim-lease-holds", doubleClaims},
		{"leases are ignored by some", "concurrent-claims", doubleClaims},
		{"leases never end", "claim-lease-ends", longer(1000 * time.Hour)},
		{"a lease holds at its end", "claim-lease-end-inclusive", longer(time.Microsecond)},
		{"new tasks come before those whose lease ended", "claim-lapsed-in-order", claims(nil,
			func(_ storage.ClaimQuery, c *storage.Claims) {
				slices.SortStableFunc(c.Tasks, func(a, b storage.Task) int { return b.Attempt - a.Attempt })
			})},
		{"every attempt is the first", "claim-attempts", claims(nil, func(_ storage.ClaimQuery, c *storage.Claims) {
			for i := range c.Tasks {
				c.Tasks[i].Attempt = 1
			}
		})},
		{"attempts go on when a task is scheduled anew", "claim-attempts", func() hooks {
			var mu sync.Mutex
			attempts := map[taskName]int{}
			return hooks{claim: func(in storage.Store, ctx context.Context, q storage.ClaimQuery) (storage.Claims, error) {
				c, err := in.Claim(ctx, q)
				mu.Lock()
				defer mu.Unlock()
				for i, t := range c.Tasks {
					attempts[taskName{t.Stream, t.ID}]++
					c.Tasks[i].Attempt = attempts[taskName{t.Stream, t.ID}]
				}
				return c, err
			}}
		}},
		{"epochs start over when a task is scheduled anew", "claim-epochs-grow", shiftedEpochs(func(h *hooks, forget func()) {
			inner := h.commit
			h.commit = func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
				if headOf(in, c.Stream).Version > 0 && len(c.Schedule) > 0 {
					forget()
				}
				return inner(in, ctx, c)
			}
		})},
		{"epochs start over when the store is opened again", "reopen-claims", shiftedEpochs(func(h *hooks, forget func()) {
			h.reopened = forget
		})},
		{"Next is missing", "claim-next", claims(nil, func(_ storage.ClaimQuery, c *storage.Claims) { c.Next = time.Time{} })},
		{"Next counts what was handed out", "claim-next", claims(nil, func(_ storage.ClaimQuery, c *storage.Claims) {
			for _, t := range c.Tasks {
				if c.Next.IsZero() || t.LeaseUntil.Before(c.Next) {
					c.Next = t.LeaseUntil
				}
			}
		})},
		{"Next overlooks leases", "claim-next", tracks(func(tr *tracker) hooks {
			return hooks{claim: func(in storage.Store, ctx context.Context, q storage.ClaimQuery) (storage.Claims, error) {
				c, err := tr.claim(in, ctx, q)
				tr.Lock()
				defer tr.Unlock()
				for _, t := range tr.latest {
					if t.LeaseUntil.Equal(c.Next) {
						c.Next = time.Time{}
					}
				}
				return c, err
			}}
		})},

		{"a fenced change ends the claim", "fence-holds", commits(
			func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
				out, err := in.Commit(ctx, c)
				if err == nil && c.Fence != nil {
					_ = in.Settle(ctx, storage.Settlement{Stream: c.Stream, Fence: *c.Fence, Outcome: storage.Retry})
				}
				return out, err
			})},
		{"fences are ignored by Commit", "fence-commit-lost", rewrites(func(c *storage.Change) { c.Fence = nil })},
		{"Settle ignores the epoch", "fence-settle-lost", tracks(func(tr *tracker) hooks {
			return hooks{settle: func(in storage.Store, ctx context.Context, s storage.Settlement) error {
				if t, ok := tr.get(s.Stream, s.Fence.Task); ok {
					s.Fence.Epoch = t.Epoch
				}
				return in.Settle(ctx, s)
			}}
		})},
		{"a fence on a task that nobody claimed holds", "fence-never-held", tracks(func(tr *tracker) hooks {
			return hooks{commit: func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
				if c.Fence != nil && c.Fence.Task != "" {
					if _, ok := tr.get(c.Stream, c.Fence.Task); !ok {
						c.Fence = nil
					}
				}
				return in.Commit(ctx, c)
			}}
		})},
		{"a claim is lost when its lease ends", "fence-lapsed", tracks(func(tr *tracker) hooks {
			return hooks{settle: func(in storage.Store, ctx context.Context, s storage.Settlement) error {
				if t, ok := tr.get(s.Stream, s.Fence.Task); ok && !headOf(in, s.Stream).Now.Before(t.LeaseUntil) {
					return storage.ErrFenced
				}
				return in.Settle(ctx, s)
			}}
		})},
		{"a fenced change cannot cancel its own task", "fence-names-task", rewrites(func(c *storage.Change) {
			if c.Fence != nil {
				c.Cancel = without(c.Cancel, func(id string) bool { return id == c.Fence.Task })
			}
		})},

		{"Done leaves the task to its lease", "settle-done", settles(
			func(in storage.Store, ctx context.Context, s storage.Settlement) error {
				if s.Outcome == storage.Done {
					s.Outcome, s.Delay = storage.Extend, storage.MinLease
				}
				return in.Settle(ctx, s)
			})},
		{"Retry is due at once", "settle-retry", settles(
			func(in storage.Store, ctx context.Context, s storage.Settlement) error {
				if s.Outcome == storage.Retry {
					s.Delay = min(s.Delay, 0)
				}
				return in.Settle(ctx, s)
			})},
		{"Retry rounds the delay", "settle-retry-exact", settles(
			func(in storage.Store, ctx context.Context, s storage.Settlement) error {
				if s.Outcome == storage.Retry {
					s.Delay += time.Microsecond
				}
				return in.Settle(ctx, s)
			})},
		{"Extend adds nothing", "settle-extend", settles(
			func(in storage.Store, ctx context.Context, s storage.Settlement) error {
				if s.Outcome == storage.Extend && s.Validate() == nil {
					s.Delay = storage.MinLease
				}
				return in.Settle(ctx, s)
			})},
		{"a claim proves something in every tenant", "tenant-claims", tracks(func(tr *tracker) hooks {
			return hooks{settle: func(in storage.Store, ctx context.Context, s storage.Settlement) error {
				err := in.Settle(ctx, s)
				if errors.Is(err, storage.ErrFenced) {
					for _, tenant := range tenants {
						s.Stream.Tenant = tenant
						if in.Settle(ctx, s) == nil {
							return nil
						}
					}
				}
				return err
			}}
		})},
	}
}

// early makes a mutant whose tasks are due so much before their time.
func early(by time.Duration) func() hooks {
	return func() hooks {
		return hooks{
			commit: func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
				c.Schedule = slices.Clone(c.Schedule)
				for i, t := range c.Schedule {
					if t.Due.Year() > 1900 {
						c.Schedule[i].Due = t.Due.Add(-by)
					}
				}
				return in.Commit(ctx, c)
			},
			claim: func(in storage.Store, ctx context.Context, q storage.ClaimQuery) (storage.Claims, error) {
				c, err := in.Claim(ctx, q)
				for i := range c.Tasks {
					c.Tasks[i].Due = c.Tasks[i].Due.Add(by)
				}
				return c, err
			},
		}
	}
}

// longer makes a mutant whose leases end so much later than it says.
func longer(by time.Duration) func() hooks {
	return claims(
		func(q *storage.ClaimQuery) {
			if q.Validate() == nil {
				q.Lease += by
			}
		},
		func(_ storage.ClaimQuery, c *storage.Claims) {
			for i := range c.Tasks {
				c.Tasks[i].LeaseUntil = c.Tasks[i].LeaseUntil.Add(-by)
			}
		})
}

// doubleClaims hands out again what somebody else holds.
var doubleClaims = tracks(func(tr *tracker) hooks {
	return hooks{claim: func(in storage.Store, ctx context.Context, q storage.ClaimQuery) (storage.Claims, error) {
		c, err := tr.claim(in, ctx, q)
		if err != nil || len(c.Tasks) > 0 {
			return c, err
		}
		tr.Lock()
		defer tr.Unlock()
		for _, t := range tr.latest {
			if len(c.Tasks) < q.Limit {
				c.Tasks = append(c.Tasks, t)
			}
		}
		return c, err
	}}
})
