package oncall

import "slices"

// wages work out one person's pay.
type wages struct {
	*responder
	period stretch

	lines, unpaid []PayLine
}

// portion is a piece of time that a rule pays, and the shift it belongs to.
type portion struct {
	stretch
	shift int // -1: none
}

// unit is what a rule pays once: which of these is set depends on the rule.
type unit struct {
	day   int64
	shift int
	turn  sharedDuty
}

// oncePaid is a portion, and the unit it is part of.
type oncePaid struct {
	portion
	unit
}

func (w *wages) pay(rules []PayRule) {
	due := w.duty()
	left := due
	for _, r := range rules {
		if len(r.People) > 0 && !slices.Contains(r.People, w.ID) {
			continue
		}
		pool := left
		if r.Adds {
			pool = due
		}
		portions := w.portions(r, w.fits(r, pool))
		if !r.Adds {
			left = left.without(timeOf(portions))
		}
		if r.Per == PerHour {
			w.byHour(r, portions)
		} else {
			w.byUnit(r, portions)
		}
	}
	for _, p := range w.portions(PayRule{}, left) {
		if p = w.inPeriod(p); p.start < p.end {
			w.unpaid = append(w.unpaid, w.line(p, PayRule{}))
		}
	}
	byStart(w.lines)
	byStart(w.unpaid)
}

// fits returns the part of a set for which the conditions of a rule hold that are
// about time.
func (w *wages) fits(r PayRule, set stretches) stretches {
	switch r.Doing {
	case Working:
		set = set.and(w.active)
	case Standby:
		set = set.without(w.active)
	}
	switch r.At {
	case ByNight:
		set = set.and(w.nights(set))
	case ByDay:
		set = set.without(w.nights(set))
	}
	if len(r.Windows) > 0 && len(set) > 0 {
		var open stretches
		for _, window := range r.Windows {
			open = open.or(w.openWithin(window, stretch{set[0].start, set[len(set)-1].end}))
		}
		set = set.and(open)
	}
	if len(r.Days) == 0 {
		return set
	}
	var some stretches
	for day, s := range w.days(set) {
		if slices.Contains(r.Days, w.kind(day)) {
			some = some.with(s)
		}
	}
	return some
}

// portions shares a set among the shifts that a rule is about. The shifts are in
// order of start, so that of each only what lies after all before it is its own.
func (w *wages) portions(r PayRule, set stretches) []portion {
	var all []portion
	taken := w.reach.start
	for i, s := range w.shifts {
		if len(r.Rotations) > 0 && !slices.Contains(r.Rotations, s.Rotation) {
			continue
		}
		own := stretch{max(w.spans[i].start, taken), w.spans[i].end}
		for part := range set.within(own) {
			all = append(all, portion{part, i})
		}
		taken = max(taken, own.end)
	}
	if len(r.Rotations) == 0 && r.Per != PerShift && r.Per != PerTurn {
		for _, part := range set.without(w.onCall) { // active, and not on call
			all = append(all, portion{part, -1})
		}
	}
	return all
}

func timeOf(portions []portion) stretches {
	pieces := make([]stretch, len(portions))
	for i, p := range portions {
		pieces[i] = p.stretch
	}
	return union(pieces)
}

func (w *wages) byHour(r PayRule, portions []portion) {
	for _, p := range portions {
		if p = w.inPeriod(p); p.start < p.end {
			line := w.line(p, r)
			line.Amount = hourly(r.Amount, p.end-p.start)
			w.lines = append(w.lines, line)
		}
	}
}

// hourly returns the pay for some seconds. The hours are taken first, so that no
// product is too large.
func hourly(rate, seconds int64) int64 {
	const hour = 60 * 60
	return rate*(seconds/hour) + (rate*(seconds%hour)+hour/2)/hour
}

// byUnit pays each shift, turn or day once.
func (w *wages) byUnit(r PayRule, portions []portion) {
	var lines []PayLine
	at := map[unit]int{}
	for _, p := range w.units(r.Per, portions) {
		line := w.line(p.portion, r)
		i, known := at[p.unit]
		if !known {
			at[p.unit] = len(lines)
			line.Amount = r.Amount
			lines = append(lines, line)
			continue
		}
		l := &lines[i]
		l.Time += line.Time
		if line.Start.Before(l.Start) {
			l.Start = line.Start
		}
		if line.End.After(l.End) {
			l.End = line.End
		}
	}
	for _, line := range lines {
		if at := line.Start.Unix(); w.period.start <= at && at < w.period.end {
			w.lines = append(w.lines, line)
		}
	}
}

// units says which unit each portion is part of, and cuts them by day for that.
func (w *wages) units(per PayUnit, portions []portion) []oncePaid {
	var all []oncePaid
	for _, p := range portions {
		switch {
		case per == PerDay:
			for day, part := range w.days(stretches{p.stretch}) {
				all = append(all, oncePaid{portion{part, p.shift}, unit{day: day}})
			}
		case per == PerTurn && (w.shifts[p.shift].Turn != 0 || w.shifts[p.shift].Override != ""):
			all = append(all, oncePaid{p, unit{turn: dutyOfShift(w.shifts[p.shift])}})
		default:
			all = append(all, oncePaid{p, unit{shift: p.shift}})
		}
	}
	return all
}

// line returns the line for a portion, but for the amount.
func (w *wages) line(p portion, r PayRule) PayLine {
	line := PayLine{Person: w.ID, Time: p.length(), Rule: r.Name, Rate: r.Amount, Per: r.Per}
	line.Start, line.End = p.times(w.place.zone)
	if p.shift >= 0 {
		s := w.shifts[p.shift]
		line.Rotation, line.Turn, line.Override = s.Rotation, s.Turn, s.Override
	}
	return line
}

// inPeriod returns the part of a portion that lies in the period.
func (w *wages) inPeriod(p portion) portion {
	p.start, p.end = max(p.start, w.period.start), min(p.end, w.period.end)
	return p
}
