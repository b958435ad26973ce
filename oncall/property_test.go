package oncall_test

import (
	"fmt"
	"math"
	"sync"
	"testing"
	"time"

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

// Turns are even within one of each other and follow one another without a hole,
// whatever their lengths, however they are counted, and after decades as surely as
// after a week.
func TestTurnsAreEven(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		number := func(label string, from, to int) int { return rapid.IntRange(from, to).Draw(t, label) }
		name := rapid.SampledFrom(zones).Draw(t, "zone")
		people := []string{"ana", "ben", "cleo", "dan", "eve"}[:number("people", 2, 5)]
		r := oncall.Rotation{
			ID: "r", Start: oncall.Local(number("year", 2000, 2030), time.Month(number("month", 1, 12)), number("day", 1, 28), number("hour", 0, 23), 30),
			Seats: oncall.Seats(people...), Count: rapid.SampledFrom([]oncall.Count{oncall.ByTurn, oncall.ByHandoff, oncall.ByShift}).Draw(t, "count"),
		}
		unit := rapid.SampledFrom([]oncall.Unit{oncall.Hours, oncall.Days, oncall.Weeks, oncall.Months}).Draw(t, "unit")
		for range number("lengths", 1, 3) {
			r.Turns = append(r.Turns, oncall.Turn{N: number("length", 2, 9), Unit: unit})
		}
		if r.Count == oncall.ByShift { // otherwise a turn may have no shift
			r.Windows = []oncall.Window{oncall.Daily(oncall.Clock(9, 0), oncall.Clock(17, 0), time.Monday, time.Tuesday, time.Thursday)}
		}
		rota := compile(t, oncall.Schedule{ID: "s", Zone: name, Rotations: []oncall.Rotation{r}})
		from := time.Date(number("from", 2031, 2049), 1, 1, 0, 0, 0, 0, time.UTC)

		turns := map[string]int{}
		last := int64(0)
		for shift := range rota.Shifts(from, from.AddDate(0, 0, 200*unitDays[unit])) {
			if shift.Turn == last {
				continue
			}
			if last != 0 {
				require.Equal(t, last+1, shift.Turn)
			}
			require.Equal(t, people[(shift.Turn-1)%int64(len(people))], shift.Person)
			last = shift.Turn
			turns[shift.Person]++
		}
		least, most := math.MaxInt, 0
		for _, p := range people {
			least, most = min(least, turns[p]), max(most, turns[p])
		}
		require.NotZero(t, most)
		require.LessOrEqual(t, most-least, 1)
	})
}

var unitDays = map[oncall.Unit]int{oncall.Hours: 2, oncall.Days: 5, oncall.Weeks: 7, oncall.Months: 30}

// slowLast is where a window ends that is to end at the last occurrence of its
// end: the last instant at which the clock shows the reading, or the first from
// which on it shows a later one for good.
func slowLast(zone *time.Location, reading time.Time) time.Time {
	at := slowFirst(zone, reading)
	until := at.Add(4 * time.Hour) // no clock of ours is set back by more
	for t := at; t.Before(until); t = t.Add(time.Minute) {
		switch shown := readingAt(zone, t); {
		case shown.Before(reading):
			at = t.Add(time.Minute)
		case shown.Equal(reading):
			at = t
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
