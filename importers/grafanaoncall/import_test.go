package grafanaoncall_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/grafanaoncall"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

const (
	empty  = `{"id": "S1", "name": "Demo", "type": "calendar", "time_zone": "Europe/Berlin", "shifts": []}`
	single = `{"id": "O1", "type": "single_event", "start": "2026-01-05T09:00:00", "duration": 3600, "users": ["a"]}`
	final  = `{"count": 2, "next": null, "previous": null, "results": [
		{"user_pk": "U1", "user_email": "ada@example.com", "user_username": "ada", "shift_start": "2026-01-05T09:00:00Z", "shift_end": "2026-01-06T09:00:00Z"},
		{"user_pk": "U2", "user_email": "ben@example.com", "user_username": "ben", "shift_start": "2026-01-06T08:00:00Z", "shift_end": "2026-01-07T09:00:00Z"}]}`
)

func TestReport(t *testing.T) {
	t.Parallel()
	note := func(level oncall.NoteLevel, path, text string) oncall.Note {
		return oncall.Note{Level: level, Path: path, Text: text}
	}
	const webAlone = `{"id": "S1", "name": "Web", "type": "web", "time_zone": "UTC"}`
	tests := map[string]struct {
		files     []string
		schedules int
		notes     []oncall.Note
	}{
		"a calendar is not fetched": {
			files: []string{`{"id": "S1", "name": "Cal", "type": "ical", "ical_url_primary": "https://example.com/a.ics", "ical_url_overrides": null}`},
			notes: []oncall.Note{
				note(oncall.Loss, "/ical_url_primary", "the calendar is not fetched, so nobody is on call by it; what is at this address can be imported as an iCalendar file"),
				note(oncall.Loss, "", "the shifts are in the calendar, so the schedule is left out and nobody is on call on it; its final_shifts could be imported"),
			},
		},
		"nor are the overrides of a schedule whose shifts are known": {
			files:     []string{`{"id": "S1", "name": "Demo", "type": "calendar", "time_zone": "UTC", "shifts": [], "ical_url_overrides": "https://example.com/b.ics"}`},
			schedules: 1,
			notes:     []oncall.Note{note(oncall.Loss, "/ical_url_overrides", "the calendar is not fetched, so nobody is on call by it; what is at this address can be imported as an iCalendar file")},
		},
		"a web schedule without shifts": {
			files: []string{webAlone},
			notes: []oncall.Note{note(oncall.Loss, "", "the document does not say what the shifts are, so the schedule is left out and nobody is on call on it; its final_shifts could be imported")},
		},
		"a web schedule with its final shifts": {
			files: []string{webAlone, final}, schedules: 1,
			notes: []oncall.Note{note(oncall.Loss, "a.json#", "the schedule is what Grafana OnCall computed for the range of the final shifts, and outside it nobody is on call")},
		},
		"final shifts that are not needed": {
			files: []string{empty, final}, schedules: 1,
			notes: []oncall.Note{note(oncall.Assumption, "b.json#/results/0", "the final shifts are not needed, since the shifts of the schedule are here and say who is on call")},
		},
		"a shift of no schedule, and an escalation policy": {
			files: []string{empty, single, `{"id": "E1", "escalation_chain_id": "F1", "position": 0, "type": "wait", "duration": 60}`}, schedules: 1,
			notes: []oncall.Note{
				note(oncall.Loss, "b.json#", "no schedule among the documents has this shift, so it puts nobody on call and is left out"),
				note(oncall.Loss, "c.json#", `the escalation chain "F1" pages nobody, so it is left out`),
			},
		},
		"an override of an unknown schedule": {
			files: []string{empty, `{"id": "O9", "type": "override", "start": "2026-01-05T09:00:00", "duration": 3600, "users": ["a"]}`}, schedules: 1,
			notes: []oncall.Note{note(oncall.Loss, "b.json#", "the document does not say which schedule this overrides, so it puts nobody on call and is left out")},
		},
		"a list that goes on": {
			files: []string{empty, `{"next": "https://example.com/?page=2", "results": []}`}, schedules: 1,
			notes: []oncall.Note{note(oncall.Loss, "b.json#/next", "the list goes on in a further page, which is not among the documents, so whoever is on it is left out")},
		},
		"a shift of nobody": {
			files: []string{string(document("", `"type": "single_event", "start": "2026-01-05T09:00:00", "duration": 3600, "users": []`).Data)}, schedules: 1,
			notes: []oncall.Note{note(oncall.Loss, "/on_call_shifts/0", "the document does not name anybody who is on duty, so the shift puts nobody on call and is left out")},
		},
		"a group of nobody": {
			files: []string{string(document(`"type": "web", "time_zone": "UTC"`, `"type": "rolling_users", "start": "2026-01-05T09:00:00", "duration": 3600, "frequency": "daily", "rolling_users": [["a"], []]`).Data)}, schedules: 1,
			notes: []oncall.Note{note(oncall.Loss, "/on_call_shifts/0/rolling_users/1", "Grafana OnCall passes over a group without users, so it has no turn here either")},
		},
		"a recurrence without a range to write it out for": {
			files: []string{string(document("", `"type": "recurrent_event", "start": "2026-01-05T09:00:00", "duration": 3600, "frequency": "monthly", "users": ["a"]`).Data)}, schedules: 1,
			notes: []oncall.Note{note(oncall.Loss, "/on_call_shifts/0", "the shifts of this recurrence could not be written out one by one, as the options do not say for which range, so it is left out and nobody is on call by it")},
		},
		"clock changes without a range": {
			files: []string{string(document("", `"type": "recurrent_event", "start": "2026-01-05T09:00:00", "duration": 86400, "frequency": "daily", "users": ["a"]`).Data)}, schedules: 1,
			notes: []oncall.Note{note(oncall.Assumption, "/on_call_shifts/0", "where the clock changes, the shift ends by the clock, while in Grafana OnCall it lasts its seconds, so it may end an hour off; with a range in the options (From, To) the difference could be written out")},
		},
		"a shift that is over before it begins": {
			files: []string{string(document("", `"type": "recurrent_event", "start": "2026-01-05T09:00:00", "duration": 3600, "frequency": "daily", "until": "2026-01-01T00:00:00", "users": ["a"]`).Data)}, schedules: 1,
			notes: []oncall.Note{note(oncall.Loss, "/on_call_shifts/0", "nothing happens until the end of the shift, so it puts nobody on call and is left out")},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result, err := grafanaoncall.Import(importers.Options{}, importtest.Files(tt.files...)...)
			require.NoError(t, err)
			assert.Len(t, result.Schedules, tt.schedules)
			assert.Equal(t, tt.notes, result.Report)
		})
	}
}

func TestUnread(t *testing.T) {
	t.Parallel()
	result, err := grafanaoncall.Import(importers.Options{}, importtest.Files(strings.Replace(empty, `"shifts"`, `"color": "red", "shifts"`, 1))...)
	require.NoError(t, err)
	require.Len(t, result.Report, 1)
	assert.Equal(t, oncall.Loss, result.Report[0].Level)
	assert.Equal(t, "/color", result.Report[0].Path)
}

func TestWild(t *testing.T) {
	t.Parallel()
	importtest.Wild(t, grafanaoncall.Import, string(importtest.Read(t, "calendar.json").Data))
	importtest.Wild(t, grafanaoncall.Import, empty, final)
}

func TestFinalShifts(t *testing.T) {
	t.Parallel()
	result, err := grafanaoncall.Import(importers.Options{}, importtest.Files(`{"id": "S1", "name": "Web", "type": "web", "time_zone": "UTC", "shifts": ["O1", "O2"]}`, final)...)
	require.NoError(t, err)
	assert.Equal(t, []string{"01-05T09:00 01-06T09:00 U1 final_shifts", "01-06T08:00 01-07T09:00 U2 final_shifts"},
		importtest.Duty(t, result.Schedules[0], "2026-01-01", "2026-02-01"))
	assert.Equal(t, []importers.Person{{ID: "U1", Name: "ada", Email: "ada@example.com"}, {ID: "U2", Name: "ben", Email: "ben@example.com"}}, result.People)
}

func TestPeople(t *testing.T) {
	t.Parallel()
	result, err := grafanaoncall.Import(importers.Options{}, document("", `"type": "single_event", "start": "2026-01-05T09:00:00", "duration": 3600, "users": ["b", "a"]`),
		importers.File{Name: "users.json", Data: []byte(`{"results": [{"id": "a", "email": "ada@example.com", "username": "ada", "role": "admin"}]}`)})
	require.NoError(t, err)
	assert.Equal(t, []importers.Person{{ID: "a", Name: "ada", Email: "ada@example.com"}, {ID: "b"}}, result.People)
	assert.Empty(t, result.Report)
}

func TestErrors(t *testing.T) {
	t.Parallel()
	shift := func(fields string) string {
		return string(document("", `"type": "rolling_users", "start": "2026-01-05T09:00:00", "rolling_users": [["a"]], `+fields).Data)
	}
	tests := map[string]struct{ data, path string }{
		"a shift that is not there":     {`{"id": "S1", "type": "calendar", "time_zone": "UTC", "shifts": ["O9"]}`, "/shifts/0"},
		"a zone that is not known":      {`{"id": "S1", "type": "calendar", "time_zone": "Mars/Olympus", "shifts": []}`, "/time_zone"},
		"a type that is not known":      {`{"id": "S1", "type": "lunar", "time_zone": "UTC"}`, "/type"},
		"no duration":                   {shift(`"duration": 0, "frequency": "daily"`), "/on_call_shifts/0/duration"},
		"no interval":                   {shift(`"duration": 60, "frequency": "daily", "interval": 0`), "/on_call_shifts/0/interval"},
		"a longer interval than a turn": {shift(`"duration": 60, "frequency": "weekly", "interval": 521`), "/on_call_shifts/0/interval"},
		"more days at a time than days": {shift(`"duration": 60, "frequency": "daily", "interval": 3, "by_day": ["MO", "TU"]`), "/on_call_shifts/0/interval"},
		"a day that is not one":         {shift(`"duration": 60, "frequency": "weekly", "by_day": ["1MO"]`), "/on_call_shifts/0/by_day/0"},
		"day zero":                      {shift(`"duration": 60, "frequency": "monthly", "by_monthday": [0]`), "/on_call_shifts/0/by_monthday/0"},
		"month thirteen":                {shift(`"duration": 60, "frequency": "monthly", "by_month": [13]`), "/on_call_shifts/0/by_month/0"},
		"an index below zero":           {shift(`"duration": 60, "frequency": "daily", "start_rotation_from_user_index": -1`), "/on_call_shifts/0/start_rotation_from_user_index"},
		"an end with an offset":         {shift(`"duration": 60, "frequency": "daily", "until": "2026-01-05T09:00:00Z"`), "/on_call_shifts/0/until"},
		"a start in year 1":             {`{"id": "O1", "type": "single_event", "start": "0001-01-05T09:00:00", "duration": 3600, "users": ["a"]}`, "/start"},
		"something else":                {`{"id": 1}`, "/type"},
		"a text":                        {`"schedule"`, ""},
		"final shifts of two schedules": {`[` + `{"id": "S1", "type": "web", "time_zone": "UTC"}, {"id": "S2", "type": "web", "time_zone": "UTC"},
			{"user_pk": "U1", "shift_start": "2026-01-05T09:00:00Z", "shift_end": "2026-01-06T09:00:00Z"}]`, "/2"},
		"one shift twice": {`[` + single + `,` + single + `]`, "/1/id"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := grafanaoncall.Import(importers.Options{}, importtest.Files(tt.data)...)
			var wrong *jsondoc.Error
			require.ErrorAs(t, err, &wrong)
			assert.Equal(t, tt.path, wrong.Path, "%v", err)
		})
	}
}

func TestFiles(t *testing.T) {
	t.Parallel()
	got, result := duty(t, importtest.Read(t, "calendar.json"), "2026-03-27T00:00:00Z", "2026-03-31T00:00:00Z")
	assert.Equal(t, []string{
		"03-27T00:00 03-27T08:00 dan ODAY", "03-27T08:00 03-27T16:00 ada OWK", "03-27T08:00 03-27T16:00 ben OWK",
		"03-27T16:00 03-30T07:00 dan ODAY", "03-30T07:00 03-30T15:00 cleo OWK", "03-30T15:00 03-31T00:00 dan ODAY",
	}, got)
	assert.Empty(t, result.Report)
}

// Beside the repository there may be a folder with documents of all vendors.
func TestVendorShape(t *testing.T) {
	t.Parallel()
	for _, doc := range importtest.Shared("vendor-shapes.json", "grafana_oncall") {
		got, result := duty(t, importtest.Files(doc)[0], "2020-09-10T00:00:00Z", "2020-09-17T00:00:00Z")
		assert.Equal(t, []string{"09-14T12:00 09-14T15:00 U1 O1", "09-14T12:00 09-14T15:00 U2 O1", "09-16T12:00 09-16T15:00 U1 O1", "09-16T12:00 09-16T15:00 U2 O1"}, got)
		assert.Contains(t, importtest.Notes(result.Report), "assumption /on_call_shift/start the start is on a day that is not in by_day, "+
			"so as in Grafana OnCall the first turn is that of 2020-09-14, and nobody is on duty before")
	}
}

func FuzzImport(f *testing.F) {
	f.Add([]byte(empty))
	f.Add([]byte(final))
	f.Add([]byte(policies(wait(60), persons("ada"), nextOf("ben", "zoe"), group, webhook, onCall, wait(60), between("21:00:00Z", "09:00:00Z"), noise, again, again, resolve, channel)))
	f.Add([]byte(usersList))
	f.Add(document("", `"type": "rolling_users", "start": "2026-01-05T09:00:00", "duration": 3600, "frequency": "weekly", "interval": 2, "by_day": ["MO"], "until": "2027-01-01T00:00:00", "rolling_users": [["a"], ["b"]]`,
		`"type": "recurrent_event", "start": "2026-01-05T09:00:00", "duration": 3600, "frequency": "monthly", "by_monthday": [1, -1], "users": ["a"]`).Data)
	f.Add(document(`"type": "web", "time_zone": "UTC"`, `"type": "override", "start": "2026-01-05T09:00:00", "duration": 3600, "users": ["a"]`,
		`"type": "rolling_users", "start": "2026-01-05T09:00:00", "rotation_start": "2026-02-05T09:00:00", "duration": 600, "frequency": "hourly", "rolling_users": [["a"], ["b"]]`).Data)
	f.Fuzz(func(t *testing.T, data []byte) { importtest.Valid(t, grafanaoncall.Import, string(data)) })
}
