package oncall

import (
	"fmt"
	"time"
)

// LocalTime is a reading of a wall clock: a date and a time of day in no
// particular zone. The zero LocalTime is not valid.
type LocalTime struct {
	Year   int
	Month  time.Month
	Day    int
	Hour   int
	Minute int
	Second int
}

// Local returns the given date and time of day, in whole minutes.
func Local(year int, month time.Month, day, hour, minute int) LocalTime {
	return LocalTime{Year: year, Month: month, Day: day, Hour: hour, Minute: minute}
}

// LocalOf returns what the wall clock shows at t in t's own location, without
// fractions of a second.
func LocalOf(t time.Time) LocalTime {
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	return LocalTime{year, month, day, hour, minute, second}
}

// The forms of a local time. The shorter one is for whole minutes.
const (
	localLayout       = "2006-01-02T15:04"
	localLayoutSecond = "2006-01-02T15:04:05"
)

// ParseLocalTime reads a date and a time of day in the form 2026-01-05T09:00 or
// 2026-01-05T09:00:30, and in no other. Its error is a *LocalTimeError.
func ParseLocalTime(s string) (LocalTime, error) {
	layout := localLayout
	if len(s) > len(localLayout) {
		layout = localLayoutSecond
	}
	t, err := time.Parse(layout, s)
	if err != nil {
		return LocalTime{}, &LocalTimeError{Text: s}
	}
	l := LocalOf(t)
	if !l.Valid() || l.String() != s && l.String()+":00" != s { // time.Parse is more lenient than we are
		return LocalTime{}, &LocalTimeError{Text: s}
	}
	return l, nil
}

// LocalTimeError says that a text is not a local time.
type LocalTimeError struct{ Text string }

// Error implements error.
func (e *LocalTimeError) Error() string {
	return fmt.Sprintf(`oncall: want a date and time of day such as "2026-01-05T09:00", not %q`, shorten(e.Text))
}

func shorten(text string) string {
	if len(text) > 40 {
		text = text[:40] + "…"
	}
	return text
}

// String returns the form 2026-01-05T09:00, or 2026-01-05T09:00:30 where there
// are seconds.
func (l LocalTime) String() string {
	return fmt.Sprintf("%04d-%02d-%02dT%s", l.Year, l.Month, l.Day, l.TimeOfDay())
}

// Valid reports whether there is such a date in the years 1 to 9999, and such a
// time of day from 00:00 to 23:59:59.
func (l LocalTime) Valid() bool {
	return l.Year >= 1 && l.Year <= 9999 && LocalOf(time.Unix(l.wall(), 0).UTC()) == l
}

// Weekday returns the day of the week.
func (l LocalTime) Weekday() time.Weekday { return time.Unix(l.wall(), 0).UTC().Weekday() }

// TimeOfDay returns the time of day.
func (l LocalTime) TimeOfDay() TimeOfDay { return TimeOfDay{l.Hour, l.Minute, l.Second} }

// In returns the first instant at which the wall clock of the zone shows this
// time or a later one: where the clocks skip it, the instant at which they do;
// where they show it twice, the first of the two. (time.Date promises neither.) A
// nil zone is UTC. A LocalTime that is not valid gives the zero Time.
func (l LocalTime) In(zone *time.Location) time.Time {
	if !l.Valid() {
		return time.Time{}
	}
	if zone == nil {
		zone = time.UTC
	}
	c := clock{zone: zone}
	return time.Unix(c.first(l.wall()), 0).In(zone)
}

// wall returns the reading in seconds since a clock showed 1970-01-01T00:00.
func (l LocalTime) wall() int64 {
	return time.Date(l.Year, l.Month, l.Day, l.Hour, l.Minute, l.Second, 0, time.UTC).Unix()
}

// MarshalText implements encoding.TextMarshaler. A LocalTime that is not valid
// is a *LocalTimeError.
func (l LocalTime) MarshalText() ([]byte, error) {
	if !l.Valid() {
		return nil, &LocalTimeError{Text: l.String()}
	}
	return []byte(l.String()), nil
}

// UnmarshalText implements encoding.TextUnmarshaler, like [ParseLocalTime].
func (l *LocalTime) UnmarshalText(text []byte) error {
	parsed, err := ParseLocalTime(string(text))
	if err != nil {
		return err
	}
	*l = parsed
	return nil
}
