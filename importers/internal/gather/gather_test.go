package gather_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
	"github.com/incidentkit/incidentkit/oncall"
)

// always is a schedule with one person.
func always(id string) oncall.Schedule {
	return oncall.Schedule{ID: id, Zone: "UTC", Rotations: []oncall.Rotation{{
		ID: "r", Start: oncall.Local(2026, time.January, 5, 9, 0), Turns: oncall.Every(1, oncall.Weeks), Seats: oncall.Seats("ada"),
	}}}
}

// read is an importer that notes something of each document, from the last to the
// first, and makes a schedule of each id.
func read(o importers.Options, files ...importers.File) (importers.Result, error) {
	im := gather.Open(o, files)
	for i := range im.Docs {
		root := im.Docs[len(im.Docs)-1-i].Root()
		im.Assume(root.Get("id"), "the number %d", i)
		im.Loss(root, "all of it")
		im.Add(root, always(root.Get("id").Str()))
	}
	return im.Result()
}

func TestNotesSayWhere(t *testing.T) {
	t.Parallel()
	const doc = `{"id": "a", "color": "red"}`
	result, err := read(importers.Options{}, importers.File{Name: "a.json", Data: []byte(doc)})
	require.NoError(t, err)
	assert.Equal(t, []string{
		"assumption /id the number 0", "loss  all of it", "loss /color this has no counterpart and was left out",
	}, importtest.Notes(result.Report), "one file needs no name")

	result, err = read(importers.Options{}, importers.File{Name: "in/a.json", Data: []byte(doc)}, importers.File{Data: []byte(`{"id": "b"}`)})
	require.NoError(t, err)
	assert.Equal(t, []string{
		"assumption in/a.json#/id the number 1", "loss in/a.json# all of it", "loss in/a.json#/color this has no counterpart and was left out",
		"assumption file 2#/id the number 0", "loss file 2# all of it",
	}, importtest.Notes(result.Report), "in the order of the files")
}

func TestErrorsSayWhere(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		options importers.Options
		docs    []string
		want    []string
	}{
		"no file":               {docs: nil, want: []string{"want a document, not nothing"}},
		"no documents":          {docs: []string{"{", "nope"}, want: []string{"a.json:1:2: want a JSON document", "b.json:1:2: want a JSON document"}},
		"in the second":         {docs: []string{`{"id": "a"}`, `{"id": 7}`}, want: []string{"b.json:1:8: /id: want a text, not 7"}},
		"a schedule twice":      {docs: []string{`{"id": "a"}`, `{"id": "a"}`}, want: []string{`a.json:1:1: want each schedule once; "a" came before`}},
		"a schedule of no name": {docs: []string{`{"id": ""}`}, want: []string{"a.json:1:1: want a schedule in which id is"}},
		"a zone of the options": {options: importers.Options{Zone: "Mars"}, docs: []string{`{"id": "a"}`},
			want: []string{`Options.Zone: want a time zone such as "Europe/Berlin" or "Eastern Time (US & Canada)", not "Mars"`}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result, err := read(tt.options, importtest.Files(tt.docs...)...)
			var wrong *importers.Error
			require.ErrorAs(t, err, &wrong)
			for _, want := range tt.want {
				assert.ErrorContains(t, err, want)
			}
			assert.Zero(t, result)
		})
	}
}

func TestPeople(t *testing.T) {
	t.Parallel()
	im := gather.Open(importers.Options{}, importtest.Files(`{}`))
	im.Person("", "Nobody", "")
	im.Person("b", "", "ben@example.com")
	im.Person("a", "Ada", "")
	im.Person("b", "Ben", "other@example.com")
	result, err := im.Result()
	require.NoError(t, err)
	assert.Equal(t, []importers.Person{{ID: "a", Name: "Ada"}, {ID: "b", Name: "Ben", Email: "ben@example.com"}}, result.People)
}
