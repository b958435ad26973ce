package histories

import (
	"math"

	"github.com/incidentkit/incidentkit/storage"
)

// state is a store as the contract in package storage has it. It is a value: to
// copy it is to keep it, and equal states are ==.
type state struct {
	streams [streams]stream
	holders [tenants][keys]int8 // the stream that holds a key, plus one
}

type stream struct {
	version  uint32
	log      uint64 // all tokens of its events, digested
	snapshot token
	done     [operations]uint32 // operation -> version it led to; 0: not seen
	tasks    [perStream]task
}

type task struct {
	exists  bool
	held    bool
	payload token
	due     span
	until   span // of the lease
	attempt int
	epoch   uint64 // of the claim; 0: that of an answer that was lost
	newest  uint64 // greatest epoch ever given out
}

// span is an instant, in microseconds, that is only known to lie within bounds.
type span struct{ lo, hi int64 }

func exactly(at int64) span { return span{at, at} }

func (s span) after(d int64) span {
	if s.hi > math.MaxInt64-d {
		return span{s.lo + d, math.MaxInt64}
	}
	return span{s.lo + d, s.hi + d}
}

func (s span) has(at int64) bool { return s.lo <= at && at <= s.hi }

// digest is the log with one more event.
func digest(log uint64, t token) uint64 { return (log^uint64(t))*0x100000001b3 + 0x9e3779b97f4a7c15 }

// available is when a task may be claimed.
func (t task) available() span {
	if t.held {
		return t.until
	}
	return t.due
}

func (s stream) holds(f *fence) bool {
	t := s.tasks[f.task]
	return t.exists && t.held && t.epoch == f.epoch
}

// call is one call of a store. apply says whether a store in this state may give
// this answer, and what state that leaves. An answer of nil was never seen.
type call interface {
	apply(s state, answer any) (bool, state)
	describe(answer any) string
	touches(stream int) bool
}

type fence struct {
	task  int
	epoch uint64
}

type wakeup struct {
	task int
	due  int64
}

// commitCall is a storage.Change by numbers.
type commitCall struct {
	stream    int
	token     token
	operation int // -1: none
	expect    uint32
	events    uint32
	snapshot  bool // also where there are no events
	cancel    []int
	schedule  []wakeup
	release   []int
	take      []int
	fence     *fence
}

// refusal is the kind of an error; empty: none.
type refusal string

const (
	fenced   refusal = "fenced"
	conflict refusal = "conflict"
	keyTaken refusal = "key taken"
)

// committed is the answer to a commit.
type committed struct {
	version  uint32
	replayed bool
	refused  refusal
	key      int // that is taken
	owner    int
}

func (c commitCall) apply(s state, answer any) (bool, state) {
	got, seen := answer.(committed)
	if seen && got.refused == keyTaken { // which of several is not said
		want, _ := c.outcome(s)
		return want.refused == keyTaken && c.taken(s, got.key) && int(s.holders[tenantOf(c.stream)][got.key]) == got.owner+1, s
	}
	want, next := c.outcome(s)
	return !seen || want == got, next
}

// outcome is what the contract has a commit answer, in the order of its checks.
func (c commitCall) outcome(s state) (committed, state) {
	st := s.streams[c.stream]
	if c.operation >= 0 && st.done[c.operation] > 0 {
		return committed{version: st.done[c.operation], replayed: true}, s
	}
	if c.fence != nil && !st.holds(c.fence) {
		return committed{refused: fenced}, s
	}
	if c.expect != st.version {
		return committed{refused: conflict}, s
	}
	for _, k := range c.take {
		if c.taken(s, k) {
			return committed{refused: keyTaken}, s
		}
	}
	c.write(&s)
	return committed{version: s.streams[c.stream].version}, s
}

// taken reports whether another stream holds a key that the commit takes.
func (c commitCall) taken(s state, key int) bool {
	holder := s.holders[tenantOf(c.stream)][key]
	return holder != 0 && int(holder) != c.stream+1
}

func (c commitCall) write(s *state) {
	st := &s.streams[c.stream]
	for range c.events {
		st.version++
		st.log = digest(st.log, c.token)
	}
	if c.snapshot {
		st.snapshot = c.token
	}
	for _, n := range c.cancel {
		st.tasks[n] = task{newest: st.tasks[n].newest}
	}
	for _, w := range c.schedule {
		st.tasks[w.task] = task{exists: true, payload: c.token, due: exactly(w.due), newest: st.tasks[w.task].newest}
	}
	holders := &s.holders[tenantOf(c.stream)]
	for _, k := range c.release {
		if int(holders[k]) == c.stream+1 {
			holders[k] = 0
		}
	}
	for _, k := range c.take {
		holders[k] = int8(c.stream + 1)
	}
	if c.operation >= 0 {
		st.done[c.operation] = st.version
	}
}

// settleCall is a storage.Settlement by numbers.
type settleCall struct {
	stream  int
	fence   fence
	outcome storage.Outcome
	delay   int64 // microseconds
	clock   span  // the store's, meanwhile
}

// settled is the answer: fenced, or that it was done.
type settled struct{ refused refusal }

func (c settleCall) apply(s state, answer any) (bool, state) {
	got, seen := answer.(settled)
	if !s.streams[c.stream].holds(&c.fence) {
		return !seen || got.refused == fenced, s
	}
	t := &s.streams[c.stream].tasks[c.fence.task]
	switch c.outcome {
	case storage.Done:
		*t = task{newest: t.newest}
	case storage.Retry:
		t.held, t.until, t.due = false, span{}, c.clock.after(c.delay)
	case storage.Extend:
		t.until = c.clock.after(c.delay)
	}
	return !seen || got.refused == "", s
}

// loadCall is a storage.Ref by numbers.
type loadCall struct {
	stream int // or, where it is -1, the holder of a key
	tenant int
	key    int
	clock  span
}

// loaded is a storage.Head.
type loaded struct {
	stream   int // -1: nobody holds the key
	version  uint32
	snapshot token
	now      int64
}

func (c loadCall) apply(s state, answer any) (bool, state) {
	got, seen := answer.(loaded)
	if !seen {
		return true, s
	}
	want := loaded{stream: c.stream, now: got.now}
	if c.stream < 0 {
		want.stream = int(s.holders[c.tenant][c.key]) - 1
	}
	if want.stream >= 0 {
		want.version = s.streams[want.stream].version
		want.snapshot = s.streams[want.stream].snapshot
	}
	return got == want && c.clock.has(got.now), s
}

// eventsCall reads all events of a stream.
type eventsCall struct{ stream int }

// read is their number, and a digest of them.
type read struct {
	version uint32
	log     uint64
}

func (c eventsCall) apply(s state, answer any) (bool, state) {
	got, seen := answer.(read)
	st := s.streams[c.stream]
	return !seen || got == read{st.version, st.log}, s
}
