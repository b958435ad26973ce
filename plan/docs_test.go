package plan_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/plan"
)

// object is the part of a JSON Schema that the documentation follows.
type object struct {
	Properties map[string]object `json:"properties"`
	Required   []string          `json:"required"`
	Items      *object           `json:"items"`
	Ref        string            `json:"$ref"`
	Defs       map[string]object `json:"$defs"`
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
	for name, shared := range schema.Defs {
		shared.fields(name, want)
	}

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

// What the documentation shows is a plan, or a part of one.
func TestDocumentedPlansAreValid(t *testing.T) {
	t.Parallel()
	blocks := regexp.MustCompile("(?s)```json\n(.*?)```").FindAllStringSubmatch(reference(t), -1)
	require.Greater(t, len(blocks), 3)
	_, err := plan.Parse([]byte(blocks[0][1]))
	require.NoError(t, err)
	spec := minimal()
	for _, block := range blocks[1:] {
		part(t, block[1], &spec)
	}
	for _, id := range []string{"ben", "cleo", "dan", "eve", "fay"} {
		spec.People = append(spec.People, plan.Person{ID: id, Contacts: []plan.Contact{{Channel: "chat", To: "@" + id}}})
	}
	written, err := json.Marshal(spec)
	require.NoError(t, err)
	p, err := plan.Parse(written)
	require.NoError(t, err)
	for _, id := range []string{"sun", "office"} { // as the text says
		rota, _ := p.Schedule(id)
		for gap := range rota.Gaps(time.Date(2026, time.January, 5, 9, 0, 0, 0, time.UTC), time.Date(2027, time.January, 1, 0, 0, 0, 0, time.UTC)) {
			assert.True(t, gap.Intended, "%s: %s", id, gap.Start)
		}
	}

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

// part adds what a block of the documentation shows to a plan.
func part(tb testing.TB, block string, to *plan.Spec) {
	tb.Helper()
	var person plan.Person
	var schedule plan.Schedule
	var policy plan.Policy
	switch {
	case strings.Contains(block, `"rules"`):
		require.NoError(tb, json.Unmarshal([]byte(block), &person))
		to.People = append(to.People, person)
	case strings.Contains(block, `"rotations"`):
		require.NoError(tb, json.Unmarshal([]byte(block), &schedule))
		to.Schedules = append(to.Schedules, schedule)
	case strings.Contains(block, `"steps"`):
		require.NoError(tb, json.Unmarshal([]byte(block), &policy))
		to.Policies = append(to.Policies, policy)
	default:
		require.NoError(tb, json.Unmarshal([]byte(block), to))
	}
}

func reference(tb testing.TB) string {
	tb.Helper()
	text, err := os.ReadFile("../docs/plan.md")
	require.NoError(tb, err)
	return string(text)
}
