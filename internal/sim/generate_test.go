package sim

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/plan"
)

// TestGeneratedPlansAreUsable: what a tenant saves is refused by no engine, but for
// one that lacks a channel.
func TestGeneratedPlansAreUsable(t *testing.T) {
	t.Parallel()
	for seed := range uint64(1000) {
		for _, tenant := range Generate(seed).Tenants {
			for _, p := range tenant.Plans {
				_, err := plan.Parse(p.Document())
				require.NoError(t, err, "seed %d, %s", seed, p.Name)
			}
		}
	}
}
