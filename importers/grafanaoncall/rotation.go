package grafanaoncall

import (
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/oncall"
)

// rotation says a shift in the words of package oncall, with overrides where the
// clock changes. It is false where nothing can be said.
func (im *importer) rotation(s *shift) (r oncall.Rotation, overrides []oncall.Override, ok bool) {
	if len(s.groups) == 0 {
		im.Loss(s.node, "the document does not name anybody who is on duty, so the shift puts nobody on call and is left out")
		return r, nil, false
	}
	events, ok := s.events()
	switch {
	case !ok:
		im.Loss(s.node, "there are more than %d turns between the start and rotation_start, so the shift is left out and nobody is on call by it", maxSkipped)
		return r, nil, false
	case len(events) == 0:
		im.Loss(s.node, "nothing happens until the end of the shift, so it puts nobody on call and is left out")
		return r, nil, false
	}
	if first := events[0].start; s.kind == "rolling_users" && s.rule.days != 0 && !s.rule.days.Has(s.rule.start.weekday()) {
		im.Assume(s.node.Get("start"), "the start is on a day that is not in by_day, so as in Grafana OnCall "+
			"the first turn is that of %s, and nobody is on duty before", first.time().Format(time.DateOnly))
	}
	if s.rule.frequency == once {
		list, _ := s.occurrences(events, 0, s.rule.start+1, 1)
		r.Fixed = s.fixed(list)
		return r, nil, len(r.Fixed) > 0
	}
	if p, extra, found := s.regular(events); found {
		r = p.rotation
		r.Seats = p.seats()
		if !s.bound(&r, p) {
			im.Loss(s.node, "the shift ends before it begins, so it puts nobody on call and is left out")
			return r, nil, false
		}
		return r, im.deviations(s, events, extra), true
	}
	r.Fixed, ok = im.writtenOut(s, events)
	return r, nil, ok
}

// maxChecked is how many occurrences are compared, and maxGroups how many groups
// may take turns.
const maxChecked = 20_000

// regular returns the pattern of a shift, if it gives the same as the entries for
// two rounds. The first occurrence of a shift that comes back only on other days
// does not belong to the pattern, and is returned as well.
func (s *shift) regular(events []event) (p pattern, extra []occurrence, ok bool) {
	start := events[0].start
	if s.kind == "recurrent_event" && !events[0].allows(start) {
		extra = []occurrence{{start, events[0].people, events[0].duration}}
		for w := range events[0].from(start+1, start+longest*366*day) {
			start = w
			break
		}
	}
	first := events[0].group
	p, ok = s.pattern(start, slices.Concat(s.groups[first:], s.groups[:first]))
	if !ok || !s.counts(start) || slices.ContainsFunc(events, func(e event) bool { return e.duration != s.duration }) {
		return p, nil, false
	}
	round := p.step * wall(len(s.groups)*p.times) * 7
	if s.rule.frequency == weekly && p.step == day {
		round *= wall(s.rule.interval)
	}
	end := start + min(2*round, maxChecked*p.step)
	want, ok := s.occurrences(events, start, end, maxChecked)
	return p, extra, ok && slices.EqualFunc(want, s.expected(p, end), func(a, b occurrence) bool {
		return a.at == b.at && slices.Equal(a.people, b.people)
	})
}

// expected returns what a pattern gives.
func (s *shift) expected(p pattern, end wall) []occurrence {
	var list []occurrence
	for w := p.start; w < end; w += p.step {
		if group, ok := p.group(w); ok && s.counts(w) {
			people := slices.Sorted(slices.Values(p.groups[group]))
			list = append(list, occurrence{w, people, s.duration})
		}
	}
	return list
}

// bound ends a rotation with its last occurrence. It is false if there is none.
func (s *shift) bound(r *oncall.Rotation, p pattern) bool {
	if begin := s.instant(s.rotationStart); s.web && s.rotationStart > p.start {
		r.From = gather.Later(r.From, begin)
	}
	if s.until.IsZero() {
		return true
	}
	last := p.start + max(0, wall(s.until.Unix())+day-p.start)/p.step*p.step
	for last > p.start {
		if _, ok := p.group(last); ok && s.counts(last) {
			break
		}
		last -= p.step
	}
	_, r.Until = s.clockSpan(occurrence{at: last, length: s.duration})
	return r.Until.After(gather.Later(r.From, r.Start.In(s.loc)))
}

// fixed writes occurrences out.
func (s *shift) fixed(list []occurrence) []oncall.FixedShift {
	var shifts []oncall.FixedShift
	for _, o := range list {
		if start, end := s.span(o); start.Before(end) {
			shifts = append(shifts, oncall.FixedShift{Start: start, End: end, People: o.people})
		}
	}
	return shifts
}

// written returns the range in which shifts are written out.
func (im *importer) written() (from, to time.Time, ok bool) {
	from, to = im.Options.From, im.Options.To
	if from.IsZero() {
		from = im.Options.At
	}
	if from.IsZero() && !to.IsZero() {
		from = to.AddDate(-1, 0, 0)
	}
	if to.IsZero() {
		to = from.AddDate(1, 0, 0)
	}
	least, most := wall(0).time().AddDate(1, 0, 0), time.Date(oncall.MaxYear-1, time.January, 1, 0, 0, 0, 0, time.UTC)
	if from.Before(least) && !from.IsZero() {
		from = least
	}
	if to.After(most) {
		to = most
	}
	return from, to, !from.IsZero() && from.Before(to)
}

// within returns all occurrences that may touch the range.
func (im *importer) within(s *shift, events []event) (list []occurrence, ok bool) {
	from, to, ok := im.written()
	if !ok {
		return nil, false
	}
	begin := max(0, wall(from.Unix())-s.duration-2*day)
	return s.occurrences(events, begin, wall(to.Unix())+2*day, oncall.MaxFixed)
}

// writtenOut writes a shift out that there are no other words for.
func (im *importer) writtenOut(s *shift, events []event) ([]oncall.FixedShift, bool) {
	list, ok := im.within(s, events)
	from, to, known := im.written()
	if !ok {
		why := "there are too many of them"
		if !known {
			why = "the options do not say for which range"
		}
		im.Loss(s.node, "the shifts of this recurrence could not be written out one by one, as %s, so it is left out and nobody is on call by it", why)
		return nil, false
	}
	im.Loss(s.node, "the recurrence has no counterpart, so its shifts are written out one by one from %s until %s, and outside of that nobody is on call by it",
		from.UTC().Format(time.RFC3339), to.UTC().Format(time.RFC3339))
	shifts := s.fixed(list)
	return shifts, len(shifts) > 0
}
