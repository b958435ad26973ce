package escalation

import (
	"fmt"
	"slices"
	"strings"
)

// size refuses what grows beyond measure once nested policies are in place, and
// policies that lead back to themselves.
func (c *checker) size() {
	m := measure{checker: c}
	if !m.policy(c.policy, []string{c.policy.ID}) {
		return
	}
	if m.steps > MaxSteps {
		c.bad(fmt.Sprintf("at most %d steps, with those of branches and nested policies, not %d", MaxSteps, m.steps), "steps")
		return
	}
	if pages := build(c.policy, c.known).pages(); pages > MaxPages {
		c.bad(fmt.Sprintf("so few that the targets of all rounds are at most %d together, not %d", MaxPages, pages), "repeat")
	}
}

// measure counts steps, through nested policies.
type measure struct {
	*checker
	steps int
	why   string // nesting is refused; empty: it is not
}

func (m *measure) policy(p Policy, way []string) bool { return m.list("steps", p.Steps, way) }

func (m *measure) list(path string, steps []Step, way []string) bool {
	for i, s := range steps {
		here := fmt.Sprintf("%s[%d]", path, i)
		m.steps++
		for j, t := range s.Targets {
			if t.Type == TargetPolicy && !m.nested(fmt.Sprintf("%s.targets[%d].id", here, j), t.ID, way) {
				return false
			}
		}
		if !m.list(here+".steps", s.Steps, way) || !m.list(here+".else", s.Else, way) {
			return false
		}
	}
	return true
}

// nested looks into a nested policy. What is wrong is told where the ladder's own
// policy names the first of the way.
func (m *measure) nested(place, id string, way []string) bool {
	on := append(slices.Clone(way), id)
	p, ok := m.known[id]
	switch {
	case slices.Contains(way, id):
		m.why = "a policy that never leads back to one on the way: " + strings.Join(on, " → ")
	case len(way) >= MaxDepth || m.steps > MaxSteps:
		m.why = fmt.Sprintf("a policy that nests at most %d others in each other, with %d steps together", MaxDepth, MaxSteps)
	case !ok:
		m.why = fmt.Sprintf("a policy whose nested policies exist; %s leads to none", strings.Join(on, " → "))
	default:
		if errs := check(p, m.known).errs; len(errs) > 0 {
			m.why = fmt.Sprintf("a policy that is valid; %s is not: %v", id, errs[0])
		} else {
			m.policy(p, on)
		}
	}
	if m.why != "" && len(way) == 1 {
		m.bad(m.why, "%s", place)
	}
	return m.why == ""
}

// pages returns how many targets are paged at most, in all rounds.
func (l *Ladder) pages() int {
	backs := make([]int, len(l.ops)) // how often each goes back at most; 0: not known yet
	times := make([]int, l.steps+1)  // by how much more often each step is come to than the one before
	for i := range l.ops {
		o := &l.ops[i].loop
		if o.times == 0 {
			continue
		}
		n := l.backs(i, backs)
		times[o.to] += n
		times[o.through+1] -= n
	}
	total, visits := 0, 1
	for i := range l.steps {
		visits += times[i]
		total += min(len(l.ops[i].targets)*visits, MaxPages+1)
	}
	return total
}

// backs returns how often a loop goes back at most: it begins to count anew whenever
// another goes back over it.
func (l *Ladder) backs(i int, known []int) int {
	if known[i] > 0 {
		return known[i]
	}
	n := 1
	for j := range l.ops {
		if l.ops[j].loop.times > 0 && l.within(i+1, l.ops[j].loop) {
			n = min(n+l.backs(j, known), MaxPages+1)
		}
	}
	known[i] = min(n*l.ops[i].loop.times, MaxPages+1)
	return known[i]
}
