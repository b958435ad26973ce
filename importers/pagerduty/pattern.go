package pagerduty

import (
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/oncall"
)

// pattern says when the shifts of a rule start: on a first day, and then after
// so many days each, and then from the first gap again.
type pattern struct {
	first  time.Time // on the wall clock
	gaps   []int     // days
	period int       // their sum
}

func (e *event) pattern() pattern {
	start := gather.Wall(e.start)
	if !e.rule.weekly {
		return pattern{first: start, gaps: []int{e.rule.interval}, period: e.rule.interval}
	}
	into := func(d time.Weekday) int { return int(d-e.rule.weekStart+7) % 7 } // the week
	period := 7 * e.rule.interval
	var days []int // counted from the start, which is day 0
	for _, d := range e.rule.days {
		n := into(d) - into(start.Weekday())
		if n < 0 {
			n += period
		}
		days = append(days, n)
	}
	slices.Sort(days)
	p := pattern{first: start.AddDate(0, 0, days[0]), period: period}
	for i, d := range days {
		next := days[0] + period
		if i+1 < len(days) {
			next = days[i+1]
		}
		p.gaps = append(p.gaps, next-d)
	}
	return p
}

// starts returns when the nth shift starts, from 0.
func (p pattern) starts(n int64) time.Time {
	of := int64(len(p.gaps))
	days := n / of * int64(p.period)
	for _, gap := range p.gaps[:n%of] {
		days += int64(gap)
	}
	return time.Unix(p.first.Unix()+days*day, 0).UTC()
}

// before returns how many shifts start before a time.
func (p pattern) before(t time.Time) int64 {
	passed := t.Unix() - p.first.Unix()
	if passed <= 0 {
		return 0
	}
	n := passed / (int64(p.period) * day) * int64(len(p.gaps))
	for p.starts(n).Before(t) {
		n++
	}
	return n
}

// last returns how many shifts the rule has. It is not bounded if it goes on for
// good.
func (e *event) last(p pattern) (n int64, bounded bool) {
	n = e.rule.count
	if !e.rule.until.IsZero() {
		if until := p.before(e.rule.until.Add(time.Second)); n == 0 || until < n {
			return until, true
		}
	}
	return n, n > 0
}

// plan returns the rotation that an event stands for, still without an id. It is
// not ok if there is none, which is reported.
func (im *importer) plan(e event) (r oncall.Rotation, ok bool) {
	p := e.pattern()
	if !p.first.Equal(gather.Wall(e.start)) {
		im.Assume(e.node.Get("start_time"), "this is not on a day of the recurrence, so the first shift is taken to be that of %s",
			oncall.LocalOf(p.first))
	}
	if len(e.seats) > 1 && e.since.After(oncall.LocalOf(p.first).In(gather.Location(e.zone))) {
		im.Assume(e.node.Get("effective_since"), "shifts are taken to be counted from start_time, also those before this instant, which says whose the first one is")
	}
	n, bounded := e.last(p)
	if bounded && n == 0 {
		im.Assume(e.node.Get("recurrence"), "it ends before the first shift, so the event is never on duty and left out")
		return r, false
	}
	if len(e.rule.except)+len(e.rule.extra) > 0 || !e.regular(p, &r) {
		return im.spellOut(e, p)
	}
	if r.From, r.Until = e.since, e.until; bounded {
		end := oncall.LocalOf(p.starts(n - 1).Add(e.length)).In(gather.Location(e.zone))
		if r.Until.IsZero() || end.Before(r.Until) {
			r.Until = end
		}
	}
	if !r.From.IsZero() && !r.Until.IsZero() && !r.Until.After(r.From) {
		im.Assume(e.node, "its last shift is over before it takes effect, so it is never on duty and left out")
		return r, false
	}
	r.Zone = e.zone
	return r, true
}

// regular makes turns of shifts that do not overlap. It is not ok if they do, or if
// there is no way to say it.
func (e *event) regular(p pattern, r *oncall.Rotation) (ok bool) {
	length := int(e.length / time.Second)
	if length > slices.Min(p.gaps)*day {
		return false
	}
	r.Start = oncall.LocalOf(p.first)
	r.Seats = e.seats
	if p.period == 1 || p.period == 7 {
		e.everyWeek(p, r)
		return true
	}
	return e.everyFewWeeks(p, r)
}

// everyWeek makes one turn of each shift and the time until the next, most of
// which a window may hide.
func (e *event) everyWeek(p pattern, r *oncall.Rotation) {
	r.Turns = turns(p.gaps)
	if int(e.length/time.Second) < slices.Max(p.gaps)*day {
		r.Windows = []oncall.Window{e.window()}
		r.Count = oncall.ByTurn
	}
}

// everyFewWeeks makes a turn of each shift, and a vacant one of the days until
// the next.
func (e *event) everyFewWeeks(p pattern, r *oncall.Rotation) (ok bool) {
	length := int(e.length / time.Second)
	on := (length + day - 1) / day
	if length%day != 0 {
		if length > day && !e.rule.weekly {
			return false // the window would open every day
		}
		r.Windows = []oncall.Window{e.window()}
		r.Count = oncall.ByTurn
	}
	var lengths []int
	for _, gap := range p.gaps {
		lengths = append(lengths, on)
		if gap > on {
			lengths = append(lengths, gap-on)
		}
	}
	r.Turns = turns(lengths)
	if len(lengths) == len(p.gaps) {
		return true
	}
	r.Seats = nil // those of as many periods as it takes to come back to the first
	for shift := 0; ; {
		for _, gap := range p.gaps {
			r.Seats = append(r.Seats, e.seats[shift%len(e.seats)])
			if gap > on {
				r.Seats = append(r.Seats, oncall.Seat{})
			}
			shift++
		}
		if shift%len(e.seats) == 0 {
			return true
		}
		if len(r.Seats) > oncall.MaxSeats-len(lengths) {
			return false
		}
	}
}

func (e *event) window() oncall.Window {
	w := oncall.Window{Opens: oncall.TimeOfDay{Hour: e.start.Hour, Minute: e.start.Minute, Second: e.start.Second}, Length: e.length}
	if e.rule.weekly {
		w.Days = oncall.On(e.rule.days...)
	}
	return w
}

// turns returns turns of these lengths in days.
func turns(days []int) []oncall.Turn {
	list := make([]oncall.Turn, len(days))
	same := true
	for i, d := range days {
		list[i], _ = turnOf(int64(d) * day)
		same = same && d == days[0]
	}
	if same {
		return list[:1]
	}
	return list
}
