package escalation_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/oncall"
)

// tenSteps is an incident in which ten steps page three schedules each.
func tenSteps(tb testing.TB) escalation.Setting {
	tb.Helper()
	s := escalation.Setting{
		Start: time.Date(2026, time.May, 4, 12, 0, 0, 0, time.UTC),
		World: escalation.World{Schedules: map[string]*oncall.Rota{}, People: map[string]escalation.Responder{}},
	}
	policy := escalation.Policy{ID: "checkout"}
	var targets []escalation.Target
	for _, id := range []string{"primary", "secondary", "tertiary"} {
		people := []string{id + " ana", id + " ben", id + " carl"}
		s.World.Schedules[id] = weekly(tb, id, people...)
		targets = append(targets, escalation.Schedule(id))
		for _, p := range people {
			s.World.People[p] = escalation.Responder{Person: oncall.Person{ID: p}, Channels: []string{"push", "phone"}}
		}
	}
	for range 10 {
		policy.Steps = append(policy.Steps, escalation.Step{Targets: targets, Wait: 5 * time.Minute})
	}
	s.Ladder = ladder(tb, policy)
	return s
}

// BenchmarkSimulate measures a whole incident that nobody answers beside one
// question to its run: it has eleven of them, and thirty pages.
func BenchmarkSimulate(b *testing.B) {
	s := tenSteps(b)
	b.Run("baseline Next", func(b *testing.B) {
		b.ReportAllocs()
		p := escalation.Start(s.Start, nil)
		for b.Loop() {
			s.Ladder.Next(p, s.Start, s.Facts, &s.World)
		}
	})
	b.Run("one incident", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			escalation.Simulate(s)
		}
	})
}

// BenchmarkSimulateRandom measures a course with people who do anything, of 10,000
// different ones, on all cores at once beside one core.
func BenchmarkSimulateRandom(b *testing.B) {
	s := tenSteps(b)
	var seed atomic.Uint64
	play := func() {
		s := s
		s.Behaviour = escalation.Random(seed.Add(1)%10_000, "primary ana")
		escalation.Simulate(s)
	}
	b.Run("baseline one core", func(b *testing.B) {
		seed.Store(0)
		for b.Loop() {
			play()
		}
	})
	b.Run("all cores", func(b *testing.B) {
		seed.Store(0)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				play()
			}
		})
	})
}
