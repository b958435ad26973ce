package gather

import (
	"strconv"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/importers/internal/weekly"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// Instant reads an instant, in UTC and in whole seconds.
func (im *Import) Instant(n jsondoc.Node) time.Time {
	t := n.Time()
	if n.IsText() && t.Year() == 1 { // it would be taken for one that is missing
		n.Failf("a year from %d to %d", oncall.MinYear, oncall.MaxYear-1)
	}
	return im.instant(n, t)
}

// InstantOr reads an instant that may be left out, which gives the zero Time. Some
// products write that one themselves.
func (im *Import) InstantOr(n jsondoc.Node) time.Time { return im.instant(n, n.TimeOr(time.Time{})) }

func (im *Import) instant(n jsondoc.Node, t time.Time) time.Time {
	if year := t.UTC().Year(); !t.IsZero() && (year < oncall.MinYear || year >= oncall.MaxYear) {
		n.Failf("a year from %d to %d", oncall.MinYear, oncall.MaxYear-1)
		return time.Time{}
	}
	if t.Nanosecond() != 0 {
		im.Assume(n, "the fraction of a second is dropped, so duty changes up to a second earlier")
	}
	return t.UTC().Truncate(time.Second)
}

// Now returns the instant of the export, for a document that does not say from
// when its turns are counted. Without one it records that the value is missing.
func (im *Import) Now(n jsondoc.Node) (t time.Time, ok bool) {
	if im.Options.At.IsZero() {
		n.Fail("an instant from which turns are counted, or else the instant of the export in the options (At)")
		return time.Time{}, false
	}
	t = im.Options.At.UTC().Truncate(time.Second)
	im.Assume(n, "the document does not say whose turn it is when: the first member is taken to have the turn at %s, "+
		"and nobody any turn before that one", t.Format(time.RFC3339))
	return t, true
}

// TimeOfDay reads a time of day: 09:00 or 09:00:30.
func TimeOfDay(n jsondoc.Node) oncall.TimeOfDay {
	t, err := oncall.ParseTimeOfDay(n.Str())
	if n.IsText() && err != nil {
		n.Fail("a time of day such as 09:00 or 09:00:30")
	}
	return t
}

// Weekday reads the English name of a day.
func Weekday(n jsondoc.Node) time.Weekday {
	d, ok := weekly.Weekday(n.Str())
	if n.IsText() && !ok {
		n.Fail("a day of the week such as monday")
	}
	return d
}

// Windows reads a list of times of the week: start_day, start_time, end_day and
// end_time.
func (im *Import) Windows(n jsondoc.Node) []oncall.Window {
	var windows []oncall.Window
	for _, r := range n.Items() {
		startDay, endDay := Weekday(r.Get("start_day")), Weekday(r.Get("end_day"))
		start, end := TimeOfDay(r.Get("start_time")), TimeOfDay(r.Get("end_time"))
		if startDay == endDay && start == end {
			im.Assume(r, "it ends when it starts, which is taken for all week")
		}
		windows = append(windows, weekly.Window(startDay, start, endDay, end))
	}
	return weekly.Join(windows)
}

// Counted sets the windows of a rotation whose turns pass duty on whether there
// is any duty in them or not, and notes where that makes a difference.
func (im *Import) Counted(n jsondoc.Node, r *oncall.Rotation, windows []oncall.Window) {
	if len(windows) == 0 {
		return
	}
	r.Windows, r.Count = windows, oncall.ByTurn
	if len(r.Seats) > 1 && mayBeIdle(r) {
		im.Assume(n, "a turn in which nobody is on duty is taken to count like any other, and to pass duty on")
	}
}

// mayBeIdle reports whether a turn may lie outside the windows altogether.
func mayBeIdle(r *oncall.Rotation) bool {
	var days oncall.Weekdays
	for _, w := range r.Windows {
		if w.Days == 0 {
			w.Days = everyDay
		}
		days |= w.Days
	}
	for _, t := range r.Turns {
		switch {
		case t.Unit == oncall.Minutes && t.N < 7*24*60, t.Unit == oncall.Hours && t.N < 7*24, t.Unit == oncall.Days && t.N < 7 && days != everyDay:
			return true
		}
	}
	return false
}

var everyDay = oncall.On(time.Sunday, time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday, time.Saturday)

// First returns the first of these keys that has a value, for products that
// write a name in more than one way; where none has, the first.
func First(n jsondoc.Node, keys ...string) jsondoc.Node {
	for _, key := range keys {
		if found := n.Get(key); found.Exists() {
			return found
		}
	}
	return n.Get(keys[0])
}

// Base returns the name of a file without its folders and its extension, for a
// document that says nothing of what it is.
func Base(file string) string {
	file = file[strings.LastIndexAny(file, `/\`)+1:]
	if i := strings.LastIndexByte(file, '.'); i > 0 {
		file = file[:i]
	}
	return file
}

// IDs makes ids unique.
type IDs map[string]bool

// Unique returns the id, or the id with a number if it was asked for before.
func (ids IDs) Unique(id string) string {
	unique := id
	for n := 2; ids[unique]; n++ {
		unique = id + "-" + strconv.Itoa(n)
	}
	ids[unique] = true
	return unique
}
