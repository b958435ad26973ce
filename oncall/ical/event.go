package ical

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// event is a VEVENT: one that happens once or recurs, or one that changes an
// occurrence of another.
type event struct {
	path      string
	uid       string
	people    []string
	nobody    bool // a gap that Write wrote
	cancelled bool
	sequence  int64
	changed   string // LAST-MODIFIED or DTSTAMP, whose order is that of time

	start  moment
	end    *moment // nil: start and length
	length length

	rule    *Rule
	dates   []extra
	without []exception

	id     *moment // RECURRENCE-ID: which occurrence it changes
	future bool    // and all those after
	base   int64   // the time of the series for which start stands

	// What the report says once, however many occurrences there are.
	swallowed []string // occurrences of which nothing remains
	stretched []string // those of another length
}

// extra is an RDATE.
type extra struct {
	at     moment
	end    *moment // of a PERIOD
	length *length // the same
}

// exception is an EXDATE.
type exception struct {
	at   moment
	text string
}

// event reads a VEVENT. Its error is a *eventError, or one of the whole calendar.
func (im *importer) event(c *component) (*event, error) {
	e := &event{
		path:      c.path,
		uid:       strings.TrimSpace(c.text("UID")),
		cancelled: im.cancelled || strings.EqualFold(strings.TrimSpace(c.text("STATUS")), "CANCELLED"),
		changed:   cmp.Or(c.text("LAST-MODIFIED"), c.text("DTSTAMP")),
	}
	if text := strings.TrimSpace(c.text("SEQUENCE")); text != "" {
		n, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			im.assume(c.path+"/SEQUENCE", "want a number, not %q: it counts as 0", shorten(text))
		}
		e.sequence = n
	}
	if err := im.times(c, e); err != nil {
		return nil, err
	}
	if err := im.recurrence(c, e); err != nil {
		return nil, err
	}
	if e.cancelled {
		return e, nil
	}
	about, duty := im.about(c)
	if e.nobody = !duty; duty {
		e.people = im.people(about)
		if n := len(e.people); n == 0 || n > oncall.MaxPerSeat || slices.Contains(e.people, "") {
			return nil, &eventError{c.path, fmt.Sprintf("1 to %d people in ATTENDEE or SUMMARY, not %d or a nameless one", oncall.MaxPerSeat, n)}
		}
		if strings.EqualFold(strings.TrimSpace(c.text("TRANSP")), "TRANSPARENT") {
			im.transparent = append(im.transparent, c.path+"/TRANSP")
		}
	}
	return e, nil
}

// one returns the only property of a name; nil if there is none. Of several, the
// first counts.
func (im *importer) one(c *component, name string) (*property, error) {
	good, bad := c.all(name)
	switch {
	case len(bad) > 0:
		return nil, &eventError{bad[0].Path, bad[0].Want}
	case len(good) == 0:
		return nil, nil
	case len(good) > 1:
		im.lose(c.path+"/"+name, "want it once, not %d times: only the first counts", len(good))
	}
	return &good[0], nil
}

// times reads when an event starts and ends, and which occurrence it changes.
func (im *importer) times(c *component, e *event) error {
	path := c.path + "/DTSTART"
	start, err := im.one(c, "DTSTART")
	if err != nil {
		return err
	}
	id, err := im.one(c, "RECURRENCE-ID")
	switch {
	case err != nil:
		return err
	case start != nil:
		if e.start, err = im.moment(*start, start.value, path, nil); err != nil {
			return err
		}
	case id == nil || !e.cancelled: // to cancel an occurrence takes only its id
		return &eventError{path, "it; it is missing"}
	}
	if start != nil {
		if err := im.ending(c, e); err != nil {
			return err
		}
	}
	e.base = wallOf(e.start.local)
	if id == nil {
		return nil
	}
	path = c.path + "/RECURRENCE-ID"
	m, err := im.moment(*id, id.value, path, e.start.zone)
	if err != nil {
		return err
	}
	e.id = &m
	switch span := strings.ToUpper(id.param("RANGE")); span {
	case "":
	case "THISANDFUTURE":
		e.future = true
	default:
		im.lose(path+";RANGE", "want THISANDFUTURE, not %q: only this occurrence is changed", shorten(span))
	}
	return nil
}

// ending reads DTEND and DURATION.
func (im *importer) ending(c *component, e *event) error {
	end, err := im.one(c, "DTEND")
	if err != nil {
		return err
	}
	duration, err := im.one(c, "DURATION")
	if err != nil {
		return err
	}
	if end != nil {
		m, err := im.moment(*end, end.value, c.path+"/DTEND", e.start.zone)
		if err != nil {
			return err
		}
		e.end = &m
	}
	switch {
	case duration != nil:
		l, ok := parseLength(duration.value)
		if !ok {
			return &eventError{c.path + "/DURATION", fmt.Sprintf("a duration such as P1W or PT12H, not %q", shorten(duration.value))}
		}
		e.length = l
	case end == nil && e.start.date:
		e.length = length{days: 1}
	}
	i := e.at(0)
	if duration != nil && end != nil && !i.end.Equal(lasting(wallOf(e.start.local), e.start.zone, e.length)) {
		im.assume(c.path+"/DURATION", "DTEND says something else, and counts")
	}
	if !i.end.After(i.start) {
		return &eventError{c.path, "an end (DTEND or DURATION) after the start"}
	}
	return nil
}

// interval is an occurrence: half-open.
type interval struct{ start, end time.Time }

// at returns the occurrence whose start the wall clock shows so many seconds
// after, or before, the event's own.
func (e *event) at(later int64) interval {
	start := wallOf(e.start.local) + later
	i := interval{start: instant(start, e.start.zone)}
	if e.end != nil {
		i.end = instant(wallOf(e.end.local)+later, e.end.zone)
	} else {
		i.end = lasting(start, e.start.zone, e.length)
	}
	return i
}

// instant returns when the clock of a zone shows a reading; the zero Time if none
// does.
func instant(wall int64, zone *time.Location) time.Time { return localOf(wall).In(zone) }

// lasting returns when a length of time from a reading on is over.
func lasting(wall int64, zone *time.Location, l length) time.Time {
	end := instant(wall+l.days*day, zone)
	if end.IsZero() {
		return end
	}
	return end.Add(time.Duration(l.seconds) * time.Second)
}
