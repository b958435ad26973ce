package main

import (
	"encoding/json"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/plan"
)

// incidentFlags say what is known of the incident.
type incidentFlags struct {
	Severity  string   `placeholder:"ID" help:"Severity of the incident. Default: the plan's first; documents of other products have none."`
	Component []string `sep:"none" placeholder:"ID" help:"A component that is affected. May be there several times. Default: none."`
	Label     []string `sep:"none" placeholder:"NAME=VALUE" help:"A label of its alerts. May be there several times. Default: none."`
	Kind      string   `placeholder:"KIND" help:"Of a plan: standard or drill. Default: standard; incidents of other products have none."`
}

// scope is what a plan lets be known of an incident, besides its severity.
type scope struct {
	components []plan.Component
	labels     []string // that conditions or routes name, in order
}

// kinds are those of incidents for which a plan pages.
var kinds = []string{string(plan.Standard), string(plan.Drill)}

func scopeOf(p *plan.Plan, policies []escalation.Policy) (*scope, error) {
	var spec plan.Spec
	if err := json.Unmarshal(p.Document(), &spec); err != nil {
		return nil, err
	}
	named := map[string]bool{}
	for c := range conditions(policies) {
		for name := range c.Labels {
			named[name] = true
		}
	}
	for _, route := range spec.Routes {
		for name := range route.Match {
			named[name] = true
		}
	}
	return &scope{components: spec.Components, labels: slices.Sorted(maps.Keys(named))}, nil
}

// conditions yields all conditions of policies.
func conditions(policies []escalation.Policy) iter.Seq[*escalation.Condition] {
	return func(yield func(*escalation.Condition) bool) {
		for _, p := range policies {
			for _, d := range p.Defer {
				if d.If != nil && !yield(d.If) {
					return
				}
			}
			for s := range everyStep(p.Steps) {
				if s.If != nil && !yield(s.If) || s.Until != nil && !yield(s.Until) {
					return
				}
			}
		}
	}
}

// about returns what is known of the incident. Documents without a plan name
// neither components nor kinds, so that any may be given.
func (s *stage) about(f incidentFlags) (escalation.Facts, error) {
	facts, err := s.ofSeverity(f.Severity)
	if err != nil {
		return facts, err
	}
	if facts.Labels, err = s.labels(f.Label); err != nil {
		return facts, err
	}
	if facts.Kind, err = s.kind(f.Kind); err != nil {
		return facts, err
	}
	facts.Components = f.Component
	for _, id := range f.Component {
		c, err := s.component(id)
		if err != nil {
			return facts, err
		}
		facts.Skills = append(facts.Skills, c.Skills...)
	}
	return facts, nil
}

// ofSeverity returns what follows from a severity: the first, without one. Where the
// documents have no scale, conditions may still name any.
func (s *stage) ofSeverity(id string) (escalation.Facts, error) {
	if len(s.severities) == 0 {
		return escalation.Facts{Severity: id}, nil
	}
	ids := make([]string, len(s.severities))
	for i, level := range s.severities {
		if level.id == id || id == "" {
			return escalation.Facts{Severity: level.id, Urgency: level.urgency}, nil
		}
		ids[i] = level.id
	}
	return escalation.Facts{}, fmt.Errorf("--severity: want one of %s, not %q", strings.Join(ids, ", "), id)
}

// kind returns the kind of the incident.
func (s *stage) kind(name string) (string, error) {
	switch {
	case s.scope == nil || slices.Contains(kinds, name):
		return name, nil
	case name == "":
		return string(plan.Standard), nil
	}
	return "", fmt.Errorf("--kind: want one of %s, not %q", strings.Join(kinds, ", "), name)
}

// component returns one that is affected.
func (s *stage) component(id string) (plan.Component, error) {
	if id == "" {
		return plan.Component{}, fmt.Errorf("--component: want the id of a component, not %q", id)
	}
	if s.scope == nil {
		return plan.Component{ID: id}, nil
	}
	ids := make([]string, len(s.scope.components))
	for i, c := range s.scope.components {
		if c.ID == id {
			return c, nil
		}
		ids[i] = c.ID
	}
	if len(ids) == 0 {
		return plan.Component{}, fmt.Errorf("--component: want none, since the plan has no components, not %q", id)
	}
	return plan.Component{}, fmt.Errorf("--component: want one of %s, not %q", strings.Join(ids, ", "), id)
}

// policyOf returns the policy of the first component that has one; empty: none has.
func (s *stage) policyOf(components []string) string {
	for _, id := range components {
		if c, err := s.component(id); err == nil && c.Policy != "" {
			return c.Policy
		}
	}
	return ""
}

// labels reads NAME=VALUE. A value may have an =, too.
func (s *stage) labels(texts []string) (map[string]string, error) {
	labels := map[string]string{}
	for _, text := range texts {
		name, value, ok := strings.Cut(text, "=")
		_, twice := labels[name]
		switch {
		case !ok || name == "":
			return nil, fmt.Errorf("--label: want the name of a label, =, and its value, such as provider=cloud, not %q", text)
		case twice:
			return nil, fmt.Errorf("--label: want each label once, and %q is there again", name)
		case s.scope != nil && len(s.scope.labels) == 0:
			return nil, fmt.Errorf("--label: want none, since nothing in the plan depends on a label, not %q", text)
		case s.scope != nil && !slices.Contains(s.scope.labels, name):
			return nil, fmt.Errorf("--label: want a label that the plan asks for, one of %s, not %q", strings.Join(s.scope.labels, ", "), name)
		}
		labels[name] = value
	}
	return labels, nil
}
