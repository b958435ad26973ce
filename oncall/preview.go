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
	runner  *runner // nil: ask the walk
	run     run
	walk    *walk
	segment segment

	end    int64    // until when it is
	people []string // in order, and each only once
	last   []string // those before, whose memory is free to use
	kept   []string // the people, for a Change to keep; nil: not yet made
	free   []string // where to make it
}

func newPreview(before, after *Rota, from, to time.Time) *preview {
	p := &preview{zone: after, from: from, to: to}
	for i, rota := range []*Rota{before, after} {
		p.sides[i].runner = newRunner(rota)
		c := &p.sides[i]
		c.end = beginning
		if c.runner = newRunner(rota); c.runner == nil {
			c.walk = newWalk(rota)
		}
	}
	return p
}

func (p *preview) each(yield func(Change) bool) {
	before, after := &p.sides[0], &p.sides[1]
	last := lastSecond(p.to)
	begun := int64(forever) // when the change began that goes on; forever: none does
	var change Change
	for at := p.from.Unix(); at < last; at = min(before.end, after.end) {
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

// move goes on to what holds at an instant, and reports whether other people are
// on call then.
func (c *crew) move(at int64) bool {
	if at < c.end {
		return false
	}
	people := c.last[:0]
	if c.runner != nil {
		c.runner.at(at, &c.run)
		c.end = c.run.end
		if who := c.run.duty.who; who != nil {
			people = append(people, who.person)
		}
	} else {
		c.walk.at(at, &c.segment)
		c.end = c.segment.end
		for i := range c.segment.duties.n {
			people = append(people, c.segment.duties.at(i).who.person)
		}
		slices.Sort(people)
		people = slices.Compact(people)
	}
	if slices.Equal(people, c.people) {
		c.last = people
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
