package ical

import (
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// ErrSteps is the end of Rule.Times for a rule that would keep it busy.
var ErrSteps = errors.New("ical: the rule takes too many steps to expand")

// maxTimesSteps bounds Rule.Times: five thousand years of days, or eleven days of
// seconds.
const maxTimesSteps = 2_000_000

// Times returns when the rule recurs for something that first happens at start, in
// order of time, and not before from or at to or later. Start is among them only if
// it fits the rule. An UNTIL in UTC counts as if the clock of start showed UTC.
//
// It goes straight to from, unless the rule has a COUNT, which is counted from
// start. At the year 9999 it ends. A rule that finds nothing, or counts, for
// 2,000,000 days (hours, minutes or seconds, for one that recurs within the day)
// ends with ErrSteps and the zero LocalTime; a time that is not valid is one that
// never comes.
func (r Rule) Times(start, from, to oncall.LocalTime) iter.Seq2[oncall.LocalTime, error] {
	return func(yield func(oncall.LocalTime, error) bool) {
		if !start.Valid() || !from.Valid() || !to.Valid() {
			return
		}
		budget := maxTimesSteps
		err := r.walk(wallOf(start), wallOf(from), wallOf(to), &budget, func(at int64) bool {
			budget = maxTimesSteps
			return yield(localOf(at), nil)
		})
		if err != nil {
			yield(oncall.LocalTime{}, err)
		}
	}
}

const day = 24 * 60 * 60

// wallOf returns a reading of the wall clock in seconds since it showed
// 1970-01-01T00:00, and localOf the reading.
func wallOf(l oncall.LocalTime) int64 {
	return time.Date(l.Year, l.Month, l.Day, l.Hour, l.Minute, l.Second, 0, time.UTC).Unix()
}

func localOf(wall int64) oncall.LocalTime { return oncall.LocalOf(time.Unix(wall, 0).UTC()) }

// lastWall is the last second of the year 9999.
const lastWall = 253_402_300_799

// walk is Times on seconds of the wall clock. It takes every step from the budget
// and ends with ErrSteps when that is used up.
func (r Rule) walk(start, from, to int64, budget *int, yield func(int64) bool) error {
	if r.freq == never {
		return nil
	}
	to = min(to, lastWall+1)
	if r.until != nil {
		to = min(to, wallOf(r.until.at)+1)
	}
	w := walker{rule: r.complete(start), start: start, from: max(from, start), to: to, budget: budget, yield: yield}
	if r.freq >= hourly {
		w.withinDays()
	} else {
		w.periods()
	}
	if w.broke {
		return fmt.Errorf("%w: allow for more, or ask for a shorter time", ErrSteps)
	}
	return nil
}

// complete adds what a rule takes from the start: the 5th of the month, at 09:00.
func (r Rule) complete(start int64) Rule {
	at := time.Unix(start, 0).UTC()
	if len(r.weeks) == 0 && len(r.yearDays) == 0 && len(r.monthDays) == 0 && len(r.days) == 0 {
		switch {
		case r.freq == yearly && len(r.months) == 0:
			r.months = []int{int(at.Month())}
			fallthrough
		case r.freq == yearly, r.freq == monthly:
			r.monthDays = []int{at.Day()}
		case r.freq == weekly:
			r.days = []ruleDay{{day: at.Weekday()}}
		}
	}
	if len(r.weeks) > 0 && len(r.yearDays) == 0 && len(r.monthDays) == 0 && len(r.days) == 0 {
		r.days = []ruleDay{{day: at.Weekday()}}
	}
	if len(r.hours) == 0 && r.freq < hourly {
		r.hours = []int{at.Hour()}
	}
	if len(r.minutes) == 0 && r.freq < minutely {
		r.minutes = []int{at.Minute()}
	}
	if len(r.seconds) == 0 && r.freq < secondly {
		r.seconds = []int{at.Second()}
	}
	return r
}

type walker struct {
	rule            Rule
	start, from, to int64
	budget          *int
	yield           func(int64) bool

	counted int64
	done    bool
	broke   bool // the budget is used up
}

// spend takes steps from the budget, and reports whether there are any left.
func (w *walker) spend(steps int) bool {
	*w.budget -= steps
	if *w.budget < 0 {
		w.done, w.broke = true, true
	}
	return !w.done
}

// periods goes through years, months, weeks or days.
func (w *walker) periods() {
	if !w.spend(len(w.rule.hours) * len(w.rule.minutes) * len(w.rule.seconds)) {
		return
	}
	times := timesOfDay(w.rule.hours, w.rule.minutes, w.rule.seconds)
	first := w.index(w.start)
	at := first
	if w.rule.count == 0 {
		at += (w.index(w.from) - first) / w.rule.interval * w.rule.interval
	}
	var found []int64 // in one period
	for ; !w.done; at += w.rule.interval {
		begin, end := w.period(at)
		if begin*day >= w.to {
			return
		}
		found = found[:0]
		for d := begin; d < end; d = w.skipMonths(d+1, end) {
			if !w.spend(w.rule.cost()) {
				return
			}
			if w.rule.onDay(d) {
				found = append(found, d)
			}
		}
		w.give(found, times)
	}
}

// cost is how many steps it counts as to look at a day or less: longer lists take
// longer.
func (r *Rule) cost() int {
	return 1 + (len(r.days)+len(r.yearDays)+len(r.monthDays)+len(r.weeks))/32
}

// skipMonths goes on from a day to the first, before end, of a month that the
// rule names, so that most rules of a year look at no more than a few days.
func (w *walker) skipMonths(d, end int64) int64 {
	if len(w.rule.months) == 0 || w.rule.freq != yearly {
		return d
	}
	for d < end {
		at := dateOf(d)
		if slices.Contains(w.rule.months, int(at.Month())) {
			return d
		}
		d = dayOf(at.Year(), at.Month()+1, 1)
	}
	return d
}

// index numbers the years, months, weeks or days, and period is the other way
// round: the days of one, half-open.
func (w *walker) index(wall int64) int64 {
	d := floorDiv(wall, day)
	switch at := dateOf(d); w.rule.freq {
	case yearly:
		return int64(at.Year())
	case monthly:
		return int64(at.Year())*12 + int64(at.Month()) - 1
	case weekly:
		return floorDiv(d-w.weekOffset(), 7)
	default:
		return d
	}
}

func (w *walker) period(index int64) (begin, end int64) {
	switch w.rule.freq {
	case yearly:
		return dayOf(int(index), 1, 1), dayOf(int(index)+1, 1, 1)
	case monthly:
		year, month := int(floorDiv(index, 12)), time.Month(index-floorDiv(index, 12)*12+1)
		return dayOf(year, month, 1), dayOf(year, month+1, 1)
	case weekly:
		begin = index*7 + w.weekOffset()
		return begin, begin + 7
	default:
		return index, index + 1
	}
}

// weekOffset is the first day since 1970-01-01, a Thursday, on which a week
// begins.
func (w *walker) weekOffset() int64 {
	return int64(w.rule.weekStart-time.Thursday+7) % 7
}

// give passes on the times of a period, which are in order.
func (w *walker) give(days, times []int64) {
	n := len(days) * len(times)
	if n == 0 {
		return
	}
	at := func(i int) int64 { return days[i/len(times)]*day + times[i%len(times)] }
	if len(w.rule.positions) == 0 {
		for i := 0; i < n && !w.done; i++ {
			w.occur(at(i))
		}
		return
	}
	for _, i := range positions(w.rule.positions, n) {
		w.occur(at(i))
	}
}

// occur passes on one time, if it is in the range.
func (w *walker) occur(at int64) {
	switch {
	case w.done:
	case at < w.start:
		w.spend(1)
	case at >= w.to:
		w.done = true
	case !w.spend(1):
	default:
		w.counted++
		if at >= w.from && !w.yield(at) || w.counted == w.rule.count {
			w.done = true
		}
	}
}

// withinDays goes through hours, minutes or seconds. Where a whole day, hour or
// minute does not fit, it goes on after that.
func (w *walker) withinDays() {
	r := w.rule
	unit := map[frequency]int64{hourly: 60 * 60, minutely: 60, secondly: 1}[r.freq]
	times := timesOfDay([]int{0}, []int{0}, []int{0})
	switch r.freq {
	case hourly:
		times = timesOfDay([]int{0}, r.minutes, r.seconds)
	case minutely:
		times = timesOfDay([]int{0}, []int{0}, r.seconds)
	default:
	}
	first := floorDiv(w.start, unit)
	at := first
	if r.count == 0 {
		at += (floorDiv(w.from, unit) - first) / r.interval * r.interval
	}
	for !w.done && w.spend(w.rule.cost()) && at*unit < w.to {
		next := at + 1
		if after, fits := r.within(at * unit); !fits {
			next = floorDiv(after+unit-1, unit)
		} else {
			w.within(at*unit, times)
		}
		at += (next - at + r.interval - 1) / r.interval * r.interval
	}
}

// within passes on the times of one hour, minute or second.
func (w *walker) within(begin int64, times []int64) {
	if len(w.rule.positions) == 0 {
		for _, t := range times {
			w.occur(begin + t)
		}
		return
	}
	for _, i := range positions(w.rule.positions, len(times)) {
		w.occur(begin + times[i])
	}
}

// positions picks the places of BYSETPOS among n, in order.
func positions(wanted []int, n int) []int {
	picked := make([]int, 0, len(wanted))
	for _, p := range wanted {
		if p < 0 {
			p += n + 1
		}
		if 1 <= p && p <= n {
			picked = append(picked, p-1)
		}
	}
	slices.Sort(picked)
	return slices.Compact(picked)
}

// timesOfDay combines hours, minutes and seconds to seconds of the day, in order.
func timesOfDay(hours, minutes, seconds []int) []int64 {
	times := make([]int64, 0, len(hours)*len(minutes)*len(seconds))
	for _, h := range hours {
		for _, m := range minutes {
			for _, s := range seconds {
				times = append(times, int64(h)*60*60+int64(m)*60+int64(s))
			}
		}
	}
	return times
}
