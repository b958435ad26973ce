package incidentkit_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/storage"
)

// load counts how much goes on side by side.
type load struct {
	mu        sync.Mutex
	now, peak int
}

func (l *load) begin() (end func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.now++
	l.peak = max(l.peak, l.now)
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		l.now--
	}
}

func (l *load) most() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.peak
}

// of returns the alarms of a kind.
func (s *siren) of(kind incidentkit.AlarmKind) []incidentkit.Alarm {
	return slices.DeleteFunc(s.heard(), func(a incidentkit.Alarm) bool { return a.Kind != kind })
}

// running starts engines, and returns what stops them.
func running(t *testing.T, engines ...*incidentkit.Engine) (stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	var all sync.WaitGroup
	for _, e := range engines {
		all.Go(func() { assert.NoError(t, e.Run(ctx)) })
	}
	return func() {
		cancel()
		all.Wait()
	}
}

func TestLeaseIsRenewedWhileASendGoesOn(t *testing.T) {
	t.Parallel()
	long := func(c *incidentkit.Config) { c.NotifyTimeout = 5 * time.Minute }
	inBubble(t, []func(*incidentkit.Config){long}, func(t *testing.T, b *bench) {
		b.sent.answer = func(context.Context, comms.Message) error {
			time.Sleep(4 * time.Minute) // eight leases
			return nil
		}
		in := b.open(incident.Open{})
		stop := running(t, b.Engine, b.another(long))
		time.Sleep(4*time.Minute + 30*time.Second)
		assert.Equal(t, []string{"ana push"}, b.pages(), "nobody takes the task over")
		assert.Equal(t, incident.Delivered, b.get(in.ID).Pages[0].State)
		b.do(in.ID, ana, incident.Acknowledge{})
		stop()
	})
}

// lessor is a store whose renewals of leases do not go through.
type lessor struct {
	storage.Store
	answer error
}

func (l lessor) Settle(ctx context.Context, s storage.Settlement) error {
	if s.Outcome == storage.Extend {
		return l.answer
	}
	return l.Store.Settle(ctx, s)
}

func TestWorkStopsWithItsLease(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		answer error
		after  time.Duration
	}{
		{"the store does not answer: at two thirds", errDown, 20 * time.Second},
		{"somebody else has the task: at once", storage.ErrFenced, 10 * time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			inBubble(t, []func(*incidentkit.Config){func(c *incidentkit.Config) {
				c.Store, c.NotifyTimeout = lessor{c.Store, tt.answer}, 5*time.Minute
			}}, func(t *testing.T, b *bench) {
				start := time.Now()
				var stopped []time.Duration
				b.sent.answer = func(ctx context.Context, _ comms.Message) error {
					<-ctx.Done()
					stopped = append(stopped, time.Since(start))
					return ctx.Err()
				}
				in := b.open(incident.Open{})
				_, err := b.Step(t.Context())
				require.NoError(t, err)
				synctest.Wait()
				assert.Equal(t, []time.Duration{tt.after}, stopped)
				b.tells(in.ID, "outcome unknown")
			})
		})
	}
}

// What begins after the lease may be over is not sent.
func TestNothingIsSentAfterTheLease(t *testing.T) {
	t.Parallel()
	slow := &dawdler{}
	inBubble(t, []func(*incidentkit.Config){func(c *incidentkit.Config) {
		slow.Store = c.Store
		c.Store = slow
	}}, func(t *testing.T, b *bench) {
		in := b.open(incident.Open{})
		slow.wait.Store(int64(25 * time.Second))
		_, err := b.Step(t.Context())
		require.NoError(t, err)
		assert.Empty(t, b.pages())
		b.tells(in.ID, "Sending page 1.1.1.ana by push, attempt 1", "not sent")
	})
}

// dawdler is a store that takes its time over one commit, and does not renew leases
// meanwhile.
type dawdler struct {
	storage.Store
	wait atomic.Int64
}

func (d *dawdler) Commit(ctx context.Context, c storage.Change) (storage.Committed, error) {
	done, err := d.Store.Commit(ctx, c)
	time.Sleep(time.Duration(d.wait.Swap(0)))
	return done, err
}

func (d *dawdler) Settle(ctx context.Context, s storage.Settlement) error {
	if s.Outcome == storage.Extend {
		return errDown
	}
	return d.Store.Settle(ctx, s)
}

func TestTaskThatHangsIsNotKeptForEver(t *testing.T) {
	t.Parallel()
	on := &atomic.Bool{}
	inBubble(t, []func(*incidentkit.Config){func(c *incidentkit.Config) {
		c.Store = stuckStore{Store: c.Store, prefix: "inc-", on: on}
	}}, func(t *testing.T, b *bench) {
		in := b.open(incident.Open{})
		on.Store(true)
		start := time.Now()
		report, err := b.Step(t.Context())
		require.NoError(t, err)
		assert.Equal(t, 1, report.Failed)
		assert.LessOrEqual(t, time.Since(start), 2*time.Minute)
		on.Store(false)
		stop := running(t, b.Engine)
		time.Sleep(2 * time.Minute)
		assert.Equal(t, incident.Delivered, b.get(in.ID).Pages[0].State)
		b.do(in.ID, ana, incident.Acknowledge{})
		stop()
	})
}

const beta = "beta"

func TestStormOfOneTenantDoesNotHoldUpAnother(t *testing.T) {
	t.Parallel()
	inBubble(t, []func(*incidentkit.Config){func(c *incidentkit.Config) {
		c.Workers, c.TenantWorkers, c.ChannelWorkers, c.Batch = 8, 6, 1000, 4
	}}, func(t *testing.T, b *bench) {
		_, err := b.SavePlan(t.Context(), beta, ana, []byte(team))
		require.NoError(t, err)
		var sends load
		told := make(chan time.Duration, 1)
		start := time.Now()
		b.sent.answer = func(_ context.Context, m comms.Message) error {
			if m.Tenant == beta {
				told <- time.Since(start)
				return nil
			}
			defer sends.begin()()
			time.Sleep(9 * time.Second)
			return nil
		}
		for range 60 {
			b.open(incident.Open{})
		}
		stop := running(t, b.Engine)
		time.Sleep(time.Second)
		_, err = b.Do(t.Context(), incident.Command{Tenant: beta, Actor: ana, Action: incident.Open{Declare: true, Title: "Down", Severity: "SEV1"}})
		require.NoError(t, err)
		assert.LessOrEqual(t, <-told, 2*time.Second+time.Millisecond)
		time.Sleep(20 * time.Second)
		assert.Equal(t, 6, sends.most(), "all that is its share, and no more")
		stop()
	})
}

// Hosts that drive the engine by Step have no workers to share out.
func TestStepLooksForOtherTenants(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *incidentkit.Config) { c.Batch = 4 })
	_, err := b.SavePlan(t.Context(), beta, ana, []byte(team))
	require.NoError(t, err)
	gamma := "gamma"
	_, err = b.SavePlan(t.Context(), gamma, ana, []byte(team))
	require.NoError(t, err)
	for i := range 20 { // of two tenants
		_, err = b.Do(t.Context(), incident.Command{Tenant: []string{acme, gamma}[i%2], Actor: ana, Action: incident.Open{Declare: true, Title: "Down", Severity: "SEV1"}})
		require.NoError(t, err)
		b.clock.Advance(time.Millisecond)
	}
	_, err = b.Do(t.Context(), incident.Command{Tenant: beta, Actor: ana, Action: incident.Open{Declare: true, Title: "Down", Severity: "SEV1"}})
	require.NoError(t, err)
	b.clock.Advance(time.Second)
	report, err := b.Step(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 5, report.Claimed)
	tenants := map[string]int{}
	for _, m := range b.sent.messages() {
		tenants[m.Tenant]++
	}
	assert.Equal(t, 1, tenants[beta], "%v", tenants)
}

func TestChannelThatHangsLeavesWorkersToOthers(t *testing.T) {
	t.Parallel()
	inBubble(t, []func(*incidentkit.Config){func(c *incidentkit.Config) {
		c.Workers, c.TenantWorkers, c.ChannelWorkers = 8, 8, 5
	}}, func(t *testing.T, b *bench) {
		var sends load
		told := make(chan time.Duration, 100)
		start := time.Now()
		b.sent.answer = func(ctx context.Context, m comms.Message) error {
			if m.To.Channel == "sms" {
				told <- time.Since(start)
				return nil
			}
			defer sends.begin()()
			<-ctx.Done()
			return ctx.Err()
		}
		for range 40 {
			b.open(incident.Open{})
		}
		stop := running(t, b.Engine)
		time.Sleep(5 * time.Second)
		require.Empty(t, told)
		b.save(replan(t, func(doc map[string]any) { // from now on ben is on call, by sms
			doc["policies"].([]any)[0].(map[string]any)["steps"].([]any)[0].(map[string]any)["targets"] =
				[]any{map[string]any{"type": "person", "id": "ben"}}
		}))
		b.open(incident.Open{})
		assert.LessOrEqual(t, <-told, 8*time.Second)
		assert.Equal(t, 5, sends.most())
		stop()
	})
}

// A provider that is down is found out by three people's pages: the others are
// reached by another way at once, and after half a minute it is tried again.
func TestBrokenChannelIsSpared(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	var people, steps []any
	for i := range 8 {
		id := fmt.Sprintf("p%d", i)
		people = append(people, map[string]any{"id": id, "contacts": []any{
			map[string]any{"channel": "push", "to": id + "-phone"}, map[string]any{"channel": "sms", "to": "+" + id},
		}})
		steps = append(steps, map[string]any{"targets": []any{map[string]any{"type": "person", "id": id}}, "wait": "1m"})
	}
	b.save(replan(t, func(doc map[string]any) {
		doc["people"] = append(doc["people"].([]any), people...)
		doc["policies"] = []any{map[string]any{"id": "main", "steps": steps}}
	}))
	down := true
	b.sent.answer = func(_ context.Context, m comms.Message) error {
		if m.To.Channel == "push" && down {
			return comms.Temporary(errDown, time.Minute) // so that the next contact is tried
		}
		return nil
	}
	b.open(incident.Open{})
	b.until(2*time.Minute + time.Second)
	assert.Equal(t, []string{"p0 push", "p0 sms", "p1 push", "p1 sms", "p2 push", "p2 sms"}, b.pages())
	b.open(incident.Open{})
	b.settle()
	assert.Equal(t, []string{"p0 sms"}, b.pages()[6:], "the channel is known to be broken")

	b.BreakOver()
	b.open(incident.Open{})
	b.open(incident.Open{})
	b.settle()
	assert.Equal(t, []string{"p0 push", "p0 sms", "p0 sms"}, b.pages()[7:], "one page tries it; it is still broken")

	b.BreakOver()
	down = false
	b.open(incident.Open{})
	b.open(incident.Open{})
	b.settle()
	assert.Equal(t, []string{"p0 push", "p0 push"}, b.pages()[10:], "it works again")
}

// Who has but one contact is tried over it, broken or not.
func TestBrokenChannelIsNotSparedWhereThereIsNoOther(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.sent.answer = by("sms", comms.Temporary(errDown, 0))
	b.save(replan(t, func(doc map[string]any) {
		doc["policies"] = []any{map[string]any{"id": "main", "steps": []any{
			map[string]any{"targets": []any{map[string]any{"type": "person", "id": "ben"}}, "wait": "5m"},
		}}}
	}))
	for range 12 {
		b.open(incident.Open{})
	}
	b.settle()
	assert.Len(t, b.pages(), 12, "every page has been attempted")
}

// silent is a store that answers nobody.
type silent struct {
	storage.Store
	on atomic.Bool
}

func (d *silent) Claim(ctx context.Context, q storage.ClaimQuery) (storage.Claims, error) {
	if d.on.Load() {
		return storage.Claims{}, errDown
	}
	return d.Store.Claim(ctx, q)
}

func (d *silent) Load(ctx context.Context, r storage.Ref) (storage.Head, error) {
	if d.on.Load() {
		return storage.Head{}, errDown
	}
	return d.Store.Load(ctx, r)
}

func TestStoreThatDoesNotAnswerIsAnAlarm(t *testing.T) {
	t.Parallel()
	store := &silent{}
	var heard siren
	inBubble(t, []func(*incidentkit.Config){func(c *incidentkit.Config) {
		store.Store, c.Store, c.Alarm = c.Store, store, heard.sound
	}}, func(t *testing.T, b *bench) {
		stop := running(t, b.Engine)
		for n := range 2 {
			time.Sleep(time.Minute)
			store.on.Store(true)
			time.Sleep(75 * time.Second)
			require.Len(t, heard.of(incidentkit.AlarmStore), n)
			time.Sleep(time.Hour)
			require.Len(t, heard.of(incidentkit.AlarmStore), n+1, "once for each time that it is down")
			store.on.Store(false)
		}
		time.Sleep(time.Minute)
		stop()
	})
}

// The auditor of an engine that has never worked for a tenant learns of it from the
// store.
func TestAuditorAsksTheStoreForTenants(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.open(incident.Open{})
	b.clock.Advance(time.Hour)
	report, err := b.another().Audit(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, report.Looked)
}

func TestRunTakesUpWhatAnotherLeaves(t *testing.T) {
	t.Parallel()
	inBubble(t, nil, func(t *testing.T, b *bench) {
		in := b.open(incident.Open{})
		start := time.Now()
		claims, err := b.store.Claim(t.Context(), storage.ClaimQuery{Worker: "dies", Limit: 10, Lease: 30 * time.Second})
		require.NoError(t, err)
		require.Len(t, claims.Tasks, 1)
		stop := running(t, b.Engine)
		time.Sleep(32 * time.Second)
		first := b.get(in.ID).Pages[0]
		assert.Equal(t, incident.Delivered, first.State)
		assert.LessOrEqual(t, first.Tried.Sub(start), 31*time.Second, "within the lease and a poll")
		b.do(in.ID, ana, incident.Acknowledge{})
		stop()
	})
}

// busyStore says that something is due that it cannot hand out: the row is locked.
type busyStore struct {
	storage.Store
	asked atomic.Int32
}

func (s *busyStore) Claim(ctx context.Context, q storage.ClaimQuery) (storage.Claims, error) {
	s.asked.Add(1)
	claims, err := s.Store.Claim(ctx, q)
	claims.Tasks, claims.Next = nil, claims.Now
	return claims, err
}

func TestRunDoesNotSpin(t *testing.T) {
	t.Parallel()
	store := &busyStore{}
	inBubble(t, []func(*incidentkit.Config){func(c *incidentkit.Config) { store.Store, c.Store = c.Store, store }}, func(t *testing.T, b *bench) {
		stop := running(t, b.Engine)
		time.Sleep(time.Minute)
		assert.InDelta(t, 60, store.asked.Load(), 2, "once in each Poll")
		stop()
	})
}
