package escalation_test

import (
	"fmt"
	"slices"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/oncall"
)

// drawn is a random plan, and an incident for which people are paged by it.
type drawn struct {
	Policy  escalation.Policy
	Nested  []escalation.Policy
	People  []escalation.Responder
	Plain   []oncall.Schedule // as they were before they were compiled
	World   escalation.World
	Broken  []string
	Start   time.Time
	Facts   escalation.Facts
	Changes []escalation.Change
	Script  []escalation.Answer
	Seed    uint64 // of what people do
}

// drawAny draws anything that policies, people and schedules can say, in a time of
// a few hours around a change of the clocks.
func drawAny(t *rapid.T) drawn {
	d := newDrawer(t)
	out := drawn{
		Nested: []escalation.Policy{d.policy("inner"), d.policy("middle", "inner")},
		Broken: d.some(channels, 0, 2),
		Start:  d.instant(),
		Seed:   rapid.Uint64().Draw(t, "seed"),
	}
	out.Policy = d.policy("outer", "inner", "middle")
	out.Facts = d.facts(out.Start)
	d.world(&out)
	at := out.Start
	for i := range d.number(0, 3) {
		// No two of these, and no answer, come at the same instant.
		at = at.Truncate(time.Second).Add(d.seconds(0, 3600) + time.Duration(i+1)*time.Millisecond)
		out.Changes = append(out.Changes, escalation.Change{At: at, Facts: d.facts(at)})
	}
	at = out.Start
	for range d.number(0, 5) {
		at = at.Add(d.seconds(0, 3600))
		out.Script = append(out.Script, d.answer(at))
	}
	return out
}

// ladder compiles the policy.
func (d drawn) ladder(t require.TestingT) *escalation.Ladder {
	l, err := escalation.Compile(d.Policy, d.Nested...)
	require.NoError(t, err)
	return l
}

// setting is all of it, with people of whom nobody knows what they will do, for as
// long as a day.
func (d drawn) setting(t require.TestingT) escalation.Setting {
	s := d.unanswered(t)
	s.Script, s.Behaviour = d.Script, escalation.Random(d.Seed, somebody...)
	return s
}

// unanswered is the same without anybody who answers.
func (d drawn) unanswered(t require.TestingT) escalation.Setting {
	return escalation.Setting{
		Ladder: d.ladder(t), Start: d.Start, Facts: d.Facts, Changes: d.Changes, World: d.World,
		Broken: d.Broken, Until: d.Start.Add(24 * time.Hour),
	}
}

var (
	somebody   = []string{"ana", "ben", "cleo", "dan", "eve"}
	channels   = []string{"push", "sms", "phone"}
	severities = []string{"SEV1", "SEV2", "SEV3"}
	skills     = []string{"db", "net"}

	// around are a change of the clocks each, and a time without one.
	around = []struct {
		zone string
		at   time.Time
	}{
		{"Europe/Berlin", time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC)},
		{"Europe/Berlin", time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC)},
		{"America/New_York", time.Date(2026, 3, 8, 7, 0, 0, 0, time.UTC)},
		{"Australia/Lord_Howe", time.Date(2026, 4, 4, 15, 0, 0, 0, time.UTC)},
		{"UTC", time.Date(2026, 6, 3, 9, 0, 0, 0, time.UTC)},
	}
)

// drawer draws parts of a plan.
type drawer struct {
	t      *rapid.T
	zone   string
	around time.Time
}

func newDrawer(t *rapid.T) *drawer {
	a := rapid.SampledFrom(around).Draw(t, "around")
	return &drawer{t: t, zone: a.zone, around: a.at}
}

func (d *drawer) number(from, to int) int { return rapid.IntRange(from, to).Draw(d.t, "number") }

// chance is true once in n times.
func (d *drawer) chance(n int) bool { return d.number(1, n) == n }

func (d *drawer) seconds(from, to int) time.Duration {
	return time.Duration(d.number(from/60, to/60))*time.Minute + time.Duration(d.number(from%60, 59*min(1, to/60)))*time.Second
}

func (d *drawer) minutes(from, to int) time.Duration {
	return time.Duration(d.number(from, to)) * time.Minute
}

func (d *drawer) instant() time.Time { return d.around.Add(d.seconds(0, 4*3600) - 3*time.Hour) }

func (d *drawer) one(of ...string) string { return rapid.SampledFrom(of).Draw(d.t, "one") }

func (d *drawer) some(of []string, from, to int) []string {
	return rapid.SliceOfNDistinct(rapid.SampledFrom(of), from, to, rapid.ID[string]).Draw(d.t, "some")
}

func (d *drawer) policy(id string, nests ...string) escalation.Policy {
	p := escalation.Policy{
		ID: id, Version: 7, Repeat: d.number(0, 1+min(1, len(nests))),
		Tiers: []escalation.Tier{{ID: "front"}, {ID: "back", Packet: []string{"impact", "logs"}}},
	}
	n := 0
	p.Steps = (&stepDrawer{drawer: d, policy: id, nests: nests, count: &n}).list(1)
	if d.chance(3) {
		p.RepeatFrom = rapid.SampledFrom(p.Steps).Draw(d.t, "repeat from").ID
	}
	if d.chance(2) {
		p.AckTimeout = d.minutes(5, 60)
	}
	if d.chance(3) {
		p.RemindEvery = d.minutes(2, 4)
	}
	if d.chance(3) {
		p.Defer = append(p.Defer, escalation.Deferral{If: d.maybe(), Hours: d.hours()})
	}
	if d.chance(2) {
		p.Final.Targets = []escalation.Target{escalation.Person(d.one(somebody...)), {Type: escalation.TargetChannel, ID: "room"}}
		p.Final.Severity = d.one("", "SEV1")
	}
	return p
}

// stepDrawer draws the steps of one policy.
type stepDrawer struct {
	*drawer
	policy string
	nests  []string
	count  *int
	before []string // what a step may go back to
	loops  bool     // there is a step that does
}

func (d *stepDrawer) list(depth int) (steps []escalation.Step) {
	before := len(d.before)
	for range d.number(1, 4-depth) {
		s := d.step(depth)
		steps = append(steps, s)
		d.before = append(d.before, s.ID)
	}
	d.before = d.before[:before]
	return steps
}

func (d *stepDrawer) step(depth int) escalation.Step {
	*d.count++
	s := escalation.Step{ID: fmt.Sprint(d.policy, *d.count)}
	if d.chance(3) {
		s.If = d.maybe()
	}
	switch kind := d.number(0, 9); {
	case kind == 7 && depth < 3:
		s.Steps = d.list(depth + 1)
	case kind == 8:
		s.Until, s.Wait = d.condition(), d.seconds(60, 40*60)
	case kind == 9 && len(d.before) > 0 && !d.loops:
		d.loops = true // more of them in each other make too long a course
		s.BackTo, s.Times = rapid.SampledFrom(d.before).Draw(d.t, "back to"), d.number(1, 2)
	default:
		d.page(&s)
	}
	if s.If != nil && depth < 3 && d.chance(2) {
		s.Else = d.list(depth + 1)
	}
	return s
}

func (d *stepDrawer) page(s *escalation.Step) {
	for range d.number(1, 3) {
		s.Targets = append(s.Targets, d.target())
	}
	if len(d.nests) > 0 && d.chance(4) {
		s.Targets = append(s.Targets, escalation.Target{Type: escalation.TargetPolicy, ID: d.one(d.nests...)})
	}
	if !d.chance(5) {
		s.Wait = d.seconds(60, 15*60)
	}
	if d.chance(3) {
		s.Ack = escalation.AckAll
	}
	if d.chance(3) {
		s.Pick = []escalation.Pick{escalation.PickAll, escalation.PickInTurn, escalation.PickLeastRecent}[d.number(0, 2)]
	}
	if d.chance(6) {
		s.Skills = d.some(skills, 1, 1)
	}
	s.Tier = d.one("", "front", "back")
}

func (d *drawer) target() escalation.Target {
	var t escalation.Target
	switch d.number(0, 9) {
	case 0, 1, 2:
		t = escalation.Person(d.one(somebody...))
	case 3, 4, 5:
		t = escalation.Schedule(d.one("primary", "secondary", "forgotten"))
		t.Mode = []escalation.Mode{"", "", escalation.OnCallNow, escalation.OnCallNext, escalation.Everyone}[d.number(0, 4)]
	case 6, 7:
		t = escalation.Team("db")
		t.Mode = []escalation.Mode{"", escalation.Everyone, escalation.Manager}[d.number(0, 2)]
	case 8:
		t = escalation.Target{Type: escalation.TargetVendor, ID: d.one("cloud", "unknown")}
	default:
		t = escalation.Target{Type: []escalation.TargetType{escalation.TargetChannel, escalation.TargetWebhook}[d.number(0, 1)], ID: d.one("room", "unknown")}
	}
	t.Urgency = []escalation.Urgency{"", "", escalation.High, escalation.Low}[d.number(0, 3)]
	return t
}

// maybe draws a condition that often holds.
func (d *drawer) maybe() *escalation.Condition {
	if d.chance(3) {
		return &escalation.Condition{Severities: d.some(severities, 2, 2)}
	}
	return d.condition()
}

func (d *drawer) condition() *escalation.Condition {
	c := &escalation.Condition{Not: d.chance(4)}
	for range d.number(1, 2) {
		switch d.number(0, 6) {
		case 0:
			c.Severities = d.some(severities, 1, 2)
		case 1:
			c.Urgency = escalation.Urgency(d.one("high", "low"))
		case 2:
			c.Kinds = []string{d.one("standard", "drill")}
		case 3:
			c.Components = d.some([]string{"web", "db"}, 1, 1)
		case 4:
			c.Labels = map[string]string{"region": d.one("eu", "us")}
		case 5:
			c.Alerts = &escalation.AlertCount{AtLeast: d.number(1, 3), Within: d.minutes(1, 60)}
		default:
			h := d.hours()
			c.Hours = &h
		}
	}
	return c
}

func (d *drawer) hours() escalation.Hours {
	h := escalation.Hours{Zone: d.zone, Outside: d.chance(3)}
	for range d.number(1, 2) {
		opens := d.instant().In(time.UTC)
		h.Windows = append(h.Windows, oncall.Window{
			Days: oncall.On(opens.Weekday()), Opens: oncall.Clock(opens.Hour(), opens.Minute()), Length: d.minutes(1, 300),
		})
	}
	return h
}

// facts draws what is known at an instant.
func (d *drawer) facts(now time.Time) escalation.Facts {
	f := escalation.Facts{
		Severity: d.one(severities...), Urgency: escalation.Urgency(d.one("", "high", "low")), Kind: d.one("standard", "drill"),
		Components: d.some([]string{"web", "db"}, 0, 2), Labels: map[string]string{"region": d.one("eu", "us")},
	}
	for range d.number(0, 4) {
		now = now.Add(-d.minutes(0, 30))
		f.Alerts = append(f.Alerts, now)
	}
	slices.Reverse(f.Alerts)
	if d.chance(8) {
		f.Skills = d.some(skills, 1, 1)
	}
	return f
}

// answer draws anything that can be said, fit or not.
func (d *drawer) answer(at time.Time) escalation.Answer {
	a := escalation.Answer{
		Kind: []escalation.AnswerKind{
			escalation.Acknowledge, escalation.Decline, escalation.Snooze, escalation.HandBack, escalation.Reassign,
			escalation.Repage, escalation.Escalate, escalation.Undelivered, escalation.Stop,
		}[d.number(0, 8)],
		By: d.one(somebody...), At: at,
	}
	switch a.Kind {
	case escalation.Stop:
		if !d.chance(3) { // as a rule there is more to come
			a.Kind = escalation.Acknowledge
		}
	case escalation.Snooze:
		a.Until = at.Add(d.seconds(60, 1800))
	case escalation.Reassign:
		a.To = []escalation.Target{d.target()}
	}
	return a
}

func (d *drawer) world(out *drawn) {
	out.World = escalation.World{
		Schedules: map[string]*oncall.Rota{}, People: map[string]escalation.Responder{},
		Teams:     map[string]escalation.Group{"db": {ID: "db", Members: d.some(somebody, 1, 4), Manager: d.one(somebody...)}},
		Suppliers: map[string]escalation.Supplier{"cloud": {ID: "cloud", Channels: d.some(channels, 0, 2)}},
		Places:    map[string]string{"channel room": d.one(channels...), "webhook room": "hook"},
	}
	for _, id := range somebody {
		p := d.responder(id)
		out.People = append(out.People, p)
		out.World.People[id] = p
	}
	for _, id := range []string{"primary", "secondary"} {
		s := d.schedule(id, out.People)
		rota, err := oncall.Compile(s)
		require.NoError(d.t, err)
		out.Plain = append(out.Plain, s)
		out.World.Schedules[id] = rota
	}
}

func (d *drawer) responder(id string) escalation.Responder {
	r := escalation.Responder{Person: oncall.Person{ID: id, Skills: d.some(skills, 0, 2)}, Channels: channels[:d.number(1, 3)]}
	if d.chance(8) {
		r.Channels = nil
	}
	if d.chance(4) {
		from := d.instant()
		r.Leave = []oncall.Leave{{Start: from, End: from.Add(d.minutes(1, 300))}}
	}
	if d.chance(5) {
		from := d.instant()
		r.Stages = []oncall.Stage{
			{From: from.Add(-24 * time.Hour), Readiness: []oncall.Readiness{oncall.NotEligible, oncall.Shadowing, oncall.Supervised}[d.number(0, 2)]},
			{From: from, Readiness: oncall.Ready},
		}
	}
	if len(r.Channels) > 0 {
		r.Rules = d.rules(r.Channels)
	}
	require.Empty(d.t, r.Validate())
	return r
}

func (d *drawer) rules(of []string) (r escalation.Rules) {
	for _, to := range []*[]escalation.Notification{&r.High, &r.Low} {
		after := time.Duration(0)
		for range d.number(0, 3) {
			*to = append(*to, escalation.Notification{Channel: d.one(of...), After: after})
			after += d.seconds(0, 600)
		}
	}
	if d.chance(4) {
		r.Bundle = d.seconds(0, 3500)
	}
	if d.chance(4) {
		quiet, err := escalation.NewQuietHours(d.hours(), d.some(severities, 0, 2)...)
		require.NoError(d.t, err)
		r.Quiet = quiet
	}
	return r
}

// schedule draws one whose duty changes hands every few minutes or hours.
func (d *drawer) schedule(id string, people []escalation.Responder) oncall.Schedule {
	s := oncall.Schedule{ID: id, Zone: d.zone, Overlap: []oncall.Overlap{oncall.Hide, oncall.Add}[d.number(0, 1)], Absence: oncall.NextSeat}
	for i := range d.number(1, 2) {
		r := oncall.Rotation{
			ID: fmt.Sprint("r", i), Start: oncall.LocalOf(d.around.Add(-7*24*time.Hour - d.minutes(0, 60))),
			Turns: oncall.Every(d.number(7, 200), oncall.Minutes), Count: oncall.ByTurn,
		}
		r.Seats = append(r.Seats, oncall.Seat{People: d.some(somebody, 1, 2)})
		for range d.number(0, 3) {
			r.Seats = append(r.Seats, oncall.Seat{People: d.some(somebody, 0, 2)})
		}
		if d.chance(3) {
			r.Windows = d.hours().Windows
		}
		s.Rotations = append(s.Rotations, r)
	}
	for i := range d.number(0, 2) {
		from := d.instant()
		s.Overrides = append(s.Overrides, oncall.Override{ID: fmt.Sprint("o", i), Start: from, End: from.Add(d.minutes(1, 200)), People: d.some(somebody, 0, 1)})
	}
	for _, p := range people {
		s.People = append(s.People, p.Person)
	}
	return s
}
