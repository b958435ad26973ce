package escalation

import (
	"maps"
	"slices"
)

// clone returns a copy that shares no slice, map or pointer.
func (p Policy) clone() Policy {
	p.Steps = cloneSteps(p.Steps, 0)
	p.Final.Targets = slices.Clone(p.Final.Targets)
	p.Defer = slices.Clone(p.Defer)
	for i, d := range p.Defer {
		p.Defer[i].If, p.Defer[i].Hours = d.If.clone(), d.Hours.clone()
	}
	p.Tiers = slices.Clone(p.Tiers)
	for i, t := range p.Tiers {
		p.Tiers[i].Packet = slices.Clone(t.Packet)
	}
	return p
}

// cloneSteps leaves out what is deeper than a policy may be, in case that steps
// contain themselves.
func cloneSteps(steps []Step, depth int) []Step {
	if depth > MaxDepth+1 {
		return nil
	}
	steps = slices.Clone(steps)
	for i := range steps {
		s := &steps[i]
		s.If, s.Until = s.If.clone(), s.Until.clone()
		s.Steps, s.Else = cloneSteps(s.Steps, depth+1), cloneSteps(s.Else, depth+1)
		s.Targets, s.Skills = slices.Clone(s.Targets), slices.Clone(s.Skills)
	}
	return steps
}

func (c *Condition) clone() *Condition {
	if c == nil {
		return nil
	}
	out := *c
	out.Severities, out.Kinds, out.Components = slices.Clone(c.Severities), slices.Clone(c.Kinds), slices.Clone(c.Components)
	out.Labels = maps.Clone(c.Labels)
	if c.Hours != nil {
		h := c.Hours.clone()
		out.Hours = &h
	}
	if c.Alerts != nil {
		out.Alerts = new(*c.Alerts)
	}
	return &out
}

func (h Hours) clone() Hours {
	h.Windows = slices.Clone(h.Windows)
	return h
}
