package opsgenie

import (
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/importers/internal/ledger"
	"github.com/incidentkit/incidentkit/importers/internal/weekly"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

const rounded = "Opsgenie rounds minutes to 0 or 30; these are taken as they are written."

// rotation converts a rotation. It is not ok if it is never on duty.
func (im *importer) rotation(n jsondoc.Node, zone *time.Location) (r oncall.Rotation, ok bool) {
	n.Skip("links", "self")
	r = oncall.Rotation{
		ID:    n.Get("id").Str(),
		Name:  n.Get("name").StrOr(""),
		Turns: im.turns(n),
		Seats: im.seats(n.Get("participants")),
	}
	r.Windows = im.windows(n.Get("timeRestriction"))
	if len(r.Windows) > 0 {
		r.Count = oncall.ByTurn
	}
	if len(r.Windows) > 0 && len(r.Seats) > 1 {
		im.Assume(n.Get("timeRestriction"), "Turns are counted by the calendar from the start, also those that lie outside the restrictions.")
	}
	start, end := ledger.Instant(n.Get("startDate")), ledger.InstantOr(n.Get("endDate"))
	if start.IsZero() {
		return r, false // an error by now
	}
	im.checkMinutes(n, zone, start, end)
	if !end.IsZero() && !end.After(start) {
		im.Loss(n.Get("endDate"), "The rotation ends before it starts, so it is left out.")
		return r, false
	}
	r.Start, r.From = ledger.Phase(start, zone)
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
	most := map[oncall.Unit]int64{
		oncall.Hours: 7 * 24 * oncall.MaxTurnWeeks, oncall.Days: 7 * oncall.MaxTurnWeeks, oncall.Weeks: oncall.MaxTurnWeeks,
	}
	unit := units[n.Get("type").OneOf("hourly", "daily", "weekly")]
	if unit == "" {
		return nil
	}
	length := n.Get("length").IntOr(1)
	if length < 1 || length > most[unit] {
		n.Get("length").Failf("1 to %d %s", most[unit], unit)
		return nil
	}
	if unit == oncall.Hours {
		im.Assume(n.Get("type"), "Turns of hours are taken to keep to the wall clock where clocks change.")
	}
	return oncall.Every(int(length), unit)
}

func (im *importer) seats(participants jsondoc.Node) []oncall.Seat {
	var seats []oncall.Seat
	for _, p := range participants.Items() {
		seats = append(seats, oncall.Seat{People: im.people(p)})
	}
	if len(seats) == 0 {
		im.Assume(participants, "The rotation has no participants, so nobody is on duty in it.")
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
		im.Loss(p, "The document does not say who is on call for the %s %q; its turns are vacant.",
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
		im.Assume(n, "The restriction has no times, so it is taken for none.")
		return nil
	}
	var windows []oncall.Window
	for _, item := range items {
		w, ok := im.window(item, kind == "weekday-and-time-of-day")
		switch {
		case !ok:
			return nil
		case w.Length == 0:
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
func (im *importer) window(n jsondoc.Node, byWeekday bool) (w oncall.Window, ok bool) {
	opens, closes := im.timeOfDay(n, "startHour", "startMin"), im.timeOfDay(n, "endHour", "endMin")
	if !byWeekday {
		n.Skip("startDay", "endDay")
		if opens == closes { // as their manual has it
			return oncall.Window{}, true
		}
		return oncall.Daily(opens, closes), true
	}
	from, okFrom := weekday(n.Get("startDay"))
	to, okTo := weekday(n.Get("endDay"))
	if !okFrom || !okTo {
		return w, false
	}
	if from == to && opens == closes {
		im.Assume(n, "A restriction that ends when it starts is taken to last all week.")
		return oncall.Window{}, true
	}
	return weekly.Window(from, opens, to, closes), true
}

func weekday(n jsondoc.Node) (time.Weekday, bool) {
	day, ok := weekly.Weekday(n.Str())
	if !ok {
		n.Fail("a day such as monday")
	}
	return day, ok
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
