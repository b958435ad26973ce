package storagetest

import (
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/storage"
)

var claimChecks = []check{
	{name: "claim-limit", run: claimLimit,
		doc: "Limit bounds a claim; what it left out is handed out next, the longest due first."},
	{name: "claim-lease-holds", run: claimLeaseHolds,
		doc: "No two claims hold one task at one time."},
	{name: "claim-lease-ends", run: claimLeaseEnds,
		doc: "A task whose lease ended is handed out again, with a greater epoch and the next attempt."},
	{name: "claim-lease-end-inclusive", run: claimLeaseEndInclusive, needs: manualClock,
		doc: "A lease holds until its end, and at its end no more, to the microsecond."},
	{name: "claim-clock-steps-back", run: claimClockStepsBack, needs: manualClock,
		doc: "A clock that steps back makes waits longer: nothing is handed out twice or early, and claims hold."},
	{name: "claim-lapsed-in-order", run: claimLapsedInOrder,
		doc: "Tasks with ended leases are handed out by their due time, among the others."},
	{name: "claim-attempts", run: claimAttempts,
		doc: "Attempt counts the claims since the task was scheduled; scheduling it anew starts over."},
	{name: "claim-epochs-grow", run: claimEpochsGrow,
		doc: "Each claim of a task id has a greater epoch than any before, also after cancel, done and schedule."},
	{name: "claim-next", run: claimNext,
		doc: "Next is the earliest due time or lease end among the tasks not handed out; zero without any."},
}

func claimLimit(e *env) {
	now := e.now()
	var specs []storage.TaskSpec
	for i := range 5 {
		specs = append(specs, task(fmt.Sprint(i), now.Add(time.Duration(i-9)*time.Second)))
	}
	e.schedule(alpha, specs...)
	for _, want := range []string{"0 1", "2 3", "4"} {
		claims := e.claim(2, long)
		e.equal(taskIDs(claims.Tasks), want, "a claim with limit 2")
		if cut := want != "4"; cut && (claims.Next.IsZero() || claims.Next.After(claims.Now)) {
			e.Errorf("Next of a claim cut short is %s, want an instant not after Now, %s", stamp(claims.Next), stamp(claims.Now))
		}
	}
}

func claimLeaseHolds(e *env) {
	e.schedule(alpha, task("wake", e.now()))
	t := e.claimOne("wake", long)
	e.claimNone("of a leased task")
	e.pass(e.unit)
	e.claimNone("of a leased task, later")
	e.settle(t, storage.Done, 0)
	e.idle("after Done")
}

func claimLeaseEnds(e *env) {
	e.schedule(alpha, task("wake", e.now()))
	first := e.claimOne("wake", e.unit)
	second := e.await("wake", long)
	if second.Epoch <= first.Epoch || second.Attempt != 2 || !second.Due.Equal(first.Due) {
		e.Errorf("claimed again: epoch %d, attempt %d, due %s, want an epoch above %d, attempt 2, due %s",
			second.Epoch, second.Attempt, stamp(second.Due), first.Epoch, stamp(first.Due))
	}
	if second.LeaseUntil.Sub(first.LeaseUntil) < long-e.unit {
		e.Errorf("the second lease ends at %s, want an hour after its claim", stamp(second.LeaseUntil))
	}
}

func claimLeaseEndInclusive(e *env) {
	e.schedule(alpha, task("wake", e.now()))
	t := e.claimOne("wake", e.unit)
	e.pass(t.LeaseUntil.Sub(e.now()) - time.Microsecond)
	e.claimNone("a microsecond before the lease ends")
	e.pass(time.Microsecond)
	e.claimOne("wake", long)
}

func claimClockStepsBack(e *env) {
	e.schedule(alpha, task("held", e.now()), task("soon", e.now().Add(e.unit)))
	t := e.claimOne("held", e.unit)
	e.pass(2 * e.unit)
	e.h.Advance(-3 * e.unit) // to before all of it, though the lease had run out and "soon" was due
	e.claimNone("after the clock stepped back")
	if err := byCommit(e, t); err != nil {
		e.Errorf("Commit with a claim after the clock stepped back: %v, want it to hold", err)
	}
	e.settle(t, storage.Done, 0)
	e.await("soon", long)
}

func claimLapsedInOrder(e *env) {
	now := e.now()
	e.schedule(alpha, task("middle", now.Add(-2*time.Second)))
	e.claimOne("middle", e.unit)
	e.amend(alpha, func(c *storage.Change) {
		c.Schedule = []storage.TaskSpec{task("late", now.Add(-time.Second)), task("early", now.Add(-3*time.Second))}
	})
	e.pass(2 * e.unit)
	claims := e.claim(2, long)
	e.equal(taskIDs(claims.Tasks), "early middle", "a claim with limit 2, after a lease ended")
	e.claimOne("late", long)
}

func claimAttempts(e *env) {
	e.schedule(alpha, task("wake", e.now()))
	want := func(t storage.Task, attempt int, when string) {
		if t.Attempt != attempt {
			e.Errorf("Attempt %s is %d, want %d", when, t.Attempt, attempt)
		}
	}
	want(e.claimOne("wake", e.unit), 1, "of the first claim")
	t := e.await("wake", long)
	want(t, 2, "after the lease ended")
	e.settle(t, storage.Extend, long)
	e.settle(t, storage.Retry, 0)
	want(e.claimOne("wake", long), 3, "after Retry")
	e.amend(alpha, func(c *storage.Change) { c.Schedule = []storage.TaskSpec{task("wake", e.now())} })
	want(e.claimOne("wake", long), 1, "after scheduling it anew")
}

func claimEpochsGrow(e *env) {
	past := e.now().Add(-time.Second)
	e.schedule(alpha, task("wake", past))
	again := func(c *storage.Change) { c.Schedule = []storage.TaskSpec{task("wake", past)} }

	t := e.claimOne("wake", long)
	for _, step := range []struct {
		name string
		do   func()
	}{
		{"Retry", func() { e.settle(t, storage.Retry, 0) }},
		{"scheduling it anew", func() { e.amend(alpha, again) }},
		{"cancel and schedule in one change", func() {
			e.amend(alpha, func(c *storage.Change) { again(c); c.Cancel = []string{"wake"} })
		}},
		{"cancel, then schedule", func() {
			e.amend(alpha, func(c *storage.Change) { c.Cancel = []string{"wake"} })
			e.amend(alpha, again)
		}},
		{"Done, then schedule", func() { e.settle(t, storage.Done, 0); e.amend(alpha, again) }},
	} {
		step.do()
		next := e.claimOne("wake", long)
		if next.Epoch <= t.Epoch {
			e.Errorf("the epoch after %s is %d, want it above %d", step.name, next.Epoch, t.Epoch)
		}
		t = next
	}
}

func claimNext(e *env) {
	e.idle("of an empty store")
	now := e.now()
	next := func(claims storage.Claims, want time.Time, when string) {
		e.Helper()
		if wrong := wrongInstant(claims.Next, want); wrong != "" {
			e.Errorf("Next %s: %s", when, wrong)
		}
	}
	ago := func(id string, d time.Duration) storage.TaskSpec { return task(id, now.Add(-d)) }

	e.schedule(alpha, ago("first", time.Second))
	first := e.claimOne("first", long)
	e.settle(first, storage.Retry, 0)
	claims := e.claim(1, long)
	if len(claims.Tasks) != 1 || !claims.Next.IsZero() {
		e.Fatalf("Claim of the only task handed out %q, with Next %s, want the task, and zero", taskIDs(claims.Tasks), stamp(claims.Next))
	}
	first = claims.Tasks[0]
	next(e.claimNone("of a leased task"), first.LeaseUntil, "with nothing but a lease")

	e.amend(alpha, func(c *storage.Change) {
		c.Schedule = []storage.TaskSpec{ago("second", time.Second), ago("2h", -2*long), ago("day", -24*long)}
	})
	e.settle(first, storage.Extend, 3*long)
	next(e.claim(1, long), now.Add(2*long), "beside a task whose lease ends earlier, but which this call handed out")
	e.amend(alpha, func(c *storage.Change) { c.Cancel = []string{"second"} })
	next(e.claimNone("of what is due in two hours"), now.Add(2*long), "with a lease that ends later")
	e.amend(alpha, func(c *storage.Change) { c.Cancel = []string{"2h"} })
	until := e.claimNone("of what is due tomorrow")
	if left := until.Next.Sub(until.Now); left <= 0 || left > 3*long {
		e.Errorf("Next is %s from now, want the end of a lease extended to %s", left, 3*long)
	}
	e.settle(first, storage.Done, 0)
	next(e.claimNone("of what is due tomorrow"), now.Add(24*long), "after Done")

	e.amend(alpha, func(c *storage.Change) {
		c.Schedule = []storage.TaskSpec{ago("a", 3*time.Second), ago("b", 2*time.Second), ago("c", time.Second)}
	})
	short := e.claim(1, long)
	next(short, now.Add(-2*time.Second), "of a claim cut short")
	next(e.claim(1, 2*long), now.Add(-time.Second), "of a claim cut short again")
	if len(short.Tasks) == 1 {
		next(e.claim(1, 3*long), short.Tasks[0].LeaseUntil, "with three leases and a task due tomorrow")
	}
}
