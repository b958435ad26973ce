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
// the document, and no more than a hundred of them: a schedule that a policy
// pages while nobody is on call on it at the given instant, unless it means that
// so, and a value of a
// route that looks like a pattern, because values are compared exactly. It reads
// the document again: ask when a plan is saved, not when an alert comes in.
func (p *Plan) Warnings(now time.Time) []Problem {
	read := strictjson.Decode[Spec](p.document, strictjson.Limits{MaxBytes: MaxSize})
	w := newChecker(&read.Value, read.Positions, nil)
	w.unstaffed(p, now)
	w.patterns()
	sortProblems(w.problems)
	return w.problems
}

// unstaffed warns of schedules that would page nobody now.
func (c *checker) unstaffed(p *Plan, now time.Time) {
	for i, schedule := range c.spec.Schedules {
		pagedBy := slices.IndexFunc(c.spec.Policies, func(policy Policy) bool { return policy.pages(schedule.ID) })
		if pagedBy < 0 {
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
			quote(c.spec.Policies[pagedBy].ID), quote(schedule.ID), until))
	}
}

// intended reports whether a schedule means nobody to be on call now.
func intended(rota *oncall.Rota, now time.Time) bool {
	for gap := range rota.Gaps(now, now.Add(time.Second)) {
		return gap.Intended
	}
	return false
}

// pages reports whether a policy pages a schedule.
func (p Policy) pages(schedule string) bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool {
		return slices.Contains(s.Targets, Target{Type: escalation.TargetSchedule, ID: schedule})
	})
}

// patterns warns of routes that would match nothing but the pattern itself.
func (c *checker) patterns() {
	for i, route := range c.spec.Routes {
		for _, label := range slices.Sorted(maps.Keys(route.Match)) {
			if value := route.Match[label]; looksLikePattern(value) {
				c.bad(at("/routes", i, "match", label),
					"a value as alerts have it: values are compared exactly, and "+quote(value)+" looks like a pattern")
			}
		}
	}
}

// looksLikePattern goes by what regular expressions and wildcards have and the
// values of labels hardly ever do.
func looksLikePattern(value string) bool {
	return strings.ContainsAny(value, "|*") || strings.Contains(value, ".+") ||
		strings.HasPrefix(value, "^") || strings.HasSuffix(value, "$")
}
