package plan

import (
	"fmt"
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

// Wait is a [Duration] in a document for which "0s" is not the same as nothing:
// the zero Wait is left out.
type Wait time.Duration

// AtOnce is the Wait "0s": the next step is taken together with this one.
const AtOnce Wait = -1

// MarshalText implements encoding.TextMarshaler, as that of Duration does.
func (w Wait) MarshalText() ([]byte, error) { return Duration(w.length()).MarshalText() }

// UnmarshalText implements encoding.TextUnmarshaler, as that of Duration does.
func (w *Wait) UnmarshalText(text []byte) error {
	var d Duration
	if err := d.UnmarshalText(text); err != nil {
		return err
	}
	*w = waitOf(time.Duration(d))
	return nil
}

// waitOf returns the wait of a length that is said.
func waitOf(length time.Duration) Wait {
	if length == 0 {
		return AtOnce
	}
	return Wait(length)
}

func (w Wait) length() time.Duration {
	if w == AtOnce {
		return 0
	}
	return time.Duration(w)
}

// LocalTime is a wall-clock time in a document, such as "2026-01-05T09:00", or
// "2026-01-05T09:00:30".
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

// instantOf returns the instant in the form in which a document is read.
func instantOf(t time.Time) Instant {
	if t.IsZero() {
		return Instant{}
	}
	return Instant(time.Unix(t.Unix(), int64(t.Nanosecond())).UTC())
}

// IsZero reports whether there is no instant.
func (t Instant) IsZero() bool { return time.Time(t).IsZero() }

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
	// time.Parse takes more than it formats. The zero time stands for none.
	if err != nil || parsed.IsZero() || parsed.Format(time.RFC3339) != string(text) && parsed.Format(numericZone) != string(text) {
		return &textError{want: `an instant such as "2026-01-05T09:00:00Z" or "2026-01-05T10:00:00+01:00"`}
	}
	*t = Instant(parsed)
	return nil
}

// TimeOfDay is a reading of the wall clock in a document: "09:00", or "09:00:30"
// where there are seconds. Empty: none.
type TimeOfDay string

// UnmarshalText implements encoding.TextUnmarshaler.
func (t *TimeOfDay) UnmarshalText(text []byte) error {
	parsed, err := oncall.ParseTimeOfDay(string(text))
	if err != nil {
		return &textError{want: `a time of day such as "09:00"`, meant: timeMeant(string(text))}
	}
	*t = TimeOfDay(parsed.String())
	return nil
}

// timeMeant returns how a document would write what a text likely means, or "".
func timeMeant(text string) string {
	if text == "24:00" {
		return "00:00"
	}
	if parsed, err := oncall.ParseTimeOfDay("0" + text); err == nil {
		return parsed.String()
	}
	return ""
}

// on is the time of day for package oncall. What cannot be read is midnight, and
// is reported where it is read.
func (t TimeOfDay) on() oncall.TimeOfDay {
	parsed, err := oncall.ParseTimeOfDay(string(t))
	if err != nil {
		return oncall.TimeOfDay{}
	}
	return parsed
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
