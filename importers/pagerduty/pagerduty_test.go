package pagerduty_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
	"github.com/incidentkit/incidentkit/importers/pagerduty"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

func TestImport(t *testing.T) {
	t.Parallel()
	r := mustImport(t, pagerduty.Import, importers.Options{}, replace(t, "schedule.json"))
	assert.Equal(t, []string{
		"Mon 05 09:00 – Mon 05 17:00 PCCC (PLDAY)", // 35 turns after the virtual start
		"Mon 05 17:00 – Tue 06 18:00 PAAA (PLALL)",
		"Tue 06 18:00 – Tue 06 22:00 PCCC (rendered-1)",
		"Tue 06 22:00 – Wed 07 09:00 PAAA (PLALL)",
		"Wed 07 09:00 – Wed 07 17:00 PCCC (PLDAY)",
		"Wed 07 17:00 – Mon 12 09:00 PAAA (PLALL)",
		"Mon 12 09:00 – Mon 12 12:00 PBBB (PLDAY)",
	}, shifts(t, r, "2026-01-01T00:00:00Z", "2026-01-12T17:00:00Z"))
	assert.Equal(t, []string{"assumption /schedule/overrides_subschedule/rendered_schedule_entries the overrides are known only " +
		"as they were rendered, so outside of the range of the request nobody is replaced"}, importtest.Notes(r.Report))
	assert.Equal(t, []importers.Person{{ID: "PAAA", Name: "Ada"}, {ID: "PBBB", Name: "Bo"}, {ID: "PCCC", Name: "Cy"}}, r.People)
	assert.Equal(t, "PSC1", r.Schedules[0].ID)
	assert.Equal(t, "Payments", r.Schedules[0].Name)
}

const (
	daily = `"start": "2026-01-05T09:00:00-05:00", "end": null, "rotation_virtual_start": "2026-01-05T09:00:00-05:00",
		"rotation_turn_length_seconds": 86400, "users": [{"user": {"id": "A"}}, {"user": {"id": "B"}}]`
	newYork = "America/New_York"
)

func TestLayers(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		zone     string
		fields   string
		options  importers.Options
		from, to string
		want     []string
		notes    []string
	}{
		"handoffs keep their clock time": {
			zone: newYork, fields: daily,
			from: "2026-03-07T00:00:00-05:00", to: "2026-03-10T00:00:00-04:00",
			want: []string{"Sat 07 00:00 – Sat 07 09:00 A (L)", "Sat 07 09:00 – Sun 08 09:00 B (L)", "Sun 08 09:00 – Mon 09 09:00 A (L)", "Mon 09 09:00 – Tue 10 00:00 B (L)"},
		},
		"Sunday is 7": {
			zone: newYork, fields: daily + `, "restrictions": [{"type": "weekly_restriction", "start_day_of_week": 7, "start_time_of_day": "10:00:00", "duration_seconds": 3600}]`,
			from: "2026-01-05T00:00:00-05:00", to: "2026-01-19T00:00:00-05:00",
			want: []string{"Sun 11 10:00 – Sun 11 11:00 A (L)", "Sun 18 10:00 – Sun 18 11:00 B (L)"},
		},
		"Sunday is 0": {
			zone: newYork, fields: daily + `, "restrictions": [{"type": "weekly_restriction", "start_day_of_week": 0, "start_time_of_day": "10:00:00", "duration_seconds": 3600}]`,
			from: "2026-01-05T00:00:00-05:00", to: "2026-01-19T00:00:00-05:00",
			want: []string{"Sun 11 10:00 – Sun 11 11:00 A (L)", "Sun 18 10:00 – Sun 18 11:00 B (L)"},
		},
		"a restriction over the weekend, and another": {
			zone: newYork,
			fields: `"start": "2026-01-05T09:00:00-05:00", "rotation_virtual_start": "2026-01-05T09:00:00-05:00", "rotation_turn_length_seconds": 604800,
				"users": [{"user": {"id": "A"}}], "restrictions": [
				{"type": "weekly_restriction", "start_day_of_week": 5, "start_time_of_day": "17:00:00", "duration_seconds": 230400},
				{"type": "daily_restriction", "start_time_of_day": "22:00:00", "duration_seconds": 14400}]`,
			from: "2026-01-07T12:00:00-05:00", to: "2026-01-12T12:00:00-05:00",
			want: []string{"Wed 07 22:00 – Thu 08 02:00 A (L)", "Thu 08 22:00 – Fri 09 02:00 A (L)", "Fri 09 17:00 – Mon 12 09:00 A (L)"},
		},
		"restrictions are in the zone of the request": {
			zone: newYork, options: importers.Options{Zone: "Europe/Paris"},
			fields: daily + `, "restrictions": [{"type": "daily_restriction", "start_time_of_day": "15:00:00", "duration_seconds": 3600}]`,
			from:   "2026-01-06T00:00:00-05:00", to: "2026-01-07T00:00:00-05:00",
			want:  []string{"Tue 06 09:00 – Tue 06 10:00 B (L)"},
			notes: []string{"assumption /schedule_layers/0/restrictions the times are taken to be in the zone of the request, Europe/Paris, all year, so duty begins and ends by its clock"},
		},
		"the zone of the request has a Rails name": {
			zone: newYork, options: importers.Options{Zone: "Eastern Time (US & Canada)"},
			fields: daily + `, "restrictions": [{"type": "daily_restriction", "start_time_of_day": "15:00:00", "duration_seconds": 3600}]`,
			from:   "2026-01-06T00:00:00-05:00", to: "2026-01-07T00:00:00-05:00",
			want: []string{"Tue 06 15:00 – Tue 06 16:00 B (L)"},
		},
		"the request may have been in another zone": {
			zone: "Europe/Paris",
			fields: `"start": "2026-01-05T09:00:00Z", "rotation_virtual_start": "2026-01-05T09:00:00Z", "rotation_turn_length_seconds": 604800,
				"users": [{"user": {"id": "A"}}], "restrictions": [{"type": "daily_restriction", "start_time_of_day": "15:00", "duration_seconds": 3600}]`,
			from: "2026-01-06T00:00:00Z", to: "2026-01-07T00:00:00Z",
			want: []string{"Tue 06 15:00 – Tue 06 16:00 A (L)"},
			notes: []string{"assumption /schedule_layers/0/restrictions the times are taken to be in the zone of the schedule, Europe/Paris, " +
				"though the layer's start is written in another offset, so duty may begin and end by the clock of the request's zone, which can be given in the options (Zone)"},
		},
		"the zone has a Rails name": {
			zone: "Eastern Time (US & Canada)", fields: daily,
			from: "2026-01-06T00:00:00-05:00", to: "2026-01-07T00:00:00-05:00",
			want:  []string{"Tue 06 00:00 – Tue 06 09:00 A (L)", "Tue 06 09:00 – Wed 07 00:00 B (L)"},
			notes: []string{`assumption /time_zone "Eastern Time (US & Canada)" is taken for the IANA zone America/New_York, by whose clock duty is handed over`},
		},
		"ended layers stay": {
			zone: newYork,
			fields: `"start": "2026-01-05T09:00:00-05:00", "end": "2026-01-06T12:00:00-05:00", "rotation_virtual_start": "2026-01-05T09:00:00-05:00",
				"rotation_turn_length_seconds": 86400, "users": [{"user": {"id": "A"}}, {"user": {"id": "B"}}]`,
			from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z",
			want: []string{"Mon 05 09:00 – Tue 06 09:00 A (L)", "Tue 06 09:00 – Tue 06 12:00 B (L)"},
		},
		"an old virtual start keeps its phase": {
			zone: newYork,
			fields: `"start": "2026-01-07T12:00:00-05:00", "rotation_virtual_start": "2014-03-03T09:00:00-05:00", "rotation_turn_length_seconds": 604800,
				"users": [{"user": {"id": "A"}}, {"user": {"id": "B"}}, {"user": {"id": "C"}}]`,
			from: "2026-01-01T00:00:00Z", to: "2026-01-20T00:00:00-05:00",
			want: []string{"Wed 07 12:00 – Mon 12 09:00 A (L)", "Mon 12 09:00 – Mon 19 09:00 B (L)", "Mon 19 09:00 – Tue 20 00:00 C (L)"}, // week 618
		},
		"a virtual start after the start": {
			zone: newYork,
			fields: `"start": "2026-01-05T12:00:00-05:00", "rotation_virtual_start": "2026-01-08T09:00:00-05:00", "rotation_turn_length_seconds": 86400,
				"users": [{"user": {"id": "A"}}, {"user": {"id": "B"}}, {"user": {"id": "C"}}]`,
			from: "2026-01-01T00:00:00Z", to: "2026-01-09T00:00:00-05:00",
			want:  []string{"Mon 05 12:00 – Tue 06 09:00 A (L)", "Tue 06 09:00 – Wed 07 09:00 B (L)", "Wed 07 09:00 – Thu 08 09:00 C (L)", "Thu 08 09:00 – Fri 09 00:00 A (L)"},
			notes: []string{"assumption /schedule_layers/0/rotation_virtual_start turns are taken to be counted backwards from here to the start of the layer, which says whose turn it is until then"},
		},
		"turns of hours, twice the same user": {
			zone: newYork,
			fields: `"start": "2026-01-05T09:00:00-05:00", "rotation_turn_length_seconds": "43200",
				"users": [{"user": {"id": "A"}}, {"user": {"id": "A"}}, {"user": {"id": "B", "type": "user", "summary": "Bo", "deleted_at": "2026-01-01T00:00:00Z"}}]`,
			notes: []string{"assumption /schedule_layers/0/rotation_turn_length_seconds handoffs within a day are taken to follow the wall clock, so a turn is shorter or longer where clocks change"},
			from:  "2026-01-05T00:00:00Z", to: "2026-01-07T00:00:00-05:00",
			want: []string{"Mon 05 09:00 – Tue 06 09:00 A (L)", "Tue 06 09:00 – Tue 06 21:00 B (L)", "Tue 06 21:00 – Wed 07 00:00 A (L)"},
		},
		"a user who is not there": {
			zone: newYork,
			fields: `"start": "2026-01-05T09:00:00-05:00", "rotation_turn_length_seconds": 86400,
				"users": [{"user": null}, {"user": {"id": "B"}}]`,
			from: "2026-01-05T00:00:00Z", to: "2026-01-08T00:00:00-05:00",
			want:  []string{"Tue 06 09:00 – Wed 07 09:00 B (L)"},
			notes: []string{"loss /schedule_layers/0/users/0/user the document does not say who this was, so nobody is on duty in the turn"},
		},
		"nobody": {
			zone: newYork, fields: `"start": "2026-01-05T09:00:00-05:00", "rotation_turn_length_seconds": 86400, "users": []`,
			notes: []string{"loss /schedule_layers/0/users the document does not say who is in the layer, so nobody is on duty in it"},
			from:  "2026-01-05T00:00:00Z", to: "2026-01-08T00:00:00-05:00",
		},
		"turns of 90 minutes": {
			zone: newYork,
			fields: `"start": "2026-01-05T09:00:00-05:00", "end": "2026-01-06T15:15:00-05:00", "rotation_virtual_start": "2026-01-05T09:00:00-05:00", "rotation_turn_length_seconds": 5400,
				"users": [{"user": {"id": "A"}}, {"user": {"id": "B"}}, {"user": null}], "restrictions": [{"type": "daily_restriction", "start_time_of_day": "10:00:00", "duration_seconds": 18000}]`,
			from: "2026-01-05T00:00:00Z", to: "2026-01-07T00:00:00Z",
			want: []string{"Mon 05 10:00 – Mon 05 10:30 A (L)", "Mon 05 10:30 – Mon 05 12:00 B (L)", "Mon 05 13:30 – Mon 05 15:00 A (L)",
				"Tue 06 10:00 – Tue 06 10:30 B (L)", "Tue 06 12:00 – Tue 06 13:30 A (L)", "Tue 06 13:30 – Tue 06 15:00 B (L)"},
			notes: []string{"loss /schedule_layers/0/users/2/user the document does not say who this was, so nobody is on duty in the turn",
				"assumption /schedule_layers/0/rotation_turn_length_seconds handoffs within a day are taken to follow the wall clock, so a turn is shorter or longer where clocks change"},
		},
		"turns of 90 minutes and a half without a range": {
			zone: newYork, fields: `"start": "2026-01-05T09:00:00-05:00", "rotation_turn_length_seconds": 5430, "users": [{"user": {"id": "A"}}]`,
			from: "2026-01-05T00:00:00Z", to: "2026-01-06T00:00:00Z",
			notes: []string{"loss /schedule_layers/0/rotation_turn_length_seconds turns of 5430 s cannot be kept, so the layer is left out and nobody is on duty in it: " +
				"they have to be whole minutes, or a range has to be given in the options (From, To) in which they are written out"},
		},
		"turns of 90 minutes and a half in a range": {
			zone: newYork,
			fields: `"start": "2026-01-05T09:00:00-05:00", "end": "2026-01-06T15:15:00-05:00", "rotation_virtual_start": "2026-01-05T09:00:00-05:00", "rotation_turn_length_seconds": 5430,
				"users": [{"user": {"id": "A"}}, {"user": {"id": "B"}}, {"user": null}], "restrictions": [{"type": "daily_restriction", "start_time_of_day": "10:00:00", "duration_seconds": 18000}]`,
			options: importers.Options{From: time.Date(2026, 1, 5, 14, 30, 0, 0, time.UTC), To: time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)},
			from:    "2026-01-05T00:00:00Z", to: "2026-01-07T00:00:00Z",
			want: []string{"Mon 05 10:00 – Mon 05 10:30 A (L)", "Mon 05 10:30 – Mon 05 12:01 B (L)", "Mon 05 13:31 – Mon 05 15:00 A (L)",
				"Tue 06 10:00 – Tue 06 10:38 B (L)", "Tue 06 12:09 – Tue 06 13:39 A (L)", "Tue 06 13:39 – Tue 06 15:00 B (L)"},
			notes: []string{
				"loss /schedule_layers/0/users/2/user the document does not say who this was, so nobody is on duty in the turn",
				"loss /schedule_layers/0/rotation_turn_length_seconds turns of 5430 s cannot be kept: they are written out from " +
					"2026-01-05T14:30:00Z to 2026-02-01T00:00:00Z, and nobody is on duty outside of that",
			},
		},
		"what is not known": {
			zone: newYork, fields: daily + `, "color": "red"`,
			from: "2026-01-05T00:00:00Z", to: "2026-01-05T15:00:00Z",
			want:  []string{"Mon 05 09:00 – Mon 05 10:00 A (L)"},
			notes: []string{"loss /schedule_layers/0/color this has no counterpart and was left out"},
		},
		"a layer that ends before it starts": {
			zone:   newYork,
			fields: `"start": "2026-01-05T09:00:00-05:00", "end": "2026-01-05T09:00:00-05:00", "rotation_turn_length_seconds": 86400, "users": [{"user": {"id": "A"}}]`,
			from:   "2026-01-05T00:00:00Z", to: "2026-01-06T00:00:00Z",
			notes: []string{"assumption /schedule_layers/0 the layer ends before it starts, so it is never on duty and left out"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := mustImport(t, pagerduty.Import, test.options, layer(test.zone, test.fields))
			assert.ElementsMatch(t, test.want, shifts(t, r, test.from, test.to))
			assert.Equal(t, append([]string{}, test.notes...), importtest.Notes(r.Report))
		})
	}
}

func TestImportRefuses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		file importers.File
		want string
	}{
		"no zone":            {layer("", daily), `layer.json:1:39: /time_zone: want a time zone such as "Europe/Berlin" or "Eastern Time (US & Canada)", not ""`},
		"an unknown zone":    {layer("Mars/Olympus", daily), `/time_zone: want a time zone`},
		"no length":          {layer(newYork, `"start": "2026-01-05T09:00:00-05:00", "users": []`), "/schedule_layers/0/rotation_turn_length_seconds: want a whole number, not nothing"},
		"a length of 0":      {layer(newYork, `"start": "2026-01-05T09:00:00-05:00", "rotation_turn_length_seconds": 0`), "want 1 to 314496000 seconds, not 0"},
		"no start":           {layer(newYork, `"rotation_turn_length_seconds": 86400`), "/schedule_layers/0/start: want an instant"},
		"an early start":     {layer(newYork, `"start": "0001-01-05T09:00:00Z", "rotation_turn_length_seconds": 86400`), "/schedule_layers/0/start: want a year from 1970 to 9998"},
		"a restriction":      {layer(newYork, daily+`, "restrictions": [{"type": "yearly"}]`), "/schedule_layers/0/restrictions/0/type: want one of daily_restriction, weekly_restriction"},
		"a weekday":          {layer(newYork, daily+`, "restrictions": [{"type": "weekly_restriction", "start_day_of_week": 8}]`), "/start_day_of_week: want a day from 1, Monday, to 7, Sunday, not 8"},
		"a negative weekday": {layer(newYork, daily+`, "restrictions": [{"type": "weekly_restriction", "start_day_of_week": -9}]`), "/start_day_of_week: want a day"},
		"a time of day":      {layer(newYork, daily+`, "restrictions": [{"type": "daily_restriction", "start_time_of_day": "25:00:00"}]`), "/start_time_of_day: want a time of day"},
		"a duration":         {layer(newYork, daily+`, "restrictions": [{"type": "daily_restriction", "start_time_of_day": "09:00:00", "duration_seconds": 604801}]`), "/duration_seconds: want 1 to 604800 seconds, not 604801"},
		"version 3":          {replace(t, "schedule-v3.json"), "/schedule: want a schedule of version 2"},
		"a reference":        {importers.File{Data: []byte(`{"schedule": {"id": "S", "type": "schedule_reference"}}`)}, "/schedule: want the schedule itself"},
		"a number":           {importers.File{Data: []byte(`{"schedule": 7}`)}, "/schedule: want a schedule as GET"},
		"no JSON":            {importers.File{Name: "x", Data: []byte("name: x")}, "x:1:2: want a JSON document"},
		"overrides alone":    {importers.File{Data: []byte(`{"overrides": [{"id": "O"}]}`)}, "/overrides/0: want a schedule that these overrides belong to"},
		"an override that ends before it starts": {importers.File{Data: []byte(`{"schedule": {"id": "S", "time_zone": "UTC", "schedule_layers": [],
			"overrides": [{"id": "O", "start": "2026-01-05T09:00:00Z", "end": "2026-01-05T08:00:00Z", "user": {"id": "A"}}]}}`)},
			"/schedule/overrides/0/end: want an instant after the start"},
		"one id for two overrides": {importers.File{Data: []byte(`{"schedule": {"id": "S", "time_zone": "UTC", "schedule_layers": [],
			"overrides": [{"id": "O", "start": "2026-01-05T09:00:00Z", "end": "2026-01-05T10:00:00Z", "user": {"id": "A"}},
				{"id": "O", "start": "2026-01-05T09:00:00Z", "end": "2026-01-05T10:00:00Z", "user": {"id": "B"}}]}}`)},
			`/schedule/overrides/1/id: want an id used once; "O" is that of another override`},
		"a layer twice": {importers.File{Data: fmt.Appendf(nil, `{"id": "S", "time_zone": "UTC", "schedule_layers": [{"id": "L", %s}, {"id": "L", %s}]}`, daily, daily)}, "want a schedule in which rotations"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r, err := pagerduty.Import(importers.Options{}, test.file)
			require.ErrorContains(t, err, test.want)
			assert.Zero(t, r)
			var e *jsondoc.Error
			assert.ErrorAs(t, err, &e)
		})
	}
	_, err := pagerduty.Import(importers.Options{Zone: "Mars"}, layer(newYork, daily))
	assert.EqualError(t, err, `Options.Zone: want a time zone such as "Europe/Berlin" or "Eastern Time (US & Canada)", not "Mars"`)
}

func TestOverrides(t *testing.T) {
	t.Parallel()
	const from, to = "2026-01-05T12:00:00-05:00", "2026-01-06T00:00:00-05:00"
	override := func(id, start, end, user string) string {
		return fmt.Sprintf(`{"id": %q, "start": "2026-01-05T%s:00-05:00", "end": "2026-01-05T%s:00-05:00", "user": {"id": %q, "type": "user_reference"}}`, id, start, end, user)
	}
	file := func(format string, args ...any) importers.File {
		return importers.File{Name: "overrides.json", Data: fmt.Appendf(nil, format, args...)}
	}
	one := override("O1", "13:00", "15:00", "C")
	two := override("O2", "14:00", "16:00", "D")
	overlapping := []string{"Mon 05 12:00 – Mon 05 13:00 A (L)", "Mon 05 13:00 – Mon 05 14:00 C (O1)", "Mon 05 14:00 – Mon 05 16:00 D (O2)", "Mon 05 16:00 – Tue 06 00:00 A (L)"}
	overlap := "assumption overrides.json#/overrides/0 overrides overlap, of which the newest wins, and the list is taken to have the oldest first (it is about 2026-01-05T19:00:00Z)"
	rendered := `, "overrides_subschedule": {"name": "Overrides", "rendered_schedule_entries": [%s]}`
	schedule := func(more string) importers.File {
		f := file(`{"schedule": {"id": "S", "time_zone": %q, "schedule_layers": [{"id": "L", %s}]%s}}`, newYork, daily, more)
		f.Name = "schedule.json"
		return f
	}
	tests := map[string]struct {
		files []importers.File
		want  []string
		notes []string
	}{
		"in a file":              {[]importers.File{schedule(""), file(`{"overrides": [%s, %s]}`, one, two)}, overlapping, []string{overlap}},
		"in a bare list":         {[]importers.File{schedule(""), file(`[%s]`, one)}, []string{"Mon 05 12:00 – Mon 05 13:00 A (L)", "Mon 05 13:00 – Mon 05 15:00 C (O1)", "Mon 05 15:00 – Tue 06 00:00 A (L)"}, nil},
		"in the schedule":        {[]importers.File{schedule(`, "overrides": [` + one + `]`)}, []string{"Mon 05 12:00 – Mon 05 13:00 A (L)", "Mon 05 13:00 – Mon 05 15:00 C (O1)", "Mon 05 15:00 – Tue 06 00:00 A (L)"}, nil},
		"answers that meet":      {[]importers.File{schedule(""), file(`{"overrides": [%s]}`, one), file(`{"overrides": [%s, %s]}`, one, two)}, overlapping, []string{overlap}},
		"rendered like the list": {[]importers.File{schedule(fmt.Sprintf(rendered, one)), file(`{"overrides": [%s]}`, one)}, []string{"Mon 05 12:00 – Mon 05 13:00 A (L)", "Mon 05 13:00 – Mon 05 15:00 C (O1)", "Mon 05 15:00 – Tue 06 00:00 A (L)"}, nil},
		"rendered says who won": {
			[]importers.File{schedule(fmt.Sprintf(rendered, one+","+override("", "15:00", "16:00", "D"))), file(`{"overrides": [%s, %s]}`, one, two)},
			[]string{"Mon 05 12:00 – Mon 05 13:00 A (L)", "Mon 05 13:00 – Mon 05 15:00 C (rendered-1)", "Mon 05 15:00 – Mon 05 16:00 D (rendered-2)", "Mon 05 16:00 – Tue 06 00:00 A (L)"},
			[]string{"assumption schedule.json#/schedule/overrides_subschedule/rendered_schedule_entries what is rendered of the overrides is not the same as their list, " +
				"and is taken to be right about who is on call in the time that it covers", overlap},
		},
		"nobody known": {
			[]importers.File{schedule(""), file(`{"overrides": [{"id": "O", "start": %q, "end": %q, "user": null}]}`, from, to)},
			[]string{"Mon 05 12:00 – Tue 06 00:00 A (L)"},
			[]string{"loss overrides.json#/overrides/0 the document does not say who this was, so it puts nobody on call and is left out"},
		},
		"of the schedule before": {
			[]importers.File{schedule(""), file(`{"schedules": [{"id": "T", "time_zone": "UTC", "schedule_layers": []}], "limit": 25, "offset": 0, "more": true, "total": null}`),
				file(`{"overrides": [%s]}`, one)},
			[]string{"Mon 05 12:00 – Tue 06 00:00 A (L)"},
			[]string{"loss overrides.json#/more the list goes on in a further page, which is not among the documents, so whoever is on it is left out",
				"assumption overrides.json#/overrides/0 this does not say to which schedule it belongs, and is taken to change who is on call on that before it"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := mustImport(t, pagerduty.Import, importers.Options{}, test.files...)
			assert.Equal(t, test.want, shifts(t, r, from, to))
			assert.Equal(t, append([]string{}, test.notes...), importtest.Notes(r.Report))
		})
	}
}

func TestListsHaveNoLayers(t *testing.T) {
	t.Parallel()
	const doc = `{"schedules": [{"id": "S", "type": "schedule", "name": "N", "time_zone": "Asia/Jerusalem", "users": [{"id": "A", "summary": "Ada"}]}], "more": false}`
	r := mustImport(t, pagerduty.Import, importers.Options{}, importers.File{Data: []byte(doc)})
	assert.Equal(t, []string{"loss /schedules/0/schedule_layers the layers are not in this answer, so nobody is on call: " +
		"get the schedule itself (GET /schedules/{id}), or the list with include[]=schedule_layers"}, importtest.Notes(r.Report))
	assert.Equal(t, []oncall.Schedule{{ID: "S", Name: "N", Zone: "Asia/Jerusalem", Overlap: oncall.Hide}}, r.Schedules)
	assert.Equal(t, []importers.Person{{ID: "A", Name: "Ada"}}, r.People)
}

func TestDifferencesFromWhatIsRendered(t *testing.T) {
	t.Parallel()
	file := replace(t, "schedule.json",
		`"start": "2026-01-07T09:00:00-05:00", "end": "2026-01-07T17:00:00-05:00", "user": {"id": "PCCC"`,
		`"start": "2026-01-07T09:00:00-05:00", "end": "2026-01-07T16:00:00-05:00", "user": {"id": "PBBB"`)
	r := mustImport(t, pagerduty.Import, importers.Options{}, file)
	assert.Equal(t, []string{
		"assumption /schedule/final_schedule/rendered_schedule_entries/4 PagerDuty has rendered PBBB at 2026-01-07T14:00:00Z, and the imported schedule has PCCC: check the two",
		"assumption /schedule/final_schedule/rendered_schedule_entries/5 PagerDuty has rendered nobody at 2026-01-07T21:00:00Z, and the imported schedule has PCCC: check the two",
	}, importtest.Notes(r.Report)[1:])

	file = replace(t, "schedule.json", `"start": "2026-01-05T09:00:00-05:00", "end": "2026-01-05T17:00:00-05:00"`,
		`"start": "2026-01-04T09:00:00-05:00", "end": "2026-01-05T17:00:00-05:00"`)
	r = mustImport(t, pagerduty.Import, importers.Options{}, file)
	assert.Equal(t, []string{
		"assumption /schedule/final_schedule/rendered_schedule_entries/0 PagerDuty has rendered PCCC at 2026-01-04T14:00:00Z, and the imported schedule has nobody: check the two",
	}, importtest.Notes(r.Report)[1:])
}

func TestManyDifferencesAreCounted(t *testing.T) {
	t.Parallel()
	entries := ""
	for i := range 12 {
		entries += fmt.Sprintf(`,{"start": "2026-01-06T%02d:00:00-05:00", "end": "2026-01-06T%02d:00:00-05:00", "user": {"id": "Z"}}`, i, i+1)
	}
	doc := fmt.Sprintf(`{"id": "S", "time_zone": %q, "schedule_layers": [{"id": "L", %s}], "final_schedule": {"rendered_schedule_entries": [%s]}}`, newYork, daily, entries[1:])
	r := mustImport(t, pagerduty.Import, importers.Options{}, importers.File{Data: []byte(doc)})
	require.Len(t, r.Report, 11)
	assert.Equal(t, "of what PagerDuty has rendered, 12 entries have others on call than the imported schedule, and the first 10 are listed", r.Report[10].Text)
}

// The documents that lie beside the repository, if they do.
func TestSharedDocuments(t *testing.T) {
	t.Parallel()
	for _, doc := range importtest.Shared("payloads/pagerduty/api-schedule.json", "") {
		r := mustImport(t, pagerduty.Import, importers.Options{}, importtest.Files(doc)...)
		require.Len(t, r.Report, 1)
		assert.Equal(t, "/schedule_layers", r.Report[0].Path)
		assert.Equal(t, oncall.Loss, r.Report[0].Level)
	}
	docs := append(importtest.Shared("vendor-shapes.json", "pagerduty_schedule_v2"), importtest.Shared("vendor-shapes.json", "pagerduty_overrides_v2")...)
	if len(docs) == 0 {
		return
	}
	r := mustImport(t, pagerduty.Import, importers.Options{}, importtest.Files(docs...)...)
	assert.Empty(t, r.Report)
	assert.Equal(t, []string{"Mon 05 09:00 – Mon 05 17:00 PU1 (PL1)", "Tue 06 08:00 – Tue 06 17:00 PU1 (PL1)"},
		shifts(t, r, "2026-01-05T00:00:00Z", "2026-01-07T00:00:00-05:00"))
	assert.Equal(t, []string{"Sun 10 08:00 – Sun 10 12:00 PU1 (PL1)", "Sun 10 12:00 – Sun 10 20:00 PU2 (PO1)"},
		shifts(t, r, "2026-05-10T04:00:00Z", "2026-05-11T04:00:00Z"))
}
