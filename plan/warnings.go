package plan

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/internal/strictjson"
	"github.com/incidentkit/incidentkit/oncall"
)

// Warnings returns what is allowed and yet most likely not meant, in the order of
// the document, and no more than a hundred of them: somebody who may be paged and
// has no contacts; a schedule that a policy pages while nobody is on call on it at
// the given instant, unless it means that so; a team that a policy pages and that
// has no members; a low urgency of the most severe level; and the value of a label
// that looks like a pattern, because values are compared exactly. What goes wrong
// at other instants, package proof finds. Warnings reads the document again: ask
// when a plan is saved, not when an alert comes in.
func (p *Plan) Warnings(now time.Time) []Problem {
	read := strictjson.Decode[Spec](p.document, strictjson.Limits{MaxBytes: MaxSize})
	w := newChecker(&read.Value, read.Positions, nil)
	w.unreachable()
	w.unstaffed(p, now)
	w.empty()
	w.patterns()
	if urgency := read.Value.Severities[0].Urgency; urgency == Urgency(escalation.Low) {
		w.bad("/severities/0/urgency", `"high" for the most severe level; whom a page of low urgency wakes, their rules say`)
	}
	sortProblems(w.problems)
	return w.problems
}

// unreachable warns of people who may be paged, but cannot.
func (c *checker) unreachable() {
	c.references() // which finds out who may be
	for i, person := range c.spec.People {
		if path := c.paged[i]; path != "" && len(person.Contacts) == 0 {
			line, _ := c.positions.At(path)
			c.bad(at("/people", i, "contacts"), fmt.Sprintf("at least one contact, since line %d has %q paged", line, person.ID))
		}
	}
}

// unstaffed warns of schedules that would page nobody now.
func (c *checker) unstaffed(p *Plan, now time.Time) {
	for i, schedule := range c.spec.Schedules {
		policy, ok := c.pagedBy(escalation.TargetSchedule, schedule.ID, Mode(escalation.OnCallNow))
		if !ok {
			continue
		}
		rota := p.schedules[schedule.ID]
		_, err := rota.At(now)
		var nobody *oncall.NobodyError
		if !errors.As(err, &nobody) || intended(rota, now) {
			continue
		}
		until := "ever again"
		if !nobody.Until.IsZero() {
			until = "until " + nobody.Until.Format(time.RFC3339)
		}
		c.bad(at("/schedules", i), fmt.Sprintf("somebody on call now, since policy %s pages schedule %s; nobody is %s",
			quote(policy), quote(schedule.ID), until))
	}
}

// intended reports whether a schedule means nobody to be on call now.
func intended(rota *oncall.Rota, now time.Time) bool {
	for gap := range rota.Gaps(now, now.Add(time.Second)) {
		return gap.Intended
	}
	return false
}

// empty warns of teams that would page nobody.
func (c *checker) empty() {
	for i, team := range c.spec.Teams {
		if policy, ok := c.pagedBy(escalation.TargetTeam, team.ID, Mode(escalation.Everyone)); ok && len(team.Members) == 0 {
			c.bad(at("/teams", i, "members"), fmt.Sprintf("at least one member, since policy %s pages team %s", quote(policy), quote(team.ID)))
		}
	}
}

// pagedBy returns the first policy that pages somebody of a kind in a mode, which
// may be left out.
func (c *checker) pagedBy(kind escalation.TargetType, id string, mode Mode) (policy string, ok bool) {
	is := func(t Target) bool { return t.Type == kind && t.ID == id && (t.Mode == "" || t.Mode == mode) }
	for _, p := range c.spec.Policies {
		if slices.ContainsFunc(p.Final.Targets, is) {
			return p.ID, true
		}
		for _, step := range p.steps {
			if slices.ContainsFunc(step.Targets, is) {
				return p.ID, true
			}
		}
	}
	return "", false
}

// patterns warns of labels that would match nothing but the pattern itself.
func (c *checker) patterns() {
	for i, policy := range c.spec.Policies {
		for j, d := range policy.Defer {
			c.pattern(at("/policies", i, "defer", j, "if", "labels"), d.If.Labels)
		}
	}
	for path, step := range c.spec.steps {
		c.pattern(at(path, "if", "labels"), step.If.Labels)
		c.pattern(at(path, "until", "labels"), step.Until.Labels)
	}
	for i, route := range c.spec.Routes {
		c.pattern(at("/routes", i, "match"), route.Match)
	}
}

func (c *checker) pattern(path string, labels map[string]string) {
	for _, label := range slices.Sorted(maps.Keys(labels)) {
		if value := labels[label]; looksLikePattern(value) {
			c.bad(at(path, label), "a value as alerts have it: values are compared exactly, and "+quote(value)+" looks like a pattern")
		}
	}
}

// looksLikePattern goes by what regular expressions and wildcards have and the
// values of labels hardly ever do.
func looksLikePattern(value string) bool {
	return strings.ContainsAny(value, "|*") || strings.Contains(value, ".+") ||
		strings.HasPrefix(value, "^") || strings.HasSuffix(value, "$")
}
