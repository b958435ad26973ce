package oncall_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/oncall"
)

// oddDays are days on which clocks change at midnight, by half an hour, in both
// directions, a minute past midnight, or by a whole day.
var oddDays = []struct{ zone, at string }{
	{"UTC", "2026-01-01T00:00:00Z"},
	{"Europe/Berlin", "2026-03-29T01:00:00Z"},
	{"Europe/Berlin", "2026-10-25T01:00:00Z"},
	{"America/Santiago", "2024-09-08T04:00:00Z"},
	{"America/Santiago", "2024-04-07T03:00:00Z"},
	{"America/Havana", "2024-03-10T05:00:00Z"},
	{"America/Havana", "2024-11-03T05:00:00Z"},
	{"America/Sao_Paulo", "2018-11-04T03:00:00Z"},
	{"America/Sao_Paulo", "2018-02-18T02:00:00Z"},
	{"America/St_Johns", "2006-10-29T02:31:00Z"},
	{"Africa/Cairo", "2024-04-25T22:00:00Z"},
	{"Africa/Cairo", "2024-10-31T21:00:00Z"},
	{"Asia/Beirut", "2024-03-30T22:00:00Z"},
	{"Asia/Beirut", "2024-10-26T21:00:00Z"},
	{"Australia/Lord_Howe", "2026-10-03T15:30:00Z"},
	{"Pacific/Apia", "2011-12-30T10:00:00Z"},
}

func instantOf(t require.TestingT, s string) time.Time {
	at, err := time.Parse(time.RFC3339, s)
	require.NoError(t, err)
	return at
}

func locationOf(t require.TestingT, name string) *time.Location {
	zone, err := time.LoadLocation(name)
	require.NoError(t, err)
	return zone
}

// drawTimesheet draws a few days around a clock change, with people in that zone and
// in others, whose shifts and activities overlap, leave holes and reach outside.
func drawTimesheet(t *rapid.T) oncall.Timesheet {
	odd := rapid.SampledFrom(oddDays).Draw(t, "odd day")
	minutes := func(label string, from, to int) time.Duration {
		return time.Duration(rapid.IntRange(from, to).Draw(t, label)) * time.Minute
	}
	const day = 24 * 60
	around := instantOf(t, odd.at)
	p := oncall.Timesheet{Zone: odd.zone}
	p.From = around.Add(-minutes("before", 0, day*3/2))
	p.To = around.Add(minutes("after", 1, day*3/2))
	p.Calendar = drawCalendar(t)
	for i := range rapid.IntRange(1, 3).Draw(t, "people") {
		who := oncall.Person{ID: []string{"ana", "ben", "cleo"}[i]}
		if rapid.Bool().Draw(t, "elsewhere") {
			who.Zone = rapid.SampledFrom(oddDays).Draw(t, "home").zone
		}
		who.Holidays = oncall.HolidayList{}
		for range rapid.IntRange(0, 2).Draw(t, "holidays") {
			year, month, d := around.AddDate(0, 0, rapid.IntRange(-3, 3).Draw(t, "holiday")).Date()
			who.Holidays.(oncall.HolidayList)[oncall.Date{Year: year, Month: month, Day: d}] = "holiday"
		}
		p.People = append(p.People, who)
	}
	if rapid.Bool().Draw(t, "another calendar") {
		p.Calendars = map[string]oncall.Calendar{"ana": drawCalendar(t)}
	}
	person := rapid.SampledFrom([]string{"ana", "ben", "cleo", "dan"})
	for i := range rapid.IntRange(0, 8).Draw(t, "shifts") {
		start := around.Add(minutes("start", -5*day, 4*day))
		p.Shifts = append(p.Shifts, oncall.Shift{
			Start: start, End: start.Add(minutes("length", 1, 3*day)), Person: person.Draw(t, "who"),
			Rotation: rapid.SampledFrom([]string{"one", "two"}).Draw(t, "rotation"), Turn: int64(i/2 + 1),
		})
	}
	for range rapid.IntRange(0, 6).Draw(t, "activities") {
		start := around.Add(minutes("busy from", -4*day, 4*day))
		p.Activities = append(p.Activities, oncall.Activity{
			Start: start, End: start.Add(minutes("busy for", 0, 600)), Person: person.Draw(t, "busy"),
			Pages: rapid.IntRange(0, 3).Draw(t, "pages"), Incident: rapid.SampledFrom([]string{"", "i"}).Draw(t, "incident"),
		})
	}
	return p
}

func drawCalendar(t *rapid.T) oncall.Calendar {
	if rapid.Bool().Draw(t, "default calendar") {
		return oncall.Calendar{}
	}
	return oncall.Calendar{Night: drawWindow(t, 24*60), Weekend: oncall.Weekdays(rapid.IntRange(0, 127).Draw(t, "weekend"))}
}

func drawWindow(t *rapid.T, longest int) oncall.Window {
	return oncall.Window{
		Days:   oncall.Weekdays(rapid.IntRange(0, 127).Draw(t, "days")),
		Opens:  oncall.Clock(rapid.IntRange(0, 23).Draw(t, "hour"), rapid.SampledFrom([]int{0, 30, 59}).Draw(t, "minute")),
		Length: time.Duration(rapid.IntRange(1, longest).Draw(t, "open for")) * time.Minute,
	}
}

// minuteOf is what a slow walk knows of one minute of one person.
type minuteOf struct {
	at      time.Time
	shown   time.Time // the latest that the person's clock has shown yet, written as if it were UTC
	shifts  []oncall.Shift
	active  bool
	weekend oncall.Weekdays
	night   oncall.Window
	person  oncall.Person
}

func (m minuteOf) onCall() bool { return len(m.shifts) > 0 }

// in reports whether a window is open: it has opened once the clock has shown its
// time, and has closed once it has shown the end.
func (m minuteOf) in(w oncall.Window) bool {
	midnight := m.day()
	for back := range 2 + int(w.Length/(24*time.Hour)) {
		opened := midnight.AddDate(0, 0, -back)
		opens := opened.Add(time.Duration(w.Opens.Hour)*time.Hour + time.Duration(w.Opens.Minute)*time.Minute)
		if (w.Days == 0 || w.Days.Has(opened.Weekday())) && !m.shown.Before(opens) && m.shown.Before(opens.Add(w.Length)) {
			return true
		}
	}
	return false
}

func (m minuteOf) day() time.Time {
	year, month, day := m.shown.Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

func (m minuteOf) kind() oncall.DayKind {
	year, month, day := m.shown.Date()
	if m.person.Holidays != nil {
		if _, ok := m.person.Holidays.Holiday(oncall.Date{Year: year, Month: month, Day: day}); ok {
			return oncall.HolidayDay
		}
	}
	if m.weekend.Has(m.shown.Weekday()) {
		return oncall.WeekendDay
	}
	return oncall.WorkDay
}

// minutesOf walks through the minutes of a period for one person, from some days
// before it on for what the clock has shown.
func minutesOf(t *rapid.T, p oncall.Timesheet, id string, from, to time.Time) []minuteOf {
	person := oncall.Person{ID: id}
	for _, known := range p.People {
		if known.ID == id {
			person = known
		}
	}
	zone := locationOf(t, p.Zone)
	if person.Zone != "" {
		zone = locationOf(t, person.Zone)
	}
	calendar, ok := p.Calendars[id]
	if !ok {
		calendar = p.Calendar
	}
	m := minuteOf{person: person, weekend: calendar.Weekend, night: calendar.Night}
	if m.weekend == 0 {
		m.weekend = oncall.On(time.Saturday, time.Sunday)
	}
	if m.night == (oncall.Window{}) {
		m.night = oncall.Daily(oncall.Clock(22, 0), oncall.Clock(6, 0))
	}
	var all []minuteOf
	for m.at = from.Add(-48 * time.Hour); m.at.Before(to); m.at = m.at.Add(time.Minute) {
		l := m.at.In(zone)
		if shown := time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), l.Minute(), 0, 0, time.UTC); shown.After(m.shown) {
			m.shown = shown
		}
		if m.at.Before(from) {
			continue
		}
		m.shifts, m.active = nil, false
		for _, s := range p.Shifts {
			if s.Person == id && !m.at.Before(s.Start) && m.at.Before(s.End) {
				m.shifts = append(m.shifts, s)
			}
		}
		for _, a := range p.Activities {
			m.active = m.active || a.Person == id && !m.at.Before(a.Start) && m.at.Before(a.End)
		}
		all = append(all, m)
	}
	return all
}

func addMinute(b *oncall.Breakdown, m minuteOf) {
	split := map[oncall.DayKind]*oncall.Split{
		oncall.WorkDay: &b.Weekday, oncall.WeekendDay: &b.Weekend, oncall.HolidayDay: &b.Holiday,
	}[m.kind()]
	if m.in(m.night) {
		split.Night += time.Minute
	} else {
		split.Day += time.Minute
	}
}

// Loads agree with a walk minute by minute, in which nothing is counted twice.
func TestLoadsAgreeWithTheReference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawTimesheet(t)
		loads, err := p.Loads()
		require.NoError(t, err)
		for _, got := range loads {
			want := oncall.Load{Person: got.Person}
			minutes := minutesOf(t, p, got.Person, p.From, p.To)
			for i, m := range minutes {
				if m.active {
					addMinute(&want.Active, m)
				}
				if m.onCall() {
					addMinute(&want.OnCall, m)
					want.ByWeekday[m.shown.Weekday()] += time.Minute
					if i == 0 || !minutes[i-1].onCall() {
						want.Runs++
					}
				}
				for _, a := range p.Activities {
					if a.Person == got.Person && a.Start.Equal(m.at) {
						want.Pages += a.Pages
						if m.in(m.night) {
							want.PagesAtNight += a.Pages
						}
					}
				}
			}
			require.Equal(t, want, got)
		}
		checkEverybody(t, p, loads)
	})
}

// checkEverybody checks that everybody is there once: those who are listed, in their
// order, and then the others.
func checkEverybody(t *rapid.T, p oncall.Timesheet, loads []oncall.Load) {
	var want []string
	others := map[string]bool{}
	for _, person := range p.People {
		want = append(want, person.ID)
	}
	for _, s := range p.Shifts {
		others[s.Person] = true
	}
	for _, a := range p.Activities {
		others[a.Person] = true
	}
	for _, person := range slices.Sorted(maps.Keys(others)) {
		if !slices.Contains(want, person) {
			want = append(want, person)
		}
	}
	var got []string
	for _, l := range loads {
		got = append(got, l.Person)
	}
	require.Equal(t, want, got)
}

// Coverage agrees with a walk minute by minute, and tiles the period.
func TestCoverageAgreesWithTheReference(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		p := drawTimesheet(t)
		for i := range rapid.IntRange(0, 3).Draw(t, "gaps") {
			g := oncall.IntendedGap{Reason: fmt.Sprint("reason ", i%2), Window: drawWindow(t, 3*24*60)}
			if rapid.Bool().Draw(t, "bounded") {
				g.Start = p.From.Add(time.Duration(rapid.IntRange(-60, 3000).Draw(t, "gap from")) * time.Minute)
				g.End = g.Start.Add(time.Duration(rapid.IntRange(1, 3000).Draw(t, "gap for")) * time.Minute)
			}
			if !g.Start.IsZero() && rapid.Bool().Draw(t, "without window") {
				g.Window = oncall.Window{}
			}
			p.Intended = append(p.Intended, g)
		}
		atLeast := rapid.IntRange(1, 3).Draw(t, "at least")
		coverage, err := p.Coverage(atLeast)
		require.NoError(t, err)
		require.Equal(t, p.To.Sub(p.From), coverage.Covered+coverage.Intended+coverage.Missing)

		short := coverage.Short
		var last oncall.Shortfall
		var missing, intended time.Duration
		for _, m := range minutesOf(t, p, "", p.From, p.To) {
			want := shortAt(p, m, atLeast)
			if want == nil {
				continue
			}
			if !m.at.Before(last.End) {
				require.NotEmpty(t, short, "short at %s", m.at)
				require.True(t, short[0].Start.Equal(m.at))
				if last.End.Equal(m.at) {
					require.False(t, slices.Equal(last.People, short[0].People) && last.Intended == short[0].Intended && last.Reason == short[0].Reason,
						"what is the same is not cut in two")
				}
				last, short = short[0], short[1:]
			}
			require.Equal(t, want.People, last.People)
			require.Equal(t, want.Intended, last.Intended)
			require.Equal(t, want.Reason, last.Reason)
			if want.Intended {
				intended += time.Minute
			} else {
				missing += time.Minute
			}
		}
		require.Empty(t, short)
		require.Equal(t, missing, coverage.Missing)
		require.Equal(t, intended, coverage.Intended)
	})
}

// shortAt returns what a period lacks in a minute, or nil.
func shortAt(p oncall.Timesheet, m minuteOf, atLeast int) *oncall.Shortfall {
	var short oncall.Shortfall
	for _, person := range []string{"ana", "ben", "cleo", "dan"} {
		if slices.ContainsFunc(p.Shifts, func(s oncall.Shift) bool {
			return s.Person == person && !m.at.Before(s.Start) && m.at.Before(s.End)
		}) {
			short.People = append(short.People, person)
		}
	}
	if len(short.People) >= atLeast {
		return nil
	}
	for _, g := range p.Intended {
		bounded := (g.Start.IsZero() || !m.at.Before(g.Start)) && (g.End.IsZero() || m.at.Before(g.End))
		if bounded && (g.Window == (oncall.Window{}) || m.in(g.Window)) {
			short.Intended, short.Reason = true, g.Reason
			break
		}
	}
	return &short
}

func TestLoadsOfWeeksWithAClockChange(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		zone, from string
		hours      float64
	}{
		{"Europe/Berlin", "2026-03-22T23:00:00Z", 167},
		{"Europe/Berlin", "2026-10-18T22:00:00Z", 169},
		{"Europe/Berlin", "2026-06-07T22:00:00Z", 168},
		{"Pacific/Apia", "2011-12-26T10:00:00Z", 144},
	} {
		zone := locationOf(t, test.zone)
		from := instantOf(t, test.from).In(zone)
		to := from.AddDate(0, 0, 7)
		p := oncall.Timesheet{From: from, To: to, Zone: test.zone, Shifts: []oncall.Shift{
			{Start: from, End: to, Person: "ana"},
			{Start: from.Add(time.Hour), End: to.Add(-time.Hour), Person: "ana", Rotation: "another"},
		}}
		loads, err := p.Loads()
		require.NoError(t, err)
		require.Len(t, loads, 1)
		assert.InDelta(t, test.hours, loads[0].OnCall.Total().Hours(), 0, "%s %s", test.zone, test.from)
	}
}

// Fractions of a second are cut off at both ends of everything, so that nothing
// is lost between two shifts.
func TestTimesheetsCutFractions(t *testing.T) {
	t.Parallel()
	from := time.Date(2026, 1, 1, 0, 0, 0, 999, time.UTC)
	half := from.Add(30*time.Minute + time.Second/3)
	p := oncall.Timesheet{From: from, To: from.Add(time.Hour), Zone: "UTC", Shifts: []oncall.Shift{
		{Start: from, End: half, Person: "ana"}, {Start: half, End: from.Add(time.Hour), Person: "ben"},
	}}
	coverage, err := p.Coverage(1)
	require.NoError(t, err)
	assert.Equal(t, oncall.Coverage{AtLeast: 1, Covered: time.Hour}, coverage)
}

// A shift without end costs no more than one that ends with the period.
func TestTimesheetsOfShiftsWithoutEnd(t *testing.T) {
	t.Parallel()
	p := oncall.Timesheet{From: december(1, 0, 0), To: december(8, 0, 0), Zone: "UTC", Shifts: []oncall.Shift{
		{Start: instantOf(t, "1970-01-01T00:00:00Z"), End: instantOf(t, "9999-12-31T00:00:00Z"), Person: "ana"},
	}}
	loads, err := p.Loads()
	require.NoError(t, err)
	assert.Equal(t, 7*24*time.Hour, loads[0].OnCall.Total())
	violations, err := p.Violations(oncall.Limits{Days: 6})
	require.NoError(t, err)
	require.Len(t, violations, 1)
	assert.Equal(t, oncall.Measure{Count: 366 + 7 + 366}, violations[0].Have, "a year on both sides is looked at")
}

func TestTimesheetsWithProblems(t *testing.T) {
	t.Parallel()
	tests := map[string]func(p *oncall.Timesheet){
		"zone":                   func(p *oncall.Timesheet) { p.Zone = "Local" },
		"from":                   func(p *oncall.Timesheet) { p.From = time.Time{} },
		"to":                     func(p *oncall.Timesheet) { p.To = p.From },
		"calendar.night.length":  func(p *oncall.Timesheet) { p.Calendar.Night = oncall.Window{Length: 25 * time.Hour} },
		"people[0].zone":         func(p *oncall.Timesheet) { p.People[0].Zone = "Europe/Atlantis" },
		"people[1].id":           func(p *oncall.Timesheet) { p.People[1].ID = "ana" },
		"people[0].leave[0].end": func(p *oncall.Timesheet) { p.People[0].Leave = []oncall.Leave{{Start: p.To, End: p.From}} },
		"shifts[0].end":          func(p *oncall.Timesheet) { p.Shifts[0].End = p.Shifts[0].Start.Add(-1 * time.Second) },
		"shifts[1].start":        func(p *oncall.Timesheet) { p.Shifts[1].Start = time.Time{} },
		"shifts[1].person":       func(p *oncall.Timesheet) { p.Shifts[1].Person = "" },
		"activities[0].end":      func(p *oncall.Timesheet) { p.Activities[0].End = p.From.AddDate(-1, 0, 0) },
		"activities[1].person":   func(p *oncall.Timesheet) { p.Activities[1].Person = "" },
		"activities[1].pages":    func(p *oncall.Timesheet) { p.Activities[1].Pages = -1 },
		"intended_gaps[0]":       func(p *oncall.Timesheet) { p.Intended = []oncall.IntendedGap{{}} },
		`calendars["ben"].night.opens`: func(p *oncall.Timesheet) {
			p.Calendars = map[string]oncall.Calendar{"ben": {Night: oncall.Window{Opens: oncall.Clock(24, 0), Length: time.Hour}}}
		},
	}
	for field, spoil := range tests {
		t.Run(field, func(t *testing.T) {
			t.Parallel()
			p := christmas()
			spoil(&p)
			_, err := p.Loads()
			requireField(t, field, err)
		})
	}
	p := christmas()
	p.To = p.From.AddDate(101, 0, 0)
	_, err := p.Coverage(0)
	requireField(t, "to", err)
	require.ErrorContains(t, err, "at_least")
}

// requireField requires an error about a field.
func requireField(t require.TestingT, field string, err error) {
	var problem *oncall.FieldError
	require.ErrorAs(t, err, &problem)
	require.Equal(t, field, problem.Field)
	require.NotEmpty(t, problem.Want)
}

func TestCoverageShare(t *testing.T) {
	t.Parallel()
	assert.InDelta(t, 1, oncall.Coverage{}.Share(), 0)
	assert.InDelta(t, 1, oncall.Coverage{Intended: time.Hour}.Share(), 0, "nothing should be covered")
	assert.InDelta(t, 0.75, oncall.Coverage{Covered: 3 * time.Hour, Missing: time.Hour, Intended: time.Hour}.Share(), 0)
	assert.InDelta(t, 0, oncall.Coverage{Missing: time.Hour}.Share(), 0)
}

func TestBalances(t *testing.T) {
	t.Parallel()
	nobody := oncall.BalanceOf("hours", nil, func(oncall.Load) float64 { return 1 })
	assert.Equal(t, oncall.Balance{Of: "hours"}, nobody)
	assert.Equal(t, "hours: nobody", nobody.String())

	loads := []oncall.Load{{Person: "ana", Pages: 3}, {Person: "ben"}, {Person: "cleo", Pages: 1}, {Person: "dan"}}
	pages := oncall.Fairness(loads)[5]
	assert.Equal(t, oncall.Balance{
		Of: "pages", Sum: 4, Mean: 1, Max: 3, Spread: 3,
		Shares: []oncall.Share{
			{Person: "ana", Amount: 3, Deviation: 2, Part: 0.75},
			{Person: "ben", Amount: 0, Deviation: -1},
			{Person: "cleo", Amount: 1, Part: 0.25},
			{Person: "dan", Amount: 0, Deviation: -1},
		},
	}, pages)

	even := oncall.BalanceOf("nothing", loads[:3], func(oncall.Load) float64 { return 0 })
	assert.Equal(t, "nothing: mean 0.0, spread 0.0: ana 0.0 (+0.0), ben 0.0 (+0.0), cleo 0.0 (+0.0)", even.String())
	slightly := oncall.BalanceOf("x", loads[:2], func(l oncall.Load) float64 { return float64(l.Pages) / 100 })
	assert.Equal(t, "x: mean 0.0, spread 0.0: ana 0.0 (+0.0), ben 0.0 (+0.0)", slightly.String(), "no zero has a minus")
}
