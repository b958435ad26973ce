package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/jsonschema-go/jsonschema"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/plan"
)

const planDir = "../../../plan"

func resolved(tb testing.TB) *jsonschema.Resolved {
	tb.Helper()
	var schema jsonschema.Schema
	require.NoError(tb, json.Unmarshal(plan.Schema(), &schema))
	r, err := schema.Resolve(nil)
	require.NoError(tb, err)
	return r
}

func documents(tb testing.TB, folder string) map[string][]byte {
	tb.Helper()
	paths, err := filepath.Glob(filepath.Join(planDir, "testdata", folder, "*.json"))
	require.NoError(tb, err)
	require.NotEmpty(tb, paths)
	docs := map[string][]byte{}
	for _, path := range paths {
		doc, err := os.ReadFile(path)
		require.NoError(tb, err)
		docs[strings.TrimSuffix(filepath.Base(path), ".json")] = doc
	}
	return docs
}

func TestSchemaIsCurrent(t *testing.T) {
	t.Parallel()
	require.NoError(t, run(planDir, true))
}

func TestRun(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	var spec []byte
	for _, name := range []string{"spec.go", "spec_people.go", "spec_policies.go", "spec_schedules.go"} {
		var err error
		spec, err = os.ReadFile(filepath.Join(planDir, name))
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), spec, 0o600))
	}

	require.Error(t, run(dir, true), "there is no schema yet")
	require.NoError(t, run(dir, false))
	require.NoError(t, run(dir, true))
	written, err := os.ReadFile(filepath.Join(dir, fileName))
	require.NoError(t, err)
	assert.Equal(t, string(plan.Schema()), string(written))

	require.NoError(t, os.WriteFile(filepath.Join(dir, fileName), []byte("{}"), 0o600))
	require.ErrorContains(t, run(dir, true), "is not current; run: go generate ./plan")

	silent := strings.Replace(string(spec), "\t// Unique among the schedules.\n", "", 1)
	require.NotEqual(t, string(spec), silent)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "spec_schedules.go"), []byte(silent), 0o600))
	require.EqualError(t, run(dir, false), "Schedule.ID has no comment")

	require.NoError(t, os.WriteFile(filepath.Join(dir, "spec.go"), []byte("package"), 0o600))
	require.ErrorContains(t, run(dir, false), "spec.go")
}

func TestUnknownKindOfText(t *testing.T) {
	t.Parallel()
	require.Error(t, limit(&jsonschema.Schema{}, "poem", false))
}

func TestValidDocumentsFit(t *testing.T) {
	t.Parallel()
	schema := resolved(t)
	for name, doc := range documents(t, "valid") {
		assert.NoError(t, validate(schema, doc), name)
	}
}

// meaning lists the invalid documents in which every part is well-formed by
// itself. That is beyond a schema.
var meaning = map[string]bool{
	"duplicate-keys":        true, // a JSON parser takes the last
	"escalation-meaning":    true,
	"escalation-references": true,
	"references":            true,
	"rotation-meaning":      true,
	"routes":                true,
	"schedule-meaning":      true,
	"severities":            true,
	"waits":                 true,
}

func TestInvalidDocumentsDoNotFit(t *testing.T) {
	t.Parallel()
	schema := resolved(t)
	docs := documents(t, "invalid")
	for name, doc := range docs {
		if err := validate(schema, doc); meaning[name] {
			assert.NoError(t, err, name)
		} else {
			assert.Error(t, err, name)
		}
	}
	for name := range meaning {
		assert.NotEmpty(t, docs[name], name)
	}
}

// Whatever Parse takes fits the schema: an editor never marks what is right.
func TestSchemaIsNotStricterThanParse(t *testing.T) {
	t.Parallel()
	schema := resolved(t)
	replacements := []any{nil, true, 7.0, "", "x", "x y", "5m", "0s", "1 week", "2 weeks", "90 minutes", "UTC", "09:00", "00:00:30", "add", "keep", "turn", "last", "overflow", "mon", "ready", "triage", "person", "team", "everyone", "low", "all", "in_turn", "drill", "2026-01-05T09:00",
		"2026-01-05T09:00:00Z", "2026-01-05T09:00:00+00:00", []any{}, []any{"ana"}, []any{"mon"}, map[string]any{}, map[string]any{"vacant": true}, strings.Repeat("x", plan.MaxID), "é", "two\nlines"}
	for name, doc := range documents(t, "valid") {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var tree any
			require.NoError(t, json.Unmarshal(doc, &tree))
			accepted := 0
			m := mutator{replacements: replacements, done: map[string]bool{}, try: func() {
				changed, err := json.Marshal(tree)
				require.NoError(t, err)
				if _, err := plan.Parse(changed); err == nil {
					accepted++
					assert.NoError(t, validate(schema, changed), "%s", changed)
				}
			}}
			m.mutate("", tree)
			assert.Greater(t, accepted, 20)
		})
	}
}

// mutator replaces every value of a tree by every third of the replacements, at the
// next place by the next third, and by nothing. Of values at the same place, in
// objects with the same fields, one is enough.
type mutator struct {
	replacements []any
	try          func()
	done         map[string]bool
}

func (m *mutator) mutate(place string, tree any) {
	switch v := tree.(type) {
	case map[string]any:
		keys := slices.Sorted(maps.Keys(v))
		for _, key := range keys {
			old := v[key]
			m.mutate(place+"."+key, old)
			if m.once(fmt.Sprint(place, keys, key), func(r any) { v[key] = r }) {
				delete(v, key)
				m.try()
			}
			v[key] = old
		}
	case []any:
		for i, old := range v {
			m.mutate(place+"[]", old)
			m.once(place+"[]", func(r any) { v[i] = r })
			v[i] = old
		}
	}
}

// once tries replacements, unless the place has been seen.
func (m *mutator) once(place string, set func(any)) bool {
	if m.done[place] {
		return false
	}
	m.done[place] = true
	for i := len(m.done) % 3; i < len(m.replacements); i += 3 {
		set(m.replacements[i])
		m.try()
	}
	return true
}

func validate(schema *jsonschema.Resolved, doc []byte) error {
	var value any
	if err := json.Unmarshal(doc, &value); err != nil {
		return err
	}
	return schema.Validate(value)
}
