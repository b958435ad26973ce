package ical

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// series is an event and those that change some of its occurrences. Without a
// master, the singles stand for themselves.
type series struct {
	master  *event
	singles versions // change one occurrence each
	futures versions // change one and all that follow; by the clock of the master
}

// versions are events in the order of the document, of each its newest version.
type versions struct {
	list  []*event
	place map[key]int
}

// key identifies an occurrence: by its instant, or, where one side knows no more
// than that, by the day.
type key struct {
	whole bool
	n     int64
}

// reading is what the clock of the series shows at a moment that the calendar
// names to mean an occurrence.
func (e *event) reading(m moment) int64 {
	switch {
	case e.start.date && m.utc:
		return floorDiv(m.wall(e.start.zone), day) * day
	case e.start.date: // programs write midnight in whatever zone they like
		return floorDiv(wallOf(m.local), day) * day
	case m.date:
		first := wallOf(e.start.local)
		return wallOf(m.local) + first - floorDiv(first, day)*day
	default:
		return m.wall(e.start.zone)
	}
}

func (e *event) key(m moment) key {
	if e.start.date || m.date {
		return key{true, floorDiv(e.reading(m), day)}
	}
	return key{false, m.instant().Unix()}
}

// group puts the events of one UID together, in the order of the document. Of
// several versions of one, the newest is kept.
func (im *importer) group(events []*event) []*series {
	var all []*series
	byUID := map[string]*series{}
	of := func(e *event) *series {
		s := byUID[e.uid]
		if s == nil || e.uid == "" {
			s = &series{}
			byUID[e.uid] = s
			all = append(all, s)
		}
		return s
	}
	for _, e := range events { // first the masters, which may come last
		switch s := of(e); {
		case e.id == nil:
			s.master = im.newer(s.master, e)
		case e.uid == "":
			s.singles.list = append(s.singles.list, e)
		}
	}
	for _, e := range events {
		if e.id != nil && e.uid != "" {
			im.change(byUID[e.uid], e)
		}
	}
	for _, s := range all {
		slices.SortStableFunc(s.futures.list, func(a, b *event) int { return cmp.Compare(a.base, b.base) })
	}
	return all
}

// change adds an event that changes occurrences of the series.
func (im *importer) change(s *series, e *event) {
	switch {
	case s.master == nil:
		im.add(&s.singles, key{e.id.date, e.id.instant().Unix()}, e)
	case e.future:
		e.base = s.master.reading(*e.id)
		im.add(&s.futures, key{n: e.base}, e)
	default:
		im.add(&s.singles, s.master.key(*e.id), e)
	}
}

// add adds an event, or puts it in the place of an older version.
func (im *importer) add(to *versions, k key, e *event) {
	if i, ok := to.place[k]; ok {
		to.list[i] = im.newer(to.list[i], e)
		return
	}
	if to.place == nil {
		to.place = map[key]int{}
	}
	to.place[k] = len(to.list)
	to.list = append(to.list, e)
}

// latest returns the event that says how the occurrence at a reading is: the last
// one that changed it with all that follow, or the master.
func (s *series) latest(wall int64) *event {
	i, _ := slices.BinarySearchFunc(s.futures.list, wall+1, func(e *event, w int64) int { return cmp.Compare(e.base, w) })
	if i == 0 {
		return s.master
	}
	return s.futures.list[i-1]
}

// newer returns the version that counts: the one with the higher SEQUENCE, then
// the one that was changed later, then the later in the document.
func (im *importer) newer(old, e *event) *event {
	if old == nil {
		return e
	}
	if cmp.Or(cmp.Compare(old.sequence, e.sequence), cmp.Compare(old.changed, e.changed)) > 0 {
		old, e = e, old
	}
	im.lose(old.path, "%s is a newer version of the same event: this one does not count", e.path)
	return e
}

// expand finds the occurrences of a series that touch the range.
func (im *importer) expand(s *series) error {
	switch {
	case s.master == nil:
		return im.orphans(s.singles.list)
	case s.master.cancelled:
		for _, e := range s.singles.list {
			if !e.cancelled {
				im.lose(e.path, "%s, which it changes, is cancelled: the event is left out", s.master.path)
			}
		}
		return nil
	}
	walls, err := im.walls(s)
	if err != nil {
		return err
	}
	x := newExclusions(s)
	for _, o := range walls {
		if err := im.occurrence(s, x, o); err != nil {
			return err
		}
	}
	for _, e := range s.singles.list {
		if err := im.happen(e, 0, s.master.occurrenceID(instant(s.master.reading(*e.id), s.master.start.zone))); err != nil {
			return err
		}
	}
	im.unused(s, x)
	im.clockChanges(append([]*event{s.master}, s.futures.list...))
	return nil
}

// orphans adds events that change one which is not there.
func (im *importer) orphans(events []*event) error {
	for _, e := range events {
		if e.cancelled {
			continue
		}
		im.assume(e.path+"/RECURRENCE-ID", "the event that it changes is not in the calendar: it stands for itself")
		if err := im.happen(e, 0, e.uid); err != nil {
			return err
		}
	}
	return nil
}

// occurrence is a reading of the wall clock at which an event happens.
type occurrence struct {
	wall  int64
	extra *extra // an RDATE with an end of its own
}

// walls returns the occurrences of the master that may touch the range, in order.
func (im *importer) walls(s *series) ([]occurrence, error) {
	e := s.master
	var walls []occurrence
	add := func(wall int64) bool {
		walls = append(walls, occurrence{wall: wall})
		return len(walls)+len(im.shifts) <= im.options.Limits.MaxOccurrences
	}
	if e.rule == nil {
		add(e.base)
	} else if err := im.follow(s, add); err != nil {
		return nil, err
	}
	for i := range e.dates {
		d := &e.dates[i]
		o := occurrence{wall: e.reading(d.at)}
		if d.end != nil || d.length != nil {
			o.extra = d
		}
		walls = append(walls, o)
	}
	// An RDATE with its own end comes first, and wins.
	slices.SortStableFunc(walls, func(a, b occurrence) int {
		if a.wall == b.wall && (a.extra == nil) != (b.extra == nil) {
			if a.extra != nil {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.wall, b.wall)
	})
	walls = slices.CompactFunc(walls, func(a, b occurrence) bool { return a.wall == b.wall })
	return walls, im.tooMany(e, len(walls)-len(e.dates))
}

// tooMany is an error if there are more shifts than allowed.
func (im *importer) tooMany(e *event, more int) error {
	if most := im.options.Limits.MaxOccurrences; len(im.shifts)+more > most {
		return &Error{Path: e.path, Limit: "MaxOccurrences", Want: fmt.Sprintf("at most %d shifts in the range", most)}
	}
	return nil
}

// follow walks along the rule. The event's own start counts as the first
// occurrence even where the rule leaves it out, as the standard has it.
func (im *importer) follow(s *series, add func(int64) bool) error {
	e, rule := s.master, *s.master.rule
	last := time.Unix(lastWall, 0)
	if u := rule.until; u != nil && u.utc {
		last = u.at.In(time.UTC)
		rule.until = &until{at: localOf(wallOf(oncall.LocalOf(last.In(e.start.zone))) + day)} // near enough to stop
	}
	fits := false
	err := rule.walk(e.base, e.base, e.base+1, &im.budget, func(int64) bool {
		fits = !e.start.instant().After(last)
		return false
	})
	if err != nil {
		return im.over(e.path+"/RRULE", err)
	}
	if !fits {
		im.assume(e.path+"/DTSTART", "it does not fit RRULE: it counts as the first occurrence all the same")
		if add(e.base); rule.count == 1 {
			return nil
		}
		rule.count = max(0, rule.count-1)
	}
	from, to := im.window(s)
	err = rule.walk(e.base, from, to, &im.budget, func(wall int64) bool {
		return !instant(wall, e.start.zone).After(last) && add(wall)
	})
	return im.over(e.path+"/RRULE", err)
}

// window returns the readings between which an occurrence must lie to touch the
// range, however it is moved, with two days to spare for zones.
func (im *importer) window(s *series) (from, to int64) {
	const spare = 2 * day
	latest, earliest := int64(math.MinInt64), int64(math.MaxInt64)
	for _, e := range append([]*event{s.master}, s.futures.list...) {
		if e.cancelled {
			continue
		}
		moved, i := wallOf(e.start.local)-e.base, e.at(0)
		latest, earliest = max(latest, moved+i.end.Unix()-i.start.Unix()), min(earliest, moved)
	}
	return im.options.From.Unix() - latest - spare, im.options.To.Unix() - earliest + spare
}
