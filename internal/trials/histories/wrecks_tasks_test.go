package histories

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/storage"
)

// claimed makes a fault out of one in the answer to a claim.
func inClaims(spoil func(w *wreck, q storage.ClaimQuery, out *storage.Claims)) hooks {
	return hooks{claim: func(w *wreck, ctx context.Context, q storage.ClaimQuery) (storage.Claims, error) {
		out, err := w.Store.Claim(ctx, q)
		if err == nil {
			w.mu.Lock()
			defer w.mu.Unlock()
			spoil(w, q, &out)
		}
		return out, err
	}}
}

// inQueries makes a fault out of one in what a claim asks for.
func inQueries(spoil func(q *storage.ClaimQuery)) hooks {
	return hooks{claim: func(w *wreck, ctx context.Context, q storage.ClaimQuery) (storage.Claims, error) {
		spoil(&q)
		return w.Store.Claim(ctx, q)
	}}
}

// inSettlements makes a fault out of one in what a settlement asks for.
func inSettlements(spoil func(s *storage.Settlement)) hooks {
	return hooks{settle: func(w *wreck, ctx context.Context, s storage.Settlement) error {
		spoil(&s)
		return w.Store.Settle(ctx, s)
	}}
}

var taskFaults = []fault{
	{"that gives one task to two", inClaims(func(w *wreck, q storage.ClaimQuery, out *storage.Claims) {
		if n := len(w.claims); n > 0 && len(out.Tasks) == 0 && len(q.Except) == 0 {
			again := w.claims[n-1]
			again.Epoch, again.Attempt, again.LeaseUntil = again.Epoch+1, again.Attempt+1, out.Now.Add(q.Lease)
			out.Tasks = []storage.Task{again}
		}
		w.claims = append(w.claims, out.Tasks...)
	})},
	{"that starts the epochs anew", inClaims(func(_ *wreck, _ storage.ClaimQuery, out *storage.Claims) {
		for i := range out.Tasks {
			out.Tasks[i].Epoch = uint64(out.Tasks[i].Attempt)
		}
	})},
	{"that does not count claims", inClaims(func(_ *wreck, _ storage.ClaimQuery, out *storage.Claims) {
		for i := range out.Tasks {
			out.Tasks[i].Attempt = 1
		}
	})},
	{"that hands out an old payload", inClaims(func(w *wreck, _ storage.ClaimQuery, out *storage.Claims) {
		for i, t := range out.Tasks {
			name := t.Stream.String() + "/" + t.ID
			if w.first[name] == nil {
				w.first[name] = t.Payload
			}
			out.Tasks[i].Payload = w.first[name]
		}
	})},
	{"that hands out the latest first", inClaims(func(_ *wreck, _ storage.ClaimQuery, out *storage.Claims) {
		slices.Reverse(out.Tasks)
	})},
	{"that leaves due tasks for no reason", hooks{
		claim: func(w *wreck, ctx context.Context, q storage.ClaimQuery) (storage.Claims, error) {
			if w.seldom(2) {
				q.Limit = 1
			}
			return w.Store.Claim(ctx, q)
		},
	}},
	{"that loses a task whose lease ended", inClaims(func(_ *wreck, _ storage.ClaimQuery, out *storage.Claims) {
		out.Tasks = slices.DeleteFunc(out.Tasks, func(t storage.Task) bool { return t.Attempt > 1 })
	})},
	{"that gives a tenant's tasks to a worker that has enough of them",
		inQueries(func(q *storage.ClaimQuery) { q.Except = nil })},
	{"that takes a tenant for done with because it was left out", inClaims(func(_ *wreck, q storage.ClaimQuery, out *storage.Claims) {
		if len(q.Except) > 0 && !out.Next.After(out.Now) {
			out.Next = time.Time{}
		}
	})},
	{"that says to come back too late", inClaims(func(_ *wreck, _ storage.ClaimQuery, out *storage.Claims) {
		if out.Next.After(out.Now) {
			out.Next = out.Next.Add(time.Hour)
		}
	})},
	{"that says not to come back", inClaims(func(_ *wreck, _ storage.ClaimQuery, out *storage.Claims) {
		if len(out.Tasks) > 0 {
			out.Next = time.Time{}
		}
	})},
	{"that tells another time", inClaims(func(_ *wreck, q storage.ClaimQuery, out *storage.Claims) {
		out.Now = out.Now.Add(time.Hour)
		for i := range out.Tasks {
			out.Tasks[i].LeaseUntil = out.Now.Add(q.Lease)
		}
	})},
	{"that lets an old claim settle", hooks{
		settle: func(w *wreck, ctx context.Context, s storage.Settlement) error {
			err := w.Store.Settle(ctx, s)
			if errors.Is(err, storage.ErrFenced) && s.Outcome == storage.Done {
				head := w.head(s.Stream)
				_, _ = w.Store.Commit(ctx, storage.Change{Stream: s.Stream, Expect: head.Version, Cancel: []string{s.Fence.Task}})
			}
			return err
		},
	}},
	{"that tells an old claim that it settled", hooks{
		settle: func(w *wreck, ctx context.Context, s storage.Settlement) error {
			if err := w.Store.Settle(ctx, s); !errors.Is(err, storage.ErrFenced) {
				return err
			}
			return nil
		},
	}},
	{"that does a task again that is done", inSettlements(func(s *storage.Settlement) {
		if s.Outcome == storage.Done {
			s.Outcome, s.Delay = storage.Retry, time.Hour
		}
	})},
	{"that cuts an extension short", inSettlements(func(s *storage.Settlement) {
		if s.Outcome == storage.Extend {
			s.Delay = storage.MinLease
		}
	})},
	{"that retries too late", inSettlements(func(s *storage.Settlement) {
		if s.Outcome == storage.Retry {
			s.Delay += time.Hour
		}
	})},
	{"that retries at once", inSettlements(func(s *storage.Settlement) {
		if s.Outcome == storage.Retry {
			s.Delay = 0
		}
	})},
}
