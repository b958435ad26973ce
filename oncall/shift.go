package oncall

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// Shift is an unbroken piece of one person's duty under one rule: a turn, what
// windows and overrides leave of a turn, a fixed shift, or an override.
type Shift struct {
	Start, End time.Time // half-open, in the zone of the schedule
	Person     string

	Rotation string // whose duty it is; empty for an override of the whole schedule
	Turn     int64  // which turn, of those that pass duty on, or which fixed shift, counted from 1; 0 for an override
	Override string // the override that put the person on call; empty: none
	Reason   string // of the override
	For      string // whom the person replaces or stands in for; empty: nobody in particular
	Schedule string // the nested schedule that put the person on call; empty: none
}

// Rule says why this person is on call: "rotation weekly, turn 12" or "override
// o1 (dentist)".
func (s Shift) Rule() string {
	rule := ""
	switch {
	case s.Override != "":
		rule = "override " + s.Override
		if s.Reason != "" {
			rule += " (" + s.Reason + ")"
		}
		if s.Rotation != "" {
			rule += " of rotation " + s.Rotation
		}
	case s.Turn != 0:
		rule = "rotation " + s.Rotation + ", turn " + strconv.FormatInt(s.Turn, 10)
	}
	if s.Schedule != "" {
		rule += ", by schedule " + s.Schedule
	}
	if s.For != "" {
		rule += ", for " + s.For
	}
	return rule
}

// Gap is a time in which nobody is on call.
type Gap struct {
	Start, End time.Time // half-open, in the zone of the schedule

	// Intended says that the schedule means it so, for that Reason.
	Intended bool
	Reason   string
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
	Until    time.Time // when somebody will be; zero: never, or not within 200,000 changes of rule

	unsure bool // whether never
}

// Error implements error.
func (e *NobodyError) Error() string {
	s := fmt.Sprintf("oncall: nobody is on call on schedule %q at %s", e.Schedule, e.At.Format(time.RFC3339))
	if e.Until.IsZero() && e.unsure {
		return s + ", nor for a long time after"
	}
	if e.Until.IsZero() {
		return s + ", nor at any time after"
	}
	return s + ", until " + e.Until.Format(time.RFC3339)
}

// Is reports whether target is ErrNobody.
func (e *NobodyError) Is(target error) bool { return target == ErrNobody }
