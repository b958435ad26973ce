package incidentkit_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/storage"
)

// bundling returns a bench in which ana wants what comes within ten minutes as one
// message; it takes ben an hour to be paged.
func bundling(t *testing.T, changes ...func(*incidentkit.Config)) *bench {
	t.Helper()
	b := newBench(t, changes...)
	b.save(replan(t, func(doc object) {
		doc["people"].([]any)[0].(object)["rules"] = object{"bundle": "10m"}
		doc["severities"].([]any)[1].(object)["urgency"] = "low"
		doc["policies"].([]any)[0].(object)["steps"].([]any)[0].(object)["wait"] = "1h"
	}))
	return b
}

func TestPagesBecomeOneMessage(t *testing.T) {
	t.Parallel()
	b := bundling(t)
	first := b.open(incident.Open{Title: "One"})
	b.until(time.Minute)
	second := b.open(incident.Open{Title: "Two"})
	b.until(time.Minute)
	third := b.open(incident.Open{Title: "Three"})
	fourth := b.open(incident.Open{Title: "Four"})
	b.settle()
	b.do(fourth.ID, ben, incident.Acknowledge{})
	b.until(7 * time.Minute)
	assert.Equal(t, []string{"ana push"}, b.pages(), "the first page never waits")
	assert.Equal(t, incidentkit.AuditReport{Looked: 4}, b.audit(), "and those that do are not stuck")
	b.until(2 * time.Minute)
	require.Equal(t, []string{"ana push", "ana push"}, b.pages())
	m := b.sent.messages()[1]
	require.NoError(t, m.Validate())
	assert.Equal(t, "[SEV1] Two (and 1 more)", m.Subject)
	assert.Contains(t, m.Body, "- [SEV1] Three (inc-0003)")
	assert.NotContains(t, m.Body, "Four", "somebody has answered it")

	b.tells(second.ID, "1m0s Page 1.1.1.ana waits until 2026-03-02 03:10:00", "10m0s Page 1.1.1.ana delivered by push: ok")
	b.tells(third.ID, "10m0s Page 1.1.1.ana delivered by push: in one message with page 1.1.1.ana of incident inc-0002")
	for _, id := range []incident.ID{first.ID, second.ID, third.ID} {
		assert.Equal(t, incident.Delivered, b.get(id).Pages[0].State)
	}
	b.until(20 * time.Minute)
	assert.Len(t, b.pages(), 2)
	b.open(incident.Open{})
	b.settle()
	assert.Len(t, b.pages(), 3, "the next one is a first one again")
}

func TestUrgentPageWaitsForNoOtherAndTakesAllWithIt(t *testing.T) {
	t.Parallel()
	b := bundling(t)
	b.open(incident.Open{Title: "Low", Severity: "SEV3"})
	b.settle()
	b.open(incident.Open{Title: "Low, too", Severity: "SEV3"})
	b.until(time.Minute)
	assert.Len(t, b.pages(), 1)
	b.open(incident.Open{Title: "High"})
	b.settle()
	require.Len(t, b.pages(), 2)
	assert.Equal(t, "[SEV1] High (and 1 more)", b.sent.messages()[1].Subject)
	b.until(30 * time.Minute)
	assert.Len(t, b.pages(), 2)
}

func TestNothingIsLostWithAMessageOfMany(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		store func(storage.Change) error // of what is committed after the first message
		pages int
	}{
		"the mailbox takes nothing": {func(c storage.Change) error {
			if strings.HasPrefix(c.Stream.ID, "mailbox/") {
				return errDown
			}
			return nil
		}, 3},
		"the other incident takes nothing": {func(c storage.Change) error {
			if c.Stream.ID == "inc-0003" && c.Fence == nil {
				return errDown
			}
			return nil
		}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			store := &picky{}
			b := bundling(t, func(c *incidentkit.Config) { store.Store, c.Store = c.Store, store })
			b.open(incident.Open{Title: "One"})
			b.settle()
			b.open(incident.Open{Title: "Two"})
			third := b.open(incident.Open{Title: "Three"})
			b.settle()
			store.refuse = tt.store
			b.until(30 * time.Minute)
			assert.Len(t, b.pages(), tt.pages)
			assert.Equal(t, incident.Delivered, b.get(third.ID).Pages[0].State)
		})
	}
}

// picky is a store that refuses some commits.
type picky struct {
	storage.Store
	refuse func(storage.Change) error
}

func (s *picky) Commit(ctx context.Context, c storage.Change) (storage.Committed, error) {
	if s.refuse != nil {
		if err := s.refuse(c); err != nil {
			return storage.Committed{}, err
		}
	}
	return s.Store.Commit(ctx, c)
}

func TestMessageThatFailsTakesNothingWithIt(t *testing.T) {
	t.Parallel()
	b := bundling(t)
	b.open(incident.Open{Title: "One"})
	b.settle()
	b.open(incident.Open{Title: "Two"})
	third := b.open(incident.Open{Title: "Three"})
	b.settle()
	b.sent.answer = func(context.Context, comms.Message) error { return comms.Permanent(errDown) }
	b.until(10 * time.Minute)
	b.tells(third.ID, "10m0s Page 1.1.1.ana undeliverable", "10m0s To page ben")
}

func TestTwoMessagesToOnePersonAtOnce(t *testing.T) {
	t.Parallel()
	b := bundling(t)
	b.open(incident.Open{Title: "One"})
	b.open(incident.Open{Title: "Two"})
	var second incidentkit.Report
	b.sent.answer = func(ctx context.Context, _ comms.Message) error {
		b.sent.answer = nil
		report, err := b.another().Step(context.WithoutCancel(ctx)) // another worker, while this one is sending
		second = report
		return err
	}
	_, err := b.Step(t.Context())
	require.NoError(t, err)
	assert.Equal(t, 1, second.Claimed)
	b.until(time.Minute)
	assert.Len(t, b.pages(), 1)
	b.until(10 * time.Minute)
	assert.Len(t, b.pages(), 2)
}

func TestNoticesOfAPageThatHasWaited(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.save(replan(t, func(doc object) {
		doc["people"].([]any)[0].(object)["rules"] = object{"bundle": "10m", "high": []any{notification("push", ""), notification("sms", "2m")}}
		doc["policies"].([]any)[0].(object)["steps"].([]any)[0].(object)["wait"] = "1h"
	}))
	first := b.open(incident.Open{})
	b.settle()
	b.do(first.ID, ana, incident.Acknowledge{})
	b.open(incident.Open{})
	b.until(9 * time.Minute)
	assert.Equal(t, []string{"ana push"}, b.pages())
	b.until(2 * time.Minute)
	assert.Equal(t, []string{"ana push", "ana push"}, b.pages())
	b.until(2 * time.Minute)
	assert.Equal(t, []string{"ana push", "ana push", "ana sms"}, b.pages(), "two minutes after the message went")
}
