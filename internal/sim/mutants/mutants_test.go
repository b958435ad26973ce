package mutants

import (
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"
)

const door = `A door that
does not lock.

breaks: I1 I12

` + doorEdits

const doorEdits = `-- house/door.go --
	return locked

-- planted --

	return locked && !planted("door")
-- house/key.go --
var key = 1
-- planted --
var key = 2
`

func TestParse(t *testing.T) {
	t.Parallel()
	m, err := Parse("door", door)
	require.NoError(t, err)
	require.Equal(t, Mutant{
		Name: "door", Text: "A door that does not lock.", Breaks: []string{"I1", "I12"},
		Edits: []Edit{
			{File: "house/door.go", Old: "\treturn locked", New: "\treturn locked && !planted(\"door\")"},
			{File: "house/key.go", Old: "var key = 1", New: "var key = 2"},
		},
	}, m)
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ from, to, want string }{
		"no text":         {"A door that\ndoes not lock.\n", "", "what the bug is"},
		"no invariants":   {"breaks: I1 I12", "breaks:", `a line such as "breaks: I1 I12"`},
		"no edit":         {doorEdits, "", "want pairs"},
		"an odd section":  {"-- house/key.go --\n", "", "want pairs"},
		"two files":       {"-- planted --\nvar", "-- lock.go --\nvar", `want "-- file.go --" and then "-- planted --"`},
		"not a Go file":   {"house/door.go", "house/door.txt", `want "-- file.go --"`},
		"outside":         {"house/door.go", "../door.go", `want "-- file.go --"`},
		"no old text":     {"\treturn locked\n\n", "", "want an old text"},
		"no difference":   {"var key = 2", "var key = 1", "a new one that differs"},
		"never sleeps":    {` && !planted("door")`, "()", `no new text asks planted("door")`},
		"somebody else's": {`planted("door")`, `planted("dour")`, `asks for another mutant than planted("door")`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Parse("door", strings.Replace(door, c.from, c.to, 1))
			require.ErrorContains(t, err, "mutant door: ")
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestPlant(t *testing.T) {
	t.Parallel()
	code := fstest.MapFS{
		"house/door.go": {Data: []byte("// Package house is one.\npackage house\n\nfunc open() bool {\n\treturn a && b\n}\n")},
		"tree.go":       {Data: []byte("package garden\n\nvar apples = 5\n")},
	}
	got, err := Plant(code, []Mutant{
		{Name: "one", Edits: []Edit{{"house/door.go", "\treturn a && b", "\treturn a && b && c"}}},
		{Name: "two", Edits: []Edit{{"house/door.go", "a && b", "a && b && d"}, {"tree.go", "apples = 5", "apples = 6"}}},
		{Name: "three", Edits: []Edit{{"house/door.go", "\treturn a", "\tif e {\n\t\treturn false\n\t}\n\treturn a"}}},
	})
	require.NoError(t, err)
	require.Equal(t,
		"// Package house is one.\npackage house\n\nfunc open() bool {\n\tif e {\n\t\treturn false\n\t}\n\treturn a && b && c && d\n}\n",
		string(got["house/door.go"]), "what they change is put together, also within one line")
	require.Equal(t, "package garden\n\nvar apples = 6\n", string(got["tree.go"]))
	require.Contains(t, string(got["house/planted.go"]), "package house\n")
	require.Contains(t, string(got["planted.go"]), "package garden\n")
	require.Len(t, got, 4)
}

func TestPlantRefuses(t *testing.T) {
	t.Parallel()
	code := fstest.MapFS{"door.go": {Data: []byte("package house\n\nvar a, b = 1, 1\n")}}
	for name, c := range map[string]struct {
		edits []Edit
		want  string
	}{
		"code that has drifted": {[]Edit{{"door.go", "var c", "var d"}}, "the code has drifted: door.go has this 0 times, not once:\nvar c"},
		"not one place":         {[]Edit{{"door.go", "1", "2"}}, "the code has drifted: door.go has this 2 times"},
		"the same text":         {[]Edit{{"door.go", "a, b", "c"}, {"door.go", "b = 1", "d"}}, "mutants m and m change the same text"},
		"no such file":          {[]Edit{{"window.go", "a", "b"}}, "mutant m: open window.go"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := Plant(code, []Mutant{{Name: "m", Edits: c.edits}})
			require.ErrorContains(t, err, c.want)
		})
	}
}
