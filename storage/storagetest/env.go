package storagetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/storage"
)

// env is one check at work: a store, and the words to speak about it. Its
// methods end the check where a call that must succeed fails.
type env struct {
	T
	h   Harness
	s   storage.Store
	ctx context.Context

	// unit is a time that pass lets pass: it is short where the clock is real.
	unit time.Duration
}

const (
	long     = time.Hour        // a lease that does not end within a check
	patience = 30 * time.Second // how long a real clock is waited for
	poll     = time.Millisecond // how often
	ticks    = 100              // how many units a manual clock is advanced in search of a task
)

// The names that checks use where any would do.
var (
	alpha = storage.Stream{Tenant: "acme", ID: "alpha"}
	beta  = storage.Stream{Tenant: "acme", ID: "beta"}
	// twin has the id of alpha, in another tenant.
	twin = storage.Stream{Tenant: "globex", ID: "alpha"}
)

func open(t T, h Harness) *env {
	t.Helper()
	e := &env{T: t, h: h, s: h.Open(t), ctx: context.Background(), unit: time.Minute}
	if h.Advance == nil {
		e.unit = 20 * time.Millisecond
	}
	return e
}

// change appends events to a stream at a version, with a snapshot to match.
func change(st storage.Stream, expect uint64, events int) storage.Change {
	c := storage.Change{Stream: st, Expect: expect}
	for range events {
		v := expect + uint64(len(c.Events)) + 1
		c.Events = append(c.Events, storage.Event{
			Version:    v,
			Type:       "stepped",
			RecordedAt: time.Date(2026, 3, 1, 12, 0, int(v%60), 123456000, time.UTC),
			Data:       fmt.Appendf(nil, "event %d of %s", v, st),
		})
	}
	if events > 0 {
		c.Snapshot = snapshot("open", fmt.Sprintf("%s at %d", st, expect+uint64(events)))
	}
	return c
}

func snapshot(status, data string) storage.Snapshot {
	return storage.Snapshot{Kind: "thing", Status: status, Data: []byte(data)}
}

func task(id string, due time.Time) storage.TaskSpec {
	return storage.TaskSpec{ID: id, Kind: "wake", Due: due, Payload: []byte("payload of " + id)}
}

func (e *env) commit(c storage.Change) storage.Committed {
	e.Helper()
	out, err := e.s.Commit(e.ctx, c)
	if err != nil {
		e.Fatalf("Commit of %s at version %d: %v", c.Stream, c.Expect, err)
	}
	return out
}

// refused asserts that a commit fails for a reason.
func (e *env) refused(c storage.Change, want error, when string) {
	e.Helper()
	out, err := e.s.Commit(e.ctx, c)
	if !errors.Is(err, want) {
		e.Errorf("Commit %s: got %+v and the error %v, want the error %q", when, out, err, want)
	}
}

// schedule creates a stream with tasks.
func (e *env) schedule(st storage.Stream, tasks ...storage.TaskSpec) {
	e.Helper()
	c := change(st, 0, 1)
	c.Schedule = tasks
	e.commit(c)
}

// amend commits a change without events to a stream as it stands.
func (e *env) amend(st storage.Stream, edit func(c *storage.Change)) {
	e.Helper()
	c := storage.Change{Stream: st, Expect: e.load(st).Version}
	edit(&c)
	e.commit(c)
}

func (e *env) load(st storage.Stream) storage.Head {
	e.Helper()
	return e.find(storage.Ref{Tenant: st.Tenant, ID: st.ID})
}

func (e *env) find(ref storage.Ref) storage.Head {
	e.Helper()
	head, err := e.s.Load(e.ctx, ref)
	if err != nil {
		e.Fatalf("Load of %+v: %v", ref, err)
	}
	if head.Now.IsZero() {
		e.Errorf("Load of %+v: Now is zero, want the store's clock", ref)
	}
	return head
}

// holder returns the stream that holds a key, the zero Stream.ID for nobody.
func (e *env) holder(tenant, key string) storage.Stream {
	e.Helper()
	return e.find(storage.Ref{Tenant: tenant, Key: key}).Stream
}

func (e *env) now() time.Time {
	e.Helper()
	return e.load(alpha).Now
}

func (e *env) events(st storage.Stream, q storage.EventsQuery) []storage.Event {
	e.Helper()
	events, err := e.s.Events(e.ctx, st, q)
	if err != nil {
		e.Fatalf("Events of %s: %v", st, err)
	}
	return events
}

func (e *env) list(q storage.ListQuery) storage.Page {
	e.Helper()
	page, err := e.s.List(e.ctx, q)
	if err != nil {
		e.Fatalf("List %+v: %v", q, err)
	}
	return page
}

// claim claims, and checks what holds for every answer.
func (e *env) claim(limit int, lease time.Duration) storage.Claims {
	e.Helper()
	return e.ask(storage.ClaimQuery{Worker: "checker", Limit: limit, Lease: lease})
}

func (e *env) ask(q storage.ClaimQuery) storage.Claims {
	e.Helper()
	limit, lease := q.Limit, q.Lease
	claims, err := e.s.Claim(e.ctx, q)
	if err != nil {
		e.Fatalf("Claim: %v", err)
	}
	if claims.Now.IsZero() {
		e.Errorf("Claim: Now is zero, want the store's clock")
	}
	if len(claims.Tasks) > limit {
		e.Errorf("Claim handed out %d tasks, want at most %d", len(claims.Tasks), limit)
	}
	for _, t := range claims.Tasks {
		switch {
		case t.Due.After(claims.Now):
			e.Errorf("Claim handed out %s of %s at %s, before it is due at %s", t.ID, t.Stream, stamp(claims.Now), stamp(t.Due))
		case t.LeaseUntil.Before(claims.Now.Add(lease).Truncate(time.Microsecond)):
			e.Errorf("Claim of %s: the lease ends %s, want %s after %s", t.ID, stamp(t.LeaseUntil), lease, stamp(claims.Now))
		case t.Attempt < 1:
			e.Errorf("Claim of %s: Attempt is %d, want 1 for the first claim", t.ID, t.Attempt)
		}
	}
	return claims
}

// claimOne claims, and wants exactly one task, with this id.
func (e *env) claimOne(id string, lease time.Duration) storage.Task {
	e.Helper()
	claims := e.claim(storage.MaxClaim, lease)
	if got := taskIDs(claims.Tasks); got != id {
		e.Fatalf("Claim handed out %q, want %q", got, id)
	}
	return claims.Tasks[0]
}

// claimNone claims, and wants nothing to be handed out.
func (e *env) claimNone(when string) storage.Claims {
	e.Helper()
	claims := e.claim(storage.MaxClaim, long)
	if len(claims.Tasks) > 0 {
		e.Errorf("Claim %s handed out %q, want nothing", when, taskIDs(claims.Tasks))
	}
	return claims
}

// idle wants that there is no task at all, due or not.
func (e *env) idle(when string) {
	e.Helper()
	if claims := e.claimNone(when); !claims.Next.IsZero() {
		e.Errorf("Claim %s: Next is %s, want zero, since no task is left", when, stamp(claims.Next))
	}
}

// await claims until a task is handed out, and wants exactly this one.
func (e *env) await(id string, lease time.Duration) storage.Task {
	e.Helper()
	tick := e.ticker("no claim hands out " + id)
	for {
		if claims := e.claim(storage.MaxClaim, lease); len(claims.Tasks) > 0 {
			if got := taskIDs(claims.Tasks); got != id {
				e.Fatalf("Claim handed out %q, want %q", got, id)
			}
			return claims.Tasks[0]
		}
		tick()
	}
}

func (e *env) settle(t storage.Task, o storage.Outcome, delay time.Duration) {
	e.Helper()
	if err := e.trySettle(t, o, delay); err != nil {
		e.Fatalf("Settle of %s of %s as %s: %v", t.ID, t.Stream, o, err)
	}
}

func (e *env) trySettle(t storage.Task, o storage.Outcome, delay time.Duration) error {
	return e.s.Settle(e.ctx, storage.Settlement{Stream: t.Stream, Fence: *t.Fence(), Outcome: o, Delay: delay})
}

// pass lets time go by on the store's clock.
func (e *env) pass(d time.Duration) {
	e.Helper()
	if e.h.Advance != nil {
		e.h.Advance(d)
		return
	}
	tick := e.ticker("the store's clock does not get on")
	for until := e.now().Add(d); e.now().Before(until); {
		tick()
	}
}

// ticker returns a function that lets a moment pass, and ends the check with a
// complaint when it was called for too long.
func (e *env) ticker(complaint string) func() {
	calls, deadline := 0, time.Now().Add(patience)
	return func() {
		e.Helper()
		calls++
		switch {
		case e.h.Advance != nil && calls > ticks:
			e.Fatalf("after %s on the store's clock %s", ticks*e.unit, complaint)
		case e.h.Advance != nil:
			e.h.Advance(e.unit)
		case time.Now().After(deadline):
			e.Fatalf("after %s %s", patience, complaint)
		default:
			<-time.After(poll)
		}
	}
}

// picture is everything that can be read about streams and keys, for comparing.
func (e *env) picture(streams []storage.Stream, keys ...string) string {
	e.Helper()
	var b strings.Builder
	for _, st := range streams {
		head := e.load(st)
		fmt.Fprintf(&b, "%s: version %d, %s %s %q\n", head.Stream, head.Version, head.Snapshot.Kind, head.Snapshot.Status, head.Snapshot.Data)
		for _, ev := range e.events(st, storage.EventsQuery{}) {
			fmt.Fprintf(&b, "  %d %s %s %q\n", ev.Version, ev.Type, stamp(ev.RecordedAt), ev.Data)
		}
		for _, key := range keys {
			fmt.Fprintf(&b, "  key %q of %s: %q\n", key, st.Tenant, e.holder(st.Tenant, key).ID)
		}
	}
	return b.String()
}

// equal compares two texts, such as pictures.
func (e *env) equal(got, want, what string) {
	e.Helper()
	if got != want {
		e.Errorf("%s: got\n%s\nwant\n%s", what, got, want)
	}
}

func stamp(t time.Time) string { return t.Format(time.RFC3339Nano) }

func taskIDs(tasks []storage.Task) string {
	ids := make([]string, len(tasks))
	for i, t := range tasks {
		ids[i] = t.ID
	}
	return strings.Join(ids, " ")
}

// wrongEvent says how an event differs from the one that was given; empty: not.
func wrongEvent(got, want storage.Event) string {
	switch {
	case got.Version != want.Version, got.Type != want.Type, !bytes.Equal(got.Data, want.Data):
		return fmt.Sprintf("got %d %q with %d bytes, want %d %q with %d bytes, the same",
			got.Version, got.Type, len(got.Data), want.Version, want.Type, len(want.Data))
	case wrongInstant(got.RecordedAt, want.RecordedAt) != "":
		return "RecordedAt: " + wrongInstant(got.RecordedAt, want.RecordedAt)
	}
	return ""
}

// wrongInstant says how an instant differs from the one that was given, beyond
// what a store may cut off; empty: not.
func wrongInstant(got, want time.Time) string {
	if got.Location() != time.UTC {
		return fmt.Sprintf("got %s in the location %s, want UTC", stamp(got), got.Location())
	}
	if off := want.Sub(got).Abs(); off >= time.Microsecond {
		return fmt.Sprintf("got %s, want %s", stamp(got), stamp(want.UTC()))
	}
	return ""
}
