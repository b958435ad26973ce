package severity_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/severity"
)

// at returns an instant so many minutes after the incident was opened.
func at(minutes float64) time.Time {
	return time.Date(2026, 3, 2, 14, 0, 0, 0, time.UTC).Add(time.Duration(minutes * float64(time.Minute)))
}

func TestClocks(t *testing.T) {
	t.Parallel()
	const (
		none, running, met   = severity.None, severity.Running, severity.Met
		missed, unknown      = severity.Missed, severity.Unknown
		ack, update, silence = severity.Acknowledge, severity.FirstUpdate, severity.Cadence
		mitigate, review     = severity.Mitigate, severity.ReviewDue
		hour                 = 60.0 // minutes
	)
	promised := severity.Targets{
		Acknowledge: 5 * time.Minute, FirstUpdate: 15 * time.Minute, Cadence: 30 * time.Minute,
		Mitigate: 4 * time.Hour, ReviewDue: day,
	}
	updates := func(minutes ...float64) (all []time.Time) {
		for _, m := range minutes {
			all = append(all, at(m))
		}
		return all
	}
	open := severity.Moments{Opened: at(0)}
	type want = map[severity.Target]severity.State
	tests := []struct {
		name    string
		moments severity.Moments
		now     time.Time
		want    want
	}{
		{"just opened", open, at(0), want{ack: running, update: running, silence: none, mitigate: running, review: none}},
		{"before the first deadline", open, at(5).Add(-1), want{ack: running}},
		{"at the first deadline", open, at(5), want{ack: missed, update: running, mitigate: running}},
		{"nothing done all day", open, at(24 * hour), want{ack: missed, update: missed, silence: none, mitigate: missed, review: none}},
		{
			"all in time",
			severity.Moments{
				Opened: at(0), Acknowledged: at(5).Add(-1), Updates: updates(14, 43, 70), Mitigated: at(60),
				Resolved: at(90), Reviewed: at(20 * hour),
			},
			at(48 * hour), want{ack: met, update: met, silence: met, mitigate: met, review: met},
		},
		{
			"everything at its deadline, which is too late",
			severity.Moments{
				Opened: at(0), Acknowledged: at(5), Updates: updates(15, 45), Mitigated: at(4 * hour),
				Resolved: at(4 * hour), Reviewed: at(28 * hour),
			},
			at(48 * hour), want{ack: missed, update: missed, silence: missed, mitigate: missed, review: missed},
		},
		{"done before it was opened", severity.Moments{Opened: at(0), Acknowledged: at(-1), Updates: updates(-2)}, at(1), want{ack: met, update: met, silence: running}},

		{"silence lasts", severity.Moments{Opened: at(0), Updates: updates(10)}, at(39), want{silence: running}},
		{"silence lasts too long", severity.Moments{Opened: at(0), Updates: updates(10)}, at(40), want{silence: missed}},
		{"updates in any order", severity.Moments{Opened: at(0), Updates: updates(50, 10, 30)}, at(79), want{silence: running}},
		{"an earlier silence was too long", severity.Moments{Opened: at(0), Updates: updates(10, 50, 60)}, at(61), want{silence: missed}},
		{"an earlier silence was just too long", severity.Moments{Opened: at(0), Updates: updates(10, 40)}, at(41), want{silence: missed}},
		{"the end ends a silence in time", severity.Moments{Opened: at(0), Updates: updates(10), Resolved: at(39)}, at(99), want{silence: met}},
		{"the end ends a silence too late", severity.Moments{Opened: at(0), Updates: updates(10), Resolved: at(40)}, at(99), want{silence: missed}},
		{"silence after the end is golden", severity.Moments{Opened: at(0), Updates: updates(10, 99), Resolved: at(20)}, at(99), want{silence: met}},
		{"no update before the end", severity.Moments{Opened: at(0), Updates: updates(99), Resolved: at(2)}, at(99), want{update: none, silence: none}},

		{"over before it was due", severity.Moments{Opened: at(0), Resolved: at(4)}, at(99), want{ack: none, update: none, silence: none, review: running}},
		{"over after it was due", severity.Moments{Opened: at(0), Resolved: at(6)}, at(99), want{ack: missed, update: none}},
		{"done after it was over", severity.Moments{Opened: at(0), Resolved: at(4), Acknowledged: at(6)}, at(99), want{ack: none}},
		{"dropped", severity.Moments{Opened: at(0), Acknowledged: at(1), Updates: updates(10), Dropped: at(20)}, at(99), want{ack: met, update: met, silence: met, mitigate: none, review: none}},
		{"resolved, then merged away", severity.Moments{Opened: at(0), Resolved: at(20), Dropped: at(30)}, at(48 * hour), want{review: none}},

		{"nobody knows when it began", severity.Moments{Acknowledged: at(1), Updates: updates(10), Mitigated: at(20)}, at(20), want{ack: unknown, update: unknown, silence: running, mitigate: unknown, review: unknown}},
		{"written down in retrospect", severity.Moments{Opened: at(0), Mitigated: at(hour), Resolved: at(hour), Incomplete: true}, at(99 * hour), want{ack: unknown, update: unknown, silence: unknown, mitigate: met, review: missed}},
		{"in retrospect, with updates", severity.Moments{Opened: at(0), Updates: updates(10, 20), Incomplete: true}, at(99), want{update: met, silence: unknown, review: unknown}},
		{"in retrospect, all known", severity.Moments{Opened: at(0), Acknowledged: at(9), Updates: updates(10, 20), Resolved: at(30), Incomplete: true}, at(99), want{ack: missed, update: met, silence: met, review: running}},
		{"a time that is not one is not an update", severity.Moments{Opened: at(0), Updates: []time.Time{{}, at(10)}}, at(11), want{update: met, silence: running}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			clocks := promised.Clocks(tt.moments)
			require.Len(t, clocks, 5)
			for _, c := range clocks {
				if want, ok := tt.want[c.Target]; ok {
					assert.Equal(t, want, c.State(tt.now), "%s: %+v", c.Target, c)
				}
			}
			for _, c := range (severity.Targets{}).Clocks(tt.moments) {
				assert.Equal(t, none, c.State(tt.now), "nothing was promised")
				assert.Zero(t, c.Deadline())
			}
		})
	}
}

func TestClockTellsPromisedAndActual(t *testing.T) {
	t.Parallel()
	promised := severity.Targets{Acknowledge: 5 * time.Minute, Cadence: 30 * time.Minute, ReviewDue: day}
	moments := severity.Moments{
		Opened: at(0), Acknowledged: at(7), Mitigated: at(-1), Resolved: at(60),
		Updates: []time.Time{at(10), at(12), at(33), at(50)},
	}
	type row struct {
		target   severity.Target
		deadline time.Time
		actual   time.Duration
		known    bool
	}
	var rows []row
	for _, c := range promised.Clocks(moments) {
		took, known := c.Actual()
		rows = append(rows, row{c.Target, c.Deadline(), took, known})
	}
	assert.Equal(t, []row{
		{severity.Acknowledge, at(5), 7 * time.Minute, true},
		{severity.FirstUpdate, time.Time{}, 10 * time.Minute, true}, // known, though nothing was promised
		{severity.Cadence, at(42), 21 * time.Minute, true},          // the longest silence, 12 to 33
		{severity.Mitigate, time.Time{}, 0, true},
		{severity.ReviewDue, at(60).Add(day), 0, false}, // not yet: unknown, and not 0
	}, rows)
}

func TestClocksLeaveTheirInputAlone(t *testing.T) {
	t.Parallel()
	updates := []time.Time{at(3), at(1), at(2), at(9)}
	severity.Targets{Cadence: time.Hour}.Clocks(severity.Moments{Opened: at(0), Updates: updates, Resolved: at(5)})
	assert.Equal(t, []time.Time{at(3), at(1), at(2), at(9)}, updates)
}

func TestTargetsFor(t *testing.T) {
	t.Parallel()
	targets := severity.Targets{Acknowledge: 1, FirstUpdate: 2, Cadence: 3, Mitigate: 4, ReviewDue: 5}
	for want, target := range []severity.Target{
		"unknown", severity.Acknowledge, severity.FirstUpdate, severity.Cadence, severity.Mitigate, severity.ReviewDue,
	} {
		assert.Equal(t, time.Duration(want), targets.For(target), target)
	}
	assert.Equal(t, "first update", severity.FirstUpdate.String())
}
