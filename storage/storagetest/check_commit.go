package storagetest

import (
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/storage"
)

var commitChecks = []check{
	{name: "commit-new-stream", run: commitNewStream,
		doc: "Expect 0 creates a stream; its head and events read as they were written."},
	{name: "commit-appends", run: commitAppends,
		doc: "Events follow the ones before, and the snapshot is replaced."},
	{name: "commit-version-conflict", run: commitVersionConflict,
		doc: "A version other than Expect is ErrConflict, and changes nothing."},
	{name: "commit-without-events", run: commitWithoutEvents,
		doc: "A change without events keeps the version, checks it, and applies the rest."},
	{name: "commit-keeps-snapshot", run: commitKeepsSnapshot,
		doc: "Without events, the zero Snapshot leaves the stored one."},
	{name: "commit-keeps-kind", run: commitKeepsKind,
		doc: "Snapshot.Kind never changes: another one is an *InvalidError."},
	{name: "commit-refuses-malformed", run: commitRefusesMalformed,
		doc: "A malformed change is an *InvalidError, before anything else, and changes nothing."},
	{name: "calls-refuse-malformed", run: callsRefuseMalformed,
		doc: "Every other method answers a malformed call with an *InvalidError."},
	{name: "atomic-key-taken", run: atomic("key"),
		doc: "A change that fails at its last key leaves nothing behind."},
	{name: "atomic-conflict", run: atomic("conflict"),
		doc: "A change that fails at its version leaves nothing behind."},
	{name: "atomic-fenced", run: atomic("fence"),
		doc: "A change that fails at its fence leaves nothing behind."},
	{name: "check-order", run: checkOrder,
		doc: "A lost fence is reported before a conflict, and a conflict before a taken key."},
}

func commitNewStream(e *env) {
	if head := e.load(alpha); head.Stream != alpha || head.Version != 0 || head.Snapshot.Kind != "" || head.Snapshot.Data != nil {
		e.Errorf("Load of a stream that does not exist: %+v, want its name, Version 0 and no snapshot", head)
	}
	if events := e.events(alpha, storage.EventsQuery{}); len(events) > 0 {
		e.Errorf("Events of a stream that does not exist: %d, want none", len(events))
	}

	c := change(alpha, 0, 2)
	if out := e.commit(c); out != (storage.Committed{Version: 2}) {
		e.Errorf("Commit of two events to a new stream: %+v, want version 2, not replayed", out)
	}
	e.holds(alpha, c.Snapshot, c.Events)
}

func commitAppends(e *env) {
	first, second := change(alpha, 0, 1), change(alpha, 1, 2)
	second.Snapshot.Status = "closed"
	e.commit(first)
	if out := e.commit(second); out != (storage.Committed{Version: 3}) {
		e.Errorf("Commit of two events at version 1: %+v, want version 3, not replayed", out)
	}
	e.holds(alpha, second.Snapshot, append(first.Events, second.Events...))
}

// holds wants a stream to read back exactly so.
func (e *env) holds(st storage.Stream, snap storage.Snapshot, events []storage.Event) {
	e.Helper()
	head := e.load(st)
	if head.Stream != st || head.Version != uint64(len(events)) {
		e.Errorf("Load: %s at version %d, want %s at %d", head.Stream, head.Version, st, len(events))
	}
	if s := head.Snapshot; s.Kind != snap.Kind || s.Status != snap.Status || string(s.Data) != string(snap.Data) {
		e.Errorf("Load of %s: snapshot %q %q with %d bytes, want %q %q with %d, the same",
			st, s.Kind, s.Status, len(s.Data), snap.Kind, snap.Status, len(snap.Data))
	}
	got := e.events(st, storage.EventsQuery{})
	if len(got) != len(events) {
		e.Errorf("Events of %s: %d, want %d", st, len(got), len(events))
		return
	}
	for i := range got {
		if wrong := wrongEvent(got[i], events[i]); wrong != "" {
			e.Errorf("event %d of %s: %s", i+1, st, wrong)
		}
	}
}

func commitVersionConflict(e *env) {
	e.commit(change(alpha, 0, 2))
	before := e.picture([]storage.Stream{alpha, beta})
	e.refused(change(alpha, 0, 1), storage.ErrConflict, "that creates a stream which exists")
	e.refused(change(alpha, 1, 1), storage.ErrConflict, "at a version before the stream's")
	e.refused(change(alpha, 3, 1), storage.ErrConflict, "at a version after the stream's")
	e.refused(change(beta, 1, 1), storage.ErrConflict, "at version 1 of a stream that does not exist")
	e.refused(change(alpha, 1, 0), storage.ErrConflict, "without events, at a version before the stream's")
	e.refused(change(beta, 1, 0), storage.ErrConflict, "without events, to a stream that does not exist")
	e.equal(e.picture([]storage.Stream{alpha, beta}), before, "after refused commits")
}

func commitWithoutEvents(e *env) {
	e.commit(change(alpha, 0, 2))
	c := change(alpha, 2, 0)
	c.Snapshot = snapshot("closed", "rewritten")
	c.Schedule = []storage.TaskSpec{task("wake", e.now())}
	c.Take = []string{"key"}
	if out := e.commit(c); out != (storage.Committed{Version: 2}) {
		e.Errorf("Commit without events at version 2: %+v, want version 2, not replayed", out)
	}
	e.holds(alpha, c.Snapshot, change(alpha, 0, 2).Events)
	if owner := e.holder("acme", "key"); owner != alpha {
		e.Errorf("the key taken without events is held by %q, want alpha", owner.ID)
	}
	e.claimOne("wake", long)
}

func commitKeepsSnapshot(e *env) {
	c := change(alpha, 0, 1)
	e.commit(c)
	e.amend(alpha, func(c *storage.Change) { c.Take = []string{"key"} })
	e.holds(alpha, c.Snapshot, c.Events)
}

func commitKeepsKind(e *env) {
	e.commit(change(alpha, 0, 1))
	before := e.picture([]storage.Stream{alpha})
	c := change(alpha, 1, 1)
	c.Snapshot.Kind = "other"
	e.refused(c, storage.ErrInvalid, "with another kind of snapshot")
	c.Expect, c.Events[0].Version = 5, 6
	e.refused(c, storage.ErrConflict, "with another kind of snapshot at a wrong version")
	e.equal(e.picture([]storage.Stream{alpha}), before, "after a change of kind")
}

func commitRefusesMalformed(e *env) {
	valid := func() storage.Change {
		c := change(alpha, 1, 2)
		c.Schedule = []storage.TaskSpec{task("one", time.Unix(0, 0)), task("two", time.Unix(0, 0))}
		c.Take, c.Release, c.Cancel = []string{"take"}, []string{"release"}, []string{"cancel"}
		return c
	}
	tooLong := strings.Repeat("x", storage.MaxNameLen+1)
	first := change(alpha, 0, 1)
	first.Operation = "done before"
	e.commit(first)
	before := e.picture([]storage.Stream{alpha}, "take")

	for when, edit := range map[string]func(c *storage.Change){
		"without a tenant":                 func(c *storage.Change) { c.Stream.Tenant = "" },
		"without a stream id":              func(c *storage.Change) { c.Stream.ID = "" },
		"with an overlong stream id":       func(c *storage.Change) { c.Stream.ID = tooLong },
		"with an overlong operation":       func(c *storage.Change) { c.Operation = tooLong },
		"of nothing to a new stream":       func(c *storage.Change) { c.Expect, c.Events = 0, nil },
		"with a hole between events":       func(c *storage.Change) { c.Events[1].Version = 4 },
		"with a hole before its events":    func(c *storage.Change) { c.Events[0].Version, c.Events[1].Version = 3, 4 },
		"with a version twice":             func(c *storage.Change) { c.Events[1].Version = 2 },
		"with an event without a type":     func(c *storage.Change) { c.Events[0].Type = "" },
		"with an event without an instant": func(c *storage.Change) { c.Events[0].RecordedAt = time.Time{} },
		"with an event without data":       func(c *storage.Change) { c.Events[0].Data = nil },
		"with events but no snapshot":      func(c *storage.Change) { c.Snapshot = storage.Snapshot{} },
		"with a snapshot without a status": func(c *storage.Change) { c.Snapshot.Status = "" },
		"with a task without an id":        func(c *storage.Change) { c.Schedule[0].ID = "" },
		"with a task without a kind":       func(c *storage.Change) { c.Schedule[0].Kind = "" },
		"with a task that is never due":    func(c *storage.Change) { c.Schedule[0].Due = time.Time{} },
		"with a task twice":                func(c *storage.Change) { c.Schedule[1].ID = "one" },
		"with an empty key":                func(c *storage.Change) { c.Take[0] = "" },
		"with a key that is no text":       func(c *storage.Change) { c.Take[0] = "\xff" },
		"with a NUL in a key":              func(c *storage.Change) { c.Take[0] = "a\x00b" },
		"with an empty key to release":     func(c *storage.Change) { c.Release[0] = "" },
		"with an empty task to cancel":     func(c *storage.Change) { c.Cancel[0] = "" },
		"with a fence without a task":      func(c *storage.Change) { c.Fence = &storage.Fence{Epoch: 1} },
		"malformed, of an operation done before": func(c *storage.Change) {
			c.Operation, c.Events[0].Version = "done before", 9
		},
	} {
		c := valid()
		edit(&c)
		e.invalid(func() error { _, err := e.s.Commit(e.ctx, c); return err }, "Commit "+when)
	}
	e.equal(e.picture([]storage.Stream{alpha}, "take"), before, "after malformed commits")
	e.idle("after malformed commits")
}

func callsRefuseMalformed(e *env) {
	e.schedule(alpha, task("wake", e.now()))
	t := e.claimOne("wake", long)
	for what, call := range map[string]func() error{
		"Load without a tenant":        func() error { return e.tryLoad(storage.Ref{ID: "alpha"}) },
		"Load without an id or key":    func() error { return e.tryLoad(storage.Ref{Tenant: "acme"}) },
		"Load by id and key":           func() error { return e.tryLoad(storage.Ref{Tenant: "acme", ID: "alpha", Key: "key"}) },
		"Events without a tenant":      func() error { return e.tryEvents(storage.Stream{ID: "alpha"}, 0) },
		"Events without an id":         func() error { return e.tryEvents(storage.Stream{Tenant: "acme"}, 0) },
		"Events with a negative limit": func() error { return e.tryEvents(alpha, -1) },
		"List without a tenant":        func() error { return e.tryList(storage.ListQuery{Kind: "thing"}) },
		"List without a kind":          func() error { return e.tryList(storage.ListQuery{Tenant: "acme"}) },
		"List with a negative limit":   func() error { return e.tryList(storage.ListQuery{Tenant: "acme", Kind: "thing", Limit: -1}) },
		"List with a limit over MaxPage": func() error {
			return e.tryList(storage.ListQuery{Tenant: "acme", Kind: "thing", Limit: storage.MaxPage + 1})
		},
		"Claim without a worker": func() error { return e.tryClaim(storage.ClaimQuery{Limit: 1, Lease: long}) },
		"Claim with limit 0":     func() error { return e.tryClaim(storage.ClaimQuery{Worker: "w", Lease: long}) },
		"Claim with a limit over MaxClaim": func() error {
			return e.tryClaim(storage.ClaimQuery{Worker: "w", Limit: storage.MaxClaim + 1, Lease: long})
		},
		"Claim but of a tenant without a name": func() error {
			return e.tryClaim(storage.ClaimQuery{Worker: "w", Limit: 1, Lease: long, Except: []string{""}})
		},
		"Claim but of more than MaxExcept": func() error {
			return e.tryClaim(storage.ClaimQuery{Worker: "w", Limit: 1, Lease: long, Except: slices.Repeat([]string{"acme"}, storage.MaxExcept+1)})
		},
		"Claim without a lease":          func() error { return e.tryClaim(storage.ClaimQuery{Worker: "w", Limit: 1}) },
		"Settle without an outcome":      func() error { return e.trySettle(t, 0, 0) },
		"Settle with an unknown outcome": func() error { return e.trySettle(t, storage.Extend+1, 0) },
		"Retry with a negative delay":    func() error { return e.trySettle(t, storage.Retry, -1) },
		"Extend by nothing":              func() error { return e.trySettle(t, storage.Extend, 0) },
		"Settle without a task":          func() error { return e.trySettle(storage.Task{Stream: alpha}, storage.Done, 0) },
		"Settle without a tenant": func() error {
			return e.trySettle(storage.Task{Stream: storage.Stream{ID: "alpha"}, ID: "wake"}, storage.Done, 0)
		},
	} {
		e.invalid(call, what)
	}
	e.settle(t, storage.Done, 0)
}

func (e *env) tryLoad(ref storage.Ref) error {
	_, err := e.s.Load(e.ctx, ref)
	return err
}

func (e *env) tryEvents(st storage.Stream, limit int) error {
	_, err := e.s.Events(e.ctx, st, storage.EventsQuery{Limit: limit})
	return err
}

func (e *env) tryList(q storage.ListQuery) error {
	_, err := e.s.List(e.ctx, q)
	return err
}

func (e *env) tryClaim(q storage.ClaimQuery) error {
	_, err := e.s.Claim(e.ctx, q)
	return err
}

// invalid wants a call to fail with an *InvalidError that names a field.
func (e *env) invalid(call func() error, what string) {
	e.Helper()
	err := call()
	var invalid *storage.InvalidError
	if !errors.Is(err, storage.ErrInvalid) || !errors.As(err, &invalid) || invalid.Field == "" || invalid.Want == "" {
		e.Errorf("%s: got the error %v, want an *InvalidError that names the field and what would be right", what, err)
	}
}

// atomic returns a check whose change does everything a change can do, and
// fails for one cause.
func atomic(cause string) func(e *env) {
	return func(e *env) {
		streams, keys := []storage.Stream{alpha, beta}, []string{"free", "last", "own"}
		now := e.now()
		c := change(alpha, 0, 1)
		c.Take = []string{"own"}
		c.Schedule = []storage.TaskSpec{task("kept", now), task("moved", now.Add(long))}
		e.commit(c)
		e.commit(change(beta, 0, 1))
		if cause == "key" {
			e.amend(beta, func(c *storage.Change) { c.Take = []string{"last"} })
		}
		before := e.picture(streams, keys...)

		c = change(alpha, 1, 2)
		c.Operation = "all at once"
		c.Snapshot.Status = "closed"
		c.Cancel = []string{"kept"}
		c.Schedule = []storage.TaskSpec{task("moved", now), task("new", now)}
		c.Release = []string{"own"}
		c.Take = []string{"free", "last"}
		want := storage.ErrKeyTaken
		switch cause {
		case "conflict":
			want = storage.ErrConflict
			c.Expect, c.Events[0].Version, c.Events[1].Version = 2, 3, 4
		case "fence":
			want = storage.ErrFenced
			c.Fence = &storage.Fence{Task: "kept", Epoch: 1}
		}
		e.refused(c, want, "that fails for its "+cause)
		e.equal(e.picture(streams, keys...), before, "after the refused change")

		claims := e.claim(storage.MaxClaim, 2*long)
		if got := taskIDs(claims.Tasks); got != "kept" {
			e.Errorf("after the refused change the tasks %q are due, want \"kept\" alone", got)
		}
		if wrong := wrongInstant(claims.Next, now.Add(long)); wrong != "" {
			e.Errorf("after the refused change the task \"moved\" is due at another time: %s", wrong)
		}

		// The operation must not be remembered either: done right, it applies.
		right := change(alpha, 1, 1)
		right.Operation = c.Operation
		if out := e.commit(right); out.Replayed {
			e.Errorf("the operation of a refused change was replayed, want it forgotten")
		}
	}
}

func checkOrder(e *env) {
	e.schedule(alpha, task("wake", e.now().Add(long)))
	taken := change(beta, 0, 1)
	taken.Take = []string{"key"}
	e.commit(taken)

	c := change(alpha, 9, 1)
	c.Take = []string{"key"}
	e.refused(c, storage.ErrConflict, "at a wrong version, of a taken key")
	c.Fence = &storage.Fence{Task: "wake", Epoch: 7}
	e.refused(c, storage.ErrFenced, "at a wrong version, of a taken key, without its claim")
}
