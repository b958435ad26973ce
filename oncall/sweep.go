package oncall

import (
	"slices"
	"time"
)

// begun is a shift that has begun, in a sweep over a range.
type begun struct {
	duty       duty
	start, end int64 // end is beginning until it is known
}

// sweep turns segments into shifts.
type sweep struct {
	rota     *Rota
	from, to time.Time
	open     []begun // in order of start and precedence; those that have ended wait for those before them
}

// shifts is Shifts.
func (r *Rota) shifts(from, to time.Time, yield func(Shift) bool) {
	if !from.Before(to) {
		return
	}
	sw := sweep{rota: r, from: from, to: to}
	last := to.Unix()
	if to.Nanosecond() > 0 {
		last++
	}
	w := newWalk(r)
	var seg segment
	for at := from.Unix(); at < last; at = seg.end {
		w.at(at, &seg)
		if !sw.next(at, &seg, yield) {
			return
		}
	}
	for i := range sw.open {
		b := &sw.open[i]
		if b.end == beginning {
			b.end = forever
		}
		if !sw.yield(b, yield) {
			return
		}
	}
}

// next takes the next segment, and yields what is known then. It reports whether
// more is wanted.
func (sw *sweep) next(at int64, seg *segment, yield func(Shift) bool) bool {
	if len(sw.open) == 1 && seg.duties.n == 1 { // most of the time
		b := &sw.open[0]
		if b.duty == seg.duties.first[0] {
			return true
		}
		b.end = at
		more := sw.yield(b, yield)
		*b = begun{duty: seg.duties.first[0], start: at, end: beginning}
		return more
	}
	for i := range sw.open {
		if b := &sw.open[i]; b.end == beginning && !seg.duties.has(&b.duty) {
			b.end = at
		}
	}
	for i := range seg.duties.n {
		d := seg.duties.at(i)
		if !slices.ContainsFunc(sw.open, func(b begun) bool { return b.end == beginning && b.duty == *d }) {
			sw.open = append(sw.open, begun{duty: *d, start: at, end: beginning})
		}
	}
	ended := 0
	for ended < len(sw.open) && sw.open[ended].end != beginning {
		if !sw.yield(&sw.open[ended], yield) {
			return false
		}
		ended++
	}
	sw.open = slices.Delete(sw.open, 0, ended)
	return true
}

// yield yields a shift, clipped to the range.
func (sw *sweep) yield(b *begun, yield func(Shift) bool) bool {
	var s Shift
	sw.rota.fill(&s, &b.duty, b.start, b.end)
	if !s.Start.After(sw.from) {
		s.Start = sw.rota.local(sw.from)
	}
	if b.end == forever || s.End.After(sw.to) {
		s.End = sw.rota.local(sw.to)
	}
	return yield(s)
}
