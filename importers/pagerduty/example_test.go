package pagerduty_test

import (
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/pagerduty"
	"github.com/incidentkit/incidentkit/oncall"
)

// What GET /schedules/{id} answers comes in, with every handoff where it was.
func ExampleImport() {
	answer := []byte(`{"schedule": {
		"id": "PSCHED", "name": "Primary", "time_zone": "Eastern Time (US & Canada)",
		"schedule_layers": [{
			"id": "PLAYER", "name": "Weekly",
			"start": "2026-01-05T09:00:00-05:00", "rotation_virtual_start": "2026-01-05T09:00:00-05:00",
			"rotation_turn_length_seconds": 604800,
			"users": [{"user": {"id": "PADA", "summary": "Ada"}}, {"user": {"id": "PBO", "summary": "Bo"}}]
		}]
	}}`)
	result, err := pagerduty.Import(importers.Options{}, importers.File{Name: "primary.json", Data: answer})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, note := range result.Report {
		fmt.Printf("%s %s: %s\n", note.Level, note.Path, note.Text)
	}
	rota, err := oncall.Compile(result.Schedules[0])
	if err != nil {
		fmt.Println(err)
		return
	}
	for shift := range rota.Shifts(time.Date(2026, 3, 2, 12, 0, 0, 0, time.UTC), time.Date(2026, 3, 16, 12, 0, 0, 0, time.UTC)) {
		fmt.Println(shift.Start.Format("2 Jan 15:04 MST"), shift.Person)
	}
	// Output:
	// assumption /schedule/time_zone: "Eastern Time (US & Canada)" is taken for the IANA zone America/New_York, by whose clock duty is handed over
	// 2 Mar 07:00 EST PBO
	// 2 Mar 09:00 EST PADA
	// 9 Mar 09:00 EDT PBO
}

// A shift-based schedule: the members take turns from one workday to the next.
func ExampleImportV3() {
	answer := []byte(`{"schedule": {
		"id": "PSCHED", "name": "Support", "time_zone": "Europe/Berlin",
		"rotations": [{"id": "ROT", "events": [{
			"name": "Office hours",
			"start_time": {"date_time": "2026-06-01T09:00:00+02:00", "time_zone": "Europe/Berlin"},
			"end_time": {"date_time": "2026-06-01T17:00:00+02:00", "time_zone": "Europe/Berlin"},
			"effective_since": "2026-06-01T00:00:00+02:00",
			"recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR"],
			"assignment_strategy": {"type": "rotating_member_assignment_strategy", "shifts_per_member": 1, "members": [
				{"type": "user_member", "user_id": "PADA"}, {"type": "user_member", "user_id": "PBO"}]}
		}]}]
	}}`)
	result, err := pagerduty.ImportV3(importers.Options{}, importers.File{Name: "support.json", Data: answer})
	if err != nil {
		fmt.Println(err)
		return
	}
	rota, err := oncall.Compile(result.Schedules[0])
	if err != nil {
		fmt.Println(err)
		return
	}
	for shift := range rota.Shifts(time.Date(2026, 6, 4, 0, 0, 0, 0, time.UTC), time.Date(2026, 6, 9, 0, 0, 0, 0, time.UTC)) {
		fmt.Println(shift.Start.Format("Mon 15:04"), shift.Person)
	}
	// Output:
	// Thu 09:00 PBO
	// Fri 09:00 PADA
	// Mon 09:00 PBO
}

// An escalation policy comes with the schedules that it pages.
func ExampleImport_escalationPolicy() {
	schedule := `{"schedule": {
		"id": "PSCHED1", "name": "Primary", "time_zone": "Europe/Berlin",
		"schedule_layers": [{
			"id": "PLAYER1", "start": "2026-01-05T09:00:00+01:00", "rotation_virtual_start": "2026-01-05T09:00:00+01:00",
			"rotation_turn_length_seconds": 604800, "users": [{"user": {"id": "PANA"}}, {"user": {"id": "PBEN"}}]
		}]
	}}`
	policy := `{"escalation_policy": {
		"id": "PPOLICY1", "name": "Web", "num_loops": 1,
		"escalation_rules": [
			{"escalation_delay_in_minutes": 10, "targets": [{"id": "PSCHED1", "type": "schedule_reference"}]},
			{"escalation_delay_in_minutes": 20, "targets": [{"id": "PCLEO", "type": "user_reference"}]}
		],
		"on_call_handoff_notifications": "always"
	}}`
	result, err := pagerduty.Import(importers.Options{},
		importers.File{Name: "schedule.json", Data: []byte(schedule)}, importers.File{Name: "policy.json", Data: []byte(policy)})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, note := range result.Report {
		fmt.Println(note.Level, note.Path)
		fmt.Println(note.Text)
	}
	rotas, err := oncall.CompileAll(result.Schedules)
	if err != nil {
		fmt.Println(err)
		return
	}
	ladder, err := escalation.Compile(result.Policies[0])
	if err != nil {
		fmt.Println(err)
		return
	}
	course := escalation.Simulate(escalation.Setting{
		Ladder: ladder,
		Start:  time.Date(2026, time.January, 14, 3, 0, 0, 0, time.UTC),
		World:  escalation.World{Schedules: rotas},
	})
	for _, m := range course.Moments {
		if m.Effect.Kind == escalation.Page {
			fmt.Println(m.At.Format("15:04"), m.Effect.Person)
		}
	}
	// Output:
	// loss policy.json#/escalation_policy/on_call_handoff_notifications
	// that people are told when their duty begins and ends is not kept, and whom the escalation policy pages stays the same
	// 03:00 PBEN
	// 03:10 PCLEO
	// 03:30 PBEN
	// 03:40 PCLEO
}
