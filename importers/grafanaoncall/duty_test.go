package grafanaoncall_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/incidentkit/incidentkit/oncall"
)

func TestDuty(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		schedule string
		shifts   []string
		from, to string
		want     []string
		fixed    bool // written out shift by shift
	}{
		"a group has the selected days of a week, together": {
			shifts: []string{`"type": "rolling_users", "start": "2026-01-05T08:00:00", "duration": 10800, "frequency": "weekly", "interval": 1, "week_start": "MO",
				"by_day": ["MO", "WE", "FR"], "rolling_users": [["a", "b"], ["c"]], "start_rotation_from_user_index": 0`},
			from: "2026-01-05T00:00:00Z", to: "2026-01-15T00:00:00Z",
			want: []string{"01-05T13:00 01-05T16:00 a O1", "01-05T13:00 01-05T16:00 b O1", "01-07T13:00 01-07T16:00 a O1", "01-07T13:00 01-07T16:00 b O1",
				"01-09T13:00 01-09T16:00 a O1", "01-09T13:00 01-09T16:00 b O1", "01-12T13:00 01-12T16:00 c O1", "01-14T13:00 01-14T16:00 c O1"},
		},
		"the week starts on Sunday unless it says otherwise": {
			shifts: []string{`"type": "rolling_users", "start": "2026-01-07T08:00:00", "duration": 3600, "frequency": "weekly",
				"by_day": ["SU", "WE"], "rolling_users": [["a"], ["b"]]`},
			from: "2026-01-05T00:00:00Z", to: "2026-01-19T00:00:00Z",
			want: []string{"01-07T13:00 01-07T14:00 a O1", "01-11T13:00 01-11T14:00 b O1", "01-14T13:00 01-14T14:00 b O1", "01-18T13:00 01-18T14:00 a O1"},
		},
		"the week starts on Monday": {
			shifts: []string{`"type": "rolling_users", "start": "2026-01-07T08:00:00", "duration": 3600, "frequency": "weekly", "week_start": "MO",
				"by_day": ["SU", "WE"], "rolling_users": [["a"], ["b"]]`},
			from: "2026-01-05T00:00:00Z", to: "2026-01-19T00:00:00Z",
			want: []string{"01-07T13:00 01-07T14:00 a O1", "01-11T13:00 01-11T14:00 a O1", "01-14T13:00 01-14T14:00 b O1", "01-18T13:00 01-18T14:00 b O1"},
		},
		"every other week, and the last night belongs to its week": {
			shifts: []string{`"type": "rolling_users", "start": "2026-01-05T20:00:00", "duration": 43200, "frequency": "weekly", "interval": 2, "week_start": "MO",
				"by_day": ["MO", "SU"], "rolling_users": [["a"], ["b"]]`},
			from: "2026-01-05T00:00:00Z", to: "2026-02-03T00:00:00Z",
			want: []string{"01-06T01:00 01-06T13:00 a O1", "01-12T01:00 01-12T13:00 a O1", "01-20T01:00 01-20T13:00 b O1", "01-26T01:00 01-26T13:00 b O1"},
		},
		"a start off the selected days moves to the first of them in a week": {
			shifts: []string{`"type": "rolling_users", "start": "2026-01-06T08:00:00", "duration": 3600, "frequency": "weekly", "week_start": "MO",
				"by_day": ["MO", "WE"], "rolling_users": [["a"], ["b"]]`},
			from: "2026-01-05T00:00:00Z", to: "2026-01-20T00:00:00Z",
			want: []string{"01-12T13:00 01-12T14:00 a O1", "01-14T13:00 01-14T14:00 a O1", "01-19T13:00 01-19T14:00 b O1"},
		},
		"the rotation begins with another group": {
			shifts: []string{`"type": "rolling_users", "start": "2026-01-05T09:00:00", "duration": 86400, "frequency": "daily",
				"rolling_users": [["a"], ["b"], ["c"]], "start_rotation_from_user_index": 2`},
			from: "2026-01-05T00:00:00Z", to: "2026-01-08T14:00:00Z",
			want: []string{"01-05T14:00 01-06T14:00 c O1", "01-06T14:00 01-07T14:00 a O1", "01-07T14:00 01-08T14:00 b O1"},
		},
		"three hours of every third day": {
			shifts: []string{`"type": "rolling_users", "start": "2026-01-05T09:00:00", "duration": 10800, "frequency": "daily", "interval": 3,
				"rolling_users": [["a"], ["b"]]`},
			from: "2026-01-05T00:00:00Z", to: "2026-01-15T00:00:00Z",
			want: []string{"01-05T14:00 01-05T17:00 a O1", "01-08T14:00 01-08T17:00 b O1", "01-11T14:00 01-11T17:00 a O1", "01-14T14:00 01-14T17:00 b O1"},
		},
		"half an hour of every other day": {
			shifts: []string{`"type": "recurrent_event", "start": "2026-01-05T09:00:00", "duration": 1800, "frequency": "daily", "interval": 2, "users": ["a"]`},
			from:   "2026-01-05T00:00:00Z", to: "2026-01-08T00:00:00Z",
			want: []string{"01-05T14:00 01-05T14:30 a O1", "01-07T14:00 01-07T14:30 a O1"},
		},
		"ten minutes of every other hour": {
			shifts: []string{`"type": "rolling_users", "start": "2026-01-05T09:30:00", "duration": 600, "frequency": "hourly", "interval": 2,
				"rolling_users": [["a"], ["b"]]`},
			from: "2026-01-05T00:00:00Z", to: "2026-01-05T20:00:00Z",
			want: []string{"01-05T14:30 01-05T14:40 a O1", "01-05T16:30 01-05T16:40 b O1", "01-05T18:30 01-05T18:40 a O1"},
		},
		"days that are counted as they are worked": {
			shifts: []string{`"type": "rolling_users", "start": "2026-01-05T09:00:00", "duration": 3600, "frequency": "daily", "interval": 1,
				"by_day": ["MO", "WE", "FR"], "rolling_users": [["a"], ["b"]]`},
			from: "2026-01-05T00:00:00Z", to: "2026-01-15T00:00:00Z",
			want: []string{"01-05T14:00 01-05T15:00 a O1", "01-07T14:00 01-07T15:00 b O1", "01-09T14:00 01-09T15:00 a O1", "01-12T14:00 01-12T15:00 b O1", "01-14T14:00 01-14T15:00 a O1"},
		},
		"two such days at a stretch": {
			shifts: []string{`"type": "rolling_users", "start": "2026-01-05T09:00:00", "duration": 86400, "frequency": "daily", "interval": 2,
				"by_day": ["MO", "TU", "WE", "TH", "FR"], "rolling_users": [["a"], ["b"]]`},
			from: "2026-01-05T00:00:00Z", to: "2026-01-14T00:00:00Z",
			want: []string{"01-05T14:00 01-07T14:00 a O1", "01-07T14:00 01-09T14:00 b O1", "01-09T14:00 01-10T14:00 a O1", "01-12T14:00 01-13T14:00 a O1", "01-13T14:00 01-14T00:00 b O1"},
		},
		"a recurrent event puts all its users on call": {
			shifts: []string{`"type": "recurrent_event", "start": "2026-01-05T09:00:00", "duration": 28800, "frequency": "weekly", "by_day": ["MO", "TU"], "users": ["a", "b"]`},
			from:   "2026-01-06T00:00:00Z", to: "2026-01-13T00:00:00Z",
			want: []string{"01-06T14:00 01-06T22:00 a O1", "01-06T14:00 01-06T22:00 b O1", "01-12T14:00 01-12T22:00 a O1", "01-12T14:00 01-12T22:00 b O1"},
		},
		"a recurrent event happens at its start, whatever its days": {
			shifts: []string{`"type": "recurrent_event", "start": "2026-01-04T09:00:00", "duration": 3600, "frequency": "weekly", "by_day": ["MO", "TU"], "users": ["a"]`},
			from:   "2026-01-04T00:00:00Z", to: "2026-01-13T00:00:00Z",
			want: []string{"01-04T14:00 01-04T15:00 a O1", "01-05T14:00 01-05T15:00 a O1", "01-06T14:00 01-06T15:00 a O1", "01-12T14:00 01-12T15:00 a O1"},
		},
		"the last shift begins at the latest when the recurrence ends, which is in UTC": {
			shifts: []string{`"type": "recurrent_event", "start": "2026-01-05T09:00:00", "duration": 7200, "frequency": "daily", "until": "2026-01-07T14:00:00", "users": ["a"]`,
				`"type": "recurrent_event", "start": "2026-01-05T09:00:00", "duration": 7200, "frequency": "daily", "until": "2026-01-06T13:59:59", "users": ["b"]`},
			from: "2026-01-05T00:00:00Z", to: "2026-01-10T00:00:00Z",
			want: []string{"01-05T14:00 01-05T16:00 a O1", "01-05T14:00 01-05T16:00 b O2", "01-06T14:00 01-06T16:00 a O1", "01-07T14:00 01-07T16:00 a O1"},
		},
		"a shift has a zone of its own": {
			shifts: []string{`"type": "single_event", "start": "2026-01-05T09:00:00", "duration": 3600, "time_zone": "Europe/Berlin", "users": ["a"]`},
			from:   "2026-01-05T00:00:00Z", to: "2026-01-06T00:00:00Z",
			want: []string{"01-05T08:00 01-05T09:00 a O1"}, fixed: true,
		},
		"a higher level hides a lower one, and those of one level are together": {
			shifts: []string{
				`"type": "recurrent_event", "start": "2026-01-05T00:00:00", "duration": 86400, "frequency": "daily", "users": ["low"], "level": 0`,
				`"type": "single_event", "start": "2026-01-05T09:00:00", "duration": 7200, "users": ["a"], "level": 1`,
				`"type": "single_event", "start": "2026-01-05T10:00:00", "duration": 7200, "users": ["b"], "level": 1`,
			},
			from: "2026-01-05T12:00:00Z", to: "2026-01-05T20:00:00Z",
			want:  []string{"01-05T12:00 01-05T14:00 low O1", "01-05T14:00 01-05T16:00 a O2", "01-05T15:00 01-05T17:00 b O3", "01-05T17:00 01-05T20:00 low O1"},
			fixed: true,
		},
		"months are written out": {
			shifts: []string{`"type": "recurrent_event", "start": "2026-01-31T09:00:00", "duration": 3600, "frequency": "monthly", "users": ["a"]`},
			from:   "2026-01-01T00:00:00Z", to: "2026-06-15T00:00:00Z",
			want: []string{"01-31T14:00 01-31T15:00 a O1", "03-31T13:00 03-31T14:00 a O1", "05-31T13:00 05-31T14:00 a O1"}, fixed: true,
		},
		"days of the month, from either end, in some months": {
			shifts: []string{`"type": "recurrent_event", "start": "2026-01-01T09:00:00", "duration": 3600, "frequency": "daily",
				"by_month": [1, 2], "by_monthday": [1, -1], "users": ["a"]`},
			from: "2026-01-01T00:00:00Z", to: "2026-12-31T00:00:00Z",
			want: []string{"01-01T14:00 01-01T15:00 a O1", "01-31T14:00 01-31T15:00 a O1", "02-01T14:00 02-01T15:00 a O1", "02-28T14:00 02-28T15:00 a O1"}, fixed: true,
		},
		"a month after the other, of the first group without a day to begin with": {
			shifts: []string{`"type": "rolling_users", "start": "2026-01-31T09:00:00", "duration": 3600, "frequency": "monthly", "rolling_users": [["a"], ["b"]]`},
			from:   "2026-01-01T00:00:00Z", to: "2026-06-15T00:00:00Z",
			want: []string{"01-31T14:00 01-31T15:00 a O1", "02-01T14:00 02-01T15:00 b O1", "03-31T13:00 03-31T14:00 a O1",
				"04-01T13:00 04-01T14:00 b O1", "05-31T13:00 05-31T14:00 a O1", "06-01T13:00 06-01T14:00 b O1"}, fixed: true,
		},
		"shifts that overlap": {
			shifts: []string{`"type": "rolling_users", "start": "2026-01-05T09:00:00", "duration": 108000, "frequency": "daily", "rolling_users": [["a"], ["b"]]`},
			from:   "2026-01-05T00:00:00Z", to: "2026-01-07T00:00:00Z",
			want: []string{"01-05T14:00 01-06T20:00 a O1", "01-06T14:00 01-07T00:00 b O1"}, fixed: true,
		},
		"the seconds of a shift count where the clock is set forward": {
			shifts: []string{`"type": "rolling_users", "start": "2026-03-02T09:00:00", "duration": 604800, "frequency": "weekly", "week_start": "MO", "rolling_users": [["a"], ["b"]]`},
			from:   "2026-03-08T00:00:00Z", to: "2026-03-17T00:00:00Z",
			want: []string{"03-08T00:00 03-09T14:00 a O1", "03-09T13:00 03-16T13:00 b O1", "03-16T13:00 03-17T00:00 a O1"},
		},
		"and where it is set back": {
			shifts: []string{`"type": "rolling_users", "start": "2026-10-26T09:00:00", "duration": 604800, "frequency": "weekly", "week_start": "MO", "rolling_users": [["a"], ["b"]]`},
			from:   "2026-11-01T00:00:00Z", to: "2026-11-03T00:00:00Z",
			want: []string{"11-01T00:00 11-02T13:00 a O1", "11-02T14:00 11-03T00:00 b O1"},
		},
		"a shift begins at the second of two equal times, and where one is skipped as if it were not": {
			shifts: []string{`"type": "recurrent_event", "start": "2026-10-31T01:30:00", "duration": 3600, "frequency": "daily", "users": ["a"]`,
				`"type": "recurrent_event", "start": "2026-03-01T02:30:00", "duration": 3600, "frequency": "weekly", "until": "2026-03-10T00:00:00", "users": ["b"]`},
			from: "2026-03-07T00:00:00Z", to: "2026-11-02T00:00:00Z",
			want: []string{"03-08T07:30 03-08T08:30 b O2", "10-31T05:30 10-31T06:30 a O1", "11-01T06:30 11-01T07:30 a O1"},
		},
		"a rotation that starts later keeps the turns from the start of the shift": {
			shifts: []string{`"type": "rolling_users", "start": "2026-01-05T09:00:00", "rotation_start": "2026-01-06T10:00:00", "duration": 3600, "frequency": "daily",
				"rolling_users": [["a"], ["b"], ["c"]]`},
			from: "2026-01-05T00:00:00Z", to: "2026-01-09T00:00:00Z",
			want: []string{"01-07T14:00 01-07T15:00 c O1", "01-08T14:00 01-08T15:00 a O1"},
		},
		"overrides of a web schedule hide every level, and its shifts are in UTC": {
			schedule: `"type": "web", "time_zone": "America/New_York"`,
			shifts: []string{
				`"type": "rolling_users", "level": 5, "start": "2026-01-05T09:00:00", "rotation_start": "2026-01-05T21:00:00", "duration": 86400,
					"frequency": "daily", "until": "2026-01-08T06:00:00", "rolling_users": [["a"], ["b"]]`,
				`"type": "override", "start": "2026-01-06T00:00:00", "duration": 3600, "users": ["x"]`,
			},
			from: "2026-01-05T00:00:00Z", to: "2026-01-10T00:00:00Z",
			want: []string{"01-05T21:00 01-06T00:00 a O1", "01-06T00:00 01-06T01:00 x O2", "01-06T01:00 01-06T09:00 a O1",
				"01-06T09:00 01-07T09:00 b O1", "01-07T09:00 01-08T06:00 a O1"},
			fixed: true,
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, result := duty(t, document(tt.schedule, tt.shifts...), tt.from, tt.to)
			assert.Equal(t, tt.want, got)
			fixed := false
			for _, r := range result.Schedules[0].Rotations {
				fixed = fixed || r.Fixed != nil
			}
			assert.Equal(t, tt.fixed, fixed, "written out: %+v", result.Schedules[0].Rotations)
			for _, note := range result.Report {
				assert.True(t, note.Level == oncall.Assumption || tt.fixed, "%s", note)
			}
		})
	}
}
