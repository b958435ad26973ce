package ical

import (
	"slices"
	"time"
)

// onDay reports whether the rule allows a day, counted from 1970-01-01.
func (r *Rule) onDay(d int64) bool {
	at := dateOf(d)
	year, month, dom := at.Date()
	if len(r.months) > 0 && !slices.Contains(r.months, int(month)) {
		return false
	}
	if len(r.monthDays) > 0 && !contains(r.monthDays, dom, daysIn(year, month)) {
		return false
	}
	if len(r.yearDays) > 0 && !contains(r.yearDays, at.YearDay(), daysInYear(year)) {
		return false
	}
	if len(r.weeks) > 0 {
		number, last := r.week(d)
		if !contains(r.weeks, number, last) {
			return false
		}
	}
	return len(r.days) == 0 || slices.ContainsFunc(r.days, func(want ruleDay) bool { return r.isDay(at, want) })
}

// contains reports whether a list has a number of 1 to last, also counted from
// the end: -1 is the last.
func contains(list []int, number, last int) bool {
	return slices.Contains(list, number) || slices.Contains(list, number-last-1)
}

// isDay reports whether a date is the day that BYDAY wants: any Monday, or the
// second of its month, or of its year.
func (r *Rule) isDay(at time.Time, want ruleDay) bool {
	if at.Weekday() != want.day {
		return false
	}
	number, last := at.Day(), daysIn(at.Year(), at.Month())
	if r.freq == yearly && len(r.months) == 0 {
		number, last = at.YearDay(), daysInYear(at.Year())
	}
	switch {
	case want.nth > 0:
		return (number-1)/7+1 == want.nth
	case want.nth < 0:
		return (last-number)/7+1 == -want.nth
	default:
		return true
	}
}

// week returns the number of a day's week, and that of the last week of the year
// that the week belongs to: the one that has at least four of its days.
func (r *Rule) week(d int64) (number, last int) {
	middle := dateOf(r.weekOf(d) + 3)
	december28 := dayOf(middle.Year(), time.December, 28) // always in the last week
	lastMiddle := dateOf(r.weekOf(december28) + 3)
	return (middle.YearDay()-1)/7 + 1, (lastMiddle.YearDay()-1)/7 + 1
}

// weekOf returns the first day of a day's week.
func (r *Rule) weekOf(d int64) int64 {
	return d - int64(dateOf(d).Weekday()-r.weekStart+7)%7
}

// within reports whether a rule that recurs within the day allows a second. If
// not, it does not before the one after the day, hour, minute or second at fault.
func (r *Rule) within(wall int64) (after int64, fits bool) {
	d := floorDiv(wall, day)
	second := int(wall - d*day)
	switch {
	case !r.onDay(d):
		return (d + 1) * day, false
	case len(r.hours) > 0 && !slices.Contains(r.hours, second/3600):
		return wall - int64(second%3600) + 3600, false
	case r.freq >= minutely && len(r.minutes) > 0 && !slices.Contains(r.minutes, second/60%60):
		return wall - int64(second%60) + 60, false
	case r.freq == secondly && len(r.seconds) > 0 && !slices.Contains(r.seconds, second%60):
		return wall + 1, false
	}
	return 0, true
}

// dateOf returns a day, counted from 1970-01-01, as a date; dayOf is the other
// way round, and takes a month after December as one of the next year.
func dateOf(d int64) time.Time { return time.Unix(d*day, 0).UTC() }

func dayOf(year int, month time.Month, dom int) int64 {
	return floorDiv(time.Date(year, month, dom, 0, 0, 0, 0, time.UTC).Unix(), day)
}

func daysIn(year int, month time.Month) int {
	return time.Date(year, month+1, 0, 0, 0, 0, 0, time.UTC).Day()
}

func daysInYear(year int) int {
	return time.Date(year, time.December, 31, 0, 0, 0, 0, time.UTC).YearDay()
}

// floorDiv divides and rounds down, also below zero.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
