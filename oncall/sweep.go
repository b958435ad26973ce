package oncall

import (
	"slices"
	"time"
)

// lastSecond returns the first whole second that is not before t.
func lastSecond(t time.Time) int64 {
	if t.Nanosecond() > 0 {
		return t.Unix() + 1
	}
	return t.Unix()
}

// begun is a shift that has begun, in a sweep over a range.
type begun struct {
	duty       duty
	start, end int64 // end is beginning until it is known
}

// sweep turns segments into shifts.
type sweep struct {
	rota         *Rota
	since, until time.Time // the range, in the rota's zone
	first, last  int64     // the seconds that it touches
	open         []begun   // in order of start and precedence; those that have ended wait for those before them
	live         []int     // those of open that go on, in the same order
	before       int       // how many of open have been yielded

	ended   time.Time // when the last shift did, which is often when the next begins
	endedAt int64

	shifts []Shift // where they go if nobody asks for them one by one
}

func newSweep(r *Rota, from, to time.Time) *sweep {
	return &sweep{
		rota: r, since: r.local(from), until: r.local(to),
		first: from.Unix(), last: lastSecond(to), endedAt: forever,
	}
}

// each yields the shifts, or adds them to those it has.
func (sw *sweep) each(yield func(Shift) bool) {
	r := sw.rota
	if !sw.since.Before(sw.until) {
		return
	}
	if n := newRunner(r); n != nil {
		sw.run(n, yield)
		return
	}
	w := newWalk(r)
	var seg segment
	for at := sw.first; at < sw.last; at = seg.end {
		w.at(at, &seg)
		if !sw.next(at, &seg, yield) {
			return
		}
	}
	for i := range sw.open[sw.before:] {
		b := &sw.open[sw.before+i]
		if b.end == beginning {
			b.end = forever
		}
		if !sw.yield(b, yield) {
			return
		}
	}
}

// run is shifts for a runner.
func (sw *sweep) run(n *runner, yield func(Shift) bool) {
	var r run
	var b begun
	for at := sw.first; at < sw.last; at = r.end {
		n.at(at, &r)
		if r.duty == b.duty {
			continue
		}
		if b.duty.who != nil {
			b.end = at
			if !sw.yield(&b, yield) {
				return
			}
		}
		b.duty, b.start = r.duty, at
	}
	if b.duty.who != nil {
		b.end = r.end
		sw.yield(&b, yield)
	}
}

// next takes the next segment, and yields what is known then. It reports whether
// more is wanted.
func (sw *sweep) next(at int64, seg *segment, yield func(Shift) bool) bool {
	if len(sw.open) == 1 && len(sw.live) == 1 && seg.duties.n == 1 { // most of the time
		b := &sw.open[0]
		if b.duty == seg.duties.first[0] {
			return true
		}
		b.end = at
		more := sw.yield(b, yield)
		*b = begun{duty: seg.duties.first[0], start: at, end: beginning}
		return more
	}
	live := sw.live[:0]
	for _, i := range sw.live {
		if b := &sw.open[i]; seg.duties.has(&b.duty) {
			live = append(live, i)
		} else {
			b.end = at
		}
	}
	sw.live = live
	for i := range seg.duties.n {
		d := seg.duties.at(i)
		if !slices.ContainsFunc(sw.live, func(i int) bool { return sw.open[i].duty == *d }) {
			sw.live = append(sw.live, len(sw.open))
			sw.open = append(sw.open, begun{duty: *d, start: at, end: beginning})
		}
	}
	for sw.before < len(sw.open) && sw.open[sw.before].end != beginning {
		sw.before++
		if !sw.yield(&sw.open[sw.before-1], yield) {
			return false
		}
	}
	if sw.before > len(sw.open)/2 { // so that this costs no more than what was yielded
		sw.open = slices.Delete(sw.open, 0, sw.before)
		for i := range sw.live {
			sw.live[i] -= sw.before
		}
		sw.before = 0
	}
	return true
}

// yield yields a shift, clipped to the range.
func (sw *sweep) yield(b *begun, yield func(Shift) bool) bool {
	if yield == nil {
		n := len(sw.shifts)
		if n == cap(sw.shifts) {
			sw.shifts = slices.Grow(sw.shifts, max(64, n))
		}
		sw.shifts = sw.shifts[:n+1] // what lies there is overwritten as a whole
		sw.write(&sw.shifts[n], b)
		return true
	}
	var s Shift
	sw.write(&s, b)
	return yield(s)
}

// write fills in a shift, clipped to the range. It does so in place, since moving
// one around costs as much as finding it.
func (sw *sweep) write(s *Shift, b *begun) {
	start, end := sw.ended, sw.until
	if b.start != sw.endedAt {
		start = sw.since
		if b.start > sw.first {
			start = time.Unix(b.start, 0).In(sw.rota.zone)
		}
	}
	if b.end < sw.last {
		end = time.Unix(b.end, 0).In(sw.rota.zone)
	}
	sw.ended, sw.endedAt = end, b.end
	who := b.duty.who
	s.Start, s.End, s.Turn = start, end, b.duty.turn
	s.Person, s.For, s.Schedule = who.person, who.instead, who.via
	s.Rotation, s.Override, s.Reason = "", "", ""
	if l := b.duty.line; l != nil {
		s.Rotation = l.id
	}
	if o := b.duty.override; o != nil {
		s.Override, s.Reason = o.ID, o.Reason
	}
}
