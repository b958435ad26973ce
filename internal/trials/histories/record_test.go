package histories

import (
	"context"
	"errors"
	"fmt"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/anishathalye/porcupine"

	"github.com/incidentkit/incidentkit/storage"
)

// world is what a history is made in.
type world struct {
	stores  []storage.Store // handles on one database; clients spread over them
	now     func() time.Time
	advance func(time.Duration) // nil: the clock is a real one
	unit    time.Duration       // what leases, delays and due times are multiples of

	// serial is a store whose calls across tenants are atomic, too. Another
	// one may leave a task that is locked by a call under way.
	serial bool

	// oneLease is that all claims have leases of one length, as replicas have. A
	// store that knows nothing of another's may see a shorter one a little later.
	oneLease bool
}

// recorder calls a store and writes down when it asked and what it was told.
type recorder struct {
	world
	stamps atomic.Int64

	mu     sync.Mutex
	calls  []porcupine.Operation
	lost   []porcupine.Operation // what the one claim may have done whose answer was lost
	faults []string              // answers that no state of any store explains

	riddled atomic.Bool // there is such a claim, or may be one
}

// begin is the stamp of a call that is about to be made.
func (r *recorder) begin() int64 { return r.stamps.Add(1) }

// end notes an answer; nil: none was seen, so that the call may take effect at
// any time from now on.
func (r *recorder) end(client int, begun int64, c call, answer any) {
	op := porcupine.Operation{ClientId: client, Input: c, Call: begun, Output: answer, Return: r.stamps.Add(1)}
	if answer == nil {
		op.Return = math.MaxInt64
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls = append(r.calls, op)
}

func (r *recorder) fault(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.faults = append(r.faults, fmt.Sprintf(format, args...))
}

func (r *recorder) micros() int64 { return r.now().UnixMicro() }

// ended reports whether a call ended because its context did.
func ended(err error) bool {
	return errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

func (c commitCall) change() storage.Change {
	out := storage.Change{
		Stream:  streamName(c.stream),
		Expect:  uint64(c.expect),
		Cancel:  named(c.cancel, taskName),
		Release: named(c.release, keyName),
		Take:    named(c.take, keyName),
	}
	if c.operation >= 0 {
		out.Operation = operationName(c.operation)
	}
	for range c.events {
		out.Events = append(out.Events, storage.Event{
			Version:    out.Expect + uint64(len(out.Events)) + 1,
			Type:       "stepped",
			RecordedAt: time.UnixMicro(1_700_000_000_000_000 + int64(c.token)),
			Data:       c.token.bytes(),
		})
	}
	if c.snapshot {
		out.Snapshot = storage.Snapshot{Kind: "thing", Status: c.token.status(), Data: c.token.bytes()}
	}
	for _, w := range c.schedule {
		out.Schedule = append(out.Schedule, storage.TaskSpec{
			ID: taskName(w.task), Kind: "wake", Due: time.UnixMicro(w.due), Payload: c.token.bytes(),
		})
	}
	if c.fence != nil {
		out.Fence = &storage.Fence{Task: taskName(c.fence.task), Epoch: c.fence.epoch}
	}
	return out
}

// commit makes the call; ok tells whether an answer was seen.
func (r *recorder) commit(ctx context.Context, client int, s storage.Store, c commitCall) (answer committed, ok bool) {
	begun := r.begin()
	out, err := s.Commit(ctx, c.change())
	var taken *storage.KeyTakenError
	switch {
	case err == nil:
		answer = committed{version: uint32(out.Version), replayed: out.Replayed}
	case ended(err):
		r.end(client, begun, c, nil)
		return answer, false
	case errors.Is(err, storage.ErrFenced):
		answer.refused = fenced
	case errors.Is(err, storage.ErrConflict):
		answer.refused = conflict
	case errors.As(err, &taken):
		answer = committed{refused: keyTaken, key: keyNumber(taken.Key), owner: streamNumber(taken.Owner)}
		if answer.key < 0 || answer.owner < 0 {
			r.fault("Commit: %v", err)
			return answer, false
		}
	default:
		r.fault("Commit: %v", err)
		return answer, false
	}
	r.end(client, begun, c, answer)
	return answer, true
}

func (r *recorder) settle(ctx context.Context, client int, s storage.Store, c settleCall) {
	begun, from := r.begin(), r.micros()
	err := s.Settle(ctx, storage.Settlement{
		Stream:  streamName(c.stream),
		Fence:   storage.Fence{Task: taskName(c.fence.task), Epoch: c.fence.epoch},
		Outcome: c.outcome,
		Delay:   time.Duration(c.delay) * time.Microsecond,
	})
	c.clock = span{from, r.micros()}
	switch {
	case ended(err):
		c.clock.hi = math.MaxInt64
		r.end(client, begun, c, nil)
	case err == nil, errors.Is(err, storage.ErrFenced):
		answer := settled{}
		if err != nil {
			answer.refused = fenced
		}
		r.end(client, begun, c, answer)
	default:
		r.fault("Settle: %v", err)
	}
}

func (r *recorder) load(ctx context.Context, client int, s storage.Store, c loadCall) (answer loaded, ok bool) {
	ref := storage.Ref{Tenant: tenantNames[c.tenant]}
	if c.stream >= 0 {
		ref.ID = streamName(c.stream).ID
	} else {
		ref.Key = keyName(c.key)
	}
	begun, from := r.begin(), r.micros()
	head, err := s.Load(ctx, ref)
	c.clock = span{from, r.micros()}
	switch {
	case ended(err):
		return answer, false // a read without an answer says nothing
	case err != nil:
		r.fault("Load: %v", err)
		return answer, false
	}
	answer = loaded{stream: streamNumber(head.Stream), version: uint32(head.Version), now: head.Now.UnixMicro()}
	if head.Version > 0 {
		answer.snapshot, err = readToken(head.Snapshot.Data)
		if err != nil || head.Snapshot.Kind != "thing" || head.Snapshot.Status != answer.snapshot.status() || answer.stream < 0 {
			r.fault("Load of %+v: %+v", ref, head)
		}
	}
	r.end(client, begun, c, answer)
	return answer, true
}

func (r *recorder) events(ctx context.Context, client int, s storage.Store, c eventsCall) {
	begun := r.begin()
	events, err := s.Events(ctx, streamName(c.stream), storage.EventsQuery{})
	switch {
	case ended(err):
		return
	case err != nil:
		r.fault("Events: %v", err)
		return
	}
	answer := read{version: uint32(len(events))}
	for i, e := range events {
		t, err := readToken(e.Data)
		if err != nil || e.Version != uint64(i)+1 || e.RecordedAt.UnixMicro() != 1_700_000_000_000_000+int64(t) {
			r.fault("Events of %s: the event %d is %+v", streamName(c.stream), i+1, e)
		}
		answer.log = digest(answer.log, t)
	}
	r.end(client, begun, c, answer)
}

// claim makes the call, and returns what it was given.
func (r *recorder) claim(ctx context.Context, client int, s storage.Store, c claimCall) (claims, bool) {
	q := storage.ClaimQuery{
		Worker: fmt.Sprint("client ", client), Limit: c.limit, Lease: time.Duration(c.lease) * time.Microsecond,
	}
	for i, except := range c.except {
		if except {
			q.Except = append(q.Except, tenantNames[i])
		}
	}
	begun, from := r.begin(), r.micros()
	got, err := s.Claim(ctx, q)
	c.clock = span{from, r.micros()}
	switch {
	case ended(err):
		r.lose(client, begun, c)
		return claims{}, false
	case err != nil:
		r.fault("Claim: %v", err)
		return claims{}, false
	}
	answer := claims{now: got.Now.UnixMicro()}
	if !got.Next.IsZero() {
		answer.next = got.Next.UnixMicro()
	}
	for _, t := range got.Tasks {
		k := claimed{
			stream: streamNumber(t.Stream), task: taskNumber(t.ID), due: t.Due.UnixMicro(),
			attempt: t.Attempt, epoch: t.Epoch, until: t.LeaseUntil.UnixMicro(),
		}
		k.payload, err = readToken(t.Payload)
		if err != nil || k.stream < 0 || k.task < 0 || t.Kind != "wake" {
			r.fault("Claim handed out %+v", t)
			return claims{}, false
		}
		answer.tasks = append(answer.tasks, k)
	}
	r.end(client, begun, c, answer)
	return answer, true
}

// lose notes a claim whose answer was lost. The limit of such a claim is 1, so
// there are only so many things that it may have done: it is left to the checker
// to try them.
func (r *recorder) lose(client int, begun int64, c claimCall) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := range streams {
		for j := range perStream {
			if !c.except[tenantOf(i)] {
				r.lost = append(r.lost, porcupine.Operation{
					ClientId: client, Call: begun, Return: math.MaxInt64,
					Input: lostClaim{stream: i, task: j, lease: c.lease, clock: span{c.clock.lo, math.MaxInt64}},
				})
			}
		}
	}
}
