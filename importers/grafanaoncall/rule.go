package grafanaoncall

import (
	"iter"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

type frequency int

const (
	once frequency = iota
	hourly
	daily
	weekly
	monthly
)

// rule is a recurrence on the wall clock, as RFC 5545 has it: at the start, and
// then wherever the filters allow in every interval-th hour, day, week or month,
// counted from that of the start.
type rule struct {
	frequency frequency
	interval  int
	start     wall
	weekStart time.Weekday
	days      oncall.Weekdays
	months    []int
	monthDays []int // negative ones from the end of the month
}

func (w wall) time() time.Time         { return time.Unix(int64(w), 0).UTC() }
func (w wall) local() oncall.LocalTime { return oncall.LocalOf(w.time()) }
func (w wall) weekday() time.Weekday   { return w.time().Weekday() }
func (w wall) clock() wall             { return w % day } // walls are not negative
func (w wall) midnight() wall          { return w - w.clock() }

// weekOf returns the midnight at which the week began.
func (w wall) weekOf(first time.Weekday) wall {
	return w.midnight() - wall((int(w.weekday())-int(first)+7)%7)*day
}

// months counts the months since 1970.
func (w wall) months() int {
	t := w.time()
	return 12*(t.Year()-1970) + int(t.Month()) - 1
}

// monthAt returns the first of a month.
func monthAt(months int) wall {
	return wall(time.Date(1970, time.Month(1+months), 1, 0, 0, 0, 0, time.UTC).Unix())
}

// from yields the occurrences from a time until another, not including that.
func (r rule) from(from, to wall) iter.Seq[wall] {
	return func(yield func(wall) bool) {
		if r.start >= from && r.start < to && !yield(r.start) {
			return
		}
		if r.frequency == once {
			return
		}
		for begin, end := range r.periods(max(from, r.start+1), to) {
			for w := begin; w < end; w += day {
				if w >= from && w > r.start && w < to && r.allows(w) && !yield(w) {
					return
				}
			}
		}
	}
}

// periods yields the first occurrence that each interval may have, and the end of
// the interval, for those that overlap a range.
func (r rule) periods(from, to wall) iter.Seq2[wall, wall] {
	return func(yield func(wall, wall) bool) {
		if r.frequency == monthly {
			first := r.start.months()
			skipped := max(0, (from.months()-first)/r.interval)
			for m := first + skipped*r.interval; monthAt(m) < to; m += r.interval {
				if !yield(monthAt(m)+r.start.clock(), monthAt(m+1)) {
					return
				}
			}
			return
		}
		begin, length := r.start, hour
		switch r.frequency {
		case daily:
			length = day
		case weekly:
			begin, length = r.start.weekOf(r.weekStart)+r.start.clock(), week
		case once, hourly, monthly:
		}
		step := wall(r.interval) * length
		begin += max(0, (from-begin)/step) * step
		for ; begin < to; begin += step {
			if !yield(begin, begin+length) {
				return
			}
		}
	}
}

// allows applies the filters to a time in one of the intervals.
func (r rule) allows(w wall) bool {
	t := w.time()
	last := monthAt(w.months()+1).time().AddDate(0, 0, -1).Day()
	switch {
	case len(r.months) > 0 && !slices.Contains(r.months, int(t.Month())):
		return false
	case len(r.monthDays) > 0 && !slices.Contains(r.monthDays, t.Day()) && !slices.Contains(r.monthDays, t.Day()-last-1):
		return false
	case r.days != 0:
		return r.days.Has(t.Weekday())
	case len(r.monthDays) > 0:
		return true
	case r.frequency == weekly:
		return t.Weekday() == r.start.weekday()
	case r.frequency == monthly:
		return t.Day() == r.start.time().Day()
	}
	return true
}
