package incidentkit_test

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/storage"
	"github.com/incidentkit/incidentkit/storage/memory"
)

// night is when the tests take place: a Monday, when ana is on call.
var night = time.Date(2026, time.March, 2, 3, 0, 0, 0, time.UTC)

const acme = "acme"

// team is the plan of most tests. Ana is on call, then ben, then chris; ana has
// two contacts.
const team = `{
	"format": "incidentkit/plan/v1",
	"name": "Team",
	"severities": [
		{"id": "SEV1", "name": "Critical", "targets": {"acknowledge": "5m", "review_due": "72h"}, "review": true},
		{"id": "SEV3", "name": "Minor"}
	],
	"people": [
		{"id": "ana", "name": "Ana", "contacts": [{"channel": "push", "to": "ana-phone"}, {"channel": "sms", "to": "+351 1"}]},
		{"id": "ben", "contacts": [{"channel": "sms", "to": "+351 2"}]},
		{"id": "chris", "contacts": [{"channel": "sms", "to": "+351 3"}]}
	],
	"schedules": [
		{"id": "primary", "zone": "Europe/Lisbon", "rotations": [
			{"id": "weekly", "start": "2026-03-02T00:00", "turn": "1 week", "members": ["ana", "ben"]}
		]}
	],
	"policies": [
		{"id": "main", "steps": [
			{"targets": [{"type": "schedule", "id": "primary"}], "wait": "5m"},
			{"targets": [{"type": "person", "id": "ben"}], "wait": "10m"}
		], "repeat": 1}
	],
	"components": [{"id": "checkout", "name": "Checkout"}],
	"routes": [{"match": {"severity": "critical"}, "severity": "SEV1", "component": "checkout"}],
	"default_policy": "main",
	"last_resort": {"person": "chris"}
}`

var (
	ana     = incident.Actor{Kind: incident.Person, ID: "ana"}
	ben     = incident.Actor{Kind: incident.Person, ID: "ben"}
	monitor = incident.Actor{Kind: incident.Automation, ID: "alertmanager"}
)

// clock is a clock that only moves when it is told to.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// outbox is a channel that remembers what it was given. Answer says what becomes
// of a message; nil: it is delivered.
type outbox struct {
	mu     sync.Mutex
	sent   []comms.Message
	answer func(ctx context.Context, m comms.Message) error
}

func (o *outbox) Notify(ctx context.Context, m comms.Message) (comms.Receipt, error) {
	o.mu.Lock()
	o.sent = append(o.sent, m)
	answer := o.answer
	o.mu.Unlock()
	if answer != nil {
		return comms.Receipt{}, answer(ctx, m)
	}
	return comms.Receipt{ID: "ok"}, nil
}

func (o *outbox) messages() []comms.Message {
	o.mu.Lock()
	defer o.mu.Unlock()
	return slices.Clone(o.sent)
}

// by answers messages over one channel only.
func by(channel string, answer error) func(context.Context, comms.Message) error {
	return func(_ context.Context, m comms.Message) error {
		if m.To.Channel == channel {
			return answer
		}
		return nil
	}
}

// bench is an engine on a store in memory, with a clock and channels that the
// test controls.
type bench struct {
	*incidentkit.Engine
	t     *testing.T
	clock *clock
	store storage.Store
	sent  *outbox
}

// newBench returns a bench with the team's plan. The changes are made to the
// configuration before the engine is.
func newBench(t *testing.T, changes ...func(*incidentkit.Config)) *bench {
	t.Helper()
	c := &clock{now: night}
	b := &bench{t: t, clock: c, store: memory.New(memory.Options{Clock: c.Now}), sent: &outbox{}}
	b.Engine = b.another(changes...)
	b.save(team)
	return b
}

// another returns a further engine on the same store.
func (b *bench) another(changes ...func(*incidentkit.Config)) *incidentkit.Engine {
	b.t.Helper()
	ids := 0
	cfg := incidentkit.Config{
		Store:     b.store,
		Notifiers: map[string]comms.Notifier{"push": b.sent, "sms": b.sent},
		Logger:    slog.New(slog.NewTextHandler(b.t.Output(), nil)),
		Batch:     1,
		NewID: func() string {
			ids++
			return fmt.Sprintf("inc-%04d", ids)
		},
	}
	for _, change := range changes {
		change(&cfg)
	}
	b.store = cfg.Store
	engine, err := incidentkit.New(cfg)
	require.NoError(b.t, err)
	engine.SkipPauses()
	return engine
}

func (b *bench) save(plan string) incident.PlanRef {
	b.t.Helper()
	ref, err := b.SavePlan(b.t.Context(), acme, ana, []byte(plan))
	require.NoError(b.t, err)
	return ref
}

// open declares an incident.
func (b *bench) open(action incident.Open) incident.Incident {
	b.t.Helper()
	if action.Title == "" {
		action.Title = "Payments fail"
	}
	if action.Severity == "" {
		action.Severity = "SEV1"
	}
	action.Declare = true
	return b.do("", ana, action)
}

func (b *bench) do(id incident.ID, who incident.Actor, action incident.Action) incident.Incident {
	b.t.Helper()
	in, err := b.Do(b.t.Context(), incident.Command{Tenant: acme, Incident: id, Actor: who, Action: action})
	require.NoError(b.t, err)
	return in
}

func (b *bench) get(id incident.ID) incident.Incident {
	b.t.Helper()
	in, err := b.Incident(b.t.Context(), acme, id)
	require.NoError(b.t, err)
	require.NoError(b.t, b.Verify(b.t.Context(), acme, id))
	return in
}

// settle steps until nothing is due, without moving the clock.
func (b *bench) settle() {
	b.t.Helper()
	for range 1000 {
		report, err := b.Step(b.t.Context())
		require.NoError(b.t, err)
		if report.Claimed == 0 {
			return
		}
	}
	b.t.Fatal("there is no end to what is due")
}

// until lets time pass for d: it jumps to whatever is due next, and does it.
func (b *bench) until(d time.Duration) {
	b.t.Helper()
	end := b.clock.Now().Add(d)
	for range 10_000 {
		report, err := b.Step(b.t.Context())
		require.NoError(b.t, err)
		if report.Claimed > 0 {
			continue
		}
		if report.Next.IsZero() || report.Next.After(end) {
			b.clock.Advance(end.Sub(b.clock.Now()))
			return
		}
		b.clock.Advance(report.Next.Sub(b.clock.Now()))
	}
	b.t.Fatal("time does not get on")
}

// pages returns who has been sent what, in order, such as "ben sms".
func (b *bench) pages() []string {
	var out []string
	for _, m := range b.sent.messages() {
		out = append(out, m.To.Person+" "+m.To.Channel)
	}
	return out
}

// story returns the timeline as lines, each with the minutes since the night
// began.
func (b *bench) story(id incident.ID) []string {
	b.t.Helper()
	entries, err := b.Timeline(b.t.Context(), acme, id)
	require.NoError(b.t, err)
	var out []string
	for _, e := range entries {
		out = append(out, fmt.Sprintf("%s %s", e.At.Sub(night).Round(time.Second), e.Text))
	}
	return out
}

// tells requires the story to hold the pieces, in their order.
func (b *bench) tells(id incident.ID, pieces ...string) {
	b.t.Helper()
	lines := b.story(id)
	rest := strings.Join(lines, "\n")
	for _, p := range pieces {
		i := strings.Index(rest, p)
		if i < 0 {
			b.t.Fatalf("the timeline does not tell %q (after what came before it):\n%s", p, strings.Join(lines, "\n"))
		}
		rest = rest[i+len(p):]
	}
}

func alert(key string, change ...func(*incident.Alert)) incident.Alert {
	a := incident.Alert{
		Source: "alertmanager", DedupKey: key, Fingerprint: key + "-1", Status: incident.Firing,
		Summary: "38 % of payments fail", Labels: map[string]string{"severity": "critical"},
		StartsAt: night.Add(-3 * time.Minute),
	}
	for _, c := range change {
		c(&a)
	}
	return a
}

// replan changes the team's plan document in one place.
func replan(t *testing.T, change func(doc map[string]any)) string {
	t.Helper()
	var doc map[string]any
	require.NoError(t, json.Unmarshal([]byte(team), &doc))
	change(doc)
	out, err := json.Marshal(doc)
	require.NoError(t, err)
	return string(out)
}
