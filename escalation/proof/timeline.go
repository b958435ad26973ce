package proof

import (
	"math"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
)

// instants are in nanoseconds since the beginning of the horizon.

// never is later than every instant.
const never = math.MaxInt64

// timeline is a value that changes at known instants. The first piece begins at 0
// or before, and the last one never ends.
type timeline struct {
	starts []int64
	values []int32
}

// constant returns a timeline that never changes.
func constant(v int32) *timeline { return &timeline{starts: []int64{0}, values: []int32{v}} }

// add appends a piece. One with the value of the piece before makes that longer.
func (l *timeline) add(start int64, v int32) {
	if n := len(l.values); n > 0 && l.values[n-1] == v {
		return
	}
	l.starts, l.values = append(l.starts, start), append(l.values, v)
}

// index returns which piece an instant is in. The hint is where it was the last
// time: it hardly ever has moved far.
func (l *timeline) index(at int64, hint int) int {
	i := min(hint, len(l.starts)-1)
	if l.starts[i] <= at {
		for range 4 {
			if i+1 == len(l.starts) || at < l.starts[i+1] {
				return i
			}
			i++
		}
	}
	i, exact := slices.BinarySearch(l.starts, at)
	if exact {
		return i
	}
	return max(i-1, 0)
}

// end returns when a piece does.
func (l *timeline) end(i int) int64 {
	if i+1 == len(l.starts) {
		return never
	}
	return l.starts[i+1]
}

// at returns the value at an instant, and until when it holds.
func (l *timeline) at(at int64) (v int32, until int64) {
	i := l.index(at, 0)
	return l.values[i], l.end(i)
}

// next returns the first instant from one on at which the timeline has a value.
func (l *timeline) next(at int64, v int32) int64 {
	for i := l.index(at, 0); i < len(l.starts); i++ {
		if l.values[i] == v {
			return max(at, l.starts[i])
		}
	}
	return never
}

// span is the time that timelines are made for.
type span struct {
	from, to time.Time // of the horizon
	end      time.Time // of the longest course that begins in it
}

func (s *span) offset(t time.Time) int64   { return int64(t.Sub(s.from)) }
func (s *span) instant(at int64) time.Time { return s.from.Add(time.Duration(at)) }
func (s *span) horizon() int64             { return s.offset(s.to) }

// clock makes timelines of hours, each once.
type clock struct {
	span  *span
	known map[string]*timeline
}

// hours returns when hours are on: 1, or 0.
func (c *clock) hours(h escalation.Hours) *timeline {
	key := h.String() + "\x00" + secondsOf(h)
	if l := c.known[key]; l != nil {
		return l
	}
	l := &timeline{}
	on, changes, err := h.Changes(c.span.from, c.span.end)
	if err != nil { // as Next has it: hours that do not compile are never on
		on, changes = false, nil
	}
	l.add(0, truth(on))
	for _, at := range changes {
		on = !on
		l.add(c.span.offset(at), truth(on))
	}
	c.known[key] = l
	return l
}

// secondsOf tells windows apart that look the same when they are written.
func secondsOf(h escalation.Hours) string {
	var b []byte
	for _, w := range h.Windows {
		b = append(b, byte(w.Days))
		b = append(b, w.Length.String()...)
	}
	return string(b)
}

func truth(b bool) int32 {
	if b {
		return 1
	}
	return 0
}
