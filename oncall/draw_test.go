package oncall_test

import (
	"fmt"
	"time"

	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/oncall"
)

// drawn is a random schedule, those that it nests, and a range to look at.
type drawn struct {
	oncall.Schedule
	nested   []oncall.Schedule
	from, to time.Time
}

// all returns every schedule, for CompileAll.
func (d drawn) all() []oncall.Schedule { return append([]oncall.Schedule{d.Schedule}, d.nested...) }

// drawer draws schedules of which something happens in a range of a few days,
// as a rule around a change of the clocks. All times are whole minutes.
type drawer struct {
	t        *rapid.T
	zone     string
	around   time.Time
	from, to time.Time
}

var somebody = []string{"ana", "ben", "cleo", "dan", "eve"}

// drawAny draws anything that a schedule can say.
func drawAny(t *rapid.T) drawn {
	d := newDrawer(t)
	out := drawn{from: d.from, to: d.to}
	if d.chance(4) {
		out.nested = append(out.nested, d.schedule("inner", ""))
		if d.chance(3) {
			out.nested = append(out.nested, d.schedule("middle", "inner"))
		}
	}
	nests := ""
	if len(out.nested) > 0 {
		nests = out.nested[len(out.nested)-1].ID
	}
	out.Schedule = d.schedule("s", nests)
	return out
}

func newDrawer(t *rapid.T) *drawer {
	d := &drawer{t: t, zone: rapid.SampledFrom(zones).Draw(t, "zone")}
	d.around = time.Date(2000, time.January, d.number(1, 50*365), 0, d.number(0, 24*60), 0, 0, time.UTC)
	if changes := changesOf()[d.zone]; len(changes) > 0 && !d.chance(4) {
		d.around = rapid.SampledFrom(changes).Draw(t, "around").UTC()
	}
	const day = 24 * 60
	d.from = d.around.Add(-d.minutes(0, day))
	d.to = d.from.Add(d.minutes(1, 4*day))
	return d
}

// number draws one of at most some ten thousand. It does so in two steps, as
// rapid prefers small numbers the more, the larger they may be.
func (d *drawer) number(from, to int) int {
	const step = 100
	n := 0
	if to-from >= step {
		n = rapid.IntRange(0, (to-from)/step).Draw(d.t, "hundreds") * step
	}
	return from + n + rapid.IntRange(0, min(step-1, to-from-n)).Draw(d.t, "number")
}

// chance is true once in n times.
func (d *drawer) chance(n int) bool { return d.number(1, n) == n }

func (d *drawer) minutes(from, to int) time.Duration {
	return time.Duration(d.number(from, to)) * time.Minute
}

// instant draws one that is within a few days of the change, or right at it.
func (d *drawer) instant() time.Time {
	near := []int{0, 90, 26 * 60, 6 * 24 * 60}[d.number(0, 3)]
	return d.around.Add(d.minutes(-near, near))
}

// span draws a time that is not empty.
func (d *drawer) span() (start, end time.Time) {
	start = d.instant()
	return start, start.Add(d.minutes(1, []int{120, 24 * 60, 5 * 24 * 60}[d.number(0, 2)]))
}

func (d *drawer) person() string { return rapid.SampledFrom(somebody).Draw(d.t, "person") }

func (d *drawer) people(from, to int) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(somebody), from, to, rapid.ID[string]).Draw(d.t, "people")
}

func (d *drawer) otherZone() string {
	if d.chance(5) {
		return rapid.SampledFrom(zones).Draw(d.t, "zone")
	}
	return ""
}

func (d *drawer) schedule(id, nests string) oncall.Schedule {
	s := oncall.Schedule{
		ID: id, Zone: d.zone,
		Overlap: []oncall.Overlap{oncall.Hide, oncall.Add, oncall.Levels}[d.number(0, 2)],
	}
	for i := range d.number(1, 3) {
		s.Rotations = append(s.Rotations, d.versions(d.rotation(fmt.Sprint("r", i), nests))...)
	}
	for i := range d.number(0, 4) {
		s.Overrides = append(s.Overrides, d.override(fmt.Sprint("o", i), s.Rotations))
	}
	if d.chance(2) {
		s.Absence = []oncall.Absence{oncall.Keep, oncall.Vacate, oncall.NextSeat}[d.number(0, 2)]
		for _, person := range d.people(1, len(somebody)) {
			s.People = append(s.People, d.known(person))
		}
	}
	for range d.number(0, 2) {
		s.Intended = append(s.Intended, d.intended())
	}
	return s
}

// versions divides a rotation's time among several, of which the later have
// other people.
func (d *drawer) versions(r oncall.Rotation) []oncall.Rotation {
	if d.chance(3) {
		r.From = d.instant()
	}
	if d.chance(2) {
		if d.chance(3) {
			r.Until = d.instant()
			if !r.Until.After(r.From) {
				r.From = time.Time{}
			}
		}
		return []oncall.Rotation{r}
	}
	first, second := r, d.rotation(r.ID, "")
	first.From = time.Time{}
	first.Until = d.instant()
	second.Level = r.Level
	second.From = first.Until.Add(d.minutes(0, 300) * time.Duration(d.number(0, 1)))
	if d.chance(2) {
		return []oncall.Rotation{second, first}
	}
	return []oncall.Rotation{first, second}
}

func (d *drawer) rotation(id, nests string) oncall.Rotation {
	r := oncall.Rotation{ID: id, Level: d.number(0, 2)}
	if d.chance(8) {
		for range d.number(1, 3) {
			fixed := oncall.FixedShift{People: d.people(1, 2)}
			fixed.Start, fixed.End = d.span()
			r.Fixed = append(r.Fixed, fixed)
		}
		return r
	}
	r.Zone = d.otherZone()
	r.Turns = d.turns()
	r.Count = []oncall.Count{"", oncall.ByTurn, oncall.ByHandoff, oncall.ByShift}[d.number(0, 3)]
	if !d.chance(3) {
		r.WindowsZone = d.otherZone()
		r.Repeated = []oncall.Repeated{oncall.EndsFirst, oncall.EndsLast}[d.number(0, 1)]
		r.Count = []oncall.Count{oncall.ByTurn, oncall.ByHandoff, oncall.ByShift}[d.number(0, 2)]
		if r.Count == oncall.ByShift { // shifts are counted in the zone of the turns
			r.WindowsZone = ""
		}
		for range d.number(1, 3) {
			r.Windows = append(r.Windows, d.window())
		}
	}
	if r.Turns[0].Unit == oncall.Months && d.chance(2) {
		r.MonthEnd = oncall.Overflow
	}
	r.Start = d.start(r)
	r.Seats = d.seats(nests)
	return r
}

func (d *drawer) turns() (turns []oncall.Turn) {
	unit := []oncall.Unit{oncall.Hours, oncall.Minutes, oncall.Days, oncall.Weeks, oncall.Months}[d.number(0, 4)]
	for range d.number(1, 3) {
		longest := map[oncall.Unit]int{oncall.Minutes: 70, oncall.Hours: 30, oncall.Days: 3, oncall.Weeks: 2, oncall.Months: 2}[unit]
		turns = append(turns, oncall.Turn{N: d.number(1, longest), Unit: unit})
		if unit != oncall.Months && d.chance(4) {
			unit = []oncall.Unit{oncall.Hours, oncall.Days, oncall.Weeks}[d.number(0, 2)]
		}
	}
	return turns
}

// start draws one such that a handoff falls near the change: some turns before
// it, or decades of turns.
func (d *drawer) start(r oncall.Rotation) oncall.LocalTime {
	name := r.Zone
	if name == "" {
		name = d.zone
	}
	at := readingAt(zone(d.t, name), d.instant())
	turns := d.number(-1, 6)
	earliest := at.AddDate(0, 0, -20)
	if (r.Count == "" || r.Count == oncall.ByTurn) && d.chance(4) {
		turns, earliest = d.number(0, 20_000), at.AddDate(-20, 0, 0)
	}
	for i := range turns {
		turn := r.Turns[len(r.Turns)-1-i%len(r.Turns)]
		before := at
		switch turn.Unit {
		case oncall.Minutes:
			before = at.Add(-time.Duration(turn.N) * time.Minute)
		case oncall.Hours:
			before = at.Add(-time.Duration(turn.N) * time.Hour)
		case oncall.Days:
			before = at.AddDate(0, 0, -turn.N)
		case oncall.Weeks:
			before = at.AddDate(0, 0, -7*turn.N)
		case oncall.Months:
			before = at.AddDate(0, -turn.N, 0)
		}
		if before.Before(earliest) || before.Year() < oncall.MinYear+1 {
			break
		}
		at = before
	}
	return localOf(at)
}

func (d *drawer) seats(nests string) (seats []oncall.Seat) {
	for range d.number(1, 4) {
		var seat oncall.Seat
		switch d.number(0, 5) {
		case 0: // vacant
		case 1:
			seat.People = d.people(2, 3)
		default:
			seat.People = []string{d.person()}
		}
		if nests != "" && d.chance(3) {
			seat = oncall.Seat{Schedule: nests}
		}
		seats = append(seats, seat)
	}
	if len(seats[0].People) == 0 && seats[0].Schedule == "" {
		seats[0].People = []string{d.person()}
	}
	return seats
}

func (d *drawer) window() oncall.Window {
	opens := d.number(0, 24*60-1)
	if d.chance(2) { // near the change
		l := d.around.Add(d.minutes(-90, 90)).In(zone(d.t, d.zone))
		opens = l.Hour()*60 + l.Minute()
	}
	w := oncall.Window{Days: oncall.Weekdays(d.number(0, 127)), Opens: oncall.Clock(opens/60, opens%60)}
	w.Length = d.minutes(1, []int{60, 12 * 60, 24 * 60, 7 * 24 * 60}[d.number(0, 3)])
	return w
}

func (d *drawer) override(id string, rotations []oncall.Rotation) oncall.Override {
	o := oncall.Override{ID: id, Reason: "because of " + id}
	o.Start, o.End = d.span()
	if d.chance(3) {
		o.Rotation = rapid.SampledFrom(rotations).Draw(d.t, "rotation").ID
	}
	switch d.number(0, 4) {
	case 0: // nobody
	case 1:
		o.Adds, o.People = true, d.people(1, 2)
	case 2, 3:
		people := d.people(1, 3)
		o.Replaces, o.People = people[0], people[1:]
	default:
		o.People = d.people(1, 2)
	}
	return o
}

func (d *drawer) known(id string) oncall.Person {
	p := oncall.Person{ID: id}
	for range d.number(0, 2) {
		var l oncall.Leave
		l.Start, l.End = d.span()
		p.Leave = append(p.Leave, l)
	}
	if d.chance(3) {
		from := d.instant()
		for range d.number(1, 3) {
			p.Stages = append(p.Stages, oncall.Stage{From: from, Readiness: []oncall.Readiness{
				oncall.NotEligible, oncall.Shadowing, oncall.Supervised, oncall.Ready, oncall.Leading,
			}[d.number(0, 4)]})
			from = from.Add(d.minutes(1, 2*24*60))
		}
		p.Stages = append(p.Stages, oncall.Stage{From: from, Readiness: oncall.Ready}) // nobody may stay unready for good
	}
	return p
}

func (d *drawer) intended() oncall.IntendedGap {
	g := oncall.IntendedGap{Reason: "closed"}
	bounds := d.number(0, 3)
	start, end := d.span()
	if bounds&1 != 0 {
		g.Start = start
	}
	if bounds&2 != 0 {
		g.End = end
	}
	if bounds != 3 || d.chance(2) {
		g.Window = d.window()
	}
	return g
}
