package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/escalation/proof"
	"github.com/incidentkit/incidentkit/plan"
)

// cyclesOnly returns a document that is no plan only because policies nest each
// other in a circle, with the findings that say so: that is an answer of verify, and
// not input that cannot be read. Each circle is found once, where it is written
// first, and not again by each way that leads into it.
func cyclesOnly(err error) (document, []proof.Finding, bool) {
	var invalid *invalidPlanError
	if !errors.As(err, &invalid) || invalid.cause.More {
		return document{}, nil, false
	}
	var spec plan.Spec
	if json.Unmarshal(invalid.text, &spec) != nil {
		return document{}, nil, false
	}
	found := nestings{}
	for i, p := range spec.Policies {
		found.steps(p.ID, "/policies/"+strconv.Itoa(i), "steps", p.Steps)
	}
	looked := map[string]look{}
	reported := map[string]bool{} // circles
	var findings []proof.Finding
	for _, problem := range invalid.cause.Problems {
		i := slices.IndexFunc(found, func(n nesting) bool { return n.path == problem.Path })
		if i < 0 || !found.circular(found[i].into, looked) {
			return document{}, nil, false
		}
		circle := found.circle(found[i])
		if circle == "" || reported[circle] {
			continue
		}
		reported[circle] = true
		findings = append(findings, proof.Finding{
			Level: proof.Error, Kind: proof.Cycle, Path: problem.Path, Policy: found[i].policy, Text: "want " + problem.Want,
		})
	}
	return document{file: invalid.file, invalid: invalid, name: spec.Name}, findings, len(findings) > 0
}

// nesting is a target of a policy that is another one.
type nesting struct {
	policy, into string
	path         string // of the target's id
}

type nestings []nesting

// steps adds what steps of a policy nest.
func (n *nestings) steps(policy, path, name string, steps []plan.Step) {
	for i, s := range steps {
		here := fmt.Sprintf("%s/%s/%d", path, name, i)
		for j, t := range s.Targets {
			if t.Type == escalation.TargetPolicy {
				*n = append(*n, nesting{policy, t.ID, fmt.Sprintf("%s/targets/%d/id", here, j)})
			}
		}
		n.steps(policy, here, "steps", s.Steps)
		n.steps(policy, here, "else", s.Else)
	}
}

// circle returns a name for the shortest circle that a nesting is part of, the same
// for all nestings of it; empty: it is part of none, and at most leads to one.
func (n nestings) circle(of nesting) string {
	from := map[string]string{of.into: of.policy} // by policy, the one by which it is come to
	for way := []string{of.into}; len(way) > 0; way = way[1:] {
		if way[0] == of.policy {
			break
		}
		for _, next := range n {
			if _, seen := from[next.into]; !seen && next.policy == way[0] {
				from[next.into] = way[0]
				way = append(way, next.into)
			}
		}
	}
	before, ok := from[of.policy]
	if !ok {
		return ""
	}
	ids := []string{of.policy}
	for before != of.policy {
		ids = append(ids, before)
		before = from[before]
	}
	slices.Sort(ids)
	return strings.Join(ids, " ")
}

// look is what is known of a policy while circles are looked for.
type look int

const (
	onTheWay look = iota + 1
	straight
	circular
)

// circular reports whether a policy leads to one that it has come by.
func (n nestings) circular(policy string, looked map[string]look) bool {
	if looked[policy] != 0 {
		return looked[policy] != straight
	}
	looked[policy] = onTheWay
	result := straight
	for _, next := range n {
		if next.policy == policy && n.circular(next.into, looked) {
			result = circular
		}
	}
	looked[policy] = result
	return result == circular
}
