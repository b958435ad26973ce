package oncall

import (
	"math"
	"slices"
	"time"
)

// clock tells the wall-clock time of a zone. It works on integers: an instant is
// in seconds of Unix time, a reading of the wall clock in seconds since it showed
// 1970-01-01T00:00. The two differ by the zone's offset, and to know that, clock
// keeps a table of the offset's changes. The time package would have to be asked
// several times for each answer, and is many times slower.
type clock struct {
	zone *time.Location

	from, until int64    // the table holds for from <= instant < until
	changes     []change // in order of time; the first is at from
	skips       int64    // the most that the clock ever skips at once, by the table

	// index holds, for each 1<<bucket seconds since from, the last change that
	// is not after their start.
	index []int32
}

// change is the instant from which an offset holds.
type change struct{ at, offset int64 }

// span is a time in which an offset holds. It may be longer than it says.
type span struct{ start, end, offset int64 }

const (
	beginning = math.MinInt64
	forever   = math.MaxInt64

	// tableEnd is 2070-01-01T00:00:00Z. Later offsets are what today's rules make
	// of them, and not worth the memory; the zone is asked for each.
	tableEnd = 3_155_760_000

	// bucket makes an index of 194 days, in which few zones change twice.
	bucket = 24

	// maxOffset is the largest difference from UTC that zone data may hold
	// (RFC 9636, section 3.2).
	maxOffset = 26 * 60 * 60

	secondsPerDay = 24 * 60 * 60
)

// newClock returns a clock that is fast from the instant on.
func newClock(zone *time.Location, from int64) clock {
	c := clock{zone: zone, from: from, until: tableEnd}
	for at := from; at < tableEnd; {
		s := ask(zone, at)
		if n := len(c.changes); n == 0 || c.changes[n-1].offset != s.offset {
			if n > 0 {
				c.skips = max(c.skips, s.offset-c.changes[n-1].offset)
			}
			c.changes = append(c.changes, change{at, s.offset})
		}
		at = s.end
	}
	if len(c.changes) == 0 {
		c.skips = maxOffset // nobody knows
	}
	c.changes = slices.Clip(c.changes)

	i := 0
	for at := from; at < tableEnd; at += 1 << bucket {
		for i+1 < len(c.changes) && c.changes[i+1].at <= at {
			i++
		}
		c.index = append(c.index, int32(i))
	}
	return c
}

// ask asks the zone for its offset at an instant, and for how long it holds.
func ask(zone *time.Location, at int64) span {
	t := time.Unix(at, 0).In(zone)
	_, offset := t.Zone()
	s := span{start: at, end: forever, offset: int64(offset)}
	if _, end := t.ZoneBounds(); !end.IsZero() {
		s.end = end.Unix()
	}
	if s.end <= at {
		// On 31 December of a leap year past the zone's explicit changes,
		// ZoneBounds takes the year to be over. It is at midnight UTC.
		s.end = at - at%secondsPerDay + secondsPerDay
	}
	return s
}

// span returns the one that contains an instant.
func (c *clock) span(at int64) span {
	if at < c.from || at >= c.until {
		return ask(c.zone, at)
	}
	i := int(c.index[(at-c.from)>>bucket])
	for i+1 < len(c.changes) && c.changes[i+1].at <= at {
		i++
	}
	s := span{start: c.changes[i].at, end: c.until, offset: c.changes[i].offset}
	if i+1 < len(c.changes) {
		s.end = c.changes[i+1].at
	}
	return s
}

// first returns the first instant at which the clock shows wall or a later time.
func (c *clock) first(wall int64) int64 {
	at := wall - maxOffset // too early to show it, whatever the offset is
	for {
		s := c.span(at)
		if wall-s.offset < s.end {
			return max(at, wall-s.offset)
		}
		at = s.end
	}
}

// last returns the last instant at which the clock shows wall, or the first at
// which it shows a later time for good, as far as one set-back goes.
func (c *clock) last(wall int64) int64 {
	at := c.first(wall)
	for s := c.span(at); s.end != forever && s.end < at+2*maxOffset; {
		next := c.span(s.end)
		if s.end+next.offset <= wall {
			at = wall - next.offset
		}
		s = next
	}
	return at
}

// firstNear is first, and faster if that lies well within the span.
func (c *clock) firstNear(wall int64, s span) int64 {
	// Had the clock shown wall before the span, it would have had to be set back
	// by no less than what has passed since.
	if at := wall - s.offset; at >= s.start+2*maxOffset && at < s.end {
		return at
	}
	return c.first(wall)
}
