package plan_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/oncall"
	"github.com/incidentkit/incidentkit/plan"
)

var groups = []escalation.Group{{ID: "database", Members: []string{"ana", "ben"}, Manager: "cleo"}, {ID: "web", Members: []string{}}}

// writtenPolicies returns the plan whose document a Go program writes for policies,
// with everything that they may name.
func writtenPolicies(tb require.TestingT, policies ...escalation.Policy) *plan.Plan {
	spec := minimal()
	var err error
	spec.Policies, spec.Teams, err = plan.FromPolicies(policies, groups)
	require.NoError(tb, err)
	spec.DefaultPolicy = policies[0].ID
	spec.Severities = append(spec.Severities, plan.Severity{ID: "SEV2"})
	spec.Components = []plan.Component{{ID: "db"}, {ID: "api"}}
	spec.Schedules = []plan.Schedule{weekly("primary", 2026), weekly("second", 2026)}
	spec.Channels = []plan.Channel{{ID: "room", Channel: "chat", To: "#room"}}
	spec.Webhooks = []plan.Webhook{{ID: "hook", To: "https://example.com"}}
	spec.Vendors = []plan.Vendor{{ID: "cloud", Contacts: []plan.Contact{{Channel: "email", To: "x"}}, Response: plan.Duration(time.Hour)}}
	doc, err := json.Marshal(spec)
	require.NoError(tb, err)
	p, err := plan.Parse(doc)
	require.NoError(tb, err, "%s", doc)
	return p
}

// A document says the same as the policies it was written for.
func TestFromPoliciesGiveTheSame(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(rt *rapid.T) {
		d := drawer{rt, time.Time{}}
		var want []escalation.Policy
		for i := range d.number(1, 3) {
			want = append(want, d.policy(fmt.Sprint("p", i), want))
		}
		if _, err := escalation.CompileAll(want); err != nil {
			rt.Skip("so many steps or pages that it is refused")
		}
		p := writtenPolicies(rt, want...)
		got := slices.Collect(p.Policies())
		assert.Equal(rt, want, got)
		for _, policy := range want {
			ladder, ok := p.Ladder(policy.ID)
			require.True(rt, ok)
			assert.Equal(rt, policy, ladder.Policy())
		}
		assert.Equal(rt, groups[0], p.World().Teams["database"])
		assert.Equal(rt, groups[1], p.World().Teams["web"])
	})
}

// What the documents of testdata say can be written again.
func TestFromPoliciesOfPlans(t *testing.T) {
	t.Parallel()
	for name := range documents(t, "valid") {
		p := parse(t, name)
		want := slices.Collect(p.Policies())
		policies, _, err := plan.FromPolicies(want, nil)
		require.NoError(t, err)
		var spec plan.Spec
		require.NoError(t, json.Unmarshal(p.Document(), &spec))
		spec.Policies = policies
		doc, err := json.Marshal(spec)
		require.NoError(t, err)
		again, err := plan.Parse(doc)
		require.NoError(t, err)
		assert.Equal(t, want, slices.Collect(again.Policies()), name)
	}
}

func TestFromPoliciesRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(p *escalation.Policy, team *escalation.Group)
		want   string
	}{
		"an id with a space": {func(p *escalation.Policy, _ *escalation.Group) { p.ID = "a b" }, `policies[0].id: want 1 to 100 printable ASCII characters without spaces, not "a b"`},
		"a target":           {func(p *escalation.Policy, _ *escalation.Group) { p.Steps[0].Targets[0].ID = "Ben Okoro" }, `policies[0].steps[0].targets[0].id: want 1 to 100`},
		"a fact": {func(p *escalation.Policy, _ *escalation.Group) {
			p.Tiers = []escalation.Tier{{ID: "t", Packet: []string{"a b"}}}
		}, `policies[0].tiers[0].packet[0]: want 1 to 100`},
		"a long name":               {func(p *escalation.Policy, _ *escalation.Group) { p.Name = strings.Repeat("x", plan.MaxLine+1) }, `policies[0].name: want one line of 1 to 500 characters`},
		"many skills":               {func(p *escalation.Policy, _ *escalation.Group) { p.Steps[0].Skills = slices.Repeat([]string{"x"}, 51) }, `policies[0].steps[0].skills: want at most 50 skills, not 51`},
		"a policy that is not good": {func(p *escalation.Policy, _ *escalation.Group) { p.Repeat = -1 }, `policies[0].repeat: want 0 to 100, not -1`},
		"a fraction of a second":    {func(p *escalation.Policy, _ *escalation.Group) { p.Steps[0].Wait = 1500 * time.Millisecond }, `policies[0].steps[0].wait: want whole seconds, not 1.5s`},
		"in a branch":               {func(p *escalation.Policy, _ *escalation.Group) { p.Steps[1].Else[0].Wait++ }, `policies[0].steps[1].else[0].wait: want whole seconds, not 1m0.000000001s`},
		"of an acknowledgement":     {func(p *escalation.Policy, _ *escalation.Group) { p.AckTimeout = time.Hour + 1 }, `policies[0].ack_timeout: want whole seconds`},
		"of a reminder":             {func(p *escalation.Policy, _ *escalation.Group) { p.RemindEvery = time.Hour + 1 }, `policies[0].remind_every: want whole seconds`},
		"of a condition": {func(p *escalation.Policy, _ *escalation.Group) {
			p.Steps[1].If.Alerts = &escalation.AlertCount{AtLeast: 1, Within: time.Hour + 1}
		}, `policies[0].steps[1].if.alerts.within: want whole seconds`},
		"a kind": {func(p *escalation.Policy, _ *escalation.Group) { p.Steps[1].If.Kinds = []string{"drill", "outage"} }, `policies[0].steps[1].if.kinds[1]: want "standard" or "drill", not "outage"`},
		"a deferred kind": {func(p *escalation.Policy, _ *escalation.Group) {
			p.Defer = []escalation.Deferral{{If: &escalation.Condition{Kinds: []string{"x"}}, Hours: escalation.Hours{Zone: "UTC", Windows: []oncall.Window{{Length: time.Hour}}}}}
		}, `policies[0].defer[0].if.kinds[0]: want "standard"`},
		"an else that is never taken": {func(p *escalation.Policy, _ *escalation.Group) { p.Steps[1].If = &escalation.Condition{} }, `policies[0].steps[1].if: want a condition that names something`},
		"nothing to wait for":         {func(p *escalation.Policy, _ *escalation.Group) { p.Steps[2].Until = &escalation.Condition{} }, `policies[0].steps[2].until: want a condition that names something`},
		"a member":                    {func(_ *escalation.Policy, t *escalation.Group) { t.Members = []string{"ana", "é"} }, `teams[0].members[1]: want 1 to 100`},
		"a manager":                   {func(_ *escalation.Policy, t *escalation.Group) { t.Manager = "a b" }, `teams[0].manager: want 1 to 100`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			page := []escalation.Step{{Targets: []escalation.Target{escalation.Person("ana")}, Wait: time.Minute}}
			policies := []escalation.Policy{{ID: "p", Steps: []escalation.Step{
				{Targets: []escalation.Target{escalation.Person("ana")}, Wait: time.Minute},
				{If: &escalation.Condition{Severities: []string{"SEV1"}}, Steps: page, Else: slices.Clone(page)},
				{Until: &escalation.Condition{Not: true}, Wait: time.Minute},
			}}}
			teams := []escalation.Group{{ID: "database"}}
			_, _, err := plan.FromPolicies(policies, teams)
			require.NoError(t, err)

			tt.change(&policies[0], &teams[0])
			got, gotTeams, err := plan.FromPolicies(policies, teams)
			require.ErrorContains(t, err, tt.want)
			var field *escalation.FieldError
			require.ErrorAs(t, err, &field)
			assert.Empty(t, got)
			assert.Empty(t, gotTeams)
		})
	}
}

func TestFromPoliciesTidiesText(t *testing.T) {
	t.Parallel()
	policies, teams, err := plan.FromPolicies([]escalation.Policy{{
		ID: "p", Name: " Pay\nments ", Version: 7,
		Steps: []escalation.Step{
			{Targets: []escalation.Target{escalation.Team("t")}, If: &escalation.Condition{}},
			{Until: &escalation.Condition{Hours: &escalation.Hours{Zone: "UTC", Windows: []oncall.Window{oncall.Daily(oncall.Clock(9, 0), oncall.Clock(17, 0))}}}},
		},
	}}, []escalation.Group{{ID: "t"}})
	require.NoError(t, err)
	doc, err := json.Marshal(map[string]any{"policies": policies, "teams": teams})
	require.NoError(t, err)
	assert.JSONEq(t, `{
		"policies": [{"id": "p", "name": "Pay ments", "steps": [
			{"targets": [{"type": "team", "id": "t"}], "wait": "0s"},
			{"until": {"hours": {"zone": "UTC", "windows": [{"opens": "09:00", "closes": "17:00"}]}}}
		]}],
		"teams": [{"id": "t", "members": []}]
	}`, string(doc))

	policies, teams, err = plan.FromPolicies(nil, nil)
	require.NoError(t, err)
	assert.Empty(t, policies)
	assert.Empty(t, teams)
}

// policy draws one that may nest the others.
func (d drawer) policy(id string, others []escalation.Policy) escalation.Policy {
	p := escalation.Policy{ID: id, Name: draw(d, "A policy", id), Repeat: d.number(0, 2)}
	if d.yes() {
		p.Tiers = []escalation.Tier{{ID: "front"}, {ID: "vendor", Packet: []string{"customer", "tried"}}}
	}
	if d.yes() {
		p.AckTimeout, p.RemindEvery = d.length(3600, 7200), d.length(60, 3599)
	}
	if d.yes() {
		p.Defer = []escalation.Deferral{{If: d.condition(), Hours: d.hours()}, {Hours: d.hours()}}
	}
	nest := ""
	if len(others) > 0 && d.yes() {
		nest = others[0].ID
	}
	p.Steps = d.steps(&p, nest, 2)
	p.Steps[0].ID = "first"
	if d.yes() {
		p.RepeatFrom = "first"
		p.Steps = append(p.Steps, escalation.Step{BackTo: "first", Times: d.number(1, 3)})
	}
	p.Final = escalation.Final{Targets: []escalation.Target{d.target()}, Severity: draw(d, "", "SEV1")}
	return p
}

func (d drawer) steps(p *escalation.Policy, nest string, depth int) []escalation.Step {
	var steps []escalation.Step
	for range d.number(1, 3) {
		s := escalation.Step{If: d.condition()}
		switch kind := draw(d, "page", "page", "branch", "until", "else"); {
		case kind == "until":
			s.Until, s.Wait = d.condition(), d.length(1, 7*86400)
			if s.Until == nil {
				s.Until = &escalation.Condition{Not: true}
			}
		case kind == "else" && depth > 0:
			s.If, s.Else = &escalation.Condition{Urgency: escalation.Low}, d.steps(p, nest, depth-1)
		case kind == "branch" && depth > 0:
			s.Steps = d.steps(p, nest, depth-1)
		default:
			d.page(p, &s, nest)
		}
		steps = append(steps, s)
	}
	return steps
}

func (d drawer) page(p *escalation.Policy, s *escalation.Step, nest string) {
	for range d.number(1, 3) {
		s.Targets = append(s.Targets, d.target())
	}
	if nest != "" && d.yes() {
		s.Targets = append(s.Targets, escalation.Target{Type: escalation.TargetPolicy, ID: nest})
	}
	s.Wait = draw(d, 0, d.length(1, 7*86400))
	s.Ack = draw(d, "", escalation.AckFirst, escalation.AckAll)
	s.Pick = draw(d, "", escalation.PickAll, escalation.PickInTurn, escalation.PickLeastRecent)
	s.Skills = draw(d, nil, []string{"postgres", "go"})
	if p.Tiers != nil {
		s.Tier = draw(d, "", "front", "vendor")
	}
}

func (d drawer) target() escalation.Target {
	t := draw(d,
		escalation.Person("ana"), escalation.Schedule("primary"), escalation.Target{Type: "schedule", ID: "second", Mode: escalation.OnCallNext},
		escalation.Target{Type: "schedule", ID: "second", Mode: escalation.Everyone}, escalation.Team("database"),
		escalation.Target{Type: "team", ID: "database", Mode: escalation.Manager}, escalation.Target{Type: "team", ID: "web", Mode: escalation.Everyone},
		target("channel", "room"), target("webhook", "hook"), target("vendor", "cloud"))
	t.Urgency = draw(d, "", escalation.High, escalation.Low)
	return t
}

func (d drawer) condition() *escalation.Condition {
	if d.yes() {
		return nil
	}
	c := &escalation.Condition{
		Severities: draw(d, nil, []string{"SEV1"}, []string{"SEV2", "SEV1"}), Urgency: draw(d, "", escalation.High, escalation.Low),
		Kinds: draw(d, nil, []string{"drill"}), Components: draw(d, nil, []string{"db", "api"}),
		Labels: draw(d, nil, map[string]string{"env": "prod", "team": ""}), Not: d.yes(),
	}
	if d.yes() {
		hours := d.hours()
		c.Hours = &hours
	}
	if d.yes() || !c.Not && c.Severities == nil && c.Urgency == "" && c.Kinds == nil && c.Components == nil && c.Labels == nil && c.Hours == nil {
		c.Alerts = &escalation.AlertCount{AtLeast: d.number(1, 1000), Within: d.length(1, 7*86400)}
	}
	return c
}

func (d drawer) hours() escalation.Hours {
	return escalation.Hours{
		Zone: draw(d, "UTC", "Europe/Berlin"), Outside: d.yes(),
		Windows: []oncall.Window{{Days: oncall.On(draw(d, time.Monday, time.Sunday)), Opens: oncall.Clock(d.number(0, 23), d.number(0, 59)), Length: d.length(1, 6*86400)}},
	}
}

// length draws a length of time in whole seconds.
func (d drawer) length(from, to int) time.Duration {
	return time.Duration(d.number(from, to)) * time.Second
}
