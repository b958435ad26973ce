package incidentkit_test

import (
	"context"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/incident"
)

func TestLastResortWhereTheLastStepLeadsToNobody(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.save(replan(t, func(doc map[string]any) {
		// the second schedule has a gap: nobody is on call
		doc["schedules"] = append(doc["schedules"].([]any), map[string]any{
			"id": "second", "zone": "Europe/Lisbon", "rotations": []any{map[string]any{"id": "w", "start": "2027-03-02T00:00", "turn": "1 week", "members": []any{"ben"}}},
		})
		p := doc["policies"].([]any)[0].(map[string]any)
		p["steps"] = []any{
			map[string]any{"targets": []any{map[string]any{"type": "person", "id": "ana"}}, "wait": "30m"},
			map[string]any{"targets": []any{map[string]any{"type": "schedule", "id": "second"}}, "wait": "30m"},
		}
		p["repeat"] = 9
	}))
	b.sent.answer = func(_ context.Context, m comms.Message) error {
		if m.To.Person == "ana" {
			return comms.Permanent(errDown)
		}
		return nil
	}
	in := b.open(incident.Open{})
	b.until(10 * time.Minute)
	assert.Contains(t, b.pages(), "chris sms", strings.Join(b.story(in.ID), "\n"))
}

func TestLongWaitAskedForDoesNotHoldUpTheEscalation(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.save(replan(t, func(doc map[string]any) {
		p := doc["policies"].([]any)[0].(map[string]any)
		p["steps"] = []any{
			map[string]any{"targets": []any{map[string]any{"type": "person", "id": "ben"}}, "wait": "1h"},
			map[string]any{"targets": []any{map[string]any{"type": "person", "id": "chris"}}, "wait": "1h"},
		}
	}))
	b.sent.answer = func(_ context.Context, m comms.Message) error {
		if m.To.Person == "ben" {
			return comms.Temporary(errDown, time.Hour)
		}
		return nil
	}
	in := b.open(incident.Open{})
	b.until(25 * time.Minute)
	assert.Contains(t, b.pages(), "chris sms", strings.Join(b.story(in.ID), "\n"))
}

func TestAlertWithALongSummaryFiresAnew(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	r, err := b.Ingest(t.Context(), acme, monitor, []incident.Alert{alert("k")})
	require.NoError(t, err)
	b.settle()
	b.do(r[0].Incident, ana, incident.Acknowledge{})
	b.do(r[0].Incident, ana, incident.Mitigate{})
	n := len(b.pages())
	_, err = b.Ingest(t.Context(), acme, monitor, []incident.Alert{alert("k", func(a *incident.Alert) {
		a.StartsAt = b.clock.Now()
		a.Summary = strings.Repeat("x", 65<<10)
	})})
	require.NoError(t, err)
	b.settle()
	assert.Greater(t, len(b.pages()), n)
}

func TestNotifierThatEndsItsGoroutine(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.sent.answer = func(context.Context, comms.Message) error { runtime.Goexit(); return nil }
	in := b.open(incident.Open{})
	_, err := b.Step(t.Context())
	require.NoError(t, err)
	assert.NotEqual(t, incident.Delivered, b.get(in.ID).Pages[0].State)
}

func TestThreeMergesInACircle(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	x, y, z := b.open(incident.Open{}), b.open(incident.Open{}), b.open(incident.Open{})
	merge := func(from, to incident.ID, before func()) {
		h := &hooked{Store: b.store}
		keep := b.store
		e := b.another(func(c *incidentkit.Config) { c.Store = h })
		b.store = keep
		h.before = func() { h.before = before } // before the second commit
		_, _ = e.Do(t.Context(), incident.Command{Tenant: acme, Incident: from, Actor: ana, Action: incident.Merge{Into: to}})
	}
	merge(x.ID, y.ID, func() { merge(y.ID, z.ID, func() { merge(z.ID, x.ID, nil) }) })
	open := 0
	for _, id := range []incident.ID{x.ID, y.ID, z.ID} {
		in := b.get(id)
		if in.Status.Open() {
			open++
		}
	}
	assert.Positive(t, open)
}

func TestMergeIntoWhatIsResolvedAtTheSameMoment(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	x, y := b.open(incident.Open{}), b.open(incident.Open{})
	h := &hooked{Store: b.store}
	e := b.another(func(c *incidentkit.Config) { c.Store = h })
	h.before = func() { h.before = func() { b.do(y.ID, ben, incident.Resolve{}) } }
	_, err := e.Do(t.Context(), incident.Command{Tenant: acme, Incident: x.ID, Actor: ana, Action: incident.Merge{Into: y.ID}})
	require.ErrorIs(t, err, incident.ErrInvalid)
	assert.True(t, b.get(x.ID).Status.Open(), "%s, into %s, which is %s", b.get(x.ID).Status, y.ID, b.get(y.ID).Status)
	b.settle()
	assert.NotEmpty(t, b.pages())
}

func TestLongWaitOfOneContactDoesNotDelayTheOther(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.sent.answer = func(_ context.Context, m comms.Message) error {
		if m.To.Person != "ana" {
			return nil
		}
		if m.To.Channel == "push" {
			return comms.Temporary(errDown, 10*time.Minute)
		}
		if b.clock.Now().Before(night.Add(2 * time.Minute)) {
			return comms.Temporary(errDown, 0)
		}
		return nil
	}
	in := b.open(incident.Open{})
	b.until(5 * time.Minute)
	assert.Contains(t, delivered(b.get(in.ID)), "ana", strings.Join(b.story(in.ID), "\n"))
}

func TestRepeatedAlertAfterAMergeIsNoNews(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	r, err := b.Ingest(t.Context(), acme, monitor, []incident.Alert{alert("k")})
	require.NoError(t, err)
	y := b.open(incident.Open{})
	b.settle()
	b.do(y.ID, ana, incident.Acknowledge{})
	b.do(y.ID, ana, incident.Mitigate{})
	b.do(r[0].Incident, ana, incident.Merge{Into: y.ID})
	n := len(b.pages())
	_, err = b.Ingest(t.Context(), acme, monitor, []incident.Alert{alert("k")}) // nothing new
	require.NoError(t, err)
	b.settle()
	assert.Len(t, b.pages(), n)
}

// An alert that comes once more, late, after it has resolved, is no news either.
func TestLateAlertWakesNobody(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	receipts, err := b.Ingest(t.Context(), acme, monitor, []incident.Alert{alert("k")})
	require.NoError(t, err)
	id := receipts[0].Incident
	b.settle()
	b.do(id, ana, incident.Acknowledge{})
	b.do(id, ana, incident.Mitigate{})
	for _, a := range []incident.Alert{alert("k", resolved), alert("k")} {
		_, err = b.Ingest(t.Context(), acme, monitor, []incident.Alert{a})
		require.NoError(t, err)
	}
	b.settle()
	assert.Equal(t, []string{"ana push"}, b.pages())
	assert.Equal(t, incident.Mitigated, b.get(id).Status)
}
