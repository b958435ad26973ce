package ical_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/oncall"
	"github.com/incidentkit/incidentkit/oncall/ical"
)

// draft is a rule in the making: the reference reads it, and not its text.
type draft struct {
	freq                                                 string
	interval, count                                      int
	until                                                time.Time
	months, monthDays, yearDays, weeks, hours, positions []int
	minutes                                              []int
	days                                                 map[time.Weekday][]int // 0: every one
	weekStart                                            time.Weekday
}

func drawDraft(t *rapid.T, start time.Time) draft {
	d := draft{
		freq:      rapid.SampledFrom([]string{"YEARLY", "MONTHLY", "WEEKLY", "DAILY", "HOURLY", "MINUTELY"}).Draw(t, "freq"),
		interval:  rapid.IntRange(1, 5).Draw(t, "interval"),
		weekStart: time.Weekday(rapid.IntRange(0, 6).Draw(t, "week starts")),
		days:      map[time.Weekday][]int{},
	}
	within := d.freq == "HOURLY" || d.freq == "MINUTELY"
	list := func(name string, low, high int, signs bool) []int {
		if rapid.IntRange(0, 2).Draw(t, "has "+name) > 0 {
			return nil
		}
		g := rapid.IntRange(low, high)
		if signs {
			g = rapid.OneOf(rapid.IntRange(low, high), rapid.IntRange(-high, -low))
		}
		return rapid.SliceOfNDistinct(g, 1, 5, rapid.ID).Draw(t, name)
	}
	d.months = list("months", 1, 12, false)
	if d.freq != "WEEKLY" {
		d.monthDays = list("month days", 1, 31, true)
	}
	if d.freq == "YEARLY" {
		d.weeks = list("weeks", 1, 53, true)
	}
	if d.freq == "YEARLY" || within {
		d.yearDays = list("year days", 1, 366, true)
	}
	d.hours = list("hours", 0, 23, false)
	d.minutes = list("minutes", 0, 59, false)
	d.positions = list("positions", 1, 7, true)
	if rapid.Bool().Draw(t, "has days") {
		for _, day := range rapid.SliceOfNDistinct(rapid.IntRange(0, 6), 1, 4, rapid.ID).Draw(t, "days") {
			nth := 0
			if d.freq == "MONTHLY" || d.freq == "YEARLY" && d.weeks == nil {
				nth = rapid.SampledFrom([]int{0, 0, 1, 2, 5, -1, -2, -5, 20}).Draw(t, "nth")
			}
			d.days[time.Weekday(day)] = []int{nth}
		}
	}
	switch rapid.IntRange(0, 3).Draw(t, "end") {
	case 0:
		d.count = rapid.IntRange(1, 40).Draw(t, "count")
	case 1:
		d.until = start.Add(time.Duration(rapid.IntRange(0, 20000).Draw(t, "hours until")) * time.Hour)
	}
	return d
}

func (d draft) String() string {
	s := fmt.Sprintf("FREQ=%s;INTERVAL=%d;WKST=%s", d.freq, d.interval, dayName(d.weekStart))
	for _, l := range []struct {
		name string
		list []int
	}{
		{"BYMONTH", d.months}, {"BYMONTHDAY", d.monthDays}, {"BYYEARDAY", d.yearDays}, {"BYWEEKNO", d.weeks},
		{"BYHOUR", d.hours}, {"BYMINUTE", d.minutes}, {"BYSETPOS", d.positions},
	} {
		if len(l.list) > 0 {
			s += ";" + l.name + "=" + strings.Trim(strings.ReplaceAll(fmt.Sprint(l.list), " ", ","), "[]")
		}
	}
	var days []string
	for day, nths := range d.days {
		for _, nth := range nths {
			name := dayName(day)
			if nth != 0 {
				name = fmt.Sprint(nth) + name
			}
			days = append(days, name)
		}
	}
	if len(days) > 0 {
		s += ";BYDAY=" + strings.Join(days, ",")
	}
	if d.count > 0 {
		s += fmt.Sprintf(";COUNT=%d", d.count)
	}
	if !d.until.IsZero() {
		s += ";UNTIL=" + d.until.Format("20060102T150405")
	}
	return s
}

func dayName(d time.Weekday) string { return strings.ToUpper(d.String()[:2]) }

// reference goes through every minute or every day from the start to an end, asks
// of each whether it fits, and then counts. It is slow, and shares nothing with
// the code it checks.
func (d draft) reference(start, end time.Time) []time.Time {
	var fits []time.Time
	back := map[string]int{"YEARLY": -366, "MONTHLY": -31}[d.freq] - 7
	for day := midnight(start).AddDate(0, 0, back); day.Before(end.AddDate(0, 0, -back)); day = day.AddDate(0, 0, 1) { // whole periods, for BYSETPOS
		if d.fitsDay(day, start) {
			fits = append(fits, d.minutesOf(day, start)...)
		}
	}
	if len(d.positions) > 0 {
		fits = d.pick(fits, start)
	}
	times := []time.Time{}
	for _, at := range fits {
		if !at.Before(start) && at.Before(end) && (d.until.IsZero() || !at.After(d.until)) && (d.count == 0 || len(times) < d.count) {
			times = append(times, at)
		}
	}
	return times
}

func midnight(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

func (d draft) minutesOf(day, start time.Time) (times []time.Time) {
	for minute := range 24 * 60 {
		at := day.Add(time.Duration(minute)*time.Minute + time.Duration(start.Second())*time.Second)
		hourOK, minuteOK := at.Hour() == start.Hour(), at.Minute() == start.Minute()
		if len(d.hours) > 0 || d.freq == "HOURLY" || d.freq == "MINUTELY" {
			hourOK = len(d.hours) == 0 || slices.Contains(d.hours, at.Hour())
		}
		if len(d.minutes) > 0 || d.freq == "MINUTELY" {
			minuteOK = len(d.minutes) == 0 || slices.Contains(d.minutes, at.Minute())
		}
		if hourOK && minuteOK && d.period(at, start)%d.interval == 0 {
			times = append(times, at)
		}
	}
	return times
}

// period counts the years, months … from that of the start to that of a time.
func (d draft) period(at, start time.Time) int {
	switch d.freq {
	case "YEARLY":
		return at.Year() - start.Year()
	case "MONTHLY":
		return 12*(at.Year()-start.Year()) + int(at.Month()) - int(start.Month())
	case "WEEKLY":
		return int(d.week(at).Sub(d.week(start)).Hours()) / (7 * 24)
	case "DAILY":
		return int(midnight(at).Sub(midnight(start)).Hours()) / 24
	case "HOURLY":
		return int(at.Truncate(time.Hour).Sub(start.Truncate(time.Hour)).Hours())
	default:
		return int(at.Truncate(time.Minute).Sub(start.Truncate(time.Minute)).Minutes())
	}
}

func (d draft) week(at time.Time) time.Time {
	at = midnight(at)
	for at.Weekday() != d.weekStart {
		at = at.AddDate(0, 0, -1)
	}
	return at
}

func (d draft) fitsDay(day, start time.Time) bool {
	bare := len(d.monthDays) == 0 && len(d.yearDays) == 0 && len(d.weeks) == 0 && len(d.days) == 0
	switch {
	case bare && d.freq == "YEARLY" && (day.Day() != start.Day() || len(d.months) == 0 && day.Month() != start.Month()),
		bare && d.freq == "MONTHLY" && day.Day() != start.Day(),
		bare && d.freq == "WEEKLY" && day.Weekday() != start.Weekday(),
		len(d.weeks) > 0 && len(d.monthDays)+len(d.yearDays)+len(d.days) == 0 && day.Weekday() != start.Weekday():
		return false
	}
	fromEnd := func(list []int, number, last int) bool {
		return len(list) == 0 || slices.Contains(list, number) || slices.Contains(list, number-last-1)
	}
	lastOfMonth := time.Date(day.Year(), day.Month()+1, 0, 0, 0, 0, 0, time.UTC)
	lastOfYear := time.Date(day.Year(), 12, 31, 0, 0, 0, 0, time.UTC)
	if len(d.months) > 0 && !slices.Contains(d.months, int(day.Month())) ||
		!fromEnd(d.monthDays, day.Day(), lastOfMonth.Day()) || !fromEnd(d.yearDays, day.YearDay(), lastOfYear.YearDay()) {
		return false
	}
	if len(d.weeks) > 0 {
		number, last := d.weekNumber(day)
		if !fromEnd(d.weeks, number, last) {
			return false
		}
	}
	if len(d.days) == 0 {
		return true
	}
	for _, nth := range d.days[day.Weekday()] {
		first, last := time.Date(day.Year(), day.Month(), 1, 0, 0, 0, 0, time.UTC), lastOfMonth
		if d.freq == "YEARLY" && len(d.months) == 0 {
			first, last = time.Date(day.Year(), 1, 1, 0, 0, 0, 0, time.UTC), lastOfYear
		}
		before, after := 0, 0
		for at := day; !at.Before(first); at = at.AddDate(0, 0, -7) {
			before++
		}
		for at := day; !at.After(last); at = at.AddDate(0, 0, 7) {
			after++
		}
		if nth == 0 || nth == before || nth == -after {
			return true
		}
	}
	return false
}

// weekNumber counts the weeks since the first one with four days in its year.
func (d draft) weekNumber(day time.Time) (number, last int) {
	week := d.week(day)
	year := week.AddDate(0, 0, 3).Year()
	number, last = 0, 0
	for at := d.week(time.Date(year, 1, 4, 0, 0, 0, 0, time.UTC)); at.AddDate(0, 0, 3).Year() == year; at = at.AddDate(0, 0, 7) {
		last++
		if !at.After(week) {
			number++
		}
	}
	return number, last
}

// pick leaves, of each period, what BYSETPOS names.
func (d draft) pick(fits []time.Time, start time.Time) (picked []time.Time) {
	for len(fits) > 0 {
		period := d.period(fits[0], start)
		n := slices.IndexFunc(fits, func(at time.Time) bool { return d.period(at, start) != period })
		if n < 0 {
			n = len(fits)
		}
		for i, at := range fits[:n] {
			if slices.Contains(d.positions, i+1) || slices.Contains(d.positions, i-n) {
				picked = append(picked, at)
			}
		}
		fits = fits[n:]
	}
	return picked
}

func TestRuleAgreesWithTheReference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		start := time.Date(2018, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(rapid.Int64Range(0, 3*365*24*60*60).Draw(t, "start")) * time.Second)
		d := drawDraft(t, start)
		days := map[string]int{"YEARLY": 4000, "MONTHLY": 800, "WEEKLY": 400, "DAILY": 400, "HOURLY": 40, "MINUTELY": 8}[d.freq]
		end := start.AddDate(0, 0, days)
		want := d.reference(start, end)

		rule, err := ical.ParseRule(d.String())
		require.NoError(t, err, d)
		from := start.Add(time.Duration(rapid.IntRange(0, days*24*60*60).Draw(t, "from")) * time.Second)
		want = slices.DeleteFunc(want, func(at time.Time) bool { return at.Before(from) })
		got := []time.Time{}
		for at, err := range rule.Times(oncall.LocalOf(start), oncall.LocalOf(from), oncall.LocalOf(end)) {
			require.NoError(t, err, d)
			got = append(got, at.In(time.UTC))
		}
		require.Equal(t, want, got, "%s from %s", d, start)
	})
}
