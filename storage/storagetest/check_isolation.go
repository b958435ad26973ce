package storagetest

import (
	"errors"

	"github.com/incidentkit/incidentkit/storage"
)

var isolationChecks = []check{
	{name: "tenant-reads", run: tenantReads,
		doc: "For every read a stream of another tenant is the same as one that does not exist."},
	{name: "tenant-writes", run: tenantWrites,
		doc: "The same stream id in two tenants is two streams: versions, events, keys, tasks and operations."},
	{name: "tenant-claims", run: tenantClaims,
		doc: "A claim in one tenant proves nothing in another."},
}

func tenantReads(e *env) {
	e.take(alpha, "key")
	other := storage.Stream{Tenant: "globex", ID: "gamma"}
	e.commit(change(other, 0, 1))

	if head := e.load(twin); head.Stream != twin || head.Version != 0 || head.Snapshot.Kind != "" || head.Snapshot.Data != nil {
		e.Errorf("Load of another tenant's id: %+v, want a stream that does not exist", head)
	}
	if owner := e.holder("globex", "key"); owner.ID != "" {
		e.Errorf("Load by another tenant's key: %s, want nobody", owner)
	}
	if events := e.events(twin, storage.EventsQuery{}); len(events) > 0 {
		e.Errorf("Events of another tenant's id: %d, want none", len(events))
	}
	e.lists(things(), "alpha")
	e.lists(storage.ListQuery{Tenant: "globex", Kind: "thing"}, "gamma")
	e.lists(storage.ListQuery{Tenant: "globex", Kind: "thing", Statuses: []string{"open"}, Reverse: true}, "gamma")
	e.lists(storage.ListQuery{Tenant: "initech", Kind: "thing"}, "")
	e.refused(change(twin, 1, 1), storage.ErrConflict, "at the version of another tenant's stream")
}

func tenantWrites(e *env) {
	for i, st := range []storage.Stream{alpha, twin} {
		c := change(st, 0, i+1)
		c.Operation = "create"
		c.Take = []string{"key"}
		c.Schedule = []storage.TaskSpec{task("wake", e.now())}
		if out := e.commit(c); out.Replayed {
			e.Errorf("the operation of %s was replayed for %s", alpha, st)
		}
	}
	e.amend(twin, func(c *storage.Change) {
		c.Snapshot = snapshot("closed", "rewritten")
		c.Release = []string{"key"}
		c.Cancel = []string{"wake"}
	})
	want := change(alpha, 0, 1)
	e.holds(alpha, want.Snapshot, want.Events)
	e.held("key", "alpha", "after its release in another tenant")
	if t := e.claimOne("wake", long); t.Stream != alpha {
		e.Errorf("claimed the task of %s, which was cancelled, want the one of %s", t.Stream, alpha)
	}
	e.holds(twin, snapshot("closed", "rewritten"), change(twin, 0, 2).Events)
}

func tenantClaims(e *env) {
	e.schedule(alpha, task("wake", e.now()))
	e.schedule(twin, task("wake", e.now().Add(long)))
	t := e.claimOne("wake", long)
	foreign := t
	foreign.Stream = twin
	e.fencedOff(foreign, "made in another tenant")
	if err := e.trySettle(t, storage.Done, 0); err != nil {
		e.Errorf("Settle after an attempt from another tenant: %v", err)
	}
	if err := e.trySettle(t, storage.Done, 0); !errors.Is(err, storage.ErrFenced) {
		e.Errorf("Settle of a task that is done: got the error %v, want ErrFenced", err)
	}
}
