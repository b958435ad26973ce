package incident_test

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/incident"
)

var updateDocs = flag.Bool("update-docs", false, "write the tables into docs/lifecycle.md")

// The tables in the guide are made from the rules.
func TestGuideShowsTheRules(t *testing.T) {
	t.Parallel()
	const path = "../docs/lifecycle.md"
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	var rules, guards strings.Builder
	rules.WriteString("| while | action | leads to | if | who may |\n| --- | --- | --- | --- | --- |\n")
	guards.WriteString("| guard | wants |\n| --- | --- |\n")
	seen := map[incident.Guard]bool{}
	for r := range incident.Rules() {
		from, to := string(r.From), string(r.To)
		if r.From == incident.None {
			from = "(new)"
		}
		if r.From == r.To {
			to = "stays"
		}
		fmt.Fprintf(&rules, "| %s | %s | %s | %s | %s |\n", from, r.Action, to, list(r.Guards), list(r.By))
		for _, g := range r.Guards {
			if !seen[g] {
				seen[g] = true
				fmt.Fprintf(&guards, "| %s | %s |\n", g, g.Want())
			}
		}
	}
	want := between(string(data), "rules", rules.String())
	want = between(want, "guards", guards.String())
	if *updateDocs {
		require.NoError(t, os.WriteFile(path, []byte(want), 0o600))
		return
	}
	require.Equal(t, want, string(data), "docs/lifecycle.md is out of date: go test ./incident -run Guide -update-docs")
}

func list[T ~string](all []T) string {
	parts := make([]string, len(all))
	for i, a := range all {
		parts[i] = string(a)
	}
	return strings.Join(parts, ", ")
}

func between(doc, name, content string) string {
	re := regexp.MustCompile(`(?s)(<!-- ` + name + ` -->\n).*(<!-- /` + name + ` -->)`)
	return re.ReplaceAllString(doc, "${1}"+content+"${2}")
}
