package escalation

import (
	"fmt"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/escalation/internal/words"
)

// Answer returns the progress after an answer; the one given stays as it was. An
// answer that is dated before the last, or before the step that paged last was due,
// counts as given with that. Its time is that of the host's clock, the same that
// Next is asked by: one that is dated in the future counts as given then. Its error
// is an *AnswerError, and the progress then as it was. Ask Next afterwards:
// something may be due.
func (l *Ladder) Answer(p Progress, a Answer) (Progress, error) {
	if err := l.check(p, a); err != nil {
		return p, err
	}
	for _, earlier := range []time.Time{p.At, p.Paged} {
		if a.At.Before(earlier) {
			a.At = earlier
		}
	}
	before := p
	p = p.clone()
	switch a.Kind {
	case Acknowledge:
		l.acknowledge(&p, a)
	case Decline:
		p.decline(a.By)
		if p.no(Awaited{Person: a.By}) && !p.awaitsPeople() && len(p.Acked) == 0 {
			p.hurry(a.At, Declined)
		}
	case Snooze:
		p.settle(Snoozed)
		p.Due = a.Until
	case HandBack:
		p.again(a.At, HandedBack)
		p.decline(a.By)
	case Reassign:
		p.settle(Running)
		p.Due, p.Cause, p.To = a.At, Reassigned, slices.Clone(a.To)
	case Repage:
		p.again(a.At, Repaged)
	case Escalate:
		p.settle(Running)
		p.Due, p.Cause = a.At, Escalated
	case Undelivered:
		if !l.undelivered(&p, a) {
			return before, nil
		}
		return p, nil // nobody has answered
	case HandOn:
		if !l.handOn(&p, a) {
			return before, nil
		}
		return p, nil
	case Stop:
		if p.State == Exhausted {
			return before, nil
		}
		p.settle(Stopped)
	}
	if a.By != "" {
		p.By = a.By
	}
	p.At = a.At
	return p, nil
}

// acknowledge takes an answer, or one of those that a step wants.
func (l *Ladder) acknowledge(p *Progress, a Answer) {
	if p.State == Running && p.Last > 0 && l.Place(p.Last).Step.Ack == AckAll &&
		(p.no(Awaited{Person: a.By}) || slices.Contains(p.Acked, a.By)) && p.awaitsPeople() {
		if !slices.Contains(p.Acked, a.By) {
			p.Acked = append(p.Acked, a.By)
		}
		return // the others have not answered yet
	}
	p.settle(Acknowledged)
	if l.policy.AckTimeout > 0 {
		p.Expires = a.At.Add(l.policy.AckTimeout)
	}
	if l.policy.RemindEvery > 0 {
		p.Remind = a.At.Add(l.policy.RemindEvery)
	}
}

// settle gives the run a state in which nothing is left to do by itself.
func (p *Progress) settle(s State) {
	p.State, p.Cause, p.Missed = s, "", false
	p.Due, p.Held, p.Remind, p.Expires = time.Time{}, time.Time{}, time.Time{}, time.Time{}
	p.Awaiting, p.Acked, p.To = nil, nil, nil
}

// no takes somebody off the list of those whose answer is waited for, and reports
// whether they were on it.
func (p *Progress) no(who Awaited) bool {
	n := len(p.Awaiting)
	p.Awaiting = slices.DeleteFunc(p.Awaiting, func(a Awaited) bool { return a == who })
	if len(p.Awaiting) == 0 {
		p.Awaiting = nil
		return n > 0
	}
	return len(p.Awaiting) < n
}

func (p *Progress) awaitsPeople() bool {
	return slices.ContainsFunc(p.Awaiting, func(a Awaited) bool { return a.Person != "" })
}

// decline keeps somebody from being paged again in this round.
func (p *Progress) decline(who string) {
	if !slices.Contains(p.Declined, who) {
		p.Declined = append(p.Declined, who)
	}
}

// hurry makes the next step due at once.
func (p *Progress) hurry(now time.Time, why Cause) {
	if p.Held.IsZero() && p.Due.After(now) && !p.Due.Equal(p.Began) { // a round does not begin before its time
		p.Due, p.Missed, p.Cause = now, true, why
	}
}

// undelivered ends the wait for an answer to pages of which none can be delivered.
func (l *Ladder) undelivered(p *Progress, a Answer) (changed bool) {
	current := (a.Round == 0 || a.Round == p.Round) && (a.Step == 0 || a.Step == p.Last || p.Last == 0)
	if p.State != Running || !current || !p.no(Awaited{Person: a.By, Target: a.Target}) {
		return false
	}
	if len(p.Awaiting) == 0 && len(p.Acked) == 0 && !l.endsRound(p) {
		p.hurry(a.At, Undeliverable)
	}
	return true
}

// handOn waits for the answers of others in place of somebody's.
func (l *Ladder) handOn(p *Progress, a Answer) (changed bool) {
	if p.State != Running || !p.no(Awaited{Person: a.By}) {
		return false
	}
	for _, t := range a.To {
		if who := (Awaited{Person: t.ID}); !slices.Contains(p.Awaiting, who) {
			p.Awaiting = append(p.Awaiting, who)
		}
	}
	if len(p.Awaiting) == 0 && len(p.Acked) == 0 && !l.endsRound(p) {
		p.hurry(a.At, Undeliverable)
	}
	return true
}

// endsRound reports whether the end of a round comes next, and no step.
func (l *Ladder) endsRound(p *Progress) bool {
	for step := p.Step; step >= 1 && step <= len(l.ops); {
		o := &l.ops[step-1]
		switch {
		case o.kind != backOp && o.kind != nestedEnd:
			return o.kind == endOp
		case o.cond != nil || p.Back[o.loop.key] < min(o.loop.times, MaxRepeat):
			return true
		}
		step = o.next + 1 // it has gone back as often as it may
	}
	return true
}

// check refuses what cannot be.
func (l *Ladder) check(p Progress, a Answer) error {
	bad := func(field, want string, args ...any) error {
		return &AnswerError{Kind: a.Kind, Field: field, Want: fmt.Sprintf(want, args...)}
	}
	states, ok := answerable[a.Kind]
	switch {
	case !ok:
		return bad("kind", "one of the kinds of answers, not %q", a.Kind)
	case a.At.IsZero():
		return bad("at", "the time of the answer; it is zero")
	case a.By == "" && a.Kind != Stop && (a.Kind != Undelivered || a.Target == ""):
		return bad("by", "the id of a person")
	case a.Kind == HandOn && slices.ContainsFunc(a.To, func(t Target) bool { return t.Type != TargetPerson || t.ID == "" }):
		return bad("to", "people, each with an id")
	case a.Kind == Undelivered || a.Kind == HandOn || a.Kind == Stop:
		return nil
	case !slices.Contains(states, p.State):
		return bad("", "a run that is %s, not one that is %s", either(stateNames(states)), p.State)
	case a.Kind == HandBack && a.By != p.By:
		return bad("by", "%s, who has acknowledged, not %s", p.By, a.By)
	case a.Kind == Snooze && (!a.Until.After(a.At) || a.Until.Sub(a.At) > MaxWait):
		return bad("until", "an instant after that of the answer, by at most %s", words.Length(MaxWait))
	case a.Kind == Reassign:
		return l.checkTargets(a, bad)
	}
	return nil
}

func (l *Ladder) checkTargets(a Answer, bad func(string, string, ...any) error) error {
	if len(a.To) == 0 || len(a.To) > MaxTargets {
		return bad("to", "1 to %d targets, not %d", MaxTargets, len(a.To))
	}
	for i, t := range a.To {
		c := checker{}
		c.target(t, fmt.Sprintf("to[%d]", i))
		if t.Type == TargetPolicy {
			c.bad("anything but a policy: escalate anew to change the policy", "to[%d].type", i)
		}
		for _, err := range c.errs {
			field := err.(*FieldError) //nolint:errorlint,forcetypeassert // the checker makes no others
			return bad(field.Field, "%s", field.Want)
		}
	}
	return nil
}

// answerable are the states in which each kind of answer has a meaning.
var answerable = map[AnswerKind][]State{
	Acknowledge: {Running, Acknowledged, Snoozed, Exhausted},
	Decline:     {Running},
	Snooze:      {Running, Acknowledged, Snoozed, Exhausted},
	HandBack:    {Acknowledged, Snoozed},
	Reassign:    {Running, Acknowledged, Snoozed, Exhausted},
	Repage:      {Running, Acknowledged, Snoozed, Exhausted},
	Escalate:    {Running, Acknowledged, Snoozed},
	Undelivered: {Running},
	HandOn:      {Running},
	Stop:        {Running, Acknowledged, Snoozed, Exhausted, Stopped},
}

func stateNames(states []State) []string {
	names := make([]string, len(states))
	for i, s := range states {
		names[i] = string(s)
	}
	return names
}
