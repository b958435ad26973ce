package jsondoc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Node is a place in a document, whether there is a value or not. To read it as
// something that it is not records an [Error], and gives the zero value.
//
// The forms with Or give their default where the value is missing or null; the
// others take that for an error.
type Node struct {
	doc *Doc
	v   *value
}

// Doc returns the document that the place is in.
func (n Node) Doc() *Doc { return n.doc }

// Exists reports whether there is a value other than null.
func (n Node) Exists() bool { return n.v.kind > null }

// IsObject reports whether the value is an object.
func (n Node) IsObject() bool { return n.v.kind == object }

// IsList reports whether the value is a list.
func (n Node) IsList() bool { return n.v.kind == list }

// IsText reports whether the value is a text.
func (n Node) IsText() bool { return n.v.kind == text }

// Path returns the JSON pointer of the place, such as "/schedules/0/name".
func (n Node) Path() string { return n.v.pointer() }

// Get returns the value of a key. Where there is none, and in what is missing or
// null, it returns a Node that does not exist.
func (n Node) Get(key string) Node {
	n.expect(object, "an object")
	if kid := n.v.child(key); kid != nil && n.v.kind == object {
		kid.asked = true
		return Node{n.doc, kid}
	}
	return Node{n.doc, &value{parent: n.v, key: key, start: n.v.start}}
}

// Items returns the values of a list; none where it is missing or null.
func (n Node) Items() []Node {
	n.expect(list, "a list")
	if n.v.kind != list {
		return nil
	}
	items := make([]Node, len(n.v.kids))
	for i, kid := range n.v.kids {
		kid.asked = true
		items[i] = Node{n.doc, kid}
	}
	return items
}

// Many returns the values of a list, or, where there is an object in its place,
// that one.
func (n Node) Many() []Node {
	if n.v.kind == object {
		return []Node{n}
	}
	return n.Items()
}

// Has reports whether the value is an object with one of these keys. It does not
// count as asking for any.
func (n Node) Has(keys ...string) bool {
	return n.v.kind == object && slices.ContainsFunc(keys, func(key string) bool { return n.v.child(key) != nil })
}

// Keys returns the keys of an object in the order of the document; none where it
// is missing or null.
func (n Node) Keys() []string {
	n.expect(object, "an object")
	if n.v.kind != object {
		return nil
	}
	keys := make([]string, len(n.v.kids))
	for i, kid := range n.v.kids {
		keys[i] = kid.key
	}
	return keys
}

// Unwrap returns what an envelope holds: the object or list under the first of
// these keys that has one, or else the node itself.
func (n Node) Unwrap(keys ...string) Node {
	if n.v.kind == object {
		for _, key := range keys {
			if kid := n.v.child(key); kid != nil && kid.kind >= list {
				return n.Get(key)
			}
		}
	}
	return n
}

// Skip takes these keys, with all that lies inside, off the list of Unread. With
// no keys it takes the node itself.
func (n Node) Skip(keys ...string) {
	if len(keys) == 0 {
		n.v.skipped = true
	}
	for _, key := range keys {
		if kid := n.v.child(key); kid != nil {
			kid.skipped = true
		}
	}
}

// Str reads a text.
func (n Node) Str() string {
	n.need("a text")
	return n.StrOr("")
}

// StrOr reads a text that may be left out.
func (n Node) StrOr(def string) string {
	if !n.is(text, "a text") {
		return def
	}
	return n.decode()
}

// Text reads a text, or a number as it is written, for ids that may be either.
func (n Node) Text() string {
	if n.v.kind == number {
		return string(n.Raw())
	}
	return n.Str()
}

// OneOf reads a text that is one of a few.
func (n Node) OneOf(texts ...string) string {
	want := texts[0]
	if len(texts) > 1 {
		want = "one of " + strings.Join(texts, ", ")
	}
	n.need(want)
	if !n.is(text, want) {
		return ""
	}
	if s := n.decode(); slices.Contains(texts, s) {
		return s
	}
	n.Fail(want)
	return ""
}

// Bool reads true or false.
func (n Node) Bool() bool {
	n.need("true or false")
	return n.BoolOr(false)
}

// BoolOr reads true or false, which may be left out.
func (n Node) BoolOr(def bool) bool {
	if !n.is(boolean, "true or false") {
		return def
	}
	return n.doc.data[n.v.start] == 't'
}

const wholeNumber = "a whole number"

// Int reads a whole number.
func (n Node) Int() int64 {
	n.need(wholeNumber)
	return n.IntOr(0)
}

// IntOr reads a whole number that may be left out.
func (n Node) IntOr(def int64) int64 {
	if !n.is(number, wholeNumber) {
		return def
	}
	return n.integer(string(n.Raw()))
}

// LooseInt reads a whole number that may come as a text.
func (n Node) LooseInt() int64 {
	if n.v.kind == text {
		return n.integer(n.decode())
	}
	return n.Int()
}

func (n Node) integer(s string) int64 {
	i, err := strconv.ParseInt(s, 10, 64)
	if err == nil {
		return i
	}
	// 3600.0 and 36e2 are whole numbers too, however few write them.
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != math.Trunc(f) || math.Abs(f) > maxExact {
		n.Fail(wholeNumber)
		return 0
	}
	return int64(f)
}

// maxExact bounds the whole numbers that a float64 holds exactly.
const maxExact = 1 << 53

const instant = "an instant with its offset, such as 2026-03-02T09:00:00Z"

// layouts are the forms of an instant. Each also reads fractions of a second.
var layouts = []string{
	time.RFC3339,
	"2006-01-02T15:04Z07:00",
	"2006-01-02T15:04:05Z0700",
	"2006-01-02T15:04Z0700",
	"2006-01-02 15:04:05Z07:00",
	"2006-01-02 15:04:05Z0700",
	"2006-01-02 15:04:05 Z0700",
	"2006-01-02 15:04:05 UTC",
}

// Time reads an instant: RFC 3339, or what comes close to it and leaves no doubt.
// It is in the offset that is written.
func (n Node) Time() time.Time {
	n.need(instant)
	return n.TimeOr(time.Time{})
}

// TimeOr reads an instant that may be left out.
func (n Node) TimeOr(def time.Time) time.Time {
	if !n.is(text, instant) {
		return def
	}
	s := n.decode()
	for _, layout := range layouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t
		}
	}
	n.Fail(instant)
	return time.Time{}
}

// Raw returns the value as it is written; nil where it is missing. It is not to be
// changed.
func (n Node) Raw() []byte {
	n.v.skipped = true
	if n.v.kind == missing {
		return nil
	}
	return n.doc.data[n.v.start:n.v.end:n.v.end]
}

// Fail records that the value is not what it has to be. What an object is instead
// takes more than a word, so want has to say it.
func (n Node) Fail(want string) {
	if n.v.kind == object {
		n.doc.fail(n.v, want, "")
		return
	}
	n.mismatch(want)
}

// mismatch records that there is something else, and what.
func (n Node) mismatch(want string) { n.doc.fail(n.v, want, n.excerpt()) }

// Failf is Fail with a format.
func (n Node) Failf(format string, args ...any) { n.Fail(fmt.Sprintf(format, args...)) }

// need records that the value is missing.
func (n Node) need(want string) {
	if !n.Exists() {
		n.mismatch(want)
	}
}

// expect records that there is a value of another kind.
func (n Node) expect(k kind, want string) {
	if n.Exists() && n.v.kind != k {
		n.mismatch(want)
	}
}

func (n Node) is(k kind, want string) bool {
	n.expect(k, want)
	return n.v.kind == k
}

// decode returns what a text says.
func (n Node) decode() string {
	var s string
	_ = json.Unmarshal(n.doc.data[n.v.start:n.v.end], &s) // it was read once already
	return s
}

// maxExcerpt is how much of a wrong value an error shows, in bytes.
const maxExcerpt = 60

func (n Node) excerpt() string {
	switch n.v.kind {
	case missing:
		return "nothing"
	case list:
		if len(n.v.kids) == 0 {
			return "an empty list"
		}
		return fmt.Sprintf("a list of %d", len(n.v.kids))
	case object:
		return "an object"
	case null, boolean, number, text:
	}
	raw := n.doc.data[n.v.start:n.v.end]
	if len(raw) <= maxExcerpt {
		return string(raw)
	}
	return string(bytes.ToValidUTF8(raw[:maxExcerpt], nil)) + "..."
}

// position returns the line and the column of an offset.
func position(data []byte, offset int) (line, column int) {
	before := data[:min(offset, len(data))]
	start := bytes.LastIndexByte(before, '\n') + 1
	return bytes.Count(before, []byte("\n")) + 1, utf8.RuneCount(before[start:]) + 1
}
