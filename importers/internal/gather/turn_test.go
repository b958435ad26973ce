package gather_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/oncall"
)

func TestLastHandoff(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		at, zone string
		handoff  oncall.TimeOfDay
		days     oncall.Weekdays
		want     oncall.LocalTime
	}{
		"today":         {"2026-03-04T12:00:00Z", "UTC", oncall.Clock(10, 0), 0, oncall.Local(2026, 3, 4, 10, 0)},
		"at the moment": {"2026-03-04T10:00:00Z", "UTC", oncall.Clock(10, 0), 0, oncall.Local(2026, 3, 4, 10, 0)},
		"yesterday":     {"2026-03-04T09:59:59Z", "UTC", oncall.Clock(10, 0), 0, oncall.Local(2026, 3, 3, 10, 0)},
		"on a weekday":  {"2026-03-04T12:00:00Z", "UTC", oncall.Clock(10, 0), oncall.On(time.Thursday), oncall.Local(2026, 2, 26, 10, 0)},
		"in a zone":     {"2026-03-04T23:30:00Z", "Asia/Tokyo", oncall.Clock(8, 0), 0, oncall.Local(2026, 3, 5, 8, 0)},
		"skipped, and so an hour later": {
			"2026-03-29T01:00:00Z", "Europe/Berlin", oncall.Clock(2, 30), 0, oncall.Local(2026, 3, 29, 2, 30),
		},
		"shown once more, when it is over": {
			"2026-10-25T01:15:00Z", "Europe/Berlin", oncall.Clock(2, 30), 0, oncall.Local(2026, 10, 25, 2, 30),
		},
		"on the day that has begun before": { // at 24:00 the clock went back to 23:00
			"2018-02-18T02:30:00Z", "America/Sao_Paulo", oncall.Clock(23, 15), 0, oncall.Local(2018, 2, 17, 23, 15),
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			at, err := time.Parse(time.RFC3339, tt.at)
			assert.NoError(t, err)
			assert.Equal(t, tt.want, gather.LastHandoff(at, tt.zone, tt.handoff, tt.days))
		})
	}
}

// The last handoff is not after the instant, and the one after it is.
func TestLastHandoffIsTheLast(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{"UTC", "Europe/Berlin", "America/Havana", "America/Sao_Paulo", "Australia/Lord_Howe", "Pacific/Apia"}).Draw(t, "zone")
		at := time.Unix(rapid.Int64Range(0, 2_000_000_000).Draw(t, "at"), 0)
		handoff := oncall.Clock(rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute"))
		zone := gather.Location(name)
		last := gather.LastHandoff(at, name, handoff, 0)
		assert.False(t, last.In(zone).After(at), "it is over")
		assert.True(t, gather.AddDays(last, 1).In(zone).After(at), "the next is not")
	})
}

func TestNextHandoff(t *testing.T) {
	t.Parallel()
	from := oncall.Local(2026, 3, 4, 10, 0) // a Wednesday
	assert.Equal(t, from, gather.NextHandoff(from, oncall.Clock(10, 0), 0))
	assert.Equal(t, oncall.Local(2026, 3, 5, 9, 0), gather.NextHandoff(from, oncall.Clock(9, 0), 0))
	assert.Equal(t, oncall.Local(2026, 3, 9, 9, 0), gather.NextHandoff(from, oncall.Clock(9, 0), oncall.On(time.Monday)))
}

func TestPhase(t *testing.T) {
	t.Parallel()
	zone := gather.Location("Europe/Berlin")
	first := time.Date(2026, time.October, 25, 0, 30, 0, 0, time.UTC) // 02:30, and an hour later again
	start, from := gather.Phase(first, zone)
	assert.Equal(t, oncall.Local(2026, time.October, 25, 2, 30), start)
	assert.Zero(t, from)

	second := first.Add(time.Hour)
	start, from = gather.Phase(second, zone)
	assert.Equal(t, oncall.Local(2026, time.October, 25, 2, 30), start)
	assert.Equal(t, second, from, "which the clock alone does not tell")
}

func TestTurns(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		count int64
		unit  oncall.Unit
		want  oncall.Turn
		err   string
	}{
		"minutes":        {90, oncall.Minutes, oncall.Turn{N: 90, Unit: oncall.Minutes}, ""},
		"ten years":      {120, oncall.Months, oncall.Turn{N: 120, Unit: oncall.Months}, ""},
		"none":           {0, oncall.Days, oncall.Turn{N: 1, Unit: oncall.Days}, "want 1 to 3640 days"},
		"too many":       {121, oncall.Months, oncall.Turn{N: 1, Unit: oncall.Months}, "want 1 to 120 months"},
		"overflows":      {1 << 62, oncall.Hours, oncall.Turn{N: 1, Unit: oncall.Hours}, "want 1 to 87360 hours"},
		"a unit unknown": {7, "", oncall.Turn{N: 1, Unit: oncall.Days}, ""}, // it is recorded where it was read
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			im, n := value(importers.Options{}, "1")
			n.Skip()
			assert.Equal(t, []oncall.Turn{tt.want}, gather.Turns(n, tt.count, tt.unit))
			_, err := im.Result()
			if tt.err == "" {
				assert.NoError(t, err)
			} else {
				assert.ErrorContains(t, err, tt.err)
			}
		})
	}
}
