package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseTime(t *testing.T) {
	t.Parallel()
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	base := time.Date(2026, 3, 28, 2, 30, 15, 0, berlin) // the day before clocks go forward at 02:00
	for text, want := range map[string]string{
		"2026-01-05T09:00:00Z":      "2026-01-05T10:00:00+01:00",
		"2026-01-05T09:00:00-05:00": "2026-01-05T15:00:00+01:00",
		"2026-01-05T09:00:00.9Z":    "2026-01-05T10:00:00+01:00",
		"2026-01-05":                "2026-01-05T00:00:00+01:00",
		"2026-01-05T09:00":          "2026-01-05T09:00:00+01:00",
		"2026-01-05 09:00":          "2026-01-05T09:00:00+01:00",
		"2026-01-05T09:00:30":       "2026-01-05T09:00:30+01:00",
		"2026-01-05 09:00:30":       "2026-01-05T09:00:30+01:00",
		"2026-03-29T02:30":          "2026-03-29T03:00:00+02:00", // skipped
		"2026-10-25T02:30":          "2026-10-25T02:30:00+02:00", // the first of two
		"+1d":                       "2026-03-29T03:00:00+02:00",
		"+24h":                      "2026-03-29T03:30:15+02:00",
		"+2d":                       "2026-03-30T02:30:15+02:00",
		"-1w":                       "2026-03-21T02:30:15+01:00",
		"+1w2d3h30m":                "2026-04-06T06:00:15+02:00",
		"-12h":                      "2026-03-27T14:30:15+01:00",
	} {
		got, err := parseTime(text, base, berlin)
		require.NoError(t, err, text)
		assert.Equal(t, want, got.Format(time.RFC3339), text)
	}
	for _, text := range []string{"", "now", "7d", "+7", "+d", "+-7d", "+7y", "+100000w", "2026-1-5", "09:00", "2026-02-29", "2026-01-05T24:00", "0001-01-01", "10000-01-01"} {
		_, err := parseTime(text, base, berlin)
		assert.Error(t, err, text)
	}
}

func TestDefaultsOfTimes(t *testing.T) {
	t.Parallel()
	at := time.Date(2026, 3, 10, 11, 0, 0, 999, time.UTC)
	for name, test := range map[string]struct {
		flags        timeFlags
		at, from, to string
	}{
		"none":   {timeFlags{}, "2026-03-10T11:00:00Z", "2026-03-10T11:00:00Z", "2026-03-17T11:00:00Z"},
		"at":     {timeFlags{At: "2026-01-01"}, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z", "2026-01-08T00:00:00Z"},
		"from":   {timeFlags{From: "-1d"}, "2026-03-10T11:00:00Z", "2026-03-09T11:00:00Z", "2026-03-16T11:00:00Z"},
		"to":     {timeFlags{To: "2026-03-11"}, "2026-03-10T11:00:00Z", "2026-03-10T11:00:00Z", "2026-03-11T00:00:00Z"},
		"all of": {timeFlags{At: "+1h", From: "+1h", To: "+1h"}, "2026-03-10T12:00:00Z", "2026-03-10T13:00:00Z", "2026-03-10T14:00:00Z"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, err := test.flags.resolve(at, time.UTC)
			require.NoError(t, err)
			assert.Equal(t, []string{test.at, test.from, test.to}, []string{instant(m.at), instant(m.from), instant(m.to)})
			assert.Zero(t, m.at.Nanosecond()+m.from.Nanosecond()+m.to.Nanosecond())
		})
	}
}

// The zone of the schedule is known only after its document was read. A range that
// is empty in UTC need not be one there.
func TestRangeInTheZoneOfTheSchedule(t *testing.T) {
	t.Parallel()
	got := runCLI("shifts -f testdata/two-schedules.json --schedule secondary --from 2026-03-10T03:00:00Z --to 2026-03-10 -o json", "", nil)
	require.Equal(t, exitFine, got.code, got.stderr)
	assert.Contains(t, got.stdout, `"to": "2026-03-10T04:00:00Z"`)
}

func TestWiden(t *testing.T) {
	t.Parallel()
	at := func(text string) time.Time {
		parsed, err := time.Parse(time.RFC3339, text)
		require.NoError(t, err)
		return parsed
	}
	for _, test := range [][4]string{
		{"2026-03-10T00:00:00Z", "2026-03-11T00:00:00Z", "2026-03-09T00:00:00Z", "2026-03-12T00:00:00Z"},
		{"2026-03-11T00:00:00Z", "2026-03-10T00:00:00Z", "2026-03-09T00:00:00Z", "2026-03-12T00:00:00Z"},
		{"1970-01-01T00:00:00Z", "9999-12-31T00:00:00Z", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59Z"},
	} {
		from, to := widen(at(test[0]), at(test[1]))
		assert.Equal(t, test[2], instant(from))
		assert.Equal(t, test[3], instant(to))
	}
}
