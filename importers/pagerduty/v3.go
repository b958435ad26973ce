package pagerduty

import (
	"cmp"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// ImportV3 reads schedules of version 3, which PagerDuty calls shift-based, with
// their rotations and the events in them. Overrides and custom shifts may stand
// beside the schedule, or in files of their own after it: what
// GET /v3/schedules/{id}/overrides and …/custom_shifts answer.
//
// Each event becomes a rotation that has the id of PagerDuty's rotation: the events
// of one follow each other and do not overlap. Rotations are on call together.
// Shifts are counted from the first one at or after start_time, whether they were
// in effect or not. A custom shift becomes a rotation of its own.
//
// Recurrence may be daily, or weekly on some days. Shifts that overlap, or have
// exceptions, are written out, between Options.From and To unless they end by
// themselves. Whatever else RFC 5545 has is reported as a loss.
//
// Escalation policies and users are those of [Import].
func ImportV3(o importers.Options, files ...importers.File) (importers.Result, error) {
	im := importer{Import: gather.Open(o, files)}
	for _, doc := range im.Docs {
		im.sort(doc.Root())
	}
	for _, d := range im.drafts {
		im.scheduleV3(d)
	}
	im.escalation()
	for _, n := range im.strays {
		n.Fail("a schedule that this belongs to, in a file before this one")
	}
	return im.Result()
}

func (im *importer) scheduleV3(d *draft) {
	n := d.node
	if n.Has("schedule_layers") {
		n.Fail("a schedule of version 3, which has rotations; schedule_layers are for the import of version 2")
		return
	}
	s, ok := im.heading(n)
	if !ok {
		return
	}
	s.Overlap = oncall.Add
	n.Skip("final_schedule")
	rotations := n.Get("rotations")
	if !rotations.Exists() {
		im.Loss(rotations, "the rotations are not in this answer, so nobody is on call: get the schedule itself (GET /v3/schedules/{id})")
	}
	if len(rotations.Items()) > 1 {
		im.Assume(rotations, "rotations are taken to be on call together where they overlap")
	}
	for _, r := range rotations.Items() {
		s.Rotations = append(s.Rotations, im.rotation(r, s.Zone)...)
	}
	for _, c := range slices.Concat(n.Get("custom_shifts").Items(), d.shifts) {
		if r, ok := im.customShift(c); ok {
			s.Rotations = append(s.Rotations, r)
		}
	}
	for _, o := range slices.Concat(n.Get("overrides").Items(), d.overrides) {
		s.Overrides = append(s.Overrides, im.overrideV3(o))
	}
	im.Add(n, s)
}

// rotation reads the events of a rotation, each of which is a version of it.
func (im *importer) rotation(n jsondoc.Node, zone string) []oncall.Rotation {
	n.Skip("type", "self", "html_url", "summary", "schedule")
	id, name, events := n.Get("id").Text(), n.Get("name").StrOr(""), n.Get("events")
	if !events.Exists() {
		im.Loss(events, "the events of the rotation are not in this answer, so nobody is on call in it")
	}
	var versions []oncall.Rotation
	for _, item := range events.Items() {
		e, ok := im.event(item, zone)
		if !ok {
			item.Skip()
			continue
		}
		if r, ok := im.plan(e); ok {
			r.ID, r.Name = id, cmp.Or(name, e.name)
			versions = append(versions, r)
		}
	}
	return versions
}

func (im *importer) customShift(n jsondoc.Node) (r oncall.Rotation, ok bool) {
	n.Skip("type", "self", "html_url", "summary", "schedule")
	r.ID = n.Get("id").Text()
	shift := oncall.FixedShift{Start: im.Instant(n.Get("start_time")), End: im.Instant(n.Get("end_time"))}
	assignments := n.Get("assignments")
	for _, a := range assignments.Items() {
		a.Skip("type", "id", "self", "html_url", "summary")
		if p := im.member(a.Get("member")); p != "" {
			shift.People = append(shift.People, p)
		}
	}
	if len(shift.People) == 0 {
		n.Skip()
		im.Loss(n, "nobody has this shift, so it puts nobody on call and is left out")
		return r, false
	}
	r.Fixed = []oncall.FixedShift{shift}
	return r, true
}

// overrideV3 reads an override of one member, in a rotation or a custom shift.
func (im *importer) overrideV3(n jsondoc.Node) oncall.Override {
	n.Skip("type", "self", "html_url", "summary", "schedule", "rotation", "custom_shift")
	o := oncall.Override{ID: n.Get("id").Text(), Start: im.Instant(n.Get("start_time")), End: im.Instant(n.Get("end_time"))}
	rotation, shift := n.Get("rotation_id"), n.Get("custom_shift_id")
	if rotation.Exists() || !shift.Exists() {
		o.Rotation = rotation.Text()
	} else {
		o.Rotation = shift.Text()
	}
	o.Replaces = im.member(n.Get("overridden_member"))
	o.Adds = o.Replaces == "" // the place was empty
	if p := im.member(n.Get("overriding_member")); p != "" {
		o.People = []string{p}
	} else if o.Adds {
		n.Fail("an override with at least one member who is not empty")
	}
	return o
}

// member reads somebody, or an empty place.
func (im *importer) member(n jsondoc.Node) string {
	if n.Get("type").OneOf("user_member", "empty_member") != "user_member" {
		return ""
	}
	id := n.Get("user_id").Text()
	im.Person(id, n.Get("name").StrOr(""), n.Get("email").StrOr(""))
	n.Skip()
	return id
}

// event is an event of a rotation.
type event struct {
	node         jsondoc.Node
	name, zone   string
	start        oncall.LocalTime
	length       time.Duration // on the wall clock
	since, until time.Time     // zero: no bound
	seats        []oncall.Seat // one for each shift, and then from the first again
	rule         rule
}

// event reads an event. It is not ok if it never is on duty or cannot be
// expressed, which is reported, or if something is wrong.
func (im *importer) event(n jsondoc.Node, zone string) (e event, ok bool) {
	n.Skip("type", "self", "html_url", "summary", "id", "rotation", "schedule")
	e = event{node: n, zone: zone, name: n.Get("name").StrOr("")}
	e.since = im.InstantOr(n.Get("effective_since"))
	e.until = im.InstantOr(n.Get("effective_until"))
	start, startZone := im.zoned(n.Get("start_time"), zone)
	end, endZone := im.zoned(n.Get("end_time"), zone)
	e.seats = im.strategy(n.Get("assignment_strategy"))
	if start.IsZero() || end.IsZero() || len(e.seats) == 0 {
		return e, false // and an error is recorded
	}
	if !end.After(start) {
		n.Get("end_time").Fail("an instant after start_time")
		return e, false
	}
	if endZone != startZone {
		im.Assume(n.Get("end_time"), "shifts are taken to end by the clock of the zone in which they start, %s", startZone)
	}
	e.zone = startZone
	e.start = localIn(start, startZone)
	e.length = gather.Wall(localIn(end, startZone)).Sub(gather.Wall(e.start))
	if e.length <= 0 {
		n.Get("end_time").Fail("a time after start_time, on the wall clock too")
		return e, false
	}
	if !e.until.IsZero() && !e.until.After(e.since) {
		im.Assume(n, "the event ends before it takes effect, so it is never on duty and left out")
		return e, false
	}
	e.rule, ok = im.recurrence(n.Get("recurrence"), e.start, startZone)
	return e, ok
}

// zoned reads an instant that may have a zone beside it.
func (im *importer) zoned(n jsondoc.Node, def string) (t time.Time, zone string) {
	if n.IsText() {
		return im.Instant(n), def
	}
	zone = def
	if name := n.Get("time_zone"); name.Exists() {
		zone = im.Zone(name)
	}
	return im.Instant(n.Get("date_time")), zone
}

// maxShiftsPerMember keeps the seats within the limit of package oncall.
const maxShiftsPerMember = oncall.MaxPerSeat

// strategy reads who is on duty in one shift after the other.
func (im *importer) strategy(n jsondoc.Node) []oncall.Seat {
	n.Skip("id", "self", "html_url", "summary")
	kind := n.Get("type").OneOf("rotating_member_assignment_strategy", "every_member_assignment_strategy", "user_assignment_strategy")
	repeat := n.Get("shifts_per_member")
	times := repeat.IntOr(1)
	if times < 1 || times > maxShiftsPerMember {
		repeat.Failf("1 to %d", maxShiftsPerMember)
		return nil
	}
	var seats []oncall.Seat
	var all oncall.Seat
	for _, m := range n.Get("members").Items() {
		var seat oncall.Seat
		if p := im.member(m); p != "" {
			seat.People = []string{p}
			if !slices.Contains(all.People, p) {
				all.People = append(all.People, p)
			}
		}
		seats = append(seats, slices.Repeat([]oncall.Seat{seat}, int(times))...)
	}
	switch {
	case len(seats) == 0:
		n.Get("members").Fail("at least one member")
		return nil
	case kind == "every_member_assignment_strategy":
		return []oncall.Seat{all}
	case len(seats) > oncall.MaxSeats:
		n.Get("members").Failf("at most %d members times shifts_per_member", oncall.MaxSeats)
		return nil
	}
	return seats
}
