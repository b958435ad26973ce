package incidentkit_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/plan"
	"github.com/incidentkit/incidentkit/storage/memory"
)

// inBubble runs an engine in virtual time: everything that waits, waits for
// nothing. The bubble's clock starts on 2000-01-01.
func inBubble(t *testing.T, changes []func(*incidentkit.Config), test func(*testing.T, *bench)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		b := &bench{t: t, store: memory.New(memory.Options{}), sent: &outbox{}}
		b.Engine = b.another(append(changes, func(c *incidentkit.Config) { c.Logger = nil })...)
		b.save(replan(t, func(doc map[string]any) {
			rotation := doc["schedules"].([]any)[0].(map[string]any)["rotations"].([]any)[0].(map[string]any)
			rotation["start"] = "1999-12-27T00:00"
		}))
		test(t, b)
	})
}

// elapse lets time pass, in a bubble.
func elapse(d time.Duration) { time.Sleep(d) }

func TestRunPagesOnTimeAndStops(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, b *bench) {
		ctx, cancel := context.WithCancel(t.Context())
		stopped := make(chan error)
		go func() { stopped <- b.Run(ctx) }()
		time.Sleep(10 * time.Hour) // Run idles

		var at []time.Duration
		start := time.Now()
		b.sent.answer = func(context.Context, comms.Message) error {
			at = append(at, time.Since(start))
			return nil
		}
		in := b.open(incident.Open{})
		time.Sleep(12 * time.Minute)
		b.do(in.ID, ben, incident.Acknowledge{})
		time.Sleep(time.Hour)
		assert.Equal(t, []string{"ana push", "ben sms"}, b.pages())
		assert.Equal(t, []time.Duration{0, 5 * time.Minute}, at, "to the instant, not to the next poll")

		cancel()
		require.NoError(t, <-stopped)
	})
}

func TestRunFinishesWhatIsAtHand(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, b *bench) {
		ctx, cancel := context.WithCancel(t.Context())
		stopped := make(chan error)
		go func() { stopped <- b.Run(ctx) }()
		b.sent.answer = func(ctx context.Context, _ comms.Message) error {
			cancel()
			time.Sleep(2 * time.Second)
			return ctx.Err()
		}
		in := b.open(incident.Open{})
		require.NoError(t, <-stopped)
		assert.Equal(t, incident.Delivered, b.get(in.ID).Pages[0].State)
	})
}

func TestSlowChannelDoesNotHoldUpOthers(t *testing.T) {
	t.Parallel()
	inBubble(t, []func(*incidentkit.Config){func(c *incidentkit.Config) { c.Batch = 8 }}, func(t *testing.T, b *bench) {
		ctx, cancel := context.WithCancel(t.Context())
		stopped := make(chan error)
		go func() { stopped <- b.Run(ctx) }()
		delivered := make(chan time.Time, 100)
		b.sent.answer = func(ctx context.Context, m comms.Message) error {
			if m.To.Channel == "push" {
				<-ctx.Done() // never answers
				return ctx.Err()
			}
			delivered <- time.Now()
			return nil
		}
		start := time.Now()
		for range 12 {
			b.open(incident.Open{})
		}
		time.Sleep(time.Second)
		b.save(replan(t, func(doc map[string]any) { doc["default_policy"] = "main" }))
		time.Sleep(time.Hour)
		// Two attempts of ten seconds each, then the next contact.
		for range 12 {
			assert.LessOrEqual(t, (<-delivered).Sub(start), 25*time.Second)
		}
		cancel()
		require.NoError(t, <-stopped)
	})
}

func TestRunOutlivesAStoreThatIsDown(t *testing.T) {
	t.Parallel()
	store := &flaky{}
	inBubble(t, []func(*incidentkit.Config){func(c *incidentkit.Config) { store.Store, c.Store = c.Store, store }}, func(t *testing.T, b *bench) {
		in := b.open(incident.Open{})
		store.down.Store(true)
		ctx, cancel := context.WithCancel(t.Context())
		stopped := make(chan error)
		go func() { stopped <- b.Run(ctx) }()
		time.Sleep(10 * time.Minute)
		assert.Equal(t, []string{"chris sms", "chris sms"}, b.pages(),
			"the auditor tells the last resort of the page, and of the step after it")
		store.down.Store(false)
		time.Sleep(2 * time.Minute)
		assert.ElementsMatch(t, []string{"ana push", "ben sms"}, b.pages()[2:], "late, and so side by side")
		cancel()
		require.NoError(t, <-stopped)
		b.get(in.ID)
	})
}

func TestNotifierThatIgnoresItsContext(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, b *bench) {
		never := make(chan bool)
		engine := b.another(func(c *incidentkit.Config) {
			c.Workers = 4
			c.Notifiers = map[string]comms.Notifier{
				"push": comms.NotifierFunc(func(context.Context, comms.Message) (comms.Receipt, error) {
					<-never
					return comms.Receipt{}, errDown
				}),
				"sms": b.sent,
			}
		})
		ctx, cancel := context.WithCancel(t.Context())
		stopped := make(chan error)
		go func() { stopped <- engine.Run(ctx) }()
		for range 8 {
			b.open(incident.Open{})
		}
		time.Sleep(time.Minute)
		assert.GreaterOrEqual(t, len(b.pages()), 8, "everybody is reached by the next contact")
		cancel()
		require.NoError(t, <-stopped)
		close(never)
	})
}

// A directory that is slow must not lose the race against a storm of alerts for
// the same incident, nor against a step with many targets.
func TestSlowDirectory(t *testing.T) {
	t.Parallel()
	slow := lookup(func(ctx context.Context, id string) (plan.Person, error) {
		select {
		case <-time.After(200 * time.Millisecond):
			return plan.Person{ID: id, Contacts: []plan.Contact{{Channel: "sms", To: id}}}, nil
		case <-ctx.Done():
			return plan.Person{}, ctx.Err()
		}
	})
	inBubble(t, []func(*incidentkit.Config){func(c *incidentkit.Config) { c.Directory, c.Lease = slow, 10*time.Second }}, func(t *testing.T, b *bench) {
		b.save(replan(t, func(doc map[string]any) {
			rotation := doc["schedules"].([]any)[0].(map[string]any)["rotations"].([]any)[0].(map[string]any)
			rotation["start"] = "1999-12-27T00:00"
			var targets []any
			for i := range 20 {
				id := fmt.Sprintf("p%d", i)
				doc["people"] = append(doc["people"].([]any), map[string]any{"id": id, "contacts": []any{map[string]any{"channel": "sms", "to": id}}})
				targets = append(targets, map[string]any{"type": "person", "id": id})
			}
			steps := doc["policies"].([]any)[0].(map[string]any)["steps"].([]any)
			steps[1].(map[string]any)["targets"] = targets
		}))
		ctx, cancel := context.WithCancel(t.Context())
		stopped := make(chan error)
		go func() { stopped <- b.Run(ctx) }()
		for n := range 100 { // every 100 ms, for ten seconds and more
			_, err := b.Ingest(t.Context(), acme, monitor, []incident.Alert{alert("k", func(a *incident.Alert) {
				a.Fingerprint, a.StartsAt = fmt.Sprint(n), time.Time{}
			})})
			require.NoError(t, err)
			time.Sleep(100 * time.Millisecond)
		}
		assert.Contains(t, b.pages(), "ana sms")
		time.Sleep(6 * time.Minute)
		assert.Greater(t, len(b.pages()), 20, "the second step has paged its targets")
		cancel()
		require.NoError(t, <-stopped)
	})
}

func TestRunAudits(t *testing.T) {
	t.Parallel()
	s := &siren{}
	inBubble(t, []func(*incidentkit.Config){func(c *incidentkit.Config) { c.Alarm = s.sound }}, func(t *testing.T, b *bench) {
		ctx, cancel := context.WithCancel(t.Context())
		stopped := make(chan error)
		go func() { stopped <- b.Run(ctx) }()
		in := b.open(incident.Open{})
		time.Sleep(time.Minute)
		b.lose(in.ID, "wake")
		time.Sleep(7 * time.Minute)
		assert.Len(t, s.heard(), 1)
		assert.Contains(t, b.pages(), "ben sms")
		cancel()
		require.NoError(t, <-stopped)
	})
}
