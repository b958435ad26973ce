package weekly_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/incidentkit/incidentkit/importers/internal/weekly"
	"github.com/incidentkit/incidentkit/oncall"
)

func TestWindow(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		startDay   time.Weekday
		start, end oncall.TimeOfDay
		endDay     time.Weekday
		length     time.Duration
	}{
		"within a day":          {time.Monday, oncall.Clock(9, 0), oncall.Clock(17, 30), time.Monday, 8*time.Hour + 30*time.Minute},
		"with seconds":          {time.Monday, oncall.Clock(9, 0), oncall.TimeOfDay{Hour: 9, Second: 1}, time.Monday, time.Second},
		"over midnight":         {time.Monday, oncall.Clock(22, 0), oncall.Clock(6, 0), time.Tuesday, 8 * time.Hour},
		"over the week's end":   {time.Friday, oncall.Clock(17, 0), oncall.Clock(8, 0), time.Monday, 63 * time.Hour},
		"nearly all week":       {time.Monday, oncall.Clock(9, 0), oncall.Clock(8, 0), time.Monday, 167 * time.Hour},
		"the same is all week":  {time.Monday, oncall.Clock(9, 0), oncall.Clock(9, 0), time.Monday, 168 * time.Hour},
		"Saturday until Sunday": {time.Saturday, oncall.Clock(0, 0), oncall.Clock(0, 0), time.Sunday, 24 * time.Hour},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			want := oncall.Window{Days: oncall.On(tt.startDay), Opens: tt.start, Length: tt.length}
			assert.Equal(t, want, weekly.Window(tt.startDay, tt.start, tt.endDay, tt.end))
		})
	}
}

func TestWeekday(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]time.Weekday{
		"sunday": time.Sunday, "Thursday": time.Thursday, "SAT": time.Saturday, "tue": time.Tuesday,
	} {
		got, ok := weekly.Weekday(name)
		assert.True(t, ok, name)
		assert.Equal(t, want, got, name)
	}
	for _, name := range []string{"", "s", "thurs", "0", "sunday "} {
		_, ok := weekly.Weekday(name)
		assert.False(t, ok, name)
	}
}

func TestJoin(t *testing.T) {
	t.Parallel()
	office := func(days ...time.Weekday) oncall.Window {
		return oncall.Daily(oncall.Clock(9, 0), oncall.Clock(17, 0), days...)
	}
	night := oncall.Daily(oncall.Clock(22, 0), oncall.Clock(6, 0), time.Monday)
	assert.Equal(t,
		[]oncall.Window{office(time.Monday, time.Friday), night},
		weekly.Join([]oncall.Window{office(time.Monday), night, office(time.Friday)}))
	assert.Equal(t, []oncall.Window{office()}, weekly.Join([]oncall.Window{office(time.Monday), office()}),
		"no days are every day")
	assert.Empty(t, weekly.Join(nil))
}
