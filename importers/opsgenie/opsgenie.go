// Package opsgenie imports the on-call schedules and the escalations of Opsgenie
// and of Jira Service Management, which took them over.
package opsgenie

import (
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// Import reads what these endpoints answer, each in a file of its own, in any
// order:
//
//   - a schedule, or a list of them: GET /v2/schedules/{id}, or with
//     expand=rotation GET /v2/schedules
//   - the rotations of one schedule: GET /v2/schedules/{id}/rotations
//   - the overrides of one schedule: GET /v2/schedules/{id}/overrides
//   - an escalation, or a list of them: GET /v2/escalations/{id}, GET /v2/escalations
//   - a team that escalations page, with its members: GET /v2/teams/{id}
//   - a user, or a list of them: GET /v2/users/{id}, with expand=contact also the
//     contacts, or GET /v2/users
//
// An answer may come in its envelope ("data" in Opsgenie, "values" in Jira Service
// Management) or bare. Rotations and overrides that do not name their schedule
// belong to the only one there is.
//
// The rotations of a schedule are on call together. A person's id is the id of the
// user or, where there is none, the username. Teams and escalations take turns as
// users do, but who that is the documents do not say: their turns are vacant, and
// reported as a loss. Options are not needed.
//
// An escalation becomes a policy. Rules of the same delay become one step. Delays
// are counted from the beginning, so a step waits for what the next rule's delay is
// longer; where the first has one, the policy begins with a pause, in each round
// anew. A repetition begins waitInterval after the last rule. An acknowledgement
// ends the run, also where Opsgenie would go on.
func Import(o importers.Options, files ...importers.File) (importers.Result, error) {
	im := importer{Import: gather.Open(o, files), byID: map[string]*draft{}, teams: map[string]team{}}
	for _, doc := range im.Docs {
		im.sort(doc.Root())
	}
	im.attach()
	for _, d := range im.drafts {
		im.schedule(d)
	}
	for _, n := range im.escalations {
		im.escalation(n)
	}
	return im.Result()
}

// importer holds what the documents have, sorted by what it is.
type importer struct {
	*gather.Import
	drafts      []*draft
	rotations   []jsondoc.Node // that came without their schedule
	overrides   []jsondoc.Node
	byID        map[string]*draft // by the ids of schedules, and of the rotations in them
	escalations []jsondoc.Node
	teams       map[string]team
}

// draft is a schedule with what belongs to it.
type draft struct {
	node      jsondoc.Node
	id        string
	listed    bool // in a list, which may leave out the rotations
	rotations []jsondoc.Node
	overrides []jsondoc.Node
}

// sort takes an answer out of its envelope, and finds out what it is.
func (im *importer) sort(root jsondoc.Node) {
	body := root.Unwrap("data", "values", "schedule", "schedules")
	if root.IsObject() && body.Path() != root.Path() {
		root.Skip("took", "requestId", "expandable", "count", "offset", "size", "totalCount")
		im.pages(root)
	}
	if !body.IsObject() && !body.IsList() {
		root.Fail("a schedule as GET /v2/schedules/{id} answers it, or an escalation")
		return
	}
	for _, item := range body.Many() {
		switch {
		case !item.IsObject():
			item.Fail(known)
		case item.Has("rules"):
			im.escalations = append(im.escalations, item)
		case item.Has("members"):
			im.team(item)
		case item.Has("fullName", "userContacts", "blocked"):
			im.account(item)
		case item.Has("__currentOncalls", "onCallRecipients", "onCallParticipants"):
			item.Fail("a schedule with its rotations, as GET /v2/schedules/{id} answers it")
		case item.Get("participants").Exists():
			im.rotations = append(im.rotations, item)
		case item.Has("alias", "user", "responder"):
			im.overrides = append(im.overrides, item)
		case !item.Has("timezone", "rotations"):
			item.Fail(known)
		default:
			im.drafts = append(im.drafts, &draft{
				node:      item,
				id:        item.Get("id").Str(),
				listed:    body.IsList(),
				rotations: item.Get("rotations").Items(),
			})
		}
	}
}

// known is what an item may be.
const known = "a schedule, a rotation, an override, an escalation, a team with its members or a user"

// pages reports an answer that goes on elsewhere.
func (im *importer) pages(root jsondoc.Node) {
	for _, key := range []string{"paging", "links"} {
		at := root.Get(key)
		at.Skip()
		if next := at.Get("next"); next.Exists() && next.StrOr("") != "" {
			im.Loss(next, "the list goes on in a further page, which is not among the documents, so whoever is on it is left out")
		}
	}
}

// attach gives every rotation and override to its schedule.
func (im *importer) attach() {
	loose := slices.Concat(im.rotations, im.overrides)
	if len(im.drafts) == 0 {
		for _, n := range loose {
			n.Fail("a schedule that this belongs to; give GET /v2/schedules/{id} too")
		}
		return
	}
	for _, d := range im.drafts {
		im.byID[d.id] = d
		for _, r := range d.rotations {
			im.byID[r.Get("id").StrOr("")] = d
		}
	}
	for _, n := range im.rotations {
		if d := im.owner(n, nil); d != nil {
			d.rotations = append(d.rotations, n)
			im.byID[n.Get("id").StrOr("")] = d
		}
	}
	for _, n := range im.overrides {
		if d := im.owner(n, overridden(n)); d != nil {
			d.overrides = append(d.overrides, n)
		}
	}
}

// owner returns the draft that a part belongs to: the one it names, the one that
// has a rotation which it names, or the only one.
func (im *importer) owner(part jsondoc.Node, targets []target) *draft {
	parent := part.Get("_parent")
	parent.Skip()
	if id := parent.Get("id").StrOr(""); id != "" {
		d := im.byID[id]
		if d == nil {
			part.Failf("a part of a schedule that is among the documents (it is of %q)", id)
		}
		return d
	}
	for _, t := range targets {
		if d := im.byID[t.id]; d != nil && t.id != "" {
			return d
		}
	}
	if len(im.drafts) > 1 {
		part.Fail("a part that says whose it is; import one schedule at a time with its parts")
		return nil
	}
	return im.drafts[0]
}

// schedule converts a schedule, if there is anything to convert.
func (im *importer) schedule(d *draft) {
	n := d.node
	n.Skip("links", "self", "ownerTeam", "teamId", "description")
	s := oncall.Schedule{
		ID:      d.id,
		Name:    n.Get("name").StrOr(""),
		Zone:    im.Zone(n.Get("timezone")),
		Overlap: oncall.Add,
	}
	zone := gather.Location(s.Zone)
	if !n.Get("enabled").BoolOr(true) {
		im.Loss(n.Get("enabled"), "the schedule is disabled, so Opsgenie pages nobody by it; that is not kept, and whoever has the turn is on call here")
	}
	seen := make(map[string]bool)
	for _, r := range d.rotations {
		id := r.Get("id").Str()
		if seen[id] {
			im.Assume(r, "the rotation %q comes more than once, and is taken as it comes first", id)
			r.Skip()
			continue
		}
		seen[id] = true
		if rotation, ok := im.rotation(r, zone); ok {
			s.Rotations = append(s.Rotations, rotation)
		}
	}
	im.overridesOf(&s, d.overrides)
	if len(s.Rotations) == 0 {
		im.noRotations(d)
		return
	}
	im.Add(n, s)
}

func (im *importer) noRotations(d *draft) {
	const text = "the schedule has no rotation that is ever on duty, so nobody is on call on it and it is left out"
	if d.listed {
		im.Loss(d.node.Get("rotations"), text+"; a list of schedules has their rotations only if it is asked for with expand=rotation")
		return
	}
	im.Loss(d.node.Get("rotations"), text)
}

// halfHour reports whether the minutes of an instant are 0 or 30, in UTC or on the
// wall clock.
func halfHour(t time.Time, zone *time.Location) bool {
	return t.UTC().Minute()%30 == 0 || t.In(zone).Minute()%30 == 0
}
