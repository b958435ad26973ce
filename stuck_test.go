package incidentkit_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
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

// stuckStore is a store in which what touches some streams hangs, as behind a row
// lock that nobody gives up.
type stuckStore struct {
	storage.Store
	prefix string
	on     *atomic.Bool
	writes bool // only those
}

func (s stuckStore) Load(ctx context.Context, r storage.Ref) (storage.Head, error) {
	if s.on.Load() && !s.writes && strings.HasPrefix(r.ID, s.prefix) {
		<-ctx.Done()
		return storage.Head{}, ctx.Err()
	}
	return s.Store.Load(ctx, r)
}

func (s stuckStore) Commit(ctx context.Context, c storage.Change) (storage.Committed, error) {
	if s.on.Load() && strings.HasPrefix(c.Stream.ID, s.prefix) {
		<-ctx.Done()
		return storage.Committed{}, ctx.Err()
	}
	return s.Store.Commit(ctx, c)
}

// "Where the store has trouble with one, nothing waits."
func TestMailboxThatHangsDoesNotKeepThePage(t *testing.T) {
	t.Parallel()
	for _, writes := range []bool{false, true} {
		t.Run(fmt.Sprint(writes), func(t *testing.T) {
			t.Parallel()
			on := &atomic.Bool{}
			b := bundling(t, func(c *incidentkit.Config) {
				if c.Store != nil {
					c.Store = stuckStore{Store: c.Store, prefix: "mailbox/", on: on, writes: writes}
				}
				c.Lease, c.NotifyTimeout = time.Second, 100*time.Millisecond
			})
			on.Store(true)
			b.open(incident.Open{})
			done := make(chan struct{})
			go func() {
				defer close(done)
				for range 3 {
					_, _ = b.Step(context.WithoutCancel(t.Context()))
				}
			}()
			select {
			case <-done:
			case <-time.After(8 * time.Second):
				t.Error("the worker hangs for ever")
			}
			assert.Equal(t, []string{"ana push"}, b.pages())
		})
	}
}

// The outcome of a send is recorded before anything else: a mailbox that fails or
// hangs must not turn a delivered page into one whose outcome nobody knows.
func TestOutcomeIsRecordedBeforeTheMailbox(t *testing.T) {
	t.Parallel()
	on := &atomic.Bool{}
	b := bundling(t, func(c *incidentkit.Config) {
		c.Store = stuckStore{Store: c.Store, prefix: "mailbox/", on: on}
		c.Lease, c.NotifyTimeout = time.Second, 100*time.Millisecond
	})
	b.sent.answer = func(context.Context, comms.Message) error { on.Store(true); return nil }
	in := b.open(incident.Open{})
	done := make(chan struct{})
	go func() {
		defer close(done)
		_, _ = b.Step(context.WithoutCancel(t.Context()))
	}()
	select {
	case <-done:
	case <-time.After(5 * time.Second):
		t.Error("the worker hangs for ever")
	}
	got, err := b.Incident(t.Context(), acme, in.ID)
	require.NoError(t, err)
	assert.Equal(t, incident.Delivered, got.Pages[0].State)
}

func TestTurnsThatHangDoNotKeepThePage(t *testing.T) {
	t.Parallel()
	on := &atomic.Bool{}
	s := step("5m", person("ana"), person("ben"))
	s["pick"] = "in_turn"
	b := policed(t, object{"steps": []any{s}}, func(c *incidentkit.Config) {
		c.Store = stuckStore{Store: c.Store, prefix: "turns/", on: on}
		c.Lease, c.NotifyTimeout = time.Second, 100*time.Millisecond
	})
	on.Store(true)
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
	defer cancel()
	_, err := b.Do(ctx, incident.Command{Tenant: acme, Actor: ana, Action: incident.Open{Title: "x", Severity: "SEV1", Declare: true}})
	require.NoError(t, err)
}

// An alarm needs no store that can be written: also not one that hangs.
func TestAlarmSoundsWhereTheStoreHangs(t *testing.T) {
	t.Parallel()
	on := &atomic.Bool{}
	rang := &atomic.Int32{}
	b := newBench(t, func(c *incidentkit.Config) {
		c.Store = stuckStore{Store: c.Store, prefix: "", on: on, writes: true}
		c.Lease, c.NotifyTimeout, c.Overdue = time.Second, 100*time.Millisecond, time.Minute
		c.Alarm = func(context.Context, incidentkit.Alarm) error { rang.Add(1); return nil }
	})
	b.open(incident.Open{})
	b.clock.Advance(10 * time.Minute)
	on.Store(true)
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	_, _ = b.Audit(ctx)
	assert.Positive(t, rang.Load())
}

// While a store takes nothing, each stuck incident is alarmed once.
func TestNoAlarmStormWhileTheStoreTakesNothing(t *testing.T) {
	t.Parallel()
	rang := 0
	broken := false
	b := newBench(t, func(c *incidentkit.Config) {
		c.Store = refusing{c.Store, &broken}
		c.Alarm = func(context.Context, incidentkit.Alarm) error { rang++; return nil }
	})
	for range 150 {
		b.open(incident.Open{})
	}
	b.clock.Advance(10 * time.Minute)
	broken = true
	for range 5 {
		_, _ = b.Audit(t.Context())
	}
	assert.Equal(t, 150, rang)
}

type refusing struct {
	storage.Store
	on *bool
}

func (s refusing) Commit(ctx context.Context, c storage.Change) (storage.Committed, error) {
	if *s.on {
		return storage.Committed{}, errors.New("read only")
	}
	return s.Store.Commit(ctx, c)
}
