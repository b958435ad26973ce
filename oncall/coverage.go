package oncall

import (
	"fmt"
	"iter"
	"slices"
	"time"
)

// Coverage is for how much of a period enough people are on call. Covered,
// Intended and Missing together are all of the period.
type Coverage struct {
	AtLeast int // how many people are enough

	Covered  time.Duration
	Intended time.Duration // fewer, and the schedule means it so
	Missing  time.Duration // fewer, and it does not

	// Short are the times in which there are fewer, in order. They do not
	// overlap.
	Short []Shortfall
}

// Shortfall is a time in which too few people are on call. With one person as the
// minimum it is a [Gap].
type Shortfall struct {
	Gap
	People []string // who is on call
}

// Share returns the part of what should be covered that is, from 0 to 1. It is 1
// where nothing should be.
func (c Coverage) Share() float64 {
	if c.Missing == 0 {
		return 1
	}
	return float64(c.Covered) / float64(c.Covered+c.Missing)
}

// Coverage returns for how much of the period at least so many different people
// are on call at once: 1 or more. Somebody with two shifts at a time counts once.
func (p Timesheet) Coverage(atLeast int) (Coverage, error) {
	check := p.checker()
	if atLeast < 1 {
		check.bad(fmt.Sprintf("1 or more people, not %d", atLeast), "at_least")
	}
	l, err := p.ledger(check)
	if err != nil {
		return Coverage{}, err
	}
	c := Coverage{AtLeast: atLeast}
	for short := range l.short(p.Intended, atLeast) {
		c.Short = append(c.Short, short)
		if short.Intended {
			c.Intended += short.End.Sub(short.Start)
		} else {
			c.Missing += short.End.Sub(short.Start)
		}
	}
	c.Covered = l.length() - c.Intended - c.Missing
	return c, nil
}

// short yields the times in which fewer people are on call. One set for each
// person, and one for each intended gap after them, say who is there and why it
// is meant so.
func (l *ledger) short(intended []IntendedGap, atLeast int) iter.Seq[Shortfall] {
	var sets []stretches
	for _, r := range l.responders {
		sets = append(sets, r.onCall)
	}
	for _, g := range intended {
		sets = append(sets, l.meant(g))
	}
	return func(yield func(Shortfall) bool) {
		var last Shortfall
		for piece, present := range together(sets, l.stretch) {
			people, _ := slices.BinarySearch(present, len(l.responders))
			if people >= atLeast {
				continue
			}
			next := Shortfall{People: l.ids(present[:people])}
			next.Start, next.End = piece.times(l.zone.zone)
			if people < len(present) {
				next.Intended, next.Reason = true, intended[present[people]-len(l.responders)].Reason
			}
			if last.goesOn(next) {
				last.End = next.End
				continue
			}
			if last.Start.Before(last.End) && !yield(last) {
				return
			}
			last = next
		}
		if last.Start.Before(last.End) {
			yield(last)
		}
	}
}

// goesOn reports whether the next one is the same, and follows at once.
func (s Shortfall) goesOn(next Shortfall) bool {
	return s.End.Equal(next.Start) && s.Intended == next.Intended && s.Reason == next.Reason && slices.Equal(s.People, next.People)
}

func (l *ledger) ids(responders []int) []string {
	var ids []string
	for _, r := range responders {
		ids = append(ids, l.responders[r].ID)
	}
	return ids
}

// meant returns when a gap is intended in the period.
func (l *ledger) meant(g IntendedGap) stretches {
	bounds := l.stretch
	if !g.Start.IsZero() {
		bounds.start = max(bounds.start, g.Start.Unix())
	}
	if !g.End.IsZero() {
		bounds.end = min(bounds.end, g.End.Unix())
	}
	if g.Window == (Window{}) || bounds.end <= bounds.start {
		return stretches(nil).with(bounds)
	}
	return l.zone.openWithin(g.Window, bounds)
}
