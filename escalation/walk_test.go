package escalation_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/oncall"
)

// A ladder as a list of moves, such as a drawing needs it.
func ExampleLadder_Moves() {
	ladder, err := escalation.Compile(escalation.Policy{
		ID: "checkout", Repeat: 1,
		Steps: []escalation.Step{
			{
				If:      &escalation.Condition{Severities: []string{"SEV1"}},
				Targets: []escalation.Target{escalation.Team("checkout")}, Wait: 5 * time.Minute,
				Else: []escalation.Step{{Targets: []escalation.Target{escalation.Schedule("primary")}, Wait: 15 * time.Minute}},
			},
			{Targets: []escalation.Target{escalation.Person("boss")}, Wait: 10 * time.Minute},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for i, m := range ladder.Moves() {
		switch {
		case m.Kind == escalation.MoveEnd:
			fmt.Printf("%d: end, after going back to %d %d times\n", i, m.To, m.Times)
		case m.If != nil:
			fmt.Printf("%d: if %s: page %s for %s, then %d; else %d\n", i, *m.If, m.Targets[0], m.Wait, m.Next, m.Else)
		default:
			fmt.Printf("%d: page %s for %s, then %d\n", i, m.Targets[0], m.Wait, m.Next)
		}
	}
	// Output:
	// 0: if severity is SEV1: page team checkout for 5m0s, then 2; else 1
	// 1: page schedule primary for 15m0s, then 2
	// 2: page person boss for 10m0s, then 3
	// 3: end, after going back to 0 1 times
}

func TestHoursChanges(t *testing.T) {
	t.Parallel()
	at := func(day, hour int) time.Time { return time.Date(2026, 3, day, hour, 0, 0, 0, time.UTC) }
	office := escalation.Hours{Zone: "Europe/Berlin", Windows: []oncall.Window{oncall.Daily(oncall.Clock(9, 0), oncall.Clock(17, 0))}}
	on, changes, err := office.Changes(at(28, 0), at(29, 15)) // the clocks go forward on the 29th
	require.NoError(t, err)
	assert.False(t, on)
	require.Len(t, changes, 3)
	for i, want := range []time.Time{at(28, 8), at(28, 16), at(29, 7)} {
		assert.True(t, want.Equal(changes[i]), "%s", changes[i])
	}
	_, _, err = escalation.Hours{Zone: "Mars"}.Changes(at(28, 0), at(29, 0))
	var field *escalation.FieldError
	require.ErrorAs(t, err, &field)
}

func TestConditionHoldsWhateverTheTime(t *testing.T) {
	t.Parallel()
	night := &escalation.Hours{Zone: "UTC", Windows: []oncall.Window{oncall.Daily(oncall.Clock(22, 0), oncall.Clock(6, 0))}}
	noon := time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		c    escalation.Condition
		want bool
	}{
		{escalation.Condition{Hours: night}, true},
		{escalation.Condition{Hours: night, Severities: []string{"SEV1"}}, true},
		{escalation.Condition{Hours: night, Severities: []string{"SEV2"}}, false},
		{escalation.Condition{Severities: []string{"SEV2"}, Not: true}, true},
		{escalation.Condition{Not: true}, false},
	} {
		assert.Equal(t, tt.want, tt.c.Holds(escalation.Facts{Severity: "SEV1"}, noon), "%s", tt.c)
	}
}
