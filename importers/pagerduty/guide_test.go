package pagerduty_test

import (
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/pagerduty"
	"github.com/incidentkit/incidentkit/oncall"
)

// What is shown here is in docs/oncall.md.
func Example() {
	answer := `{"schedule": {
		"id": "PSCHED1", "name": "Primary", "time_zone": "Eastern Time (US & Canada)",
		"schedule_layers": [{
			"id": "PLAYER1", "name": "Weekly",
			"start": "2026-01-05T09:00:00-05:00", "rotation_virtual_start": "2026-01-05T09:00:00-05:00",
			"rotation_turn_length_seconds": 604800,
			"users": [{"user": {"id": "PANA", "summary": "Ana Silva"}}, {"user": {"id": "PBEN", "summary": "Ben Okoro"}}]
		}]
	}}`
	result, err := pagerduty.Import(importers.Options{}, importers.File{Name: "primary.json", Data: []byte(answer)})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, note := range result.Report {
		fmt.Println(note.Level, note.Path, note.Text)
	}
	rotas, err := oncall.CompileAll(result.Schedules)
	if err != nil {
		fmt.Println(err)
		return
	}
	shift, err := rotas["PSCHED1"].At(time.Date(2026, time.January, 14, 12, 0, 0, 0, time.UTC))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(shift.Person, "until", shift.End)
	// Output:
	// assumption /schedule/time_zone "Eastern Time (US & Canada)" is taken for the IANA zone America/New_York, by whose clock duty is handed over
	// PBEN until 2026-01-19 09:00:00 -0500 EST
}
