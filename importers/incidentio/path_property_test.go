package incidentio_test

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/incidentio"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
)

// node is a drawn node of a path; one with branches is on whether the priority is
// Critical.
type node struct {
	kind            string // level, delay, repeat, if_else
	id, user        string
	seconds, times  int
	to              string
	then, otherwise []node
}

func (n node) String() string {
	switch n.kind {
	case "level":
		return level(n.id, ack(n.seconds), "user "+n.user)
	case "delay":
		return fmt.Sprintf(`{"type": "delay", "delay": {"delay_seconds": %d}}`, n.seconds)
	case "repeat":
		return back(n.to, n.times)
	}
	return either(n.id, critical, written(n.then), written(n.otherwise))
}

func written(nodes []node) []string {
	var texts []string
	for _, n := range nodes {
		texts = append(texts, n.String())
	}
	return texts
}

// drawer draws paths with one repetition at most. Levels are what it goes back to.
type drawer struct {
	t        *rapid.T
	ids      int
	repeated bool
}

func (d *drawer) nodes(depth int, levels []string) []node {
	var nodes []node
	for range rapid.IntRange(1, 4).Draw(d.t, "nodes") {
		kinds := []string{"level", "level", "delay"}
		if depth < 3 {
			kinds = append(kinds, "if_else")
		}
		if len(levels) > 0 && !d.repeated {
			kinds = append(kinds, "repeat")
		}
		d.ids++
		n := node{kind: rapid.SampledFrom(kinds).Draw(d.t, "kind"), id: fmt.Sprint("n", d.ids), seconds: 60 * rapid.IntRange(1, 30).Draw(d.t, "minutes")}
		switch n.kind {
		case "level":
			n.user = rapid.SampledFrom([]string{"ada", "ben", "cy"}).Draw(d.t, "user")
			levels = append(slices.Clone(levels), n.id)
		case "repeat":
			n.to, n.times, d.repeated = rapid.SampledFrom(levels).Draw(d.t, "to"), rapid.IntRange(1, 4).Draw(d.t, "times"), true
		case "if_else":
			n.then = d.nodes(depth+1, levels)
			n.otherwise = d.nodes(depth+1, levels)
		}
		nodes = append(nodes, n)
	}
	return nodes
}

// walker does what incident.io does with a path.
type walker struct {
	critical bool
	seconds  int
	went     map[string]int // how often each repetition has gone back
	lines    []string
}

// walk returns the node that is gone back to, if it is not one of these.
func (w *walker) walk(nodes []node) (to string) {
	for i := 0; i < len(nodes); i++ {
		n := nodes[i]
		to = ""
		switch n.kind {
		case "level":
			w.lines = append(w.lines, importtest.After(w.seconds)+" "+n.user+"/high")
			w.seconds += n.seconds
		case "delay":
			w.seconds += n.seconds
		case "repeat":
			if w.went[n.id] < n.times {
				w.went[n.id]++
				to = n.to
			}
		case "if_else":
			if w.critical {
				to = w.walk(n.then)
			} else {
				to = w.walk(n.otherwise)
			}
		}
		if to == "" {
			continue
		}
		at := slices.IndexFunc(nodes, func(n node) bool { return n.id == to })
		if at < 0 {
			return to
		}
		i = at - 1
	}
	return ""
}

func TestPathsAreAsIncidentioHasThem(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawer{t: t}
		nodes := append(d.nodes(1, nil), node{kind: "level", id: "last", user: "dan", seconds: 60})
		result, err := incidentio.Import(importers.Options{}, importtest.Files(route(written(nodes)...))...)
		require.NoError(t, err)
		for _, severity := range []string{"Critical", "Low"} {
			w := walker{critical: severity == "Critical", went: map[string]int{}}
			w.walk(nodes)
			got, _ := importtest.Play{Policy: "p", At: "2026-01-05T12:00:00Z", Facts: escalation.Facts{Severity: severity}}.Course(t, result)
			require.Equal(t, append(w.lines, importtest.After(w.seconds)+" exhausted"), got, severity)
		}
	})
}
