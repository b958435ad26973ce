package archtest

import (
	"fmt"
	"go/ast"
	"testing"
)

// checkSleep finds files that wait for time to pass. Only in the bubble of
// testing/synctest, where time is virtual, is that not a guess.
func checkSleep(p *pkg) []string {
	var findings []string
	for _, f := range append(append([]*ast.File(nil), p.Files...), p.Tests...) {
		clock, bubble := "", false
		for _, spec := range f.Imports {
			switch spec.Path.Value {
			case `"time"`:
				clock = "time"
				if spec.Name != nil {
					clock = spec.Name.Name
				}
			case `"testing/synctest"`:
				bubble = true
			}
		}
		if clock == "" || bubble {
			continue
		}
		ast.Inspect(f, func(n ast.Node) bool {
			if sel, ok := n.(*ast.SelectorExpr); ok && sel.Sel.Name == "Sleep" {
				if x, ok := sel.X.(*ast.Ident); ok && x.Name == clock {
					findings = append(findings, fmt.Sprintf("%s: sleeps: wait for the event itself, or run in testing/synctest", p.Fset.Position(n.Pos())))
				}
			}
			return true
		})
	}
	return findings
}

func TestNobodySleeps(t *testing.T) {
	t.Parallel()
	for _, p := range repo(t).Pkgs {
		report(t, checkSleep(p))
	}
}

func TestCheckSleepFindsSleepers(t *testing.T) {
	t.Parallel()
	p := planted(t, "x", map[string]string{
		"awake.go":       "package x\nimport \"time\"\nvar _ = time.Now\ntype bed struct{}\nfunc (bed) Sleep() { bed{}.Sleep() }",
		"asleep.go":      "package x\nimport clock \"time\"\nvar _ = clock.Sleep",
		"asleep_test.go": "package x\nimport \"time\"\nfunc f() { time.Sleep(1) }",
		"bubble_test.go": "package x\nimport (\"testing/synctest\"; \"time\")\nfunc f() { synctest.Wait(); time.Sleep(1) }",
	})
	wantFindings(t, checkSleep(p), "x/asleep.go", "x/asleep_test.go")
}
