package mutants

import (
	"fmt"
	"slices"

	"github.com/incidentkit/incidentkit/internal/oracle"
	"github.com/incidentkit/incidentkit/internal/sim"
)

// Catch is what a hunt has come home with.
type Catch struct {
	Seeds     int    // worlds that were run
	Seed      uint64 // the one in which a promise was broken; 0: in none
	Invariant string
	Text      string // the first violation

	// Others are violations of invariants that were not looked for: the first of
	// each.
	Others map[string]string `json:",omitempty"`
}

// Hunt runs worlds, from a seed on, until one of the invariants is broken in one;
// without any named, until anything is wrong. A panic of the engine that the engine
// itself does not survive is wrong, too: it has the name "panic".
func Hunt(from uint64, seeds int, invariants []string) Catch {
	caught := Catch{Others: map[string]string{}}
	for seed := from; seed < from+uint64(seeds); seed++ {
		caught.Seeds++
		for _, v := range violations(seed) {
			if len(invariants) == 0 || slices.Contains(invariants, v.Invariant) {
				caught.Seed, caught.Invariant, caught.Text = seed, v.Invariant, v.String()
				return caught
			}
			if _, ok := caught.Others[v.Invariant]; !ok {
				caught.Others[v.Invariant] = fmt.Sprintf("seed %d: %s", seed, v)
			}
		}
	}
	return caught
}

func violations(seed uint64) (found []oracle.Violation) {
	defer func() {
		if r := recover(); r != nil { //nolint:forbidigo // a mutant may do anything; the hunt goes on
			found = []oracle.Violation{{Invariant: "panic", Text: fmt.Sprint(r)}}
		}
	}()
	return sim.Run(sim.Config{Seed: seed}).Violations
}
