package storagetest

import "github.com/incidentkit/incidentkit/storage"

var operationChecks = []check{
	{name: "operation-replay", run: operationReplay,
		doc: "A second commit with an operation id applies nothing and answers as the first, with Replayed set."},
	{name: "operation-replay-later", run: operationReplayLater,
		doc: "A replay answers with the first outcome, also after others committed."},
	{name: "operation-replay-first", run: operationReplayFirst,
		doc: "A replay is recognized before a lost fence, a conflict and a taken key."},
	{name: "operation-without-events", run: operationWithoutEvents,
		doc: "A change without events is idempotent too."},
	{name: "operation-per-stream", run: operationPerStream,
		doc: "An operation id counts within its stream alone."},
	{name: "operation-empty", run: operationEmpty,
		doc: "An empty operation id makes nothing idempotent."},
}

func operationReplay(e *env) {
	c := change(alpha, 0, 2)
	c.Operation = "create"
	e.commit(c)
	before := e.picture([]storage.Stream{alpha}, "key")

	// What the change says the second time does not matter.
	c.Snapshot.Status = "closed"
	c.Take = []string{"key"}
	c.Schedule = []storage.TaskSpec{task("wake", e.now())}
	for range 2 {
		if out := e.commit(c); out != (storage.Committed{Version: 2, Replayed: true}) {
			e.Errorf("the second commit of an operation: %+v, want version 2, replayed", out)
		}
	}
	e.equal(e.picture([]storage.Stream{alpha}, "key"), before, "after replays")
	e.idle("after replays")
}

func operationReplayLater(e *env) {
	c := change(alpha, 0, 1)
	c.Operation = "create"
	e.commit(c)
	second := change(alpha, 1, 1)
	second.Operation = "amend"
	e.commit(second)
	e.commit(change(alpha, 2, 3))
	for _, old := range []struct {
		c    storage.Change
		want uint64
	}{{c, 1}, {second, 2}} {
		if out := e.commit(old.c); out != (storage.Committed{Version: old.want, Replayed: true}) {
			e.Errorf("the operation %q again, later: %+v, want version %d, replayed", old.c.Operation, out, old.want)
		}
	}
	if v := e.load(alpha).Version; v != 5 {
		e.Errorf("after replays the stream is at version %d, want 5", v)
	}
}

func operationReplayFirst(e *env) {
	c := change(alpha, 0, 1)
	c.Operation = "create"
	c.Schedule = []storage.TaskSpec{task("wake", e.now())}
	e.commit(c)
	t := e.claimOne("wake", long)

	fenced := change(alpha, 1, 1)
	fenced.Operation, fenced.Fence, fenced.Take = "step", t.Fence(), []string{"key"}
	e.commit(fenced)
	e.settle(t, storage.Done, 0)
	e.amend(alpha, func(c *storage.Change) { c.Release = []string{"key"} })
	other := change(beta, 0, 1)
	other.Take = []string{"key"}
	e.commit(other)

	// Now the claim is gone, the version is another and the key is taken.
	if out := e.commit(fenced); out != (storage.Committed{Version: 2, Replayed: true}) {
		e.Errorf("the operation again, after its claim ended: %+v, want version 2, replayed", out)
	}
}

func operationWithoutEvents(e *env) {
	e.commit(change(alpha, 0, 1))
	c := change(alpha, 1, 0)
	c.Operation = "take"
	c.Take = []string{"key"}
	e.commit(c)
	e.amend(alpha, func(c *storage.Change) { c.Release = []string{"key"} })
	if out := e.commit(c); out != (storage.Committed{Version: 1, Replayed: true}) {
		e.Errorf("the operation again: %+v, want version 1, replayed", out)
	}
	if owner := e.holder("acme", "key"); owner.ID != "" {
		e.Errorf("a replay took the key for %s again, want it to apply nothing", owner)
	}
}

func operationPerStream(e *env) {
	for _, st := range []storage.Stream{alpha, beta, twin} {
		c := change(st, 0, 1)
		c.Operation = "create"
		if out := e.commit(c); out.Replayed {
			e.Errorf("the operation was replayed for %s, which had not seen it", st)
		}
	}
}

func operationEmpty(e *env) {
	e.commit(change(alpha, 0, 1))
	e.commit(change(alpha, 1, 1))
	e.refused(change(alpha, 0, 1), storage.ErrConflict, "of the same change without an operation id")
	if v := e.load(alpha).Version; v != 2 {
		e.Errorf("after two changes without an operation id the version is %d, want 2", v)
	}
}
