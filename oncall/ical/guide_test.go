package ical_test

import (
	"bytes"
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/oncall"
	"github.com/incidentkit/incidentkit/oncall/ical"
)

// What is shown here is in docs/oncall.md.
func Example() {
	rota, err := oncall.Compile(oncall.Schedule{
		ID:   "primary",
		Zone: "Europe/Berlin",
		Rotations: []oncall.Rotation{{
			ID:    "weekly",
			Start: oncall.Local(2026, time.January, 5, 9, 0),
			Turns: oncall.Every(1, oncall.Weeks),
			Seats: oncall.Seats("ana", "ben"),
		}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	from := time.Date(2026, time.January, 5, 8, 0, 0, 0, time.UTC)
	to := from.AddDate(0, 0, 28)

	var feed bytes.Buffer // or an http.ResponseWriter
	err = ical.Write(&feed, ical.ExportOptions{Schedule: "primary", Name: "ana on call", Stamp: from}, rota.ShiftsOf("ana", from, to))
	if err != nil {
		fmt.Println(err)
		return
	}

	calendar, err := ical.Import(ical.Options{From: from, To: to, Zone: "Europe/Berlin"}, feed.Bytes())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, shift := range calendar.Schedule.Rotations[0].Fixed {
		fmt.Println(shift.Start.Format("Mon 2 Jan 15:04"), "–", shift.End.Format("Mon 2 Jan 15:04"), shift.People)
	}
	// Output:
	// Mon 5 Jan 09:00 – Mon 12 Jan 09:00 [ana]
	// Mon 19 Jan 09:00 – Mon 26 Jan 09:00 [ana]
}
