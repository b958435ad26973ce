package oncall

import (
	"iter"
	"slices"
	"time"
)

// Rota answers who is on call on one schedule. It never changes, does no I/O, and
// may be used by any number of goroutines at once. On the zero Rota nobody is
// ever on call.
type Rota struct {
	id   string
	zone *time.Location // nil: of the zero Rota, UTC

	lines    []line
	members  []*member
	plain    bool  // plainAt can tell, most of the time
	single   bool  // a runner can
	levels   []int // lines are in order of precedence; a level ends before each
	covers   []cover
	people   map[string]Person
	shadows  []Shadow
	intended []intended
	gaps     []IntendedGap // the same, as they were given
	longest  int64         // of the turns, about; in seconds
}

// theEnd is 10000-01-01T00:00:00Z, when every rotation ends.
const theEnd = 253_402_300_800

// patience is how many changes of rule are looked through for one of people, all
// rotations together.
const patience = 200_000

// patience returns how many segments are looked through.
func (r *Rota) patience() int { return max(1000, patience/(1+len(r.lines))) }

// ID returns the schedule's.
func (r *Rota) ID() string { return r.id }

// Zone returns the schedule's.
func (r *Rota) Zone() *time.Location {
	if r.zone == nil { // the zero Rota
		return time.UTC
	}
	return r.zone
}

// Person returns what the schedule knows of somebody: of those it does not list,
// their id and its own zone.
func (r *Rota) Person(id string) Person {
	p := r.people[id]
	p.Skills, p.Stages, p.Leave = slices.Clone(p.Skills), slices.Clone(p.Stages), slices.Clone(p.Leave)
	p.ID = id
	if p.Zone == "" {
		p.Zone = r.Zone().String()
	}
	return p
}

// At returns the shift of whoever is on call at t, or a *NobodyError; of several,
// that of the first: in order of precedence, and then of the lists in the
// schedule. It is the whole shift that contains t, the same that [Rota.Shifts]
// yields for a range around it, as far as 200,000 changes of rule to each side. At
// allocates nothing while one person or two are on call.
func (r *Rota) At(t time.Time) (s Shift, err error) {
	if r.plain && r.plainAt(t.Unix(), &s) {
		return s, nil
	}
	var seg segment
	w := walk{rota: r}
	w.at(t.Unix(), &seg)
	if seg.duties.n == 0 {
		return s, r.nobody(t, &seg)
	}
	r.whole(&s, seg.duties.at(0), &seg)
	return s, nil
}

// AppendAt appends the whole shifts of everybody who is on call at t, in order of
// precedence and then of the lists in the schedule, to dst, and returns it. It
// appends nothing where nobody is. Somebody who is on call twice, in two
// rotations, is there twice.
func (r *Rota) AppendAt(dst []Shift, t time.Time) []Shift {
	n := len(dst)
	if r.single { // one person at most
		dst = append(dst, Shift{})
		if r.plainAt(t.Unix(), &dst[n]) {
			return dst
		}
		dst = dst[:n]
	}
	return r.appendAt(dst, t)
}

func (r *Rota) appendAt(dst []Shift, t time.Time) []Shift {
	var seg segment
	w := walk{rota: r}
	w.at(t.Unix(), &seg)
	n := len(dst)
	if seg.duties.n == 1 {
		dst = append(dst, Shift{})
		r.whole(&dst[n], seg.duties.at(0), &seg)
		return dst
	}
	for i := range seg.duties.n {
		dst = append(dst, Shift{})
		r.fill(&dst[len(dst)-1], seg.duties.at(i), seg.start, seg.end)
	}
	r.widen(dst[n:], &seg)
	return dst
}

// widen makes the shifts of a segment whole, all in one walk.
func (r *Rota) widen(shifts []Shift, seg *segment) {
	var next segment
	w := walk{rota: r}
	all := make([]int, len(shifts)) // the shifts that may go on
	for i := range all {
		all[i] = i
	}
	going := func(on []int, next *segment) []int {
		return slices.DeleteFunc(on, func(i int) bool { return !next.duties.has(seg.duties.at(i)) })
	}
	on := slices.Clone(all)
	at := seg.start
	left := r.patience()
	for sharp := seg.sharpStart; !sharp && at != beginning && left > 0; sharp = next.sharpStart {
		w.at(at-1, &next)
		left--
		if on = going(on, &next); len(on) == 0 {
			break
		}
		at = next.start
		for _, i := range on {
			shifts[i].Start = r.instant(at)
		}
	}
	on, at = all, seg.end
	left = r.patience()
	for sharp := seg.sharpEnd; !sharp && at != forever && left > 0; sharp = next.sharpEnd {
		w.at(at, &next)
		left--
		if on = going(on, &next); len(on) == 0 {
			break
		}
		at = next.end
		for _, i := range on {
			shifts[i].End = r.instant(at)
		}
	}
}

// whole fills in a zero Shift: the longest time around a segment in which a duty
// of it holds.
func (r *Rota) whole(s *Shift, d *duty, seg *segment) {
	start, end := seg.start, seg.end
	if !seg.sharpStart || !seg.sharpEnd {
		start, end = r.extent(d, seg)
	}
	r.fill(s, d, start, end)
}

func (r *Rota) extent(d *duty, seg *segment) (start, end int64) {
	var next segment
	w := walk{rota: r}
	start, end = seg.start, seg.end
	left := r.patience()
	for sharp := seg.sharpStart; !sharp && start != beginning && left > 0; sharp = next.sharpStart {
		if w.at(start-1, &next); !next.duties.has(d) {
			break
		}
		start = next.start
		left--
	}
	left = r.patience()
	for sharp := seg.sharpEnd; !sharp && end != forever && left > 0; sharp = next.sharpEnd {
		if w.at(end, &next); !next.duties.has(d) {
			break
		}
		end = next.end
		left--
	}
	return start, end
}

// nobody describes a time without duties, of which the segment is a part.
func (r *Rota) nobody(t time.Time, seg *segment) error {
	e := &NobodyError{Schedule: r.id, At: t}
	w := newWalk(r)
	for range r.patience() {
		if seg.end == forever {
			return e
		}
		if w.at(seg.end, seg); seg.duties.n > 0 {
			e.Until = r.instant(seg.start)
			return e
		}
	}
	e.unsure = true
	return e
}

// Next returns the shift that begins with the first handoff after t: the first
// instant at which somebody is on call who was not a moment before. It is
// ErrNoHandoff if whoever is on call stays so, and a *NobodyError if duty ends
// and nobody takes over. It looks through at most 200,000 changes of rule, which
// is enough for any schedule but one in which duty passes from a person to the
// same one all that time.
func (r *Rota) Next(t time.Time) (s Shift, err error) {
	w := newWalk(r)
	var seg segment
	var before duties
	w.at(t.Unix(), &seg)
	for range r.patience() {
		if seg.end == forever || seg.duties.n > 0 && r.settled(seg.start) {
			break
		}
		before.set(&seg.duties)
		w.at(seg.end, &seg)
		for i := range seg.duties.n {
			if d := seg.duties.at(i); !before.holds(0, d.who.person) {
				r.whole(&s, d, &seg)
				return s, nil
			}
		}
	}
	if seg.duties.n > 0 {
		return s, ErrNoHandoff
	}
	if seg.start > t.Unix() {
		t = r.instant(seg.start)
	}
	return s, &NobodyError{Schedule: r.id, At: t, unsure: seg.end != forever}
}

// settled reports whether it is plain that the same people stay on call from an
// instant on.
func (r *Rota) settled(at int64) bool {
	if !over(r.covers, at) {
		return false
	}
	first := 0
	for _, end := range r.levels {
		staffed := false
		for i := first; i < end; i++ {
			l := &r.lines[i]
			switch {
			case !over(l.covers, at):
				return false
			case l.vacant || at >= l.end():
			case !l.constant || at < l.from || l.end() != theEnd:
				return false
			default:
				staffed = true
			}
		}
		if staffed {
			return true
		}
		first = end
	}
	return false
}

func over(covers []cover, at int64) bool {
	return len(covers) == 0 || covers[len(covers)-1].end <= at
}

// Shifts yields everybody's shifts between from and to in order of their start
// and then of precedence, those at the ends clipped to that range. Where nobody
// is on call there is no shift; [Rota.Gaps] yields those times.
func (r *Rota) Shifts(from, to time.Time) iter.Seq[Shift] {
	return func(yield func(Shift) bool) { newSweep(r, from, to).each(yield) }
}

// AppendShifts appends what Shifts yields to dst, and returns it. It is the faster
// of the two where all are wanted.
func (r *Rota) AppendShifts(dst []Shift, from, to time.Time) []Shift {
	sw := newSweep(r, from, to)
	sw.shifts = dst
	sw.each(nil)
	return sw.shifts
}

// ShiftsOf yields the shifts of one person.
func (r *Rota) ShiftsOf(person string, from, to time.Time) iter.Seq[Shift] {
	return func(yield func(Shift) bool) {
		for s := range r.Shifts(from, to) {
			if s.Person == person && !yield(s) {
				return
			}
		}
	}
}

// fill writes a duty to a zero Shift. It does so in place, since moving one
// around costs as much as finding it.
func (r *Rota) fill(s *Shift, d *duty, start, end int64) {
	s.Start, s.End, s.Turn = r.instant(start), r.instant(end), d.turn
	s.Person, s.For, s.Schedule = d.who.person, d.who.instead, d.who.via
	if d.line != nil {
		s.Rotation = d.line.id
	}
	if d.override != nil {
		s.Override, s.Reason = d.override.ID, d.override.Reason
	}
}

func (r *Rota) instant(at int64) time.Time { return time.Unix(at, 0).In(r.Zone()) }

func (r *Rota) local(t time.Time) time.Time { return t.In(r.Zone()) }
