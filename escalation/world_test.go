package escalation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/oncall"
)

// house is a world with somebody of every kind.
func house(t testing.TB) *escalation.World {
	t.Helper()
	night, err := escalation.NewQuietHours(escalation.Hours{Zone: "UTC", Windows: []oncall.Window{oncall.Daily(oncall.Clock(22, 0), oncall.Clock(6, 0))}}, "SEV1")
	require.NoError(t, err)
	people := map[string]escalation.Responder{}
	for _, r := range []escalation.Responder{
		{Person: oncall.Person{ID: "ana", Skills: []string{"postgres"}}},
		{Person: oncall.Person{ID: "ben", Leave: []oncall.Leave{{Start: monday.Add(time.Hour), End: monday.Add(2 * time.Hour)}}}},
		{Person: oncall.Person{ID: "carl", Stages: []oncall.Stage{{From: monday, Readiness: oncall.Shadowing}, {From: monday.Add(time.Hour), Readiness: oncall.Ready}}}},
		{Person: oncall.Person{ID: "quinn"}, Rules: escalation.Rules{Quiet: night}},
	} {
		r.Channels = []string{"sms"}
		people[r.ID] = r
	}
	people["mute"] = escalation.Responder{Person: oncall.Person{ID: "mute"}}
	return &escalation.World{
		Schedules: map[string]*oncall.Rota{"primary": weekly(t, "primary", "ana", "ben", "zoe"), "alone": weekly(t, "alone", "ana")},
		People:    people,
		Teams: map[string]escalation.Group{
			"all": {ID: "all", Members: []string{"ana", "ben", "ana", "carl"}, Manager: "mute"}, "empty": {ID: "empty"},
		},
		Suppliers: map[string]escalation.Supplier{"cloud": {ID: "cloud", Channels: []string{"mail"}, Response: time.Hour}, "gone": {ID: "gone"}},
		Places:    map[string]string{"channel ops": "chat"},
	}
}

func TestResolve(t *testing.T) {
	t.Parallel()
	noon := monday.Add(12 * time.Hour)
	target := func(typ escalation.TargetType, id string, mode escalation.Mode) escalation.Target {
		return escalation.Target{Type: typ, ID: id, Mode: mode}
	}
	tests := map[string]struct {
		target escalation.Target
		at     time.Time
		want   []string
		why    string
	}{
		"a person":              {escalation.Person("ana"), noon, []string{"ana"}, ""},
		"on leave":              {escalation.Person("ben"), monday.Add(time.Hour), []string{"ben absent on leave until 2026-03-02T02:00:00Z"}, ""},
		"back from leave":       {escalation.Person("ben"), monday.Add(2 * time.Hour), []string{"ben"}, ""},
		"a shadow":              {escalation.Person("carl"), monday, []string{"carl not_ready the stage is shadow"}, ""},
		"before any stage":      {escalation.Person("carl"), monday.Add(-1), []string{"carl not_ready the stage is none"}, ""},
		"ready":                 {escalation.Person("carl"), monday.Add(time.Hour), []string{"carl"}, ""},
		"without a channel":     {escalation.Person("mute"), noon, []string{"mute unreachable no contact method"}, ""},
		"nobody knows":          {escalation.Person("eve"), noon, []string{"eve unreachable nobody knows this person"}, ""},
		"a schedule":            {escalation.Schedule("primary"), noon, []string{"zoe unreachable nobody knows this person rotation weekly, turn 9"}, ""},
		"the next":              {target(escalation.TargetSchedule, "primary", escalation.OnCallNext), noon, []string{"ana rotation weekly, turn 10"}, ""},
		"no next":               {target(escalation.TargetSchedule, "alone", escalation.OnCallNext), noon, nil, "there is no further handoff"},
		"everyone":              {target(escalation.TargetSchedule, "primary", escalation.Everyone), monday.Add(time.Hour), []string{"ana in the rotations of schedule primary", "ben absent on leave until 2026-03-02T02:00:00Z in the rotations of schedule primary", "zoe unreachable nobody knows this person in the rotations of schedule primary"}, ""},
		"before it begins":      {escalation.Schedule("primary"), monday.AddDate(-1, 0, 0), nil, `nobody is on call on schedule "primary" at 2025-03-02T00:00:00Z, until 2026-01-05T09:00:00+01:00`},
		"no such schedule":      {escalation.Schedule("x"), noon, nil, `there is no schedule "x"`},
		"a team":                {escalation.Team("all"), noon, []string{"ana member of team all", "ben member of team all", "carl member of team all"}, ""},
		"its manager":           {target(escalation.TargetTeam, "all", escalation.Manager), noon, []string{"mute unreachable no contact method manager of team all"}, ""},
		"no manager":            {target(escalation.TargetTeam, "empty", escalation.Manager), noon, nil, `team "empty" has no manager`},
		"an empty team":         {escalation.Team("empty"), noon, nil, `team "empty" has no members`},
		"no such team":          {escalation.Team("x"), noon, nil, `there is no team "x"`},
		"a channel":             {target(escalation.TargetChannel, "ops", ""), noon, []string{"itself"}, ""},
		"no such channel":       {target(escalation.TargetChannel, "x", ""), noon, nil, "there is no channel x"},
		"a vendor":              {target(escalation.TargetVendor, "cloud", ""), noon, []string{"itself"}, ""},
		"a vendor out of reach": {target(escalation.TargetVendor, "gone", ""), noon, []string{"itself unreachable no contact method"}, ""},
		"no such vendor":        {target(escalation.TargetVendor, "x", ""), noon, nil, "there is no vendor x"},
		"no such type":          {target("x", "x", ""), noon, nil, `a target of type "x" leads to nobody`},
	}
	world := house(t)
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found, why := world.Resolve(nil, tt.target, tt.at)
			var got []string
			for _, c := range found {
				line := c.Person
				if c.Itself {
					line = "itself"
				}
				for _, more := range []string{string(c.Code), c.Why, c.Rule, c.Shift.Rule()} {
					if more != "" {
						line += " " + more
					}
				}
				got = append(got, line)
			}
			assert.Equal(t, tt.want, got)
			assert.Equal(t, tt.why, why)
		})
	}
}

func TestWhoIsSkipped(t *testing.T) {
	t.Parallel()
	play := func(step escalation.Step, f escalation.Facts) *story {
		s := begin(t, ladder(t, escalation.Policy{ID: "p", Steps: []escalation.Step{step, pages(time.Minute, "ana")}}))
		s.who, s.facts = house(t), f
		return s.until("1s")
	}
	play(pages(time.Minute, "quinn"), escalation.Facts{}).want("0s step 1: skip quinn (quiet)", "0s step 2: page ana [unreached]")
	play(pages(time.Minute, "quinn"), escalation.Facts{Severity: "SEV1"}).want("0s step 1: page quinn")
	play(pages(time.Minute, "mute", "carl"), escalation.Facts{}).want("0s step 1: skip mute (unreachable)", "0s step 1: skip carl (not_ready)", "0s step 2: page ana [unreached]")
	play(pages(time.Minute, "ben"), escalation.Facts{Skills: []string{"postgres"}}).want("0s step 1: skip ben (unskilled)", "0s step 2: page ana [unreached]")
	skilled := pages(time.Minute, "ben", "ana")
	skilled.Skills = []string{"postgres"}
	play(skilled, escalation.Facts{}).want("0s step 1: skip ben (unskilled)", "0s step 1: page ana")
	play(pages(time.Minute, "ana", "ana"), escalation.Facts{}).want("0s step 1: page ana", "0s step 1: skip ana (twice)")
	play(escalation.Step{Targets: []escalation.Target{{Type: escalation.TargetChannel, ID: "ops"}}, Wait: time.Minute}, escalation.Facts{}).want("0s step 1: page channel ops")
	play(escalation.Step{Targets: []escalation.Target{escalation.Schedule("x")}, Wait: time.Minute}, escalation.Facts{}).
		want("0s step 1: skip schedule x (nobody)", "0s step 2: page ana [unreached]")
}

func TestTheLastResortIsPagedWhateverKeepsOthersFromIt(t *testing.T) {
	t.Parallel()
	s := begin(t, ladder(t, escalation.Policy{ID: "p", Steps: []escalation.Step{pages(time.Minute, "quinn")}, Final: escalation.Final{
		Targets: []escalation.Target{escalation.Person("quinn"), escalation.Schedule("x")}, Severity: "SEV1",
	}}))
	s.who = house(t)
	s.until("1h").want(
		"0s step 1: skip quinn (quiet)", "0s step 1: exhaust [unreached]", "0s raise [unreached]",
		"0s fallback quinn [unreached]", "0s skip schedule x (nobody)")
}

func TestSupplierPolicy(t *testing.T) {
	t.Parallel()
	supplier := escalation.Supplier{ID: "cloud", Channels: []string{"mail"}, Response: 15 * time.Minute, Missed: []escalation.Target{escalation.Person("ana")}}
	begin(t, ladder(t, supplier.Policy())).until("24h").want("0s step 1: page vendor cloud", "15m step 2: page ana", "30m step 2: exhaust")
	supplier.Missed = nil
	begin(t, ladder(t, supplier.Policy())).until("24h").want("0s step 1: page vendor cloud", "15m step 1: exhaust")
}

func TestNestedStepsBelongToTheTierOfTheirPolicy(t *testing.T) {
	t.Parallel()
	outer := nests("db")
	outer.Tier = "front"
	vendor := pages(time.Minute, "zoe")
	vendor.Tier = "vendor"
	l := ladder(t, escalation.Policy{ID: "p", Tiers: []escalation.Tier{{ID: "front"}, {ID: "vendor"}}, Steps: []escalation.Step{outer, vendor}},
		escalation.Policy{ID: "db", Steps: many(1)})
	r := l.Next(escalation.Start(monday, nil), monday, escalation.Facts{}, nil)
	r = l.Next(r.Progress, r.Wake.Add(time.Minute), escalation.Facts{}, nil)
	require.Equal(t, escalation.HandOver, r.Effects[0].Kind)
	assert.Equal(t, "front", r.Effects[0].FromTier)
}

func TestTiers(t *testing.T) {
	t.Parallel()
	l := ladder(t, escalation.Policy{ID: "p", Tiers: []escalation.Tier{{ID: "front"}, {ID: "engineering", Packet: []string{"summary", "tenant"}}}, Steps: []escalation.Step{
		{Targets: []escalation.Target{escalation.Person("ana")}, Wait: time.Minute, Tier: "front"},
		{Targets: []escalation.Target{escalation.Person("ben")}, Wait: time.Minute, Tier: "engineering"},
		{Targets: []escalation.Target{escalation.Person("carl")}, Wait: time.Minute, Tier: "engineering"},
	}})
	facts := escalation.Facts{Packet: map[string]string{"tenant": "acme"}}
	r := l.Next(escalation.Start(monday, nil), monday, facts, nil)
	require.Len(t, r.Effects, 1)
	tier, missing := l.Missing(r.Progress, monday, facts)
	assert.Equal(t, "engineering [summary]", tier+" ["+missing[0]+"]")
	tier, missing = l.Missing(r.Progress, monday, escalation.Facts{Packet: map[string]string{"tenant": "acme", "summary": "x"}})
	assert.Equal(t, "engineering", tier)
	assert.Empty(t, missing)
	r = l.Next(r.Progress, monday.Add(time.Minute), facts, nil)
	require.Len(t, r.Effects, 2)
	assert.Equal(t, "policy p, step 2 of 3: it goes from front to engineering; the hand-over packet lacks summary", r.Effects[0].Reason())
	tier, _ = l.Missing(r.Progress, monday, facts)
	assert.Empty(t, tier, "the tier stays the same")
	r = l.Next(r.Progress, monday.Add(2*time.Minute), facts, nil)
	assert.Len(t, r.Effects, 1)
}
