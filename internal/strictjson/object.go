package strictjson

import (
	"fmt"
	"reflect"
	"strings"
)

// object reads an object into a struct or a map.
func (d *decoder) object(v reflect.Value) *fault {
	o := objectReader{decoder: d}
	switch {
	case !v.IsValid():
	case kindOf(v.Type()) == structKind:
		o.value, o.fields = v, d.fieldsOf(v.Type())
	case kindOf(v.Type()) == mapKind:
		v.Set(reflect.MakeMap(v.Type()))
		o.value = v
	default:
		d.mismatch(v, "an object")
	}
	if o.value.IsValid() {
		o.seen = map[string]int{}
	}
	d.pos++
	d.space()
	if d.peek() == '}' {
		d.pos++
		o.missing()
		return nil
	}
	for {
		if err := o.member(); err != nil {
			return err
		}
		d.space()
		switch d.peek() {
		case ',':
			d.pos++
		case '}':
			d.pos++
			o.missing()
			return nil
		default:
			return d.misplaced(`a comma or the closing "}"`)
		}
	}
}

// objectReader reads the members of one object.
type objectReader struct {
	*decoder
	value  reflect.Value  // a struct, a map, or invalid: the object has no place
	fields *structFields  // of a struct
	seen   map[string]int // offset of each key
}

func (o *objectReader) member() *fault {
	o.space()
	at := o.pos
	if o.peek() != '"' {
		return o.misplaced("a key in double quotes")
	}
	key, flaw, err := o.text()
	if err != nil {
		return err
	}
	o.space()
	if o.peek() != ':' {
		return o.misplaced("a colon after the key")
	}
	o.pos++
	o.space()

	s := step{key, -1}
	if !o.value.IsValid() {
		return o.inside(s, reflect.Value{})
	}
	if want, bad := o.refuse(key, at, flaw); bad {
		o.path = append(o.path, s)
		o.report(at, want)
		o.path = o.path[:len(o.path)-1]
		return o.inside(s, reflect.Value{})
	}
	if o.fields != nil {
		return o.inside(s, o.value.Field(o.fields.index[key]))
	}
	item := reflect.New(o.value.Type().Elem()).Elem()
	if err := o.inside(s, item); err != nil {
		return err
	}
	o.value.SetMapIndex(reflect.ValueOf(key).Convert(o.value.Type().Key()), item)
	return nil
}

// refuse says what is wrong with a key, if anything is.
func (o *objectReader) refuse(key string, at int, flaw *fault) (want string, bad bool) {
	if flaw != nil {
		return flaw.want, true
	}
	if before, ok := o.seen[key]; ok {
		line, _ := o.positions.lineColumn(before)
		return fmt.Sprintf("each key once; line %d has it already", line), true
	}
	o.seen[key] = at
	if o.fields == nil {
		return "", false
	}
	if _, ok := o.fields.index[key]; ok {
		return "", false
	}
	if o.full() {
		return "", true // it is not shown: do not look for the likely name
	}
	if meant := Closest(key, o.fields.names); meant != "" {
		return fmt.Sprintf("a known field; did you mean %q?", meant), true
	}
	if len(o.fields.names) == 0 {
		return "no field here", true
	}
	return "a known field: " + strings.Join(o.fields.names, ", "), true
}

// missing reports the required fields that were not there, at the closing brace
// that has just been read: they can be put in before it.
func (o *objectReader) missing() {
	if o.fields == nil {
		return
	}
	for _, name := range o.fields.required {
		if _, ok := o.seen[name]; !ok {
			o.path = append(o.path, step{name, -1})
			o.report(o.pos-1, "this field, which is missing")
			o.path = o.path[:len(o.path)-1]
		}
	}
}

// structFields are the fields of a struct type, by their names in JSON.
type structFields struct {
	names    []string // in the order of the type
	required []string
	index    map[string]int
}

func (d *decoder) fieldsOf(t reflect.Type) *structFields {
	if f, ok := d.structs[t]; ok {
		return f
	}
	f := &structFields{index: map[string]int{}}
	for field := range t.Fields() {
		tag := field.Tag.Get("json")
		if !field.IsExported() || tag == "-" {
			continue
		}
		name, options, _ := strings.Cut(tag, ",")
		if name == "" {
			name = field.Name
		}
		f.names = append(f.names, name)
		f.index[name] = field.Index[0]
		if !strings.Contains(options, "omitempty") && !strings.Contains(options, "omitzero") {
			f.required = append(f.required, name)
		}
	}
	if d.structs == nil {
		d.structs = map[reflect.Type]*structFields{}
	}
	d.structs[t] = f
	return f
}
