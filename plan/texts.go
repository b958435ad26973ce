package plan

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// Duration is a length of time in a document: days, hours, minutes and seconds
// in this order, such as "5m", "1h30m" or "3d". A day is 24 hours. It holds
// whole seconds.
type Duration time.Duration

// durationUnits are the units of a Duration, in their order.
var durationUnits = [...]struct {
	letter byte
	length time.Duration
}{{'d', 24 * time.Hour}, {'h', time.Hour}, {'m', time.Minute}, {'s', time.Second}}

// maxDigits is how many digits a number in a Duration has at most. With five,
// no text is too long for a time.Duration.
const maxDigits = 5

// String returns the shortest text: "1h30m" for 90 minutes.
func (d Duration) String() string {
	rest := time.Duration(d)
	var b strings.Builder
	for _, unit := range durationUnits {
		if n := rest / unit.length; n != 0 {
			fmt.Fprintf(&b, "%d%c", n, unit.letter)
			rest %= unit.length
		}
	}
	if b.Len() == 0 {
		return "0s"
	}
	return b.String()
}

// MarshalText implements encoding.TextMarshaler. A duration that is negative,
// has a fraction of a second or 100,000 days is an error.
func (d Duration) MarshalText() ([]byte, error) {
	text := []byte(d.String())
	var same Duration
	if err := same.UnmarshalText(text); err != nil || same != d {
		return nil, &textError{want: fmt.Sprintf("whole seconds, 0 to 99999 days, not %s", time.Duration(d))}
	}
	return text, nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(text []byte) error {
	var total time.Duration
	rest := string(text)
	for _, unit := range durationUnits {
		var n time.Duration
		digits := 0
		for digits < len(rest) && '0' <= rest[digits] && rest[digits] <= '9' && digits <= maxDigits {
			n = 10*n + time.Duration(rest[digits]-'0')
			digits++
		}
		if digits > 0 && digits <= maxDigits && digits < len(rest) && rest[digits] == unit.letter {
			total += n * unit.length //nolint:durationcheck // a number of units
			rest = rest[digits+1:]
		}
	}
	if len(text) == 0 || rest != "" {
		return &textError{want: `a duration such as "5m", "1h30m" or "3d"`, meant: durationMeant(string(text))}
	}
	*d = Duration(total)
	return nil
}

// Turn is the length of a turn in a document: "1 week", "2 weeks".
type Turn oncall.Turn

// turnOf returns the turn of a length of whole weeks.
func turnOf(length time.Duration) Turn { return Turn{N: int(length / week), Unit: oncall.Weeks} }

// MarshalText implements encoding.TextMarshaler.
func (t Turn) MarshalText() ([]byte, error) {
	if t.N < 1 || t.N > oncall.MaxTurnWeeks || t.Unit != oncall.Weeks {
		return nil, &textError{want: fmt.Sprintf("1 to %d weeks, not %d %s", oncall.MaxTurnWeeks, t.N, t.Unit)}
	}
	if t.N == 1 {
		return []byte("1 week"), nil
	}
	return fmt.Appendf(nil, "%d weeks", t.N), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *Turn) UnmarshalText(text []byte) error {
	number, unit, _ := strings.Cut(string(text), " ")
	n, err := strconv.Atoi(number)
	if err != nil || n < 1 || strconv.Itoa(n) != number || unit != "week" && unit != "weeks" {
		return &textError{want: `a turn of whole weeks, the only unit that this version knows, such as "1 week" or "2 weeks"`, meant: turnMeant(string(text))}
	}
	*t = Turn{N: n, Unit: oncall.Weeks}
	return nil
}

// LocalTime is a wall-clock time in a document, such as "2026-01-05T09:00".
type LocalTime oncall.LocalTime

// MarshalText implements encoding.TextMarshaler.
func (l LocalTime) MarshalText() ([]byte, error) { return oncall.LocalTime(l).MarshalText() }

// UnmarshalText implements encoding.TextUnmarshaler.
func (l *LocalTime) UnmarshalText(text []byte) error {
	local, err := oncall.ParseLocalTime(string(text))
	if err != nil {
		return &textError{want: `a date and time of day such as "2026-01-05T09:00"`}
	}
	*l = LocalTime(local)
	return nil
}

// Instant is a point in time in a document: RFC 3339 in whole seconds, such as
// "2026-01-05T09:00:00Z" or "2026-01-05T10:00:00+01:00".
type Instant time.Time

// MarshalText implements encoding.TextMarshaler. The text is in UTC.
func (t Instant) MarshalText() ([]byte, error) {
	utc := time.Time(t).UTC()
	if utc.Nanosecond() != 0 {
		return nil, &textError{want: "whole seconds, not " + utc.Format(time.RFC3339Nano)}
	}
	return utc.MarshalText()
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *Instant) UnmarshalText(text []byte) error {
	const numericZone = "2006-01-02T15:04:05-07:00" // RFC 3339 has "+00:00" beside "Z"
	parsed, err := time.Parse(time.RFC3339, string(text))
	// time.Parse takes more than it formats.
	if err != nil || parsed.Format(time.RFC3339) != string(text) && parsed.Format(numericZone) != string(text) {
		return &textError{want: `an instant such as "2026-01-05T09:00:00Z" or "2026-01-05T10:00:00+01:00"`}
	}
	*t = Instant(parsed)
	return nil
}

// Status is how an incident starts.
type Status string

// The statuses of a new incident.
const (
	Triage Status = "triage" // a human decides whether it is an incident
	Active Status = "active" // it is one; it needs a severity
)

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Status) UnmarshalText(text []byte) error {
	switch Status(text) {
	case Triage, Active:
		*s = Status(text)
		return nil
	}
	return &textError{want: fmt.Sprintf("%q or %q", Triage, Active)}
}

// textError says what would be right in place of a text.
type textError struct{ want, meant string }

func (e *textError) Error() string {
	if e.meant == "" {
		return "plan: want " + e.want
	}
	return fmt.Sprintf("plan: want %s; did you mean %q?", e.want, e.meant)
}

// Want and Meant tell it to the decoder.
func (e *textError) Want() string  { return e.want }
func (e *textError) Meant() string { return e.meant }
