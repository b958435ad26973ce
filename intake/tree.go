package intake

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/incidentkit/incidentkit/incident"
)

// maxMembers bounds a map of labels or annotations. Real alerts have a few
// dozen; a map of thousands is a mistake that would be carried along for ever.
const maxMembers = 256

// node is a value within a body, and the path to it. A member that is absent is
// the same as one that is null: some senders write their empty maps as null.
type node struct {
	path  string
	value any
}

// decode reads a whole body as one JSON object.
func decode(body []byte) (node, error) {
	if !utf8.Valid(body) {
		return node{}, &BodyError{Want: "valid UTF-8"}
	}
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber() // a number that fits no float64 must not matter where nobody reads it
	var root any
	if err := d.Decode(&root); err != nil {
		return node{}, &BodyError{Want: "one JSON object; " + whyNotJSON(err)}
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return node{}, &BodyError{Want: fmt.Sprintf("one JSON object and nothing after it; there is something at byte %d", d.InputOffset())}
	}
	if _, ok := root.(map[string]any); !ok {
		return node{}, &BodyError{Want: "one JSON object, not " + kind(root)}
	}
	return node{value: root}, nil
}

func whyNotJSON(err error) string {
	if syntax, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Sprintf("at byte %d: %s", syntax.Offset, syntax)
	}
	if errors.Is(err, io.EOF) {
		return "it is empty"
	}
	return "it ends in the middle" // io.ErrUnexpectedEOF; bytes in memory fail in no other way
}

// member returns a member of an object; of anything else, an absent one.
func (n node) member(name string) node {
	object, _ := n.value.(map[string]any)
	path := n.path
	switch {
	case name == "" || len(name) > 64 || strings.ContainsFunc(name, notWord):
		path += "[" + strconv.Quote(clip(name, 64)) + "]"
	case path == "":
		path = name
	default:
		path += "." + name
	}
	return node{path: path, value: object[name]}
}

func notWord(r rune) bool {
	return r != '_' && (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
}

// elements returns the elements of an array.
func (n node) elements() ([]node, error) {
	array, ok := n.value.([]any)
	if !ok {
		return nil, n.want("an array", kind(n.value))
	}
	all := make([]node, len(array))
	for i, v := range array {
		all[i] = node{path: fmt.Sprintf("%s[%d]", n.path, i), value: v}
	}
	return all, nil
}

// object checks that the value is an object.
func (n node) object() error {
	if _, ok := n.value.(map[string]any); !ok {
		return n.want("an object", kind(n.value))
	}
	return nil
}

// text returns a string; absent: empty.
func (n node) text() (string, error) {
	if n.value == nil {
		return "", nil
	}
	s, ok := n.value.(string)
	if !ok {
		return "", n.want("a string", kind(n.value))
	}
	return s, nil
}

// texts returns an object of strings; absent: none.
func (n node) texts() (map[string]string, error) {
	if n.value == nil {
		return nil, nil //nolint:nilnil // no members is an answer
	}
	if err := n.object(); err != nil {
		return nil, err
	}
	object, _ := n.value.(map[string]any)
	if len(object) > maxMembers {
		return nil, n.want(fmt.Sprintf("at most %d members", maxMembers), strconv.Itoa(len(object)))
	}
	all := make(map[string]string, len(object))
	for _, name := range slices.Sorted(maps.Keys(object)) { // sorted: of two errors always the same is told
		m := n.member(name)
		s, ok := m.value.(string)
		if !ok {
			return nil, m.want("a string", kind(m.value))
		}
		all[name] = s
	}
	return all, nil
}

// count returns a whole number of at least 0; absent: 0.
func (n node) count() (uint64, error) {
	if n.value == nil {
		return 0, nil
	}
	number, ok := n.value.(json.Number)
	if !ok {
		return 0, n.want("a whole number of at least 0", kind(n.value))
	}
	c, err := strconv.ParseUint(number.String(), 10, 64)
	if err != nil {
		return 0, n.want("a whole number of at least 0", clip(number.String(), 64))
	}
	return c, nil
}

// instant returns a time in UTC; absent, empty, or in the year 1, which is how
// Go programs write a time they do not have: zero.
func (n node) instant() (time.Time, error) {
	s, err := n.text()
	if err != nil || s == "" {
		return time.Time{}, err
	}
	const want = "a time in RFC 3339 up to the year 9999, such as 2026-11-22T10:31:42Z"
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, n.want(want, strconv.Quote(clip(s, 64)))
	}
	t = t.UTC()
	switch {
	case t.Year() > 9999: // by its offset; it could not be written again
		return time.Time{}, n.want(want, strconv.Quote(clip(s, 64)))
	case t.Year() <= 1:
		return time.Time{}, nil
	}
	return t, nil
}

func (n node) want(what, not string) error {
	return &BodyError{Path: n.path, Want: what + ", not " + not}
}

// reader reads many nodes and keeps the first error.
type reader struct{ err error }

func (r *reader) keep(err error) { r.err = cmp.Or(r.err, err) }

func (r *reader) text(n node) string {
	s, err := n.text()
	r.keep(err)
	return s
}

func (r *reader) texts(n node) map[string]string {
	all, err := n.texts()
	r.keep(err)
	return all
}

func (r *reader) count(n node) uint64 {
	c, err := n.count()
	r.keep(err)
	return c
}

func (r *reader) instant(n node) time.Time {
	t, err := n.instant()
	r.keep(err)
	return t
}

// status returns an alert's or a group's status; absent: empty.
func (r *reader) status(n node) incident.AlertStatus {
	s := incident.AlertStatus(r.text(n))
	if s != "" && s != incident.Firing && s != incident.AlertResolved {
		r.keep(n.want("firing or resolved", strconv.Quote(clip(string(s), 64))))
	}
	return s
}

func kind(v any) string {
	switch v.(type) {
	case nil:
		return "nothing"
	case bool:
		return "true or false"
	case json.Number:
		return "a number"
	case string:
		return "a string"
	case []any:
		return "an array"
	}
	return "an object"
}

// clip shortens s to at most n bytes and a mark, between characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	s = s[:n]
	for !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s + "…"
}
