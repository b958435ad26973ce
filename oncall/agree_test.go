package oncall_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/oncall"
)

// Whatever a schedule says, a Rota gives the answers of the model at every minute.
// How many schedules there are is up to -rapid.checks.
func TestRotaAgreesWithTheModel(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		d := drawAny(t)
		t.Logf("%+v", d)
		rotas, err := oncall.CompileAll(d.all())
		require.NoError(t, err)
		m := newModel(t, d.Schedule, d.nested, d.from, d.to)
		checkAgainstModel(t, rotas[d.ID], m, d.from, d.to)
		checkNext(t, rotas[d.ID], m, d.from, d.to)
	})
}

// checkNext checks that Next is the first instant at which somebody is on call who
// was not a minute before.
func checkNext(t *rapid.T, r *oncall.Rota, m *model, from, to time.Time) {
	next, err := r.Next(from)
	before := m.at(m.minute(from))
	for at := from.Add(time.Minute); at.Before(to); at = at.Add(time.Minute) {
		now := m.at(m.minute(at))
		if slices.ContainsFunc(now, func(s oncall.Shift) bool { return !has(before, s.Person) }) {
			require.NoError(t, err)
			require.True(t, next.Start.Equal(at), "Next is at %s, not %s", next.Start, at)
			require.Contains(t, now, timeless(next))
			require.False(t, has(before, next.Person))
			return
		}
		before = now
	}
	if err == nil {
		require.False(t, next.Start.Before(to), "Next is at %s, too early", next.Start)
	}
}

func checkAgainstModel(t *rapid.T, r *oncall.Rota, m *model, from, to time.Time) {
	all := slices.Collect(r.Shifts(from, to))
	require.Equal(t, all, r.AppendShifts(nil, from, to))
	for _, s := range all {
		require.True(t, slices.ContainsFunc(r.AppendAt(nil, s.Start), func(whole oncall.Shift) bool { return clip(whole, from, to) == s }),
			"AppendAt has the whole of %+v", s)
	}
	shifts := newSweep(t, m, all, from, to)
	gaps := slices.Collect(r.Gaps(from, to))
	var now []oncall.Shift
	vacant := false
	for at := from; at.Before(to); at = at.Add(time.Minute) {
		want := m.at(m.minute(at))
		now = r.AppendAt(now[:0], at)
		for _, s := range now {
			require.False(t, at.Before(s.Start) || !at.Before(s.End), "a shift contains its instant")
		}
		checkPeople(t, "AppendAt", at, now, want)
		if !vacant || len(now) > 0 { // it takes long to find out how long nobody is
			checkFirst(t, r, at, now)
		}
		vacant = len(now) == 0
		checkPeople(t, "Shifts", at, shifts.at(at), want)

		if len(gaps) > 0 && !at.Before(gaps[0].End) {
			gaps = gaps[1:]
		}
		inGap := len(gaps) > 0 && !at.Before(gaps[0].Start)
		require.Equal(t, len(want) == 0, inGap, "at %s", at)
		if inGap {
			require.Equal(t, m.intended(t, m.minute(at)), gaps[0].Intended, "at %s", at)
		}
	}
}

// clip returns the part of a shift that lies in a range.
func clip(s oncall.Shift, from, to time.Time) oncall.Shift {
	if s.Start.Before(from) {
		s.Start = from.In(s.Start.Location())
	}
	if s.End.After(to) {
		s.End = to.In(s.End.Location())
	}
	return s
}

// checkFirst checks that At is the first of everybody.
func checkFirst(t *rapid.T, r *oncall.Rota, at time.Time, everybody []oncall.Shift) {
	first, err := r.At(at)
	if len(everybody) > 0 {
		require.NoError(t, err)
		require.Equal(t, everybody[0], first)
		return
	}
	var nobody *oncall.NobodyError
	require.ErrorAs(t, err, &nobody)
	if !nobody.Until.IsZero() {
		require.True(t, nobody.Until.After(at))
		require.Empty(t, r.AppendAt(nil, nobody.Until.Add(-time.Second)))
		require.NotEmpty(t, r.AppendAt(nil, nobody.Until))
	}
}

// checkPeople checks that a list has everybody who is on call, for the right
// reasons.
func checkPeople(t *rapid.T, what string, at time.Time, got, want []oncall.Shift) {
	same := len(got) == len(want)
	for i, s := range got {
		same = same && slices.Contains(want, timeless(s)) && !slices.Contains(got[:i], s)
	}
	if !same {
		t.Fatalf("%s at %s:\n%+v, not\n%+v", what, at.UTC(), got, want)
	}
}

// timeless returns a shift as the model writes it.
func timeless(s oncall.Shift) oncall.Shift {
	s.Start, s.End = time.Time{}, time.Time{}
	return s
}

// sweep gives those of a list of shifts that contain an instant, for instants in
// order.
type sweep struct {
	shifts []oncall.Shift // that are yet to start
	on     []oncall.Shift
}

func newSweep(t *rapid.T, m *model, shifts []oncall.Shift, from, to time.Time) *sweep {
	require.True(t, slices.IsSortedFunc(shifts, func(a, b oncall.Shift) int { return a.Start.Compare(b.Start) }))
	for _, s := range shifts {
		require.True(t, s.Start.Before(s.End), "no shift is empty")
		require.False(t, s.Start.Before(from) || s.End.After(to), "shifts are clipped")
	}
	for i, s := range shifts {
		for _, other := range shifts[i+1:] {
			if other.Start.After(s.End) {
				break
			}
			if timeless(other) == timeless(s) && !m.begins(other.Start) {
				require.False(t, other.Start.Equal(s.End), "shifts are unbroken: %+v and %+v", s, other)
			}
		}
	}
	return &sweep{shifts: shifts}
}

// begins reports whether a version of a rotation does: its first turn may have the
// number of the last one before.
func (m *model) begins(at time.Time) bool {
	return slices.ContainsFunc(m.schedule.Rotations, func(r oncall.Rotation) bool { return r.From.Equal(at) })
}

func (s *sweep) at(at time.Time) []oncall.Shift {
	s.on = slices.DeleteFunc(s.on, func(o oncall.Shift) bool { return !at.Before(o.End) })
	for len(s.shifts) > 0 && !at.Before(s.shifts[0].Start) {
		s.on, s.shifts = append(s.on, s.shifts[0]), s.shifts[1:]
	}
	return s.on
}
