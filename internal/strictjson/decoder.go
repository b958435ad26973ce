package strictjson

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"strconv"
)

// decoder reads a document once, into a value, into a tree of positions, or,
// where a part of it has no place in the value, into nothing but the problems
// of its syntax: the methods take an invalid reflect.Value for that.
type decoder struct {
	scanner
	limits    Limits
	path      []step
	structs   map[reflect.Type]*structFields
	problems  []Problem
	positions *Positions // nil where problems do not matter

	misfit bool // the document as a whole is of another kind

	tree *tree // filled if not nil
	node int   // in the tree
}

// document reports whether it came to the end of a document of the right kind.
func (d *decoder) document(v reflect.Value) bool {
	readable := d.encoding()
	d.space()
	start := d.pos
	if d.tree != nil {
		d.tree.add(start)
	}
	if !readable {
		return false
	}
	if err := d.value(v); err != nil {
		if d.foreign(start) {
			err = &fault{start, "a JSON document (YAML and other formats are not read), not " + d.firstLine(start)}
		}
		d.report(err.at, err.want)
		return false
	}
	if d.tree != nil {
		d.tree.ends[0] = d.pos
	}
	d.space()
	if d.pos < len(d.doc) {
		d.path = nil
		d.report(d.pos, d.misplaced("nothing after the document").want)
	}
	return !d.misfit
}

// value reads the value that begins here.
func (d *decoder) value(v reflect.Value) *fault {
	if d.full() {
		v = reflect.Value{}
	}
	for v.IsValid() && v.Kind() == reflect.Pointer {
		if d.peek() == 'n' {
			_, err := d.word()
			return err
		}
		v.Set(reflect.New(v.Type().Elem()))
		v = v.Elem()
	}
	switch c := d.peek(); {
	case c == '{' || c == '[':
		if len(d.path) >= d.limits.MaxDepth {
			return &fault{d.pos, fmt.Sprintf("at most %d levels of lists and objects", d.limits.MaxDepth)}
		}
		if c == '{' {
			return d.object(v)
		}
		return d.list(v)
	case c == '"':
		return d.string(v)
	case c == '-' || isDigit(c):
		return d.numeral(v)
	default:
		return d.constant(v)
	}
}

func (d *decoder) list(v reflect.Value) *fault {
	fits := v.IsValid() && kindOf(v.Type()) == listKind
	if fits {
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	} else {
		d.mismatch(v, "a list")
	}
	d.pos++
	d.space()
	if d.peek() == ']' {
		d.pos++
		return nil
	}
	for i := 0; ; i++ {
		item := reflect.Value{}
		if fits {
			v.Set(reflect.Append(v, reflect.Zero(v.Type().Elem())))
			item = v.Index(i)
		}
		d.space()
		if err := d.inside(step{"", i}, item); err != nil {
			return err
		}
		d.space()
		switch d.peek() {
		case ',':
			d.pos++
		case ']':
			d.pos++
			return nil
		default:
			return d.misplaced(`a comma or the closing "]"`)
		}
	}
}

// inside reads a value that the current one holds.
func (d *decoder) inside(s step, v reflect.Value) *fault {
	parent := d.node
	if d.tree != nil {
		d.node = d.tree.add(d.pos)
		if _, ok := d.tree.ids[edge{parent, s}]; !ok {
			d.tree.ids[edge{parent, s}] = d.node
		}
	}
	d.path = append(d.path, s)
	if err := d.value(v); err != nil {
		return err // the path stays, for the report
	}
	if d.tree != nil {
		d.tree.ends[d.node] = d.pos
	}
	d.path = d.path[:len(d.path)-1]
	d.node = parent
	return nil
}

func (d *decoder) string(v reflect.Value) *fault {
	start := d.pos
	text, flaw, err := d.text()
	if err != nil {
		return err
	}
	if flaw != nil {
		d.report(flaw.at, flaw.want)
		return nil
	}
	if !v.IsValid() {
		return nil
	}
	if u, ok := asText(v); ok {
		if err := u.UnmarshalText([]byte(text)); err != nil {
			v.SetZero() // whatever it has begun
			d.report(start, wantOf(err)+", not "+d.excerpt(start)+didYouMean(meantBy(err)))
		}
		return nil
	}
	if kindOf(v.Type()) == stringKind {
		v.SetString(text)
	} else {
		d.mismatchAt(start, v, d.excerpt(start))
	}
	return nil
}

func (d *decoder) numeral(v reflect.Value) *fault {
	start := d.pos
	literal, fault := d.number()
	if fault != nil || !v.IsValid() {
		return fault
	}
	var err error
	switch kindOf(v.Type()) {
	case textKind:
		d.report(start, describe(v.Type())+", not "+d.excerpt(start)+didYouMean(meantByNumber(v.Type(), literal)))
	case intKind:
		var n int64
		if n, err = strconv.ParseInt(literal, 10, v.Type().Bits()); err == nil {
			v.SetInt(n)
		}
	case uintKind:
		var n uint64
		if n, err = strconv.ParseUint(literal, 10, v.Type().Bits()); err == nil {
			v.SetUint(n)
		} else if literal[0] == '-' {
			err = strconv.ErrRange
		}
	case floatKind:
		var n float64
		if n, err = strconv.ParseFloat(literal, v.Type().Bits()); err == nil {
			v.SetFloat(n)
		}
	default:
		err = strconv.ErrSyntax
	}
	if errors.Is(err, strconv.ErrRange) {
		d.report(start, describeRange(v.Type())+", not "+d.excerpt(start))
	} else if err != nil {
		d.mismatchAt(start, v, d.excerpt(start))
	}
	return nil
}

// constant reads true, false, or a null that has no place where it is.
func (d *decoder) constant(v reflect.Value) *fault {
	start := d.pos
	word, err := d.word()
	switch {
	case err != nil:
		return err
	case !v.IsValid():
	case kindOf(v.Type()) == boolKind && word != "null":
		v.SetBool(word == "true")
	default:
		d.mismatchAt(start, v, word)
	}
	return nil
}

func (d *decoder) mismatch(v reflect.Value, found string) { d.mismatchAt(d.pos, v, found) }

func (d *decoder) mismatchAt(at int, v reflect.Value, found string) {
	if v.IsValid() {
		d.misfit = d.misfit || len(d.path) == 0
		d.report(at, describe(v.Type())+", not "+found)
	}
}

// report notes a problem with the value that is being read.
func (d *decoder) report(at int, want string) {
	if d.positions == nil || d.full() {
		return
	}
	line, column := d.positions.lineColumn(at)
	d.problems = append(d.problems, Problem{Path: d.pointer(), Line: line, Column: column, Want: want})
}

func (d *decoder) full() bool { return len(d.problems) >= d.limits.MaxProblems }

func (d *decoder) pointer() string {
	var b []byte
	for _, s := range d.path {
		b = append(b, '/')
		if s.index >= 0 {
			b = strconv.AppendInt(b, int64(s.index), 10)
		} else {
			b = append(b, escape.Replace(s.name)...)
		}
	}
	return string(b)
}

// maxExcerpt is how much of a wrong value a problem shows, in bytes.
const maxExcerpt = 60

// excerpt returns what is written from the offset up to here.
func (d *decoder) excerpt(start int) string {
	raw := d.doc[start:d.pos]
	if len(raw) <= maxExcerpt {
		return string(raw)
	}
	return string(bytes.ToValidUTF8(raw[:maxExcerpt], nil)) + "..."
}
