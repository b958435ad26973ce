package oncall_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// now is the instant that benchmarks ask about. It is the real one, for which the
// time package keeps a short cut: no other would be fair to the baseline.
var now = time.Now().Truncate(time.Minute)

// weekly has handoffs at this hour of this weekday, since years ago.
func weekly(zone string, years, overrides int) oncall.Schedule {
	start := now.AddDate(0, 0, -years*52*7-3)
	s := oncall.Schedule{ID: "s", Zone: zone, Rotations: []oncall.Rotation{{
		ID: "r", Start: localOf(start), Turns: oncall.Every(1, oncall.Weeks),
		Seats: oncall.Seats("ana", "ben", "cleo", "dan", "eve"),
	}}}
	for i := range overrides {
		at := now.Add(time.Duration(i-overrides/2) * 80 * time.Hour).Add(time.Hour)
		s.Overrides = append(s.Overrides, oncall.Override{ID: fmt.Sprint("o", i), Start: at, End: at.Add(8 * time.Hour), People: []string{"fay"}})
	}
	return s
}

// One question, beside one call of time.Date in the same zone, which is what it
// takes at least to find one handoff without a table.
func BenchmarkAt(b *testing.B) {
	for city, name := range map[string]string{"Berlin": "Europe/Berlin", "New_York": "America/New_York"} {
		b.Run(city, func(b *testing.B) {
			for _, bm := range []struct {
				name             string
				years, overrides int
			}{
				{"started_this_week", 0, 0},
				{"started_ten_years_ago", 10, 0},
				{"with_100_overrides", 10, 100},
			} {
				b.Run(bm.name, func(b *testing.B) {
					r := compile(b, weekly(name, bm.years, bm.overrides))
					b.ReportAllocs()
					for b.Loop() {
						if _, err := r.At(now); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
			b.Run("baseline_time.Date", func(b *testing.B) {
				zone := zone(b, name)
				year, month, day := now.Date()
				b.ReportAllocs()
				for b.Loop() {
					instant = time.Date(year, month, day, 9, 0, 0, 0, zone)
				}
			})
		})
	}
}

var instant time.Time // keeps the compiler from leaving a baseline out

// The shifts of a year, beside one call of time.Date for each handoff in it.
func BenchmarkShifts(b *testing.B) {
	const name = "Europe/Berlin"
	from, to := now, now.AddDate(1, 0, 0)
	for _, overrides := range []int{0, 100} {
		b.Run(fmt.Sprintf("a_year_with_%d_overrides", overrides), func(b *testing.B) {
			r := compile(b, weekly(name, 10, overrides))
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				for range r.Shifts(from, to) {
					n++
				}
				if n < 53 {
					b.Fatal(n)
				}
			}
		})
	}
	b.Run("baseline_53_time.Date", func(b *testing.B) {
		zone := zone(b, name)
		year, month, day := now.Date()
		for b.Loop() {
			for week := range 53 {
				instant = time.Date(year, month, day+7*week, 9, 0, 0, 0, zone)
			}
		}
	})
}

// Compiling a schedule, beside reading its zone, which is a part of it.
func BenchmarkCompile(b *testing.B) {
	const name = "Europe/Berlin"
	for _, bm := range []struct {
		name     string
		schedule oncall.Schedule
	}{
		{"started_ten_years_ago", weekly(name, 10, 0)},
		{"with_100_overrides", weekly(name, 10, 100)},
	} {
		b.Run(bm.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				compile(b, bm.schedule)
			}
		})
	}
	b.Run("baseline_time.LoadLocation", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			zone(b, name)
		}
	})
}
