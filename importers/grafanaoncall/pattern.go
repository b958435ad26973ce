package grafanaoncall

import (
	"math/bits"
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// pattern is a shift whose turns package oncall has words for.
type pattern struct {
	rotation oncall.Rotation // but for its seats
	groups   [][]string
	vacant   bool // after each seat is a vacant one
	times    int  // that each group has at a stretch

	start wall // of the first occurrence
	step  wall // occurrences are only at multiples of it
	group func(w wall) (int, bool)
}

// pattern finds the words for a shift, from its first occurrence on, with the
// groups in the order of their turns from there. Whether they are right is for the
// caller to check.
func (s *shift) pattern(start wall, groups [][]string) (p pattern, ok bool) {
	r := s.rule
	if r.months != nil || r.monthDays != nil {
		return p, false
	}
	p = pattern{groups: groups, start: start, times: 1}
	switch {
	case r.frequency == weekly && r.days != 0 && r.days != oncall.On(start.weekday()):
		return s.byWeeks(p)
	case r.frequency == daily && r.days != 0 && s.kind == "rolling_users":
		return s.byDays(p)
	case r.frequency == hourly:
		return s.evenly(p, wall(r.interval)*hour)
	case r.frequency == daily:
		return s.evenly(p, wall(r.interval)*day)
	case r.frequency == weekly:
		return s.evenly(p, wall(r.interval)*week)
	}
	return p, false // months are not as long as each other
}

// evenly is for occurrences as far apart as each other, of which some may be left
// out because of their day.
func (s *shift) evenly(p pattern, period wall) (pattern, bool) {
	days := s.rule.days
	if s.rule.frequency == weekly {
		days = 0
	}
	p.step = period
	p.group = func(w wall) (int, bool) {
		return int((w - p.start) / period % wall(len(s.groups))), days == 0 || days.Has(w.weekday())
	}
	unit := func(w wall) oncall.Turn { return oncall.Turn{N: int(w / 60), Unit: oncall.Minutes} }
	switch {
	case s.duration > period:
		return p, false
	case s.duration == period && days == 0:
		p.rotation.Turns = []oncall.Turn{unit(period)}
	case s.duration%60 == 0 && days == 0:
		p.rotation.Turns, p.vacant = []oncall.Turn{unit(s.duration), unit(period - s.duration)}, true
	case period%day == 0 && s.duration <= day:
		p.rotation.Windows = []oncall.Window{s.window(p.start, days)}
		p.rotation.Turns = []oncall.Turn{unit(day)}
		if period > day {
			p.rotation.Turns, p.vacant = append(p.rotation.Turns, unit(period-day)), true
		}
	case day%period == 0:
		p.rotation.Turns = []oncall.Turn{unit(period)}
		for at := p.start; at < p.start+day; at += period {
			p.rotation.Windows = append(p.rotation.Windows, s.window(at, days))
		}
	default:
		return p, false
	}
	p.rotation.Turns = simplest(p.rotation.Turns)
	p.rotation.Start, p.rotation.Count = p.start.local(), oncall.ByTurn
	return p, true
}

// byWeeks is for several days of every interval-th week, all of one group.
func (s *shift) byWeeks(p pattern) (pattern, bool) {
	r := s.rule
	begin := p.start.weekOf(s.firstDay()) + p.start.clock() // when the first week's first would be
	if begin > p.start {
		begin -= week
	}
	period := wall(r.interval) * week
	p.step = day
	p.group = func(w wall) (int, bool) {
		weeks := (w - begin) / week
		return int(weeks / wall(r.interval) % wall(len(s.groups))), (w-begin)%period < week && r.days.Has(w.weekday())
	}
	if s.duration > shortestGap(r.days) {
		return p, false
	}
	p.rotation.Turns = oncall.Every(1, oncall.Weeks)
	if r.interval > 1 {
		p.rotation.Turns, p.vacant = append(p.rotation.Turns, oncall.Turn{N: r.interval - 1, Unit: oncall.Weeks}), true
	}
	if wall(bits.OnesCount8(uint8(r.days)))*s.duration < week {
		p.rotation.Windows = []oncall.Window{s.window(p.start, r.days)}
	}
	p.rotation.Start, p.rotation.Count = begin.local(), oncall.ByTurn
	if begin < p.start {
		p.rotation.From = p.start.local().In(s.loc)
	}
	return p, true
}

// byDays is for days that are counted as they are worked: each group has the next
// few.
func (s *shift) byDays(p pattern) (pattern, bool) {
	days := s.rule.days
	perWeek := bits.OnesCount8(uint8(days))
	p.step = day
	p.times = s.rule.interval
	p.group = func(w wall) (int, bool) {
		n := int((w-p.start)/week) * perWeek
		for at := w - (w-p.start)%week; at < w; at += day {
			if days.Has(at.weekday()) {
				n++
			}
		}
		return n / p.times % len(s.groups), days.Has(w.weekday())
	}
	if s.duration > day || p.times*len(s.groups) > oncall.MaxSeats {
		return p, false
	}
	p.rotation = oncall.Rotation{
		Start: p.start.local(), Turns: oncall.Every(1, oncall.Days), Count: oncall.ByShift,
		Windows: []oncall.Window{s.window(p.start, days)},
	}
	return p, true
}

func (s *shift) window(at wall, days oncall.Weekdays) oncall.Window {
	l := at.local()
	return oncall.Window{
		Days: days, Length: time.Duration(s.duration) * time.Second,
		Opens: oncall.TimeOfDay{Hour: l.Hour, Minute: l.Minute, Second: l.Second},
	}
}

// shortestGap returns how far apart two of these days are, at least.
func shortestGap(days oncall.Weekdays) wall {
	for n := 1; n < 7; n++ {
		for d := range time.Weekday(7) {
			if days.Has(d) && days.Has((d+time.Weekday(n))%7) {
				return wall(n) * day
			}
		}
	}
	return week
}

// simplest writes turns of minutes in hours, days or weeks, where all can be.
func simplest(turns []oncall.Turn) []oncall.Turn {
	for _, u := range []struct {
		minutes int
		unit    oncall.Unit
	}{{7 * 24 * 60, oncall.Weeks}, {24 * 60, oncall.Days}, {60, oncall.Hours}} {
		all := true
		for _, t := range turns {
			all = all && t.N%u.minutes == 0
		}
		if !all {
			continue
		}
		for i, t := range turns {
			turns[i] = oncall.Turn{N: t.N / u.minutes, Unit: u.unit}
		}
		return turns
	}
	return turns
}

// seats returns the groups in order of duty.
func (p pattern) seats() []oncall.Seat {
	var seats []oncall.Seat
	for _, g := range p.groups {
		for range p.times {
			seats = append(seats, oncall.Seat{People: g})
		}
		if p.vacant {
			seats = append(seats, oncall.Seat{})
		}
	}
	return seats
}
