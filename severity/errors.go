package severity

import (
	"errors"
	"fmt"
	"strings"
)

// ErrUnknown: the scale has no level of that id. The *UnknownError says which
// ones it has.
var ErrUnknown = errors.New("severity: unknown level")

// UnknownError names a level that the scale does not have. It is ErrUnknown.
type UnknownError struct {
	ID    string
	Known []string // the ids of the scale, most severe first
}

// Error implements error.
func (e *UnknownError) Error() string {
	if len(e.Known) == 0 {
		return fmt.Sprintf("severity: unknown level %q (the scale is empty)", e.ID)
	}
	return fmt.Sprintf("severity: unknown level %q (want one of: %s)", e.ID, strings.Join(e.Known, ", "))
}

// Is reports whether target is ErrUnknown.
func (e *UnknownError) Is(target error) bool { return target == ErrUnknown }

// FieldError names a field of a scale and what would be right in it. The field
// is a path such as "levels[1].id" or "levels[0].targets.first_update".
type FieldError struct {
	Field string
	Want  string
}

// Error implements error.
func (e *FieldError) Error() string { return "severity: " + e.Field + ": want " + e.Want }
