package escalationtest_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/escalation/escalationtest"
)

// night is an incident in the night in which the clocks of Berlin go forward.
func night() escalationtest.Setup {
	return escalationtest.Setup{
		Given: `
			policy checkout
			step 1 pages schedule primary, waits 5m
			step 2 pages schedule secondary, waits 10m
			step 3 pages person boss, waits 30m
			primary passes from ana to ben every week from 2026-01-05 09:00 in Europe/Berlin
			secondary is carl
			ana is reached by sms and phone
			ben is reached by sms and phone`,
		At:    "2026-03-29 01:57 Europe/Berlin",
		Facts: escalation.Facts{Severity: "SEV1"},
	}
}

func TestRunIsPlayedStepByStep(t *testing.T) {
	t.Parallel()
	run := escalationtest.Start(t, night())
	page := run.RequirePaged("ben", 0)
	assert.Equal(t, "sms", page.Channel)
	assert.Equal(t, "rotation primary, turn 12", page.Effect.Shift.Rule())

	run.Advance(5 * time.Minute)
	assert.Equal(t, "03:02 CEST", run.Now().Format("15:04 MST"), "time is virtual, and the clocks change")
	run.RequirePaged("carl", 5*time.Minute)
	run.RequireNotPaged("boss")
	run.Acknowledge("carl")
	run.RequireState(escalation.Acknowledged)
	run.RequireQuiet(24 * time.Hour)
	run.RequireCourse(`
		+0s page ben by sms
		+5m page carl by app: policy checkout, step 2 of 3, because nobody answered step 1 within 5m; schedule secondary leads to carl: rotation secondary, turn 1
		+5m carl acknowledges
	`)
	run.RequireLine(" +5m page carl by app ")
	assert.Len(t, run.Course().Moments, 3)
}

func TestEveryAnswerCanBeGiven(t *testing.T) {
	t.Parallel()
	run := escalationtest.Start(t, night())
	run.Decline("ben")
	run.Snooze("carl", 10*time.Minute)
	run.Advance(10 * time.Minute)
	run.Acknowledge("carl")
	run.HandBack("carl")
	run.Reassign("boss", escalation.Person("ana"))
	require.NoError(t, run.Answer(escalation.Answer{Kind: escalation.Escalate, By: "ana"}))
	run.Advance(time.Hour)
	run.RequireCourse(`
		+0s page ben by sms
		+0s ben declines
		+0s page carl by app: policy checkout, step 2 of 3, because nobody of step 1 is left since ben declined; schedule secondary leads to carl: rotation secondary, turn 1
		+0s carl snoozes until 03:07
		+10m resume
		+10m page carl by app
		+10m carl acknowledges
		+10m carl hands it back
		+10m skip carl: has declined in this round
		+10m page boss by app
		+10m boss reassigns it to person ana
		+10m page ana by sms
		+10m ana escalates
		+10m exhausted
	`)
}

func TestRunLearns(t *testing.T) {
	t.Parallel()
	run := escalationtest.Start(t, escalationtest.Setup{
		Given: "policy checkout\nstep 1 pages person ana, waits 5m\nstep 2 pages person boss, waits 5m, if severity is SEV1",
		At:    "2026-03-02T08:00:00Z",
		Facts: escalation.Facts{Severity: "SEV2"},
	})
	run.Learn(func(f *escalation.Facts) { f.Severity = "SEV1" })
	run.Advance(5 * time.Minute)
	run.RequirePaged("boss", 5*time.Minute)
}

func TestPeopleHaveHabits(t *testing.T) {
	t.Parallel()
	setup := night()
	setup.Given += "\nben declines every page"
	setup.Behaviour = escalation.AckAfter(2*time.Minute, "carl")
	run := escalationtest.Start(t, setup)
	run.Advance(time.Hour)
	run.RequireCourse(`
		+0s page ben by sms
		+0s ben declines
		+0s page carl by app
		+2m carl acknowledges
	`)
}

func TestWhatIsGivenAddsToTheWorld(t *testing.T) {
	t.Parallel()
	ladder, err := escalation.Compile(escalation.Policy{ID: "mine", Steps: []escalation.Step{
		{Targets: []escalation.Target{escalation.Person("ana"), escalation.Schedule("primary")}, Wait: time.Minute},
	}})
	require.NoError(t, err)
	world := &escalation.World{People: map[string]escalation.Responder{"ana": {Channels: []string{"pager"}}}}
	run := escalationtest.Start(t, escalationtest.Setup{
		Ladder: ladder, World: world, At: "2026-03-02T08:00:00Z",
		Given: "ben is reached by phone\nprimary is ben", Broken: []string{"phone"},
	})
	run.RequireCourse("+0s page ana by pager\n+0s page ben by phone in vain\n+0s the page to ben is not delivered")
	assert.Empty(t, world.Schedules, "the host's own world stays as it is")
	assert.Len(t, world.People, 1)
}

func TestSetupThatIsWrong(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		setup escalationtest.Setup
		want  string
	}{
		"no policy":       {escalationtest.Setup{At: "2026-03-02T08:00:00Z"}, `Setup.Ladder: want a compiled policy, or one in Setup.Given`},
		"no time":         {escalationtest.Setup{}, `at: want a time such as "2026-03-29 01:30 Europe/Berlin" or "2026-03-29T01:30:00+01:00", not ""`},
		"no such zone":    {escalationtest.Setup{At: "2026-03-29 01:30 Europe/Ber"}, `not "2026-03-29 01:30 Europe/Ber"`},
		"no such time":    {escalationtest.Setup{At: "2026-03-29 25:30 Europe/Berlin"}, `not "2026-03-29 25:30 Europe/Berlin"`},
		"no sentence":     {escalationtest.Setup{At: "2026-03-02T08:00:00Z", Given: "\n\nana sleeps"}, "Setup.Given, line 3: \"ana sleeps\": want one of these sentences:\n\tpolicy ID"},
		"far too long":    {escalationtest.Setup{At: "2026-03-02T08:00:00Z", Given: "policy checkout\nstep 1 pages person ana, waits 99999999999d"}, `a length of time such as 30s, 5m, 1h30m or 2d, not "99999999999d"`},
		"policy is wrong": {escalationtest.Setup{At: "2026-03-02T08:00:00Z", Given: "policy checkout\nstep 1 pages person ana, waits 1ns"}, "steps[0].wait"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			assert.Contains(t, failureOf(t, func(f *fake) { escalationtest.Start(f, test.setup) }), test.want)
		})
	}
}

// Whoever is not there can be required nothing of, and does nothing: it would always
// be so.
func TestNobodyIsNamedWhoIsNotThere(t *testing.T) {
	t.Parallel()
	ladder, err := escalation.Compile(escalation.Policy{
		ID: "mine", Final: escalation.Final{Targets: []escalation.Target{escalation.Person("boss")}},
		Steps: []escalation.Step{{Wait: time.Minute, Targets: []escalation.Target{
			escalation.Person("ana"), escalation.Team("db"), {Type: escalation.TargetVendor, ID: "acme"},
		}}},
	})
	require.NoError(t, err)
	world := &escalation.World{
		Teams:     map[string]escalation.Group{"db": {ID: "db", Members: []string{"dora"}, Manager: "eve"}},
		Suppliers: map[string]escalation.Supplier{"acme": {ID: "acme", Channels: []string{"mail"}, Response: time.Hour, Missed: []escalation.Target{escalation.Person("fay")}}},
	}
	directory := *world
	directory.People = map[string]escalation.Responder{"ana": {Channels: []string{"sms"}}, "gus": {}}
	const names = "ana, boss, dora, eve, fay"
	for name, test := range map[string]struct {
		do    func(*escalationtest.Run)
		about string
	}{
		"paged":      {func(run *escalationtest.Run) { run.RequirePaged("anna", 0) }, `RequirePaged "anna"`},
		"not paged":  {func(run *escalationtest.Run) { run.RequireNotPaged("evee") }, `RequireNotPaged "evee"`},
		"answer":     {func(run *escalationtest.Run) { run.Acknowledge("evee") }, `acknowledge by "evee"`},
		"decline":    {func(run *escalationtest.Run) { run.Decline("evee") }, `decline by "evee"`},
		"snooze":     {func(run *escalationtest.Run) { run.Snooze("evee", time.Minute) }, `snooze by "evee"`},
		"hand back":  {func(run *escalationtest.Run) { run.HandBack("evee") }, `hand_back by "evee"`},
		"reassigned": {func(run *escalationtest.Run) { run.Reassign("evee", escalation.Person("ana")) }, `reassign by "evee"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			for who, w := range map[string]*escalation.World{names: world, names + ", gus": &directory} {
				assert.Equal(t, "escalationtest: "+test.about+": want somebody whom the world or the policy knows: "+who, failureOf(t, func(f *fake) {
					test.do(escalationtest.Start(f, escalationtest.Setup{Ladder: ladder, World: w, At: "2026-03-02T08:00:00Z"}))
				}))
			}
		})
	}

	run := escalationtest.Start(t, escalationtest.Setup{Ladder: ladder, World: world, At: "2026-03-02T08:00:00Z"})
	for _, person := range []string{"boss", "eve", "fay"} {
		run.RequireNotPaged(person)
	}
	run.Reassign("ana", escalation.Person("zoe"))
	run.RequirePaged("zoe", 0)

	assert.Equal(t, `escalationtest: Setup.Given: what "an" does about every page: want somebody whom the world or the policy knows: ana`, failureOf(t, func(f *fake) {
		escalationtest.Start(f, escalationtest.Setup{At: "2026-03-02T08:00:00Z", Given: "policy p\nstep 1 pages person ana, waits 5m\nan declines every page"})
	}))
	assert.Equal(t, `escalationtest: RequireNotPaged "ana": want somebody whom the world or the policy knows, and there is nobody`, failureOf(t, func(f *fake) {
		escalationtest.Start(f, escalationtest.Setup{At: "2026-03-02T08:00:00Z", Given: "policy p\nstep 1 pages channel ops, waits 5m"}).RequireNotPaged("ana")
	}))

	crowd := &escalation.World{People: map[string]escalation.Responder{}}
	for i := range 100 {
		crowd.People[fmt.Sprintf("p%02d", i)] = escalation.Responder{}
	}
	got := failureOf(t, func(f *fake) {
		escalationtest.Start(f, escalationtest.Setup{Ladder: ladder, World: crowd, At: "2026-03-02T08:00:00Z"}).Acknowledge("evee")
	})
	assert.True(t, strings.HasSuffix(got, ", p26, p27 and 72 more"), got)
}

func TestTimeDoesNotGoBack(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "escalationtest: Advance(-1s): want a time of at least 0", failureOf(t, func(f *fake) {
		escalationtest.Start(f, night()).Advance(-time.Second)
	}))
	assert.Equal(t, "escalationtest: Answer: At: want 2026-03-29T01:57:00+01:00, which is now, or the zero time, not 2026-03-29T02:57:00Z", failureOf(t, func(f *fake) {
		run := escalationtest.Start(f, night())
		_ = run.Answer(escalation.Answer{Kind: escalation.Acknowledge, By: "ana", At: run.Now().Add(2 * time.Hour).UTC()})
	}))
}

func TestRefusedAnswerIsAnError(t *testing.T) {
	t.Parallel()
	err := escalationtest.Start(t, night()).Answer(escalation.Answer{Kind: escalation.HandBack, By: "ben"})
	var refused *escalation.AnswerError
	require.ErrorAs(t, err, &refused)
}
