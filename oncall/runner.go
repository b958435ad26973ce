package oncall

// runner goes through a plain Rota on which at most one person is on call at any
// time, forward only. It gives what walk gives, several times as fast.
type runner struct {
	rota    *Rota
	cursors []cursor
	cover   int // the first that may still matter
}

// run is a time in which one person is on call, or nobody.
type run struct {
	end  int64
	duty duty // who is nil: nobody
}

// newRunner starts a runner, or returns nil if the rota is not for one.
func newRunner(r *Rota) *runner {
	if !r.single {
		return nil
	}
	n := &runner{rota: r, cursors: make([]cursor, len(r.lines))}
	for i := range n.cursors {
		n.cursors[i].start(&r.lines[i])
	}
	return n
}

// at fills in what holds from an instant on, which is the end of the last run or
// the first instant of all.
func (n *runner) at(at int64, r *run) {
	r.end = forever
	covers := n.rota.covers
	for n.cover < len(covers) && covers[n.cover].end <= at {
		n.cover++
	}
	if n.cover < len(covers) {
		c := &covers[n.cover]
		if c.start <= at {
			r.end = c.end
			r.duty = duty{}
			if who := c.stack[0].who; len(who) > 0 {
				r.duty = duty{who: who[0], override: c.stack[0].override}
			}
			return
		}
		r.end = c.start
	}
	for i := range n.cursors {
		c := &n.cursors[i]
		if c.end <= at {
			c.to(at)
		}
		r.end = min(r.end, c.end)
		if c.who != nil {
			r.duty = duty{who: c.who, line: c.line, turn: c.number}
			return
		}
	}
	r.duty = duty{}
}

// cursor goes through the pieces of a plain line, forward only.
type cursor struct {
	line *line
	end  int64   // of the piece; beginning: there is none yet
	who  *member // in it; nil: nobody

	number int64 // of the turn, if somebody is in it
	seat   int
	seated int64 // the turn that these are of

	turn    int64
	turnEnd int64
	step    int64 // of turns that all last as long: how long; otherwise 0
	steps   span  // while steps are right: no clock change is near

	window   int   // the last that has opened, of the week from Monday on
	monday   int64 // what the clock shows as that begins
	close    int64 // when the window closes
	nextOpen int64 // when the next one opens
	windows  span  // while one offset from the wall clock is right
}

func (c *cursor) start(l *line) {
	c.line, c.end, c.turnEnd, c.nextOpen, c.seated = l, beginning, beginning, beginning, -2
	if g := &l.grid; len(g.starts) == 1 && g.months == nil {
		c.step = g.cycle
	}
}

// steady returns the part of a span in which an instant and its reading differ by
// the offset, whichever of the two is given.
func steady(s span) span {
	if s.start != beginning {
		s.start += 2 * maxOffset
	}
	return s
}

// to goes on to the piece that contains an instant.
func (c *cursor) to(at int64) {
	l := c.line
	c.who = nil
	if at < l.from || at >= l.until {
		c.end = forever
		if at < l.from {
			c.end = l.from
		}
		return
	}
	c.end = l.until
	if l.week != nil {
		if at >= c.nextOpen {
			c.toWindow(at)
		}
		if at >= c.close {
			c.end = min(c.end, c.nextOpen)
			return
		}
		c.end = min(c.end, c.close)
	}
	if at >= c.turnEnd {
		c.toTurn(at)
	}
	c.end = min(c.end, c.turnEnd)
	if c.turn != c.seated {
		c.number, c.seat = l.number(c.turn)
		c.seated = c.turn
	}
	if who := l.seats[c.seat].who; len(who) > 0 {
		c.who = who[0]
	}
}

// toTurn goes on to the turn that contains an instant, which is mostly the next.
func (c *cursor) toTurn(at int64) {
	if end := c.turnEnd + c.step; c.turnEnd >= c.steps.start && end < c.steps.end && end > at {
		c.turn, c.turnEnd = c.turn+1, end
		return
	}
	l := c.line
	c.turn, _, c.turnEnd = l.turnAt(at)
	c.steps = steady(l.clock.span(at))
}

// toWindow goes on to the last window that has opened, which is mostly the next.
func (c *cursor) toWindow(at int64) {
	w := c.line.week
	if c.nextOpen >= c.windows.start && c.nextOpen != beginning {
		c.pass(w)
		if at < c.nextOpen && c.nextOpen < c.windows.end {
			return
		}
	}
	s := w.clock.span(at)
	n := int64(len(w.opens))
	i := w.before(at + s.offset)
	for w.open(i+1, s) <= at { // only where the clock is set back
		i++
	}
	week := floorDiv(i, n)
	c.monday, c.window = monday+week*secondsPerWeek, int(i-week*n)
	c.close, c.nextOpen = w.close(i, s), w.open(i+1, s)
	c.windows = steady(s)
}

// pass goes on to the next window, by the present offset.
func (c *cursor) pass(w *week) {
	if c.window++; c.window == len(w.opens) {
		c.window, c.monday = 0, c.monday+secondsPerWeek
	}
	base := c.monday - c.windows.offset
	c.close, c.nextOpen = base+w.opens[c.window].end, base+secondsPerWeek+w.opens[0].start
	if c.window+1 < len(w.opens) {
		c.nextOpen = base + w.opens[c.window+1].start
	}
}
