package histories

import (
	"context"
	"errors"

	"github.com/incidentkit/incidentkit/storage"
)

// head is what the sound store holds of a stream.
func (w *wreck) head(st storage.Stream) storage.Head {
	h, _ := w.Store.Load(context.Background(), storage.Ref{Tenant: st.Tenant, ID: st.ID})
	return h
}

var commitFaults = []fault{
	{"that forgets an operation id", hooks{
		commit: func(w *wreck, ctx context.Context, c storage.Change) (storage.Committed, error) {
			if w.seldom(5) {
				c.Operation = ""
			}
			return w.Store.Commit(ctx, c)
		},
	}},
	{"that forgets what an operation led to", hooks{
		commit: func(w *wreck, ctx context.Context, c storage.Change) (storage.Committed, error) {
			out, err := w.Store.Commit(ctx, c)
			if out.Replayed {
				out.Version = w.head(c.Stream).Version
			}
			return out, err
		},
	}},
	{"that does not look at fences", hooks{
		commit: func(w *wreck, ctx context.Context, c storage.Change) (storage.Committed, error) {
			c.Fence = nil
			return w.Store.Commit(ctx, c)
		},
	}},
	{"that gives a key to two streams", hooks{
		commit: func(w *wreck, ctx context.Context, c storage.Change) (storage.Committed, error) {
			out, err := w.Store.Commit(ctx, c)
			if errors.Is(err, storage.ErrKeyTaken) {
				c.Take = nil
				return w.Store.Commit(ctx, c)
			}
			return out, err
		},
	}},
	{"that keeps a key that was given back", hooks{
		commit: func(w *wreck, ctx context.Context, c storage.Change) (storage.Committed, error) {
			c.Release = nil
			return w.Store.Commit(ctx, c)
		},
	}},
	{"that loses a commit it has confirmed", hooks{
		commit: func(w *wreck, ctx context.Context, c storage.Change) (storage.Committed, error) {
			plain := c.Fence == nil && c.Operation == "" && len(c.Take) == 0 && len(c.Events) > 0
			if plain && w.head(c.Stream).Version == c.Expect && w.seldom(4) {
				return storage.Committed{Version: c.Expect + uint64(len(c.Events))}, nil
			}
			return w.Store.Commit(ctx, c)
		},
	}},
	{"that applies a commit it has refused", hooks{
		commit: func(w *wreck, ctx context.Context, c storage.Change) (storage.Committed, error) {
			out, err := w.Store.Commit(ctx, c)
			if err == nil && len(c.Events) > 0 && w.seldom(4) {
				return storage.Committed{}, storage.ErrConflict
			}
			return out, err
		},
	}},
	{"that does not cancel", hooks{
		commit: func(w *wreck, ctx context.Context, c storage.Change) (storage.Committed, error) {
			c.Cancel = nil
			return w.Store.Commit(ctx, c)
		},
	}},
	{"whose heads are stale", hooks{
		load: func(w *wreck, ctx context.Context, ref storage.Ref) (storage.Head, error) {
			head, err := w.Store.Load(ctx, ref)
			w.mu.Lock()
			defer w.mu.Unlock()
			if old, ok := w.heads[ref]; ok && err == nil && w.rng.IntN(4) == 0 {
				old.Now = head.Now
				return old, nil
			}
			w.heads[ref] = head
			return head, err
		},
	}},
	{"whose events lag behind", hooks{
		events: func(w *wreck, ctx context.Context, st storage.Stream) ([]storage.Event, error) {
			events, err := w.Store.Events(ctx, st, storage.EventsQuery{})
			if len(events) > 1 && w.seldom(4) {
				events = events[:len(events)-1]
			}
			return events, err
		},
	}},
}
