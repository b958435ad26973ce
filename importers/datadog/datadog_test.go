package datadog_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/datadog"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
)

// full is an answer with everything included: business hours in New York, hidden
// by a later layer for one week of every two.
const full = `{
	"data": {"id": "s1", "type": "schedules", "attributes": {"name": "Core", "time_zone": "America/New_York", "tags": ["a"]},
		"relationships": {
			"layers": {"data": [{"id": "office", "type": "layers"}, {"id": "lead", "type": "layers"}]},
			"teams": {"data": [{"id": "t1", "type": "teams"}]}}},
	"included": [
		{"id": "t1", "type": "teams", "attributes": {"name": "Core"}},
		{"id": "office", "type": "layers", "attributes": {
			"name": "Office", "effective_date": "2026-03-02T14:00:00Z", "end_date": "2026-04-01T00:00:00Z",
			"interval": {"days": 1}, "rotation_start": "2026-03-02T14:00:00Z",
			"restrictions": [{"start_day": "monday", "start_time": "09:00:00", "end_day": "friday", "end_time": "17:00:00"}]},
			"relationships": {"members": {"data": [{"id": "m1", "type": "members"}, {"id": "m2", "type": "members"}]}}},
		{"id": "lead", "type": "layers", "attributes": {
			"name": "Lead", "effective_date": "2026-03-09T00:00:00Z", "end_date": null,
			"interval": {"days": 7, "seconds": 0}, "rotation_start": "2026-03-02T12:00:00Z", "time_zone": "Europe/London",
			"restrictions": []},
			"relationships": {"members": {"data": [{"id": "m3", "type": "members"}, {"id": "m4", "type": "members"}]}}},
		{"id": "m1", "type": "members", "relationships": {"user": {"data": {"id": "ada", "type": "users"}}}},
		{"id": "m2", "type": "members", "relationships": {"user": {"data": {"id": "bob", "type": "users"}}}},
		{"id": "m3", "type": "members", "relationships": {"user": {"data": {"id": "cy", "type": "users"}}}},
		{"id": "m4", "type": "members", "relationships": {"user": {"data": null}}},
		{"id": "ada", "type": "users", "attributes": {"email": "ada@example.com", "name": "Ada", "status": "active"}},
		{"id": "bob", "type": "users", "attributes": {"email": "bob@example.com", "name": ""}},
		{"id": "cy", "type": "users", "attributes": {"email": "cy@example.com", "name": "Cy"}}]}`

const named = `{"data": {"id": "s1", "type": "schedules", "attributes": {"name": "Core", "time_zone": "America/New_York"},
	"relationships": {"layers": {"data": [{"id": "l1", "type": "layers"}]}}}}`

// layer is an answer with one layer of these attributes, with ada and bob in it.
func layer(attributes string) string {
	return `{"data": {"id": "s1", "type": "schedules", "attributes": {"name": "Core", "time_zone": "Europe/Berlin"},
		"relationships": {"layers": {"data": [{"id": "l1", "type": "layers"}]}}},
	"included": [
		{"id": "l1", "type": "layers", "attributes": {` + attributes + `},
			"relationships": {"members": {"data": [{"id": "m1", "type": "members"}, {"id": "m2", "type": "members"}]}}},
		{"id": "m1", "type": "members", "relationships": {"user": {"data": {"id": "ada", "type": "users"}}}},
		{"id": "m2", "type": "members", "relationships": {"user": {"data": {"id": "bob", "type": "users"}}}}]}`
}

func TestImport(t *testing.T) {
	t.Parallel()
	cases := []importtest.Case{
		{
			Name: "layers, of which the last has precedence",
			Docs: []string{full},
			OnCall: map[string]string{
				"2026-03-02T13:59:59Z": "", // before it is effective
				"2026-03-02T14:00:00Z": "ada",
				"2026-03-03T14:00:00Z": "bob",
				"2026-03-03T04:00:00Z": "ada", // the restriction is from Monday to Friday, with the nights
				"2026-03-07T14:00:00Z": "",    // Saturday
				"2026-03-08T23:59:59Z": "",    // before the lead is effective
				"2026-03-09T00:00:00Z": "cy",  // in the middle of a turn
				"2026-03-09T13:00:00Z": "bob", // 09:00, summer time; the turns went on over the weekend
				"2026-03-16T12:00:00Z": "cy",
				"2026-03-16T14:00:00Z": "cy", // hides the office
				"2026-03-30T10:59:59Z": "",   // a vacant week once more
				"2026-03-30T11:00:00Z": "cy", // 12:00, summer time in London too
				"2026-04-06T14:00:00Z": "",   // the office has ended
				"2026-04-13T11:00:00Z": "cy",
			},
			Notes: []string{
				"assumption /data/relationships/layers/data a lower one has precedence",
				"assumption /included/1/attributes/interval taken to count",
			},
		},
		{
			Name:   "layers that are only named",
			Docs:   []string{named},
			OnCall: map[string]string{"2026-03-02T14:00:00Z": ""},
			Notes:  []string{"loss /data/relationships/layers/data/0 include=layers,layers.members,layers.members.user"},
		},
		{
			Name: "members that are only named",
			Docs: []string{strings.ReplaceAll(layer(`"interval": {"days": 1}, "rotation_start": "2026-03-02T08:00:00Z"`), `"id": "m2", "type": "members", "rel`, `"id": "m9", "type": "members", "rel`)},
			OnCall: map[string]string{
				"2026-03-02T08:00:00Z": "ada",
				"2026-03-03T08:00:00Z": "",
			},
			Notes: []string{
				"loss /included/0/relationships/members/data/1 the member m2",
				"loss /included/2/relationships this has no counterpart and was left out",
			},
		},
		{
			Name: "overrides come in another answer",
			Docs: []string{layer(`"interval": {"seconds": 43200}, "rotation_start": "2026-03-02T08:00:00.175Z", "effective_date": "2026-03-01T08:00:00Z"`),
				`{"data": [
				{"id": "o1", "type": "overrides", "attributes": {"start": "2026-03-02T09:00:00Z", "end": "2026-03-02T10:00:00Z"},
					"relationships": {"user": {"data": {"id": "cy", "type": "users"}}}},
				{"id": "o2", "type": "overrides", "attributes": {"start": "2026-03-02T11:00:00Z", "end": "2026-03-02T12:00:00Z"},
					"relationships": {"user": {"data": null}}}]}`},
			OnCall: map[string]string{
				"2026-03-02T07:59:59Z": "",
				"2026-03-02T08:00:00Z": "ada",
				"2026-03-02T09:00:00Z": "cy",
				"2026-03-02T10:00:00Z": "ada",
				"2026-03-02T11:00:00Z": "", // somebody was overridden by nobody
				"2026-03-02T20:00:00Z": "bob",
			},
			Notes: []string{
				"assumption a.json#/included/0/attributes/rotation_start fraction",
				"assumption a.json#/included/0/attributes/effective_date before rotation_start",
			},
		},
		{
			Name:   "overrides of nobody knows what",
			Docs:   []string{`{"data": [{"id": "o1", "type": "overrides", "attributes": {}}]}`},
			Errors: []string{"/data/0 exactly one schedule"},
		},
		{
			Name:   "an interval of days and minutes",
			Docs:   []string{layer(`"interval": {"days": 1, "seconds": 300}, "rotation_start": "2026-03-02T08:00:00Z"`)},
			OnCall: map[string]string{"2026-03-03T08:04:59Z": "ada", "2026-03-03T08:05:00Z": "bob"},
		},
		{
			Name:   "an interval that is no whole number of minutes",
			Docs:   []string{layer(`"interval": {"days": 1, "seconds": 30}, "rotation_start": "2026-03-02T08:00:00Z"`)},
			OnCall: map[string]string{"2026-03-02T08:00:00Z": ""},
			Notes:  []string{"loss /included/0/attributes/interval not whole minutes"},
		},
		{
			Name:   "a start at a time that the clock shows once more",
			Docs:   []string{layer(`"interval": {"days": 1}, "rotation_start": "2026-10-25T01:30:00Z"`)},
			OnCall: map[string]string{"2026-10-25T01:29:59Z": "", "2026-10-25T01:30:00Z": "ada", "2026-10-26T01:30:00Z": "bob"},
		},
		{
			Name:   "what the layer says and we do not know",
			Docs:   []string{layer(`"interval": {"days": 1}, "rotation_start": "2026-03-02T08:00:00Z", "mood": "good"`)},
			Notes:  []string{"loss /included/0/attributes/mood this has no counterpart and was left out"},
			OnCall: map[string]string{"2026-03-03T08:00:00Z": "bob"},
		},
		{
			Name: "a restriction that ends as it starts",
			Docs: []string{layer(`"interval": {"days": 7}, "rotation_start": "2026-03-02T08:00:00Z",
				"restrictions": [{"start_day": "monday", "start_time": "09:00", "end_day": "monday", "end_time": "09:00"}]`)},
			Notes:  []string{"assumption /included/0/attributes/restrictions/0 all week"},
			OnCall: map[string]string{"2026-03-08T08:00:00Z": "ada"},
		},
		{
			Name: "wrong values",
			Docs: []string{layer(`"interval": {"days": -1}, "rotation_start": "soon", "time_zone": "Mars",
				"restrictions": [{"start_day": "mo", "start_time": "9:00", "end_day": "friday", "end_time": "24:00"}]`)},
			Errors: []string{
				"/included/0/attributes/interval 0 to 3640 days", "/included/0/attributes/rotation_start an instant",
				"/included/0/attributes/time_zone a time zone", "/included/0/attributes/restrictions/0/start_day a day",
				"/included/0/attributes/restrictions/0/start_time a time", "/included/0/attributes/restrictions/0/end_time a time",
			},
		},
		{
			Name:   "something else",
			Docs:   []string{`{"data": {"id": "p1", "type": "monitors"}}`},
			Errors: []string{"/data/type schedules, overrides or policies"},
		},
		{
			Name:   "twice the same",
			Docs:   []string{named, named},
			Errors: []string{"/data each schedule once"},
		},
	}
	if docs := importtest.Shared("payloads/datadog/oncall-schedule.json", ""); docs != nil {
		cases = append(cases, importtest.Case{
			Name:   "the vendor's recorded answer",
			Docs:   docs,
			OnCall: map[string]string{"2026-03-02T14:00:00Z": ""},
			Notes:  []string{"loss /data/relationships/layers/data/0 include=layers,layers.members,layers.members.user"},
		})
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			c.Check(t, datadog.Import)
		})
	}
}

func FuzzImport(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, doc string) { importtest.Valid(t, datadog.Import, doc) })
}

// seeds are a document of each kind.
var seeds = []string{
	full, named, layer(`"interval": {"days": 1}, "rotation_start": "2026-03-02T08:00:00Z"`),
	policy(`"retries": 2, "resolve_page_on_policy_end": true`, page(300, "round-robin", "users ada", "teams t1"), page(60, "default", "schedules s1", "schedule_target s1_next")),
}

func TestWildValues(t *testing.T) {
	t.Parallel()
	for i, doc := range seeds {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			importtest.Wild(t, datadog.Import, doc)
		})
	}
}

func ExampleImport() {
	answer, err := os.ReadFile("testdata/schedule.json")
	if err != nil {
		panic(err)
	}
	result, err := datadog.Import(importers.Options{}, importers.File{Name: "schedule.json", Data: answer})
	if err != nil {
		panic(err)
	}
	for _, s := range result.Schedules {
		fmt.Println(s.Name, "with", len(s.Rotations), "rotation")
	}
	// Output:
	// Payments with 1 rotation
}
