package ical

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// exclusions are the occurrences that do not happen, or not as the master says.
type exclusions struct {
	without map[key]bool
	used    map[key]bool
}

func newExclusions(s *series) *exclusions {
	x := &exclusions{without: map[key]bool{}, used: map[key]bool{}}
	for _, w := range s.master.without {
		x.without[s.master.key(w.at)] = true
	}
	return x
}

// occurrence adds one that nothing excludes, as the last change to it says.
func (im *importer) occurrence(s *series, x *exclusions, o occurrence) error {
	at := instant(o.wall, s.master.start.zone)
	excluded := false
	for _, k := range []key{{false, at.Unix()}, {true, floorDiv(o.wall, day)}} {
		_, changed := s.singles.place[k]
		if changed || x.without[k] {
			x.used[k] = true
			excluded = true
		}
	}
	if excluded {
		return nil
	}
	e := s.latest(o.wall)
	if e.cancelled {
		return nil
	}
	id := s.master.uid
	if s.master.rule != nil || len(s.master.dates) > 0 {
		id = s.master.occurrenceID(at)
	}
	if o.extra == nil {
		return im.happen(e, o.wall-e.base, id)
	}
	i := e.at(o.wall - e.base)
	if o.extra.end != nil {
		i.end = o.extra.end.instant()
	} else {
		i.end = lasting(o.wall, s.master.start.zone, *o.extra.length)
	}
	return im.during(e, i, id)
}

// occurrenceID is the UID of the series and the start of one occurrence, as the
// series has it.
func (e *event) occurrenceID(at time.Time) string {
	if e.uid == "" {
		return ""
	}
	return e.uid + "/" + at.UTC().Format("20060102T150405Z")
}

// happen adds the occurrence of an event whose start the clock shows so much later
// than the event's own.
func (im *importer) happen(e *event, later int64, id string) error {
	if e.cancelled {
		return nil
	}
	i, before := e.at(later), len(im.shifts)
	if err := im.during(e, i, id); err != nil || len(im.shifts) == before || e.end == nil {
		return err
	}
	if first := e.at(0); i.end.Sub(i.start) != first.end.Sub(first.start) {
		e.stretched = append(e.stretched, i.start.Format(time.RFC3339))
	}
	return nil
}

// during adds a shift, if it touches the range.
func (im *importer) during(e *event, i interval, id string) error {
	from, to := im.options.From, im.options.To
	exists := i.end.After(i.start)
	switch {
	case e.nobody || !i.start.Before(to) || exists && !i.end.After(from) || !exists && i.start.Before(from):
		return nil
	case !exists:
		e.swallowed = append(e.swallowed, i.start.Format(time.RFC3339))
		return nil
	case i.start.UTC().Year() < oncall.MinYear || i.end.UTC().Year() > oncall.MaxYear:
		im.lose(e.path, "the shift from %s is left out: want one in the years %d to %d", i.start.Format(time.RFC3339), oncall.MinYear, oncall.MaxYear)
		return nil
	}
	im.shifts = append(im.shifts, shift{interval: i, id: id, path: e.path, people: e.people})
	return im.tooMany(e, 0)
}

// unused reports what excludes or changes an occurrence that does not exist. It
// cannot be told for times outside the range.
func (im *importer) unused(s *series, x *exclusions) {
	within := func(m moment) bool {
		at := instant(s.master.reading(m), s.master.start.zone)
		return !at.Before(im.options.From) && at.Before(im.options.To)
	}
	var texts []string
	for _, w := range s.master.without {
		if !x.used[s.master.key(w.at)] && within(w.at) {
			texts = append(texts, w.text)
		}
	}
	if len(texts) > 0 {
		im.lose(s.master.path+"/EXDATE", "want times at which the event starts, not %s: nothing is taken out for them", list(texts))
	}
	for _, e := range s.singles.list {
		switch {
		case x.used[s.master.key(*e.id)] || !within(*e.id):
		case e.cancelled:
			im.lose(e.path+"/RECURRENCE-ID", "want a time at which %s starts: nothing is cancelled", s.master.path)
		default:
			im.assume(e.path+"/RECURRENCE-ID", "%s does not start then: the event stands for itself", s.master.path)
		}
	}
}

// clockChanges reports where the clocks make a shift longer or shorter, or leave
// nothing of it.
func (im *importer) clockChanges(events []*event) {
	for _, e := range events {
		if n := len(e.stretched); n > 0 {
			im.assume(e.path+"/DTEND", "the clocks change during the shift from %s: it ends at its time on the wall clock, and not after its exact length", some(e.stretched))
		}
		if n := len(e.swallowed); n > 0 {
			im.lose(e.path, "the shift from %s is left out: it does not end after its start, as the clocks then are", some(e.swallowed))
		}
	}
}

// some names the first of several, which are in order, and their number.
func some(times []string) string {
	slices.Sort(times)
	if len(times) == 1 {
		return times[0]
	}
	return fmt.Sprintf("%s (and %s more)", times[0], strconv.Itoa(len(times)-1))
}
