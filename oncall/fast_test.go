package oncall

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// plainSchedules draws what the fast ways are for.
func drawPlain(t *rapid.T) (s Schedule, from, to time.Time) {
	number := func(from, to int) int { return rapid.IntRange(from, to).Draw(t, "number") }
	zones := []string{"UTC", "Europe/Berlin", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "Pacific/Apia", "Africa/Casablanca"}
	zone := rapid.SampledFrom(zones)
	from = time.Date(number(2005, 2069), time.Month(number(1, 12)), number(1, 28), number(0, 23), number(0, 59), 0, 0, time.UTC)
	to = from.AddDate(0, number(1, 14), 0)
	s = Schedule{ID: "s", Zone: zone.Draw(t, "zone"), Overlap: rapid.SampledFrom([]Overlap{Hide, Hide, Add, Levels}).Draw(t, "overlap")}
	for i := range number(1, 3) {
		start := from.AddDate(-number(0, 3), 0, number(-40, 40))
		r := Rotation{
			ID: fmt.Sprint("r", i), Level: number(0, 1), Zone: rapid.SampledFrom([]string{"", zone.Draw(t, "zone")}).Draw(t, "own zone"),
			Start: Local(start.Year(), start.Month(), start.Day(), number(0, 23), 30*number(0, 1)),
			Count: rapid.SampledFrom([]Count{ByTurn, ByHandoff, ByShift}).Draw(t, "count"),
		}
		units := []Unit{Minutes, Hours, Days, Weeks}
		if number(0, 3) == 0 {
			units = []Unit{Months}
		}
		for range number(1, 2) {
			unit := rapid.SampledFrom(units).Draw(t, "unit")
			n := number(1, 3)
			if unit == Minutes {
				n = 150 * n
			}
			r.Turns = append(r.Turns, Turn{n, unit})
		}
		for range number(0, 2) {
			r.Windows = append(r.Windows, Window{
				Days: Weekdays(number(0, 127)), Opens: Clock(number(0, 23), 15*number(0, 3)), Length: time.Duration(number(1, 40)) * 45 * time.Minute,
			})
		}
		for range number(1, 4) {
			r.Seats = append(r.Seats, Seats(rapid.SampledFrom([]string{"ana", "ben", "cleo", ""}).Draw(t, "person"))...)
		}
		if number(0, 2) == 0 {
			r.From = from.AddDate(0, 0, number(-20, 100))
		}
		if number(0, 2) == 0 {
			r.Until = from.AddDate(0, 0, number(101, 200))
		}
		s.Rotations = append(s.Rotations, r)
	}
	for i := range number(0, 4) {
		start := from.Add(time.Duration(number(0, 5000)) * time.Hour)
		o := Override{ID: fmt.Sprint("o", i), Start: start, End: start.Add(time.Duration(number(1, 300)) * time.Hour)}
		if number(0, 3) > 0 {
			o.People = []string{"dan"}
		}
		s.Overrides = append(s.Overrides, o)
	}
	return s, from, to
}

// The fast ways give the answers of the one that can do everything.
func TestFastWaysAgree(t *testing.T) {
	t.Parallel()
	fast := 0
	rapid.Check(t, func(t *rapid.T) {
		s, from, to := drawPlain(t)
		r, err := Compile(s)
		require.NoError(t, err)
		slow := *r
		slow.plain, slow.single = false, false
		if r.single {
			fast++
		}
		want := slow.AppendShifts(nil, from, to)
		require.Equal(t, want, r.AppendShifts(nil, from, to))
		require.Equal(t, want, slices.Collect(r.Shifts(from, to)))

		instants := []time.Time{from}
		for _, s := range want {
			instants = append(instants, s.Start.Add(-1), s.Start, s.Start.Add(s.End.Sub(s.Start)/2))
		}
		for _, at := range instants[:min(len(instants), 300)] {
			want, wantErr := slow.At(at)
			got, err := r.At(at)
			require.Equal(t, want, got)
			require.Equal(t, wantErr, err)
			everybody := r.AppendAt(nil, at)
			if err == nil {
				require.Equal(t, want, everybody[0])
			} else {
				require.Empty(t, everybody)
			}
		}
	})
	require.NotZero(t, fast, "some of them are for the runner")
}
