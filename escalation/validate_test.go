package escalation_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/oncall"
)

// many returns so many steps.
func many(n int) []escalation.Step {
	steps := make([]escalation.Step, n)
	for i := range steps {
		steps[i] = pages(time.Minute, "ana")
	}
	return steps
}

// deep returns branches in branches.
func deep(n int) escalation.Step {
	s := pages(time.Minute, "ana")
	for range n {
		s = escalation.Step{Steps: []escalation.Step{s}}
	}
	return s
}

func nests(id string) escalation.Step {
	return escalation.Step{Targets: []escalation.Target{{Type: escalation.TargetPolicy, ID: id}}, Wait: time.Minute}
}

func TestValidate(t *testing.T) {
	t.Parallel()
	const none = "none: only a step that pages somebody itself has one"
	never := &escalation.Condition{Not: true}
	week := escalation.Hours{Zone: "UTC", Windows: []oncall.Window{{Length: 24 * time.Hour}}}
	tests := map[string]struct {
		change func(p *escalation.Policy)
		want   map[string]string
	}{
		"valid":         {func(*escalation.Policy) {}, nil},
		"the zero":      {func(p *escalation.Policy) { *p = escalation.Policy{} }, map[string]string{"id": "a non-empty id", "steps": "1 to 200 steps, not 0"}},
		"many repeats":  {func(p *escalation.Policy) { p.Repeat = 101 }, map[string]string{"repeat": "0 to 100, not 101"}},
		"no repeats":    {func(p *escalation.Policy) { p.Repeat = -1 }, map[string]string{"repeat": "0 to 100, not -1"}},
		"repeat from":   {func(p *escalation.Policy) { p.RepeatFrom = "x" }, map[string]string{"repeat_from": `the id of one of the steps, outside of branches; there is none with "x"`}},
		"10,000 steps":  {func(p *escalation.Policy) { p.Steps = many(10_000) }, map[string]string{"steps": "1 to 200 steps, not 10000"}},
		"many branches": {func(p *escalation.Policy) { p.Steps = []escalation.Step{{Steps: many(150)}, {Steps: many(150)}} }, map[string]string{"steps": "at most 200 steps, with those of branches and nested policies, not 302"}},
		"deep":          {func(p *escalation.Policy) { p.Steps = []escalation.Step{deep(10)} }, map[string]string{"steps[0].steps[0].steps[0].steps[0].steps[0].steps[0].steps[0].steps[0].steps[0].steps[0].steps": "at most 10 branches in each other"}},
		"many pages": {func(p *escalation.Policy) { p.Steps, p.Repeat = many(199), 60 }, map[string]string{
			"repeat": "so few that the targets of all rounds are at most 10000 together, not 12139"}},
		"loops in loops": {func(p *escalation.Policy) {
			p.Steps = []escalation.Step{{ID: "a", Targets: []escalation.Target{escalation.Person("ana")}, Wait: time.Minute}, {BackTo: "a", Times: 100}, {BackTo: "a", Times: 99}}
		}, map[string]string{"repeat": "so few that the targets of all rounds are at most 10000 together, not 10001"}},
		"no kind":   {func(p *escalation.Policy) { p.Steps[0] = escalation.Step{} }, map[string]string{"steps[0]": "exactly one of targets, steps, until and back_to"}},
		"two kinds": {func(p *escalation.Policy) { p.Steps[0].Until = never }, map[string]string{"steps[0]": "exactly one of targets, steps, until and back_to"}},
		"short wait": {func(p *escalation.Policy) { p.Steps[0].Wait = time.Nanosecond }, map[string]string{
			"steps[0].wait": "1s to 168h0m0s, not 1ns"}},
		"negative wait": {func(p *escalation.Policy) { p.Steps[0].Wait = -time.Minute }, map[string]string{
			"steps[0].wait": "1s to 168h0m0s, not -1m0s"}},
		"100 years": {func(p *escalation.Policy) { p.Steps[0].Wait = 876_000 * time.Hour }, map[string]string{
			"steps[0].wait": "1s to 168h0m0s, not 876000h0m0s"}},
		"no wait": {func(p *escalation.Policy) { p.Steps[0].Wait = 0 }, nil},
		"target": {func(p *escalation.Policy) {
			p.Steps[0].Targets = []escalation.Target{{Type: "group", ID: "x", Urgency: "middling"}, {Type: escalation.TargetPerson, Mode: escalation.Everyone}, {Type: escalation.TargetTeam, ID: "t", Mode: escalation.OnCallNext}}
		}, map[string]string{
			"steps[0].targets[0].type":    `person, schedule, team, channel, vendor, webhook or policy, not "group"`,
			"steps[0].targets[0].urgency": `high or low, not "middling"`,
			"steps[0].targets[1].id":      "a non-empty id",
			"steps[0].targets[1].mode":    `none: only schedules and teams have one, not "everyone"`,
			"steps[0].targets[2].mode":    `everyone or manager, not "next"`,
		}},
		"many targets": {func(p *escalation.Policy) { p.Steps[0].Targets = make([]escalation.Target, 101) }, map[string]string{"steps[0].targets": "1 to 100 targets, not 101"}},
		"ways": {func(p *escalation.Policy) {
			p.Steps[0].Ack, p.Steps[0].Pick, p.Steps[0].Skills = "some", "any", []string{""}
		}, map[string]string{
			"steps[0].ack": `first or all, not "some"`, "steps[0].pick": `all, in_turn or least_recent, not "any"`, "steps[0].skills[0]": "the name of a skill"}},
		"ways of what pages nobody": {func(p *escalation.Policy) {
			p.Steps[0] = escalation.Step{Steps: many(1), Ack: escalation.AckAll, Pick: escalation.PickAll, Skills: []string{"a"}, Tier: "t", Times: 1, Wait: time.Minute}
		}, map[string]string{
			"steps[0].ack": none, "steps[0].pick": none, "steps[0].skills": none, "steps[0].tier": none,
			"steps[0].times": "none: only a step with back_to has it", "steps[0].wait": "none: only a step with targets or until waits, not 1m0s"}},
		"ways of what only nests": {func(p *escalation.Policy) {
			p.Steps[0] = nests("long")
			p.Steps[0].Ack, p.Steps[0].Pick, p.Steps[0].Skills = escalation.AckAll, escalation.PickInTurn, []string{"a"}
		}, map[string]string{"steps[0].ack": none, "steps[0].pick": none, "steps[0].skills": none}},
		"steps in themselves": {func(p *escalation.Policy) {
			loop := []escalation.Step{{}}
			loop[0].Steps = loop
			p.Steps = loop
		}, map[string]string{"steps[0].steps[0].steps[0].steps[0].steps[0].steps[0].steps[0].steps[0].steps[0].steps[0].steps": "at most 10 branches in each other"}},
		"else without if": {func(p *escalation.Policy) { p.Steps[0].Else = many(1) }, map[string]string{"steps[0].if": "a condition, since there is an else"}},
		"condition": {func(p *escalation.Policy) {
			p.Steps[0].If = &escalation.Condition{Severities: []string{"a", ""}, Urgency: "x", Kinds: []string{""}, Components: []string{""},
				Labels: map[string]string{"": "x"}, Hours: &escalation.Hours{Zone: "Mars", Windows: []oncall.Window{{Length: -1}}}, Alerts: &escalation.AlertCount{}}
		}, map[string]string{
			"steps[0].if.severities[1]": "a non-empty name", "steps[0].if.urgency": `high or low, not "x"`, "steps[0].if.kinds[0]": "a non-empty name",
			"steps[0].if.components[0]": "a non-empty name", "steps[0].if.labels": "the name of a label; it is empty",
			"steps[0].if.hours.zone":              `an IANA time zone such as "Europe/Berlin", not "Mars", which the zone data of this machine does not have (importing time/tzdata brings a full set)`,
			"steps[0].if.hours.windows[0].length": "1s to 7 days in whole seconds, not -1ns",
			"steps[0].if.alerts.at_least":         "1 to 1000, not 0", "steps[0].if.alerts.within": "1s to 168h0m0s, not 0s"}},
		"hours of all the week": {func(p *escalation.Policy) { p.Defer = []escalation.Deferral{{Hours: week}} }, map[string]string{
			"defer[0].hours.windows": "times that leave some of the week; these are all of it"}},
		"no hours": {func(p *escalation.Policy) { p.Defer = []escalation.Deferral{{}} }, map[string]string{"defer[0].hours.zone": `a time zone such as "Europe/Berlin"`}},
		"no windows": {func(p *escalation.Policy) { p.Defer = []escalation.Deferral{{Hours: escalation.Hours{Zone: "UTC"}}} }, map[string]string{
			"defer[0].hours.windows": "at least one time of the week"}},
		"until something, for ever": {func(p *escalation.Policy) {
			p.Steps[0] = escalation.Step{Until: &escalation.Condition{Hours: &working, Severities: []string{"SEV1"}}}
		}, map[string]string{"steps[0].wait": "1s to 168h0m0s, not 0s"}},
		"until hours": {func(p *escalation.Policy) {
			p.Steps[0] = escalation.Step{Until: &escalation.Condition{Hours: &working}}
		}, nil},
		"a pause": {func(p *escalation.Policy) { p.Steps[0] = escalation.Step{Until: never, Wait: time.Minute} }, nil},
		"back to later": {func(p *escalation.Policy) { p.Steps[0] = escalation.Step{BackTo: "b"} }, map[string]string{
			"steps[0].back_to": `the id of a step before this one, in the same list or around it; there is none with "b"`, "steps[0].times": "1 to 100, not 0"}},
		"back to itself": {func(p *escalation.Policy) { p.Steps[0] = escalation.Step{ID: "x", BackTo: "x", Times: 1} }, map[string]string{
			"steps[0].back_to": `the id of a step before this one, in the same list or around it; there is none with "x"`}},
		"back into a branch": {func(p *escalation.Policy) {
			p.Steps = []escalation.Step{{Steps: []escalation.Step{{ID: "in", Targets: []escalation.Target{escalation.Person("ana")}}}}, {BackTo: "in", Times: 1}}
		}, map[string]string{"steps[1].back_to": `the id of a step before this one, in the same list or around it; there is none with "in"`}},
		"back out of a branch": {func(p *escalation.Policy) {
			p.Steps = []escalation.Step{{ID: "out", Targets: []escalation.Target{escalation.Person("ana")}}, {Steps: []escalation.Step{{BackTo: "out", Times: 1}}}}
		}, nil},
		"one id twice": {func(p *escalation.Policy) { p.Steps[0].ID = "b" }, map[string]string{"steps[1].id": `an id that no other step has; "b" came before`}},
		"a tier":       {func(p *escalation.Policy) { p.Steps[0].Tier = "x" }, map[string]string{"steps[0].tier": `the id of one of the tiers; there is none with "x"`}},
		"tiers": {func(p *escalation.Policy) { p.Tiers = []escalation.Tier{{}, {Packet: []string{""}}} }, map[string]string{
			"tiers[0].id": "a non-empty id", "tiers[1].id": "a non-empty id", "tiers[1].packet[0]": "the name of a fact"}},
		"times": {func(p *escalation.Policy) { p.AckTimeout, p.RemindEvery = time.Hour, time.Hour }, map[string]string{"remind_every": "less than the ack_timeout of 1h0m0s, not 1h0m0s"}},
		"long times": {func(p *escalation.Policy) { p.AckTimeout, p.RemindEvery = -1, 1 }, map[string]string{
			"ack_timeout": "1s to 168h0m0s, not -1ns", "remind_every": "1m0s to 168h0m0s, not 1ns"}},
		"final": {func(p *escalation.Policy) {
			p.Final.Targets = []escalation.Target{{Type: escalation.TargetPolicy, ID: "p"}}
		}, map[string]string{
			"final.targets[0].type": "anything but a policy: nothing follows the end of one"}},
		"nested that is not there": {func(p *escalation.Policy) { p.Steps[0] = nests("q") }, map[string]string{"steps[0].targets[0].id": `the id of a policy; there is none with "q"`}},
		"nests itself":             {func(p *escalation.Policy) { p.Steps[0] = nests("p") }, map[string]string{"steps[0].targets[0].id": "a policy that never leads back to one on the way: p → p"}},
		"nests one that nests it": {func(p *escalation.Policy) { p.Steps[0] = nests("back") }, map[string]string{
			"steps[0].targets[0].id": "a policy that never leads back to one on the way: p → back → p"}},
		"nests one that is wrong": {func(p *escalation.Policy) { p.Steps[0] = nests("wrong") }, map[string]string{
			"steps[0].targets[0].id": "a policy that is valid; wrong is not: escalation: steps: want 1 to 200 steps, not 0"}},
		"nests twice": {func(p *escalation.Policy) { p.Steps = []escalation.Step{nests("long"), nests("long")} }, map[string]string{
			"steps": "at most 200 steps, with those of branches and nested policies, not 242"}},
	}
	others := []escalation.Policy{
		{ID: "back", Steps: []escalation.Step{nests("p")}}, {ID: "wrong"}, {ID: "long", Steps: many(120)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := escalation.Policy{ID: "p", Steps: []escalation.Step{pages(time.Minute, "ana"), pages(time.Minute, "ben")}}
			p.Steps[1].ID = "b"
			tt.change(&p)
			got := map[string]string{}
			for _, err := range escalation.Validate(p, others...) {
				var field *escalation.FieldError
				require.ErrorAs(t, err, &field)
				got[field.Field] += field.Want
				assert.EqualError(t, err, "escalation: "+field.Field+": want "+field.Want)
			}
			if tt.want == nil {
				tt.want = map[string]string{}
			}
			assert.Equal(t, tt.want, got)
			l, err := escalation.Compile(p, others...)
			assert.Equal(t, len(tt.want) == 0, err == nil)
			assert.Equal(t, err == nil, l != nil)
		})
	}
}

func TestCompileAllSaysWhichPolicy(t *testing.T) {
	t.Parallel()
	_, err := escalation.CompileAll([]escalation.Policy{
		{ID: "a", Steps: many(1)}, {ID: "a", Steps: many(1)}, {ID: "b", Steps: []escalation.Step{nests("c")}}, {ID: "c", Steps: []escalation.Step{nests("b")}},
	})
	var lines []string
	for _, e := range err.(interface{ Unwrap() []error }).Unwrap() {
		lines = append(lines, e.Error())
	}
	assert.Equal(t, []string{
		`escalation: policies[1].id: want an id that no other policy has; "a" came before`,
		"escalation: policies[2].steps[0].targets[0].id: want a policy that never leads back to one on the way: b → c → b",
		"escalation: policies[3].steps[0].targets[0].id: want a policy that never leads back to one on the way: c → b → c",
	}, lines)
	_, err = escalation.CompileAll(make([]escalation.Policy, escalation.MaxPolicies+1))
	require.EqualError(t, err, "escalation: policies: want at most 1000, not 1001")

	all, err := escalation.CompileAll([]escalation.Policy{{ID: "a", Steps: []escalation.Step{nests("b")}}, {ID: "b", Steps: many(2)}})
	require.NoError(t, err)
	assert.Equal(t, "a 3, b 2", fmt.Sprintf("a %d, b %d", all["a"].Len(), all["b"].Len()))
}

func TestLadderSharesNothing(t *testing.T) {
	t.Parallel()
	p := escalation.Policy{ID: "p", Steps: []escalation.Step{{
		If: &escalation.Condition{Severities: []string{"SEV1"}, Hours: &working}, Targets: []escalation.Target{escalation.Person("ana")}, Wait: time.Minute, Else: many(1),
	}}, Defer: []escalation.Deferral{{Hours: working}}, Tiers: []escalation.Tier{{ID: "t", Packet: []string{"x"}}}}
	l := ladder(t, p)
	want := l.Policy()
	require.Equal(t, want, p)
	p.Steps[0].If.Severities[0], p.Steps[0].Targets[0].ID, p.Steps[0].Else[0].Wait, p.Tiers[0].Packet[0] = "x", "x", 1, "y"
	got := l.Policy()
	require.Equal(t, want, got)
	got.Steps[0].Targets[0].ID = "z"
	require.Equal(t, want, l.Policy())
	assert.Zero(t, l.Place(0))
	assert.Zero(t, l.Place(3))
}
