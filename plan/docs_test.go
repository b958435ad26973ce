package plan_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/plan"
)

// object is the part of a JSON Schema that the documentation follows.
type object struct {
	Properties map[string]object `json:"properties"`
	Required   []string          `json:"required"`
	Items      *object           `json:"items"`
}

// fields adds, for every object of the document, its fields and whether each is
// required.
func (o object) fields(path string, into map[string]map[string]bool) {
	if o.Items != nil {
		o.Items.fields(path, into)
		return
	}
	if o.Properties == nil {
		return
	}
	into[path] = map[string]bool{}
	for name, property := range o.Properties {
		into[path][name] = slices.Contains(o.Required, name)
		property.fields(strings.TrimPrefix(path+"."+name, "."), into)
	}
}

// The reference has a table for every object of the schema, with every field.
func TestReferenceIsComplete(t *testing.T) {
	t.Parallel()
	var schema object
	require.NoError(t, json.Unmarshal(plan.Schema(), &schema))
	want := map[string]map[string]bool{}
	schema.fields("", want)

	got := map[string]map[string]bool{}
	heading := regexp.MustCompile("^## (?:The document|`([a-z_.]+)`)$")
	row := regexp.MustCompile("^\\| `([a-z_$]+)` \\|.*\\| ([^|]*) \\|$")
	path := ""
	for line := range strings.Lines(reference(t)) {
		line = strings.TrimSpace(line)
		if m := heading.FindStringSubmatch(line); m != nil {
			path = m[1]
			got[path] = map[string]bool{}
		} else if m := row.FindStringSubmatch(line); m != nil {
			got[path][m[1]] = m[2] == "required"
		}
	}
	assert.Equal(t, want, got)
}

// What the documentation shows is a plan.
func TestDocumentedPlansAreValid(t *testing.T) {
	t.Parallel()
	_, rest, _ := strings.Cut(reference(t), "```json\n")
	doc, _, ok := strings.Cut(rest, "```")
	require.True(t, ok)
	_, err := plan.Parse([]byte(doc))
	require.NoError(t, err)

	source, err := os.ReadFile("doc.go")
	require.NoError(t, err)
	var b strings.Builder
	for line := range strings.Lines(string(source)) {
		if code, ok := strings.CutPrefix(line, "//\t"); ok && !strings.HasPrefix(strings.TrimSpace(code), "//") {
			b.WriteString(code)
		}
	}
	_, err = plan.Parse([]byte(b.String()))
	require.NoError(t, err)
}

func reference(tb testing.TB) string {
	tb.Helper()
	text, err := os.ReadFile("../docs/plan.md")
	require.NoError(tb, err)
	return string(text)
}
