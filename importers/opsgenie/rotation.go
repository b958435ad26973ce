package opsgenie

import (
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/importers/internal/weekly"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

const rounded = "Opsgenie rounds minutes to 0 or 30, and these are taken as they are written, so duty may change a quarter of an hour off"

// rotation converts a rotation. It is not ok if it is never on duty.
func (im *importer) rotation(n jsondoc.Node, zone *time.Location) (r oncall.Rotation, ok bool) {
	n.Skip("links", "self")
	r = oncall.Rotation{
		ID:    n.Get("id").Str(),
		Name:  n.Get("name").StrOr(""),
		Turns: im.turns(n),
		Seats: im.seats(n.Get("participants")),
	}
	restriction := n.Get("timeRestriction")
	im.Counted(restriction, &r, im.windows(restriction))
	start, end := im.Instant(n.Get("startDate")), im.InstantOr(n.Get("endDate"))
	if start.IsZero() {
		return r, false // an error by now
	}
	im.checkMinutes(n, zone, start, end)
	if !end.IsZero() && !end.After(start) {
		im.Loss(n.Get("endDate"), "the rotation ends before it starts, so it is never on duty and is left out")
		return r, false
	}
	r.Start, r.From = gather.Phase(start, zone)
	r.Until = end
	return r, true
}

func (im *importer) checkMinutes(n jsondoc.Node, zone *time.Location, start, end time.Time) {
	if !halfHour(start, zone) {
		im.Assume(n.Get("startDate"), rounded)
	}
	if !end.IsZero() && !halfHour(end, zone) {
		im.Assume(n.Get("endDate"), rounded)
	}
}

func (im *importer) turns(n jsondoc.Node) []oncall.Turn {
	units := map[string]oncall.Unit{"hourly": oncall.Hours, "daily": oncall.Days, "weekly": oncall.Weeks}
	unit := units[n.Get("type").OneOf("hourly", "daily", "weekly")]
	if unit == oncall.Hours {
		im.Assume(n.Get("type"), "turns of hours are taken to be handed over by the wall clock, also where clocks change")
	}
	return gather.Turns(n.Get("length"), n.Get("length").IntOr(1), unit)
}

func (im *importer) seats(participants jsondoc.Node) []oncall.Seat {
	var seats []oncall.Seat
	for _, p := range participants.Items() {
		seats = append(seats, oncall.Seat{People: im.people(p)})
	}
	if len(seats) == 0 {
		im.Assume(participants, "the rotation has no participants, so nobody is on duty in it")
		return []oncall.Seat{{}}
	}
	if len(seats) > oncall.MaxSeats {
		participants.Failf("at most %d participants", oncall.MaxSeats)
	}
	return seats
}

// people returns who a participant is; nobody, if that cannot be said.
func (im *importer) people(p jsondoc.Node) []string {
	p.Skip("name", "links")
	switch kind := p.Get("type").OneOf("user", "none", "noone", "team", "escalation", "group", "all"); kind {
	case "none", "noone":
		p.Skip("id")
		return nil
	case "user":
		return im.user(p)
	case "":
		return nil // an error by now
	default:
		p.Skip("id")
		im.Loss(p, "the document does not say who is on call for the %s %q, so nobody is on duty in its turns",
			kind, p.Get("name").StrOr(p.Get("id").StrOr("")))
		return nil
	}
}

func (im *importer) user(p jsondoc.Node) []string {
	username := p.Get("username").StrOr("")
	id := p.Get("id").StrOr(username)
	if id == "" {
		id = username
	}
	if id == "" {
		p.Get("id").Fail("the id or the username of a user")
		return nil
	}
	email := ""
	if strings.Contains(username, "@") {
		email = username
	}
	im.Person(id, p.Get("fullName").StrOr(""), email)
	return []string{id}
}

// windows converts a restriction. None: the rotation is always on duty.
func (im *importer) windows(n jsondoc.Node) []oncall.Window {
	if !n.Exists() {
		return nil
	}
	kind := n.Get("type").OneOf("time-of-day", "weekday-and-time-of-day")
	// Either may be under the other's key, or both.
	items := append(n.Get("restrictions").Many(), n.Get("restriction").Many()...)
	if len(items) == 0 {
		im.Assume(n, "the restriction has no times, and is taken for none, so the rotation is always on duty")
		return nil
	}
	var windows []oncall.Window
	for _, item := range items {
		w := im.window(item, kind == "weekday-and-time-of-day")
		if w.Length == 0 {
			return nil // always
		}
		windows = append(windows, w)
	}
	if len(windows) > oncall.MaxWindows {
		n.Failf("at most %d restrictions", oncall.MaxWindows)
	}
	return weekly.Join(windows)
}

// window converts one time of the day or week. Its length is 0 if it never closes.
func (im *importer) window(n jsondoc.Node, byWeekday bool) oncall.Window {
	opens, closes := im.timeOfDay(n, "startHour", "startMin"), im.timeOfDay(n, "endHour", "endMin")
	if !byWeekday {
		n.Skip("startDay", "endDay")
		if opens == closes { // as their manual has it
			return oncall.Window{}
		}
		return oncall.Daily(opens, closes)
	}
	from, to := gather.Weekday(n.Get("startDay")), gather.Weekday(n.Get("endDay"))
	if from == to && opens == closes {
		im.Assume(n, "the restriction ends when it starts, which is taken for all week")
		return oncall.Window{}
	}
	return weekly.Window(from, opens, to, closes)
}

func (im *importer) timeOfDay(n jsondoc.Node, hour, minute string) oncall.TimeOfDay {
	h, m := n.Get(hour).IntOr(0), n.Get(minute).IntOr(0)
	if h < 0 || h > 23 {
		n.Get(hour).Fail("an hour from 0 to 23")
		h = 0
	}
	if m < 0 || m > 59 {
		n.Get(minute).Fail("a minute from 0 to 59")
		m = 0
	}
	if m%30 != 0 {
		im.Assume(n.Get(minute), rounded)
	}
	return oncall.Clock(int(h), int(m))
}
