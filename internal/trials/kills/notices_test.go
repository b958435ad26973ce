//go:build linux || darwin

package kills_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/internal/trials/kills"
)

// TestTheTrialNotices lets workers do what none may, and wants the trial to say so.
// What a notifier says against the truth is no fault of the engine, and so none that
// the oracle sees.
func TestTheTrialNotices(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		flaw      kills.Flaw
		complaint string
		oracle    bool
	}{
		{kills.SendsTwice, "arrived 2 times, and 0 of them were marked", true},
		{kills.SendsNothing, "is recorded as delivered, and", false},
	} {
		t.Run(string(test.flaw), func(t *testing.T) {
			t.Parallel()
			w := &kills.World{
				Name: "flawed", Seats: 1, Lease: lease, Flaw: test.flaw, Length: time.Second,
				Database: kills.Database{Kind: kills.SQLite, Path: filepath.Join(t.TempDir(), "world.db")},
			}
			out, err := w.Run(t.Context())
			require.NoError(t, err)
			require.Equal(t, test.oracle, len(out.Violations) > 0, "the oracle complains: %v", out.Violations)
			require.Contains(t, strings.Join(out.Wrong, "\n"), test.complaint, "the second opinion")
		})
	}
}

func TestWorldsThatCannotBe(t *testing.T) {
	t.Parallel()
	for name, w := range map[string]*kills.World{
		"no seats":   {Lease: lease},
		"no lease":   {Seats: 1},
		"no store":   {Seats: 1, Lease: lease},
		"no server":  {Seats: 1, Lease: lease, Faults: kills.Faults{Crashes: 1}},
		"no proxy":   {Seats: 1, Lease: lease, Faults: kills.Faults{Cuts: 1}},
		"no proxy 2": {Seats: 1, Lease: lease, Faults: kills.Faults{Freezes: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(name, "store") {
				w.Database = kills.Database{Kind: kills.SQLite, Path: filepath.Join(t.TempDir(), "world.db")}
			}
			_, err := w.Run(t.Context())
			require.Error(t, err)
			require.Contains(t, fmt.Sprint(err), "kills: ")
		})
	}
}

func TestReport(t *testing.T) {
	t.Parallel()
	r := kills.NewReport(7, []*kills.Outcome{
		{World: "a", Store: kills.SQLite, Counts: map[string]int{"kill -9 sent": 2, "incidents": 9}},
		{World: "b", Store: kills.SQLite, Counts: map[string]int{"kill -9 sent": 3, "kill -9 claimed": 1}, Wrong: []string{"a worker ended"}},
		{World: "c", Store: kills.Postgres, Counts: map[string]int{"kill -9 sent": 5}},
	})
	require.Equal(t, 11, r.Count("kill -9"))
	require.Equal(t, []string{"b: a worker ended"}, r.Violations)
	require.Equal(t, `|  | SQLite | PostgreSQL |
| --- | ---: | ---: |
| worlds | 2 | 1 |
| incidents | 9 | 0 |
| kill -9 claimed | 1 | 0 |
| kill -9 sent | 5 | 5 |

1 violation was found.
`, r.Markdown())
	data, err := r.JSON()
	require.NoError(t, err)
	require.JSONEq(t, `{
		"seed": 7, "worlds": {"SQLite": 2, "PostgreSQL": 1}, "violations": ["b: a worker ended"],
		"counts": {
			"incidents": {"SQLite": 9}, "kill -9 claimed": {"SQLite": 1}, "kill -9 sent": {"SQLite": 5, "PostgreSQL": 5}
		}
	}`, string(data))
}
