package ical

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/incidentkit/incidentkit/oncall"
)

// Limits bound what a calendar may ask for. They are checked before the work is
// done. A zero field stands for its default.
type Limits struct {
	MaxBytes      int // size of the document; default 8 MiB, at most 64 MiB
	MaxLine       int // bytes of a line, once unfolded; default 256 KiB, at most 1 MiB
	MaxComponents int // events, time zones, alarms and the rest; default 50,000, at most 1,000,000
	MaxEvents     int // default 10,000, at most 100,000

	// MaxOccurrences is how many shifts there may be in the result, and of one rule
	// together with those in the two days before and after the range. Default
	// 20,000, at most oncall.MaxFixed.
	MaxOccurrences int

	// MaxSteps is how many days, or hours, minutes or seconds for rules that
	// recur within a day, are looked at in order to expand all rules together.
	// Default 2,000,000, which takes a fraction of a second; at most 100,000,000.
	MaxSteps int
}

// limit is one field of Limits, with its default and its maximum.
type limit struct {
	name         string
	value        *int
	normal, most int
}

// withDefaults fills in what is zero. Its error is an *oncall.FieldError.
func (l Limits) withDefaults() (Limits, error) {
	for _, f := range []limit{
		{"max_bytes", &l.MaxBytes, 8 << 20, 64 << 20},
		{"max_line", &l.MaxLine, 256 << 10, 1 << 20},
		{"max_components", &l.MaxComponents, 50_000, 1_000_000},
		{"max_events", &l.MaxEvents, 10_000, 100_000},
		{"max_occurrences", &l.MaxOccurrences, 20_000, oncall.MaxFixed},
		{"max_steps", &l.MaxSteps, 2_000_000, 100_000_000},
	} {
		if *f.value < 0 || *f.value > f.most {
			return l, &oncall.FieldError{
				Field: "limits." + f.name,
				Want:  fmt.Sprintf("1 to %d, or 0 for %d, not %d", f.most, f.normal, *f.value),
			}
		}
		if *f.value == 0 {
			*f.value = f.normal
		}
	}
	return l, nil
}

// ErrLimit is every error about a calendar that is over one of the Limits. Test
// for it with errors.Is.
var ErrLimit = errors.New("ical: over a limit")

// Error says what is wrong with a calendar as a whole.
type Error struct {
	Line  int    // counted from 1; 0: no line in particular
	Path  string // such as "VEVENT[3]/RRULE"; may be empty
	Want  string // what would be right
	Limit string // the field of Limits, or "oncall.MaxAtOnce", that it is over; may be empty
}

// Error implements error.
func (e *Error) Error() string {
	s := "ical: "
	if e.Line > 0 {
		s += "line " + strconv.Itoa(e.Line) + ": "
	}
	if e.Path != "" {
		s += e.Path + ": "
	}
	return s + "want " + e.Want
}

// Is reports whether target is ErrLimit and a limit is what e is about.
func (e *Error) Is(target error) bool { return target == ErrLimit && e.Limit != "" }

// maxDepth is how deeply components may be nested. The standard needs three:
// VCALENDAR, VEVENT, VALARM.
const maxDepth = 8

// maxParams is how many parameters, and values of them, a property that is read
// may have. The parser's time grows with their number times the length of the
// line.
const maxParams = 100

// overLimit is the error for a calendar that is over a limit.
func overLimit(limit string, line int, format string, args ...any) error {
	return &Error{Line: line, Limit: limit, Want: fmt.Sprintf(format, args...)}
}
