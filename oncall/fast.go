package oncall

// plainAt is At for most schedules, and several times as fast: there are turns,
// windows, people and overrides that replace everybody. It reports whether it
// could tell.
func (r *Rota) plainAt(at int64, s *Shift) bool {
	start, end := int64(beginning), int64(forever)
	if len(r.covers) > 0 {
		i := coverAfter(r.covers, at)
		if i < len(r.covers) && r.covers[i].start <= at {
			c := &r.covers[i]
			if !c.sharpStart || !c.sharpEnd || len(c.stack[0].who) == 0 {
				return false
			}
			r.fill(s, &duty{who: c.stack[0].who[0], override: c.stack[0].override}, c.start, c.end)
			return true
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
			if l.week == nil && l.tally == nil && l.from <= at && at < l.until {
				turn, from, until := l.turnAt(at)
				who := l.seats[uint64(turn)%uint64(len(l.seats))].who
				if len(who) == 0 {
					return false
				}
				s.Start, s.End = r.instant(max(start, from, l.from)), r.instant(min(end, until, l.until))
				s.Person, s.Rotation, s.Turn = who[0].person, l.id, turn+1
				return true
			}
			p := l.pieceAt(at)
			if p.number != 0 {
				who := l.seats[p.seat].who
				if len(who) == 0 {
					return false
				}
				s.Start, s.End = r.instant(max(start, p.start)), r.instant(min(end, p.end))
				s.Person, s.Rotation, s.Turn = who[0].person, l.id, p.number
				return true
			}
			if p.start > above && !p.sharpStart || p.end < below && !p.sharpEnd {
				return false
			}
			above, below = max(above, p.start), min(below, p.end)
		}
		first, start, end = last, above, below
	}
	return false
}
