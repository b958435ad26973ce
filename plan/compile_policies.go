package plan

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/oncall"
)

// compilePolicies fills in the policies of a plan.
func (c *checker) compilePolicies(p *Plan) {
	policies := make([]escalation.Policy, len(c.spec.Policies))
	for i, policy := range c.spec.Policies {
		policies[i] = policy.escalation()
		if len(policies[i].Final.Targets) == 0 {
			policies[i].Final.Targets = []escalation.Target{escalation.Person(p.lastResort)}
		}
		p.policyIDs = append(p.policyIDs, policy.ID)
	}
	var err error
	p.ladders, err = escalation.CompileAll(policies)
	c.below("", err, c.inPolicy)
}

// inPolicy returns the place of a path that package escalation has told, or "" where
// nothing is to be said about it.
func (c *checker) inPolicy(path string) string {
	tokens := strings.Split(path, "/")[1:]
	if len(tokens) < 4 {
		return path
	}
	i, _ := strconv.Atoi(tokens[1]) // CompileAll numbers them
	policy := at("/policies", i)
	switch {
	case tokens[2] == "final" && len(c.spec.Policies[i].Final.Targets) == 0 && !c.hasProblem(at(policy, "final", "targets")):
		return "/last_resort/person" // which Parse has filled in
	case tokens[2] == "steps" && isNumber(tokens[len(tokens)-1]) && c.problemIn(path):
		return "" // what cannot be read in a step may be all that it lacks
	case tokens[len(tokens)-1] == "labels":
		return at(path, "") // it is a name that is wrong
	}
	return c.inWindows(path)
}

func isNumber(token string) bool {
	_, err := strconv.Atoi(token)
	return err == nil
}

// inWindows returns the place of a path, which may lead into a window whose length
// the document says as the time at which it closes.
func (c *checker) inWindows(path string) string {
	window, ok := strings.CutSuffix(path, "/length")
	if closes := at(window, "closes"); ok && c.hasProblem(closes) {
		return closes
	}
	return path
}

func (p Policy) escalation() escalation.Policy {
	out := escalation.Policy{
		ID: p.ID, Name: cmp.Or(p.Name, p.ID), Steps: steps(p.Steps), Repeat: p.Repeat, RepeatFrom: p.RepeatFrom,
		Final:      escalation.Final{Targets: targets(p.Final.Targets), Severity: p.Final.RaiseTo},
		AckTimeout: time.Duration(p.AckTimeout), RemindEvery: time.Duration(p.RemindEvery),
	}
	for _, d := range p.Defer {
		out.Defer = append(out.Defer, escalation.Deferral{If: d.If.escalation(), Hours: d.Hours.escalation()})
	}
	for _, t := range p.Tiers {
		out.Tiers = append(out.Tiers, escalation.Tier{ID: t.ID, Packet: slices.Clone(t.Packet)})
	}
	return out
}

func steps(of []Step) []escalation.Step {
	var out []escalation.Step
	for _, s := range of {
		out = append(out, escalation.Step{
			ID: s.ID, If: s.If.escalation(), Else: steps(s.Else),
			Targets: targets(s.Targets), Wait: s.Wait.length(),
			Ack: escalation.Ack(s.Ack), Pick: escalation.Pick(s.Pick), Skills: slices.Clone(s.Skills), Tier: s.Tier,
			Steps: steps(s.Steps), Until: s.Until.escalation(), BackTo: s.BackTo, Times: s.Times,
		})
	}
	return out
}

func targets(of []Target) []escalation.Target {
	var out []escalation.Target
	for _, t := range of {
		out = append(out, escalation.Target{Type: t.Type, ID: t.ID, Mode: escalation.Mode(t.Mode), Urgency: escalation.Urgency(t.Urgency)})
	}
	return out
}

// escalation returns nil for a condition that names nothing: it always holds.
func (c Condition) escalation() *escalation.Condition {
	if c.IsZero() {
		return nil
	}
	out := &escalation.Condition{
		Severities: slices.Clone(c.Severities), Urgency: escalation.Urgency(c.Urgency),
		Components: slices.Clone(c.Components), Labels: maps.Clone(c.Labels), Not: c.Not,
	}
	for _, k := range c.Kinds {
		out.Kinds = append(out.Kinds, string(k))
	}
	if c.Hours.there() {
		hours := c.Hours.escalation()
		out.Hours = &hours
	}
	if c.Alerts != (AlertCount{}) {
		out.Alerts = &escalation.AlertCount{AtLeast: c.Alerts.AtLeast, Within: time.Duration(c.Alerts.Within)}
	}
	return out
}

// there reports whether hours that may be left out are there, if only with an empty
// list.
func (h Hours) there() bool { return h.Zone != "" || h.Windows != nil || h.Outside }

func (h Hours) escalation() escalation.Hours {
	return escalation.Hours{Zone: h.Zone, Windows: windows(h.Windows), Outside: h.Outside}
}

func windows(of []Window) []oncall.Window {
	var out []oncall.Window
	for _, w := range of {
		out = append(out, w.onCall())
	}
	return out
}
