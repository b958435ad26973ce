package betterstack_test

import (
	"fmt"
	"strconv"
	"testing"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/betterstack"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
)

const daily = `{"on_call_rotation": {
	"users": ["ada@example.com", "bob@example.com"],
	"rotation_length": 1, "rotation_interval": "day",
	"start_rotations_at": "2026-03-27T08:00:00Z", "end_rotations_at": "2026-03-31T00:00:00Z"}}`

const named = "assumption /on_call_rotation/id the name \"a\""

func TestImport(t *testing.T) {
	t.Parallel()
	cases := []importtest.Case{
		{
			Name: "days in UTC",
			Docs: []string{daily},
			OnCall: map[string]string{
				"2026-03-27T07:59:59Z": "",
				"2026-03-27T08:00:00Z": "ada@example.com",
				"2026-03-28T08:00:00Z": "bob@example.com",
				"2026-03-29T08:00:00Z": "ada@example.com",
				"2026-03-30T23:59:59Z": "bob@example.com",
				"2026-03-31T00:00:00Z": "", // the end
			},
			Notes: []string{named, "assumption /on_call_rotation/rotation_length counted in UTC"},
		},
		{
			Name:    "days in the zone of the options, over a clock change",
			Docs:    []string{daily},
			Options: importers.Options{Zone: "Europe/Berlin"}, // 09:00 there, and 07:00 UTC from the 29th on
			OnCall: map[string]string{
				"2026-03-29T06:59:59Z": "bob@example.com",
				"2026-03-29T07:00:00Z": "ada@example.com",
			},
			Notes: []string{named},
		},
		{
			Name: "hours, and what the API calls a period",
			Docs: []string{`{"id": 7, "name": "Nights", "users": ["ada@example.com", "bob@example.com"],
				"rotation_length": "12", "rotation_period": "hour",
				"start_rotations_at": "2026-03-28T20:00:00Z", "end_rotations_at": "2026-04-01T00:00:00Z"}`},
			Options: importers.Options{Zone: "Europe/Berlin"}, // an hour is an hour, on any clock
			OnCall: map[string]string{
				"7 2026-03-28T20:00:00Z": "ada@example.com",
				"7 2026-03-29T07:59:59Z": "ada@example.com",
				"7 2026-03-29T08:00:00Z": "bob@example.com",
				"7 2026-03-29T20:00:00Z": "ada@example.com",
			},
		},
		{
			Name: "weeks",
			Docs: []string{`{"users": ["ada@example.com", "bob@example.com"], "rotation_length": 2, "rotation_interval": "week",
				"start_rotations_at": "2026-01-05T00:00:00Z", "end_rotations_at": "2026-12-31T00:00:00Z", "team_name": "Core"}`},
			OnCall: map[string]string{"2026-01-18T23:59:59Z": "ada@example.com", "2026-01-19T00:00:00Z": "bob@example.com"},
			Notes: []string{
				"assumption /id the name \"a\"", "assumption /rotation_length counted in UTC", "loss /team_name this has no counterpart and was left out",
			},
		},
		{
			Name: "a start at a time that the clock shows once more",
			Docs: []string{`{"id": 1, "users": ["ada@example.com", "bob@example.com"], "rotation_length": 1, "rotation_interval": "day",
				"start_rotations_at": "2026-10-25T01:30:00Z", "end_rotations_at": "2026-12-31T00:00:00Z"}`},
			Options: importers.Options{Zone: "Europe/Berlin"},
			OnCall: map[string]string{
				"2026-10-25T01:29:59Z": "",
				"2026-10-25T01:30:00Z": "ada@example.com",
				"2026-10-26T01:30:00Z": "bob@example.com",
			},
		},
		{
			Name: "an end is required",
			Docs: []string{`{"on_call_rotation": {"users": ["a@example.com"], "rotation_length": 1, "rotation_interval": "day",
				"start_rotations_at": "2026-01-01T00:00:00Z"}}`},
			Errors: []string{"/on_call_rotation/end_rotations_at an instant"},
		},
		{
			Name: "everything wrong",
			Docs: []string{`{"users": [], "rotation_length": 0, "rotation_interval": "day",
				"start_rotations_at": "2026-01-02T00:00:00Z", "end_rotations_at": "2026-01-02T00:00:00Z"}`},
			Errors: []string{"/end_rotations_at after the start", "/users one or more", "/rotation_length 1 to 3640 days"},
		},
		{
			Name:    "a zone that is not known",
			Docs:    []string{daily},
			Options: importers.Options{Zone: "Middle/Earth"},
			Errors:  []string{`Options.Zone a time zone such as "Europe/Berlin"`},
		},
		{
			Name:   "no document",
			Docs:   []string{`{`, daily, `[`},
			Errors: []string{" a JSON document", " a JSON document"},
		},
		{
			Name:   "no file",
			Errors: []string{" a document"},
		},
	}
	if docs := importtest.Shared("vendor-shapes.json", "betterstack"); docs != nil {
		cases = append(cases, importtest.Case{
			Name:   "the documented shape",
			Docs:   docs,
			OnCall: map[string]string{"2026-01-01T00:00:00Z": "a@example.com", "2026-12-31T23:59:59Z": "a@example.com", "2027-01-01T00:00:00Z": ""},
			Notes:  []string{named, "assumption /on_call_rotation/rotation_length counted in UTC"},
		})
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			c.Check(t, betterstack.Import)
		})
	}
}

func FuzzImport(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, doc string) { importtest.Valid(t, betterstack.Import, doc) })
}

// seeds are a document of each kind.
var seeds = []string{
	daily,
}

func TestWildValues(t *testing.T) {
	t.Parallel()
	for i, doc := range seeds {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			importtest.Wild(t, betterstack.Import, doc)
		})
	}
}

func ExampleImport() {
	result, err := betterstack.Import(importers.Options{Zone: "Europe/Berlin"},
		importers.File{Name: "payments.json", Data: []byte(daily)})
	if err != nil {
		panic(err)
	}
	rotation := result.Schedules[0].Rotations[0]
	fmt.Println(result.Schedules[0].ID, "starts", rotation.Start)
	for _, note := range result.Report {
		fmt.Println(note.Level, note.Path, note.Text)
	}
	// Output:
	// payments starts 2026-03-27T09:00
	// assumption /on_call_rotation/id there is no id, so the name "payments" is taken for one
}
