package oncall

// walk asks a Rota for what holds at one instant after another. Going forward, it
// remembers what still holds; to ask once, use a walk with nothing but the rota.
type walk struct {
	rota  *Rota
	lines []segment // what each line said last; nil: nothing is remembered
	cover int       // the first that may still matter
}

func newWalk(r *Rota) *walk {
	w := &walk{rota: r, lines: make([]segment, len(r.lines))}
	for i := range w.lines {
		w.lines[i].end = beginning
	}
	return w
}

// at fills in the segment that contains an instant, which is not before that of
// the last call if the walk remembers.
func (w *walk) at(at int64, s *segment) {
	s.reset()
	c, covered := w.coverAt(at, s)
	if !covered || !c.whole {
		w.below(at, s)
	}
	if covered {
		if !c.whole || len(c.stack) > 1 {
			s.blur()
		}
		c.apply(&s.duties, 0, nil)
	}
}

// below is at without the overrides of the whole schedule: the highest rotations
// in which somebody is on duty.
func (w *walk) below(at int64, s *segment) {
	r := w.rota
	first := 0
	for _, end := range r.levels {
		for i := first; i < end; i++ {
			w.line(i, at, s)
		}
		if s.duties.n > 0 {
			if end-first > 1 { // where one begins, the others go on
				s.blur()
			}
			return
		}
		first = end
	}
}

func (w *walk) line(i int, at int64, s *segment) {
	if w.lines == nil {
		w.rota.lines[i].at(at, s)
		return
	}
	said := &w.lines[i]
	if at >= said.end {
		said.reset()
		w.rota.lines[i].at(at, said)
	}
	s.cut(said.start, said.end, said.sharpStart, said.sharpEnd)
	if s.duties.n == 0 {
		s.duties.set(&said.duties)
		return
	}
	for i := range said.duties.n {
		d := said.duties.at(i)
		s.duties.add(d.who, d.line, d.override, d.turn)
	}
}

func (w *walk) coverAt(at int64, s *segment) (*cover, bool) {
	covers := w.rota.covers
	if w.lines == nil {
		return coverAt(covers, at, s)
	}
	if len(covers) == 0 {
		return nil, false
	}
	for w.cover < len(covers) && covers[w.cover].end <= at {
		w.cover++
	}
	return coverAround(covers, w.cover, at, s)
}
