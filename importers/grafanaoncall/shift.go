package grafanaoncall

import (
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// wall is a reading of a wall clock, in seconds since one that showed
// 1970-01-01T00:00. It is never one of a particular zone.
type wall int64

const (
	hour wall = 60 * 60
	day       = 24 * hour
	week      = 7 * day
)

// shift is an on-call shift as the API describes it.
type shift struct {
	node jsondoc.Node
	used bool

	id, name string
	kind     string
	level    int
	zone     string // empty: the schedule's
	loc      *time.Location
	web      bool // it belongs to a schedule of the type web

	rule          rule // of one group, as if there were no others
	duration      wall
	rotationStart wall
	until         time.Time // zero: for good; shifts that start until then count
	groups        [][]string
}

var frequencies = map[string]frequency{"hourly": hourly, "daily": daily, "weekly": weekly, "monthly": monthly}

// longest is how long a shift may last, and how far apart two may begin, in years
// about: turns cannot be longer.
const longest = 10

var most = map[frequency]int64{once: 1, hourly: oncall.MaxTurnWeeks * 7 * 24, daily: oncall.MaxTurnWeeks * 7, weekly: oncall.MaxTurnWeeks, monthly: longest * 12}

// read reads a shift. What is wrong is recorded in the document.
func (im *importer) read(n jsondoc.Node) *shift {
	n.Skip("source", "team_id")
	s := &shift{
		node:  n,
		id:    n.Get("id").Str(),
		name:  n.Get("name").StrOr(""),
		kind:  n.Get("type").OneOf("single_event", "recurrent_event", "rolling_users", "override"),
		level: int(max(0, min(n.Get("level").IntOr(0), 1<<30))),
		zone:  im.ZoneOr(n.Get("time_zone"), ""),
	}
	s.rule.start = local(n.Get("start"))
	s.rotationStart = s.rule.start
	if n.Get("rotation_start").Exists() {
		s.rotationStart = local(n.Get("rotation_start"))
	}
	if until := n.Get("until"); until.Exists() {
		s.until = time.Unix(int64(local(until)), 0).UTC()
	}
	seconds := n.Get("duration").LooseInt()
	if limit := int64(longest * 365 * day); seconds < 1 || seconds > limit {
		n.Get("duration").Failf("a number of seconds from 1 to %d", limit)
		seconds = 1
	}
	s.duration = wall(seconds)
	s.recurrence(n)
	s.people(im, n)
	return s
}

// recurrence reads when the shift comes again.
func (s *shift) recurrence(n jsondoc.Node) {
	if s.kind == "single_event" || s.kind == "override" {
		return
	}
	if n.Get("frequency").Exists() {
		s.rule.frequency = frequencies[n.Get("frequency").OneOf("hourly", "daily", "weekly", "monthly")]
	}
	interval := n.Get("interval").IntOr(1)
	if limit := most[s.rule.frequency]; interval < 1 || interval > limit {
		n.Get("interval").Failf("a number from 1 to %d", limit)
		interval = 1
	}
	s.rule.interval = int(interval)
	s.rule.weekStart = time.Sunday
	if n.Get("week_start").StrOr("") != "" {
		s.rule.weekStart = weekday(n.Get("week_start"))
	}
	for _, item := range n.Get("by_day").Items() {
		s.rule.days |= oncall.On(weekday(item))
	}
	if days := len(n.Get("by_day").Items()); days > 0 && s.kind == "rolling_users" && s.rule.frequency == daily && interval > int64(days) {
		n.Get("interval").Fail("a number up to that of the days in by_day")
	}
	for _, item := range n.Get("by_month").Items() {
		s.rule.months = append(s.rule.months, number(item, 1, 12))
	}
	for _, item := range n.Get("by_monthday").Items() {
		s.rule.monthDays = append(s.rule.monthDays, number(item, -31, 31))
	}
}

// people reads who takes turns: several groups, or one in which all are on call
// together.
func (s *shift) people(im *importer, n jsondoc.Node) {
	if s.kind != "rolling_users" {
		if group := members(im, n.Get("users")); len(group) > 0 {
			s.groups = [][]string{group}
		}
		return
	}
	lists := n.Get("rolling_users").Items()
	if len(lists) > oncall.MaxSeats {
		n.Get("rolling_users").Failf("at most %d groups", oncall.MaxSeats)
		return
	}
	index := n.Get("start_rotation_from_user_index")
	first := index.IntOr(0)
	if first < 0 {
		index.Fail("a number from 0 on")
		first = 0
	}
	if first > int64(len(lists)) {
		first = 0
	}
	for _, list := range append(lists[first:len(lists):len(lists)], lists[:first]...) {
		if group := members(im, list); len(group) > 0 {
			s.groups = append(s.groups, group)
		} else {
			im.Loss(list, "Grafana OnCall passes over a group without users, so it has no turn here either")
		}
	}
}

func members(im *importer, n jsondoc.Node) []string {
	var ids []string
	for _, item := range n.Items() {
		id := item.Str()
		im.Person(id, "", "")
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

// local reads a date and a time of day without an offset.
func local(n jsondoc.Node) wall {
	l, err := oncall.ParseLocalTime(n.Str())
	if err != nil || l.Year <= oncall.MinYear || l.Year >= oncall.MaxYear-2*longest {
		n.Failf("a date and time of day without an offset, such as 2026-03-02T09:00:00, in the years %d to %d",
			oncall.MinYear+1, oncall.MaxYear-2*longest-1)
		return 0
	}
	return wallOf(l)
}

func wallOf(l oncall.LocalTime) wall {
	return wall(gather.Wall(l).Unix())
}

var weekdays = map[string]time.Weekday{
	"SU": time.Sunday, "MO": time.Monday, "TU": time.Tuesday, "WE": time.Wednesday, "TH": time.Thursday, "FR": time.Friday, "SA": time.Saturday,
}

func weekday(n jsondoc.Node) time.Weekday {
	return weekdays[n.OneOf("MO", "TU", "WE", "TH", "FR", "SA", "SU")]
}

func number(n jsondoc.Node, from, to int64) int {
	i := n.LooseInt()
	if i < from || i > to || i == 0 {
		n.Failf("a number from %d to %d other than 0", from, to)
	}
	return int(i)
}
