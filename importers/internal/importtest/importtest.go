// Package importtest tests importers by what their schedules and policies say: who
// is on call at an instant, and who is paged when.
package importtest

import (
	"errors"
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

	// Course has the course of policies that nobody answers, by their ids, as Course
	// writes it.
	Course map[string][]string

	// Notes are the whole report in any order: the level, the path, and something
	// that the text says, with spaces between them.
	Notes []string

	// Errors are all errors in any order: the path, and something that it says.
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
	if err != nil {
		return
	}
	for id, want := range c.Course {
		if got := Course(t, result, id); !slices.Equal(got, want) {
			t.Errorf("course of %q: want\n%s\nnot\n%s", id, strings.Join(want, "\n"), strings.Join(got, "\n"))
		}
	}
	for _, p := range result.Policies { // the last resort is not for the second in which somebody is paged
		if got := Course(t, result, p.ID); strings.HasSuffix(got[len(got)-1], ", exhausted") {
			t.Errorf("the last page of %q is not waited for: %s", p.ID, got[len(got)-1])
		}
	}
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
	match(t, "notes", c.Notes, Notes(report))
}

// match checks that each wanted text is one of those there are: that the words
// up to the path are the same, and that it has the rest somewhere.
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
		if got := who(rotas[id], Time(t, instant)); got != want {
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
