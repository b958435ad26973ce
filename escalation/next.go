package escalation

import "time"

// Next says what a run wants done now. It is a pure function: asked early, twice or
// late, it never takes a step twice and never leaves one out. Asked early it says
// the same as if it had not been asked.
//
// A step is due when the wait of the one before has passed, counted from when
// that one was due, whether or not it was taken on time. Where several are due
// at once, because nobody asked for a while, all are taken in order, but each
// person is paged at most once. A step that pages nobody does not wait.
//
// The ladder must be of the policy that the run was started with. The facts are
// those of now; whoever changes them asks again. A nil Resolver knows nobody but
// people, all of whom can be reached.
func (l *Ladder) Next(p Progress, now time.Time, about Facts, who Resolver) Result {
	if who == nil {
		who = &World{}
	}
	p.Round = max(p.Round, 1)
	p.Step = min(max(p.Step, 1), len(l.ops)+1)
	if p.Began.IsZero() && p.Round > 1 && p.Back == nil { // begun by a version that counted nothing but rounds
		p.Back = map[int]int{l.steps + 1: p.Round - 1}
	}
	c := call{ladder: l, p: p, now: now, about: about, who: who}
	c.answered()
	for c.p.State == Running && c.due() {
		c.do()
	}
	return Result{Effects: c.effects, Progress: c.p, Wake: c.p.Wake()}
}

// call is one call of Next. It changes neither a map nor a slice of the progress
// that it was given.
type call struct {
	ladder  *Ladder
	p       Progress
	now     time.Time
	about   Facts
	who     Resolver
	effects []Effect
	paged   names // in this call
	awaited names // of the step that is taken
	taken   bool  // a step, in this call
	still   bool  // the next step remains put off
}

// due reports whether there is something to do.
func (c *call) due() bool {
	return !c.p.Due.After(c.now) || !c.p.Held.IsZero() && !c.still
}

// answered looks after an acknowledgement or a snooze.
func (c *call) answered() {
	p := &c.p
	switch {
	case p.State == Snoozed && !p.Due.After(c.now):
		c.resume(SnoozeOver, p.Due)
	case p.State == Acknowledged && !p.Expires.IsZero() && !p.Expires.After(c.now):
		c.resume(Stale, p.Expires)
	case p.State == Acknowledged && !p.Remind.IsZero() && !p.Remind.After(c.now):
		c.effects = append(c.effects, Effect{
			Kind: Remind, Policy: c.ladder.policy.ID, Plan: c.ladder.policy.Version, Round: p.Round, Step: p.Last, Steps: c.ladder.steps,
			Due: p.Remind, Person: p.By, By: p.By, Urgency: c.about.urgency(),
		})
		every := c.ladder.policy.RemindEvery
		if every <= 0 { // no valid policy has set it
			p.Remind = time.Time{}
			return
		}
		late := c.now.Sub(p.Remind) % every // of several that are late, one is enough
		p.Remind = c.now.Add(every - late)
	}
}

// resume takes a run up again that somebody has answered.
func (c *call) resume(why Cause, due time.Time) {
	p := &c.p
	p.again(due, why)
	e := c.effect(Resume)
	e.Person = p.By
	c.effects = append(c.effects, e)
}

// again makes the step that paged last due once more.
func (p *Progress) again(due time.Time, why Cause) {
	p.State, p.Due, p.Cause = Running, due, why
	p.Remind, p.Expires, p.Held = time.Time{}, time.Time{}, time.Time{}
	p.To = nil
	if p.Last > 0 && (p.Reached || p.Last < p.Step) { // else a new round comes next: none of its steps is left out
		p.Step = p.Last
	}
}

// do comes to the step that is next.
func (c *call) do() {
	p := &c.p
	if len(p.To) > 0 {
		c.release()
		c.reassigned()
		return
	}
	if p.Step > len(c.ladder.ops) { // no ladder has one; the end is the least wrong
		p.Step = c.ladder.steps + 1
	}
	if len(c.ladder.ops) == 0 { // the zero Ladder
		c.exhaust()
		return
	}
	o := &c.ladder.ops[p.Step-1]
	deferrable := true
	if o.kind != holdOp && !p.Held.IsZero() {
		if o.kind == pageOp && c.deferred() {
			return // its condition is asked when it is taken
		}
		c.release()
		deferrable = false
	}
	if o.kind == pageOp || o.kind == branchOp || o.kind == holdOp || o.kind == backOp {
		if !c.enter(o) {
			return
		}
	}
	switch o.kind {
	case pageOp:
		if !deferrable || !c.deferred() {
			c.page(o)
		}
	case branchOp:
		c.to(o.next)
	case holdOp:
		c.hold(o)
	case backOp:
		if !c.goBack(o) {
			c.to(o.next)
		}
	case nestedEnd:
		if !c.goBack(o) {
			if !p.Missed || p.Cause == "" && p.Reached && p.Before != p.Last && p.Last >= o.nests {
				p.Due, p.Missed = p.Due.Add(o.wait), false
			}
			c.to(o.next)
		}
	case endOp:
		if !c.goBack(o) {
			c.exhaust()
		}
	}
}

func (c *call) to(op int) { c.p.Step = op + 1 }

// enter asks the condition of a step. Of a step that is held it has been asked
// before.
func (c *call) enter(o *op) bool {
	if !c.p.Held.IsZero() && o.kind == holdOp || o.cond.holds(&c.about, c.now) {
		return true
	}
	e := c.effect(Skip)
	e.Code, e.Why = SkipCondition, o.cond.String()
	c.effects = append(c.effects, e)
	c.release()
	c.to(o.orElse)
	return false
}

// hold waits for a condition.
func (c *call) hold(o *op) {
	p := &c.p
	since := p.Held
	if since.IsZero() {
		since = p.Due
	}
	end := time.Time{}
	if o.wait > 0 {
		end = since.Add(o.wait)
	}
	open := p.Cause == Escalated || o.until.holds(&c.about, c.now)
	if !open && (end.IsZero() || end.After(c.now)) {
		until := earliest(o.until.change(c.now, &c.about), end)
		if until.IsZero() { // hours that never begin
			until = c.now.Add(MaxWait)
		}
		c.putOff(SkipHold, o.until.String(), until)
		return
	}
	if !open {
		p.Due, p.Held = end, time.Time{}
	}
	if !p.Held.IsZero() || !open {
		p.Missed = false // since the step before time has passed
	}
	c.release()
	c.to(o.next)
}

// putOff has the next step looked at again at an instant.
func (c *call) putOff(code SkipCode, why string, until time.Time) {
	p := &c.p
	if !until.After(c.now) {
		until = c.now.Add(MinWait)
	}
	if p.Held.IsZero() {
		e := c.effect(Hold)
		e.Code, e.Why, e.Until = code, why, until
		c.effects = append(c.effects, e)
		p.Held = p.Due
	}
	c.still = true
	p.Due = until
}

// release ends what putOff has begun: the step is due when it was said to be, or
// now, if that is earlier.
func (c *call) release() {
	if !c.p.Held.IsZero() {
		if c.p.Due.After(c.now) {
			c.p.Due = c.now
		}
		c.p.Held = time.Time{}
	}
	c.still = false
}

func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}

// deferred puts a step off to the policy's hours, if it is to be.
func (c *call) deferred() bool {
	if c.p.Cause == Escalated || c.p.Cause == Repaged { // somebody wants it now
		return false
	}
	since := c.p.Held
	if since.IsZero() {
		since = c.p.Due
	}
	end := since.Add(MaxDeferral)
	if !end.After(c.now) {
		return false
	}
	for i := range c.ladder.defers {
		d := &c.ladder.defers[i]
		if d.hours.on(c.now) || !d.cond.holds(&c.about, c.now) {
			continue
		}
		_, until := d.hours.at(c.now)
		c.putOff(SkipDeferred, d.text, earliest(end, earliest(until, d.cond.change(c.now, &c.about))))
		return true
	}
	return false
}

// goBack begins the next round, if there is to be one.
func (c *call) goBack(o *op) bool {
	p := &c.p
	if !p.Reached || p.Back[o.loop.key] >= min(o.loop.times, MaxRepeat) {
		return false
	}
	ended := p.Due
	if p.Missed && !p.Waited && p.Last > 0 { // every step was cut short: the next round must not be, too
		p.Due = p.Due.Add(c.waitOf(p.Last))
	}
	if first := p.Began.Add(MinRound); p.Due.Before(first) {
		p.Due = first
	}
	back := make(map[int]int, len(p.Back)+1)
	for key, n := range p.Back {
		if !c.ladder.within(key, o.loop) {
			back[key] = n
		}
	}
	back[o.loop.key] = p.Back[o.loop.key] + 1
	p.Back = back
	p.Round++
	p.Began = p.Due
	p.Waited, p.Reached, p.Declined = false, false, nil
	c.to(o.loop.to)
	e := c.effect(Repeat)
	if p.Due.After(ended) {
		e.Until = p.Due
	}
	c.effects = append(c.effects, e)
	return true
}

// within reports whether the loop with a key lies within another: whoever goes back
// over that one begins to count this one anew.
func (l *Ladder) within(key int, outer loop) bool {
	if key < 1 || key > len(l.ops) || key == outer.key {
		return false
	}
	if key <= l.steps {
		return outer.to < key && key <= outer.through+1
	}
	end := &l.ops[key-1]
	return end.kind == nestedEnd && end.loop.first > outer.to && end.loop.through <= outer.through
}

// waitOf returns the wait of a step, by its number.
func (c *call) waitOf(step int) time.Duration {
	if step < 1 || step > c.ladder.steps {
		return 0
	}
	return c.ladder.ops[step-1].wait
}

// exhaust ends the run.
func (c *call) exhaust() {
	p := &c.p
	e := c.effect(Exhaust)
	e.Step, e.Cause, e.Waited = p.Before, Unanswered, 0
	if !p.Reached {
		e.Cause = Unreached
	}
	c.effects = append(c.effects, e)
	final := c.ladder.policy.Final
	if final.Severity != "" && final.Severity != c.about.Severity {
		raise := e
		raise.Kind, raise.Severity, raise.Step = Raise, final.Severity, 0
		c.effects = append(c.effects, raise)
	}
	c.fallback(e, final.Targets)
	p.State, p.Cause = Exhausted, ""
	p.Awaiting = nil
}

// fallback pages the last resort: whoever it is, whatever keeps others from being
// paged.
func (c *call) fallback(exhausted Effect, targets []Target) {
	var found []Candidate
	var why string
	var once names
	for _, t := range targets {
		e := exhausted
		e.Kind, e.Step, e.Target, e.Urgency = Fallback, 0, t, c.urgencyOf(t)
		found, why = c.who.Resolve(found[:0], t, c.now)
		if len(found) == 0 {
			e.Kind, e.Code, e.Why = Skip, SkipNobody, why
			c.effects = append(c.effects, e)
		}
		for i := range found {
			e.Person, e.Shift, e.Rule = found[i].Person, found[i].Shift, found[i].Rule
			if e.Person == "" || !once.has(e.Person) {
				c.effects = append(c.effects, e)
			}
			once.add(e.Person)
		}
	}
}

func (c *call) urgencyOf(t Target) Urgency {
	if t.Urgency != "" {
		return t.Urgency
	}
	return c.about.urgency()
}
