// Package firehydrant imports on-call schedules of FireHydrant Signals, as its API
// answers them.
//
// The rules in such an answer do not say whose turn it is; the shifts that it
// lists do. Where it lists none, the first member is taken to have the turn at the
// instant of the export (Options.At), and that is reported.
package firehydrant

import (
	"time"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// Import reads schedules, one or a list in each file. Rotations of a schedule are
// on call together; a listed shift that its rotation would not give becomes an
// override. Its error joins a [jsondoc.Error] for each thing that is wrong.
func Import(o importers.Options, files ...importers.File) (importers.Result, error) {
	im := importer{gather.Open(o, files)}
	for _, doc := range im.Docs {
		doc.Root().Skip("pagination")
		for _, n := range doc.Root().Unwrap("data", "on_call_schedules", "on_call_schedule").Many() {
			im.schedule(n)
		}
	}
	return im.Result()
}

type importer struct{ *gather.Import }

func (im importer) schedule(n jsondoc.Node) {
	skip(n)
	s := oncall.Schedule{Name: n.Get("name").StrOr(""), Overlap: oncall.Add}
	s.ID = im.ID(n.Get("id"), s.Name)
	rotations := n.Get("rotations").Items()
	if len(rotations) == 0 {
		s.Zone = im.Zone(n.Get("time_zone"))
		im.rotation(&s, n, s.ID)
	} else {
		// Beside its rotations a schedule repeats the first of them as its own.
		n.Skip("members", "strategy", "restrictions", "shifts", "start_time")
		s.Zone = im.ZoneOr(n.Get("time_zone"), rotations[0].Get("time_zone").StrOr(""))
	}
	for _, rotation := range rotations {
		skip(rotation)
		im.rotation(&s, rotation, im.ID(rotation.Get("id"), rotation.Get("name").StrOr("")))
	}
	im.Add(n, s)
}

// skip names what has nothing to do with who is on call.
func skip(n jsondoc.Node) {
	n.Skip("description", "team", "team_id", "color", "created_by", "created_at", "updated_at", "signals_ical_url",
		"slack_user_group_id", "enable_slack_channel_notifications", "prevent_shift_deletion", "coverage_gap_notification_interval")
}

// rotation adds a rotation, and overrides for shifts that were changed by hand.
func (im importer) rotation(s *oncall.Schedule, n jsondoc.Node, id string) {
	rotation := oncall.Rotation{ID: id, Name: n.Get("name").StrOr(""), Seats: im.seats(n)}
	zone := im.Zone(n.Get("time_zone"))
	listed := im.shifts(n.Get("shifts"))
	if !im.turns(&rotation, n, zone, listed) {
		return
	}
	im.Counted(n.Get("strategy"), &rotation, im.Windows(n.Get("restrictions")))
	setZone(&rotation, zone, s.Zone)
	s.Rotations = append(s.Rotations, rotation)
	s.Overrides = append(s.Overrides, gather.Differing(*s, rotation.ID, listed)...)
}

// setZone keeps the zones of a rotation as short as they can be said.
func setZone(r *oncall.Rotation, zone, schedules string) {
	if r.Zone != "" && len(r.Windows) > 0 {
		r.WindowsZone = zone
	}
	if r.Zone == "" && zone != schedules {
		r.Zone = zone
	}
}

// turns sets the turns, when the first begins, and whose that is.
func (im importer) turns(rotation *oncall.Rotation, n jsondoc.Node, zone string, listed []gather.Listed) bool {
	strategy := n.Get("strategy")
	first, from, known := gather.Anchor(listed, rotation.Seats)
	if kind := strategy.Get("type").OneOf("daily", "weekly", "custom"); kind == "custom" {
		return im.custom(rotation, n, zone, first.Start, from)
	}
	strategy.Skip("shift_duration")
	n.Skip("start_time") // only custom turns are counted from there
	handoff, days := gather.TimeOfDay(strategy.Get("handoff_time")), oncall.Weekdays(0)
	rotation.Turns = oncall.Every(1, oncall.Days)
	if strategy.Get("type").StrOr("") == "weekly" {
		rotation.Turns, days = oncall.Every(1, oncall.Weeks), oncall.On(gather.Weekday(strategy.Get("handoff_day")))
	} else {
		strategy.Skip("handoff_day")
	}
	at := first.Start
	if known {
		rotation.Seats = from
	} else if at, known = im.Now(strategy); !known {
		return false
	}
	rotation.Start = gather.LastHandoff(at, zone, handoff, days)
	return true
}

// custom sets turns of any length. They are counted from start_time, or else from
// the first shift that is listed.
func (im importer) custom(rotation *oncall.Rotation, n jsondoc.Node, zone string, at time.Time, from []oncall.Seat) bool {
	strategy := n.Get("strategy")
	strategy.Skip("handoff_time", "handoff_day")
	turn, exact := duration(strategy.Get("shift_duration"))
	rotation.Turns = []oncall.Turn{turn}
	switch start := n.Get("start_time"); {
	case start.Exists():
		at = im.Instant(start)
	case from != nil:
		rotation.Seats = from
		if n.Get("restrictions").Exists() {
			im.Assume(n.Get("shifts"), "the turn is taken to begin with the first shift that is listed, though a restriction may hide its beginning")
		}
	default:
		var ok bool
		if at, ok = im.Now(start); !ok {
			return false
		}
	}
	if exact {
		if turn.Unit == oncall.Minutes || turn.N >= 24 {
			im.Assume(strategy.Get("shift_duration"), "the duration is in hours or shorter units, so turns are taken to last exactly as long, also where the clocks change")
		}
		rotation.Zone = "UTC" // whose clock shows how much time has passed
		zone = rotation.Zone
	}
	rotation.Start, rotation.From = gather.Phase(at, gather.Location(zone))
	return true
}

// seats reads the members. One without a user is a vacant seat.
func (im importer) seats(n jsondoc.Node) []oncall.Seat {
	list := n.Get("members")
	if !list.Exists() {
		list = n.Get("member_ids")
	}
	var seats []oncall.Seat
	for _, m := range list.Items() {
		seats = append(seats, oncall.Seat{People: im.person(m)})
	}
	if len(seats) == 0 {
		im.Loss(n.Get("members"), "there are no members, so nobody is on duty")
		seats = []oncall.Seat{{}}
	}
	return seats
}

// person reads a member or a user: an id, or an object that has one somewhere.
func (im importer) person(n jsondoc.Node) []string {
	if !n.Exists() {
		return nil
	}
	if n.IsText() {
		im.Person(n.Str(), "", "")
		return []string{n.Str()}
	}
	n = n.Unwrap("user")
	id := gather.First(n, "user_id", "id")
	n.Skip("type")
	name, email := n.Get("name").StrOr(""), n.Get("email").StrOr("")
	if !id.Exists() || id.Text() == "" {
		return nil
	}
	im.Person(id.Text(), name, email)
	return []string{id.Text()}
}

func (im importer) shifts(list jsondoc.Node) []gather.Listed {
	var listed []gather.Listed
	for _, n := range list.Items() {
		n.Skip("color", "time_zone", "on_call_schedule", "on_call_rotation", "team")
		cover := n.Get("coverage_request")
		cover.Skip()
		l := gather.Listed{
			ID: n.Get("id").Text(), Start: im.Instant(n.Get("start_time")), End: im.Instant(n.Get("end_time")),
			Covers: cover.Exists(),
		}
		if length := l.End.Sub(l.Start); length <= 0 || length > 366*24*time.Hour {
			n.Get("end_time").Fail("an instant after the start of the shift, at most a year later")
		}
		if people := im.person(n.Get("user")); people != nil {
			l.Person = people[0]
		}
		listed = append(listed, l)
	}
	return listed
}
