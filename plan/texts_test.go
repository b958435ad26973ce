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
	for n, want := range map[int]string{1: "1 week", 2: "2 weeks", 520: "520 weeks"} {
		text, err := plan.Turn{N: n, Unit: oncall.Weeks}.MarshalText()
		require.NoError(t, err)
		assert.Equal(t, want, string(text))
		var turn plan.Turn
		require.NoError(t, turn.UnmarshalText(text))
		assert.Equal(t, plan.Turn{N: n, Unit: oncall.Weeks}, turn)
	}
	for text, meant := range map[string]string{
		"": "", "1": "", "7": "", "week": "", "weekly": "", "1  week": "", "+1 weeks": "", "-1 weeks": "", "0 weeks": "", "1 day": "",
		"24h": "", "1.5 weeks": "", "8 days": "", "1 month": "", "5000 weeks 1 day": "", "521w": "",
		"1week": "1 week", " 1 week": "1 week", "1 week ": "1 week", "01 weeks": "1 week", "1 Week": "1 week", "2w": "2 weeks",
		"7d": "1 week", "7 days": "1 week", "14 Days": "2 weeks", "168h": "1 week",
	} {
		want := `plan: want a turn of whole weeks, the only unit that this version knows, such as "1 week" or "2 weeks"`
		if meant != "" {
			want += fmt.Sprintf("; did you mean %q?", meant)
		}
		var turn plan.Turn
		require.EqualError(t, turn.UnmarshalText([]byte(text)), want, text)
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
	for _, text := range []string{"", "2026-01-05", "2026-01-05T09:00", "2026-01-05T09:00:00", "2026-01-05 09:00:00Z", "2026-01-05T9:00:00Z", "2026-01-05T09:00:00.0Z", "2026-01-05T09:00:00,5Z", "2026-02-29T09:00:00Z", "2026-01-05t09:00:00z", "2026-01-05T09:00:00+25:00", "2026-01-05T23:59:60Z"} {
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
	require.EqualError(t, local.UnmarshalText([]byte("2026-01-05")), `plan: want a date and time of day such as "2026-01-05T09:00"`)
}

// A Go program that writes a document is told what the format cannot hold.
func TestMarshalRefuses(t *testing.T) {
	t.Parallel()
	for want, value := range map[string]encoding.TextMarshaler{
		"whole seconds, 0 to 99999 days, not 500ms":         plan.Duration(500 * time.Millisecond),
		"whole seconds, 0 to 99999 days, not 1.5s":          plan.Duration(1500 * time.Millisecond),
		"whole seconds, 0 to 99999 days, not -1s":           plan.Duration(-time.Second),
		"whole seconds, 0 to 99999 days, not 2400000h0m0s":  plan.Duration(100_000 * 24 * time.Hour),
		"1 to 520 weeks, not 0 weeks":                       plan.Turn{Unit: oncall.Weeks},
		"1 to 520 weeks, not 521 weeks":                     plan.Turn{N: 521, Unit: oncall.Weeks},
		"1 to 520 weeks, not 1 days":                        plan.Turn{N: 1, Unit: "days"},
		"whole seconds, not 2026-01-05T09:00:00.5Z":         plan.Instant(time.Date(2026, 1, 5, 9, 0, 0, 5e8, time.UTC)),
		`a date and time of day such as "2026-01-05T09:00"`: plan.LocalTime{},
		"Time.MarshalText: year outside of range [0,9999]":  plan.Instant(time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC)),
	} {
		_, err := value.MarshalText()
		require.ErrorContains(t, err, want)
		_, err = json.Marshal(value)
		require.Error(t, err)
	}
}
