package opsgenie

import (
	"cmp"
	"slices"
	"strconv"

	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// target is a rotation that an override names.
type target struct {
	node     jsondoc.Node
	id, name string
}

// overridden returns the rotations that an override is limited to. None: it is for
// all of the schedule.
func overridden(n jsondoc.Node) []target {
	var targets []target
	for _, r := range n.Get("rotations").Items() {
		if r.IsText() {
			targets = append(targets, target{node: r, id: r.Str()})
			continue
		}
		r.Skip("links")
		targets = append(targets, target{node: r, id: r.Get("id").StrOr(""), name: r.Get("name").StrOr("")})
	}
	for _, r := range n.Get("rotationIds").Items() { // Jira Service Management
		targets = append(targets, target{node: r, id: r.Str()})
	}
	return targets
}

// overridesOf adds the overrides of a schedule, whose rotations are there.
func (im *importer) overridesOf(s *oncall.Schedule, nodes []jsondoc.Node) {
	ids := gather.IDs{}
	rotations := make(map[string]oncall.Rotation) // by id and by name
	for _, r := range slices.Backward(s.Rotations) {
		rotations["name "+r.Name], rotations["id "+r.ID] = r, r
	}
	for i, n := range nodes {
		n.Skip("links", "_parent")
		o := oncall.Override{
			ID:    cmp.Or(n.Get("alias").StrOr(n.Get("id").StrOr("")), "override-"+strconv.Itoa(i+1)),
			Start: im.Instant(n.Get("startDate")),
			End:   im.Instant(n.Get("endDate")),
		}
		user := n.Get("user")
		if !user.Exists() {
			user = n.Get("responder") // Jira Service Management
		}
		o.People = im.people(user)
		if o.Start.IsZero() || o.End.IsZero() {
			continue // an error by now
		}
		if !o.End.After(o.Start) {
			im.Loss(n, "the override ends before it starts, so it changes nothing and is left out")
			continue
		}
		im.apply(s, n, o, rotations, ids)
	}
	if overlap(s.Overrides) {
		im.Assume(nodes[0], "some overrides are for the same time; of two, the later in the list is taken to win")
	}
}

// apply adds an override once for each rotation that it is for.
func (im *importer) apply(s *oncall.Schedule, n jsondoc.Node, o oncall.Override,
	rotations map[string]oncall.Rotation, ids gather.IDs,
) {
	targets := overridden(n)
	if len(targets) == 0 {
		o.ID = ids.Unique(o.ID)
		s.Overrides = append(s.Overrides, o)
		return
	}
	alias := o.ID
	for _, t := range targets {
		rotation, ok := rotations["id "+t.id]
		if t.id == "" {
			rotation, ok = rotations["name "+t.name]
		}
		if !ok {
			im.Loss(t.node, "the override %q is for the rotation %q, which is not imported, so nobody is replaced by it", alias, cmp.Or(t.id, t.name))
			continue
		}
		if len(rotation.Windows) > 0 {
			im.Assume(t.node, "the override %q is taken to put somebody on call also outside the restrictions of the rotation", alias)
		}
		o.Rotation, o.ID = rotation.ID, alias
		if len(targets) > 1 {
			o.ID += "/" + rotation.ID
		}
		o.ID = ids.Unique(o.ID)
		s.Overrides = append(s.Overrides, o)
	}
}

// overlap reports whether two overrides are for the same time and rotation.
func overlap(overrides []oncall.Override) bool {
	sorted := slices.SortedFunc(slices.Values(overrides), func(a, b oncall.Override) int { return a.Start.Compare(b.Start) })
	last := make(map[string]oncall.Override) // by rotation, the one that ends last
	for _, o := range sorted {
		for rotation, before := range last {
			meets := o.Rotation == "" || rotation == "" || rotation == o.Rotation
			if meets && o.Start.Before(before.End) {
				return true
			}
		}
		if before, ok := last[o.Rotation]; !ok || o.End.After(before.End) {
			last[o.Rotation] = o
		}
	}
	return false
}
