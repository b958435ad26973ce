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
	zone    *time.Location
	from    int64    // the table holds for from <= instant < until
	until   int64    //
	changes []change // in order of time; the first is at from
}

// change is the instant from which an offset holds.
type change struct{ at, offset int64 }

const (
	beginning = math.MinInt64
	forever   = math.MaxInt64

	// tableEnd is 2100-01-01T00:00:00Z. Later offsets are guesses of today's
	// rules, and not worth the memory; the zone is asked for each.
	tableEnd = 4_102_444_800

	// maxOffset is the largest difference from UTC that zone data may hold
	// (RFC 9636, section 3.2).
	maxOffset = 26 * 60 * 60

	secondsPerDay = 24 * 60 * 60
)

// newClock returns a clock that is fast from the instant on.
func newClock(zone *time.Location, from int64) clock {
	c := clock{zone: zone, from: from, until: tableEnd}
	for at := from; at < tableEnd; {
		offset, end := ask(zone, at)
		if n := len(c.changes); n == 0 || c.changes[n-1].offset != offset {
			c.changes = append(c.changes, change{at, offset})
		}
		at = end
	}
	c.changes = slices.Clip(c.changes)
	return c
}

// ask asks the zone for its offset at an instant, and for how long it holds.
func ask(zone *time.Location, at int64) (offset, end int64) {
	t := time.Unix(at, 0).In(zone)
	_, seconds := t.Zone()
	_, bound := t.ZoneBounds()
	if bound.IsZero() {
		return int64(seconds), forever
	}
	end = bound.Unix()
	if end <= at {
		// On 31 December of a leap year past the zone's explicit changes,
		// ZoneBounds takes the year to be over. It is at midnight UTC.
		end = at - at%secondsPerDay + secondsPerDay
	}
	return int64(seconds), end
}

// span returns the offset at an instant, and a later instant until which it
// holds.
func (c *clock) span(at int64) (offset, end int64) {
	if at < c.from || at >= c.until {
		return ask(c.zone, at)
	}
	low, high := 0, len(c.changes) // changes[low].at <= at < changes[high].at
	for high-low > 1 {
		if mid := int(uint(low+high) / 2); c.changes[mid].at <= at {
			low = mid
		} else {
			high = mid
		}
	}
	end = c.until
	if high < len(c.changes) {
		end = c.changes[high].at
	}
	return c.changes[low].offset, end
}

// first returns the first instant at which the clock shows wall or a later time.
func (c *clock) first(wall int64) int64 {
	at := wall - maxOffset
	for {
		offset, end := c.span(at)
		if wall-offset < end {
			return max(at, wall-offset)
		}
		at = end
	}
}
