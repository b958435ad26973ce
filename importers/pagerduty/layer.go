package pagerduty

import (
	"time"

	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// schedule reads a schedule of version 2.
func (im *importer) schedule(d *draft) {
	n := d.node
	if n.Has("rotations") {
		n.Fail("a schedule of version 2, which has schedule_layers; rotations are for the import of version 3")
		return
	}
	s, ok := im.heading(n)
	if !ok {
		return
	}
	s.Overlap = oncall.Hide
	layers := n.Get("schedule_layers")
	if !layers.Exists() {
		im.Loss(layers, "the layers are not in this answer, so nobody is on call: "+
			"get the schedule itself (GET /schedules/{id}), or the list with include[]=schedule_layers")
	}
	for _, l := range layers.Items() {
		if r, ok := im.layer(l, s.Zone); ok {
			s.Rotations = append(s.Rotations, r)
		} else {
			l.Skip()
		}
	}
	s.Overrides = im.overrides(d)
	im.Add(n, s)
	im.compare(n.Get("final_schedule"), s)
}

// layer reads a layer. It is not ok if it never is on duty, or cannot be
// expressed; either is reported.
func (im *importer) layer(n jsondoc.Node, zone string) (r oncall.Rotation, ok bool) {
	n.Skip("rendered_schedule_entries", "rendered_coverage_percentage", "type", "self", "html_url", "summary")
	r = oncall.Rotation{ID: n.Get("id").Text(), Name: n.Get("name").StrOr("")}
	r.From, r.Until = im.Instant(n.Get("start")), im.InstantOr(n.Get("end"))
	virtual := im.InstantOr(n.Get("rotation_virtual_start"))
	if virtual.IsZero() {
		virtual = r.From
	}
	r.Seats = im.seats(n.Get("users"))
	im.restrict(n, &r, zone)
	length := n.Get("rotation_turn_length_seconds")
	seconds := length.LooseInt()
	if seconds < 1 || seconds > maxTurn {
		length.Failf("1 to %d seconds", maxTurn)
		return r, false
	}
	if r.From.IsZero() || virtual.IsZero() {
		return r, false // and an error is recorded
	}
	if !r.Until.IsZero() && !r.Until.After(r.From) {
		im.Assume(n, "the layer ends before it starts, so it is never on duty and left out")
		return r, false
	}
	r.Start, r.Seats = im.phase(n, virtual, zone, seconds, r)
	turn, whole := turnOf(seconds)
	if !whole {
		return im.writeOut(n, r, zone, seconds)
	}
	r.Turns = []oncall.Turn{turn}
	if seconds%day != 0 && len(r.Seats) > 1 {
		im.Assume(length, "handoffs within a day are taken to follow the wall clock, so a turn is shorter or longer where clocks change")
	}
	return r, true
}

const (
	day     = 24 * 60 * 60
	week    = 7 * day
	maxTurn = oncall.MaxTurnWeeks * week
)

// turnOf returns a length in its largest unit, if it is one of whole minutes.
func turnOf(seconds int64) (t oncall.Turn, ok bool) {
	switch {
	case seconds%week == 0:
		return oncall.Turn{N: int(seconds / week), Unit: oncall.Weeks}, true
	case seconds%day == 0:
		return oncall.Turn{N: int(seconds / day), Unit: oncall.Days}, true
	case seconds%3600 == 0:
		return oncall.Turn{N: int(seconds / 3600), Unit: oncall.Hours}, true
	case seconds%60 == 0:
		return oncall.Turn{N: int(seconds / 60), Unit: oncall.Minutes}, true
	}
	return oncall.Turn{}, false
}

// phase returns when the first turn begins, and whose it is. Turns are counted
// from the virtual start, which is usually long ago. Should it be after the start
// of the layer, they are counted backwards from there.
func (im *importer) phase(n jsondoc.Node, virtual time.Time, zone string, seconds int64, r oncall.Rotation) (oncall.LocalTime, []oncall.Seat) {
	loc := gather.Location(zone)
	start := gather.Wall(oncall.LocalOf(virtual.In(loc)))
	first := gather.Wall(oncall.LocalOf(r.From.In(loc)))
	if first.Before(start) {
		im.Assume(n.Get("rotation_virtual_start"), "turns are taken to be counted backwards from here to the start of the layer, which says whose turn it is until then")
		ahead := (start.Unix() - first.Unix() + seconds - 1) / seconds
		start = time.Unix(start.Unix()-ahead*seconds, 0).UTC()
		of := int64(len(r.Seats))
		return oncall.LocalOf(start), gather.Rotate(r.Seats, int((of-ahead%of)%of))
	}
	return oncall.LocalOf(start), r.Seats
}

// seats reads the users of a layer. One may be there more than once.
func (im *importer) seats(n jsondoc.Node) []oncall.Seat {
	var seats []oncall.Seat
	for _, u := range n.Items() {
		if u.Has("user") {
			u = u.Get("user")
		}
		if !u.Exists() {
			im.Loss(u, "the document does not say who this was, so nobody is on duty in the turn")
			seats = append(seats, oncall.Seat{})
			continue
		}
		seats = append(seats, oncall.Seat{People: []string{im.user(u)}})
	}
	if len(seats) == 0 {
		im.Loss(n, "the document does not say who is in the layer, so nobody is on duty in it")
		return []oncall.Seat{{}} // nobody is on duty in a layer without users
	}
	return seats
}

// restrict reads when the layer is on duty.
func (im *importer) restrict(n jsondoc.Node, r *oncall.Rotation, zone string) {
	restrictions := n.Get("restrictions")
	for _, w := range restrictions.Items() {
		r.Windows = append(r.Windows, window(w))
	}
	if len(r.Windows) == 0 {
		return
	}
	r.Count = oncall.ByTurn
	switch start := n.Get("start").TimeOr(time.Time{}); {
	case im.Options.Zone == zone:
	case im.Options.Zone != "":
		r.WindowsZone = im.Options.Zone
		im.Assume(restrictions, "the times are taken to be in the zone of the request, %s, all year, so duty begins and ends by its clock", im.Options.Zone)
	case offset(start) != offset(start.In(gather.Location(zone))):
		im.Assume(restrictions, "the times are taken to be in the zone of the schedule, %s, though the layer's start is written in another offset, "+
			"so duty may begin and end by the clock of the request's zone, which can be given in the options (Zone)", zone)
	}
}

func offset(t time.Time) int {
	_, seconds := t.Zone()
	return seconds
}

func window(n jsondoc.Node) oncall.Window {
	w := oncall.Window{Opens: gather.TimeOfDay(n.Get("start_time_of_day"))}
	if n.Get("type").OneOf("daily_restriction", "weekly_restriction") == "weekly_restriction" {
		on := n.Get("start_day_of_week")
		d := on.LooseInt() // from 1, Monday, to 7; Sunday is sometimes 0
		if d < 0 || d > 7 {
			on.Fail("a day from 1, Monday, to 7, Sunday")
		}
		w.Days = oncall.On(time.Weekday((d%7 + 7) % 7))
	} else {
		n.Skip("start_day_of_week")
	}
	length := n.Get("duration_seconds")
	seconds := length.LooseInt()
	if seconds < 1 || seconds > week {
		length.Failf("1 to %d seconds", week)
		return w
	}
	w.Length = time.Duration(seconds) * time.Second
	return w
}
