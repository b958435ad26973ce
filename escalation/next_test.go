package escalation_test

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
)

// The stories are in testdata, the laws in property_test.go. Here are resolvers
// and policies that no story has.

type resolverFunc func(escalation.Target, time.Time) escalation.Resolution

func (f resolverFunc) Resolve(t escalation.Target, at time.Time) escalation.Resolution {
	return f(t, at)
}

func onePage(wait time.Duration) escalation.Policy {
	return escalation.Policy{ID: "checkout", Steps: []escalation.Step{
		{Targets: []escalation.Target{escalation.Schedule("primary"), escalation.Person("ana")}, Wait: wait},
	}}
}

func TestNextWithoutResolver(t *testing.T) {
	t.Parallel()
	r := escalation.Next(onePage(time.Minute), escalation.Start(midnight), midnight, nil)
	require.Len(t, r.Effects, 2)
	assert.Equal(t, `there is no schedule "primary"`, r.Effects[0].Reason)
	assert.Equal(t, escalation.Page, r.Effects[1].Kind)
}

// A resolver that explains nothing must not make for an effect without reason.
func TestNextFindsWordsWhereTheResolverHasNone(t *testing.T) {
	t.Parallel()
	silent := resolverFunc(func(target escalation.Target, _ time.Time) escalation.Resolution {
		if target.Type == escalation.TargetSchedule {
			return escalation.Resolution{}
		}
		return escalation.Resolution{People: []escalation.Candidate{{}, {Person: target.ID}}}
	})
	r := escalation.Next(onePage(time.Minute), escalation.Start(midnight), midnight, silent)
	var reasons []string
	for _, e := range r.Effects {
		reasons = append(reasons, string(e.Kind)+": "+e.Reason)
	}
	assert.Equal(t, []string{
		"skip: it leads to nobody",
		"skip: it leads to nobody",
		"page: policy checkout, step 1 of 1; it names ana",
	}, reasons)
}

// Validate refuses such a policy; without that, it must still come to an end.
func TestNextEndsForAnyPolicy(t *testing.T) {
	t.Parallel()
	policy := onePage(0)
	policy.Repeat = math.MaxInt
	r := escalation.Next(policy, escalation.Start(midnight), midnight, nil)
	assert.Equal(t, escalation.Exhausted, r.Progress.State)
	assert.Equal(t, escalation.MaxRepeat+1, r.Progress.Round)
}
