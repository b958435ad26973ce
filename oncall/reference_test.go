package oncall_test

import (
	"cmp"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/oncall"
)

// model answers like a Rota, slowly: it walks through a range of time minute by
// minute, and does at each what the comments of the types say. Everything in its
// schedules is at whole minutes.
type model struct {
	schedule  oncall.Schedule
	minutes   []time.Time // those that it can be asked about, and some more on either side
	clocks    map[string]wallClock
	rotations []walk // one for each in the schedule
	nested    map[string]*model
}

// newModel returns the model of a schedule, for the minutes from one instant to
// another. The schedules that it nests are among the others.
func newModel(t require.TestingT, s oncall.Schedule, others []oncall.Schedule, from, to time.Time) *model {
	const margin = 12 * time.Hour // no clock is set back by as much
	begin := from
	for _, s := range append([]oncall.Schedule{s}, others...) {
		for _, r := range s.Rotations {
			if r.Count == oncall.ByShift || r.Count == oncall.ByHandoff { // its turns can be counted only from the first on
				zone := zone(t, cmp.Or(r.Zone, s.Zone))
				if start := r.Start.In(zone); start.Before(begin) {
					begin = start
				}
			}
		}
	}
	var minutes []time.Time
	for at := begin.Add(-margin); at.Before(to.Add(margin)); at = at.Add(time.Minute) {
		minutes = append(minutes, at)
	}
	return newModelOf(t, s, others, minutes, map[string]wallClock{})
}

func newModelOf(t require.TestingT, s oncall.Schedule, others []oncall.Schedule, minutes []time.Time, clocks map[string]wallClock) *model {
	m := &model{schedule: s, minutes: minutes, clocks: clocks, nested: map[string]*model{}}
	for _, r := range s.Rotations {
		m.rotations = append(m.rotations, m.walk(t, r))
		for _, seat := range r.Seats {
			for _, other := range others {
				if seat.Schedule == other.ID && m.nested[other.ID] == nil {
					m.nested[other.ID] = newModelOf(t, other, others, minutes, clocks)
				}
			}
		}
	}
	return m
}

// minute returns the index of a minute.
func (m *model) minute(at time.Time) int { return int(at.Sub(m.minutes[0]) / time.Minute) }

// wallClock is what the clock of a zone shows. A reading is in seconds since it
// showed 1970-01-01T00:00. What is to happen at a reading happens at the first
// instant at which the clock shows it or a later one: as soon as shown is no less.
type wallClock struct {
	shown []int64 // by minute: the latest reading until then, and then
	later []int64 // by minute: the earliest reading after it
}

func (m *model) clock(t require.TestingT, name string) wallClock {
	if c, ok := m.clocks[name]; ok {
		return c
	}
	zone := zone(t, name)
	var c wallClock
	readings := make([]int64, len(m.minutes))
	latest := readingAt(zone, m.minutes[0]).Unix()
	for i, at := range m.minutes {
		_, offset := at.In(zone).Zone()
		readings[i] = at.Unix() + int64(offset)
		latest = max(latest, readings[i])
		c.shown = append(c.shown, latest)
	}
	c.later = make([]int64, len(readings))
	earliest := readings[len(readings)-1] + 60
	for i, reading := range slices.Backward(readings) {
		c.later[i] = earliest
		earliest = min(earliest, reading)
	}
	m.clocks[name] = c
	return c
}

// walk is where a rotation is at each minute.
type walk struct {
	turn []int  // counted from 0, of those that pass duty on; -1: before the first
	open []bool // whether a window is
}

func (m *model) walk(t require.TestingT, r oncall.Rotation) (w walk) {
	if len(r.Fixed) > 0 {
		return w
	}
	clock := m.clock(t, cmp.Or(r.Zone, m.schedule.Zone))
	windows := m.clock(t, cmp.Or(r.WindowsZone, r.Zone, m.schedule.Zone))
	turn := -1
	counts := true // whether the turn that ends passes duty on
	h := handoffs{rotation: r}
	next := h.next()
	w.turn, w.open = make([]int, len(m.minutes)), make([]bool, len(m.minutes))
	for i := range m.minutes {
		for clock.shown[i] >= next {
			if counts {
				turn++
			}
			counts = r.Count == oncall.ByTurn || r.Count == ""
			next = h.pass()
		}
		open := isOpen(r, windows, i)
		counts = counts || open || r.Count == oncall.ByHandoff
		w.turn[i], w.open[i] = turn, open
	}
	return w
}

// handoffs are the readings at which the turns of a rotation begin.
type handoffs struct {
	rotation oncall.Rotation
	turns    int           // that have begun
	passed   time.Duration // since the start
	months   int           // the same, of turns of months
}

func (h *handoffs) next() int64 {
	s := h.rotation.Start
	on := func(month time.Month, day int) time.Time {
		return time.Date(s.Year, month, day, s.Hour, s.Minute, s.Second, 0, time.UTC)
	}
	next := on(s.Month+time.Month(h.months), s.Day)
	if next.Day() != s.Day && h.rotation.MonthEnd == oncall.LastDay {
		next = on(s.Month+time.Month(h.months)+1, 0)
	}
	return next.Add(h.passed).Unix()
}

func (h *handoffs) pass() int64 {
	turn := h.rotation.Turns[h.turns%len(h.rotation.Turns)]
	h.turns++
	switch turn.Unit {
	case oncall.Minutes:
		h.passed += time.Duration(turn.N) * time.Minute
	case oncall.Hours:
		h.passed += time.Duration(turn.N) * time.Hour
	case oncall.Days:
		h.passed += time.Duration(turn.N) * 24 * time.Hour
	case oncall.Weeks:
		h.passed += time.Duration(turn.N) * 7 * 24 * time.Hour
	case oncall.Months:
		h.months += turn.N
	}
	return h.next()
}

// isOpen reports whether a rotation has a window that is open at a minute.
func isOpen(r oncall.Rotation, c wallClock, i int) bool {
	for _, w := range r.Windows {
		if openWindow(w, r.Repeated, c, i) {
			return true
		}
	}
	return len(r.Windows) == 0
}

func openWindow(w oncall.Window, repeated oncall.Repeated, c wallClock, i int) bool {
	const day = 24 * 60 * 60
	today := c.shown[i] / day // 1970 is the earliest
	for date := today - 7; date <= today; date++ {
		midnight := date * day
		if weekday := time.Weekday((date + 4) % 7); w.Days != 0 && !w.Days.Has(weekday) { // it began on a Thursday
			continue
		}
		opens := midnight + int64(w.Opens.Hour*60*60+w.Opens.Minute*60+w.Opens.Second)
		closes := opens + int64(w.Length/time.Second)
		closed := c.shown[i] >= closes
		if repeated == oncall.EndsLast && c.later[i] <= closes {
			closed = false // the clock will show it once more
		}
		if c.shown[i] >= opens && !closed {
			return true
		}
	}
	return false
}

// at returns everybody who is on call at a minute, as shifts without times.
func (m *model) at(i int) []oncall.Shift {
	at := m.minutes[i]
	var on []oncall.Shift
	level := 0
	var done []string
	for _, r := range m.schedule.Rotations {
		if slices.Contains(done, r.ID) {
			continue // a version of one that is done
		}
		done = append(done, r.ID)
		people := m.rotationAt(r.ID, i)
		switch {
		case len(people) == 0 || len(on) == 0 || m.schedule.Overlap == oncall.Add:
			on = append(on, people...)
		case m.schedule.Overlap == oncall.Levels && r.Level == level:
			on = append(on, people...)
		case m.schedule.Overlap == oncall.Levels && r.Level > level:
			on = people
		default:
			continue // hidden
		}
		if len(people) > 0 {
			level = r.Level
		}
	}
	return applied(on, m.schedule.Overrides, "", at)
}

// rotationAt returns everybody who is on duty in one rotation.
func (m *model) rotationAt(id string, i int) []oncall.Shift {
	at := m.minutes[i]
	var on []oncall.Shift
	for n, r := range m.schedule.Rotations {
		if r.ID != id || at.Before(r.From) || !r.Until.IsZero() && !at.Before(r.Until) {
			continue
		}
		for turn, fixed := range r.Fixed {
			if !at.Before(fixed.Start) && at.Before(fixed.End) {
				on = join(on, m.seatAt([]oncall.Seat{{People: fixed.People}}, 0, r.ID, turn, i)...)
			}
		}
		if w := m.rotations[n]; len(r.Fixed) == 0 && w.turn[i] >= 0 && w.open[i] {
			on = append(on, m.seatAt(r.Seats, w.turn[i]%len(r.Seats), r.ID, w.turn[i], i)...)
		}
	}
	return applied(on, m.schedule.Overrides, id, at)
}

// seatAt returns everybody in a seat who is there, and those who stand in.
func (m *model) seatAt(seats []oncall.Seat, seat int, rotation string, turn, i int) []oncall.Shift {
	at := m.minutes[i]
	people := seats[seat].People
	var on []oncall.Shift
	put := func(s oncall.Shift) {
		s.Rotation, s.Turn = rotation, int64(turn)+1
		on = join(on, s)
	}
	replace := func(person string) {
		for k := 1; k < len(seats) && m.schedule.Absence == oncall.NextSeat; k++ {
			others := seats[(seat+k)%len(seats)].People
			n := slices.IndexFunc(others, func(other string) bool {
				return m.isReady(other, at) && !m.onLeave(other, at) && !slices.Contains(people, other) && !has(on, other)
			})
			if n >= 0 {
				put(oncall.Shift{Person: others[n], For: person})
				return
			}
		}
	}
	var learning []string
	for _, person := range people {
		there := m.schedule.Absence == oncall.Keep || !m.onLeave(person, at)
		switch {
		case there && m.isReady(person, at):
			put(oncall.Shift{Person: person})
		case there && m.readiness(person, at) == oncall.Supervised:
			learning = append(learning, person)
		default:
			replace(person)
		}
	}
	supervised := len(on) > 0 // by somebody of the seat who is ready, or by who stands in
	for _, person := range learning {
		if supervised {
			put(oncall.Shift{Person: person})
		} else {
			replace(person)
		}
	}
	if nested := m.nested[seats[seat].Schedule]; nested != nil {
		for _, s := range nested.at(i) {
			s.Schedule = nested.schedule.ID
			put(s)
		}
	}
	return on
}

func has(on []oncall.Shift, person string) bool {
	return slices.ContainsFunc(on, func(s oncall.Shift) bool { return s.Person == person })
}

func (m *model) person(id string) oncall.Person {
	for _, p := range m.schedule.People {
		if p.ID == id {
			return p
		}
	}
	return oncall.Person{}
}

func (m *model) onLeave(person string, at time.Time) bool {
	return slices.ContainsFunc(m.person(person).Leave, func(l oncall.Leave) bool {
		return !at.Before(l.Start) && at.Before(l.End)
	})
}

func (m *model) isReady(person string, at time.Time) bool {
	r := m.readiness(person, at)
	return r == oncall.Ready || r == oncall.Leading
}

func (m *model) readiness(person string, at time.Time) oncall.Readiness {
	stages := m.person(person).Stages
	if len(stages) == 0 {
		return oncall.Ready
	}
	readiness := oncall.NotEligible
	for _, stage := range stages {
		if !at.Before(stage.From) {
			readiness = stage.Readiness
		}
	}
	return readiness
}

// applied applies the overrides of one rotation, or those of the whole schedule.
func applied(on []oncall.Shift, overrides []oncall.Override, rotation string, at time.Time) []oncall.Shift {
	for _, o := range overrides {
		if o.Rotation != rotation || at.Before(o.Start) || !at.Before(o.End) {
			continue
		}
		var put []oncall.Shift
		for _, p := range o.People {
			put = append(put, oncall.Shift{Person: p, Rotation: rotation, Override: o.ID, Reason: o.Reason, For: o.Replaces})
		}
		switch {
		case o.Adds:
			on = join(on, put...)
		case o.Replaces == "":
			on = put
		case has(on, o.Replaces):
			on = slices.DeleteFunc(on, func(s oncall.Shift) bool { return s.Person == o.Replaces })
			on = join(on, put...)
		}
	}
	return on
}

// join adds to those on duty whoever is not among them.
func join(on []oncall.Shift, others ...oncall.Shift) []oncall.Shift {
	for _, s := range others {
		if !has(on, s.Person) {
			on = append(on, s)
		}
	}
	return on
}

// intended reports whether it is right that nobody is on call.
func (m *model) intended(t require.TestingT, i int) bool {
	at := m.minutes[i]
	clock := m.clock(t, m.schedule.Zone)
	return slices.ContainsFunc(m.schedule.Intended, func(g oncall.IntendedGap) bool {
		return (g.Start.IsZero() || !at.Before(g.Start)) && (g.End.IsZero() || at.Before(g.End)) &&
			(g.Window == oncall.Window{} || openWindow(g.Window, oncall.EndsFirst, clock, i))
	})
}
