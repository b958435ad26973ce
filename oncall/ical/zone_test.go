package ical_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/incidentkit/incidentkit/oncall/ical"
)

// vtimezone describes a zone that is an hour ahead of UTC, and two from April to
// September.
const vtimezone = `BEGIN:VTIMEZONE
TZID:%
BEGIN:STANDARD
DTSTART:16010101T020000
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
RRULE:FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=1
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:16010101T020000
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
RRULE:FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=1
END:DAYLIGHT
END:VTIMEZONE
`

// Which clock a VTIMEZONE stands for, for a shift from 09:00 to 17:00 on 30 March,
// 31 March, 1 April and 2 April 2026.
func TestImportTimeZones(t *testing.T) {
	t.Parallel()
	own := "20260330T0800 20260331T0800 20260401T0700 20260402T0700"
	utc := "20260330T0900 20260331T0900 20260401T0900 20260402T0900"
	inBerlin := "20260330T0700 20260331T0700 20260401T0700 20260402T0700"
	replace := func(pairs ...string) string { return strings.NewReplacer(pairs...).Replace(vtimezone) }
	for name, c := range map[string]struct {
		tzid, zone string
		want       string
		note       string
	}{
		"nobody else knows":   {"Mine", vtimezone, own, `assumption VTIMEZONE[0]: the time zone "Mine" is as the calendar describes it; nobody else knows the name`},
		"lies about its name": {"Europe/Berlin", vtimezone, inBerlin, "assumption VTIMEZONE[0]: it disagrees with the zone data on Europe/Berlin, at 2026-03-30T01:00:00+01:00 for example (2026-03-30T02:00:00+02:00 there): the zone data are followed"},
		"lies about the summer": {
			"W. Europe Standard Time", replace("TZOFFSETTO:+0200", "TZOFFSETTO:+0100", "TZOFFSETFROM:+0200", "TZOFFSETFROM:+0100"),
			inBerlin, "assumption VTIMEZONE[0]: it disagrees with the zone data on Europe/Berlin",
		},
		"tells where it is": {"Mine", replace("BEGIN:STANDARD", "X-LIC-LOCATION:Europe/Berlin\nBEGIN:STANDARD"), inBerlin, "assumption VTIMEZONE[0]: it disagrees with"},
		"is another one":    {"Mine", strings.ReplaceAll(vtimezone, "TZID:%", "TZID:Yours"), utc, `assumption VEVENT[0]/DTSTART;TZID: the time zone "Mine" is unknown`},
		"is quoted":         {`"(UTC+01:00) Somewhere: else"`, strings.ReplaceAll(vtimezone, "%", "(UTC+01:00) Somewhere: else"), own, "assumption VTIMEZONE[0]: the time zone"},
		"by dates": {
			"Mine", replace("RRULE:FREQ=YEARLY;BYMONTH=10;BYMONTHDAY=1", "RDATE:20251001T020000,20261001T020000", "RRULE:FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=1", "RDATE:20250401T020000\nRDATE:20260401T020000"),
			own, "assumption VTIMEZONE[0]: the time zone",
		},
		"has ended changing": {
			"Mine", replace("BYMONTH=10;BYMONTHDAY=1", "BYMONTH=10;BYMONTHDAY=1;UNTIL=16041001T000000Z", "BYMONTH=4;BYMONTHDAY=1", "BYMONTH=4;BYMONTHDAY=1;UNTIL=16040401T010000Z"),
			"20260330T0800 20260331T0800 20260401T0800 20260402T0800", "assumption VTIMEZONE[0]: the time zone",
		},
		"changes an hour late": {
			"Europe/Berlin", replace("BYMONTH=10;BYMONTHDAY=1", "BYMONTH=10;BYDAY=-1SU", "BYMONTH=4;BYMONTHDAY=1", "BYMONTH=3;BYDAY=-1SU", "0100\nTZOFFSETTO:+0200\nRRULE:FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=1", "0100\nTZOFFSETTO:+0200\nRDATE:20260329T030000\nRRULE:FREQ=YEARLY;COUNT=1"),
			inBerlin, "assumption VTIMEZONE[0]: it disagrees with the zone data on Europe/Berlin, at 2026-03-29T02:59:59+01:00 for example (2026-03-29T03:59:59+02:00 there)",
		},
		"offset of no use":   {"Mine", replace("TZOFFSETTO:+0100", "TZOFFSETTO:1"), utc, "assumption VTIMEZONE[0]/STANDARD[0]/TZOFFSETTO: want an offset from UTC such as +0100: its times are read in UTC"},
		"minutes of no use":  {"Mine", replace("TZOFFSETTO:+0100", "TZOFFSETTO:+0160"), utc, "assumption VTIMEZONE[0]/STANDARD[0]/TZOFFSETTO: want an offset"},
		"no use, but a name": {"Europe/Berlin", replace("TZOFFSETTO:+0100", "TZOFFSETTO:+2700"), inBerlin, "assumption VTIMEZONE[0]/STANDARD[0]/TZOFFSETTO: its times are read in Europe/Berlin"},
		"rule of no use":     {"Mine", replace("BYMONTH=4", "BYMONTH=40"), utc, "assumption VTIMEZONE[0]/DAYLIGHT[0]/RRULE: want"},
		"rule of hours":      {"Mine", replace("FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=1", "FREQ=HOURLY"), utc, "assumption VTIMEZONE[0]/DAYLIGHT[0]/RRULE: want clocks that change once a day at most"},
		"date of no use":     {"Mine", replace("RRULE:FREQ=YEARLY;BYMONTH=4;BYMONTHDAY=1", "RDATE:20250401"+"T020000,x"), utc, "assumption VTIMEZONE[0]/DAYLIGHT[0]/RDATE: want times"},
		"start of no use":    {"Mine", strings.Replace(vtimezone, "DTSTART:16010101T020000", "DTSTART:0", 1), utc, "assumption VTIMEZONE[0]/STANDARD[0]/DTSTART: want a time"},
		"offsets without end": {
			"Mine", strings.Replace(vtimezone, "BEGIN:STANDARD", manyOffsets(), 1), utc,
			"assumption VTIMEZONE[0]: want at most 200 offsets from UTC in one time zone",
		},
		"neither summer, winter": {"Mine", "BEGIN:VTIMEZONE\nTZID:Mine\nBEGIN:X\nEND:X\nEND:VTIMEZONE\n", utc, "assumption VTIMEZONE[0]: want at least one STANDARD or DAYLIGHT"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			event := "BEGIN:VEVENT\nUID:u\nSUMMARY:ana\nDTSTART;TZID=%:20260330T090000\nDURATION:PT8H\nRRULE:FREQ=DAILY;COUNT=4\nEND:VEVENT\n"
			data := "BEGIN:VCALENDAR\n" + strings.ReplaceAll(event, "%", c.tzid) + strings.ReplaceAll(c.zone, "%", c.tzid) + "END:VCALENDAR\n"
			if name == "is quoted" {
				data = strings.ReplaceAll(data, `TZID:"(UTC+01:00) Somewhere: else"`, "TZID:(UTC+01:00) Somewhere: else")
			}
			r := imported(t, between(t, "2026-03-01", "2026-05-01"), []byte(data))
			var starts []string
			for _, s := range shifts(r) {
				start, _, _ := strings.Cut(s, " ")
				starts = append(starts, start)
			}
			assert.Equal(t, c.want, strings.Join(starts, " "))
			notes(t, []string{c.note}, r)
		})
	}
}

// manyOffsets begins the last of 300 STANDARDs, of which no two agree.
func manyOffsets() string {
	var b strings.Builder
	for i := range 300 {
		fmt.Fprintf(&b, "BEGIN:STANDARD\nDTSTART:%d0101T000000\nTZOFFSETFROM:+0000\nTZOFFSETTO:+00%02d%02d\nEND:STANDARD\n", 1700+i, i/60, i%60)
	}
	return b.String() + "BEGIN:STANDARD"
}

// A VTIMEZONE that says the same as the zone data is not worth a note, and neither
// is one that nothing refers to.
func TestImportTruthfulTimeZone(t *testing.T) {
	t.Parallel()
	truth := strings.NewReplacer("%", "Europe/Berlin",
		"BYMONTH=10;BYMONTHDAY=1", "BYMONTH=10;BYDAY=-1SU", "BYMONTH=4;BYMONTHDAY=1", "BYMONTH=3;BYDAY=-1SU",
		"02:00", "02:00", "DTSTART:16010101T020000\nTZOFFSETFROM:+0200", "DTSTART:16010101T030000\nTZOFFSETFROM:+0200").Replace(vtimezone)
	data := "BEGIN:VCALENDAR\n" + truth + strings.ReplaceAll(vtimezone, "%", "Unused") + "BEGIN:VEVENT\n" + berlin + "\nEND:VEVENT\nEND:VCALENDAR"
	o := ical.Options{From: date(t, "2020-01-01"), To: date(t, "2029-01-01")}
	notes(t, nil, imported(t, o, []byte(data)))
}
