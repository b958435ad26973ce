package oncall

import "time"

// Load is how much of a period a person was on call, and had to do. Nights,
// weekends and holidays are those where the person lives. Shifts that overlap, on
// whatever rotations or schedules, are counted once.
type Load struct {
	Person string

	OnCall Breakdown
	Active Breakdown // on call or not

	// ByWeekday is the time on call on each day of the week, from time.Sunday on.
	ByWeekday [7]time.Duration

	Runs         int // unbroken times on call, of which some lies in the period
	Pages        int
	PagesAtNight int
}

// Breakdown is a time by the kind of day and of hour. All of it is in exactly one of
// them.
type Breakdown struct {
	Weekday Split // days that are neither of the others
	Weekend Split
	Holiday Split
}

// Split is a time by day and by night.
type Split struct{ Day, Night time.Duration }

// Total returns all of it.
func (s Split) Total() time.Duration { return s.Day + s.Night }

// Total returns all of it.
func (h Breakdown) Total() time.Duration {
	return h.Weekday.Total() + h.Weekend.Total() + h.Holiday.Total()
}

// Night returns that of all nights.
func (h Breakdown) Night() time.Duration { return h.Weekday.Night + h.Weekend.Night + h.Holiday.Night }

// Loads returns everybody's load. What lies outside of the period is not counted.
func (p Timesheet) Loads() ([]Load, error) {
	l, err := p.ledger(p.checker())
	if err != nil {
		return nil, err
	}
	loads := make([]Load, len(l.responders))
	for i, r := range l.responders {
		loads[i] = r.load(l.stretch)
	}
	return loads, nil
}

func (r *responder) load(period stretch) Load {
	onCall, active := r.onCall.in(period), r.active.in(period)
	load := Load{Person: r.ID, OnCall: r.breakdown(onCall), Active: r.breakdown(active), Runs: len(onCall)}
	for day, s := range r.days(onCall) {
		load.ByWeekday[weekdayOf(day)] += s.length()
	}
	nights := r.openWithin(r.calendar.Night, period)
	for _, a := range r.activities {
		at := stretch{a.Start.Unix(), a.Start.Unix() + 1}
		if at.start < period.start || at.start >= period.end {
			continue
		}
		load.Pages += a.Pages
		if nights.meets(at) {
			load.PagesAtNight += a.Pages
		}
	}
	return load
}

// breakdown sorts a set of time by the kind of day and of hour.
func (r *responder) breakdown(set stretches) Breakdown {
	all := r.byKind(set)
	night := r.byKind(set.and(r.nights(set)))
	split := func(k DayKind) Split { return Split{Day: all[k] - night[k], Night: night[k]} }
	return Breakdown{Weekday: split(WorkDay), Weekend: split(WeekendDay), Holiday: split(HolidayDay)}
}

func (r *responder) byKind(set stretches) map[DayKind]time.Duration {
	sum := map[DayKind]time.Duration{}
	for day, s := range r.days(set) {
		sum[r.kind(day)] += s.length()
	}
	return sum
}
