// Package strictjson decodes a JSON document that people write by hand.
//
// It is stricter than encoding/json and tells more. An unknown field, a key
// that is there twice, a null, a number out of range, text that is not UTF-8,
// anything after the document: each is a [Problem] with its path, its line and
// what would be right. It goes on after a problem, so that one reading finds
// all of them; only after an error in the syntax itself is there nothing left
// to read.
//
// Whatever it accepts, encoding/json decodes to the same value.
package strictjson

import (
	"cmp"
	"fmt"
	"reflect"
)

// Limits bound what a document may cost. Zero stands for the default.
type Limits struct {
	MaxBytes    int // of the document; default 1 MiB
	MaxDepth    int // lists and objects inside each other; default 64
	MaxProblems int // problems that are described, the first ones; default 100
}

const (
	defaultBytes    = 1 << 20
	defaultDepth    = 64
	defaultProblems = 100
)

// Problem is one thing that is wrong with a document.
type Problem struct {
	Path   string // RFC 6901 JSON pointer such as "/policies/0/steps"; empty for the whole document
	Line   int    // from 1
	Column int    // from 1, in characters
	Want   string // what would be right, and what is there instead
}

// Result is what became of a document.
type Result[T any] struct {
	// Value holds what could be decoded. A part with a problem, and whatever
	// comes after the last problem that the limit allows, is left at its zero
	// value.
	Value T

	// Problems are in the order in which they were found. Once there are as many
	// as the limit allows, the rest of the document is read for its syntax only.
	Problems []Problem

	// Complete says that the document was read to its end and can be judged. False
	// after an error in its syntax, when it is too large or too deep, and when it
	// as a whole is of another kind, such as a list instead of an object.
	Complete bool

	// Positions tells where each part of the document is.
	Positions *Positions
}

// Decode decodes a document into a T.
//
// T is made of structs, slices, maps with string keys, strings, booleans,
// numbers, pointers to these, and types whose pointer implements
// encoding.TextUnmarshaler; anything else is reported as a problem. Null is for
// pointers only. A field is required unless its json tag has omitempty or
// omitzero. The tag's option "string", embedded structs and json.Unmarshaler
// have no meaning here and are not to be used.
//
// An error of UnmarshalText that has a method Want() string says by it what
// would be right, and by a method Meant() string, if it has one and does not
// return "", which text was likely meant.
func Decode[T any](doc []byte, limits Limits) Result[T] {
	limits = Limits{
		MaxBytes:    cmp.Or(limits.MaxBytes, defaultBytes),
		MaxDepth:    cmp.Or(limits.MaxDepth, defaultDepth),
		MaxProblems: cmp.Or(limits.MaxProblems, defaultProblems),
	}
	var res Result[T]
	res.Positions = &Positions{doc: doc, maxDepth: limits.MaxDepth}
	d := decoder{scanner: scanner{doc: doc}, limits: limits, positions: res.Positions}
	if len(doc) > limits.MaxBytes {
		res.Positions.doc = nil
		d.report(0, fmt.Sprintf("at most %d bytes, not %d", limits.MaxBytes, len(doc)))
	} else {
		res.Complete = d.document(reflect.ValueOf(&res.Value).Elem())
	}
	res.Problems = d.problems
	return res
}
