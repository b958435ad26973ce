package escalation_test

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/oncall"
)

// Who is paged when, if nobody ever answers? A policy is tested like any other
// function: Next says when it wants to be asked again, so no time has to pass.
func ExampleNext() {
	policy := escalation.Policy{
		ID: "checkout",
		Steps: []escalation.Step{
			{Targets: []escalation.Target{escalation.Person("ana")}, Wait: 5 * time.Minute},
			{Targets: []escalation.Target{escalation.Person("ben"), escalation.Person("carl")}, Wait: 10 * time.Minute},
		},
		Repeat: 1,
	}

	now := time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC)
	progress := escalation.Start(now)
	for !now.IsZero() {
		result := escalation.Next(policy, progress, now, escalation.Schedules{})
		for _, e := range result.Effects {
			fmt.Println(now.Format("15:04"), e.Kind, e.Person)
		}
		progress, now = result.Progress, result.Wake
	}
	// Output:
	// 14:00 page ana
	// 14:05 page ben
	// 14:05 page carl
	// 14:15 page ana
	// 14:20 page ben
	// 14:20 page carl
	// 14:30 exhaust
}

// A run is a small value that is stored with the incident. Whoever answers ends
// it, and every page carries its reason.
func ExampleStart() {
	policy := escalation.Policy{ID: "checkout", Steps: []escalation.Step{
		{Targets: []escalation.Target{escalation.Person("ana")}, Wait: 5 * time.Minute},
		{Targets: []escalation.Target{escalation.Person("ben")}, Wait: 10 * time.Minute},
	}}
	opened := time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC)

	result := escalation.Next(policy, escalation.Start(opened), opened, nil)
	fmt.Println(result.Effects[0].Reason)

	stored, _ := json.Marshal(result.Progress)
	fmt.Println(string(stored))

	var progress escalation.Progress
	_ = json.Unmarshal(stored, &progress)
	result = escalation.Next(policy, progress.Acknowledge("ana"), opened.Add(time.Hour), nil)
	fmt.Println(result.Progress.State, "by", result.Progress.By, "and nobody else is paged:", len(result.Effects) == 0)
	// Output:
	// policy checkout, step 1 of 2; it names ana
	// {"state":"running","round":1,"step":2,"due":"2026-03-02T14:05:00Z","reached":true}
	// acknowledged by ana and nobody else is paged: true
}

func ExampleSchedules() {
	rota, err := oncall.Compile(oncall.Schedule{
		ID: "primary", Zone: "Europe/Berlin",
		Rotations: []oncall.Rotation{{
			ID:    "weekly",
			Start: oncall.Local(2026, 3, 2, 9, 0),
			Turns: oncall.Every(1, oncall.Weeks),
			Seats: oncall.Seats("ana", "ben"),
		}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	policy := escalation.Policy{ID: "checkout", Steps: []escalation.Step{{
		Targets: []escalation.Target{escalation.Schedule("primary"), escalation.Schedule("nights")},
		Wait:    5 * time.Minute,
	}}}

	now := time.Date(2026, 3, 10, 3, 0, 0, 0, time.UTC)
	result := escalation.Next(policy, escalation.Start(now), now, escalation.Schedules{"primary": rota})
	for _, e := range result.Effects {
		fmt.Printf("%s %s: %s\n", e.Kind, e.Target, e.Reason)
	}
	// Output:
	// page schedule primary: policy checkout, step 1 of 1; schedule primary leads to ben: rotation weekly, turn 2
	// skip schedule nights: there is no schedule "nights"
}

// Every problem is reported, each at its field.
func ExamplePolicy_Validate() {
	policy := escalation.Policy{ID: "checkout", Steps: []escalation.Step{
		{Targets: []escalation.Target{escalation.Schedule("")}},
	}}
	for _, err := range policy.Validate() {
		fmt.Println(err)
	}
	// Output:
	// escalation: steps[0].wait: want 1s to 168h0m0s, not 0s
	// escalation: steps[0].targets[0].id: want a non-empty id
}
