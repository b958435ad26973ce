package histories

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/storage"
)

// wreck is a sound store with one fault.
type wreck struct {
	storage.Store
	hooks

	mu     sync.Mutex
	rng    *rand.Rand
	heads  map[storage.Ref]storage.Head // as they once were
	claims []storage.Task               // that were made
	first  map[string][]byte            // payloads
}

// hooks replace methods of a sound store; nil: the method stays as it is.
type hooks struct {
	load   func(w *wreck, ctx context.Context, ref storage.Ref) (storage.Head, error)
	commit func(w *wreck, ctx context.Context, c storage.Change) (storage.Committed, error)
	events func(w *wreck, ctx context.Context, st storage.Stream) ([]storage.Event, error)
	claim  func(w *wreck, ctx context.Context, q storage.ClaimQuery) (storage.Claims, error)
	settle func(w *wreck, ctx context.Context, s storage.Settlement) error
}

func (w *wreck) Load(ctx context.Context, ref storage.Ref) (storage.Head, error) {
	if w.load != nil {
		return w.load(w, ctx, ref)
	}
	return w.Store.Load(ctx, ref)
}

func (w *wreck) Commit(ctx context.Context, c storage.Change) (storage.Committed, error) {
	if w.commit != nil {
		return w.commit(w, ctx, c)
	}
	return w.Store.Commit(ctx, c)
}

func (w *wreck) Events(ctx context.Context, st storage.Stream, q storage.EventsQuery) ([]storage.Event, error) {
	if w.events != nil {
		return w.events(w, ctx, st)
	}
	return w.Store.Events(ctx, st, q)
}

func (w *wreck) Claim(ctx context.Context, q storage.ClaimQuery) (storage.Claims, error) {
	if w.claim != nil {
		return w.claim(w, ctx, q)
	}
	return w.Store.Claim(ctx, q)
}

func (w *wreck) Settle(ctx context.Context, s storage.Settlement) error {
	if w.settle != nil {
		return w.settle(w, ctx, s)
	}
	return w.Store.Settle(ctx, s)
}

// Tenants implements storage.TenantLister.
func (w *wreck) Tenants(ctx context.Context, after string, limit int) ([]string, error) {
	return w.Store.(storage.TenantLister).Tenants(ctx, after, limit)
}

// seldom is true for one call in n.
func (w *wreck) seldom(n int) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.rng.IntN(n) == 0
}

// falter lets other clients in.
func falter() {
	for range 10 {
		runtime.Gosched()
	}
}

// world is a history's world in a store with this fault.
func (h hooks) world(seed uint64) world {
	w := inMemory()
	w.stores[0] = h.wreck(w.stores[0], seed)
	return w
}

func (h hooks) wreck(sound storage.Store, seed uint64) *wreck {
	return &wreck{
		Store: sound, hooks: h, rng: rand.New(rand.NewPCG(seed, 99)),
		heads: map[storage.Ref]storage.Head{}, first: map[string][]byte{},
	}
}

// losesAnswers is no fault: what it does, it does before the context ends, and the
// caller is told only that the context ended.
var losesAnswers = hooks{
	commit: func(w *wreck, ctx context.Context, c storage.Change) (storage.Committed, error) {
		out, err := w.Store.Commit(context.WithoutCancel(ctx), c)
		return out, cmp.Or(untilEnd(ctx), err)
	},
	claim: func(w *wreck, ctx context.Context, q storage.ClaimQuery) (storage.Claims, error) {
		out, err := w.Store.Claim(context.WithoutCancel(ctx), q)
		return out, cmp.Or(untilEnd(ctx), err)
	},
	settle: func(w *wreck, ctx context.Context, s storage.Settlement) error {
		err := w.Store.Settle(context.WithoutCancel(ctx), s)
		return cmp.Or(untilEnd(ctx), err)
	},
}

// untilEnd waits for a context to end that will.
func untilEnd(ctx context.Context) error {
	if ctx.Done() == nil {
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}

// fault is what is wrong with a store, to be read after "a store".
type fault struct {
	name  string
	hooks hooks
}

// TestCheckerBites: of every fault that the checker is there for, some history
// is found that no order explains; also where tenants are checked apart.
func TestCheckerBites(t *testing.T) {
	t.Parallel()
	for _, serial := range []bool{true, false} {
		for _, f := range slices.Concat(commitFaults, taskFaults, crowdFaults) {
			t.Run(fmt.Sprintf("serial %t, a store %s", serial, f.name), func(t *testing.T) {
				t.Parallel()
				const seeds = 200
				for seed := range uint64(seeds) {
					w := f.hooks.world(seed)
					w.serial = serial
					r := usual(seed).make(w)
					require.Empty(t, r.faults, "a single answer gives it away: that is no matter of order")
					if r.unexplained() != nil {
						t.Logf("found in history %d", seed)
						return
					}
				}
				t.Errorf("in %d histories the checker believed it", seeds)
			})
		}
	}
}
