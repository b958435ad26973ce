package grafanaoncall_test

import (
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/grafanaoncall"
	"github.com/incidentkit/incidentkit/oncall"
)

func ExampleImport() {
	answer := []byte(`{
		"schedule": {"id": "S1", "name": "Search", "type": "calendar", "time_zone": "Europe/Berlin", "shifts": ["O1"]},
		"on_call_shifts": [{
			"id": "O1", "name": "Mornings", "type": "rolling_users", "start": "2026-01-05T08:00:00", "duration": 14400,
			"frequency": "weekly", "week_start": "MO", "by_day": ["MO", "TH"], "rolling_users": [["ada"], ["ben"]]
		}]
	}`)
	result, err := grafanaoncall.Import(importers.Options{}, importers.File{Name: "search.json", Data: answer})
	if err != nil {
		fmt.Println(err)
		return
	}
	rota, err := oncall.Compile(result.Schedules[0])
	if err != nil {
		fmt.Println(err)
		return
	}
	from := time.Date(2026, time.March, 2, 0, 0, 0, 0, time.UTC)
	for shift := range rota.Shifts(from, from.AddDate(0, 0, 8)) {
		fmt.Println(shift.Start.Format("Mon 2 Jan 15:04"), shift.Person)
	}
	// Output:
	// Mon 2 Mar 08:00 ada
	// Thu 5 Mar 08:00 ada
	// Mon 9 Mar 08:00 ben
}

func ExampleImport_chain() {
	answer := []byte(`{"results": [
		{"id": "E1", "escalation_chain_id": "F1", "position": 0, "type": "notify_persons", "important": true, "persons_to_notify": ["ada"]},
		{"id": "E2", "escalation_chain_id": "F1", "position": 1, "type": "wait", "duration": 300},
		{"id": "E3", "escalation_chain_id": "F1", "position": 2, "type": "notify_if_time_from_to", "notify_if_time_from": "09:00:00Z", "notify_if_time_to": "17:00:00Z"},
		{"id": "E4", "escalation_chain_id": "F1", "position": 3, "type": "notify_persons", "important": true, "persons_to_notify": ["ben"]}
	]}`)
	result, err := grafanaoncall.Import(importers.Options{}, importers.File{Name: "policies.json", Data: answer})
	if err != nil {
		fmt.Println(err)
		return
	}
	ladder, err := escalation.Compile(result.Policies[0])
	if err != nil {
		fmt.Println(err)
		return
	}
	start := time.Date(2026, time.March, 2, 20, 0, 0, 0, time.UTC)
	for _, m := range escalation.Simulate(escalation.Setting{Ladder: ladder, Start: start}).Moments {
		if m.Effect.Kind == escalation.Page {
			fmt.Println(m.At.Format("Mon 15:04"), m.Effect.Person, m.Effect.Urgency)
		}
	}
	// Output:
	// Mon 20:00 ada high
	// Tue 09:00 ben high
}
