package ical_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/oncall"
	"github.com/incidentkit/incidentkit/oncall/ical"
)

// Whatever is imported gives a valid schedule within the range and the limits, or
// a typed error.
func FuzzImport(f *testing.F) {
	files, err := filepath.Glob("testdata/*.ics")
	require.NoError(f, err)
	require.NotEmpty(f, files)
	for _, name := range files {
		data, err := os.ReadFile(name)
		require.NoError(f, err)
		f.Add(data)
	}
	f.Add(calendar("DTSTART:20260101T000000Z", "RRULE:FREQ=SECONDLY;COUNT=2147483647", "DURATION:P99999999W", "UID:u"))
	o := ical.Options{
		From:   time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC),
		To:     time.Date(2027, 1, 1, 0, 0, 0, 0, time.UTC),
		Limits: ical.Limits{MaxOccurrences: 500, MaxSteps: 20_000},
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := ical.Import(o, data)
		if err != nil {
			var bad *ical.Error
			require.ErrorAs(t, err, &bad)
			require.NotEmpty(t, bad.Want)
			return
		}
		require.Empty(t, oncall.Validate(r.Schedule))
		for _, rotation := range r.Schedule.Rotations {
			require.LessOrEqual(t, len(rotation.Fixed), o.Limits.MaxOccurrences)
			for _, s := range rotation.Fixed {
				require.True(t, s.Start.Before(o.To) && s.End.After(o.From) && s.End.After(s.Start))
			}
		}
		for _, n := range r.Report {
			require.NotEmpty(t, n.Path)
			require.NotEmpty(t, n.Text)
		}
	})
}

// The times of a rule are in order, each once, within the range, and the same ones
// wherever the range begins.
func FuzzRule(f *testing.F) {
	for _, rule := range []string{
		"FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,FR;WKST=SU", "FREQ=MONTHLY;BYDAY=-1FR;BYSETPOS=1", "FREQ=YEARLY;BYWEEKNO=1,-1;COUNT=7",
		"FREQ=HOURLY;INTERVAL=5;BYMINUTE=0,30", "FREQ=YEARLY;BYYEARDAY=-366;UNTIL=20400101",
	} {
		f.Add(rule, int64(1_767_225_600), int64(86_400))
	}
	f.Fuzz(func(t *testing.T, text string, start, later int64) {
		rule, err := ical.ParseRule(text)
		if err != nil {
			var bad *ical.RuleError
			require.ErrorAs(t, err, &bad)
			return
		}
		first := oncall.LocalOf(time.Unix(start%4_000_000_000, 0).UTC())
		from := oncall.LocalOf(first.In(time.UTC).Add(time.Duration(later%100_000_000) * time.Second))
		to := oncall.Local(9999, time.December, 31, 0, 0)
		all, err := times(rule, first, first, to, 100)
		if err != nil && !errors.Is(err, ical.ErrSteps) {
			require.NoError(t, err)
		}
		for i, at := range all {
			require.True(t, at.Valid())
			require.False(t, at.In(time.UTC).Before(first.In(time.UTC)))
			require.True(t, i == 0 || all[i-1].In(time.UTC).Before(at.In(time.UTC)))
		}
		some, _ := times(rule, first, from, to, 1)
		for _, at := range all {
			if !at.In(time.UTC).Before(from.In(time.UTC)) {
				require.Equal(t, []oncall.LocalTime{at}, some)
				break
			}
		}
	})
}
