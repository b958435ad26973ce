package ical

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// zoneError is why a VTIMEZONE is of no use.
type zoneError struct{ path, want string }

func (e *zoneError) Error() string { return e.path + ": want " + e.want }

// firstYear is the first whose clock changes are worked out one by one. No shift
// starts before oncall.MinYear, so the rules that hold then are what is needed.
const firstYear = oncall.MinYear - 2

// compile works out the clock of a VTIMEZONE up to an instant. Its error is an
// *zoneError, or ErrSteps.
func compile(c *component, to time.Time, budget *int) (*time.Location, []onset, error) {
	var all []onset
	var initial int64
	first := int64(lastWall)
	for _, part := range c.children {
		if part.name != "STANDARD" && part.name != "DAYLIGHT" {
			continue
		}
		o, err := readObservance(part)
		if err != nil {
			return nil, nil, err
		}
		onsets, err := o.onsets(to, budget)
		if err != nil {
			return nil, nil, err
		}
		if o.start < first {
			first, initial = o.start, o.before
		}
		all = append(all, onsets...)
	}
	if len(all) == 0 {
		return nil, nil, &zoneError{c.path, "at least one STANDARD or DAYLIGHT"}
	}
	slices.SortStableFunc(all, func(a, b onset) int { return cmp.Compare(a.at, b.at) })
	zone, err := location(c.text("TZID"), initial, distinct(all))
	if err != nil {
		return nil, nil, &zoneError{c.path, err.Error()}
	}
	return zone, all, nil
}

// distinct keeps the last of several onsets at one instant.
func distinct(onsets []onset) []onset {
	var kept []onset
	for _, o := range onsets {
		if n := len(kept); n > 0 && kept[n-1].at == o.at {
			kept[n-1] = o
			continue
		}
		kept = append(kept, o)
	}
	return kept
}

// observance is a STANDARD or a DAYLIGHT: from when on, again and again, the
// clock has which offset.
type observance struct {
	path          string
	start         int64 // on the clock before the change
	before, after int64 // offsets
	rule          Rule  // may be the zero Rule
	dates         []int64
}

func readObservance(c *component) (observance, error) {
	o := observance{path: c.path}
	start, ok := parseStamp(c.text("DTSTART"))
	if !ok {
		return o, &zoneError{c.path + "/DTSTART", "a time such as 19701025T030000"}
	}
	o.start = wallOf(start.local)
	for name, to := range map[string]*int64{"TZOFFSETFROM": &o.before, "TZOFFSETTO": &o.after} {
		if *to, ok = parseOffset(c.text(name)); !ok {
			return o, &zoneError{c.path + "/" + name, "an offset from UTC such as +0100"}
		}
	}
	if text := c.text("RRULE"); text != "" {
		var err error
		if o.rule, err = ParseRule(text); err != nil {
			return o, &zoneError{c.path + "/RRULE", err.Error()}
		}
		if o.rule.freq > daily {
			return o, &zoneError{c.path + "/RRULE", "clocks that change once a day at most"}
		}
	}
	properties, bad := c.all("RDATE")
	for _, p := range properties {
		stamps, wrong := parseStamps(p.value)
		for _, s := range stamps {
			o.dates = append(o.dates, wallOf(s.local))
		}
		if len(wrong) > 0 {
			bad = append(bad, &Error{})
		}
	}
	if len(bad) > 0 {
		return o, &zoneError{c.path + "/RDATE", "times such as 19701025T030000"}
	}
	return o, nil
}

// onsets returns when the clock gets the offset: always the first time, and others
// from firstYear on, up to an instant.
func (o observance) onsets(to time.Time, budget *int) ([]onset, error) {
	walls := append([]int64{o.start}, o.dates...)
	from, end := wallOf(oncall.Local(firstYear, time.January, 1, 0, 0)), to.Unix()+2*day
	rule := o.rule
	if u := rule.until; u != nil {
		from = o.start // it may have ended long ago, and then its last time counts
		if u.utc {
			local := localOf(wallOf(u.at) + o.before)
			rule.until = &until{at: local}
		}
	}
	err := rule.walk(o.start, from, end, budget, func(wall int64) bool {
		walls = append(walls, wall)
		return true
	})
	if err != nil {
		return nil, fmt.Errorf("%s/RRULE: %w", o.path, err)
	}
	onsets := make([]onset, len(walls))
	for i, wall := range walls {
		onsets[i] = onset{at: wall - o.before, offset: o.after}
	}
	return onsets, nil
}

// differ returns an instant within a range at which two clocks differ: on some day,
// or as the second one changes. It is zero if none is found.
func differ(a, b *time.Location, changes []onset, from, to time.Time, budget *int) (time.Time, error) {
	same := func(at time.Time) bool {
		_, x := at.In(a).Zone()
		_, y := at.In(b).Zone()
		return x == y
	}
	last := from.AddDate(10, 0, 0) // longer is not worth the time
	if to.Before(last) {
		last = to
	}
	if *budget -= int(last.Sub(from) / (24 * time.Hour)); *budget < 0 {
		return time.Time{}, ErrSteps
	}
	for at := from; at.Before(last); at = at.AddDate(0, 0, 1) {
		if !same(at) {
			return at, nil
		}
	}
	for _, c := range changes {
		for _, at := range []time.Time{time.Unix(c.at-1, 0), time.Unix(c.at, 0)} {
			if !at.Before(from) && at.Before(last) && !same(at) {
				return at, nil
			}
		}
	}
	return time.Time{}, nil
}
