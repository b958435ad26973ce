package proof_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/escalation/proof"
	"github.com/incidentkit/incidentkit/oncall"
)

// yearOf is a plan for a year: five severities, five steps, three schedules with
// three rotations and a hundred overrides each.
func yearOf(b testing.TB) (p proof.Plan, from, to time.Time) {
	b.Helper()
	from = time.Date(2026, 1, 5, 0, 0, 0, 0, time.UTC)
	steps := make([]escalation.Step, 5)
	for i := range 3 {
		rota, err := oncall.Compile(yearly(fmt.Sprint("s", i), i, from))
		if err != nil {
			b.Fatal(err)
		}
		p.Schedules = append(p.Schedules, rota)
	}
	for i := range steps {
		steps[i] = escalation.Step{Targets: []escalation.Target{escalation.Schedule(fmt.Sprint("s", i%3))}, Wait: 10 * time.Minute}
	}
	p.Policies = []escalation.Policy{{ID: "p", Steps: steps, Repeat: 2, Final: escalation.Final{Targets: []escalation.Target{escalation.Person("boss")}}}}
	for i := range 5 {
		p.Severities = append(p.Severities, proof.Severity{ID: fmt.Sprint("SEV", i+1), Within: 5 * time.Minute, Policies: []string{"p"}})
	}
	return p, from, from.AddDate(1, 0, 0)
}

func yearly(id string, n int, from time.Time) oncall.Schedule {
	at := func(hour int) oncall.LocalTime { return oncall.Local(2025, 12, 1, hour, 0) }
	s := oncall.Schedule{ID: id, Zone: "Europe/Berlin", Overlap: oncall.Hide, Rotations: []oncall.Rotation{
		{
			ID: "office", Start: at(9), Turns: oncall.Every(1, oncall.Days), Count: oncall.ByShift, Seats: oncall.Seats("ana", "ben", "cleo"),
			Windows: []oncall.Window{oncall.Daily(oncall.Clock(9, 0), oncall.Clock(17, 0), time.Monday, time.Tuesday, time.Wednesday, time.Thursday, time.Friday)},
		},
		{
			ID: "weekend", Start: at(9), Turns: oncall.Every(1, oncall.Weeks), Count: oncall.ByTurn, Seats: oncall.Seats("dan", "eve"),
			Windows: []oncall.Window{{Days: oncall.On(time.Saturday), Opens: oncall.Clock(9, 0), Length: 36 * time.Hour}},
		},
		{ID: "rest", Start: at(21 - n), Turns: oncall.Every(1, oncall.Days), Seats: oncall.Seats("fay", "gus", "hal", "ida")},
	}}
	// Whoever is on call on one schedule is, as a rule, not on the others.
	for i := range s.Rotations {
		seats := s.Rotations[i].Seats
		s.Rotations[i].Seats = append(slices.Clone(seats[n%len(seats):]), seats[:n%len(seats)]...)
	}
	for i := range 100 {
		start := from.Add(time.Duration(i)*80*time.Hour + time.Duration(n)*7*time.Hour)
		s.Overrides = append(s.Overrides, oncall.Override{ID: fmt.Sprint("o", i), Start: start, End: start.Add(8 * time.Hour), People: []string{[]string{"joe", "kim", "lea"}[n]}})
	}
	return s
}

// The proof of a year, beside the computation of its schedules (ratio at most 30)
// and beside trying every minute, of which there are only as many as an hour has:
// the benchmark extrapolates (ratio at least 1,000).
func BenchmarkVerifyYear(b *testing.B) {
	p, from, to := yearOf(b)
	var shifts []oncall.Shift
	schedules, minutes := time.Duration(0), time.Duration(0)
	ladder, err := escalation.Compile(p.Policies[0])
	if err != nil {
		b.Fatal(err)
	}
	for range b.N {
		start := time.Now()
		for _, r := range p.Schedules {
			shifts = r.AppendShifts(shifts[:0], from, to)
		}
		schedules += time.Since(start)

		start = time.Now()
		d := drawn{Plan: p, From: from, To: from.Add(time.Hour)}
		for _, s := range p.Severities {
			brute(&d, s, ladder)
		}
		minutes += time.Since(start)
	}
	b.ResetTimer()
	for range b.N {
		if _, err := proof.Verify(p, from, to); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed())/float64(schedules), "x-schedules")
	b.ReportMetric(float64(minutes)*to.Sub(from).Hours()/float64(b.Elapsed()), "x-faster-than-minutes")
}
