package ical

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/internal/zonename"
)

// loadZone returns the zone of a name: an IANA one, one of Windows, one that
// Outlook shows, or one of these after a prefix such as
// "/freeassociation.sourceforge.net/".
func loadZone(name string) (*time.Location, bool) {
	name = strings.TrimSpace(strings.Trim(strings.TrimSpace(name), `"`))
	if len(name) > maxZoneName {
		return nil, false
	}
	if zone, ok := loadIANA(name); ok {
		return zone, true
	}
	if iana, ok := zonename.IANA(name); ok {
		return loadIANA(iana)
	}
	if rest, ok := strings.CutPrefix(name, "/"); ok {
		for {
			var found bool
			if _, rest, found = strings.Cut(rest, "/"); !found {
				break
			}
			if zone, ok := loadIANA(rest); ok {
				return zone, true
			}
		}
	}
	return nil, false
}

const (
	maxZoneName = 256    // bytes of the name of a zone, prefix and all
	maxZones    = 10_000 // names of zones that a calendar does not define
)

// loadIANA is time.LoadLocation without its names for UTC and for the zone of the
// machine, and without names of files.
func loadIANA(name string) (*time.Location, bool) {
	if name == "" || name == "Local" || name[0] < 'A' || name[0] > 'Z' {
		return nil, false
	}
	zone, err := time.LoadLocation(name)
	return zone, err == nil
}

// zone returns the zone of a TZID. What had to be assumed is in the report, once.
func (im *importer) zone(tzid, path string) (*time.Location, error) {
	if zone, ok := im.zones[tzid]; ok {
		return zone, nil
	}
	if im.vtimezones[tzid] == nil {
		if im.named++; im.named > maxZones {
			return nil, overLimit("TZID", 0, "at most %d names of time zones that the calendar does not define", maxZones)
		}
	}
	zone, err := im.findZone(tzid, path)
	if err == nil {
		im.zones[tzid] = zone
	}
	return zone, err
}

// findZone asks, in this order, the zone data, the calendar's own VTIMEZONE, and
// the options.
func (im *importer) findZone(tzid, path string) (*time.Location, error) {
	c := im.vtimezones[tzid]
	zone, known := loadZone(tzid)
	if c == nil {
		if !known {
			zone = im.fallback
			im.assume(path, "the time zone %q is unknown, and the calendar does not describe it: its times are read in %s", shorten(tzid), zone)
		}
		return zone, nil
	}
	if !known {
		zone, known = loadZone(c.text("X-LIC-LOCATION"))
	}
	own, changes, err := compile(c, im.options.To, &im.budget)
	if why, ok := errors.AsType[*zoneError](err); ok { // it is of no use
		if !known {
			zone = im.fallback
		}
		im.assume(why.path, "want %s: its times are read in %s", why.want, zone)
		return zone, nil
	}
	if err != nil {
		return nil, im.over(c.path, err)
	}
	if !known {
		im.assume(c.path, "the time zone %q is as the calendar describes it; nobody else knows the name", shorten(tzid))
		return own, nil
	}
	at, err := differ(zone, own, changes, im.options.From, im.options.To, &im.budget)
	if err != nil {
		return nil, im.over(c.path, err)
	}
	if !at.IsZero() {
		im.assume(c.path, "it disagrees with the zone data on %s, at %s for example (%s there): the zone data are followed",
			zone, at.In(own).Format(time.RFC3339), at.In(zone).Format(time.RFC3339))
	}
	return zone, nil
}

// moment reads the stamp of a property. A time without a zone is read in
// floating; nil: in the zone of the options.
func (im *importer) moment(p property, value, path string, floating *time.Location) (moment, error) {
	s, ok := parseStamp(value)
	if !ok {
		return moment{}, &eventError{path, fmt.Sprintf("a date or a time such as 20260105 or 20260105T090000Z, not %q", shorten(value))}
	}
	m := moment{stamp: s}
	tzid := p.param("TZID")
	switch {
	case s.utc:
		m.zone = time.UTC
	case tzid != "" && !s.date:
		zone, err := im.zone(tzid, path+";TZID")
		if err != nil {
			return moment{}, err
		}
		m.zone = zone
	case floating != nil:
		m.zone = floating
	default:
		im.floating = append(im.floating, path)
		m.zone = im.fallback
	}
	return m, nil
}

// eventError is why an event is left out.
type eventError struct{ path, want string }

func (e *eventError) Error() string { return e.path + ": want " + e.want }
