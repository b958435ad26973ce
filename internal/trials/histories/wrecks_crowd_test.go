package histories

import (
	"context"
	"errors"
	"time"

	"github.com/incidentkit/incidentkit/storage"
)

// onTop is a change that expects another version.
func onTop(c storage.Change, version uint64) storage.Change {
	c.Expect = version
	for i := range c.Events {
		c.Events[i].Version = version + uint64(i) + 1
	}
	return c
}

// crowdFaults are those that nobody notices who has the store to himself.
var crowdFaults = []fault{
	{"that checks the version first and writes later", hooks{
		commit: func(w *wreck, ctx context.Context, c storage.Change) (storage.Committed, error) {
			expect := c.Expect
			if w.head(c.Stream).Version != expect {
				return w.Store.Commit(ctx, c)
			}
			falter()
			out, err := w.Store.Commit(ctx, onTop(c, w.head(c.Stream).Version))
			if err == nil && !out.Replayed {
				out.Version = expect + uint64(len(c.Events))
			}
			return out, err
		},
	}},
	{"that shows the events of a commit before its tasks", hooks{
		commit: func(w *wreck, ctx context.Context, c storage.Change) (storage.Committed, error) {
			tasks := c.Schedule
			c.Schedule = nil
			out, err := w.Store.Commit(ctx, c)
			if err != nil || out.Replayed || len(tasks) == 0 {
				return out, err
			}
			falter()
			for err := storage.ErrConflict; errors.Is(err, storage.ErrConflict); {
				later := storage.Change{Stream: c.Stream, Expect: w.head(c.Stream).Version, Schedule: tasks}
				_, err = w.Store.Commit(context.Background(), later)
			}
			return out, nil
		},
	}},
	{"that applies half of a commit whose context ended", hooks{
		commit: func(w *wreck, ctx context.Context, c storage.Change) (storage.Committed, error) {
			if ctx.Done() == nil {
				return w.Store.Commit(ctx, c)
			}
			c.Schedule, c.Cancel = nil, nil
			_, _ = w.Store.Commit(context.Background(), c)
			<-ctx.Done()
			return storage.Committed{}, ctx.Err()
		},
	}},
	{"whose snapshots are older than their versions", hooks{
		load: func(w *wreck, ctx context.Context, ref storage.Ref) (storage.Head, error) {
			before, err := w.Store.Load(ctx, ref)
			if err != nil {
				return before, err
			}
			falter()
			head, err := w.Store.Load(ctx, ref)
			if before.Version > 0 && before.Stream == head.Stream {
				head.Snapshot = before.Snapshot
			}
			return head, err
		},
	}},
	{"that ends a lease before the time it told", hooks{
		claim: func(w *wreck, ctx context.Context, q storage.ClaimQuery) (storage.Claims, error) {
			told := q.Lease
			q.Lease = min(told, time.Minute)
			out, err := w.Store.Claim(ctx, q)
			for i := range out.Tasks {
				out.Tasks[i].LeaseUntil = out.Now.Add(told)
			}
			return out, err
		},
	}},
}
