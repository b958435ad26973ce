package oncall

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"
)

// ledger is a Timesheet that was checked, and sorted by people.
type ledger struct {
	stretch // from the one end of the period to the other

	zone       *place
	responders []*responder
	byID       map[string]*responder
}

// responder is one person's part in a period.
type responder struct {
	Person
	*place
	calendar Calendar
	reach    stretch // the period, and as far outside of it as shifts are looked at

	shifts     []Shift // in order of start
	spans      []stretch
	activities []Activity // in order of start
	onCall     stretches
	active     stretches
}

// ledger checks a period, and sorts it. The checker may have found problems
// already.
func (p Timesheet) ledger(c *checker) (*ledger, error) {
	p.checkDuty(c)
	if c.errs != nil {
		return nil, errors.Join(c.errs...)
	}
	l := &ledger{stretch: stretch{p.From.Unix(), p.To.Unix()}, byID: map[string]*responder{}}
	places := map[string]*place{}
	for name, zone := range c.zones {
		places[name] = newPlace(zone, l.start-outside)
	}
	l.zone = places[p.Zone]
	for _, person := range p.People {
		p.join(l, person, places)
	}
	listed := len(l.responders)
	for _, s := range p.Shifts {
		r := p.join(l, Person{ID: s.Person}, places)
		r.shifts = append(r.shifts, s)
	}
	for _, a := range p.Activities {
		r := p.join(l, Person{ID: a.Person}, places)
		r.activities = append(r.activities, a)
	}
	slices.SortFunc(l.responders[listed:], func(a, b *responder) int { return cmp.Compare(a.ID, b.ID) })
	for _, r := range l.responders {
		r.sort()
	}
	return l, nil
}

// checkDuty checks the shifts and the activities.
func (p Timesheet) checkDuty(c *checker) {
	for i, s := range p.Shifts {
		field := fmt.Sprintf("shifts[%d]", i)
		c.moments(s.Start, s.End, field+".start", field+".end")
		if s.Person == "" {
			c.bad("the id of a person; it is empty", "%s.person", field)
		}
	}
	for i, a := range p.Activities {
		field := fmt.Sprintf("activities[%d]", i)
		c.moments(a.Start, a.End, field+".start", field+".end")
		if a.Person == "" {
			c.bad("the id of a person; it is empty", "%s.person", field)
		}
		if a.Pages < 0 {
			c.bad(fmt.Sprintf("0 or more, not %d", a.Pages), "%s.pages", field)
		}
	}
}

// join returns somebody's part in a period, which is empty at first.
func (p Timesheet) join(l *ledger, person Person, places map[string]*place) *responder {
	if known := l.byID[person.ID]; known != nil {
		return known
	}
	calendar, ok := p.Calendars[person.ID]
	if !ok {
		calendar = p.Calendar
	}
	r := &responder{
		Person:   person,
		place:    places[cmp.Or(person.Zone, p.Zone)],
		calendar: calendar.withDefaults(),
		reach:    stretch{l.start - outside, l.end + outside},
	}
	l.responders = append(l.responders, r)
	l.byID[person.ID] = r
	return r
}

// sort puts somebody's shifts and activities in order, and joins those that
// overlap.
func (r *responder) sort() {
	slices.SortStableFunc(r.shifts, func(a, b Shift) int { return a.Start.Compare(b.Start) })
	slices.SortStableFunc(r.activities, func(a, b Activity) int { return a.Start.Compare(b.Start) })
	r.spans = make([]stretch, len(r.shifts))
	for i, s := range r.shifts {
		r.spans[i] = r.near(s.Start, s.End)
		r.onCall = r.onCall.with(r.spans[i])
	}
	busy := make([]stretch, len(r.activities))
	for i, a := range r.activities {
		busy[i] = r.near(a.Start, a.End)
	}
	r.active = union(busy)
}

// near is what lies in the reach.
func (r *responder) near(start, end time.Time) stretch {
	return stretch{max(start.Unix(), r.reach.start), min(end.Unix(), r.reach.end)}
}

// duty is when the person is on call or active.
func (r *responder) duty() stretches { return r.onCall.or(r.active) }

// kind returns what kind of day it is for the person.
func (r *responder) kind(day int64) DayKind {
	if r.Holidays != nil {
		if _, ok := r.Holidays.Holiday(dateOf(day)); ok {
			return HolidayDay
		}
	}
	if r.calendar.Weekend.Has(weekdayOf(day)) {
		return WeekendDay
	}
	return WorkDay
}

// nights returns the person's nights around a set of time.
func (r *responder) nights(set stretches) stretches {
	if len(set) == 0 {
		return nil
	}
	return r.openWithin(r.calendar.Night, stretch{set[0].start, set[len(set)-1].end})
}

// in returns the part of a set that lies in a piece of time.
func (a stretches) in(p stretch) stretches { return slices.Collect(a.within(p)) }
