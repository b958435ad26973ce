package oncall

import (
	"cmp"
	"slices"
)

// tally counts the turns that pass duty on, where not all of them do. The wall
// clock alone repeats itself after so many turns; the turns that clock changes
// turn out otherwise are listed.
type tally struct {
	counts []int64 // of the turns before each in a period
	period int64   // how many there are in it

	others []change // at a turn, by how much the count after it differs, all in all
}

// before returns how many of the turns before one count.
func (t *tally) before(turn int64) int64 {
	n := int64(len(t.counts))
	count := turn/n*t.period + t.counts[turn%n]
	i, _ := slices.BinarySearchFunc(t.others, turn, func(c change, turn int64) int { return cmp.Compare(c.at, turn) })
	if i > 0 {
		count += t.others[i-1].offset
	}
	return count
}

// newTally counts the turns of a line, or returns nil if all of them count. A
// week of nil is open all the time.
func newTally(l *line, week *week, repeated Repeated) *tally {
	t := &tally{}
	for turn := range periodOf(&l.grid, week) {
		t.counts = append(t.counts, t.period)
		if l.counts(turn, week) {
			t.period++
		}
	}
	sum := int64(0)
	seen := int64(-1)
	for i, c := range l.clock.changes {
		if i == 0 {
			continue
		}
		jump := c.offset - l.clock.changes[i-1].offset
		if jump < 0 && repeated != EndsLast {
			continue
		}
		before, after := c.at+c.offset-jump, c.at+c.offset
		if max(before, after) < l.grid.start {
			continue
		}
		first := l.grid.turn(max(min(before, after), l.grid.start))
		for turn := max(first-1, seen+1, 0); turn <= l.grid.turn(max(before, after, l.grid.start))+1; turn++ {
			seen = turn
			if is, was := l.exists(turn, week), l.counts(turn, week); is != was {
				if is {
					sum++
				} else {
					sum--
				}
				t.others = append(t.others, change{at: turn, offset: sum})
			}
		}
	}
	if t.others == nil && t.period == int64(len(t.counts)) {
		return nil
	}
	return t
}

// periodOf returns after how many turns the wall clock shows turns and windows in
// the same places again.
func periodOf(g *grid, week *week) int64 {
	if week == nil || g.months != nil { // a window is open in every month
		return 1
	}
	a, b := g.cycle, int64(secondsPerWeek)
	for b != 0 {
		a, b = b, a%b
	}
	return int64(len(g.starts)) * (secondsPerWeek / a)
}

// counts reports whether a turn does by the wall clock alone.
func (l *line) counts(turn int64, week *week) bool {
	return week == nil || week.meets(l.grid.wall(turn), l.grid.wall(turn+1))
}

// exists reports whether there is time on duty in a turn as it really is.
func (l *line) exists(turn int64, week *week) bool {
	start, end := l.clock.first(l.grid.wall(turn)), l.clock.first(l.grid.wall(turn+1))
	if start >= end {
		return false
	}
	if week == nil {
		return true
	}
	_, until, open := week.at(start)
	return open || until < end
}
