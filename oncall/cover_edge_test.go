package oncall_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/oncall"
)

func daily(t *testing.T, people ...string) *oncall.Rota {
	t.Helper()
	return compile(t, oncall.Schedule{ID: "s", Zone: "UTC", Rotations: []oncall.Rotation{{
		ID: "r", Start: oncall.Local(2020, 1, 1, 0, 0), Turns: oncall.Every(1, oncall.Days), Seats: oncall.Seats(people...),
	}}})
}

// What somebody was told to have taken, nobody else gets, however the events are
// dated; and the overrides keep their ids.
func TestCoverThatIsTakenStays(t *testing.T) {
	t.Parallel()
	r := daily(t, "ana")
	hour := func(n int) time.Time { return time.Date(2026, 6, 1, n, 0, 0, 0, time.UTC) }
	c := oncall.CoverRequest{ID: "c", Schedule: "s", Asker: "ana", Hours: oncall.Period{Start: hour(9), End: hour(15)}}
	zoe := oncall.CoverEvent{Kind: oncall.CoverAccepted, Person: "zoe", At: hour(0), Hours: oncall.Period{Start: hour(9), End: hour(12)}}
	require.NoError(t, c.Decide(r, nil, zoe))

	all := oncall.CoverEvent{Kind: oncall.CoverAccepted, Person: "amy", At: hour(0)} // as if she had been first
	var refused *oncall.RefusedError
	require.ErrorAs(t, c.Decide(r, []oncall.CoverEvent{zoe}, all), &refused)
	assert.Equal(t, oncall.TakenAlready, refused.Why)

	rest := all
	rest.Hours = oncall.Period{Start: hour(12), End: hour(15)}
	require.NoError(t, c.Decide(r, []oncall.CoverEvent{zoe}, rest))
	ids := map[string]string{}
	for _, o := range c.Overrides([]oncall.CoverEvent{zoe, rest}) {
		ids[o.ID] = o.People[0]
	}
	assert.Equal(t, map[string]string{"c/20260601T090000Z": "zoe", "c/20260601T120000Z": "amy"}, ids)
}

func TestCoverNeedsInstants(t *testing.T) {
	t.Parallel()
	r := daily(t, "ana")
	at := utc(t, "2026-06-01T00:00Z")
	c := oncall.CoverRequest{ID: "c", Schedule: "s", Asker: "ana", Hours: oncall.Period{Start: at, End: at.AddDate(11, 0, 0)}}
	require.ErrorContains(t, c.Check(r, at.AddDate(0, 0, -1)), "at most 520 weeks apart")
	require.ErrorContains(t, c.Decide(r, nil, oncall.CoverEvent{Kind: oncall.CoverAccepted, Person: "zoe"}), "event.at: want an instant; it is missing")
	require.ErrorContains(t, oncall.Swap{}.Decide(r, nil, oncall.SwapEvent{}), "event.at: want an instant; it is missing")
	_, err := primary().Edit(oncall.Edit{Rotation: "weekly"}, time.Time{})
	require.ErrorContains(t, err, "at: want the instant at which the edit is made; it is missing")
}

// A second edit that says nothing of the seats leaves those of the pending one in
// their places.
func TestEditOfAPendingEdit(t *testing.T) {
	t.Parallel()
	s := oncall.Schedule{ID: "s", Zone: "UTC", Rotations: []oncall.Rotation{{
		ID: "r", Start: oncall.Local(2026, 1, 5, 9, 0), Turns: oncall.Every(1, oncall.Weeks), Seats: oncall.Seats("ana"),
	}}}
	at := utc(t, "2026-02-03T00:00Z")
	once, err := s.Edit(oncall.Edit{Rotation: "r", Seats: oncall.Seats("ben", "cleo")}, at)
	require.NoError(t, err)
	twice, err := once.Edit(oncall.Edit{Rotation: "r", Zone: "Europe/London"}, at) // the same clock, in winter
	require.NoError(t, err)
	for c := range oncall.Preview(compile(t, once), compile(t, twice), at, at.AddDate(0, 1, 0)) {
		t.Errorf("%+v", c)
	}
}

// Long periods, the ends of time and schedules that lead to one another in many
// ways have a timesheet too.
func TestTimesheetOfWhatIsLong(t *testing.T) {
	t.Parallel()
	night := compile(t, oncall.Schedule{
		ID: "s", Zone: "Europe/Berlin",
		Rotations: []oncall.Rotation{{
			ID: "r", Start: oncall.Local(2020, 1, 6, 9, 0), Turns: oncall.Every(1, oncall.Weeks), Seats: oncall.Seats("ana", "ben"),
			Windows: []oncall.Window{oncall.Daily(oncall.Clock(8, 0), oncall.Clock(22, 0))}, Count: oncall.ByTurn,
		}},
		Intended: []oncall.IntendedGap{{Window: oncall.Daily(oncall.Clock(22, 0), oncall.Clock(8, 0)), Reason: "night"}},
	})
	from := utc(t, "2024-01-01T00:00Z")
	sheet := night.Timesheet(from, from.AddDate(5, 0, 0))
	_, err := sheet.Loads()
	require.NoError(t, err)
	coverage, err := sheet.Coverage(1)
	require.NoError(t, err)
	assert.Zero(t, coverage.Missing)

	for _, from := range []time.Time{utc(t, "1970-01-10T00:00Z"), utc(t, "9999-12-01T00:00Z")} {
		_, err := daily(t, "ana").Timesheet(from, from.AddDate(0, 0, 7)).Loads()
		require.NoError(t, err, "%s", from)
	}

	var chain []oncall.Schedule
	for i := range 60 {
		seats := oncall.Seats("ana")
		if i > 0 {
			below := oncall.Seat{Schedule: fmt.Sprint("s", i-1)}
			seats = []oncall.Seat{below, below}
		}
		chain = append(chain, oncall.Schedule{ID: fmt.Sprint("s", i), Zone: "UTC", Rotations: []oncall.Rotation{{
			ID: "r", Start: oncall.Local(2026, 1, 1, 0, 0), Turns: oncall.Every(1, oncall.Days), Seats: seats,
		}}})
	}
	rotas, err := oncall.CompileAll(chain)
	require.NoError(t, err)
	assert.Len(t, rotas["s59"].People(), 1)
}

// A turn is paid once, in whatever periods its pay is worked out.
func TestTurnsLongerThanAPeriodArePaidOnce(t *testing.T) {
	t.Parallel()
	r := compile(t, oncall.Schedule{
		ID: "s", Zone: "UTC",
		Rotations: []oncall.Rotation{{ID: "r", Start: oncall.Local(2026, 1, 1, 0, 0), Turns: oncall.Every(3, oncall.Months), Seats: oncall.Seats("ana", "ben")}},
		People: []oncall.Person{{ID: "ana", Holidays: oncall.HolidayList{
			{Year: 2026, Month: time.January, Day: 1}: "New Year", {Year: 2026, Month: time.March, Day: 8}: "Women's Day",
		}}},
	})
	plan := oncall.PayPlan{Currency: "EUR", Rules: []oncall.PayRule{{Name: "holiday", Days: []oncall.DayKind{oncall.HolidayDay}, Amount: 10_000, Per: oncall.PerTurn}}}
	pay := func(from, to time.Month) (sum int64) {
		first := func(m time.Month) time.Time { return time.Date(2026, m, 1, 0, 0, 0, 0, time.UTC) }
		roll, err := r.Timesheet(first(from), first(to)).Pay(plan)
		require.NoError(t, err)
		for _, p := range roll.Totals {
			sum += p.Amount
		}
		return sum
	}
	assert.Equal(t, pay(1, 4), pay(1, 2)+pay(2, 3)+pay(3, 4))
}
