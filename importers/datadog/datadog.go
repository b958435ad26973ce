// Package datadog imports schedules and escalation policies of Datadog On-Call, as
// its API answers them.
//
// Ask with include=layers,layers.members,layers.members.user: without that, an
// answer only names its layers, and the schedule has nobody in it. The answers of
// the overrides endpoint go into further files, and so do escalation policies,
// asked for with include=teams,steps,steps.targets.
package datadog

import (
	"time"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// Import reads schedules, their layers, members and users, and overrides. The
// layer that comes last takes precedence over those before it. An escalation policy
// keeps its waits, the last one too; a team that it pages has no members, since no
// answer tells them. Its error joins a [jsondoc.Error] for each thing that is wrong.
func Import(o importers.Options, files ...importers.File) (importers.Result, error) {
	im := importer{Import: gather.Open(o, files), included: map[ref]jsondoc.Node{}}
	for _, doc := range im.Docs {
		im.sort(doc)
	}
	im.schedules()
	for _, n := range im.policies {
		im.policy(n)
	}
	return im.Result()
}

type importer struct {
	*gather.Import
	plans     []jsondoc.Node
	overrides []jsondoc.Node
	policies  []jsondoc.Node
	included  map[ref]jsondoc.Node
}

// ref names a resource of JSON:API.
type ref struct{ kind, id string }

func refOf(n jsondoc.Node) ref { return ref{n.Get("type").Str(), n.Get("id").Text()} }

const (
	schedules = "schedules"
	layers    = "layers"
	members   = "members"
	users     = "users"
	teams     = "teams"
	overrides = "overrides"
)

func (im *importer) sort(doc *jsondoc.Doc) {
	root := doc.Root()
	root.Skip("meta", "links", "jsonapi")
	for _, n := range root.Unwrap("data").Many() {
		switch refOf(n).kind {
		case schedules:
			im.plans = append(im.plans, n)
		case overrides:
			im.overrides = append(im.overrides, n)
		case policies:
			im.policies = append(im.policies, n)
		default:
			n.Get("type").Failf("%s, %s or %s", schedules, overrides, policies)
		}
	}
	if !root.Get("data").Exists() {
		return // a bare schedule
	}
	for _, n := range root.Get("included").Items() {
		at := refOf(n)
		im.included[at] = n
		switch at.kind {
		case users:
			a := n.Get("attributes")
			im.Person(at.id, a.Get("name").StrOr(""), a.Get("email").StrOr(""))
			a.Skip("status", "handle", "icon")
		case teams, schedules: // only their names
			n.Skip()
		}
	}
}

func (im *importer) schedules() {
	replaced := im.replacements()
	for _, n := range im.plans {
		a := n.Get("attributes")
		a.Skip("tags")
		s := oncall.Schedule{
			ID: refOf(n).id, Name: a.Get("name").StrOr(""), Zone: im.Zone(a.Get("time_zone")),
			Overlap: oncall.Hide, Overrides: replaced,
		}
		n.Get("relationships").Skip(teams)
		list := n.Get("relationships").Get(layers).Get("data")
		for _, layer := range list.Items() {
			// Ours are in the order of precedence, which is the other way round.
			s.Rotations = append([]oncall.Rotation{im.layer(layer, s.Zone)}, s.Rotations...)
		}
		switch len(s.Rotations) {
		case 0:
			list.Fail("one layer or more")
		case 1:
		default:
			im.Assume(list, "the layers are taken to be in the order of the product's pages, on which a lower one has precedence")
		}
		im.Add(n, s)
	}
}

// replacements reads the overrides, whose answer does not say which schedule they
// are for.
func (im *importer) replacements() []oncall.Override {
	var list []oncall.Override
	for _, n := range im.overrides {
		if len(im.plans) != 1 {
			n.Failf("exactly one schedule among the documents (there are %d), since overrides do not say whose they are", len(im.plans))
			return nil
		}
		a, user := n.Get("attributes"), n.Get("relationships").Get("user").Get("data")
		o := oncall.Override{ID: refOf(n).id, Start: im.Instant(a.Get("start")), End: im.Instant(a.Get("end"))}
		if user.Exists() {
			o.People = []string{im.user(user)}
		}
		list = append(list, o)
	}
	return list
}

func (im *importer) user(n jsondoc.Node) string {
	n.Get("type").OneOf(users)
	id := n.Get("id").Text()
	im.Person(id, "", "")
	return id
}

// layer reads a layer. One that is only named becomes a rotation with a vacant
// seat, so that the gap shows.
func (im *importer) layer(at jsondoc.Node, zone string) oncall.Rotation {
	key := refOf(at)
	n, ok := im.included[key]
	if !ok {
		im.Loss(at, "the answer names the layer %s but does not hold it, so nobody is on duty in it here; "+
			"ask again with include=layers,layers.members,layers.members.user", key.id)
		return gather.Vacant(key.id, "")
	}
	a := n.Get("attributes")
	rotation := oncall.Rotation{
		ID: key.id, Name: a.Get("name").StrOr(""),
		From: im.InstantOr(a.Get("effective_date")), Until: im.InstantOr(a.Get("end_date")),
		Turns: im.interval(a.Get("interval")),
		Seats: im.seats(n.Get("relationships").Get(members).Get("data")),
	}
	if own := im.ZoneOr(a.Get("time_zone"), zone); own != zone {
		rotation.Zone, zone = own, own
	}
	start := im.Instant(a.Get("rotation_start"))
	var from time.Time
	rotation.Start, from = gather.Phase(start, gather.Location(zone))
	if rotation.From.Before(start) {
		if !rotation.From.IsZero() {
			im.Assume(a.Get("effective_date"), "nobody is taken to be on duty before rotation_start, though the layer is effective earlier")
		}
		rotation.From = from
	}
	im.Counted(a.Get("interval"), &rotation, im.Windows(a.Get("restrictions")))
	if rotation.Turns == nil {
		return gather.Vacant(key.id, rotation.Name)
	}
	return rotation
}

// interval reads the length of a turn, or returns nil for one that no rotation
// here can have.
func (im *importer) interval(n jsondoc.Node) []oncall.Turn {
	const minute, hour = 60, 3600
	days, seconds := n.Get("days").IntOr(0), n.Get("seconds").IntOr(0)
	const most = 7 * oncall.MaxTurnWeeks
	if days < 0 || seconds < 0 || days > most || seconds > most*24*hour {
		n.Failf("0 to %d days, and seconds up to as long", most)
		return oncall.Every(1, oncall.Days)
	}
	switch {
	case seconds == 0:
		return gather.Turns(n, days, oncall.Days)
	case seconds%hour == 0:
		return gather.Turns(n, days*24+seconds/hour, oncall.Hours)
	case seconds%minute == 0:
		return gather.Turns(n, days*24*60+seconds/minute, oncall.Minutes)
	}
	im.Loss(n, "an interval of %d days and %d seconds is not whole minutes, so nobody is on duty in this layer here", days, seconds)
	return nil
}

// seats reads the members. One without a user is a vacant seat.
func (im *importer) seats(list jsondoc.Node) []oncall.Seat {
	var seats []oncall.Seat
	for _, at := range list.Items() {
		n, ok := im.included[refOf(at)]
		if !ok {
			im.Loss(at, "the answer names the member %s but does not say who that is, so nobody is on duty in its turns; "+
				"ask again with include=layers,layers.members,layers.members.user", refOf(at).id)
			seats = append(seats, oncall.Seat{})
			continue
		}
		user := n.Get("relationships").Get("user").Get("data")
		if user.Exists() && user.Get("id").Text() != "" {
			seats = append(seats, oncall.Seat{People: []string{im.user(user)}})
		} else {
			seats = append(seats, oncall.Seat{})
		}
	}
	if len(seats) == 0 {
		im.Loss(list, "the layer has no members, so nobody is on duty in it")
		seats = []oncall.Seat{{}}
	}
	return seats
}
