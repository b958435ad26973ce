package opsgenie_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
	"github.com/incidentkit/incidentkit/importers/opsgenie"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// one imports documents that hold one schedule.
func one(t *testing.T, documents ...string) (oncall.Schedule, importers.Result) {
	t.Helper()
	result, err := opsgenie.Import(importers.Options{}, importtest.Files(documents...)...)
	require.NoError(t, err)
	require.Len(t, result.Schedules, 1)
	return result.Schedules[0], result
}

// schedule is a document with these rotations, in Berlin.
func schedule(rotations ...string) string {
	return `{"data": {"id": "s", "name": "S", "timezone": "Europe/Berlin", "enabled": true, "rotations": [` +
		strings.Join(rotations, ",") + `]}}`
}

// rotation is one whose turns begin on Monday, 5 January 2026, 09:00 in Berlin.
func rotation(id, kind string, length int, participants []string, more string) string {
	return fmt.Sprintf(`{"id": %q, "startDate": "2026-01-05T08:00:00Z", "type": %q, "length": %d, "participants": [%s]%s}`,
		id, kind, length, strings.Join(participants, ","), more)
}

func users(ids ...string) []string {
	participants := make([]string, len(ids))
	for i, id := range ids {
		participants[i] = fmt.Sprintf(`{"type": "user", "id": %q}`, id)
	}
	return participants
}

func restriction(kind, times string) string {
	return fmt.Sprintf(`, "timeRestriction": {"type": %q, %s}`, kind, times)
}

func TestScheduleOfTheAPI(t *testing.T) {
	t.Parallel()
	result, err := opsgenie.Import(importers.Options{}, importtest.Read(t, "weekday.json"))
	require.NoError(t, err)
	require.Len(t, result.Schedules, 1)
	s := result.Schedules[0]
	assert.Equal(t, "sch-1", s.ID)
	assert.Equal(t, "Shop_schedule", s.Name)
	assert.Equal(t, oncall.Add, s.Overlap)
	assert.Equal(t, []importers.Person{{ID: "u-ada", Email: "ada@example.com"}}, result.People)
	// Every other Monday, from 09:00 to 17:00 in New York: clocks change on 8 March.
	assert.Equal(t, []string{
		"03-02T14:00 03-02T22:00 u-ada rot-1",
		"03-16T13:00 03-16T21:00 u-ada rot-1",
	}, importtest.Duty(t, s, "2026-03-01", "2026-03-30"))
	assert.Empty(t, result.Report)
}

func TestScheduleOfAnExporter(t *testing.T) {
	t.Parallel()
	result, err := opsgenie.Import(importers.Options{}, importtest.Read(t, "exporter.json"))
	require.NoError(t, err)
	require.Len(t, result.Schedules, 1)
	assert.Equal(t, []string{
		"03-02T08:00 03-14T09:00 u-ben rot-b",
		"03-02T08:00 03-10T09:00 u-cy rot-a",
	}, importtest.Duty(t, result.Schedules[0], "2026-03-01", "2026-04-01"), "together, each until its end")
	assert.Equal(t, []string{"loss /item this has no counterpart and was left out"}, importtest.Notes(result.Report))
}

func TestRotations(t *testing.T) {
	t.Parallel()
	none, noone := `{"type": "none"}`, `{"type": "noone"}`
	tests := map[string]struct {
		document string
		from, to string
		want     []string
	}{
		"hourly": {
			schedule(rotation("r", "hourly", 12, users("ada", "ben"), "")), "2026-01-05", "2026-01-06",
			[]string{"01-05T08:00 01-05T20:00 ada r", "01-05T20:00 01-06T00:00 ben r"},
		},
		"daily by the wall clock, over a clock change": {
			schedule(rotation("r", "daily", 2, users("ada", "ben"), "")), "2026-03-26T12:00Z", "2026-03-31",
			[]string{"03-26T12:00 03-28T08:00 ada r", "03-28T08:00 03-30T07:00 ben r", "03-30T07:00 03-31T00:00 ada r"},
		},
		"somebody twice, and vacant turns": {
			schedule(rotation("r", "daily", 1, []string{users("ada")[0], users("ada")[0], none, users("ben")[0], noone}, "")),
			"2026-01-05", "2026-01-11",
			[]string{"01-05T08:00 01-07T08:00 ada r", "01-08T08:00 01-09T08:00 ben r", "01-10T08:00 01-11T00:00 ada r"},
		},
		"the length is 1 if it is left out": {
			schedule(`{"id": "r", "startDate": "2026-01-05T08:00:00Z", "type": "daily", "participants": [` + strings.Join(users("ada", "ben"), ",") + `]}`),
			"2026-01-06T08:00Z", "2026-01-07",
			[]string{"01-06T08:00 01-07T00:00 ben r"},
		},
		"time of day, over midnight": {
			schedule(rotation("r", "daily", 1, users("ada", "ben"), restriction("time-of-day",
				`"restriction": {"startHour": 22, "startMin": 30, "endHour": 6, "endMin": 0}`))), "2026-01-05", "2026-01-07T12:00Z",
			[]string{"01-05T21:30 01-06T05:00 ada r", "01-06T21:30 01-07T05:00 ben r"},
		},
		"time of day, from midnight": {
			schedule(rotation("r", "weekly", 1, users("ada"), restriction("time-of-day",
				`"restriction": {"startHour": 0, "startMin": 0, "endHour": 0, "endMin": 30}`))), "2026-01-06", "2026-01-07",
			[]string{"01-06T23:00 01-06T23:30 ada r"},
		},
		"a time of day that ends when it starts is always": {
			schedule(rotation("r", "weekly", 1, users("ada"), restriction("time-of-day",
				`"restriction": {"startHour": 9, "endHour": 9}`))), "2026-01-05", "2026-01-07",
			[]string{"01-05T08:00 01-07T00:00 ada r"},
		},
		"several times of the week, one over its end": {
			schedule(rotation("r", "weekly", 1, users("ada"), restriction("weekday-and-time-of-day", `"restrictions": [
				{"startDay": "FRIDAY", "startHour": 18, "startMin": 0, "endDay": "monday", "endHour": 9, "endMin": 0},
				{"startDay": "Wednesday", "startHour": 12, "startMin": 0, "endDay": "wednesday", "endHour": 13, "endMin": 30}]`))),
			"2026-01-06", "2026-01-13",
			[]string{"01-07T11:00 01-07T12:30 ada r", "01-09T17:00 01-12T08:00 ada r"},
		},
		"a time of the week that ends when it starts is always": {
			schedule(rotation("r", "weekly", 1, users("ada"), restriction("weekday-and-time-of-day", `"restrictions": [
				{"startDay": "monday", "startHour": 9, "endDay": "monday", "endHour": 9}]`))),
			"2026-01-05", "2026-01-20",
			[]string{"01-05T08:00 01-20T00:00 ada r"},
		},
		"turns are counted by the calendar": {
			schedule(rotation("r", "daily", 1, users("ada", "ben", "cy"), restriction("weekday-and-time-of-day", `"restrictions": [
				{"startDay": "monday", "startHour": 9, "endDay": "friday", "endHour": 17}]`))), "2026-01-08T08:00Z", "2026-01-13",
			[]string{"01-08T08:00 01-09T08:00 ada r", "01-09T08:00 01-09T16:00 ben r", "01-12T08:00 01-13T00:00 ben r"},
		},
		"a start in the hour that the clock shows twice": { // 02:30 for the second time
			strings.ReplaceAll(schedule(rotation("r", "daily", 1, users("ada"), "")), "2026-01-05T08:00:00Z", "2026-10-25T01:30:00Z"),
			"2026-10-24", "2026-10-26", []string{"10-25T01:30 10-26T00:00 ada r"},
		},
		"bare, and in a list": {
			`[{"id": "s", "timezone": "Europe/Berlin", "rotations": [` + rotation("r", "weekly", 1, users("ada"), "") + `]}]`,
			"2026-01-05", "2026-01-06", []string{"01-05T08:00 01-06T00:00 ada r"},
		},
		"Jira Service Management": {
			`{"values": [{"id": "s", "name": "S", "timezone": "Europe/Berlin", "enabled": true, "teamId": "t", "rotations": [` +
				rotation("r", "weekly", 1, append(users("ada"), noone), "") + `]}], "links": {"next": ""}}`,
			"2026-01-05", "2026-01-20", []string{"01-05T08:00 01-12T08:00 ada r", "01-19T08:00 01-20T00:00 ada r"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := one(t, tt.document)
			assert.Equal(t, tt.want, importtest.Duty(t, s, tt.from, tt.to))
		})
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	week := func(participants []string, more string) string {
		return schedule(rotation("r", "weekly", 1, participants, more))
	}
	const rounds = "Opsgenie rounds minutes to 0 or 30, and these are taken as they are written, so duty may change a quarter of an hour off"
	tests := map[string]struct {
		document string
		want     []string
	}{
		"nothing to report": {week(users("ada"), `, "endDate": "2027-01-01T00:00:00Z", "timeRestriction": null`), []string{}},
		"a team and an escalation": {
			week([]string{`{"type": "team", "id": "t", "name": "Net"}`, users("ada")[0], `{"type": "escalation", "id": "e"}`}, ""),
			[]string{
				`loss /data/rotations/0/participants/0 the document does not say who is on call for the team "Net", so nobody is on duty in its turns`,
				`loss /data/rotations/0/participants/2 the document does not say who is on call for the escalation "e", so nobody is on duty in its turns`,
			},
		},
		"nobody, in either product's word": {week([]string{users("ada")[0], `{"type": "none"}`, `{"type": "noone"}`}, ""), []string{}},
		"disabled": {
			strings.Replace(week(users("ada"), ""), `"enabled": true`, `"enabled": false`, 1),
			[]string{"loss /data/enabled the schedule is disabled, so Opsgenie pages nobody by it; that is not kept, and whoever has the turn is on call here"},
		},
		"minutes of the start and the end": {
			strings.Replace(week(users("ada"), `, "endDate": "2027-01-01T00:29:00Z"`), "08:00:00Z", "08:15:00Z", 1),
			[]string{"assumption /data/rotations/0/startDate " + rounds, "assumption /data/rotations/0/endDate " + rounds},
		},
		"minutes of a zone of quarter hours are right": {
			strings.Replace(strings.Replace(week(users("ada"), ""), "08:00:00Z", "08:15:00Z", 1), "Europe/Berlin", "Asia/Kathmandu", 1),
			[]string{},
		},
		"minutes of a restriction": {
			week(users("ada"), restriction("time-of-day", `"restriction": {"startHour": 9, "startMin": 10, "endHour": 17, "endMin": 45}`)),
			[]string{
				"assumption /data/rotations/0/timeRestriction/restriction/startMin " + rounds,
				"assumption /data/rotations/0/timeRestriction/restriction/endMin " + rounds,
			},
		},
		"all week": {
			week(users("ada"), restriction("weekday-and-time-of-day", `"restrictions": [{"startDay": "sunday", "endDay": "sunday"}]`)),
			[]string{"assumption /data/rotations/0/timeRestriction/restrictions/0 the restriction ends when it starts, which is taken for all week"},
		},
		"a restriction without times": {
			week(users("ada"), restriction("weekday-and-time-of-day", `"restrictions": []`)),
			[]string{"assumption /data/rotations/0/timeRestriction the restriction has no times, and is taken for none, so the rotation is always on duty"},
		},
		"turns that may be idle": {
			schedule(rotation("r", "daily", 1, users("ada", "ben"), restriction("weekday-and-time-of-day",
				`"restrictions": [{"startDay": "monday", "startHour": 9, "endDay": "monday", "endHour": 17}]`))),
			[]string{"assumption /data/rotations/0/timeRestriction a turn in which nobody is on duty is taken to count like any other, and to pass duty on"},
		},
		"hours": {
			schedule(rotation("r", "hourly", 12, users("ada"), "")),
			[]string{"assumption /data/rotations/0/type turns of hours are taken to be handed over by the wall clock, also where clocks change"},
		},
		"no participants": {
			week(nil, ""),
			[]string{"assumption /data/rotations/0/participants the rotation has no participants, so nobody is on duty in it"},
		},
		"a rotation that never is": {
			schedule(rotation("r", "daily", 1, users("ada"), ""), rotation("q", "daily", 1, users("ada"), `, "endDate": "2026-01-05T08:00:00Z"`)),
			[]string{"loss /data/rotations/1/endDate the rotation ends before it starts, so it is never on duty and is left out"},
		},
		"what is not known": {
			week(users("ada"), `, "color": "red"`), []string{"loss /data/rotations/0/color this has no counterpart and was left out"},
		},
		"a further page": {
			`{"data": [` + strings.TrimSuffix(strings.TrimPrefix(week(users("ada"), ""), `{"data": `), "}") + `], "paging": {"next": "https://example.com/2"}}`,
			[]string{"loss /paging/next the list goes on in a further page, which is not among the documents, so whoever is on it is left out"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, result := one(t, tt.document)
			assert.Equal(t, tt.want, importtest.Notes(result.Report))
		})
	}
}

func TestListWithoutRotations(t *testing.T) {
	t.Parallel()
	const list = `{"data": [{"id": "s", "name": "S", "timezone": "Europe/Berlin", "enabled": true, "rotations": []}]}`
	result, err := opsgenie.Import(importers.Options{}, importtest.Files(list)...)
	require.NoError(t, err)
	assert.Empty(t, result.Schedules)
	assert.Equal(t, []string{
		"loss /data/0/rotations the schedule has no rotation that is ever on duty, so nobody is on call on it and it is left out; " +
			"a list of schedules has their rotations only if it is asked for with expand=rotation",
	}, importtest.Notes(result.Report))

	rotations := `{"data": [` + rotation("r", "daily", 1, users("ada"), `, "_parent": {"id": "s", "name": "S", "enabled": true}`) + `], "took": 0.1}`
	s, result := one(t, rotations, list)
	assert.Empty(t, result.Report, "the rotations came in a file of their own")
	assert.Equal(t, []string{"01-05T08:00 01-06T00:00 ada r"}, importtest.Duty(t, s, "2026-01-05", "2026-01-06"))
}

func TestPeople(t *testing.T) {
	t.Parallel()
	s, result := one(t, schedule(rotation("r", "daily", 1, []string{
		`{"type": "user", "id": "u1", "username": "ada@example.com"}`,
		`{"type": "user", "username": "ben@example.com"}`,
		`{"type": "user", "id": "", "username": "cy"}`,
		`{"type": "user", "id": "u1", "username": "ada@example.com", "fullName": "Ada"}`,
	}, "")))
	assert.Equal(t, oncall.Seats("u1", "ben@example.com", "cy", "u1"), s.Rotations[0].Seats)
	assert.Equal(t, []importers.Person{
		{ID: "ben@example.com", Email: "ben@example.com"}, {ID: "cy"}, {ID: "u1", Name: "Ada", Email: "ada@example.com"},
	}, result.People)
}

func TestErrors(t *testing.T) {
	t.Parallel()
	const zone = `a time zone such as "Europe/Berlin" or "Eastern Time (US & Canada)"`
	with := func(what, instead string) string {
		return strings.Replace(schedule(rotation("r", "weekly", 1, users("ada"), "")), what, instead, 1)
	}
	tests := map[string]struct {
		documents  []string
		path, want string
	}{
		"not JSON":           {[]string{`{"data": `}, "", "a JSON document"},
		"a number":           {[]string{`7`}, "", "a schedule as GET /v2/schedules/{id} answers it, or an escalation"},
		"a list of numbers":  {[]string{`[7]`}, "/0", "a schedule, a rotation, an override, an escalation, a team with its members or a user"},
		"who is on call":     {[]string{`{"data": {"_parent": {}, "onCallParticipants": []}}`}, "/data", "a schedule with its rotations, as GET /v2/schedules/{id} answers it"},
		"no id":              {[]string{with(`"id": "s", `, "")}, "/data/id", "a text"},
		"no rotation id":     {[]string{with(`"id": "r", `, "")}, "/data/rotations/0/id", "a text"},
		"unknown zone":       {[]string{with("Europe/Berlin", "Europe/Bärlin")}, "/data/timezone", zone},
		"the machine's zone": {[]string{with("Europe/Berlin", "Local")}, "/data/timezone", zone},
		"unknown type":       {[]string{with("weekly", "yearly")}, "/data/rotations/0/type", "one of hourly, daily, weekly"},
		"length of 0":        {[]string{with(`"length": 1`, `"length": 0`)}, "/data/rotations/0/length", "1 to 520 weeks"},
		"length of 521":      {[]string{with(`"length": 1`, `"length": 521`)}, "/data/rotations/0/length", "1 to 520 weeks"},
		"a day is no start":  {[]string{with("T08:00:00Z", "")}, "/data/rotations/0/startDate", "an instant with its offset, such as 2026-03-02T09:00:00Z"},
		"year 1":             {[]string{with("2026-01-05", "0001-01-01")}, "/data/rotations/0/startDate", "a year from 1970 to 9998"},
		"unknown user type":  {[]string{with(`"user"`, `"robot"`)}, "/data/rotations/0/participants/0/type", "one of user, none, noone, team, escalation, group, all"},
		"a user of no name":  {[]string{with(`, "id": "ada"`, "")}, "/data/rotations/0/participants/0/id", "the id or the username of a user"},
		"hour 24": {
			[]string{schedule(rotation("r", "daily", 1, users("ada"), restriction("time-of-day", `"restriction": {"startHour": 24}`)))},
			"/data/rotations/0/timeRestriction/restriction/startHour", "an hour from 0 to 23",
		},
		"minute 60": {
			[]string{schedule(rotation("r", "daily", 1, users("ada"), restriction("time-of-day", `"restriction": {"endMin": 60}`)))},
			"/data/rotations/0/timeRestriction/restriction/endMin", "a minute from 0 to 59",
		},
		"no day": {
			[]string{schedule(rotation("r", "daily", 1, users("ada"), restriction("weekday-and-time-of-day", `"restrictions": [{"startDay": "funday", "endDay": "monday"}]`)))},
			"/data/rotations/0/timeRestriction/restrictions/0/startDay", "a day of the week such as monday",
		},
		"a schedule twice": {[]string{with("", ""), with("", "")}, "/data", `each schedule once; "s" came before`},
		"overrides alone": {
			[]string{`{"data": [{"alias": "o", "user": {"type": "none"}, "startDate": "2026-01-05T08:00:00Z", "endDate": "2026-01-06T08:00:00Z"}]}`},
			"/data/0", "a schedule that this belongs to; give GET /v2/schedules/{id} too",
		},
		"overrides of another": {
			[]string{with("", ""), `{"data": {"_parent": {"id": "x"}, "alias": "o", "user": {"type": "none"}, "startDate": "2026-01-05T08:00:00Z", "endDate": "2026-01-06T08:00:00Z"}}`},
			"/data", `a part of a schedule that is among the documents (it is of "x")`,
		},
		"overrides of one of two": {
			[]string{with("", ""), with(`"s"`, `"s2"`), `{"data": {"alias": "o", "user": {"type": "none"}, "startDate": "2026-01-05T08:00:00Z", "endDate": "2026-01-06T08:00:00Z"}}`},
			"/data", "a part that says whose it is; import one schedule at a time with its parts",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result, err := opsgenie.Import(importers.Options{}, importtest.Files(tt.documents...)...)
			var wrong *jsondoc.Error
			require.ErrorAs(t, err, &wrong)
			assert.Equal(t, tt.path, wrong.Path)
			assert.Equal(t, tt.want, wrong.Want)
			assert.Zero(t, result)
		})
	}
	_, err := opsgenie.Import(importers.Options{})
	require.Error(t, err, "no file at all")
	_, err = opsgenie.Import(importers.Options{}, importtest.Read(t, "oncalls.json"))
	require.ErrorContains(t, err, "want a schedule with its rotations")
}

// The documents that lie beside the repository, if they do.
func TestSharedDocuments(t *testing.T) {
	t.Parallel()
	for _, doc := range importtest.Shared("vendor-shapes.json", "opsgenie_schedule") {
		s, _ := one(t, doc)
		assert.Equal(t, []string{
			"01-05T17:00 01-06T01:00 u1 r1",
			"01-19T17:00 01-20T01:00 u1 r1",
		}, importtest.Duty(t, s, "2026-01-01", "2026-02-01"))
	}
	for _, doc := range importtest.Shared("payloads/opsgenie/api-schedule-rotations.json", "") {
		s, _ := one(t, doc)
		const user, first, second = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeee0001", "aaaaaaaa-bbbb-cccc-dddd-eeeeeeee0032", "aaaaaaaa-bbbb-cccc-dddd-eeeeeeee0031"
		assert.Equal(t, []string{
			"09-02T08:00 09-14T09:00 " + user + " " + first,
			"09-02T08:00 09-10T09:00 " + user + " " + second,
		}, importtest.Duty(t, s, "2024-09-01", "2024-10-01"))
	}
	for _, doc := range importtest.Shared("payloads/opsgenie/api-oncalls-empty.json", "") {
		_, err := opsgenie.Import(importers.Options{}, importtest.Files(doc)...)
		require.ErrorContains(t, err, "want a schedule with its rotations")
	}
}
