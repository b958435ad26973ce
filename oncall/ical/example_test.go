package ical_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/oncall"
	"github.com/incidentkit/incidentkit/oncall/ical"
)

// A calendar that somebody keeps in Google Calendar says who is on call. Ana has
// the weekends until the end of March; Ben takes one for her.
func ExampleImport() {
	calendar := `BEGIN:VCALENDAR
VERSION:2.0
X-WR-CALNAME:Weekends
X-WR-TIMEZONE:Europe/Berlin
BEGIN:VEVENT
UID:1@example.com
SUMMARY:ana
DTSTART;TZID=Europe/Berlin:20260306T180000
DTEND;TZID=Europe/Berlin:20260309T090000
RRULE:FREQ=WEEKLY;UNTIL=20260331
END:VEVENT
BEGIN:VEVENT
UID:1@example.com
RECURRENCE-ID;TZID=Europe/Berlin:20260313T180000
SUMMARY:ben
DTSTART;TZID=Europe/Berlin:20260313T200000
DTEND;TZID=Europe/Berlin:20260316T090000
END:VEVENT
END:VCALENDAR
`
	result, err := ical.Import(ical.Options{
		From:       time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
		To:         time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC),
		ScheduleID: "weekends",
	}, []byte(calendar))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, shift := range result.Schedule.Rotations[0].Fixed {
		fmt.Println(shift.Start.Format("Jan _2 15:04 MST"), "to", shift.End.Format("Jan _2 15:04 MST"), shift.People)
	}
	for _, note := range result.Report {
		fmt.Printf("%s: %s: %s\n", note.Level, note.Path, note.Text)
	}
	// Output:
	// Mar  6 18:00 CET to Mar  9 09:00 CET [ana]
	// Mar 13 20:00 CET to Mar 16 09:00 CET [ben]
	// Mar 20 18:00 CET to Mar 23 09:00 CET [ana]
	// Mar 27 18:00 CET to Mar 30 09:00 CEST [ana]
	// assumption: VEVENT[0]/RRULE: UNTIL is a date, and DTSTART a time: shifts may start until that day ends in Europe/Berlin
	// assumption: VEVENT[0]/DTEND: the clocks change during the shift from 2026-03-27T18:00:00+01:00: it ends at its time on the wall clock, and not after its exact length
}

// What is wrong with a calendar as a whole is an error with the line.
func ExampleError() {
	_, err := ical.Import(ical.Options{
		From: time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC),
		To:   time.Date(2026, 5, 1, 0, 0, 0, 0, time.UTC),
	}, []byte("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:ana\n"))

	var bad *ical.Error
	fmt.Println(errors.As(err, &bad), errors.Is(err, ical.ErrLimit))
	fmt.Println(err)
	// Output:
	// true false
	// ical: line 3: want END:VEVENT for the one begun at line 2; the document ends here
}

// The first Monday of the month, at 09:00.
func ExampleParseRule() {
	rule, err := ical.ParseRule("FREQ=MONTHLY;BYDAY=1MO")
	if err != nil {
		fmt.Println(err)
		return
	}
	start := oncall.Local(2020, time.January, 6, 9, 0)
	for at, err := range rule.Times(start, oncall.Local(2026, time.March, 1, 0, 0), oncall.Local(2026, time.June, 1, 0, 0)) {
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(at)
	}
	_, err = ical.ParseRule("FREQ=MONTHLY;BYDAY=MONDAY")
	fmt.Println(err)
	// Output:
	// 2026-03-02T09:00
	// 2026-04-06T09:00
	// 2026-05-04T09:00
	// ical: RRULE: BYDAY: want days such as MO, 2TU or -1FR, not "MONDAY"
}

// A rule of the host's own: the part of the summary before the colon.
func ExamplePeopleOf() {
	people := func(e ical.Event) []string {
		if name, _, ok := strings.Cut(e.Summary, ":"); ok {
			return []string{name}
		}
		return ical.PeopleOf(e)
	}
	fmt.Println(people(ical.Event{Summary: "ana: primary"}))
	fmt.Println(people(ical.Event{Summary: "On Call - Ben Okafor - Checkout"}))
	// Output:
	// [ana]
	// [Ben Okafor]
}

// A person's shifts as a feed that calendar programs subscribe to. The shifts may
// come from a Rota.
func ExampleWrite() {
	monday := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	shifts := slices.Values([]oncall.Shift{
		{Start: monday, End: monday.AddDate(0, 0, 7), Person: "ana", Rotation: "weekly", Turn: 1},
	})
	var feed strings.Builder
	err := ical.Write(&feed, ical.ExportOptions{
		Schedule:   "primary",
		Name:       "Ana on call",
		Stamp:      monday,
		PersonName: func(string) string { return "Ana Silva" },
	}, shifts)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.ReplaceAll(feed.String(), "\r\n", "\n"))
	// Output:
	// BEGIN:VCALENDAR
	// VERSION:2.0
	// PRODID:-//incidentkit//oncall//EN
	// CALSCALE:GREGORIAN
	// METHOD:PUBLISH
	// NAME:Ana on call
	// X-WR-CALNAME:Ana on call
	// REFRESH-INTERVAL;VALUE=DURATION:PT3600S
	// X-PUBLISHED-TTL:PT3600S
	// BEGIN:VEVENT
	// UID:5083671803aff7fc984f3f7d5d58b403@incidentkit
	// DTSTAMP:20260105T080000Z
	// DTSTART:20260105T080000Z
	// DTEND:20260112T080000Z
	// SUMMARY:On call: Ana Silva
	// DESCRIPTION:rotation weekly\, turn 1
	// TRANSP:TRANSPARENT
	// X-INCIDENTKIT-PERSON:ana
	// END:VEVENT
	// END:VCALENDAR
}
