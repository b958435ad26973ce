package escalationtest_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/escalation/escalationtest"
	"github.com/incidentkit/incidentkit/escalation/proof"
	"github.com/incidentkit/incidentkit/oncall"
)

const (
	newYear     = "2026-01-05 09:00 Europe/Berlin"
	nextNewYear = "2027-01-05 09:00 Europe/Berlin"
)

// planOf is a plan with one schedule, that has somebody in these windows.
func planOf(t *testing.T, windows ...oncall.Window) proof.Plan {
	t.Helper()
	rotation := oncall.Rotation{
		ID: "weekly", Start: oncall.Local(2026, time.January, 5, 9, 0),
		Turns: oncall.Every(1, oncall.Weeks), Seats: oncall.Seats("ana", "ben"), Windows: windows,
	}
	if len(windows) > 0 {
		rotation.Count = oncall.ByTurn
	}
	primary, err := oncall.Compile(oncall.Schedule{ID: "primary", Zone: "Europe/Berlin", Rotations: []oncall.Rotation{rotation}})
	require.NoError(t, err)
	return proof.Plan{
		Policies: []escalation.Policy{{ID: "checkout", Steps: []escalation.Step{
			{Targets: []escalation.Target{escalation.Schedule("primary")}, Wait: 5 * time.Minute},
			{Targets: []escalation.Target{escalation.Person("dora")}, Wait: 10 * time.Minute},
			{Targets: []escalation.Target{escalation.Person("eve")}, Wait: 10 * time.Minute},
		}}},
		Schedules: []*oncall.Rota{primary},
		People: []escalation.Responder{
			{Person: oncall.Person{ID: "ana"}, Channels: []string{"push"}}, {Person: oncall.Person{ID: "ben"}, Channels: []string{"push"}},
			{Person: oncall.Person{ID: "dora"}, Channels: []string{"push"}}, {Person: oncall.Person{ID: "eve"}, Channels: []string{"phone"}},
		},
		Severities: []proof.Severity{{ID: "SEV1", Policies: []string{"checkout"}}},
	}
}

func TestProveReaches(t *testing.T) {
	t.Parallel()
	proved := escalationtest.Prove(t, planOf(t), newYear, nextNewYear)
	proved.RequireReaches("SEV1", 1, 0)
	proved.RequireReaches("SEV1", 2, 5*time.Minute)
	proved.RequireReaches("SEV1", 3, 15*time.Minute)
	proved.RequireNoGaps()
}

func TestProveFails(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		test func(*escalationtest.Proof)
		want string
	}{
		"too late": {
			func(p *escalationtest.Proof) { p.RequireReaches("SEV1", 2, 4*time.Minute) },
			`SEV1 should reach 2 people within 4m, and policy checkout reaches the second only after 5m in an incident that begins at Mon 2026-01-05 09:00 CET.
If nobody answers:

    +0s      09:00  page ana by push: policy checkout, step 1 of 3; schedule primary leads to ana: rotation weekly, turn 1
    +5m      09:05  page dora by push: policy checkout, step 2 of 3, because nobody answered step 1 within 5m; it names dora

On call at +0s, which is 09:00:
    primary: ana, by rotation weekly, turn 1

It began on Monday 5 January 2026 09:00 CET as SEV1, under policy checkout.`,
		},
		"no such severity": {
			func(p *escalationtest.Proof) { p.RequireReaches("SEV9", 1, time.Minute) },
			`escalationtest: RequireReaches("SEV9", 1, 1m): want a severity of the plan that a policy pages for, and 1 to 3 people`,
		},
		"too many people": {
			func(p *escalationtest.Proof) { p.RequireReaches("SEV1", 4, time.Minute) },
			`escalationtest: RequireReaches("SEV1", 4, 1m): want a severity of the plan that a policy pages for, and 1 to 3 people`,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, test.want, failureOf(t, func(f *fake) {
				test.test(escalationtest.Prove(f, planOf(t), newYear, nextNewYear))
			}))
		})
	}
}

// What is found is listed, and who is on call in its example. The sentences are
// those of package proof.
func TestProveLists(t *testing.T) {
	t.Parallel()
	nights := oncall.Daily(oncall.Clock(20, 0), oncall.Clock(8, 0))
	prove := func(t escalationtest.T, plan proof.Plan, to string) *escalationtest.Proof {
		return escalationtest.Prove(t, plan, newYear, to)
	}
	got := failureOf(t, func(f *fake) { prove(f, planOf(t, nights), "2026-01-06 09:00 Europe/Berlin").RequireNoGaps() })
	assert.Contains(t, got, `nobody should be missing at any time from Mon 2026-01-05 09:00 CET to Tue 2026-01-06 09:00 CET, and there is:

    error coverage_gap (SEV1) at /policies/0/steps/0: `)
	assert.Contains(t, got, `

On call at Mon 2026-01-05 09:00 CET:
    primary: nobody until 2026-01-05 20:00 CET
`)

	two := planOf(t, nights)
	two.Policies[0].Defer = []escalation.Deferral{{
		If:    &escalation.Condition{Urgency: escalation.Low},
		Hours: escalation.Hours{Zone: "Europe/Berlin", Windows: []oncall.Window{oncall.Daily(oncall.Clock(21, 0), oncall.Clock(7, 0))}},
	}}
	two.Severities = append(two.Severities,
		proof.Severity{ID: "SEV2", Policies: []string{"checkout"}},
		proof.Severity{ID: "SEV3", Policies: []string{"checkout"}, Urgency: escalation.Low}) // put off to when somebody is there
	got = failureOf(t, func(f *fake) { prove(f, two, "2026-01-06 09:00 Europe/Berlin").RequireNoGaps() })
	assert.Equal(t, 2, strings.Count(got, "error coverage_gap (SEV1, SEV2) at /policies/0/steps/0: "), "the same for both severities, once:\n%s", got)
	assert.Equal(t, 2, strings.Count(got, "coverage_gap"), got)

	crowd := planOf(t)
	for i := range 20 {
		crowd.People = append(crowd.People, escalation.Responder{Person: oncall.Person{ID: strconv.Itoa(i)}, Channels: []string{"push"}})
		crowd.Policies[0].Steps[2].Targets = append(crowd.Policies[0].Steps[2].Targets, escalation.Person(strconv.Itoa(i)))
	}
	got = failureOf(t, func(f *fake) { prove(f, crowd, nextNewYear).RequireNoFindings(proof.Info, proof.NoLastResort) })
	assert.Contains(t, got, "\n    and 14 more\n")
	assert.Equal(t, 10, strings.Count(got, "single_channel"))

	got = failureOf(t, func(f *fake) { prove(f, planOf(t), nextNewYear).RequireNoFindings(proof.Info) })
	assert.Contains(t, got, "nothing should be found of level info or worse from Mon 2026-01-05 09:00 CET to Tue 2027-01-05 09:00 CET, and there is:\n\n    warning no_last_resort at /policies/0: ")
	assert.Contains(t, got, "\n    info single_channel at /people/0: ")
	assert.NotContains(t, got, "On call", "no finding has a time")

	prove(t, planOf(t, nights), nextNewYear).RequireNoFindings(proof.Warning, proof.CoverageGap, proof.NoLastResort)
	prove(t, planOf(t), nextNewYear).RequireNoFindings(proof.Error)
}

func TestProveNeedsAHorizon(t *testing.T) {
	t.Parallel()
	assert.Equal(t, `escalationtest: Prove: at: want a time such as "2026-03-29 01:30 Europe/Berlin" or "2026-03-29T01:30:00+01:00", not "tomorrow"`,
		failureOf(t, func(f *fake) { escalationtest.Prove(f, planOf(t), newYear, "tomorrow") }))
}
