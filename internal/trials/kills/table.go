//go:build linux || darwin

package kills

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Tally counts what was done, and what came of it.
type Tally struct {
	mu     sync.Mutex
	counts map[string]int
}

func (t *Tally) add(what string, n int) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.counts == nil {
		t.counts = map[string]int{}
	}
	t.counts[what] += n
}

func (t *Tally) all() map[string]int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return maps.Clone(t.counts)
}

// Report says what was tried, how often, and what was found.
type Report struct {
	Seed   uint64       `json:"seed"`
	Worlds map[Kind]int `json:"worlds"`

	// Counts are by what was counted, and by the kind of the store.
	Counts map[string]map[Kind]int `json:"counts"`

	Violations []string `json:"violations"`
}

// NewReport adds up what came of all worlds.
func NewReport(seed uint64, outcomes []*Outcome) Report {
	r := Report{Seed: seed, Worlds: map[Kind]int{}, Counts: map[string]map[Kind]int{}, Violations: []string{}}
	for _, o := range outcomes {
		r.Worlds[o.Store]++
		for what, n := range o.Counts {
			if r.Counts[what] == nil {
				r.Counts[what] = map[Kind]int{}
			}
			r.Counts[what][o.Store] += n
		}
		for _, v := range o.Violations {
			r.Violations = append(r.Violations, o.World+": "+v.String())
		}
		for _, text := range o.Wrong {
			r.Violations = append(r.Violations, o.World+": "+text)
		}
	}
	return r
}

// Count returns how often something was counted, over all stores, whose name begins
// with the prefix.
func (r Report) Count(prefix string) int {
	n := 0
	for what, counts := range r.Counts {
		if strings.HasPrefix(what, prefix) {
			for _, c := range counts {
				n += c
			}
		}
	}
	return n
}

// JSON renders the report for a program.
func (r Report) JSON() ([]byte, error) { return json.MarshalIndent(r, "", "  ") }

// Markdown renders the report as a table.
func (r Report) Markdown() string {
	var b strings.Builder
	row := func(what string, sqlite, postgres any) { fmt.Fprintf(&b, "| %s | %v | %v |\n", what, sqlite, postgres) }
	row("", SQLite, Postgres)
	row("---", "---:", "---:")
	row("worlds", r.Worlds[SQLite], r.Worlds[Postgres])
	for _, what := range slices.Sorted(maps.Keys(r.Counts)) {
		row(what, r.Counts[what][SQLite], r.Counts[what][Postgres])
	}
	if len(r.Violations) == 1 {
		b.WriteString("\n1 violation was found.\n")
	} else {
		fmt.Fprintf(&b, "\n%d violations were found.\n", len(r.Violations))
	}
	return b.String()
}
