package oncall_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/oncall"
)

// Every Go block of docs/oncall.md is in one of these files, where it is compiled
// and run.
func TestGuideShowsWhatIsTested(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../docs/oncall.md")
	require.NoError(t, err)
	var code strings.Builder
	for _, file := range []string{"guide_test.go", "ical/guide_test.go", "../importers/pagerduty/guide_test.go"} {
		source, err := os.ReadFile(file)
		require.NoError(t, err)
		code.Write(source)
		code.WriteString(strings.ReplaceAll(string(source), "\n\t", "\n")) // the guide leaves the function out
	}
	blocks := strings.Split(string(guide), "```go\n")[1:]
	require.NotEmpty(t, blocks)
	for _, block := range blocks {
		block, _, _ = strings.Cut(block, "```")
		require.Contains(t, code.String(), block)
	}
}

// berlin is a schedule of these rotations.
func berlin(rotations ...oncall.Rotation) oncall.Schedule {
	return oncall.Schedule{ID: "primary", Zone: "Europe/Berlin", Rotations: rotations}
}

// inBerlin is the instant at which the clocks of Berlin show a time.
func inBerlin(text string) time.Time {
	local, err := oncall.ParseLocalTime(text)
	zone, noZone := time.LoadLocation("Europe/Berlin")
	if err := errors.Join(err, noZone); err != nil {
		panic(err)
	}
	return local.In(zone)
}

// show prints who is on call between two times in Berlin.
func show(s oncall.Schedule, from, to string) {
	rota, err := oncall.Compile(s)
	if err != nil {
		fmt.Println(err)
		return
	}
	for shift := range rota.Shifts(inBerlin(from), inBerlin(to)) {
		const layout = "Mon 2 Jan 15:04"
		fmt.Println(shift.Start.Format(layout), "–", shift.End.Format(layout), shift.Person)
	}
}

func Example_firstSchedule() {
	rota, err := oncall.Compile(oncall.Schedule{
		ID:   "primary",
		Zone: "Europe/Berlin",
		Rotations: []oncall.Rotation{{
			ID:    "weekly",
			Start: oncall.Local(2026, time.January, 5, 9, 0), // a Monday
			Turns: oncall.Every(1, oncall.Weeks),
			Seats: oncall.Seats("ana", "ben", "cleo"),
		}},
		Overrides: []oncall.Override{{
			ID:     "o1",
			Start:  time.Date(2026, time.January, 14, 12, 0, 0, 0, time.UTC),
			End:    time.Date(2026, time.January, 14, 16, 0, 0, 0, time.UTC),
			People: []string{"ana"},
			Reason: "dentist",
		}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, hour := range []int{11, 14} {
		shift, err := rota.At(time.Date(2026, time.January, 14, hour, 0, 0, 0, time.UTC))
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("%s until %s: %s\n", shift.Person, shift.End.Format("Mon 2 Jan 15:04"), shift.Rule())
	}
	// Output:
	// ben until Wed 14 Jan 13:00: rotation weekly, turn 2
	// ana until Wed 14 Jan 17:00: override o1 (dentist)
}

func Example_turns() {
	daily := oncall.Rotation{
		ID:    "every-two-days",
		Start: oncall.Local(2026, time.January, 5, 9, 0),
		Turns: oncall.Every(2, oncall.Days),
		Seats: oncall.Seats("ana", "ben", "cleo"),
	}
	show(berlin(daily), "2026-01-05T09:00", "2026-01-13T09:00")
	// Output:
	// Mon 5 Jan 09:00 – Wed 7 Jan 09:00 ana
	// Wed 7 Jan 09:00 – Fri 9 Jan 09:00 ben
	// Fri 9 Jan 09:00 – Sun 11 Jan 09:00 cleo
	// Sun 11 Jan 09:00 – Tue 13 Jan 09:00 ana
}

func Example_alternatingTurns() {
	workAndWeekend := oncall.Rotation{
		ID:    "work-and-weekend",
		Start: oncall.Local(2026, time.January, 5, 9, 0),
		Turns: []oncall.Turn{{N: 5, Unit: oncall.Days}, {N: 2, Unit: oncall.Days}},
		Seats: oncall.Seats("ana", "ben", "cleo"),
	}
	show(berlin(workAndWeekend), "2026-01-05T09:00", "2026-01-26T09:00")
	// Output:
	// Mon 5 Jan 09:00 – Sat 10 Jan 09:00 ana
	// Sat 10 Jan 09:00 – Mon 12 Jan 09:00 ben
	// Mon 12 Jan 09:00 – Sat 17 Jan 09:00 cleo
	// Sat 17 Jan 09:00 – Mon 19 Jan 09:00 ana
	// Mon 19 Jan 09:00 – Sat 24 Jan 09:00 ben
	// Sat 24 Jan 09:00 – Mon 26 Jan 09:00 cleo
}

func Example_months() {
	monthly := oncall.Rotation{
		ID:    "monthly",
		Start: oncall.Local(2026, time.January, 31, 9, 0),
		Turns: oncall.Every(1, oncall.Months),
		Seats: oncall.Seats("ana", "ben", "cleo"),
	}
	show(berlin(monthly), "2026-01-31T09:00", "2026-04-30T09:00")

	fmt.Println("or, with overflow:")
	monthly.MonthEnd = oncall.Overflow
	show(berlin(monthly), "2026-01-31T09:00", "2026-03-31T09:00")
	// Output:
	// Sat 31 Jan 09:00 – Sat 28 Feb 09:00 ana
	// Sat 28 Feb 09:00 – Tue 31 Mar 09:00 ben
	// Tue 31 Mar 09:00 – Thu 30 Apr 09:00 cleo
	// or, with overflow:
	// Sat 31 Jan 09:00 – Tue 3 Mar 09:00 ana
	// Tue 3 Mar 09:00 – Tue 31 Mar 09:00 ben
}

func Example_clockChanges() {
	daily := oncall.Rotation{
		ID:    "daily",
		Start: oncall.Local(2026, time.January, 5, 2, 30),
		Turns: oncall.Every(1, oncall.Days),
		Seats: oncall.Seats("ana", "ben"),
	}
	rota, err := oncall.Compile(berlin(daily))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, from := range []string{"2026-03-28T02:30", "2026-10-24T02:30"} {
		for shift := range rota.Shifts(inBerlin(from), inBerlin(from).Add(48*time.Hour)) {
			fmt.Println(shift.Start.Format("Mon 2 Jan 15:04 MST"), shift.Person)
		}
	}
	// Output:
	// Sat 28 Mar 02:30 CET ana
	// Sun 29 Mar 03:00 CEST ben
	// Mon 30 Mar 02:30 CEST ana
	// Sat 24 Oct 02:30 CEST ana
	// Sun 25 Oct 02:30 CEST ben
}

func Example_windows() {
	nights := oncall.Rotation{
		ID:    "nights",
		Start: oncall.Local(2026, time.January, 5, 9, 0),
		Turns: oncall.Every(1, oncall.Weeks),
		Count: oncall.ByTurn,
		Seats: oncall.Seats("ana", "ben"),
		Windows: []oncall.Window{
			oncall.Daily(oncall.Clock(22, 0), oncall.Clock(6, 0), time.Monday, time.Tuesday, time.Wednesday, time.Thursday),
			{Days: oncall.On(time.Friday), Opens: oncall.Clock(22, 0), Length: 59 * time.Hour},
		},
	}
	show(berlin(nights), "2026-01-08T09:00", "2026-01-13T09:00")
	// Output:
	// Thu 8 Jan 22:00 – Fri 9 Jan 06:00 ana
	// Fri 9 Jan 22:00 – Mon 12 Jan 09:00 ana
	// Mon 12 Jan 22:00 – Tue 13 Jan 06:00 ben
}

func Example_windowsInAnotherZone() {
	office := oncall.Rotation{
		ID:          "new-york-office-hours",
		Start:       oncall.Local(2026, time.January, 5, 9, 0), // in Berlin
		Turns:       oncall.Every(1, oncall.Weeks),
		Count:       oncall.ByTurn,
		Seats:       oncall.Seats("ana", "ben"),
		Windows:     []oncall.Window{oncall.Daily(oncall.Clock(9, 0), oncall.Clock(17, 0), time.Friday, time.Monday)},
		WindowsZone: "America/New_York",
	}
	show(berlin(office), "2026-03-06T00:00", "2026-03-10T00:00")
	// Output:
	// Fri 6 Mar 15:00 – Fri 6 Mar 23:00 ana
	// Mon 9 Mar 14:00 – Mon 9 Mar 22:00 ben
}

func Example_seats() {
	pairs := oncall.Rotation{
		ID:    "pairs",
		Start: oncall.Local(2026, time.January, 5, 9, 0),
		Turns: oncall.Every(1, oncall.Weeks),
		Seats: []oncall.Seat{
			{People: []string{"ana", "ben"}},
			{People: []string{"cleo"}},
			{}, // vacant: nobody is on call this week
		},
	}
	show(berlin(pairs), "2026-01-05T09:00", "2026-02-02T09:00")
	// Output:
	// Mon 5 Jan 09:00 – Mon 12 Jan 09:00 ana
	// Mon 5 Jan 09:00 – Mon 12 Jan 09:00 ben
	// Mon 12 Jan 09:00 – Mon 19 Jan 09:00 cleo
	// Mon 26 Jan 09:00 – Mon 2 Feb 09:00 ana
	// Mon 26 Jan 09:00 – Mon 2 Feb 09:00 ben
}

func Example_vacantSeats() {
	check := oncall.Rotation{
		ID:    "three-hours-of-every-three-days",
		Start: oncall.Local(2026, time.January, 5, 9, 0),
		Turns: []oncall.Turn{{N: 3, Unit: oncall.Hours}, {N: 69, Unit: oncall.Hours}},
		Seats: oncall.Seats("ana", "", "ben", ""),
	}
	show(berlin(check), "2026-01-05T09:00", "2026-01-12T09:00")
	// Output:
	// Mon 5 Jan 09:00 – Mon 5 Jan 12:00 ana
	// Thu 8 Jan 09:00 – Thu 8 Jan 12:00 ben
	// Sun 11 Jan 09:00 – Sun 11 Jan 12:00 ana
}

func Example_count() {
	office := oncall.Rotation{
		ID:    "office-hours",
		Start: oncall.Local(2026, time.January, 5, 9, 0),
		Turns: oncall.Every(1, oncall.Days),
		Seats: oncall.Seats("ana", "ben", "cleo"),
		Windows: []oncall.Window{oncall.Daily(oncall.Clock(9, 0), oncall.Clock(17, 0),
			time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday)},
	}
	for _, count := range []oncall.Count{oncall.ByTurn, oncall.ByShift} {
		fmt.Println("by", count)
		office.Count = count
		show(berlin(office), "2026-01-08T00:00", "2026-01-14T00:00")
	}
	// Output:
	// by turn
	// Thu 8 Jan 09:00 – Thu 8 Jan 17:00 ana
	// Fri 9 Jan 09:00 – Fri 9 Jan 17:00 ben
	// Mon 12 Jan 09:00 – Mon 12 Jan 17:00 ben
	// Tue 13 Jan 09:00 – Tue 13 Jan 17:00 cleo
	// by shift
	// Thu 8 Jan 09:00 – Thu 8 Jan 17:00 ana
	// Fri 9 Jan 09:00 – Fri 9 Jan 17:00 ben
	// Mon 12 Jan 09:00 – Mon 12 Jan 17:00 cleo
	// Tue 13 Jan 09:00 – Tue 13 Jan 17:00 ana
}

func Example_countByHandoff() {
	hourly := oncall.Rotation{
		ID:    "hourly",
		Start: oncall.Local(2026, time.March, 29, 0, 0),
		Turns: oncall.Every(1, oncall.Hours),
		Seats: oncall.Seats("ana", "ben", "cleo", "dan"),
	}
	for _, count := range []oncall.Count{oncall.ByTurn, oncall.ByHandoff} {
		fmt.Println("by", count)
		hourly.Count = count
		show(berlin(hourly), "2026-03-29T00:00", "2026-03-29T05:00")
	}
	// Output:
	// by turn
	// Sun 29 Mar 00:00 – Sun 29 Mar 01:00 ana
	// Sun 29 Mar 01:00 – Sun 29 Mar 03:00 ben
	// Sun 29 Mar 03:00 – Sun 29 Mar 04:00 dan
	// Sun 29 Mar 04:00 – Sun 29 Mar 05:00 ana
	// by handoff
	// Sun 29 Mar 00:00 – Sun 29 Mar 01:00 ana
	// Sun 29 Mar 01:00 – Sun 29 Mar 03:00 ben
	// Sun 29 Mar 03:00 – Sun 29 Mar 04:00 cleo
	// Sun 29 Mar 04:00 – Sun 29 Mar 05:00 dan
}

func Example_overlap() {
	daytime := oncall.Rotation{
		ID:      "daytime",
		Start:   oncall.Local(2026, time.January, 5, 9, 0),
		Turns:   oncall.Every(1, oncall.Weeks),
		Count:   oncall.ByTurn,
		Seats:   oncall.Seats("dan"),
		Windows: []oncall.Window{oncall.Daily(oncall.Clock(9, 0), oncall.Clock(17, 0))},
	}
	always := oncall.Rotation{
		ID:    "always",
		Start: oncall.Local(2026, time.January, 5, 9, 0),
		Turns: oncall.Every(1, oncall.Weeks),
		Seats: oncall.Seats("ana", "ben"),
	}
	s := berlin(daytime, always)
	for _, s.Overlap = range []oncall.Overlap{oncall.Hide, oncall.Add} {
		fmt.Println(s.Overlap)
		show(s, "2026-01-06T00:00", "2026-01-07T00:00")
	}
	// Output:
	// hide
	// Tue 6 Jan 00:00 – Tue 6 Jan 09:00 ana
	// Tue 6 Jan 09:00 – Tue 6 Jan 17:00 dan
	// Tue 6 Jan 17:00 – Wed 7 Jan 00:00 ana
	// add
	// Tue 6 Jan 00:00 – Wed 7 Jan 00:00 ana
	// Tue 6 Jan 09:00 – Tue 6 Jan 17:00 dan
}

func Example_levels() {
	weekly := func(id, person string, level int, windows ...oncall.Window) oncall.Rotation {
		return oncall.Rotation{
			ID: id, Level: level, Windows: windows, Count: oncall.ByTurn,
			Start: oncall.Local(2026, time.January, 5, 9, 0),
			Turns: oncall.Every(1, oncall.Weeks),
			Seats: oncall.Seats(person),
		}
	}
	daytime := oncall.Daily(oncall.Clock(9, 0), oncall.Clock(17, 0))
	s := berlin(
		weekly("support", "ana", 0),
		weekly("database", "ben", 0),
		weekly("office", "dan", 1, daytime),
	)
	s.Overlap = oncall.Levels
	show(s, "2026-01-06T00:00", "2026-01-07T00:00")
	// Output:
	// Tue 6 Jan 00:00 – Tue 6 Jan 09:00 ana
	// Tue 6 Jan 00:00 – Tue 6 Jan 09:00 ben
	// Tue 6 Jan 09:00 – Tue 6 Jan 17:00 dan
	// Tue 6 Jan 17:00 – Wed 7 Jan 00:00 ana
	// Tue 6 Jan 17:00 – Wed 7 Jan 00:00 ben
}

func Example_versions() {
	weekly := oncall.Rotation{
		ID:    "weekly",
		Start: oncall.Local(2026, time.January, 5, 9, 0),
		Until: inBerlin("2026-01-21T12:00"),
		Turns: oncall.Every(1, oncall.Weeks),
		Seats: oncall.Seats("ana", "ben", "cleo"),
	}
	daily := weekly
	daily.From, daily.Until = weekly.Until, time.Time{}
	daily.Turns = oncall.Every(1, oncall.Days)
	show(berlin(weekly, daily), "2026-01-12T09:00", "2026-01-24T09:00")
	// Output:
	// Mon 12 Jan 09:00 – Mon 19 Jan 09:00 ben
	// Mon 19 Jan 09:00 – Wed 21 Jan 12:00 cleo
	// Wed 21 Jan 12:00 – Thu 22 Jan 09:00 ben
	// Thu 22 Jan 09:00 – Fri 23 Jan 09:00 cleo
	// Fri 23 Jan 09:00 – Sat 24 Jan 09:00 ana
}

func Example_overrides() {
	weekly := func(id string, people ...string) oncall.Rotation {
		return oncall.Rotation{
			ID:    id,
			Start: oncall.Local(2026, time.January, 5, 9, 0),
			Turns: oncall.Every(1, oncall.Weeks),
			Seats: oncall.Seats(people...),
		}
	}
	s := berlin(weekly("front", "ana", "ben"), weekly("back", "cleo", "dan"))
	s.Overlap = oncall.Add // ana and cleo on Monday 5 January, until the 12th
	day := func(day int, o oncall.Override) oncall.Override {
		o.ID = fmt.Sprint("o", day)
		o.Start = oncall.Local(2026, time.January, day, 9, 0).In(time.UTC)
		o.End = o.Start.Add(8 * time.Hour)
		return o
	}
	s.Overrides = []oncall.Override{
		day(6, oncall.Override{People: []string{"eve"}}),                   // instead of everybody
		day(7, oncall.Override{People: []string{"eve"}, Rotation: "back"}), // instead of cleo, as that is her rotation
		day(8, oncall.Override{People: []string{"eve"}, Replaces: "ana"}),  // instead of ana, wherever she is on call
		day(9, oncall.Override{People: []string{"eve"}, Adds: true}),       // beside the others
		day(10, oncall.Override{}),                                         // nobody is on call
		day(11, oncall.Override{Replaces: "cleo"}),                         // nobody is instead of cleo
	}
	rota, err := oncall.Compile(s)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, o := range s.Overrides {
		fmt.Print(o.ID, ":")
		for _, shift := range rota.AppendAt(nil, o.Start) {
			fmt.Print(" ", shift.Person)
		}
		fmt.Println()
	}
	// Output:
	// o6: eve
	// o7: ana eve
	// o8: cleo eve
	// o9: ana cleo eve
	// o10:
	// o11: ana
}

func Example_overrideOrder() {
	s := berlin(oncall.Rotation{
		ID:    "weekly",
		Start: oncall.Local(2026, time.January, 5, 9, 0),
		Turns: oncall.Every(1, oncall.Weeks),
		Seats: oncall.Seats("ana"),
	})
	s.Overrides = []oncall.Override{
		{ID: "o1", Start: inBerlin("2026-01-06T09:00"), End: inBerlin("2026-01-06T17:00"), People: []string{"ben"}},
		{ID: "o2", Start: inBerlin("2026-01-06T12:00"), End: inBerlin("2026-01-06T13:00"), People: []string{"cleo"}},
	}
	show(s, "2026-01-06T08:00", "2026-01-06T18:00")
	// Output:
	// Tue 6 Jan 08:00 – Tue 6 Jan 09:00 ana
	// Tue 6 Jan 09:00 – Tue 6 Jan 12:00 ben
	// Tue 6 Jan 12:00 – Tue 6 Jan 13:00 cleo
	// Tue 6 Jan 13:00 – Tue 6 Jan 17:00 ben
	// Tue 6 Jan 17:00 – Tue 6 Jan 18:00 ana
}

func Example_leave() {
	s := berlin(oncall.Rotation{
		ID:    "weekly",
		Start: oncall.Local(2026, time.January, 5, 9, 0),
		Turns: oncall.Every(1, oncall.Weeks),
		Seats: oncall.Seats("ana", "ben", "cleo"),
	})
	s.People = []oncall.Person{{
		ID:    "ben",
		Leave: []oncall.Leave{{Start: inBerlin("2026-01-15T00:00"), End: inBerlin("2026-01-17T00:00"), Reason: "moving house"}},
	}}
	for _, s.Absence = range []oncall.Absence{oncall.Keep, oncall.Vacate, oncall.NextSeat} {
		fmt.Println(s.Absence)
		show(s, "2026-01-12T09:00", "2026-01-19T09:00")
	}
	// Output:
	// keep
	// Mon 12 Jan 09:00 – Mon 19 Jan 09:00 ben
	// vacate
	// Mon 12 Jan 09:00 – Thu 15 Jan 00:00 ben
	// Sat 17 Jan 00:00 – Mon 19 Jan 09:00 ben
	// next_seat
	// Mon 12 Jan 09:00 – Thu 15 Jan 00:00 ben
	// Thu 15 Jan 00:00 – Sat 17 Jan 00:00 cleo
	// Sat 17 Jan 00:00 – Mon 19 Jan 09:00 ben
}

func Example_stages() {
	s := berlin(oncall.Rotation{
		ID:    "weekly",
		Start: oncall.Local(2026, time.January, 5, 9, 0),
		Turns: oncall.Every(1, oncall.Weeks),
		Seats: []oncall.Seat{
			{People: []string{"ana", "dan"}}, // dan learns beside ana, and then has a week alone
			{People: []string{"dan"}},
		},
		Skills: []string{"database"},
	})
	s.Absence = oncall.NextSeat
	s.People = []oncall.Person{
		{ID: "ana", Skills: []string{"database"}},
		{ID: "dan", Skills: []string{"database"}, Stages: []oncall.Stage{
			{From: inBerlin("2026-01-01T00:00"), Readiness: oncall.Supervised},
			{From: inBerlin("2026-01-26T00:00"), Readiness: oncall.Ready},
		}},
	}
	show(s, "2026-01-05T09:00", "2026-02-09T09:00")
	// Output:
	// Mon 5 Jan 09:00 – Mon 12 Jan 09:00 ana
	// Mon 5 Jan 09:00 – Mon 12 Jan 09:00 dan
	// Mon 12 Jan 09:00 – Mon 19 Jan 09:00 ana
	// Mon 19 Jan 09:00 – Mon 26 Jan 09:00 ana
	// Mon 19 Jan 09:00 – Mon 26 Jan 09:00 dan
	// Mon 26 Jan 09:00 – Mon 2 Feb 09:00 dan
	// Mon 2 Feb 09:00 – Mon 9 Feb 09:00 ana
	// Mon 2 Feb 09:00 – Mon 9 Feb 09:00 dan
}

func Example_shadows() {
	s := berlin(oncall.Rotation{
		ID:    "weekly",
		Start: oncall.Local(2026, time.January, 5, 9, 0),
		Turns: oncall.Every(1, oncall.Weeks),
		Seats: oncall.Seats("ana", "ben"),
	})
	s.Shadows = []oncall.Shadow{{Person: "eve", Of: "ana", End: inBerlin("2026-01-21T12:00")}}
	rota, err := oncall.Compile(s)
	if err != nil {
		fmt.Println(err)
		return
	}
	for shadow := range rota.Shadows(inBerlin("2026-01-05T09:00"), inBerlin("2026-02-02T09:00")) {
		fmt.Println(shadow.Person, "follows", shadow.For, "until", shadow.End.Format("Mon 2 Jan 15:04"))
	}
	// Output:
	// eve follows ana until Mon 12 Jan 09:00
	// eve follows ana until Wed 21 Jan 12:00
}

func Example_fixed() {
	launch := oncall.Rotation{
		ID: "launch",
		Fixed: []oncall.FixedShift{
			{Start: inBerlin("2026-01-06T08:00"), End: inBerlin("2026-01-06T14:00"), People: []string{"ana"}},
			{Start: inBerlin("2026-01-06T13:00"), End: inBerlin("2026-01-06T20:00"), People: []string{"ben", "cleo"}},
		},
	}
	show(berlin(launch), "2026-01-06T00:00", "2026-01-07T00:00")
	// Output:
	// Tue 6 Jan 08:00 – Tue 6 Jan 14:00 ana
	// Tue 6 Jan 13:00 – Tue 6 Jan 20:00 ben
	// Tue 6 Jan 13:00 – Tue 6 Jan 20:00 cleo
}

func Example_nested() {
	weekly := func(id string, seats ...oncall.Seat) oncall.Schedule {
		return oncall.Schedule{ID: id, Zone: "Europe/Berlin", Rotations: []oncall.Rotation{{
			ID:    "weekly",
			Start: oncall.Local(2026, time.January, 5, 9, 0),
			Turns: oncall.Every(1, oncall.Weeks),
			Seats: seats,
		}}}
	}
	rotas, err := oncall.CompileAll([]oncall.Schedule{
		weekly("company", oncall.Seat{Schedule: "payments"}, oncall.Seat{Schedule: "search"}),
		weekly("payments", oncall.Seats("ana", "ben")...),
		weekly("search", oncall.Seats("cleo", "dan")...),
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for shift := range rotas["company"].Shifts(inBerlin("2026-01-05T09:00"), inBerlin("2026-01-26T09:00")) {
		fmt.Printf("%s: %s\n", shift.Person, shift.Rule())
	}
	// Output:
	// ana: rotation weekly, turn 1, by schedule payments
	// dan: rotation weekly, turn 2, by schedule search
	// ana: rotation weekly, turn 3, by schedule payments
}

func Example_intendedGaps() {
	s := berlin(oncall.Rotation{
		ID:    "daytime",
		Start: oncall.Local(2026, time.January, 5, 9, 0),
		Turns: oncall.Every(1, oncall.Weeks),
		Count: oncall.ByTurn,
		Seats: oncall.Seats("ana", "ben"),
		Windows: []oncall.Window{oncall.Daily(oncall.Clock(9, 0), oncall.Clock(17, 0),
			time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday)},
	})
	s.Intended = []oncall.IntendedGap{{
		Window: oncall.Daily(oncall.Clock(18, 0), oncall.Clock(9, 0)),
		Reason: "we promise support from 9 to 18",
	}}
	rota, err := oncall.Compile(s)
	if err != nil {
		fmt.Println(err)
		return
	}
	for gap := range rota.Gaps(inBerlin("2026-01-08T09:00"), inBerlin("2026-01-09T09:00")) {
		fmt.Printf("%s – %s, intended: %t, %q\n", gap.Start.Format("15:04"), gap.End.Format("15:04"), gap.Intended, gap.Reason)
	}
	// Output:
	// 17:00 – 18:00, intended: false, ""
	// 18:00 – 09:00, intended: true, "we promise support from 9 to 18"
}

func Example_questions() {
	rota, err := oncall.Compile(berlin(oncall.Rotation{
		ID:    "weekly",
		Start: oncall.Local(2026, time.January, 5, 9, 0),
		Turns: oncall.Every(1, oncall.Weeks),
		Seats: oncall.Seats("ana", "ben"),
	}))
	if err != nil {
		fmt.Println(err)
		return
	}
	now := inBerlin("2026-01-07T12:00")

	shift, err := rota.At(now)
	fmt.Println(shift.Person, err)

	next, err := rota.Next(now)
	fmt.Println(next.Person, "takes over on", next.Start.Format("Mon 2 Jan 15:04"), err)

	for mine := range rota.ShiftsOf("ben", now, now.AddDate(0, 1, 0)) {
		fmt.Println("ben from", mine.Start.Format("Mon 2 Jan 15:04"))
	}

	_, err = rota.At(inBerlin("2026-01-01T00:00"))
	fmt.Println(err)
	if nobody, ok := errors.AsType[*oncall.NobodyError](err); ok {
		fmt.Println(errors.Is(err, oncall.ErrNobody), nobody.Until)
	}
	// Output:
	// ana <nil>
	// ben takes over on Mon 12 Jan 09:00 <nil>
	// ben from Mon 12 Jan 09:00
	// ben from Mon 26 Jan 09:00
	// oncall: nobody is on call on schedule "primary" at 2026-01-01T00:00:00+01:00, until 2026-01-05T09:00:00+01:00
	// true 2026-01-05 09:00:00 +0100 CET
}

// fortnight is two weeks in January: ana's, and ben's.
func fortnight() oncall.Timesheet {
	s := berlin(oncall.Rotation{
		ID:    "weekly",
		Start: oncall.Local(2026, time.January, 5, 9, 0),
		Turns: oncall.Every(1, oncall.Weeks),
		Seats: oncall.Seats("ana", "ben", "cleo"),
	})
	s.People = []oncall.Person{
		{ID: "ben", Zone: "America/New_York", Holidays: oncall.HolidayList{
			{Year: 2026, Month: time.January, Day: 19}: "Martin Luther King Jr. Day",
		}},
	}
	rota, err := oncall.Compile(s)
	if err != nil {
		panic(err)
	}
	sheet := rota.Timesheet(inBerlin("2026-01-05T09:00"), inBerlin("2026-01-19T09:00"))
	sheet.Activities = []oncall.Activity{
		{Person: "ana", Start: inBerlin("2026-01-07T01:00"), End: inBerlin("2026-01-07T03:00"), Pages: 2, Incident: "inc-7"},
		{Person: "ben", Start: inBerlin("2026-01-13T14:00"), End: inBerlin("2026-01-13T14:10"), Pages: 1, Incident: "inc-9"},
	}
	return sheet
}

func Example_load() {
	loads, err := fortnight().Loads()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, load := range loads {
		fmt.Printf("%-4s  %3.0f h, %2.0f at night, %2.0f on weekends, %2.0f on holidays; active %.1f h; %d pages, %d at night\n", load.Person,
			load.OnCall.Total().Hours(), load.OnCall.Night().Hours(), load.OnCall.Weekend.Total().Hours(),
			load.OnCall.Holiday.Total().Hours(), load.Active.Total().Hours(), load.Pages, load.PagesAtNight)
	}
	fmt.Println(oncall.Fairness(loads)[0])
	// Output:
	// ana   168 h, 56 at night, 48 on weekends,  0 on holidays; active 2.0 h; 2 pages, 2 at night
	// ben   168 h, 56 at night, 48 on weekends,  3 on holidays; active 0.2 h; 1 pages, 0 at night
	// cleo    0 h,  0 at night,  0 on weekends,  0 on holidays; active 0.0 h; 0 pages, 0 at night
	// hours on call: mean 112.0, spread 168.0: ana 168.0 (+56.0), ben 168.0 (+56.0), cleo 0.0 (-112.0)
}

func Example_coverage() {
	sheet := fortnight()
	sheet.Shifts = append(sheet.Shifts, // of another schedule
		oncall.Shift{Person: "dan", Start: inBerlin("2026-01-06T09:00"), End: inBerlin("2026-01-19T09:00")})
	coverage, err := sheet.Coverage(2)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.0f %% covered by two\n", 100*coverage.Share())
	for _, short := range coverage.Short {
		fmt.Println("only", short.People, "from", short.Start.Format("Mon 2 Jan 15:04"), "for", short.End.Sub(short.Start))
	}
	// Output:
	// 93 % covered by two
	// only [ana] from Mon 5 Jan 09:00 for 24h0m0s
}

func Example_pay() {
	pay, err := fortnight().Pay(oncall.PayPlan{
		Currency: "EUR",
		Rules: []oncall.PayRule{
			{Name: "work", Doing: oncall.Working, Amount: 60_00, Per: oncall.PerHour},
			{Name: "weekend", Days: []oncall.DayKind{oncall.WeekendDay, oncall.HolidayDay}, Amount: 120_00, Per: oncall.PerDay},
			{Name: "standby", Amount: 2_50, Per: oncall.PerHour},
			{Name: "week", Amount: 100_00, Per: oncall.PerTurn, Adds: true},
		},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range pay.Lines {
		if line.Person == "ana" {
			fmt.Printf("%s – %s  %-7s  %8.2f\n", line.Start.Format("Mon 15:04"), line.End.Format("Mon 15:04"), line.Rule, float64(line.Amount)/100)
		}
	}
	fmt.Println(pay.Totals)
	// Output:
	// Mon 09:00 – Wed 01:00  standby    100.00
	// Mon 09:00 – Mon 09:00  week       100.00
	// Wed 01:00 – Wed 03:00  work       120.00
	// Wed 03:00 – Sat 00:00  standby    172.50
	// Sat 00:00 – Sun 00:00  weekend    120.00
	// Sun 00:00 – Mon 00:00  weekend    120.00
	// Mon 00:00 – Mon 09:00  standby     22.50
	// [{ana 75500} {ben 76208} {cleo 0}]
}

func Example_limits() {
	sheet := fortnight()
	limits := oncall.Limits{Rest: 11 * time.Hour, Days: 7}
	violations, err := sheet.Violations(limits)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range violations {
		fmt.Println(v)
		relief, err := sheet.Relief(v, limits, oncall.Need{})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println("could take over:", relief.Candidates)
		fmt.Println("could not:", relief.Out)
	}
	// Output:
	// ana: 8 days in a row, and 7 is the most, from 2026-01-12 00:00 to 2026-01-12 09:00
	// could take over: [{cleo 0s}]
	// could not: [{ben would break a limit: 9 days in a row, and 7 is the most}]
	// ben: 8 days in a row, and 7 is the most, from 2026-01-19 00:00 to 2026-01-19 03:00
	// could take over: [{cleo 0s} {ana 168h0m0s}]
	// could not: []
}

func Example_handoff() {
	rota, err := oncall.Compile(berlin(oncall.Rotation{
		ID:    "weekly",
		Start: oncall.Local(2026, time.January, 5, 9, 0),
		Turns: oncall.Every(1, oncall.Weeks),
		Seats: oncall.Seats("ana", "ben"),
	}))
	if err != nil {
		fmt.Println(err)
		return
	}
	work := []oncall.OpenWork{{ID: "inc-7", Title: "Checkout is slow", Owner: "ana"}}
	fmt.Print(rota.Handoff(inBerlin("2026-01-12T09:00"), work, nil).Text())
	// Output:
	// Handoff on Mon 2026-01-12 09:00 CET
	// Leaves: ana
	// Comes:  ben, until Mon 2026-01-19 09:00 CET
	// Open work:
	// - inc-7 Checkout is slow (ana)
	// Missing: inc-7 has no note
}

func Example_conflicts() {
	s := berlin(oncall.Rotation{
		ID:    "weekly",
		Start: oncall.Local(2026, time.January, 5, 9, 0),
		Turns: oncall.Every(1, oncall.Weeks),
		Seats: oncall.Seats("ana", "ben"),
	})
	s.Absence = oncall.Keep
	s.People = []oncall.Person{{
		ID:    "ben",
		Leave: []oncall.Leave{{Start: inBerlin("2026-01-15T00:00"), End: inBerlin("2026-01-17T00:00"), Reason: "moving house"}},
	}}
	rota, err := oncall.Compile(s)
	if err != nil {
		fmt.Println(err)
		return
	}
	conflicts, err := rota.Timesheet(inBerlin("2026-01-05T09:00"), inBerlin("2026-02-02T09:00")).Conflicts()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, conflict := range conflicts {
		fmt.Println(conflict)
	}
	// Output:
	// ben from 2026-01-15 00:00 to 2026-01-17 00:00: leave (moving house), rotation weekly, turn 2
}

func Example_edit() {
	before := berlin(oncall.Rotation{
		ID:    "weekly",
		Start: oncall.Local(2026, time.January, 5, 9, 0),
		Turns: oncall.Every(1, oncall.Weeks),
		Seats: oncall.Seats("ana", "ben", "cleo"),
	})
	after, err := before.Edit(oncall.Edit{
		Rotation: "weekly",
		Seats:    oncall.Seats("ana", "ben", "cleo", "dan"),
	}, inBerlin("2026-01-14T12:00")) // in ben's turn
	if err != nil {
		fmt.Println(err)
		return
	}
	old, err := oncall.Compile(before)
	if err != nil {
		fmt.Println(err)
		return
	}
	edited, err := oncall.Compile(after)
	if err != nil {
		fmt.Println(err)
		return
	}
	for change := range oncall.Preview(old, edited, inBerlin("2026-01-14T12:00"), inBerlin("2026-02-09T09:00")) {
		fmt.Println(change.Start.Format("Mon 2 Jan 15:04"), "–", change.End.Format("Mon 2 Jan 15:04"), change.Before, "→", change.After)
	}
	// Output:
	// Mon 26 Jan 09:00 – Mon 2 Feb 09:00 [ana] → [dan]
	// Mon 2 Feb 09:00 – Mon 9 Feb 09:00 [ben] → [ana]
}

func Example_coverRequest() {
	s := berlin(oncall.Rotation{
		ID:    "weekly",
		Start: oncall.Local(2026, time.January, 5, 9, 0),
		Turns: oncall.Every(1, oncall.Weeks),
		Seats: oncall.Seats("ana", "ben", "cleo"),
	})
	rota, err := oncall.Compile(s)
	if err != nil {
		fmt.Println(err)
		return
	}
	request := oncall.CoverRequest{
		ID: "c1", Schedule: "primary", Asker: "ben", Reason: "school visit",
		Hours: oncall.Period{Start: inBerlin("2026-01-15T09:00"), End: inBerlin("2026-01-15T17:00")},
	}
	if err := request.Check(rota, inBerlin("2026-01-13T10:00")); err != nil {
		fmt.Println(err)
		return
	}
	accepted := oncall.CoverEvent{
		Kind: oncall.CoverAccepted, Person: "cleo", At: inBerlin("2026-01-13T11:00"),
		Hours: oncall.Period{Start: inBerlin("2026-01-15T09:00"), End: inBerlin("2026-01-15T13:00")},
	}
	if err := request.Decide(rota, nil, accepted); err != nil {
		fmt.Println(err)
		return
	}
	events := []oncall.CoverEvent{accepted} // which you keep
	fmt.Println(request.State(events, inBerlin("2026-01-13T12:00")).Status)

	s.Overrides = append(s.Overrides, request.Overrides(events)...)
	show(s, "2026-01-15T00:00", "2026-01-16T00:00")
	// Output:
	// open
	// Thu 15 Jan 00:00 – Thu 15 Jan 09:00 ben
	// Thu 15 Jan 09:00 – Thu 15 Jan 13:00 cleo
	// Thu 15 Jan 13:00 – Fri 16 Jan 00:00 ben
}

func Example_swap() {
	s := berlin(oncall.Rotation{
		ID:    "weekly",
		Start: oncall.Local(2026, time.January, 5, 9, 0),
		Turns: oncall.Every(1, oncall.Weeks),
		Seats: oncall.Seats("ana", "ben"),
	})
	rota, err := oncall.Compile(s)
	if err != nil {
		fmt.Println(err)
		return
	}
	swap := oncall.Swap{
		ID: "s1", Schedule: "primary", Proposer: "ben", Other: "ana",
		Gives: oncall.Stint{Hours: oncall.Period{Start: inBerlin("2026-01-17T09:00"), End: inBerlin("2026-01-19T09:00")}},
		Takes: oncall.Stint{Hours: oncall.Period{Start: inBerlin("2026-01-24T09:00"), End: inBerlin("2026-01-26T09:00")}},
	}
	accepted := oncall.SwapEvent{Kind: oncall.SwapAccepted, Person: "ana", At: inBerlin("2026-01-13T11:00")}
	if err := swap.Decide(rota, nil, accepted); err != nil {
		fmt.Println(err)
		return
	}
	s.Overrides = append(s.Overrides, swap.Overrides([]oncall.SwapEvent{accepted})...)
	show(s, "2026-01-12T09:00", "2026-01-26T09:00")
	// Output:
	// Mon 12 Jan 09:00 – Sat 17 Jan 09:00 ben
	// Sat 17 Jan 09:00 – Mon 19 Jan 09:00 ana
	// Mon 19 Jan 09:00 – Sat 24 Jan 09:00 ana
	// Sat 24 Jan 09:00 – Mon 26 Jan 09:00 ben
}
