package mutants

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"text/tabwriter"
	"time"

	"github.com/stretchr/testify/require"
)

var (
	only     = flag.String("mutant", "", "the name of the only one to hunt, with more to read about it")
	maxSeeds = flag.Int("mutant.seeds", 1000, "worlds within which each has to be caught")
)

const (
	wanted    = 30 // mutants, at least
	unplanted = 100
	patience  = 8 * time.Minute // with one mutant: one that makes the engine hang is not caught by waiting
)

// TestMutationGate plants bugs, one at a time, and demands that the simulator finds
// each within a thousand worlds, by one of the invariants that it is said to break.
// The same program with no bug awake must find nothing wrong in the same worlds.
func TestMutationGate(t *testing.T) {
	t.Parallel()
	all := loadAll(t)
	require.GreaterOrEqual(t, len(all), wanted)
	hunter := hunter{program: build(t, all, "./hunt")}
	prey := chosen(t, all)

	trails := hunter.huntAll(t.Context(), prey)
	worlds := unplanted
	for _, trail := range trails {
		worlds = max(worlds, trail.Seeds*min(len(trail.Invariant), 1))
	}
	t.Logf("%d mutants:\n%s", len(prey), table(trails))
	for _, trail := range trails {
		require.NoError(t, trail.err, "mutant %s", trail.mutant.Name)
	}
	for _, trail := range trails {
		if trail.Seed == 0 {
			t.Errorf("mutant %s has survived %d worlds: %s\nIt should have broken %s. What else was broken: %v",
				trail.mutant.Name, trail.Seeds, trail.mutant.Text, strings.Join(trail.mutant.Breaks, " or "), trail.Others)
		}
	}
	for _, trail := range hunter.unplanted(t.Context(), worlds) {
		require.NoError(t, trail.err)
		if trail.Seed != 0 {
			t.Errorf("the engine itself is at fault, with no mutant awake, so that the table says little: seed %d: %s", trail.Seed, trail.Text)
		}
	}
}

// chosen returns the mutants to hunt: in a short test a few.
func chosen(t *testing.T, all []Mutant) []Mutant {
	t.Helper()
	switch {
	case *only != "":
		i := slices.IndexFunc(all, func(m Mutant) bool { return m.Name == *only })
		require.NotEqual(t, -1, i, "there is no mutant %q", *only)
		return all[i : i+1]
	case testing.Short():
		var few []Mutant
		for i := 0; i < len(all); i += 8 {
			few = append(few, all[i])
		}
		return few
	}
	return all
}

// hunter runs a program with mutants in it.
type hunter struct{ program string }

// trail is what came of hunting a mutant.
type trail struct {
	mutant Mutant
	Catch
	err error
}

// huntAll hunts mutants, as many at a time as there are processors.
func (h hunter) huntAll(ctx context.Context, prey []Mutant) []trail {
	return sideBySide(len(prey), func(i int) trail { return h.hunt(ctx, prey[i], 1, *maxSeeds) })
}

// unplanted hunts with no mutant awake, in a share of the worlds on each processor.
func (h hunter) unplanted(ctx context.Context, worlds int) []trail {
	share := (worlds + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0)
	return sideBySide(runtime.GOMAXPROCS(0), func(i int) trail { return h.hunt(ctx, Mutant{}, 1+i*share, share) })
}

func sideBySide(n int, do func(int) trail) []trail {
	out := make([]trail, n)
	places := make(chan struct{}, runtime.GOMAXPROCS(0))
	var hunts sync.WaitGroup
	for i := range out {
		places <- struct{}{}
		hunts.Go(func() {
			defer func() { <-places }()
			out[i] = do(i)
		})
	}
	hunts.Wait()
	return out
}

func (h hunter) hunt(ctx context.Context, m Mutant, from, seeds int) trail {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, h.program,
		fmt.Sprintf("-from=%d", from), fmt.Sprintf("-seeds=%d", seeds), "-invariants="+strings.Join(m.Breaks, ","))
	cmd.Env = append(os.Environ(), Awake+"="+m.Name, "GOMAXPROCS=1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	found := trail{mutant: m}
	if err == nil {
		err = json.Unmarshal(out, &found.Catch)
	}
	if err != nil {
		text := stderr.String()
		found.err = fmt.Errorf("the hunt has not come to an end (%w): %s", err, text[:min(len(text), 4000)])
	}
	return found
}

// table lays out what was found for people to read.
func table(trails []trail) string {
	var b strings.Builder
	w := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "mutant\tworlds\tinvariant\twhat was seen")
	for _, t := range trails {
		if t.Seed == 0 {
			t.Invariant, t.Text = "none", "SURVIVED; other invariants broken: "+strings.Join(slices.Sorted(maps.Keys(t.Others)), " ")
		}
		if t.err != nil {
			t.Text = t.err.Error()
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", t.mutant.Name, t.Seeds, t.Invariant, clip(t.Text, 110))
	}
	_ = w.Flush()
	return b.String()
}

// clip shortens text to n runes.
func clip(s string, n int) string {
	s, _, _ = strings.Cut(s, "\n")
	if r := []rune(s); len(r) > n {
		return string(r[:n-1]) + "…"
	}
	return s
}
