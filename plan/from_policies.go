package plan

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/internal/strictjson"
)

// FromPolicies returns what a document says for policies and teams that come from
// elsewhere, such as an import. A document with both pages whom they page.
//
// Line breaks and the like in names become spaces; the version is not kept. Its
// error joins an [*escalation.FieldError] for everything that a document cannot
// say: whatever [escalation.CompileAll] refuses; ids with spaces or other
// characters that an id does not have; kinds of incidents that are not known; and
// times with a fraction of a second. Their fields begin with "policies[2]" or
// "teams[0]".
func FromPolicies(policies []escalation.Policy, teams []escalation.Group) ([]Policy, []Team, error) {
	if _, err := escalation.CompileAll(policies); err != nil {
		return nil, nil, err
	}
	f := fromPolicies{}
	var out []Policy
	for i, p := range policies {
		out = append(out, f.policy(fmt.Sprintf("policies[%d]", i), p))
	}
	var groups []Team
	for _, t := range teams {
		groups = append(groups, Team{ID: t.ID, Members: append([]string{}, t.Members...), Manager: t.Manager}) // also if it is empty
	}
	f.texts(out, groups)
	if f.errs != nil {
		return nil, nil, errors.Join(f.errs...)
	}
	return out, groups, nil
}

type fromPolicies struct{ errs []error }

func (f *fromPolicies) bad(field, want string) {
	f.errs = append(f.errs, &escalation.FieldError{Field: field, Want: want})
}

// texts checks what a string in a document may hold, and how many skills there are.
func (f *fromPolicies) texts(policies []Policy, teams []Team) {
	c := newChecker(&Spec{Policies: policies, Teams: teams}, strictjson.Locate(nil), nil)
	c.texts(reflect.ValueOf(policies), "/policies")
	c.texts(reflect.ValueOf(teams), "/teams")
	c.skills()
	for _, p := range c.problems {
		f.bad(fieldOf(p.Path), p.Want)
	}
}

func (f *fromPolicies) policy(field string, p escalation.Policy) Policy {
	out := Policy{
		ID: p.ID, Name: oneLine(p.Name), Steps: f.steps(field+".steps", p.Steps), Repeat: p.Repeat, RepeatFrom: p.RepeatFrom,
		Final:       Final{Targets: fromTargets(p.Final.Targets), RaiseTo: p.Final.Severity},
		AckTimeout:  f.duration(field+".ack_timeout", p.AckTimeout),
		RemindEvery: f.duration(field+".remind_every", p.RemindEvery),
	}
	for i, d := range p.Defer {
		here := fmt.Sprintf("%s.defer[%d]", field, i)
		out.Defer = append(out.Defer, Deferral{If: f.condition(here+".if", d.If), Hours: fromHours(d.Hours)})
	}
	for _, t := range p.Tiers {
		out.Tiers = append(out.Tiers, Tier{ID: t.ID, Packet: slices.Clone(t.Packet)})
	}
	return out
}

func (f *fromPolicies) steps(field string, steps []escalation.Step) []Step {
	var out []Step
	for i, s := range steps {
		here := fmt.Sprintf("%s[%d]", field, i)
		step := Step{
			ID: s.ID, If: f.condition(here+".if", s.If), Else: f.steps(here+".else", s.Else), Targets: fromTargets(s.Targets),
			Ack: Ack(s.Ack), Pick: Pick(s.Pick), Skills: slices.Clone(s.Skills), Tier: s.Tier,
			Steps: f.steps(here+".steps", s.Steps), Until: f.condition(here+".until", s.Until), BackTo: s.BackTo, Times: s.Times,
		}
		if length := f.duration(here+".wait", s.Wait); length != 0 || len(s.Targets) > 0 {
			step.Wait = waitOf(time.Duration(length))
		}
		if s.Until != nil && step.Until.IsZero() {
			f.bad(here+".until", "a condition that names something; this one always holds")
		}
		if len(s.Else) > 0 && step.If.IsZero() {
			f.bad(here+".if", "a condition that names something, since there is an else; this one always holds")
		}
		out = append(out, step)
	}
	return out
}

func fromTargets(targets []escalation.Target) []Target {
	var out []Target
	for _, t := range targets {
		out = append(out, Target{Type: t.Type, ID: t.ID, Mode: Mode(t.Mode), Urgency: Urgency(t.Urgency)})
	}
	return out
}

func (f *fromPolicies) condition(field string, c *escalation.Condition) Condition {
	if c == nil {
		return Condition{}
	}
	out := Condition{
		Severities: slices.Clone(c.Severities), Urgency: Urgency(c.Urgency),
		Components: slices.Clone(c.Components), Labels: maps.Clone(c.Labels), Not: c.Not,
	}
	for i, k := range c.Kinds {
		var kind Kind
		if err := kind.UnmarshalText([]byte(k)); err != nil {
			f.bad(fmt.Sprintf("%s.kinds[%d]", field, i), listing([]string{string(Standard), string(Drill)}, "or")+", not "+quote(k))
		}
		out.Kinds = append(out.Kinds, kind)
	}
	if c.Hours != nil {
		out.Hours = fromHours(*c.Hours)
	}
	if c.Alerts != nil {
		out.Alerts = AlertCount{AtLeast: c.Alerts.AtLeast, Within: f.duration(field+".alerts.within", c.Alerts.Within)}
	}
	return out
}

func fromHours(h escalation.Hours) Hours {
	out := Hours{Zone: h.Zone, Outside: h.Outside}
	for _, w := range h.Windows {
		out.Windows = append(out.Windows, fromWindow(w))
	}
	return out
}

// duration returns a length of time in whole seconds.
func (f *fromPolicies) duration(field string, d time.Duration) Duration {
	if d%time.Second != 0 {
		f.bad(field, fmt.Sprintf("whole seconds, not %s", d))
	}
	return Duration(d)
}
