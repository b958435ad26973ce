package oncall

import (
	"fmt"
	"slices"
	"time"
)

func (c *checker) people() {
	people := c.schedule.People
	if len(people) > MaxPeople {
		c.bad(fmt.Sprintf("at most %d people, not %d", MaxPeople, len(people)), "people")
		return
	}
	seen := make(map[string]bool, len(people))
	leave, events := 0, 0
	for i, p := range people {
		switch {
		case p.ID == "":
			c.bad("a non-empty id", "people[%d].id", i)
		case seen[p.ID]:
			c.bad(fmt.Sprintf("an id used once, not %q again", p.ID), "people[%d].id", i)
		}
		seen[p.ID] = true
		if p.Zone != "" {
			c.zone(p.Zone, "people[%d].zone", i)
		}
		leave += len(p.Leave)
		events += len(p.Stages) + 2*len(p.Leave)
		c.person(i, p)
	}
	if leave > MaxLeave {
		c.bad(fmt.Sprintf("at most %d times of leave of all people together, not %d", MaxLeave, leave), "people")
	}
	c.substitutes(events)
	switch c.schedule.Absence {
	case Keep, Vacate, NextSeat:
	case "":
		if leave > 0 {
			c.bad(`"keep", "vacate" or "next_seat", which says what becomes of the duty of somebody on leave`, "absence")
		}
	default:
		c.bad(fmt.Sprintf(`"keep", "vacate" or "next_seat", not %q`, c.schedule.Absence), "absence")
	}
}

// substitutes refuses so much leave that finding out who stands in would take
// ages.
func (c *checker) substitutes(events int) {
	const most = 2_000_000
	for i, r := range c.schedule.Rotations {
		positions := 0
		for _, s := range r.Seats {
			positions += len(s.People)
		}
		if events > 0 && positions > most/events {
			c.bad(fmt.Sprintf("fewer members, or less leave: %d people in seats times %d changes of who is available are more than %d", positions, events, most),
				"rotations[%d].members", i)
		}
	}
}

func (c *checker) person(i int, p Person) {
	if len(p.Stages) > MaxStages || len(p.Skills) > MaxSkills {
		c.bad(fmt.Sprintf("at most %d stages and %d skills, not %d and %d", MaxStages, MaxSkills, len(p.Stages), len(p.Skills)), "people[%d]", i)
		return
	}
	for j, s := range p.Stages {
		if wrong := wrongInstant(s.From); wrong != "" {
			c.bad(wrong, "people[%d].stages[%d].from", i, j)
		} else if j > 0 && !s.From.After(p.Stages[j-1].From) {
			c.bad("an instant after that of the stage before", "people[%d].stages[%d].from", i, j)
		}
		if !slices.Contains([]Readiness{NotEligible, Shadowing, Supervised, Ready, Leading}, s.Readiness) {
			c.bad(fmt.Sprintf(`"none", "shadow", "supervised", "ready" or "lead", not %q`, s.Readiness), "people[%d].stages[%d].readiness", i, j)
		}
	}
	for j, l := range p.Leave {
		c.interval(l.Start, l.End, fmt.Sprintf("people[%d].leave[%d]", i, j))
	}
}

func (c *checker) shadows() {
	if len(c.schedule.Shadows) > MaxShadows {
		c.bad(fmt.Sprintf("at most %d shadows, not %d", MaxShadows, len(c.schedule.Shadows)), "shadows")
		return
	}
	for i, s := range c.schedule.Shadows {
		if s.Person == "" {
			c.bad("the id of a person; it is empty", "shadows[%d].person", i)
		}
		if s.Of != "" && s.Of == s.Person {
			c.bad("somebody else than the shadow", "shadows[%d].of", i)
		}
		if s.Rotation != "" && !slices.ContainsFunc(c.schedule.Rotations, func(r Rotation) bool { return r.ID == s.Rotation }) {
			c.bad(fmt.Sprintf("the id of a rotation, not %q", s.Rotation), "shadows[%d].rotation", i)
		}
		c.bounds(s.Start, s.End, fmt.Sprintf("shadows[%d]", i))
	}
}

func (c *checker) intended() {
	if len(c.schedule.Intended) > MaxIntended {
		c.bad(fmt.Sprintf("at most %d intended gaps, not %d", MaxIntended, len(c.schedule.Intended)), "intended_gaps")
		return
	}
	for i, g := range c.schedule.Intended {
		field := fmt.Sprintf("intended_gaps[%d]", i)
		if g.Window != (Window{}) {
			c.window(g.Window, field+".window")
		} else if g.Start.IsZero() && g.End.IsZero() {
			c.bad("a window, a start or an end", "%s", field)
		}
		c.bounds(g.Start, g.End, field)
	}
}

// bounds checks a start and an end that may be left out.
func (c *checker) bounds(start, end time.Time, field string) {
	from, until := c.optional(start, "%s.start", field), c.optional(end, "%s.end", field)
	if from && until && !start.IsZero() && !end.IsZero() && !end.After(start) {
		c.bad("an instant after the start", "%s.end", field)
	}
}
