package proof_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/escalation/proof"
	"github.com/incidentkit/incidentkit/oncall"
)

// small is a plan without a fault, for defects to be planted in. Its horizon is two
// weeks from Monday 23 March 2026 on; the clocks of Berlin go forward on the 29th.
type small struct {
	proof.Plan
	schedules []oncall.Schedule
}

func newSmall() *small {
	weekly := func(id string, people ...string) oncall.Schedule {
		return oncall.Schedule{ID: id, Zone: "Europe/Berlin", Absence: oncall.Vacate, Rotations: []oncall.Rotation{{
			ID: "weekly", Start: oncall.Local(2026, 3, 2, 9, 0), Turns: oncall.Every(1, oncall.Weeks), Seats: oncall.Seats(people...),
		}}}
	}
	s := &small{schedules: []oncall.Schedule{weekly("primary", "ana", "ben"), weekly("secondary", "cleo", "dan")}}
	for _, id := range []string{"ana", "ben", "cleo", "dan", "eve"} {
		s.People = append(s.People, escalation.Responder{Person: oncall.Person{ID: id}, Channels: []string{"push", "phone"}})
	}
	s.Teams = []escalation.Group{{ID: "db", Members: []string{"cleo", "dan"}, Manager: "eve"}}
	s.Suppliers = []escalation.Supplier{{ID: "cloud", Channels: []string{"email"}, Response: time.Hour, Missed: []escalation.Target{escalation.Person("eve")}}}
	s.Places = map[string]string{"channel ops": "chat"}
	s.Policies = []escalation.Policy{{
		ID: "p",
		Steps: []escalation.Step{
			{Targets: []escalation.Target{escalation.Schedule("primary")}, Wait: 10 * time.Minute},
			{Targets: []escalation.Target{escalation.Schedule("secondary")}, Wait: 10 * time.Minute},
		},
		Final: escalation.Final{Targets: []escalation.Target{escalation.Person("eve")}},
	}}
	s.Severities = []proof.Severity{
		{ID: "SEV1", Within: 5 * time.Minute, Policies: []string{"p"}},
		{ID: "SEV2", Urgency: escalation.Low, Policies: []string{"p"}},
	}
	s.LastResort = "eve"
	return s
}

// step appends a step to the policy.
func (s *small) step(step escalation.Step) { s.Policies[0].Steps = append(s.Policies[0].Steps, step) }

func (s *small) page(targets ...escalation.Target) escalation.Step {
	return escalation.Step{Targets: targets, Wait: 10 * time.Minute}
}

// vacant puts nobody on call on a schedule for a while.
func (s *small) vacant(schedule int, from, to string, people ...string) {
	list := &s.schedules[schedule].Overrides
	*list = append(*list, oncall.Override{ID: fmt.Sprint("o", len(*list)), Start: instant(from), End: instant(to), People: people})
}

// instant reads a day of March 2026 (or April: 31 and more) and a time of UTC, such
// as "25 10:00".
func instant(s string) time.Time {
	var day, hour, minute int
	if _, err := fmt.Sscanf(s, "%d %d:%d", &day, &hour, &minute); err != nil {
		panic(err)
	}
	return time.Date(2026, 3, day, hour, minute, 0, 0, time.UTC)
}

var horizon = [2]string{"23 00:00", "37 00:00"} // until 6 April

func (s *small) verify(t *testing.T) proof.Report {
	t.Helper()
	rotas, err := oncall.CompileAll(s.schedules)
	require.NoError(t, err)
	for _, plain := range s.schedules {
		s.Schedules = append(s.Schedules, rotas[plain.ID])
	}
	r, err := proof.Verify(s.Plan, instant(horizon[0]), instant(horizon[1]))
	require.NoError(t, err)
	return r
}

// office are working hours in Berlin: 08:00 to 16:00 UTC, and an hour earlier in
// summer.
func office() escalation.Hours {
	return escalation.Hours{Zone: "Europe/Berlin", Windows: []oncall.Window{oncall.Daily(oncall.Clock(9, 0), oncall.Clock(17, 0))}}
}

func quiet(t *testing.T, unless ...string) *escalation.QuietHours {
	t.Helper()
	h := office()
	h.Windows[0] = oncall.Daily(oncall.Clock(22, 0), oncall.Clock(6, 0))
	q, err := escalation.NewQuietHours(h, unless...)
	require.NoError(t, err)
	return q
}

func TestNothingIsFoundWhereNothingIsWrong(t *testing.T) {
	t.Parallel()
	r := newSmall().verify(t)
	assert.Empty(t, r.Findings)
	assert.False(t, r.Failed())
	for _, w := range r.Worst {
		assert.Equal(t, time.Duration(w.Rank-1)*10*time.Minute, w.Wait)
		assert.False(t, w.Never)
		assert.Equal(t, instant(horizon[0]), w.At)
	}
}

// defect is what is planted, and the finding that comes of it: the times are of From,
// To and Example, and there are none if from is empty.
type defect struct {
	name              string
	plant             func(t *testing.T, s *small)
	level             proof.Level
	kind              proof.Kind
	path, severity    string
	from, to, example string
	text              string // a part of it
}

func (d *defect) test(t *testing.T) {
	t.Helper()
	s := newSmall()
	d.plant(t, s)
	r := s.verify(t)
	i := slices.IndexFunc(r.Findings, func(f proof.Finding) bool { return f.Kind == d.kind && f.Path == d.path && f.Severity == d.severity })
	require.GreaterOrEqual(t, i, 0, "not found in\n%s", r)
	f := r.Findings[i]
	assert.Equal(t, d.level, f.Level, "%s", f)
	var from, to, example time.Time
	if d.from != "" {
		from, to, example = instant(d.from), instant(d.to), instant(d.example)
	}
	assert.Equal(t, []time.Time{from, to, example}, []time.Time{f.From, f.To, f.Example}, "%s", f)
	assert.Contains(t, f.Text, d.text)
	assert.Equal(t, slices.ContainsFunc(r.Findings, func(f proof.Finding) bool { return f.Level == proof.Error }), r.Failed())
	levels := slices.IndexFunc(proof.Kinds(), func(k proof.KindInfo) bool { return k.Kind == d.kind && slices.Contains(k.Levels, d.level) })
	assert.GreaterOrEqual(t, levels, 0, "%s is not documented as %s", d.kind, d.level)
}

func testDefects(t *testing.T, defects []defect) {
	t.Helper()
	for _, d := range defects {
		t.Run(d.name, func(t *testing.T) {
			t.Parallel()
			d.test(t)
		})
	}
}

// What becomes of incidents.
func TestDefectsInCourses(t *testing.T) {
	t.Parallel()
	testDefects(t, []defect{
		{
			name:  "nobody on call at night",
			plant: func(_ *testing.T, s *small) { s.nights(0) },
			level: proof.Error, kind: proof.CoverageGap, path: "/policies/0/steps/0",
			from: "23 00:00", to: "23 08:00", example: "23 00:00", text: "nobody is on call on schedule primary",
		},
		{
			name: "nobody on call at night, as it should be",
			plant: func(_ *testing.T, s *small) {
				s.nights(0)
				s.schedules[0].Intended = []oncall.IntendedGap{{Window: oncall.Daily(oncall.Clock(17, 0), oncall.Clock(9, 0)), Reason: "the shop is closed"}}
			},
			level: proof.Info, kind: proof.CoverageGap, path: "/policies/0/steps/0",
			from: "23 00:00", to: "23 08:00", example: "23 00:00",
		},
		{
			name: "a gap that is intended in part",
			plant: func(_ *testing.T, s *small) {
				s.vacant(0, "25 10:00", "25 12:00")
				s.schedules[0].Intended = []oncall.IntendedGap{{Start: instant("25 10:00"), End: instant("25 11:30")}}
			},
			level: proof.Error, kind: proof.CoverageGap, path: "/policies/0/steps/0",
			from: "25 11:30", to: "25 12:00", example: "25 11:30",
		},
		{
			name:  "a gap as the clocks go forward",
			plant: func(_ *testing.T, s *small) { s.vacant(0, "29 00:30", "29 01:15") },
			level: proof.Error, kind: proof.CoverageGap, path: "/policies/0/steps/0",
			from: "29 00:30", to: "29 01:15", example: "29 00:30",
		},
		{
			name:  "a gap in the second line",
			plant: func(_ *testing.T, s *small) { s.vacant(1, "25 10:00", "25 11:00") },
			level: proof.Warning, kind: proof.CoverageGap, path: "/policies/0/steps/1",
			from: "25 10:00", to: "25 11:00", example: "25 10:00",
		},
		{
			name: "a room in which nobody has to be",
			plant: func(_ *testing.T, s *small) {
				s.vacant(0, "25 10:00", "25 11:00")
				s.Policies[0].Steps[0].Targets = append(s.Policies[0].Steps[0].Targets, escalation.Target{Type: escalation.TargetChannel, ID: "ops"})
			},
			level: proof.Error, kind: proof.CoverageGap, path: "/policies/0/steps/0",
			from: "25 10:00", to: "25 11:00", example: "25 10:00", text: "nobody is on call on schedule primary",
		},
		{
			name: "leave that nobody stands in for",
			plant: func(_ *testing.T, s *small) {
				s.schedules[0].People = []oncall.Person{{ID: "ben", Leave: []oncall.Leave{{Start: instant("24 08:00"), End: instant("31 08:00")}}}}
			},
			level: proof.Error, kind: proof.CoverageGap, path: "/policies/0/steps/0",
			from: "24 08:00", to: "30 07:00", example: "24 08:00",
		},
		{
			name: "somebody who learns, on call alone",
			plant: func(_ *testing.T, s *small) {
				s.schedules[0].People = []oncall.Person{{ID: "ana", Stages: []oncall.Stage{{From: instant("1 00:00"), Readiness: oncall.Supervised}}}}
			},
			level: proof.Error, kind: proof.CoverageGap, path: "/policies/0/steps/0",
			from: "23 00:00", to: "23 08:00", example: "23 00:00",
		},
		{
			name:  "quiet hours of whoever is on call",
			plant: func(t *testing.T, s *small) { s.People[1].Rules.Quiet = quiet(t, "SEV1") },
			level: proof.Error, kind: proof.CoverageGap, path: "/policies/0/steps/0", severity: "SEV2",
			from: "23 21:00", to: "24 05:00", example: "23 21:00", text: "ben has quiet hours",
		},
		{
			name: "a skill that not everybody on call has",
			plant: func(_ *testing.T, s *small) {
				s.People[0].Skills = []string{"db"}
				s.Policies[0].Steps[0].Skills = []string{"db"}
			},
			level: proof.Error, kind: proof.CoverageGap, path: "/policies/0/steps/0",
			from: "23 08:00", to: "30 07:00", example: "23 08:00", text: "ben lacks a skill (db)",
		},
		{
			name: "a wait for office hours breaks the promise",
			plant: func(_ *testing.T, s *small) {
				h := office()
				s.Policies[0].Steps = append([]escalation.Step{{Until: &escalation.Condition{Hours: &h}, Wait: time.Hour}}, s.Policies[0].Steps...)
			},
			level: proof.Error, kind: proof.TargetMissed, path: "/policies/0", severity: "SEV1",
			from: "23 00:00", to: "23 07:55", example: "23 00:00", text: "only after as long as 1h, and 5m is promised",
		},
		{
			name: "low urgency is deferred, and promised soon all the same",
			plant: func(_ *testing.T, s *small) {
				s.Policies[0].Defer = []escalation.Deferral{{If: &escalation.Condition{Urgency: escalation.Low}, Hours: office()}}
				s.Severities[1].Within = 30 * time.Minute
			},
			level: proof.Error, kind: proof.TargetMissed, path: "/policies/0", severity: "SEV2",
			from: "23 00:00", to: "23 07:30", example: "23 00:00", text: "only after as long as 8h, and 30m is promised",
		},
		{
			name: "only a place is told, and the humans come later than promised",
			plant: func(_ *testing.T, s *small) {
				s.Policies[0].Steps = append([]escalation.Step{s.page(escalation.Target{Type: escalation.TargetChannel, ID: "ops"})}, s.Policies[0].Steps...)
			},
			level: proof.Error, kind: proof.TargetMissed, path: "/policies/0", severity: "SEV1",
			from: "23 00:00", to: "37 00:00", example: "23 00:00", text: "only after as long as 10m, and 5m is promised",
		},
		{
			name: "nobody at all",
			plant: func(_ *testing.T, s *small) {
				s.vacant(0, "25 10:00", "25 11:00")
				s.vacant(1, "25 10:00", "25 11:00")
				s.Policies[0].Final = escalation.Final{}
			},
			level: proof.Error, kind: proof.NobodyReached, path: "/policies/0", severity: "SEV1",
			from: "25 10:00", to: "25 11:00", example: "25 10:00", text: "reach no human at all: step 1 pages nobody",
		},
		{
			name: "the promise is missed where nobody is reached",
			plant: func(_ *testing.T, s *small) {
				s.vacant(0, "25 10:00", "25 11:00")
				s.vacant(1, "25 10:00", "25 11:00")
				s.Policies[0].Final = escalation.Final{}
			},
			level: proof.Error, kind: proof.TargetMissed, path: "/policies/0", severity: "SEV1",
			from: "25 10:00", to: "25 11:00", example: "25 10:00", text: "never reach a human",
		},
		{
			name: "only the last resort, for an urgent incident",
			plant: func(_ *testing.T, s *small) {
				s.vacant(0, "25 10:00", "25 11:00")
				s.vacant(1, "25 10:30", "25 11:00")
			},
			level: proof.Error, kind: proof.LastResortOnly, path: "/policies/0", severity: "SEV1",
			from: "25 10:30", to: "25 11:00", example: "25 10:30",
		},
		{
			name: "only the last resort, for one that is not",
			plant: func(_ *testing.T, s *small) {
				s.vacant(0, "25 10:00", "25 11:00")
				s.vacant(1, "25 10:30", "25 11:00")
			},
			level: proof.Warning, kind: proof.LastResortOnly, path: "/policies/0", severity: "SEV2",
			from: "25 10:30", to: "25 11:00", example: "25 10:30",
		},
		{
			name: "one person, and nobody after",
			plant: func(_ *testing.T, s *small) {
				s.Policies[0].Steps = s.Policies[0].Steps[:1]
				s.Policies[0].Final = escalation.Final{}
			},
			level: proof.Warning, kind: proof.SinglePointOfFailure, path: "/policies/0", severity: "SEV1",
			from: "23 00:00", to: "37 00:00", example: "23 00:00", text: "reach only one human (ana), however long",
		},
		{
			name: "the same person on both schedules",
			plant: func(_ *testing.T, s *small) {
				s.vacant(1, "25 10:00", "25 12:00", "ben")
				s.Policies[0].Final = escalation.Final{}
			},
			level: proof.Warning, kind: proof.SinglePointOfFailure, path: "/policies/0", severity: "SEV1",
			from: "25 09:50", to: "25 11:50", example: "25 09:50", text: "(ben)",
		},
		{
			name:  "one person, and after that the last resort",
			plant: func(_ *testing.T, s *small) { s.Policies[0].Steps = s.Policies[0].Steps[:1] },
			level: proof.Warning, kind: proof.SinglePointOfFailure, path: "/policies/0", severity: "SEV2",
			from: "23 00:00", to: "37 00:00", example: "23 00:00", text: "only the last resort",
		},
		{
			name: "a step for a severity that there is not",
			plant: func(_ *testing.T, s *small) {
				step := s.page(escalation.Team("db"))
				step.If = &escalation.Condition{Severities: []string{"SEV9"}}
				s.step(step)
			},
			level: proof.Warning, kind: proof.DeadStep, path: "/policies/0/steps/2", text: "severity is SEV9",
		},
		{
			name: "another way that is never taken",
			plant: func(_ *testing.T, s *small) {
				step := s.page(escalation.Team("db"))
				step.If = &escalation.Condition{Severities: []string{"SEV1", "SEV2"}}
				step.Else = []escalation.Step{s.page(escalation.Person("eve"))}
				s.step(step)
			},
			level: proof.Warning, kind: proof.DeadStep, path: "/policies/0/steps/2/else/0",
		},
		{
			name: "a branch of the other branch",
			plant: func(_ *testing.T, s *small) {
				s.step(escalation.Step{
					If:    &escalation.Condition{Urgency: escalation.High},
					Steps: []escalation.Step{{If: &escalation.Condition{Urgency: escalation.Low}, Steps: []escalation.Step{s.page(escalation.Team("db"))}}},
				})
			},
			level: proof.Warning, kind: proof.DeadStep, path: "/policies/0/steps/2/steps/0", text: "urgency is low",
		},
		{
			name: "the same people again",
			plant: func(_ *testing.T, s *small) {
				s.Policies[0].Steps = []escalation.Step{s.page(escalation.Team("db"), escalation.Person("ana")), s.page(escalation.Person("cleo"))}
			},
			level: proof.Warning, kind: proof.UselessStep, path: "/policies/0/steps/1",
		},
		{
			name: "everybody in the rotation, and then one of them",
			plant: func(_ *testing.T, s *small) {
				s.Policies[0].Steps[0].Targets[0].Mode = escalation.Everyone
				s.Policies[0].Steps[1] = s.page(escalation.Schedule("primary"))
			},
			level: proof.Warning, kind: proof.UselessStep, path: "/policies/0/steps/1",
		},
		{
			name:  "urgent pages wait for office hours",
			plant: func(_ *testing.T, s *small) { s.Policies[0].Defer = []escalation.Deferral{{Hours: office()}} },
			level: proof.Warning, kind: proof.DeferredHigh, path: "/policies/0/defer/0", severity: "SEV1",
			from: "23 00:00", to: "23 08:00", example: "23 00:00",
		},
		{
			name: "leave of whoever is next",
			plant: func(_ *testing.T, s *small) {
				s.Policies[0].Steps[0].Targets[0].Mode = escalation.OnCallNext
				s.People[0].Leave = []oncall.Leave{{Start: instant("25 10:00"), End: instant("25 11:00")}}
			},
			level: proof.Error, kind: proof.CoverageGap, path: "/policies/0/steps/0",
			from: "25 10:00", to: "25 11:00", example: "25 10:00", text: "ana may not be paged (on leave",
		},
		{
			name: "two hours to wait for that never meet",
			plant: func(_ *testing.T, s *small) {
				rest := office()
				rest.Outside = true
				s.Policies[0].Defer = []escalation.Deferral{{Hours: office()}, {If: &escalation.Condition{Urgency: escalation.Low}, Hours: rest}}
			},
			level: proof.Error, kind: proof.NeverInHours, path: "/policies/0/defer", severity: "SEV2",
			from: "23 00:00", to: "44 00:00", example: "23 00:00", text: "the hours of the deferrals do not meet",
		},
		{
			name: "conditions without an end",
			plant: func(_ *testing.T, s *small) {
				step := s.page(escalation.Team("db"))
				step.If = &escalation.Condition{}
				for i := range 300 {
					step.If.Kinds = append(step.If.Kinds, fmt.Sprint("kind", i))
				}
				s.step(step)
			},
			level: proof.Warning, kind: proof.TooManyKinds, path: "/policies/0", severity: "SEV1",
		},
	})
}

// nights leaves a schedule without anybody outside of office hours.
func (s *small) nights(schedule int) {
	r := &s.schedules[schedule].Rotations[0]
	r.Windows, r.Count = office().Windows, oncall.ByTurn
}

// What the plan says.
func TestDefectsInTheDocument(t *testing.T) {
	t.Parallel()
	nest := func(id string) escalation.Target {
		return escalation.Target{Type: escalation.TargetPolicy, ID: id}
	}
	vendor := escalation.Target{Type: escalation.TargetVendor, ID: "cloud"}
	testDefects(t, []defect{
		{
			name: "a circle of policies",
			plant: func(_ *testing.T, s *small) {
				s.step(s.page(nest("q")))
				s.Policies = append(s.Policies, escalation.Policy{ID: "q", Steps: []escalation.Step{s.page(nest("p"))}})
			},
			level: proof.Error, kind: proof.Cycle, path: "/policies/1/steps/0/targets/0", text: "(p → q → p)",
		},
		{
			name:  "a policy in itself",
			plant: func(_ *testing.T, s *small) { s.step(s.page(nest("p"))) },
			level: proof.Error, kind: proof.Cycle, path: "/policies/0/steps/2/targets/0", text: "(p → p)",
		},
		{
			name:  "a policy that is not there",
			plant: func(_ *testing.T, s *small) { s.step(s.page(nest("q"))) },
			level: proof.Error, kind: proof.UnknownTarget, path: "/policies/0/steps/2/targets/0", text: "policy q, which is not there",
		},
		{
			name:  "a schedule that is not there",
			plant: func(_ *testing.T, s *small) { s.step(s.page(escalation.Schedule("tertiary"))) },
			level: proof.Error, kind: proof.UnknownTarget, path: "/policies/0/steps/2/targets/0", text: "schedule tertiary",
		},
		{
			name:  "a team that is not there",
			plant: func(_ *testing.T, s *small) { s.step(s.page(escalation.Person("eve"), escalation.Team("net"))) },
			level: proof.Error, kind: proof.UnknownTarget, path: "/policies/0/steps/2/targets/1", text: "team net",
		},
		{
			name: "a person who has left",
			plant: func(_ *testing.T, s *small) {
				s.step(escalation.Step{If: &escalation.Condition{Urgency: escalation.High}, Else: []escalation.Step{s.page(escalation.Person("zoe"))}})
			},
			level: proof.Error, kind: proof.UnknownTarget, path: "/policies/0/steps/2/else/0/targets/0", text: "person zoe",
		},
		{
			name:  "a person who has left, in a schedule",
			plant: func(_ *testing.T, s *small) { s.schedules[1].Rotations[0].Seats = oncall.Seats("dan", "zoe", "cleo") },
			level: proof.Error, kind: proof.UnknownTarget, path: "/schedules/1", text: "person zoe",
		},
		{
			name:  "a person who has left, in a team",
			plant: func(_ *testing.T, s *small) { s.Teams[0].Members[1] = "zoe" },
			level: proof.Error, kind: proof.UnknownTarget, path: "/teams/0/members/1", text: "person zoe",
		},
		{
			name:  "a manager who has left",
			plant: func(_ *testing.T, s *small) { s.Teams[0].Manager = "zoe" },
			level: proof.Error, kind: proof.UnknownTarget, path: "/teams/0/manager", text: "person zoe",
		},
		{
			name: "a vendor that is not there",
			plant: func(_ *testing.T, s *small) {
				s.step(s.page(escalation.Target{Type: escalation.TargetVendor, ID: "bank"}))
			},
			level: proof.Error, kind: proof.UnknownTarget, path: "/policies/0/steps/2/targets/0", text: "vendor bank",
		},
		{
			name: "a room that is not there",
			plant: func(_ *testing.T, s *small) {
				s.Policies[0].Final.Targets = append(s.Policies[0].Final.Targets, escalation.Target{Type: escalation.TargetChannel, ID: "war"})
			},
			level: proof.Error, kind: proof.UnknownTarget, path: "/policies/0/final/targets/1", text: "channel war",
		},
		{
			name:  "a last resort that is not there",
			plant: func(_ *testing.T, s *small) { s.LastResort = "zoe" },
			level: proof.Error, kind: proof.UnknownTarget, path: "/last_resort", text: "person zoe",
		},
		{
			name: "a team without members",
			plant: func(_ *testing.T, s *small) {
				s.Teams[0].Members = nil
				s.step(s.page(escalation.Team("db")))
			},
			level: proof.Error, kind: proof.EmptyTeam, path: "/policies/0/steps/2/targets/0", text: "no members",
		},
		{
			name: "a team without a manager",
			plant: func(_ *testing.T, s *small) {
				s.Teams[0].Manager = ""
				s.step(s.page(escalation.Target{Type: escalation.TargetTeam, ID: "db", Mode: escalation.Manager}))
			},
			level: proof.Error, kind: proof.EmptyTeam, path: "/policies/0/steps/2/targets/0", text: "has none",
		},
		{
			name: "a promise without a policy",
			plant: func(_ *testing.T, s *small) {
				s.Severities = append(s.Severities, proof.Severity{ID: "SEV0", Within: time.Minute})
			},
			level: proof.Error, kind: proof.NoPolicy, path: "/severities/2", severity: "SEV0", text: "a human within 1m is promised",
		},
		{
			name:  "a severity without a policy",
			plant: func(_ *testing.T, s *small) { s.Severities = append(s.Severities, proof.Severity{ID: "SEV3"}) },
			level: proof.Warning, kind: proof.NoPolicy, path: "/severities/2", severity: "SEV3",
		},
		{
			name: "an end in silence",
			plant: func(_ *testing.T, s *small) {
				s.Policies[0].Final, s.LastResort = escalation.Final{}, ""
			},
			level: proof.Warning, kind: proof.NoLastResort, path: "/policies/0",
		},
		{
			name:  "a person without a channel, on call",
			plant: func(_ *testing.T, s *small) { s.People[3].Channels = nil },
			level: proof.Error, kind: proof.UnreachablePerson, path: "/people/3", text: "dan has no channel, and would be paged",
		},
		{
			name: "a person without a channel whom nothing pages",
			plant: func(_ *testing.T, s *small) {
				s.People = append(s.People, escalation.Responder{Person: oncall.Person{ID: "fay"}})
			},
			level: proof.Warning, kind: proof.UnreachablePerson, path: "/people/5",
		},
		{
			name:  "a person with one channel",
			plant: func(_ *testing.T, s *small) { s.People[0].Channels = []string{"push"} },
			level: proof.Info, kind: proof.SingleChannel, path: "/people/0", text: "ana can only be reached by push",
		},
		{
			name: "a last resort on leave",
			plant: func(_ *testing.T, s *small) {
				s.People[4].Leave = []oncall.Leave{{Start: instant("24 12:00"), End: instant("26 12:00")}}
			},
			level: proof.Warning, kind: proof.AbsentPerson, path: "/policies/0/final/targets/0",
			from: "24 12:00", to: "26 12:00", example: "24 12:00", text: "eve",
		},
		{
			name: "somebody who still learns",
			plant: func(_ *testing.T, s *small) {
				s.People[4].Stages = []oncall.Stage{{From: instant("1 00:00"), Readiness: oncall.Shadowing}, {From: instant("27 09:00"), Readiness: oncall.Ready}}
			},
			level: proof.Warning, kind: proof.UnreadyPerson, path: "/policies/0/final/targets/0",
			from: "23 00:00", to: "27 09:00", example: "23 00:00", text: "the stage is shadow",
		},
		{
			name: "somebody without the skill",
			plant: func(_ *testing.T, s *small) {
				step := s.page(escalation.Team("db"))
				step.Skills = []string{"sql"}
				s.People[2].Skills = []string{"sql"}
				s.step(step)
			},
			level: proof.Warning, kind: proof.UnskilledPerson, path: "/policies/0/steps/2/targets/0", text: "dan, who lacks sql",
		},
		{
			name: "quiet hours of somebody who is named",
			plant: func(t *testing.T, s *small) {
				s.People[4].Rules.Quiet = quiet(t, "SEV1")
			},
			level: proof.Info, kind: proof.QuietPerson, path: "/policies/0/final/targets/0", severity: "SEV2",
			from: "23 00:00", to: "23 05:00", example: "23 00:00", text: "eve",
		},
		{
			name: "a vendor without a channel",
			plant: func(_ *testing.T, s *small) {
				s.Suppliers[0].Channels = nil
				s.step(s.page(vendor))
			},
			level: proof.Error, kind: proof.VendorUnreachable, path: "/vendors/0",
		},
		{
			name: "nobody is told that a vendor is late",
			plant: func(_ *testing.T, s *small) {
				s.Suppliers[0].Missed, s.LastResort = nil, ""
				s.step(s.page(vendor))
			},
			level: proof.Warning, kind: proof.VendorNoEscalation, path: "/vendors/0", text: "nobody is told",
		},
		{
			name: "only the last resort is told that a vendor is late",
			plant: func(_ *testing.T, s *small) {
				s.Suppliers[0].Missed = nil
				s.step(s.page(vendor))
			},
			level: proof.Info, kind: proof.VendorNoEscalation, path: "/vendors/0", text: "only the last resort",
		},
		{
			name: "a policy that nothing uses",
			plant: func(_ *testing.T, s *small) {
				s.Policies = append(s.Policies, escalation.Policy{ID: "old", Steps: s.Policies[0].Steps})
			},
			level: proof.Info, kind: proof.PolicyUnused, path: "/policies/1",
		},
		{
			name: "a schedule that nothing uses",
			plant: func(_ *testing.T, s *small) {
				old := s.schedules[0]
				old.ID = "old"
				s.schedules = append(s.schedules, old)
			},
			level: proof.Info, kind: proof.ScheduleUnused, path: "/schedules/2",
		},
	})
}
