package sim

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"testing"
	_ "time/tzdata"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var (
	seeds   = flag.Int("sim.seeds", 300, "how many worlds to run")
	from    = flag.Uint64("sim.from", 1, "the seed of the first")
	one     = flag.Uint64("sim.seed", 0, "run this world only, and print what happens in it")
	keep    = flag.String("sim.keep", "", "write the case that was cut down to this file")
	verbose = flag.Bool("sim.v", false, "say how each world ended")
)

// TestMain spares the garbage collector: a world is small, and gone in a moment.
func TestMain(m *testing.M) {
	debug.SetGCPercent(400)
	os.Exit(m.Run())
}

// TestWorlds runs many worlds. One in which a promise is broken is cut down, and
// printed in a form that can be kept in testdata/regressions.
func TestWorlds(t *testing.T) {
	t.Parallel()
	if *one != 0 {
		result := Run(Config{Seed: *one, Trace: true})
		t.Logf("%s%v", result.Trace, result.Counts)
		for _, v := range result.Violations {
			t.Error(v)
		}
		return
	}
	var next atomic.Uint64
	var found sync.Once
	var group sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		group.Go(func() {
			for n := next.Add(1) - 1; n < uint64(*seeds) && !t.Failed(); n = next.Add(1) - 1 {
				result := Run(Config{Seed: *from + n})
				if *verbose {
					t.Logf("seed %d (%s): %d steps, %d sends, %s", *from+n, result.Scenario.Character, result.Steps, len(result.History.Sends), result.Lasted)
				}
				if len(result.Violations) > 0 {
					found.Do(func() { explain(t, result) })
				}
			}
		})
	}
	group.Wait()
}

// explain prints what is wrong in a world, and the least of it that is wrong in the
// same way.
func explain(t *testing.T, result Result) {
	t.Helper()
	for _, v := range result.Violations {
		t.Errorf("seed %d (%s): %s", result.Scenario.Seed, result.Scenario.Character, v)
	}
	broken := result.Violations[0].Invariant
	least := Shrink(result.Scenario, func(r Result) bool {
		return len(r.Violations) > 0 && r.Violations[0].Invariant == broken
	})
	least.Note = result.Violations[0].String()
	file, err := json.MarshalIndent(least, "", "\t")
	require.NoError(t, err)
	if *keep != "" {
		require.NoError(t, os.WriteFile(*keep, append(file, '\n'), 0o600))
	}
	again := Run(Config{Scenario: &least, Trace: true})
	t.Logf("cut down, to be kept in testdata/regressions:\n%s\nwhat happens in it:\n%s%v", file, again.Trace, again.Violations)
}

// TestRegressions runs the worlds in which a promise was once broken.
func TestRegressions(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/regressions/*.json")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			data, err := os.ReadFile(file)
			require.NoError(t, err)
			var sc Scenario
			require.NoError(t, json.Unmarshal(data, &sc))
			result := Run(Config{Scenario: &sc, Trace: true})
			for _, v := range result.Violations {
				t.Error(v)
			}
			if t.Failed() {
				t.Log(result.Trace)
			}
		})
	}
}

// TestSameSeedSameHistory: nothing is left to chance, neither to the scheduler nor
// to the order of maps.
func TestSameSeedSameHistory(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		a, b := Run(Config{Seed: seed, Trace: true}), Run(Config{Seed: seed, Trace: true})
		require.Equal(t, a.Trace, b.Trace)
		first, err := json.Marshal(a.History)
		require.NoError(t, err)
		second, err := json.Marshal(b.History)
		require.NoError(t, err)
		require.Equal(t, string(first), string(second))
		untraced := Run(Config{Seed: seed})
		require.Equal(t, a.History, untraced.History, "tracing changes nothing")
	}
}

// TestScriptedWorldIsTheSame: a world whose faults are written down is that of the
// seed, also when it has been kept in a file.
func TestScriptedWorldIsTheSame(t *testing.T) {
	t.Parallel()
	for seed := range uint64(40) {
		result := Run(Config{Seed: seed})
		if len(result.Thrown) == 0 {
			continue
		}
		sc := result.Scenario
		sc.Faults = result.Thrown
		sc = clone(sc)
		require.Equal(t, result.History, Run(Config{Scenario: &sc}).History, "seed %d", seed)
	}
}

// TestShrink: of a world in which a page arrives twice, little is left but what it
// takes for that.
func TestShrink(t *testing.T) {
	t.Parallel()
	twice := func(r Result) bool {
		arrived := map[string]int{}
		for _, s := range r.History.Sends {
			if s.Arrived {
				arrived[s.Key]++
			}
		}
		for _, n := range arrived {
			if n > 1 {
				return true
			}
		}
		return false
	}
	for seed := uint64(1); ; seed++ {
		result := Run(Config{Seed: seed})
		if !twice(result) || len(result.Scenario.Moves) < 4 {
			continue
		}
		least := Shrink(result.Scenario, twice)
		require.True(t, twice(Run(Config{Scenario: &least})))
		assert.LessOrEqual(t, len(least.Moves), 3)
		assert.LessOrEqual(t, len(least.Faults), 3)
		assert.LessOrEqual(t, len(least.Tenants), 2)
		return
	}
}
