package pagerduty_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/pagerduty"
	"github.com/incidentkit/incidentkit/oncall"
)

// FuzzImport checks that nothing panics, and that whatever is accepted is valid
// and can be compiled.
func FuzzImport(f *testing.F) {
	for _, name := range []string{"schedule.json", "schedule-v3.json"} {
		data, err := os.ReadFile(filepath.Join("testdata", name))
		require.NoError(f, err)
		f.Add(data)
	}
	f.Add(layer(newYork, daily+`, "restrictions": [{"type": "weekly_restriction", "start_day_of_week": 0, "start_time_of_day": "10:00:00", "duration_seconds": 3600}]`).Data)
	f.Add(layer("Hawaii", `"start": "2026-01-05T09:00:00-05:00", "rotation_turn_length_seconds": 5400, "users": [{"user": {"id": "A"}}, {"user": null}]`).Data)
	for _, rule := range []string{`"RRULE:FREQ=DAILY;INTERVAL=3;COUNT=7"`, `"FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE;UNTIL=20260601T000000Z"`, `"RRULE:FREQ=DAILY","EXDATE:20260106T080000Z"`} {
		f.Add(event("Europe/Berlin", `"start_time": "2026-01-05T08:00:00Z", "end_time": "2026-01-05T16:00:00Z", "recurrence": [`+rule+`]`, "A", "B").Data)
	}
	o := importers.Options{From: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 1, 20, 0, 0, 0, 0, time.UTC)}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, read := range []importFunc{pagerduty.Import, pagerduty.ImportV3} {
			r, err := read(o, importers.File{Name: "f", Data: data})
			if err != nil {
				assert.Zero(t, r)
				continue
			}
			for _, s := range r.Schedules {
				require.Empty(t, oncall.Validate(s))
				_, err := oncall.Compile(s)
				require.NoError(t, err)
			}
		}
	})
}
