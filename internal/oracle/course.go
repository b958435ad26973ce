package oracle

import (
	"cmp"
	"slices"
	"time"
)

// minRound is how long a round lasts at least.
const minRound = time.Minute

// maxEffects is more than any trial has at once: a plan that makes no sense comes to
// an end, too.
const maxEffects = 10_000

// course is how a run of a policy is to go, by the documents: which step is due
// when, and what becomes of each answer. It is fed with the answers that were
// recorded, and asked what was to be done at the instants at which something was.
type course struct {
	policy Policy
	state  courseState

	round, step int       // the next to be taken; one more than there are: the last wait runs
	due         time.Time // when; where somebody has answered: when that no longer holds, zero: never

	last  int       // the step that paged last; 0: none did
	paged time.Time // when that was due
	began time.Time // when this round was due to begin

	missed  bool // the step before had nobody left, so that its wait was cut short
	waited  bool // the wait of a step of this round has passed to its end
	reached bool // a step of this round had somebody to page

	waiting  []waiting // whom the step that paged last paged, and who have not answered
	twice    []waiting // of these, who had been paged for a step before it at the same moment
	acked    []string  // who have, where it wants everybody's answer
	declined []string  // in this round
	to       []Target  // who is paged next, in place of a step

	by       string    // who answered last
	answered time.Time // when
	remind   time.Time // when whoever has acknowledged is reminded next; zero: never
}

type courseState int

const (
	running courseState = iota
	acknowledged
	snoozed
	exhausted
	stopped
)

// waiting is somebody whose answer is waited for.
type waiting struct{ person, target string }

// effect is one thing that is to be recorded.
type effect struct {
	kind        effectKind
	round, step int
	target      string
	person      string
	code        string // of a skip
	due         time.Time
}

type effectKind int

const (
	aPage effectKind = iota
	aSkip
	aRepeat
	aResume
	aReminder
	anEnd
)

func startCourse(p Policy, at time.Time) *course {
	return &course{policy: p, round: 1, step: 1, due: at, began: at}
}

// isDue returns when something is to be done next; zero: never.
func (c *course) isDue() time.Time {
	if c.state == exhausted || c.state == stopped {
		return time.Time{}
	}
	if !c.remind.IsZero() && (c.due.IsZero() || c.remind.Before(c.due)) {
		return c.remind
	}
	return c.due
}

// next does all that is due, and returns it. Nobody is paged twice in one call.
func (c *course) next(now time.Time, who book) []effect {
	b := breath{who: who}
	for due := c.isDue(); !due.IsZero() && !due.After(now) && len(b.effects) < maxEffects; due = c.isDue() {
		switch {
		case c.state == acknowledged && (c.due.IsZero() || c.due.After(now)):
			c.reminder(&b, now)
		case c.state == acknowledged || c.state == snoozed:
			c.resume(&b)
		case len(c.to) > 0:
			c.reassigned(&b)
		case c.step <= len(c.policy.Steps):
			c.take(&b)
		default:
			c.endRound(&b)
		}
	}
	return b.effects
}

// breath is one call of next.
type breath struct {
	who     book
	paged   []string // people
	effects []effect
}

func (b *breath) add(e effect) { b.effects = append(b.effects, e) }

// reminder reminds once, however many times it is late.
func (c *course) reminder(b *breath, now time.Time) {
	b.add(effect{kind: aReminder, round: c.round, person: c.by, due: c.remind})
	every := c.policy.RemindEvery
	c.remind = now.Add(every - now.Sub(c.remind)%every)
	if !c.due.IsZero() && !c.remind.Before(c.due) {
		c.remind = time.Time{}
	}
}

// resume takes the step that paged last again.
func (c *course) resume(b *breath) {
	b.add(effect{kind: aResume, round: c.round})
	c.state, c.remind = running, time.Time{}
	c.again()
}

// again makes the step that paged last the next one, unless that was in the round
// before: this one then goes on with the step that is next.
func (c *course) again() {
	c.missed, c.to = false, nil
	if c.last > 0 && (c.reached || c.last < c.step) {
		c.step = c.last
	}
}

// take takes the next step.
func (c *course) take(b *breath) {
	s := c.policy.Steps[c.step-1]
	c.passed()
	if c.page(b, s.Targets, c.step) {
		c.last = c.step
		c.due = c.due.Add(s.Wait)
	}
	c.step++
}

// reassigned pages those whom somebody named.
func (c *course) reassigned(b *breath) {
	to := c.to
	c.to = nil
	if c.page(b, to, cmp.Or(c.last, max(c.step-1, 1))) {
		c.due = c.due.Add(c.lastWait())
	}
}

// lastWait is how long those whom somebody named have: as long as the step that
// paged last, but a minute at least.
func (c *course) lastWait() time.Duration {
	if c.last == 0 {
		return minRound
	}
	return max(c.policy.Steps[c.last-1].Wait, minRound)
}

// passed notes that the wait of the step before has passed.
func (c *course) passed() {
	if !c.missed && c.reached && c.last > 0 && c.policy.Steps[c.last-1].Wait > 0 {
		c.waited = true
	}
}

// page pages the targets, and reports whether there was anybody to page.
func (c *course) page(b *breath, targets []Target, step int) bool {
	var now, before []waiting
	for _, t := range targets {
		found := b.who.behind(t)
		if len(found) == 0 {
			b.add(effect{kind: aSkip, round: c.round, step: step, target: t.String(), code: "nobody", due: c.due})
		}
		for _, r := range found {
			w := waiting{person: r.person}
			if r.person == "" {
				w.target = t.String()
			}
			e := effect{kind: aSkip, round: c.round, step: step, target: t.String(), person: r.person, due: c.due}
			switch {
			case !r.reachable:
				e.code = "unreachable"
			case r.person != "" && slices.Contains(c.declined, r.person):
				e.code = "declined"
			case r.person != "" && slices.Contains(b.paged, r.person):
				e.code = "twice"
			default:
				e.kind = aPage
				b.paged = append(b.paged, r.person)
			}
			b.add(e)
			if (e.kind == aPage || e.code == "twice") && !slices.Contains(now, w) {
				now = append(now, w)
				if e.code == "twice" {
					before = append(before, w)
				}
			}
		}
	}
	if len(now) == 0 {
		c.missed = true
		return false
	}
	c.missed, c.reached, c.waiting, c.acked, c.twice, c.paged = false, true, now, nil, before, c.due
	return true
}

// String writes the target as events do.
func (t Target) String() string { return t.Type + " " + t.ID }

// endRound begins the next round, or ends the run.
func (c *course) endRound(b *breath) {
	c.passed()
	if c.round > c.policy.Repeat || !c.reached {
		c.exhaust(b)
		return
	}
	begin := c.due
	if !c.waited && c.last > 0 {
		begin = begin.Add(c.policy.Steps[c.last-1].Wait)
	}
	begin = later(begin, c.began.Add(minRound))
	c.round++
	c.step, c.due, c.began = 1, begin, begin
	c.missed, c.waited, c.reached, c.declined = false, false, false, nil
	b.add(effect{kind: aRepeat, round: c.round})
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// exhaust ends the run, and pages the last resort.
func (c *course) exhaust(b *breath) {
	c.state = exhausted
	b.add(effect{kind: anEnd, round: c.round})
	resort := b.who.newest.LastResort
	b.add(effect{kind: aPage, round: c.round, target: "person " + resort, person: resort, due: c.due})
}
