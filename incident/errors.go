package incident

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Conditions. Test for them with errors.Is.
var (
	// ErrInvalid: a command is malformed; the *FieldError says where.
	ErrInvalid = errors.New("incident: invalid")

	// ErrRefused: the lifecycle does not allow the action here and now; the
	// *RefusedError names the status, the action and the unmet guards.
	ErrRefused = errors.New("incident: refused")

	// ErrForbidden: the actor may not do this; the *ForbiddenError says who may.
	ErrForbidden = errors.New("incident: forbidden")

	// ErrCorrupt: stored data is not what was written, or was written by a
	// newer version.
	ErrCorrupt = errors.New("incident: corrupt data")
)

// FieldError names a field of the input and what would be right in it.
// It is ErrInvalid.
type FieldError struct {
	Field string
	Want  string
}

// Error implements error.
func (e *FieldError) Error() string { return "incident: " + e.Field + ": want " + e.Want }

// Is reports whether target is ErrInvalid.
func (e *FieldError) Is(target error) bool { return target == ErrInvalid }

// RefusedError says why the lifecycle refuses an action. It is ErrRefused.
type RefusedError struct {
	Status  Status
	Action  ActionName
	Unmet   []Guard      // the guards that do not hold; empty: no rule allows the action in this status at all
	Missing []string     // what the next tier wants to be told and was not, where that is why
	Want    string       // what the escalation wants, where it is that which refuses; empty: it is not
	Allowed []ActionName // what the rules allow in this status
}

// Error implements error.
func (e *RefusedError) Error() string {
	status := e.Status
	if status == None {
		status = "not opened"
	}
	if e.Want != "" {
		return fmt.Sprintf("incident: %s is refused: the escalation wants %s", e.Action, e.Want)
	}
	if len(e.Unmet) == 0 {
		return fmt.Sprintf("incident: %s is not possible while %s (possible: %s)", e.Action, status, join(e.Allowed))
	}
	why := make([]string, len(e.Unmet))
	for i, g := range e.Unmet {
		why[i] = g.Want() + " (" + string(g) + ")"
		if g == PacketComplete {
			why[i] += ": " + strings.Join(e.Missing, ", ")
		}
	}
	return fmt.Sprintf("incident: %s is refused while %s; it needs %s", e.Action, status, strings.Join(why, ", and "))
}

// Is reports whether target is ErrRefused.
func (e *RefusedError) Is(target error) bool { return target == ErrRefused }

// ForbiddenError says that this kind of actor may not do this. It is
// ErrForbidden.
type ForbiddenError struct {
	Actor   Actor
	Action  ActionName
	Allowed []ActorKind
}

// Error implements error.
func (e *ForbiddenError) Error() string {
	return fmt.Sprintf("incident: %s may not %s (allowed: %s)", e.Actor, e.Action, join(e.Allowed))
}

// Is reports whether target is ErrForbidden.
func (e *ForbiddenError) Is(target error) bool { return target == ErrForbidden }

// ChainError says where a stream's hash chain breaks. It is ErrCorrupt.
type ChainError struct {
	Version uint64 // of the first event that does not fit
	Why     string
}

// Error implements error.
func (e *ChainError) Error() string {
	return fmt.Sprintf("incident: the event chain breaks at version %d: %s", e.Version, e.Why)
}

// Is reports whether target is ErrCorrupt.
func (e *ChainError) Is(target error) bool { return target == ErrCorrupt }

// CodecError says what is wrong with stored data. It is ErrCorrupt.
type CodecError struct {
	What string // such as `event type`, `status`
	Got  string
	Want string
	Err  error // the cause; may be nil
}

// Error implements error.
func (e *CodecError) Error() string {
	s := fmt.Sprintf("incident: stored %s is %s", e.What, quote(e.Got))
	if e.Want != "" {
		s += ", want " + e.Want
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Is reports whether target is ErrCorrupt.
func (e *CodecError) Is(target error) bool { return target == ErrCorrupt }

// Unwrap returns the cause.
func (e *CodecError) Unwrap() error { return e.Err }

// quote quotes what was given, as far as it takes to recognise it.
func quote(s string) string {
	const most = 80
	if len(s) > most {
		return strconv.Quote(s[:most]) + "…"
	}
	return strconv.Quote(s)
}

func join[T ~string](all []T) string {
	if len(all) == 0 {
		return "nothing"
	}
	parts := make([]string, len(all))
	for i, a := range all {
		parts[i] = string(a)
	}
	return strings.Join(parts, ", ")
}

func stamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }
