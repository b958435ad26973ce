package oncall

import (
	"fmt"
	"maps"
	"slices"
	"time"
)

// Timesheet is what happened, or will happen, on call from one instant to another,
// and what is known of the people: everything that load, pay, limits and coverage
// are computed from. [Rota.Timesheet] fills it from a schedule; to look at several
// schedules together, so that nobody's time is counted twice, put the shifts of
// one into the other. A Timesheet is plain data; its methods change nothing, and any
// number of goroutines may call them.
//
// Everybody in People is in every result, also those without a shift, and whoever
// has one without being in People comes after them. Instants count in whole
// seconds; fractions are cut off.
//
// The methods return an error that joins a *[FieldError] for everything that is
// malformed, in the Timesheet or in what they were given.
type Timesheet struct {
	From, To time.Time // half-open; at most 100 years

	// Zone is the IANA time zone of the schedule, and of the people who have none
	// of their own.
	Zone string

	// Shifts may overlap, be in any order, and reach beyond the period. What lies
	// more than a year outside of it is not looked at.
	Shifts []Shift

	People []Person

	// Activities say what people had to do. They may overlap, and may be outside
	// of shifts.
	Activities []Activity

	// Intended are the times in which it is right that nobody is on call.
	Intended []IntendedGap

	// Calendar says what are nights and weekends, and Calendars for whom they are
	// something else, by the person's id.
	Calendar  Calendar
	Calendars map[string]Calendar
}

// Calendar says what are nights and weekends, in the zone of each person.
type Calendar struct {
	// Night is a window of at most a day. The zero Window: from 22:00 to 06:00.
	Night Window

	// Weekend is the days of the weekend. The zero value: Saturday and Sunday.
	Weekend Weekdays
}

// Activity is something that kept a person busy: an incident, or a page that was
// only looked at.
type Activity struct {
	Person     string
	Start, End time.Time // half-open; they may be equal
	Pages      int       // how often the person was paged, at the start

	// Incident is the id of the incident it was for. Activities with the same one
	// are about the same. Empty: about nothing else.
	Incident string
}

// DayKind is what kind of day it is for a person. A holiday on a weekend is a
// holiday.
type DayKind string

// The kinds of day.
const (
	WorkDay    DayKind = "weekday"
	WeekendDay DayKind = "weekend"
	HolidayDay DayKind = "holiday"
)

const (
	longestPeriod = 100 * 366 * 24 * time.Hour
	outside       = 366 * secondsPerDay // how far outside of a period shifts are looked at
)

// withDefaults fills what was left out.
func (c Calendar) withDefaults() Calendar {
	if c.Night == (Window{}) {
		c.Night = Daily(Clock(22, 0), Clock(6, 0))
	}
	if c.Weekend == 0 {
		c.Weekend = On(time.Saturday, time.Sunday)
	}
	return c
}

// checker returns one that has checked everything but the shifts and activities.
func (p Timesheet) checker() *checker {
	c := &checker{zones: zones{}, schedule: Schedule{Zone: p.Zone, People: p.People, Absence: Keep, Intended: p.Intended}}
	c.zone(p.Zone, "zone")
	c.people()
	c.intended()
	if c.moments(p.From, p.To, "from", "to"); !p.To.After(p.From) || p.To.Sub(p.From) > longestPeriod {
		c.bad("an instant after from, and at most 100 years later", "to")
	}
	c.calendar(p.Calendar, "calendar")
	for _, id := range slices.Sorted(maps.Keys(p.Calendars)) {
		c.calendar(p.Calendars[id], fmt.Sprintf("calendars[%q]", id))
	}
	return c
}

func (c *checker) calendar(k Calendar, field string) {
	if k.Night == (Window{}) {
		return
	}
	c.window(k.Night, field+".night")
	if k.Night.Length > 24*time.Hour {
		c.bad(fmt.Sprintf("at most 24h, not %s", k.Night.Length), "%s.night.length", field)
	}
}

// moments checks two instants, of which fractions of a second are cut off, and
// returns what lies between them.
func (c *checker) moments(start, end time.Time, startField, endField string) stretch {
	for _, m := range []struct {
		at    time.Time
		field string
	}{{start, startField}, {end, endField}} {
		if wrong := wrongInstant(m.at.Truncate(time.Second)); wrong != "" {
			c.bad(wrong, "%s", m.field)
			return stretch{}
		}
	}
	if end.Before(start) {
		c.bad("an instant that is not before the start", "%s", endField)
		return stretch{}
	}
	return stretch{start.Unix(), end.Unix()}
}
