package squadcast

import (
	"fmt"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/importers/internal/weekly"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// cycle is the length of something that comes again.
type cycle struct {
	n    int64
	unit oncall.Unit
}

var (
	periods = map[string]cycle{
		"none": {}, "daily": {1, oncall.Days}, "weekly": {1, oncall.Weeks}, "monthly": {1, oncall.Months},
	}
	units = map[string]oncall.Unit{"day": oncall.Days, "week": oncall.Weeks, "month": oncall.Months}
)

// shape is what a rotation says, read.
type shape struct {
	node    jsondoc.Node
	id      string
	zone    string
	from    oncall.LocalTime // the day on which it starts
	slots   []oncall.Window
	period  cycle // an iteration
	handoff cycle // how often the groups change
	groups  []oncall.Seat
}

func (im *importer) rotation(n jsondoc.Node, zone string) []oncall.Rotation {
	n.Skip("color", "description")
	gather.First(n, "scheduleID", "schedule_id").Skip()
	s := shape{
		node: n, zone: zone, id: im.ID(gather.First(n, "id", "ID"), n.Get("name").StrOr("")),
		from:   im.day(gather.First(n, "start_date", "startDate"), zone),
		slots:  im.slots(gather.First(n, "shift_timeslots", "shiftTimeSlots", "shiftTimeSlot")),
		period: im.period(n), groups: im.groups(gather.First(n, "participant_groups", "participantGroups")),
	}
	s.handoff = im.handoff(n, s.period)
	if len(s.slots) == 0 || !s.from.Valid() || s.handoff.unit == "" && s.period.unit != "" {
		return nil // the errors are recorded
	}
	if s.period.unit == "" {
		return []oncall.Rotation{im.once(s)}
	}
	if s.fits(s.slots) {
		return []oncall.Rotation{im.build(s, s.id, s.slots)}
	}
	if len(s.slots) == 1 {
		im.Loss(n, "shifts last beyond the handoff, where those here end, so their people are on call for a shorter time")
		return []oncall.Rotation{im.build(s, s.id, s.slots)}
	}
	im.Assume(n, "shifts last beyond the handoff of others, so each time slot is a rotation of its own here, and whoever has one stays on call until it ends")
	var all []oncall.Rotation
	for i, slot := range s.slots {
		all = append(all, im.build(s, fmt.Sprintf("%s/%d", s.id, i+1), []oncall.Window{slot}))
	}
	return all
}

// build makes a rotation that hands off when the first of the slots opens.
func (im *importer) build(s shape, id string, slots []oncall.Window) oncall.Rotation {
	rotation := oncall.Rotation{
		ID: id, Name: s.node.Get("name").StrOr(""), Start: s.first(slots),
		Windows: slots, Count: oncall.ByTurn, Seats: s.groups,
	}
	rotation.Turns = gather.Turns(s.node, s.handoff.n, s.handoff.unit)
	if s.period.n > 1 {
		if rotation.Seats = s.pauses(); rotation.Seats == nil {
			im.Loss(s.node, "the pattern of %d %s, with %d groups that change every %d %s, is too long, so nobody is on duty in it here",
				s.period.n, s.period.unit, len(s.groups), s.handoff.n, s.handoff.unit)
			return gather.Vacant(id, rotation.Name)
		}
		im.Assume(s.node, "of every %d %s, the time slots are taken to be in the first, and nobody to be on duty in the others", s.period.n, s.period.unit)
		rotation.Turns = oncall.Every(1, s.base())
	}
	if s.period.unit == oncall.Months {
		im.Assume(s.node, "the time slots are taken to be in every week of the month, and somebody to be on duty in each")
	}
	rotation.Until = im.until(s, rotation.Start)
	return rotation
}

// first returns when the first of the slots opens for the first time.
func (s shape) first(slots []oncall.Window) oncall.LocalTime {
	first := gather.NextHandoff(s.from, slots[0].Opens, slots[0].Days)
	for _, w := range slots[1:] {
		if l := gather.NextHandoff(s.from, w.Opens, w.Days); gather.Before(l, first) {
			first = l
		}
	}
	return first
}

// fits reports whether every shift is over when the groups may change.
func (s shape) fits(slots []oncall.Window) bool {
	const day = 24 * time.Hour
	turn := day
	if s.handoff.unit == oncall.Weeks && (s.period.n == 1 || s.base() == oncall.Weeks) {
		turn = 7 * day
	}
	start := s.first(slots)
	for _, w := range slots {
		for i := range 7 {
			opens := gather.NextHandoff(gather.AddDays(start, i), w.Opens, 0)
			if w.Days != 0 && !w.Days.Has(opens.Weekday()) {
				continue
			}
			into := opens.In(time.UTC).Sub(start.In(time.UTC)) % turn
			if into+w.Length > turn {
				return false
			}
		}
	}
	return true
}

// base is the unit in which both the pattern and the handoffs are whole.
func (s shape) base() oncall.Unit {
	if s.period.unit == oncall.Weeks && s.handoff.unit == oncall.Weeks {
		return oncall.Weeks
	}
	return oncall.Days
}

// pauses returns a seat for each day or week of a pattern of which only the first
// is worked, until it comes again with the same group. It returns nil where there
// would be too many.
func (s shape) pauses() []oncall.Seat {
	if s.handoff.unit == oncall.Months {
		return nil
	}
	in := func(c cycle) int64 {
		if c.unit == oncall.Weeks && s.base() == oncall.Days {
			return c.n * 7
		}
		return c.n
	}
	period, handoff, groups := in(s.period), in(s.handoff), int64(len(s.groups))
	if period > oncall.MaxSeats || handoff > oncall.MaxSeats {
		return nil
	}
	length := period
	for length%(handoff*groups) != 0 {
		if length += period; length > oncall.MaxSeats {
			return nil
		}
	}
	seats := make([]oncall.Seat, length)
	for i := int64(0); i < length; i += period {
		seats[i] = s.groups[i/handoff%groups]
	}
	return seats
}

// once makes a rotation that does not repeat.
func (im *importer) once(s shape) oncall.Rotation {
	if len(s.groups) > 1 {
		im.Loss(s.node, "a rotation that does not repeat comes to its first group only, so the others are left out and never on call")
	}
	rotation := oncall.Rotation{ID: s.id, Name: s.node.Get("name").StrOr("")}
	loc := gather.Location(s.zone)
	for _, w := range s.slots {
		opens := gather.NextHandoff(s.from, w.Opens, w.Days)
		rotation.Fixed = append(rotation.Fixed, oncall.FixedShift{
			Start: opens.In(loc), End: gather.AddWall(opens, w.Length).In(loc), People: s.groups[0].People,
		})
	}
	if len(s.groups[0].People) == 0 {
		return gather.Vacant(s.id, rotation.Name)
	}
	return rotation
}

// until says when a rotation ends; the zero Time: never.
func (im *importer) until(s shape, start oncall.LocalTime) time.Time {
	loc := gather.Location(s.zone)
	times, end := gather.First(s.node, "ends_after_iterations", "endsAfterIterations"), gather.First(s.node, "end_date", "endDate")
	if n := times.IntOr(0); n != 0 {
		const most = 100_000
		if n < 0 || n > most || n*s.period.n > most {
			times.Failf("at most %d iterations", most)
			return time.Time{}
		}
		return after(start, int(n*s.period.n), s.period.unit).In(loc).UTC()
	}
	if !end.Exists() || end.IsText() && end.Str() == "" {
		return time.Time{}
	}
	im.Assume(end, "the rotation is taken to end as this day begins, and nobody to be on duty from then on")
	return im.day(end, s.zone).In(loc).UTC()
}

// after adds units to a local time as turns do: what a month does not have is on
// its last day.
func after(l oncall.LocalTime, n int, unit oncall.Unit) oncall.LocalTime {
	switch unit {
	case oncall.Weeks:
		return gather.AddDays(l, 7*n)
	case oncall.Months:
		month := l
		month.Day = 1
		next := oncall.LocalOf(month.In(time.UTC).AddDate(0, n, 0))
		last := oncall.LocalOf(next.In(time.UTC).AddDate(0, 1, -1))
		next.Day = min(l.Day, last.Day)
		return next
	case oncall.Minutes, oncall.Hours, oncall.Days:
	}
	return gather.AddDays(l, n)
}

// day reads a date, which is written as midnight in UTC and means the day in the
// schedule's zone.
func (im *importer) day(n jsondoc.Node, zone string) oncall.LocalTime {
	t := im.Instant(n)
	if t.IsZero() {
		return oncall.LocalTime{}
	}
	l := oncall.LocalOf(t)
	if t.Truncate(24*time.Hour) != t {
		l = oncall.LocalOf(t.In(gather.Location(zone)))
		im.Assume(n, "it is not midnight in UTC, as dates are, so duty is taken to begin or end on %04d-%02d-%02d in %s", l.Year, l.Month, l.Day, zone)
	}
	return oncall.Local(l.Year, l.Month, l.Day, 0, 0)
}

func (im *importer) period(n jsondoc.Node) cycle {
	if name := n.Get("period").OneOf("none", "daily", "weekly", "monthly", "custom"); name != "custom" {
		gather.First(n, "custom_period_frequency", "customPeriodFrequency").Skip() // 0, or of no effect
		gather.First(n, "custom_period_unit", "customPeriodUnit").Skip()
		return periods[name]
	}
	every := gather.First(n, "custom_period_frequency", "customPeriodFrequency")
	unit := units[gather.First(n, "custom_period_unit", "customPeriodUnit").OneOf("day", "week")]
	return cycle{int64(gather.Turns(every, every.Int(), unit)[0].N), unit}
}

// handoff says how often the groups change.
func (im *importer) handoff(n jsondoc.Node, period cycle) cycle {
	times := gather.First(n, "change_participants_frequency", "changeParticipantsFrequency")
	unit := gather.First(n, "change_participants_unit", "changeParticipantsUnit").OneOf("rotation", "day", "week", "month")
	c := cycle{times.Int(), units[unit]}
	switch {
	case period.unit == "": // never
		return c
	case c.n < 1 || c.n > 7*oncall.MaxTurnWeeks:
		times.Fail("a number of 1 or more")
		c.n = 1
	case unit == "rotation":
		c = cycle{c.n * period.n, period.unit}
	}
	return cycle{int64(gather.Turns(times, c.n, c.unit)[0].N), c.unit}
}

func (im *importer) slots(list jsondoc.Node) []oncall.Window {
	var slots []oncall.Window
	for _, n := range list.Many() {
		at := oncall.Clock(int(gather.First(n, "start_hour", "startHour").Int()), int(gather.First(n, "start_minute", "startMin").Int()))
		if !at.Valid() {
			n.Fail("a start from 00:00 to 23:59")
			at = oncall.TimeOfDay{}
		}
		minutes := n.Get("duration").Int()
		if minutes < 1 || minutes > 7*24*60 {
			n.Get("duration").Fail("1 to 10080 minutes")
			minutes = 1
		}
		w := oncall.Window{Opens: at, Length: time.Duration(minutes) * time.Minute}
		if day := gather.First(n, "day_of_week", "dayOfWeek"); day.StrOr("") != "" {
			w.Days = oncall.On(gather.Weekday(day))
		}
		slots = append(slots, w)
	}
	if len(slots) == 0 {
		list.Fail("one time slot or more")
	}
	return weekly.Join(slots)
}

// groups reads the groups of participants, each a seat.
func (im *importer) groups(list jsondoc.Node) []oncall.Seat {
	var seats []oncall.Seat
	for _, group := range list.Many() {
		var seat oncall.Seat
		for _, p := range group.Get("participants").Many() {
			id := gather.First(p, "id", "ID")
			if kind := strings.ToLower(p.Get("type").Str()); kind != "user" {
				im.Loss(p, "the document does not say who is in the %s %s, so nobody is on duty for it", kind, id.Text())
				continue
			}
			im.Person(id.Text(), "", "")
			seat.People = append(seat.People, id.Text())
		}
		seats = append(seats, seat)
	}
	if len(seats) == 0 {
		im.Loss(list, "the rotation has no participants, so nobody is on duty in it")
		seats = []oncall.Seat{{}}
	}
	return seats
}
