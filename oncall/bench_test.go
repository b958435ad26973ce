package oncall_test

import (
	"fmt"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// now is the instant that benchmarks ask about. It is the real one, for which the
// time package keeps a short cut: no other would be fair to the baseline.
var now = time.Now().Truncate(time.Minute)

var benchCities = []struct{ city, zone string }{{"Berlin", "Europe/Berlin"}, {"New_York", "America/New_York"}}

// zoneData says in the names of benchmarks whose zone data they were run on:
// `make bench` runs them on the system's, and on the Go distribution's, in which
// the time package finds its way more slowly.
func zoneData(b *testing.B) string {
	b.Helper()
	if os.Getenv("ZONEINFO") != "" {
		return "Go's_zone_data"
	}
	return "system's_zone_data"
}

// weekly has handoffs at this hour of this weekday, since years ago.
func weekly(zone string, years int) oncall.Schedule {
	return oncall.Schedule{ID: "s", Zone: zone, Rotations: []oncall.Rotation{{
		ID: "r", Start: oncall.LocalOf(now.AddDate(0, 0, -years*52*7-3)), Turns: oncall.Every(1, oncall.Weeks),
		Seats: oncall.Seats("ana", "ben", "cleo", "dan", "eve"),
	}}}
}

// three is a schedule with three rotations, of which the earlier hide the later:
// office hours on weekdays, weekends, and daily handoffs all year.
func three(zone string, years, overrides int) oncall.Schedule {
	start := now.AddDate(-years, 0, -3)
	at := func(hour int) oncall.LocalTime {
		return oncall.Local(start.Year(), start.Month(), start.Day(), hour, 0)
	}
	s := oncall.Schedule{ID: "s", Zone: zone, Overlap: oncall.Hide, Rotations: []oncall.Rotation{
		{
			ID: "office", Start: at(9), Turns: oncall.Every(1, oncall.Days), Count: oncall.ByShift,
			Seats: oncall.Seats("ana", "ben", "cleo"),
			Windows: []oncall.Window{oncall.Daily(oncall.Clock(9, 0), oncall.Clock(17, 0),
				time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday)},
		},
		{
			ID: "weekend", Start: at(9), Turns: oncall.Every(1, oncall.Weeks), Count: oncall.ByTurn,
			Seats:   oncall.Seats("dan", "eve"),
			Windows: []oncall.Window{{Days: oncall.On(time.Saturday), Opens: oncall.Clock(9, 0), Length: 36 * time.Hour}},
		},
		{ID: "rest", Start: at(21), Turns: oncall.Every(1, oncall.Days), Seats: oncall.Seats("fay", "gus", "hal", "ida")},
	}}
	for i := range overrides {
		at := now.Add(time.Duration(i-overrides/20) * 80 * time.Hour).Add(time.Hour)
		s.Overrides = append(s.Overrides, oncall.Override{ID: fmt.Sprint("o", i), Start: at, End: at.Add(8 * time.Hour), People: []string{"joe"}})
	}
	return s
}

// One question, beside one call of time.Date in the same zone, which is what it
// takes at least to find one handoff without a table.
func BenchmarkAt(b *testing.B) {
	for _, city := range benchCities {
		b.Run(city.city+"/"+zoneData(b), func(b *testing.B) {
			hour := func(n int) oncall.TimeOfDay {
				return oncall.LocalOf(now.Add(time.Duration(n) * time.Hour).In(zone(b, city.zone))).TimeOfDay()
			}
			windows := weekly(city.zone, 10)
			windows.Rotations[0].Count = oncall.ByTurn
			windows.Rotations[0].Windows = []oncall.Window{oncall.Daily(hour(-1), hour(1))}
			for _, bm := range []struct {
				name     string
				schedule oncall.Schedule
			}{
				{"weekly_started_this_week", weekly(city.zone, 0)},
				{"weekly_started_ten_years_ago", weekly(city.zone, 10)},
				{"with_windows", windows},
				{"3_rotations_100_overrides", three(city.zone, 10, 100)},
			} {
				b.Run(bm.name, func(b *testing.B) {
					r := compile(b, bm.schedule)
					b.ReportAllocs()
					for b.Loop() {
						if _, err := r.At(now); err != nil {
							b.Fatal(err)
						}
					}
				})
			}
			b.Run("baseline_time.Date", func(b *testing.B) {
				zone := zone(b, city.zone)
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

// The final schedule of a year, and a preview of an edit over a year, beside
// merging the same intervals that are there already, as sorted integers.
func BenchmarkYear(b *testing.B) {
	schedule := three("Europe/Berlin", 10, 100)
	from, to := now, now.AddDate(1, 0, 0)
	r := compile(b, schedule)
	edited := schedule
	edited.Rotations = slices.Clone(schedule.Rotations)
	edited.Rotations[0].Seats = oncall.Seats("ana", "ben", "cleo", "zoe")
	edit := compile(b, edited)
	b.Run(zoneData(b), func(b *testing.B) {
		b.Run("final_schedule", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				shifts = r.AppendShifts(shifts[:0], from, to)
			}
			b.ReportMetric(float64(len(shifts)), "shifts")
		})
		b.Run("final_schedule_one_by_one", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				for s := range r.Shifts(from, to) {
					shift = s
				}
			}
		})
		b.Run("preview", func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				n := 0
				for range oncall.Preview(r, edit, from, to) {
					n++
				}
				if n == 0 {
					b.Fatal("no change")
				}
			}
		})
		b.Run("baseline_merge_of_integers", func(b *testing.B) {
			lists := intervalsOf(b, schedule, from, to)
			var out []interval
			b.ReportAllocs()
			for b.Loop() {
				out = merge(out[:0], lists, from.Unix(), to.Unix())
			}
			b.ReportMetric(float64(len(out)), "shifts")
		})
	})
}

var (
	shifts []oncall.Shift
	shift  oncall.Shift
)

type interval struct {
	start, end int64
	person     int
}

// intervalsOf returns the intervals of the overrides and of each rotation by
// itself, the highest first.
func intervalsOf(b *testing.B, s oncall.Schedule, from, to time.Time) [][]interval {
	b.Helper()
	only := func(s oncall.Schedule) (list []interval) {
		people := map[string]int{}
		for shift := range compile(b, s).Shifts(from, to) {
			if _, ok := people[shift.Person]; !ok {
				people[shift.Person] = len(people)
			}
			list = append(list, interval{shift.Start.Unix(), shift.End.Unix(), people[shift.Person]})
		}
		return list
	}
	lists := [][]interval{only(oncall.Schedule{ID: "s", Zone: s.Zone, Overrides: s.Overrides})}
	for _, r := range s.Rotations {
		lists = append(lists, only(oncall.Schedule{ID: "s", Zone: s.Zone, Rotations: []oncall.Rotation{r}}))
	}
	return lists
}

// merge lets the earlier lists hide the later ones.
func merge(out []interval, lists [][]interval, from, to int64) []interval {
	var next [8]int
	for at := from; at < to; {
		end := to
		for i, list := range lists {
			for next[i] < len(list) && list[next[i]].end <= at {
				next[i]++
			}
			if next[i] == len(list) {
				continue
			}
			if head := list[next[i]]; head.start > at {
				end = min(end, head.start)
				continue
			}
			head := list[next[i]]
			end = min(end, head.end)
			out = append(out, interval{at, end, head.person})
			break
		}
		at = end
	}
	return out
}

// Compiling a schedule, beside the calls of time.Date that it may cost.
func BenchmarkCompile(b *testing.B) {
	b.Run(zoneData(b), func(b *testing.B) {
		for _, bm := range []struct {
			name     string
			schedule oncall.Schedule
		}{
			{"weekly_started_ten_years_ago", weekly("Europe/Berlin", 10)},
			{"3_rotations_100_overrides", three("Europe/Berlin", 10, 100)},
		} {
			b.Run(bm.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					compile(b, bm.schedule)
				}
			})
		}
		b.Run("baseline_20000_time.Date", func(b *testing.B) {
			zone := zone(b, "Europe/Berlin")
			year, month, day := now.Date()
			for b.Loop() {
				for i := range 20_000 {
					instant = time.Date(year, month, day+i%3650, 9, 0, 0, 0, zone)
				}
			}
		})
	})
}

// The age of a schedule does not matter, be the turns hours.
func BenchmarkAge(b *testing.B) {
	b.Run(zoneData(b), func(b *testing.B) {
		for name, start := range map[string]time.Time{"started_30_years_ago": now.AddDate(-30, 0, 0), "baseline_started_today": now.Add(-time.Hour)} {
			b.Run(name, func(b *testing.B) {
				s := weekly("Europe/Berlin", 0)
				s.Rotations[0].Start, s.Rotations[0].Turns = oncall.LocalOf(start), oncall.Every(8, oncall.Hours)
				r := compile(b, s)
				b.ReportAllocs()
				for b.Loop() {
					if _, err := r.At(now); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	})
}
