package escalation

import (
	"fmt"
	"time"
)

// State says where a run of a policy stands.
type State string

// The states of a run.
const (
	Running      State = "running"
	Acknowledged State = "acknowledged" // somebody has answered
	Exhausted    State = "exhausted"    // nobody has, and nobody is left to page
	Stopped      State = "stopped"      // it is no longer needed
)

// Progress is where one run of a policy stands. It is small, is stored as JSON
// with the incident, and together with the policy and the time it is all that
// Next needs. Make one with Start.
type Progress struct {
	State State     `json:"state"`
	Round int       `json:"round"` // 1 for the first pass over the steps
	Step  int       `json:"step"`  // the next to be taken, from 1; one more than the policy has: its last wait runs
	Due   time.Time `json:"due"`   // when

	// Missed says that the step before reached nobody, so that its wait was cut
	// short.
	Missed bool `json:"missed,omitempty"`

	// Waited says that an answer to a step of this round was waited for, to the
	// end of its wait.
	Waited bool `json:"waited,omitempty"`

	// Reached says that a step of this round had somebody to page.
	Reached bool `json:"reached,omitempty"`

	By string `json:"by,omitempty"` // who answered
}

// Start returns the progress of a run whose first step is due at once.
func Start(at time.Time) Progress {
	return Progress{State: Running, Round: 1, Step: 1, Due: at}
}

// Acknowledge returns the progress after somebody has answered: nobody is paged
// any more. An answer after the policy was exhausted still counts; the second
// answer, and one to a stopped run, change nothing.
func (p Progress) Acknowledge(by string) Progress {
	if p.State == Running || p.State == Exhausted {
		p.State, p.By = Acknowledged, by
	}
	return p
}

// Stop returns the progress of a run that is no longer needed.
func (p Progress) Stop() Progress {
	if p.State == Running {
		p.State = Stopped
	}
	return p
}

// Undeliverable returns the progress after none of the pages of a step could be
// delivered: the next step is due at once. It changes nothing if the run has
// gone on meanwhile, nor for the last step of a round, whose wait is what lies
// between the rounds: channels that are down need time to come back.
func (p Progress) Undeliverable(policy Policy, round, step int, now time.Time) Progress {
	if p.State == Running && p.Round == round && p.Step == step+1 && step < len(policy.Steps) && p.Due.After(now) {
		p.Due, p.Missed = now, true
	}
	return p
}

// EffectKind says what is to be done.
type EffectKind string

// The kinds of effects.
const (
	Page    EffectKind = "page"    // page the person
	Skip    EffectKind = "skip"    // a target or a person is passed over: nothing to do but to record it
	Exhaust EffectKind = "exhaust" // the policy has come to its end without an answer
)

// Effect is one thing that a run wants done, or that it leaves undone.
type Effect struct {
	Kind   EffectKind
	Round  int       // from 1
	Step   int       // from 1; for Exhaust the last one
	Target Target    // zero for Exhaust
	Person string    // empty where a target leads to nobody, and for Exhaust
	Rule   string    // how the target led to the person
	Due    time.Time // when the step was due
	Reason string    // the whole reason, as a sentence
}

// Result is what Next returns.
type Result struct {
	Effects  []Effect  // in order
	Progress Progress  // to be stored together with the effects
	Wake     time.Time // when Next has something to do again; zero: never
}

// Next says what a run of a policy wants done now. It is a pure function: asked
// early, twice or late, it never does a step twice and never leaves one out.
//
// A step is due when the wait of the one before has passed, counted from when
// that one was due, whether or not it was taken on time. Where several are due
// at once, because nobody asked for a while, all are taken in order, but each
// person is paged at most once. A step that leads to nobody does not wait, and a
// round that leads to nobody is the last.
//
// The policy must be valid (see Policy.Validate) and the one the run was
// started with. A nil Resolver knows no schedules.
func Next(policy Policy, p Progress, now time.Time, who Resolver) Result {
	if who == nil {
		who = Schedules(nil)
	}
	c := course{policy: policy, now: now, who: who, paged: map[string]bool{}}
	p.Round, p.Step = max(p.Round, 1), max(p.Step, 1)
	for p.State == Running && !p.Due.After(now) {
		if p.Step > len(policy.Steps) {
			p = c.endRound(p)
			continue
		}
		p = c.take(p)
	}
	r := Result{Effects: c.effects, Progress: p}
	if p.State == Running {
		r.Wake = p.Due
	}
	return r
}

// course collects the effects of one call of Next.
type course struct {
	policy  Policy
	now     time.Time
	who     Resolver
	paged   map[string]bool // in this call
	taken   bool            // a step, in this call
	effects []Effect
}

// take pages the targets of the step that is due.
func (c *course) take(p Progress) Progress {
	step := c.policy.Steps[p.Step-1]
	cause := c.cause(p)
	p.Waited = p.Waited || p.Step > 1 && !p.Missed
	reached := false
	for _, t := range step.Targets {
		base := Effect{Round: p.Round, Step: p.Step, Target: t, Due: p.Due}
		res := c.who.Resolve(t, c.now)
		if len(res.People) == 0 {
			c.skip(base, orElse(res.Why, "it leads to nobody"))
			continue
		}
		for _, cand := range res.People {
			base.Person, base.Rule = cand.Person, cand.Rule
			switch {
			case cand.Person == "":
				c.skip(base, "it leads to nobody")
			case cand.Unreachable != "":
				c.skip(base, cand.Unreachable)
			case c.paged[cand.Person]:
				reached = true
				c.skip(base, "paged a moment ago for the same incident")
			default:
				reached = true
				c.paged[cand.Person] = true
				base.Kind = Page
				base.Reason = cause + "; " + leads(t, cand)
				c.effects = append(c.effects, base)
			}
		}
	}
	c.taken = true
	p.Step++
	p.Missed = !reached
	if reached {
		p.Reached = true
		p.Due = p.Due.Add(step.Wait)
	}
	return p
}

// endRound begins the next round, or ends the run.
func (c *course) endRound(p Progress) Progress {
	if p.Reached && p.Round <= min(c.policy.Repeat, MaxRepeat) && len(c.policy.Steps) > 0 {
		if p.Missed && !p.Waited { // every step was cut short: the next round must not be, too
			p.Due = p.Due.Add(c.policy.Steps[len(c.policy.Steps)-1].Wait)
		}
		return Progress{State: Running, Round: p.Round + 1, Step: 1, Due: p.Due, Missed: p.Missed}
	}
	reason := fmt.Sprintf("nobody answered in %s", count(p.Round, "round"))
	if !p.Reached {
		reason = "nobody could be reached in a whole round"
	}
	c.effects = append(c.effects, Effect{
		Kind: Exhaust, Round: p.Round, Step: len(c.policy.Steps), Due: p.Due,
		Reason: fmt.Sprintf("policy %s is exhausted: %s", c.policy.ID, reason),
	})
	p.State = Exhausted
	return p
}

func (c *course) skip(e Effect, why string) {
	e.Kind, e.Reason = Skip, why
	c.effects = append(c.effects, e)
}

// cause says why the step that is due is taken.
func (c *course) cause(p Progress) string {
	at := fmt.Sprintf("step %d of %d", p.Step, len(c.policy.Steps))
	if p.Round > 1 {
		at += fmt.Sprintf(", round %d", p.Round)
	}
	at = fmt.Sprintf("policy %s, %s", c.policy.ID, at)
	if p.Step == 1 && p.Round == 1 {
		return at
	}
	before := p.Step - 1
	if before == 0 {
		before = len(c.policy.Steps)
	}
	if p.Missed {
		return fmt.Sprintf("%s, because step %d reached nobody", at, before)
	}
	if c.taken { // nobody has had the time to answer
		return fmt.Sprintf("%s, late and so together with step %d", at, before)
	}
	return fmt.Sprintf("%s, because nobody answered step %d within %s", at, before, short(c.policy.Steps[before-1].Wait))
}

// leads says how a target led to a person.
func leads(t Target, c Candidate) string {
	if t.Type == TargetPerson && t.ID == c.Person {
		return "it names " + c.Person
	}
	if c.Rule == "" {
		return fmt.Sprintf("%s leads to %s", t, c.Person)
	}
	return fmt.Sprintf("%s leads to %s: %s", t, c.Person, c.Rule)
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func count(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
