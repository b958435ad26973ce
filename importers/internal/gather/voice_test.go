package gather_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// names are those that a sentence may begin with.
var names = regexp.MustCompile(`^(Better Stack|Datadog|FireHydrant|GoAlert|Grafana OnCall|Opsgenie|PagerDuty|Rootly|Squadcast)\b`)

// All importers speak with one voice: a note is one sentence that begins with a
// small letter and has no full stop, and what an error wants does not say what it
// does not want, since the error goes on with that.
func TestOneVoice(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob(filepath.Join("..", "..", "*", "*.go"))
	require.NoError(t, err)
	own, err := filepath.Glob("*.go")
	require.NoError(t, err)
	notes, wants := 0, 0
	for _, file := range append(files, own...) {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		calls(t, file, func(method, text string) {
			switch method {
			case "Loss", "Assume":
				notes++
				assert.Regexp(t, `^[a-z%]`, names.ReplaceAllString(text, "a name"), "%s: %q", file, text)
				assert.NotRegexp(t, `\.$|\. `, text, "%s: %q", file, text)
			case "Fail", "Failf":
				wants++
				assert.NotRegexp(t, `^not |, (and )?not |\.$`, text, "%s: %q", file, text)
			}
		})
	}
	assert.Greater(t, notes, 80)
	assert.Greater(t, wants, 60)
}

// calls visits the calls of methods with the texts that are written in them, or in
// the constants that they name.
func calls(t *testing.T, file string, visit func(method, text string)) {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	constants := map[string]string{}
	ast.Inspect(tree, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == len(spec.Names) {
			for i, name := range spec.Names {
				constants[name.Name] = written(spec.Values[i], nil)
			}
		}
		return true
	})
	ast.Inspect(tree, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if method, ok := call.Fun.(*ast.SelectorExpr); ok {
			for _, arg := range call.Args {
				if text := written(arg, constants); strings.Contains(text, " ") {
					visit(method.Sel.Name, text)
				}
			}
		}
		return true
	})
}

// written returns the text of an expression as far as it is written there.
func written(e ast.Expr, constants map[string]string) string {
	switch e := e.(type) {
	case *ast.BasicLit:
		text, err := strconv.Unquote(e.Value)
		if err != nil {
			return "" // a number
		}
		return text
	case *ast.BinaryExpr:
		return written(e.X, constants) + written(e.Y, constants)
	case *ast.Ident:
		return constants[e.Name]
	}
	return ""
}
