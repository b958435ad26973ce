package plan_test

import (
	"encoding"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/oncall"
	"github.com/incidentkit/incidentkit/plan"
)

func TestDuration(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]time.Duration{
		"0s":                       0,
		"5m":                       5 * time.Minute,
		"90m":                      90 * time.Minute,
		"1h30m":                    90 * time.Minute,
		"3d":                       72 * time.Hour,
		"1d1s":                     24*time.Hour + time.Second,
		"007h":                     7 * time.Hour,
		"99999d99999h99999m99999s": 99999 * (24*time.Hour + time.Hour + time.Minute + time.Second),
	} {
		var d plan.Duration
		require.NoError(t, d.UnmarshalText([]byte(text)), text)
		assert.Equal(t, want, time.Duration(d), text)
	}
	const want = `plan: want a duration such as "5m", "1h30m" or "3d"`
	for text, meant := range map[string]string{
		"": "", "m": "", "-5m": "", "+5m": "", "5m5m": "", "5ms": "", "100000s": "", "٥m": "", "five minutes": "", "5 and 6": "",
		"0.5s": "", "5 min 3 minutes": "", "m5": "", "1 month": "", "99999 weeks": "", "99999 days 24h": "", strings.Repeat("0", 60) + "5 m": "",
		"5 m": "5m", " 5m": "5m", "5m ": "5m", "5M": "5m", "5min": "5m", "5 minutes": "5m", "1.5h": "1h30m", "1.25 hrs": "1h15m", "1.1h": "1h6m",
		"5m1h": "1h5m", "1 hour, 30 mins": "1h30m", "1h 30m": "1h30m", "90 sec": "1m30s", "1w": "7d", "2 weeks 1 day": "15d",
		"5": "", "59": "", "60": "1m", "300": "5m", "0": "0s", "3.5": "",
	} {
		d := plan.Duration(7)
		err := d.UnmarshalText([]byte(text))
		assert.Equal(t, plan.Duration(7), d)
		if meant == "" {
			require.EqualError(t, err, want, text)
			continue
		}
		require.EqualError(t, err, fmt.Sprintf("%s; did you mean %q?", want, meant), text)
		require.NoError(t, d.UnmarshalText([]byte(meant)), "what is proposed is right")
	}
}

// A wait of 0s is said; none is left out.
func TestWait(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]plan.Wait{"0s": plan.AtOnce, "0m": plan.AtOnce, "5m": plan.Wait(5 * time.Minute), "1h30m": plan.Wait(90 * time.Minute)} {
		var w plan.Wait
		require.NoError(t, w.UnmarshalText([]byte(text)), text)
		assert.Equal(t, want, w, text)
		written, err := w.MarshalText()
		require.NoError(t, err)
		require.NoError(t, w.UnmarshalText(written))
		assert.Equal(t, want, w, text)
	}
	w := plan.Wait(7)
	require.EqualError(t, w.UnmarshalText([]byte("5 min")), `plan: want a duration such as "5m", "1h30m" or "3d"; did you mean "5m"?`)
	assert.Equal(t, plan.Wait(7), w)
	for _, wrong := range []plan.Wait{-2, 1, plan.Wait(-time.Minute), plan.Wait(100_000 * 24 * time.Hour)} {
		_, err := wrong.MarshalText()
		require.ErrorContains(t, err, "whole seconds, 0 to 99999 days")
	}

	doc, err := json.Marshal([]plan.Step{{Wait: plan.AtOnce}, {Wait: plan.Wait(time.Second)}, {}})
	require.NoError(t, err)
	assert.JSONEq(t, `[{"wait": "0s"}, {"wait": "1s"}, {}]`, string(doc))
}

func TestDurationRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		seconds := rapid.Int64Range(0, 99999*86400+86399).Draw(t, "seconds")
		want := plan.Duration(time.Duration(seconds) * time.Second)
		text, err := want.MarshalText()
		require.NoError(t, err)
		assert.Equal(t, want.String(), string(text))
		var got plan.Duration
		require.NoError(t, got.UnmarshalText(text))
		assert.Equal(t, want, got)
	})
}

func TestTurnRoundTrip(t *testing.T) {
	t.Parallel()
	for text, turn := range map[string]plan.Turn{
		"1 minute": {N: 1, Unit: oncall.Minutes}, "90 minutes": {N: 90, Unit: oncall.Minutes},
		"1 hour": {N: 1, Unit: oncall.Hours}, "8 hours": {N: 8, Unit: oncall.Hours},
		"1 day": {N: 1, Unit: oncall.Days}, "7 days": {N: 7, Unit: oncall.Days},
		"1 week": {N: 1, Unit: oncall.Weeks}, "520 weeks": {N: 520, Unit: oncall.Weeks},
		"1 month": {N: 1, Unit: oncall.Months}, "120 months": {N: 120, Unit: oncall.Months},
	} {
		written, err := turn.MarshalText()
		require.NoError(t, err)
		assert.Equal(t, text, string(written))
		var read plan.Turn
		require.NoError(t, read.UnmarshalText(written))
		assert.Equal(t, turn, read)
	}
	for text, meant := range map[string]string{
		"": "", "1": "", "7": "", "week": "", "+1 weeks": "", "-1 weeks": "", "0 weeks": "", "1 Month": "", "2 fortnights": "",
		"5000 weeks 1 day": "", "521w": "", "0h": "", "30s": "", "60s": "1 minute", "1.5 weeks": "252 hours", "1 day 12 hours": "36 hours",
		"1week": "1 week", " 1 week": "1 week", "1 week ": "1 week", "01 weeks": "1 week", "1 Week": "1 week", "2w": "2 weeks",
		"7d": "1 week", "14 Days": "2 weeks", "168h": "1 week", "24h": "1 day", "8h": "8 hours", "90m": "90 minutes", "1  day": "",
		"weekly": "1 week", "Daily": "1 day", "monthly": "1 month", "hourly ": "1 hour",
	} {
		want := `plan: want a turn such as "8 hours", "1 day", "2 weeks" or "1 month"`
		if meant != "" {
			want += fmt.Sprintf("; did you mean %q?", meant)
		}
		var turn plan.Turn
		require.EqualError(t, turn.UnmarshalText([]byte(text)), want, text)
		if meant != "" {
			require.NoError(t, turn.UnmarshalText([]byte(meant)), "what is proposed is right")
		}
	}
}

func TestTimeOfDayRoundTrip(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]plan.TimeOfDay{"09:00": "09:00", "00:00:00": "00:00", "23:59:59": "23:59:59"} {
		var read plan.TimeOfDay
		require.NoError(t, read.UnmarshalText([]byte(text)))
		assert.Equal(t, want, read)
	}
	for text, meant := range map[string]string{"": "", "9": "", "25:00": "", "9am": "", "9:00": "09:00", "24:00": "00:00", "09:60": ""} {
		want := `plan: want a time of day such as "09:00"`
		if meant != "" {
			want += fmt.Sprintf("; did you mean %q?", meant)
		}
		var read plan.TimeOfDay
		require.EqualError(t, read.UnmarshalText([]byte(text)), want, text)
	}
}

func TestWeekdayRoundTrip(t *testing.T) {
	t.Parallel()
	for day := range plan.Weekday(7) {
		text, err := day.MarshalText()
		require.NoError(t, err)
		assert.Equal(t, strings.ToLower(time.Weekday(day).String()[:3]), string(text))
		var read plan.Weekday
		require.NoError(t, read.UnmarshalText(text))
		assert.Equal(t, day, read)
		require.EqualError(t, read.UnmarshalText([]byte(time.Weekday(day).String())), fmt.Sprintf(`plan: want a day of the week such as "mon"; did you mean %q?`, text))
	}
}

func TestInstantRoundTrip(t *testing.T) {
	t.Parallel()
	for text, utc := range map[string]string{
		"2026-01-05T09:00:00Z":      "2026-01-05T09:00:00Z",
		"2026-01-05T09:00:00+00:00": "2026-01-05T09:00:00Z",
		"2026-01-05T10:00:00+01:00": "2026-01-05T09:00:00Z",
		"2026-01-05T10:00:59-11:30": "2026-01-05T21:30:59Z",
	} {
		var instant plan.Instant
		require.NoError(t, instant.UnmarshalText([]byte(text)))
		again, err := instant.MarshalText()
		require.NoError(t, err)
		assert.Equal(t, utc, string(again))
	}
	for _, text := range []string{"", "2026-01-05", "2026-01-05T09:00", "2026-01-05T09:00:00", "2026-01-05 09:00:00Z", "2026-01-05T9:00:00Z", "2026-01-05T09:00:00.0Z", "2026-01-05T09:00:00,5Z", "2026-02-29T09:00:00Z", "2026-01-05t09:00:00z", "2026-01-05T09:00:00+25:00", "2026-01-05T23:59:60Z", "0001-01-01T00:00:00Z"} {
		var instant plan.Instant
		require.EqualError(t, instant.UnmarshalText([]byte(text)), `plan: want an instant such as "2026-01-05T09:00:00Z" or "2026-01-05T10:00:00+01:00"`, text)
	}
}

func TestLocalTimeRoundTrip(t *testing.T) {
	t.Parallel()
	var local plan.LocalTime
	require.NoError(t, local.UnmarshalText([]byte("2026-01-05T09:00")))
	assert.Equal(t, plan.LocalTime(oncall.Local(2026, time.January, 5, 9, 0)), local)
	text, err := local.MarshalText()
	require.NoError(t, err)
	assert.Equal(t, "2026-01-05T09:00", string(text))
	require.NoError(t, local.UnmarshalText([]byte("2026-01-05T09:00:30")))
	assert.Equal(t, 30, local.Second)
	require.EqualError(t, local.UnmarshalText([]byte("2026-01-05")), `plan: want a date and time of day such as "2026-01-05T09:00"`)
}

// A Go program that writes a document is told what the format cannot hold.
func TestMarshalRefuses(t *testing.T) {
	t.Parallel()
	for want, value := range map[string]encoding.TextMarshaler{
		"whole seconds, 0 to 99999 days, not 500ms":          plan.Duration(500 * time.Millisecond),
		"whole seconds, 0 to 99999 days, not 1.5s":           plan.Duration(1500 * time.Millisecond),
		"whole seconds, 0 to 99999 days, not -1s":            plan.Duration(-time.Second),
		"whole seconds, 0 to 99999 days, not 2400000h0m0s":   plan.Duration(100_000 * 24 * time.Hour),
		"1 to 520 weeks, not 0":                              plan.Turn{Unit: oncall.Weeks},
		"1 to 520 weeks, not 521":                            plan.Turn{N: 521, Unit: oncall.Weeks},
		"1 to 5241600 minutes, not 5241601":                  plan.Turn{N: 5241601, Unit: oncall.Minutes},
		`minutes, hours, days, weeks or months, not "years"`: plan.Turn{N: 1, Unit: "years"},
		"a day of the week from 0 to 6, not 7":               plan.Weekday(7),
		"whole seconds, not 2026-01-05T09:00:00.5Z":          plan.Instant(time.Date(2026, 1, 5, 9, 0, 0, 5e8, time.UTC)),
		`a date and time of day such as "2026-01-05T09:00"`:  plan.LocalTime{},
		"Time.MarshalText: year outside of range [0,9999]":   plan.Instant(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)),
	} {
		_, err := value.MarshalText()
		require.ErrorContains(t, err, want)
		_, err = json.Marshal(value)
		require.Error(t, err)
	}
}
