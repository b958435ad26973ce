// Package betterstack imports on-call rotations of Better Stack: what its API
// takes to plan one, a few people by their e-mail addresses, the length of a turn,
// a start and an end.
//
// The ids of people are their e-mail addresses. The document has no time zone: days
// and weeks are counted on the clock of the options' Zone, or else of UTC.
package betterstack

import (
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// Import reads rotations, one in each file, bare or under on_call_rotation. Each
// becomes a schedule whose id is the document's or, as it rarely has any, the name
// of the file. Its error joins a [jsondoc.Error] for each thing that is wrong.
func Import(o importers.Options, files ...importers.File) (importers.Result, error) {
	im := gather.Open(o, files)
	for _, doc := range im.Docs {
		rotation(im, doc)
	}
	return im.Result()
}

var units = map[string]oncall.Unit{"hour": oncall.Hours, "day": oncall.Days, "week": oncall.Weeks}

func rotation(im *gather.Import, doc *jsondoc.Doc) {
	n := doc.Root().Unwrap("on_call_rotation", "data").Unwrap("attributes")
	id := im.ID(n.Get("id"), gather.Base(doc.Name()))
	unit := units[gather.First(n, "rotation_interval", "rotation_period").OneOf("hour", "day", "week")]
	start, end := im.Instant(n.Get("start_rotations_at")), im.Instant(n.Get("end_rotations_at"))
	if !end.After(start) {
		n.Get("end_rotations_at").Fail("an instant after the start of the rotation")
	}
	zone := zone(im, n, unit)
	begins, from := gather.Phase(start, gather.Location(zone))
	im.Add(n, oncall.Schedule{
		ID: id, Name: n.Get("name").StrOr(""), Zone: zone,
		Rotations: []oncall.Rotation{{
			ID: id, Start: begins, From: from, Until: end,
			Turns: gather.Turns(n.Get("rotation_length"), n.Get("rotation_length").LooseInt(), unit),
			Seats: seats(im, n.Get("users")),
		}},
	})
}

// zone says on which clock turns are counted. Turns of hours are the same length
// on each, if it is UTC's.
func zone(im *gather.Import, n jsondoc.Node, unit oncall.Unit) string {
	const utc = "UTC"
	switch zone := im.Options.Zone; {
	case unit == oncall.Hours:
		return utc
	case zone == "":
		im.Assume(n.Get("rotation_length"), "the document has no time zone, so turns are taken to be counted in UTC, and are handed over at another hour where the clocks change")
		return utc
	default:
		return zone
	}
}

func seats(im *gather.Import, users jsondoc.Node) []oncall.Seat {
	if len(users.Items()) == 0 {
		users.Fail("the e-mail addresses of one or more users")
	}
	seats := make([]oncall.Seat, 0, len(users.Items()))
	for _, u := range users.Items() {
		email := u.Str()
		if u.IsText() && email == "" {
			u.Fail("an e-mail address")
		}
		im.Person(email, "", email)
		seats = append(seats, oncall.Seat{People: []string{email}})
	}
	return seats
}
