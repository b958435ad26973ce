package oncall

import "time"

// plainAt is At for most schedules, and several times as fast: there are turns,
// windows, people and overrides that replace everybody. It reports whether it
// could tell.
func (r *Rota) plainAt(at int64, s *Shift) bool {
	start, end := int64(beginning), int64(forever)
	if len(r.covers) > 0 {
		i := coverAfter(r.covers, at)
		if i < len(r.covers) && r.covers[i].start <= at {
			return r.coveredAt(&r.covers[i], s)
		}
		if i > 0 {
			start = r.covers[i-1].end
		}
		if i < len(r.covers) {
			end = r.covers[i].start
		}
	}
	first := 0
	for _, last := range r.levels {
		above, below := start, end // what rotations of this level leave to lower ones
		for i := first; i < last; i++ {
			l := &r.lines[i]
			if l.week == nil && l.from <= at && at < l.until {
				return r.turnedAt(l, at, max(start, l.from), min(end, l.until), s)
			}
			on, from, until, sharpStart, sharpEnd := l.onAt(at)
			if on {
				return r.turnedAt(l, at, max(start, from), min(end, until), s)
			}
			if from > above && !sharpStart || until < below && !sharpEnd {
				return false
			}
			above, below = max(above, from), min(below, until)
		}
		first, start, end = last, above, below
	}
	return false
}

func (r *Rota) coveredAt(c *cover, s *Shift) bool {
	if !c.sharpStart || !c.sharpEnd || len(c.stack[0].who) == 0 {
		return false
	}
	o := c.stack[0].override
	s.Start, s.End, s.Person = r.instant(c.start), r.instant(c.end), c.stack[0].who[0].person
	s.Override, s.Reason = o.ID, o.Reason
	return true
}

func (r *Rota) turnedAt(l *line, at, start, end int64, s *Shift) bool {
	turn, from, until := l.turnAt(at)
	if l.tally != nil {
		turn = l.tally.before(turn)
	}
	who := l.seats[uint64(turn)%uint64(len(l.seats))].who
	if len(who) == 0 {
		return false
	}
	s.Start, s.End = time.Unix(max(start, from), 0).In(r.zone), time.Unix(min(end, until), 0).In(r.zone)
	s.Person, s.Rotation, s.Turn = who[0].person, l.id, turn+1
	return true
}
