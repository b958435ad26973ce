package storagetest

import (
	"github.com/incidentkit/incidentkit/storage"
)

var reopenChecks = []check{
	{name: "reopen-keeps", run: reopenKeeps, needs: reopening,
		doc: "What Commit and Settle acknowledged is there after the store was dropped and opened again."},
	{name: "reopen-claims", run: reopenClaims, needs: reopening,
		doc: "Claims hold across reopening, and epochs go on growing."},
}

func (e *env) reopen() {
	e.Helper()
	e.s = e.h.Reopen(e.T, e.s)
}

func reopenKeeps(e *env) {
	streams, keys := []storage.Stream{alpha, beta, twin}, []string{"one", "two"}
	for i, st := range streams {
		c := change(st, 0, i+1)
		c.Operation = "create"
		c.Take = []string{keys[i%2]}
		if st == beta {
			c.Snapshot.Status = "closed"
		}
		e.commit(c)
	}
	now := e.now()
	e.amend(alpha, func(c *storage.Change) {
		c.Release = []string{"one"}
		c.Schedule = []storage.TaskSpec{task("soon", now), task("later", now.Add(long))}
	})
	before := e.picture(streams, keys...)
	e.reopen()
	e.equal(e.picture(streams, keys...), before, "after reopening")
	e.lists(things(), "alpha beta")
	c := change(beta, 0, 1)
	c.Operation = "create"
	if out := e.commit(c); out != (storage.Committed{Version: 2, Replayed: true}) {
		e.Errorf("an operation again after reopening: %+v, want version 2, replayed", out)
	}
	claims := e.claim(storage.MaxClaim, 2*long)
	if got := taskIDs(claims.Tasks); got != "soon" || wrongInstant(claims.Next, now.Add(long)) != "" {
		e.Errorf("after reopening %q is due, and then something at %s, want \"soon\", and an hour later the other", got, stamp(claims.Next))
	}
}

func reopenClaims(e *env) {
	now := e.now()
	e.schedule(alpha, task("done", now), task("held", now), task("left", now))
	var claims = e.claim(storage.MaxClaim, long).Tasks
	if got := taskIDs(claims); got != "done held left" {
		e.Fatalf("Claim handed out %q, want \"done held left\"", got)
	}
	e.settle(claims[0], storage.Done, 0)
	e.settle(claims[2], storage.Retry, 0)
	e.reopen()

	left := e.claimOne("left", long)
	if left.Epoch <= claims[2].Epoch || left.Attempt != 2 {
		e.Errorf("claimed after reopening: epoch %d, attempt %d, want above %d, and 2", left.Epoch, left.Attempt, claims[2].Epoch)
	}
	e.fencedOff(claims[0], "done before reopening")
	held := change(alpha, e.load(alpha).Version, 1)
	held.Fence = claims[1].Fence()
	e.commit(held)
	e.settle(claims[1], storage.Done, 0)

	// The ids come back, their epochs do not.
	e.amend(alpha, func(c *storage.Change) { c.Schedule = []storage.TaskSpec{task("done", now)} })
	e.reopen()
	if again := e.claimOne("done", long); again.Epoch <= claims[0].Epoch {
		e.Errorf("the epoch of a task scheduled anew is %d after reopening, want it above %d", again.Epoch, claims[0].Epoch)
	}
}
