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
		{Targets: []plan.Target{{Type: escalation.TargetPerson, ID: "ana"}}, Wait: plan.Wait(time.Minute)},
		{Targets: []plan.Target{{Type: escalation.TargetSchedule, ID: schedule}}, Wait: plan.Wait(time.Minute)},
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

// Wherever a policy pages a schedule, and whether now.
func TestWarningsOfSchedulesInPolicies(t *testing.T) {
	t.Parallel()
	late := plan.Target{Type: escalation.TargetSchedule, ID: "late"}
	with := func(mode escalation.Mode) plan.Target {
		late := late
		late.Mode = plan.Mode(mode)
		return late
	}
	step := func(t plan.Target) plan.Step {
		return plan.Step{Targets: []plan.Target{t}, Wait: plan.Wait(time.Minute)}
	}
	drill := plan.Condition{Kinds: []plan.Kind{plan.Drill}}
	for name, tt := range map[string]struct {
		policy plan.Policy
		warned bool
	}{
		"on call":           {plan.Policy{Steps: []plan.Step{step(with(escalation.OnCallNow))}}, true},
		"the next":          {plan.Policy{Steps: []plan.Step{step(with(escalation.OnCallNext))}}, false},
		"everyone":          {plan.Policy{Steps: []plan.Step{step(with(escalation.Everyone))}}, false},
		"in a branch":       {plan.Policy{Steps: []plan.Step{{Steps: []plan.Step{step(late)}}}}, true},
		"or else":           {plan.Policy{Steps: []plan.Step{{If: drill, Else: []plan.Step{{Steps: []plan.Step{step(late)}}}}}}, true},
		"in the end":        {plan.Policy{Steps: minimal().Policies[0].Steps, Final: plan.Final{Targets: []plan.Target{late}}}, true},
		"not at all":        {plan.Policy{Steps: minimal().Policies[0].Steps}, false},
		"with more urgency": {plan.Policy{Steps: []plan.Step{step(plan.Target{Type: late.Type, ID: late.ID, Urgency: "high"})}}, true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec := minimal()
			spec.Schedules = []plan.Schedule{weekly("late", 2027)}
			tt.policy.ID = "p"
			spec.Policies = append(spec.Policies, tt.policy)
			want := ""
			if tt.warned {
				want = `/schedules/0: somebody on call now, since policy "p" pages schedule "late"; nobody is until 2027-01-05T09:00:00Z`
			}
			assert.Equal(t, want, warnings(t, spec, time.Date(2026, time.June, 1, 12, 0, 0, 0, time.UTC)))
		})
	}
}

func TestWarningsOfPeople(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, time.June, 1, 12, 0, 0, 0, time.UTC)
	contacts := []plan.Contact{{Channel: "sms", To: "1"}}
	spec := minimal()
	spec.People = []plan.Person{{ID: "ana"}, {ID: "ben", Contacts: contacts}, {ID: "cleo"}, {ID: "dan"}, {ID: "reads-along"}}
	spec.Schedules = []plan.Schedule{weekly("s", 2026)}
	spec.Schedules[0].Rotations[0].Members = []string{"ana", "ben", "cleo"}
	spec.Teams = []plan.Team{{ID: "web", Members: []string{"ben"}, Manager: "dan"}, {ID: "empty", Members: []string{}}, {ID: "unpaged", Members: []string{}}}
	assert.Equal(t, `/people/0/contacts: at least one contact, since line 85 has "ana" paged
/people/2/contacts: at least one contact, since line 44 has "cleo" paged
/people/3/contacts: at least one contact, since line 56 has "dan" paged`, warnings(t, spec, now))

	for _, id := range []int{0, 2, 3} {
		spec.People[id].Contacts = contacts
	}
	assert.Empty(t, warnings(t, spec, now))

	spec.Policies[0].Steps[0].Targets[0] = plan.Target{Type: escalation.TargetTeam, ID: "empty"}
	assert.Equal(t, `/teams/1/members: at least one member, since policy "default" pages team "empty"`, warnings(t, spec, now))
}

func TestWarningsOfUrgency(t *testing.T) {
	t.Parallel()
	spec := minimal()
	spec.Severities = []plan.Severity{{ID: "SEV1", Urgency: "high"}, {ID: "SEV2", Urgency: "low"}}
	assert.Empty(t, warnings(t, spec, time.Time{}))
	spec.Severities[0].Urgency = "low"
	assert.Equal(t, `/severities/0/urgency: "high" for the most severe level; whom a page of low urgency wakes, their rules say`, warnings(t, spec, time.Time{}))
}

func TestWarningsOfConditions(t *testing.T) {
	t.Parallel()
	spec := minimal()
	labels := plan.Condition{Labels: map[string]string{"env": "prod.*"}}
	inside := spec.Policies[0].Steps[0]
	inside.If = labels
	spec.Policies[0].Defer = []plan.Deferral{{If: labels, Hours: plan.Hours{Zone: "UTC", Windows: []plan.Window{{Opens: "09:00", Closes: "17:00"}}}}}
	spec.Policies[0].Steps = append(spec.Policies[0].Steps, plan.Step{Steps: []plan.Step{inside}}, plan.Step{Until: labels, Wait: plan.Wait(time.Minute)})
	var paths []string
	for line := range strings.Lines(warnings(t, spec, time.Time{})) {
		path, want, _ := strings.Cut(line, ": ")
		assert.Contains(t, want, `"prod.*" looks like a pattern`)
		paths = append(paths, path)
	}
	assert.Equal(t, []string{"/policies/0/steps/1/steps/0/if/labels/env", "/policies/0/steps/2/until/labels/env", "/policies/0/defer/0/if/labels/env"}, paths)
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
