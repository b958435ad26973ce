package rootly

import (
	"cmp"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

const defaultZone = "Etc/UTC"

// rotation reads a rotation. One of which too much is unknown becomes a rotation
// with a vacant seat, so that the gap shows, and that is reported.
func (im *importer) rotation(p piece, id string) oncall.Rotation {
	name := p.Get("name").StrOr("")
	p.Skip("position") // they come in its order
	rotation := oncall.Rotation{
		ID: id, Name: name, Zone: im.ZoneOr(p.Get("time_zone"), defaultZone), Seats: im.seats(p, id),
		From: im.InstantOr(p.Get("start_time")), Until: im.InstantOr(p.Get("end_time")),
	}
	h, ok := im.handoff(p)
	windows, someDuty := im.windows(p, id)
	if rotation.Seats == nil || !ok || !someDuty {
		vacant := gather.Vacant(id, name)
		vacant.Zone = rotation.Zone
		return vacant
	}
	rotation.Turns = h.turns
	at, ok := im.anchor(&rotation, p)
	if !ok {
		return gather.Vacant(id, name)
	}
	h.start(&rotation, at)
	if rotation.From.Before(rotation.Start.In(gather.Location(rotation.Zone))) {
		rotation.From = time.Time{}
	}
	im.Counted(p.Get("schedule_rotationable_type"), &rotation, windows)
	return rotation
}

// anchor returns an instant in the turn of the first seat: of the first shift
// that is listed, of the start, or of the export.
func (im *importer) anchor(rotation *oncall.Rotation, p piece) (time.Time, bool) {
	if first, from, ok := gather.Anchor(im.shifts(rotation.ID), rotation.Seats); ok {
		rotation.Seats = from
		return first.Start, true
	}
	if !rotation.From.IsZero() {
		if len(rotation.Seats) > 1 {
			im.Assume(p.Get("start_time"), "the first member is taken to have the turn in which the rotation starts")
		}
		return rotation.From, true
	}
	return im.Now(p.Get("start_time"))
}

// shifts returns the shifts of a rotation that are not overrides.
func (im *importer) shifts(rotation string) []gather.Listed {
	var listed []gather.Listed
	for _, p := range im.pieces[shift] {
		if id := p.Get("rotation_id"); p.Get("is_override").BoolOr(false) || !id.Exists() || id.Text() != rotation {
			continue
		}
		l := gather.Listed{Start: im.Instant(p.Get("starts_at"))}
		p.Skip("ends_at", "schedule_id", "shift_override") // it follows from the rules
		if people := im.userOf(p); people != nil {
			l.Person = people[0]
		}
		listed = append(listed, l)
	}
	return listed
}

// seats reads the members, or returns nil if there are none.
func (im *importer) seats(p piece, id string) []oncall.Seat {
	type ordered struct {
		position int64
		oncall.Seat
	}
	var all []ordered
	for _, n := range p.Get("schedule_rotation_members").Items() {
		n.Skip("id")
		seat := im.seat(n)
		all = append(all, ordered{n.Get("position").IntOr(0), seat})
	}
	for _, m := range im.pieces[member] {
		if m.Get("schedule_rotation_id").Text() == id {
			all = append(all, ordered{m.Get("position").IntOr(0), oncall.Seat{People: im.userOf(m)}})
		}
	}
	if len(all) == 0 {
		im.Loss(p.Node, "the rotation comes without members, so nobody is on duty in it; add the answer of /v1/schedule_rotations/%s/schedule_rotation_users", id)
		return nil
	}
	slices.SortStableFunc(all, func(a, b ordered) int { return cmp.Compare(a.position, b.position) })
	seats := make([]oncall.Seat, len(all))
	for i, m := range all {
		seats[i] = m.Seat
	}
	return seats
}

// seat reads a member, which may be another schedule.
func (im *importer) seat(n jsondoc.Node) oncall.Seat {
	id := n.Get("member_id").Text()
	if n.Get("member_type").OneOf("User", "Schedule") == "User" {
		im.Person(id, "", "")
		return oncall.Seat{People: []string{id}}
	}
	if !im.has(id) {
		im.Loss(n, "the member is the schedule %s, which is not among the documents, so nobody is on duty in its turns", id)
		return oncall.Seat{}
	}
	return oncall.Seat{Schedule: id}
}

// handoff is how a rotation passes duty on.
type handoff struct {
	turns []oncall.Turn
	at    oncall.TimeOfDay
	days  oncall.Weekdays // none: any
	last  bool            // on the last day of the month
}

func (im *importer) handoff(p piece) (h handoff, ok bool) {
	n := p.Get("schedule_rotationable_attributes")
	h.at = gather.TimeOfDay(n.Get("handoff_time"))
	h.turns = oncall.Every(1, oncall.Days)
	switch p.Get("schedule_rotationable_type").OneOf("ScheduleDailyRotation", "ScheduleWeeklyRotation",
		"ScheduleBiweeklyRotation", "ScheduleMonthlyRotation", "ScheduleCustomRotation") {
	case "ScheduleWeeklyRotation":
		h.turns = oncall.Every(1, oncall.Weeks)
		h.days, ok = im.handoffDay(n.Get("handoff_day"))
		return h, ok
	case "ScheduleBiweeklyRotation":
		h.turns = oncall.Every(2, oncall.Weeks)
		h.days, ok = im.handoffDay(n.Get("handoff_day"))
		return h, ok
	case "ScheduleMonthlyRotation":
		h.turns = oncall.Every(1, oncall.Months)
		h.last = n.Get("handoff_day").OneOf("first_day_of_month", "last_day_of_month") == "last_day_of_month"
	case "ScheduleCustomRotation":
		units := map[string]oncall.Unit{"hours": oncall.Hours, "days": oncall.Days, "weeks": oncall.Weeks}
		length, unit := n.Get("shift_length"), n.Get("shift_length_unit").OneOf("hours", "days", "weeks")
		h.turns = gather.Turns(length, length.LooseInt(), units[unit])
	}
	return h, true
}

// handoffDay reads the letter of a day.
func (im *importer) handoffDay(n jsondoc.Node) (oncall.Weekdays, bool) {
	letter := n.OneOf(letters...)
	if letter == "S" || letter == "U" {
		im.Loss(n, "whether S or U is Sunday is not documented, so the handoff is unknown and nobody is on duty in this rotation here")
		return 0, false
	}
	return oncall.On(weekdays[letter]), true
}

// start sets when the turn began that an instant lies in.
func (h handoff) start(r *oncall.Rotation, at time.Time) {
	l := gather.LastHandoff(at, r.Zone, h.at, h.days)
	switch h.turns[0].Unit {
	case oncall.Hours: // which hand off at that minute of any hour
		now := oncall.LocalOf(at.In(gather.Location(r.Zone)))
		l = now
		if l.Minute, l.Second = h.at.Minute, 0; gather.Before(now, l) {
			l = gather.AddWall(l, -time.Hour)
		}
	case oncall.Months:
		for !h.monthly(l) {
			l = gather.AddDays(l, -1)
		}
	case oncall.Minutes, oncall.Days, oncall.Weeks:
	}
	r.Start = l
	if h.last && l.Day < 31 {
		// A last day that is no 31st is the last of a month after one with 31 days:
		// there a turn of the member before would have begun.
		r.From = gather.Later(r.From, l.In(gather.Location(r.Zone)))
		r.Start = gather.AddDays(l, -l.Day)
		r.Seats = gather.Rotate(r.Seats, len(r.Seats)-1)
	}
}

func (h handoff) monthly(l oncall.LocalTime) bool {
	if h.last {
		return gather.AddDays(l, 1).Day == 1
	}
	return l.Day == 1
}
