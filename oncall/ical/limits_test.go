package ical_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/oncall/ical"
)

// A calendar that is malformed as a whole is an error that names the line.
func TestImportRefuses(t *testing.T) {
	t.Parallel()
	const head = "BEGIN:VCALENDAR\r\n"
	for name, c := range map[string]struct{ data, want string }{
		"empty":                   {"", "ical: line 1: want BEGIN:VCALENDAR; the document is empty"},
		"blank":                   {"\r\n\n \n", "the document is empty"},
		"a web page":              {"<!DOCTYPE html>\n<html>", `ical: line 1: want a property such as DTSTART:20260105T090000Z, not "<!DOCTYPE html>"`},
		"binary":                  {head + "\x89PNG\x00\x01", "ical: line 2: want text in UTF-8; there is a zero byte"},
		"UTF-16":                  {"B\x00E\x00", "ical: line 1: want text in UTF-8"},
		"an event alone":          {"BEGIN:VEVENT\nEND:VEVENT", `ical: line 1: want BEGIN:VCALENDAR, not "BEGIN:VEVENT"`},
		"a property before":       {"VERSION:2.0\n" + head, `ical: line 1: want BEGIN:VCALENDAR, not "VERSION"`},
		"a property after":        {head + "END:VCALENDAR\nVERSION:2.0", `ical: line 3: want nothing after END:VCALENDAR, not "VERSION"`},
		"two calendars":           {head + "END:VCALENDAR\n" + head + "END:VCALENDAR", `ical: line 3: want nothing after END:VCALENDAR, not "BEGIN:VCALENDAR"`},
		"cut off":                 {head + "BEGIN:VEVENT\nUID:u", "ical: line 3: want END:VEVENT for the one begun at line 2; the document ends here"},
		"cut off, folded":         {head + "X-A:1\n 2\n 3\n", "ical: line 4: want END:VCALENDAR for the one begun at line 1; the document ends here"},
		"nested wrongly":          {head + "BEGIN:VEVENT\nEND:VCALENDAR", `ical: line 3: want END:VEVENT, not "END:VCALENDAR"`},
		"ended twice":             {head + "END:VCALENDAR\nEND:VEVENT", `ical: line 3: want nothing after END:VCALENDAR, not "END:VEVENT"`},
		"no name":                 {head + ":x", "ical: line 2: want a property"},
		"a component with spaces": {head + "BEGIN:V EVENT", `ical: line 2: want the name of a component, such as BEGIN:VEVENT, not "BEGIN:V EVENT"`},
		"after a fold":            {head + "X-A:1\n 2\n\nrubbish", "ical: line 5: want a property"},
		"not Gregorian":           {head + "CALSCALE:HEBREW\nEND:VCALENDAR", `ical: VCALENDAR/CALSCALE: want GREGORIAN, not "HEBREW"`},
		"too deep":                {head + strings.Repeat("BEGIN:X\n", 20), "ical: line 9: want components at most 8 deep"},
		"parameters":              {head + "BEGIN:VEVENT\nATTENDEE" + strings.Repeat(";A=B", 101) + ":x", "ical: line 3: VEVENT[0]/ATTENDEE: want at most 100 parameters"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := ical.Import(between(t, "2026-03-01", "2026-04-01"), []byte(c.data))
			var bad *ical.Error
			require.ErrorAs(t, err, &bad)
			require.NotErrorIs(t, err, ical.ErrLimit)
			assert.ErrorContains(t, err, c.want)
		})
	}
}

func TestImportLimits(t *testing.T) {
	t.Parallel()
	for limit, c := range map[string]struct {
		limits ical.Limits
		event  string
		want   string
	}{
		"MaxBytes":      {ical.Limits{MaxBytes: 100}, berlin, "ical: want a calendar of at most 100 bytes, not"},
		"MaxLine":       {ical.Limits{}, "DESCRIPTION:" + strings.Repeat("x", 1<<20), "ical: line 3: want a line of at most 262144 bytes"},
		"MaxLine, fold": {ical.Limits{MaxLine: 1000}, "X:" + strings.Repeat("x\n ", 1<<20), "ical: line 3: want a line of at most 1000 bytes"},
		"MaxComponents": {ical.Limits{MaxComponents: 3}, "BEGIN:A\nEND:A\nBEGIN:A\nEND:A", "ical: line 5: want at most 3 components"},
		"MaxEvents":     {ical.Limits{MaxEvents: 2}, "A:1\n--\nA:1\n--\nA:1", "ical: line 8: want at most 2 events"},
		"MaxOccurrences, of one event": {
			ical.Limits{MaxOccurrences: 20}, berlin + "\nRRULE:FREQ=DAILY",
			"ical: VEVENT[0]: want at most 20 shifts in the range",
		},
		"MaxOccurrences, together": {
			ical.Limits{MaxOccurrences: 20}, berlin + "\nRRULE:FREQ=DAILY;COUNT=15\n--\n" + strings.ReplaceAll(berlin, "UID:u", "UID:v") + "\nRRULE:FREQ=DAILY;COUNT=15",
			"ical: VEVENT[1]: want at most 20 shifts in the range",
		},
		"MaxOccurrences, of seconds": {ical.Limits{}, berlin + "\nRRULE:FREQ=SECONDLY", "ical: VEVENT[0]: want at most 20000 shifts in the range"},
		"MaxOccurrences, by hand": {
			ical.Limits{MaxOccurrences: 2}, berlin + "\nRDATE:20260324T080000Z,20260325T080000Z",
			"ical: VEVENT[0]: want at most 2 shifts in the range",
		},
		"oncall.MaxAtOnce": {
			ical.Limits{}, strings.ReplaceAll(berlin, "DTEND;TZID=Europe/Berlin:2026", "DTEND;TZID=Europe/Berlin:2027") + "\nRRULE:FREQ=DAILY;COUNT=101",
			"ical: want at most 100 shifts at any time, as at 2026-07-01T07:00:00Z",
		},
		"MaxSteps, of a rule that never comes": {
			ical.Limits{}, strings.ReplaceAll(berlin, "20260323", "19700101") + "\nRRULE:FREQ=MINUTELY;INTERVAL=2;BYMINUTE=1;COUNT=2147483647",
			"ical: VEVENT[0]/RRULE: want rules that take at most 2000000 steps to expand, or a shorter range",
		},
		"MaxSteps, of a time zone": {
			ical.Limits{MaxSteps: 100},
			strings.ReplaceAll(berlin, "Europe/Berlin", "Mine") + "\nEND:VEVENT\nBEGIN:VTIMEZONE\nTZID:Mine\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0000\n" +
				"TZOFFSETTO:+0100\nRRULE:FREQ=DAILY\nEND:STANDARD\nEND:VTIMEZONE\nBEGIN:VEVENT",
			"ical: VTIMEZONE[0]: want rules that take at most 100 steps",
		},
		"MaxSteps, to compare time zones": {
			ical.Limits{MaxSteps: 5},
			berlin + "\nEND:VEVENT\nBEGIN:VTIMEZONE\nTZID:Europe/Berlin\nBEGIN:STANDARD\nDTSTART:19700101T000000\nTZOFFSETFROM:+0100\n" +
				"TZOFFSETTO:+0100\nEND:STANDARD\nEND:VTIMEZONE\nBEGIN:VEVENT",
			"ical: VTIMEZONE[0]: want rules that take at most 5 steps",
		},
	} {
		t.Run(limit, func(t *testing.T) {
			t.Parallel()
			o := between(t, "2026-03-01", "2026-08-01")
			o.Limits = c.limits
			_, err := ical.Import(o, calendar(c.event))
			var bad *ical.Error
			require.ErrorAs(t, err, &bad)
			require.ErrorIs(t, err, ical.ErrLimit)
			name, _, _ := strings.Cut(limit, ",")
			assert.Equal(t, name, bad.Limit)
			assert.ErrorContains(t, err, c.want)
		})
	}
}

// Ten thousand events that all ask for much are refused or read, and do not take
// minutes.
func TestImportStorm(t *testing.T) {
	t.Parallel()
	var changes, zones bytes.Buffer
	changes.WriteString(berlin + "\nRRULE:FREQ=DAILY;COUNT=3000")
	for i := range 5000 {
		day := date(t, "2026-03-23").AddDate(0, 0, i).Format("20060102")
		fmt.Fprintf(&changes, "\n--\nUID:u\nSUMMARY:ben\nRECURRENCE-ID;RANGE=THISANDFUTURE:%s\nDTSTART:%sT%06dZ\nDURATION:PT1H", day, day, i%10*10000)
		fmt.Fprintf(&zones, "DTSTART;TZID=/x%d/Europe/Berlin:20260301T090000\nDURATION:PT1H\nSUMMARY:ana\nUID:%d\n--\n", i, i)
	}
	zones.WriteString(berlin)
	for _, event := range []string{changes.String(), zones.String()} {
		r := imported(t, between(t, "2026-03-01", "2027-03-01"), calendar(event))
		assert.NotEmpty(t, shifts(r))
	}
}

// What would take long is refused, not done.
func TestHostileCalendars(t *testing.T) {
	t.Parallel()
	event := func(lines string) []byte {
		return []byte("BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:a\r\nSUMMARY:x\r\nDURATION:PT1H\r\n" + lines + "END:VEVENT\r\nEND:VCALENDAR\r\n")
	}
	options := ical.Options{From: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)}

	_, err := ical.Import(options, event("DTSTART;TZID="+strings.Repeat("/A", 1<<16)+":20260105T090000\r\n"))
	require.NoError(t, err)

	var zones strings.Builder
	for i := range 10_001 {
		fmt.Fprintf(&zones, "EXDATE;TZID=Zone%d:20260101T000000\r\n", i)
	}
	_, err = ical.Import(options, event("DTSTART:20260105T090000Z\r\nRRULE:FREQ=DAILY\r\n"+zones.String()))
	require.ErrorIs(t, err, ical.ErrLimit)

	var days []string
	for n := 6; n <= 53; n++ {
		for _, d := range []string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"} {
			days = append(days, fmt.Sprintf("%d%s,-%d%s", n, d, n, d))
		}
	}
	_, err = ical.Import(options, event("DTSTART:00020101T000000Z\r\nRRULE:FREQ=MONTHLY;COUNT=2000000;BYDAY="+strings.Join(days, ",")+"\r\n"))
	require.ErrorIs(t, err, ical.ErrLimit)
}
