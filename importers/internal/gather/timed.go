package gather

import (
	"cmp"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
)

// Timed is somebody to be paged at a time that is counted from the beginning of a
// round, as some products do, rather than from the step before.
type Timed struct {
	After   time.Duration // the beginning; 0 or more
	Targets []escalation.Target
	Pick    escalation.Pick
}

// Sort puts them in the order of their times, and those of the same time in that
// in which they were.
func Sort(rules []Timed) {
	slices.SortStableFunc(rules, func(a, b Timed) int { return cmp.Compare(a.After, b.After) })
}

// Steps makes steps of sorted rules. Those of one time become one step. After the
// last an answer is waited for as long as is said.
func Steps(rules []Timed, last time.Duration) []escalation.Step {
	var steps []escalation.Step
	if len(rules) > 0 && rules[0].After > 0 {
		steps = append(steps, Delay(rules[0].After))
	}
	for len(rules) > 0 {
		now := rules[:1]
		for len(now) < len(rules) && rules[len(now)].After == rules[0].After {
			now = rules[:len(now)+1]
		}
		rules = rules[len(now):]
		wait := last
		if len(rules) > 0 {
			wait = rules[0].After - now[0].After
		}
		steps = append(steps, together(now, wait)...)
	}
	return steps
}

// together makes one step of rules that are due at once, or, where some of them pick
// one of their targets, one step for each and a pause: however many of them page
// nobody, the others are waited for.
func together(rules []Timed, wait time.Duration) []escalation.Step {
	if len(rules) > 1 && slices.ContainsFunc(rules, func(r Timed) bool { return r.Pick != "" }) {
		var steps []escalation.Step
		for _, r := range rules {
			steps = append(steps, escalation.Step{Targets: r.Targets, Pick: r.Pick})
		}
		return append(steps, Delay(wait))
	}
	s := escalation.Step{Wait: wait, Pick: rules[0].Pick}
	for _, r := range rules {
		s.Targets = append(s.Targets, r.Targets...)
	}
	return []escalation.Step{s}
}

// Gaps notes that a policy does not keep to the times of a product where it finds
// nobody on call, if that can make a difference.
func (im *Import) Gaps(n jsondoc.Node, product string, p escalation.Policy) {
	onCallOnly := func(s escalation.Step) bool {
		return len(s.Targets) > 0 && !slices.ContainsFunc(s.Targets, func(t escalation.Target) bool { return t.Type != escalation.TargetSchedule })
	}
	if len(p.Steps)+p.Repeat > 1 && slices.ContainsFunc(p.Steps, onCallOnly) {
		im.Assume(n, "where nobody is on call for a rule, what follows it comes at once, and in %s not before its own time", product)
	}
}
