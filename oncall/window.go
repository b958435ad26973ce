package oncall

import (
	"fmt"
	"strconv"
	"time"
)

// Window is a time of the week on the wall clock. Where clocks change, it opens
// and closes at the first instant at which the clock shows its time or a later
// one.
type Window struct {
	// Days are those on which it opens. The zero value: every day.
	Days Weekdays

	// Opens is the time of day at which it does.
	Opens TimeOfDay

	// Length is how long it stays open, on the wall clock: 1 s to 7 days, in whole
	// seconds. So it may last past midnight, or over the weekend.
	Length time.Duration
}

// Daily returns the window from one time of day to another, on every day or only
// on those that are named. It lasts past midnight where the end is not after the
// start.
func Daily(opens, closes TimeOfDay, days ...time.Weekday) Window {
	length := closes.seconds() - opens.seconds()
	if length <= 0 {
		length += secondsPerDay
	}
	return Window{Days: On(days...), Opens: opens, Length: time.Duration(length) * time.Second}
}

// Weekdays is a set of days of the week. The zero value is none, which most of
// this package takes for every day.
type Weekdays uint8

// On returns the set of these days.
func On(days ...time.Weekday) Weekdays {
	var w Weekdays
	for _, d := range days {
		w |= 1 << (uint(d) % 7)
	}
	return w
}

// Has reports whether a day is in the set.
func (w Weekdays) Has(d time.Weekday) bool { return w&(1<<(uint(d)%7)) != 0 }

// TimeOfDay is a reading of a wall clock, from 00:00:00 to 23:59:59.
type TimeOfDay struct{ Hour, Minute, Second int }

// Clock returns a time of day in whole minutes.
func Clock(hour, minute int) TimeOfDay { return TimeOfDay{Hour: hour, Minute: minute} }

// ParseTimeOfDay reads the forms 09:00 and 09:00:30, and no other. Its error is
// a *TimeOfDayError.
func ParseTimeOfDay(s string) (TimeOfDay, error) {
	var t TimeOfDay
	number := func(from int) int {
		n, err := strconv.ParseUint(s[from:from+2], 10, 8)
		if err != nil {
			return 100
		}
		return int(n)
	}
	if len(s) == 5 || len(s) == 8 {
		t.Hour, t.Minute = number(0), number(3)
		if len(s) == 8 {
			t.Second = number(6)
		}
	}
	if !t.Valid() || t.String() != s && t.String()+":00" != s {
		return TimeOfDay{}, &TimeOfDayError{Text: s}
	}
	return t, nil
}

// Valid reports whether a clock shows such a time.
func (t TimeOfDay) Valid() bool {
	return 0 <= t.Hour && t.Hour < 24 && 0 <= t.Minute && t.Minute < 60 && 0 <= t.Second && t.Second < 60
}

// String returns the form 09:00, or 09:00:30 where there are seconds.
func (t TimeOfDay) String() string {
	if t.Second == 0 {
		return fmt.Sprintf("%02d:%02d", t.Hour, t.Minute)
	}
	return fmt.Sprintf("%02d:%02d:%02d", t.Hour, t.Minute, t.Second)
}

func (t TimeOfDay) seconds() int64 {
	return int64(t.Hour)*60*60 + int64(t.Minute)*60 + int64(t.Second)
}

// TimeOfDayError says that a text is not a time of day.
type TimeOfDayError struct{ Text string }

// Error implements error.
func (e *TimeOfDayError) Error() string {
	return fmt.Sprintf(`oncall: want a time of day such as "09:00", not %q`, shorten(e.Text))
}
