package firehydrant_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/firehydrant"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
)

// in makes a schedule of New York of the fields, with the members ada, nobody and
// bob unless they are among them.
func in(fields string) string {
	if !strings.Contains(fields, `"member`) {
		fields += `, "members": [{"user_id": "ada"}, {"user_id": null}, {"user_id": "bob"}]`
	}
	return `{"id": "s1", "name": "Primary", "time_zone": "America/New_York", ` + fields + `}`
}

const (
	weekly   = `"strategy": {"type": "weekly", "handoff_day": "thursday", "handoff_time": "10:00:00"}`
	daily    = `"strategy": {"type": "daily", "handoff_time": "10:00:00", "handoff_day": null}`
	turnless = "whose turn it is when"
)

// custom is a strategy of turns of any length.
func custom(duration string) string {
	return `"strategy": {"type": "custom", "shift_duration": "` + duration + `"}`
}

func TestImport(t *testing.T) {
	t.Parallel()
	wednesday := importers.Options{At: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC)}
	cases := []importtest.Case{
		{
			Name:    "weekly, with a vacant seat, by the instant of the export",
			Docs:    []string{in(weekly)},
			Options: wednesday,
			OnCall: map[string]string{
				"2026-02-26T14:59:59Z": "",
				"2026-02-26T15:00:00Z": "ada", // the Thursday before
				"2026-03-05T14:59:59Z": "ada",
				"2026-03-05T15:00:00Z": "", // vacant
				"2026-03-12T13:59:59Z": "",
				"2026-03-12T14:00:00Z": "bob", // summer time
				"2026-03-19T14:00:00Z": "ada",
			},
			Notes: []string{"assumption /strategy " + turnless},
		},
		{
			Name:    "an export at the very handoff",
			Docs:    []string{in(daily)},
			Options: importers.Options{At: time.Date(2026, 3, 4, 15, 0, 0, 0, time.UTC)},
			OnCall:  map[string]string{"2026-03-04T14:59:59Z": "", "2026-03-04T15:00:00Z": "ada", "2026-03-05T15:00:00Z": ""},
			Notes:   []string{"assumption /strategy " + turnless},
		},
		{
			Name:   "without the instant of the export",
			Docs:   []string{in(weekly), in(custom("P1D"))},
			Errors: []string{"/strategy in the options (At)", "/start_time in the options (At)"},
		},
		{
			Name: "the shifts tell whose turn it is, and what was changed by hand",
			Docs: []string{in(daily + `, "shifts": [
				{"id": "x0", "user": {"id": "ada", "name": "Ada"}, "coverage_request": "yes", "start_time": "2026-03-03T15:00:00Z", "end_time": "2026-03-04T15:00:00Z"},
				{"id": "x1", "user": {"id": "bob", "name": "Bob"}, "start_time": "2026-03-04T15:00:00Z", "end_time": "2026-03-05T15:00:00Z"},
				{"id": "x2", "user": {"id": "ada", "name": "Ada"}, "start_time": "2026-03-05T15:00:00Z", "end_time": "2026-03-06T15:00:00Z"},
				{"id": "x3", "user": {"id": "cy", "name": "Cy"}, "start_time": "2026-03-06T16:00:00Z", "end_time": "2026-03-06T18:00:00Z"},
				{"id": "x4", "user": null, "start_time": "2026-03-07T16:00:00Z", "end_time": "2026-03-07T18:00:00Z"}]`)},
			OnCall: map[string]string{
				"2026-03-03T15:00:00Z": "ada", // before the turns begin
				"2026-03-04T15:00:00Z": "bob",
				"2026-03-05T15:00:00Z": "ada",
				"2026-03-06T15:59:59Z": "", // the vacant seat
				"2026-03-06T16:00:00Z": "cy",
				"2026-03-06T18:00:00Z": "",
				"2026-03-07T15:59:59Z": "bob",
				"2026-03-07T16:00:00Z": "",
			},
		},
		{
			Name: "restrictions, one of them over the week's end",
			Docs: []string{in(weekly + `, "restrictions": [
				{"start_day": "monday", "start_time": "10:00:00", "end_day": "monday", "end_time": "14:00:00"},
				{"start_day": "saturday", "start_time": "22:00:00", "end_day": "sunday", "end_time": "02:00:00"}]`)},
			Options: wednesday,
			OnCall: map[string]string{
				"2026-02-28T03:00:00Z": "",
				"2026-03-01T03:00:00Z": "ada",
				"2026-03-01T07:00:00Z": "",
				"2026-03-02T15:00:00Z": "ada",
				"2026-03-02T19:00:00Z": "",
				"2026-03-16T14:00:00Z": "bob",
			},
			Notes: []string{"assumption /strategy " + turnless},
		},
		{
			Name:    "a restricted daily rotation",
			Docs:    []string{in(daily + `, "restrictions": [{"start_day": "monday", "start_time": "10:00:00", "end_day": "friday", "end_time": "10:00:00"}]`)},
			Options: wednesday,
			OnCall:  map[string]string{"2026-03-04T15:00:00Z": "", "2026-03-05T15:00:00Z": "bob", "2026-03-06T15:00:00Z": ""},
			Notes:   []string{"assumption /strategy " + turnless, "assumption /strategy taken to count"},
		},
		{
			Name: "custom days, on the calendar",
			Docs: []string{in(custom("P3D") + `, "start_time": "2026-03-06T09:00:00-05:00"`)},
			OnCall: map[string]string{
				"2026-03-06T13:59:59Z": "",
				"2026-03-06T14:00:00Z": "ada",
				"2026-03-09T13:00:00Z": "", // 09:00, summer time; then the vacant seat
				"2026-03-12T13:00:00Z": "bob",
			},
		},
		{
			Name: "custom seconds, exactly, with restrictions on the clock",
			Docs: []string{in(custom("PT259200S") + `, "start_time": "2026-03-06T09:00:00-05:00",
				"members": null, "member_ids": ["ada", "bob"], "restrictions": [
				{"start_day": "monday", "start_time": "09:00:00", "end_day": "monday", "end_time": "17:00:00"}]`)},
			OnCall: map[string]string{
				"2026-03-09T12:59:59Z": "",
				"2026-03-09T13:00:00Z": "ada", // 09:00, summer time
				"2026-03-09T14:00:00Z": "bob", // 72 hours after the start
			},
			Notes: []string{"assumption /strategy/shift_duration exactly as long", "assumption /strategy taken to count"},
		},
		{
			Name:   "custom minutes",
			Docs:   []string{in(custom("PT1H30M") + `, "start_time": "2026-03-02T00:00:00Z"`)},
			OnCall: map[string]string{"2026-03-02T01:29:59Z": "ada", "2026-03-02T01:30:00Z": "", "2026-03-02T03:00:00Z": "bob"},
			Notes:  []string{"assumption /strategy/shift_duration exactly as long"},
		},
		{
			Name: "custom, from the first shift",
			Docs: []string{in(custom("PT12H") + `, "shifts": [
				{"id": "x1", "user": {"id": "bob"}, "start_time": "2026-03-04T15:00:00Z", "end_time": "2026-03-05T03:00:00Z"}]`)},
			OnCall: map[string]string{"2026-03-04T15:00:00Z": "bob", "2026-03-05T03:00:00Z": "ada", "2026-03-05T15:00:00Z": ""},
		},
		{
			Name: "custom weeks and months",
			Docs: []string{
				in(custom("P1W") + `, "start_time": "2026-03-02T00:00:00-05:00"`),
				`{"id": "s2", "name": "M", "time_zone": "UTC", "members": ["ada", "bob"], ` + custom("P1M") + `, "start_time": "2026-01-31T00:00:00Z"}`,
			},
			OnCall: map[string]string{"2026-03-09T04:00:00Z": "", "s2 2026-02-27T12:00:00Z": "ada", "s2 2026-02-28T12:00:00Z": "bob"},
		},
		{
			Name: "rotations are on call together, each in its zone",
			Docs: []string{`{"data": [{"id": "s1", "name": "Primary", "time_zone": "America/New_York", "description": "x",
				"members": [{"id": "old"}], "strategy": {"type": "daily"}, "rotations": [
				{"id": "r1", "name": "A", "time_zone": "America/New_York", "members": [{"id": "ada", "name": "Ada"}], ` + daily + `},
				{"id": "r2", "name": "B", "time_zone": "Asia/Tokyo", "members": [{"user": {"id": "bob", "email": "bob@example.com"}}, {"user": null}], ` + daily + `}]}],
				"pagination": {"count": 1}}`},
			Options: wednesday,
			OnCall: map[string]string{
				"2026-03-05T00:59:59Z": "ada bob",
				"2026-03-05T01:00:00Z": "ada", // 10:00 in Tokyo
			},
			Notes: []string{"assumption /data/0/rotations/0/strategy " + turnless, "assumption /data/0/rotations/1/strategy " + turnless},
		},
		{
			Name:    "nobody, and what we do not know",
			Docs:    []string{`{"name": "Primary", "time_zone": "UTC", "members": [], "mood": 1, ` + daily + `}`},
			Options: wednesday,
			OnCall:  map[string]string{"2026-03-04T15:00:00Z": ""},
			Notes: []string{
				"assumption /id the name \"Primary\"", "loss /members no members", "assumption /strategy " + turnless, "loss /mood this has no counterpart and was left out",
			},
		},
		{
			Name: "durations that no turn can have",
			Docs: []string{
				in(custom("PT90S") + `, "start_time": "2026-03-02T00:00:00Z"`), in(custom("P1M1D") + `, "start_time": "2026-03-02T00:00:00Z"`),
				in(custom("P") + `, "start_time": "2026-03-02T00:00:00Z"`), in(custom("1 day") + `, "start_time": "2026-03-02T00:00:00Z"`),
				in(custom("P9999W") + `, "start_time": "2026-03-02T00:00:00Z"`),
			},
			Errors: []string{
				"/strategy/shift_duration ISO 8601", "/strategy/shift_duration ISO 8601", "/strategy/shift_duration ISO 8601",
				"/strategy/shift_duration ISO 8601", "/strategy/shift_duration 1 to 3640 days",
			},
		},
		{
			Name: "wrong values",
			Docs: []string{in(`"strategy": {"type": "weekly", "handoff_day": "thu rsday", "handoff_time": "25:00:00"}, "shifts": [
				{"id": "x1", "user": {"id": "ada"}, "start_time": "2026-03-04T15:00:00Z", "end_time": "2028-03-05T03:00:00Z"}]`)},
			Errors: []string{
				"/strategy/handoff_day a day", "/strategy/handoff_time a time", "/shifts/0/end_time at most a year later",
			},
		},
	}
	if docs := importtest.Shared("vendor-shapes.json", "firehydrant"); docs != nil {
		cases = append(cases, importtest.Case{
			Name:    "the documented shape",
			Docs:    docs,
			Options: wednesday,
			OnCall: map[string]string{
				"2026-03-02T14:59:59Z": "",
				"2026-03-02T15:00:00Z": "u1", // Monday 10:00 in New York
				"2026-03-02T19:00:00Z": "",
				"2026-03-09T14:00:00Z": "", // the vacant seat
				"2026-03-16T14:00:00Z": "u1",
			},
			Notes: []string{"assumption /id the name \"Primary\"", "assumption /strategy " + turnless},
		})
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			c.Check(t, firehydrant.Import)
		})
	}
}

func FuzzImport(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, doc string) { importtest.Valid(t, firehydrant.Import, doc) })
}

// seeds are a document of each kind.
var seeds = []string{
	in(weekly), in(daily), in(custom("P3D")), in(custom("PT12H") + `, "shifts": [
		{"id": "x1", "user": {"id": "bob"}, "start_time": "2026-03-04T15:00:00Z", "end_time": "2026-03-05T03:00:00Z"}]`),
}

func TestWildValues(t *testing.T) {
	t.Parallel()
	for i, doc := range seeds {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			importtest.Wild(t, firehydrant.Import, doc)
		})
	}
}

func ExampleImport() {
	answer, err := os.ReadFile("testdata/schedule.json")
	if err != nil {
		panic(err)
	}
	result, err := firehydrant.Import(importers.Options{}, importers.File{Name: "schedule.json", Data: answer})
	if err != nil {
		panic(err)
	}
	s := result.Schedules[0]
	fmt.Println(s.Rotations[0].Name, "starts", s.Rotations[0].Start, "with", s.Rotations[0].Seats[0].People)
	fmt.Println(s.Overrides[0].Start.Format(time.RFC3339), s.Overrides[0].People)
	// Output:
	// Nights starts 2026-03-05T20:00 with [bob]
	// 2026-03-08T00:00:00Z [cy]
}
