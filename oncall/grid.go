package oncall

import (
	"slices"
	"time"
)

// grid counts turns on a wall clock: turn 0 begins at start. Readings of the
// clock are in seconds since it showed 1970-01-01T00:00.
type grid struct {
	start  int64
	starts []int64 // of the turns of a cycle, from its start; in months if months is set
	cycle  int64   // length of a cycle, likewise

	months   *monthly // nil: lengths are fixed
	overflow bool
}

// monthly is what turns of months need of their start.
type monthly struct {
	month int64 // since year 0
	day   int64
	clock int64 // seconds of the day
}

var unitSeconds = map[Unit]int64{Minutes: 60, Hours: 60 * 60, Days: secondsPerDay, Weeks: 7 * secondsPerDay, Months: 1}

func newGrid(r *Rotation) grid {
	g := grid{start: r.Start.wall(), overflow: r.MonthEnd == Overflow}
	for _, t := range r.Turns {
		g.starts = append(g.starts, g.cycle)
		g.cycle += int64(t.N) * unitSeconds[t.Unit]
	}
	if r.Turns[0].Unit == Months {
		s := r.Start
		g.months = &monthly{
			month: int64(s.Year)*12 + int64(s.Month) - 1, day: int64(s.Day),
			clock: TimeOfDay{s.Hour, s.Minute, s.Second}.seconds(),
		}
	}
	return g
}

// turn returns the turn in which the clock shows a reading. One before the start,
// as it shows once more when it is set back right after, is in the first turn.
func (g *grid) turn(wall int64) int64 {
	since := wall - g.start
	if g.months != nil {
		since = g.monthsUntil(wall)
	}
	since = max(since, 0)
	n := since / g.cycle
	if len(g.starts) == 1 {
		return n
	}
	i, found := slices.BinarySearch(g.starts, since-n*g.cycle)
	if !found {
		i--
	}
	return n*int64(len(g.starts)) + int64(i)
}

// wall returns the reading at which a turn begins.
func (g *grid) wall(turn int64) int64 {
	var since int64
	if n := int64(len(g.starts)); n == 1 {
		since = turn * g.cycle
	} else {
		since = turn/n*g.cycle + g.starts[turn%n]
	}
	if g.months != nil {
		return g.afterMonths(since)
	}
	return g.start + since
}

// monthsUntil returns how many months after the start the clock has shown in
// full.
func (g *grid) monthsUntil(wall int64) int64 {
	year, month := civil(floorDiv(wall, secondsPerDay))
	n := year*12 + month - 1 - g.months.month
	for n > 0 && g.afterMonths(n) > wall {
		n--
	}
	return n
}

func (g *grid) afterMonths(n int64) int64 {
	month := g.months.month + n
	year, month := month/12, month%12+1
	first := daysUntil(year, month)
	day := g.months.day
	if !g.overflow {
		day = min(day, daysUntil(year+month/12, month%12+1)-first)
	}
	return (first+day-1)*secondsPerDay + g.months.clock
}

// daysUntil returns the days from 1970-01-01 to the first of a month in the
// years 1 to 9999.
func daysUntil(year, month int64) int64 {
	// Years that begin in March put the leap day at their end.
	y, m := year, month-3
	if m < 0 {
		y, m = y-1, m+12
	}
	return 365*y + y/4 - y/100 + y/400 + (153*m+2)/5 - 719_468
}

// civil returns the year and the month of a day, counted from 1970-01-01.
func civil(day int64) (year, month int64) {
	y, m, _ := time.Unix(day*secondsPerDay, 0).UTC().Date()
	return int64(y), int64(m)
}

// floorDiv rounds down, also where a is negative.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
