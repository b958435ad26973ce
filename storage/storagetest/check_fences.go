package storagetest

import (
	"errors"
	"time"

	"github.com/incidentkit/incidentkit/storage"
)

var fenceChecks = []check{
	{name: "fence-holds", run: fenceHolds,
		doc: "A change with the fence of a claim commits while it is held, and leaves the claim as it is."},
	{name: "fence-commit-lost", run: fenceLost(byCommit),
		doc: "Commit answers ErrFenced once a claim is done, given back, cancelled, scheduled anew or claimed again."},
	{name: "fence-settle-lost", run: fenceLost(bySettle),
		doc: "Settle answers ErrFenced once a claim is done, given back, cancelled, scheduled anew or claimed again, and changes nothing."},
	{name: "fence-never-held", run: fenceNeverHeld,
		doc: "A fence on a task that is unknown, unclaimed, of another stream or claimed at another epoch is ErrFenced."},
	{name: "fence-lapsed", run: fenceLapsed,
		doc: "A claim whose lease ran out, but which nobody has taken over, still holds."},
	{name: "fence-names-task", run: fenceNamesTask,
		doc: "A fenced change may cancel or schedule the very task, or both: that ends the claim with it."},
}

func fenceHolds(e *env) {
	e.schedule(alpha, task("wake", e.now()))
	t := e.claimOne("wake", long)
	for v := uint64(1); v <= 2; v++ {
		c := change(alpha, v, 1)
		c.Fence = t.Fence()
		e.commit(c)
	}
	e.claimNone("of a task whose claim was fenced on")
	e.settle(t, storage.Done, 0)
	e.idle("after Done")
}

func byCommit(e *env, t storage.Task) error {
	c := change(t.Stream, e.load(t.Stream).Version, 1)
	c.Fence = t.Fence()
	_, err := e.s.Commit(e.ctx, c)
	return err
}

func bySettle(e *env, t storage.Task) error {
	for _, o := range []storage.Outcome{storage.Extend, storage.Retry} {
		if err := e.trySettle(t, o, long); !errors.Is(err, storage.ErrFenced) {
			return err
		}
	}
	return e.trySettle(t, storage.Done, 0)
}

// fencedOff wants a claim to be worth nothing any more.
func (e *env) fencedOff(t storage.Task, how string) {
	e.Helper()
	for _, use := range []struct {
		name string
		try  func(e *env, t storage.Task) error
	}{{"Commit", byCommit}, {"Settle", bySettle}} {
		if err := use.try(e, t); !errors.Is(err, storage.ErrFenced) {
			e.Errorf("%s with a claim that was %s: got the error %v, want ErrFenced", use.name, how, err)
		}
	}
}

// fenceLost loses a claim in every way there is, and then tries to use it.
func fenceLost(use func(e *env, t storage.Task) error) func(e *env) {
	return func(e *env) {
		due := func() storage.TaskSpec { return task("wake", e.now()) }
		for _, way := range []struct {
			name string
			lose func(t storage.Task)
			left string // what can be claimed then
		}{
			{"done", func(t storage.Task) { e.settle(t, storage.Done, 0) }, ""},
			{"given back", func(t storage.Task) { e.settle(t, storage.Retry, 0) }, "wake"},
			{"cancelled", func(t storage.Task) {
				e.amend(alpha, func(c *storage.Change) { c.Cancel = []string{"wake"} })
			}, ""},
			{"scheduled anew", func(t storage.Task) {
				e.amend(alpha, func(c *storage.Change) { c.Schedule = []storage.TaskSpec{due()} })
			}, "wake"},
			{"cancelled and scheduled anew", func(t storage.Task) {
				e.amend(alpha, func(c *storage.Change) { c.Cancel, c.Schedule = []string{"wake"}, []storage.TaskSpec{due()} })
			}, "wake"},
			{"claimed again after its lease", func(t storage.Task) { e.await("wake", long) }, ""},
			{"given back and claimed again", func(t storage.Task) {
				e.settle(t, storage.Retry, 0)
				e.claimOne("wake", long)
			}, ""},
			{"scheduled anew and claimed again", func(t storage.Task) {
				e.amend(alpha, func(c *storage.Change) { c.Schedule = []storage.TaskSpec{due()} })
				e.claimOne("wake", long)
			}, ""},
		} {
			clean := storage.Change{Stream: alpha, Cancel: []string{"wake"}, Schedule: []storage.TaskSpec{due()}}
			if clean.Expect = e.load(alpha).Version; clean.Expect == 0 {
				clean = change(alpha, 0, 1)
				clean.Schedule = []storage.TaskSpec{due()}
			}
			e.commit(clean)

			t := e.claimOne("wake", e.unit)
			way.lose(t)
			before := e.picture([]storage.Stream{alpha})
			if err := use(e, t); !errors.Is(err, storage.ErrFenced) {
				e.Errorf("with a claim that was %s: got the error %v, want ErrFenced", way.name, err)
			}
			e.equal(e.picture([]storage.Stream{alpha}), before, "after the use of a claim that was "+way.name)
			e.equal(taskIDs(e.claim(storage.MaxClaim, long).Tasks), way.left, "a claim after the use of one that was "+way.name)
		}
	}
}

func fenceNeverHeld(e *env) {
	now := e.now()
	e.schedule(alpha, task("claimed", now.Add(-time.Second)), task("waiting", now.Add(long)))
	e.commit(change(beta, 0, 1))
	e.commit(change(twin, 0, 1))
	t := e.claimOne("claimed", long)
	for what, fence := range map[string]storage.Task{
		"unknown":                              {Stream: alpha, ID: "unknown", Epoch: t.Epoch},
		"not claimed":                          {Stream: alpha, ID: "waiting", Epoch: t.Epoch},
		"not claimed, at epoch 0":              {Stream: alpha, ID: "waiting"},
		"of another stream":                    {Stream: beta, ID: "claimed", Epoch: t.Epoch},
		"of another tenant":                    {Stream: twin, ID: "claimed", Epoch: t.Epoch},
		"of a stream that does not exist":      {Stream: storage.Stream{Tenant: "acme", ID: "none"}, ID: "claimed", Epoch: t.Epoch},
		"claimed at an earlier epoch":          {Stream: alpha, ID: "claimed", Epoch: t.Epoch - 1},
		"claimed at a later epoch":             {Stream: alpha, ID: "claimed", Epoch: t.Epoch + 1},
		"claimed at an epoch past any counter": {Stream: alpha, ID: "claimed", Epoch: 1<<63 + t.Epoch},
	} {
		e.fencedOff(fence, what)
	}
	e.settle(t, storage.Done, 0)
}

func fenceLapsed(e *env) {
	for _, o := range []storage.Outcome{storage.Extend, storage.Retry, storage.Done} {
		c := change(alpha, e.load(alpha).Version, 1)
		c.Schedule = []storage.TaskSpec{task("wake", e.now())}
		e.commit(c)
		t := e.claimOne("wake", e.unit)
		e.pass(2 * e.unit)
		if err := byCommit(e, t); err != nil {
			e.Errorf("Commit with a claim whose lease ran out: %v, want it to hold until somebody takes over", err)
		}
		if err := e.trySettle(t, o, long); err != nil {
			e.Errorf("Settle as %s of a claim whose lease ran out: %v, want it to hold until somebody takes over", o, err)
		}
		e.claimNone("after " + o.String() + " of a claim whose lease had run out")
	}
	e.idle("in the end")
}

func fenceNamesTask(e *env) {
	now := e.now()
	e.schedule(alpha, task("wake", now))
	t := e.claimOne("wake", long)
	moved := change(alpha, 1, 1)
	moved.Fence = t.Fence()
	moved.Schedule = []storage.TaskSpec{task("wake", now)}
	e.commit(moved)
	e.fencedOff(t, "ended by its own change")

	t = e.claimOne("wake", long)
	if t.Attempt != 1 {
		e.Errorf("Attempt after a fenced change scheduled the task anew is %d, want 1", t.Attempt)
	}
	both := change(alpha, 2, 1)
	both.Fence = t.Fence()
	both.Cancel = []string{"wake"}
	both.Schedule = moved.Schedule
	e.commit(both)
	e.fencedOff(t, "ended by its own change")

	t = e.claimOne("wake", long)
	ended := change(alpha, 3, 1)
	ended.Fence = t.Fence()
	ended.Cancel = []string{"wake", "wake"}
	e.commit(ended)
	e.fencedOff(t, "ended by its own change")
	e.idle("after a fenced change cancelled the task")
}

var settleChecks = []check{
	{name: "settle-done", run: settleDone,
		doc: "Done removes the task, and no other."},
	{name: "settle-retry", run: settleRetry,
		doc: "Retry gives the claim back; the task is due again after Delay from the store's now."},
	{name: "settle-retry-exact", run: settleRetryExact, needs: manualClock,
		doc: "The new due time is exactly now plus Delay."},
	{name: "settle-extend", run: settleExtend,
		doc: "Extend makes the claim hold for Delay from now, longer or shorter than before."},
}

func settleDone(e *env) {
	now := e.now()
	e.schedule(alpha, task("one", now), task("two", now))
	claims := e.claim(storage.MaxClaim, e.unit)
	if got := taskIDs(claims.Tasks); got != "one two" {
		e.Fatalf("Claim handed out %q, want \"one two\"", got)
	}
	e.settle(claims.Tasks[0], storage.Done, 0)
	e.settle(e.await("two", long), storage.Done, 0)
	e.idle("after every task is done")
}

func settleRetry(e *env) {
	e.schedule(alpha, task("wake", e.now()))
	before := e.now()
	e.settle(e.claimOne("wake", long), storage.Retry, 3*e.unit)
	after := e.now()
	t := e.await("wake", long)
	if t.Due.Before(before.Add(3*e.unit).Truncate(time.Microsecond)) || t.Due.After(after.Add(3*e.unit)) {
		e.Errorf("Due after Retry is %s, want %s after a time between %s and %s", stamp(t.Due), 3*e.unit, stamp(before), stamp(after))
	}
	if string(t.Payload) != "payload of wake" || t.Kind != "wake" {
		e.Errorf("after Retry the task is %q with %q, want it unchanged", t.Kind, t.Payload)
	}
	e.settle(t, storage.Retry, 0)
	e.claimOne("wake", long)
}

func settleRetryExact(e *env) {
	e.schedule(alpha, task("wake", e.now()))
	e.settle(e.claimOne("wake", long), storage.Retry, e.unit)
	due := e.now().Add(e.unit)
	if claims := e.claimNone("before the delay is over"); wrongInstant(claims.Next, due) != "" {
		e.Errorf("Next after Retry: %s", wrongInstant(claims.Next, due))
	}
	e.pass(e.unit)
	e.claimOne("wake", long)
}

func settleExtend(e *env) {
	e.schedule(alpha, task("wake", e.now()))
	t := e.claimOne("wake", e.unit)
	e.settle(t, storage.Extend, long)
	e.pass(2 * e.unit)
	e.claimNone("after its first lease, which was extended")

	e.settle(t, storage.Extend, e.unit)
	next := e.await("wake", long)
	if next.Epoch <= t.Epoch || next.Attempt != 2 {
		e.Errorf("claimed after a lease that was cut short: epoch %d, attempt %d, want above %d, and 2", next.Epoch, next.Attempt, t.Epoch)
	}
	e.fencedOff(t, "extended, and then claimed again")
}
