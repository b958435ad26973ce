// Package squadcast imports schedules of Squadcast, of the kind that its API calls
// v2: rotations whose shifts are time slots, worked by groups of participants who
// are on call together.
//
// It reads the names as they are in GraphQL (shiftTimeSlots) and in configuration
// (shift_timeslots). A rotation does not have its schedule's time zone: it is
// taken from the schedule, or from the options' Zone.
package squadcast

import (
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// Import reads schedules with their rotations, and rotations by themselves, which
// belong to the schedule that they name or, if there is only one, to that. A
// rotation for which there is no schedule becomes one. Its error joins a
// [jsondoc.Error] for each thing that is wrong.
func Import(o importers.Options, files ...importers.File) (importers.Result, error) {
	im := gather.Open(o, files)
	r := reader{Import: im}
	for _, doc := range im.Docs {
		for _, n := range doc.Root().Unwrap("data").Unwrap("schedules", "schedule", "rotations", "rotation").Many() {
			r.sort(n)
		}
	}
	for _, n := range r.loose {
		r.place(n)
	}
	for _, p := range r.plans {
		r.schedule(p)
	}
	return im.Result()
}

type reader struct {
	*gather.Import
	plans []*plan
	loose []jsondoc.Node
}

// plan is a schedule and its rotations, which may come from elsewhere.
type plan struct {
	node      jsondoc.Node
	id, zone  string
	rotations []jsondoc.Node
}

func (r *reader) sort(n jsondoc.Node) {
	if n.Get("period").Exists() {
		r.loose = append(r.loose, n)
		return
	}
	n.Skip("description", "tags", "owner", "teamID", "team_id", "color")
	p := &plan{
		node: n, id: r.ID(gather.First(n, "id", "ID"), n.Get("name").StrOr("")),
		zone: gather.Zone(gather.First(n, "timeZone", "timezone", "time_zone")),
	}
	p.rotations = n.Get("rotations").Items()
	r.plans = append(r.plans, p)
}

// place finds the schedule of a rotation that came without one.
func (r *reader) place(n jsondoc.Node) {
	of := gather.First(n, "scheduleID", "schedule_id")
	for _, p := range r.plans {
		if of.Exists() && p.id == of.Text() {
			p.rotations = append(p.rotations, n)
			return
		}
	}
	if len(r.plans) == 1 && !of.Exists() {
		r.Assume(n, "the rotation does not say which schedule it belongs to: it is taken for one of %q, the only one there is", r.plans[0].id)
		r.plans[0].rotations = append(r.plans[0].rotations, n)
		return
	}
	p := &plan{node: n, id: n.Get("name").StrOr(""), zone: r.Options.Zone, rotations: []jsondoc.Node{n}}
	for _, id := range []jsondoc.Node{gather.First(n, "id", "ID"), of} {
		if id.Exists() {
			p.id = id.Text()
		}
	}
	if zone := gather.First(n, "time_zone", "timeZone"); zone.Exists() {
		p.zone = gather.Zone(zone)
	} else if !gather.KnownZone(p.zone) {
		zone.Failf("the schedule itself in the documents, or its time zone in the options (Zone, which is %q)", p.zone)
	}
	r.plans = append(r.plans, p)
}

func (r *reader) schedule(p *plan) {
	s := oncall.Schedule{ID: p.id, Name: p.node.Get("name").StrOr(""), Zone: p.zone, Overlap: oncall.Add}
	for _, n := range p.rotations {
		s.Rotations = append(s.Rotations, r.rotation(n, p.zone)...)
	}
	if len(p.rotations) == 0 {
		p.node.Get("rotations").Fail("one rotation or more; they may be in another file")
	}
	if len(p.rotations) > 1 {
		r.Assume(p.node, "rotations that overlap are taken to be on call together")
	}
	r.Add(p.node, s)
}
