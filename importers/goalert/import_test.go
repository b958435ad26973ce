package goalert_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/goalert"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

const counted = "it is the turn of a at 2026-01-05T09:00:00Z, and the turns before are counted back from that, so others may have been on call"

func TestReport(t *testing.T) {
	t.Parallel()
	note := func(level oncall.NoteLevel, path, text string) oncall.Note {
		return oncall.Note{Level: level, Path: path, Text: text}
	}
	loss := func(path, text string) []oncall.Note { return []oncall.Note{note(oncall.Loss, path, text)} }
	const at = "2026-01-05T09:00:00Z"
	always := target("user", "u", always)
	tests := map[string]struct {
		export
		want []oncall.Note
	}{
		"the past is counted back": {
			export{at: at, targets: target("rotation", "R", rule("09:00", "17:00", everyDay)), rotations: rotation("2026-02-02T14:00:00Z", "weekly", 1, 0)},
			[]oncall.Note{note(oncall.Assumption, "/data/rotations/0/activeUserIndex", counted)},
		},
		"a handoff that is not where it should be": {
			export{at: at, targets: target("rotation", "R", rule("09:00", "17:00", everyDay)),
				rotations: strings.Replace(rotation("2026-02-02T14:00:00Z", "weekly", 1, 0), `"name"`, `"nextHandoffTimes": ["2026-01-05T14:00:00Z", "2026-01-13T14:00:00Z"], "name"`, 1)},
			[]oncall.Note{
				note(oncall.Assumption, "/data/rotations/0/nextHandoffTimes/1", "duty is taken to be handed over at 2026-01-12T14:00:00Z next, which the start, type and length of the rotation give"),
				note(oncall.Assumption, "/data/rotations/0/activeUserIndex", counted),
			},
		},
		"handoffs that meet where the clock skips an hour are one": {
			export{at: "2026-03-08T06:30:00Z", targets: target("rotation", "R", rule("09:00", "17:00", everyDay)),
				rotations: strings.Replace(rotation("2026-01-05T05:00:00Z", "hourly", 1, 0), `"name"`, `"nextHandoffTimes": ["2026-03-08T07:00:00Z", "2026-03-08T08:00:00Z"], "name"`, 1)},
			[]oncall.Note{note(oncall.Assumption, "/data/rotations/0/activeUserIndex", strings.Replace(counted, at, "2026-03-08T06:30:00Z", 1))},
		},
		"a rotation of no schedule": {
			export{at: at, targets: always, rotations: rotation("2026-02-02T14:00:00Z", "weekly", 1, 0)},
			loss("/data/rotations/0", `no schedule has the rotation "R" and no escalation policy pages it, so it puts nobody on call and is left out`),
		},
		"a rotation of nobody": {
			export{at: at, targets: target("rotation", "R", rule("09:00", "17:00", everyDay)),
				rotations: `{"id": "R", "start": "2026-02-02T14:00:00Z", "timeZone": "UTC", "type": "weekly", "shiftLength": 1, "activeUserIndex": -1, "userIDs": []}`},
			loss("/data/rotations/0", "nobody is in the rotation, so it puts nobody on call and is left out"),
		},
		"a rule that never applies": {
			export{at: at, targets: target("user", "u", rule("09:00", "17:00", filter("-------")))},
			loss("/data/schedule/targets/0/rules/0", "a rule with no day of the week never puts anybody on duty, so it is left out"),
		},
		"a target without rules": {
			export{at: at, targets: target("user", "u")},
			loss("/data/schedule/targets/0/rules", "a target without rules is never on duty, so it is left out"),
		},
		"seconds": {
			export{at: at, targets: always, overrides: replace("2026-01-05T12:00:30Z", "2026-01-05T13:00:00Z", "x", "")},
			[]oncall.Note{note(oncall.Assumption, "/data/userOverrides/nodes/0/start", "GoAlert does not count seconds, so duty changes on the minute")},
		},
		"overrides that GoAlert does not allow": {
			export{at: at, targets: always, overrides: replace("2026-01-05T12:00:00Z", "2026-01-05T13:00:00Z", "x", "u") + "," +
				replace("2026-01-05T12:30:00Z", "2026-01-05T14:00:00Z", "y", "x") + "," + replace("2026-01-05T13:00:00Z", "2026-01-05T14:00:00Z", "z", "u")},
			[]oncall.Note{note(oncall.Assumption, "/data/schedule", "overrides override-1 and override-2 are about x at one time, which GoAlert does not allow, so who is on call is what comes of one after the other")},
		},
		"a shift that leaves its temporary schedule": {
			export{at: at, targets: always, temporary: `{"start": "2026-01-05T12:00:00Z", "end": "2026-01-05T18:00:00Z", "shifts": [
				{"userID": "p", "start": "2026-01-05T11:00:00Z", "end": "2026-01-05T13:00:00Z"}]}`},
			loss("/data/schedule/temporarySchedules/0/shifts/0", "a shift counts only within its temporary schedule, so nobody is on call by it outside"),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result, err := goalert.Import(importers.Options{}, tt.file())
			require.NoError(t, err)
			assert.Equal(t, tt.want, result.Report)
		})
	}
}

// A document that does not say when it was exported is taken to have been then.
func TestExportedAt(t *testing.T) {
	t.Parallel()
	doc := bytes.Replace(export{at: "2026-01-05T09:00:00Z", targets: target("user", "u", always)}.file().Data, []byte(`"exportedAt": "2026-01-05T09:00:00Z"`), []byte(`"exportedAt": null`), 1)
	result, err := goalert.Import(importers.Options{At: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)}, importers.File{Data: doc})
	require.NoError(t, err)
	require.Equal(t, []oncall.Note{{Level: oncall.Assumption, Path: "/exportedAt", Text: "the document does not say when it was exported; " +
		"taken is 2026-03-02T09:00:00Z, from the options (At), and another instant may put others on call"}}, result.Report)
}

func TestErrors(t *testing.T) {
	t.Parallel()
	const at = "2026-01-05T09:00:00Z"
	r := target("rotation", "R", always)
	tests := map[string]struct {
		data []byte
		path string
	}{
		"a user who is not there": {export{at: at, targets: r, rotations: rotation("2026-02-02T14:00:00Z", "weekly", 1, 2)}.file().Data, "/data/rotations/0/activeUserIndex"},
		"nobody knows whose turn it is": {bytes.Replace(export{at: at, targets: r, rotations: rotation("2026-02-02T14:00:00Z", "weekly", 1, 0)}.file().Data,
			[]byte(`"activeUserIndex": 0, `), nil, 1), "/data/rotations/0/activeUserIndex"},
		"a rotation from year 1":          {export{at: at, targets: r, rotations: rotation("0001-01-01T00:00:00Z", "weekly", 1, 0)}.file().Data, "/data/rotations/0/start"},
		"a user before the first":         {export{at: at, targets: r, rotations: rotation("2026-02-02T14:00:00Z", "weekly", 1, -1)}.file().Data, "/data/rotations/0/activeUserIndex"},
		"a turn of no length":             {export{at: at, targets: r, rotations: rotation("2026-02-02T14:00:00Z", "weekly", 0, 0)}.file().Data, "/data/rotations/0/shiftLength"},
		"a turn that is too long":         {export{at: at, targets: r, rotations: rotation("2026-02-02T14:00:00Z", "weekly", 521, 0)}.file().Data, "/data/rotations/0/shiftLength"},
		"a type that is not known":        {export{at: at, targets: r, rotations: rotation("2026-02-02T14:00:00Z", "yearly", 1, 0)}.file().Data, "/data/rotations/0/type"},
		"a filter of six days":            {export{at: at, targets: target("user", "u", rule("09:00", "17:00", filter("SMTWTF")))}.file().Data, "/data/schedule/targets/0/rules/0/weekdayFilter"},
		"a time that no clock shows":      {export{at: at, targets: target("user", "u", rule("24:00", "17:00", everyDay))}.file().Data, "/data/schedule/targets/0/rules/0/start"},
		"a zone that is not known":        {export{at: at, zone: "Mars/Olympus"}.file().Data, "/data/schedule/timeZone"},
		"an override of nobody":           {export{at: at, overrides: replace("2026-01-05T12:00:00Z", "2026-01-05T13:00:00Z", "", "")}.file().Data, "/data/userOverrides/nodes/0/addUserID"},
		"an override that ends too early": {export{at: at, overrides: replace("2026-01-05T12:00:00Z", "2026-01-05T12:00:59Z", "x", "")}.file().Data, "/data/userOverrides/nodes/0/end"},
		"an answer with errors":           {[]byte(`{"errors": [{"message": "no"}], "data": null}`), "/errors"},
		"something else":                  {[]byte(`{"schedule_layers": []}`), ""},
		"a list":                          {[]byte(`[]`), ""},
		"an export at no known time":      {[]byte(`{"data": {"schedule": {"id": "S", "timeZone": "UTC", "targets": [` + r + `]}, "rotations": [` + rotation("2026-02-02T14:00:00Z", "weekly", 1, 0) + `]}}`), "/data/rotations/0/activeUserIndex"},
		"an export in year 1980":          {export{at: "1980-01-01T00:00:00Z", targets: r, rotations: rotation("2026-02-02T14:00:00Z", "weekly", 1, 0)}.file().Data, "/data/rotations/0/activeUserIndex"},
		"an override of which schedule":   {[]byte(`{"schedules": [{"id": "S", "timeZone": "UTC", "targets": []}, {"id": "T", "timeZone": "UTC", "targets": []}], "userOverrides": {"nodes": [` + replace("2026-01-05T12:00:00Z", "2026-01-05T13:00:00Z", "x", "") + `]}}`), "/userOverrides/nodes/0/target"},
		"one rotation twice":              {export{at: at, rotations: rotation("2026-02-02T14:00:00Z", "weekly", 1, 0) + "," + rotation("2026-02-02T14:00:00Z", "weekly", 1, 0)}.file().Data, "/data/rotations/1/id"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := goalert.Import(importers.Options{}, importers.File{Name: "export.json", Data: tt.data})
			var wrong *jsondoc.Error
			require.ErrorAs(t, err, &wrong)
			assert.Equal(t, tt.path, wrong.Path, "%v", err)
		})
	}
}

func TestOptions(t *testing.T) {
	t.Parallel()
	// Three files, bare, two schedules, and the instant of the export in the options.
	files := []importers.File{
		{Name: "overrides.json", Data: []byte(`{"userOverrides": {"nodes": [{"id": "o", "start": "2016-01-05T12:00:00Z", "end": "2016-01-05T13:00:00Z",
			"addUser": {"id": "x", "name": "Xe"}, "removeUser": null, "target": {"id": "T"}}]}}`)},
		{Name: "schedules.json", Data: []byte(`{"schedules": [
			{"id": "S", "name": "s", "timeZone": "America/New_York", "targets": [` + target("rotation", "R", always) + `]},
			{"id": "T", "name": "t", "timeZone": "UTC", "targets": []}]}`)},
		{Name: "rotation.json", Data: []byte(`{"data": {"rotation": {"id": "R", "name": "r", "start": "2026-01-05T14:00:00Z", "timeZone": "America/New_York", "type": "weekly",
			"activeUserIndex": 1, "users": [{"id": "a", "name": "Ada", "email": "ada@example.com"}, {"id": "b", "name": "Ben"}]}}}`)},
	}
	o := importers.Options{At: importtest.Time(t, "2026-01-05T14:00:00Z"), From: importtest.Time(t, "2016-02-01T00:00:00Z")}
	result, err := goalert.Import(o, files...)
	require.NoError(t, err)
	require.Len(t, result.Schedules, 2)
	assert.Equal(t, []string{"02-01T14:00 02-08T14:00 b R", "02-08T14:00 02-15T14:00 a R"},
		duty(t, result.Schedules[0], "2016-02-01T14:00:00Z", "2016-02-15T14:00:00Z"), "counted back to Options.From")
	assert.Equal(t, []string{"01-05T12:00 01-05T13:00 x"}, duty(t, result.Schedules[1], "2016-01-01T00:00:00Z", "2016-02-01T00:00:00Z"))
	assert.Equal(t, "o", result.Schedules[1].Overrides[0].ID)
	assert.Equal(t, []importers.Person{{ID: "a", Name: "Ada", Email: "ada@example.com"}, {ID: "b", Name: "Ben"}, {ID: "x", Name: "Xe"}}, result.People)
}

func TestFiles(t *testing.T) {
	t.Parallel()
	result, err := goalert.Import(importers.Options{}, importtest.Read(t, "primary.json"))
	require.NoError(t, err)
	assert.Equal(t, []string{
		"03-02T08:00 03-02T16:00 ada alone", "03-02T19:00 03-03T05:00 ben R7", "03-03T19:00 03-04T00:00 ben R7",
		"03-04T00:00 03-04T05:00 cleo", "03-04T08:00 03-04T16:00 ada alone", "03-04T19:00 03-05T00:00 cleo",
		"03-05T00:00 03-05T05:00 ben R7", "03-05T19:00 03-06T05:00 ben R7", "03-06T00:00 03-06T12:00 dan",
		"03-06T19:00 03-07T05:00 ben R7", "03-06T23:00 03-08T23:00 ada alone", "03-09T08:00 03-09T16:00 ada alone",
		"03-09T19:00 03-10T00:00 cleo R7", "03-10T06:00 03-10T18:00 dan", "03-11T00:00 03-11T05:00 cleo R7",
	}, duty(t, result.Schedules[0], "2026-03-02T08:00:00Z", "2026-03-11T08:00:00Z"))
	got, _ := importtest.Play{Policy: "E7", At: "2026-03-02T18:59:00Z"}.Course(t, result) // a minute before the nights
	assert.Equal(t, []string{"5m dan channel C7", "25m ben", "40m dan channel C7", "1h exhausted"}, got)
	assert.Equal(t, []oncall.Note{
		{Level: oncall.Assumption, Path: "/data/rotations/0/activeUserIndex", Text: "it is the turn of ben at 2026-03-02T12:00:00Z, and the turns before are counted back from that, so others may have been on call"},
		{Level: oncall.Loss, Path: "/data/escalationPolicy/steps", Text: "a step whose targets lead to nobody holds in GoAlert; here the next is taken at once, and a round in which nobody could be paged is the last"},
	}, result.Report)
}

func TestWild(t *testing.T) {
	t.Parallel()
	importtest.Wild(t, goalert.Import, string(importtest.Read(t, "primary.json").Data))
}

// Beside the repository there may be a folder with documents of all vendors.
func TestVendorShape(t *testing.T) {
	t.Parallel()
	for _, doc := range importtest.Shared("vendor-shapes.json", "goalert") {
		result, err := goalert.Import(importers.Options{}, importtest.Files(doc)...)
		require.NoError(t, err)
		// The turn that holds the export ends at 14:00 that day, before the start.
		assert.Equal(t, []string{
			"01-18T00:00 01-19T05:00 U9 alone", "01-19T23:00 01-20T00:00 U1 R1", "01-20T00:00 01-20T13:00 U2",
			"01-20T23:00 01-21T00:00 U2", "01-21T00:00 01-21T13:00 U1 R1", "01-21T23:00 01-22T13:00 U1 R1",
			"01-22T00:00 01-23T00:00 U3", "01-22T23:00 01-23T13:00 U1 R1", "01-23T23:00 01-24T00:00 U1 R1",
		}, duty(t, result.Schedules[0], "2026-01-18", "2026-01-24"))
	}
}

func FuzzImport(f *testing.F) {
	f.Add(importtest.Read(f, "primary.json").Data)
	f.Add([]byte(policies("-1", step("0", "5", "schedule S", "slackChannel C"), step("1", "5"), step("2", "5", "rotation R", "user u"))))
	f.Add([]byte(`{"users": [{"id": "u", "contactMethods": [{"type": "SMS", "value": "1"}]}], "escalationPolicies": {"nodes": [{"id": "E", "steps": [{"delayMinutes": 1, "actions": [` + action("builtin-user", "user_id", "u") + `]}]}]}}`))
	f.Add(export{
		at: "2026-01-05T09:00:00Z", targets: target("rotation", "R", rule("09:00", "09:00", weekend)), rotations: rotation("2026-01-31T14:00:00Z", "monthly", 1, 1),
		overrides: replace("2026-01-05T12:00:00Z", "2026-01-05T13:00:00Z", "x", "a"),
	}.file().Data)
	f.Add(export{at: "2026-03-08T09:00:00Z", targets: target("rotation", "R", always), rotations: rotation("2026-01-31T14:00:00Z", "hourly", 1, 1)}.file().Data)
	f.Fuzz(func(t *testing.T, data []byte) { importtest.Valid(t, goalert.Import, string(data)) })
}
