package oncall

import (
	"cmp"
	"slices"
	"time"
)

// week is a set of windows on a clock. They are numbered from the first after
// monday on, in order, and so are the times between them.
type week struct {
	clock *clock
	opens []span // start and end, in seconds since Monday 00:00; disjoint, in order
	last  bool   // they end where the clock shows their end for the last time
	brief bool   // the clock may skip one as a whole
	tight bool   // two of them may become one as the clock changes
}

const (
	secondsPerWeek = 7 * secondsPerDay
	monday         = -3 * secondsPerDay // when clocks showed 1969-12-29T00:00
)

// newWeek returns nil if the windows leave nothing out.
func newWeek(windows []Window, c *clock, repeated Repeated) *week {
	var all []span
	for _, w := range windows {
		length := int64(w.Length / time.Second)
		for day := range int64(7) {
			if w.Days == 0 || w.Days.Has(time.Weekday((day+1)%7)) {
				from := day*secondsPerDay + w.Opens.seconds()
				for _, shift := range [...]int64{-secondsPerWeek, 0, secondsPerWeek} {
					all = append(all, span{start: from + shift, end: from + shift + length})
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b span) int { return cmp.Compare(a.start, b.start) })
	w := &week{clock: c, last: repeated == EndsLast, tight: repeated == EndsLast}
	merged := all[:1]
	for _, s := range all[1:] {
		if end := &merged[len(merged)-1].end; s.start <= *end {
			*end = max(*end, s.end)
		} else {
			merged = append(merged, s)
		}
	}
	for i, s := range merged {
		if s.end-s.start >= secondsPerWeek {
			return nil
		}
		w.tight = w.tight || i > 0 && s.start-merged[i-1].end <= c.skips
		if 0 <= s.start && s.start < secondsPerWeek {
			w.opens = append(w.opens, s)
			w.brief = w.brief || s.end-s.start <= c.skips
		}
	}
	return w
}

// at returns the time around an instant in which the windows are open, or not.
func (w *week) at(at int64) (start, end int64, open bool) {
	s := w.clock.span(at)
	if near := int64(secondsPerWeek + 2*maxOffset); at > s.start+near && s.end > at+near {
		return w.calm(at, s.offset)
	}
	i := w.before(at + s.offset)
	next := w.open(i+1, s)
	for next <= at { // the clock has shown the time at which it opens, and was set back
		i++
		next = w.open(i+1, s)
	}
	end = w.close(i, s)
	if at < end {
		start = w.open(i, s)
		if w.tight {
			for j := i; end >= next; next = w.open(j+1, s) {
				j++
				end = w.close(j, s)
			}
			for j := i; w.close(j-1, s) >= start; start = w.open(j, s) {
				j--
			}
		}
		return start, end, true
	}
	start, end = end, next
	if w.brief {
		for j := i; w.open(j, s) >= w.close(j, s); start = w.close(j, s) {
			j--
		}
		for j := i + 1; w.open(j, s) >= w.close(j, s); end = w.open(j, s) {
			j++
		}
	}
	return start, end, false
}

// calm is at while no clock change is near.
func (w *week) calm(at, offset int64) (start, end int64, open bool) {
	since := (at + offset - monday) % secondsPerWeek
	if since < 0 {
		since += secondsPerWeek
	}
	base := at - since
	i := len(w.opens) - 1
	for i >= 0 && w.opens[i].start > since {
		i--
	}
	next := base + secondsPerWeek + w.opens[0].start
	if i+1 < len(w.opens) {
		next = base + w.opens[i+1].start
	}
	if i < 0 {
		i, base = len(w.opens)-1, base-secondsPerWeek
	}
	if end = base + w.opens[i].end; at < end {
		return base + w.opens[i].start, end, true
	}
	return end, next, false
}

// before returns the number of the last window that opens at or before a
// reading.
func (w *week) before(wall int64) int64 {
	n := floorDiv(wall-monday, secondsPerWeek)
	since := wall - monday - n*secondsPerWeek
	low, high := 0, len(w.opens) // the first that opens after it
	for low < high {
		if mid := int(uint(low+high) / 2); w.opens[mid].start <= since {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return n*int64(len(w.opens)) + int64(low) - 1
}

func (w *week) open(i int64, s span) int64 { return w.clock.firstNear(w.wall(i).start, s) }

func (w *week) close(i int64, s span) int64 {
	wall := w.wall(i).end
	if at := wall - s.offset; w.last && (at < s.start+2*maxOffset || at >= s.end-2*maxOffset) {
		return w.clock.last(wall)
	}
	return w.clock.firstNear(wall, s)
}

// wall returns the readings at which a window opens and closes.
func (w *week) wall(i int64) span {
	count := int64(len(w.opens))
	n := floorDiv(i, count)
	s := w.opens[i-n*count]
	base := monday + n*secondsPerWeek
	return span{start: base + s.start, end: base + s.end}
}

// meets reports whether a window is open on the wall clock at some time between
// two readings.
func (w *week) meets(from, to int64) bool {
	i := w.before(from)
	return w.wall(i).end > from || w.wall(i+1).start < to
}
