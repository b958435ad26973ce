package escalation

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// Resolver says who stands behind a target at an instant. It must give the same
// answer whenever it is asked the same.
type Resolver interface {
	Resolve(t Target, at time.Time) Resolution
}

// Resolution is the answer of a Resolver.
type Resolution struct {
	People []Candidate // in the order they are to be paged
	Why    string      // where there is nobody: why
}

// Candidate is a person behind a target.
type Candidate struct {
	Person      string
	Rule        string // how the target led here, such as "rotation weekly, turn 12"
	Unreachable string // why paging the person is of no use; empty: it is
}

// Schedules resolves schedules by their compiled rotas, and takes every person
// to be reachable. The keys are schedule ids.
type Schedules map[string]*oncall.Rota

// Resolve implements Resolver.
func (s Schedules) Resolve(t Target, at time.Time) Resolution {
	if t.Type == TargetPerson {
		return Resolution{People: []Candidate{{Person: t.ID, Rule: "named by the policy"}}}
	}
	rota := s[t.ID]
	if rota == nil {
		return Resolution{Why: fmt.Sprintf("there is no schedule %q", t.ID)}
	}
	return OnCall(rota, at)
}

// OnCall says who is on call on a schedule: everybody, and each person once, by
// the rule that comes first.
func OnCall(rota *oncall.Rota, at time.Time) Resolution {
	var people []Candidate
	for _, shift := range rota.AppendAt(nil, at) {
		if !slices.ContainsFunc(people, func(c Candidate) bool { return c.Person == shift.Person }) {
			people = append(people, Candidate{Person: shift.Person, Rule: shift.Rule()})
		}
	}
	if len(people) == 0 {
		_, err := rota.At(at)
		return Resolution{Why: strings.TrimPrefix(err.Error(), "oncall: ")}
	}
	return Resolution{People: people}
}

// short writes a duration without the zeros that time.Duration puts at its end.
func short(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
