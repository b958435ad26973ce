package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/oncall"
)

// asked returns a question about two days, from midnight.
func asked(t *testing.T, s oncall.Schedule) *question {
	t.Helper()
	rota, err := oncall.Compile(s)
	require.NoError(t, err)
	from := time.Date(2026, 3, 2, 0, 0, 0, 0, time.UTC)
	return &question{
		moments: moments{at: from, from: from, to: from.AddDate(0, 0, 2)},
		rota:    rota, schedule: s, names: map[string]string{}, shown: time.UTC,
	}
}

func span(start, end string) spanJSON {
	return spanJSON{"2026-03-" + start + ":00Z", "2026-03-" + end + ":00Z"}
}

func TestShiftsJSON(t *testing.T) {
	t.Parallel()
	start := oncall.Local(2026, time.March, 1, 0, 0)
	daily := func(id string, seats []oncall.Seat, windows ...oncall.Window) oncall.Rotation {
		r := oncall.Rotation{ID: id, Start: start, Turns: oncall.Every(1, oncall.Days), Seats: seats, Windows: windows}
		if windows != nil {
			r.Count = oncall.ByTurn
		}
		return r
	}
	at := func(day, hour int) time.Time { return time.Date(2026, 3, day, hour, 0, 0, 0, time.UTC) }
	tests := map[string]struct {
		schedule oncall.Schedule
		shifts   []shiftJSON
		gaps     []spanJSON
	}{
		"turns of one person": {
			oncall.Schedule{Rotations: []oncall.Rotation{daily("r", oncall.Seats("ana"))}},
			[]shiftJSON{{span("02T00:00", "04T00:00"), "ana", "r"}},
			[]spanJSON{},
		},
		"windows that touch": {
			oncall.Schedule{Rotations: []oncall.Rotation{daily("r", oncall.Seats("ana"),
				oncall.Daily(oncall.Clock(6, 0), oncall.Clock(12, 0)), oncall.Daily(oncall.Clock(12, 0), oncall.Clock(18, 0)))}},
			[]shiftJSON{{span("02T06:00", "02T18:00"), "ana", "r"}, {span("03T06:00", "03T18:00"), "ana", "r"}},
			[]spanJSON{span("02T00:00", "02T06:00"), span("02T18:00", "03T06:00"), span("03T18:00", "04T00:00")},
		},
		"one entry a person": {
			oncall.Schedule{Rotations: []oncall.Rotation{daily("r", []oncall.Seat{{People: []string{"ben", "ana"}}, {People: []string{"ana"}}})}},
			[]shiftJSON{{span("02T00:00", "04T00:00"), "ana", "r"}, {span("03T00:00", "04T00:00"), "ben", "r"}},
			[]spanJSON{},
		},
		"what adds is there": {
			oncall.Schedule{Overlap: oncall.Add, Rotations: []oncall.Rotation{daily("r", oncall.Seats("ana")), daily("q", oncall.Seats("ana"))}},
			[]shiftJSON{{span("02T00:00", "04T00:00"), "ana", "q"}, {span("02T00:00", "04T00:00"), "ana", "r"}},
			[]spanJSON{},
		},
		"what precedence hides is not": {
			oncall.Schedule{Overlap: oncall.Hide, Rotations: []oncall.Rotation{
				daily("r", oncall.Seats("ana"), oncall.Daily(oncall.Clock(0, 0), oncall.Clock(12, 0))), daily("q", oncall.Seats("ana")),
			}},
			[]shiftJSON{
				{span("02T00:00", "02T12:00"), "ana", "r"}, {span("02T12:00", "03T00:00"), "ana", "q"},
				{span("03T00:00", "03T12:00"), "ana", "r"}, {span("03T12:00", "04T00:00"), "ana", "q"},
			},
			[]spanJSON{},
		},
		"overrides": {
			oncall.Schedule{
				Rotations: []oncall.Rotation{daily("r", oncall.Seats("ana"))},
				Overrides: []oncall.Override{
					{ID: "1", Start: at(2, 6), End: at(2, 9), People: []string{"ana"}},
					{ID: "2", Start: at(2, 9), End: at(2, 12), People: []string{"ana"}, Reason: "again"},
					{ID: "3", Start: at(2, 12), End: at(2, 15), People: []string{"ana"}, Rotation: "r"},
					{ID: "4", Start: at(3, 0), End: at(3, 6)},
				},
			},
			[]shiftJSON{
				{span("02T00:00", "02T06:00"), "ana", "r"}, {span("02T06:00", "02T12:00"), "ana", ""},
				{span("02T12:00", "03T00:00"), "ana", "r"}, {span("03T06:00", "04T00:00"), "ana", "r"},
			},
			[]spanJSON{span("03T00:00", "03T06:00")},
		},
		"gaps that touch": {
			oncall.Schedule{
				Rotations: []oncall.Rotation{daily("r", oncall.Seats("ana"), oncall.Daily(oncall.Clock(6, 0), oncall.Clock(0, 0)))},
				Intended:  []oncall.IntendedGap{{Window: oncall.Daily(oncall.Clock(2, 0), oncall.Clock(4, 0))}},
			},
			[]shiftJSON{{span("02T06:00", "03T00:00"), "ana", "r"}, {span("03T06:00", "04T00:00"), "ana", "r"}},
			[]spanJSON{span("02T00:00", "02T06:00"), span("03T00:00", "03T06:00")},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test.schedule.ID, test.schedule.Zone = "s", "UTC"
			got := asked(t, test.schedule).shiftsJSON()
			assert.Equal(t, test.shifts, got.Shifts)
			assert.Equal(t, test.gaps, got.Gaps)
			assert.NotNil(t, got.Report)
		})
	}
}

func TestIntendedGapsAreNoFindings(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "Somebody is on call all the time, but for 2 intended gaps.", summary(nil, 2))
	assert.Equal(t, "Somebody is on call all the time, but for 1 intended gap.", summary(nil, 1))
	assert.Equal(t, "2 gaps, 1h30m in all; 1 intended.", summary([]time.Duration{time.Hour, 30 * time.Minute}, 1))
}

func TestHours(t *testing.T) {
	t.Parallel()
	for length, want := range map[time.Duration]string{
		0: "0h", time.Minute: "1m", time.Hour: "1h", 90 * time.Minute: "1h30m", 167 * time.Hour: "167h", 59*time.Minute + 59*time.Second: "1h", time.Hour + time.Minute: "1h01m",
	} {
		assert.Equal(t, want, hours(length), length)
	}
}
