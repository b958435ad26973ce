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

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/escalation/proof"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/oncall"
	"github.com/incidentkit/incidentkit/plan"
)

func target(of escalation.TargetType, id string) escalation.Target {
	return escalation.Target{Type: of, ID: id}
}

// Everything that a policy can say reaches the calculator.
func TestPolicies(t *testing.T) {
	t.Parallel()
	p := parse(t, "escalation")
	daytime := &escalation.Hours{Zone: "UTC", Windows: []oncall.Window{oncall.Daily(oncall.Clock(8, 0), oncall.Clock(20, 0))}}
	want := escalation.Policy{
		ID: "all", Name: "Everything that there is", Repeat: 2, RepeatFrom: "main", AckTimeout: time.Hour, RemindEvery: 20 * time.Minute,
		Tiers: []escalation.Tier{{ID: "front", Packet: []string{"customer", "tried"}}, {ID: "vendor"}},
		Defer: []escalation.Deferral{
			{If: &escalation.Condition{Severities: []string{"SEV3"}, Components: []string{"db"}, Not: true},
				Hours: escalation.Hours{Zone: "UTC", Outside: true, Windows: []oncall.Window{{Days: oncall.On(time.Friday), Opens: oncall.Clock(12, 0), Length: 48 * time.Hour}}}},
			{Hours: escalation.Hours{Zone: "Europe/Berlin", Windows: []oncall.Window{
				{Days: oncall.On(time.Monday, time.Tuesday), Length: 48 * time.Hour}, oncall.Daily(oncall.Clock(9, 0), oncall.Clock(17, 0), time.Saturday)}}},
		},
		Steps: []escalation.Step{
			{ID: "start", Targets: []escalation.Target{target("channel", "incidents"), target("webhook", "queue"), target("webhook", "wallboard")}},
			{ID: "main", Tier: "front", Skills: []string{"postgres"}, Ack: escalation.AckAll, Pick: escalation.PickAll, Wait: 5 * time.Minute, Targets: []escalation.Target{
				{Type: "schedule", ID: "primary", Mode: escalation.OnCallNow, Urgency: escalation.High},
				{Type: "schedule", ID: "second", Mode: escalation.OnCallNext},
				{Type: "schedule", ID: "second", Mode: escalation.Everyone, Urgency: escalation.Low}}},
			{
				If: &escalation.Condition{
					Severities: []string{"SEV1", "SEV2"}, Urgency: escalation.High, Kinds: []string{"standard", "drill"}, Components: []string{"db"},
					Labels: map[string]string{"env": "prod", "region": ""}, Hours: daytime, Alerts: &escalation.AlertCount{AtLeast: 3, Within: 10 * time.Minute},
				},
				Steps: []escalation.Step{
					{ID: "in-turn", Targets: []escalation.Target{{Type: "team", ID: "database", Mode: escalation.Everyone}}, Pick: escalation.PickInTurn, Wait: 4 * time.Minute},
					{ID: "least", Targets: []escalation.Target{escalation.Team("database"), escalation.Person("ana")}, Pick: escalation.PickLeastRecent, Ack: escalation.AckFirst, Wait: 4 * time.Minute},
					{BackTo: "in-turn", Times: 2},
				},
				Else: []escalation.Step{{Targets: []escalation.Target{target("policy", "plain")}, Wait: time.Minute}},
			},
			{If: &escalation.Condition{Kinds: []string{"drill"}}, Else: []escalation.Step{
				{Targets: []escalation.Target{{Type: "team", ID: "database", Mode: escalation.Manager}}, Wait: 3 * time.Minute}}},
			{Until: &escalation.Condition{Hours: daytime}},
			{Until: &escalation.Condition{Not: true}, Wait: 90 * time.Second},
			{Tier: "vendor", Targets: []escalation.Target{target("vendor", "cloud"), target("vendor", "carrier")}, Wait: time.Hour},
			{BackTo: "main", Times: 1},
		},
		Final: escalation.Final{Targets: []escalation.Target{escalation.Person("cleo"), target("channel", "incidents")}, Severity: "SEV1"},
	}
	got, ok := p.Policy("all")
	assert.True(t, ok)
	assert.Equal(t, want, got)

	ladder, ok := p.Ladder("all")
	require.True(t, ok)
	assert.Equal(t, want, ladder.Policy())
	plain, ok := p.Policy("plain")
	assert.True(t, ok)
	assert.Equal(t, escalation.Final{Targets: []escalation.Target{escalation.Person("ana")}, Severity: "SEV2"}, plain.Final, "it says nothing of whom to page: the last resort")

	assert.Equal(t, []escalation.Policy{want, plain}, slices.Collect(p.Policies()))
	for policy := range p.Policies() {
		assert.Equal(t, "all", policy.ID)
		break
	}
	_, ok = p.Policy("nothing")
	assert.False(t, ok)
	_, ok = p.Ladder("nothing")
	assert.False(t, ok)
}

// A document that leaves out everything that is new pages as it always did.
func TestLadderOfAnOldDocument(t *testing.T) {
	t.Parallel()
	p := parse(t, "small")
	ladder, ok := p.Ladder("default")
	require.True(t, ok)
	start := time.Date(2026, time.January, 6, 0, 0, 0, 0, time.UTC)
	course := escalation.Simulate(escalation.Setting{Ladder: ladder, Start: start, World: *p.World()})
	var got []string
	for _, m := range course.Moments {
		if m.Effect.Kind == escalation.Page || m.Effect.Kind == escalation.Fallback {
			got = append(got, fmt.Sprint(m.At.Sub(start), " ", m.Effect.Person, " ", m.Channel))
		}
	}
	assert.Equal(t, []string{
		"0s ana sms", "5m0s ana sms", "5m0s ben sms", "15m0s ana sms", "20m0s ana sms", "20m0s ben sms",
		"30m0s ana sms", "35m0s ana sms", "35m0s ben sms", "45m0s ana sms",
	}, got)
}

func TestWorld(t *testing.T) {
	t.Parallel()
	p := parse(t, "escalation")
	w := p.World()
	assert.Same(t, w, p.World())
	primary, _ := p.Schedule("primary")
	assert.Same(t, primary, w.Schedules["primary"])

	require.Len(t, w.People, 5)
	ana := w.People["ana"]
	assert.Equal(t, oncall.Person{ID: "ana", Zone: "Europe/Lisbon", Skills: []string{"postgres"}}, ana.Person)
	assert.Equal(t, []string{"chat", "phone"}, ana.Channels, "each once")
	assert.Equal(t, []escalation.Notification{{Channel: "chat"}, {Channel: "phone", After: 2 * time.Minute}, {Channel: "phone", After: 7 * time.Minute}}, ana.Rules.High)
	assert.Equal(t, []escalation.Notification{{Channel: "chat"}}, ana.Rules.Low)
	assert.Equal(t, 5*time.Minute, ana.Rules.Bundle)
	assert.Equal(t, escalation.Hours{Zone: "Europe/Lisbon", Windows: []oncall.Window{oncall.Daily(oncall.Clock(22, 0), oncall.Clock(7, 0))}}, ana.Rules.Quiet.Hours, "in her own zone")
	assert.Equal(t, []string{"SEV1"}, ana.Rules.Quiet.Unless, "the most severe overrides")
	ben := w.People["ben"]
	assert.Equal(t, "America/New_York", ben.Rules.Quiet.Zone)
	assert.True(t, ben.Rules.Quiet.Outside)
	assert.Equal(t, []string{"SEV1", "SEV2"}, ben.Rules.Quiet.Unless)
	assert.Len(t, w.People["cleo"].Leave, 1)
	assert.Equal(t, []oncall.Stage{{From: time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC), Readiness: oncall.Shadowing}}, w.People["dan"].Stages)
	assert.Empty(t, w.People["eve"].Channels)

	assert.Equal(t, map[string]escalation.Group{
		"database": {ID: "database", Members: []string{"ana", "cleo"}, Manager: "dan"},
		"web":      {ID: "web", Members: []string{}},
	}, w.Teams)
	assert.Equal(t, map[string]escalation.Supplier{
		"cloud": {ID: "cloud", Channels: []string{"email", "phone"}, Response: 30 * time.Minute,
			Missed: []escalation.Target{{Type: "team", ID: "database", Mode: escalation.Manager}, target("channel", "incidents")}},
		"carrier": {ID: "carrier", Channels: []string{"phone"}, Response: time.Hour},
	}, w.Suppliers)
	assert.Equal(t, map[string]string{"channel incidents": "chat", "webhook wallboard": "webhook", "webhook queue": "queue"}, w.Places)

	assert.Nil(t, parse(t, "minimal").World().People, "the host's directory knows them")
	assert.NotNil(t, parse(t, "minimal").World().Places)
}

func TestLookups(t *testing.T) {
	t.Parallel()
	p := parse(t, "escalation")
	team, ok := p.Team("database")
	assert.True(t, ok)
	assert.Equal(t, plan.Team{ID: "database", Name: "Databases", Members: []string{"ana", "cleo"}, Manager: "dan"}, team)
	team.Members[0] = "x"
	again, _ := p.Team("database")
	assert.Equal(t, "ana", again.Members[0])
	web, _ := p.Team("web")
	assert.Equal(t, "web", web.Name, "the id stands in for a name")
	_, ok = p.Team("nothing")
	assert.False(t, ok)

	vendor, ok := p.Vendor("cloud")
	assert.True(t, ok)
	assert.Equal(t, "Cloud provider", vendor.Name)
	assert.Equal(t, plan.Contact{Channel: "email", To: "support@cloud.example"}, vendor.Contacts[0])
	vendor.Contacts[0].To, vendor.Missed[0].ID = "x", "x"
	vendor, _ = p.Vendor("cloud")
	assert.Equal(t, "support@cloud.example database", vendor.Contacts[0].To+" "+vendor.Missed[0].ID)
	_, ok = p.Vendor("nothing")
	assert.False(t, ok)

	for want, ok := range map[plan.Place]bool{
		{Type: "channel", ID: "incidents", Name: "Incidents", Contact: plan.Contact{Channel: "chat", To: "#incidents"}}:                   true,
		{Type: "webhook", ID: "wallboard", Name: "Wall", Contact: plan.Contact{Channel: "webhook", To: "https://wallboard.example/hook"}}: true,
		{Type: "webhook", ID: "queue", Name: "queue", Contact: plan.Contact{Channel: "queue", To: "incidents"}}:                           true,
		{Type: "webhook", ID: "incidents"}: false,
	} {
		got, found := p.Place(want.Type, want.ID)
		assert.Equal(t, ok, found)
		if ok {
			assert.Equal(t, want, got)
		}
	}

	for severity, want := range map[string]escalation.Urgency{"SEV1": escalation.High, "SEV2": escalation.High, "SEV3": escalation.Low, "": escalation.High, "SEV9": escalation.High} {
		assert.Equal(t, want, p.Urgency(severity), severity)
	}

	ana, _ := p.Person("ana")
	ana.Rules.High[0].Channel, ana.Rules.Low[0].Channel, ana.Rules.Quiet.Windows[0].Opens = "x", "x", "00:00"
	ben, _ := p.Person("ben")
	ben.Rules.Quiet.Unless[0], ben.Rules.Quiet.Windows[0].Days[0] = "x", 0
	ana, _ = p.Person("ana")
	ben, _ = p.Person("ben")
	assert.Equal(t, "chat", ana.Rules.High[0].Channel)
	assert.Equal(t, "chat", ana.Rules.Low[0].Channel)
	assert.Equal(t, plan.TimeOfDay("22:00"), ana.Rules.Quiet.Windows[0].Opens)
	assert.Equal(t, "SEV1", ben.Rules.Quiet.Unless[0])
	assert.Equal(t, plan.Weekday(time.Monday), ben.Rules.Quiet.Windows[0].Days[0])
}

func TestProof(t *testing.T) {
	t.Parallel()
	p := parse(t, "escalation")
	got := p.Proof()
	assert.Equal(t, slices.Collect(p.Policies()), got.Policies)
	assert.Equal(t, slices.Collect(p.Schedules()), got.Schedules)
	var people, teams, suppliers []string
	for _, r := range got.People {
		people = append(people, r.ID)
		assert.Equal(t, p.World().People[r.ID], r)
	}
	for _, g := range got.Teams {
		teams = append(teams, g.ID)
	}
	for _, s := range got.Suppliers {
		suppliers = append(suppliers, s.ID)
	}
	assert.Equal(t, []string{"ana", "ben", "cleo", "dan", "eve"}, people, "in the order of the document")
	assert.Equal(t, []string{"database", "web"}, teams)
	assert.Equal(t, []string{"cloud", "carrier"}, suppliers)
	assert.Equal(t, p.World().Places, got.Places)
	assert.Equal(t, "ana", got.LastResort)
	assert.Equal(t, []proof.Severity{
		{ID: "SEV1", Urgency: escalation.High, Within: 5 * time.Minute, Policies: []string{"all", "plain"}},
		{ID: "SEV2", Urgency: escalation.High, Policies: []string{"all", "plain"}},
		{ID: "SEV3", Urgency: escalation.Low, Policies: []string{"all", "plain"}},
	}, got.Severities)

	assert.Nil(t, parse(t, "minimal").Proof().People)
}

// Which policies may page for a severity.
func TestProofPolicies(t *testing.T) {
	t.Parallel()
	spec := minimal()
	spec.Severities = []plan.Severity{{ID: "SEV1"}, {ID: "SEV2"}}
	for _, id := range []string{"component", "route-1", "route-2", "route-any", "nowhere"} {
		policy := spec.Policies[0]
		policy.ID = id
		spec.Policies = append(spec.Policies, policy)
	}
	spec.Components = []plan.Component{{ID: "a"}, {ID: "b", Policy: "component"}}
	spec.Routes = []plan.Route{
		{Match: map[string]string{"a": "1"}, Severity: "SEV1", Policy: "route-1"},
		{Match: map[string]string{"a": "2"}, Severity: "SEV2", Policy: "route-2"},
		{Match: map[string]string{"a": "3"}, Policy: "route-any"},
	}
	doc, err := json.Marshal(spec)
	require.NoError(t, err)
	p, err := plan.Parse(doc)
	require.NoError(t, err)
	severities := p.Proof().Severities
	assert.Equal(t, []string{"default", "component", "route-1", "route-any"}, severities[0].Policies)
	assert.Equal(t, []string{"default", "component", "route-2", "route-any"}, severities[1].Policies)
}

// What nobody should write is refused, with its place, whatever its size.
func TestParseRefusesPolicies(t *testing.T) {
	t.Parallel()
	page := minimal().Policies[0].Steps[0]
	nested := func(id string) plan.Step {
		return plan.Step{Targets: []plan.Target{{Type: escalation.TargetPolicy, ID: id}}, Wait: plan.AtOnce}
	}
	branches := func(depth int) plan.Step {
		s := page
		for range depth {
			s = plan.Step{Steps: []plan.Step{s}}
		}
		return s
	}
	tests := map[string]struct {
		change func(*plan.Spec)
		want   string
	}{
		"no steps":            {func(s *plan.Spec) { s.Policies[0].Steps = []plan.Step{} }, "/policies/0/steps: want 1 to 200 steps, not 0"},
		"10,000 steps":        {func(s *plan.Spec) { s.Policies[0].Steps = slices.Repeat([]plan.Step{page}, 10_000) }, "/policies/0/steps: want 1 to 200 steps, not 10000"},
		"many in a branch":    {func(s *plan.Spec) { s.Policies[0].Steps[0] = plan.Step{Steps: slices.Repeat([]plan.Step{page}, 200)} }, "/policies/0/steps: want at most 200 steps"},
		"deep branches":       {func(s *plan.Spec) { s.Policies[0].Steps[0] = branches(25) }, "want at most 10 branches in each other"},
		"empty targets":       {func(s *plan.Spec) { s.Policies[0].Steps[0].Targets = nil }, `/policies/0/steps/0/targets: want "targets", "steps", "until" or "back_to"; they are missing or empty`},
		"many targets":        {func(s *plan.Spec) { s.Policies[0].Steps[0].Targets = slices.Repeat(page.Targets, 101) }, "/policies/0/steps/0/targets: want 1 to 100 targets, not 101"},
		"somebody who left":   {func(s *plan.Spec) { s.People = []plan.Person{{ID: "ben"}}; s.LastResort.Person = "ben" }, `/policies/0/steps/0/targets/0/id: want the id of a person, not "ana"`},
		"an empty id":         {func(s *plan.Spec) { s.Policies[0].Steps[0].Targets[0].ID = "" }, "/policies/0/steps/0/targets/0/id: want 1 to 100 printable ASCII characters"},
		"a policy in itself":  {func(s *plan.Spec) { s.Policies[0].Steps = append(s.Policies[0].Steps, nested("default")) }, "/policies/0/steps/1/targets/0/id: want a policy that never leads back to one on the way: default → default"},
		"back to itself":      {func(s *plan.Spec) { s.Policies[0].Steps[0] = plan.Step{ID: "a", BackTo: "a", Times: 1} }, "/policies/0/steps/0/back_to: want the id of a step before this one"},
		"no wait":             {func(s *plan.Spec) { s.Policies[0].Steps[0].Wait = 0 }, `/policies/0/steps/0/wait: want how long an answer is waited for, such as "5m", or "0s"`},
		"a long wait":         {func(s *plan.Spec) { s.Policies[0].Steps[0].Wait = plan.Wait(100 * 365 * 24 * time.Hour) }, "/policies/0/steps/0/wait: want 1s to 7d, not 36500d"},
		"without bound":       {func(s *plan.Spec) { s.Policies[0].Repeat = 1 << 40 }, "/policies/0/repeat: want 0 to 100, not 1099511627776"},
		"back without number": {func(s *plan.Spec) { s.Policies[0].Steps = []plan.Step{branch("a", page), {BackTo: "a"}} }, "/policies/0/steps/1/times: want 1 to 100, not 0"},
		"many pages": {func(s *plan.Spec) {
			s.Policies[0].Steps[0].Targets, s.Policies[0].Repeat = slices.Repeat(page.Targets, 100), 100
		}, "/policies/0/repeat: want so few that the targets of all rounds are at most 10000 together"},
		"quiet all week": {func(s *plan.Spec) {
			s.People = []plan.Person{{ID: "ana", Rules: plan.Rules{Quiet: plan.QuietHours{Zone: "UTC", Windows: []plan.Window{{Opens: "00:00", Closes: "00:00"}}}}}}
		}, "/people/0/rules/quiet/windows: want times that leave some of the week"},
		"no last resort":    {func(s *plan.Spec) { s.LastResort.Person = "" }, "/last_resort/person: want 1 to 100 printable"},
		"many skills":       {func(s *plan.Spec) { s.Policies[0].Steps[0].Skills = slices.Repeat([]string{"go"}, 51) }, "/policies/0/steps/0/skills: want at most 50 skills, not 51"},
		"too many policies": {func(s *plan.Spec) { s.Policies = numbered(1001) }, "/policies: want at most 1000, not 1001"},
		"raised to nothing": {func(s *plan.Spec) { s.Policies[0].Final.RaiseTo = "sev1" }, `/policies/0/final/raise_to: want the id of a severity, not "sev1"; did you mean "SEV1"?`},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			spec := minimal()
			tt.change(&spec)
			require.ErrorContains(t, parseSpec(t, spec), tt.want)
		})
	}
	spec := minimal()
	spec.Policies = numbered(1000)
	spec.Policies[0].Steps = slices.Repeat([]plan.Step{page}, escalation.MaxSteps)
	require.NoError(t, parseSpec(t, spec))
}

func branch(id string, steps ...plan.Step) plan.Step { return plan.Step{ID: id, Steps: steps} }

// numbered returns policies, of which the first is the default.
func numbered(n int) []plan.Policy {
	policies := slices.Repeat(minimal().Policies, n)
	for i := 1; i < n; i++ {
		policies[i].ID = fmt.Sprint("p", i)
	}
	return policies
}

// Empty conditions, rules and the like say as much as none: a Go program and a
// document that it writes have the same digest.
func TestDigestIgnoresWhatSaysNothing(t *testing.T) {
	t.Parallel()
	doc := string(documents(t, "valid")["small"])
	want := parse(t, "small").Digest()
	for _, edit := range [][2]string{
		{`"repeat": 2`, `"repeat": 2, "defer": [], "tiers": [], "final": {"targets": []}, "ack_timeout": "0s", "repeat_from": ""`},
		{`"wait": "5m"`, `"wait": "5m", "if": {"severities": [], "labels": {}, "kinds": [], "not": false}, "else": [], "steps": [], "skills": [], "until": {}`},
		{`"contacts"`, `"rules": {"high": [], "bundle": "0s"}, "contacts"`},
		{`"routes"`, `"teams": [], "vendors": [], "channels": [], "webhooks": [], "routes"`},
	} {
		require.Contains(t, doc, edit[0])
		p, err := plan.Parse([]byte(strings.ReplaceAll(doc, edit[0], edit[1])))
		require.NoError(t, err, edit[1])
		assert.Equal(t, want, p.Digest(), edit[1])
	}
}

// The kinds of incidents are those of package incident for which people are paged.
func TestKinds(t *testing.T) {
	t.Parallel()
	assert.Equal(t, plan.Standard, plan.Kind(incident.Standard))
	assert.Equal(t, plan.Drill, plan.Kind(incident.Drill))
}

func TestFactsOfASeverity(t *testing.T) {
	t.Parallel()
	p := parse(t, "escalation")
	for severity, want := range map[string]escalation.Urgency{"SEV1": escalation.High, "": escalation.High} {
		assert.Equal(t, escalation.Facts{Severity: severity, Urgency: want, Kind: "standard"}, p.Facts(severity))
	}
	low := false
	for _, s := range p.Proof().Severities {
		low = low || s.Urgency == escalation.Low && p.Facts(s.ID).Urgency == escalation.Low
	}
	assert.True(t, low)
}
