package storagetest_test

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
	"sync"

	"github.com/incidentkit/incidentkit/storage"
)

type (
	committing = func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error)
	keyName    struct{ tenant, key string }
	taskName   struct {
		stream storage.Stream
		id     string
	}
)

// commits makes a mutant of a Commit without memory.
func commits(f committing) func() hooks {
	return func() hooks { return hooks{commit: f} }
}

// rewrites makes a mutant that commits another change than it was given.
func rewrites(f func(c *storage.Change)) func() hooks {
	return commits(func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
		f(&c)
		return in.Commit(ctx, c)
	})
}

// afterFailure makes a mutant that leaves something of a change which failed.
func afterFailure(cause error, leave func(c storage.Change, at uint64) storage.Change) func() hooks {
	return commits(func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
		out, err := in.Commit(ctx, c)
		if errors.Is(err, cause) {
			head, _ := in.Load(ctx, storage.Ref{Tenant: c.Stream.Tenant, ID: c.Stream.ID})
			_, _ = in.Commit(ctx, leave(c, head.Version))
		}
		return out, err
	})
}

func headOf(in storage.Store, st storage.Stream) storage.Head {
	head, _ := in.Load(context.Background(), storage.Ref{Tenant: st.Tenant, ID: st.ID})
	return head
}

// renumbered is a change as it would be at another version.
func renumbered(c storage.Change, at uint64) storage.Change {
	c.Expect = at
	c.Events = slices.Clone(c.Events)
	for i := range c.Events {
		c.Events[i].Version = at + uint64(i) + 1
	}
	return c
}

func without(list []string, drop func(string) bool) []string {
	return slices.DeleteFunc(slices.Clone(list), drop)
}

func commitMutants() []mutant {
	return []mutant{
		{"the version is not checked", "commit-version-conflict", commits(overwrite)},
		{"the last commit wins", "concurrent-increments", func() hooks {
			h := commits(overwrite)()
			h.load = func(in storage.Store, ctx context.Context, ref storage.Ref) (storage.Head, error) {
				head, err := in.Load(ctx, ref)
				for range 20 { // let others commit before the caller does
					runtime.Gosched()
				}
				return head, err
			}
			return h
		}},
		{"only a change with events has its version checked", "commit-version-conflict", commits(
			func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
				if v := headOf(in, c.Stream).Version; len(c.Events) == 0 && v > 0 {
					c.Expect = v
				}
				return in.Commit(ctx, c)
			})},
		{"only the first event is kept", "commit-new-stream", rewrites(
			func(c *storage.Change) { c.Events = c.Events[:min(1, len(c.Events))] })},
		{"the snapshot stays the first", "commit-appends", commits(
			func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
				if head := headOf(in, c.Stream); head.Version > 0 {
					c.Snapshot = head.Snapshot
				}
				return in.Commit(ctx, c)
			})},
		{"a change without events is dropped", "commit-without-events", commits(
			func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
				if len(c.Events) == 0 {
					return storage.Committed{Version: c.Expect}, nil
				}
				return in.Commit(ctx, c)
			})},
		{"a change without events erases the snapshot", "commit-keeps-snapshot", commits(
			func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
				if head := headOf(in, c.Stream); len(c.Events) == 0 && c.Snapshot.Kind == "" && head.Version > 0 {
					c.Snapshot = storage.Snapshot{Kind: head.Snapshot.Kind, Status: head.Snapshot.Status}
				}
				return in.Commit(ctx, c)
			})},
		{"a stream may change its kind", "commit-keeps-kind", commits(
			func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
				if head := headOf(in, c.Stream); head.Version > 0 && c.Snapshot.Kind != "" {
					c.Snapshot.Kind = head.Snapshot.Kind
				}
				return in.Commit(ctx, c)
			})},
		{"malformed changes pass", "commit-refuses-malformed", commits(
			func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
				out, err := in.Commit(ctx, c)
				if errors.Is(err, storage.ErrInvalid) {
					return storage.Committed{}, nil
				}
				return out, err
			})},
		{"a replay is recognized before a malformed change", "commit-refuses-malformed", commits(
			func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
				if c.Operation != "" && c.Stream.Validate("") == nil {
					probe := storage.Change{Stream: c.Stream, Operation: c.Operation, Expect: 1 << 40}
					if out, err := in.Commit(ctx, probe); err == nil {
						return out, nil
					}
				}
				return in.Commit(ctx, c)
			})},

		{"events stay when a key is taken", "atomic-key-taken", afterFailure(storage.ErrKeyTaken,
			func(c storage.Change, at uint64) storage.Change {
				return storage.Change{Stream: c.Stream, Expect: at, Events: c.Events, Snapshot: c.Snapshot}
			})},
		{"tasks stay when a key is taken", "atomic-key-taken", afterFailure(storage.ErrKeyTaken,
			func(c storage.Change, at uint64) storage.Change {
				return storage.Change{Stream: c.Stream, Expect: at, Schedule: c.Schedule}
			})},
		{"the free keys stay when another is taken", "atomic-key-taken", afterFailure(storage.ErrKeyTaken,
			func(c storage.Change, at uint64) storage.Change {
				return storage.Change{Stream: c.Stream, Expect: at, Take: c.Take[:1]}
			})},
		{"the operation is remembered when a key is taken", "atomic-key-taken", afterFailure(storage.ErrKeyTaken,
			func(c storage.Change, at uint64) storage.Change {
				return storage.Change{Stream: c.Stream, Expect: at, Operation: c.Operation}
			})},
		{"the snapshot stays after a conflict", "atomic-conflict", afterFailure(storage.ErrConflict,
			func(c storage.Change, at uint64) storage.Change {
				return storage.Change{Stream: c.Stream, Expect: at, Snapshot: c.Snapshot}
			})},
		{"cancels stay after a lost fence", "atomic-fenced", afterFailure(storage.ErrFenced,
			func(c storage.Change, at uint64) storage.Change {
				return storage.Change{Stream: c.Stream, Expect: at, Cancel: c.Cancel}
			})},
		{"a conflict is reported before a lost fence", "check-order", commits(
			func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
				out, err := in.Commit(ctx, c)
				if errors.Is(err, storage.ErrFenced) && headOf(in, c.Stream).Version != c.Expect {
					err = storage.ErrConflict
				}
				return out, err
			})},

		{"operation ids are ignored", "operation-replay", rewrites(func(c *storage.Change) { c.Operation = "" })},
		{"a replay applies its tasks", "operation-replay", commits(
			func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
				out, err := in.Commit(ctx, c)
				if out.Replayed {
					_, _ = in.Commit(ctx, storage.Change{Stream: c.Stream, Expect: out.Version, Schedule: c.Schedule})
				}
				return out, err
			})},
		{"a replay answers with the current version", "operation-replay-later", commits(
			func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
				out, err := in.Commit(ctx, c)
				if out.Replayed {
					out.Version = headOf(in, c.Stream).Version
				}
				return out, err
			})},
		{"a conflict is reported before a replay", "operation-replay-first", commits(
			func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
				if v := headOf(in, c.Stream).Version; c.Validate() == nil && v != c.Expect {
					return storage.Committed{}, storage.ErrConflict
				}
				return in.Commit(ctx, c)
			})},
		{"a lost fence is reported before a replay", "operation-replay-first", commits(
			func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
				if c.Fence != nil && c.Validate() == nil {
					probe := storage.Change{Stream: c.Stream, Expect: 1 << 40, Fence: c.Fence}
					if _, err := in.Commit(ctx, probe); errors.Is(err, storage.ErrFenced) {
						return storage.Committed{}, err
					}
				}
				return in.Commit(ctx, c)
			})},
		{"only operations with events are remembered", "operation-without-events", rewrites(
			func(c *storage.Change) {
				if len(c.Events) == 0 {
					c.Operation = ""
				}
			})},
		{"operation ids count across streams", "operation-per-stream", globalOperations(
			func(storage.Stream) storage.Stream { return storage.Stream{} })},
		{"operation ids count across tenants", "tenant-writes", globalOperations(
			func(st storage.Stream) storage.Stream { return storage.Stream{ID: st.ID} })},
		{"the empty operation is one like others", "operation-empty", rewrites(
			func(c *storage.Change) {
				if c.Operation == "" && len(c.Events) > 0 {
					c.Operation = "empty"
				}
			})},
		{"a reopened store forgets its operations", "reopen-keeps", func() hooks {
			var h hooks
			prefix := ""
			h.commit = func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
				if c.Operation != "" {
					c.Operation = prefix + c.Operation
				}
				return in.Commit(ctx, c)
			}
			h.reopened = func() { prefix += "!" }
			return h
		}},

		{"keys are not kept", "key-lookup", rewrites(func(c *storage.Change) { c.Take = nil })},
		{"a key can be stolen", "key-taken", commits(steal)},
		{"a key can be stolen by chance", "concurrent-takes", commits(steal)},
		{"the error does not name the owner", "key-taken", commits(
			func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
				out, err := in.Commit(ctx, c)
				if errors.Is(err, storage.ErrKeyTaken) {
					err = storage.ErrKeyTaken
				}
				return out, err
			})},
		{"keys are never released", "key-released", rewrites(func(c *storage.Change) { c.Release = nil })},
		{"takes happen before releases", "key-hand-over", rewrites(
			func(c *storage.Change) {
				c.Take = without(c.Take, func(key string) bool { return slices.Contains(c.Release, key) })
			})},
		{"a stream cannot take its own key", "key-own", commits(
			func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
				for _, key := range c.Take {
					ref := storage.Ref{Tenant: c.Stream.Tenant, Key: key}
					if head, err := in.Load(ctx, ref); err == nil && head.Stream == c.Stream && !slices.Contains(c.Release, key) {
						return storage.Committed{}, &storage.KeyTakenError{Key: key, Owner: c.Stream}
					}
				}
				return in.Commit(ctx, c)
			})},
		{"anybody may release a key", "key-release-foreign", commits(
			func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
				for _, key := range c.Release {
					release(in, keyName{c.Stream.Tenant, key})
				}
				return in.Commit(ctx, c)
			})},
		{"keys are unique across tenants", "key-per-tenant", func() hooks {
			var mu sync.Mutex
			owners := map[string]storage.Stream{}
			return hooks{commit: func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
				mu.Lock()
				defer mu.Unlock()
				for _, key := range c.Take {
					if owner, ok := owners[key]; ok && owner.Tenant != c.Stream.Tenant {
						return storage.Committed{}, &storage.KeyTakenError{Key: key, Owner: owner}
					}
				}
				out, err := in.Commit(ctx, c)
				if err == nil {
					for _, key := range c.Take {
						owners[key] = c.Stream
					}
				}
				return out, err
			}}
		}},

		{"a cancelled commit leaves half of it", "context-cancelled-midway", commits(
			func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
				if ctx.Done() == nil {
					return in.Commit(ctx, c)
				}
				<-ctx.Done()
				half := storage.Change{Stream: c.Stream, Expect: c.Expect, Events: c.Events[:1], Snapshot: c.Snapshot}
				_, _ = in.Commit(context.WithoutCancel(ctx), half)
				return storage.Committed{}, ctx.Err()
			})},
		{"names are trimmed", "data-names", rewrites(func(c *storage.Change) {
			if id := strings.TrimSpace(c.Stream.ID); id != "" {
				c.Stream.ID = id
			}
		})},
	}
}

// overwrite commits at whatever version the stream is.
func overwrite(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
	out, err := in.Commit(ctx, c)
	for errors.Is(err, storage.ErrConflict) && len(c.Events) > 0 {
		out, err = in.Commit(ctx, renumbered(c, headOf(in, c.Stream).Version))
	}
	return out, err
}

func steal(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
	out, err := in.Commit(ctx, c)
	for errors.Is(err, storage.ErrKeyTaken) {
		var taken *storage.KeyTakenError
		errors.As(err, &taken)
		release(in, keyName{taken.Owner.Tenant, taken.Key})
		out, err = in.Commit(ctx, c)
	}
	return out, err
}

func release(in storage.Store, k keyName) {
	ctx := context.Background()
	if owner, err := in.Load(ctx, storage.Ref{Tenant: k.tenant, Key: k.key}); err == nil && owner.Version > 0 {
		_, _ = in.Commit(ctx, storage.Change{Stream: owner.Stream, Expect: owner.Version, Release: []string{k.key}})
	}
}

// globalOperations looks operations up under less than the stream's full name.
func globalOperations(scope func(storage.Stream) storage.Stream) func() hooks {
	return func() hooks {
		var mu sync.Mutex
		seen := map[taskName]storage.Committed{}
		return hooks{commit: func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
			mu.Lock()
			defer mu.Unlock()
			k := taskName{scope(c.Stream), c.Operation}
			if out, ok := seen[k]; ok && c.Operation != "" {
				out.Replayed = true
				return out, nil
			}
			out, err := in.Commit(ctx, c)
			if err == nil {
				seen[k] = out
			}
			return out, err
		}}
	}
}
