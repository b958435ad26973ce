package proof

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
)

// maxVariants is how many kinds of incident are told apart for one policy and
// severity. What lies beyond is a finding.
const maxVariants = 256

// variant is a kind of incident that the conditions of a policy can tell from
// others.
type variant struct {
	facts  escalation.Facts
	alerts []escalation.AlertCount // that are always reached
}

// at returns the facts of an incident of the kind, as they are at an instant.
func (v *variant) at(now time.Time) escalation.Facts {
	f := v.facts
	f.Alerts = nil
	for _, a := range v.alerts {
		for range a.AtLeast {
			f.Alerts = append(f.Alerts, now.Add(1-a.Within))
		}
	}
	slices.SortFunc(f.Alerts, time.Time.Compare)
	return f
}

// names are what the conditions of a policy ask for.
type names struct {
	kinds, components []string
	labels            map[string][]string
	alerts            []escalation.AlertCount
}

// asked returns what conditions ask for by name.
func asked(conditions []*escalation.Condition) names {
	n := names{labels: map[string][]string{}}
	for _, c := range conditions {
		n.kinds = append(n.kinds, c.Kinds...)
		n.components = append(n.components, c.Components...)
		for name, value := range c.Labels {
			n.labels[name] = append(n.labels[name], value)
		}
		if c.Alerts != nil {
			n.alerts = append(n.alerts, *c.Alerts)
		}
	}
	n.kinds, n.components = distinct(n.kinds), distinct(n.components)
	for name, list := range n.labels {
		n.labels[name] = distinct(list)
	}
	slices.SortFunc(n.alerts, func(a, b escalation.AlertCount) int {
		return cmp.Or(cmp.Compare(a.Within, b.Within), cmp.Compare(a.AtLeast, b.AtLeast))
	})
	n.alerts = slices.Compact(n.alerts)
	return n
}

// distinct returns each value once. An incident of which nothing is said has the
// empty one already; where that is asked for, something else takes its place.
func distinct(values []string) []string {
	slices.Sort(values)
	values = slices.Compact(values)
	if len(values) > 0 && values[0] == "" {
		values[0] = values[len(values)-1] + "'"
	}
	return values
}

// variants returns the kinds of incident of a severity that conditions can tell
// apart, and whether these are all. The first is what no condition asks for.
func variants(s *Severity, conditions []*escalation.Condition) (all []variant, complete bool) {
	n := asked(conditions)
	all = []variant{{facts: escalation.Facts{Severity: s.ID, Urgency: s.Urgency}}}
	complete = true
	// vary multiplies the variants by the values of one more fact.
	vary := func(values int, set func(v variant, value int) variant) {
		for _, v := range slices.Clone(all) {
			for i := range values {
				if len(all) == maxVariants {
					complete = false
					return
				}
				all = append(all, set(v, i))
			}
		}
	}
	vary(len(n.kinds), func(v variant, i int) variant {
		v.facts.Kind = n.kinds[i]
		return v
	})
	for _, name := range n.components { // an incident may have several
		vary(1, func(v variant, _ int) variant {
			v.facts.Components = append(slices.Clone(v.facts.Components), name)
			return v
		})
	}
	for _, name := range slices.Sorted(maps.Keys(n.labels)) {
		vary(len(n.labels[name]), func(v variant, i int) variant {
			v.facts.Labels = maps.Clone(v.facts.Labels)
			if v.facts.Labels == nil {
				v.facts.Labels = map[string]string{}
			}
			v.facts.Labels[name] = n.labels[name][i]
			return v
		})
	}
	for i := range n.alerts {
		vary(1, func(v variant, _ int) variant {
			v.alerts = append(slices.Clone(v.alerts), n.alerts[i])
			return v
		})
	}
	return all, complete
}
