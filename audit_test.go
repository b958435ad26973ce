package incidentkit_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/storage"
)

// siren is a host's way to hear alarms.
type siren struct {
	mu     sync.Mutex
	alarms []incidentkit.Alarm
	fails  error
}

func (s *siren) sound(_ context.Context, a incidentkit.Alarm) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.fails == nil {
		s.alarms = append(s.alarms, a)
	}
	return s.fails
}

func (s *siren) heard() []incidentkit.Alarm {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]incidentkit.Alarm(nil), s.alarms...)
}

// lose takes tasks out of the store, as no engine would.
func (b *bench) lose(id incident.ID, tasks ...string) {
	b.t.Helper()
	stream := storage.Stream{Tenant: acme, ID: string(id)}
	head, err := b.store.Load(b.t.Context(), storage.Ref{Tenant: acme, ID: stream.ID})
	require.NoError(b.t, err)
	_, err = b.store.Commit(b.t.Context(), storage.Change{Stream: stream, Expect: head.Version, Cancel: tasks})
	require.NoError(b.t, err)
}

func (b *bench) audit() incidentkit.AuditReport {
	b.t.Helper()
	report, err := b.Audit(b.t.Context())
	require.NoError(b.t, err)
	return report
}

// alarmed returns a bench whose host hears alarms.
func alarmed(t *testing.T, changes ...func(*incidentkit.Config)) (*bench, *siren) {
	t.Helper()
	s := &siren{}
	b := newBench(t, append(changes, func(c *incidentkit.Config) { c.Alarm = s.sound })...)
	return b, s
}

func TestAuditorFindsALostWakeUp(t *testing.T) {
	t.Parallel()
	b, s := alarmed(t)
	in := b.open(incident.Open{})
	b.settle()
	b.lose(in.ID, "wake")
	b.until(6*time.Minute + 30*time.Second)
	assert.Equal(t, incidentkit.AuditReport{Looked: 1}, b.audit(), "a minute and the lease after it was due it may still come")
	b.until(time.Second)
	assert.Equal(t, []string{"ana push"}, b.pages())

	assert.Equal(t, incidentkit.AuditReport{Looked: 1, Alarms: 1, Mended: 1}, b.audit())
	require.Len(t, s.heard(), 1)
	a := s.heard()[0]
	assert.Equal(t, incidentkit.Alarm{
		Tenant: acme, Incident: in.ID, Kind: incidentkit.AlarmOverdue, Run: "1",
		Due: night.Add(5 * time.Minute), Late: 91 * time.Second, Text: a.Text,
	}, a)
	assert.Contains(t, a.Text, "escalation 1 should have gone on at 2026-03-02T03:05:00Z, 1m31s ago, and has not")

	assert.Equal(t, incidentkit.AuditReport{Looked: 1}, b.audit(), "once")
	b.settle()
	assert.Equal(t, []string{"ana push", "chris sms", "ben sms"}, b.pages(), "the last resort is told, and the escalation goes on")
	m := b.sent.messages()[1]
	require.NoError(t, m.Validate())
	assert.Equal(t, "ALARM: paging for incident inc-0001 is stuck", m.Subject)
	assert.Contains(t, m.Body, a.Text)
	b.tells(in.ID, "6m31s Alarm: escalation 1 was 1m31s late", "6m31s To page ben")
	b.until(2 * time.Hour)
	assert.Equal(t, []string{"ana push", "chris sms", "ben sms", "ana push", "ben sms", "chris sms"}, b.pages(), "its wake-up is back")
	b.get(in.ID)
}

func TestAuditorFindsALostPage(t *testing.T) {
	t.Parallel()
	b, s := alarmed(t)
	in := b.open(incident.Open{})
	b.lose(in.ID, "deliver:1.1.1.ana")
	b.until(2 * time.Minute)
	assert.Equal(t, incidentkit.AuditReport{Looked: 1, Alarms: 1, Mended: 1}, b.audit())
	assert.Contains(t, s.heard()[0].Text, "page 1.1.1.ana to ana should have been sent at 2026-03-02T03:00:00Z, 2m0s ago")
	b.settle()
	assert.Equal(t, []string{"chris sms", "ana push"}, b.pages())
	assert.Equal(t, incidentkit.AuditReport{Looked: 1}, b.audit())
}

func TestAuditorFindsWhatCannotBeCarriedOut(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		old, new string
		after    time.Duration
		kind     incidentkit.AlarmKind
	}{
		{"a progress that cannot be read", `"progress":{"state":"running"`, `"progress":{"state":"paused"`, 7 * time.Minute, incidentkit.AlarmOverdue},
		{"an incident that cannot be read", `"status":"active"`, `"status":"on_fire"`, 0, incidentkit.AlarmUnreadable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			store := &tampered{snapshot: func(_ storage.Stream, d []byte) []byte { return d }}
			b, s := alarmed(t, func(c *incidentkit.Config) { store.Store, c.Store = c.Store, store })
			bad := b.open(incident.Open{})
			b.settle()
			store.snapshot = func(st storage.Stream, d []byte) []byte {
				if st.ID == string(bad.ID) {
					return bytes.Replace(d, []byte(tt.old), []byte(tt.new), 1)
				}
				return d
			}
			good := b.open(incident.Open{})
			b.settle()
			b.lose(good.ID, "wake")
			b.clock.Advance(tt.after)
			for range 3 {
				_, err := b.Step(t.Context())
				require.NoError(t, err)
			}
			report, err := b.Audit(t.Context())
			if tt.kind == incidentkit.AlarmOverdue {
				require.ErrorIs(t, err, incident.ErrCorrupt, "it cannot be mended")
				assert.Equal(t, incidentkit.AuditReport{Looked: 2, Alarms: 2, Mended: 1}, report, "the other is")
			}
			_, _ = b.Audit(t.Context())
			var kinds []incidentkit.AlarmKind
			for _, a := range s.heard() {
				if a.Incident == bad.ID {
					kinds = append(kinds, a.Kind)
				}
			}
			assert.Equal(t, []incidentkit.AlarmKind{tt.kind}, kinds)
			assert.Contains(t, b.pages(), "chris sms")
		})
	}
}

func TestAuditorNoticesAClockThatJumpsBack(t *testing.T) {
	t.Parallel()
	b, s := alarmed(t)
	in := b.open(incident.Open{})
	b.settle()
	b.clock.Advance(-3 * time.Hour)
	assert.Equal(t, incidentkit.AuditReport{Looked: 1, Alarms: 1}, b.audit())
	assert.Equal(t, incidentkit.AuditReport{Looked: 1}, b.audit())
	assert.Equal(t, incidentkit.AlarmClock, s.heard()[0].Kind)
	assert.Contains(t, s.heard()[0].Text, "the store's clock is 3h0m0s behind")
	assert.Equal(t, []string{"ana push", "chris sms"}, b.pages())
	b.until(3*time.Hour + 6*time.Minute)
	assert.Equal(t, []string{"ana push", "chris sms", "ben sms"}, b.pages())
	b.get(in.ID)
}

func TestAlarmOnExhaustion(t *testing.T) {
	t.Parallel()
	b, s := alarmed(t)
	in := b.open(incident.Open{})
	s.fails = errDown
	b.until(31 * time.Minute)
	assert.Empty(t, s.heard())
	s.fails = nil
	b.until(time.Hour)
	require.Len(t, s.heard(), 1, "until somebody hears it, and once")
	assert.Equal(t, incidentkit.AlarmExhausted, s.heard()[0].Kind)
	assert.Contains(t, s.heard()[0].Text, "nobody answered in 2 rounds")
	assert.Equal(t, incidentkit.AuditReport{Looked: 1}, b.audit())
	assert.Len(t, b.pages(), 5, "the policy itself pages the last resort")

	b.do(in.ID, ben, incident.Escalate{Reason: "again"})
	b.until(29 * time.Minute)
	assert.Len(t, s.heard(), 1)
	b.clock.Advance(time.Minute)
	_, err := b.Step(t.Context())
	require.NoError(t, err)
	b.lose(in.ID, "alarm:2") // and its wake-up is not there any more
	b.settle()
	assert.Len(t, s.heard(), 1)
	assert.Equal(t, incidentkit.AuditReport{Looked: 1, Alarms: 1}, b.audit(), "the auditor finds it all the same")
	assert.Equal(t, "2", s.heard()[1].Run)
}

func TestAlarmOnASupplierThatNobodyHears(t *testing.T) {
	t.Parallel()
	s := &siren{}
	b := policed(t, object{
		"steps": []any{step("5m", target("vendor", "payco"))}, "repeat": 0, "plan": object{"vendors": []any{supplier("payco", nil)}},
	}, func(c *incidentkit.Config) { c.Alarm = s.sound })
	in := b.open(incident.Open{})
	b.until(time.Hour)
	require.Len(t, s.heard(), 2)
	assert.Equal(t, []string{"1", "2"}, []string{s.heard()[0].Run, s.heard()[1].Run})
	assert.Contains(t, s.heard()[1].Text, "Vendor payco has not answered for incident inc-0001")
	assert.Equal(t, []string{"vendor payco sms", "chris sms", "chris sms"}, b.pages())
	assert.Equal(t, incidentkit.AuditReport{Looked: 1}, b.audit())
	b.get(in.ID)
}

func TestOneOfManyEnginesRaisesTheAlarm(t *testing.T) {
	t.Parallel()
	b, s := alarmed(t)
	in := b.open(incident.Open{})
	b.settle()
	b.lose(in.ID, "wake")
	b.clock.Advance(7 * time.Minute)
	tenants := func(context.Context) ([]string, error) { return []string{"other", acme}, nil }
	var all sync.WaitGroup
	for range 4 { // none of them has seen the tenant
		engine := b.another(func(c *incidentkit.Config) { c.Alarm, c.Tenants = s.sound, tenants })
		all.Go(func() {
			_, err := engine.Audit(t.Context())
			assert.NoError(t, err)
		})
	}
	all.Wait()
	assert.Len(t, s.heard(), 1)
	b.tells(in.ID, "Alarm: escalation 1", "To page ben")
	b.get(in.ID)
}

func TestAlarmThatNobodyHearsIsRaisedAgain(t *testing.T) {
	t.Parallel()
	b, s := alarmed(t)
	in := b.open(incident.Open{})
	b.settle()
	b.lose(in.ID, "wake")
	b.clock.Advance(7 * time.Minute)
	s.fails = errDown
	b.sent.answer = func(context.Context, comms.Message) error { return errDown }
	_, err := b.Audit(t.Context())
	require.ErrorIs(t, err, errDown)
	assert.NotContains(t, err.Error(), "panic")
	b.settle() // it was mended all the same
	assert.Equal(t, 1, strings.Count(strings.Join(b.story(in.ID), "\n"), "Alarm: escalation 1"))
	assert.Contains(t, b.pages(), "ben sms")

	b.do(in.ID, ben, incident.Escalate{Reason: "again"})
	b.settle()
	b.lose(in.ID, "wake")
	b.clock.Advance(7 * time.Minute)
	b.sent.answer = by("sms", errDown)
	_, err = b.Audit(t.Context())
	require.ErrorIs(t, err, errDown)
	b.lose(in.ID, "deliver:2.1.2.ben")
	s.fails = nil
	b.clock.Advance(2 * time.Minute)
	assert.Equal(t, 1, b.audit().Alarms)
	require.Len(t, s.heard(), 1, "one path is enough")
	assert.Equal(t, "2", s.heard()[0].Run)
}

func TestAlarmWithoutAHost(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.open(incident.Open{})
	b.settle()
	b.lose(in.ID, "wake")
	b.clock.Advance(time.Hour)
	b.sent.answer = by("sms", errDown)
	_, err := b.Audit(t.Context())
	require.ErrorIs(t, err, errDown)
	b.sent.answer = nil
	b.until(2 * time.Hour)
	assert.Equal(t, 0, b.audit().Alarms, "an exhausted policy has paged the last resort")
}

// onePage is a store that lists one stream at a time.
type onePage struct{ storage.Store }

func (s onePage) List(ctx context.Context, q storage.ListQuery) (storage.Page, error) {
	q.Limit = 1
	return s.Store.List(ctx, q)
}

func TestAuditIsBounded(t *testing.T) {
	t.Parallel()
	b, s := alarmed(t, func(c *incidentkit.Config) { c.Store = onePage{c.Store} })
	for range 15 {
		in := b.open(incident.Open{})
		b.lose(in.ID, "wake", "deliver:1.1.1.ana")
	}
	b.clock.Advance(2 * time.Minute)
	assert.Equal(t, incidentkit.AuditReport{Looked: 10, Alarms: 10, Mended: 10, More: true}, b.audit())
	assert.Equal(t, incidentkit.AuditReport{Looked: 5, Alarms: 5, Mended: 5}, b.audit())
	assert.Equal(t, incidentkit.AuditReport{Looked: 10, More: true}, b.audit(), "from the beginning")
	assert.Len(t, s.heard(), 15)
	b.settle()
	assert.Len(t, b.pages(), 30, "each of them is told to the last resort and to whoever is on call")
}

// deaf is a store that cannot list the streams of one tenant.
type deaf struct{ storage.Store }

func (s deaf) List(ctx context.Context, q storage.ListQuery) (storage.Page, error) {
	if q.Tenant == "aaa" {
		return storage.Page{}, errDown
	}
	return s.Store.List(ctx, q)
}

func TestTenantThatCannotBeAudited(t *testing.T) {
	t.Parallel()
	broken := errors.New("no list of tenants")
	var fails error
	b, s := alarmed(t, func(c *incidentkit.Config) {
		c.Store = deaf{c.Store}
		c.Tenants = func(context.Context) ([]string, error) { return []string{"aaa"}, fails }
	})
	in := b.open(incident.Open{})
	b.settle()
	b.lose(in.ID, "wake")
	b.clock.Advance(time.Hour)
	_, err := b.Audit(t.Context())
	require.ErrorIs(t, err, errDown)
	assert.Len(t, s.heard(), 1, "it does not keep the auditor from the others")
	fails = broken
	_, err = b.Audit(t.Context())
	require.ErrorIs(t, err, broken)
}
