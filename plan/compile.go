package plan

import (
	"cmp"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/severity"
)

// compile fills in the plan. What the packages below find wrong becomes a
// problem at the same place of the document.
func (c *checker) compile(p *Plan) {
	s := c.spec
	levels := make([]severity.Level, len(s.Severities))
	for i, l := range s.Severities {
		levels[i] = l.level()
	}
	scale, err := severity.New(levels)
	p.severities = scale
	c.below("", err, nil)

	c.compileSchedules(p)
	c.compilePolicies(p)
	c.compileWorld(p)
	for i, person := range s.People {
		person.Name = cmp.Or(person.Name, person.ID)
		p.people = append(p.people, person)
		p.person[person.ID] = i
	}
	for _, component := range s.Components {
		component.Name = cmp.Or(component.Name, component.ID)
		p.components[component.ID] = component
	}
	for i, route := range s.Routes {
		p.routes = append(p.routes, p.route(i, route))
	}
}

// below takes over what a lower package reports: an error, or several that are
// joined. Where the document says something at another place than that package,
// place knows; nil: nowhere.
func (c *checker) below(path string, err error, place func(path string) string) {
	var joined interface{ Unwrap() []error }
	var level *severity.FieldError
	var paging *escalation.FieldError
	switch {
	case err == nil:
	case errors.As(err, &joined):
		for _, e := range joined.Unwrap() {
			c.below(path, e, place)
		}
	case errors.As(err, &level):
		c.bad(path+fieldPath(level.Field), inOwnSpelling(level.Want))
	case errors.As(err, &paging):
		path += fieldPath(paging.Field)
		if place != nil {
			path = place(path)
		}
		if path != "" {
			c.bad(path, inOwnSpelling(paging.Want))
		}
	default:
		c.bad(path, "a plan that can be compiled: "+err.Error())
	}
}

// fieldPath turns "levels[0].id" into "/severities/0/id".
func fieldPath(field string) string {
	var tokens []any
	for _, t := range fieldTokens(field) {
		if t == "levels" {
			t = "severities" // the one name that differs
		}
		tokens = append(tokens, t)
	}
	return at("", tokens...)
}

// fieldTokens splits "levels[0].id" into "levels", "0" and "id".
func fieldTokens(field string) []string {
	return strings.FieldsFunc(field, func(r rune) bool { return strings.ContainsRune(".[]", r) })
}

func (s Severity) level() severity.Level {
	return severity.Level{
		ID: s.ID, Name: cmp.Or(s.Name, s.ID), Description: s.Description, Review: s.Review,
		Targets: severity.Targets{
			Acknowledge: time.Duration(s.Targets.Acknowledge),
			FirstUpdate: time.Duration(s.Targets.FirstUpdate),
			Cadence:     time.Duration(s.Targets.Cadence),
			Mitigate:    time.Duration(s.Targets.Mitigate),
			ReviewDue:   time.Duration(s.Targets.ReviewDue),
		},
	}
}

func (p *Plan) route(i int, r Route) route {
	policy := cmp.Or(r.Policy, p.components[r.Component].Policy, p.defaultPolicy)
	return route{r.Match, Routing{
		Severity: r.Severity, Component: r.Component, Policy: policy,
		Active: r.Status == Active || r.Status == "" && r.Severity != "",
		Rule:   "route " + strconv.Itoa(i+1),
	}}
}
