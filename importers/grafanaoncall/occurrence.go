package grafanaoncall

import (
	"maps"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/importers/internal/gather"
)

// occurrence is one time that a shift happens.
type occurrence struct {
	at     wall
	people []string // sorted
	length wall
}

// occurrences returns those that begin in a range, in order. Those of several
// groups at one time are one. It is false where there are more than a schedule
// can hold.
func (s *shift) occurrences(events []event, from, to wall, most int) ([]occurrence, bool) {
	byStart := map[wall]occurrence{}
	for _, e := range events {
		for w := range e.from(from, to) {
			if !s.counts(w) {
				break
			}
			o := byStart[w]
			people := slices.Concat(o.people, e.people)
			slices.Sort(people)
			byStart[w] = occurrence{w, slices.Compact(people), max(o.length, e.duration)}
			if len(byStart) > most {
				return nil, false
			}
		}
	}
	list := make([]occurrence, 0, len(byStart))
	for _, w := range slices.Sorted(maps.Keys(byStart)) {
		list = append(list, byStart[w])
	}
	return list, true
}

// span is when an occurrence is. Its seconds are counted, also where the clock
// changes meanwhile.
func (s *shift) span(o occurrence) (start, end time.Time) {
	start = s.instant(o.at)
	return s.clip(start, start.Add(time.Duration(o.length)*time.Second))
}

// clockSpan is when an occurrence would be by the clock, as rotations are.
func (s *shift) clockSpan(o occurrence) (start, end time.Time) {
	return s.clip(o.at.local().In(s.loc), (o.at + o.length).local().In(s.loc))
}

// clip cuts what schedules of the type web cut: the first shift at the start of the
// rotation, and the last one at its end.
func (s *shift) clip(start, end time.Time) (time.Time, time.Time) {
	if !s.web {
		return start, end
	}
	if begin := s.instant(s.rotationStart); start.Before(begin) {
		start = begin
	}
	if !s.until.IsZero() && end.After(s.until) {
		end = s.until
	}
	return start, gather.Later(start, end)
}
