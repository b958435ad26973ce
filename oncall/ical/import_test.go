package ical_test

import (
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/oncall"
	"github.com/incidentkit/incidentkit/oncall/ical"
)

const berlin = "DTSTART;TZID=Europe/Berlin:20260323T090000\nDTEND;TZID=Europe/Berlin:20260323T170000\nUID:u\nSUMMARY:ana"

// One event, or a few, and what becomes of them between 23 and 30 March 2026, in
// Berlin unless a zone is given. The clocks there go forward on the 29th.
func TestImportEvents(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		event string
		zone  string // "-": none
		want  []string
		notes []string
	}{
		"once":        {event: berlin, want: []string{"20260323T0800 20260323T1600 ana"}},
		"quoted TZID": {event: strings.ReplaceAll(berlin, "Europe/Berlin", `"Europe/Berlin"`), want: []string{"20260323T0800 20260323T1600 ana"}},
		"TZID after a prefix": {
			event: strings.ReplaceAll(berlin, "Europe/Berlin", "/freeassociation.sourceforge.net/Tzfile/Europe/Berlin"),
			want:  []string{"20260323T0800 20260323T1600 ana"},
		},
		"lower case, odd spaces, TZID and Z": {
			event: "dtstart;tzid=Europe/Berlin: 20260323T080000z \ndtend:20260323T160000Z\nuid:u\nsummary: ana ",
			want:  []string{"20260323T0800 20260323T1600 ana"},
		},
		"unknown TZID": {
			event: strings.ReplaceAll(berlin, "Europe/Berlin", "Mars/Base"), zone: "Asia/Tokyo",
			want:  []string{"20260323T0000 20260323T0800 ana"},
			notes: []string{`assumption VEVENT[0]/DTSTART;TZID: the time zone "Mars/Base" is unknown, and the calendar does not describe it: its times are read in Asia/Tokyo`},
		},
		"floating, in the zone given": {
			event: "DTSTART:20260323T090000\nDTEND:20260323T170000\nUID:u\nSUMMARY:ana",
			want:  []string{"20260323T0800 20260323T1600 ana"},
		},
		"floating, in no zone": {
			event: "DTSTART:20260323T090000\nDTEND:20260323T170000\nUID:u\nSUMMARY:ana", zone: "-",
			want:  []string{"20260323T0900 20260323T1700 ana"},
			notes: []string{"assumption VEVENT[0]/DTSTART: it is read in UTC"},
		},
		"day without an end":      {event: "DTSTART;VALUE=DATE:20260329\nUID:u\nSUMMARY:ana", want: []string{"20260328T2300 20260329T2200 ana"}},
		"days, VALUE forgotten":   {event: "DTSTART:20260324\nDTEND:20260326\nUID:u\nSUMMARY:ana", want: []string{"20260323T2300 20260325T2300 ana"}},
		"DTEND before DTSTART":    {event: "DTEND:20260323T160000Z\nDTSTART:20260323T080000Z\nUID:u\nSUMMARY:ana", want: []string{"20260323T0800 20260323T1600 ana"}},
		"DURATION in days":        {event: "DTSTART;TZID=Europe/Berlin:20260328T090000\nDURATION:P1DT1H\nUID:u\nSUMMARY:ana", want: []string{"20260328T0800 20260329T0800 ana"}},
		"DURATION in hours":       {event: "DTSTART;TZID=Europe/Berlin:20260328T090000\nDURATION:+PT24H\nUID:u\nSUMMARY:ana", want: []string{"20260328T0800 20260329T0800 ana"}},
		"DURATION in weeks":       {event: "DTSTART:20260322T090000Z\nDURATION:P1W\nUID:u\nSUMMARY:ana", want: []string{"20260322T0900 20260329T0900 ana"}},
		"DTEND and same DURATION": {event: berlin + "\nDURATION:PT8H", want: []string{"20260323T0800 20260323T1600 ana"}},
		"DTEND and DURATION": {
			event: berlin + "\nDURATION:PT0S",
			want:  []string{"20260323T0800 20260323T1600 ana"},
			notes: []string{"assumption VEVENT[0]/DURATION: DTEND says something else, and counts"},
		},
		"starts in one zone, ends in another": {
			event: "DTSTART;TZID=Europe/Berlin:20260323T090000\nDTEND;TZID=America/New_York:20260323T090000\nRRULE:FREQ=DAILY;COUNT=2\nUID:u\nSUMMARY:ana",
			want:  []string{"20260323T0800 20260323T1300 ana", "20260324T0800 20260324T1300 ana"},
		},
		"starts where the clocks skip": {
			event: "DTSTART;TZID=Europe/Berlin:20260329T023000\nDTEND;TZID=Europe/Berlin:20260329T043000\nUID:u\nSUMMARY:ana",
			want:  []string{"20260329T0100 20260329T0230 ana"},
		},
		"swallowed where the clocks skip": {
			event: "DTSTART;TZID=Europe/Berlin:20260328T020000\nDTEND;TZID=Europe/Berlin:20260328T030000\nRRULE:FREQ=DAILY;COUNT=3\nUID:u\nSUMMARY:ana",
			want:  []string{"20260328T0100 20260328T0200 ana", "20260330T0000 20260330T0100 ana"}[:1],
			notes: []string{"loss VEVENT[0]: the shift from 2026-03-29T03:00:00+02:00 is left out"},
		},
		"a night that is an hour shorter": {
			event: "DTSTART;TZID=Europe/Berlin:20260327T200000\nDTEND;TZID=Europe/Berlin:20260328T080000\nRRULE:FREQ=DAILY;COUNT=2\nUID:u\nSUMMARY:ana",
			want:  []string{"20260327T1900 20260328T0700 ana", "20260328T1900 20260329T0600 ana"},
			notes: []string{"assumption VEVENT[0]/DTEND: the clocks change during the shift from 2026-03-28T20:00:00+01:00: it ends at its time on the wall clock"},
		},
		"long ago": {
			event: "DTSTART;TZID=Europe/Berlin:19900326T090000\nDTEND;TZID=Europe/Berlin:19900402T090000\nRRULE:FREQ=WEEKLY;INTERVAL=2\nUID:u\nSUMMARY:ana",
			want:  []string{"20260323T0800 20260330T0700 ana"},
			notes: []string{"assumption VEVENT[0]/DTEND: the clocks change during the shift from 2026-03-23T09:00:00+01:00: it ends"},
		},
		"reaches into the range": {
			event: "DTSTART:20260101T000000Z\nDURATION:P90D\nUID:u\nSUMMARY:ana",
			want:  []string{"20260101T0000 20260401T0000 ana"},
		},
		"touches nothing": {event: "DTSTART:20260330T000000Z\nDURATION:PT1H\nUID:u\nSUMMARY:ana\n--\nDTSTART:20260322T230000Z\nDURATION:PT1H\nUID:v\nSUMMARY:ana", want: nil},
		"DTSTART off the rule": {
			event: berlin + "\nRRULE:FREQ=WEEKLY;BYDAY=TU,TH;COUNT=3",
			want:  []string{"20260323T0800 20260323T1600 ana", "20260324T0800 20260324T1600 ana", "20260326T0800 20260326T1600 ana"},
			notes: []string{"assumption VEVENT[0]/DTSTART: it does not fit RRULE: it counts as the first occurrence all the same"},
		},
		"DTSTART off the rule, once": {
			event: berlin + "\nRRULE:FREQ=WEEKLY;BYDAY=TU,TH;COUNT=1",
			want:  []string{"20260323T0800 20260323T1600 ana"},
			notes: []string{"assumption VEVENT[0]/DTSTART: it does not fit RRULE"},
		},
		"UNTIL is the last start": {
			event: berlin + "\nRRULE:FREQ=DAILY;UNTIL=20260324T080000Z",
			want:  []string{"20260323T0800 20260323T1600 ana", "20260324T0800 20260324T1600 ana"},
		},
		"UNTIL is a second short": {event: berlin + "\nRRULE:FREQ=DAILY;UNTIL=20260324T075959Z", want: []string{"20260323T0800 20260323T1600 ana"}},
		"UNTIL is a date": {
			event: berlin + "\nRRULE:FREQ=DAILY;UNTIL=20260324",
			want:  []string{"20260323T0800 20260323T1600 ana", "20260324T0800 20260324T1600 ana"},
			notes: []string{"assumption VEVENT[0]/RRULE: UNTIL is a date, and DTSTART a time: shifts may start until that day ends in Europe/Berlin"},
		},
		"EXDATE of every kind": {
			event: berlin + "\nRRULE:FREQ=DAILY;COUNT=7\nEXDATE;TZID=Europe/Berlin:20260324T090000,20260325T090000\n" +
				"EXDATE:20260326T080000Z\nEXDATE;VALUE=DATE:20260327\nEXDATE:20260328T090000",
			want: []string{"20260323T0800 20260323T1600 ana", "20260329T0700 20260329T1500 ana"},
		},
		"EXDATE that is wrong": {
			event: berlin + "\nRRULE:FREQ=DAILY;COUNT=2\nEXDATE:20260324T060000,soon,20270101T060000,later,never,no\nEXDATE;X",
			want:  []string{"20260323T0800 20260323T1600 ana", "20260324T0800 20260324T1600 ana"},
			notes: []string{
				`loss VEVENT[0]/EXDATE: want parameters and a value such as ;TZID=Europe/Berlin:20260105T090000: the dates stay in`,
				`loss VEVENT[0]/EXDATE: want times such as 20260105T090000Z, not "soon", "later", "never" and 1 more: nothing is taken out for them`,
				`loss VEVENT[0]/EXDATE: want times at which the event starts, not "20260324T060000"`,
			},
		},
		"RDATE": {
			event: berlin + "\nRDATE;TZID=Europe/Berlin:20260325T120000,20260323T090000\nRDATE;VALUE=PERIOD:20260326T080000Z/20260326T090000Z,20260327T080000Z/PT2H,x,20260327T080000Z/y",
			want: []string{
				"20260323T0800 20260323T1600 ana", "20260325T1100 20260325T1900 ana",
				"20260326T0800 20260326T0900 ana", "20260327T0800 20260327T1000 ana",
			},
			notes: []string{`loss VEVENT[0]/RDATE: not "x", "20260327T080000Z/y"`},
		},
		"RDATE instead of the rule": {
			event: berlin + "\nRRULE:FREQ=DAILY;COUNT=2\nRDATE;VALUE=PERIOD:20260324T080000Z/PT1H,20260323T080000Z/PT2H\nRDATE;X",
			want:  []string{"20260323T0800 20260323T1000 ana", "20260324T0800 20260324T0900 ana"},
			notes: []string{"loss VEVENT[0]/RDATE: want parameters and a value"},
		},
		"hours, of which the clocks skip one": {
			event: "DTSTART;TZID=Europe/Berlin:20260329T000000\nDTEND;TZID=Europe/Berlin:20260329T010000\nRRULE:FREQ=HOURLY;COUNT=4\nUID:u\nSUMMARY:ana",
			want:  []string{"20260328T2300 20260329T0000 ana", "20260329T0000 20260329T0100 ana", "20260329T0100 20260329T0200 ana"},
			notes: []string{"loss VEVENT[0]: the shift from 2026-03-29T03:00:00+02:00 is left out"},
		},
		"days without one, named in UTC": {
			event: "DTSTART;VALUE=DATE:20260324\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE:20260324T230000Z\nUID:u\nSUMMARY:ana",
			want:  []string{"20260323T2300 20260324T2300 ana", "20260325T2300 20260326T2300 ana"},
		},
		"versions of a change": {
			event: berlin + "\nRRULE:FREQ=DAILY;COUNT=2\n--\nUID:u\nRECURRENCE-ID:20260323T080000Z\nDTSTART:20260323T180000Z\nDURATION:PT1H\nSUMMARY:ben\nSEQUENCE:3" +
				"\n--\nUID:u\nRECURRENCE-ID;TZID=Europe/Berlin:20260323T090000\nDTSTART:20260323T190000Z\nDURATION:PT1H\nSUMMARY:cleo\nSEQUENCE:1",
			want:  []string{"20260323T1800 20260323T1900 ben", "20260324T0800 20260324T1600 ana"},
			notes: []string{"loss VEVENT[2]: VEVENT[1] is a newer version"},
		},
		"versions of a change without its master": {
			event: "UID:u\nRECURRENCE-ID:20260324T080000Z\nDTSTART:20260324T180000Z\nDURATION:PT1H\nSUMMARY:ben\n--\nUID:u\nRECURRENCE-ID:20260324T080000Z\nSTATUS:CANCELLED\nSEQUENCE:1",
			want:  nil,
			notes: []string{"loss VEVENT[0]: VEVENT[1] is a newer version"},
		},
		"a leap second, and the attendee of no use": {
			event: "DTSTART:20260323T085960Z\nDTEND:20260323T100000Z\nUID:u\nATTENDEE;X\nSUMMARY:ana",
			want:  []string{"20260323T0859 20260323T1000 ana"},
			notes: []string{"loss VEVENT[0]/ATTENDEE: who is invited there is not on call"},
		},
		"RECURRENCE-ID in UTC, by day, cancelled, and of nothing": {
			event: berlin + "\nRRULE:FREQ=DAILY;COUNT=4\n--\nUID:u\nRECURRENCE-ID:20260323T080000Z\nDTSTART:20260323T180000Z\nDURATION:PT1H\nSUMMARY:ben" +
				"\n--\nUID:u\nRECURRENCE-ID;VALUE=DATE:20260324\nDTSTART:20260324T180000Z\nDURATION:PT1H\nSUMMARY:cleo" +
				"\n--\nUID:u\nRECURRENCE-ID;TZID=Europe/Berlin:20260325T090000\nSTATUS:CANCELLED" +
				"\n--\nUID:u\nRECURRENCE-ID;TZID=Europe/Berlin:20260325T100000\nSTATUS:CANCELLED" +
				"\n--\nUID:u\nRECURRENCE-ID:20260326T100000Z\nDTSTART:20260326T180000Z\nDURATION:PT1H\nSUMMARY:dora",
			want: []string{"20260323T1800 20260323T1900 ben", "20260324T1800 20260324T1900 cleo", "20260326T0800 20260326T1600 ana", "20260326T1800 20260326T1900 dora"},
			notes: []string{
				"loss VEVENT[4]/RECURRENCE-ID: want a time at which VEVENT[0] starts: nothing is cancelled",
				"assumption VEVENT[5]/RECURRENCE-ID: VEVENT[0] does not start then: the event stands for itself",
			},
		},
		"moved out of the range, and into it": {
			event: berlin + "\nRRULE:FREQ=DAILY;COUNT=2\n--\nUID:u\nRECURRENCE-ID:20260323T080000Z\nDTSTART:20260401T180000Z\nDURATION:PT1H\nSUMMARY:ben" +
				"\n--\nDTSTART:20260501T080000Z\nDURATION:PT1H\nUID:w\nSUMMARY:cleo\nRRULE:FREQ=DAILY" +
				"\n--\nUID:w\nRECURRENCE-ID:20260502T080000Z\nDTSTART:20260325T080000Z\nDURATION:PT1H\nSUMMARY:cleo",
			want: []string{"20260324T0800 20260324T1600 ana", "20260325T0800 20260325T0900 cleo"},
		},
		"THISANDFUTURE": {
			event: berlin + "\nRRULE:FREQ=DAILY;COUNT=6\n--\nUID:u\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260325T080000Z\n" +
				"DTSTART;TZID=Europe/Berlin:20260325T110000\nDTEND;TZID=Europe/Berlin:20260325T130000\nSUMMARY:ben" +
				"\n--\nUID:u\nRECURRENCE-ID;RANGE=THISANDFUTURE;TZID=Europe/Berlin:20260327T090000\nSTATUS:CANCELLED",
			want: []string{"20260323T0800 20260323T1600 ana", "20260324T0800 20260324T1600 ana", "20260325T1000 20260325T1200 ben", "20260326T1000 20260326T1200 ben"},
		},
		"RANGE of another kind, RRULE in a change": {
			event: berlin + "\nRRULE:FREQ=DAILY;COUNT=2\n--\nUID:u\nRECURRENCE-ID;RANGE=THISANDPRIOR:20260324T080000Z\nDTSTART:20260324T180000Z\nDURATION:PT1H\nSUMMARY:ben\nRRULE:FREQ=DAILY",
			want:  []string{"20260323T0800 20260323T1600 ana", "20260324T1800 20260324T1900 ben"},
			notes: []string{`loss VEVENT[1]/RECURRENCE-ID;RANGE: want THISANDFUTURE, not "THISANDPRIOR"`, "loss VEVENT[1]/RRULE: it is not followed"},
		},
		"a change without its master": {
			event: "UID:u\nRECURRENCE-ID:20260324T080000Z\nDTSTART:20260324T180000Z\nDURATION:PT1H\nSUMMARY:ben\n--\nRECURRENCE-ID:20260324T080000Z\nDTSTART:20260325T180000Z\nDURATION:PT1H\nSUMMARY:cleo",
			want:  []string{"20260324T1800 20260324T1900 ben", "20260325T1800 20260325T1900 cleo"},
			notes: []string{
				"assumption VEVENT[1]/UID: it is missing",
				"assumption VEVENT[0]/RECURRENCE-ID: it stands for itself", "assumption VEVENT[1]/RECURRENCE-ID: it stands for itself",
			},
		},
		"SEQUENCE": {
			event: berlin + "\nSEQUENCE:2\n--\n" + strings.ReplaceAll(berlin, "ana", "ben") + "\nSEQUENCE:10\n--\n" + strings.ReplaceAll(berlin, "ana", "cleo") + "\nSEQUENCE:x",
			want:  []string{"20260323T0800 20260323T1600 ben"},
			notes: []string{
				`assumption VEVENT[2]/SEQUENCE: want a number, not "x"`,
				"loss VEVENT[0]: VEVENT[1] is a newer version", "loss VEVENT[2]: VEVENT[1] is a newer version",
			},
		},
		"the later change counts, then the later in the document": {
			event: berlin + "\nDTSTAMP:20260103T000000Z\n--\n" + strings.ReplaceAll(berlin, "ana", "ben") + "\nDTSTAMP:20260102T000000Z\n--\n" +
				strings.ReplaceAll(berlin, "ana", "cleo") + "\nLAST-MODIFIED:20260103T000000Z",
			want:  []string{"20260323T0800 20260323T1600 cleo"},
			notes: []string{"loss VEVENT[1]: VEVENT[0] is a newer", "loss VEVENT[0]: VEVENT[2] is a newer"},
		},
		"cancelled": {event: berlin + "\nSTATUS:CANCELLED", want: nil},
		"cancelled with its changes": {
			event: berlin + "\nSTATUS:CANCELLED\n--\nUID:u\nRECURRENCE-ID:20260323T080000Z\nDTSTART:20260324T180000Z\nDURATION:PT1H\nSUMMARY:ben",
			want:  nil,
			notes: []string{"loss VEVENT[1]: VEVENT[0], which it changes, is cancelled"},
		},
		"two people at once are both on call": {
			event: berlin + "\n--\n" + strings.NewReplacer("ana", "ben", "UID:u", "UID:v").Replace(berlin),
			want:  []string{"20260323T0800 20260323T1600 ana", "20260323T0800 20260323T1600 ben"},
		},
		"one person twice at once counts once": {
			event: berlin + "\n--\n" + strings.ReplaceAll(berlin, "UID:u", "UID:v\nATTENDEE:mailto:ana\nATTENDEE:MAILTO:ben@shop.example"),
			want:  []string{"20260323T0800 20260323T1600 ana", "20260323T0800 20260323T1600 ben@shop.example"},
			notes: []string{"assumption VEVENT[1]: the shift of ana from 2026-03-23T09:00:00+01:00 is in VEVENT[0] too, and counts once"},
		},
		"free time": {
			event: berlin + "\nTRANSP:TRANSPARENT\n--\n" + strings.NewReplacer("UID:u", "UID:v\nTRANSP:transparent", "ana", "ben").Replace(berlin),
			want:  []string{"20260323T0800 20260323T1600 ana", "20260323T0800 20260323T1600 ben"},
			notes: []string{"assumption VEVENT[0]/TRANSP: the event is marked as free time (as is 1 more event): it is a shift all the same"},
		},
		"two DTSTART, two RRULE": {
			event: berlin + "\nDTSTART:x\nRRULE:FREQ=DAILY;COUNT=1\nRRULE:x\nEXRULE:FREQ=DAILY",
			want:  []string{"20260323T0800 20260323T1600 ana"},
			notes: []string{
				"loss VEVENT[0]/DTSTART: want it once, not 2 times: only the first counts",
				"loss VEVENT[0]/EXRULE: what it takes out stays in", "loss VEVENT[0]/RRULE: want it once",
			},
		},
		"name in the summary":     {event: strings.ReplaceAll(berlin, "ana", "On Call - Ana Silva - Shop - Primary"), want: []string{"20260323T0800 20260323T1600 Ana Silva"}},
		"no name in the summary":  {event: strings.ReplaceAll(berlin, "ana", "On Call -  - Shop"), want: []string{"20260323T0800 20260323T1600 On Call -  - Shop"}},
		"attendee without a mail": {event: berlin + "\nATTENDEE;CN=Ana:invalid:nomail\nATTENDEE;EMAIL=ben@shop.example;CN=Ben:urn:uuid:1\nATTENDEE:ben@shop.example", want: []string{"20260323T0800 20260323T1600 Ana+ben@shop.example"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			o := between(t, "2026-03-23", "2026-03-30")
			switch c.zone {
			case "":
				o.Zone = "Europe/Berlin"
			case "-":
			default:
				o.Zone = c.zone
			}
			r := imported(t, o, calendar(strings.Split(c.event, "\n")...))
			assert.Equal(t, c.want, shifts(r))
			notes(t, c.notes, r)
		})
	}
}

// What is wrong with one event leaves out that event, and says so.
func TestImportLeavesOut(t *testing.T) {
	t.Parallel()
	for event, note := range map[string]string{
		"UID:u\nSUMMARY:ana":                                                   "loss VEVENT[0]/DTSTART: want it; it is missing: the event is left out",
		"DTSTART:20260230T090000Z\nUID:u\nSUMMARY:ana":                         "loss VEVENT[0]/DTSTART: want a date or a time",
		"DTSTART;TZID:20260323T090000Z\nUID:u\nSUMMARY:ana":                    "loss VEVENT[0]/DTSTART: want parameters and a value",
		"DTSTART:20260323T090000Z\nUID:u\nSUMMARY:ana":                         "loss VEVENT[0]: want an end (DTEND or DURATION) after the start",
		"DTSTART:20260323T090000Z\nDURATION:PT0S\nUID:u\nSUMMARY:ana":          "loss VEVENT[0]: want an end",
		"DTSTART:20260323T090000Z\nDTEND:20260323T080000Z\nUID:u\nSUMMARY:ana": "loss VEVENT[0]: want an end",
		"DTSTART:20260323T090000Z\nDTEND:soon\nUID:u\nSUMMARY:ana":             "loss VEVENT[0]/DTEND: want a date or a time",
		"DTSTART:20260323T090000Z\nDURATION:-PT5M\nUID:u\nSUMMARY:ana":         `loss VEVENT[0]/DURATION: want a duration such as P1W or PT12H, not "-PT5M"`,
		"DTSTART:20260323T090000Z\nDURATION:PT5\nUID:u\nSUMMARY:ana":           "loss VEVENT[0]/DURATION: want a duration",
		"DTSTART:20260323T090000Z\nDURATION:P1D1W\nUID:u\nSUMMARY:ana":         "loss VEVENT[0]/DURATION: want a duration",
		"DTSTART:20260323T090000Z\nDURATION:PT\nUID:u\nSUMMARY:ana":            "loss VEVENT[0]/DURATION: want a duration",
		"DTSTART:20260323T090000Z\nDURATION:PT1H\nUID:u":                       "loss VEVENT[0]: want 1 to 100 people in ATTENDEE or SUMMARY, not 0",
		"DTSTART:99991231T090000Z\nDURATION:P1D\nUID:u\nSUMMARY:ana":           "loss VEVENT[0]: want an end",
		"DTSTART:19691231T090000Z\nDURATION:P30000D\nUID:u\nSUMMARY:ana":       "loss VEVENT[0]: the shift from 1969-12-31T09:00:00Z is left out: want one in the years 1970 to 9999",
		berlin + "\nRRULE;X":                                                                          "loss VEVENT[0]/RRULE: want parameters and a value",
		berlin + "\nDURATION;X":                                                                       "loss VEVENT[0]/DURATION: want parameters and a value",
		berlin + "\nRECURRENCE-ID;X":                                                                  "loss VEVENT[0]/RECURRENCE-ID: want parameters and a value",
		berlin + "\nRECURRENCE-ID:x":                                                                  "loss VEVENT[0]/RECURRENCE-ID: want a date or a time",
		"DTSTART:20260323T090000Z\nDTEND;X\nUID:u\nSUMMARY:ana":                                       "loss VEVENT[0]/DTEND: want parameters and a value",
		"DTSTART:20260323T090000Z\nDURATION:PT99999999999H\nUID:u\nSUMMARY:ana":                       "loss VEVENT[0]/DURATION: want a duration",
		berlin + "\nRRULE:FREQ=DAILY;INTERVAL=0":                                                      `loss VEVENT[0]/RRULE: want INTERVAL: a number from 1 to 2147483647, not "0": the event is left out`,
		berlin + "\nRRULE:FREQ=DAILY;COUNT=2147483648":                                                "loss VEVENT[0]/RRULE: want COUNT: a number",
		"DTSTART:20260323\nRRULE:FREQ=HOURLY\nUID:u\nSUMMARY:ana":                                     "loss VEVENT[0]/RRULE: want a rule of days or longer for an event of whole days",
		"DTSTART:20260323T090000Z\nDTEND:20260323T160000Z\nUID:u\nX-INCIDENTKIT-PERSON:\nSUMMARY:gap": "",
	} {
		t.Run(event, func(t *testing.T) {
			t.Parallel()
			o := between(t, "2026-03-23", "2026-03-30")
			o.Zone = "Europe/Berlin"
			r := imported(t, o, calendar(event))
			assert.Empty(t, r.Schedule.Rotations)
			if note == "" {
				assert.Empty(t, r.Report)
				return
			}
			notes(t, []string{note}, r)
		})
	}
}

// What the calendar says about itself.
func TestImportCalendar(t *testing.T) {
	t.Parallel()
	const event = "BEGIN:VEVENT\nDTSTART:20260323T090000\nDURATION:PT1H\nUID:u\nSUMMARY:ana\nEND:VEVENT\n"
	for head, c := range map[string]struct{ want, zone, note string }{
		"X-WR-TIMEZONE:America/New_York":                 {"20260323T1300 20260323T1400 ana", "America/New_York", "assumption VEVENT[0]/DTSTART: it is read in America/New_York"},
		"X-WR-TIMEZONE:Tokyo Standard Time":              {"20260323T0000 20260323T0100 ana", "Asia/Tokyo", "assumption VEVENT[0]/DTSTART: it is read in Asia/Tokyo"},
		"X-WR-TIMEZONE:Mars":                             {"20260323T0900 20260323T1000 ana", "UTC", `assumption VCALENDAR/X-WR-TIMEZONE: the time zone "Mars" is unknown: UTC stands for it`},
		"METHOD:CANCEL":                                  {"", "UTC", "assumption VCALENDAR/METHOD: the calendar cancels its events"},
		"METHOD:REPLY":                                   {"20260323T0900 20260323T1000 ana", "UTC", "assumption VCALENDAR/METHOD: REPLY is a message about a calendar"},
		"BEGIN:VTODO\nEND:VTODO\nBEGIN:VTODO\nEND:VTODO": {"20260323T0900 20260323T1000 ana", "UTC", "loss VTODO[0]: want VEVENT: only events are shifts, and the 2 of VTODO are not read"},
	} {
		t.Run(head, func(t *testing.T) {
			t.Parallel()
			r := imported(t, between(t, "2026-03-20", "2026-03-30"), []byte("\ufeffBEGIN:VCALENDAR\r\nNAME: Shop \r\n"+head+"\n\n"+event+"END:VCALENDAR"))
			assert.Equal(t, c.want, strings.Join(shifts(r), "\n"))
			assert.Equal(t, c.zone, r.Schedule.Zone)
			assert.Equal(t, "Shop", r.Schedule.Name)
			assert.Equal(t, "calendar", r.Schedule.ID)
			require.NotEmpty(t, r.Report)
			r.Report = r.Report[:1]
			notes(t, []string{c.note}, r)
		})
	}
}

// Who is on call may be told by the host.
func TestImportPeople(t *testing.T) {
	t.Parallel()
	o := between(t, "2026-03-20", "2026-03-30")
	o.ScheduleID = "shop"
	o.People = func(e ical.Event) []string {
		return append([]string{e.UID, e.Summary, e.Description, e.Location}, e.Attendees...)
	}
	r := imported(t, o, calendar(berlin, `DESCRIPTION:a\, b\nc`, "LOCATION:home", "ATTENDEE:mailto:ana@shop.example", "ATTENDEE:mailto:ana@shop.example"))
	assert.Equal(t, "shop", r.Schedule.ID)
	assert.Equal(t, []string{"u", "ana", "a, b\nc", "home", "ana@shop.example"}, r.Schedule.Rotations[0].Fixed[0].People)
	assert.Equal(t, "u", r.Schedule.Rotations[0].Fixed[0].ID)

	o.People = func(ical.Event) []string { return []string{"ana", ""} }
	notes(t, []string{"loss VEVENT[0]: want 1 to 100 people in ATTENDEE or SUMMARY, not 2 or a nameless one"}, imported(t, o, calendar(berlin)))
}

func TestImportOptions(t *testing.T) {
	t.Parallel()
	good := between(t, "2026-03-20", "2026-03-30")
	for field, change := range map[string]func(*ical.Options){
		"from":                  func(o *ical.Options) { o.From = time.Time{} },
		"to":                    func(o *ical.Options) { o.To = o.From },
		"zone":                  func(o *ical.Options) { o.Zone = "Local" },
		"limits.max_bytes":      func(o *ical.Options) { o.Limits.MaxBytes = 1 << 40 },
		"limits.max_line":       func(o *ical.Options) { o.Limits.MaxLine = -1 },
		"limits.max_components": func(o *ical.Options) { o.Limits.MaxComponents = -1 },
		"limits.max_events":     func(o *ical.Options) { o.Limits.MaxEvents = -1 },
		"limits.max_steps":      func(o *ical.Options) { o.Limits.MaxSteps = -1 },
		"limits.max_occurrences": func(o *ical.Options) {
			o.Limits.MaxOccurrences = oncall.MaxFixed + 1
		},
	} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			o := good
			change(&o)
			_, err := ical.Import(o, calendar(berlin))
			var bad *oncall.FieldError
			require.ErrorAs(t, err, &bad)
			assert.Equal(t, field, bad.Field)
		})
	}
}
