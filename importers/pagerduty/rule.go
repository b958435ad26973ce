package pagerduty

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// rule is what is understood of RFC 5545: every so many days, or on some days of
// every so many weeks.
type rule struct {
	weekly    bool
	interval  int
	days      []time.Weekday // of a weekly rule
	weekStart time.Weekday
	count     int64              // 0: no bound
	until     time.Time          // the last start on the wall clock; zero: no bound
	except    []oncall.LocalTime // EXDATE
	extra     []oncall.LocalTime // RDATE
}

// recurrence reads the rule and the exceptions of an event.
func (im *importer) recurrence(n jsondoc.Node, start oncall.LocalTime, zone string) (r rule, ok bool) {
	rules := 0
	for _, item := range n.Items() {
		name, value, found := strings.Cut(item.Str(), ":")
		if !found { // FREQ=… alone is common
			name, value = "RRULE", name
		}
		name, params, _ := strings.Cut(name, ";")
		switch strings.ToUpper(name) {
		case "RRULE":
			if rules++; rules > 1 {
				item.Fail("one RRULE at most")
			} else if !im.rrule(item, value, start, zone, &r) {
				return r, false
			}
		case "EXDATE":
			r.except = append(r.except, im.dates(item, params, value, start, zone)...)
		case "RDATE":
			r.extra = append(r.extra, im.dates(item, params, value, start, zone)...)
		default:
			item.Fail("RRULE, EXDATE or RDATE")
		}
	}
	if rules == 0 {
		r.interval, r.count = 1, 1 // it does not recur
	}
	return r, true
}

// rrule reads a rule. It is not ok if the rule is not understood, which is
// reported.
func (im *importer) rrule(n jsondoc.Node, text string, start oncall.LocalTime, zone string, r *rule) (ok bool) {
	r.interval, r.weekStart = 1, time.Monday
	freq := ""
	for part := range strings.SplitSeq(strings.Trim(text, "; "), ";") {
		key, value, _ := strings.Cut(strings.ToUpper(strings.TrimSpace(part)), "=")
		good := true
		switch key {
		case "FREQ":
			freq = value
		case "INTERVAL":
			r.interval, good = positive(value, oncall.MaxTurnWeeks)
		case "COUNT":
			var count int
			count, good = positive(value, 1<<31-1)
			r.count = int64(count)
		case "UNTIL":
			r.until, good = until(value, zone)
		case "BYDAY":
			r.days, good = weekdays(value)
		case "WKST":
			var d []time.Weekday
			if d, good = weekdays(value); good {
				r.weekStart = d[0]
			}
		default:
			good = false
		}
		if !good {
			im.Loss(n, "%s is not understood, so the event is left out and nobody is on duty in it", part)
			return false
		}
	}
	switch {
	case freq == "WEEKLY", freq == "DAILY" && r.interval == 1 && len(r.days) > 0:
		r.weekly = true
		if len(r.days) == 0 {
			r.days = []time.Weekday{start.Weekday()}
		}
	case freq != "DAILY", len(r.days) > 0:
		im.Loss(n, "%s is not understood, only daily rules and those for days of the week are, so the event is left out and nobody is on duty in it", text)
		return false
	}
	return true
}

func positive(s string, limit int) (int, bool) {
	n, err := strconv.Atoi(s)
	return n, err == nil && n >= 1 && n <= limit
}

// weekdays reads days without ordinals.
func weekdays(s string) (days []time.Weekday, ok bool) {
	const names = "SUMOTUWETHFRSA"
	for name := range strings.SplitSeq(s, ",") {
		at := strings.Index(names, strings.TrimSpace(name))
		if len(strings.TrimSpace(name)) != 2 || at < 0 || at%2 != 0 {
			return nil, false
		}
		if d := time.Weekday(at / 2); !slices.Contains(days, d) {
			days = append(days, d)
		}
	}
	return days, true
}

// until reads the last start of a rule, and returns it on the wall clock. A day
// without a time is meant as a whole.
func until(s, zone string) (time.Time, bool) {
	if t, err := time.Parse("20060102", s); err == nil {
		return t.AddDate(0, 0, 1).Add(-time.Second), true
	}
	l, ok := moment(s, zone, zone)
	return gather.Wall(l), ok
}

// moment reads a time as RFC 5545 writes it, and returns what the clock shows in
// a zone.
func moment(s, written, zone string) (oncall.LocalTime, bool) {
	if t, err := time.Parse("20060102T150405Z", s); err == nil {
		return localIn(t, zone), true
	}
	t, err := time.Parse("20060102T150405", s)
	if err != nil {
		return oncall.LocalTime{}, false
	}
	return localIn(oncall.LocalOf(t).In(gather.Location(written)), zone), true
}

// dates reads exceptions. A day without a time means the shift of that day.
func (im *importer) dates(n jsondoc.Node, params, values string, start oncall.LocalTime, zone string) []oncall.LocalTime {
	written := zone
	for param := range strings.SplitSeq(params, ";") {
		key, value, _ := strings.Cut(param, "=")
		if !strings.EqualFold(key, "TZID") {
			continue
		}
		if written = im.ZoneNamed(n, strings.Trim(value, `"`)); written == "" {
			return nil // which is recorded
		}
	}
	var list []oncall.LocalTime
	for value := range strings.SplitSeq(values, ",") {
		l, ok := moment(value, written, zone)
		if t, err := time.Parse("20060102", value); err == nil {
			day := oncall.LocalOf(t)
			day.Hour, day.Minute, day.Second = start.Hour, start.Minute, start.Second
			l, ok = day, true
		}
		if !ok {
			n.Fail("times such as 20260302T090000Z or 20260302")
			return nil
		}
		list = append(list, l)
	}
	return list
}

func localIn(t time.Time, zone string) oncall.LocalTime {
	return oncall.LocalOf(t.In(gather.Location(zone)))
}
