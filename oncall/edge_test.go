package oncall_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/oncall"
)

// The clock is set back to before the reading at which a rotation has started.
func TestStartInARepeatedHour(t *testing.T) {
	t.Parallel()
	for zone, start := range map[string]oncall.LocalTime{
		"Europe/Berlin":     oncall.Local(2026, time.October, 25, 2, 30),
		"America/Havana":    oncall.Local(2026, time.November, 1, 0, 30),
		"America/Nuuk":      oncall.Local(2026, time.October, 24, 23, 30),
		"America/Sao_Paulo": oncall.Local(2009, time.February, 14, 23, 30),
	} {
		for _, turns := range [][]oncall.Turn{
			oncall.Every(1, oncall.Days), oncall.Every(1, oncall.Minutes), oncall.Every(1, oncall.Months),
			{{N: 10, Unit: oncall.Minutes}, {N: 15, Unit: oncall.Minutes}}, {{N: 1, Unit: oncall.Months}, {N: 2, Unit: oncall.Months}},
		} {
			r := compile(t, oncall.Schedule{ID: "s", Zone: zone, Rotations: []oncall.Rotation{{
				ID: "r", Start: start, Turns: turns, Seats: oncall.Seats("ana", "ben"),
			}}})
			first := start.In(r.Zone())
			for at := first; at.Before(first.Add(3 * time.Hour)); at = at.Add(time.Minute) {
				s, err := r.At(at)
				require.NoError(t, err, "%s %v", zone, turns)
				require.Positive(t, s.Turn, "%s %v", zone, turns)
			}
		}
	}
}

// Of two versions, one that is over before it begins has no say, wherever it is in
// the list.
func TestOverrideOfVersionsOfWhichOneIsEmpty(t *testing.T) {
	t.Parallel()
	at := utc(t, "2026-06-01T00:00Z")
	empty := oncall.Rotation{ID: "r", Start: oncall.Local(2030, 1, 1, 0, 0), Until: at, Turns: oncall.Every(1, oncall.Weeks), Seats: oncall.Seats("ana")}
	other := oncall.Rotation{ID: "r", Start: oncall.Local(2020, 1, 1, 0, 0), From: at, Turns: oncall.Every(1, oncall.Weeks), Seats: oncall.Seats("ben")}
	for _, versions := range [][]oncall.Rotation{{empty, other}, {other, empty}} {
		s := oncall.Schedule{ID: "s", Zone: "UTC", Rotations: versions, Overrides: []oncall.Override{
			{ID: "o", Rotation: "r", Start: at.Add(time.Hour), End: at.Add(2 * time.Hour), People: []string{"cleo"}},
		}}
		got, err := compile(t, s).At(at.Add(90 * time.Minute))
		require.NoError(t, err)
		assert.Equal(t, "cleo", got.Person)
	}
}

// Rotations in which nobody ever is do not keep anybody from finding who is.
func TestVacantRotations(t *testing.T) {
	t.Parallel()
	at := utc(t, "2026-06-01T00:00Z")
	vacant := oncall.Rotation{ID: "vacant", Start: oncall.Local(2026, 1, 5, 9, 0), Turns: oncall.Every(1, oncall.Minutes), Seats: oncall.Seats("", "")}
	weekly := oncall.Rotation{ID: "weekly", Start: oncall.Local(2027, 1, 5, 9, 0), Turns: oncall.Every(1, oncall.Weeks), Seats: oncall.Seats("ana")}
	covered := oncall.Override{ID: "o", Rotation: "vacant", Start: at.AddDate(-1, 0, 0), End: at.AddDate(-1, 0, 1), People: []string{"ben"}}

	for _, overrides := range [][]oncall.Override{nil, {covered}} {
		r := compile(t, oncall.Schedule{ID: "s", Zone: "UTC", Overlap: oncall.Hide, Rotations: []oncall.Rotation{vacant, weekly}, Overrides: overrides})
		_, err := r.At(at)
		var nobody *oncall.NobodyError
		require.ErrorAs(t, err, &nobody)
		assert.Equal(t, "2027-01-05T09:00:00Z", nobody.Until.Format(time.RFC3339))
		next, err := r.Next(at)
		require.NoError(t, err)
		assert.Equal(t, "ana", next.Person)
		_, err = r.Next(nobody.Until)
		require.ErrorIs(t, err, oncall.ErrNoHandoff)
	}
	_, err := compile(t, oncall.Schedule{ID: "s", Zone: "UTC", Rotations: []oncall.Rotation{vacant}}).At(at)
	require.EqualError(t, err, `oncall: nobody is on call on schedule "s" at 2026-06-01T00:00:00Z, nor at any time after`)
}

// Where nobody comes for a very long time, nobody claims that it is for good.
func TestAVeryLongGap(t *testing.T) {
	t.Parallel()
	at := utc(t, "2026-06-01T00:00Z")
	s := oncall.Schedule{ID: "s", Zone: "UTC", Absence: oncall.Vacate, Rotations: []oncall.Rotation{{
		ID: "r", Start: oncall.Local(2026, 1, 5, 9, 0), Turns: oncall.Every(1, oncall.Minutes), Seats: oncall.Seats("ana", "ben"),
	}}}
	for _, p := range []string{"ana", "ben"} {
		s.People = append(s.People, oncall.Person{ID: p, Leave: []oncall.Leave{{Start: at, End: at.AddDate(100, 0, 0)}}})
	}
	_, err := compile(t, s).At(at)
	require.EqualError(t, err, `oncall: nobody is on call on schedule "s" at 2026-06-01T00:00:00Z, nor for a long time after`)
	_, err = compile(t, s).Next(at)
	require.ErrorContains(t, err, "nor for a long time after")
}

// Clock changes after the last one that is listed are those of the rules.
func TestStartAtTheEndOfTheTable(t *testing.T) {
	t.Parallel()
	r := compile(t, oncall.Schedule{ID: "s", Zone: "Europe/Berlin", Overlap: oncall.Hide, Rotations: []oncall.Rotation{
		{
			ID: "brief", Start: oncall.Local(2069, 11, 15, 9, 0), Turns: oncall.Every(1, oncall.Weeks), Count: oncall.ByTurn,
			Windows: []oncall.Window{oncall.Daily(oncall.Clock(2, 15), oncall.Clock(2, 45))}, Seats: oncall.Seats("ana"),
		},
		{ID: "rest", Start: oncall.Local(2069, 11, 15, 9, 0), Turns: oncall.Every(1, oncall.Weeks), Seats: oncall.Seats("ben", "cleo")},
	}})
	all := slices.Collect(r.Shifts(utc(t, "2070-03-25T00:00Z"), utc(t, "2070-04-03T00:00Z")))
	for _, s := range all[1 : len(all)-1] {
		for at := s.Start; at.Before(s.End); at = at.Add(15 * time.Minute) {
			got, err := r.At(at)
			require.NoError(t, err)
			require.Equal(t, s, got)
		}
	}
}

// Whoever asks for a person cannot change what the rota knows.
func TestPersonIsACopy(t *testing.T) {
	t.Parallel()
	s := primary()
	s.People = []oncall.Person{{ID: "ana", Skills: []string{"db"}}}
	r := compile(t, s)
	r.Person("ana").Skills[0] = "changed"
	assert.Equal(t, []string{"db"}, r.Person("ana").Skills)
	assert.Equal(t, "Europe/Berlin", r.Person("nobody").Zone)
}

// What would take too long to work out is refused, and what is nearly as much is
// done in no time to speak of.
func TestHostileSchedules(t *testing.T) {
	t.Parallel()
	start := utc(t, "2026-01-05T00:00Z")
	crowd := func(seats, leaves int) oncall.Schedule {
		s := oncall.Schedule{ID: "s", Zone: "UTC", Absence: oncall.NextSeat, Rotations: []oncall.Rotation{{
			ID: "r", Start: oncall.Local(2026, 1, 5, 0, 0), Turns: oncall.Every(1, oncall.Days),
		}}}
		for i := range seats {
			var seat oncall.Seat
			for j := range 10 {
				p := oncall.Person{ID: fmt.Sprint(i, "-", j)}
				for k := range leaves {
					from := start.Add(time.Duration(i+10*k) * time.Hour)
					p.Leave = append(p.Leave, oncall.Leave{Start: from, End: from.Add(9 * time.Hour)})
				}
				s.People = append(s.People, p)
				seat.People = append(seat.People, p.ID)
			}
			s.Rotations[0].Seats = append(s.Rotations[0].Seats, seat)
		}
		return s
	}
	require.Empty(t, oncall.Validate(crowd(10, 20)))
	compile(t, crowd(10, 20))
	errs := oncall.Validate(crowd(100, 10))
	require.Len(t, errs, 1)
	require.EqualError(t, errs[0], "oncall: rotations[0].members: want fewer members, or less leave: 1000 people in seats times 20000 changes of who is available are more than 2000000")

	odd := primary()
	odd.Rotations[0].Count = oncall.ByShift
	odd.Rotations[0].Windows = []oncall.Window{{Length: time.Hour}}
	odd.Rotations[0].Turns = nil
	for i := range 50 {
		odd.Rotations[0].Turns = append(odd.Rotations[0].Turns, oncall.Turn{N: 2*i + 1, Unit: oncall.Minutes})
	}
	odd.Rotations[0].Turns[0].N = 2
	errs = oncall.Validate(odd)
	require.Len(t, errs, 1)
	require.ErrorContains(t, errs[0], "oncall: rotations[0].turns: want lengths that meet the week again within 100000 turns, not ")

	forever := primary()
	forever.Overrides = []oncall.Override{{ID: "o", Replaces: "ana", Start: start, End: start.AddDate(11, 0, 0)}}
	errs = oncall.Validate(forever)
	require.Len(t, errs, 1)
	require.EqualError(t, errs[0], "oncall: overrides[0].end: want at most 520 weeks after the start, since it does not replace everybody")
}
