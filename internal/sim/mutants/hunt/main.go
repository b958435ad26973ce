// Command hunt runs simulated worlds until a promise is broken in one, and prints
// what it has found as JSON. It is built with mutants in it (see package mutants),
// of which the environment awakes one.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
	_ "time/tzdata" // worlds are the same on a system that has no zones

	"github.com/incidentkit/incidentkit/internal/sim/mutants"
)

func main() {
	from := flag.Uint64("from", 1, "the first seed")
	seeds := flag.Int("seeds", 1000, "how many to try at most")
	invariants := flag.String("invariants", "", "which to look for, such as I1,I12; empty: all")
	flag.Parse()
	wanted := strings.FieldsFunc(*invariants, func(r rune) bool { return r == ',' })
	if err := json.NewEncoder(os.Stdout).Encode(mutants.Hunt(*from, *seeds, wanted)); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1) //nolint:forbidigo // a program
	}
}
