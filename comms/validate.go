package comms

import (
	"errors"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// MaxKey is the longest Message.Key, in bytes.
const MaxKey = 512

// ErrInvalid: a message, or the options of a notifier, are malformed; the
// *FieldError says where.
var ErrInvalid = errors.New("comms: invalid")

// FieldError names a field and what would be right in it. It is ErrInvalid.
type FieldError struct {
	Field string // such as "Message.Key"
	Want  string
}

// Error implements error.
func (e *FieldError) Error() string { return "comms: " + e.Field + ": want " + e.Want }

// Is reports whether target is ErrInvalid.
func (e *FieldError) Is(target error) bool { return target == ErrInvalid }

// Validate reports the first missing or malformed part as a *FieldError.
//
// Required are Key, Tenant, Incident, To.Person, To.Channel, Subject (one line)
// and Attempt; everything else may be empty. The engine sends only valid
// messages. Notifiers of this module answer any other with a permanent failure.
func (m Message) Validate() error {
	if err := validKey(m.Key); err != nil {
		return err
	}
	for _, f := range []struct{ name, value, want string }{
		{"Tenant", m.Tenant, "the tenant"},
		{"Incident", m.Incident, "the incident's id"},
		{"To.Person", m.To.Person, "the id of the person it is for"},
		{"To.Channel", m.To.Channel, "the name of the channel"},
		{"Subject", m.Subject, "one line that says what is wrong"},
	} {
		if f.value == "" {
			return &FieldError{Field: "Message." + f.name, Want: f.want + "; it is empty"}
		}
	}
	if strings.ContainsFunc(m.Subject, breaksLine) {
		return &FieldError{Field: "Message.Subject", Want: "one line, not several; CleanLine makes one of any text"}
	}
	if m.Attempt < 1 {
		return &FieldError{Field: "Message.Attempt", Want: "1 for the first attempt, or more, not " + strconv.Itoa(m.Attempt)}
	}
	return nil
}

// validKey keeps to what every channel can carry unchanged.
func validKey(key string) error {
	want := ""
	switch {
	case key == "":
		want = "1 to 512 bytes; it is empty"
	case len(key) > MaxKey:
		want = "1 to 512 bytes, not " + strconv.Itoa(len(key))
	case !utf8.ValidString(key):
		want = "valid UTF-8"
	case strings.ContainsFunc(key, unicode.IsControl):
		want = "no control characters"
	default:
		return nil
	}
	return &FieldError{Field: "Message.Key", Want: want}
}
