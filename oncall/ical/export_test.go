package ical_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/oncall"
	"github.com/incidentkit/incidentkit/oncall/ical"
)

var stamp = time.Date(2026, 1, 5, 12, 0, 0, 999, time.UTC)

// written exports shifts.
func written(t require.TestingT, o ical.ExportOptions, shifts ...oncall.Shift) string {
	var b bytes.Buffer
	require.NoError(t, ical.Write(&b, o, slices.Values(shifts)))
	return b.String()
}

func TestWrite(t *testing.T) {
	t.Parallel()
	at := date(t, "2026-01-05").Add(9 * time.Hour)
	got := written(t, ical.ExportOptions{
		Schedule:   "primary",
		Name:       "Primary; \"Zürich\", all\r\nof it\x01",
		Zone:       "Europe/Zurich",
		Stamp:      stamp,
		Refresh:    30 * time.Minute,
		PersonName: strings.ToUpper,
		Gaps: slices.Values([]oncall.Gap{
			{Start: at.Add(10 * time.Hour), End: at.Add(11 * time.Hour)},
			{Start: at.Add(12 * time.Hour), End: at.Add(13 * time.Hour), Intended: true, Reason: "holiday"},
		}),
	}, oncall.Shift{Start: at.In(time.FixedZone("", 3600)), End: at.Add(8 * time.Hour), Person: "ana", Rotation: "weekly", Turn: 12})
	want := []string{
		"BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//incidentkit//oncall//EN", "CALSCALE:GREGORIAN", "METHOD:PUBLISH",
		`NAME:Primary\; "Zürich"\, all\nof it `, `X-WR-CALNAME:Primary\; "Zürich"\, all\nof it `, "X-WR-TIMEZONE:Europe/Zurich",
		"REFRESH-INTERVAL;VALUE=DURATION:PT1800S", "X-PUBLISHED-TTL:PT1800S",
		"BEGIN:VEVENT", "UID:", "DTSTAMP:20260105T120000Z", "DTSTART:20260105T090000Z", "DTEND:20260105T170000Z",
		"SUMMARY:On call: ANA", `DESCRIPTION:rotation weekly\, turn 12`, "TRANSP:TRANSPARENT", "X-INCIDENTKIT-PERSON:ana", "END:VEVENT",
		"BEGIN:VEVENT", "UID:", "DTSTAMP:20260105T120000Z", "DTSTART:20260105T190000Z", "DTEND:20260105T200000Z",
		"SUMMARY:Nobody on call", "TRANSP:TRANSPARENT", "X-INCIDENTKIT-PERSON:", "END:VEVENT",
		"BEGIN:VEVENT", "UID:", "DTSTAMP:20260105T120000Z", "DTSTART:20260105T210000Z", "DTEND:20260105T220000Z",
		`SUMMARY:Nobody on call\, as intended`, "DESCRIPTION:holiday", "TRANSP:TRANSPARENT", "X-INCIDENTKIT-PERSON:", "END:VEVENT",
		"END:VCALENDAR", "",
	}
	lines := strings.Split(got, "\r\n")
	for i, line := range lines {
		if uid, ok := strings.CutPrefix(line, "UID:"); ok {
			assert.Regexp(t, "^[0-9a-f]{32}@incidentkit$", uid)
			lines[i] = "UID:"
		}
	}
	assert.Equal(t, want, lines)
}

// Lines are folded at 75 octets, never within a character, and unfold to what they
// were.
func TestWriteFolds(t *testing.T) {
	t.Parallel()
	for i := range 8 {
		name := strings.Repeat("x", i) + strings.Repeat("ü€😀", 60)
		got := written(t, ical.ExportOptions{Name: name, Stamp: stamp})
		for line := range strings.SplitSeq(got, "\r\n") {
			assert.LessOrEqual(t, len(line), 75)
			assert.True(t, utf8.ValidString(line), "%q", line)
		}
		assert.Contains(t, strings.ReplaceAll(got, "\r\n ", ""), "X-WR-CALNAME:"+name+"\r\n")
	}
}

// The same shift has the same UID whatever else is in the feed; any other has
// another.
func TestWriteUIDs(t *testing.T) {
	t.Parallel()
	at := date(t, "2026-01-05")
	shift := oncall.Shift{Start: at, End: at.Add(time.Hour), Person: "ana", Rotation: "weekly"}
	uids := func(schedule string, shifts ...oncall.Shift) (uids []string) {
		for line := range strings.SplitSeq(written(t, ical.ExportOptions{Schedule: schedule, Stamp: stamp}, shifts...), "\r\n") {
			if uid, ok := strings.CutPrefix(line, "UID:"); ok {
				uids = append(uids, uid)
			}
		}
		return uids
	}
	longer, later, person, rotation, shifted := shift, shift, shift, shift, shift
	longer.End = longer.End.Add(time.Hour)
	later.Start = later.Start.Add(time.Minute)
	person.Person = "ben"
	rotation.Rotation = "nights"
	shifted.Rotation, shifted.Person = "weekl", "yana"

	first := uids("s", shift)
	assert.Equal(t, first, uids("s", longer))
	all := slices.Concat(first, uids("t", shift), uids("s", later), uids("s", person), uids("s", rotation), uids("s", shifted), uids("s", shift, shift)[1:])
	slices.Sort(all)
	assert.Len(t, slices.Compact(all), 7)
}

func TestWriteRefuses(t *testing.T) {
	t.Parallel()
	at := date(t, "2026-01-05")
	good := oncall.Shift{Start: at, End: at.Add(time.Hour), Person: "ana"}
	for field, change := range map[string]func(*ical.ExportOptions, *oncall.Shift){
		"stamp":            func(o *ical.ExportOptions, _ *oncall.Shift) { o.Stamp = time.Time{} },
		"zone":             func(o *ical.ExportOptions, _ *oncall.Shift) { o.Zone = "Mars" },
		"refresh":          func(o *ical.ExportOptions, _ *oncall.Shift) { o.Refresh = -time.Hour },
		"shifts[1].start":  func(_ *ical.ExportOptions, s *oncall.Shift) { s.Start = s.Start.Add(time.Millisecond) },
		"shifts[1].end":    func(_ *ical.ExportOptions, s *oncall.Shift) { s.End = s.Start },
		"shifts[1].person": func(_ *ical.ExportOptions, s *oncall.Shift) { s.Person = "a\nb" },
		"gaps[0].end": func(o *ical.ExportOptions, _ *oncall.Shift) {
			o.Gaps = slices.Values([]oncall.Gap{{Start: at, End: at.AddDate(9000, 0, 0)}})
		},
	} {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			o, s := ical.ExportOptions{Stamp: stamp}, good
			change(&o, &s)
			err := ical.Write(&bytes.Buffer{}, o, slices.Values([]oncall.Shift{good, s}))
			var bad *oncall.FieldError
			require.ErrorAs(t, err, &bad)
			assert.Equal(t, field, bad.Field)
		})
	}
}

type fullDisk struct{ room int }

var errFull = errors.New("no space left")

func (d *fullDisk) Write(p []byte) (int, error) {
	if d.room -= len(p); d.room < 0 {
		return 0, errFull
	}
	return len(p), nil
}

func TestWriteReportsTheWriter(t *testing.T) {
	t.Parallel()
	at := date(t, "2026-01-05")
	one := slices.Values([]oncall.Shift{{Start: at, End: at.Add(time.Hour), Person: "ana"}})
	whole := len(written(t, ical.ExportOptions{Stamp: stamp}, slices.Collect(one)...))
	for _, room := range []int{0, whole / 2, whole - 1} {
		require.ErrorIs(t, ical.Write(&fullDisk{room: room}, ical.ExportOptions{Stamp: stamp}, one), errFull)
	}
}

// The way through all of it: a calendar, its schedule, who is on call, and a feed
// that reads back as the same schedule.
func TestFromCalendarToFeed(t *testing.T) {
	t.Parallel()
	o := between(t, "2026-03-01", "2026-04-01")
	o.Zone = "Europe/Berlin"
	first := imported(t, o, calendar(berlin, "RRULE:FREQ=DAILY;COUNT=3", "--", strings.NewReplacer("UID:u", "UID:v", "ana", "ben", "T17", "T13").Replace(berlin)))
	rota, err := oncall.Compile(first.Schedule)
	require.NoError(t, err)
	shift, err := rota.At(date(t, "2026-03-24").Add(12 * time.Hour))
	require.NoError(t, err)
	assert.Equal(t, "ana", shift.Person)

	var feed bytes.Buffer
	require.NoError(t, ical.Write(&feed, ical.ExportOptions{Schedule: "calendar", Zone: o.Zone, Stamp: stamp, Gaps: rota.Gaps(o.From, o.To)}, rota.Shifts(o.From, o.To)))
	again := imported(t, o, feed.Bytes())
	assert.Equal(t, []string{
		"20260323T0800 20260323T1200 ben", "20260323T0800 20260323T1600 ana", "20260324T0800 20260324T1600 ana", "20260325T0800 20260325T1600 ana",
	}, shifts(again))
	assert.Equal(t, shifts(first), shifts(again))
}

// What is written is read back: the same people at the same instants.
func TestRoundTrip(t *testing.T) {
	t.Parallel()
	person := rapid.OneOf(rapid.SampledFrom([]string{"ana", "Ben; the, 2nd", `back\slash\n`, " ", "名前", strings.Repeat("ü", 100), `"q": x`}), rapid.StringMatching(`\PC{1,90}`))
	rapid.Check(t, func(t *rapid.T) {
		at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		o := ical.Options{From: at, ScheduleID: "s", Zone: rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "America/St_Johns"}).Draw(t, "zone")}
		people := rapid.SliceOfN(person, 1, 5).Draw(t, "people")
		type duty struct {
			start, end int64
			person     string
		}
		var shifts []oncall.Shift
		var want []duty
		for range rapid.IntRange(0, 30).Draw(t, "shifts") {
			end := at.Add(time.Duration(rapid.IntRange(1, 1_000_000).Draw(t, "seconds")) * time.Second)
			s := oncall.Shift{Start: at, End: end, Person: rapid.SampledFrom(people).Draw(t, "person"), Rotation: rapid.SampledFrom([]string{"", "r"}).Draw(t, "rotation")}
			shifts = append(shifts, s)
			if d := (duty{s.Start.Unix(), s.End.Unix(), s.Person}); !slices.Contains(want, d) {
				want = append(want, d)
			}
			if rapid.Bool().Draw(t, "next") {
				at = end
			}
		}
		o.To = at.AddDate(1, 0, 0)
		out := written(t, ical.ExportOptions{Schedule: "s", Name: "n", Zone: o.Zone, Stamp: stamp}, shifts...)
		require.Equal(t, out, written(t, ical.ExportOptions{Schedule: "s", Name: "n", Zone: o.Zone, Stamp: stamp}, shifts...))

		r := imported(t, o, []byte(out))
		require.Equal(t, o.Zone, r.Schedule.Zone)
		require.Equal(t, "n", r.Schedule.Name)
		var got []duty
		for _, rotation := range r.Schedule.Rotations {
			for _, f := range rotation.Fixed {
				for _, p := range f.People {
					got = append(got, duty{f.Start.Unix(), f.End.Unix(), p})
				}
			}
		}
		require.ElementsMatch(t, want, got)
		for _, n := range r.Report {
			require.Equal(t, oncall.Assumption, n.Level, n.Text)
		}
	})
}
