package escalation_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/oncall"
)

// Who is paged when, if nobody ever answers? A policy is tested like any other
// function: Next says when it wants to be asked again, so no time has to pass.
func ExampleLadder_Next() {
	ladder, err := escalation.Compile(escalation.Policy{
		ID: "checkout",
		Steps: []escalation.Step{
			{Targets: []escalation.Target{escalation.Person("ana")}, Wait: 5 * time.Minute},
			{Targets: []escalation.Target{escalation.Person("ben"), escalation.Person("carl")}, Wait: 10 * time.Minute},
		},
		Repeat: 1,
	})
	if err != nil {
		panic(err)
	}
	now := time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC)
	progress := escalation.Start(now, nil)
	for !now.IsZero() {
		result := ladder.Next(progress, now, escalation.Facts{}, nil)
		for _, e := range result.Effects {
			fmt.Println(now.Format("15:04"), e.Kind, cmp.Or(e.Person, "-"))
		}
		progress, now = result.Progress, result.Wake
	}
	// Output:
	// 14:00 page ana
	// 14:05 page ben
	// 14:05 page carl
	// 14:15 repeat -
	// 14:15 page ana
	// 14:20 page ben
	// 14:20 page carl
	// 14:30 exhaust -
}

// A run is a small value that is stored with the incident. Whoever answers ends
// it, and every page carries its reason.
func ExampleStart() {
	ladder, err := escalation.Compile(escalation.Policy{ID: "checkout", Version: 7, Steps: []escalation.Step{
		{Targets: []escalation.Target{escalation.Person("ana")}, Wait: 5 * time.Minute},
		{Targets: []escalation.Target{escalation.Person("ben")}, Wait: 10 * time.Minute},
	}})
	if err != nil {
		panic(err)
	}
	opened := time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC)

	result := ladder.Next(escalation.Start(opened, nil), opened, escalation.Facts{}, nil)
	fmt.Println(result.Effects[0].Reason())

	stored, _ := json.Marshal(result.Progress)
	fmt.Println(string(stored))

	var progress escalation.Progress
	_ = json.Unmarshal(stored, &progress)
	progress, err = ladder.Answer(progress, escalation.Answer{Kind: escalation.Acknowledge, By: "ana", At: opened.Add(3 * time.Minute)})
	if err != nil {
		panic(err)
	}
	result = ladder.Next(progress, opened.Add(time.Hour), escalation.Facts{}, nil)
	fmt.Println(result.Progress.State, "by", result.Progress.By, "and nobody else is paged:", len(result.Effects) == 0)
	// Output:
	// policy checkout of plan version 7, step 1 of 2; it names ana
	// {"state":"running","round":1,"step":2,"due":"2026-03-02T14:05:00Z","last":1,"before":1,"reached":true,"began":"2026-03-02T14:00:00Z","awaiting":[{"person":"ana"}],"paged":"2026-03-02T14:00:00Z"}
	// acknowledged by ana and nobody else is paged: true
}

// A policy may ask for more than time: here the office is paged during working
// hours, and whoever is on call otherwise.
func ExampleCompile() {
	office := escalation.Hours{Zone: "Europe/Berlin", Windows: []oncall.Window{
		oncall.Daily(oncall.Clock(9, 0), oncall.Clock(17, 0), time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday),
	}}
	ladder, err := escalation.Compile(escalation.Policy{ID: "checkout", Steps: []escalation.Step{{
		If:    &escalation.Condition{Hours: &office},
		Steps: []escalation.Step{{Targets: []escalation.Target{escalation.Team("payments")}, Wait: 15 * time.Minute}},
		Else:  []escalation.Step{{Targets: []escalation.Target{escalation.Person("ana")}, Wait: 5 * time.Minute}},
	}}})
	if err != nil {
		panic(err)
	}
	world := &escalation.World{Teams: map[string]escalation.Group{"payments": {ID: "payments", Members: []string{"ben", "carl"}}}}
	for _, at := range []time.Time{
		time.Date(2026, 3, 2, 15, 59, 0, 0, time.UTC),
		time.Date(2026, 3, 2, 16, 0, 0, 0, time.UTC),
	} {
		for _, e := range ladder.Next(escalation.Start(at, nil), at, escalation.Facts{}, world).Effects {
			fmt.Println(at.Format("15:04"), e.Kind, e.Person, "-", e.Reason())
		}
	}
	// Output:
	// 15:59 page ben - policy checkout, step 2 of 3; team payments leads to ben: member of team payments
	// 15:59 page carl - policy checkout, step 2 of 3; team payments leads to carl: member of team payments
	// 16:00 skip  - policy checkout, step 1 of 3 is passed over: it is taken only if the time is within 09:00-17:00 Mon-Fri Europe/Berlin
	// 16:00 page ana - policy checkout, step 3 of 3; it names ana
}

// Bad input is told by field.
func ExampleCompileAll() {
	_, err := escalation.CompileAll([]escalation.Policy{
		{ID: "checkout", Steps: []escalation.Step{{Targets: []escalation.Target{{Type: escalation.TargetPolicy, ID: "database"}}, Wait: time.Minute}}},
		{ID: "database", Steps: []escalation.Step{{Targets: []escalation.Target{{Type: escalation.TargetPolicy, ID: "checkout"}}, Wait: -time.Minute}}},
	})
	fmt.Println(err)
	// Output:
	// escalation: policies[0].steps[0].targets[0].id: want a policy that is valid; database is not: escalation: steps[0].wait: want 1s to 168h0m0s, not -1m0s
	// escalation: policies[1].steps[0].wait: want 1s to 168h0m0s, not -1m0s
}

// Quiet hours keep somebody from being paged, unless it is grave enough.
func ExampleNewQuietHours() {
	night, err := escalation.NewQuietHours(escalation.Hours{
		Zone: "Europe/Berlin", Windows: []oncall.Window{oncall.Daily(oncall.Clock(22, 0), oncall.Clock(6, 0))},
	}, "SEV1")
	if err != nil {
		panic(err)
	}
	world := &escalation.World{People: map[string]escalation.Responder{
		"ana": {Person: oncall.Person{ID: "ana"}, Channels: []string{"sms"}, Rules: escalation.Rules{Quiet: night}},
	}}
	ladder, err := escalation.Compile(escalation.Policy{ID: "checkout", Steps: []escalation.Step{
		{Targets: []escalation.Target{escalation.Person("ana")}, Wait: 5 * time.Minute},
	}})
	if err != nil {
		panic(err)
	}
	midnight := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	for _, severity := range []string{"SEV2", "SEV1"} {
		e := ladder.Next(escalation.Start(midnight, nil), midnight, escalation.Facts{Severity: severity}, world).Effects[0]
		fmt.Println(severity, e.Kind, e.Person, "-", e.Reason())
	}
	// Output:
	// SEV2 skip ana - has quiet hours within 22:00-06:00 Europe/Berlin
	// SEV1 page ana - policy checkout, step 1 of 1; it names ana
}
