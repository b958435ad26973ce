package escalation

import (
	"maps"
	"slices"
	"time"
)

// page takes a step that pages somebody.
func (c *call) page(o *op) {
	p := &c.p
	if p.Reached && !p.Missed && c.waitOf(p.Before) > 0 {
		p.Waited = true
	}
	c.handOver(o)
	step := &o.place.Step
	reached := c.pageAll(o.targets, step)
	c.taken = true
	p.Before, p.Missed, p.Cause = p.Step, !reached, ""
	if reached {
		p.Reached, p.Last = true, p.Step
		p.Due = p.Due.Add(o.wait)
	}
	c.to(o.next)
}

// reassigned pages those whom somebody has named, in place of a step.
func (c *call) reassigned() {
	p := &c.p
	targets := p.To
	p.To = nil
	step, wait := p.Step, max(c.waitOf(p.Last), MinRound)
	if p.Last > 0 {
		p.Step = p.Last // what the effects are about
	}
	reached := c.pageAll(targets, &Step{})
	p.Step = step
	c.taken = true
	p.Missed, p.Cause = !reached, ""
	if reached {
		p.Reached = true
		p.Due = p.Due.Add(wait)
	}
}

// handOver tells that the step belongs to another tier than the one before.
func (c *call) handOver(o *op) {
	tier := o.tier.ID
	if tier == "" || tier == c.p.Tier {
		return
	}
	if c.p.Before > 0 {
		e := c.effect(HandOver)
		e.Tier, e.FromTier = tier, c.p.Tier
		e.Missing = o.tier.lacks(&c.about)
		c.effects = append(c.effects, e)
	}
	c.p.Tier = tier
}

// lacks returns which facts the tier wants that are not there.
func (t *Tier) lacks(about *Facts) (missing []string) {
	for _, fact := range t.Packet {
		if about.Packet[fact] == "" {
			missing = append(missing, fact)
		}
	}
	return missing
}

// Missing returns which of the facts that a tier wants are not there, for whoever
// hands over by hand: the tier is that of the next step that would page now, if it is
// another than that of the step before. Otherwise it returns nothing.
func (l *Ladder) Missing(p Progress, now time.Time, about Facts) (tier string, missing []string) {
	at := p.Step - 1
	for range l.ops {
		if at < 0 || at >= len(l.ops) || l.ops[at].kind == endOp {
			break
		}
		o := &l.ops[at]
		switch {
		case !o.cond.holds(&about, now):
			at = o.orElse
			continue
		case o.kind == pageOp && o.tier.ID != "" && o.tier.ID != p.Tier:
			return o.tier.ID, o.tier.lacks(&about)
		case o.kind == pageOp:
			return "", nil
		}
		at = o.next
	}
	return "", nil
}

// pageAll pages whom the targets lead to, or one of them, and reports whether there
// is anybody.
func (c *call) pageAll(targets []Target, step *Step) (reached bool) {
	base := c.effect(Page)
	pick := step.Pick == PickInTurn || step.Pick == PickLeastRecent
	var able []pageable
	var found []Candidate
	var why string
	before := c.p.Awaiting
	c.p.Awaiting, c.awaited = make([]Awaited, 0, len(targets)), names{}
	c.effects = slices.Grow(c.effects, len(targets))
	index, last := 0, -1
	picked := ""
	if pick {
		picked = c.p.Turns[c.ladder.turnKey(c.p.Step)].Person
	}
	for _, t := range targets {
		base.Target, base.Urgency = t, c.urgencyOf(t)
		found, why = c.who.Resolve(found[:0], t, c.now)
		if len(found) == 0 {
			c.skip(&base, &Candidate{}, SkipNobody, why)
			continue
		}
		for i := range found {
			who := &found[i]
			if picked != "" && (&pageable{target: t, who: *who}).name() == picked {
				last = index
			}
			index++
			code, why := c.unfit(who, step.Skills)
			switch {
			case code == SkipTwice:
				reached = true
				c.await(who, t)
				c.skip(&base, who, code, why)
			case code != "":
				c.skip(&base, who, code, why)
			case pick:
				able = append(able, pageable{t, *who, index - 1})
			default:
				reached = true
				c.send(&base, who)
			}
		}
	}
	if len(able) > 0 {
		reached = true
		c.pickOne(base, able, step, index, last)
	}
	switch {
	case !reached: // those of the step before may still answer
		c.p.Awaiting = before
	case len(c.p.Awaiting) == 0:
		c.p.Awaiting = nil // as it comes back from a store
	}
	if reached {
		c.p.Acked, c.p.Paged = nil, c.p.Due
	}
	return reached
}

// pageable is a candidate who may be picked.
type pageable struct {
	target Target
	who    Candidate
	index  int // among all candidates
}

// unfit says why a candidate is not paged; empty: it is.
func (c *call) unfit(who *Candidate, skills []string) (code SkipCode, why string) {
	if who.Itself {
		return who.Code, who.Why
	}
	switch {
	case who.Person == "":
		return SkipNobody, ""
	case who.Code != "":
		return who.Code, who.Why
	}
	for _, need := range [...][]string{skills, c.about.Skills} {
		for _, skill := range need {
			if !slices.Contains(who.Skills, skill) {
				return SkipUnskilled, skill
			}
		}
	}
	switch {
	case slices.Contains(c.p.Declined, who.Person):
		return SkipDeclined, ""
	case c.paged.has(who.Person):
		return SkipTwice, ""
	case who.Quiet != nil && who.Quiet.quiet(&c.about, c.now):
		return SkipQuiet, who.Quiet.String()
	}
	return "", ""
}

func (c *call) skip(base *Effect, who *Candidate, code SkipCode, why string) {
	e := *base
	e.Kind, e.Code, e.Why = Skip, code, why
	e.Person, e.Shift, e.Rule = who.Person, who.Shift, who.Rule
	c.effects = append(c.effects, e)
}

func (c *call) send(base *Effect, who *Candidate) {
	c.effects = append(c.effects, *base)
	e := &c.effects[len(c.effects)-1]
	e.Person, e.Shift, e.Rule = who.Person, who.Shift, who.Rule
	if !who.Itself {
		c.paged.add(who.Person)
	}
	c.await(who, base.Target)
}

// await remembers whose answer is waited for.
func (c *call) await(who *Candidate, t Target) {
	a, name := Awaited{Person: who.Person}, who.Person
	if who.Itself {
		a = Awaited{Target: t.String()}
		name = "\x00" + a.Target // no person has such an id
	}
	if !c.awaited.has(name) {
		c.awaited.add(name)
		c.p.Awaiting = append(c.p.Awaiting, a)
	}
}

// pickOne pages the one whose turn it is, and moves the pointer.
func (c *call) pickOne(base Effect, able []pageable, step *Step, all, last int) {
	key := c.ladder.turnKey(c.p.Step)
	turn := c.p.Turns[key]
	picked := turn.inTurn(able, all, last)
	if step.Pick == PickLeastRecent {
		picked = turn.leastRecent(able)
	}
	for i := range able {
		base.Target, base.Urgency = able[i].target, c.urgencyOf(able[i].target)
		if i == picked {
			c.send(&base, &able[i].who)
		} else {
			c.skip(&base, &able[i].who, SkipTurn, able[picked].name())
		}
	}
	next := Turn{Person: able[picked].name(), Index: able[picked].index}
	if step.Pick == PickLeastRecent {
		next.Picked = map[string]time.Time{}
		for i := range able {
			if at, ok := turn.Picked[able[i].name()]; ok {
				next.Picked[able[i].name()] = at
			}
		}
		for _, name := range slices.Sorted(maps.Keys(turn.Picked)) { // those who are not there now may be back
			if len(next.Picked) < MaxTargets {
				next.Picked[name] = turn.Picked[name]
			}
		}
		next.Picked[next.Person] = c.now
	}
	c.p.Turns = maps.Clone(c.p.Turns)
	if c.p.Turns == nil {
		c.p.Turns = map[string]Turn{}
	}
	c.p.Turns[key] = next
}

// name returns what the pointer calls the candidate.
func (a *pageable) name() string {
	if a.who.Itself {
		return a.target.String()
	}
	return a.who.Person
}

// turnKey returns the key of a step's pointer.
func (l *Ladder) turnKey(step int) string {
	place := l.Place(step)
	return place.Policy + " " + place.Path
}

// inTurn returns who follows the one who was picked last, of all candidates. Last is
// where that one is among them, able or not; less than 0: nowhere.
func (t Turn) inTurn(able []pageable, all, last int) int {
	after := t.Index - 1 // whoever has taken the place of somebody who has gone
	if t.Person == "" {
		after = -1
	}
	if last >= 0 {
		after = last
	}
	best, distance := 0, all+1
	for i := range able {
		d := (able[i].index - after - 1) % max(all, 1)
		if d < 0 {
			d += all
		}
		if d < distance {
			best, distance = i, d
		}
	}
	return best
}

// leastRecent returns whose last pick is longest ago.
func (t Turn) leastRecent(able []pageable) int {
	best := 0
	for i := range able {
		if t.Picked[able[i].name()].Before(t.Picked[able[best].name()]) {
			best = i
		}
	}
	return best
}

// names is a set of names, small as a rule.
type names struct {
	few  [8]string
	n    int // of few
	many map[string]bool
}

func (n *names) has(name string) bool {
	return slices.Contains(n.few[:n.n], name) || n.many[name]
}

func (n *names) add(name string) {
	if n.n < len(n.few) {
		n.few[n.n] = name
		n.n++
		return
	}
	if n.many == nil {
		n.many = map[string]bool{}
	}
	n.many[name] = true
}
