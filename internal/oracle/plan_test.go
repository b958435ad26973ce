package oracle

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/plan"
)

var monday = time.Date(2026, time.March, 2, 0, 0, 0, 0, time.UTC)

// everything is a plan that uses all of the model.
func everything() Plan {
	return Plan{
		Name: "Trial",
		People: []Person{
			{ID: "ana", Contacts: []Contact{{"sms", "+1"}, {"mail", "ana@x"}}},
			{ID: "ben", Contacts: []Contact{{"sms", "+2"}}},
			{ID: "cleo", Contacts: []Contact{{"mail", "cleo@x"}}},
			{ID: "mute"},
		},
		Schedules: []Schedule{{
			ID: "primary", Start: monday, Turn: 90 * time.Minute, Members: []string{"ana", "ben"},
			Overrides: []Override{
				{ID: "o1", Start: monday.Add(time.Hour), End: monday.Add(2 * time.Hour), People: []string{"cleo"}, Replaces: "ana"},
				{ID: "o2", Start: monday.Add(3 * time.Hour), End: monday.Add(4 * time.Hour)},
			},
		}},
		Teams:  []Team{{ID: "all", Members: []string{"ana", "ben", "mute"}}},
		Places: []Place{{ID: "room", Channel: "chat", To: "#room"}},
		Policies: []Policy{
			{ID: "default", Repeat: 2, AckTimeout: time.Hour, RemindEvery: 10 * time.Minute, Steps: []Step{
				{Targets: []Target{{"schedule", "primary"}, {"channel", "room"}}, Wait: time.Minute},
				{Targets: []Target{{"team", "all"}}, Wait: 30 * time.Hour, AckAll: true},
			}},
			{ID: "short", Steps: []Step{{Targets: []Target{{"person", "cleo"}}}}},
		},
		Routes: []Route{
			{Label: "severity", Value: "critical", Severity: "SEV1"},
			{Label: "team", Value: "x", Policy: "short"},
		},
		DefaultPolicy: "default", LastResort: "ben",
	}
}

func TestDocumentIsAPlan(t *testing.T) {
	t.Parallel()
	_, err := plan.Parse(everything().Document())
	require.NoError(t, err)
}
