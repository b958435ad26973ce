package plan_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/oncall"
	"github.com/incidentkit/incidentkit/plan"
)

func ExampleParse() {
	doc, err := os.ReadFile("testdata/valid/small.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := plan.Parse(doc)
	if err != nil {
		fmt.Println(err)
		return
	}

	routing := p.Route(map[string]string{"alertname": "PaymentsFailing", "severity": "critical"})
	fmt.Printf("%s: %s, active %t, paged by policy %q\n", routing.Rule, routing.Severity, routing.Active, routing.Policy)

	policy, _ := p.Policy(routing.Policy)
	fmt.Println("first step:", policy.Steps[0].Targets[0])

	ana, _ := p.Person(p.LastResort())
	fmt.Println("last resort:", ana.Name, "by", ana.Contacts[0].Channel)

	// Output:
	// route 1: SEV1, active true, paged by policy "default"
	// first step: schedule primary
	// last resort: Ana Silva by sms
}

// Everything that is wrong is reported at once.
func ExampleParse_invalid() {
	doc := []byte(`{
  "format": "incidentkit/plan/v1",
  "name": "Acme Billing",
  "severities": [
    {"id": "SEV1", "targets": {"acknowledge": "five minutes", "firstUpdate": "15m"}}
  ],
  "schedules": [
    {"id": "primary", "zone": "Europe/Berlin", "rotations": [
      {"id": "weekly", "start": "2026-01-05T09:00", "turn": "1 week", "members": ["ana"]}]}
  ],
  "policies": [
    {"id": "default", "steps": [
      {"targets": [{"type": "schedule", "id": "primry"}], "wait": "5m"},
      {"targets": [], "wait": "10m"}]}
  ],
  "default_policy": "default",
  "last_resort": {"person": "ana"}
}`)

	_, err := plan.Parse(doc)

	fmt.Println(err)
	fmt.Println(errors.Is(err, plan.ErrInvalid))

	// Output:
	// plan: 4 problems in the document:
	// line 5, column 47: /severities/0/targets/acknowledge: want a duration such as "5m", "1h30m" or "3d", not "five minutes"
	// line 5, column 63: /severities/0/targets/firstUpdate: want a known field; did you mean "first_update"?
	// line 13, column 47: /policies/0/steps/0/targets/0/id: want the id of a schedule, not "primry"; did you mean "primary"?
	// line 14, column 19: /policies/0/steps/1/targets: want "targets", "steps", "until" or "back_to"; they are missing or empty
	// true
}

// A plan can be valid and yet not do what was meant.
func ExamplePlan_Warnings() {
	p, err := plan.Parse([]byte(`{
  "format": "incidentkit/plan/v1",
  "name": "Acme Billing",
  "severities": [{"id": "SEV1"}],
  "schedules": [
    {"id": "primary", "zone": "Europe/Berlin", "rotations": [
      {"id": "weekly", "start": "2062-01-02T09:00", "turn": "1 week", "members": ["ana"]}]}
  ],
  "policies": [{"id": "default", "steps": [{"targets": [{"type": "schedule", "id": "primary"}], "wait": "5m"}]}],
  "routes": [{"match": {"service": "web|api"}, "severity": "SEV1"}],
  "default_policy": "default",
  "last_resort": {"person": "ana"}
}`))
	if err != nil {
		fmt.Println(err)
		return
	}

	for _, warning := range p.Warnings(time.Date(2026, time.January, 5, 12, 0, 0, 0, time.UTC)) {
		fmt.Println(warning)
	}

	// Output:
	// line 6, column 5: /schedules/0: want somebody on call now, since policy "default" pages schedule "primary"; nobody is until 2062-01-02T09:00:00+01:00
	// line 10, column 36: /routes/0/match/service: want a value as alerts have it: values are compared exactly, and "web|api" looks like a pattern
}

// Who is paged for a new incident, and why.
func ExamplePlan_Ladder() {
	doc, err := os.ReadFile("testdata/valid/small.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := plan.Parse(doc)
	if err != nil {
		fmt.Println(err)
		return
	}

	ladder, _ := p.Ladder(p.DefaultPolicy())
	about := escalation.Facts{Severity: "SEV1", Urgency: p.Urgency("SEV1")}
	now := time.Date(2026, time.January, 6, 3, 0, 0, 0, time.UTC)
	next := ladder.Next(escalation.Start(now, nil), now, about, p.World())
	for _, effect := range next.Effects {
		fmt.Println(effect.Kind, effect.Person)
	}
	fmt.Println("then at", next.Wake.Format(time.TimeOnly))

	// Output:
	// page ana
	// then at 03:05:00
}

// A plan is proved for a quarter of a year before it is used.
func ExamplePlan_Proof() {
	doc, err := os.ReadFile("testdata/valid/small.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := plan.Parse(doc)
	if err != nil {
		fmt.Println(err)
		return
	}

	what := p.Proof()
	for _, s := range what.Severities {
		fmt.Printf("%s: somebody within %s, by %q\n", s.ID, s.Within, s.Policies)
	}

	// Output:
	// SEV1: somebody within 5m0s, by ["default"]
	// SEV2: somebody within 15m0s, by ["default"]
}

// Policies from elsewhere, such as an import, become part of a document.
func ExampleFromPolicies() {
	policies, teams, err := plan.FromPolicies([]escalation.Policy{{
		ID: "checkout",
		Steps: []escalation.Step{
			{Targets: []escalation.Target{escalation.Schedule("primary")}, Wait: 5 * time.Minute},
			{Targets: []escalation.Target{escalation.Team("payments")}, Pick: escalation.PickInTurn, Wait: 10 * time.Minute},
		},
	}}, []escalation.Group{{ID: "payments", Members: []string{"ana", "ben"}}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, part := range []any{policies[0].Steps, teams} {
		doc, err := json.Marshal(part)
		fmt.Println(string(doc), err)
	}

	// Output:
	// [{"targets":[{"type":"schedule","id":"primary"}],"wait":"5m"},{"targets":[{"type":"team","id":"payments"}],"wait":"10m","pick":"in_turn"}] <nil>
	// [{"id":"payments","members":["ana","ben"]}] <nil>
}

// A host that keeps its plan in tables of its own writes the document from them.
func ExampleSpec() {
	doc, err := json.MarshalIndent(plan.Spec{
		Format:     plan.Format,
		Name:       "Acme Billing",
		Severities: []plan.Severity{{ID: "SEV1", Targets: plan.Targets{Acknowledge: plan.Duration(5 * time.Minute)}}},
		Schedules: []plan.Schedule{{
			ID: "primary", Zone: "Europe/Berlin",
			Rotations: []plan.Rotation{{
				ID:      "weekly",
				Start:   plan.LocalTime(oncall.Local(2026, time.January, 5, 9, 0)),
				Turn:    plan.Turn{N: 1, Unit: oncall.Weeks},
				Members: []string{"usr_1", "usr_2"},
			}},
		}},
		Policies: []plan.Policy{{
			ID:    "default",
			Steps: []plan.Step{{Targets: []plan.Target{{Type: escalation.TargetSchedule, ID: "primary"}}, Wait: plan.Wait(5 * time.Minute)}},
		}},
		DefaultPolicy: "default",
		LastResort:    plan.LastResort{Person: "usr_3"},
	}, "", "  ")
	if err != nil {
		fmt.Println(err)
		return
	}

	p, err := plan.Parse(doc)
	if err != nil {
		fmt.Println(err)
		return
	}
	rota, _ := p.Schedule("primary")
	shift, err := rota.At(time.Date(2026, time.January, 14, 12, 0, 0, 0, time.UTC))
	fmt.Println(shift.Person, shift.Rule(), err)

	// Output:
	// usr_2 rotation weekly, turn 2 <nil>
}

// Schedules from elsewhere, such as an import, become part of a document.
func ExampleFromSchedules() {
	schedules, people, err := plan.FromSchedules(oncall.Schedule{
		ID: "primary", Zone: "Europe/Berlin",
		Rotations: []oncall.Rotation{{
			ID: "office", Start: oncall.Local(2026, time.January, 5, 9, 0), Turns: oncall.Every(1, oncall.Days), Count: oncall.ByShift,
			Seats:   []oncall.Seat{{People: []string{"ana", "ben"}}, {People: []string{"cleo"}}},
			Windows: []oncall.Window{oncall.Daily(oncall.Clock(9, 0), oncall.Clock(17, 0), time.Monday, time.Friday)},
		}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	doc, err := json.MarshalIndent(schedules, "", "  ")
	fmt.Println(string(doc), err)
	fmt.Println(len(people), "people of whom more is known than the id")

	// Output:
	// [
	//   {
	//     "id": "primary",
	//     "zone": "Europe/Berlin",
	//     "rotations": [
	//       {
	//         "id": "office",
	//         "start": "2026-01-05T09:00",
	//         "turn": "1 day",
	//         "count": "shift",
	//         "seats": [
	//           {
	//             "people": [
	//               "ana",
	//               "ben"
	//             ]
	//           },
	//           {
	//             "people": [
	//               "cleo"
	//             ]
	//           }
	//         ],
	//         "windows": [
	//           {
	//             "days": [
	//               "mon",
	//               "fri"
	//             ],
	//             "opens": "09:00",
	//             "closes": "17:00"
	//           }
	//         ]
	//       }
	//     ]
	//   }
	// ] <nil>
	// 0 people of whom more is known than the id
}

// What would become of the shifts if the turns were shorter?
func ExamplePlan_OnCall() {
	doc, err := os.ReadFile("testdata/valid/small.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	p, err := plan.Parse(doc)
	if err != nil {
		fmt.Println(err)
		return
	}

	schedule := p.OnCall()[0]
	schedule.Rotations[0].Turns = oncall.Every(1, oncall.Days)
	rota, err := oncall.Compile(schedule)
	if err != nil {
		fmt.Println(err)
		return
	}
	from := time.Date(2026, time.January, 6, 0, 0, 0, 0, time.UTC)
	for shift := range rota.Shifts(from, from.AddDate(0, 0, 2)) {
		fmt.Println(shift.Start.Format(time.DateTime), shift.Person)
	}

	// Output:
	// 2026-01-06 01:00:00 ana
	// 2026-01-06 09:00:00 ben
	// 2026-01-07 09:00:00 ana
}
