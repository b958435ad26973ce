package oncall

import (
	"cmp"
	"fmt"
	"slices"
	"time"
)

// Relief says who could take over what is too much for somebody.
type Relief struct {
	Violation Violation

	// Candidates could take over, those with the least time on call in the period
	// first.
	Candidates []Candidate

	// Out are the others, and why they cannot, in the order of the people.
	Out []RuledOut
}

// Candidate is somebody who could take over.
type Candidate struct {
	Person string
	OnCall time.Duration // in the period, as it is
}

// RuledOut is somebody who could not take over.
type RuledOut struct{ Person, Reason string }

// Relief returns who could take over from a violation's Start until its End: who
// is then neither on leave, nor on duty, nor short of what is needed, and for whom
// it would break none of the limits. It looks at everybody in the period.
func (p Timesheet) Relief(v Violation, limits Limits, need Need) (Relief, error) {
	check := p.checker()
	limits.check(check)
	span := check.moments(v.Start, v.End, "violation.start", "violation.end")
	l, err := p.ledger(check)
	if err != nil {
		return Relief{}, err
	}
	taken := stretches(nil).with(span)
	if tired := l.byID[v.Person]; tired != nil && tired.duty().meets(span) {
		taken = tired.duty().in(span)
	}
	relief := Relief{Violation: v}
	for _, r := range l.responders {
		if r.ID == v.Person {
			continue
		}
		if reason := r.cannotTake(taken, v, limits, need); reason != "" {
			relief.Out = append(relief.Out, RuledOut{r.ID, reason})
		} else {
			relief.Candidates = append(relief.Candidates, Candidate{r.ID, r.onCall.in(l.stretch).length()})
		}
	}
	slices.SortStableFunc(relief.Candidates, func(a, b Candidate) int { return cmp.Compare(a.OnCall, b.OnCall) })
	return relief, nil
}

// cannotTake returns why a person cannot take over a set of time, or "".
func (r *responder) cannotTake(taken stretches, v Violation, limits Limits, need Need) string {
	for _, leave := range r.Leave {
		if !taken.meets(stretch{leave.Start.Unix(), leave.End.Unix()}) {
			continue
		}
		if leave.Reason != "" {
			return "is on leave then (" + leave.Reason + ")"
		}
		return "is on leave then"
	}
	for _, s := range taken {
		for stage := range r.stages(s) {
			if lack := r.lacks(need, time.Unix(stage.start, 0)); lack.some() {
				return lack.String()
			}
		}
		switch {
		case r.onCall.meets(s):
			return "is on call then"
		case r.active.meets(s):
			return "is busy then"
		}
	}
	before := r.violations(limits, r.reach)
	for _, after := range r.taking(taken, v).violations(limits, r.reach) {
		if !slices.Contains(before, after) {
			return fmt.Sprintf("would break a limit: %s", after.excess())
		}
	}
	return ""
}

// taking returns the person as if taking over a set of time, and the incident
// that is too long for somebody else.
func (r *responder) taking(taken stretches, v Violation) *responder {
	after := *r
	after.onCall = r.onCall.or(taken)
	if v.Limit == IncidentLimit {
		after.activities = slices.Clone(r.activities)
		for _, s := range taken {
			a := Activity{Person: r.ID, Incident: v.Incident}
			a.Start, a.End = s.times(r.place.zone)
			after.activities = append(after.activities, a)
		}
		slices.SortStableFunc(after.activities, func(a, b Activity) int { return a.Start.Compare(b.Start) })
	}
	return &after
}
