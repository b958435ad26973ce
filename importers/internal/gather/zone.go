package gather

import (
	"cmp"
	"time"

	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/internal/zonename"
)

const wantZone = `a time zone such as "Europe/Berlin" or "Eastern Time (US & Canada)"`

// Zone reads a time zone, and returns its IANA name. If it has another name in the
// document, one of Ruby on Rails or Windows, that is noted.
func (im *Import) Zone(n jsondoc.Node) string {
	name := n.Str()
	if !n.IsText() {
		return "" // which is recorded
	}
	return im.ZoneNamed(n, name)
}

// ZoneOr is Zone for what may be left out.
func (im *Import) ZoneOr(n jsondoc.Node, def string) string {
	if n.StrOr("") == "" {
		return def
	}
	return im.Zone(n)
}

// ZoneNamed is Zone for a name that is part of a text.
func (im *Import) ZoneNamed(n jsondoc.Node, name string) string {
	zone, ok := zonename.IANA(name)
	switch {
	case !ok:
		n.Fail(wantZone)
	case zone != name:
		im.Assume(n, "%q is taken for the IANA zone %s, by whose clock duty is handed over", name, zone)
	}
	return zone
}

// Home takes down the time zone of a person, if the document says it. One that is
// not known is a loss: nobody is paged by it.
func (im *Import) Home(n jsondoc.Node, person string) {
	name := n.StrOr("")
	if person == "" || name == "" {
		return
	}
	zone, ok := zonename.IANA(name)
	switch {
	case !ok:
		im.Loss(n, "%q is not known as a time zone, so the nights of %q are counted in that of the schedule", name, person)
	case zone != name:
		im.Assume(n, "%q is taken for the IANA zone %s, in which the nights of %q are counted", name, zone, person)
	}
	known := im.people[person]
	known.ID, known.Zone = person, cmp.Or(known.Zone, zone)
	im.people[person] = known
}

// Location returns a zone that Zone has read; where that failed, UTC.
func Location(zone string) *time.Location {
	if loc, err := time.LoadLocation(zone); err == nil {
		return loc
	}
	return time.UTC
}
