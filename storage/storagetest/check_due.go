package storagetest

import (
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/storage"
)

var dueChecks = []check{
	{name: "task-as-scheduled", run: taskAsScheduled,
		doc: "A claimed task carries what was scheduled; the payload may be nil."},
	{name: "task-not-before-due", run: taskNotBeforeDue,
		doc: "A task is not handed out before it is due, and is once the time has come."},
	{name: "task-due-inclusive", run: taskDueInclusive, needs: manualClock,
		doc: "Due means Due <= now, to the microsecond."},
	{name: "task-due-order", run: taskDueOrder,
		doc: "Tasks are handed out across tenants, by due time, then by tenant, stream id and task id."},
	{name: "task-per-stream", run: taskPerStream,
		doc: "A task id counts within its stream: the same id elsewhere is another task."},
	{name: "task-replaced", run: taskReplaced,
		doc: "Scheduling an id that the stream has replaces due time, kind and payload."},
	{name: "task-cancelled", run: taskCancelled,
		doc: "Cancel removes tasks, claimed or not, of this stream alone; unknown ids are ignored."},
	{name: "task-cancel-then-schedule", run: taskCancelThenSchedule,
		doc: "Cancels happen before schedules, in one change."},
}

func taskAsScheduled(e *env) {
	now := e.now()
	specs := []storage.TaskSpec{
		{ID: "first", Kind: "wake", Due: now.Add(-2 * time.Second), Payload: []byte{0, 1, 0xff}},
		{ID: "second", Kind: "deliver", Due: now.Add(-time.Second)},
	}
	e.schedule(alpha, specs...)
	claims := e.claim(storage.MaxClaim, long)
	if got := taskIDs(claims.Tasks); got != "first second" {
		e.Fatalf("Claim handed out %q, want \"first second\"", got)
	}
	for i, t := range claims.Tasks {
		if want := specs[i]; t.Stream != alpha || t.Kind != want.Kind || string(t.Payload) != string(want.Payload) || t.Attempt != 1 {
			e.Errorf("claimed %+v, want the task as scheduled, %+v, at attempt 1", t, want)
		}
		if wrong := wrongInstant(t.Due, specs[i].Due); wrong != "" {
			e.Errorf("Due of %s: %s", t.ID, wrong)
		}
		if t.LeaseUntil.Location() != time.UTC {
			e.Errorf("LeaseUntil of %s: in the location %s, want UTC", t.ID, t.LeaseUntil.Location())
		}
	}
	if claims.Now.Location() != time.UTC {
		e.Errorf("Claims.Now: in the location %s, want UTC", claims.Now.Location())
	}
}

func taskNotBeforeDue(e *env) {
	due := e.now().Add(3 * e.unit)
	e.schedule(alpha, task("soon", due), task("later", due.Add(long)))
	e.await("soon", 2*long) // claim sees to it that this is not too early
	if claims := e.claimNone("of what is due in an hour"); wrongInstant(claims.Next, due.Add(long)) != "" {
		e.Errorf("Claims.Next: %s", wrongInstant(claims.Next, due.Add(long)))
	}
}

func taskDueInclusive(e *env) {
	due := e.now().Truncate(time.Microsecond).Add(e.unit)
	e.schedule(alpha, task("wake", due))
	e.pass(due.Sub(e.now()) - time.Microsecond)
	e.claimNone("a microsecond early")
	e.pass(time.Microsecond)
	e.claimOne("wake", long)
}

func taskDueOrder(e *env) {
	now := e.now()
	due := func(st storage.Stream, id string, secondsAgo int) {
		e.amend(st, func(c *storage.Change) {
			c.Schedule = []storage.TaskSpec{task(id, now.Add(time.Duration(-secondsAgo)*time.Second))}
		})
	}
	for _, st := range []storage.Stream{twin, beta, alpha} {
		e.commit(change(st, 0, 1))
	}
	due(beta, "3", 5)
	due(twin, "1", 9)
	due(alpha, "9", 1)
	due(twin, "4", 5) // the same instant four times: tenant, stream, id decide
	due(alpha, "2", 5)
	due(alpha, "1", 5)
	due(beta, "8", 2)

	var got []string
	for _, t := range e.claim(storage.MaxClaim, long).Tasks {
		got = append(got, t.Stream.String()+"/"+t.ID)
	}
	want := "globex/alpha/1, acme/alpha/1, acme/alpha/2, acme/beta/3, globex/alpha/4, acme/beta/8, acme/alpha/9"
	e.equal(strings.Join(got, ", "), want, "the order of a claim")
}

func taskPerStream(e *env) {
	now := e.now()
	streams := []storage.Stream{alpha, beta, twin}
	for _, st := range streams {
		e.schedule(st, task("wake", now))
	}
	claims := e.claim(storage.MaxClaim, long)
	if len(claims.Tasks) != len(streams) {
		e.Fatalf("Claim handed out %d tasks, want %d: the same id in three streams", len(claims.Tasks), len(streams))
	}
	for i, t := range claims.Tasks {
		if t.Stream != streams[i] {
			e.Errorf("task %d is of %s, want %s", i, t.Stream, streams[i])
		}
	}
	e.settle(claims.Tasks[0], storage.Done, 0)
	e.settle(claims.Tasks[2], storage.Retry, 0)
	if t := e.claimOne("wake", long); t.Stream != twin {
		e.Errorf("the task given back is of %s, want %s", t.Stream, twin)
	}
	e.settle(claims.Tasks[1], storage.Done, 0)
}

func taskReplaced(e *env) {
	now := e.now()
	e.schedule(alpha, task("wake", now), task("sleep", now.Add(long)))
	replace := func(specs ...storage.TaskSpec) {
		e.amend(alpha, func(c *storage.Change) { c.Schedule = specs })
	}
	replace(task("wake", now.Add(2*long)))
	if claims := e.claimNone("of a task moved to later"); wrongInstant(claims.Next, now.Add(long)) != "" {
		e.Errorf("Claims.Next: %s", wrongInstant(claims.Next, now.Add(long)))
	}
	replace(storage.TaskSpec{ID: "wake", Kind: "deliver", Due: now, Payload: []byte("new")})
	if t := e.claimOne("wake", long); t.Kind != "deliver" || string(t.Payload) != "new" {
		e.Errorf("the replaced task is %s with %q, want deliver with \"new\"", t.Kind, t.Payload)
	}
}

func taskCancelled(e *env) {
	now := e.now()
	e.schedule(alpha, task("claimed", now), task("waiting", now.Add(long)))
	e.schedule(beta, task("waiting", now.Add(2*long)))
	t := e.claimOne("claimed", long)
	e.amend(alpha, func(c *storage.Change) { c.Cancel = []string{"unknown", "waiting", "claimed"} })
	if claims := e.claimNone("of cancelled tasks"); wrongInstant(claims.Next, now.Add(2*long)) != "" {
		e.Errorf("after a cancel, Claims.Next should be the task of another stream: %s", wrongInstant(claims.Next, now.Add(2*long)))
	}
	e.fencedOff(t, "cancelled")
}

func taskCancelThenSchedule(e *env) {
	now := e.now()
	e.schedule(alpha, task("wake", now.Add(long)))
	e.amend(alpha, func(c *storage.Change) {
		c.Cancel = []string{"wake", "new"}
		c.Schedule = []storage.TaskSpec{task("new", now), task("wake", now)}
	})
	if got := taskIDs(e.claim(storage.MaxClaim, long).Tasks); got != "new wake" {
		e.Errorf("Claim after cancel and schedule in one change handed out %q, want \"new wake\"", got)
	}
}
