package plan_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/oncall"
	"github.com/incidentkit/incidentkit/plan"
)

// weekly returns a schedule that begins in a year, in UTC.
func weekly(id string, year int) plan.Schedule {
	return plan.Schedule{ID: id, Zone: "UTC", Rotations: []plan.Rotation{{
		ID: "weekly", Start: plan.LocalTime(oncall.Local(year, time.January, 5, 9, 0)),
		Turn: plan.Turn{N: 1, Unit: oncall.Weeks}, Members: []string{"ana"},
	}}}
}

// pages returns a policy that pages a schedule in its second step.
func pages(id, schedule string) plan.Policy {
	return plan.Policy{ID: id, Steps: []plan.Step{
		{Targets: []plan.Target{{Type: escalation.TargetPerson, ID: "ana"}}, Wait: plan.Duration(time.Minute)},
		{Targets: []plan.Target{{Type: escalation.TargetSchedule, ID: schedule}}, Wait: plan.Duration(time.Minute)},
	}}
}

func warnings(tb testing.TB, spec plan.Spec, now time.Time) string {
	tb.Helper()
	doc, err := json.MarshalIndent(spec, "", " ")
	require.NoError(tb, err)
	p, err := plan.Parse(doc)
	require.NoError(tb, err)
	var lines []string
	line := 0
	for _, w := range p.Warnings(now) {
		lines = append(lines, w.Path+": "+w.Want)
		assert.Equal(tb, p.Problem(w.Path, w.Want), w, "it is where its path leads")
		assert.GreaterOrEqual(tb, w.Line, line, "they are in the order of the document")
		line = w.Line
	}
	return strings.Join(lines, "\n")
}

func TestWarningsOfSchedules(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.June, 1, 12, 0, 0, 0, time.UTC)
	covered := weekly("late", 2027)
	covered.Overrides = []plan.Override{{ID: "o", Person: "ana",
		Start: plan.Instant(now), End: plan.Instant(now.Add(time.Hour))}}
	closed := weekly("late", 2027)
	closed.IntendedGaps = []plan.IntendedGap{{End: plan.Instant(now.Add(time.Hour))}}
	tests := map[string]struct {
		now       time.Time
		schedules []plan.Schedule
		policies  []plan.Policy
		want      string
	}{
		"somebody is on call": {now, []plan.Schedule{weekly("ok", 2026)}, []plan.Policy{pages("p", "ok")}, ""},
		"it begins later": {now, []plan.Schedule{weekly("ok", 2026), weekly("late", 2027)}, []plan.Policy{pages("p", "ok"), pages("q", "late"), pages("r", "late")},
			`/schedules/1: somebody on call now, since policy "q" pages schedule "late"; nobody is until 2027-01-05T09:00:00Z`},
		"just before it begins": {time.Date(2027, time.January, 5, 8, 59, 59, 0, time.UTC), []plan.Schedule{weekly("late", 2027)}, []plan.Policy{pages("p", "late")},
			`/schedules/0: somebody on call now, since policy "p" pages schedule "late"; nobody is until 2027-01-05T09:00:00Z`},
		"just as it begins":     {time.Date(2027, time.January, 5, 9, 0, 0, 0, time.UTC), []plan.Schedule{weekly("late", 2027)}, []plan.Policy{pages("p", "late")}, ""},
		"no policy pages it":    {now, []plan.Schedule{weekly("late", 2027)}, nil, ""},
		"an override helps out": {now, []plan.Schedule{covered}, []plan.Policy{pages("p", "late")}, ""},
		"it is meant so":        {now, []plan.Schedule{closed}, []plan.Policy{pages("p", "late")}, ""},
		"it was meant so before": {now.Add(time.Hour), []plan.Schedule{closed}, []plan.Policy{pages("p", "late")},
			`/schedules/0: somebody on call now, since policy "p" pages schedule "late"; nobody is until 2027-01-05T09:00:00Z`},
		"a person of the same id": {now, []plan.Schedule{weekly("ana", 2027)}, []plan.Policy{pages("p", "ok")}, ""},
		"it is over for good": {time.Date(10000, time.January, 1, 0, 0, 0, 0, time.UTC), []plan.Schedule{weekly("ok", 2026)}, []plan.Policy{pages("p", "ok")},
			`/schedules/0: somebody on call now, since policy "p" pages schedule "ok"; nobody is ever again`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec := minimal()
			spec.Schedules = tt.schedules
			spec.Policies = append(spec.Policies, tt.policies...)
			if name == "a person of the same id" {
				spec.Schedules = append(spec.Schedules, weekly("ok", 2026))
			}
			assert.Equal(t, tt.want, warnings(t, spec, tt.now))
		})
	}
}

func TestWarningsOfRoutes(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.June, 1, 12, 0, 0, 0, time.UTC)
	for value, pattern := range map[string]bool{
		"web": false, "": false, "prod-eu.1": false, "a+b": false, "10.0.0.1:80": false, "cost in $": true, "$5": false, "a^b": false, "a.b": false,
		"web|db": true, ".*": true, "web.*": true, "web-*": true, "web.+": true, "^web": true, "web$": true, "^web$": true,
	} {
		spec := minimal()
		spec.Routes = []plan.Route{{Match: map[string]string{"team": "web"}}, {Match: map[string]string{"team/name": value, "env": "prod"}}}
		want := ""
		if pattern {
			want = fmt.Sprintf("/routes/1/match/team~1name: a value as alerts have it: values are compared exactly, and %q looks like a pattern", value)
		}
		assert.Equal(t, want, warnings(t, spec, now), value)
	}

	spec := minimal()
	spec.Schedules = []plan.Schedule{weekly("late", 2027)}
	spec.Policies = append(spec.Policies, pages("p", "late"))
	spec.Routes = []plan.Route{{Match: map[string]string{"b": ".*", "a": "x|y", "c": "z"}}}
	var paths []string
	for line := range strings.Lines(warnings(t, spec, now)) {
		path, _, _ := strings.Cut(line, ":")
		paths = append(paths, path)
	}
	assert.Equal(t, []string{"/schedules/0", "/routes/0/match/a", "/routes/0/match/b"}, paths)
}

func TestWarningsAreLimited(t *testing.T) {
	t.Parallel()
	spec := minimal()
	for i := range 150 {
		spec.Routes = append(spec.Routes, plan.Route{Match: map[string]string{"team": fmt.Sprintf("web%d|db", i)}})
	}
	assert.Equal(t, 100, strings.Count(warnings(t, spec, time.Time{}), "/routes/"))
}
