package escalation_test

import (
	"testing"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
)

// BenchmarkNext measures one question to a run beside what no implementation can
// do without: the look-up of who is on call.
func BenchmarkNext(b *testing.B) {
	schedules := escalation.Schedules{"primary": weekly(b, "ana", "ben", "carl")}
	target := escalation.Schedule("primary")
	policy := escalation.Policy{ID: "checkout", Steps: []escalation.Step{
		{Targets: []escalation.Target{target}, Wait: 5 * time.Minute},
		{Targets: []escalation.Target{target}, Wait: 5 * time.Minute},
	}}
	now := time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)
	due := escalation.Start(now)
	waiting := escalation.Next(policy, due, now, schedules).Progress

	b.Run("baseline resolve", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			schedules.Resolve(target, now)
		}
	})
	b.Run("step due", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			escalation.Next(policy, due, now, schedules)
		}
	})
	b.Run("nothing due", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			escalation.Next(policy, waiting, now, schedules)
		}
	})
}
