package plan

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/incidentkit/incidentkit/internal/strictjson"
)

// maxProblems is how many problems are described. Whoever has more does not
// need all of them at once.
const maxProblems = 100

// checker collects what is wrong with a document. It says at most one thing
// about each place: the first, and nothing about what lies inside it, because
// that is most often the same mistake seen from elsewhere.
type checker struct {
	spec      *Spec
	positions *strictjson.Positions
	problems  []Problem
	paths     map[string]bool // that have a problem
	paged     map[int]string  // people who may be paged, by index: where the first place is that says so
}

func newChecker(spec *Spec, positions *strictjson.Positions, found []strictjson.Problem) *checker {
	c := &checker{spec: spec, positions: positions, paths: map[string]bool{}, paged: map[int]string{}}
	for _, p := range found {
		switch p.Path {
		case "/last_resort/schedule", "/last_resort/type": // as in a policy's targets
			p.Want += "; " + alwaysPerson
		}
		c.problems = append(c.problems, Problem(p))
		c.paths[p.Path] = true
	}
	return c
}

// check runs every check that needs nothing but the document.
func (c *checker) check() {
	if c.spec.Format != Format {
		c.bad("/format", fmt.Sprintf("%q, not %s", Format, quote(c.spec.Format)))
	}
	c.texts(reflect.ValueOf(c.spec).Elem(), "")
	c.skills()
	c.references()
	c.routes()
}

const alwaysPerson = "the last resort is always a person"

// bad notes a problem.
func (c *checker) bad(path, want string) {
	if c.full() || c.hasProblem(path) {
		return
	}
	line, column := c.positions.At(path)
	c.problems = append(c.problems, Problem{Path: path, Line: line, Column: column, Want: want})
	c.paths[path] = true
}

func (c *checker) full() bool { return len(c.problems) >= maxProblems }

// hasProblem reports whether there is a problem with the place, or with one
// that it is in. One with the document as a whole does not count.
func (c *checker) hasProblem(path string) bool {
	for path != "" {
		if c.paths[path] {
			return true
		}
		path = path[:strings.LastIndexByte(path, '/')]
	}
	return false
}

// problemIn reports whether there is a problem inside the place.
func (c *checker) problemIn(path string) bool {
	for p := range c.paths {
		if strings.HasPrefix(p, path+"/") {
			return true
		}
	}
	return false
}

// at makes a path: at("/people", 3, "id") is "/people/3/id".
func at(path string, tokens ...any) string {
	for _, t := range tokens {
		switch t := t.(type) {
		case int:
			path += "/" + strconv.Itoa(t)
		case string:
			path = strictjson.Pointer(path, t)
		}
	}
	return path
}

// texts checks every string that has a "text" tag.
func (c *checker) texts(v reflect.Value, path string) {
	switch v.Kind() {
	case reflect.Struct:
		for field, value := range v.Fields() {
			name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
			if name == "" {
				continue
			}
			kind := field.Tag.Get("text")
			switch {
			case kind != "":
				c.text(value, at(path, name), kind, options != "")
			case options == "" || !value.IsZero(): // what is left out has no texts
				c.texts(value, at(path, name))
			}
		}
	case reflect.Slice:
		for i := 0; i < v.Len() && !c.full(); i++ {
			c.texts(v.Index(i), at(path, i))
		}
	default:
	}
}

func (c *checker) text(v reflect.Value, path, kind string, optional bool) {
	if v.Kind() == reflect.Slice {
		for i := range v.Len() {
			c.text(v.Index(i), at(path, i), kind, false)
		}
		return
	}
	s := v.String()
	if s == "" && optional {
		return
	}
	if want := wantText(s, kind); want != "" {
		c.bad(path, want)
	}
}

// wantText says what would be right in place of a text; nothing if it is.
func wantText(s, kind string) string {
	switch kind {
	case "id":
		if s == "" || len(s) > MaxID || strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return fmt.Sprintf("1 to %d printable ASCII characters without spaces, not %s", MaxID, quote(s))
		}
	case "line":
		if s == "" || utf8.RuneCountInString(s) > MaxLine || strings.TrimSpace(s) != s || strings.ContainsFunc(s, unicode.IsControl) {
			return fmt.Sprintf("one line of 1 to %d characters, without space at its ends, not %s", MaxLine, quote(s))
		}
	case "text":
		if n := utf8.RuneCountInString(s); n > MaxText {
			return fmt.Sprintf("at most %d characters, not %d", MaxText, n)
		}
	case "zone":
		if s == "" || len(s) > MaxID {
			return fmt.Sprintf("an IANA time zone such as %q, not %s", "Europe/Berlin", quote(s))
		}
	}
	return ""
}

// skills checks how many there are: what is asked for and what people can do is
// compared one by one.
func (c *checker) skills() {
	limit := func(path string, skills []string) {
		if len(skills) > MaxSkills {
			c.bad(at(path, "skills"), fmt.Sprintf("at most %d skills, not %d", MaxSkills, len(skills)))
		}
	}
	for i, p := range c.spec.People {
		limit(at("/people", i), p.Skills)
	}
	for i, s := range c.spec.Schedules {
		for j, r := range s.Rotations {
			limit(at("/schedules", i, "rotations", j), r.Skills)
		}
	}
	for i, component := range c.spec.Components {
		limit(at("/components", i), component.Skills)
	}
	for path, step := range c.spec.steps {
		limit(path, step.Skills)
	}
}

// quote shows a text in a problem, or the beginning of a long one.
func quote(s string) string {
	const most = 60
	if utf8.RuneCountInString(s) > most {
		return strconv.Quote(string([]rune(s)[:most])) + "..."
	}
	return strconv.Quote(s)
}
