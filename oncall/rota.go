package oncall

import (
	"errors"
	"iter"
	"slices"
	"time"
)

// Rota answers who is on call on one schedule. It never changes, does no I/O, and
// may be used by any number of goroutines at once. On the zero Rota nobody is
// ever on call.
type Rota struct {
	schedule string
	rotation string
	clock    clock

	seats  []string // one person each
	same   bool     // the same person each
	wall   int64    // when the first turn begins, on the wall clock
	start  int64    // when that is
	length int64    // of a turn, in seconds on the wall clock

	covers []cover
}

// theEnd is 10000-01-01T00:00:00Z, when every schedule ends.
const theEnd = 253_402_300_800

// Compile prepares a schedule for questions. Its error joins everything that
// [Validate] reports. The Rota keeps nothing of the schedule's slices.
//
// Compile once, and ask often: it reads the zone's data, as time.LoadLocation
// does, and lists its clock changes until 2070, which takes some tens of
// microseconds, and n log n time for n overrides.
func Compile(s Schedule) (*Rota, error) {
	zone, errs := check(s)
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	rotation := s.Rotations[0]
	r := &Rota{
		schedule: s.ID,
		rotation: rotation.ID,
		wall:     rotation.Start.wall(),
		start:    rotation.Start.In(zone).Unix(),
		length:   int64(rotation.Turns[0].N) * 7 * secondsPerDay,
		same:     true,
		covers:   paint(slices.Clone(s.Overrides)),
	}
	for _, seat := range rotation.Seats {
		r.seats = append(r.seats, seat.People[0])
		r.same = r.same && seat.People[0] == r.seats[0]
	}
	r.clock = newClock(zone, r.wall-4*maxOffset) // so early that the start lies well within its span
	return r, nil
}

// At returns the shift of whoever is on call at t, or a *NobodyError. It is the
// whole shift that contains t, the same that [Rota.Shifts] yields for a range
// around it. At allocates nothing, unless nobody is on call.
func (r *Rota) At(t time.Time) (s Shift, err error) {
	p := r.piece(t.Unix())
	if p.vacant() {
		return s, r.nobody(t, p)
	}
	r.fill(&s, p)
	return s, nil
}

// Next returns the shift that begins with the first handoff after t: that of
// another person than the one on call at t, or of the same one after a gap; where
// nobody is on call at t, the first one after it. It is ErrNoHandoff if duty never
// changes hands again, and a *NobodyError if it ends and nobody takes over.
func (r *Rota) Next(t time.Time) (s Shift, err error) {
	p := r.piece(t.Unix())
	for p.end != forever {
		next := r.piece(p.end)
		switch {
		case next.vacant():
		case p.vacant() || r.person(next) != r.person(p):
			r.fill(&s, next)
			return s, nil
		case r.same && r.coverAfter(next.start) == len(r.covers):
			return s, ErrNoHandoff
		}
		p = next
	}
	if p.start > t.Unix() {
		t = r.instant(p.start)
	}
	return s, r.nobody(t, p)
}

// Shifts yields the shifts between from and to in order of their start, with the
// first and the last clipped to that range. Where nobody is on call there is no
// shift; [Rota.Gaps] yields those times.
func (r *Rota) Shifts(from, to time.Time) iter.Seq[Shift] {
	return func(yield func(Shift) bool) {
		for p := range r.pieces(from, to) {
			if p.vacant() {
				continue
			}
			var s Shift
			r.fill(&s, p)
			s.Start, s.End = r.clip(p, from, to)
			if !yield(s) {
				return
			}
		}
	}
}

// Gaps yields the times between from and to when nobody is on call, in order.
func (r *Rota) Gaps(from, to time.Time) iter.Seq[Gap] {
	return func(yield func(Gap) bool) {
		for p := range r.pieces(from, to) {
			if !p.vacant() {
				continue
			}
			var g Gap
			g.Start, g.End = r.clip(p, from, to)
			if !yield(g) {
				return
			}
		}
	}
}

// piece is a time for which one rule decides. All pieces of a rota together tile
// time from beginning to forever.
type piece struct {
	start, end int64
	turn       int64     // 0: none
	override   *Override // nil: none
}

func (p piece) vacant() bool { return p.turn == 0 && p.override == nil }

// pieces yields what tiles the range, unclipped.
func (r *Rota) pieces(from, to time.Time) iter.Seq[piece] {
	return func(yield func(piece) bool) {
		if !from.Before(to) {
			return
		}
		p := r.piece(from.Unix())
		for yield(p) && p.end != forever && time.Unix(p.end, 0).Before(to) {
			p = r.piece(p.end)
		}
	}
}

// piece returns the one that contains an instant.
func (r *Rota) piece(at int64) piece {
	i := r.coverAfter(at)
	if i < len(r.covers) && r.covers[i].start <= at {
		c := r.covers[i]
		return piece{start: c.start, end: c.end, override: c.override}
	}
	p := r.turnAt(at)
	if i > 0 {
		p.start = max(p.start, r.covers[i-1].end)
	}
	if i < len(r.covers) {
		p.end = min(p.end, r.covers[i].start)
	}
	return p
}

// coverAfter returns the index of the first cover that ends after an instant, or
// how many there are.
func (r *Rota) coverAfter(at int64) int {
	low, high := 0, len(r.covers)
	for low < high {
		if mid := int(uint(low+high) / 2); r.covers[mid].end <= at {
			low = mid + 1
		} else {
			high = mid
		}
	}
	return low
}

// turnAt returns the piece that would contain an instant if there were no
// override. It goes straight to the turn, however long ago the rotation started.
func (r *Rota) turnAt(at int64) piece {
	switch {
	case len(r.seats) == 0: // the zero Rota
		return piece{start: beginning, end: forever}
	case at < r.start:
		return piece{start: beginning, end: r.start}
	case at >= theEnd:
		return piece{start: theEnd, end: forever}
	}
	span := r.clock.span(at)
	turn := (at + span.offset - r.wall) / r.length
	next := r.clock.firstNear(r.wall+(turn+1)*r.length, span)
	if next <= at {
		// The clock has shown the time of the next handoff, and was set back.
		turn++
		next = r.clock.firstNear(r.wall+(turn+1)*r.length, span)
	}
	return piece{
		start: r.clock.firstNear(r.wall+turn*r.length, span),
		end:   min(next, theEnd),
		turn:  turn + 1,
	}
}

func (r *Rota) person(p piece) string {
	if p.override != nil {
		return p.override.People[0]
	}
	return r.seats[(p.turn-1)%int64(len(r.seats))]
}

// fill writes a piece of duty to a zero Shift. It does so in place, since moving
// one around costs as much as finding it.
func (r *Rota) fill(s *Shift, p piece) {
	s.Start, s.End, s.Person = r.instant(p.start), r.instant(p.end), r.person(p)
	if p.override != nil {
		s.Override, s.Reason = p.override.ID, p.override.Reason
	} else {
		s.Rotation, s.Turn = r.rotation, p.turn
	}
}

func (r *Rota) nobody(t time.Time, p piece) *NobodyError {
	e := &NobodyError{Schedule: r.schedule, At: t}
	if p.end != forever {
		e.Until = r.instant(p.end)
	}
	return e
}

// clip returns the part of a piece that lies between from and to.
func (r *Rota) clip(p piece, from, to time.Time) (start, end time.Time) {
	start, end = r.local(from), r.local(to)
	if p.start > from.Unix() {
		start = r.instant(p.start)
	}
	if p.end != forever && time.Unix(p.end, 0).Before(to) {
		end = r.instant(p.end)
	}
	return start, end
}

func (r *Rota) instant(at int64) time.Time { return r.local(time.Unix(at, 0)) }

func (r *Rota) local(t time.Time) time.Time {
	if r.clock.zone == nil { // the zero Rota
		return t.UTC()
	}
	return t.In(r.clock.zone)
}
