package storagetest_test

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/incidentkit/incidentkit/storage"
	"github.com/incidentkit/incidentkit/storage/memory"
	"github.com/incidentkit/incidentkit/storage/storagetest"
)

// TestMutants runs the suite against stores that break one clause each. It
// fails where the check that a mutant names does not notice, and where a check
// notices no mutant at all.
func TestMutants(t *testing.T) {
	t.Parallel()
	mutants := slices.Concat(commitMutants(), taskMutants(), tenantMutants(), readMutants())

	checks := storagetest.Checks()
	byName := map[string]bool{}
	for _, c := range checks {
		if byName[c.Name] || c.Name == "" || c.Doc == "" {
			t.Errorf("the check %q needs a name of its own, and a doc", c.Name)
		}
		byName[c.Name] = true
	}

	var mu sync.Mutex
	useful := map[string]bool{}
	t.Run("mutant", func(t *testing.T) {
		for _, m := range mutants {
			t.Run(m.name, func(t *testing.T) {
				t.Parallel()
				if !byName[m.caught] {
					t.Fatalf("there is no check %q", m.caught)
				}
				for _, c := range checks {
					failures := attempt(t, c, m.harness())
					if len(failures) == 0 {
						if c.Name == m.caught {
							t.Errorf("the check %s passes on a store where %s", c.Name, m.name)
						}
						continue
					}
					mu.Lock()
					useful[c.Name] = true
					mu.Unlock()
					if c.Name == m.caught {
						t.Logf("%s: %s", c.Name, failures[0])
					}
				}
			})
		}
	})
	for _, c := range checks {
		if !useful[c.Name] {
			t.Errorf("the check %s catches no mutant", c.Name)
		}
	}
}

// TestSound runs every check against the store that the mutants are made of.
func TestSound(t *testing.T) {
	t.Parallel()
	for _, c := range storagetest.Checks() {
		h := mutant{wreck: func() hooks { return hooks{} }}.harness()
		if failures := attempt(t, c, h); len(failures) > 0 {
			t.Errorf("%s: %s", c.Name, failures)
		}
	}
}

// mutant is a sound store with one fault.
type mutant struct {
	name   string // what is wrong, to be read after "a store where"
	caught string // the check that must notice
	wreck  func() hooks
}

// hooks replace methods of a sound store; nil: the method stays as it is.
type hooks struct {
	load     func(in storage.Store, ctx context.Context, ref storage.Ref) (storage.Head, error)
	commit   func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error)
	events   func(in storage.Store, ctx context.Context, st storage.Stream, q storage.EventsQuery) ([]storage.Event, error)
	list     func(in storage.Store, ctx context.Context, q storage.ListQuery) (storage.Page, error)
	claim    func(in storage.Store, ctx context.Context, q storage.ClaimQuery) (storage.Claims, error)
	tenants  func(in storage.TenantLister, ctx context.Context, after string, limit int) ([]string, error)
	settle   func(in storage.Store, ctx context.Context, s storage.Settlement) error
	reopened func()
}

type broken struct {
	storage.Store
	hooks
}

func (b *broken) Load(ctx context.Context, ref storage.Ref) (storage.Head, error) {
	if b.load != nil {
		return b.load(b.Store, ctx, ref)
	}
	return b.Store.Load(ctx, ref)
}

func (b *broken) Commit(ctx context.Context, c storage.Change) (storage.Committed, error) {
	if b.commit != nil {
		return b.commit(b.Store, ctx, c)
	}
	return b.Store.Commit(ctx, c)
}

func (b *broken) Events(ctx context.Context, st storage.Stream, q storage.EventsQuery) ([]storage.Event, error) {
	if b.events != nil {
		return b.events(b.Store, ctx, st, q)
	}
	return b.Store.Events(ctx, st, q)
}

func (b *broken) List(ctx context.Context, q storage.ListQuery) (storage.Page, error) {
	if b.list != nil {
		return b.list(b.Store, ctx, q)
	}
	return b.Store.List(ctx, q)
}

func (b *broken) Claim(ctx context.Context, q storage.ClaimQuery) (storage.Claims, error) {
	if b.claim != nil {
		return b.claim(b.Store, ctx, q)
	}
	return b.Store.Claim(ctx, q)
}

func (b *broken) Settle(ctx context.Context, s storage.Settlement) error {
	if b.settle != nil {
		return b.settle(b.Store, ctx, s)
	}
	return b.Store.Settle(ctx, s)
}

func (b *broken) Tenants(ctx context.Context, after string, limit int) ([]string, error) {
	in := b.Store.(storage.TenantLister)
	if b.tenants != nil {
		return b.tenants(in, ctx, after, limit)
	}
	return in.Tenants(ctx, after, limit)
}

func (m mutant) harness() storagetest.Harness {
	clock := storagetest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC))
	return storagetest.Harness{
		Open: func(storagetest.T) storage.Store {
			return &broken{memory.New(memory.Options{Clock: clock.Now}), m.wreck()}
		},
		Advance: clock.Advance,
		Reopen: func(_ storagetest.T, s storage.Store) storage.Store {
			if b := s.(*broken); b.reopened != nil {
				b.reopened()
			}
			return s // memory that outlives its process, as it were
		},
	}
}

// attempt runs a check as a test of its own and returns how it failed. A check
// must not panic, whatever a store answers.
func attempt(t *testing.T, c storagetest.Check, h storagetest.Harness) []string {
	t.Helper()
	r := &recorder{}
	done := make(chan any)
	go func() {
		var crash any
		defer func() { done <- crash }()
		defer func() {
			if crash = recover(); crash != nil {
				crash = fmt.Sprintf("%v\n%s", crash, debug.Stack())
			}
		}()
		defer r.cleanup()
		c.Run(r, h)
	}()
	if crash := <-done; crash != nil {
		t.Errorf("the check %s panics: %v", c.Name, crash)
	}
	return r.failures
}

// recorder is a test that keeps its failures to itself.
type recorder struct {
	mu       sync.Mutex
	failures []string
	cleanups []func()
}

func (r *recorder) Helper()             {}
func (r *recorder) Logf(string, ...any) {}
func (r *recorder) Cleanup(f func())    { r.cleanups = append(r.cleanups, f) }

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.failures = append(r.failures, fmt.Sprintf(format, args...))
}

func (r *recorder) Fatalf(format string, args ...any) {
	r.Errorf(format, args...)
	runtime.Goexit()
}

func (r *recorder) TempDir() string {
	dir, err := os.MkdirTemp("", "storagetest")
	if err != nil {
		r.Fatalf("%v", err)
	}
	r.Cleanup(func() { os.RemoveAll(dir) })
	return dir
}

func (r *recorder) cleanup() {
	for _, f := range slices.Backward(r.cleanups) {
		f()
	}
}
