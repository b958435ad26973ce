package goalert_test

import (
	"fmt"
	"time"

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
