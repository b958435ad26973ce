package plan

import (
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/incidentkit/incidentkit/oncall"
)

// compileSchedules fills in the schedules of a plan.
func (c *checker) compileSchedules(p *Plan) {
	known := c.spec.known()
	facts := 0
	for _, people := range known {
		for _, k := range people {
			facts += len(c.spec.People[k].Stages) + len(c.spec.People[k].Leave)
		}
	}
	if facts > MaxLeave {
		c.bad("/people", fmt.Sprintf("at most %d stages and times of leave, each counted once for every schedule that names the person, not %d", MaxLeave, facts))
		return
	}
	c.everybody()
	schedules := c.spec.onCall(known)
	for _, s := range schedules {
		p.scheduleIDs = append(p.scheduleIDs, s.ID)
	}
	var err error
	p.schedules, err = oncall.CompileAll(schedules)
	c.refused(known, err)
}

// everybody checks the people by themselves, also those whom no schedule names.
func (c *checker) everybody() {
	people := oncall.Schedule{ID: "people", Zone: "UTC", Absence: oncall.Keep}
	var known []int
	for i, p := range c.spec.People {
		if p.known() {
			people.People = append(people.People, p.onCall())
			known = append(known, i)
		}
	}
	for _, err := range oncall.Validate(people) {
		if field, ok := errors.AsType[*oncall.FieldError](err); ok {
			c.bad(c.place(append([]string{"schedules", "0"}, fieldTokens(field.Field)...), [][]int{known}), field.Want)
		}
	}
}

// refused takes over what is wrong with the schedules.
func (c *checker) refused(known [][]int, err error) {
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		return
	}
	for _, err := range joined.Unwrap() {
		if field, ok := errors.AsType[*oncall.FieldError](err); ok {
			want := field.Want
			if strings.HasSuffix(field.Field, ".length") {
				want = inOwnSpelling(want)
			}
			c.bad(c.place(fieldTokens(field.Field), known), want)
		}
	}
}

// place returns the path of what the document says in the field of a schedule. A
// list that the document does not have, because it says the same in another way,
// is where it does.
func (c *checker) place(field []string, known [][]int) string {
	if len(field) > 3 {
		i, _ := strconv.Atoi(field[1]) // these two are numbers
		j, _ := strconv.Atoi(field[3])
		part, inside := at("", asTokens(field[:4])...), field[4:]
		switch field[2] {
		case "people":
			return at(at("/people", known[i][j]), asTokens(inside)...)
		case "rotations":
			return c.inRotation(part, c.spec.Schedules[i].Rotations[j], inside)
		case "overrides":
			return c.inOverride(part, c.spec.Schedules[i].Overrides[j], inside)
		case "intended_gaps":
			return c.inGap(part, c.spec.Schedules[i].IntendedGaps[j], inside)
		}
	}
	if len(field) == 3 && field[2] == "people" {
		return "/people"
	}
	return at("", asTokens(field)...)
}

func (c *checker) inRotation(path string, r Rotation, inside []string) string {
	broken := func(name string) bool { return c.hasProblem(at(path, name)) }
	switch inside[0] {
	case "start", "turns", "members", "windows":
		if broken("fixed") {
			return at(path, "fixed")
		}
	}
	switch inside[0] {
	case "turns":
		if len(r.Turns) == 0 && !broken("turns") {
			return at(path, "turn")
		}
	case "members":
		if len(r.Seats) > 0 || broken("seats") {
			inside = append([]string{"seats"}, inside[1:]...)
		}
	case "windows":
		if len(inside) == 3 {
			i, _ := strconv.Atoi(inside[1])
			return c.inWindow(at(path, "windows", i), r.Windows[i], inside[2])
		}
	}
	return at(path, asTokens(inside)...)
}

func (c *checker) inWindow(path string, w Window, inside string) string {
	if inside == "length" && w.Length == 0 && !c.hasProblem(at(path, "length")) {
		inside = "closes"
	}
	return at(path, inside)
}

func (c *checker) inOverride(path string, o Override, inside []string) string {
	if inside[0] == "people" && len(o.People) == 0 && !c.hasProblem(at(path, "people")) {
		if o.Nobody {
			return at(path, "nobody")
		}
		return at(path, "person")
	}
	return at(path, asTokens(inside)...)
}

func (c *checker) inGap(path string, g IntendedGap, inside []string) string {
	window := at(path, "window")
	switch {
	case len(inside) == 0 && !g.Window.there() && c.hasProblem(at(window, "opens")):
		return at(window, "opens") // the window is there
	case len(inside) == 2:
		return c.inWindow(window, g.Window, inside[1])
	}
	return at(path, asTokens(inside)...)
}

func asTokens(texts []string) []any {
	tokens := make([]any, len(texts))
	for i, t := range texts {
		tokens[i] = t
	}
	return tokens
}
