package oncall

import (
	"iter"
	"slices"
	"time"
)

// Change is a time in which an edit puts other people on call.
type Change struct {
	Start, End time.Time // half-open, in the zone of the schedule after the edit

	// Before and After are the ids of those who are on call without the edit and
	// with it, in alphabetical order. Empty: nobody is. They are never the same,
	// and not to be changed: one list may be in several Changes.
	Before, After []string
}

// Preview yields the times between from and to in which other people are on call
// after an edit than before it, in order, each as long as the people stay the
// same. What only gets another reason, such as the number of another turn, is not
// a change; neither is the order of people who are on call together.
//
// An edit may be anything, as long as both schedules compile: another member,
// another override, another zone. Preview may be used by any number of goroutines
// at once, and takes as long as [Rota.Shifts] of the two.
func Preview(before, after *Rota, from, to time.Time) iter.Seq[Change] {
	return func(yield func(Change) bool) {
		if from.Before(to) {
			newPreview(before, after, from, to).each(yield)
		}
	}
}

// preview walks through a schedule before and after an edit in step.
type preview struct {
	sides    [2]crew // before and after
	zone     *Rota
	from, to time.Time
}

// crew is who is on call on one of the two schedules.
type crew struct {
	runner  *runner // nil: walk
	walk    *walk
	segment segment
	people  []string // in the segment; in order, and each only once
	last    []string // those before, whose memory is free to use
	kept    []string // the people, for a Change to keep; nil: not yet made
	free    []string // where to make it
}

func newPreview(before, after *Rota, from, to time.Time) *preview {
	p := &preview{zone: after, from: from, to: to}
	for i, rota := range []*Rota{before, after} {
		p.sides[i].runner = newRunner(rota)
		p.sides[i].walk = newWalk(rota)
		p.sides[i].segment.end = beginning
	}
	return p
}

func (p *preview) each(yield func(Change) bool) {
	before, after := &p.sides[0], &p.sides[1]
	last := p.to.Unix()
	if p.to.Nanosecond() > 0 {
		last++
	}
	begun := int64(forever) // when the change began that goes on; forever: none does
	var change Change
	for at := p.from.Unix(); at < last; at = min(before.segment.end, after.segment.end) {
		// Both have to move, whether or not anything comes of the first.
		moved := before.move(at)
		moved = after.move(at) || moved
		if !moved {
			continue
		}
		if begun != forever {
			if !yield(p.clip(change, begun, at)) {
				return
			}
			begun = forever
		}
		if !slices.Equal(before.people, after.people) {
			begun = at
			change.Before, change.After = before.keep(), after.keep()
		}
	}
	if begun != forever {
		yield(p.clip(change, begun, forever))
	}
}

// move goes on to the segment that contains an instant, and reports whether other
// people are on call there.
func (c *crew) move(at int64) bool {
	if at < c.segment.end {
		return false
	}
	duties := &c.segment.duties
	if c.runner != nil {
		var r run
		c.runner.at(at, &r)
		c.segment.end, duties.n, duties.first[0] = r.end, 1, r.duty
		if r.duty.who == nil {
			duties.n = 0
		}
	} else {
		c.walk.at(at, &c.segment)
	}
	if duties.n == 1 && len(c.people) == 1 && duties.first[0].who.person == c.people[0] { // most of the time
		return false
	}
	people := c.last[:0]
	for i := range duties.n {
		people = append(people, duties.at(i).who.person)
	}
	slices.Sort(people)
	people = slices.Compact(people)
	if slices.Equal(people, c.people) {
		return false
	}
	c.last, c.people, c.kept = c.people, people, nil
	return true
}

// keep returns the people in a list of their own. It makes room for many lists at
// once.
func (c *crew) keep() []string {
	if c.kept != nil || len(c.people) == 0 {
		return c.kept
	}
	n := len(c.people)
	if n > cap(c.free)-len(c.free) {
		c.free = make([]string, 0, max(16, 2*cap(c.free), n))
	}
	start := len(c.free)
	c.free = append(c.free, c.people...)
	c.kept = c.free[start:len(c.free):len(c.free)]
	return c.kept
}

// clip returns a change with its times, as far as they are in the range.
func (p *preview) clip(c Change, start, end int64) Change {
	c.Start, c.End = p.zone.local(p.from), p.zone.local(p.to)
	if start > p.from.Unix() {
		c.Start = p.zone.instant(start)
	}
	if end != forever {
		c.End = p.zone.instant(end)
	}
	return c
}
