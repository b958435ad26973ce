package incidentio

import (
	"iter"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// maxLooked is how many shifts are worked out to compare them with entries. A
// year of hourly shifts of twenty people is less.
const maxLooked = 200_000

// shifts are those of a rota, until there are too many, which is an error in the
// end.
func (im *importer) shifts(r *oncall.Rota, from, to time.Time) iter.Seq[oncall.Shift] {
	return func(yield func(oncall.Shift) bool) {
		for s := range r.Shifts(from, to) {
			if im.looked++; im.looked > maxLooked || !yield(s) {
				return
			}
		}
	}
}

// rota compiles rotations that are on call together. Nobody is on call if they are
// wrong, which is an error in the end.
func rota(zone string, rotations []oncall.Rotation) *oncall.Rota {
	r, err := oncall.Compile(oncall.Schedule{ID: "part", Zone: zone, Rotations: rotations, Overlap: oncall.Add})
	if err != nil {
		return new(oncall.Rota)
	}
	return r
}

// agrees reports whether everybody who is scheduled on a layer is on duty there.
func (im *importer) agrees(r *rotation, scheduled []entry, zone string) bool {
	rotas := make(map[string]*oncall.Rota)
	return !slices.ContainsFunc(scheduled, func(e entry) bool {
		if rotas[e.layer] == nil {
			rotas[e.layer] = rota(zone, r.layer(e.layer))
		}
		return !im.covers(rotas[e.layer], e)
	})
}

// covers reports whether the person of an entry is on call all through it.
func (im *importer) covers(r *oncall.Rota, e entry) bool {
	if e.user == "" {
		return true
	}
	reached := e.start
	for s := range im.shifts(r, e.start, e.end) {
		if s.Start.After(reached) {
			return false
		}
		if s.Person == e.user && s.End.After(reached) {
			reached = s.End
		}
	}
	return !reached.Before(e.end)
}

// check compares the result with what incident.io has worked out, and reports the
// first difference.
func (im *importer) check(s oncall.Schedule, d *draft) {
	final := d.final
	if len(final) == 0 && len(d.overrides) == 0 {
		final = d.scheduled
	}
	if len(final) == 0 {
		return
	}
	r, err := oncall.Compile(s)
	if err != nil {
		return // Result says what is wrong
	}
	// An entry may begin before what was asked for, and end after it. From the first
	// end to the last start was certainly asked for.
	from, to := final[0].end, final[0].start
	for _, e := range final {
		if !im.covers(r, e) {
			im.Assume(e.node, "incident.io has %s on call from %s to %s, when the result has not: check the two", e.user, utc(e.start), utc(e.end))
			return
		}
		if e.end.Before(from) {
			from = e.end
		}
		if e.start.After(to) {
			to = e.start
		}
	}
	if !from.Before(to) {
		return
	}
	times := timesOf(final)
	for shift := range im.shifts(r, from, to) {
		if !times.have(shift) {
			im.Assume(d.node, "the result has %s on call from %s to %s, when incident.io has not: check the two", shift.Person, utc(shift.Start), utc(shift.End))
			return
		}
	}
}

func utc(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// span is a time on call.
type span struct{ start, end time.Time }

// times are when each person is on call, in order and not touching each other.
type times map[string][]span

func timesOf(entries []entry) times {
	byStart := slices.SortedFunc(slices.Values(entries), func(a, b entry) int { return a.start.Compare(b.start) })
	t := make(times)
	for _, e := range byStart {
		mine := t[e.user]
		switch last := len(mine) - 1; {
		case last < 0 || mine[last].end.Before(e.start):
			t[e.user] = append(mine, span{e.start, e.end})
		case mine[last].end.Before(e.end):
			mine[last].end = e.end
		}
	}
	return t
}

// have reports whether the person of a shift is on call all through it.
func (t times) have(s oncall.Shift) bool {
	mine := t[s.Person]
	i, same := slices.BinarySearchFunc(mine, s.Start, func(m span, at time.Time) int { return m.start.Compare(at) })
	if !same {
		i--
	}
	return i >= 0 && !mine[i].end.Before(s.End)
}
