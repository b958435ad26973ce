package goalert_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/goalert"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
)

// Step after step holds for its delay, whether it pages anybody or not, pass after
// pass.
func TestPoliciesAreAsGoAlertHasThem(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		type drawn struct {
			delay int
			user  string
		}
		steps := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) drawn {
			return drawn{rapid.IntRange(1, 90).Draw(t, "delay"), rapid.SampledFrom([]string{"", "ada", "ben", "cleo"}).Draw(t, "user")}
		}), 1, 6).Draw(t, "steps")
		steps = append(steps, drawn{5, "dan"})
		repeat := rapid.IntRange(0, 3).Draw(t, "repeat")

		var texts, want []string
		for i, s := range steps {
			var targets []string
			if s.user != "" {
				targets = append(targets, "user "+s.user)
			}
			texts = append(texts, step(fmt.Sprint(i), fmt.Sprint(s.delay), targets...))
		}
		minute := 0
		for range repeat + 1 {
			for _, s := range steps {
				if s.user != "" {
					want = append(want, importtest.After(minute*60)+" "+s.user)
				}
				minute += s.delay
			}
		}
		want = append(want, importtest.After(minute*60)+" exhausted")

		result, err := goalert.Import(importers.Options{}, importtest.Files(policies(fmt.Sprint(repeat), texts...))...)
		require.NoError(t, err)
		got, _ := importtest.Play{Policy: "E", At: "2026-03-02T12:00:00Z"}.Course(t, result)
		require.Equal(t, want, got)
	})
}
