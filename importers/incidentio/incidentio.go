// Package incidentio imports the on-call schedules and escalation paths of
// incident.io.
package incidentio

import (
	"slices"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// Import reads what these endpoints answer, each in a file of its own, in any
// order:
//
//   - a schedule, or a list of them: GET /v2/schedules/{id} or GET /v2/schedules
//   - the shifts of one schedule: GET /v2/schedule_entries, which is where
//     overrides are
//   - an escalation path, or a list of them: GET /v2/escalation_paths/{id}
//   - a user, or a list of them: GET /v2/users
//
// The rotations of a schedule are on call together, and of a rotation as many
// people as it has layers, which is what incident.io calls them: each handover
// gives them to as many people who come next in its list.
//
// What the configuration leaves open, the entries decide if they are there: the
// first reading of a rotation that agrees with what is scheduled is taken. The
// scheduling mode "fair" is the same as "sequential" only where all turns are
// equal; elsewhere it depends on shifts of the past, so that the entries are
// imported one by one. What is on call in the end is compared with the final
// entries, and a difference reported. Options are not needed.
//
// Each level of an escalation path becomes a step that waits for its time to
// acknowledge; one that pages nobody does not wait, as in incident.io. Attempts
// become steps that follow each other. A round robin pages whoever was paged
// longest ago, and goes back for the next where it rotates. A priority is taken for
// a severity of the same name.
func Import(o importers.Options, files ...importers.File) (importers.Result, error) {
	im := importer{Import: gather.Open(o, files), done: map[string]oncall.Schedule{}}
	for _, doc := range im.Docs {
		im.sort(doc.Root())
	}
	im.attach()
	for _, d := range im.drafts {
		im.schedule(d)
	}
	for _, n := range im.paths {
		im.path(n)
	}
	return im.Result()
}

// importer holds what the documents have, sorted by what it is.
type importer struct {
	*gather.Import
	drafts  []*draft
	entries []jsondoc.Node // each an object with up to three lists
	looked  int            // how many shifts were worked out to compare them
	done    map[string]oncall.Schedule
	paths   []jsondoc.Node
}

// draft is a schedule and the entries that belong to it.
type draft struct {
	node      jsondoc.Node
	rotations []jsondoc.Node
	entries
}

const wantItem = "a schedule, the entries of one, an escalation path or a user"

func (im *importer) sort(root jsondoc.Node) {
	body := root.Unwrap("schedule", "schedules", "schedule_entries", "escalation_path", "escalation_paths", "user", "users")
	if root.IsObject() && body.Path() != root.Path() {
		pages := root.Get("pagination_meta")
		pages.Skip()
		if after := pages.Get("after"); after.Exists() {
			im.Loss(after, "the list goes on in a further page, which is not among the documents, so whoever is on it is left out")
		}
	}
	if !body.IsObject() && !body.IsList() {
		root.Fail("a schedule as GET /v2/schedules/{id} answers it")
		return
	}
	for _, item := range body.Many() {
		switch {
		case !item.IsObject():
			item.Fail(wantItem)
		case item.Has("scheduled", "final", "overrides"):
			im.entries = append(im.entries, item)
		case item.Has("path"):
			im.paths = append(im.paths, item)
		case item.Has("email") && !item.Has("timezone", "config"):
			im.user(item)
		case !item.Has("timezone", "config"):
			item.Fail(wantItem)
		default:
			im.drafts = append(im.drafts, &draft{
				node:      item,
				rotations: item.Get("config").Get("rotations").Items(),
			})
		}
	}
}

// attach gives the entries to their schedules, which they do not name: it is the
// only one, or the only one with their rotation.
func (im *importer) attach() {
	owners := make(map[string][]*draft)
	for _, d := range im.drafts {
		for _, r := range d.rotations {
			id := r.Get("id").StrOr("")
			if !slices.Contains(owners[id], d) {
				owners[id] = append(owners[id], d)
			}
		}
	}
	for _, n := range im.entries {
		es := entries{
			scheduled: im.list(n.Get("scheduled")),
			overrides: im.list(n.Get("overrides")),
			final:     im.list(n.Get("final")),
		}
		if d := im.owner(n, es, owners); d != nil {
			d.scheduled = append(d.scheduled, es.scheduled...)
			d.overrides = append(d.overrides, es.overrides...)
			d.final = append(d.final, es.final...)
		}
	}
}

func (im *importer) owner(n jsondoc.Node, es entries, owners map[string][]*draft) *draft {
	switch len(im.drafts) {
	case 0:
		n.Fail("a schedule that these entries belong to; give GET /v2/schedules/{id} too")
		return nil
	case 1:
		return im.drafts[0]
	}
	for _, e := range slices.Concat(es.scheduled, es.overrides, es.final) {
		if of := owners[e.rotation]; len(of) == 1 {
			return of[0]
		}
	}
	n.Fail("entries whose rotations tell their schedule; import one schedule at a time with its entries")
	return nil
}

// schedule converts a schedule, if there is anything to convert.
func (im *importer) schedule(d *draft) {
	n := d.node
	n.Skip("team_ids", "annotations", "created_at", "updated_at", "permalink", "current_shifts", "next_shifts")
	s := oncall.Schedule{
		ID:      n.Get("id").Str(),
		Name:    n.Get("name").StrOr(""),
		Zone:    im.Zone(n.Get("timezone")),
		Overlap: oncall.Add,
	}
	if holidays := n.Get("holidays_public_config"); holidays.Exists() {
		holidays.Skip()
		im.Loss(holidays, "the public holidays that incident.io shows beside the schedule are left out, which does not change who is on call")
	}
	scheduled := make(map[string][]entry)
	for _, e := range d.scheduled {
		scheduled[e.rotation] = append(scheduled[e.rotation], e)
	}
	rotations := im.rotations(d.rotations, gather.Location(s.Zone))
	for _, r := range rotations {
		im.settle(r, scheduled[r.id], s.Zone)
		s.Rotations = append(s.Rotations, r.all()...)
	}
	if len(s.Rotations) == 0 {
		im.Loss(n.Get("config").Get("rotations"), "the schedule has no rotation that is ever on duty, so nobody is on call on it and it is left out")
		return
	}
	s.Overrides = im.overridesOf(rotations, d.overrides, s.Zone)
	im.check(s, d)
	if im.looked > maxLooked {
		n.Fail("a schedule with fewer or shorter entries")
	}
	im.done[s.ID] = s
	im.Add(n, s)
}
