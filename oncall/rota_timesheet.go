package oncall

import (
	"maps"
	"slices"
	"time"
)

// sheetMargin is how far outside of a period its shifts reach at least, so that rest,
// days in a row, and what is paid per turn or day are right at both ends.
const sheetMargin = 35 * secondsPerDay

// Timesheet returns what the schedule plans from one instant to another, for load,
// pay, limits and coverage. Its shifts reach five weeks further on both sides, or
// as far as the longest turn does, up to a year; its people are those of
// [Rota.People]. Activities and calendars are for the caller to add.
func (r *Rota) Timesheet(from, to time.Time) Timesheet {
	margin := time.Duration(min(max(sheetMargin, r.longest), outside)) * time.Second
	first := time.Date(MinYear, 1, 1, 0, 0, 0, 0, time.UTC)
	last := time.Date(MaxYear, 12, 31, 23, 59, 59, 0, time.UTC)
	since, until := from.Add(-margin), to.Add(margin)
	if since.Before(first) && first.Before(from) {
		since = first
	}
	if until.After(last) && last.After(to) {
		until = last
	}
	return Timesheet{
		From:     from,
		To:       to,
		Zone:     r.Zone().String(),
		Shifts:   slices.Collect(r.Shifts(since, until)),
		People:   r.People(),
		Intended: slices.Clone(r.gaps),
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
	r.eachSeated(map[*Rota]bool{}, add)
	for _, id := range slices.Sorted(maps.Keys(r.people)) {
		add(id)
	}
	return people
}

// eachSeated calls do for the people of all rotations, also for those of nested
// schedules, each of which is looked at once.
func (r *Rota) eachSeated(seen map[*Rota]bool, do func(id string)) {
	if seen[r] {
		return
	}
	seen[r] = true
	for i := range r.lines {
		for _, seat := range r.lines[i].seats {
			for _, m := range seat.who {
				do(m.person)
			}
			if seat.nested != nil {
				seat.nested.eachSeated(seen, do)
			}
		}
	}
}

// personWithin returns what the schedule knows of somebody or, if that is
// nothing, what a nested one does.
func (r *Rota) personWithin(id string) Person {
	if known := r.listing(map[*Rota]bool{}, id); known != nil {
		return known.Person(id)
	}
	return r.Person(id)
}

// listing returns the schedule that lists somebody: this one, or the first nested
// one; nil if none does.
func (r *Rota) listing(seen map[*Rota]bool, id string) *Rota {
	if seen[r] {
		return nil
	}
	seen[r] = true
	if _, ok := r.people[id]; ok {
		return r
	}
	for i := range r.lines {
		for _, seat := range r.lines[i].seats {
			if seat.nested == nil {
				continue
			}
			if known := seat.nested.listing(seen, id); known != nil {
				return known
			}
		}
	}
	return nil
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
