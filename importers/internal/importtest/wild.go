package importtest

import (
	"encoding/json"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/oncall"
)

// Valid checks that an importer gives either errors or schedules and policies that
// are valid, whatever the documents are.
func Valid(t T, imp Importer, docs ...string) {
	t.Helper()
	o := importers.Options{
		At: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC), Zone: "Europe/Berlin",
		From: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), To: time.Date(2026, 1, 20, 0, 0, 0, 0, time.UTC),
	}
	result, err := imp(o, Files(docs...)...)
	for _, s := range result.Schedules {
		if errs := oncall.Validate(s); len(errs) > 0 {
			t.Errorf("schedule %q is not valid: %v, from %q", s.ID, errs, docs)
		}
	}
	if _, err := escalation.CompileAll(result.Policies); err != nil {
		t.Errorf("policies are not valid: %v, from %q", err, docs)
	}
	if err != nil && len(result.Schedules)+len(result.Policies) > 0 {
		t.Errorf("an error, and schedules or policies too, from %q", docs)
	}
}

// wild is what stands in the place of a value in turn.
var wild = []string{
	`null`, `""`, `"x"`, `0`, `-1`, `100000`, `9223372036854775807`, `1e300`, `true`, `[]`, `{}`, `[null]`,
	`"0001-01-01T00:00:00Z"`, `"9998-12-31T23:59:59+14:00"`, `"P99999M"`,
}

// Wild checks with Valid, once for each value in each of the documents and each
// of a few others in its place.
func Wild(t T, imp Importer, docs ...string) {
	t.Helper()
	for i, doc := range docs {
		var tree any
		if err := json.Unmarshal([]byte(doc), &tree); err != nil {
			t.Fatal(err)
		}
		places(tree, func(put func(any)) {
			for _, w := range wild {
				put(json.RawMessage(w))
				changed, err := json.Marshal(tree)
				if err != nil {
					t.Fatal(err)
				}
				all := slices.Clone(docs)
				all[i] = string(changed)
				Valid(t, imp, all...)
			}
		})
	}
}

// places calls visit for each value of a document, with a function that puts
// another in its place. The value comes back afterwards.
func places(tree any, visit func(put func(any))) {
	switch tree := tree.(type) {
	case map[string]any:
		for key, old := range tree {
			visit(func(v any) { tree[key] = v })
			tree[key] = old
			places(old, visit)
		}
	case []any:
		for i, old := range tree {
			visit(func(v any) { tree[i] = v })
			tree[i] = old
			places(old, visit)
		}
	}
}
