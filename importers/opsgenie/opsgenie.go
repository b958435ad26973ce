// Package opsgenie imports the on-call schedules of Opsgenie and of Jira Service
// Management, which took them over.
package opsgenie

import (
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/ledger"
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
//
// An answer may come in its envelope ("data" in Opsgenie, "values" in Jira Service
// Management) or bare. Rotations and overrides that do not name their schedule
// belong to the only one there is.
//
// The rotations of a schedule are on call together. A person's id is the id of the
// user or, where there is none, the username. Teams and escalations take turns as
// users do, but who that is the documents do not say: their turns are vacant, and
// reported as a loss. Options are not needed.
func Import(_ importers.Options, files ...importers.File) (importers.Result, error) {
	var im importer
	for _, doc := range im.Parse(files) {
		im.sort(doc.Root())
	}
	im.attach()
	var schedules []oncall.Schedule
	for _, d := range im.drafts {
		if s, ok := im.schedule(d); ok {
			schedules = append(schedules, s)
		}
	}
	return im.Result(schedules)
}

// importer holds what the documents have, sorted by what it is.
type importer struct {
	ledger.Ledger
	drafts    []*draft
	rotations []jsondoc.Node // that came without their schedule
	overrides []jsondoc.Node
	byID      map[string]*draft // by the ids of schedules, and of the rotations in them
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
		root.Fail("a schedule as GET /v2/schedules/{id} answers it")
		return
	}
	for _, item := range body.Many() {
		switch {
		case !item.IsObject():
			item.Fail("a schedule, a rotation or an override")
		case hasAny(item, "__currentOncalls", "onCallRecipients", "onCallParticipants"):
			item.Fail("a schedule with its rotations (GET /v2/schedules/{id}), not who is on call now")
		case item.Get("participants").Exists():
			im.rotations = append(im.rotations, item)
		case hasAny(item, "alias", "user", "responder"):
			im.overrides = append(im.overrides, item)
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

// hasAny does not count as reading.
func hasAny(n jsondoc.Node, keys ...string) bool {
	return slices.ContainsFunc(n.Keys(), func(key string) bool { return slices.Contains(keys, key) })
}

// pages reports an answer that goes on elsewhere.
func (im *importer) pages(root jsondoc.Node) {
	for _, key := range []string{"paging", "links"} {
		at := root.Get(key)
		at.Skip()
		if next := at.Get("next"); next.Exists() && next.StrOr("") != "" {
			im.Loss(next, "The list goes on in a further page, which is not imported.")
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
	im.byID = make(map[string]*draft)
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
			part.Failf("a part of a schedule that is imported with it, not of %q", id)
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

// schedule converts a schedule. It is not ok if there is nothing to convert.
func (im *importer) schedule(d *draft) (s oncall.Schedule, ok bool) {
	n := d.node
	n.Skip("links", "self")
	zone := ledger.Zone(n.Get("timezone"))
	if zone == nil {
		return s, false
	}
	s = oncall.Schedule{
		ID:      d.id,
		Name:    n.Get("name").StrOr(""),
		Zone:    n.Get("timezone").Str(),
		Overlap: oncall.Add,
	}
	if !n.Get("enabled").BoolOr(true) {
		im.Loss(n.Get("enabled"), "The schedule is disabled, so that nobody is paged; it is imported as if it were enabled.")
	}
	seen := make(map[string]bool)
	for _, r := range d.rotations {
		id := r.Get("id").Str()
		if seen[id] {
			im.Assume(r, "The rotation %q comes more than once; the first is taken.", id)
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
		return s, false
	}
	return s, true
}

func (im *importer) noRotations(d *draft) {
	const text = "The schedule has no rotation that is ever on duty, so it is left out"
	if d.listed {
		im.Loss(d.node.Get("rotations"), text+"; a list of schedules has their rotations only if it is asked for with expand=rotation.")
		return
	}
	im.Loss(d.node.Get("rotations"), text+".")
}

// halfHour reports whether the minutes of an instant are 0 or 30, in UTC or on the
// wall clock.
func halfHour(t time.Time, zone *time.Location) bool {
	return t.UTC().Minute()%30 == 0 || t.In(zone).Minute()%30 == 0
}
