package plan

import (
	"fmt"
	"slices"
)

// duty checks what the parts of schedules name, and that each says what it has to
// in one way.
type duty struct {
	*checker
	people, schedules ids
}

func (d *duty) schedule(path string, s Schedule) {
	rotations := ids{noun: "rotation", in: "the schedule", index: map[string]int{}, doubtful: d.hasProblem(at(path, "rotations"))}
	for i, r := range s.Rotations {
		here := at(path, "rotations", i)
		rotations.doubtful = rotations.doubtful || d.hasProblem(at(here, "id"))
		if _, ok := rotations.index[r.ID]; !ok {
			rotations.index[r.ID] = i
			rotations.list = append(rotations.list, r.ID)
		}
		d.rotation(here, r)
	}
	d.collect("override", at(path, "overrides"), len(s.Overrides), func(i int) string { return s.Overrides[i].ID })
	for i, o := range s.Overrides {
		d.override(at(path, "overrides", i), o, rotations)
	}
	for i, f := range s.Shadows {
		here := at(path, "shadows", i)
		d.listed(at(here, "person"), f.Person)
		d.listed(at(here, "of"), f.Of)
		d.refer(at(here, "rotation"), f.Rotation, rotations)
	}
	for i, g := range s.IntendedGaps {
		if g.Window.there() {
			d.window(at(path, "intended_gaps", i, "window"), g.Window)
		}
	}
}

func (d *duty) rotation(path string, r Rotation) {
	if fixed := at(path, "fixed"); r.Fixed == nil && !d.hasProblem(fixed) {
		if r.Start == (LocalTime{}) {
			d.bad(at(path, "start"), "this field, which is missing")
		}
		d.either(path, part{"turn", r.Turn != Turn{}}, part{"turns", len(r.Turns) > 0})
		d.either(path, part{"members", len(r.Members) > 0}, part{"seats", len(r.Seats) > 0})
	}
	for i, id := range r.Members {
		d.member(at(path, "members", i), id, fmt.Sprintf(`did you mean "seats": [{"schedule": %q}]?`, id))
	}
	for i, s := range r.Seats {
		d.seat(at(path, "seats", i), s)
	}
	for i, w := range r.Windows {
		d.window(at(path, "windows", i), w)
	}
	for i, f := range r.Fixed {
		for j, id := range f.People {
			d.person(at(path, "fixed", i, "people", j), id, d.people)
		}
	}
}

func (d *duty) seat(path string, s Seat) {
	d.either(path, part{"people", len(s.People) > 0}, part{"schedule", s.Schedule != ""}, part{"vacant", s.Vacant})
	for i, id := range s.People {
		d.member(at(path, "people", i), id, fmt.Sprintf(`did you mean "schedule": %q?`, id))
	}
	here := at(path, "schedule")
	d.mistaken(here, s.Schedule, d.schedules, d.people, fmt.Sprintf(`did you mean "people": [%q]?`, s.Schedule))
	d.refer(here, s.Schedule, d.schedules)
}

// member checks somebody in a seat. A schedule there needs other words.
func (d *duty) member(path, id, advice string) {
	d.mistaken(path, id, d.people, d.schedules, advice)
	d.person(path, id, d.people)
}

func (d *duty) window(path string, w Window) {
	d.either(path, part{"closes", w.Closes != ""}, part{"length", w.Length != 0})
	for i, day := range w.Days {
		if slices.Contains(w.Days[:i], day) && !d.hasProblem(at(path, "days", i)) {
			d.bad(at(path, "days", i), fmt.Sprintf("each day once, not %q again", weekdays[day]))
		}
	}
}

func (d *duty) override(path string, o Override, rotations ids) {
	d.either(path, part{"person", o.Person != ""}, part{"people", len(o.People) > 0}, part{"nobody", o.Nobody})
	d.person(at(path, "person"), o.Person, d.people)
	for i, id := range o.People {
		d.person(at(path, "people", i), id, d.people)
	}
	d.refer(at(path, "rotation"), o.Rotation, rotations)
	d.listed(at(path, "replaces"), o.Replaces)
}

// listed checks somebody who is named, but not paged for it.
func (d *duty) listed(path, id string) {
	if len(d.spec.People) > 0 {
		d.refer(path, id, d.people)
	}
}

// part is a field, and whether it says anything.
type part struct {
	name  string
	there bool
}

// either checks that exactly one of several fields says something. If one cannot
// be read, nobody knows.
func (c *checker) either(path string, parts ...part) {
	var names, there []string
	for _, p := range parts {
		if c.hasProblem(at(path, p.name)) {
			return
		}
		names = append(names, p.name)
		if p.there {
			there = append(there, p.name)
		}
	}
	switch len(there) {
	case 0:
		c.bad(at(path, names[0]), listing(names, "or")+"; they are missing or empty")
	case 1:
	default:
		c.bad(at(path, there[1]), "only one of "+listing(names, "and"))
	}
}
