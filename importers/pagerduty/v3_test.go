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
)

func TestImportV3(t *testing.T) {
	t.Parallel()
	r := mustImport(t, pagerduty.ImportV3, importers.Options{}, replace(t, "schedule-v3.json"))
	assert.ElementsMatch(t, []string{
		"Mon 01 09:00 – Mon 01 17:30 PAAA (ROTDAYS)",
		"Tue 02 09:00 – Tue 02 17:30 PAAA (ROTDAYS)",
		"Wed 03 09:00 – Wed 03 17:30 PBBB (ROTDAYS)",
		"Thu 04 09:00 – Thu 04 17:30 PBBB (ROTDAYS)",
		"Thu 04 17:30 – Thu 04 21:00 PDDD (CUS1)",
		// Friday and Monday have an empty member
		"Fri 05 17:00 – Mon 08 08:00 PCCC (ROTENDS)",
		"Fri 05 17:00 – Sat 06 07:00 PAAA (ROTENDS)",
		"Sat 06 07:00 – Sat 06 13:00 PDDD (OVR1)",
		"Sat 06 13:00 – Mon 08 08:00 PAAA (ROTENDS)",
		"Tue 09 09:00 – Tue 09 17:30 PAAA (ROTDAYS)",
	}, shifts(t, r, "2026-05-01T00:00:00Z", "2026-06-10T05:00:00Z"))
	assert.Equal(t, []string{"assumption /schedule/rotations rotations are taken to be on call together where they overlap"}, importtest.Notes(r.Report))
}

func TestEvents(t *testing.T) {
	t.Parallel()
	times := func(start, end string) string {
		return fmt.Sprintf(`"start_time": {"date_time": %q, "time_zone": "Europe/Berlin"}, "end_time": {"date_time": %q, "time_zone": "Europe/Berlin"}, "effective_since": %q`, start, end, start)
	}
	office := times("2026-01-05T09:00:00+01:00", "2026-01-05T17:00:00+01:00")
	january := importers.Options{From: time.Date(2026, 1, 6, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 1, 9, 0, 0, 0, 0, time.UTC)}
	tests := map[string]struct {
		fields   string
		members  []string
		options  importers.Options
		from, to string
		want     []string
		notes    []string
	}{
		"a week each": {
			fields:  times("2026-03-23T09:00:00+01:00", "2026-03-30T09:00:00+02:00") + `, "recurrence": ["RRULE:FREQ=WEEKLY"]`,
			members: []string{"A", "B"}, from: "2026-03-01T00:00:00Z", to: "2026-04-06T12:00:00Z",
			want: []string{"Mon 23 09:00 – Mon 30 09:00 A (R)", "Mon 30 09:00 – Mon 06 09:00 B (R)", "Mon 06 09:00 – Mon 06 14:00 A (R)"},
		},
		"every other week": {
			fields:  office + `, "recurrence": ["FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,WE"]`,
			members: []string{"A", "B", "C"}, from: "2026-01-01T00:00:00Z", to: "2026-02-05T00:00:00Z",
			want: []string{"Mon 05 09:00 – Mon 05 17:00 A (R)", "Wed 07 09:00 – Wed 07 17:00 B (R)", "Mon 19 09:00 – Mon 19 17:00 C (R)",
				"Wed 21 09:00 – Wed 21 17:00 A (R)", "Mon 02 09:00 – Mon 02 17:00 B (R)", "Wed 04 09:00 – Wed 04 17:00 C (R)"},
		},
		"a full week every other week": {
			fields:  times("2026-01-05T00:00:00+01:00", "2026-01-12T00:00:00+01:00") + `, "recurrence": ["RRULE:FREQ=WEEKLY;INTERVAL=2"]`,
			members: []string{"A", "B"}, from: "2026-01-01T00:00:00Z", to: "2026-02-02T00:00:00Z",
			want: []string{"Mon 05 00:00 – Mon 12 00:00 A (R)", "Mon 19 00:00 – Mon 26 00:00 B (R)", "Mon 02 00:00 – Mon 02 01:00 A (R)"},
		},
		"a night and a half every other week": {
			fields:  times("2026-01-09T17:00:00+01:00", "2026-01-12T08:30:00+01:00") + `, "recurrence": ["RRULE:FREQ=WEEKLY;INTERVAL=2"]`,
			members: []string{"A", "B"}, from: "2026-01-01T00:00:00Z", to: "2026-02-02T00:00:00Z",
			want: []string{"Fri 09 17:00 – Mon 12 08:30 A (R)", "Fri 23 17:00 – Mon 26 08:30 B (R)"},
		},
		"every third day": {
			fields:  times("2026-01-05T22:00:00+01:00", "2026-01-06T06:30:00+01:00") + `, "recurrence": ["RRULE:FREQ=DAILY;INTERVAL=3"]`,
			members: []string{"A", "B"}, from: "2026-01-01T00:00:00Z", to: "2026-01-13T00:00:00Z",
			want: []string{"Mon 05 22:00 – Tue 06 06:30 A (R)", "Thu 08 22:00 – Fri 09 06:30 B (R)", "Sun 11 22:00 – Mon 12 06:30 A (R)"},
		},
		"every day on some days": {
			fields:  office + `, "recurrence": ["RRULE:FREQ=DAILY;BYDAY=FR,MO"]`,
			members: []string{"A", "B", "C"}, from: "2026-01-01T00:00:00Z", to: "2026-01-13T00:00:00Z",
			want: []string{"Mon 05 09:00 – Mon 05 17:00 A (R)", "Fri 09 09:00 – Fri 09 17:00 B (R)", "Mon 12 09:00 – Mon 12 17:00 C (R)"},
		},
		"a number of shifts": {
			fields:  office + `, "recurrence": ["RRULE:FREQ=DAILY;COUNT=2"]`,
			members: []string{"A", "B"}, from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z",
			want: []string{"Mon 05 09:00 – Mon 05 17:00 A (R)", "Tue 06 09:00 – Tue 06 17:00 B (R)"},
		},
		"until a shift starts": {
			fields:  office + `, "recurrence": ["RRULE:FREQ=DAILY;UNTIL=20260106T080000Z"]`,
			members: []string{"A", "B"}, from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z",
			want: []string{"Mon 05 09:00 – Mon 05 17:00 A (R)", "Tue 06 09:00 – Tue 06 17:00 B (R)"},
		},
		"until a day": {
			fields:  office + `, "recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=MO,TU;UNTIL=20260105"]`,
			members: []string{"A", "B"}, from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z",
			want: []string{"Mon 05 09:00 – Mon 05 17:00 A (R)"},
		},
		"once": {
			fields:  office + `, "recurrence": []`,
			members: []string{"A", "B"}, from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z",
			want: []string{"Mon 05 09:00 – Mon 05 17:00 A (R)"},
		},
		"from the middle of a shift to that of another": {
			fields: `"start_time": "2026-01-05T08:00:00Z", "end_time": "2026-01-05T16:00:00Z", "effective_since": "2026-01-06T11:00:00Z",
				"effective_until": "2026-01-08T09:00:00Z", "recurrence": ["RRULE:FREQ=DAILY"]`,
			members: []string{"A", "B"}, from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z",
			want:  []string{"Tue 06 12:00 – Tue 06 17:00 B (R)", "Wed 07 09:00 – Wed 07 17:00 A (R)", "Thu 08 09:00 – Thu 08 10:00 B (R)"},
			notes: []string{"assumption /rotations/0/events/0/effective_since shifts are taken to be counted from start_time, also those before this instant, which says whose the first one is"},
		},
		"start on another day": {
			fields:  office + `, "recurrence": ["RRULE:FREQ=WEEKLY;BYDAY=SU,TU;WKST=SU"]`,
			members: []string{"A", "B"}, from: "2026-01-01T00:00:00Z", to: "2026-01-12T00:00:00Z",
			want:  []string{"Tue 06 09:00 – Tue 06 17:00 A (R)", "Sun 11 09:00 – Sun 11 17:00 B (R)"},
			notes: []string{"assumption /rotations/0/events/0/start_time this is not on a day of the recurrence, so the first shift is taken to be that of 2026-01-06T09:00"},
		},
		"exceptions": {
			fields:  office + `, "recurrence": ["RRULE:FREQ=DAILY;COUNT=4", "EXDATE;TZID=Europe/Berlin:20260106T090000", "EXDATE;VALUE=DATE:20260107", "RDATE:20260105T180000Z,20260110T080000Z"]`,
			members: []string{"A", "B"}, from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z",
			want: []string{"Mon 05 09:00 – Mon 05 17:00 A (R)", "Mon 05 19:00 – Tue 06 03:00 B (R)", "Thu 08 09:00 – Thu 08 17:00 A (R)", "Sat 10 09:00 – Sat 10 17:00 B (R)"},
		},
		"shifts that overlap, without a range": {
			fields:  times("2026-01-05T09:00:00+01:00", "2026-01-06T12:00:00+01:00") + `, "recurrence": ["RRULE:FREQ=DAILY"]`,
			members: []string{"A", "B"}, from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z",
			notes: []string{"loss /rotations/0/events/0 shifts that overlap or have exceptions have to be written out one by one, so the event is left out and nobody is on duty in it: give a range in the options (From, To)"},
		},
		"shifts that overlap, in a range": {
			fields:  times("2026-01-05T09:00:00+01:00", "2026-01-06T12:00:00+01:00") + `, "recurrence": ["RRULE:FREQ=DAILY"]`,
			options: january,
			members: []string{"A", "B"}, from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z",
			want:  []string{"Tue 06 01:00 – Tue 06 12:00 A (R)", "Tue 06 09:00 – Wed 07 12:00 B (R)", "Wed 07 09:00 – Thu 08 12:00 A (R)", "Thu 08 09:00 – Fri 09 01:00 B (R)"},
			notes: []string{"loss /rotations/0/events/0 shifts that overlap or have exceptions have to be written out one by one: they are from 2026-01-06T00:00:00Z to 2026-01-09T00:00:00Z, and nobody is on duty outside of that"},
		},
		"36 hours every third day": {
			fields:  times("2026-01-05T09:00:00+01:00", "2026-01-06T21:00:00+01:00") + `, "effective_until": "2026-01-09T00:00:00Z", "recurrence": ["RRULE:FREQ=DAILY;INTERVAL=3"]`,
			members: []string{"A", "B"}, from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z",
			want: []string{"Mon 05 09:00 – Tue 06 21:00 A (R)", "Thu 08 09:00 – Fri 09 01:00 B (R)"},
		},
		"months": {
			fields:  office + `, "recurrence": ["RRULE:FREQ=MONTHLY"]`,
			members: []string{"A"}, from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z",
			notes: []string{"loss /rotations/0/events/0/recurrence/0 FREQ=MONTHLY is not understood, only daily rules and those for days of the week are, so the event is left out and nobody is on duty in it"},
		},
		"the first Monday": {
			fields:  office + `, "recurrence": ["RRULE:FREQ=MONTHLY;BYDAY=1MO"]`,
			members: []string{"A"}, from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z",
			notes: []string{"loss /rotations/0/events/0/recurrence/0 BYDAY=1MO is not understood, so the event is left out and nobody is on duty in it"},
		},
		"over before it takes effect": {
			fields:  `"start_time": "2026-01-05T08:00:00Z", "end_time": "2026-01-05T16:00:00Z", "effective_since": "2026-02-06T11:00:00Z", "recurrence": ["RRULE:FREQ=DAILY;COUNT=2"]`,
			members: []string{"A"}, from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z",
			notes: []string{"assumption /rotations/0/events/0 its last shift is over before it takes effect, so it is never on duty and left out"},
		},
		"until before the start": {
			fields:  office + `, "recurrence": ["RRULE:FREQ=DAILY;UNTIL=20250101T000000Z"]`,
			members: []string{"A"}, from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z",
			notes: []string{"assumption /rotations/0/events/0/recurrence it ends before the first shift, so the event is never on duty and left out"},
		},
		"ends before it takes effect": {
			fields:  office + `, "effective_until": "2026-01-05T08:00:00Z", "recurrence": ["RRULE:FREQ=DAILY"]`,
			members: []string{"A"}, from: "2026-01-01T00:00:00Z", to: "2026-02-01T00:00:00Z",
			notes: []string{"assumption /rotations/0/events/0 the event ends before it takes effect, so it is never on duty and left out"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := mustImport(t, pagerduty.ImportV3, test.options, event("Europe/Berlin", test.fields, test.members...))
			assert.ElementsMatch(t, test.want, shifts(t, r, test.from, test.to))
			assert.Equal(t, append([]string{}, test.notes...), importtest.Notes(r.Report))
		})
	}
}

func TestOverridesV3(t *testing.T) {
	t.Parallel()
	file := func(format string, args ...any) importers.File {
		return importers.File{Name: "more.json", Data: fmt.Appendf(nil, format, args...)}
	}
	override := func(of, from, to string) string {
		return fmt.Sprintf(`{"overrides": [{"id": "O", %s, "start_time": "2026-06-04T15:00:00Z", "end_time": "2026-06-05T15:00:00Z",
			"overridden_member": %s, "overriding_member": %s}]}`, of, from, to)
	}
	const empty, bo, dee, eve = `{"type": "empty_member"}`, `{"type": "user_member", "user_id": "PBBB"}`,
		`{"type": "user_member", "user_id": "PDDD"}`, `{"type": "user_member", "user_id": "PEEE"}`
	tests := map[string]struct {
		override string
		want     []string
	}{
		"by nobody": {override(`"rotation_id": "ROTDAYS"`, bo, empty), []string{"Thu 04 09:00 – Thu 04 10:00 PBBB (ROTDAYS)", "Thu 04 17:30 – Thu 04 21:00 PDDD (CUS1)"}},
		"of a custom shift": {override(`"custom_shift_id": "CUS1"`, dee, eve),
			[]string{"Thu 04 09:00 – Thu 04 17:30 PBBB (ROTDAYS)", "Thu 04 17:30 – Thu 04 21:00 PEEE (O)"}},
		"of somebody who is not on call": {override(`"rotation_id": "ROTDAYS"`, dee, eve),
			[]string{"Thu 04 09:00 – Thu 04 17:30 PBBB (ROTDAYS)", "Thu 04 17:30 – Thu 04 21:00 PDDD (CUS1)"}},
		"of an empty place": {override(`"rotation_id": "ROTDAYS"`, empty, eve),
			[]string{"Thu 04 09:00 – Thu 04 17:30 PBBB (ROTDAYS)", "Thu 04 10:00 – Fri 05 10:00 PEEE (O)", "Thu 04 17:30 – Thu 04 21:00 PDDD (CUS1)"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := mustImport(t, pagerduty.ImportV3, importers.Options{}, replace(t, "schedule-v3.json"), file("%s", test.override))
			assert.ElementsMatch(t, test.want, shifts(t, r, "2026-06-04T05:00:00Z", "2026-06-05T20:00:00Z"))
		})
	}
}

func TestImportV3Refuses(t *testing.T) {
	t.Parallel()
	const times = `"start_time": "2026-01-05T08:00:00Z", "end_time": "2026-01-05T16:00:00Z", "recurrence": `
	tests := map[string]struct {
		file importers.File
		want string
	}{
		"version 2":   {replace(t, "schedule.json"), "/schedule: want a schedule of version 3"},
		"no members":  {event("UTC", times+`[], "assignment_strategy": {"type": "every_member_assignment_strategy", "members": []}`), "/assignment_strategy/members: want at least one member"},
		"no strategy": {event("UTC", times+`[]`), "/assignment_strategy/type: want one of rotating_member_assignment_strategy"},
		"shifts per member": {event("UTC", times+`[], "assignment_strategy": {"type": "rotating_member_assignment_strategy", "shifts_per_member": 0, "members": []}`),
			"/assignment_strategy/shifts_per_member: want 1 to 100, not 0"},
		"a member": {event("UTC", times+`[], "assignment_strategy": {"type": "rotating_member_assignment_strategy", "members": [{"type": "team"}]}`),
			"/assignment_strategy/members/0/type: want one of user_member, empty_member"},
		"an end before the start": {event("UTC", `"start_time": "2026-01-05T08:00:00Z", "end_time": "2026-01-05T07:00:00Z", "recurrence": []`, "A"), "/end_time: want an instant after start_time"},
		"two rules":               {event("UTC", times+`["RRULE:FREQ=DAILY", "RRULE:FREQ=DAILY"]`, "A"), "/recurrence/1: want one RRULE at most"},
		"something else":          {event("UTC", times+`["DTSTART:20260101T000000Z"]`, "A"), "/recurrence/0: want RRULE, EXDATE or RDATE"},
		"an exception":            {event("UTC", times+`["EXDATE:tomorrow"]`, "A"), "/recurrence/0: want times such as"},
		"a zone of an exception":  {event("UTC", times+`["EXDATE;TZID=Mars:20260101T000000"]`, "A"), "/recurrence/0: want a time zone"},
		"a zone": {event("UTC", `"start_time": {"date_time": "2026-01-05T08:00:00Z", "time_zone": "Mars"}, "end_time": "2026-01-05T16:00:00Z", "recurrence": []`, "A"),
			"/start_time/time_zone: want a time zone"},
		"too many": {event("UTC", times+`["RRULE:FREQ=DAILY", "EXDATE:20260101T000000Z"], "effective_until": "9900-01-01T00:00:00Z"`, "A"), "want at most 1000000 shifts until 9900"},
		"an override of nothing by nobody": {replace(t, "schedule-v3.json", `"overridden_member": {"type": "user_member", "user_id": "PAAA"}`, `"overridden_member": {"type": "empty_member"}`,
			`"overriding_member": {"type": "user_member", "user_id": "PDDD"}`, `"overriding_member": {"type": "empty_member"}`), "/overrides/0: want an override with at least one member"},
		"an override of what": {replace(t, "schedule-v3.json", `"rotation_id": "ROTENDS",`, ""), "/overrides/0/rotation_id: want a text, not nothing"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := pagerduty.ImportV3(importers.Options{}, test.file)
			require.ErrorContains(t, err, test.want)
			var e *jsondoc.Error
			assert.ErrorAs(t, err, &e)
		})
	}
}

func TestAnswersWithoutRotationsAreReported(t *testing.T) {
	t.Parallel()
	for doc, path := range map[string]string{
		`{"schedules": [{"id": "S", "time_zone": "UTC"}]}`:                          "/schedules/0/rotations",
		`{"schedule": {"id": "S", "time_zone": "UTC", "rotations": [{"id": "R"}]}}`: "/schedule/rotations/0/events",
	} {
		r := mustImport(t, pagerduty.ImportV3, importers.Options{}, importers.File{Data: []byte(doc)})
		require.Len(t, r.Report, 1)
		assert.Equal(t, path, r.Report[0].Path)
		assert.Contains(t, r.Report[0].Text, "nobody is on call")
	}
}
