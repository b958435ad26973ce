// Package jsondoc reads JSON documents that other products write.
//
// It is made for importers: whatever they ask of a document they get, and what
// is wrong is noted with its path and position, so that they ask all they have
// to, and then once for [Doc.Err]. It also knows what they did not ask for:
// nothing is dropped unseen.
//
//	doc, err := jsondoc.Parse(name, data)
//	if err != nil {
//		return err
//	}
//	schedule := doc.Root().Unwrap("schedule", "data")
//	zone := schedule.Get("time_zone").Str()
//	for _, team := range schedule.Get("teams").Items() {
//		...
//	}
//	return doc.Err()
package jsondoc

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Limits of a document.
const (
	MaxBytes  = 16 << 20
	MaxDepth  = 100 // lists and objects inside each other
	MaxValues = 2_000_000
	MaxErrors = 100 // that a Doc keeps, the first ones
)

// Error says what is wrong with one value of a document.
type Error struct {
	File   string // empty where it is about no document at all
	Path   string // RFC 6901 JSON pointer such as "/schedules/0/name"; empty for the whole document
	Line   int    // from 1; of the object around it where a value is missing
	Column int    // from 1, in characters
	Want   string // what would be right
	Got    string // what is there, such as "nothing"; empty: Want alone says what is wrong
}

// Error implements error.
func (e *Error) Error() string {
	at, not := "", ""
	if e.Line > 0 {
		at = fmt.Sprintf("%s:%d:%d: ", e.File, e.Line, e.Column)
	}
	if e.Path != "" {
		at += e.Path + ": "
	}
	if e.Got != "" {
		not = ", not " + e.Got
	}
	return at + "want " + e.Want + not
}

// Doc is a document. It is for one goroutine at a time.
type Doc struct {
	name   string
	data   []byte
	root   *value
	errors []*Error
}

// Root returns the value that the document is.
func (d *Doc) Root() Node {
	d.root.asked = true
	return Node{d, d.root}
}

// Name returns the name that the document was parsed with.
func (d *Doc) Name() string { return d.name }

// Err joins every [Error] that was recorded, or returns nil. Of several for one
// value only the first is kept.
func (d *Doc) Err() error {
	errs := make([]error, len(d.errors))
	for i, e := range d.errors {
		errs[i] = e
	}
	return errors.Join(errs...)
}

// Unread lists the JSON pointers of the values that nobody asked for, in the
// order of the document. What lies inside one of them is not listed, nor is what
// says nothing: null, and empty texts, lists and objects.
func (d *Doc) Unread() []string { return d.root.unread(nil) }

func (d *Doc) fail(v *value, want, got string) {
	path := v.pointer()
	if len(d.errors) >= MaxErrors || d.failedAt(path) || v.kind == missing && d.failedAt(v.parent.pointer()) {
		return
	}
	d.errors = append(d.errors, d.errorAt(v.start, path, want, got))
}

func (d *Doc) failedAt(path string) bool {
	return slices.ContainsFunc(d.errors, func(e *Error) bool { return e.Path == path })
}

func (d *Doc) errorAt(offset int, path, want, got string) *Error {
	line, column := position(d.data, offset)
	return &Error{File: d.name, Path: path, Line: line, Column: column, Want: want, Got: got}
}

type kind uint8

const (
	missing kind = iota
	null
	boolean
	number
	text
	list
	object
)

// value is a value of the document. What a text says is decoded when it is asked
// for.
type value struct {
	parent     *value
	key        string // in an object
	index      int    // in a list
	start, end int    // in the data; of a missing value: the start of its parent
	kids       []*value
	byKey      map[string]*value // only in an object with many keys
	kind       kind
	asked      bool
	skipped    bool // with all that lies inside
}

// child finds a value by its key, or returns nil.
func (v *value) child(key string) *value {
	if v.byKey != nil {
		return v.byKey[key]
	}
	i := slices.IndexFunc(v.kids, func(kid *value) bool { return kid.key == key })
	if i < 0 {
		return nil
	}
	return v.kids[i]
}

var escape = strings.NewReplacer("~", "~0", "/", "~1")

func (v *value) pointer() string {
	var steps []string
	for ; v.parent != nil; v = v.parent {
		if v.parent.kind == list {
			steps = append(steps, strconv.Itoa(v.index))
		} else {
			steps = append(steps, escape.Replace(v.key))
		}
	}
	if len(steps) == 0 {
		return ""
	}
	slices.Reverse(steps)
	return "/" + strings.Join(steps, "/")
}

func (v *value) unread(paths []string) []string {
	switch {
	case v.skipped || v.saysNothing():
	case !v.asked:
		paths = append(paths, v.pointer())
	default:
		for _, kid := range v.kids {
			paths = kid.unread(paths)
		}
	}
	return paths
}

func (v *value) saysNothing() bool {
	switch v.kind {
	case missing, null:
		return true
	case text:
		return v.end-v.start == len(`""`)
	case list, object:
		return len(v.kids) == 0
	case boolean, number:
	}
	return false
}
