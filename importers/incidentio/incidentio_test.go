package incidentio_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/incidentio"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

func TestScheduleOfTheAPI(t *testing.T) {
	t.Parallel()
	result, err := incidentio.Import(importers.Options{}, importtest.Read(t, "entries.json"), importtest.Read(t, "schedule.json"))
	require.NoError(t, err)
	require.Len(t, result.Schedules, 1)
	s := result.Schedules[0]
	assert.Equal(t, "sch-1", s.ID)
	assert.Equal(t, "Shop", s.Name)
	assert.Equal(t, oncall.Add, s.Overlap)
	assert.Equal(t, []importers.Person{
		{ID: "ada", Name: "Ada", Email: "ada@example.com", Contacts: []importers.Contact{{Channel: "slack", To: "U1"}}}, {ID: "ben", Email: "ben@example.com"}, {ID: "cy", Email: "cy@example.com"},
	}, result.People)
	assert.Equal(t, []string{
		"03-02T09:00 03-02T12:00 ada rota",
		"03-02T12:00 03-02T18:00 cy rota",
		"03-06T22:00 03-07T06:00 ada rota",
		"03-16T09:00 03-16T17:00 ben rota",
		"03-20T22:00 03-21T06:00 ben rota",
		"03-23T09:00 03-23T17:00 ada rota",
		"03-27T22:00 03-28T06:00 ada rota",
		"04-06T08:00 04-06T16:00 ben rota",
	}, importtest.Duty(t, s, "2026-03-01", "2026-04-10"))
	assert.Equal(t, []string{
		"loss schedule.json#/schedule/holidays_public_config the public holidays that incident.io shows beside the schedule are left out, which does not change who is on call",
	}, importtest.Notes(result.Report))
}

func TestRotations(t *testing.T) {
	t.Parallel()
	abc := []string{"ada", "ben", "cy"}
	tests := map[string]struct {
		document string
		from, to string
		want     []string
	}{
		"lengths that alternate": {
			schedule(version{users: abc, handovers: turn(1, "daily") + "," + turn(3, "daily")}.String()), "2026-01-05", "2026-01-14T09:00Z",
			[]string{"01-05T09:00 01-06T09:00 ada r", "01-06T09:00 01-09T09:00 ben r", "01-09T09:00 01-10T09:00 cy r",
				"01-10T09:00 01-13T09:00 ada r", "01-13T09:00 01-14T09:00 ben r"},
		},
		"hours, over a clock change": {
			schedule(version{users: abc, handovers: turn(12, "hourly")}.String()), "2026-03-28T21:00Z", "2026-03-29T20:00Z",
			[]string{"03-28T21:00 03-29T08:00 ada r", "03-29T08:00 03-29T20:00 ben r"},
		},
		"months": {
			schedule(version{users: abc, handovers: turn(1, "monthly")}.String()), "2026-02-01", "2026-03-06",
			[]string{"02-01T00:00 02-05T09:00 ada r", "02-05T09:00 03-05T09:00 ben r", "03-05T09:00 03-06T00:00 cy r"},
		},
		"versions of a rotation, in any order": {
			schedule(
				version{users: []string{"cy", "di"}, from: "2026-01-14T12:00:00Z"}.String(),
				version{users: []string{"ada", "ben"}}.String(),
				version{users: []string{"eve"}, from: "2026-01-20T00:00:00Z", start: "2026-01-19T00:00:00Z"}.String(),
			), "2026-01-05", "2026-02-01",
			[]string{"01-05T09:00 01-12T09:00 ada r", "01-12T09:00 01-14T12:00 ben r",
				"01-14T12:00 01-19T09:00 di r", "01-19T09:00 01-20T00:00 cy r", "01-20T00:00 02-01T00:00 eve r"},
		},
		"two rotations are on call together": {
			schedule(version{users: []string{"ada"}}.String(), version{id: "q", users: []string{"ben"}}.String()), "2026-01-05", "2026-01-06",
			[]string{"01-05T09:00 01-06T00:00 ada r", "01-05T09:00 01-06T00:00 ben q"},
		},
		"layers: two are on duty, and the next two after them": {
			schedule(version{users: abc, layers: 2}.String()), "2026-01-05", "2026-02-01",
			[]string{"01-05T09:00 01-19T09:00 ada r", "01-05T09:00 01-12T09:00 ben r", "01-12T09:00 01-26T09:00 cy r",
				"01-19T09:00 02-01T00:00 ben r", "01-26T09:00 02-01T00:00 ada r"},
		},
		"more layers than users": {
			schedule(version{users: []string{"ada", "NOBODY"}, layers: 3}.String()), "2026-01-05", "2026-01-06",
			[]string{"01-05T09:00 01-06T00:00 ada r"},
		},
		"working intervals over midnight, until the end of a day": {
			schedule(version{users: abc[:1], more: hours("sunday 20:00 02:00", "tuesday 20:00 24:00")}.String()), "2026-01-11", "2026-01-14",
			[]string{"01-11T20:00 01-12T02:00 ada r", "01-13T20:00 01-14T00:00 ada r"},
		},
		"working intervals by their old name": {
			schedule(version{users: abc[:1], more: strings.Replace(hours("sunday 20:00 22:00"), "intervals", "interval", 1)}.String()), "2026-01-11", "2026-01-14",
			[]string{"01-11T20:00 01-11T22:00 ada r"},
		},
		"fair is sequential where all turns are equal": {
			schedule(version{users: abc, mode: "fair"}.String()), "2026-01-05", "2026-01-19",
			[]string{"01-05T09:00 01-12T09:00 ada r", "01-12T09:00 01-19T00:00 ben r"},
		},
		"fractions of a second": {
			schedule(version{users: abc, start: "2026-01-05T09:00:00.801578Z"}.String()), "2026-01-05", "2026-01-06",
			[]string{"01-05T09:00 01-06T00:00 ada r"},
		},
		"bare": {
			`{"id": "s", "timezone": "Europe/London", "config": {"rotations": [` + version{users: abc}.String() + `]}}`, "2026-01-05", "2026-01-06",
			[]string{"01-05T09:00 01-06T00:00 ada r"},
		},
		"a list": {
			`{"schedules": [{"id": "s", "timezone": "Europe/London", "config": {"rotations": [` + version{users: abc}.String() + `]}}]}`, "2026-01-05", "2026-01-06",
			[]string{"01-05T09:00 01-06T00:00 ada r"},
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

// What the configuration leaves open, the entries decide.
func TestReadings(t *testing.T) {
	t.Parallel()
	abc := []string{"ada", "ben", "cy"}
	two := schedule(version{users: abc, layers: 2}.String())
	weekdays := schedule(version{users: abc, handovers: turn(1, "daily"),
		more: hours("monday 09:00 17:00", "tuesday 09:00 17:00", "wednesday 09:00 17:00", "thursday 09:00 17:00", "friday 09:00 17:00")}.String())
	uneven := schedule(version{users: abc, mode: "fair", handovers: turn(2, "daily") + "," + turn(5, "daily")}.String())
	const (
		byList = "assumption /schedule/config/rotations/0 each handover is taken to pass on all layers of rotation \"r\", and to count also outside its working intervals, so others may be on duty in incident.io; schedule_entries would tell"
		none   = "loss /schedule/config/rotations/0/scheduling_mode the mode fair depends on shifts of the past, which are not among the documents, so rotation \"r\" is taken for sequential, and others may be on duty in incident.io; its schedule_entries would tell"
		fixed  = "loss a.json#/schedule/config/rotations/0/scheduling_mode the mode fair depends on shifts of the past, so rotation \"r\" is taken from its scheduled entries, and before the first and after the last nobody is on duty in it"
	)
	tests := map[string]struct {
		documents    []string
		from, to     string
		want, report []string
	}{
		"layers, without entries": {
			[]string{two}, "2026-01-12T09:00Z", "2026-01-13",
			[]string{"01-12T09:00 01-13T00:00 cy r", "01-12T09:00 01-13T00:00 ada r"}, []string{byList},
		},
		"layers, and entries that agree": {
			[]string{two, shiftsOf("scheduled", "l1 2026-01-12T09:00 2026-01-19T09:00 cy", "l2 2026-01-12T09:00 2026-01-19T09:00 ada")},
			"2026-01-12T09:00Z", "2026-01-13",
			[]string{"01-12T09:00 01-13T00:00 cy r", "01-12T09:00 01-13T00:00 ada r"}, []string{},
		},
		"layers that are passed on one at a time": {
			[]string{two, shiftsOf("scheduled", "l1 2026-01-12T09:00 2026-01-19T09:00 ben", "l2 2026-01-12T09:00 2026-01-19T09:00 cy")},
			"2026-01-12T09:00Z", "2026-01-20",
			[]string{"01-12T09:00 01-19T09:00 ben r", "01-12T09:00 01-20T00:00 cy r", "01-19T09:00 01-20T00:00 ada r"}, []string{},
		},
		"turns outside the working intervals count": {
			[]string{weekdays}, "2026-01-09", "2026-01-13",
			[]string{"01-09T09:00 01-09T17:00 ben r", "01-12T09:00 01-12T17:00 ben r"}, []string{byList},
		},
		"turns outside the working intervals do not count": {
			[]string{weekdays, shiftsOf("scheduled", "l1 2026-01-09T09:00 2026-01-09T17:00 ben", "l1 2026-01-12T09:00 2026-01-12T17:00 cy")}, "2026-01-09", "2026-01-13",
			[]string{"01-09T09:00 01-09T17:00 ben r", "01-12T09:00 01-12T17:00 cy r"}, []string{},
		},
		"fair, without entries": {
			[]string{uneven}, "2026-01-05", "2026-01-08",
			[]string{"01-05T09:00 01-07T09:00 ada r", "01-07T09:00 01-08T00:00 ben r"}, []string{none},
		},
		"fair, from its entries": {
			[]string{uneven, shiftsOf("scheduled", "l1 2026-01-05T09:00 2026-01-07T09:00 cy", "l1 2026-01-07T09:00 2026-01-12T09:00 ada", "l1 2026-01-12T09:00 2026-01-14T09:00")},
			"2026-01-05", "2026-02-01",
			[]string{"01-05T09:00 01-07T09:00 cy r", "01-07T09:00 01-12T09:00 ada r"}, []string{fixed},
		},
		"no mode is fair": {
			[]string{strings.Replace(uneven, `, "scheduling_mode": "fair"`, "", 1)}, "2026-01-05", "2026-01-06",
			[]string{"01-05T09:00 01-06T00:00 ada r"}, []string{none},
		},
		"fair with one user": {
			[]string{schedule(version{users: abc[:1], mode: "fair", handovers: turn(2, "daily") + "," + turn(5, "daily")}.String())}, "2026-01-05", "2026-02-01",
			[]string{"01-05T09:00 02-01T00:00 ada r"}, []string{},
		},
		"entries that say otherwise": {
			[]string{schedule(version{users: abc}.String()), shiftsOf("final", "l1 2026-01-05T09:00 2026-01-12T09:00 ben")}, "2026-01-05", "2026-01-06",
			[]string{"01-05T09:00 01-06T00:00 ada r"},
			[]string{"assumption b.json#/schedule_entries/final/0 incident.io has ben on call from 2026-01-05T09:00:00Z to 2026-01-12T09:00:00Z, when the result has not: check the two"},
		},
		"entries that leave somebody out": {
			[]string{schedule(version{users: abc}.String()), shiftsOf("final", "l1 2026-01-05T09:00 2026-01-12T09:00 ada", "l1 2026-01-19T09:00 2026-01-26T09:00 cy")},
			"2026-01-05", "2026-01-06",
			[]string{"01-05T09:00 01-06T00:00 ada r"},
			[]string{"assumption a.json#/schedule the result has ben on call from 2026-01-12T09:00:00Z to 2026-01-19T09:00:00Z, when incident.io has not: check the two"},
		},
		"only the scheduled entries": {
			[]string{schedule(version{users: abc}.String()), shiftsOf("scheduled", "l1 2026-01-05T09:00 2026-01-12T09:00 ben")}, "2026-01-05", "2026-01-06",
			[]string{"01-05T09:00 01-06T00:00 ada r"},
			[]string{"assumption b.json#/schedule_entries/scheduled/0 incident.io has ben on call from 2026-01-05T09:00:00Z to 2026-01-12T09:00:00Z, when the result has not: check the two"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, result := one(t, tt.documents...)
			assert.Equal(t, tt.want, importtest.Duty(t, s, tt.from, tt.to))
			assert.Equal(t, tt.report, importtest.Notes(result.Report))
		})
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	ada := []string{"ada"}
	tests := map[string]struct {
		document string
		want     []string
	}{
		"no users": {
			schedule(version{}.String()),
			[]string{"assumption /schedule/config/rotations/0/users the rotation has no users, so nobody is on duty in it"},
		},
		"no layers": {
			strings.Replace(schedule(version{users: ada}.String()), `{"id": "l1", "name": "Layer 1"}`, "", 1),
			[]string{"assumption /schedule/config/rotations/0/layers the rotation has no layers, so one person is taken to be on duty at a time"},
		},
		"hours": {
			schedule(version{users: ada, handovers: turn(12, "hourly")}.String()),
			[]string{"assumption /schedule/config/rotations/0/handovers/0 turns of hours are taken to be handed over by the wall clock, also where clocks change"},
		},
		"an interval of a day": {
			schedule(version{users: ada, more: hours("monday 00:00 00:00")}.String()),
			[]string{"assumption /schedule/config/rotations/0/working_intervals/0 the working interval ends when it starts, and is taken to last 24 hours"},
		},
		"a version before its first handover": {
			schedule(version{users: ada}.String(), version{users: ada, from: "2026-02-01T00:00:00Z", start: "2026-02-02T00:00:00Z"}.String()),
			[]string{"assumption /schedule/config/rotations/1/handover_start_at nobody is taken to be on duty from effective_from until the first handover"},
		},
		"a version without handover": {
			schedule(version{users: ada}.String(), version{users: ada, from: "2026-01-01T00:00:00Z", start: "2026-01-01T00:00:00Z"}.String()),
			[]string{"loss /schedule/config/rotations/0 this version ends before its first handover, so it is never on duty and is left out"},
		},
		"a further page": {
			strings.TrimSuffix(schedule(version{users: ada}.String()), "}") + `, "pagination_meta": {"after": "x", "page_size": 1}}`,
			[]string{"loss /pagination_meta/after the list goes on in a further page, which is not among the documents, so whoever is on it is left out"},
		},
		"what is not known": {
			schedule(version{users: ada, more: `, "color": "red"`}.String()),
			[]string{"loss /schedule/config/rotations/0/color this has no counterpart and was left out"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, result := one(t, tt.document)
			assert.Equal(t, tt.want, importtest.Notes(result.Report))
		})
	}
	result, err := incidentio.Import(importers.Options{}, importtest.Files(schedule())...)
	require.NoError(t, err)
	assert.Empty(t, result.Schedules)
	assert.Equal(t, []string{"loss /schedule/config/rotations the schedule has no rotation that is ever on duty, so nobody is on call on it and it is left out"}, importtest.Notes(result.Report))
}

func TestErrors(t *testing.T) {
	t.Parallel()
	const zone = `a time zone such as "Europe/Berlin" or "Eastern Time (US & Canada)"`
	with := func(what, instead string) string {
		return strings.Replace(schedule(version{users: []string{"ada"}, more: hours("monday 09:00 17:00")}.String()), what, instead, 1)
	}
	const first = "/schedule/config/rotations/0"
	tests := map[string]struct {
		documents  []string
		path, want string
	}{
		"not JSON":          {[]string{`{`}, "", "a JSON document"},
		"a text":            {[]string{`"x"`}, "", "a schedule as GET /v2/schedules/{id} answers it"},
		"a list of texts":   {[]string{`["x"]`}, "/0", "a schedule, the entries of one, an escalation path or a user"},
		"no id":             {[]string{with(`"id": "s", `, "")}, "/schedule/id", "a text"},
		"unknown zone":      {[]string{with("Europe/London", "Mars/Base")}, "/schedule/timezone", zone},
		"no start":          {[]string{with(`"handover_start_at"`, `"x"`)}, first + "/handover_start_at", "an instant with its offset, such as 2026-03-02T09:00:00Z"},
		"no handovers":      {[]string{with(turn(1, "weekly"), "")}, first + "/handovers", "at least one handover"},
		"handovers of 0":    {[]string{with(turn(1, "weekly"), turn(0, "weekly"))}, first + "/handovers/0/interval", "1 to 520 weeks"},
		"unknown handovers": {[]string{with(turn(1, "weekly"), turn(1, "yearly"))}, first + "/handovers/0/interval_type", "one of hourly, daily, weekly, monthly"},
		"unknown mode":      {[]string{with("sequential", "random")}, first + "/scheduling_mode", "one of fair, sequential"},
		"unknown weekday":   {[]string{with("monday", "funday")}, first + "/working_intervals/0/weekday", "a day of the week such as monday"},
		"unknown time":      {[]string{with("09:00\"", "9am\"")}, first + "/working_intervals/0/start_time", "a time of day such as 09:00 or 09:00:30"},
		"two first versions": {
			[]string{schedule(version{}.String(), version{}.String())},
			"/schedule/config/rotations/1/effective_from", "another instant than that of the version before",
		},
		"entries alone": {
			[]string{shiftsOf("final", "l1 2026-01-05T09:00 2026-01-12T09:00 ada")},
			"/schedule_entries", "a schedule that these entries belong to; give GET /v2/schedules/{id} too",
		},
		"entries of one of two": {
			[]string{with("", ""), with(`"s"`, `"s2"`), shiftsOf("final", "l1 2026-01-05T09:00 2026-01-12T09:00 ada")},
			"/schedule_entries", "entries whose rotations tell their schedule; import one schedule at a time with its entries",
		},
		"entries without end": {
			[]string{schedule(version{users: []string{"ada", "ben"}, layers: 2, handovers: turn(1, "hourly")}.String()),
				shiftsOf("overrides", "l1 2026-01-05T09:00 9000-01-12T09:00 ada")},
			"/schedule", "a schedule with fewer or shorter entries",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result, err := incidentio.Import(importers.Options{}, importtest.Files(tt.documents...)...)
			var wrong *jsondoc.Error
			require.ErrorAs(t, err, &wrong)
			assert.Equal(t, tt.path, wrong.Path)
			assert.Equal(t, tt.want, wrong.Want)
			assert.Zero(t, result)
		})
	}
}

func TestSharedDocuments(t *testing.T) {
	t.Parallel()
	docs := append(importtest.Shared("vendor-shapes.json", "incident_io_schedule_v2"), importtest.Shared("vendor-shapes.json", "incident_io_schedule_entries")...)
	if len(docs) == 0 {
		return
	}
	s, result := one(t, docs...)
	assert.Equal(t, []string{
		"01-08T09:00 01-08T17:00 u1 rot",
		"01-15T09:00 01-15T17:00 u1 rot",
	}, importtest.Duty(t, s, "2024-01-08", "2024-01-16"))
	assert.Contains(t, importtest.Notes(result.Report), "assumption b.json#/schedule_entries/scheduled/0 incident.io has u1 on call "+
		"from 2024-01-08T09:00:00Z to 2024-01-15T09:00:00Z, when the result has not: check the two", "the two documents do not agree")
}
