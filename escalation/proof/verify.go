package proof

import (
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
)

// Verify proves a plan for incidents that begin from one instant on and before
// another, at most MaxYears later, while nobody answers and all channels work. It is
// exact: it finds the worst of all instants, not of some.
//
// People count from when they are paged, in a step or as the last resort, if they
// are ready and can be reached. Where a step picks one of several, the turn is whose
// makes it worst. Conditions may ask for more than a severity says: all kinds
// of incident that they can tell apart are looked at, at most 256, and an incident
// stays of its kind. A course is followed for 366 days: whoever has not been paged by
// then never is.
//
// What can be proved at all is proved, whatever is wrong with the rest: policies that
// nest each other in a circle are a finding, and reach nobody. The error joins an
// *escalation.FieldError for everything that makes no sense, whose field is a path
// such as "policies[1].steps[0].wait" or "to".
//
// The instants of the report are in the location of from. Verify may be used by any
// number of goroutines at once, and changes nothing of the plan.
func Verify(p Plan, from, to time.Time) (Report, error) {
	if err := check(&p, from, to); err != nil {
		return Report{}, err
	}
	v := newProver(&p, from, to)
	if err := v.compile(); err != nil {
		return Report{}, err
	}
	v.incidents()
	v.document()
	order(v.report.Findings)
	return v.report, nil
}

// prover is one proof.
type prover struct {
	plan     *Plan
	span     *span
	clock    *clock
	cast     *cast
	lines    map[*timeline]int // their numbers
	subjects map[string]*subject
	report   Report
}

func newProver(p *Plan, from, to time.Time) *prover {
	s := &span{from: from, to: to, end: to}
	c := &clock{span: s, known: map[string]*timeline{}}
	return &prover{plan: p, span: s, clock: c, cast: newCast(p, s, c), lines: map[*timeline]int{}, subjects: map[string]*subject{}}
}

// compile makes ladders of the policies that can be carried out.
func (v *prover) compile() error {
	broken := v.nested()
	c := checker{plan: v.plan}
	longest := int64(0)
	for i, p := range v.plan.Policies {
		others := v.plan.Policies
		if broken[p.ID] {
			p.Steps, others = sound(p.Steps), nil
		}
		ladder, err := escalation.Compile(p, others...)
		switch {
		case err != nil:
			c.within(fmt.Sprintf("policies[%d]", i), split(err))
		case !broken[p.ID]:
			s := newSubject(i, ladder)
			v.subjects[p.ID] = s
			longest = max(longest, s.longest())
		}
	}
	v.span.end = v.span.to.Add(time.Duration(longest))
	return c.err()
}

// incidents looks at every severity and every policy that may page for it.
func (v *prover) incidents() {
	pairs := map[string][]*pair{}
	for i := range v.plan.Severities {
		sev := &v.plan.Severities[i]
		for _, id := range sev.Policies {
			if s := v.subjects[id]; s != nil {
				pairs[id] = append(pairs[id], v.pair(sev, s))
				continue
			}
			for rank := range 3 {
				v.report.Worst = append(v.report.Worst, Worst{Severity: sev.ID, Policy: id, Rank: rank + 1, Never: true, At: v.span.from})
			}
		}
	}
	for i := range v.plan.Policies {
		id := v.plan.Policies[i].ID
		if len(pairs[id]) > 0 {
			v.gaps(v.subjects[id], pairs[id])
			v.idle(v.subjects[id])
		}
	}
}
