package oncall

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Limits are what is too much for a person. Duty is time on call and time active;
// days and nights are those where the person lives. A limit of 0 is none.
type Limits struct {
	// Rest is the least time between the end of one duty and the start of the
	// next. Duties without any time between them are one.
	Rest time.Duration

	// Duty is the most time on duty within any time as long as Within.
	Duty   time.Duration
	Within time.Duration

	// Days and Nights are the most in a row of which any part is on duty.
	Days   int
	Nights int

	// Pages are the most within any time as long as PagesWithin.
	Pages       int
	PagesWithin time.Duration

	// Incident is the most time active in one incident. It begins again after a
	// break as long as Rest, where that is set.
	Incident time.Duration
}

// Limit is one of the [Limits].
type Limit string

// The limits.
const (
	RestLimit     Limit = "rest"
	DutyLimit     Limit = "duty"
	DaysLimit     Limit = "days"
	NightsLimit   Limit = "nights"
	PagesLimit    Limit = "pages"
	IncidentLimit Limit = "incident"
)

// Violation is too much for a person.
type Violation struct {
	Person string
	Limit  Limit

	// Start and End bound what is too much, in the person's zone: somebody else
	// has to take over then for the limit to hold.
	Start, End time.Time

	// Have is the worst of it, and Allowed the limit: a duration, or a number of
	// days, nights or pages.
	Have, Allowed Measure

	Incident string // for the limit of an incident
}

// Measure is a duration or, where that is 0, a number.
type Measure struct {
	Time  time.Duration
	Count int
}

// String returns "13h", "1h30m" or "8".
func (r Measure) String() string {
	if r.Time == 0 {
		return strconv.Itoa(r.Count)
	}
	s := r.Time.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// String states the violation in one line, in the person's zone.
func (v Violation) String() string {
	return fmt.Sprintf("%s: %s, from %s to %s", v.Person, v.excess(), v.Start.Format(minuteLayout), v.End.Format(minuteLayout))
}

// excess says what is too much.
func (v Violation) excess() string {
	switch v.Limit {
	case RestLimit:
		return fmt.Sprintf("%s of rest, and %s is the least", v.Have, v.Allowed)
	case DutyLimit:
		return fmt.Sprintf("%s on duty, and %s is the most", v.Have, v.Allowed)
	case IncidentLimit:
		incident := "one incident"
		if v.Incident != "" {
			incident = "incident " + v.Incident
		}
		return fmt.Sprintf("%s in %s, and %s is the most", v.Have, incident, v.Allowed)
	case DaysLimit, NightsLimit:
		return fmt.Sprintf("%s %s in a row, and %s is the most", v.Have, v.Limit, v.Allowed)
	case PagesLimit:
		return fmt.Sprintf("%s pages, and %s is the most", v.Have, v.Allowed)
	}
	return string(v.Limit)
}

func (l Limits) check(c *checker) {
	for _, d := range []struct {
		value time.Duration
		field string
	}{{l.Rest, "rest"}, {l.Duty, "duty"}, {l.Within, "within"}, {l.PagesWithin, "pages_within"}, {l.Incident, "incident"}} {
		if d.value < 0 || d.value%time.Second != 0 || d.value > outside*time.Second {
			c.bad(fmt.Sprintf("whole seconds from 0 to 366 days, not %s", d.value), "limits.%s", d.field)
		}
	}
	for _, n := range []struct {
		value int
		field string
	}{{l.Days, "days"}, {l.Nights, "nights"}, {l.Pages, "pages"}} {
		if n.value < 0 {
			c.bad(fmt.Sprintf("0 or more, not %d", n.value), "limits.%s", n.field)
		}
	}
	if l.Duty > 0 && l.Within <= l.Duty {
		c.bad("more than the duty that is allowed in it", "limits.within")
	}
	if l.Pages > 0 && l.PagesWithin == 0 {
		c.bad("the time in which the pages are counted", "limits.pages_within")
	}
}

// Violations returns everything in a period that is too much for somebody, in
// order of people, and then of start. Shifts and activities before it count, as
// far as the Timesheet has them: somebody who worked until it began has not rested.
func (p Timesheet) Violations(limits Limits) ([]Violation, error) {
	check := p.checker()
	limits.check(check)
	l, err := p.ledger(check)
	if err != nil {
		return nil, err
	}
	var all []Violation
	for _, r := range l.responders {
		all = append(all, r.violations(limits, l.stretch)...)
	}
	return all, nil
}

// violations returns those of one person that lie, at least in part, in a period.
func (r *responder) violations(limits Limits, period stretch) []Violation {
	e := excesses{responder: r, limits: limits, duty: r.duty()}
	e.rest()
	e.inWindow()
	e.inARow(DaysLimit, limits.Days, Window{Length: 24 * time.Hour})
	e.inARow(NightsLimit, limits.Nights, r.calendar.Night)
	e.pages()
	e.incidents()
	all := slices.DeleteFunc(e.all, func(v Violation) bool {
		return v.End.Unix() <= period.start || v.Start.Unix() >= period.end
	})
	slices.SortStableFunc(all, func(a, b Violation) int { return a.Start.Compare(b.Start) })
	return all
}
