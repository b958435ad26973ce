package postmortem

import "errors"

// ErrInvalid: the input is malformed; the *FieldError says where.
var ErrInvalid = errors.New("postmortem: invalid")

// FieldError names a field of the input and what would be right in it. It is
// ErrInvalid.
type FieldError struct {
	Field string
	Want  string
	Err   error // the cause; may be nil
}

// Error implements error.
func (e *FieldError) Error() string {
	s := "postmortem: " + e.Field + ": want " + e.Want
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Is reports whether target is ErrInvalid.
func (e *FieldError) Is(target error) bool { return target == ErrInvalid }

// Unwrap returns the cause.
func (e *FieldError) Unwrap() error { return e.Err }
