package escalation

import (
	"maps"
	"slices"
	"time"
)

// Setting is what Simulate plays.
type Setting struct {
	Ladder *Ladder
	Start  time.Time
	Facts  Facts

	// Changes are what becomes known later, in order of time.
	Changes []Change

	// World says who is paged, and by which channels. Who, if it is not nil, says
	// who instead.
	World World
	Who   Resolver

	// Broken are the names of channels that take no message.
	Broken []string

	// Script is what people do, in order of time, whether or not they were paged.
	Script []Answer

	// Behaviour is what people do about their pages, besides the script. Nil:
	// nothing.
	Behaviour Behaviour

	// Turns is the stored pointer of steps that pick one of several.
	Turns map[string]Turn

	// Until ends the course; what is due at that instant is still done. Zero: it goes
	// on until nothing more is due. A course that does not end by itself within
	// MaxMoments is cut off there.
	Until time.Time
}

// Change is a change of the facts.
type Change struct {
	At    time.Time
	Facts Facts
}

// Behaviour says what a person does about a page, a last resort or a reminder that
// arrives (Moment.Arrived): answers, with their At not before it. It must give the
// same whenever it is asked the same.
type Behaviour func(page Moment) []Answer

// MaxMoments is how long a course can be.
const MaxMoments = 100_000

// Simulate plays a setting to its end, from one instant at which something happens
// to the next. At one instant comes first what is due by itself: steps, then
// messages, then the behaviour's answers. Then the facts change, and then come the
// answers of the script, one after the other, each followed by what is due because
// of it. So a longer script never changes what comes before it, and an answer at the
// very end of a wait is too late.
//
// A page becomes messages as the person's rules say: see [Responder.NextNotice] and
// [Rules.Release]. No more of them go once the run is acknowledged, snoozed or
// stopped, or somebody else was named; nor to somebody who has answered. A reminder
// goes by the first channel that takes it. Where no channel takes any message about
// a page, the run is given the answer Undelivered. A Raise changes the severity of
// the facts, until they change again.
//
// Whatever is wrong in the setting shows in the course: answers that come too early
// are refused, and a setting without a ladder has an empty one.
func Simulate(s Setting) Course {
	if s.Ladder == nil {
		return Course{Start: s.Start}
	}
	g := newGame(s)
	for g.goOn(g.now) {
		g.play()
		next, ok := g.next()
		if !ok {
			break
		}
		g.now = later(g.now, next)
	}
	return g.course
}

// game is a setting that is being played.
type game struct {
	Setting
	who      Resolver
	now      time.Time
	wake     time.Time // of the run; zero: never
	asked    int       // how often the run was
	changes  []Change  // that are to come
	script   []Answer  // the same
	answers  []Answer  // the same, of the behaviour, and that pages were not delivered
	messages []*message
	boxes    map[string]*mailbox // by person
	course   Course
}

func newGame(s Setting) *game {
	g := &game{
		Setting: s, who: s.Who, now: s.Start,
		changes: slices.Clone(s.Changes), script: slices.Clone(s.Script),
		course: Course{Start: s.Start, Progress: Start(s.Start, maps.Clone(s.Turns))},
	}
	if g.who == nil {
		g.who = &g.World
	}
	slices.SortStableFunc(g.changes, func(a, b Change) int { return a.At.Compare(b.At) })
	slices.SortStableFunc(g.script, func(a, b Answer) int { return a.At.Compare(b.At) })
	return g
}

// goOn reports whether the course goes on to an instant, and else cuts it off.
func (g *game) goOn(at time.Time) bool {
	g.course.Cut = g.full() || !g.Until.IsZero() && at.After(g.Until)
	return !g.course.Cut
}

// next returns the earliest instant at which something is to be done.
func (g *game) next() (at time.Time, ok bool) {
	consider := func(t time.Time) {
		if !ok || t.Before(at) {
			at, ok = t, true
		}
	}
	if !g.wake.IsZero() {
		consider(g.wake)
	}
	if len(g.script) > 0 {
		consider(g.script[0].At)
	}
	if len(g.answers) > 0 {
		consider(g.answers[0].At)
	}
	for _, m := range g.messages {
		consider(m.due)
	}
	// Facts that change after all is over change nothing.
	if len(g.changes) > 0 && (ok || g.course.Progress.State == Running) {
		consider(g.changes[0].At)
	}
	return at, ok
}

// full reports whether the course has come to its longest. A run that is asked
// again and again without anything happening counts, too.
func (g *game) full() bool { return len(g.course.Moments) >= MaxMoments || g.asked >= MaxMoments }

// play does what is to be done now.
func (g *game) play() {
	g.settle()
	for len(g.changes) > 0 && !g.changes[0].At.After(g.now) && !g.full() {
		g.Facts, g.changes = g.changes[0].Facts, g.changes[1:]
		g.settle()
	}
	for len(g.script) > 0 && !g.script[0].At.After(g.now) && !g.full() {
		a := g.script[0]
		g.script = g.script[1:]
		g.answer(a)
		g.settle()
	}
}

// settle does what is due by itself, until nothing more is.
func (g *game) settle() {
	for !g.full() {
		g.ask()
		g.sendAll()
		if len(g.answers) == 0 || g.answers[0].At.After(g.now) {
			return
		}
		a := g.answers[0]
		g.answers = g.answers[1:]
		g.answer(a)
	}
}

func (g *game) add(m Moment) { g.course.Moments = append(g.course.Moments, m) }

// answer gives the run an answer.
func (g *game) answer(a Answer) {
	p, err := g.course.Progress, error(nil)
	if a.At.Before(g.now) {
		err = &AnswerError{Kind: a.Kind, Field: "at", Want: "an instant that has not passed when the answer is given"}
	} else {
		p, err = g.Ladder.Answer(p, a)
	}
	g.add(Moment{At: g.now, Answer: &a, Err: err})
	if err != nil {
		return
	}
	g.course.Progress = p
	if a.Kind != Undelivered {
		g.withdraw(a, p.State)
	}
}

// ask asks the run what is due.
func (g *game) ask() {
	g.asked++
	r := g.Ladder.Next(g.course.Progress, g.now, g.Facts, g.who)
	g.course.Progress, g.wake = r.Progress, r.Wake
	for _, e := range r.Effects {
		switch e.Kind {
		case Page, Fallback:
			g.page(e)
		case Remind:
			g.remind(e)
		case Raise:
			g.Facts.Severity = e.Severity
			g.add(Moment{At: g.now, Effect: e})
		default:
			g.add(Moment{At: g.now, Effect: e})
		}
	}
}

// expect keeps the answers of somebody whom a message has reached.
func (g *game) expect(m Moment) {
	if g.Behaviour == nil {
		return
	}
	for _, a := range g.Behaviour(m) {
		g.queue(a)
	}
}

// queue puts an answer behind those that are not later.
func (g *game) queue(a Answer) {
	i, _ := slices.BinarySearchFunc(g.answers, a, func(b, a Answer) int {
		if b.At.After(a.At) {
			return 1
		}
		return -1
	})
	g.answers = slices.Insert(g.answers, i, a)
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
