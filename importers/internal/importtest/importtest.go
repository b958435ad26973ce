// Package importtest tests importers by what their schedules say: who is on call
// at an instant.
package importtest

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// Importer is the function that every importer has.
type Importer func(o importers.Options, files ...importers.File) (importers.Result, error)

// Case is a set of documents and what is to come of them.
type Case struct {
	Name    string
	Docs    []string // JSON; named a.json, b.json and so on
	Options importers.Options

	// OnCall has who is on call at an instant in RFC 3339, ids with spaces between
	// them, in order. An instant may begin with the id of a schedule and a space;
	// otherwise it is about the first.
	OnCall map[string]string

	// Notes are the whole report in any order: the level, the path, and something
	// that the text says, with spaces between them.
	Notes []string

	// Errors are all errors: the path, and something that it says.
	Errors []string
}

// T is what the checks need of a *testing.T.
type T interface {
	Helper()                           // as in testing
	Errorf(format string, args ...any) // as in testing
	Fatal(args ...any)                 // as in testing
}

// Check imports the documents and compares what comes of them.
func (c Case) Check(t T, imp Importer) {
	t.Helper()
	result, err := imp(c.Options, Files(c.Docs...)...)
	c.errors(t, err)
	c.notes(t, result.Report)
	c.onCall(t, result.Schedules)
}

// Files makes files of documents.
func Files(docs ...string) []importers.File {
	files := make([]importers.File, len(docs))
	for i, doc := range docs {
		files[i] = importers.File{Name: string(rune('a'+i)) + ".json", Data: []byte(doc)}
	}
	return files
}

func (c Case) errors(t T, err error) {
	t.Helper()
	var got []string
	for _, e := range flatten(err) {
		var at *jsondoc.Error
		if !errors.As(e, &at) {
			t.Errorf("an error without a path: %v", e)
			continue
		}
		got = append(got, at.Path+" "+at.Want)
	}
	match(t, "errors", c.Errors, got)
}

// flatten takes joined errors apart.
func flatten(err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		if err == nil {
			return nil
		}
		return []error{err}
	}
	var all []error
	for _, e := range joined.Unwrap() {
		all = append(all, flatten(e)...)
	}
	return all
}

func (c Case) notes(t T, report []oncall.Note) {
	t.Helper()
	var got []string
	for _, n := range report {
		got = append(got, fmt.Sprintf("%s %s %s", n.Level, n.Path, n.Text))
	}
	match(t, "notes", c.Notes, got)
}

// match checks that each wanted text is one of those there are: that it begins
// with the same words up to the path, and has the rest somewhere.
func match(t T, what string, want, got []string) {
	t.Helper()
	left := slices.Clone(got)
	for _, w := range want {
		i := slices.IndexFunc(left, func(g string) bool { return says(g, w) })
		if i < 0 {
			t.Errorf("%s: want %q among\n%s", what, w, strings.Join(left, "\n"))
			continue
		}
		left = slices.Delete(left, i, i+1)
	}
	if len(left) > 0 {
		t.Errorf("%s: not expected:\n%s", what, strings.Join(left, "\n"))
	}
}

func says(got, want string) bool {
	at := max(0, strings.Index(want, "/"))
	head, text, _ := strings.Cut(want[at:], " ")
	return strings.HasPrefix(got, want[:at]+head+" ") && strings.Contains(got, text)
}

func (c Case) onCall(t T, schedules []oncall.Schedule) {
	t.Helper()
	if len(c.OnCall) == 0 || len(schedules) == 0 { // the errors say why
		return
	}
	rotas, err := oncall.CompileAll(schedules)
	if err != nil {
		t.Fatal(err)
	}
	for at, want := range c.OnCall {
		id, instant, found := strings.Cut(at, " ")
		if !found {
			id, instant = schedules[0].ID, id
		}
		when, err := time.Parse(time.RFC3339, instant)
		if err != nil {
			t.Fatal(err)
		}
		if got := who(rotas[id], when); got != want {
			t.Errorf("%s: want %q on call, not %q", at, want, got)
		}
	}
}

func who(rota *oncall.Rota, at time.Time) string {
	var people []string
	for _, s := range rota.AppendAt(nil, at) {
		people = append(people, s.Person)
	}
	slices.Sort(people)
	return strings.Join(people, " ")
}

// Valid checks that an importer gives either errors or schedules that are valid,
// whatever the documents are.
func Valid(t T, imp Importer, docs ...string) {
	t.Helper()
	o := importers.Options{At: time.Date(2026, 3, 4, 12, 0, 0, 0, time.UTC), Zone: "Europe/Berlin"}
	result, err := imp(o, Files(docs...)...)
	for _, s := range result.Schedules {
		if errs := oncall.Validate(s); len(errs) > 0 {
			t.Errorf("schedule %q is not valid: %v, from %q", s.ID, errs, docs)
		}
	}
	if err != nil && len(result.Schedules) > 0 {
		t.Errorf("an error, and schedules too, from %q", docs)
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

// Shared returns a document from beside the repository, if there is such a
// folder: the file, or what stands under a key of its shapes. Where there is none,
// it returns none, and a test has its own only.
func Shared(file, shape string) (docs []string) {
	data, err := os.ReadFile(filepath.Join("..", "..", "..", "shared", filepath.FromSlash(file)))
	if err != nil {
		return nil
	}
	if shape == "" {
		return []string{string(data)}
	}
	var all struct {
		Shapes map[string]struct{ Document json.RawMessage }
	}
	if json.Unmarshal(data, &all) != nil || all.Shapes[shape].Document == nil {
		return nil
	}
	return []string{string(all.Shapes[shape].Document)}
}
