package oncall

import (
	"iter"
	"time"
)

// place knows the days of a zone. A day lasts from the first instant of its date
// to the first instant of the next date, whatever its clock shows in between. Days
// are counted from 1970-01-01. One that the clock skips is empty.
type place struct{ clock }

// newPlace returns the place of a zone, which is fast from the instant on.
func newPlace(zone *time.Location, from int64) *place {
	return &place{newClock(zone, from-10*secondsPerDay)}
}

// midnight returns the first instant of a day.
func (p *place) midnight(day int64) int64 { return p.first(day * secondsPerDay) }

// dayAt returns the day that contains an instant.
func (p *place) dayAt(at int64) int64 {
	wall := at + p.span(at).offset
	day := wall / secondsPerDay
	if wall%secondsPerDay < 0 {
		day--
	}
	for p.midnight(day+1) <= at { // the clock has shown midnight, and was set back
		day++
	}
	return day
}

// days yields the parts of a set that lie in one day, and that day.
func (p *place) days(set stretches) iter.Seq2[int64, stretch] {
	return func(yield func(int64, stretch) bool) {
		for _, s := range set {
			day := p.dayAt(s.start)
			for s.start < s.end {
				end := min(s.end, p.midnight(day+1))
				if end > s.start && !yield(day, stretch{s.start, end}) {
					return
				}
				s.start = max(s.start, end)
				day++
			}
		}
	}
}

// open returns when a window that opens on a day is open. It is empty if the
// window does not open on that day, or if the clock skips all of it.
func (p *place) open(w Window, day int64) stretch {
	if w.Days != 0 && !w.Days.Has(weekdayOf(day)) {
		return stretch{}
	}
	opens := day*secondsPerDay + w.Opens.seconds()
	return stretch{p.first(opens), p.first(opens + int64(w.Length/time.Second))}
}

// openWithin returns when a window is open in a piece of time.
func (p *place) openWithin(w Window, in stretch) stretches {
	var set stretches
	last := p.dayAt(in.end)
	for day := p.dayAt(in.start) - 8; day <= last; day++ { // one that opened up to a week ago may still be open
		s := p.open(w, day)
		set = set.with(stretch{max(s.start, in.start), min(s.end, in.end)})
	}
	return set
}

func weekdayOf(day int64) time.Weekday {
	return time.Weekday(((day+int64(time.Thursday))%7 + 7) % 7) // day 0 was a Thursday
}

func dateOf(day int64) Date {
	year, month, d := time.Unix(day*secondsPerDay, 0).UTC().Date()
	return Date{year, month, d}
}
