package escalation_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/oncall"
)

// weekly returns a schedule whose members take turns of a week.
func weekly(tb testing.TB, id string, members ...string) *oncall.Rota {
	tb.Helper()
	rota, err := oncall.Compile(oncall.Schedule{ID: id, Zone: "Europe/Berlin", Rotations: []oncall.Rotation{{
		ID: "weekly", Start: oncall.Local(2026, time.January, 5, 9, 0), Turns: oncall.Every(1, oncall.Weeks), Seats: oncall.Seats(members...),
	}}})
	require.NoError(tb, err)
	return rota
}

// BenchmarkNext measures one question to a run of ten steps, each of which pages
// three schedules, beside what no implementation can do without: the look-up of who
// is on call, and the effects.
func BenchmarkNext(b *testing.B) {
	world := &escalation.World{Schedules: map[string]*oncall.Rota{}}
	var targets []escalation.Target
	for _, id := range []string{"primary", "secondary", "tertiary"} {
		world.Schedules[id] = weekly(b, id, id+" ana", id+" ben", id+" carl")
		targets = append(targets, escalation.Schedule(id))
	}
	policy := escalation.Policy{ID: "checkout", Repeat: 50}
	for range 10 {
		policy.Steps = append(policy.Steps, escalation.Step{Targets: targets, Wait: 5 * time.Minute})
	}
	l := ladder(b, policy)
	now := time.Date(2026, time.May, 4, 12, 0, 0, 0, time.UTC)

	b.Run("baseline look-up", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, _ = world.Schedules["primary"].At(now)
		}
	})
	b.Run("baseline effects", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			kept = append(make([]escalation.Effect, 0, 3), effect, effect, effect)
		}
	})
	for _, round := range []int{1, 2, 50} {
		p := escalation.Start(now, nil)
		p.Round, p.Step, p.Began = round, 5, now
		if round > 1 {
			p.Back = map[int]int{l.Len() + 1: round - 1}
		}
		b.Run(fmt.Sprintf("step due, round %d", round), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l.Next(p, now, escalation.Facts{}, world)
			}
		})
		waiting := l.Next(p, now, escalation.Facts{}, world).Progress
		b.Run(fmt.Sprintf("nothing due, round %d", round), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l.Next(waiting, now, escalation.Facts{}, world)
			}
		})
	}
}

var (
	effect escalation.Effect
	kept   []escalation.Effect
)
