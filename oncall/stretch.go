package oncall

import (
	"cmp"
	"iter"
	"slices"
	"time"
)

// stretch is a piece of time, half-open, in seconds of Unix time.
type stretch struct{ start, end int64 }

// stretches are a set of time: pieces in order, that neither overlap nor touch.
// Load, pay and limits are all questions about how such sets lie to each other.
type stretches []stretch

// union makes a set of pieces in any order, of which empty ones count for nothing.
func union(pieces []stretch) stretches {
	slices.SortFunc(pieces, func(a, b stretch) int { return cmp.Compare(a.start, b.start) })
	var set stretches
	for _, p := range pieces {
		set = set.with(p)
	}
	return set
}

// with adds a piece that does not start before the last one.
func (a stretches) with(p stretch) stretches {
	if p.end <= p.start {
		return a
	}
	if n := len(a); n > 0 && p.start <= a[n-1].end {
		a[n-1].end = max(a[n-1].end, p.end)
		return a
	}
	return append(a, p)
}

// and is what both sets contain.
func (a stretches) and(b stretches) stretches {
	var both stretches
	for i, j := 0, 0; i < len(a) && j < len(b); {
		both = both.with(stretch{max(a[i].start, b[j].start), min(a[i].end, b[j].end)})
		if a[i].end < b[j].end {
			i++
		} else {
			j++
		}
	}
	return both
}

// without is what a contains, and b does not.
func (a stretches) without(b stretches) stretches {
	var rest stretches
	j := 0
	for _, p := range a {
		for j < len(b) && b[j].end <= p.start {
			j++
		}
		for i := j; i < len(b) && b[i].start < p.end; i++ {
			rest = rest.with(stretch{p.start, b[i].start})
			p.start = b[i].end
		}
		rest = rest.with(p)
	}
	return rest
}

// or is what one of the sets contains.
func (a stretches) or(b stretches) stretches {
	return union(slices.Concat(a, b))
}

// within yields the parts of the set that lie in a piece of time.
func (a stretches) within(p stretch) iter.Seq[stretch] {
	return func(yield func(stretch) bool) {
		i, _ := slices.BinarySearchFunc(a, p.start, func(s stretch, at int64) int { return cmp.Compare(s.end, at+1) })
		for ; i < len(a) && a[i].start < p.end; i++ {
			part := stretch{max(a[i].start, p.start), min(a[i].end, p.end)}
			if part.start < part.end && !yield(part) {
				return
			}
		}
	}
}

// meets reports whether some of the set lies in a piece of time.
func (a stretches) meets(p stretch) bool {
	for range a.within(p) {
		return true
	}
	return false
}

// together yields every piece of a time between two changes of who is there: the
// indexes of the sets that contain it, in order, which hold until the next piece.
func together(sets []stretches, in stretch) iter.Seq2[stretch, []int] {
	type change struct {
		at  int64
		set int
	}
	var changes []change // a set comes and goes in turns
	for i, set := range sets {
		for s := range set.within(in) {
			changes = append(changes, change{s.start, i}, change{s.end, i})
		}
	}
	slices.SortFunc(changes, func(a, b change) int { return cmp.Compare(a.at, b.at) })
	return func(yield func(stretch, []int) bool) {
		var present []int
		at := in.start
		for _, c := range append(changes, change{at: in.end, set: -1}) {
			if c.at > at && !yield(stretch{at, c.at}, present) {
				return
			}
			at = c.at
			if i, there := slices.BinarySearch(present, c.set); there {
				present = slices.Delete(present, i, i+1)
			} else {
				present = slices.Insert(present, i, c.set)
			}
		}
	}
}

// length is that of all of the set.
func (a stretches) length() time.Duration {
	var seconds int64
	for _, p := range a {
		seconds += p.end - p.start
	}
	return time.Duration(seconds) * time.Second
}

func (p stretch) length() time.Duration { return time.Duration(p.end-p.start) * time.Second }

// times returns the bounds of a piece of time in a zone.
func (p stretch) times(zone *time.Location) (start, end time.Time) {
	return time.Unix(p.start, 0).In(zone), time.Unix(p.end, 0).In(zone)
}
