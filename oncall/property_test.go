package oncall_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/oncall"
)

// zones are chosen for how their clocks change: at midnight, by half an hour or
// two, backwards in summer, by a day, around Ramadan, a minute past, or not.
var zones = []string{
	"UTC", "Asia/Kathmandu", "Asia/Tokyo",
	"Europe/Berlin", "Europe/Dublin", "Europe/London", "Europe/Istanbul", "Europe/Moscow",
	"America/New_York", "America/Santiago", "America/Sao_Paulo", "America/Havana", "America/Nuuk",
	"America/St_Johns", "America/Caracas",
	"Africa/Cairo", "Africa/Casablanca", "Asia/Beirut", "Asia/Gaza", "Asia/Tehran", "Asia/Pyongyang",
	"Australia/Lord_Howe", "Australia/Sydney", "Pacific/Apia", "Pacific/Chatham", "Antarctica/Troll",
}

// changesOf returns every instant from 2000 to 2050 at which a zone's clocks
// change, found by looking.
var changesOf = sync.OnceValue(func() map[string][]time.Time {
	changes := map[string][]time.Time{}
	offset := func(t time.Time) int { _, o := t.Zone(); return o }
	for _, name := range zones {
		zone, err := time.LoadLocation(name)
		if err != nil {
			panic(err)
		}
		const step = 12 * time.Hour
		end := time.Date(2051, 1, 1, 0, 0, 0, 0, time.UTC)
		for t := time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC).In(zone); t.Before(end); t = t.Add(step) {
			if offset(t) == offset(t.Add(step)) {
				continue
			}
			for minute := t; minute.Before(t.Add(step)); minute = minute.Add(time.Minute) {
				if next := minute.Add(time.Minute); offset(minute) != offset(next) {
					changes[name] = append(changes[name], next)
				}
			}
		}
	}
	return changes
})

// slowFirst is what LocalTime.In promises, minute by minute: the first instant at
// which the zone's clock shows the reading or a later one. A reading is written as
// if it were UTC.
func slowFirst(zone *time.Location, reading time.Time) time.Time {
	t := reading.Add(-15 * time.Hour) // no zone of ours is further ahead
	for readingAt(zone, t.Add(time.Hour)).Before(reading) && readingAt(zone, t.Add(3*time.Hour)).Before(reading) {
		t = t.Add(time.Hour) // it is not near, even if the clock was set back by two hours
	}
	for readingAt(zone, t).Before(reading) {
		t = t.Add(time.Minute)
	}
	return t
}

func readingAt(zone *time.Location, t time.Time) time.Time {
	l := t.In(zone)
	return time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), l.Minute(), l.Second(), l.Nanosecond(), time.UTC)
}

func localOf(reading time.Time) oncall.LocalTime {
	return oncall.Local(reading.Year(), reading.Month(), reading.Day(), reading.Hour(), reading.Minute())
}

// Handoffs at, before, within and after everything that clocks skip or repeat
// fall where a minute-by-minute search finds them, and at their wall-clock time if
// there is one.
func TestHandoffsAtEveryClockChange(t *testing.T) {
	t.Parallel()
	require.Len(t, changesOf()["Europe/Berlin"], 2*51, "the changes are found")
	for _, name := range zones {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zone := zone(t, name)
			for _, change := range changesOf()[name] {
				before, after := readingAt(zone, change.Add(-time.Minute)).Add(time.Minute), readingAt(zone, change)
				middle := before.Add(after.Sub(before) / 2).Truncate(time.Minute)
				for _, handoff := range []time.Time{
					before.Add(-time.Minute), before, middle, after.Add(-time.Minute), after, after.Add(time.Minute),
				} {
					checkHandoff(t, zone, handoff, change)
				}
			}
		})
	}
}

func checkHandoff(t *testing.T, zone *time.Location, handoff, change time.Time) {
	t.Helper()
	want := slowFirst(zone, handoff)
	where := fmt.Sprintf("%s in %s", localOf(handoff), zone)
	if !readingAt(zone, want).Equal(handoff) {
		require.True(t, want.Equal(change), "%s is skipped", where)
	}
	require.True(t, localOf(handoff).In(zone).Equal(want), where)

	r := compile(t, oncall.Schedule{ID: "s", Zone: zone.String(), Rotations: []oncall.Rotation{{
		ID: "r", Start: localOf(handoff.AddDate(0, 0, -21)), Turns: oncall.Every(1, oncall.Weeks),
		Seats: oncall.Seats("ana", "ben"),
	}}})
	last, err := r.At(want.Add(-1))
	require.NoError(t, err, where)
	require.EqualValues(t, 3, last.Turn, where)
	require.True(t, last.End.Equal(want), where)
	first, err := r.At(want)
	require.NoError(t, err, where)
	require.EqualValues(t, 4, first.Turn, where)
	require.True(t, first.Start.Equal(want), where)
}

// reference answers like a Rota, slowly: it walks the handoffs from the start, and
// looks through all overrides for every question.
type reference struct {
	schedule oncall.Schedule
	zone     *time.Location
	handoffs []time.Time
}

func newReference(t *rapid.T, s oncall.Schedule, until time.Time) reference {
	ref := reference{schedule: s, zone: zone(t, s.Zone)}
	start := s.Rotations[0].Start
	for turn := 0; ; turn++ {
		reading := time.Date(start.Year, start.Month, start.Day+turn*7*s.Rotations[0].Turns[0].N, start.Hour, start.Minute, 0, 0, time.UTC)
		ref.handoffs = append(ref.handoffs, slowFirst(ref.zone, reading))
		if ref.handoffs[turn].After(until) {
			return ref
		}
	}
}

// at returns who is on call, and why: the number of the turn or the override. All
// are empty if nobody is.
func (ref reference) at(t time.Time) (d duty) {
	for _, o := range slices.Backward(ref.schedule.Overrides) {
		if !t.Before(o.Start) && t.Before(o.End) {
			return duty{person: o.People[0], override: o.ID}
		}
	}
	for turn, handoff := range slices.Backward(ref.handoffs) {
		if !t.Before(handoff) {
			seats := ref.schedule.Rotations[0].Seats
			return duty{person: seats[turn%len(seats)].People[0], turn: int64(turn) + 1}
		}
	}
	return duty{}
}

type duty struct {
	person, override string
	turn             int64
}

func dutyOf(s oncall.Shift) duty { return duty{s.Person, s.Override, s.Turn} }

// drawSchedule draws a schedule with handoffs around a clock change, and a range
// around it.
func drawSchedule(t *rapid.T) (s oncall.Schedule, from, to time.Time) {
	name := rapid.SampledFrom(zones).Draw(t, "zone")
	around := time.Unix(rapid.Int64Range(946_684_800, 2_524_608_000).Draw(t, "around")/60*60, 0)
	if changes := changesOf()[name]; len(changes) > 0 && rapid.IntRange(0, 4).Draw(t, "anywhere") > 0 {
		around = rapid.SampledFrom(changes).Draw(t, "change")
	}
	minutes := func(label string, from, to int) time.Duration {
		return time.Duration(rapid.IntRange(from, to).Draw(t, label)) * time.Minute
	}
	const week = 7 * 24 * 60
	turn := rapid.IntRange(1, 3).Draw(t, "weeks")
	start := readingAt(zone(t, name), around).Add(minutes("offset", -180, 180)).
		AddDate(0, 0, -7*turn*rapid.IntRange(0, 6).Draw(t, "turns before"))
	person := rapid.SampledFrom([]string{"ana", "ben", "cleo"})
	s = oncall.Schedule{ID: "s", Zone: name, Rotations: []oncall.Rotation{{
		ID: "r", Start: localOf(start), Turns: oncall.Every(turn, oncall.Weeks),
		Seats: oncall.Seats(rapid.SliceOfN(person, 1, 4).Draw(t, "seats")...),
	}}}
	for i := range rapid.IntRange(0, 5).Draw(t, "overrides") {
		o := oncall.Override{ID: fmt.Sprint("o", i), People: []string{person.Draw(t, "person")}}
		o.Start = around.Add(minutes("override from", -2*week, 2*week))
		o.End = o.Start.Add(minutes("for", 1, 2*week))
		s.Overrides = append(s.Overrides, o)
	}
	from = around.Add(minutes("from", -3*week, 0))
	return s, from, from.Add(minutes("range", 1, 6*week))
}

// Every minute of a range: At and Shifts agree with the reference and with each
// other, and shifts and gaps tile the range.
func TestRotaAgreesWithTheReference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, from, to := drawSchedule(t)
		r, ref := compile(t, s), newReference(t, s, to)
		gaps := slices.Collect(r.Gaps(from, to))
		at := from
		skipGap := func() {
			if len(gaps) > 0 && gaps[0].Start.Equal(at) {
				checkGap(t, r, ref, gaps[0])
				at, gaps = gaps[0].End, gaps[1:]
			}
		}
		for shift := range r.Shifts(from, to) {
			skipGap()
			require.True(t, shift.Start.Equal(at), "shifts and gaps tile the range: %s, not %s", shift.Start, at)
			checkShift(t, r, ref, shift, from, to)
			at = shift.End
		}
		skipGap()
		require.True(t, at.Equal(to))
		require.Empty(t, gaps)
	})
}

// checkShift checks a shift of Shifts(from, to).
func checkShift(t *rapid.T, r *oncall.Rota, ref reference, shift oncall.Shift, from, to time.Time) {
	require.True(t, shift.End.After(shift.Start), "no shift is empty")
	whole, err := r.At(shift.Start)
	require.NoError(t, err)
	require.NotEqual(t, dutyOf(whole), ref.at(whole.Start.Add(-time.Second)), "it begins no earlier")
	if whole.End.Before(to) {
		require.NotEqual(t, dutyOf(whole), ref.at(whole.End), "it ends no later")
	}
	for at := shift.Start; at.Before(shift.End); at = at.Add(time.Minute) {
		if want := ref.at(at); dutyOf(shift) != want {
			t.Fatalf("at %s: %+v, not %+v", at, dutyOf(shift), want)
		}
		if got, err := r.At(at); err != nil || got != whole {
			t.Fatalf("at %s: %+v (%v), and not throughout its shift %+v", at, got, err, whole)
		}
	}
	if whole.Start.Before(from) {
		whole.Start = from.In(whole.Start.Location())
	}
	if whole.End.After(to) {
		whole.End = to.In(whole.End.Location())
	}
	require.Equal(t, whole, shift, "Shifts yields the shift of At, clipped")
}

func checkGap(t *rapid.T, r *oncall.Rota, ref reference, gap oncall.Gap) {
	for at := gap.Start; at.Before(gap.End); at = at.Add(time.Minute) {
		if want := ref.at(at); want != (duty{}) {
			t.Fatalf("at %s: nobody, not %+v", at, want)
		}
		_, err := r.At(at)
		var nobody *oncall.NobodyError
		require.ErrorAs(t, err, &nobody)
		require.False(t, nobody.Until.Before(gap.End))
		_, err = r.At(nobody.Until)
		require.NoError(t, err)
	}
}

// Next is where a minute-by-minute walk first finds another person.
func TestNextAgreesWithTheReference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, from, to := drawSchedule(t)
		r, ref := compile(t, s), newReference(t, s, to)
		next, err := r.Next(from)

		before := ref.at(from)
		for at := from.Add(time.Minute); at.Before(to); at = at.Add(time.Minute) {
			now := ref.at(at)
			if now.person != before.person && now != (duty{}) {
				require.NoError(t, err)
				require.True(t, next.Start.Equal(at), "%s, not %s", at, next.Start)
				require.Equal(t, now, dutyOf(next))
				return
			}
			before = now
		}
		if err == nil {
			require.False(t, next.Start.Before(to))
		} else {
			require.ErrorIs(t, err, oncall.ErrNoHandoff)
		}
	})
}

// Turns are even within one of each other, last as many weeks on the wall clock
// wherever they are, and are found as surely after decades as after a week.
func TestTurnsAreEven(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		s, _, _ := drawSchedule(t)
		s.Overrides = nil
		people := []string{"ana", "ben", "cleo", "dan", "eve"}[:rapid.IntRange(1, 5).Draw(t, "people")]
		s.Rotations[0].Seats = oncall.Seats(people...)
		r := compile(t, s)
		zone, rotation := zone(t, s.Zone), s.Rotations[0]
		start := time.Date(rotation.Start.Year, rotation.Start.Month, rotation.Start.Day, rotation.Start.Hour, rotation.Start.Minute, 0, 0, time.UTC)
		handoff := func(turn int) time.Time {
			return localOf(start.AddDate(0, 0, 7*rotation.Turns[0].N*turn)).In(zone)
		}
		first := rapid.IntRange(0, 2000).Draw(t, "first turn")
		turns := rapid.IntRange(1, 60).Draw(t, "turns")

		worked := map[string]int{}
		turn := first
		for shift := range r.Shifts(handoff(first), handoff(first+turns)) {
			require.EqualValues(t, turn+1, shift.Turn)
			require.True(t, shift.Start.Equal(handoff(turn)))
			require.True(t, shift.End.Equal(handoff(turn+1)))
			worked[shift.Person]++
			turn++

			if wallMatches(rotation.Start, shift.Start) && wallMatches(rotation.Start, shift.End) {
				_, offset := shift.Start.Zone()
				_, offsetAtEnd := shift.End.Zone()
				weeks := time.Duration(rotation.Turns[0].N) * 7 * 24 * time.Hour
				require.Equal(t, weeks-time.Duration(offsetAtEnd-offset)*time.Second, shift.End.Sub(shift.Start))
			}
		}
		require.Equal(t, first+turns, turn)
		for _, person := range people {
			assert.InDelta(t, float64(turns)/float64(len(people)), worked[person], 1)
		}
	})
}

func wallMatches(l oncall.LocalTime, t time.Time) bool {
	return t.Hour() == l.Hour && t.Minute() == l.Minute && t.Weekday() == l.Weekday()
}

// slowLast is where a window ends that is to end at the last occurrence of its
// end: the first instant from which on the clock shows the reading or a later one
// for good.
func slowLast(zone *time.Location, reading time.Time) time.Time {
	at := slowFirst(zone, reading)
	until := at.Add(4 * time.Hour) // no clock of ours is set back by more
	for t := at; t.Before(until); t = t.Add(time.Minute) {
		if readingAt(zone, t).Before(reading) {
			at = t.Add(time.Minute)
		}
	}
	return at
}

// Windows that open or close at, before, within and after everything that clocks
// skip or repeat do so where a minute-by-minute search finds it.
func TestWindowsAtEveryClockChange(t *testing.T) {
	t.Parallel()
	for _, name := range zones {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			zone := zone(t, name)
			for _, change := range changesOf()[name] {
				before, after := readingAt(zone, change.Add(-time.Minute)).Add(time.Minute), readingAt(zone, change)
				middle := before.Add(after.Sub(before) / 2).Truncate(time.Minute)
				for _, edge := range []time.Time{before, middle, after} {
					for _, repeated := range []oncall.Repeated{oncall.EndsFirst, oncall.EndsLast} {
						checkWindow(t, zone, edge, edge.Add(5*time.Hour), repeated)
						checkWindow(t, zone, edge.Add(-5*time.Hour), edge, repeated)
					}
				}
			}
		})
	}
}

// checkWindow checks the one window that opens and closes at these readings.
func checkWindow(t *testing.T, zone *time.Location, opens, closes time.Time, repeated oncall.Repeated) {
	t.Helper()
	local := localOf(opens)
	r := compile(t, oncall.Schedule{ID: "s", Zone: zone.String(), Rotations: []oncall.Rotation{{
		ID: "r", Start: localOf(opens.AddDate(0, 0, -21)), Turns: oncall.Every(2, oncall.Weeks), Count: oncall.ByTurn,
		Seats:    oncall.Seats("ana", "ben"),
		Windows:  []oncall.Window{{Days: oncall.On(local.Weekday()), Opens: local.TimeOfDay(), Length: closes.Sub(opens)}},
		Repeated: repeated,
	}}})
	start, end := slowFirst(zone, opens), slowFirst(zone, closes)
	if repeated == oncall.EndsLast {
		end = slowLast(zone, closes)
	}
	where := fmt.Sprintf("%s to %s in %s, %q", localOf(opens), localOf(closes), zone, repeated)
	var got [][2]time.Time
	for s := range r.Shifts(start.Add(-24*time.Hour), end.Add(24*time.Hour)) {
		got = append(got, [2]time.Time{s.Start.UTC(), s.End.UTC()})
	}
	if !start.Before(end) {
		require.Empty(t, got, where)
		return
	}
	require.Equal(t, [][2]time.Time{{start.UTC(), end.UTC()}}, got, where)
}
