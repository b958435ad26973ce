package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/oncall"
	"github.com/incidentkit/incidentkit/plan"
)

// renamer turns ids that a plan cannot have, such as names with spaces in a
// calendar, into some that it can.
type renamer struct {
	kind  string            // what the ids are of
	names map[string]string // by the id before
	taken map[string]bool
	notes []oncall.Note
}

func newRenamer(kind string) *renamer {
	return &renamer{kind: kind, names: map[string]string{}, taken: map[string]bool{}}
}

// id returns the one to use, the same each time.
func (r *renamer) id(id string) string {
	if name, ok := r.names[id]; ok || id == "" {
		return name
	}
	const room = 6 // for a number
	base := plainID(id)
	if len(base) > plan.MaxID {
		base = base[:plan.MaxID-room]
	}
	name := base
	for n := 2; r.taken[name]; n++ {
		name = fmt.Sprintf("%s-%d", base[:min(len(base), plan.MaxID-room)], n)
	}
	r.taken[name], r.names[id] = true, name
	if name != id {
		r.notes = append(r.notes, oncall.Note{
			Level: oncall.Assumption, Path: "plan:",
			Text: fmt.Sprintf("the %s %q is written as %q, since an id in a plan has no spaces and at most %d characters", r.kind, id, name, plan.MaxID),
		})
	}
	return name
}

// plainID returns an id without what a plan does not let it have, but for its length.
func plainID(id string) string {
	return strings.Map(func(c rune) rune {
		if c <= ' ' || c > '~' {
			return '-'
		}
		return c
	}, id)
}

// idOf returns a text as an id.
func idOf(text string) string {
	id := plainID(strings.TrimSpace(text))
	return id[:min(len(id), plan.MaxID)]
}

func (r *renamer) list(ids []string) []string {
	out := slices.Clone(ids)
	for i, id := range out {
		out[i] = r.id(id)
	}
	return out
}

// renamers are those of everything that is named from elsewhere.
type renamers struct {
	persons, schedules, teams, policies, channels, webhooks, components, severities *renamer
}

// forPlan gives everything that was imported ids that a plan can have, and says
// which it changed. A person whose id changes keeps it as the name.
func forPlan(result importers.Result) (importers.Result, []oncall.Note) {
	r := renamers{
		newRenamer("person"), newRenamer("schedule"), newRenamer("team"), newRenamer("policy"),
		newRenamer("channel"), newRenamer("webhook"), newRenamer("component"), newRenamer("severity"),
	}
	result.People, result.Schedules = slices.Clone(result.People), slices.Clone(result.Schedules)
	for i := range result.People {
		p := &result.People[i]
		if id := r.persons.id(p.ID); id != p.ID {
			if p.Name == "" {
				p.Name = p.ID
			}
			p.ID = id
		}
	}
	var inside []oncall.Note
	for i := range result.Schedules {
		inside = append(inside, renameInside(&result.Schedules[i], r.persons, r.schedules)...)
	}
	result.Policies, result.Teams, result.Places = slices.Clone(result.Policies), slices.Clone(result.Teams), slices.Clone(result.Places)
	for i := range result.Policies {
		inside = append(inside, r.policy(&result.Policies[i])...)
	}
	for i := range result.Teams {
		t := &result.Teams[i]
		t.ID, t.Members, t.Manager = r.teams.id(t.ID), r.persons.list(t.Members), r.persons.id(t.Manager)
	}
	for i := range result.Places {
		p := &result.Places[i]
		p.ID = r.target(escalation.Target{Type: p.Type, ID: p.ID}).ID
	}
	return result, slices.Concat(
		r.schedules.notes, r.persons.notes, r.teams.notes, r.policies.notes, r.channels.notes, r.webhooks.notes,
		r.components.notes, r.severities.notes, inside)
}

// policy changes the ids in a policy, with those of its own steps and tiers.
func (r *renamers) policy(p *escalation.Policy) []oncall.Note {
	steps, tiers := newRenamer("step"), newRenamer("tier")
	p.ID = r.policies.id(p.ID)
	p.Tiers, p.Defer = slices.Clone(p.Tiers), slices.Clone(p.Defer)
	for i := range p.Tiers {
		p.Tiers[i].ID = tiers.id(p.Tiers[i].ID)
	}
	for i := range p.Defer {
		p.Defer[i].If = r.condition(p.Defer[i].If)
	}
	p.Steps, p.RepeatFrom = r.steps(p.Steps, steps, tiers), steps.id(p.RepeatFrom)
	p.Final.Targets, p.Final.Severity = r.targets(p.Final.Targets), r.severities.id(p.Final.Severity)
	return slices.Concat(steps.notes, tiers.notes)
}

func (r *renamers) steps(all []escalation.Step, ids, tiers *renamer) []escalation.Step {
	all = slices.Clone(all)
	for i := range all {
		s := &all[i]
		s.ID, s.BackTo, s.Tier = ids.id(s.ID), ids.id(s.BackTo), tiers.id(s.Tier)
		s.If, s.Until = r.condition(s.If), r.condition(s.Until)
		s.Targets = r.targets(s.Targets)
		s.Steps, s.Else = r.steps(s.Steps, ids, tiers), r.steps(s.Else, ids, tiers)
	}
	return all
}

func (r *renamers) condition(c *escalation.Condition) *escalation.Condition {
	if c == nil {
		return nil
	}
	changed := *c
	changed.Severities, changed.Components = r.severities.list(c.Severities), r.components.list(c.Components)
	return &changed
}

func (r *renamers) targets(all []escalation.Target) []escalation.Target {
	all = slices.Clone(all)
	for i := range all {
		all[i] = r.target(all[i])
	}
	return all
}

func (r *renamers) target(t escalation.Target) escalation.Target {
	switch t.Type {
	case escalation.TargetPerson:
		t.ID = r.persons.id(t.ID)
	case escalation.TargetSchedule:
		t.ID = r.schedules.id(t.ID)
	case escalation.TargetTeam:
		t.ID = r.teams.id(t.ID)
	case escalation.TargetPolicy:
		t.ID = r.policies.id(t.ID)
	case escalation.TargetChannel:
		t.ID = r.channels.id(t.ID)
	case escalation.TargetWebhook:
		t.ID = r.webhooks.id(t.ID)
	case escalation.TargetVendor: // no product has them
	}
	return t
}

func renameInside(s *oncall.Schedule, persons, schedules *renamer) []oncall.Note {
	rotations, overrides := newRenamer("rotation"), newRenamer("override")
	s.ID = schedules.id(s.ID)
	s.Rotations, s.Overrides = slices.Clone(s.Rotations), slices.Clone(s.Overrides)
	s.People, s.Shadows = slices.Clone(s.People), slices.Clone(s.Shadows)
	for i := range s.Rotations {
		r := &s.Rotations[i]
		r.ID = rotations.id(r.ID)
		r.Seats, r.Fixed = slices.Clone(r.Seats), slices.Clone(r.Fixed)
		for j := range r.Seats {
			r.Seats[j].People, r.Seats[j].Schedule = persons.list(r.Seats[j].People), schedules.id(r.Seats[j].Schedule)
		}
		shifts := newRenamer("shift")
		for j := range r.Fixed {
			r.Fixed[j].People, r.Fixed[j].ID = persons.list(r.Fixed[j].People), shifts.id(r.Fixed[j].ID)
		}
		rotations.notes = append(rotations.notes, shifts.notes...)
	}
	for i := range s.Overrides {
		o := &s.Overrides[i]
		o.ID, o.Rotation = overrides.id(o.ID), rotations.id(o.Rotation)
		o.Replaces, o.People = persons.id(o.Replaces), persons.list(o.People)
	}
	for i := range s.People {
		s.People[i].ID = persons.id(s.People[i].ID)
	}
	for i := range s.Shadows {
		f := &s.Shadows[i]
		f.Person, f.Of, f.Rotation = persons.id(f.Person), persons.id(f.Of), rotations.id(f.Rotation)
	}
	return slices.Concat(rotations.notes, overrides.notes)
}
