package proof

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
)

// MaxYears is how long a horizon can be.
const MaxYears = 10

// checker collects what keeps a plan from being proved at all.
type checker struct {
	plan *Plan
	errs []error
}

func (c *checker) bad(want, field string, args ...any) {
	c.errs = append(c.errs, &escalation.FieldError{Field: fmt.Sprintf(field, args...), Want: want})
}

// check reports what is wrong with the input of Verify.
func check(p *Plan, from, to time.Time) error {
	c := checker{plan: p}
	switch {
	case !from.Before(to):
		c.bad("an instant after from", "to")
	case to.After(from.AddDate(MaxYears, 0, 0)):
		c.bad(fmt.Sprintf("at most %d years after from", MaxYears), "to")
	}
	c.ids("policies", len(p.Policies), func(i int) string { return p.Policies[i].ID })
	c.ids("people", len(p.People), func(i int) string { return p.People[i].ID })
	c.ids("teams", len(p.Teams), func(i int) string { return p.Teams[i].ID })
	c.ids("suppliers", len(p.Suppliers), func(i int) string { return p.Suppliers[i].ID })
	c.ids("severities", len(p.Severities), func(i int) string { return p.Severities[i].ID })
	c.ids("schedules", len(p.Schedules), func(i int) string {
		if p.Schedules[i] == nil {
			return ""
		}
		return p.Schedules[i].ID()
	})
	c.severities()
	for i := range p.People {
		c.within(fmt.Sprintf("people[%d]", i), p.People[i].Validate())
	}
	return c.err()
}

func (c *checker) err() error { return errors.Join(c.errs...) }

// split returns the errors that are joined in one.
func split(err error) []error {
	var joined interface{ Unwrap() []error }
	if errors.As(err, &joined) {
		return joined.Unwrap()
	}
	return []error{err}
}

func (c *checker) ids(list string, n int, id func(i int) string) {
	seen := map[string]bool{}
	for i := range n {
		switch {
		case id(i) == "":
			c.bad("a non-empty id", "%s[%d].id", list, i)
		case seen[id(i)]:
			c.bad(fmt.Sprintf("an id that no other has; %q came before", id(i)), "%s[%d].id", list, i)
		}
		seen[id(i)] = true
	}
}

func (c *checker) severities() {
	known := map[string]bool{}
	for i := range c.plan.Policies {
		known[c.plan.Policies[i].ID] = true
	}
	for i := range c.plan.Severities {
		s := &c.plan.Severities[i]
		if s.Urgency != "" && s.Urgency != escalation.High && s.Urgency != escalation.Low {
			c.bad(fmt.Sprintf("%s or %s, not %q", escalation.High, escalation.Low, s.Urgency), "severities[%d].urgency", i)
		}
		if s.Within < 0 {
			c.bad(fmt.Sprintf("0 or more, not %s", s.Within), "severities[%d].within", i)
		}
		for j, id := range s.Policies {
			if !known[id] {
				c.bad(fmt.Sprintf("the id of a policy; there is none with %q", id), "severities[%d].policies[%d]", i, j)
			}
		}
	}
}

// within adds errors of a part of the plan.
func (c *checker) within(place string, errs []error) {
	for _, err := range errs {
		if field, ok := errors.AsType[*escalation.FieldError](err); ok {
			c.bad(field.Want, "%s", strings.TrimSuffix(place+"."+field.Field, "."))
			continue
		}
		c.errs = append(c.errs, fmt.Errorf("%s: %w", place, err))
	}
}

// sound returns a policy in which a person takes the place of each nested policy,
// so that everything else about it can be checked.
func sound(steps []escalation.Step) []escalation.Step {
	out := make([]escalation.Step, len(steps))
	for i, s := range steps {
		targets := s.Targets
		s.Targets = nil
		for _, t := range targets {
			if t.Type == escalation.TargetPolicy {
				t = escalation.Person("somebody")
			}
			s.Targets = append(s.Targets, t)
		}
		s.Steps, s.Else = sound(s.Steps), sound(s.Else)
		out[i] = s
	}
	return out
}
