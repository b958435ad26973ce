package gather

import (
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
)

// maxPause is the longest that a step waits, with the pauses after it.
const maxPause = 10 * escalation.MaxWait

// lastWait is how long an answer to the last page is waited for, where a product
// does not say.
const lastWait = 10 * time.Minute

// Wait reads how long a step waits: from 0 on, in a unit of at most a day. What is
// more than MaxWait becomes a pause in AddPolicy; what is beyond measure is a loss.
func (im *Import) Wait(n jsondoc.Node, count int64, unit time.Duration) time.Duration {
	return im.atMost(n, count, unit, maxPause)
}

// Span is Wait for a time that no pause can make longer: it is at most MaxWait.
func (im *Import) Span(n jsondoc.Node, count int64, unit time.Duration) time.Duration {
	return im.atMost(n, count, unit, escalation.MaxWait)
}

func (im *Import) atMost(n jsondoc.Node, count int64, unit, most time.Duration) time.Duration {
	if count < 0 {
		n.Fail("0 or more")
		return 0
	}
	if count > int64(most/unit) {
		im.Loss(n, "the longest time that is kept is %d days, and stands in place of this one", most/(24*time.Hour))
		return most
	}
	return time.Duration(count) * unit
}

// Delay returns a step that pages nobody: the next is due when the time has passed.
// It waits for what never comes to be.
func Delay(d time.Duration) escalation.Step {
	return escalation.Step{Until: &escalation.Condition{Not: true}, Wait: d}
}

// spread returns the steps with pauses in place of what is waited for longer than
// one step does.
func spread(steps []escalation.Step) []escalation.Step {
	var all []escalation.Step
	for _, s := range steps {
		s.Steps, s.Else = spread(s.Steps), spread(s.Else)
		rest := s.Wait
		switch {
		case rest <= escalation.MaxWait:
			rest = 0
		case len(s.Targets) > 0: // the pauses are as long whether it pages somebody or not
			s.Wait = 0
		default:
			s.Wait = escalation.MaxWait
			rest -= s.Wait
		}
		all = append(all, s)
		for ; rest > 0; rest -= escalation.MaxWait {
			all = append(all, Delay(min(rest, escalation.MaxWait)))
		}
	}
	return all
}

// LastWait returns how long an answer to the last page is waited for, where a
// product does not say, and notes it.
func (im *Import) LastWait(n jsondoc.Node) time.Duration {
	im.Assume(n, "the document does not say how long an answer to the last page is waited for: it is taken to be %s, and then nobody else is paged", lastWait)
	return lastWait
}

// Awaited returns the steps of a policy with a wait after the last page, so that it
// is not over, and the last resort not paged, in the second in which that page goes
// out. That there was none is noted.
func (im *Import) Awaited(n jsondoc.Node, steps []escalation.Step) []escalation.Step {
	if !open(steps, false) {
		return steps
	}
	im.LastWait(n)
	return awaited(steps, false)
}

// open reports whether the steps may end in the same second in which one of them, or
// one before them, has paged somebody.
func open(steps []escalation.Step, before bool) bool {
	for _, s := range steps {
		switch {
		case len(s.Targets) > 0:
			before = s.Wait == 0 && !nests(s)
		case s.Until != nil && s.Until.Not: // a Delay
			before = false
		case s.If == nil:
			before = open(s.Steps, before)
		default:
			before = open(s.Steps, before) || open(s.Else, before)
		}
	}
	return before
}

// awaited returns the steps so that they are not open. Branches at the end get a
// wait of their own, so that it does not add to that of the others.
func awaited(steps []escalation.Step, before bool) []escalation.Step {
	if !open(steps, before) {
		return steps
	}
	if len(steps) == 0 {
		return []escalation.Step{Delay(lastWait)}
	}
	steps = slices.Clone(steps)
	last := &steps[len(steps)-1]
	before = open(steps[:len(steps)-1], before)
	switch {
	case len(last.Targets) > 0 && !before:
		last.Wait = lastWait
	case len(last.Steps)+len(last.Else) > 0 && last.If != nil:
		last.Steps, last.Else = awaited(last.Steps, before), awaited(last.Else, before)
	case len(last.Steps) > 0:
		last.Steps = awaited(last.Steps, before)
	default:
		steps = append(steps, Delay(lastWait))
	}
	return steps
}

// nests reports whether a step goes through another policy, which has a wait of its
// own at its end.
func nests(s escalation.Step) bool {
	return slices.ContainsFunc(s.Targets, func(t escalation.Target) bool { return t.Type == escalation.TargetPolicy })
}
