package oncall_test

import (
	"errors"
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// schedule is ana, ben and cleo, a week each, with handoffs on Mondays at 09:00 in
// Berlin; ana stands in for ben on his second afternoon.
func schedule() oncall.Schedule {
	return oncall.Schedule{
		ID:   "primary",
		Zone: "Europe/Berlin",
		Rotations: []oncall.Rotation{{
			ID:    "weekly",
			Start: oncall.Local(2026, time.March, 16, 9, 0),
			Turns: oncall.Every(1, oncall.Weeks),
			Seats: oncall.Seats("ana", "ben", "cleo"),
		}},
		Overrides: []oncall.Override{{
			ID:     "o1",
			Start:  time.Date(2026, time.March, 24, 12, 0, 0, 0, time.UTC),
			End:    time.Date(2026, time.March, 24, 16, 0, 0, 0, time.UTC),
			People: []string{"ana"},
			Reason: "dentist",
		}},
	}
}

func ExampleCompile() {
	rota, err := oncall.Compile(schedule())
	if err != nil {
		fmt.Println(err)
		return
	}
	shift, err := rota.At(time.Date(2026, time.March, 20, 22, 30, 0, 0, time.UTC))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(shift.Person, "until", shift.End)
	// Output:
	// ana until 2026-03-23 09:00:00 +0100 CET
}

// Every problem is reported, each at its field.
func ExampleValidate() {
	s := schedule()
	s.Zone = "Europe/Atlantis"
	s.Rotations[0].Turns = nil
	s.Overrides[0].End = s.Overrides[0].Start
	for _, err := range oncall.Validate(s) {
		if field, ok := errors.AsType[*oncall.FieldError](err); ok {
			fmt.Println(field.Field)
		}
	}
	// Output:
	// zone
	// rotations[0].turns
	// overrides[0].end
}

func ExampleRota_At() {
	rota, err := oncall.Compile(schedule())
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, at := range []time.Time{
		time.Date(2026, time.March, 24, 13, 0, 0, 0, time.UTC),
		time.Date(2036, time.March, 24, 13, 0, 0, 0, time.UTC),
		time.Date(2026, time.March, 15, 13, 0, 0, 0, time.UTC),
	} {
		shift, err := rota.At(at)
		if err != nil {
			fmt.Println(err)
			continue
		}
		fmt.Printf("%s: %s\n", shift.Person, shift.Rule())
	}
	// Output:
	// ana: override o1 (dentist)
	// ben: rotation weekly, turn 524
	// oncall: nobody is on call on schedule "primary" at 2026-03-15T13:00:00Z, until 2026-03-16T09:00:00+01:00
}

// The clocks go forward on the 29th: that week has 167 hours.
func ExampleRota_Shifts() {
	rota, err := oncall.Compile(schedule())
	if err != nil {
		fmt.Println(err)
		return
	}
	from := time.Date(2026, time.March, 23, 8, 0, 0, 0, time.UTC)
	for shift := range rota.Shifts(from, from.AddDate(0, 0, 14)) {
		fmt.Printf("%s to %s  %-4s  %5.1f h\n",
			shift.Start.Format("Mon 02 Jan 15:04 MST"), shift.End.Format("Mon 02 Jan 15:04 MST"),
			shift.Person, shift.End.Sub(shift.Start).Hours())
	}
	// Output:
	// Mon 23 Mar 09:00 CET to Tue 24 Mar 13:00 CET  ben    28.0 h
	// Tue 24 Mar 13:00 CET to Tue 24 Mar 17:00 CET  ana     4.0 h
	// Tue 24 Mar 17:00 CET to Mon 30 Mar 09:00 CEST  ben   135.0 h
	// Mon 30 Mar 09:00 CEST to Mon 06 Apr 09:00 CEST  cleo  168.0 h
	// Mon 06 Apr 09:00 CEST to Mon 06 Apr 10:00 CEST  ana     1.0 h
}

func ExampleRota_Next() {
	rota, err := oncall.Compile(schedule())
	if err != nil {
		fmt.Println(err)
		return
	}
	next, err := rota.Next(time.Date(2026, time.March, 25, 0, 0, 0, 0, time.UTC))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(next.Person, "takes over on", next.Start.Format("Monday at 15:04"))
	// Output:
	// cleo takes over on Monday at 09:00
}

// On the schedule of the company, the teams have a week each. In its week, whoever
// is on call on the team's own schedule is on call.
func ExampleCompileAll() {
	team := func(id string, people ...string) oncall.Schedule {
		s := schedule()
		s.ID, s.Overrides = id, nil
		s.Rotations[0].Seats = oncall.Seats(people...)
		return s
	}
	company := team("company")
	company.Rotations[0].Seats = []oncall.Seat{{Schedule: "payments"}, {Schedule: "search"}}
	rotas, err := oncall.CompileAll([]oncall.Schedule{company, team("payments", "ana", "ben"), team("search", "cleo")})
	if err != nil {
		fmt.Println(err)
		return
	}
	shift, err := rotas["company"].At(time.Date(2026, time.March, 25, 12, 0, 0, 0, time.UTC))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(shift.Person, "of", shift.Schedule)
	// Output:
	// cleo of search
}

// Two rotations that add up: everybody is listed.
func ExampleRota_AppendAt() {
	s := schedule()
	back := s.Rotations[0]
	back.ID, back.Seats = "back", oncall.Seats("dan", "eve")
	s.Rotations, s.Overlap = append(s.Rotations, back), oncall.Add
	rota, err := oncall.Compile(s)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, shift := range rota.AppendAt(nil, time.Date(2026, time.March, 20, 12, 0, 0, 0, time.UTC)) {
		fmt.Println(shift.Person, "in", shift.Rotation)
	}
	// Output:
	// ana in weekly
	// dan in back
}

func ExampleRota_ShiftsOf() {
	rota, err := oncall.Compile(schedule())
	if err != nil {
		fmt.Println(err)
		return
	}
	from := time.Date(2026, time.March, 16, 8, 0, 0, 0, time.UTC)
	for shift := range rota.ShiftsOf("ana", from, from.AddDate(0, 1, 0)) {
		fmt.Println(shift.Start.Format("2 Jan 15:04"), shift.Rule())
	}
	// Output:
	// 16 Mar 09:00 rotation weekly, turn 1
	// 24 Mar 13:00 override o1 (dentist)
	// 6 Apr 09:00 rotation weekly, turn 4
}

// dan learns from cleo. He is not on call.
func ExampleRota_Shadows() {
	s := schedule()
	s.Shadows = []oncall.Shadow{{Person: "dan", Of: "cleo"}}
	rota, err := oncall.Compile(s)
	if err != nil {
		fmt.Println(err)
		return
	}
	from := time.Date(2026, time.March, 16, 8, 0, 0, 0, time.UTC)
	for shift := range rota.Shadows(from, from.AddDate(0, 1, 0)) {
		fmt.Println(shift.Person, "follows", shift.For, "from", shift.Start.Format("2 Jan 15:04"))
	}
	// Output:
	// dan follows cleo from 30 Mar 09:00
}

// A rotation that has yet to start leaves a hole.
func ExampleRota_Gaps() {
	rota, err := oncall.Compile(schedule())
	if err != nil {
		fmt.Println(err)
		return
	}
	from := time.Date(2026, time.March, 14, 0, 0, 0, 0, time.UTC)
	for gap := range rota.Gaps(from, from.AddDate(1, 0, 0)) {
		fmt.Println("nobody for", gap.End.Sub(gap.Start))
	}
	// Output:
	// nobody for 56h0m0s
}

// An empty id is a vacant seat.
func ExampleSeats() {
	for _, seat := range oncall.Seats("ana", "", "ben") {
		fmt.Println(seat.People)
	}
	// Output:
	// [ana]
	// []
	// [ben]
}

// A window that ends before it starts, on the clock, lasts past midnight.
func ExampleDaily() {
	nights := oncall.Daily(oncall.Clock(22, 0), oncall.Clock(6, 0), time.Friday, time.Saturday)
	fmt.Println(nights.Opens, nights.Length, nights.Days.Has(time.Friday), nights.Days.Has(time.Sunday))
	// Output:
	// 22:00 8h0m0s true false
}

func ExampleParseTimeOfDay() {
	at, err := oncall.ParseTimeOfDay("09:30")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(at.Hour, at.Minute)

	_, err = oncall.ParseTimeOfDay("9:30")
	fmt.Println(err)
	// Output:
	// 9 30
	// oncall: want a time of day such as "09:00", not "9:30"
}

func ExampleParseLocalTime() {
	start, err := oncall.ParseLocalTime("2026-03-16T09:00")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(start.Weekday(), start)

	_, err = oncall.ParseLocalTime("2026-02-30T09:00")
	fmt.Println(err)
	// Output:
	// Monday 2026-03-16T09:00
	// oncall: want a date and time of day such as "2026-01-05T09:00", not "2026-02-30T09:00"
}

// 02:30 is skipped when the clocks go forward from 02:00 to 03:00.
func ExampleLocalTime_In() {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(oncall.Local(2026, time.March, 29, 2, 30).In(berlin))
	// Output:
	// 2026-03-29 03:00:00 +0200 CEST
}
