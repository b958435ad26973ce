package incidentio

import (
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/importers/internal/weekly"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// rotation is a rotation with all of its versions.
type rotation struct {
	id       string
	node     jsondoc.Node // of the first version
	versions []version    // in order of time
	reading  reading
	fixed    []entry // taken instead of the versions
}

// version is how a rotation is from one instant until another.
type version struct {
	node   jsondoc.Node
	base   oncall.Rotation // without seats and count
	starts time.Time       // when turns are counted from
	users  []string        // an empty one is nobody
	layers []string        // their ids; at least one
	isFair bool
}

// rotations reads the versions, and gathers those of each rotation.
func (im *importer) rotations(nodes []jsondoc.Node, zone *time.Location) []*rotation {
	var rotations []*rotation
	byID := make(map[string]*rotation)
	for _, n := range nodes {
		v, ok := im.version(n, zone)
		if !ok {
			continue // an error by now
		}
		r := byID[v.base.ID]
		if r == nil {
			r = &rotation{id: v.base.ID, node: n}
			byID[r.id] = r
			rotations = append(rotations, r)
		}
		r.versions = append(r.versions, v)
	}
	for _, r := range rotations {
		im.order(r)
	}
	return rotations
}

// order puts the versions one after the other: each is in effect until the next.
func (im *importer) order(r *rotation) {
	slices.SortStableFunc(r.versions, func(a, b version) int { return a.base.From.Compare(b.base.From) })
	var kept []version
	for i, v := range r.versions {
		if i+1 < len(r.versions) {
			v.base.Until = r.versions[i+1].base.From
			if v.base.Until.Equal(v.base.From) {
				r.versions[i+1].node.Get("effective_from").Fail("another instant than that of the version before")
				continue
			}
		}
		if v.starts.After(v.base.From) && !v.base.From.IsZero() {
			im.Assume(v.node.Get("handover_start_at"), "nobody is taken to be on duty from effective_from until the first handover")
		}
		if !v.base.Until.IsZero() && !v.base.Until.After(v.starts) {
			im.Loss(v.node, "this version ends before its first handover, so it is never on duty and is left out")
			continue
		}
		kept = append(kept, v)
	}
	r.versions = kept
}

func (im *importer) version(n jsondoc.Node, zone *time.Location) (v version, ok bool) {
	v = version{
		node:   n,
		starts: im.Instant(n.Get("handover_start_at")),
		users:  im.users(n.Get("users")),
		layers: im.layers(n.Get("layers")),
		base: oncall.Rotation{
			ID:    n.Get("id").Str(),
			Name:  n.Get("name").StrOr(""),
			From:  im.InstantOr(n.Get("effective_from")),
			Turns: im.turns(n.Get("handovers")),
		},
	}
	if mode := n.Get("scheduling_mode"); mode.Exists() {
		v.isFair = mode.OneOf("fair", "sequential") == "fair"
	} else {
		v.isFair = true // what incident.io does unless told otherwise
	}
	hours := n.Get("working_intervals")
	if hours.Exists() {
		n.Skip("working_interval") // its old name, with the same
	} else {
		hours = n.Get("working_interval")
	}
	v.base.Windows = im.windows(hours)
	if v.starts.IsZero() || len(v.base.Turns) == 0 {
		return v, false
	}
	var from time.Time
	v.base.Start, from = gather.Phase(v.starts, zone)
	if v.base.From.IsZero() {
		v.base.From = from
	}
	return v, true
}

// nobody is the user of a place that is vacant.
const nobody = "NOBODY"

// users returns the ids in the order of their turns; an empty one is nobody.
func (im *importer) users(n jsondoc.Node) []string {
	var users []string
	for _, u := range n.Items() {
		users = append(users, im.user(u))
	}
	if len(users) > oncall.MaxSeats {
		n.Failf("at most %d users", oncall.MaxSeats)
		users = users[:oncall.MaxSeats]
	}
	if len(users) == 0 {
		im.Assume(n, "the rotation has no users, so nobody is on duty in it")
	}
	return users
}

// user returns the id of a user, which is empty for nobody.
func (im *importer) user(u jsondoc.Node) string {
	u.Skip("role", "base_role", "custom_roles")
	if !u.Exists() {
		return ""
	}
	id := u.Get("id").Str()
	name, email, slack := u.Get("name").StrOr(""), u.Get("email").StrOr(""), u.Get("slack_user_id").StrOr("")
	if id == nobody || id == "" {
		return ""
	}
	im.Person(id, name, email)
	if slack != "" {
		im.Contact(id, importers.Contact{Channel: "slack", To: slack})
	}
	return id
}

// maxLayers keeps the seats of a rotation within bounds.
const maxLayers = oncall.MaxPerSeat

func (im *importer) layers(n jsondoc.Node) []string {
	var layers []string
	for _, l := range n.Items() {
		l.Skip("name")
		layers = append(layers, l.Get("id").StrOr(""))
	}
	switch {
	case len(layers) == 0:
		im.Assume(n, "the rotation has no layers, so one person is taken to be on duty at a time")
		return []string{""}
	case len(layers) > maxLayers:
		n.Failf("at most %d layers", maxLayers)
		return layers[:1]
	}
	return layers
}

func (im *importer) turns(n jsondoc.Node) []oncall.Turn {
	units := map[string]oncall.Unit{
		"hourly": oncall.Hours, "daily": oncall.Days, "weekly": oncall.Weeks, "monthly": oncall.Months,
	}
	var turns []oncall.Turn
	for _, h := range n.Items() {
		unit := units[h.Get("interval_type").OneOf("hourly", "daily", "weekly", "monthly")]
		turn := gather.Turns(h.Get("interval"), h.Get("interval").Int(), unit)[0]
		if unit == oncall.Hours {
			im.Assume(h, "turns of hours are taken to be handed over by the wall clock, also where clocks change")
		}
		turns = append(turns, turn)
	}
	if len(turns) == 0 {
		n.Fail("at least one handover")
	}
	return turns
}

func (im *importer) windows(n jsondoc.Node) []oncall.Window {
	var windows []oncall.Window
	for _, item := range n.Items() {
		day := gather.Weekday(item.Get("weekday"))
		opens, closes := timeOfDay(item.Get("start_time")), timeOfDay(item.Get("end_time"))
		if opens == closes && !isDayEnd(item.Get("end_time")) {
			im.Assume(item, "the working interval ends when it starts, and is taken to last 24 hours")
		}
		windows = append(windows, oncall.Daily(opens, closes, day))
	}
	return weekly.Join(windows)
}

// timeOfDay reads a time of day. The end of a day may be written 24:00.
func timeOfDay(n jsondoc.Node) oncall.TimeOfDay {
	if isDayEnd(n) {
		return oncall.TimeOfDay{}
	}
	return gather.TimeOfDay(n)
}

func isDayEnd(n jsondoc.Node) bool { return n.IsText() && strings.HasPrefix(n.Str(), "24:00") }
