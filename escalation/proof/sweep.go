package proof

import "github.com/incidentkit/incidentkit/escalation"

// outcome is what a program does to all incidents that begin in the horizon.
type outcome struct {
	pieces   []piece
	worst    [3]worst
	holes    map[hole]*hits
	deferred map[int]*interval // by deferral: the first time that it puts a page off
	forced   *interval         // the first page that is put off for as long as can be
}

// piece is a time in which all incidents that begin wait as long for the first
// person, and reach as many: nobody, one, or more.
type piece struct {
	from, to int64
	first    when
	found    int // 0 to 2
	steps    int // by steps; 0 to 2
}

// wait returns how long an incident that begins at the start of the piece waits for
// the first person; never: for good.
func (p *piece) wait() int64 {
	if p.found == 0 {
		return never
	}
	return p.first.at - p.from
}

// worst is the worst case.
type worst struct {
	wait int64 // never: nobody
	at   int64
}

// holes reports whether there are times in which some step that is meant to page people leads to nobody.
func (p *program) holes() bool {
	for i := range p.walker.moves {
		if l := p.walker.moves[i].crew; l != nil && p.subject.meant[i] {
			for _, v := range l.values {
				if p.walker.cast.crews[v].humans == 0 {
					return true
				}
			}
		}
	}
	return false
}

// known reports whether all steps have proved to be of use.
func (s *subject) known() bool {
	for i := range s.moves {
		if m := &s.moves[i]; m.Step > 0 && (!s.taken[i] || m.Kind == escalation.MovePage && !s.adds[i]) {
			return false
		}
	}
	return true
}

// add appends a piece, or makes the last one longer.
func (o *outcome) add(p piece) {
	if n := len(o.pieces); n > 0 && o.pieces[n-1].like(&p) {
		o.pieces[n-1].to = p.to
		return
	}
	o.pieces = append(o.pieces, p)
}

// like reports whether a piece goes on as another one.
func (p *piece) like(q *piece) bool {
	if p.found != q.found || p.steps != q.steps || p.first.fixed != q.first.fixed {
		return false
	}
	return p.found == 0 || p.first.fixed && p.first.at == q.first.at || !p.first.fixed && p.wait() == q.wait()
}

// hole is a time in which a step leads to nobody.
type hole struct {
	move  int
	start int64
}

// hits are the times at which incidents come to a step in a hole.
type hits struct {
	end   int64 // of the hole
	times []hit
}

type hit struct {
	from, to int64
	first    bool // nobody has been reached before
}

// sweep goes through the horizon, from one instant at which the course changes to
// the next.
func (p *program) sweep(horizon int64) {
	o := &p.outcome
	o.holes, o.deferred = map[hole]*hits{}, map[int]*interval{}
	for k := range o.worst {
		o.worst[k].wait = -1
	}
	holes := p.holes()
	p.walker.thorough = true
	for at := int64(0); at < horizon; {
		p.walker.thorough = holes || p.walker.thorough && !p.subject.known()
		c := p.walker.play(at, horizon)
		for k := range o.worst {
			wait := int64(never)
			if k < c.found {
				wait = c.marks[k].at - at
			}
			if wait > o.worst[k].wait {
				o.worst[k] = worst{wait, at}
			}
		}
		o.add(piece{from: at, to: c.until, first: c.marks[0], found: min(c.found, 2), steps: min(c.steps, 2)})
		if p.walker.thorough {
			p.visits(at, c)
		}
		for _, put := range c.puts {
			if o.deferred[put.deferral] == nil {
				o.deferred[put.deferral] = &interval{from: put.at, to: put.until, at: put.at, by: p}
			}
			if put.forced && o.forced == nil {
				o.forced = &interval{from: put.since, to: put.until, at: put.since, by: p}
			}
		}
		at = c.until
	}
}

// visits notes which steps are of use, and which lead to nobody.
func (p *program) visits(at int64, c *course) {
	for i := range c.visits {
		v := &c.visits[i]
		if v.move < 0 {
			continue
		}
		crew := &p.walker.cast.crews[v.crew]
		s := p.subject
		s.pages[v.move] = s.pages[v.move] || crew.humans > 0
		if !s.adds[v.move] {
			next := p.walker.sure
			if i+1 < len(c.visits) {
				next = c.visits[i+1].found
			}
			picks := picksOne(s.moves[v.move].Pick) && crew.humans > 1
			s.adds[v.move] = picks || next > v.found
		}
		if crew.humans == 0 && s.meant[v.move] {
			p.hole(at, c.until, v)
		}
	}
}

// hole notes that incidents which begin in a time come to a step that leads to
// nobody.
func (p *program) hole(from, until int64, v *visit) {
	l := p.walker.moves[v.move].crew
	i := l.index(v.at.at, 0)
	key := hole{v.move, l.starts[i]}
	h := p.outcome.holes[key]
	if h == nil {
		h = &hits{end: l.end(i)}
		p.outcome.holes[key] = h
	}
	to := v.at.at + 1
	if !v.at.fixed {
		to = v.at.at + until - from
	}
	if n := len(h.times); n > 0 {
		if last := &h.times[n-1]; v.at.at <= last.to && last.first == (v.found == 0) {
			last.to = max(last.to, to)
			return
		}
	}
	h.times = append(h.times, hit{v.at.at, to, v.found == 0})
}
