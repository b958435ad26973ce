package escalationtest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/oncall"
)

// Setup is the incident that Start begins with.
type Setup struct {
	// Ladder is the policy that is run. Nil: Given has it.
	Ladder *escalation.Ladder

	// World is who is there, and who is on call. Nil: Given says all of it.
	World *escalation.World

	// Given adds to the world, or replaces what is there, in the sentences of a story:
	// "primary is ana". Times without a date are of the day of At. All sentences are in
	// docs/escalation.md.
	Given string

	// At is when the incident begins, as "2026-03-29 01:30 Europe/Berlin" or in the
	// form of RFC 3339. A time that the clock shows twice is the first of the two.
	At string

	// Facts are what is known of the incident. Urgency has to be set where a severity is
	// of low urgency: without one it is High. With a plan, its Facts method does both.
	Facts escalation.Facts

	// Broken are the names of channels that take no message.
	Broken []string

	// Behaviour is what people do about their pages, besides what the test has them
	// do. Nil: nothing.
	Behaviour escalation.Behaviour

	// Turns is the stored pointer of steps that pick one of several.
	Turns map[string]escalation.Turn
}

// Run is one incident that is being played. Time stands still but for Advance and
// RequireQuiet. It is for one goroutine.
type Run struct {
	t     T
	play  *simulated
	world *escalation.World
	start time.Time
	now   time.Time
}

// Start begins an incident: what is due at its first instant has happened when it
// returns.
func Start(t T, s Setup) *Run {
	t.Helper()
	r, err := start(s)
	if err != nil {
		t.Fatalf("escalationtest: %v", err)
	}
	r.t = t
	return r
}

func start(s Setup) (*Run, error) {
	at, err := parseInstant(s.At)
	if err != nil {
		return nil, err
	}
	g := newGiven(Files{World: s.World})
	g.day, g.dated = startOfDay(at), true
	for n, line := range lines(s.Given) {
		if err := g.hear(line); err != nil {
			return nil, fmt.Errorf("Setup.Given, line %d: %w", n, err)
		}
	}
	g.mention(s.Ladder)
	world, ladder, err := g.settle()
	if s.Ladder != nil {
		ladder = s.Ladder
	}
	if err == nil && ladder == nil {
		err = errors.New("Setup.Ladder: want a compiled policy, or one in Setup.Given")
	}
	if err != nil {
		return nil, err
	}
	if err := g.knowsHabits(everybodyIn(world, ladder)); err != nil {
		return nil, err
	}
	r := &Run{world: world, start: at, now: at, play: &simulated{setting: escalation.Setting{
		Ladder: ladder, Start: at, Facts: s.Facts, World: *world, Broken: slices.Concat(s.Broken, g.broken), Turns: maps.Clone(s.Turns),
		Behaviour: both(s.Behaviour, escalation.React(g.habits)),
	}}}
	r.play.to(at)
	return r, nil
}

// both is what people do by two behaviours together.
func both(a, b escalation.Behaviour) escalation.Behaviour {
	if a == nil {
		return b
	}
	return func(m escalation.Moment) []escalation.Answer { return append(a(m), b(m)...) }
}

// Advance lets time pass.
func (r *Run) Advance(d time.Duration) {
	r.t.Helper()
	if d < 0 {
		r.t.Fatalf("escalationtest: Advance(%s): want a time of at least 0", d)
	}
	r.now = r.now.Add(d)
	r.play.to(r.now)
}

// Now returns the virtual time.
func (r *Run) Now() time.Time { return r.now }

// Course returns everything that has happened so far.
func (r *Run) Course() escalation.Course { return r.play.course }

// Learn changes what is known of the incident.
func (r *Run) Learn(change func(*escalation.Facts)) {
	facts := r.play.facts()
	change(&facts)
	r.play.learn(facts, r.now)
}

// Acknowledge answers a page: the person takes care.
func (r *Run) Acknowledge(person string) {
	r.t.Helper()
	r.must(escalation.Answer{Kind: escalation.Acknowledge, By: person})
}

// Decline answers a page: the person does not take care.
func (r *Run) Decline(person string) {
	r.t.Helper()
	r.must(escalation.Answer{Kind: escalation.Decline, By: person})
}

// Snooze answers a page: the person knows, and nobody is paged for a while.
func (r *Run) Snooze(person string, d time.Duration) {
	r.t.Helper()
	r.must(escalation.Answer{Kind: escalation.Snooze, By: person, Until: r.now.Add(d)})
}

// HandBack gives an acknowledgement back.
func (r *Run) HandBack(person string) {
	r.t.Helper()
	r.must(escalation.Answer{Kind: escalation.HandBack, By: person})
}

// Reassign has others paged in the person's place.
func (r *Run) Reassign(person string, to ...escalation.Target) {
	r.t.Helper()
	r.must(escalation.Answer{Kind: escalation.Reassign, By: person, To: to})
}

// Answer gives any answer, now unless it says when, and returns why it is refused.
// Anybody whom the world or the policy knows may answer, paged or not.
func (r *Run) Answer(a escalation.Answer) error {
	r.t.Helper()
	r.know(string(a.Kind)+" by", a.By)
	if a.At.IsZero() {
		a.At = r.now
	}
	if !a.At.Equal(r.now) {
		r.t.Fatalf("escalationtest: Answer: At: want %s, which is now, or the zero time, not %s", r.now.Format(time.RFC3339), a.At.Format(time.RFC3339))
	}
	return r.play.answer(a)
}

func (r *Run) must(a escalation.Answer) {
	r.t.Helper()
	if err := r.Answer(a); err != nil {
		r.t.Fatalf("%s", r.failure(fmt.Sprintf("at %s %s, and that is refused: %v", offset(r.now.Sub(r.start)), sayAnswer(a, r.now), err), note{}))
	}
}

// parseInstant reads the two forms of Setup.At.
func parseInstant(s string) (time.Time, error) {
	if at, err := time.Parse(time.RFC3339, s); err == nil {
		return at, nil
	}
	if words := strings.Fields(s); len(words) == 3 {
		local, err := oncall.ParseLocalTime(words[0] + "T" + words[1])
		zone, unknown := time.LoadLocation(words[2])
		if err == nil && unknown == nil {
			return local.In(zone), nil
		}
	}
	return time.Time{}, fmt.Errorf(`at: want a time such as "2026-03-29 01:30 Europe/Berlin" or "2026-03-29T01:30:00+01:00", not %q`, s)
}

func startOfDay(t time.Time) time.Time {
	year, month, day := t.Date()
	return oncall.Local(year, month, day, 0, 0).In(t.Location())
}
