package plan_test

import (
	"encoding"
	"encoding/json"
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
	for _, text := range []string{"", "5", "m", "5 m", " 5m", "5m ", "1.5h", "-5m", "+5m", "5m1h", "5m5m", "1w", "5M", "5ms", "100000s", "٥m"} {
		d := plan.Duration(7)
		err := d.UnmarshalText([]byte(text))
		require.EqualError(t, err, `plan: want a duration such as "5m", "1h30m" or "3d"`, text)
		assert.Equal(t, plan.Duration(7), d)
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
	for _, text := range []string{"", "1", "week", "1week", "1  week", " 1 week", "1 week ", "01 weeks", "+1 weeks", "-1 weeks", "0 weeks", "1 Week", "1 day", "1.5 weeks"} {
		var turn plan.Turn
		require.EqualError(t, turn.UnmarshalText([]byte(text)), `plan: want a turn such as "1 week" or "2 weeks"`, text)
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
