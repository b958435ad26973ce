package oncall

import "slices"

// line is a rotation, compiled. It says who is on duty in it, whatever the other
// rotations and the overrides of the whole schedule say.
type line struct {
	id    string
	clock *clock

	from, until int64 // nobody is on duty outside of them
	grid        grid
	seats       []seat
	tally       *tally // nil: every turn counts
	week        *week  // nil: always on duty

	fixed    []fixed
	absences [][]tenure // of each seat; nil: nothing changes there, or in any
	covers   []cover    // of its own overrides
	first    *line      // of the versions of the rotation, to which overrides belong

	plain    bool  // there are but turns, windows and people
	steady   bool  // where nobody is on duty, somebody is right before and after
	longest  int64 // of the turns, about; in seconds
	vacant   bool  // nobody is ever on duty: there are no turns to look through
	constant bool  // the same people are on duty from beginning to end
}

// seat is a place in a rotation, compiled.
type seat struct {
	who    []*member
	nested *Rota               // nil: none
	via    map[*member]*member // the members of the nested schedule, as they are here
}

// end returns the instant from which on nobody is on duty, but for overrides.
func (l *line) end() int64 {
	switch n := len(l.fixed); {
	case l.fixed == nil:
		return l.until
	case n == 0:
		return beginning
	default:
		return l.fixed[n-1].end
	}
}

// at adds who is on duty at an instant, and cuts the segment to the time in which
// that does not change.
func (l *line) at(at int64, s *segment) {
	if l.plain && l.covers == nil {
		l.plainAt(at, s)
		return
	}
	n := s.duties.n
	c, covered := coverAt(l.covers, at, s)
	if !covered || !c.whole {
		switch {
		case l.fixed != nil:
			l.fixedAt(at, s)
		case !l.vacant:
			l.seatedAt(at, s)
		}
	}
	if covered {
		c.apply(&s.duties, n, l.first)
	}
	if covered || len(l.covers) > 0 && s.duties.n == n { // an override to nobody may be next
		s.blur()
	}
}

// piece is a turn, or a part of one, or a time without one.
type piece struct {
	start, end           int64
	sharpStart, sharpEnd bool  // of a time without a turn: somebody is on duty right before, or after
	number               int64 // of the turn, counted from 1; 0: none
	seat                 int
}

// pieceAt returns the piece that contains an instant, by turns and windows alone.
func (l *line) pieceAt(at int64) (p piece) {
	var on bool
	if on, p.start, p.end, p.sharpStart, p.sharpEnd = l.onAt(at); !on {
		return p
	}
	turn, start, end := l.turnAt(at)
	p.start, p.end = max(start, p.start), min(end, p.end)
	p.number, p.seat = l.number(turn)
	return p
}

// onAt reports whether it is anybody's turn, and how long that holds.
func (l *line) onAt(at int64) (on bool, start, end int64, sharpStart, sharpEnd bool) {
	switch {
	case at < l.from:
		return false, beginning, l.from, true, l.week == nil && l.steady
	case at >= l.until:
		return false, l.until, forever, l.week == nil && l.steady, true
	case l.week == nil:
		return true, l.from, l.until, false, false
	}
	start, end, on = l.week.at(at)
	return on, max(start, l.from), min(end, l.until), l.steady && start > l.from, l.steady && end < l.until
}

// number returns the number by which people know a turn, and whose it is.
func (l *line) number(turn int64) (number int64, seat int) {
	if l.tally != nil {
		turn = l.tally.before(turn)
	}
	return turn + 1, int(uint64(turn) % uint64(len(l.seats)))
}

// turnAt returns the turn at an instant, and when it begins and ends.
func (l *line) turnAt(at int64) (turn, start, end int64) {
	s := l.clock.span(at)
	if g := &l.grid; len(g.starts) == 1 && g.months == nil { // most of the time, and there is no clock change near
		turn = (at + s.offset - g.start) / g.cycle
		start = g.start + turn*g.cycle - s.offset
		if end = start + g.cycle; start >= s.start+2*maxOffset && end < s.end && end > at {
			return turn, start, end
		}
	}
	turn = l.grid.turn(at + s.offset)
	end = l.clock.firstNear(l.grid.wall(turn+1), s)
	for end <= at { // the clock has shown the time of the next handoff, and was set back
		turn++
		end = l.clock.firstNear(l.grid.wall(turn+1), s)
	}
	return turn, l.clock.firstNear(l.grid.wall(turn), s), end
}

func (l *line) plainAt(at int64, s *segment) {
	if l.vacant {
		return
	}
	p := l.pieceAt(at)
	var who []*member
	if p.number != 0 {
		who = l.seats[p.seat].who
	}
	present := len(who) > 0
	s.cut(p.start, p.end, present || p.sharpStart, present || p.sharpEnd)
	for _, m := range who {
		s.duties.add(m, l, nil, p.number)
	}
}

// seatedAt is plainAt with absences and nested schedules.
func (l *line) seatedAt(at int64, s *segment) {
	p := l.pieceAt(at)
	if p.number == 0 {
		s.cut(p.start, p.end, p.sharpStart, p.sharpEnd)
		return
	}
	n := s.duties.n
	for _, m := range l.whoSits(at, p.seat, s) {
		s.duties.add(m, l, nil, p.number)
	}
	if l.seats[p.seat].nested != nil {
		l.nestedAt(at, s, &l.seats[p.seat], p.number)
	}
	present := s.duties.n > n
	s.cut(p.start, p.end, present, present)
}

// whoSits returns who of a seat is on duty, or stands in, and cuts the segment to
// the time in which that does not change.
func (l *line) whoSits(at int64, seat int, s *segment) []*member {
	if len(l.absences) > 0 && l.absences[seat] != nil {
		t, end := tenureAt(l.absences[seat], at)
		s.cut(t.from, end, false, false)
		return t.who
	}
	return l.seats[seat].who
}

// nestedAt adds who is on call on another schedule.
func (l *line) nestedAt(at int64, s *segment, seat *seat, number int64) {
	var inner segment
	w := walk{rota: seat.nested}
	w.at(at, &inner)
	s.cut(inner.start, inner.end, false, false)
	n := s.duties.n
	for i := range inner.duties.n {
		if d := inner.duties.at(i); !s.duties.holds(n, d.who.person) {
			s.duties.add(seat.via[d.who], l, d.override, number)
		}
	}
}

// fixed is a time between two starts or ends of fixed shifts.
type fixed struct {
	start, end int64
	shifts     []int // in the order of the list; the shifts are the seats of the line
}

func (l *line) fixedAt(at int64, s *segment) {
	i, found := slices.BinarySearchFunc(l.fixed, at, func(f fixed, at int64) int {
		switch {
		case f.end <= at:
			return -1
		case f.start > at:
			return 1
		}
		return 0
	})
	if !found {
		start, end := int64(beginning), int64(forever)
		if i > 0 {
			start = l.fixed[i-1].end
		}
		if i < len(l.fixed) {
			end = l.fixed[i].start
		}
		s.cut(start, end, l.steady, l.steady)
		return
	}
	s.cut(l.fixed[i].start, l.fixed[i].end, false, false)
	n := s.duties.n
	for _, shift := range l.fixed[i].shifts {
		for _, m := range l.whoSits(at, shift, s) {
			if !s.duties.holds(n, m.person) {
				s.duties.add(m, l, nil, int64(shift)+1)
			}
		}
	}
}
