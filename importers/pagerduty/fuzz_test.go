package pagerduty_test

import (
	"testing"

	"github.com/incidentkit/incidentkit/importers/internal/importtest"
	"github.com/incidentkit/incidentkit/importers/pagerduty"
)

// FuzzImport checks that nothing panics, and that whatever is accepted is valid.
func FuzzImport(f *testing.F) {
	for _, name := range []string{"schedule.json", "schedule-v3.json"} {
		f.Add(importtest.Read(f, name).Data)
	}
	f.Add(layer(newYork, daily+`, "restrictions": [{"type": "weekly_restriction", "start_day_of_week": 0, "start_time_of_day": "10:00:00", "duration_seconds": 3600}]`).Data)
	f.Add(layer("Hawaii", `"start": "2026-01-05T09:00:00-05:00", "rotation_turn_length_seconds": 5400, "users": [{"user": {"id": "A"}}, {"user": null}]`).Data)
	for _, rule := range []string{`"RRULE:FREQ=DAILY;INTERVAL=3;COUNT=7"`, `"FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;UNTIL=20260601T000000Z"`, `"RRULE:FREQ=DAILY","EXDATE:20260106T080000Z"`} {
		f.Add(event("Europe/Berlin", `"start_time": "2026-01-05T08:00:00Z", "end_time": "2026-01-05T16:00:00Z", "recurrence": [`+rule+`]`, "A", "B").Data)
	}
	f.Add([]byte(policy(`"num_loops": 2, "services": [{"id": "S"}], "on_call_handoff_notifications": "always",`,
		pages(5, `{"type": "round_robin"}`, ada, ben, "schedule_v3_reference S"), pages(0, `"assign_to_everyone"`, "user cy"))))
	f.Add([]byte(`{"users": [{"id": "ada", "email": "ada@example.com", "contact_methods": [{"type": "sms_contact_method", "country_code": 1, "address": "555"}, {"type": "push_notification_contact_method"}]}], "more": true}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		importtest.Valid(t, pagerduty.Import, string(data))
		importtest.Valid(t, pagerduty.ImportV3, string(data))
	})
}

func TestWild(t *testing.T) {
	t.Parallel()
	importtest.Wild(t, pagerduty.Import, string(importtest.Read(t, "schedule.json").Data),
		`{"overrides": [{"id": "O", "start": "2026-01-05T09:00:00Z", "end": "2026-01-05T10:00:00Z", "user": {"id": "A"}}]}`)
	importtest.Wild(t, pagerduty.Import, policy(`"num_loops": 2, "services": [{"id": "S"}], "on_call_handoff_notifications": "always",`,
		pages(5, `{"type": "round_robin"}`, ada, "schedule_reference web"), pages(1, `"round_robin"`, "user ben")), web,
		`{"users": [{"id": "ada", "name": "Ada", "email": "ada@example.com", "contact_methods": [{"id": "C", "type": "sms_contact_method", "country_code": 1, "address": "555"}]}]}`)
	importtest.Wild(t, pagerduty.ImportV3, string(importtest.Read(t, "schedule-v3.json").Data))
}
