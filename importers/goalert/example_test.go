package goalert_test

import (
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/goalert"
	"github.com/incidentkit/incidentkit/oncall"
)

func ExampleImport() {
	answer := []byte(`{
		"exportedAt": "2026-03-02T12:00:00Z",
		"data": {
			"schedule": {"id": "S1", "name": "Payments", "timeZone": "Europe/Berlin", "targets": [{
				"target": {"id": "R1", "type": "rotation"},
				"rules": [{"start": "20:00", "end": "06:00", "weekdayFilter": [false, true,true,true,true,true, false]}]
			}]},
			"rotations": [{
				"id": "R1", "name": "Nights", "start": "2026-01-01T11:00:00Z", "timeZone": "Europe/Berlin",
				"type": "daily", "shiftLength": 1, "activeUserIndex": 1, "userIDs": ["ada", "ben"]
			}]
		}
	}`)
	result, err := goalert.Import(importers.Options{}, importers.File{Name: "payments.json", Data: answer})
	if err != nil {
		fmt.Println(err)
		return
	}
	rota, err := oncall.Compile(result.Schedules[0])
	if err != nil {
		fmt.Println(err)
		return
	}
	from := time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)
	for shift := range rota.Shifts(from, from.AddDate(0, 0, 2)) {
		fmt.Println(shift.Start.Format("Mon 15:04"), shift.End.Format("Mon 15:04"), shift.Person)
	}
	for _, note := range result.Report {
		fmt.Println(note.Level, note.Path)
	}
	// Output:
	// Mon 20:00 Tue 06:00 ben
	// Tue 20:00 Wed 06:00 ada
	// assumption /data/rotations/0/activeUserIndex
}

func ExampleImport_policy() {
	answer := []byte(`{"data": {
		"escalationPolicy": {"id": "E1", "name": "Payments", "repeat": 1, "steps": [
			{"stepNumber": 0, "delayMinutes": 10, "targets": [{"id": "ada", "type": "user"}]},
			{"stepNumber": 1, "delayMinutes": 5, "targets": []},
			{"stepNumber": 2, "delayMinutes": 20, "targets": [{"id": "ben", "type": "user"}, {"id": "C1", "type": "slackChannel"}]}
		]}
	}}`)
	result, err := goalert.Import(importers.Options{}, importers.File{Name: "payments.json", Data: answer})
	if err != nil {
		fmt.Println(err)
		return
	}
	ladder, err := escalation.Compile(result.Policies[0])
	if err != nil {
		fmt.Println(err)
		return
	}
	start := time.Date(2026, time.March, 2, 12, 0, 0, 0, time.UTC)
	for _, m := range escalation.Simulate(escalation.Setting{Ladder: ladder, Start: start}).Moments {
		if m.Effect.Kind == escalation.Page {
			fmt.Println(m.At.Format("15:04"), m.Effect.Target)
		}
	}
	// Output:
	// 12:00 person ada
	// 12:15 person ben
	// 12:15 channel C1
	// 12:35 person ada
	// 12:50 person ben
	// 12:50 channel C1
}
