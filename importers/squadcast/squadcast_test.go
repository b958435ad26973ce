package squadcast_test

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
	"github.com/incidentkit/incidentkit/importers/squadcast"
)

const (
	ada = `{"participants": [{"id": "ada", "type": "user"}]}`
	bob = `{"participants": [{"id": "bob", "type": "user"}]}`
	cy  = `{"participants": [{"id": "cy", "type": "user"}]}`
)

// in makes a schedule in Berlin of one rotation. The fields have defaults: from
// Wednesday 2026-03-25 on, groups ada and bob, who change with every iteration.
func in(fields string) string {
	rotation := `"id": "r1", "name": "Rot"`
	for _, field := range []string{
		`"start_date": "2026-03-25T00:00:00Z"`, `"change_participants_frequency": 1`, `"change_participants_unit": "rotation"`,
		`"participant_groups": [` + ada + `, ` + bob + `]`, `"shift_timeslots": [{"start_hour": 9, "start_minute": 30, "duration": 720}]`,
	} {
		if name, _, _ := strings.Cut(field, ":"); !strings.Contains(fields, name) {
			rotation += ", " + field
		}
	}
	return `{"data": {"schedule": {"ID": 7, "name": "Core", "timeZone": "Europe/Berlin", "rotations": [{` + rotation + `, ` + fields + `}]}}}`
}

const at = "/data/schedule/rotations/0"

func TestImport(t *testing.T) {
	t.Parallel()
	cases := []importtest.Case{
		{
			Name: "daily, at the wall clock of the schedule",
			Docs: []string{in(`"period": "daily"`)},
			OnCall: map[string]string{
				"2026-03-25T08:29:59Z": "", // 09:29:59 in Berlin: start_date is midnight UTC, the slots are not in UTC
				"2026-03-25T08:30:00Z": "ada",
				"2026-03-25T20:29:59Z": "ada",
				"2026-03-25T20:30:00Z": "",
				"2026-03-26T08:30:00Z": "bob",
				"2026-03-29T07:30:00Z": "ada", // summer time
			},
		},
		{
			Name: "a group is on call together",
			Docs: []string{in(`"period": "weekly", "participant_groups": [
				{"participants": [{"id": "ada", "type": "user"}, {"id": "bob", "type": "user"}]}, ` + cy + `]`)},
			OnCall: map[string]string{
				"2026-03-25T08:30:00Z": "ada bob",
				"2026-03-31T18:00:00Z": "ada bob", // the time slot is on every day
				"2026-04-01T08:00:00Z": "cy",
			},
		},
		{
			Name: "nights, which belong to the day they begin on",
			Docs: []string{in(`"period": "daily", "shift_timeslots": [{"start_hour": 22, "start_minute": 0, "duration": 480}]`)},
			OnCall: map[string]string{
				"2026-03-25T20:59:59Z": "",
				"2026-03-25T21:00:00Z": "ada",
				"2026-03-26T04:59:59Z": "ada",
				"2026-03-26T05:00:00Z": "",
				"2026-03-26T21:00:00Z": "bob",
			},
		},
		{
			Name: "the day begins in the schedule's zone",
			Docs: []string{strings.ReplaceAll(in(`"period": "daily", "shift_timeslots": [{"start_hour": 0, "start_minute": 0, "duration": 1440}]`),
				"Europe/Berlin", "Pacific/Auckland")},
			OnCall: map[string]string{
				"2026-03-24T10:59:59Z": "",
				"2026-03-24T11:00:00Z": "ada", // 2026-03-25 in Auckland
				"2026-03-25T11:00:00Z": "bob",
			},
		},
		{
			Name: "midnight in UTC is the day that it names, also where it is the evening before",
			Docs: []string{strings.ReplaceAll(in(`"period": "daily"`), "Europe/Berlin", "America/New_York")},
			OnCall: map[string]string{
				"2026-03-24T13:30:00Z": "",
				"2026-03-25T13:30:00Z": "ada", // 09:30 in New York
				"2026-03-26T13:30:00Z": "bob",
			},
		},
		{
			Name: "weekends, in a custom period",
			Docs: []string{in(`"period": "custom", "custom_period_frequency": 1, "custom_period_unit": "week", "shift_timeslots": [
				{"start_hour": 10, "start_minute": 0, "duration": 1440, "day_of_week": "saturday"},
				{"start_hour": 12, "start_minute": 30, "duration": 720, "day_of_week": "sunday"}], "end_date": "2026-04-11T00:00:00Z"`)},
			OnCall: map[string]string{
				"2026-03-28T08:59:59Z": "",
				"2026-03-28T09:00:00Z": "ada",
				"2026-03-29T07:59:59Z": "ada",
				"2026-03-29T08:00:00Z": "", // 10:00, summer time: 24 hours on the clock
				"2026-03-29T10:30:00Z": "ada",
				"2026-04-04T08:00:00Z": "bob",
				"2026-04-05T22:00:00Z": "bob",
				"2026-04-11T08:00:00Z": "", // ended
			},
			Notes: []string{"assumption " + at + "/end_date as this day begins"},
		},
		{
			Name: "every other week",
			Docs: []string{in(`"period": "custom", "custom_period_frequency": 2, "custom_period_unit": "week", "shift_timeslots": [
				{"start_hour": 10, "start_minute": 0, "duration": 60, "day_of_week": "saturday"}]`)},
			OnCall: map[string]string{
				"2026-03-28T09:00:00Z": "ada",
				"2026-04-04T08:00:00Z": "",
				"2026-04-11T08:00:00Z": "bob",
				"2026-04-18T08:00:00Z": "",
				"2026-04-25T08:00:00Z": "ada",
			},
			Notes: []string{"assumption " + at + " of every 2 weeks"},
		},
		{
			Name: "every third day, and a change every week",
			Docs: []string{in(`"period": "custom", "custom_period_frequency": 3, "custom_period_unit": "day",
				"change_participants_unit": "week"`)},
			OnCall: map[string]string{
				"2026-03-25T09:00:00Z": "ada", // days 0, 3 and 6
				"2026-03-26T09:00:00Z": "",
				"2026-03-28T09:00:00Z": "ada",
				"2026-03-31T09:00:00Z": "ada",
				"2026-04-01T09:00:00Z": "", // the second week begins
				"2026-04-03T09:00:00Z": "bob",
			},
			Notes: []string{"assumption " + at + " of every 3 days"},
		},
		{
			Name:   "a pattern that nobody could write down",
			Docs:   []string{in(`"period": "custom", "custom_period_frequency": 31, "custom_period_unit": "day", "change_participants_unit": "month"`)},
			OnCall: map[string]string{"2026-03-25T09:00:00Z": ""},
			Notes:  []string{"loss " + at + " the pattern of 31 days"},
		},
		{
			Name: "so many iterations",
			Docs: []string{in(`"period": "daily", "ends_after_iterations": 2, "change_participants_frequency": 2`)},
			OnCall: map[string]string{
				"2026-03-26T19:00:00Z": "ada",
				"2026-03-27T09:00:00Z": "",
			},
		},
		{
			Name: "months, and so many of them",
			Docs: []string{in(`"period": "monthly", "start_date": "2026-01-31T00:00:00Z", "ends_after_iterations": 2`)},
			OnCall: map[string]string{
				"2026-02-27T09:00:00Z": "ada",
				"2026-02-28T09:00:00Z": "bob", // the 31st of February
				"2026-03-31T09:00:00Z": "",
			},
			Notes: []string{"assumption " + at + " every week of the month"},
		},
		{
			Name: "time slots that overlap",
			Docs: []string{in(`"period": "daily", "shift_timeslots": [
				{"start_hour": 9, "start_minute": 0, "duration": 1440}, {"start_hour": 12, "start_minute": 0, "duration": 1380}]`)},
			OnCall: map[string]string{
				"2026-03-25T10:00:00Z": "ada",
				"2026-03-26T08:00:00Z": "ada bob",
				"2026-03-26T10:00:00Z": "bob",
				"2026-03-26T12:00:00Z": "bob bob", //nolint:dupword // in two rotations
			},
			Notes: []string{"assumption " + at + " a rotation of its own"},
		},
		{
			Name: "a shift longer than its turn",
			Docs: []string{in(`"period": "daily", "shift_timeslots": [{"start_hour": 9, "start_minute": 0, "duration": 1500}]`)},
			OnCall: map[string]string{
				"2026-03-26T08:30:00Z": "bob",
			},
			Notes: []string{"loss " + at + " beyond the handoff"},
		},
		{
			Name: "once",
			Docs: []string{in(`"period": "none", "shift_timeslots": [{"start_hour": 22, "start_minute": 0, "duration": 600, "day_of_week": "Saturday"}]`)},
			OnCall: map[string]string{
				"2026-03-28T21:00:00Z": "ada",
				"2026-03-29T05:59:59Z": "ada", // until 08:00 on the clock, which has gone forward
				"2026-03-29T06:00:00Z": "",
				"2026-04-04T21:00:00Z": "",
			},
			Notes: []string{"loss " + at + " first group only"},
		},
		{
			Name: "teams and squads",
			Docs: []string{in(`"period": "daily", "participant_groups": [
				{"participants": [{"id": "t1", "type": "team"}, {"id": "ada", "type": "user"}]}, {"participants": [{"id": "q1", "type": "squad"}]}]`)},
			OnCall: map[string]string{"2026-03-25T09:00:00Z": "ada", "2026-03-26T09:00:00Z": ""},
			Notes: []string{
				"loss " + at + "/participant_groups/0/participants/0 the team t1",
				"loss " + at + "/participant_groups/1/participants/0 the squad q1",
			},
		},
		{
			Name: "a start that is not midnight in UTC",
			Docs: []string{in(`"period": "daily", "start_date": "2026-03-24T23:30:00Z"`)},
			OnCall: map[string]string{
				"2026-03-24T08:30:00Z": "",
				"2026-03-25T08:30:00Z": "ada",
			},
			Notes: []string{"assumption " + at + "/start_date on 2026-03-25 in Europe/Berlin"},
		},
		{
			Name: "rotations from elsewhere, with the names of GraphQL",
			Docs: []string{
				`{"data": {"schedule": {"ID": 7, "name": "Core", "timeZone": "Europe/Berlin"}}}`,
				`{"data": {"rotation": {"ID": 11, "name": "A", "startDate": "2026-03-25T00:00:00Z", "period": "daily",
					"changeParticipantsFrequency": 1, "changeParticipantsUnit": "day", "endDate": "", "customPeriodFrequency": 0,
					"shiftTimeSlots": [{"startHour": 9, "startMin": 0, "duration": 60, "dayOfWeek": ""}],
					"participantGroups": [{"participants": [{"ID": "ada", "type": "user"}]}]}}}`,
				`{"data": {"rotation": {"ID": 12, "scheduleID": 7, "name": "B", "startDate": "2026-03-25T00:00:00Z", "period": "daily",
					"changeParticipantsFrequency": 1, "changeParticipantsUnit": "day",
					"shiftTimeSlots": [{"startHour": 9, "startMin": 0, "duration": 60}],
					"participantGroups": [{"participants": [{"ID": "bob", "type": "user"}]}]}}}`,
			},
			OnCall: map[string]string{"7 2026-03-25T08:00:00Z": "ada bob"},
			Notes:  []string{"assumption b.json#/data/rotation on call on \"7\"", "assumption a.json#/data/schedule on call together"},
		},
		{
			Name: "wrong values",
			Docs: []string{in(`"period": "custom", "custom_period_frequency": 0, "custom_period_unit": "month",
				"change_participants_unit": "shift", "start_date": "2026-03-25",
				"shift_timeslots": [{"start_hour": 24, "start_minute": 0, "duration": 0, "day_of_week": "caturday"}]`)},
			Errors: []string{
				at + "/custom_period_unit one of day, week", at + "/change_participants_unit one of",
				at + "/start_date an instant", at + "/shift_timeslots/0 a start", at + "/shift_timeslots/0/duration 1 to 10080",
				at + "/shift_timeslots/0/day_of_week a day",
			},
		},
		{
			Name:   "no time zone",
			Docs:   []string{`{"id": 3, "name": "Rot", "period": "daily"}`},
			Errors: []string{"/time_zone in the options (Zone", "/start_date an instant", "/shift_timeslots one time slot", "/change_participants_frequency a whole number", "/change_participants_unit one of"},
		},
		{
			Name:   "no rotations",
			Docs:   []string{`{"data": {"schedule": {"ID": 7, "name": "Core", "timeZone": "Europe/Berlin"}}}`},
			Errors: []string{"/data/schedule/rotations one rotation or more"},
		},
	}
	if docs := importtest.Shared("vendor-shapes.json", "squadcast_v2"); docs != nil {
		cases = append(cases, importtest.Case{
			Name:    "the documented shape",
			Docs:    docs,
			Options: importers.Options{Zone: "Asia/Kolkata"},
			OnCall: map[string]string{
				"2023-07-01T04:29:59Z": "",
				"2023-07-01T04:30:00Z": "u1 u2", // 10:00 in Kolkata
				"2023-07-09T04:29:59Z": "u1 u2",
				"2023-07-15T04:30:00Z": "", // after two iterations
			},
			Notes: []string{"assumption /id the name \"Rot\""},
		})
	}
	for _, c := range cases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			c.Check(t, squadcast.Import)
		})
	}
}

func FuzzImport(f *testing.F) {
	for _, seed := range seeds {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, doc string) { importtest.Valid(t, squadcast.Import, doc) })
}

// seeds are a document of each kind.
var seeds = []string{
	in(`"period": "daily"`), in(`"period": "none"`),
	in(`"period": "custom", "custom_period_frequency": 3, "custom_period_unit": "day", "ends_after_iterations": 2`),
	policy(`"repetition": 2, "repeat_after": 10`,
		rule(5, `"via": ["SMS"], "roundrobin_enabled": true, "roundrobin_next_index": 1, "escalate_within_roundrobin": true, "repeat_after": 1`, "user ada", "squad net", "schedulev2 7"),
		rule(0, `"repetition": 2, "repeat_after": 3`, "schedule core")),
	squad, user,
}

func TestWildValues(t *testing.T) {
	t.Parallel()
	for i, doc := range seeds {
		t.Run(strconv.Itoa(i), func(t *testing.T) {
			t.Parallel()
			importtest.Wild(t, squadcast.Import, doc)
		})
	}
}

func ExampleImport() {
	answer, err := os.ReadFile("testdata/schedule.json")
	if err != nil {
		panic(err)
	}
	result, err := squadcast.Import(importers.Options{}, importers.File{Name: "schedule.json", Data: answer})
	if err != nil {
		panic(err)
	}
	for _, r := range result.Schedules[0].Rotations {
		fmt.Println(r.Name, "starts", r.Start, "with", r.Seats[0].People)
	}
	// Output:
	// Weekends starts 2026-01-10T10:00 with [62f1a7c0d5 62f1a7c0d6]
}
