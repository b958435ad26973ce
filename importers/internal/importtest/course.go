package importtest

import (
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers"
)

// Course plays a policy that nobody answers, in a world in which somebody stands
// behind every target. For each instant it says who is paged, in order: "0s person
// ada, schedule web", "30m0s person ben", and at the end "1h0m0s exhausted".
func Course(t T, r importers.Result, policy string) []string {
	t.Helper()
	return CourseOf(t, r, policy, escalation.Facts{})
}

// CourseOf is Course for an incident of which these facts are known.
func CourseOf(t T, r importers.Result, policy string, about escalation.Facts) []string {
	t.Helper()
	ladders, err := escalation.CompileAll(r.Policies)
	if err != nil {
		t.Fatal(err)
	}
	ladder := ladders[policy]
	if ladder == nil {
		t.Fatal("there is no policy " + policy)
	}
	begin := time.Date(2026, time.January, 5, 9, 0, 0, 0, time.UTC)
	course := escalation.Simulate(escalation.Setting{Ladder: ladder, Start: begin, Facts: about, Who: somebody{}})
	if course.Cut {
		t.Fatal("the course has no end")
	}
	lines, last := []string{}, ""
	for _, m := range course.Moments {
		what, at := happened(m), m.At.Sub(begin).String()
		switch {
		case what == "":
		case at == last:
			lines[len(lines)-1] += ", " + what
		default:
			lines, last = append(lines, at+" "+what), at
		}
	}
	return lines
}

// happened says what a moment is, if that is for a table of pages.
func happened(m escalation.Moment) string {
	switch m.Effect.Kind {
	case escalation.Page:
		return m.Effect.Target.String()
	case escalation.Fallback:
		return "at last " + m.Effect.Target.String()
	case escalation.Raise:
		return "raised to " + m.Effect.Severity
	case escalation.Exhaust:
		return "exhausted"
	case escalation.Skip, escalation.Hold, escalation.Repeat, escalation.Remind, escalation.Resume, escalation.HandOver:
	}
	return ""
}

// somebody is a resolver that knows one person behind every target.
type somebody struct{}

// Resolve implements escalation.Resolver.
func (somebody) Resolve(dst []escalation.Candidate, t escalation.Target, _ time.Time) ([]escalation.Candidate, string) {
	switch {
	case t.Type == escalation.TargetPerson:
		return append(dst, escalation.Candidate{Person: t.ID}), ""
	case t.Type.Human():
		return append(dst, escalation.Candidate{Person: "of " + t.String()}), ""
	}
	return append(dst, escalation.Candidate{Itself: true}), ""
}
