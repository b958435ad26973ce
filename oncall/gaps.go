package oncall

import (
	"iter"
	"time"
)

// intended is an IntendedGap, compiled.
type intended struct {
	start, end int64
	week       *week // nil: all of the time
	reason     string
}

// at returns whether the gap is meant at an instant, and until when that holds.
func (g *intended) at(at int64) (meant bool, until int64) {
	switch {
	case at < g.start:
		return false, g.start
	case at >= g.end:
		return false, forever
	case g.week == nil:
		return true, g.end
	}
	_, until, open := g.week.at(at)
	return open, min(until, g.end)
}

// Gaps yields the times between from and to when nobody is on call, in order.
// Where a gap is intended in part, its parts are yielded one by one; of several
// reasons the first in the schedule's list counts.
func (r *Rota) Gaps(from, to time.Time) iter.Seq[Gap] {
	return func(yield func(Gap) bool) {
		if !from.Before(to) {
			return
		}
		last := lastSecond(to)
		w := newWalk(r)
		var seg segment
		start := int64(forever) // of the gap that is open; forever: none is
		for at := from.Unix(); at < last; at = seg.end {
			w.at(at, &seg)
			switch vacant := seg.duties.n == 0; {
			case vacant && start == forever:
				start = at
			case !vacant && start != forever:
				if !r.gap(start, at, from, to, yield) {
					return
				}
				start = forever
			}
		}
		if start != forever {
			r.gap(start, last, from, to, yield)
		}
	}
}

// gap yields the parts of a gap, clipped to the range.
func (r *Rota) gap(start, end int64, from, to time.Time, yield func(Gap) bool) bool {
	for start < end {
		g, until := r.meant(start, end)
		g.Start, g.End = r.instant(start), r.instant(until)
		if g.Start.Before(from) {
			g.Start = r.local(from)
		}
		if g.End.After(to) {
			g.End = r.local(to)
		}
		if !yield(g) {
			return false
		}
		start = until
	}
	return true
}

// meant returns what is meant at the start of a gap, and until when.
func (r *Rota) meant(start, end int64) (g Gap, until int64) {
	first := func(at int64) (which int, until int64) {
		until = end
		for i := range r.intended {
			meant, change := r.intended[i].at(at)
			until = min(until, change)
			if meant {
				return i, until
			}
		}
		return -1, until
	}
	which, until := first(start)
	for until < end {
		next, change := first(until)
		if next != which {
			break
		}
		until = change
	}
	if which >= 0 {
		g.Intended, g.Reason = true, r.intended[which].reason
	}
	return g, until
}

// Shadows yields the shifts of those who follow others between from and to, in
// the order of the shifts that they follow. For says whom.
func (r *Rota) Shadows(from, to time.Time) iter.Seq[Shift] {
	return func(yield func(Shift) bool) {
		if len(r.shadows) == 0 {
			return
		}
		for s := range r.Shifts(from, to) {
			for _, shadow := range r.shadows {
				if followed, ok := shadow.follow(s); ok && !yield(followed) {
					return
				}
			}
		}
	}
}

// follow returns the part of a shift that a shadow follows.
func (f *Shadow) follow(s Shift) (Shift, bool) {
	if f.Person == s.Person || f.Rotation != "" && f.Rotation != s.Rotation || f.Of != "" && f.Of != s.Person {
		return s, false
	}
	s.For, s.Person = s.Person, f.Person
	if !f.Start.IsZero() && f.Start.After(s.Start) {
		s.Start = f.Start.In(s.Start.Location())
	}
	if !f.End.IsZero() && f.End.Before(s.End) {
		s.End = f.End.In(s.End.Location())
	}
	return s, s.Start.Before(s.End)
}
