package oncall_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// december returns a time in December 2026, in UTC, an hour behind Berlin.
func december(day, hour, minute int) time.Time {
	return time.Date(2026, time.December, day, hour, minute, 0, 0, time.UTC)
}

// christmas is the week from Monday 21 December 2026, at midnight in Berlin: ana
// is on call until Thursday at 09:00, and then ben. dan is free.
func christmas() oncall.Timesheet {
	german := oncall.HolidayList{
		{Year: 2026, Month: time.December, Day: 25}: "Christmas Day",
		{Year: 2026, Month: time.December, Day: 26}: "St Stephen's Day",
	}
	return oncall.Timesheet{
		From: december(20, 23, 0),
		To:   december(27, 23, 0),
		Zone: "Europe/Berlin",
		Shifts: []oncall.Shift{
			{Start: december(20, 23, 0), End: december(24, 8, 0), Person: "ana", Rotation: "weekly", Turn: 1},
			{Start: december(24, 8, 0), End: december(27, 23, 0), Person: "ben", Rotation: "weekly", Turn: 2},
		},
		People: []oncall.Person{
			{ID: "ana", Holidays: german},
			{ID: "ben", Holidays: german, Leave: []oncall.Leave{
				{Start: december(24, 17, 0), End: december(25, 23, 0), Reason: "family"},
			}},
			{ID: "dan", Zone: "Asia/Tokyo", Skills: []string{"database"}},
		},
		Activities: []oncall.Activity{
			{Person: "ana", Start: december(22, 1, 0), End: december(22, 2, 30), Pages: 2, Incident: "inc-7"},
			{Person: "ben", Start: december(26, 6, 0), End: december(26, 19, 0), Pages: 1, Incident: "inc-8"},
		},
	}
}

// Everybody is there, also those who had no shift.
func ExampleTimesheet_Loads() {
	loads, err := christmas().Loads()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, l := range loads {
		fmt.Printf("%s: %3.0f h on call, of them %2.0f at night, %2.0f on weekends, %2.0f on holidays; %d pages at night\n",
			l.Person, l.OnCall.Total().Hours(), l.OnCall.Night().Hours(),
			l.OnCall.Weekend.Total().Hours(), l.OnCall.Holiday.Total().Hours(), l.PagesAtNight)
	}
	// Output:
	// ana:  81 h on call, of them 30 at night,  0 on weekends,  0 on holidays; 2 pages at night
	// ben:  87 h on call, of them 26 at night, 24 on weekends, 48 on holidays; 0 pages at night
	// dan:   0 h on call, of them  0 at night,  0 on weekends,  0 on holidays; 0 pages at night
}

func ExampleFairness() {
	loads, err := christmas().Loads()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, balance := range oncall.Fairness(loads)[:3] {
		fmt.Println(balance)
	}
	// Output:
	// hours on call: mean 56.0, spread 87.0: ana 81.0 (+25.0), ben 87.0 (+31.0), dan 0.0 (-56.0)
	// night hours: mean 18.7, spread 30.0: ana 30.0 (+11.3), ben 26.0 (+7.3), dan 0.0 (-18.7)
	// weekend hours: mean 8.0, spread 24.0: ana 0.0 (-8.0), ben 24.0 (+16.0), dan 0.0 (-8.0)
}

func ExampleBalanceOf() {
	loads, err := christmas().Loads()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(oncall.BalanceOf("Sundays", loads, func(l oncall.Load) float64 {
		return l.ByWeekday[time.Sunday].Hours()
	}))
	// Output:
	// Sundays: mean 8.0, spread 24.0: ana 0.0 (-8.0), ben 24.0 (+16.0), dan 0.0 (-8.0)
}

// Two people at a time are asked for.
func ExampleTimesheet_Coverage() {
	period := christmas()
	period.Shifts = append(period.Shifts, oncall.Shift{Start: december(21, 8, 0), End: december(25, 8, 0), Person: "dan"})
	period.Intended = []oncall.IntendedGap{{
		Window: oncall.Window{Days: oncall.On(time.Friday), Length: 3 * 24 * time.Hour},
		Reason: "one is enough on weekends",
	}}
	coverage, err := period.Coverage(2)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.0f %% of what should be covered is\n", 100*coverage.Share())
	for _, short := range coverage.Short {
		fmt.Printf("only %s for %s (intended: %t)\n", short.People, short.End.Sub(short.Start), short.Intended)
	}
	// Output:
	// 91 % of what should be covered is
	// only [ana] for 9h0m0s (intended: false)
	// only [ben] for 63h0m0s (intended: true)
}

// The first rule that fits pays; one that adds pays on top of it.
func ExampleTimesheet_Pay() {
	plan := oncall.PayPlan{
		Currency: "EUR",
		Rules: []oncall.PayRule{
			{Name: "work", Doing: oncall.Working, Amount: 60_00, Per: oncall.PerHour},
			{Name: "holiday", Days: []oncall.DayKind{oncall.HolidayDay}, Amount: 200_00, Per: oncall.PerDay},
			{Name: "night", At: oncall.ByNight, Amount: 8_50, Per: oncall.PerHour},
			{Name: "standby", Amount: 5_00, Per: oncall.PerHour},
			{Name: "bonus", Rotations: []string{"weekly"}, Amount: 100_00, Per: oncall.PerTurn, Adds: true},
		},
	}
	pay, err := christmas().Pay(plan)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, line := range pay.Lines[:4] {
		fmt.Printf("%s  %s – %s  %-7s  %6d\n", line.Person,
			line.Start.Format("Mon 15:04"), line.End.Format("Mon 15:04"), line.Rule, line.Amount)
	}
	fmt.Println(pay.Totals)
	// Output:
	// ana  Mon 00:00 – Mon 06:00  night      5100
	// ana  Mon 00:00 – Thu 09:00  bonus     10000
	// ana  Mon 06:00 – Mon 22:00  standby    8000
	// ana  Mon 22:00 – Tue 02:00  night      3400
	// [{ana 68725} {ben 151000} {dan 0}]
}

// The thirteenth hour in one incident is too much.
func ExampleTimesheet_Violations() {
	limits := oncall.Limits{
		Rest:     11 * time.Hour,
		Days:     6,
		Incident: 12 * time.Hour,
	}
	violations, err := christmas().Violations(limits)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range violations {
		fmt.Println(v)
	}
	// Output:
	// ben: 13h in incident inc-8, and 12h is the most, from 2026-12-26 19:00 to 2026-12-26 20:00
}

func ExampleTimesheet_Relief() {
	period := christmas()
	limits := oncall.Limits{Duty: 86 * time.Hour, Within: 7 * 24 * time.Hour}
	violations, err := period.Violations(limits)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, v := range violations {
		relief, err := period.Relief(v, limits, oncall.Need{Skills: []string{"database"}})
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Println(v)
		fmt.Println("could take over:", relief.Candidates)
		fmt.Println("could not:", relief.Out)
	}
	// Output:
	// ben: 87h on duty, and 86h is the most, from 2026-12-27 23:00 to 2026-12-28 00:00
	// could take over: [{dan 0s}]
	// could not: [{ana lacks database}]
}

func ExampleTimesheet_Conflicts() {
	conflicts, err := christmas().Conflicts()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range conflicts {
		fmt.Println(c)
	}
	// Output:
	// ben from 2026-12-24 18:00 to 2026-12-26 00:00: leave (family), rotation weekly, turn 2
	// ben from 2026-12-25 00:00 to 2026-12-26 00:00: holiday (Christmas Day), rotation weekly, turn 2
	// ben from 2026-12-26 00:00 to 2026-12-27 00:00: holiday (St Stephen's Day), rotation weekly, turn 2
}

func ExampleNewHandoff() {
	work := []oncall.OpenWork{
		{ID: "inc-7", Title: "Checkout is slow", Owner: "ana", Note: "Waiting for the vendor; they answer by noon."},
		{ID: "case-31", Title: "Export fails", Owner: "ana"},
	}
	handoff := oncall.NewHandoff(december(24, 8, 0), christmas().Shifts, work, nil)
	fmt.Print(handoff.Text())
	// Output:
	// Handoff on Thu 2026-12-24 08:00 UTC
	// Leaves: ana
	// Comes:  ben, until Sun 2026-12-27 23:00 UTC
	// Open work:
	// - inc-7 Checkout is slow (ana)
	//   Waiting for the vendor; they answer by noon.
	// - case-31 Export fails (ana)
	// Missing: case-31 has no note
}

func ExampleQualified() {
	period := christmas()
	_, err := oncall.Qualified(period.Shifts, period.People, december(21, 12, 0), oncall.Need{Skills: []string{"database"}})
	fmt.Println(errors.Is(err, oncall.ErrUnqualified))
	fmt.Println(err)
	// Output:
	// true
	// oncall: nobody on call is qualified at 2026-12-21T12:00:00Z for duty with database: ana lacks database
}

// Public holidays become leave, and so the next in turn stands in.
func ExampleHolidayLeave() {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		fmt.Println(err)
		return
	}
	holidays := oncall.HolidayList{{Year: 2026, Month: time.December, Day: 25}: "Christmas Day"}
	for _, leave := range oncall.HolidayLeave(holidays, berlin, december(1, 0, 0), december(31, 0, 0)) {
		fmt.Println(leave.Reason, "from", leave.Start, "to", leave.End)
	}
	// Output:
	// Christmas Day from 2026-12-25 00:00:00 +0100 CET to 2026-12-26 00:00:00 +0100 CET
}

// support is ana and ben, a week each, with handoffs on Mondays at 09:00 in
// Berlin. Only ben knows the database.
func support() (*oncall.Rota, error) {
	return oncall.Compile(oncall.Schedule{
		ID:   "support",
		Zone: "Europe/Berlin",
		Rotations: []oncall.Rotation{{
			ID:    "weekly",
			Start: oncall.Local(2026, time.March, 16, 9, 0),
			Turns: oncall.Every(1, oncall.Weeks),
			Seats: oncall.Seats("ana", "ben"),
		}},
		People: []oncall.Person{{ID: "ben", Skills: []string{"database"}}},
	})
}

// In the week in which the clocks go forward, ben works an hour less.
func ExampleRota_Timesheet() {
	rota, err := support()
	if err != nil {
		fmt.Println(err)
		return
	}
	from := oncall.Local(2026, time.March, 16, 9, 0).In(rota.Zone())
	loads, err := rota.Timesheet(from, from.AddDate(0, 0, 14)).Loads()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, l := range loads {
		fmt.Println(l.Person, l.OnCall.Total().Hours())
	}
	// Output:
	// ana 168
	// ben 167
}

func ExampleRota_People() {
	rota, err := support()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range rota.People() {
		fmt.Println(p.ID, p.Zone, p.Skills)
	}
	// Output:
	// ana Europe/Berlin []
	// ben Europe/Berlin [database]
}

func ExampleRota_Qualified() {
	rota, err := support()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, day := range []int{18, 25} {
		shifts, err := rota.Qualified(time.Date(2026, time.March, day, 12, 0, 0, 0, time.UTC), oncall.Need{Skills: []string{"database"}})
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Println(shifts[0].Person)
	}
	// Output:
	// oncall: nobody on call is qualified at 2026-03-18T12:00:00Z for duty with database: ana lacks database
	// ben
}

func ExampleRota_Handoff() {
	rota, err := support()
	if err != nil {
		fmt.Println(err)
		return
	}
	next, err := rota.Next(time.Date(2026, time.March, 18, 12, 0, 0, 0, time.UTC))
	if err != nil {
		fmt.Println(err)
		return
	}
	handoff := rota.Handoff(next.Start, nil, map[string]string{"ana": "Two false alarms; see the runbook."})
	fmt.Print(handoff.Text())
	// Output:
	// Handoff on Mon 2026-03-23 09:00 CET
	// Leaves: ana
	//   Two false alarms; see the runbook.
	// Comes:  ben, until Mon 2026-03-30 09:00 CEST
	// Open work: none
}
