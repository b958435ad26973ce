package gather

import (
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/importers/internal/weekly"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// Zone reads the name of an IANA zone.
func Zone(n jsondoc.Node) string {
	const want = `an IANA time zone that is known here, such as "Europe/Berlin"`
	name := n.Str()
	if n.IsText() && !KnownZone(name) {
		n.Fail(want)
	}
	return name
}

// ZoneOr is Zone for what may be left out.
func ZoneOr(n jsondoc.Node, def string) string {
	if n.StrOr("") == "" {
		return def
	}
	return Zone(n)
}

// KnownZone reports whether there is such a zone. The names of zones start with
// a capital letter; those of other files among the zone data do not.
func KnownZone(name string) bool {
	if name == "" || name == "Local" || name[0] < 'A' || name[0] > 'Z' {
		return false
	}
	_, err := time.LoadLocation(name)
	return err == nil
}

// Location returns a zone that is known, and UTC for one that is not.
func Location(name string) *time.Location {
	if zone, err := time.LoadLocation(name); err == nil && KnownZone(name) {
		return zone
	}
	return time.UTC
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
	if mayBeIdle(r) {
		im.Assume(n, "a turn in which nobody is on duty is taken to count like any other")
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
