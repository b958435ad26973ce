package proof_test

import (
	"fmt"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/escalation/proof"
	"github.com/incidentkit/incidentkit/oncall"
)

// drawn is a random plan and horizon. All times in it are whole minutes.
type drawn struct {
	Plan     proof.Plan
	Plain    []oncall.Schedule // as they were before they were compiled
	From, To time.Time
	Asks     map[string]bool // which facts the conditions ask for
}

var (
	somebody = []string{"ana", "ben", "cleo", "dan"}

	// around are a change of the clocks each, and a time without one.
	around = []struct {
		zone string
		at   time.Time
	}{
		{"Europe/Berlin", time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC)},
		{"Europe/Berlin", time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC)},
		{"America/New_York", time.Date(2026, 3, 8, 7, 0, 0, 0, time.UTC)},
		{"America/New_York", time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC)},
		{"Australia/Lord_Howe", time.Date(2026, 4, 4, 15, 0, 0, 0, time.UTC)},
		{"Australia/Lord_Howe", time.Date(2026, 10, 3, 15, 30, 0, 0, time.UTC)},
		{"UTC", time.Date(2026, 6, 3, 9, 0, 0, 0, time.UTC)},
	}
)

// drawer draws parts of a plan.
type drawer struct {
	t      *rapid.T
	zone   string
	around time.Time
	asks   map[string]bool
	picks  int // how many steps may still pick one of several
}

// draw draws a plan.
func draw(t *rapid.T) drawn {
	a := rapid.SampledFrom(around).Draw(t, "around")
	d := &drawer{t: t, zone: a.zone, around: a.at, asks: map[string]bool{}, picks: 2}
	out := drawn{From: a.at.Add(-d.minutes(0, 240))}
	out.To = out.From.Add(d.minutes(1, 200))
	for i := range 2 {
		out.Plain = append(out.Plain, d.schedule(fmt.Sprint("s", i)))
		rota, err := oncall.Compile(out.Plain[i])
		require.NoError(t, err)
		out.Plan.Schedules = append(out.Plan.Schedules, rota)
	}
	if !d.chance(6) {
		out.Plan.People = d.people()
	}
	out.Plan.Teams = []escalation.Group{{ID: "t", Members: d.some(somebody, 0, 3), Manager: d.one("ana", "ben", "")}}
	out.Plan.Suppliers = []escalation.Supplier{{ID: "v", Channels: d.some([]string{"email"}, 0, 1), Response: time.Hour}}
	out.Plan.Policies = []escalation.Policy{d.policy("outer", "inner"), d.policy("inner")}
	out.Plan.Severities = []proof.Severity{
		{ID: "SEV1", Within: 10 * time.Minute, Policies: []string{"outer"}},
		{ID: "SEV2", Urgency: escalation.Low, Within: time.Hour, Policies: []string{"outer"}},
	}
	out.Asks = d.asks
	return out
}

func (d *drawer) number(from, to int) int { return rapid.IntRange(from, to).Draw(d.t, "number") }

// chance is true once in n times.
func (d *drawer) chance(n int) bool { return d.number(1, n) == n }

func (d *drawer) minutes(from, to int) time.Duration {
	return time.Duration(d.number(from, to)) * time.Minute
}

// instant is one near the change of the clocks.
func (d *drawer) instant() time.Time { return d.around.Add(d.minutes(0, 600) - 5*time.Hour) }

func (d *drawer) one(of ...string) string { return rapid.SampledFrom(of).Draw(d.t, "one") }

func (d *drawer) some(of []string, from, to int) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(of), from, to, rapid.ID[string]).Draw(d.t, "some")
}

func (d *drawer) windows() (windows []oncall.Window) {
	for range d.number(1, 2) {
		windows = append(windows, oncall.Window{
			Opens:  oncall.Clock(d.number(0, 23), d.number(0, 59)),
			Length: d.minutes(1, 12*60),
		})
	}
	return windows
}

func (d *drawer) hours() escalation.Hours {
	return escalation.Hours{Zone: d.zone, Windows: d.windows(), Outside: d.chance(3)}
}

func (d *drawer) schedule(id string) oncall.Schedule {
	s := oncall.Schedule{ID: id, Zone: d.zone, Overlap: oncall.Hide, Absence: oncall.Vacate}
	if d.chance(2) {
		s.Overlap = oncall.Add
	}
	for i := range d.number(1, 2) {
		r := oncall.Rotation{
			ID: fmt.Sprint("r", i), Start: oncall.LocalOf(d.instant().In(time.UTC).Truncate(time.Hour).AddDate(0, 0, -2)),
			Turns: oncall.Every(d.number(1, 5), oncall.Hours), Seats: oncall.Seats(d.seats()...),
			Until: d.around.AddDate(0, 0, 25), // it is slow to look for a handoff that never comes
		}
		if d.chance(2) {
			r.Windows, r.Count = d.windows(), oncall.ByTurn
		}
		s.Rotations = append(s.Rotations, r)
	}
	for i := range d.number(0, 2) {
		start := d.instant()
		s.Overrides = append(s.Overrides, oncall.Override{
			ID: fmt.Sprint("o", i), Start: start, End: start.Add(d.minutes(1, 90)), People: d.some(somebody, 0, 2),
		})
	}
	if d.chance(3) {
		s.People = []oncall.Person{d.person("ana"), d.person("ben")}
	}
	return s
}

func (d *drawer) seats() []string {
	seats := make([]string, d.number(1, 3))
	for i := range seats {
		seats[i] = d.one("ana", "ben", "cleo", "dan", "")
	}
	return seats
}

// person draws leave and stages.
func (d *drawer) person(id string) oncall.Person {
	p := oncall.Person{ID: id}
	if d.chance(3) {
		start := d.instant()
		p.Leave = append(p.Leave, oncall.Leave{Start: start, End: start.Add(d.minutes(1, 120))})
	}
	if d.chance(4) {
		p.Stages = append(p.Stages, oncall.Stage{From: d.instant(), Readiness: oncall.Ready})
		if d.chance(2) {
			p.Stages = append([]oncall.Stage{{From: d.around.Add(-24 * time.Hour), Readiness: oncall.Supervised}}, p.Stages...)
		}
	}
	if d.chance(2) {
		p.Skills = []string{"db"}
	}
	return p
}

func (d *drawer) people() (people []escalation.Responder) {
	for _, id := range somebody {
		if d.chance(8) {
			continue // nobody knows this person
		}
		r := escalation.Responder{Person: d.person(id), Channels: []string{"push"}}
		if d.chance(6) {
			r.Channels = nil
		}
		if d.chance(3) {
			r.Rules.Quiet = d.quiet()
		}
		people = append(people, r)
	}
	return people
}

func (d *drawer) quiet() *escalation.QuietHours {
	q, err := escalation.NewQuietHours(d.hours(), d.some([]string{"SEV1"}, 0, 1)...)
	require.NoError(d.t, err)
	return q
}

func (d *drawer) condition() *escalation.Condition {
	c := &escalation.Condition{Not: d.chance(4)}
	switch d.number(0, 7) {
	case 0:
		c.Severities = []string{"SEV1"}
	case 1:
		c.Urgency = escalation.Low
	case 2:
		c.Kinds = []string{d.ask("kind", "db", "net")}
	case 3:
		c.Components = d.some([]string{d.ask("component", "api", "web"), "web"}, 1, 2)
	case 4:
		c.Labels = map[string]string{"env": d.ask("label", "prod", "")}
	case 5:
		c.Alerts = &escalation.AlertCount{AtLeast: 3, Within: 10 * time.Minute}
		if d.ask("alerts", "few", "many") == "many" {
			c.Alerts = &escalation.AlertCount{AtLeast: 5, Within: time.Hour}
		}
	}
	if d.chance(2) || c.Severities == nil && c.Urgency == "" && c.Kinds == nil && c.Components == nil && c.Labels == nil && c.Alerts == nil {
		h := d.hours()
		c.Hours = &h
	}
	return c
}

// ask draws a value, and remembers which fact it is of.
func (d *drawer) ask(fact string, values ...string) string {
	d.asks[fact] = true
	return d.one(values...)
}

func (d *drawer) maybe() *escalation.Condition {
	if d.chance(3) {
		return d.condition()
	}
	return nil
}

func (d *drawer) policy(id string, nests ...string) escalation.Policy {
	p := escalation.Policy{ID: id, Repeat: d.number(0, 2)}
	ids := 0
	p.Steps = d.steps(&ids, 1, nests)
	if d.chance(3) {
		p.RepeatFrom = rapid.SampledFrom(p.Steps).Draw(d.t, "repeat from").ID
	}
	if d.chance(3) {
		p.Defer = append(p.Defer, escalation.Deferral{If: d.maybe(), Hours: d.hours()})
		switch first := p.Defer[0]; d.number(1, 5) {
		case 1:
			p.Defer = append(p.Defer, escalation.Deferral{If: d.maybe(), Hours: d.hours()})
		case 2, 3: // never at the same time
			first.Hours.Outside = !first.Hours.Outside
			if d.chance(2) {
				first.If = nil
			}
			p.Defer = append(p.Defer, first)
		}
	}
	if d.chance(2) {
		p.Final.Targets = []escalation.Target{d.target(nil)}
	}
	return p
}

func (d *drawer) steps(ids *int, depth int, nests []string) (steps []escalation.Step) {
	var before []string
	for range d.number(1, 3) {
		s := d.step(ids, depth, nests, before)
		steps = append(steps, s)
		before = append(before, s.ID)
	}
	return steps
}

func (d *drawer) step(ids *int, depth int, nests, before []string) escalation.Step {
	*ids++
	s := escalation.Step{ID: fmt.Sprint("step", *ids), If: d.maybe()}
	if s.If != nil && depth < 3 && d.chance(2) {
		s.Else = d.steps(ids, depth+1, nests)
	}
	switch n := d.number(0, 9); {
	case n == 0 && depth < 3:
		s.Steps = d.steps(ids, depth+1, nests)
	case n == 1:
		s.Until, s.Wait = d.condition(), d.minutes(1, 60)
		if d.chance(2) {
			h := d.hours()
			s.Until, s.Wait = &escalation.Condition{Hours: &h}, 0
		}
	case n == 2 && len(before) > 0:
		s.BackTo, s.Times = d.one(before...), d.number(1, 2)
	default:
		d.pageStep(&s, nests)
	}
	return s
}

func (d *drawer) pageStep(s *escalation.Step, nests []string) {
	for range d.number(1, 2) {
		s.Targets = append(s.Targets, d.target(nests))
	}
	if len(nests) > 0 && d.chance(5) {
		s.Targets = append(s.Targets, d.target(nil), escalation.Target{Type: escalation.TargetPolicy, ID: nests[0]})
	}
	s.Wait = d.minutes(0, 40)
	nested, itself := false, false
	for _, t := range s.Targets {
		nested = nested || t.Type == escalation.TargetPolicy
		itself = itself || t.Type != escalation.TargetPolicy
	}
	if itself && d.chance(4) {
		s.Skills = []string{"db"}
	}
	if d.picks > 0 && !nested && d.chance(4) {
		d.picks--
		s.Pick = rapid.SampledFrom([]escalation.Pick{escalation.PickInTurn, escalation.PickLeastRecent}).Draw(d.t, "pick")
	}
}

func (d *drawer) target(nests []string) escalation.Target {
	switch n := d.number(0, 11); {
	case n < 3:
		return escalation.Person(d.one(somebody...))
	case n < 7:
		return escalation.Target{
			Type: escalation.TargetSchedule, ID: d.one("s0", "s1"),
			Mode: rapid.SampledFrom([]escalation.Mode{"", "", escalation.OnCallNext, escalation.Everyone}).Draw(d.t, "mode"),
		}
	case n == 7:
		return escalation.Target{Type: escalation.TargetTeam, ID: "t", Mode: escalation.Manager}
	case n == 8:
		return escalation.Target{Type: escalation.TargetVendor, ID: "v"}
	case n == 9:
		return escalation.Target{Type: escalation.TargetChannel, ID: "room"}
	case n == 10 && len(nests) > 0:
		return escalation.Target{Type: escalation.TargetPolicy, ID: nests[0]}
	}
	return escalation.Team("t")
}
