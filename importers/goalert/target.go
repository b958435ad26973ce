package goalert

import (
	"time"

	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// target reads somebody, or a rotation, with the rules that put them on duty.
func (im *importer) target(n jsondoc.Node, zone string) (r oncall.Rotation, ok bool) {
	n.Skip("__typename", "scheduleID")
	who := n.Get("target")
	who.Skip("__typename")
	id, name := who.Get("id").Text(), who.Get("name").StrOr("")
	switch who.Get("type").OneOf("rotation", "user") {
	case "rotation":
		r, ok = im.named(who.Get("id"), id)
	case "user":
		im.Person(id, name, "")
		r, ok = alone(id, name), id != ""
	}
	windows, onDuty := im.rules(n.Get("rules"))
	if !ok || !onDuty {
		return r, false
	}
	if r.Zone == zone {
		r.Zone = ""
	}
	if len(windows) > 0 {
		r.Windows, r.Repeated = windows, oncall.EndsLast
	}
	if len(windows) > 0 && r.Zone != "" {
		r.WindowsZone = zone
	}
	return r, true
}

// named returns the rotation that a target names.
func (im *importer) named(n jsondoc.Node, id string) (oncall.Rotation, bool) {
	r := im.rotations[id]
	if r == nil {
		im.Loss(n, "the rotation %q is not among the documents, so it puts nobody on call and is left out: give its own answer too, under rotations", id)
		return oncall.Rotation{}, false
	}
	r.used = true
	if !r.read {
		r.read = true
		im.read(r)
	}
	return r.Rotation, len(r.Seats) > 0
}

// alone is the rotation of somebody who is a target in person, all along.
func alone(id, name string) oncall.Rotation {
	return oncall.Rotation{
		ID: id, Name: name,
		Start: oncall.Local(oncall.MinYear, time.January, 5, 0, 0),
		Turns: oncall.Every(1, oncall.Weeks),
		Count: oncall.ByTurn,
		Seats: oncall.Seats(id),
	}
}

// rules reads when a target is on duty. No windows are always.
func (im *importer) rules(n jsondoc.Node) (windows []oncall.Window, onDuty bool) {
	if len(n.Items()) == 0 {
		im.Loss(n, "a target without rules is never on duty, so it is left out")
	}
	always := false
	for _, rule := range n.Items() {
		rule.Skip("__typename", "id", "scheduleID")
		start, end := gather.TimeOfDay(rule.Get("start")), gather.TimeOfDay(rule.Get("end"))
		days := weekdays(rule.Get("weekdayFilter"))
		switch {
		case len(days) == 0:
			im.Loss(rule, "a rule with no day of the week never puts anybody on duty, so it is left out")
		case len(days) == 7 && start == end:
			always = true
		default:
			windows = append(windows, oncall.Daily(start, end, days...))
		}
	}
	if always {
		return nil, true
	}
	return windows, len(windows) > 0
}

// weekdays reads seven times true or false, from Sunday on.
func weekdays(n jsondoc.Node) []time.Weekday {
	items := n.Items()
	if len(items) != 7 {
		n.Fail("seven times true or false, the first for Sunday")
		return nil
	}
	var days []time.Weekday
	for i, item := range items {
		if item.Bool() {
			days = append(days, time.Weekday(i))
		}
	}
	return days
}
