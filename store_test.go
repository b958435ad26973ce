package incidentkit_test

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/storage"
)

// tampered is a store whose content somebody has changed.
type tampered struct {
	storage.Store
	snapshot func(storage.Stream, []byte) []byte
	events   func([]storage.Event) []storage.Event
}

func (s *tampered) Load(ctx context.Context, ref storage.Ref) (storage.Head, error) {
	head, err := s.Store.Load(ctx, ref)
	if s.snapshot != nil && head.Snapshot.Kind == "incident" {
		head.Snapshot.Data = s.snapshot(head.Stream, head.Snapshot.Data)
	}
	return head, err
}

func (s *tampered) List(ctx context.Context, q storage.ListQuery) (storage.Page, error) {
	page, err := s.Store.List(ctx, q)
	for i := range page.Heads {
		page.Heads[i].Snapshot.Data = s.snapshot(page.Heads[i].Stream, page.Heads[i].Snapshot.Data)
	}
	return page, err
}

func (s *tampered) Events(ctx context.Context, st storage.Stream, q storage.EventsQuery) ([]storage.Event, error) {
	events, err := s.Store.Events(ctx, st, q)
	if s.events != nil {
		events = s.events(events)
	}
	return events, err
}

func TestVerifyFindsChangedHistory(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*tampered)
	}{
		{"an event is altered", func(s *tampered) {
			s.events = func(e []storage.Event) []storage.Event {
				e[1].Data = bytes.Replace(e[1].Data, []byte("incidentkit"), []byte("nobody"), 1)
				return e
			}
		}},
		{"an event is gone", func(s *tampered) {
			s.events = func(e []storage.Event) []storage.Event { return append(e[:1], e[2:]...) }
		}},
		{"the last event is gone", func(s *tampered) {
			s.events = func(e []storage.Event) []storage.Event { return e[:len(e)-1] }
		}},
		{"the state is altered", func(s *tampered) {
			s.snapshot = func(_ storage.Stream, d []byte) []byte {
				return bytes.Replace(d, []byte("Payments fail"), []byte("All is well"), 1)
			}
		}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			store := &tampered{}
			b := newBench(t, func(c *incidentkit.Config) { store.Store, c.Store = c.Store, store })
			in := b.open(incident.Open{})
			b.settle()
			require.NoError(t, b.Verify(t.Context(), acme, in.ID))
			tt.change(store)
			require.ErrorIs(t, b.Verify(t.Context(), acme, in.ID), incident.ErrCorrupt)
		})
	}
}

// One incident that cannot be read must not keep the others from being paged.
func TestUnknownStatusInAStoredRow(t *testing.T) {
	t.Parallel()
	store := &tampered{}
	b := newBench(t, func(c *incidentkit.Config) { store.Store, c.Store = c.Store, store })
	bad := b.open(incident.Open{})
	good := b.open(incident.Open{})
	store.snapshot = func(s storage.Stream, d []byte) []byte {
		if s.ID != string(bad.ID) {
			return d
		}
		return bytes.Replace(d, []byte(`"status":"active"`), []byte(`"status":"on_fire"`), 1)
	}
	_, err := b.Incident(t.Context(), acme, bad.ID)
	var codec *incident.CodecError
	require.ErrorAs(t, err, &codec)
	assert.Equal(t, "status", codec.What)
	assert.Equal(t, "on_fire", codec.Got)
	_, err = b.Do(t.Context(), incident.Command{Tenant: acme, Incident: bad.ID, Actor: ana, Action: incident.Mitigate{}})
	require.ErrorAs(t, err, &codec)

	page, err := b.Incidents(t.Context(), acme, incidentkit.Query{})
	require.NoError(t, err)
	require.Len(t, page.Incidents, 1)
	require.ErrorAs(t, page.Unreadable[bad.ID], &codec)

	failed := 0
	for range 10 {
		report, err := b.Step(t.Context())
		require.NoError(t, err)
		failed += report.Failed
	}
	assert.Positive(t, failed)
	assert.Len(t, b.pages(), 1)
	assert.Equal(t, incident.Delivered, b.get(good.ID).Pages[0].State)

	store.snapshot = nil // somebody has mended it
	b.until(2 * time.Minute)
	assert.Len(t, b.pages(), 2, "nothing was lost")
	b.get(bad.ID)
}

func TestErrorsOfTheStoreComeThrough(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.open(incident.Open{})
	store := &flaky{Store: b.store}
	engine := b.another(func(c *incidentkit.Config) { c.Store = store })
	store.down.Store(true)
	_, err := engine.Do(t.Context(), incident.Command{Tenant: acme, Incident: in.ID, Operation: "x", Actor: ana, Action: incident.Mitigate{}})
	require.ErrorIs(t, err, errDown)
	_, err = engine.Ingest(t.Context(), acme, monitor, []incident.Alert{alert("a")})
	require.ErrorIs(t, err, errDown)
	_, err = engine.SavePlan(t.Context(), acme, ana, []byte(replan(t, func(doc map[string]any) { doc["name"] = "Other" })))
	require.ErrorIs(t, err, errDown)
}

// A commit whose answer is lost has taken effect: the same operation, sent
// again, finds it.
func TestLostAnswerOfACommit(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.open(incident.Open{})
	engine := b.another(func(c *incidentkit.Config) { c.Store = &mute{Store: b.store} })
	cmd := incident.Command{Tenant: acme, Incident: in.ID, Operation: "op", Actor: ana, Action: incident.Mitigate{}}
	got, err := engine.Do(t.Context(), cmd)
	if err != nil {
		got, err = b.Do(t.Context(), cmd)
	}
	require.NoError(t, err)
	assert.Equal(t, incident.Mitigated, got.Status)
	b.get(in.ID)
}

// mute commits, but does not say so.
type mute struct{ storage.Store }

var errMute = errors.New("connection reset")

func (m *mute) Commit(ctx context.Context, c storage.Change) (storage.Committed, error) {
	if _, err := m.Store.Commit(ctx, c); err != nil {
		return storage.Committed{}, err
	}
	return storage.Committed{}, errMute
}

// An operation that an earlier call has applied stays that call's, also where the
// repetition needs a second try: what is returned is what is stored.
func TestOperationOfAnEarlierCall(t *testing.T) {
	t.Parallel()
	store := &flaky{}
	b := newBench(t, func(c *incidentkit.Config) { store.Store, c.Store = c.Store, store })
	in := b.open(incident.Open{})
	cmd := incident.Command{Tenant: acme, Incident: in.ID, Actor: ana, Operation: "op-1", Action: incident.Acknowledge{}}
	first, err := b.Do(t.Context(), cmd)
	require.NoError(t, err)
	b.do(in.ID, ana, incident.HandBack{})
	was := b.get(in.ID)
	b.clock.Advance(time.Minute)
	store.failures.Store(1)
	again, err := b.Do(t.Context(), cmd)
	require.NoError(t, err)
	assert.Equal(t, was.Version, again.Version)
	assert.Greater(t, again.Version, first.Version)
	assert.Equal(t, was, b.get(in.ID))
}

func TestWithAnotherStore(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.open(incident.Open{})
	store := &flaky{Store: b.store}
	other := b.With(store)
	got, err := other.Incident(t.Context(), acme, in.ID)
	require.NoError(t, err)
	assert.Equal(t, in.ID, got.ID)
	store.down.Store(true)
	cmd := incident.Command{Tenant: acme, Incident: in.ID, Actor: ana, Action: incident.Acknowledge{}}
	_, err = other.Do(t.Context(), cmd)
	require.ErrorIs(t, err, errDown)
	_, err = b.Do(t.Context(), cmd)
	require.NoError(t, err, "the first engine keeps its own")
}
