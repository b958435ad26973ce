package oncall

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Shift is an unbroken piece of one person's duty under one rule: a turn, what
// overrides leave of a turn, or an override.
type Shift struct {
	Start, End time.Time // half-open, in the zone of the schedule
	Person     string

	Rotation string // whose turn it is; empty for an override
	Turn     int64  // which one, counted from 1 at the rotation's start; 0 for an override
	Override string // empty for a turn
	Reason   string // of the override
}

// Rule says why this person is on call: "rotation weekly, turn 12" or "override
// o1 (dentist)".
func (s Shift) Rule() string {
	if s.Override == "" {
		return "rotation " + s.Rotation + ", turn " + strconv.FormatInt(s.Turn, 10)
	}
	if s.Reason == "" {
		return "override " + s.Override
	}
	return "override " + s.Override + " (" + s.Reason + ")"
}

// Gap is a time in which nobody is on call.
type Gap struct {
	Start, End time.Time // half-open, in the zone of the schedule
}

// Conditions. Test for them with errors.Is.
var (
	// ErrNobody: nobody is on call. The *NobodyError says for how long.
	ErrNobody = errors.New("oncall: nobody is on call")

	// ErrNoHandoff: whoever is on call stays so; duty never changes hands again.
	ErrNoHandoff = errors.New("oncall: there is no further handoff")
)

// NobodyError says that nobody is on call at an instant. It is ErrNobody.
type NobodyError struct {
	Schedule string
	At       time.Time
	Until    time.Time // when somebody will be; zero: never
}

// Error implements error.
func (e *NobodyError) Error() string {
	s := fmt.Sprintf("oncall: nobody is on call on schedule %q at %s", e.Schedule, e.At.Format(time.RFC3339))
	if e.Until.IsZero() {
		return s + ", nor at any time after"
	}
	return s + ", until " + e.Until.Format(time.RFC3339)
}

// Is reports whether target is ErrNobody.
func (e *NobodyError) Is(target error) bool { return target == ErrNobody }
