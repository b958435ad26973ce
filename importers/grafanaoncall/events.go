package grafanaoncall

import (
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// event is what Grafana OnCall makes of a shift for one group: a recurring entry
// of a calendar.
type event struct {
	rule
	group    int
	people   []string
	duration wall
}

// maxSkipped is how many turns may lie before the start of a rotation.
const maxSkipped = 100_000

// events returns the entries of a shift. Where there are several groups, each has
// an entry that begins with its first turn and comes again after everybody else's.
// It is false where that takes too long to find out.
func (s *shift) events() (events []event, ok bool) {
	add := func(r rule, group int) {
		e := event{rule: r, group: group, people: s.groups[group], duration: s.duration}
		if !s.until.IsZero() {
			e.duration = min(e.duration, wall(s.until.Unix())-r.start)
		}
		if e.duration > 0 {
			events = append(events, e)
		}
	}
	switch {
	case len(s.groups) == 0:
	case s.kind != "rolling_users" || s.rule.frequency == once:
		add(s.rule, 0)
	case s.rule.frequency == daily && s.rule.days != 0:
		s.dayByDay(add)
	default:
		ok = s.inTurn(add)
		return events, ok
	}
	return events, true
}

// inTurn gives each group its turn from the start of the shift on, and an entry
// with the first one that lies in the rotation.
func (s *shift) inTurn(add func(rule, int)) bool {
	at, ok := s.first()
	for turn, created := 0, 0; ok && created < len(s.groups); turn++ {
		if turn > maxSkipped {
			return false
		}
		if s.begun(at) {
			r := s.rule
			r.start = at
			r.interval *= len(s.groups)
			add(r, turn%len(s.groups))
			created++
		}
		at, ok = s.next(at, s.rule.interval)
	}
	return true
}

// dayByDay gives the groups the days of the week in turn, and each combination of
// the two an entry of its own. Each group has as many days at a time as the
// interval says.
func (s *shift) dayByDay(add func(rule, int)) {
	type turn struct {
		group int
		day   time.Weekday
		nth   int
	}
	seen := map[turn]bool{}
	var turns []turn
	var starts []wall
	at, ok := s.first()
	begin, last := at, at
	for n := 0; ok; n++ {
		t := turn{n / s.rule.interval % len(s.groups), at.weekday(), n % s.rule.interval}
		last = at
		if s.rule.days.Has(t.day) {
			if seen[t] {
				break
			}
			seen[t] = true
			turns, starts = append(turns, t), append(starts, at)
		}
		at, ok = s.next(at, 1)
	}
	r := s.rule
	r.frequency, r.interval = weekly, max(1, int((last-begin)/week))
	for i, t := range turns {
		r.start, r.days = starts[i], oncall.On(t.day)
		add(r, t.group)
	}
}

// begun reports whether a turn lies in the rotation.
func (s *shift) begun(at wall) bool {
	return at >= s.rotationStart || s.web && at+s.duration > s.rotationStart
}

// first returns when the first turn begins: at the start of the shift or, if the
// rotation starts later, at the first time within that week or month that lies in
// it, and then not before a day on which the shift is.
func (s *shift) first() (at wall, ok bool) {
	at, ok = s.rule.start, true
	if at != s.rotationStart {
		at, ok = s.find(at, s.rule.interval, at)
	}
	if ok && s.rule.days != 0 && !s.rule.days.Has(at.weekday()) {
		at += wall(s.firstDay()-at.weekday()+7) % 7 * day
	}
	return at, ok
}

// firstDay returns the first of the shift's days in a week.
func (s *shift) firstDay() time.Weekday {
	d := s.rule.weekStart
	for !s.rule.days.Has(d) {
		d = (d + 1) % 7
	}
	return d
}

// next returns when the turn after another begins, which is the first time in the
// interval after it.
func (s *shift) next(at wall, interval int) (wall, bool) {
	from := at
	switch s.rule.frequency {
	case hourly:
		from += hour
	case daily:
		from += day
	case weekly:
		from = at.weekOf(s.rule.weekStart) + at.clock() + wall(interval)*week
	case monthly:
		from = monthAt(at.months()+interval) + at.clock()
	case once:
	}
	return s.find(at, interval, from)
}

// find returns the first time of a recurrence at or after another; of weeks and
// months, only in that week or month. Where there is none it is that other time.
// It is false if the shift does not come again.
func (s *shift) find(at wall, interval int, from wall) (wall, bool) {
	r := s.rule
	r.start, r.interval = at, interval
	end := from + longest*366*day
	switch r.frequency {
	case weekly:
		end = from.weekOf(r.weekStart) + week
	case monthly:
		end = monthAt(from.months() + 1)
	case once, hourly, daily:
	}
	found := from
	for w := range r.from(from, end) {
		if r.frequency == hourly || r.frequency == daily || s.begun(w) {
			found = w
			break
		}
	}
	return found, s.counts(found)
}

// counts reports whether a shift that begins at a time does so until the end of
// the recurrence.
func (s *shift) counts(at wall) bool {
	return s.until.IsZero() || !s.instant(at).After(s.until)
}

// instant returns when the clock shows a time; where it does twice, the second
// time; where it does not, when it would if it had not been changed. That is what
// Grafana OnCall's calendar does.
func (s *shift) instant(at wall) time.Time {
	var found time.Time
	exact := false
	for _, around := range []wall{-day, day} {
		_, offset := (at + around).time().In(s.loc).Zone()
		t := (at - wall(offset)).time()
		fits := wallOf(oncall.LocalOf(t.In(s.loc))) == at
		if found.IsZero() || fits && !exact || fits == exact && t.After(found) {
			found, exact = t, exact || fits
		}
	}
	return found
}
