package rootly_test

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
	"github.com/incidentkit/incidentkit/importers/rootly"
	"github.com/incidentkit/incidentkit/oncall"
)

// in makes the answer of schedule_rotations for one rotation, r1 of schedule s1,
// with the members ada and bob, in Toronto.
func in(fields string) string {
	return `{"data": [{"id": "r1", "type": "schedule_rotations", "attributes": {"schedule_id": "s1", "name": "Rot", "position": 1,
		"time_zone": "America/Toronto", "schedule_rotation_members": [
			{"member_type": "User", "member_id": "bob", "position": 2}, {"member_type": "User", "member_id": "ada", "position": 1}],
		` + fields + `}}]}`
}

const (
	daily   = `"schedule_rotationable_type": "ScheduleDailyRotation", "schedule_rotationable_attributes": {"handoff_time": "10:00"}`
	weekly  = `"schedule_rotationable_type": "ScheduleWeeklyRotation", "schedule_rotationable_attributes": {"handoff_time": "10:00", "handoff_day": "R"}`
	shifts1 = `{"data": [{"id": "x1", "type": "shifts", "attributes": {"schedule_id": "s1", "rotation_id": "r1", "is_override": false,
		"starts_at": "2026-03-02T14:00:00Z", "ends_at": "2026-03-02T22:00:00Z", "user": {"data": {"id": "bob"}}}}]}`
)

func rotating(kind, attributes string) string {
	return `"schedule_rotationable_type": "Schedule` + kind + `Rotation", "schedule_rotationable_attributes": {` + attributes + `}`
}

const (
	rotationNode = "/data/0/attributes"
	turnless     = "assumption " + rotationNode + "/start_time whose turn it is when"
)

func turnCases() []importtest.Case {
	wednesday := importers.Options{At: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)}
	return []importtest.Case{
		{
			Name:    "R is Thursday",
			Docs:    []string{in(weekly)},
			Options: wednesday,
			OnCall: map[string]string{
				"2026-02-26T14:59:59Z": "",
				"2026-02-26T15:00:00Z": "ada",
				"2026-03-05T15:00:00Z": "bob",
				"2026-03-12T14:00:00Z": "ada", // summer time
			},
			Notes: []string{turnless},
		},
		{
			Name:    "the zone has a Rails name",
			Docs:    []string{strings.Replace(in(weekly), "America/Toronto", "Eastern Time (US & Canada)", 1)},
			Options: wednesday,
			OnCall:  map[string]string{"2026-03-05T14:59:59Z": "ada", "2026-03-05T15:00:00Z": "bob", "2026-03-12T14:00:00Z": "ada"},
			Notes:   []string{turnless, "assumption " + rotationNode + "/time_zone America/New_York"},
		},
		{
			Name:    "S and U may be the one or the other",
			Docs:    []string{in(rotating("Weekly", `"handoff_time": "10:00", "handoff_day": "U"`))},
			Options: wednesday,
			OnCall:  map[string]string{"2026-03-04T15:00:00Z": ""},
			Notes:   []string{"loss " + rotationNode + "/schedule_rotationable_attributes/handoff_day whether S or U is Sunday"},
		},
		{
			Name:    "every other Tuesday",
			Docs:    []string{in(rotating("Biweekly", `"handoff_time": "10:00:00", "handoff_day": "T"`))},
			Options: wednesday,
			OnCall:  map[string]string{"2026-03-03T15:00:00Z": "ada", "2026-03-17T13:59:59Z": "ada", "2026-03-17T14:00:00Z": "bob"},
			Notes:   []string{turnless},
		},
		{
			Name:    "the first of the month",
			Docs:    []string{in(rotating("Monthly", `"handoff_time": "10:00", "handoff_day": "first_day_of_month"`))},
			Options: wednesday,
			OnCall:  map[string]string{"2026-03-01T14:59:59Z": "", "2026-03-01T15:00:00Z": "ada", "2026-04-01T14:00:00Z": "bob"},
			Notes:   []string{turnless},
		},
		{
			Name:    "the last of the month, which was the 28th",
			Docs:    []string{in(rotating("Monthly", `"handoff_time": "10:00", "handoff_day": "last_day_of_month"`))},
			Options: wednesday,
			OnCall: map[string]string{
				"2026-02-28T14:59:59Z": "",
				"2026-02-28T15:00:00Z": "ada",
				"2026-03-31T14:00:00Z": "bob",
				"2026-04-30T13:59:59Z": "bob",
				"2026-04-30T14:00:00Z": "ada",
			},
			Notes: []string{turnless},
		},
		{
			Name:    "the last of the month, which was the 31st",
			Docs:    []string{in(rotating("Monthly", `"handoff_time": "10:00", "handoff_day": "last_day_of_month"`))},
			Options: importers.Options{At: time.Date(2026, 4, 4, 12, 0, 0, 0, time.UTC)},
			OnCall:  map[string]string{"2026-03-31T13:59:59Z": "", "2026-03-31T14:00:00Z": "ada", "2026-04-30T14:00:00Z": "bob"},
			Notes:   []string{turnless},
		},
		{
			Name:    "hours of any number, at a minute of the hour",
			Docs:    []string{in(rotating("Custom", `"handoff_time": "00:30", "shift_length": 8, "shift_length_unit": "hours"`))},
			Options: wednesday, // 07:00 in Toronto
			OnCall:  map[string]string{"2026-03-04T11:29:59Z": "", "2026-03-04T11:30:00Z": "ada", "2026-03-04T19:30:00Z": "bob"},
			Notes:   []string{turnless},
		},
		{
			Name: "days of any number, from a start",
			Docs: []string{in(rotating("Custom", `"handoff_time": "09:00", "shift_length": "3", "shift_length_unit": "days"`) +
				`, "start_time": "2026-03-04T16:00:00Z", "end_time": "2026-03-09T00:00:00Z"`)},
			OnCall: map[string]string{
				"2026-03-04T15:59:59Z": "", // the turn began before the rotation
				"2026-03-04T16:00:00Z": "ada",
				"2026-03-07T14:00:00Z": "bob",
				"2026-03-09T00:00:00Z": "",
			},
			Notes: []string{"assumption " + rotationNode + "/start_time in which the rotation starts"},
		},
		{
			Name:   "the shifts tell whose turn it is",
			Docs:   []string{in(daily), shifts1},
			OnCall: map[string]string{"2026-03-01T15:00:00Z": "bob", "2026-03-02T15:00:00Z": "ada"},
		},
		{
			Name:   "neither shifts, nor a start, nor the instant of the export",
			Docs:   []string{in(daily)},
			Errors: []string{rotationNode + "/start_time in the options (At)"},
		},
	}
}

func timeCases() []importtest.Case {
	wednesday := importers.Options{At: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)}
	const days = "loss " + rotationNode + "/active_days which of S and U is Sunday"
	return []importtest.Case{
		{
			Name: "times on weekdays",
			Docs: []string{in(weekly + `, "active_all_week": false, "active_days": ["M", "T", "W", "R", "F"], "active_time_type": "same_time",
				"active_time_attributes": [{"start_time": "09:00", "end_time": "12:00"}, {"start_time": "22:00", "end_time": "02:00"}]`)},
			Options: wednesday,
			OnCall: map[string]string{
				"2026-03-02T13:59:59Z": "",
				"2026-03-02T14:00:00Z": "ada",
				"2026-03-02T17:00:00Z": "",
				"2026-03-07T06:59:59Z": "bob", // Friday night
				"2026-03-07T14:00:00Z": "",    // Saturday
				"2026-03-08T14:00:00Z": "",
			},
			Notes: []string{turnless},
		},
		{
			Name: "all days that the letters name, both of the weekend",
			Docs: []string{in(daily + `, "active_all_week": false, "active_days": ["M", "S", "U"], "active_time_type": "all_day"`)},
			OnCall: map[string]string{
				"2026-03-07T05:00:00Z": "bob", // Saturday 00:00
				"2026-03-08T05:00:00Z": "ada",
				"2026-03-06T12:00:00Z": "",
			},
			Options: wednesday,
			Notes:   []string{turnless, "assumption " + rotationNode + "/schedule_rotationable_type taken to count"},
		},
		{
			Name: "one day of the weekend",
			Docs: []string{in(weekly + `, "active_all_week": false, "active_days": ["F", "S"], "active_time_type": "all_day"`)},
			OnCall: map[string]string{
				"2026-03-06T12:00:00Z": "bob",
				"2026-03-07T12:00:00Z": "",
				"2026-03-08T12:00:00Z": "",
			},
			Options: wednesday,
			Notes:   []string{turnless, days},
		},
		{
			Name: "nothing but one day of the weekend",
			Docs: []string{in(weekly + `, "active_all_week": false, "active_days": ["S"], "active_time_type": "all_day"`)},
			OnCall: map[string]string{
				"2026-03-07T12:00:00Z": "",
			},
			Options: wednesday,
			Notes:   []string{days, "loss " + rotationNode + " no time is known"},
		},
		{
			Name: "times of each day's own",
			Docs: []string{
				in(weekly + `, "active_all_week": true, "active_time_type": "custom"`),
				`{"data": [
				{"id": "d1", "type": "schedule_rotation_active_days", "attributes": {"schedule_rotation_id": "r1", "day_name": "F",
					"active_time_attributes": [{"start_time": "10:00", "end_time": "18:00"}]}},
				{"id": "d2", "type": "schedule_rotation_active_days", "attributes": {"schedule_rotation_id": "r1", "day_name": "S",
					"active_time_attributes": [{"start_time": "12:00", "end_time": "13:00"}]}},
				{"id": "d3", "type": "schedule_rotation_active_days", "attributes": {"schedule_rotation_id": "r1", "day_name": "U",
					"active_time_attributes": [{"start_time": "12:00", "end_time": "14:00"}]}}]}`,
			},
			OnCall: map[string]string{
				"2026-03-06T15:00:00Z": "bob",
				"2026-03-06T23:00:00Z": "",
				"2026-03-07T17:30:00Z": "", // from 12:00 on both days, but not until the same time
			},
			Options: wednesday,
			Notes: []string{
				"assumption a.json#" + rotationNode + "/start_time whose turn it is when",
				"loss a.json#" + rotationNode + "/active_days which of S and U is Sunday",
			},
		},
		{
			Name:    "times of each day's own that are not there",
			Docs:    []string{in(weekly + `, "active_all_week": true, "active_time_type": "custom"`)},
			OnCall:  map[string]string{"2026-03-06T15:00:00Z": ""},
			Options: wednesday,
			Notes:   []string{"loss " + rotationNode + " schedule_rotation_active_days"},
		},
		{
			Name: "the same times all week",
			Docs: []string{in(daily + `, "active_all_week": true, "active_time_type": "same_time",
				"active_time_attributes": [{"start_time": "09:00", "end_time": "17:00"}]`)},
			OnCall: map[string]string{
				"2026-03-08T13:00:00Z": "ada", // Sunday 09:00, summer time, before the handoff
				"2026-03-08T14:00:00Z": "bob",
				"2026-03-08T21:00:00Z": "",
			},
			Options: wednesday,
			Notes:   []string{turnless},
		},
	}
}

// pieces are the answers for a schedule whose weekday rotation has another
// schedule in it.
var pieces = []string{
	`{"data": [
		{"id": "s1", "type": "schedules", "attributes": {"name": "Core", "description": "x", "created_at": "2026-01-01T00:00:00Z"}},
		{"id": "s2", "type": "schedules", "attributes": {"name": "Night"}}], "meta": {"total_count": 2}}`,
	`{"data": [
		{"id": "r2", "type": "schedule_rotations", "attributes": {"schedule_id": "s1", "name": "B", "position": 2,
			"time_zone": "Asia/Tokyo", "start_time": "2026-03-01T00:00:00Z", ` + daily + `}},
		{"id": "r1", "type": "schedule_rotations", "attributes": {"schedule_id": "s1", "name": "A", "position": 1,
			"start_time": "2026-03-01T00:00:00Z", "schedule_rotation_members": [
			{"member_type": "Schedule", "member_id": "s2", "position": 1}, {"member_type": "Schedule", "member_id": "s9", "position": 2}], ` + daily + `}},
		{"id": "r3", "type": "schedule_rotations", "attributes": {"schedule_id": "s2", "name": "C",
			"start_time": "2026-03-01T00:00:00Z", ` + daily + `}}]}`,
	`{"data": [
		{"id": "m1", "type": "schedule_rotation_users", "attributes": {"schedule_rotation_id": "r2", "user_id": 1, "position": 1}},
		{"id": "m2", "type": "schedule_rotation_users", "attributes": {"schedule_rotation_id": "r3", "user_id": 2, "position": 1}}]}`,
	`{"data": [
		{"id": "o1", "type": "override_shifts", "attributes": {"schedule_id": "s1", "rotation_id": "r2", "user_id": 3,
			"starts_at": "2026-03-02T12:00:00Z", "ends_at": "2026-03-02T13:00:00Z"}},
		{"id": "o2", "type": "override_shifts", "attributes": {"schedule_id": "s1", "rotation_id": "r8", "user_id": 3,
			"starts_at": "2026-03-02T12:00:00Z", "ends_at": "2026-03-02T13:00:00Z"}},
		{"id": "o3", "type": "override_shifts", "attributes": {"schedule_id": "s7", "user_id": 3,
			"starts_at": "2026-03-02T12:00:00Z", "ends_at": "2026-03-02T13:00:00Z"}}]}`,
	`{"data": [{"id": "o4", "type": "shifts", "attributes": {"schedule_id": "s1", "rotation_id": null, "is_override": true,
		"user": {"id": 4}, "starts_at": "2026-03-02T14:00:00Z", "ends_at": "2026-03-02T15:00:00Z"}}]}`,
	`{"data": [{"id": "1", "type": "users", "attributes": {"name": "Ada", "full_name": "Ada L", "email": "ada@example.com", "time_zone": "Asia/Tokyo"}},
		{"id": "t1", "type": "teams", "attributes": {"name": "Core"}}]}`,
}

func pieceCases() []importtest.Case {
	cases := []importtest.Case{
		{
			Name: "a schedule in pieces",
			Docs: pieces,
			OnCall: map[string]string{
				"2026-03-01T09:00:00Z":    "1 2", // r2, and s2 by the nested seat
				"2026-03-01T12:00:00Z":    "1",   // the second seat of r1 is vacant
				"2026-03-02T12:00:00Z":    "2 3",
				"2026-03-02T13:00:00Z":    "1 2",
				"2026-03-02T14:00:00Z":    "4",
				"s2 2026-03-02T12:00:00Z": "2",
			},
			Notes: []string{
				"assumption a.json#/data/0/attributes on call together",
				"loss b.json#/data/1/attributes/schedule_rotation_members/1 the schedule s9",
				"assumption b.json#/data/1/attributes/start_time in which the rotation starts",
				"loss d.json#/data/1/attributes the rotation r8",
				"loss d.json#/data/2/attributes the schedule s7",
				"loss f.json#/data/1/attributes/name this has no counterpart and was left out", // of a team
			},
		},
		{
			Name:   "a schedule without rotations",
			Docs:   []string{`{"data": {"id": "s1", "type": "schedules", "attributes": {"name": "Core"}}}`},
			OnCall: map[string]string{"2026-03-01T12:00:00Z": ""},
			Notes:  []string{"loss /data/attributes /v1/schedules/s1/schedule_rotations"},
		},
		{
			Name: "wrong values",
			Docs: []string{in(rotating("Weekly", `"handoff_time": "ten", "handoff_day": "X"`) + `, "active_all_week": false, "active_days": ["Z"]`)},
			Errors: []string{
				rotationNode + "/schedule_rotationable_attributes/handoff_time a time", rotationNode + "/schedule_rotationable_attributes/handoff_day one of",
				rotationNode + "/active_days/0 one of",
			},
		},
		{
			Name:   "something else",
			Docs:   []string{`{"hello": "world"}`},
			Errors: []string{" an answer of Rootly's API"},
		},
	}
	if docs := importtest.Shared("vendor-shapes.json", "rootly"); docs != nil {
		cases = append(cases, importtest.Case{
			Name: "the documented shape, in which there are no members",
			Docs: docs,
			OnCall: map[string]string{
				"s 2025-12-31T23:59:59Z": "",
				"s 2026-01-01T00:00:00Z": "1", // the override
				"s 2026-01-02T00:00:00Z": "",
			},
			Notes: []string{
				"assumption /schedule_rotation on call on \"s\"", "assumption /schedule_rotation/id taken for \"r\"",
				"loss /schedule_rotation without members",
			},
		})
	}
	return cases
}

func TestTurns(t *testing.T) {
	t.Parallel()
	for _, c := range turnCases() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			c.Check(t, rootly.Import)
		})
	}
}

func TestTimes(t *testing.T) {
	t.Parallel()
	for _, c := range timeCases() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			c.Check(t, rootly.Import)
		})
	}
}

func TestPieces(t *testing.T) {
	t.Parallel()
	for _, c := range pieceCases() {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			c.Check(t, rootly.Import)
		})
	}
}

func FuzzImport(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, doc string) { importtest.Valid(t, rootly.Import, doc) })
}

// seeds are a document of each kind.
var seeds = []string{
	in(weekly), in(rotating("Monthly", `"handoff_time": "10:00", "handoff_day": "last_day_of_month"`)),
	in(rotating("Custom", `"handoff_time": "00:30", "shift_length": 8, "shift_length_unit": "hours"`)),
	`{"schedule_rotation": {"schedule_id": "s", "id": "r", ` + daily + `}, "override_shift": {"schedule_id": "s", "rotation_id": "r"}}`,
}

func TestWildValues(t *testing.T) {
	t.Parallel()
	for i, doc := range seeds {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			importtest.Wild(t, rootly.Import, doc)
		})
	}
}

func TestWildPieces(t *testing.T) {
	t.Parallel()
	importtest.Wild(t, rootly.Import, pieces...)
}

func TestShadows(t *testing.T) {
	t.Parallel()
	result, err := rootly.Import(importers.Options{}, importtest.Files(in(daily+`, "start_time": "2026-03-01T00:00:00Z"`), `{"on_call_shadows": [
		{"shadowable_type": "Schedule", "shadowable_id": "s1", "shadow_user_id": 7, "starts_at": "2026-03-02T00:00:00Z", "ends_at": "2026-03-03T00:00:00Z"},
		{"schedule_id": "s1", "shadowable_type": "User", "shadowable_id": "ada", "shadow_user_id": 8, "starts_at": "2026-03-02T00:00:00Z", "ends_at": "2026-03-03T00:00:00Z"}]}`)...)
	require.NoError(t, err)
	start, end := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC), time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)
	assert.Equal(t, []oncall.Shadow{{Person: "7", Start: start, End: end}, {Person: "8", Of: "ada", Start: start, End: end}},
		result.Schedules[0].Shadows)
	assert.Equal(t, []importers.Person{{ID: "7"}, {ID: "8"}, {ID: "ada"}, {ID: "bob"}}, result.People)
}

func ExampleImport() {
	var files []importers.File
	for _, name := range []string{"rotations.json", "shifts.json"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			panic(err)
		}
		files = append(files, importers.File{Name: name, Data: data})
	}
	result, err := rootly.Import(importers.Options{}, files...)
	if err != nil {
		panic(err)
	}
	for _, s := range result.Schedules {
		for _, r := range s.Rotations {
			fmt.Println(r.Name, "starts", r.Start, "with", r.Seats[0].People)
		}
	}
	// Output:
	// Weekdays starts 2026-03-02T10:00 with [4012]
}

func TestWhereUsersLive(t *testing.T) {
	t.Parallel()
	r, err := rootly.Import(importers.Options{}, importtest.Files(pieces...)...)
	require.NoError(t, err)
	i := slices.IndexFunc(r.People, func(p importers.Person) bool { return p.ID == "1" })
	require.GreaterOrEqual(t, i, 0)
	assert.Equal(t, importers.Person{ID: "1", Name: "Ada L", Email: "ada@example.com", Zone: "Asia/Tokyo"}, r.People[i])
}
