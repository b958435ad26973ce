package escalation

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// hours are times of the week, compiled: a schedule on which somebody is on call
// during them, so that clock changes are what they are there.
type hours struct {
	rota    *oncall.Rota
	outside bool
}

// compileHours returns what is wrong as *FieldErrors without the place before it.
func compileHours(h Hours) (hours, []error) {
	s := oncall.Schedule{ID: "hours", Zone: h.Zone, Rotations: []oncall.Rotation{{
		ID: "open", Start: oncall.Local(oncall.MinYear, time.January, 1, 0, 0),
		Turns: oncall.Every(oncall.MaxTurnWeeks, oncall.Weeks), Count: oncall.ByTurn,
		Seats: oncall.Seats("open"), Windows: h.Windows,
	}}}
	if h.Zone == "" {
		return hours{}, []error{&FieldError{"zone", `a time zone such as "Europe/Berlin"`}}
	}
	if len(h.Windows) == 0 {
		return hours{}, []error{&FieldError{"windows", "at least one time of the week"}}
	}
	rota, err := oncall.Compile(s)
	if err != nil {
		return hours{}, windowErrors(s)
	}
	compiled := hours{rota: rota, outside: h.Outside}
	if allWeek(rota) {
		return hours{}, []error{&FieldError{"windows", "times that leave some of the week; these are all of it"}}
	}
	return compiled, nil
}

func windowErrors(s oncall.Schedule) []error {
	var errs []error
	for _, err := range oncall.Validate(s) {
		if field, ok := errors.AsType[*oncall.FieldError](err); ok {
			name := strings.TrimPrefix(field.Field, "rotations[0].")
			errs = append(errs, &FieldError{name, field.Want})
			continue
		}
		errs = append(errs, &FieldError{"windows", fmt.Sprintf("times of the week that can be compiled (%v)", err)})
	}
	return errs
}

// allWeek reports whether windows leave nothing of a week without a clock change.
func allWeek(rota *oncall.Rota) bool {
	from := time.Date(2026, time.June, 1, 0, 0, 0, 0, time.UTC)
	for range rota.Gaps(from, from.AddDate(0, 0, 14)) {
		return false
	}
	return true
}

// at reports whether the hours are on, and when that changes next; zero: never.
func (h hours) at(t time.Time) (on bool, change time.Time) {
	shift, err := h.rota.At(t)
	if err == nil {
		return !h.outside, h.closes(shift)
	}
	if nobody, ok := errors.AsType[*oncall.NobodyError](err); ok {
		change = nobody.Until
	}
	return h.outside, change
}

// closes returns when the windows end that begin one as the other ends.
func (h hours) closes(s oncall.Shift) time.Time {
	for range 1000 { // more than a week has
		next, err := h.rota.At(s.End)
		if err != nil || !next.End.After(s.End) {
			break
		}
		s = next
	}
	return s.End
}

// on reports whether the hours are.
func (h hours) on(t time.Time) bool {
	_, err := h.rota.At(t)
	return (err == nil) != h.outside
}

// NewQuietHours returns the quiet hours of a person. Its error joins *FieldErrors,
// whose fields are zone and windows.
func NewQuietHours(h Hours, unless ...string) (*QuietHours, error) {
	compiled, errs := compileHours(h)
	if errs != nil {
		return nil, errors.Join(errs...)
	}
	return &QuietHours{Hours: h, Unless: unless, hours: &compiled}, nil
}

// Keep reports whether the hours keep a person from being paged now.
func (q *QuietHours) Keep(about Facts, now time.Time) bool { return q != nil && q.quiet(&about, now) }

// quiet reports whether a person is not to be paged for an incident now. Hours
// that do not compile keep nobody from being paged.
func (q *QuietHours) quiet(about *Facts, now time.Time) (quiet bool) {
	if slices.Contains(q.Unless, about.Severity) {
		return false
	}
	h := q.hours
	if h == nil {
		compiled, errs := compileHours(q.Hours)
		if errs != nil {
			return false
		}
		h = &compiled
	}
	return h.on(now)
}
