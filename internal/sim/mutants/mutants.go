// Package mutants keeps bugs that are planted on purpose, to prove that the
// simulator would find their like.
//
// Nothing of it is in the code that users build. A mutant is a file: what the bug
// is, which invariants it breaks, a text that stands in the code exactly once, and
// what it reads with the bug, which waits there behind planted("its name"). All of
// them are written into a copy of the code that only one build sees (go build
// -overlay), so that one program has them all, and a variable of its environment
// says which one is awake.
package mutants

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Mutant is a bug to plant.
type Mutant struct {
	Name   string
	Text   string   // what the bug is, in a sentence or two
	Breaks []string // the invariants that it breaks, one of which has to be seen broken
	Edits  []Edit
}

// Edit is one change to the code.
type Edit struct {
	File string // from the root of the repository
	Old  string // stands there exactly once
	New  string
}

// Load reads the mutants of a folder, in the order of their names.
func Load(dir fs.FS) ([]Mutant, error) {
	names, err := fs.Glob(dir, "*.txt")
	if err != nil {
		return nil, err
	}
	var all []Mutant
	for _, name := range names {
		data, err := fs.ReadFile(dir, name)
		if err != nil {
			return nil, err
		}
		m, err := Parse(strings.TrimSuffix(name, ".txt"), string(data))
		if err != nil {
			return nil, err
		}
		all = append(all, m)
	}
	return all, nil
}

// planted marks, in a file of a mutant, where the text with the bug begins.
const planted = "planted"

// Parse reads a mutant: its text, a line that begins with "breaks:", and then for
// each edit the line "-- file --", the old text, the line "-- planted --", and the
// new text. The blank lines around a text do not belong to it.
func Parse(name, data string) (Mutant, error) {
	bad := func(format string, args ...any) (Mutant, error) {
		return Mutant{}, fmt.Errorf("mutant %s: %s", name, fmt.Sprintf(format, args...))
	}
	head, titles, bodies := sections(data)
	text, breaks, ok := strings.Cut(head, "\nbreaks:")
	m := Mutant{Name: name, Text: strings.Join(strings.Fields(text), " "), Breaks: strings.Fields(breaks)}
	if m.Text == "" || !ok || len(m.Breaks) == 0 {
		return bad("want what the bug is, and then a line such as %q", "breaks: I1 I12")
	}
	if len(titles) == 0 || len(titles)%2 != 0 {
		return bad("want pairs of %q and %q", "-- file.go --", "-- "+planted+" --")
	}
	awake := fmt.Sprintf("planted(%q)", name)
	guarded := false
	for i := 0; i < len(titles); i += 2 {
		e := Edit{File: titles[i], Old: bodies[i], New: bodies[i+1]}
		switch {
		case titles[i] == planted || titles[i+1] != planted || path.Ext(e.File) != ".go" || !fs.ValidPath(e.File):
			return bad("want %q and then %q, not %q and %q", "-- file.go --", "-- "+planted+" --", titles[i], titles[i+1])
		case e.Old == "" || e.Old == e.New:
			return bad("%s: want an old text, and a new one that differs", e.File)
		case strings.Count(e.New, "planted(") != strings.Count(e.New, awake):
			return bad("%s: the new text asks for another mutant than %s", e.File, awake)
		}
		guarded = guarded || strings.Contains(e.New, awake)
		m.Edits = append(m.Edits, e)
	}
	if !guarded {
		return bad("no new text asks %s, so that the bug never sleeps", awake)
	}
	return m, nil
}

// sections splits a file at the lines "-- title --".
func sections(data string) (head string, titles, bodies []string) {
	var body strings.Builder
	end := func() {
		text := strings.Trim(body.String(), "\n")
		if body.Reset(); titles == nil {
			head = text
		} else {
			bodies = append(bodies, text)
		}
	}
	for line := range strings.Lines(data) {
		title, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "-- ")
		title, closed := strings.CutSuffix(title, " --")
		if !ok || !closed {
			body.WriteString(line)
			continue
		}
		end()
		titles = append(titles, title)
	}
	end()
	return head, titles, bodies
}

// Plant returns the files that change, by their path, with all mutants in them, and
// in each of their packages one more that says which of them is awake. The error
// names every mutant whose old text the code does not have (any more): bring those
// up to date.
func Plant(code fs.FS, all []Mutant) (map[string][]byte, error) {
	var errs []error
	cuts := map[string][]cut{}
	texts := map[string]string{}
	for _, m := range all {
		for _, e := range m.Edits {
			if _, ok := texts[e.File]; !ok {
				data, err := fs.ReadFile(code, e.File)
				if err != nil {
					errs = append(errs, fmt.Errorf("mutant %s: %w", m.Name, err))
				}
				texts[e.File] = string(data)
			}
			if n := strings.Count(texts[e.File], e.Old); n != 1 {
				errs = append(errs, fmt.Errorf("mutant %s: the code has drifted: %s has this %d times, not once:\n%s", m.Name, e.File, n, e.Old))
				continue
			}
			cuts[e.File] = append(cuts[e.File], cutOf(m.Name, strings.Index(texts[e.File], e.Old), e))
		}
	}
	out := map[string][]byte{}
	for file, c := range cuts {
		text, err := splice(texts[file], c)
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", file, err))
		}
		out[file] = text
		dir := path.Dir(file)
		out[path.Join(dir, "planted.go")] = fmt.Appendf(nil, waker, packageOf(texts[file]), Awake)
	}
	return out, errors.Join(errs...)
}

// Awake is the variable of the environment that names the mutant which is awake.
const Awake = "INCIDENTKIT_MUTANT"

const waker = `package %s

import "os"

var awake = os.Getenv(%q)

func planted(name string) bool { return name == awake }
`

// packageOf returns the name in a Go file's package clause.
func packageOf(text string) string {
	for line := range strings.Lines(text) {
		if name, ok := strings.CutPrefix(line, "package "); ok {
			return strings.Fields(name)[0]
		}
	}
	return ""
}

// cut is what an edit really changes: without what its texts have in common at both
// ends, so that several mutants may stand in one line.
type cut struct {
	by         string
	start, end int
	text       string
}

func cutOf(by string, at int, e Edit) cut {
	head := 0
	for head < min(len(e.Old), len(e.New)) && e.Old[head] == e.New[head] {
		head++
	}
	tail := 0
	for tail < min(len(e.Old), len(e.New))-head && e.Old[len(e.Old)-1-tail] == e.New[len(e.New)-1-tail] {
		tail++
	}
	return cut{by: by, start: at + head, end: at + len(e.Old) - tail, text: e.New[head : len(e.New)-tail]}
}

// splice carries cuts out. Those at one place follow one another in the order given.
func splice(text string, cuts []cut) ([]byte, error) {
	slices.SortStableFunc(cuts, func(a, b cut) int { return a.start - b.start })
	var out bytes.Buffer
	at, last := 0, ""
	for _, c := range cuts {
		if c.start < at {
			return nil, fmt.Errorf("mutants %s and %s change the same text", last, c.by)
		}
		out.WriteString(text[at:c.start] + c.text)
		at, last = c.end, c.by
	}
	out.WriteString(text[at:])
	return out.Bytes(), nil
}
