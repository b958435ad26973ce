package incidentkit_test

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/storage"
)

// pit is a store that takes claims and never answers them, as behind a connection
// that was cut without a word.
type pit struct {
	storage.Store
	on   atomic.Bool
	late atomic.Int64 // how long the next claim takes that is answered
}

func (p *pit) Claim(ctx context.Context, q storage.ClaimQuery) (storage.Claims, error) {
	if p.on.Load() {
		<-ctx.Done()
		return storage.Claims{}, ctx.Err()
	}
	claims, err := p.Store.Claim(ctx, q)
	if len(claims.Tasks) > 0 {
		elapse(time.Duration(p.late.Swap(0)))
	}
	return claims, err
}

func TestClaimThatHangsIsAnAlarm(t *testing.T) {
	t.Parallel()
	store := &pit{}
	var heard siren
	inBubble(t, []func(*incidentkit.Config){func(c *incidentkit.Config) {
		store.Store, c.Store, c.Alarm = c.Store, store, heard.sound
	}}, func(t *testing.T, b *bench) {
		store.on.Store(true)
		stop := running(t, b.Engine)
		elapse(3 * time.Minute)
		assert.Len(t, heard.of(incidentkit.AlarmStore), 1)
		store.on.Store(false)
		in := b.open(incident.Open{})
		elapse(51 * time.Second)
		assert.Equal(t, incident.Delivered, b.get(in.ID).Pages[0].State, "it goes on when the store is back")
		b.do(in.ID, ana, incident.Acknowledge{})
		stop()
	})
}

// The store is back before the alarm has got through: nobody waits for the alarm.
func TestAlarmThatHangsKeepsNothingWaiting(t *testing.T) {
	t.Parallel()
	store := &silent{}
	inBubble(t, []func(*incidentkit.Config){func(c *incidentkit.Config) {
		store.Store, c.Store, c.NotifyTimeout = c.Store, store, 5*time.Minute
		c.Alarm = func(ctx context.Context, _ incidentkit.Alarm) error { <-ctx.Done(); return ctx.Err() }
	}}, func(t *testing.T, b *bench) {
		in := b.open(incident.Open{})
		store.on.Store(true)
		stop := running(t, b.Engine)
		elapse(2 * time.Minute)
		store.on.Store(false)
		elapse(31 * time.Second)
		assert.Equal(t, incident.Delivered, b.get(in.ID).Pages[0].State)
		b.do(in.ID, ana, incident.Acknowledge{})
		stop()
	})
}

// After an outage a step is late by the lease and the poll at most.
func TestRestAfterFailedClaimsIsWithinTheLease(t *testing.T) {
	t.Parallel()
	store := &silent{}
	inBubble(t, []func(*incidentkit.Config){func(c *incidentkit.Config) {
		store.Store, c.Store, c.Lease = c.Store, store, 3*time.Second
	}}, func(t *testing.T, b *bench) {
		in := b.open(incident.Open{})
		store.on.Store(true)
		stop := running(t, b.Engine)
		elapse(10*time.Minute + 100*time.Millisecond)
		store.on.Store(false)
		elapse(4 * time.Second)
		assert.Equal(t, incident.Delivered, b.get(in.ID).Pages[0].State)
		b.do(in.ID, ana, incident.Acknowledge{})
		stop()
	})
}

func TestLeaseIsRenewedInTimeWhereTheClaimTookLong(t *testing.T) {
	t.Parallel()
	store := &pit{}
	inBubble(t, []func(*incidentkit.Config){func(c *incidentkit.Config) {
		store.Store, c.Store, c.NotifyTimeout = c.Store, store, time.Minute
	}}, func(t *testing.T, b *bench) {
		b.sent.answer = func(ctx context.Context, _ comms.Message) error {
			select {
			case <-ctx.Done():
				return ctx.Err()
			case <-time.After(25 * time.Second):
				return nil
			}
		}
		in := b.open(incident.Open{})
		store.late.Store(int64(12 * time.Second))
		_, err := b.Step(t.Context())
		require.NoError(t, err)
		assert.Equal(t, incident.Delivered, b.get(in.ID).Pages[0].State)
	})
}

// A renewal does not shorten the time for which a mistrusted task is kept from the
// others.
func TestMistrustOutlivesRenewals(t *testing.T) {
	t.Parallel()
	inBubble(t, []func(*incidentkit.Config){func(c *incidentkit.Config) { c.NotifyTimeout = time.Minute }}, func(t *testing.T, b *bench) {
		b.open(incident.Open{})
		for range 12 {
			claims, err := b.store.Claim(t.Context(), storage.ClaimQuery{Worker: "doomed", Limit: 1, Lease: 30 * time.Second})
			require.NoError(t, err)
			require.Len(t, claims.Tasks, 1)
			elapse(31 * time.Second)
		}
		start := time.Now()
		b.sent.answer = func(_ context.Context, m comms.Message) error {
			if m.To.Channel == "sms" {
				return nil // the alarm
			}
			elapse(15 * time.Second) // one renewal
			claims, err := b.store.Claim(t.Context(), storage.ClaimQuery{Worker: "other", Limit: 10, Lease: time.Millisecond})
			require.NoError(t, err)
			assert.GreaterOrEqual(t, claims.Next.Sub(start), 4*time.Minute-time.Second, "eight leases")
			return nil
		}
		_, err := b.Step(t.Context())
		require.NoError(t, err)
	})
}

// A store that hangs while an alarm is raised holds neither a worker nor the auditor
// for ever.
func TestStoreThatHangsDoesNotHoldTheAuditor(t *testing.T) {
	t.Parallel()
	on := &atomic.Bool{}
	inBubble(t, []func(*incidentkit.Config){func(c *incidentkit.Config) {
		c.Store = stuckStore{Store: c.Store, prefix: "", on: on}
		c.Alarm = func(context.Context, incidentkit.Alarm) error { return nil }
	}}, func(t *testing.T, b *bench) {
		b.open(incident.Open{})
		elapse(10 * time.Minute)
		on.Store(true)
		done := make(chan struct{})
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			defer close(done)
			_, _ = b.Audit(ctx)
		}()
		select {
		case <-done:
		case <-time.After(10 * time.Minute):
			t.Error("the auditor hangs")
		}
		cancel()
		<-done
	})
}

// The last failure of an outage may be recorded after the first success that follows
// it. It is not the fault of the task.
func TestLastFailureOfAnOutagePoisonsNothing(t *testing.T) {
	t.Parallel()
	store := &flaky{}
	var heard siren
	b := newBench(t, func(c *incidentkit.Config) {
		store.Store, c.Store, c.Alarm = c.Store, store, heard.sound
	})
	b.open(incident.Open{})
	second := b.open(incident.Open{})
	store.down.Store(true)
	for range 600 {
		_, err := b.Step(t.Context())
		require.NoError(t, err)
		b.clock.Advance(time.Second)
	}
	store.down.Store(false)
	for len(b.pages()) == 0 {
		_, err := b.Step(t.Context())
		require.NoError(t, err)
		b.clock.Advance(time.Second)
	}
	store.failures.Store(3) // a commit with an operation is repeated twice
	b.until(45 * time.Second)
	assert.Empty(t, heard.of(incidentkit.AlarmPoisoned))
	assert.Equal(t, incident.Delivered, b.get(second.ID).Pages[0].State)
}

// Also where all is of one tenant, and nothing is configured.
func TestChannelThatHangsLeavesWorkersToOtherChannelsOfTheTenant(t *testing.T) {
	t.Parallel()
	inBubble(t, []func(*incidentkit.Config){func(c *incidentkit.Config) { c.Batch = 8 }}, func(t *testing.T, b *bench) {
		told := make(chan time.Duration, 100)
		start := time.Now()
		b.sent.answer = func(ctx context.Context, m comms.Message) error {
			if m.To.Channel == "sms" {
				told <- time.Since(start)
				return nil
			}
			<-ctx.Done()
			return ctx.Err()
		}
		for range 60 {
			b.open(incident.Open{})
		}
		stop := running(t, b.Engine)
		elapse(5 * time.Second)
		require.Empty(t, told)
		b.save(replan(t, func(doc map[string]any) {
			doc["policies"].([]any)[0].(map[string]any)["steps"].([]any)[0].(map[string]any)["targets"] =
				[]any{map[string]any{"type": "person", "id": "ben"}}
		}))
		b.open(incident.Open{})
		assert.LessOrEqual(t, <-told, 8*time.Second)
		stop()
	})
}

// people is a plan with n people who have two contacts each, paged one after the other.
func people(t *testing.T, n int) string {
	t.Helper()
	var people, steps []any
	for i := range n {
		id := fmt.Sprintf("p%d", i)
		people = append(people, map[string]any{"id": id, "contacts": []any{
			map[string]any{"channel": "push", "to": id + "-phone"}, map[string]any{"channel": "sms", "to": "+" + id},
		}})
		steps = append(steps, map[string]any{"targets": []any{map[string]any{"type": "person", "id": id}}, "wait": "1m"})
	}
	return replan(t, func(doc map[string]any) {
		doc["people"] = append(doc["people"].([]any), people...)
		doc["policies"] = []any{map[string]any{"id": "main", "steps": steps}}
	})
}

// The channel that is tried instead of a broken one gets its time between attempts.
func TestWaitsAreKeptBesideABrokenChannel(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.save(people(t, 8))
	b.sent.answer = by("push", comms.Temporary(errDown, time.Minute))
	b.open(incident.Open{})
	b.until(2*time.Minute + time.Second)

	sent := len(b.pages())
	var at []time.Duration
	start := b.clock.Now()
	b.sent.answer = func(_ context.Context, m comms.Message) error {
		if m.To.Channel == "push" {
			return comms.Temporary(errDown, time.Minute)
		}
		if at = append(at, b.clock.Now().Sub(start)); len(at) == 1 {
			return comms.Temporary(errDown, 5*time.Second)
		}
		return nil
	}
	b.open(incident.Open{})
	b.until(20 * time.Second)
	assert.Equal(t, []string{"p0 sms", "p0 sms"}, b.pages()[sent:])
	require.Len(t, at, 2)
	assert.GreaterOrEqual(t, at[1]-at[0], 5*time.Second, "as the channel asked")
}

// Three dead addresses of one tenant say nothing about another's.
func TestBrokenChannelOfOneTenantIsNotThatOfAnother(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.save(people(t, 8))
	_, err := b.SavePlan(t.Context(), beta, ana, []byte(team))
	require.NoError(t, err)
	b.sent.answer = func(_ context.Context, m comms.Message) error {
		if m.Tenant == acme && m.To.Channel == "push" {
			return comms.Temporary(errDown, time.Minute)
		}
		return nil
	}
	b.open(incident.Open{})
	b.until(2*time.Minute + time.Second)
	sent := len(b.pages())
	_, err = b.Do(t.Context(), incident.Command{Tenant: beta, Actor: ana, Action: incident.Open{Declare: true, Title: "Down", Severity: "SEV1"}})
	require.NoError(t, err)
	b.settle()
	assert.Equal(t, []string{"ana push"}, b.pages()[sent:])
}

// Sends that the store's trouble cuts off are not the channel's fault.
func TestLeaseThatEndsBreaksNoChannel(t *testing.T) {
	t.Parallel()
	inBubble(t, []func(*incidentkit.Config){func(c *incidentkit.Config) {
		c.Store, c.NotifyTimeout, c.Batch = lessor{c.Store, errDown}, 5*time.Minute, 8
	}}, func(t *testing.T, b *bench) {
		b.sent.answer = func(ctx context.Context, _ comms.Message) error { <-ctx.Done(); return ctx.Err() }
		for range 8 {
			b.open(incident.Open{})
		}
		_, err := b.Step(t.Context())
		require.NoError(t, err)
		require.Len(t, b.pages(), 8)
		b.sent.answer = nil
		in := b.open(incident.Open{})
		b.settle()
		for _, m := range b.sent.messages() {
			if m.Incident == string(in.ID) {
				assert.Equal(t, "push", m.To.Channel)
			}
		}
	})
}

// A canary whose page has arrived ends before its escalation goes on.
func TestCanaryEndsBeforeItsEscalationGoesOn(t *testing.T) {
	t.Parallel()
	var heard siren
	inBubble(t, []func(*incidentkit.Config){func(c *incidentkit.Config) {
		c.Alarm = heard.sound
		c.Canary = &incidentkit.Canary{Tenant: acme, Every: 10 * time.Minute}
	}}, func(t *testing.T, b *bench) {
		b.save(replan(t, func(doc map[string]any) {
			doc["policies"] = []any{map[string]any{"id": "main", "steps": []any{
				map[string]any{"targets": []any{map[string]any{"type": "person", "id": "ana"}}, "wait": "1m"},
			}}}
		}))
		stop := running(t, b.Engine)
		elapse(9 * time.Minute)
		stop()
		assert.Equal(t, []string{"ana push"}, b.pages())
		assert.Empty(t, heard.heard())
	})
}

// While one engine is about the alarm, the others have nothing to say.
func TestCanaryIsToldOfByOneEngine(t *testing.T) {
	t.Parallel()
	var heard siren
	slow := func(c *incidentkit.Config) {
		c.Canary = &incidentkit.Canary{Tenant: acme, Every: 10 * time.Minute, Late: 2 * time.Second}
		c.Alarm = func(ctx context.Context, a incidentkit.Alarm) error {
			elapse(8 * time.Second)
			return heard.sound(ctx, a)
		}
	}
	inBubble(t, []func(*incidentkit.Config){slow}, func(t *testing.T, b *bench) {
		b.sent.answer = func(context.Context, comms.Message) error { return comms.Temporary(errDown, 0) }
		stop := running(t, b.Engine, b.another(slow))
		elapse(time.Minute)
		stop()
		assert.Len(t, heard.of(incidentkit.AlarmCanary), 1)
	})
}

// Also where it is that none can be opened.
func TestCanaryWithoutAPlanIsToldOfOnce(t *testing.T) {
	t.Parallel()
	var heard siren
	blind := func(c *incidentkit.Config) {
		c.Canary = &incidentkit.Canary{Tenant: "nobody", Every: 10 * time.Minute, Late: time.Minute}
		c.Alarm = heard.sound
	}
	inBubble(t, []func(*incidentkit.Config){blind}, func(t *testing.T, b *bench) {
		stop := running(t, b.Engine)
		elapse(7 * time.Second)
		stopOther := running(t, b.another(blind))
		elapse(5 * time.Minute)
		stop()
		stopOther()
		assert.Len(t, heard.of(incidentkit.AlarmCanary), 1)
	})
}

// Tenants without open incidents keep the auditor from nobody.
func TestAuditorGetsPastTenantsThatHaveNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for i := range 50 {
		_, err := b.SavePlan(t.Context(), fmt.Sprintf("aaa%02d", i), ana, []byte(team))
		require.NoError(t, err)
	}
	b.open(incident.Open{})
	report, err := b.Audit(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, report.Looked)
	assert.False(t, report.More)
}
