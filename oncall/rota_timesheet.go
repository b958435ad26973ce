package oncall

import (
	"maps"
	"slices"
	"time"
)

// sheetMargin is how far outside of a period its shifts reach, so that rest, days in a
// row, and what is paid per turn or day are right at both ends.
const sheetMargin = 35 * 24 * time.Hour

// Timesheet returns what the schedule plans from one instant to another, for load,
// pay, limits and coverage. Its shifts reach five weeks further on both sides,
// and its people are those of [Rota.People]. Activities and calendars are for the
// caller to add.
func (r *Rota) Timesheet(from, to time.Time) Timesheet {
	return Timesheet{
		From:     from,
		To:       to,
		Zone:     r.Zone().String(),
		Shifts:   slices.Collect(r.Shifts(from.Add(-sheetMargin), to.Add(sheetMargin))),
		People:   r.People(),
		Intended: r.meantWithin(from, to),
	}
}

// People returns everybody who has a place in the rotations, in order of seats,
// and then everybody else whom the schedule lists, in order of their ids. Those
// who are on call only by an override have a place in neither.
func (r *Rota) People() []Person {
	var people []Person
	seen := map[string]bool{}
	add := func(id string) {
		if !seen[id] {
			seen[id] = true
			people = append(people, r.personWithin(id))
		}
	}
	r.eachSeated(add)
	for _, id := range slices.Sorted(maps.Keys(r.people)) {
		add(id)
	}
	return people
}

// eachSeated calls do for the people of all rotations, also for those of nested
// schedules, as often as they come up.
func (r *Rota) eachSeated(do func(id string)) {
	for i := range r.lines {
		for _, seat := range r.lines[i].seats {
			for _, m := range seat.who {
				do(m.person)
			}
			if seat.nested != nil {
				seat.nested.eachSeated(do)
			}
		}
	}
}

// personWithin returns what the schedule knows of somebody or, if that is
// nothing, what a nested one does.
func (r *Rota) personWithin(id string) Person {
	if known := r.listing(id); known != nil {
		return known.Person(id)
	}
	return r.Person(id)
}

// listing returns the schedule that lists somebody: this one, or the first nested
// one; nil if none does.
func (r *Rota) listing(id string) *Rota {
	if _, ok := r.people[id]; ok {
		return r
	}
	for i := range r.lines {
		for _, seat := range r.lines[i].seats {
			if seat.nested == nil {
				continue
			}
			if known := seat.nested.listing(id); known != nil {
				return known
			}
		}
	}
	return nil
}

// meantWithin returns the intended gaps in a range, one by one.
func (r *Rota) meantWithin(from, to time.Time) []IntendedGap {
	var all []IntendedGap
	for i := range r.intended {
		g := &r.intended[i]
		for at := from.Unix(); at < to.Unix(); {
			meant, until := g.at(at)
			until = min(until, to.Unix())
			if meant {
				all = append(all, IntendedGap{Start: r.instant(at), End: r.instant(until), Reason: g.reason})
			}
			at = until
		}
	}
	return all
}

// Qualified returns the shifts of those on call at t who can do what is needed,
// in order of precedence. It is a *[NobodyError] if nobody is on call, and an
// *[UnqualifiedError] if nobody who is can. See the function [Qualified].
func (r *Rota) Qualified(t time.Time, need Need) ([]Shift, error) {
	if _, err := r.At(t); err != nil {
		return nil, err
	}
	shifts := r.AppendAt(nil, t)
	people := make([]Person, len(shifts))
	for i, s := range shifts {
		people[i] = r.personWithin(s.Person)
	}
	return Qualified(shifts, people, t, need)
}

// Handoff reports on the handoff at an instant. See [NewHandoff].
func (r *Rota) Handoff(at time.Time, work []OpenWork, notes map[string]string) Handoff {
	shifts := r.AppendAt(nil, at.Add(-1))
	shifts = slices.DeleteFunc(shifts, func(s Shift) bool { return s.End.After(at) }) // they come again
	return NewHandoff(r.local(at), r.AppendAt(shifts, at), work, notes)
}
