package strictjson

import (
	"encoding"
	"errors"
	"fmt"
	"math"
	"reflect"
)

// kind is what of JSON a Go type takes.
type kind int

const (
	otherKind kind = iota // nothing: the type is not supported
	textKind              // a string, by UnmarshalText
	stringKind
	boolKind
	intKind
	uintKind
	floatKind
	listKind
	structKind
	mapKind
)

var textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()

func kindOf(t reflect.Type) kind {
	if reflect.PointerTo(t).Implements(textUnmarshaler) {
		return textKind
	}
	switch t.Kind() {
	case reflect.String:
		return stringKind
	case reflect.Bool:
		return boolKind
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return intKind
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return uintKind
	case reflect.Float32, reflect.Float64:
		return floatKind
	case reflect.Struct:
		return structKind
	case reflect.Slice:
		if t.Elem().Kind() != reflect.Uint8 { // encoding/json takes bytes as base64
			return listKind
		}
	case reflect.Map:
		if t.Key().Kind() == reflect.String && kindOf(t.Key()) == stringKind {
			return mapKind
		}
	default:
	}
	return otherKind
}

// describe says what a type takes.
func describe(t reflect.Type) string {
	if u, ok := asText(reflect.New(t).Elem()); ok {
		// Few types take an empty text; the error says what they take.
		if err := u.UnmarshalText(nil); err != nil {
			return wantOf(err)
		}
		return "a string"
	}
	switch kindOf(t) {
	case stringKind:
		return "a string"
	case boolKind:
		return "true or false"
	case intKind, uintKind:
		return "a whole number"
	case floatKind:
		return "a number"
	case listKind:
		return "a list"
	case structKind, mapKind:
		return "an object"
	default:
		return fmt.Sprintf("nothing: %s cannot be decoded", t)
	}
}

// describeRange says which numbers a type takes.
func describeRange(t reflect.Type) string {
	switch kindOf(t) {
	case intKind:
		low := int64(math.MinInt64) >> (64 - t.Bits())
		return fmt.Sprintf("a whole number from %d to %d", low, -(low + 1))
	case uintKind:
		return fmt.Sprintf("a whole number from 0 to %d", uint64(math.MaxUint64)>>(64-t.Bits()))
	default:
		return "a number that fits " + t.Kind().String()
	}
}

func asText(v reflect.Value) (encoding.TextUnmarshaler, bool) {
	return reflect.TypeAssert[encoding.TextUnmarshaler](v.Addr())
}

// meantByNumber returns the text that was likely meant by a number, or "".
func meantByNumber(t reflect.Type, literal string) string {
	u, _ := asText(reflect.New(t).Elem())
	if err := u.UnmarshalText([]byte(literal)); err != nil {
		return meantBy(err)
	}
	return literal // it only lacks the quotes
}

// meantBy returns what an error of UnmarshalText takes to be meant, or "".
func meantBy(err error) string {
	var m interface{ Meant() string }
	if errors.As(err, &m) {
		return m.Meant()
	}
	return ""
}

func didYouMean(text string) string {
	if text == "" {
		return ""
	}
	return fmt.Sprintf("; did you mean %q?", text)
}

// wantOf returns what an error of UnmarshalText says would be right.
func wantOf(err error) string {
	var w interface{ Want() string }
	if errors.As(err, &w) {
		return w.Want()
	}
	return err.Error()
}
