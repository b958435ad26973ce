package proof

import (
	"time"

	"github.com/incidentkit/incidentkit/escalation"
)

// walker plays the course of a policy that nobody answers, for an incident that
// begins at one instant, and says until when incidents may begin for which the
// course is the same. It does what escalation.Ladder.Next does, without effects:
// only who is paged when.
type walker struct {
	cast   *cast
	moves  []move
	defers []deferral
	final  *timeline // of crews
	picks  bool      // one of several is picked somewhere

	// thorough walks go through all steps once, also when three people have been
	// paged: something is still to be known about the steps.
	thorough bool

	backs  []int32 // how often each move has gone back
	taken  []bool  // which moves any walk came to
	stamps []int64 // which walk has paged a person last, by number
	number int64   // of this walk

	course course
	state
}

// move is an escalation.Move for incidents of one kind.
type move struct {
	kind         escalation.MoveKind
	cond, until  test
	next, orElse int
	crew         *timeline
	hint         int // where in it the last walk was
	wait         int64
	to           int
	times        int32
	resets       []int
	nests        int // index of the step; -1: none
	pick         escalation.Pick
	pointer      string // whose turn it is, of steps that pick
}

// deferral is an escalation.Deferral.
type deferral struct {
	cond  test
	hours *timeline
}

// test is a condition for incidents of one kind: it always holds, or never, or at
// the times at which a timeline has a value.
type test struct {
	line *timeline // nil: it does not depend on the time
	want int32     // without a line: 1 if it holds
}

func (c *test) at(at int64) (holds bool, until int64) {
	if c.line == nil {
		return c.want == 1, never
	}
	v, until := c.line.at(at)
	return v == c.want, until
}

func (c *test) next(at int64) int64 {
	if c.line == nil {
		return never
	}
	return c.line.next(at, c.want)
}

// when is an instant of a course: fixed, or as long after its beginning as it is
// now, also if it begins a little later.
type when struct {
	at    int64
	fixed bool
}

// state is what a walk keeps of escalation.Progress.
type state struct {
	start           int64
	due, began      when
	last            int // the step that paged last; -1: none
	missed, reached bool
	ended           bool // the end of the policy has been seen
	over            bool
	sure            int  // how many people have been counted
	anybody         bool // the first of them is whoever was picked
}

// course is what a walk finds out.
type course struct {
	until  int64   // incidents before this have the same
	marks  [3]when // when the first, second and third person is paged for certain
	found  int     // how many distinct people are; counting stops some time after three
	steps  int     // how many by steps, and not by the last resort
	visits []visit
	puts   []put
}

// put is a step that is put off by a deferral.
type put struct {
	deferral  int
	at, until int64
	since     int64 // when it was due
	forced    bool  // it is taken then, in hours or not
}

// visit is a step that is taken.
type visit struct {
	move  int // -1: the last resort
	at    when
	crew  int32
	found int // how many people had been counted before
}

// maxCourse is how long a course is followed. Whoever has not been paged by then
// never is.
const maxCourse = 366 * 24 * time.Hour

// play walks through the course of an incident that begins at an instant.
func (w *walker) play(start, horizon int64) *course {
	w.number++
	if len(w.stamps) < len(w.cast.names) {
		w.stamps = make([]int64, len(w.cast.names))
	}
	clear(w.backs)
	w.course = course{until: horizon, visits: w.course.visits[:0], puts: w.course.puts[:0]}
	w.state = state{start: start, due: when{at: start}, began: when{at: start}, last: -1}
	for i := 0; !w.over; {
		i = w.do(i)
		w.cut()
	}
	if w.picks {
		if j, ok := w.judge(); ok {
			j.settle(&w.course)
		}
	}
	return &w.course
}

// cut ends a walk that is too long.
func (w *walker) cut() {
	if w.over || w.due.at-w.start <= int64(maxCourse) {
		return
	}
	w.over = true
	if w.due.fixed {
		w.course.until = min(w.course.until, w.due.at-int64(maxCourse))
	}
}

// same notes that what holds when a step is due does so until an instant.
func (w *walker) same(until int64) {
	if !w.due.fixed && until != never {
		w.course.until = min(w.course.until, w.start+until-w.due.at)
	}
}

func (w *walker) holds(c *test) bool {
	if c.line == nil {
		return c.want == 1
	}
	ok, until := c.at(w.due.at)
	w.same(until)
	return ok
}

// do comes to a move, and returns the one that follows.
func (w *walker) do(i int) int {
	m := &w.moves[i]
	if !w.holds(&m.cond) {
		return m.orElse
	}
	w.taken[i] = true
	switch m.kind {
	case escalation.MovePage:
		held, since := false, w.due
		for w.deferred(since) {
			if w.cut(); w.over {
				return i
			}
			held = true
		}
		if held && !w.holds(&m.cond) {
			return m.orElse
		}
		w.page(i, m)
	case escalation.MoveHold:
		w.hold(m)
	case escalation.MoveLoop:
		if w.goBack(i, m) {
			return m.to
		}
		if !w.missed || w.reached && m.nests >= 0 && w.last >= m.nests {
			w.due.at, w.missed = w.due.at+m.wait, false
		}
	case escalation.MoveEnd:
		w.ended = true
		if w.over = w.enough(); !w.over && w.goBack(i, m) {
			return m.to
		}
		if !w.over {
			w.exhaust()
		}
	case escalation.MoveBranch:
	}
	return m.next
}

// enough reports whether nothing that comes can change the answer.
func (w *walker) enough() bool {
	if w.picks {
		j, ok := w.judge()
		return ok && j.certain == len(j.latest)
	}
	return (w.ended || !w.thorough) && w.course.found >= len(w.course.marks)
}

// deferred puts the next step off, if it is to be, to when it is looked at again. It
// was due before, if it has been put off already.
func (w *walker) deferred(since when) bool {
	end := when{since.at + int64(escalation.MaxDeferral), since.fixed}
	if w.due.at >= end.at {
		return false
	}
	for i := range w.defers {
		d := &w.defers[i]
		open := test{d.hours, 1}
		if w.holds(&open) || !w.holds(&d.cond) {
			continue
		}
		_, until := open.at(w.due.at)
		_, change := d.cond.at(w.due.at)
		until = min(until, change)
		w.course.puts = append(w.course.puts, put{i, w.due.at, min(until, end.at), since.at, until > end.at})
		if until < end.at {
			w.due = when{until, true}
			return true
		}
		if !end.fixed && until != never { // where both are the same, it is so for that beginning only
			w.course.until = min(w.course.until, w.start+max(1, until-end.at))
		}
		w.due = end
		return true
	}
	return false
}

// hold waits until a condition holds, or the wait has passed.
func (w *walker) hold(m *move) {
	if w.holds(&m.until) {
		return
	}
	w.missed = false
	open := m.until.next(w.due.at)
	end := when{w.due.at + m.wait, w.due.fixed}
	switch {
	case m.wait > 0 && end.at < open:
		if !end.fixed && open != never {
			w.course.until = min(w.course.until, w.start+open-end.at)
		}
		w.due = end
	case open == never:
		w.over = true
	default:
		w.due = when{open, true}
	}
}

// page takes a step.
func (w *walker) page(i int, m *move) {
	m.hint = m.crew.index(w.due.at, m.hint)
	crew := m.crew.values[m.hint]
	w.same(m.crew.end(m.hint))
	c := &w.cast.crews[crew]
	w.visit(visit{i, w.due, crew, w.sure}, c)
	w.course.steps = w.course.found
	w.missed = len(c.who) == 0
	if !w.missed {
		w.reached, w.last = true, i
		w.due.at += m.wait
	}
	w.over = !w.picks && w.enough()
}

// visit notes who is paged, and counts people who were not before.
func (w *walker) visit(v visit, c *crew) {
	w.course.visits = append(w.course.visits, v)
	if v.move >= 0 && picksOne(w.moves[v.move].pick) && len(c.who) > 1 {
		if c.humans == len(c.who) && w.course.found == 0 {
			w.anybody = true
			w.count(v.at)
		}
		return
	}
	for _, p := range c.who {
		if w.cast.human[p] && w.stamps[p] != w.number {
			w.stamps[p] = w.number
			w.count(v.at)
		}
	}
}

// count counts one person more. Whoever has been picked, nobody knows who it was,
// may be the same as the next.
func (w *walker) count(at when) {
	if w.sure++; w.anybody && w.sure == 2 {
		return
	}
	if w.course.found < len(w.course.marks) {
		w.course.marks[w.course.found] = at
	}
	w.course.found++
}

// goBack begins the next round, if there is to be one. The wait that Next puts
// between rounds which were all cut short is never there: that takes answers.
func (w *walker) goBack(i int, m *move) bool {
	if !w.reached || w.backs[i] >= m.times {
		return false
	}
	w.due = w.later(w.due, when{w.began.at + int64(escalation.MinRound), w.began.fixed})
	for _, r := range m.resets {
		w.backs[r] = 0
	}
	w.backs[i]++
	w.began, w.reached = w.due, false
	return true
}

// later returns the later of two instants. Of one that is fixed and one that moves
// with the beginning, that changes when the second catches up with the first.
func (w *walker) later(a, b when) when {
	if b.at > a.at || b.at == a.at && a.fixed {
		a, b = b, a
	}
	if a.fixed && !b.fixed {
		w.course.until = min(w.course.until, w.start+a.at-b.at)
	}
	return a
}

// exhaust pages the last resort.
func (w *walker) exhaust() {
	w.over = true
	i := w.final.index(w.due.at, 0)
	w.same(w.final.end(i))
	crew := w.final.values[i]
	w.visit(visit{-1, w.due, crew, w.sure}, &w.cast.crews[crew])
}
