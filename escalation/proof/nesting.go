package proof

import (
	"fmt"
	"slices"
	"strings"

	"github.com/incidentkit/incidentkit/escalation"
)

// nesting finds policies that cannot be carried out because of those that they
// nest.
type nesting struct {
	prover *prover
	places map[string][]place // of each policy: those that it nests, and where
	broken map[string]bool
	state  map[string]int // 1: being looked at; 2: done
	trail  []string
}

// place is where a policy names another.
type place struct{ path, id string }

// nested reports circles of policies, and policies that are not there. It returns
// the policies that cannot be proved for it.
func (v *prover) nested() (broken map[string]bool) {
	n := nesting{prover: v, places: map[string][]place{}, broken: map[string]bool{}, state: map[string]int{}}
	for i := range v.plan.Policies {
		p := &v.plan.Policies[i]
		n.places[p.ID] = []place{}
		eachTarget(fmt.Sprintf("/policies/%d", i), p, func(path string, _ *escalation.Step, t escalation.Target) {
			if t.Type == escalation.TargetPolicy {
				n.places[p.ID] = append(n.places[p.ID], place{path, t.ID})
			}
		})
	}
	for i := range v.plan.Policies {
		n.visit(v.plan.Policies[i].ID)
	}
	return n.broken
}

func (n *nesting) visit(id string) {
	if n.state[id] != 0 {
		return
	}
	n.state[id] = 1
	n.trail = append(n.trail, id)
	for _, p := range n.places[id] {
		_, known := n.places[p.id]
		switch {
		case !known:
			n.broken[id] = true
			n.prover.find(Finding{Level: Error, Kind: UnknownTarget, Path: p.path, Policy: id,
				Text: fmt.Sprintf("policy %s takes the steps of policy %s, which is not there, so it cannot page anybody", id, p.id)})
		case n.state[p.id] == 1:
			n.broken[id] = true
			circle := append(slices.Clone(n.trail[slices.Index(n.trail, p.id):]), p.id)
			n.prover.find(Finding{Level: Error, Kind: Cycle, Path: p.path, Policy: id,
				Text: fmt.Sprintf("policies nest each other in a circle (%s), so none of them can page anybody", strings.Join(circle, " → "))})
		default:
			n.visit(p.id)
			n.broken[id] = n.broken[id] || n.broken[p.id]
		}
	}
	n.trail = n.trail[:len(n.trail)-1]
	n.state[id] = 2
	if !n.broken[id] {
		return
	}
	for _, other := range n.trail { // whoever nests this one is broken, too
		n.broken[other] = true
	}
}

// eachTarget calls do for every target of a policy, with its JSON pointer; the step
// is nil for the last resort.
func eachTarget(path string, p *escalation.Policy, do func(path string, s *escalation.Step, t escalation.Target)) {
	eachStep(path+"/steps", p.Steps, func(path string, s *escalation.Step) {
		for i, t := range s.Targets {
			do(fmt.Sprintf("%s/targets/%d", path, i), s, t)
		}
	})
	for i, t := range p.Final.Targets {
		do(fmt.Sprintf("%s/final/targets/%d", path, i), nil, t)
	}
}

func eachStep(path string, steps []escalation.Step, do func(path string, s *escalation.Step)) {
	for i := range steps {
		here := fmt.Sprintf("%s/%d", path, i)
		do(here, &steps[i])
		eachStep(here+"/steps", steps[i].Steps, do)
		eachStep(here+"/else", steps[i].Else, do)
	}
}
