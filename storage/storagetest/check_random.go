package storagetest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/storage"
)

var randomChecks = []check{
	{name: "random-operations-1", run: randomOperations(1), doc: randomDoc},
	{name: "random-operations-2", run: randomOperations(2), doc: randomDoc},
	{name: "random-operations-3", run: randomOperations(3), doc: randomDoc},
	{name: "random-operations-4", run: randomOperations(4), doc: randomDoc},
}

const (
	randomDoc   = "Whatever is called in whatever order, the answers are those of a plain model of the contract."
	randomSteps = 300
)

func randomOperations(seed uint64) func(e *env) {
	return func(e *env) {
		r := &randomRun{env: e, rng: rand.New(rand.NewPCG(seed, 7)), model: newModel()}
		for range randomSteps {
			if r.step(); r.failed {
				e.Errorf("the last operations were:\n%s", strings.Join(r.trace[max(0, len(r.trace)-12):], "\n"))
				return
			}
		}
		for _, tenant := range randomTenants {
			for i := range 3 {
				r.compare(storage.Stream{Tenant: tenant, ID: fmt.Sprint("s", i)})
			}
		}
	}
}

var randomTenants = []string{"acme", "globex"}

type randomRun struct {
	*env
	rng    *rand.Rand
	model  *model
	claims []storage.Task // every claim ever made, the lost ones too
	trace  []string
	failed bool
}

func (r *randomRun) fail(format string, args ...any) {
	r.Helper()
	r.failed = true
	r.Errorf(format, args...)
}

func (r *randomRun) note(format string, args ...any) {
	r.trace = append(r.trace, fmt.Sprintf("%4d  ", len(r.trace)+1)+fmt.Sprintf(format, args...))
}

// step does one thing, and compares. A real clock cannot be foretold to the
// microsecond: there nothing depends on an instant that a call sets by itself.
func (r *randomRun) step() {
	switch n := r.rng.IntN(20); {
	case n < 10:
		r.stepCommit()
	case n < 13:
		r.stepClaim()
	case n < 16:
		r.stepSettle()
	case n < 18:
		r.stepList()
	case n < 19:
		r.compare(r.stream())
	case r.h.Advance != nil:
		d := r.minutes(5)
		r.note("the clock moves by %s", d)
		r.h.Advance(d)
	}
}

func (r *randomRun) pick(from string, n int) string { return fmt.Sprint(from, r.rng.IntN(n)) }

func (r *randomRun) minutes(n int) time.Duration { return time.Duration(r.rng.IntN(n)) * time.Minute }

func (r *randomRun) chance(percent int) bool { return r.rng.IntN(100) < percent }

func (r *randomRun) stream() storage.Stream {
	return storage.Stream{Tenant: randomTenants[r.rng.IntN(2)], ID: r.pick("s", 3)}
}

func (r *randomRun) some(from string, n, percent int) []string {
	var out []string
	for i := range n {
		if r.chance(percent) {
			out = append(out, fmt.Sprint(from, i))
		}
	}
	r.rng.Shuffle(len(out), func(i, j int) { out[i], out[j] = out[j], out[i] })
	return out
}

func (r *randomRun) stepCommit() {
	st := r.stream()
	expect := r.model.version(st)
	if r.chance(10) {
		expect = uint64(r.rng.IntN(4))
	}
	events := r.rng.IntN(3)
	if expect == 0 {
		events = max(events, 1)
	}
	c := change(st, expect, events)
	if events > 0 {
		c.Snapshot.Status = r.pick("status", 3)
	}
	if r.chance(40) {
		c.Operation = r.pick("op", 12)
	}
	now := r.now().Truncate(time.Minute)
	for _, id := range r.some("t", 3, 30) {
		due := now.Add(-r.minutes(3))
		if r.h.Advance != nil {
			due = due.Add(r.minutes(6))
		}
		c.Schedule = append(c.Schedule, task(id, due))
	}
	c.Cancel = r.some("t", 3, 15)
	c.Release = r.some("k", 4, 30)
	c.Take = r.some("k", 4, 20)
	if len(r.claims) > 0 && r.chance(40) {
		t := r.claimed()
		c.Fence = t.Fence()
		if t.Stream != st && r.chance(80) { // hardly ever on a task of another stream
			c.Fence = nil
		}
	}

	want, wantErr := r.model.commit(c)
	got, err := r.s.Commit(r.ctx, c)
	r.note("Commit %+v: %+v, %v", brief(c), got, err)
	if got != want || verdict(err) != verdict(wantErr) {
		r.fail("Commit: got %+v and the error %v, want %+v and %v", got, err, want, wantErr)
	}
}

// claimed picks a claim that was made, mostly one of late.
func (r *randomRun) claimed() storage.Task {
	recent := r.claims[max(0, len(r.claims)-6):]
	if r.chance(20) {
		recent = r.claims
	}
	return recent[r.rng.IntN(len(recent))]
}

func (r *randomRun) stepClaim() {
	q := storage.ClaimQuery{Worker: "checker", Lease: r.minutes(4) + time.Minute, Limit: r.rng.IntN(4) + 1}
	if r.h.Advance == nil {
		q.Lease = long
	}
	if r.chance(25) {
		q.Except = []string{randomTenants[r.rng.IntN(2)]}
	}
	claims := r.ask(q)
	r.note("Claim %d for %s but %q: %s, next %s", q.Limit, q.Lease, q.Except, taskIDs(claims.Tasks), stamp(claims.Next))
	want, next := r.model.claim(claims.Now, q)
	if len(claims.Tasks) != len(want) {
		r.fail("Claim handed out %d tasks, want %d: %v", len(claims.Tasks), len(want), want)
		return
	}
	for i, got := range claims.Tasks {
		id, t := want[i], r.model.tasks[want[i]]
		if got.Stream != id.stream || got.ID != id.id || got.Attempt != t.attempt || !got.Due.Equal(t.spec.Due) ||
			string(got.Payload) != string(t.spec.Payload) || wrongInstant(got.LeaseUntil, t.until) != "" {
			r.fail("Claim handed out %+v, want %v: %+v", got, id, *t)
			return
		}
		if got.Epoch <= r.model.epochs[id] {
			r.fail("the epoch of %v is %d, want it above %d", id, got.Epoch, r.model.epochs[id])
		}
		t.epoch, t.until = got.Epoch, got.LeaseUntil
		r.model.epochs[id] = got.Epoch
	}
	if !claims.Next.Equal(next) {
		r.fail("Next is %s, want %s", stamp(claims.Next), stamp(next))
	}
	r.claims = append(r.claims, claims.Tasks...)
}

func (r *randomRun) stepSettle() {
	if len(r.claims) == 0 {
		return
	}
	t := r.claimed()
	s := storage.Settlement{Stream: t.Stream, Fence: *t.Fence(), Outcome: storage.Done}
	if r.h.Advance != nil {
		s.Outcome = []storage.Outcome{storage.Done, storage.Retry, storage.Extend}[r.rng.IntN(3)]
		s.Delay = r.minutes(4) + time.Minute
	}
	wantErr := r.model.settle(r.now(), s)
	err := r.s.Settle(r.ctx, s)
	r.note("Settle %+v: %v", s, err)
	if verdict(err) != verdict(wantErr) {
		r.fail("Settle: got the error %v, want %v", err, wantErr)
	}
}

func (r *randomRun) stepList() {
	q := storage.ListQuery{
		Tenant: randomTenants[r.rng.IntN(2)], Kind: "thing",
		Statuses: r.some("status", 3, 40), Reverse: r.chance(50), Limit: r.rng.IntN(3) + 1,
	}
	want := r.model.list(q)
	got := r.pages(q, nil)
	r.note("List %+v: %v", q, got)
	if !slices.Equal(got, want) {
		r.fail("List: got %v, want %v", got, want)
	}
}

// compare reads a stream, and the keys of its tenant.
func (r *randomRun) compare(st storage.Stream) {
	r.Helper()
	head, want := r.load(st), r.model.streams[st]
	if head.Version != r.model.version(st) {
		r.fail("%s is at version %d, want %d", st, head.Version, r.model.version(st))
		return
	}
	if want != nil {
		r.holds(st, want.snapshot, want.events)
	}
	for i := range 4 {
		key := fmt.Sprint("k", i)
		if got, want := r.holder(st.Tenant, key).ID, r.model.keys[modelKey{st.Tenant, key}].ID; got != want {
			r.fail("the key %q of %s is held by %q, want %q", key, st.Tenant, got, want)
		}
	}
}

// verdict is the part of an error that the contract fixes.
func verdict(err error) string {
	var taken *storage.KeyTakenError
	switch {
	case err == nil:
		return "success"
	case errors.As(err, &taken):
		return fmt.Sprint(storage.ErrKeyTaken, taken.Key, taken.Owner)
	case errors.Is(err, storage.ErrConflict):
		return storage.ErrConflict.Error()
	case errors.Is(err, storage.ErrFenced):
		return storage.ErrFenced.Error()
	}
	return err.Error()
}

// brief is a change without the bulk, for the trace.
func brief(c storage.Change) string {
	var tasks []string
	for _, t := range c.Schedule {
		tasks = append(tasks, t.ID+"@"+t.Due.Format("15:04"))
	}
	return fmt.Sprintf("%s at %d +%d, status %q, op %q, schedule %v, cancel %v, release %v, take %v, fence %+v",
		c.Stream, c.Expect, len(c.Events), c.Snapshot.Status, c.Operation, tasks, c.Cancel, c.Release, c.Take, c.Fence)
}
