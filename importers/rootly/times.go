package rootly

import (
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/importers/internal/weekly"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// letters are Rootly's days. Of S and U it is only known that both are of the
// weekend.
var letters = []string{"M", "T", "W", "R", "F", "S", "U"}

var weekdays = map[string]time.Weekday{
	"M": time.Monday, "T": time.Tuesday, "W": time.Wednesday, "R": time.Thursday, "F": time.Friday,
}

// hours are the windows of a day, without the day.
type hours []oncall.Window

// windows reads when a rotation is on duty; none: always. It reports false if that
// is never, or not known.
func (im *importer) windows(p piece, id string) (windows []oncall.Window, ok bool) {
	allWeek, days := p.Get("active_all_week").BoolOr(true), map[string]hours{}
	p.Get("active_all_day").Skip() // what active_time_type says too
	active := p.Get("active_days")
	if allWeek {
		active.Skip()
	}
	kind := "all_day"
	if n := p.Get("active_time_type"); n.Exists() {
		kind = n.OneOf("all_day", "same_time", "custom")
	}
	times := p.Get("active_time_attributes")
	if kind == "all_day" && allWeek {
		times.Skip()
		return nil, true
	}
	for _, letter := range activeLetters(active, allWeek) {
		switch kind {
		case "all_day":
			times.Skip()
			days[letter] = hours{{Length: 24 * time.Hour}}
		case "same_time":
			days[letter] = timesOf(times)
		case "custom":
			times.Skip()
			days[letter] = im.own(id, letter)
		}
	}
	windows = im.byDay(active, days)
	if len(windows) == 0 {
		im.Loss(p.Node, "no time is known at which the rotation is on duty, so nobody is on duty in it here; "+
			"custom times are in the answer of /v1/schedule_rotations/%s/schedule_rotation_active_days", id)
	}
	return windows, len(windows) > 0
}

func activeLetters(list jsondoc.Node, allWeek bool) []string {
	if allWeek {
		return letters
	}
	var active []string
	for _, n := range list.Items() {
		if letter := n.OneOf(letters...); !slices.Contains(active, letter) {
			active = append(active, letter)
		}
	}
	return active
}

// own returns the times that a day of a rotation has for itself.
func (im *importer) own(rotation, letter string) hours {
	for _, p := range im.pieces[activeDay] {
		if p.Get("schedule_rotation_id").Text() == rotation && p.Get("day_name").OneOf(letters...) == letter {
			return timesOf(p.Get("active_time_attributes"))
		}
	}
	return nil
}

func timesOf(list jsondoc.Node) hours {
	var times hours
	for _, n := range list.Items() {
		times = append(times, oncall.Daily(gather.TimeOfDay(n.Get("start_time")), gather.TimeOfDay(n.Get("end_time"))))
	}
	return times
}

// byDay joins the hours of the days. Those of S and U are kept if they are the
// same, so that it does not matter which is which.
func (im *importer) byDay(n jsondoc.Node, days map[string]hours) []oncall.Window {
	var windows []oncall.Window
	add := func(times hours, on ...time.Weekday) {
		for _, w := range times {
			w.Days = oncall.On(on...)
			windows = append(windows, w)
		}
	}
	for _, letter := range letters[:5] {
		add(days[letter], weekdays[letter])
	}
	if slices.Equal(days["S"], days["U"]) {
		add(days["S"], time.Saturday, time.Sunday)
	} else {
		im.Loss(n, "which of S and U is Sunday is not documented, and their hours differ, so nobody is on duty here on Saturdays and Sundays")
	}
	return weekly.Join(windows)
}
