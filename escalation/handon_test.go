package escalation_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
)

func TestHandOn(t *testing.T) {
	t.Parallel()
	ladder, err := escalation.Compile(escalation.Policy{ID: "main", Steps: []escalation.Step{
		{Targets: []escalation.Target{escalation.Person("ana"), escalation.Person("ben")}, Wait: 5 * time.Minute},
		{Targets: []escalation.Target{escalation.Person("chris")}, Wait: 5 * time.Minute},
	}})
	require.NoError(t, err)
	at := time.Date(2026, 3, 2, 3, 0, 0, 0, time.UTC)
	waiting := escalation.Start(at, nil)
	waiting.Step, waiting.Last, waiting.Paged, waiting.Due = 2, 1, at, at.Add(5*time.Minute)
	waiting.Awaiting = []escalation.Awaited{{Person: "ana"}, {Person: "ben"}}
	at = at.Add(time.Minute)

	for _, tt := range []struct {
		name  string
		from  string
		to    []escalation.Target
		waits []escalation.Awaited
	}{
		{"to others", "ana", []escalation.Target{escalation.Person("dora"), escalation.Person("ben")}, []escalation.Awaited{{Person: "ben"}, {Person: "dora"}}},
		{"to those who were paged already", "ana", nil, []escalation.Awaited{{Person: "ben"}}},
		{"from somebody whose answer is not waited for", "zoe", []escalation.Target{escalation.Person("dora")}, waiting.Awaiting},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			got, err := ladder.Answer(waiting, escalation.Answer{Kind: escalation.HandOn, By: tt.from, To: tt.to, At: at})
			require.NoError(t, err)
			assert.Equal(t, tt.waits, got.Awaiting)
			assert.Equal(t, waiting.Due, got.Due)
			assert.Empty(t, got.By, "it is nobody's answer")
		})
	}
	alone := waiting
	alone.Awaiting = []escalation.Awaited{{Person: "ana"}}
	got, err := ladder.Answer(alone, escalation.Answer{Kind: escalation.HandOn, By: "ana", At: at})
	require.NoError(t, err)
	assert.Equal(t, at, got.Due, "nobody is left to wait for")

	_, err = ladder.Answer(waiting, escalation.Answer{Kind: escalation.HandOn, By: "ana", At: at, To: []escalation.Target{escalation.Schedule("x")}})
	var bad *escalation.AnswerError
	require.ErrorAs(t, err, &bad)
	assert.Equal(t, "to", bad.Field)
}
