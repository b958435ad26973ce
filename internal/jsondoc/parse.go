package jsondoc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// Parse reads a document; the name is for its errors. Its own error is an
// [Error]: about the syntax, a key that an object has twice, or a limit. A byte
// order mark is overlooked.
func Parse(name string, data []byte) (*Doc, error) {
	data = bytes.TrimPrefix(data, []byte("\xEF\xBB\xBF"))
	d := &Doc{name: name, data: data}
	if len(data) > MaxBytes {
		return nil, d.errorAt(0, "", fmt.Sprintf("at most %d bytes", MaxBytes), strconv.Itoa(len(data)))
	}
	if err := d.syntax(); err != nil {
		return nil, err
	}
	p := parser{doc: d, tokens: json.NewDecoder(bytes.NewReader(data))}
	p.tokens.UseNumber()
	root, err := p.value(&value{}, 0)
	if err != nil {
		return nil, err
	}
	d.root = root
	return d, nil
}

// syntax returns the first error of the syntax, as an *Error.
func (d *Doc) syntax() error {
	var raw json.RawMessage
	err := json.Unmarshal(d.data, &raw)
	if err == nil {
		return nil
	}
	at, got := 0, err.Error()
	if wrong, ok := errors.AsType[*json.SyntaxError](err); ok {
		at = int(wrong.Offset)
		if at < len(d.data) {
			at-- // it counts the byte that is wrong
		}
	}
	return d.errorAt(at, "", "a JSON document", fmt.Sprintf("this (%s)", got))
}

// parser builds the tree of a document whose syntax is right.
type parser struct {
	doc    *Doc
	tokens *json.Decoder
	values int
}

// manyKeys is from how many keys on an object has an index.
const manyKeys = 16

func (p *parser) value(v *value, depth int) (*value, error) {
	v.start = p.begin()
	if p.values++; p.values > MaxValues {
		return nil, p.doc.errorAt(v.start, v.pointer(), fmt.Sprintf("at most %d values", MaxValues), "more")
	}
	if depth > MaxDepth {
		return nil, p.doc.errorAt(v.start, v.pointer(), fmt.Sprintf("at most %d levels of lists and objects", MaxDepth), "more")
	}
	token, err := p.next()
	if err != nil {
		return nil, err
	}
	switch token := token.(type) {
	case json.Delim:
		v.kind = list
		if token == '{' {
			v.kind = object
		}
		if err := p.inside(v, depth); err != nil {
			return nil, err
		}
	case bool:
		v.kind = boolean
	case json.Number:
		v.kind = number
	case string:
		v.kind = text
	default:
		v.kind = null
	}
	v.end = int(p.tokens.InputOffset())
	return v, nil
}

// inside reads what a list or an object holds, and its closing bracket.
func (p *parser) inside(v *value, depth int) error {
	for p.tokens.More() {
		key, at := "", p.begin()
		if v.kind == object {
			token, err := p.next()
			if err != nil {
				return err
			}
			key, _ = token.(string)
			if v.child(key) != nil {
				again := &value{parent: v, key: key}
				return p.doc.errorAt(at, again.pointer(), "each key of an object once", "again")
			}
		}
		kid, err := p.value(&value{parent: v, key: key, index: len(v.kids)}, depth+1)
		if err != nil {
			return err
		}
		v.kids = append(v.kids, kid)
		v.indexKeys(kid)
	}
	_, err := p.next()
	return err
}

func (v *value) indexKeys(last *value) {
	switch {
	case v.kind != object || len(v.kids) < manyKeys:
	case v.byKey == nil:
		v.byKey = make(map[string]*value, 2*manyKeys)
		for _, kid := range v.kids {
			v.byKey[kid.key] = kid
		}
	default:
		v.byKey[last.key] = last
	}
}

func (p *parser) next() (json.Token, error) {
	token, err := p.tokens.Token()
	if err != nil {
		return nil, p.doc.errorAt(int(p.tokens.InputOffset()), "", "a JSON document", fmt.Sprintf("this (%v)", err))
	}
	return token, nil
}

// begin returns where the next token begins.
func (p *parser) begin() int {
	at := int(p.tokens.InputOffset())
	for at < len(p.doc.data) && strings.IndexByte(" \t\r\n,:", p.doc.data[at]) >= 0 {
		at++
	}
	return at
}
