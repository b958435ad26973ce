// Package squadcast imports schedules of Squadcast, of the kind that its API calls
// v2: rotations whose shifts are time slots, worked by groups of participants who
// are on call together; and the escalation policies that page them.
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
// rotation for which there is no schedule becomes one.
//
// Escalation policies are what GET /v3/escalation-policies answers. Their rules come
// in the order of their times, those of one time together. A rule that repeats, or
// goes around its ring, becomes a step for each of its pages. Squads and users may
// be among the documents too, so that their members and contacts are known.
//
// The error joins a [jsondoc.Error] for each thing that is wrong.
func Import(o importers.Options, files ...importers.File) (importers.Result, error) {
	im := importer{Import: gather.Open(o, files), squads: map[string][]string{}}
	for _, doc := range im.Docs {
		for _, n := range doc.Root().Unwrap("data").Unwrap("schedules", "schedule", "rotations", "rotation").Many() {
			im.sort(n)
		}
	}
	for _, n := range im.loose {
		im.place(n)
	}
	for _, p := range im.plans {
		im.schedule(p)
	}
	for _, n := range im.policies {
		im.policy(n)
	}
	return im.Result()
}

type importer struct {
	*gather.Import
	plans    []*plan
	loose    []jsondoc.Node
	policies []jsondoc.Node
	squads   map[string][]string // the ids of their members
}

// plan is a schedule and its rotations, which may come from elsewhere.
type plan struct {
	node      jsondoc.Node
	id, zone  string
	rotations []jsondoc.Node
}

func (im *importer) sort(n jsondoc.Node) {
	switch {
	case n.Get("period").Exists():
		im.loose = append(im.loose, n)
		return
	case n.Has("rules"):
		im.policies = append(im.policies, n)
		return
	case n.Has("members"):
		im.members(n)
		return
	case n.Has("first_name"):
		im.user(n)
		return
	}
	n.Skip("description", "tags", "owner", "teamID", "team_id", "color")
	p := &plan{
		node: n, id: im.ID(gather.First(n, "id", "ID"), n.Get("name").StrOr("")),
		zone: im.Zone(gather.First(n, "timeZone", "timezone", "time_zone")),
	}
	p.rotations = n.Get("rotations").Items()
	im.plans = append(im.plans, p)
}

// place finds the schedule of a rotation that came without one.
func (im *importer) place(n jsondoc.Node) {
	of := gather.First(n, "scheduleID", "schedule_id")
	for _, p := range im.plans {
		if of.Exists() && p.id == of.Text() {
			p.rotations = append(p.rotations, n)
			return
		}
	}
	if len(im.plans) == 1 && !of.Exists() {
		im.Assume(n, "the rotation does not say which schedule it belongs to, and is taken to put people on call on %q, the only one there is", im.plans[0].id)
		im.plans[0].rotations = append(im.plans[0].rotations, n)
		return
	}
	p := &plan{node: n, id: n.Get("name").StrOr(""), zone: im.Options.Zone, rotations: []jsondoc.Node{n}}
	for _, id := range []jsondoc.Node{gather.First(n, "id", "ID"), of} {
		if id.Exists() {
			p.id = id.Text()
		}
	}
	if zone := gather.First(n, "time_zone", "timeZone"); zone.Exists() {
		p.zone = im.Zone(zone)
	} else if p.zone == "" {
		zone.Fail("the time zone of the schedule, here, in the schedule itself among the documents, or in the options (Zone)")
	}
	im.plans = append(im.plans, p)
}

func (im *importer) schedule(p *plan) {
	s := oncall.Schedule{ID: p.id, Name: p.node.Get("name").StrOr(""), Zone: p.zone, Overlap: oncall.Add}
	for _, n := range p.rotations {
		s.Rotations = append(s.Rotations, im.rotation(n, p.zone)...)
	}
	if len(p.rotations) == 0 {
		p.node.Get("rotations").Fail("one rotation or more; they may be in another file")
	}
	if len(p.rotations) > 1 {
		im.Assume(p.node, "rotations that overlap are taken to be on call together")
	}
	im.Add(p.node, s)
}
