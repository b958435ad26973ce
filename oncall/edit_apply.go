package oncall

import (
	"slices"
	"sort"
	"time"
)

// apply puts the versions that the edit makes into the schedule, in the place of
// those that it ends or replaces.
func (ed *editor) apply() error {
	edited, err := ed.versions()
	if err != nil {
		return err
	}
	rotations := slices.DeleteFunc(ed.schedule.Rotations, func(r Rotation) bool {
		return slices.ContainsFunc(ed.later, func(v version) bool { return r.ID == v.ID && r.From.Equal(v.From) })
	})
	place := slices.IndexFunc(rotations, func(r Rotation) bool {
		return r.ID == ed.current.ID && r.From.Equal(ed.current.From)
	})
	if from := edited[0].From; from.Unix() > ed.current.line.from {
		rotations[place].Until = from
		place++
	} else { // nothing is left of it
		edited[0].From = ed.current.From
		rotations = slices.Delete(rotations, place, place+1)
	}
	ed.schedule.Rotations = slices.Insert(rotations, place, edited...)
	return nil
}

// begun reports whether the current version has.
func (ed *editor) begun() bool { return ed.current.line.from <= ed.now }

// due returns the turn of the base with which the edit takes effect, and when
// that begins.
func (ed *editor) due() (turn, at int64) {
	base := ed.base
	turn, _, end := base.line.turnAt(max(ed.now, base.line.from))
	switch {
	case ed.begun() && ed.edit.Effect == AfterRound:
		seats := int64(len(base.Seats))
		over := (base.passed(turn)/seats + 1) * seats
		last, _, _ := base.line.turnAt(theEnd)
		turn += int64(sort.Search(int(last-turn), func(n int) bool { return base.passed(turn+int64(n)) >= over }))
		end = base.line.clock.first(base.line.grid.wall(turn))
	case ed.now < base.line.from:
		return turn, base.line.from
	}
	turn, _, _ = base.line.turnAt(end) // it may come after one that clocks skip
	return turn, end
}

// versions returns the versions that the edit makes: the rest of the present turn,
// where that is not as it was, and what follows.
func (ed *editor) versions() ([]Rotation, error) {
	turn, at := ed.due()
	next := successor(ed.base.Seats, ed.base.seat(turn), ed.wanted.Seats)
	v := version{Rotation: ed.wanted}
	atOnce := ed.begun() && ed.edit.Effect == AtOnce
	if ed.regrids() {
		origin, first, begins := ed.base, turn, at
		if atOnce {
			origin = &ed.current
			first, begins, _ = ed.current.line.turnAt(ed.now)
		}
		ed.restart(&v.Rotation, origin, first, begins)
	}
	v.From, v.Until = time.Time{}, time.Time{}
	v = ed.version(v.Rotation)
	if atOnce && ed.regrids() {
		_, _, at = v.line.turnAt(ed.now)
	}
	first, _, _ := v.line.turnAt(at)
	v.Seats = rotated(ed.wanted.Seats, next-v.seat(first))
	v.Until = ed.wanted.Until

	var made []Rotation
	if atOnce {
		made = ed.rest(v.Rotation, next, at)
	}
	if v.Until.IsZero() || at < v.Until.Unix() {
		v.From = time.Unix(at, 0).UTC()
		return append(made, v.Rotation), nil
	}
	if made == nil {
		return nil, ed.bad("effect", "a time before the rotation ends at "+v.Until.Format(time.RFC3339))
	}
	made[0].Until = v.Until
	return made, nil
}

// rest returns the rest of the present turn if the edit changes it: in the form of
// a version with one seat. next is the seat that takes over if the present one is
// gone.
func (ed *editor) rest(r Rotation, next int, until int64) []Rotation {
	now, _, _ := ed.current.line.turnAt(ed.now)
	present := ed.current.seat(now)
	seat := find(ed.current.Seats, present, ed.wanted.Seats)
	if seat < 0 {
		seat = next
	}
	if !ed.regrids() && slices.Equal(r.Windows, ed.current.Windows) && r.Count == ed.current.Count &&
		sameSeat(ed.wanted.Seats[seat], ed.current.Seats[present]) {
		return nil
	}
	r = r.clone()
	r.Seats = []Seat{ed.wanted.Seats[seat].clone()}
	r.From, r.Until = time.Unix(ed.now, 0).UTC(), time.Unix(until, 0).UTC()
	return []Rotation{r}
}

// regrids reports whether the edit moves handoffs.
func (ed *editor) regrids() bool {
	return !slices.Equal(ed.base.Turns, ed.wanted.Turns) || ed.zoneOf(ed.base.Rotation) != ed.zoneOf(ed.wanted)
}

// restart counts the turns of a rotation such that one begins where a turn of a
// version does.
func (ed *editor) restart(r *Rotation, v *version, turn, at int64) {
	wall := v.line.grid.wall(turn)
	if ed.zoneOf(*r) != ed.zoneOf(v.Rotation) {
		there := *r
		there.From, there.Until = time.Time{}, time.Time{}
		there.Count = ByTurn
		moved := ed.version(there)
		wall = at + moved.line.clock.span(at).offset
	}
	index := int64(0)
	if len(r.Turns) == len(v.Turns) {
		index = turn % int64(len(r.Turns))
	}
	if start, ok := startOf(*r, wall, index); ok {
		r.Start = start
		return
	}
	r.Start = LocalOf(time.Unix(wall, 0).UTC())
	r.Turns = rotated(r.Turns, int(index))
}

// startOf looks for a start from which a turn of that place in the list of lengths
// begins at a reading. Turns of months keep their day, if they can: what begins on
// 28 February may be due on the 31st of March.
func startOf(r Rotation, wall, index int64) (LocalTime, bool) {
	g := newGrid(&r)
	begins := LocalOf(time.Unix(wall, 0).UTC())
	if g.months == nil {
		start := LocalOf(time.Unix(wall-g.starts[index], 0).UTC())
		return start, start.Year >= MinYear
	}
	for _, day := range []int{r.Start.Day, begins.Day} {
		for cycles := range int64(12) {
			month := begins.Month - time.Month(g.starts[index]+cycles*g.cycle)
			first := time.Date(begins.Year, month, 1, begins.Hour, begins.Minute, begins.Second, 0, time.UTC)
			start := LocalOf(first)
			start.Day = day
			r.Start = start
			g := newGrid(&r)
			if start.Year >= MinYear && start.Valid() && g.wall(index+cycles*int64(len(r.Turns))) == wall {
				return start, true
			}
		}
	}
	return LocalTime{}, false
}

// successor returns the index of the seat that is next in a new list, where next
// was in the old one.
func successor(old []Seat, next int, seats []Seat) int {
	for i := range old {
		if n := find(old, (next+i)%len(old), seats); n >= 0 {
			return n
		}
	}
	return 0
}

// find returns where a seat is in a new list, or -1. Of several that are the same,
// it is the one after which most of the order is as it was; where none is, the
// first new one with some of its people.
func find(old []Seat, seat int, seats []Seat) int {
	found, longest := -1, 0
	for i := range seats {
		n := 0
		for n < len(old) && n < len(seats) && sameSeat(old[(seat+n)%len(old)], seats[(i+n)%len(seats)]) {
			n++
		}
		if n > longest {
			found, longest = i, n
		}
	}
	if found >= 0 {
		return found
	}
	return slices.IndexFunc(seats, func(s Seat) bool {
		shared := slices.ContainsFunc(s.People, func(p string) bool { return slices.Contains(old[seat].People, p) })
		return shared && !slices.ContainsFunc(old, func(o Seat) bool { return sameSeat(o, s) })
	})
}

// sameSeat reports whether two seats hold the same people.
func sameSeat(a, b Seat) bool {
	return a.Schedule == b.Schedule && len(a.People) == len(b.People) &&
		!slices.ContainsFunc(a.People, func(p string) bool { return !slices.Contains(b.People, p) })
}

// rotated returns a list that begins n places further on, cyclically.
func rotated[T any](list []T, n int) []T {
	n = (n%len(list) + len(list)) % len(list)
	return slices.Concat(list[n:], list[:n])
}
