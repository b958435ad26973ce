package main

import (
	"fmt"
	"slices"
	"strings"

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
	base := strings.Map(func(c rune) rune {
		if c <= ' ' || c > '~' {
			return '-'
		}
		return c
	}, id)
	const room = 6 // for a number
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

func (r *renamer) list(ids []string) []string {
	out := slices.Clone(ids)
	for i, id := range out {
		out[i] = r.id(id)
	}
	return out
}

// forPlan gives people, schedules, rotations and overrides ids that a plan can
// have, and says which it changed. A person whose id changes keeps it as the name.
func forPlan(people []importers.Person, schedules []oncall.Schedule) ([]importers.Person, []oncall.Schedule, []oncall.Note) {
	persons, ids := newRenamer("person"), newRenamer("schedule")
	people, schedules = slices.Clone(people), slices.Clone(schedules)
	for i := range people {
		p := &people[i]
		if id := persons.id(p.ID); id != p.ID {
			if p.Name == "" {
				p.Name = p.ID
			}
			p.ID = id
		}
	}
	var inside []oncall.Note
	for i := range schedules {
		inside = append(inside, renameInside(&schedules[i], persons, ids)...)
	}
	return people, schedules, slices.Concat(ids.notes, persons.notes, inside)
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
