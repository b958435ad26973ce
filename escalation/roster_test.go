package escalation_test

import (
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
)

// roster is a resolver for tests: who is on call on each schedule from which
// instant on, and who cannot be reached.
type roster map[string][]duty

type duty struct {
	from time.Time
	who  escalation.Resolution
}

// from sets who is on call on a schedule from an instant on. Instants ascend.
func (r roster) from(schedule string, at time.Time, who escalation.Resolution) {
	r[schedule] = append(r[schedule], duty{at, who})
}

func (r roster) unreachable(person, why string) {
	r["unreachable "+person] = []duty{{who: escalation.Resolution{Why: why}}}
}

// Resolve implements escalation.Resolver.
func (r roster) Resolve(t escalation.Target, at time.Time) escalation.Resolution {
	out := escalation.Resolution{Why: "there is no " + t.String()}
	if t.Type == escalation.TargetPerson {
		out = escalation.Resolution{People: []escalation.Candidate{{Person: t.ID, Rule: "named by the policy"}}}
	}
	for _, d := range r[t.ID] {
		if t.Type == escalation.TargetSchedule && !d.from.After(at) {
			out = d.who
		}
	}
	out.People = slices.Clone(out.People)
	for i, c := range out.People {
		for _, d := range r["unreachable "+c.Person] {
			out.People[i].Unreachable = d.who.Why
		}
	}
	return out
}
