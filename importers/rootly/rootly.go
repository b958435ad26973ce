// Package rootly imports on-call schedules of Rootly, as its API answers them.
//
// Rootly answers a schedule in pieces, each of which goes into a file: schedules,
// schedule_rotations, schedule_rotation_users, schedule_rotation_active_days,
// override_shifts, on_call_shadows, shifts and users. Without the members of a
// rotation nobody is on duty in it, and without its shifts or a start it does not
// say whose turn it is; what is missing is reported.
//
// Rootly writes days as the letters S M T W R F U. R is Thursday; which of S and U
// is Sunday is not documented. Where that makes a difference nothing is guessed.
package rootly

import (
	"cmp"
	"slices"
	"strings"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// Import reads the pieces, in any order: answers of the API, or the attributes
// alone under the name of what they are. Its error joins a [jsondoc.Error] for each
// thing that is wrong.
func Import(o importers.Options, files ...importers.File) (importers.Result, error) {
	im := importer{Import: gather.Open(o, files), pieces: map[string][]piece{}}
	for _, doc := range im.Docs {
		im.sort(doc.Root())
	}
	im.people()
	im.plan()
	for _, p := range im.plans {
		im.schedule(p)
	}
	im.strangers()
	return im.Result()
}

type importer struct {
	*gather.Import
	pieces map[string][]piece // by kind
	plans  []*plan
}

// piece is a resource of JSON:API.
type piece struct {
	id           jsondoc.Node // may not exist
	jsondoc.Node              // the attributes
}

// The kinds of pieces.
const (
	schedule  = "schedule"
	rotation  = "schedule_rotation"
	member    = "schedule_rotation_user"
	activeDay = "schedule_rotation_active_day"
	override  = "override_shift"
	shift     = "shift"
	shadow    = "on_call_shadow"
	user      = "user"
)

func (im *importer) sort(root jsondoc.Node) {
	root.Skip("meta", "links", "jsonapi")
	if data := root.Get("data"); data.Exists() {
		for _, n := range append(data.Many(), root.Get("included").Items()...) {
			im.resource(n)
		}
		return
	}
	known := false
	for _, key := range root.Keys() {
		if kind := strings.TrimSuffix(key, "s"); isKind(kind) {
			known = true
			for _, n := range root.Get(key).Unwrap("data").Many() {
				im.bare(kind, n)
			}
		}
	}
	switch {
	case known:
	case root.Get("schedule_rotationable_type").Exists():
		im.bare(rotation, root)
	default:
		root.Fail("an answer of Rootly's API, with data, or its attributes under a name such as schedule_rotations")
	}
}

func isKind(s string) bool {
	return slices.Contains([]string{schedule, rotation, member, activeDay, override, shift, shadow, user}, s)
}

func (im *importer) resource(n jsondoc.Node) {
	kind := strings.TrimSuffix(n.Get("type").Str(), "s")
	n.Skip("relationships", "links")
	im.pieces[kind] = append(im.pieces[kind], piece{n.Get("id"), n.Get("attributes")})
	if !isKind(kind) {
		n.Skip("id")
		return // its attributes are reported as left out
	}
	n.Get("attributes").Skip("created_at", "updated_at")
}

func (im *importer) bare(kind string, n jsondoc.Node) {
	if n.Get("attributes").Exists() {
		im.resource(n)
		return
	}
	n.Skip("created_at", "updated_at")
	im.pieces[kind] = append(im.pieces[kind], piece{n.Get("id"), n})
}

func (im *importer) people() {
	for _, p := range im.pieces[user] {
		p.Skip("first_name", "last_name", "phone", "phone_2", "slack_id", "name_with_team")
		name := gather.First(p.Node, "full_name", "name")
		p.Skip("name")
		im.Person(p.id.Text(), name.StrOr(""), p.Get("email").StrOr(""))
		im.Home(p.Get("time_zone"), p.id.Text())
	}
}

// plan is a schedule and what belongs to it.
type plan struct {
	node      jsondoc.Node
	id, name  string
	rotations []piece
	ids       map[string]bool // of the rotations
}

// plan puts each rotation with its schedule.
func (im *importer) plan() {
	for _, p := range im.pieces[schedule] {
		p.Skip("description", "all_time_coverage", "owner_user_id", "owner_group_ids", "slack_user_group", "slack_channel")
		name := p.Get("name").StrOr("")
		im.plans = append(im.plans, &plan{node: p.Node, id: im.ID(p.id, name), name: name})
	}
	for _, p := range im.pieces[rotation] {
		id, ok := im.scheduleOf(p)
		if !ok {
			continue
		}
		at := slices.IndexFunc(im.plans, func(s *plan) bool { return s.id == id })
		if at < 0 {
			at = len(im.plans)
			im.plans = append(im.plans, &plan{node: p.Node, id: id})
		}
		im.plans[at].rotations = append(im.plans[at].rotations, p)
	}
}

// scheduleOf returns the id of a rotation's schedule: what it says, or else the
// only one that anything else names.
func (im *importer) scheduleOf(p piece) (id string, ok bool) {
	if n := p.Get("schedule_id"); n.Exists() {
		return n.Text(), true
	}
	named := map[string]bool{}
	for _, s := range im.plans {
		named[s.id] = true
	}
	for _, kind := range []string{override, shift, shadow} {
		for _, other := range im.pieces[kind] {
			if n := other.Get("schedule_id"); n.Exists() {
				named[n.Text()] = true
			}
		}
	}
	if len(named) != 1 {
		return p.Get("schedule_id").Text(), len(named) == 1
	}
	for id = range named {
		im.Assume(p.Node, "the rotation does not say which schedule it belongs to, and is taken to put people on call on %q, the only one there is", id)
	}
	return id, true
}

func (im *importer) schedule(p *plan) {
	slices.SortStableFunc(p.rotations, func(a, b piece) int {
		return cmp.Compare(a.Get("position").IntOr(0), b.Get("position").IntOr(0))
	})
	s := oncall.Schedule{ID: p.id, Name: p.name, Zone: defaultZone, Overlap: oncall.Add}
	if len(p.rotations) == 0 {
		im.Loss(p.node, "the schedule comes without rotations, so nobody is on duty in it; add the answer of /v1/schedules/%s/schedule_rotations", p.id)
		s.Rotations = []oncall.Rotation{gather.Vacant(p.id, p.name)}
	}
	if len(p.rotations) > 1 {
		im.Assume(p.node, "rotations that overlap are taken to be on call together")
	}
	p.ids = map[string]bool{}
	for i, piece := range p.rotations {
		rotation := im.rotation(piece, im.rotationID(piece, p))
		if i == 0 && rotation.Zone != "" {
			s.Zone = rotation.Zone
		}
		if rotation.Zone == s.Zone {
			rotation.Zone = ""
		}
		p.ids[rotation.ID] = true
		s.Rotations = append(s.Rotations, rotation)
	}
	s.Overrides = im.overrides(p)
	s.Shadows = im.shadows(p)
	im.Add(p.node, s)
}

// strangers reports what belongs to schedules that are not here.
func (im *importer) strangers() {
	for _, kind := range []string{override, shift, shadow} {
		for _, p := range im.pieces[kind] {
			n := p.Get("schedule_id")
			if n.Exists() && !im.has(n.Text()) {
				p.Node.Skip()
				im.Loss(p.Node, "it belongs to the schedule %s, which is not among the documents, so it is left out and changes nothing about who is on call", n.Text())
			}
		}
	}
}

func (im *importer) has(schedule string) bool {
	return slices.ContainsFunc(im.plans, func(p *plan) bool { return p.id == schedule })
}

// rotationID returns the id of a rotation. Attributes alone do not have it; if an
// override of the same schedule names exactly one that is not here, it is that.
func (im *importer) rotationID(p piece, of *plan) string {
	if p.id.Exists() {
		return p.id.Text()
	}
	named := map[string]bool{}
	for _, o := range im.pieces[override] {
		if id := o.Get("rotation_id"); id.Exists() && o.Get("schedule_id").Exists() && o.Get("schedule_id").Text() == of.id {
			named[id.Text()] = true
		}
	}
	if len(of.rotations) == 1 && len(named) == 1 {
		for id := range named {
			im.Assume(p.id, "the rotation has no id, and is taken for %q, the only one whose people the overrides replace", id)
			return id
		}
	}
	return im.ID(p.id, p.Get("name").StrOr(""))
}
