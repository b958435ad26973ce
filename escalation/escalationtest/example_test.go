package escalationtest_test

import (
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/escalation/escalationtest"
	"github.com/incidentkit/incidentkit/escalation/proof"
	"github.com/incidentkit/incidentkit/oncall"
)

func ExampleStart() {
	t := printer{} // a *testing.T

	run := escalationtest.Start(t, escalationtest.Setup{
		Given: `
			policy checkout
			step 1 pages schedule primary, waits 5m
			step 2 pages person boss, waits 10m
			primary is ana`,
		At:    "2026-03-29 01:57 Europe/Berlin",
		Facts: escalation.Facts{Severity: "SEV1"},
	})
	run.Advance(7 * time.Minute)
	run.Acknowledge("boss")
	run.RequireQuiet(24 * time.Hour)
	run.RequireCourse(`
		+0s page ana
		+5m page boss: policy checkout, step 2 of 2, because nobody answered step 1 within 5m; it names boss
		+7m boss acknowledges
	`)
	fmt.Println("as it should be")
	// Output:
	// as it should be
}

func ExampleRun_RequirePaged() {
	t := printer{} // a *testing.T

	run := escalationtest.Start(t, escalationtest.Setup{
		Given: `
			policy checkout
			step 1 pages schedule primary, waits 5m
			primary passes from ana to ben every week from 2026-01-05 09:00 in Europe/Berlin
			ana is reached by push and phone`,
		At: "2026-01-07 03:00 Europe/Berlin",
	})
	page := run.RequirePaged("ana", 0)
	fmt.Println(page.Channel, "-", page.Effect.Shift.Rule())
	// Output:
	// push - rotation primary, turn 1
}

func ExampleTell() {
	story, err := escalationtest.Tell(`# Ana is asleep, and ben is not.

policy checkout
step 1 pages person ana, waits 5m
step 2 pages person ben, waits 10m

03:00 the run starts
03:06 ben acknowledges
`, escalationtest.Files{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(story)
	// Output:
	// # Ana is asleep, and ben is not.
	//
	// policy checkout
	// step 1 pages person ana, waits 5m
	// step 2 pages person ben, waits 10m
	//
	// 03:00 the run starts
	//   03:00 page ana: policy checkout, step 1 of 2; it names ana
	//   03:05 page ben: policy checkout, step 2 of 2, because nobody answered step 1 within 5m; it names ben
	//   it waits until 03:15
	// 03:06 ben acknowledges
	//   it is over: acknowledged by ben
}

func ExampleRunFile() {
	t := printer{} // a *testing.T

	escalationtest.RunFile(t, "testdata/simple.txt", escalationtest.Files{})
	fmt.Println("as it is written")
	// Output:
	// as it is written
}

func ExampleProve() {
	t := printer{} // a *testing.T

	nights, err := oncall.Compile(oncall.Schedule{
		ID: "nights", Zone: "Europe/Berlin",
		Rotations: []oncall.Rotation{{
			ID: "weekly", Start: oncall.Local(2026, time.January, 5, 9, 0),
			Turns: oncall.Every(1, oncall.Weeks), Count: oncall.ByTurn, Seats: oncall.Seats("ana", "ben"),
			Windows: []oncall.Window{oncall.Daily(oncall.Clock(20, 0), oncall.Clock(8, 0))},
		}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	proved := escalationtest.Prove(t, proof.Plan{
		Policies: []escalation.Policy{{ID: "checkout", Steps: []escalation.Step{
			{Targets: []escalation.Target{escalation.Schedule("nights")}, Wait: 5 * time.Minute},
			{Targets: []escalation.Target{escalation.Person("dora")}, Wait: 10 * time.Minute},
		}}},
		Schedules:  []*oncall.Rota{nights},
		Severities: []proof.Severity{{ID: "SEV1", Policies: []string{"checkout"}}},
	}, "2026-01-05 09:00 Europe/Berlin", "2027-01-05 09:00 Europe/Berlin")

	proved.RequireReaches("SEV1", 1, 0)
	proved.RequireReaches("SEV1", 2, 5*time.Minute)
	// Output:
	// SEV1 should reach 2 people within 5m, and policy checkout never reaches the second in an incident that begins at Mon 2026-01-05 09:00 CET.
	// If nobody answers:
	//
	//     +0s      09:00  skip schedule nights: nobody is on call on schedule "nights" at 2026-01-05T09:00:00+01:00, until 2026-01-05T20:00:00+01:00
	//     +0s      09:00  page dora: policy checkout, step 2 of 2, because step 1 reached nobody; it names dora
	//     +10m     09:10  exhausted: policy checkout is exhausted: nobody answered in 1 round
	//
	// On call at +0s, which is 09:00:
	//     nights: nobody until 2026-01-05 20:00 CET
	//
	// It began on Monday 5 January 2026 09:00 CET as SEV1, under policy checkout.
}
