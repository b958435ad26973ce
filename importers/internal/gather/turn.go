package gather

import (
	"time"

	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// LastHandoff returns the last time at or before an instant at which the wall
// clock of a zone shows a time of day, on one of these days; none: on any.
func LastHandoff(t time.Time, zone string, at oncall.TimeOfDay, days oncall.Weekdays) oncall.LocalTime {
	loc := Location(zone)
	// From the next day on, since a clock that is set back over midnight shows
	// the day before once more.
	l := AddDays(atTime(oncall.LocalOf(t.In(loc)), at), 1)
	for days != 0 && !days.Has(l.Weekday()) || l.In(loc).After(t) {
		l = AddDays(l, -1)
	}
	return l
}

// NextHandoff returns the first time at or after another at which the clock
// shows a time of day, on one of these days; none: on any.
func NextHandoff(from oncall.LocalTime, at oncall.TimeOfDay, days oncall.Weekdays) oncall.LocalTime {
	l := atTime(from, at)
	for days != 0 && !days.Has(l.Weekday()) || Before(l, from) {
		l = AddDays(l, 1)
	}
	return l
}

func atTime(l oncall.LocalTime, t oncall.TimeOfDay) oncall.LocalTime {
	l.Hour, l.Minute, l.Second = t.Hour, t.Minute, t.Second
	return l
}

// Phase returns the wall-clock time of an instant from which turns are counted.
// From is the instant itself where the clock shows that time twice and the instant
// is the second: turns are counted from the first.
func Phase(t time.Time, zone *time.Location) (start oncall.LocalTime, from time.Time) {
	start = oncall.LocalOf(t.In(zone))
	if !start.In(zone).Equal(t) {
		from = t
	}
	return start, from
}

// AddDays returns the same time of day some days later.
func AddDays(l oncall.LocalTime, days int) oncall.LocalTime {
	return oncall.LocalOf(Wall(l).AddDate(0, 0, days))
}

// AddWall returns what the clock shows after some time if it is not changed.
func AddWall(l oncall.LocalTime, d time.Duration) oncall.LocalTime {
	return oncall.LocalOf(Wall(l).Add(d))
}

// Before reports whether one local time comes before another.
func Before(l, other oncall.LocalTime) bool { return Wall(l).Before(Wall(other)) }

// Wall keeps a local time in UTC, for reckoning.
func Wall(l oncall.LocalTime) time.Time {
	return time.Date(l.Year, l.Month, l.Day, l.Hour, l.Minute, l.Second, 0, time.UTC)
}

// Turns returns turns of some units each, or records at n that no turn lasts so
// long, and returns others.
func Turns(n jsondoc.Node, count int64, unit oncall.Unit) []oncall.Turn {
	const weeks = oncall.MaxTurnWeeks
	most := map[oncall.Unit]int64{
		oncall.Minutes: weeks * 7 * 24 * 60, oncall.Hours: weeks * 7 * 24, oncall.Days: weeks * 7, oncall.Weeks: weeks, oncall.Months: 120,
	}[unit]
	if unit == "" { // which is recorded where it was read
		return oncall.Every(1, oncall.Days)
	}
	if count < 1 || count > most {
		n.Failf("1 to %d %s", most, unit)
		count = 1
	}
	return oncall.Every(int(count), unit)
}

// Later returns the later of two instants.
func Later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// Rotate returns the seats from one of them on, those before it at the end.
func Rotate(seats []oncall.Seat, first int) []oncall.Seat {
	return append(append([]oncall.Seat(nil), seats[first:]...), seats[:first]...)
}

// Vacant is a rotation of which nothing is known but that it is there. Nobody is
// on duty in it.
func Vacant(id, name string) oncall.Rotation {
	return oncall.Rotation{
		ID: id, Name: name, Start: oncall.Local(oncall.MinYear, time.January, 5, 0, 0),
		Turns: oncall.Every(1, oncall.Weeks), Seats: []oncall.Seat{{}},
	}
}
