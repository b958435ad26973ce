package ical_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// payload is a calendar as some program writes it, and what it comes to.
type payload struct {
	file, from, to, zone string
	want                 []string
	notes                []string
}

// Calendars in the shapes of the programs that write them, with values of our own.
func TestPayloads(t *testing.T) {
	t.Parallel()
	testPayloads(t, "testdata", []payload{
		{
			file: "pagerduty-feed.ics", from: "2026-03-01", to: "2026-04-01",
			want:  []string{"20260301T2000 20260302T0800 ana@shop.example", "20260302T0800 20260303T0800 Ben Okafor"},
			notes: []string{"assumption VEVENT[1]: the shift of ana@shop.example from 2026-03-01T20:00:00Z is in VEVENT[0] too, and counts once"},
		},
		{
			file: "exchange-all-day.ics", from: "2026-03-20", to: "2026-05-01", zone: "Europe/Berlin",
			want: []string{"20260322T2300 20260323T2300 Ana", "20260326T2300 20260327T2300 Ben", "20260329T2200 20260330T2200 Ana", "20260401T2200 20260402T2200 Ana"},
			notes: []string{
				"assumption VEVENT[0]/RRULE: UNTIL is a time, and DTSTART a date: days may start until then, at midnight in Europe/Berlin",
				"assumption VEVENT[0]/TRANSP: the event is marked as free time (as is 1 more event)",
			},
		},
		{ // in UTC, 2 April begins after UNTIL
			file: "exchange-all-day.ics", from: "2026-03-27", to: "2026-05-01", zone: "UTC",
			want: []string{"20260327T0000 20260328T0000 Ben", "20260330T0000 20260331T0000 Ana"},
			notes: []string{
				"assumption VEVENT[0]/RRULE: UNTIL is a time",
				"assumption VEVENT[0]/TRANSP: the event is marked as free time",
			},
		},
		{
			file: "outlook-zones.ics", from: "2026-06-30", to: "2028-01-01",
			want: []string{
				"20260630T2300 20260701T0700 sydney", "20260701T1300 20260701T2100 quoted", "20260701T1600 20260702T0000 windows",
				"20271023T0700 20271023T1500 custom", "20271024T0800 20271024T1600 custom", "20271025T0800 20271025T1600 custom", // a week early
			},
			notes: []string{`assumption VTIMEZONE[0]: the time zone "Customized Time Zone" is as the calendar describes it`},
		},
		{
			file: "google-moved.ics", from: "2026-03-01", to: "2026-04-01",
			want: []string{
				"20260307T1700 20260307T1730 ben", "20260308T1600 20260308T1630 ben", "20260310T1630 20260310T1700 cleo@shop.example",
				"20260311T1600 20260311T1630 ben", "20260312T1600 20260312T1630 ben",
			},
			notes: []string{
				"assumption VEVENT[0]/ATTENDEE: dan@shop.example has declined, and is not taken to be on call",
				"assumption VEVENT[1]/RRULE: UNTIL is a date, and DTSTART a time: shifts may start until that day ends in America/Denver",
				`loss VEVENT[1]/EXDATE: want times at which the event starts, not "20260311T060000"`,
			},
		},
		{
			file: "thunderbird-overrides.ics", from: "2026-10-01", to: "2026-12-01",
			want: []string{
				"20261023T1700 20261023T2000 dora", "20261024T1500 20261024T2000 dora", "20261025T1800 20261025T2100 dora", "20261026T1800 20261026T2100 dora",
			},
			notes: []string{"assumption VEVENT[1]/DURATION: DTEND says something else, and counts"},
		},
		{
			file: "apple-history.ics", from: "2026-10-20", to: "2026-11-10", zone: "America/New_York",
			want:  []string{"20261026T1300 20261102T1400 finn", "20261031T0400 20261102T0500 eve", "20261102T1400 20261109T1400 finn", "20261109T1400 20261116T1400 finn"},
			notes: []string{"assumption VEVENT[1]/DTEND: the clocks change during the shift from 2026-11-02T09:00:00-05:00 (and 1 more)"},
		},
	})
}

// Calendars from the wild that lie beside the repository, where they do.
func TestSharedPayloads(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("..", "..", "..", "shared", "payloads", "icalendar")
	if _, err := os.Stat(dir); err != nil {
		dir = ""
	}
	testPayloads(t, dir, []payload{
		{
			file: "apple-icloud.ics", from: "2022-09-20", to: "2022-09-28", zone: "America/Los_Angeles",
			want: []string{
				"20220920T1600 20220920T1700 Daily", "20220920T1600 20220920T1800 Example", "20220921T1600 20220921T1700 Daily",
				"20220922T1600 20220922T1700 Daily", "20220922T1600 20220922T1700 bar", "20220923T1600 20220923T1700 Daily",
				"20220924T1600 20220924T1700 Daily", "20220925T1600 20220925T1700 Daily", "20220926T1600 20220926T1700 Daily",
				"20220927T1600 20220927T1700 New Event", "20220927T1600 20220927T1700 Daily",
			},
		},
		{
			file: "apple-icloud.ics", from: "2023-10-11", to: "2023-10-12",
			want:  []string{"20231011T0000 20231013T0000 Multi-day event", "20231011T1600 20231011T1700 Daily"},
			notes: []string{"assumption VEVENT[1]/DTSTART: the time is without a zone (as is 1 more time): it is read in UTC"},
		},
		{
			file: "exchange-all-day-moved-recurrence.ics", from: "2026-02-19", to: "2026-03-06", zone: "Europe/Berlin",
			want: []string{
				"20260218T2300 20260219T2300 Exchange Recurring Test", "20260223T2300 20260224T2300 Exchange Recurring Test",
				"20260226T2300 20260227T2300 Exchange Recurring Test", "20260302T2300 20260303T2300 Exchange Recurring Test",
				"20260304T2300 20260305T2300 Exchange Recurring Test",
			},
			notes: []string{"assumption VEVENT[0]/RRULE: UNTIL is a time, and DTSTART a date", "assumption VEVENT[0]/TRANSP: the event is marked as free time (as is 1 more event)"},
		},
		{ // the last one begins at UNTIL, in Berlin
			file: "exchange-all-day-moved-recurrence.ics", from: "2026-08-14", to: "2026-12-01", zone: "Europe/Berlin",
			want:  []string{"20260817T2200 20260818T2200 Exchange Recurring Test"},
			notes: []string{"assumption VEVENT[0]/RRULE: UNTIL is a time", "assumption VEVENT[0]/TRANSP: the event"},
		},
		{file: "exchange-pst-vtimezone.ics", from: "2017-02-01", to: "2017-03-01", want: []string{"20170224T2000 20170224T2030 Test 4"}},
		{
			file: "google-biweekly-exdate-until.ics", from: "2017-06-30", to: "2017-08-30",
			want: []string{
				"20170703T1400 20170704T0000 Example of comma-separated exdates", // 6 July is taken out,
				"20170731T1400 20170801T0000 Example of comma-separated exdates", // and 17 and 20 July, and 3 August
				"20170814T1400 20170815T0000 Example of exdate with bad times", "20170815T1400 20170816T0000 Example of exdate with bad times",
				"20170828T1400 20170829T0000 Example of exdate with bad times", "20170829T1400 20170830T0000 Example of exdate with bad times",
			},
		},
		{
			file: "google-biweekly-exdate-until.ics", from: "2017-12-10", to: "2017-12-30",
			want:  []string{"20171218T1400 20171219T0000 Example of exdate with bad times", "20171219T1400 20171220T0000 Example of exdate with bad times"},
			notes: []string{`loss VEVENT[1]/EXDATE: want times at which the event starts, not "20171219T060000", "20171218T060000": nothing is taken out for them`},
		},
		{
			file: "google-daily-los-angeles.ics", from: "2027-03-13", to: "2027-03-15",
			want: []string{"20270313T1300 20270313T1400 Every day recurring", "20270314T1200 20270314T1300 Every day recurring"},
		},
		{
			file: "google-dtstart-until-mismatch.ics", from: "2023-12-20", to: "2024-02-01",
			want:  []string{"20231221T1400 20231221T1500 Weekly Meeting (Google Calendar UNTIL mismatch)", "20231228T1400 20231228T1500 Weekly Meeting (Google Calendar UNTIL mismatch)"},
			notes: []string{"assumption VEVENT[0]/RRULE: UNTIL is a date, and DTSTART a time"},
		},
		{
			file: "google-recurrence-override-before-master.ics", from: "2026-02-01", to: "2026-03-01",
			want: []string{"20260210T1700 20260210T1730 TEST RECURR 3", "20260211T1730 20260211T1800 TEST RECURR 3 - MODIFIED", "20260212T1700 20260212T1730 TEST RECURR 3"},
		},
		{
			file: "google-single-change.ics", from: "2026-01-01", to: "2027-01-01",
			want: []string{"20260201T1500 20260201T1600 Initial Title", "20260202T1500 20260202T1600 Edited Title", "20260203T1500 20260203T1600 Initial Title"},
		},
		{file: "google-single-event-berlin.ics", from: "2024-09-01", to: "2024-10-01", want: []string{"20240929T1245 20240929T1345 Test Event"}},
		{
			file: "outlook-custom-timezone.ics", from: "2024-12-10", to: "2025-04-10",
			want: []string{ // 31 December and 25 February are taken out
				"20241217T1400 20241217T1500 Wstępna akceptacja", "20250114T1400 20250114T1500 Wstępna akceptacja", "20250128T1400 20250128T1500 Wstępna akceptacja",
				"20250211T1400 20250211T1500 Wstępna akceptacja", "20250311T1400 20250311T1500 Wstępna akceptacja", "20250325T1400 20250325T1500 Wstępna akceptacja",
				"20250408T1300 20250408T1400 Wstępna akceptacja",
			},
		},
		{file: "outlook-custom-timezone.ics", from: "2024-04-01", to: "2024-05-21", want: []string{"20240502T0900 20240502T1000 Zajęty"}},
		{
			file: "outlook-owa-quoted-tzid.ics", from: "2020-10-01", to: "2020-11-07",
			want: []string{
				"20201028T0230 20201028T0400 TEST Syd", "20201028T1730 20201028T1900 TEST", "20201102T1830 20201102T2000 TEST 3",
				"20201102T1830 20201102T2000 TEST2", "20201105T1830 20201105T2000 TEST2", "20201106T1830 20201106T2000 TEST2",
			},
			notes: []string{
				"assumption VEVENT[0]/UID: it is missing", "assumption VEVENT[1]/UID: it is missing", "assumption VEVENT[2]/UID: it is missing", "assumption VEVENT[3]/UID: it is missing",
				"assumption VEVENT[3]/DTSTART: it does not fit RRULE",
			},
		},
		{file: "outlook-windows-tzid-no-vtimezone.ics", from: "2024-04-01", to: "2024-05-01", want: []string{"20240426T1200 20240426T1300 Primary on-call"}},
		{
			file: "pagerduty-schedule-feed.ics", from: "2017-01-01", to: "2018-01-01",
			want:  []string{"20170122T2200 20170123T0800 responder.one@example.com"},
			notes: []string{"assumption VEVENT[1]: the shift of responder.one@example.com from 2017-01-22T22:00:00Z is in VEVENT[0] too, and counts once"},
		},
		{
			file: "thunderbird-daily-overrides-berlin.ics", from: "2019-11-08", to: "2019-12-01",
			want: []string{"20191108T1800 20191108T2100 test", "20191109T1600 20191109T2100 test", "20191110T1700 20191110T2100 test", "20191111T1800 20191111T2100 test"},
			notes: []string{
				"assumption VEVENT[1]/DURATION: DTEND says something else, and counts",
				"assumption VEVENT[2]/DURATION: DTEND says something else, and counts",
			},
		},
	})
}

// testPayloads imports each from a folder; "": there is none.
func testPayloads(t *testing.T, dir string, payloads []payload) {
	t.Helper()
	if dir == "" {
		return
	}
	for _, p := range payloads {
		t.Run(p.file+" "+p.from, func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(filepath.Join(dir, p.file))
			require.NoError(t, err)
			o := between(t, p.from, p.to)
			o.Zone = p.zone
			r := imported(t, o, data)
			assert.Equal(t, p.want, shifts(r))
			notes(t, p.notes, r)
		})
	}
}
