package plan_test

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/plan"
)

// FuzzParse checks that nothing panics, that every problem has a place, and that
// a valid plan is the same plan when it is read again, as it is or as a Go
// program writes it.
func FuzzParse(f *testing.F) {
	for _, folder := range []string{"valid", "invalid"} {
		for _, doc := range documents(f, folder) {
			f.Add(doc)
		}
	}
	f.Fuzz(func(t *testing.T, doc []byte) {
		p, err := plan.Parse(doc)
		if err != nil {
			var invalid *plan.Error
			require.ErrorAs(t, err, &invalid)
			require.NotEmpty(t, invalid.Problems)
			for _, problem := range invalid.Problems {
				assert.Positive(t, problem.Line)
				assert.Positive(t, problem.Column)
				assert.NotEmpty(t, problem.Want)
			}
			return
		}

		again, err := plan.Parse(p.Document())
		require.NoError(t, err)
		assert.Equal(t, p.Digest(), again.Digest())

		var spec plan.Spec
		require.NoError(t, json.Unmarshal(doc, &spec))
		written, err := json.Marshal(spec)
		require.NoError(t, err)
		again, err = plan.Parse(written)
		require.NoError(t, err)
		assert.Equal(t, p.Digest(), again.Digest())

		schedules, _, err := plan.FromSchedules(p.OnCall()...)
		require.NoError(t, err)
		assert.Len(t, schedules, len(spec.Schedules))

		for _, warning := range p.Warnings(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)) {
			assert.Positive(t, warning.Line)
			assert.NotEmpty(t, warning.Want)
		}

		policies := slices.Collect(p.Policies())
		same, _, err := plan.FromPolicies(policies, nil)
		require.NoError(t, err)
		spec.Policies = same
		written, err = json.Marshal(spec)
		require.NoError(t, err)
		again, err = plan.Parse(written)
		require.NoError(t, err)
		assert.Equal(t, policies, slices.Collect(again.Policies()))
		assert.Len(t, p.Proof().Policies, len(policies))

		ladder, ok := p.Ladder(p.Route(nil).Policy)
		require.True(t, ok)
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		ladder.Next(escalation.Start(now, nil), now, escalation.Facts{}, p.World())
		for person := range p.People() {
			same, ok := p.Person(person.ID)
			assert.True(t, ok)
			assert.Equal(t, person, same)
		}
	})
}
