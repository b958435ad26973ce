package oncall_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/oncall"
)

func TestConflicts(t *testing.T) {
	t.Parallel()
	shared := func(person string, from, to int) oncall.Shift {
		s := hoursOf(person, from, to)[0]
		s.Rotation, s.Turn = "weekly", 3
		return s
	}
	stages := func(readiness ...oncall.Readiness) (stages []oncall.Stage) {
		for i, r := range readiness {
			stages = append(stages, oncall.Stage{From: december(1, 10*i, 0), Readiness: r})
		}
		return stages
	}
	tests := map[string]struct {
		people []oncall.Person
		shifts []oncall.Shift
		want   []string
	}{
		"none": {shifts: hoursOf("ana", 0, 48)},
		"leave is kept": {
			people: []oncall.Person{{ID: "ana", Leave: []oncall.Leave{
				{Start: december(1, 12, 0), End: december(1, 18, 0), Reason: "dentist"},
				{Start: december(1, 21, 0), End: december(3, 0, 0)},
			}}},
			shifts: hoursOf("ana", 0, 14, 20, 24),
			want: []string{
				"ana from 2026-12-01 12:00 to 2026-12-01 14:00: leave (dentist)",
				"ana from 2026-12-01 21:00 to 2026-12-02 00:00: leave",
			},
		},
		"a holiday where the person lives": {
			people: []oncall.Person{{
				ID: "ana", Zone: "Asia/Tokyo",
				Holidays: oncall.HolidayList{{Year: 2026, Month: time.December, Day: 2}: "Founding Day"},
			}},
			shifts: hoursOf("ana", 0, 48),
			want:   []string{"ana from 2026-12-02 00:00 to 2026-12-03 00:00: holiday (Founding Day)"},
		},
		"not ready": {
			people: []oncall.Person{{ID: "ana", Stages: stages(oncall.NotEligible, oncall.Shadowing, oncall.Ready, oncall.NotEligible)}},
			shifts: hoursOf("ana", 5, 48),
			want: []string{
				"ana from 2026-12-01 05:00 to 2026-12-01 10:00: not ready (none)",
				"ana from 2026-12-01 10:00 to 2026-12-01 20:00: not ready (shadow)",
				"ana from 2026-12-02 06:00 to 2026-12-03 00:00: not ready (none)",
			},
		},
		"supervised, and now and then alone": {
			people: []oncall.Person{
				{ID: "ana", Stages: stages(oncall.Supervised)},
				{ID: "ben", Stages: stages(oncall.Supervised, oncall.Leading)},
			},
			shifts: append(hoursOf("cleo", 0, 48), shared("ana", 0, 48), shared("ben", 5, 30)),
			want: []string{
				"ana from 2026-12-01 00:00 to 2026-12-01 10:00: unsupervised",
				"ben from 2026-12-01 05:00 to 2026-12-01 10:00: unsupervised",
				"ana from 2026-12-02 06:00 to 2026-12-03 00:00: unsupervised",
			},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := oncall.Timesheet{From: december(1, 0, 0), To: december(3, 0, 0), Zone: "UTC", People: test.people, Shifts: test.shifts}
			conflicts, err := p.Conflicts()
			require.NoError(t, err)
			var got []string
			for _, c := range conflicts {
				got = append(got, strings.TrimSuffix(strings.TrimSuffix(c.String(), c.Shift.Rule()), ", "))
				assert.Equal(t, c.Person, c.Shift.Person)
			}
			assert.Equal(t, test.want, got)
		})
	}
}

func TestQualified(t *testing.T) {
	t.Parallel()
	at := december(1, 12, 0)
	stages := []oncall.Stage{{From: december(1, 0, 0), Readiness: oncall.Supervised}, {From: december(1, 13, 0), Readiness: oncall.Leading}}
	people := []oncall.Person{
		{ID: "ana", Skills: []string{"network", "database"}},
		{ID: "ben", Skills: []string{"database"}},
		{ID: "eve", Skills: []string{"database"}, Stages: stages},
	}
	shifts := slices.Concat(hoursOf("cleo", 0, 24), hoursOf("ben", 0, 24), hoursOf("eve", 0, 24), hoursOf("ana", 12, 24), hoursOf("dan", 0, 12), hoursOf("cleo", 1, 24))
	for _, test := range []struct {
		need oncall.Need
		at   time.Time
		want string // people, or the error
	}{
		{oncall.Need{}, at, "cleo ben ana cleo"},
		{oncall.Need{Skills: []string{"database"}}, at, "ben ana"},
		{oncall.Need{Skills: []string{"database", "network"}}, at, "ana"},
		{oncall.Need{Lead: true}, at.Add(time.Hour), "eve"},
		{
			oncall.Need{Skills: []string{"database", "network"}, Lead: true}, at.Add(-1),
			"oncall: nobody on call is qualified at 2026-12-01T11:59:59Z for lead with database, network: " +
				"cleo is at stage ready and lacks database, network; ben is at stage ready and lacks network; " +
				"eve is at stage supervised and lacks network; dan is at stage ready and lacks database, network",
		},
		{oncall.Need{}, at.Add(24 * time.Hour), "oncall: nobody on call is qualified at 2026-12-02T12:00:00Z for duty"},
	} {
		able, err := oncall.Qualified(shifts, people, test.at, test.need)
		if err != nil {
			require.ErrorIs(t, err, oncall.ErrUnqualified)
			require.NotErrorIs(t, err, oncall.ErrNobody)
			require.EqualError(t, err, test.want)
			continue
		}
		var got []string
		for _, s := range able {
			got = append(got, s.Person)
		}
		assert.Equal(t, test.want, strings.Join(got, " "))
	}
}

func TestHandoffs(t *testing.T) {
	t.Parallel()
	at := december(1, 8, 0)
	shifts := slices.Concat(hoursOf("ana", 0, 8), hoursOf("ben", 0, 2, 8, 16), hoursOf("cleo", 0, 8, 8, 20), hoursOf("dan", 4, 12), hoursOf("eve", 9, 12))
	work := []oncall.OpenWork{
		{ID: "w1", Title: "Owned by her who leaves", Owner: "ana", Note: "first line\nsecond line\n"},
		{ID: "w2", Title: "Owned by her who stays", Owner: "cleo"},
		{ID: "w3", Title: "Owned by nobody", Note: " "},
		{ID: "w4", Title: "Owned by her who is asleep", Owner: "eve", Note: "n"},
	}
	h := oncall.NewHandoff(at, shifts, work, map[string]string{"ana": "Quiet night."})
	assert.Equal(t, `Handoff on Tue 2026-12-01 08:00 UTC
Leaves: ana
  Quiet night.
Comes:  ben, until Tue 2026-12-01 16:00 UTC
Stays:  cleo, until Tue 2026-12-01 20:00 UTC
Stays:  dan, until Tue 2026-12-01 12:00 UTC
Open work:
- w1 Owned by her who leaves (ana)
  first line
  second line
- w3 Owned by nobody (nobody)
- w4 Owned by her who is asleep (eve)
  n
Missing: w3 has no note
`, h.Text())

	h = oncall.NewHandoff(at, hoursOf("ana", 0, 8), nil, nil)
	assert.Equal(t, []string{"ana leaves no note", "nobody takes over"}, h.Missing)
	assert.Equal(t, `Handoff on Tue 2026-12-01 08:00 UTC
Leaves: ana
Comes:  nobody
Open work: none
Missing: ana leaves no note; nobody takes over
`, h.Text())

	h = oncall.NewHandoff(at, hoursOf("ana", 0, 8, 8, 9), nil, nil)
	assert.Empty(t, h.Leaving, "she goes on")
	assert.Empty(t, h.Missing)
	h = oncall.NewHandoff(at, hoursOf("ana", 0, 8, 0, 8, 8, 9), work[:1], nil)
	assert.Empty(t, h.Open, "she keeps hers")
	h = oncall.NewHandoff(at, shifts, work[:1], nil)
	assert.Empty(t, h.Missing, "the note of her work is a note")
}

// Leave for a holiday is the day as it is in the zone, however long, and the
// days with and without leave tile the range.
func TestHolidayLeaveIsTheDayOfTheZone(t *testing.T) {
	t.Parallel()
	everyOther := holidaysFunc(func(d oncall.Date) (string, bool) { return d.Month.String(), d.Day%2 == 1 })
	everyOne := holidaysFunc(func(d oncall.Date) (string, bool) { return d.Month.String(), d.Day%2 == 0 })
	rapid.Check(t, func(t *rapid.T) {
		odd := rapid.SampledFrom(oddDays).Draw(t, "odd day")
		zone := locationOf(t, odd.zone)
		from := instantOf(t, odd.at).Add(time.Duration(rapid.IntRange(-5000, 5000).Draw(t, "from")) * time.Minute)
		to := from.Add(time.Duration(rapid.IntRange(1, 9000).Draw(t, "for")) * time.Minute)
		leave := slices.Concat(oncall.HolidayLeave(everyOther, zone, from, to), oncall.HolidayLeave(everyOne, zone, from, to))
		slices.SortFunc(leave, func(a, b oncall.Leave) int { return a.Start.Compare(b.Start) })
		require.False(t, leave[0].Start.After(from))
		require.False(t, leave[len(leave)-1].End.Before(to))
		for i, l := range leave {
			if i > 0 {
				require.Equal(t, leave[i-1].End, l.Start)
			}
			noon := l.Start.Add(l.End.Sub(l.Start) / 2).In(zone)
			require.Equal(t, oncall.Local(noon.Year(), noon.Month(), noon.Day(), 0, 0).In(zone), l.Start)
			require.Equal(t, noon.Month().String(), l.Reason)
		}
	})
}

type holidaysFunc func(oncall.Date) (string, bool)

func (f holidaysFunc) Holiday(d oncall.Date) (string, bool) { return f(d) }

func TestHolidayLeaveHasLimits(t *testing.T) {
	t.Parallel()
	all := holidaysFunc(func(d oncall.Date) (string, bool) { return "", d.Month == time.January && d.Day == 1 })
	years := func(from, to int) int {
		return len(oncall.HolidayLeave(all, nil, time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC), time.Date(to, 1, 1, 0, 0, 0, 0, time.UTC)))
	}
	assert.Equal(t, 2, years(1960, 1972), "from 1970 on")
	assert.Equal(t, 3, years(9997, 123_456), "until 9999")
	assert.Equal(t, 0, years(2000, 2000))
	assert.Equal(t, 0, years(2001, 2000))
	assert.Empty(t, oncall.HolidayLeave(nil, nil, december(1, 0, 0), december(2, 0, 0)))

	skipped := oncall.HolidayList{{Year: 2011, Month: time.December, Day: 30}: "never"}
	apia := locationOf(t, "Pacific/Apia")
	assert.Empty(t, oncall.HolidayLeave(skipped, apia, instantOf(t, "2011-12-01T00:00:00Z"), instantOf(t, "2012-01-31T00:00:00Z")))
}

// A Rota fills a period with everybody, also those who never had a turn, and with
// shifts that reach outside.
func TestRotaTimesheet(t *testing.T) {
	t.Parallel()
	s := primary()
	s.Rotations = append(s.Rotations, oncall.Rotation{ID: "planned", Fixed: []oncall.FixedShift{
		{Start: utc(t, "2026-01-01T09:00Z"), End: utc(t, "2026-01-02T09:00Z"), People: []string{"gil", "ana"}},
	}})
	s.Overlap = oncall.Add
	s.People = []oncall.Person{{ID: "zoe"}, {ID: "cleo", Zone: "Asia/Tokyo"}, {ID: "dan"}}
	s.Intended = []oncall.IntendedGap{{
		Window: oncall.Daily(oncall.Clock(0, 0), oncall.Clock(6, 0)), Start: utc(t, "2026-01-03T00:00Z"), Reason: "nights",
	}}
	r := compile(t, s)

	from, to := utc(t, "2026-01-02T23:00Z"), utc(t, "2026-01-12T08:00Z")
	p := r.Timesheet(from, to)
	var people []string
	for _, person := range p.People {
		people = append(people, person.ID+" "+person.Zone)
	}
	assert.Equal(t, []string{
		"ana Europe/Berlin", "ben Europe/Berlin", "cleo Asia/Tokyo", "gil Europe/Berlin", "dan Europe/Berlin", "zoe Europe/Berlin",
	}, people)
	coverage, err := p.Coverage(1)
	require.NoError(t, err)
	var want []oncall.Shortfall
	for gap := range r.Gaps(from, to) {
		want = append(want, oncall.Shortfall{Gap: gap})
	}
	assert.Equal(t, want, coverage.Short)
	assert.Len(t, want, 7, "three nights, and what is before, between and after")
	loads, err := p.Loads()
	require.NoError(t, err)
	assert.Equal(t, 7*24*time.Hour, loads[0].OnCall.Total())
	assert.Zero(t, loads[1].OnCall.Total())
	assert.True(t, p.Shifts[0].Start.Before(from) && p.Shifts[len(p.Shifts)-1].End.After(to.AddDate(0, 0, 30)))
}

// People of nested schedules are known by what their own schedule knows.
func TestRotaPeopleOfNestedSchedules(t *testing.T) {
	t.Parallel()
	inner, outer := primary(), primary()
	inner.ID = "inner"
	inner.People = []oncall.Person{{ID: "ben", Zone: "Asia/Tokyo", Skills: []string{"database"}}, {ID: "ana", Zone: "UTC"}}
	outer.Rotations[0].Seats = []oncall.Seat{{People: []string{"ana"}}, {Schedule: "inner"}}
	outer.People = []oncall.Person{{ID: "ana", Zone: "America/New_York"}}
	rotas, err := oncall.CompileAll([]oncall.Schedule{outer, inner})
	require.NoError(t, err)
	r := rotas["primary"]

	people := r.People()
	require.Len(t, people, 3)
	assert.Equal(t, "America/New_York", people[0].Zone)
	assert.Equal(t, "Asia/Tokyo", people[1].Zone)
	shifts, err := r.Qualified(utc(t, "2026-01-13T12:00Z"), oncall.Need{Skills: []string{"database"}})
	require.NoError(t, err)
	require.Len(t, shifts, 1)
	assert.Equal(t, "ben", shifts[0].Person)

	_, err = r.Qualified(utc(t, "2026-01-06T12:00Z"), oncall.Need{Skills: []string{"database"}})
	require.ErrorIs(t, err, oncall.ErrUnqualified)
	_, err = r.Qualified(utc(t, "2025-01-06T12:00Z"), oncall.Need{})
	require.ErrorIs(t, err, oncall.ErrNobody)
}

func TestRotaHandoff(t *testing.T) {
	t.Parallel()
	r := compile(t, primary())
	handoff := utc(t, "2026-01-12T08:00Z")
	h := r.Handoff(handoff, nil, map[string]string{"ana": "all is well"})
	assert.Equal(t, `Handoff on Mon 2026-01-12 09:00 CET
Leaves: ana
  all is well
Comes:  ben, until Mon 2026-01-19 09:00 CET
Open work: none
`, h.Text())

	s := primary()
	s.Overrides = []oncall.Override{override(t, "o1", "2026-01-12T07:59Z", "2026-01-12T08:00Z", "cleo")}
	h = compile(t, s).Handoff(handoff, nil, nil)
	require.Len(t, h.Leaving, 1, "only who is on call until then")
	assert.Equal(t, "cleo", h.Leaving[0].Person)
	h = r.Handoff(handoff.Add(time.Second), nil, nil)
	assert.Empty(t, h.Leaving)
	require.Len(t, h.Staying, 1)
	assert.True(t, h.Staying[0].Start.Equal(handoff), "shifts are whole")
}
