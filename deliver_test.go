package incidentkit_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/plan"
	"github.com/incidentkit/incidentkit/storage"
)

var errDown = errors.New("the provider is down")

func TestWhatBecomesOfAPage(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		answer func(context.Context, comms.Message) error
		within time.Duration
		pages  []string
		tells  []string
	}{
		{
			name: "delivered", within: time.Minute,
			pages: []string{"ana push"},
			tells: []string{"0s Sending page 1.1.1.ana by push, attempt 1", "0s Page 1.1.1.ana delivered by push: ok"},
		},
		{
			name: "a refusal goes on to the next contact at once", within: time.Minute,
			answer: by("push", comms.Permanent(errors.New("unknown device"))),
			pages:  []string{"ana push", "ana sms"},
			tells:  []string{"0s Page 1.1.1.ana by push failed: comms: permanent failure: unknown device; not tried there again", "0s Page 1.1.1.ana delivered by sms"},
		},
		{
			name: "a temporary failure is tried again, then the next contact", within: time.Minute,
			answer: by("push", comms.Temporary(errDown, 0)),
			pages:  []string{"ana push", "ana push", "ana push", "ana push", "ana sms"},
			tells:  []string{"again in 1.", "1s Page 1.1.1.ana by push failed", "again in 2.", "3s Page", "again in 4.", "7s Page", "the next contact is tried first", "7s Page 1.1.1.ana delivered by sms"},
		},
		{
			name: "a channel that asks for a long wait is left for the next contact", within: time.Minute,
			answer: by("push", comms.Temporary(errDown, 5*time.Minute)),
			pages:  []string{"ana push", "ana sms"},
			tells:  []string{"0s Page 1.1.1.ana delivered by sms"},
		},
		{
			name: "a short wait that a channel asks for is kept", within: 50 * time.Second,
			answer: by("push", comms.Temporary(errDown, 20*time.Second)),
			pages:  []string{"ana push", "ana push", "ana push"},
			tells:  []string{"again in 20s", "20s Page 1.1.1.ana by push failed", "40s Page"},
		},
		{
			name: "an unknown outcome is repeated once, marked, and then the next contact", within: time.Minute,
			answer: by("push", errors.New("no answer")),
			pages:  []string{"ana push", "ana push", "ana sms"},
			tells: []string{
				"0s Page 1.1.1.ana by push: outcome unknown: no answer; again in 1.",
				"1s Sending page 1.1.1.ana by push, attempt 2 (possible duplicate",
				"1s Page 1.1.1.ana by push: outcome unknown: no answer; not tried there again",
				"1s Page 1.1.1.ana delivered by sms",
			},
		},
		{
			name: "a notifier that panics leaves the outcome unknown", within: time.Minute,
			answer: func(_ context.Context, m comms.Message) error {
				if m.To.Channel == "push" {
					panic("nil pointer")
				}
				return nil
			},
			pages: []string{"ana push", "ana push", "ana sms"},
			tells: []string{"outcome unknown: panic: nil pointer"},
		},
		{
			name: "when nobody can be reached the next step does not wait", within: time.Minute,
			answer: func(_ context.Context, m comms.Message) error {
				if m.To.Person == "ana" {
					return comms.Permanent(errDown)
				}
				return nil
			},
			pages: []string{"ana push", "ana sms", "ben sms"},
			tells: []string{"0s Page 1.1.1.ana undeliverable: every contact method of ana has failed", "0s To page ben: policy main of plan version 1, step 2 of 2, because no page of step 1 could be delivered", "0s Page 1.1.2.ben delivered"},
		},
		{
			name: "when every channel is down it ends with the last resort, and says so", within: time.Minute,
			answer: func(context.Context, comms.Message) error { return comms.Permanent(errDown) },
			pages:  []string{"ana push", "ana sms", "ben sms", "chris sms"},
			tells:  []string{"Page 1.1.2.ben undeliverable", "To page chris: no page of a whole round can be delivered; the plan's last resort is chris", "Page 1.1.0.chris undeliverable"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.sent.answer = tt.answer
			in := b.open(incident.Open{})
			b.until(tt.within)
			assert.Equal(t, tt.pages, b.pages())
			b.tells(in.ID, tt.tells...)
			b.get(in.ID)
			attempts := map[string]int{}
			for _, m := range b.sent.messages() {
				attempts[m.Key]++
				assert.Equal(t, attempts[m.Key], m.Attempt, "one key for all attempts at one contact")
				require.NoError(t, m.Validate())
			}
		})
	}
}

func TestAcknowledgedBeforeDelivery(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.open(incident.Open{})
	b.do(in.ID, ana, incident.Acknowledge{})
	report, err := b.Step(t.Context())
	require.NoError(t, err)
	assert.Equal(t, incidentkit.Report{Now: night}, report, "the answer has cancelled what was due, in the same commit")
	b.until(time.Hour)
	assert.Empty(t, b.pages())
	b.tells(in.ID, "Acknowledged by ana", "Page 1.1.1.ana withdrawn: acknowledged by ana")
	_, err = b.Do(t.Context(), incident.Command{Tenant: acme, Incident: in.ID, Actor: ben, Action: incident.Acknowledge{}})
	require.ErrorIs(t, err, incident.ErrRefused)
}

func TestAcknowledgedWhileAPageIsOnItsWay(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		answer error
		tells  string
	}{
		{"and it arrives", nil, "Page 1.1.1.ana delivered by push"},
		{"and it fails", comms.Temporary(errDown, 0), "Page 1.1.1.ana withdrawn: acknowledged by ana"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			in := b.open(incident.Open{})
			b.sent.answer = func(context.Context, comms.Message) error {
				b.do(in.ID, ana, incident.Acknowledge{})
				return tt.answer
			}
			b.until(time.Hour)
			assert.Equal(t, []string{"ana push"}, b.pages())
			b.tells(in.ID, "Acknowledged by ana", tt.tells)
			b.get(in.ID)
		})
	}
}

func TestHandoffBetweenThePageAndItsDelivery(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.save(replan(t, func(doc map[string]any) {
		rotation := doc["schedules"].([]any)[0].(map[string]any)["rotations"].([]any)[0].(map[string]any)
		rotation["start"] = "2026-02-23T03:01" // ben takes over a minute into the night
	}))
	in := b.open(incident.Open{})
	b.clock.Advance(2 * time.Minute) // nobody was there to deliver it
	b.settle()
	assert.Equal(t, []string{"ben sms"}, b.pages())
	b.tells(in.ID, "0s To page ana", "2m0s Page 1.1.1.ana withdrawn: ana was no longer on call; ben is", "2m0s To page ben", "at delivery ben was on call: rotation weekly, turn 2")
	b.get(in.ID)
}

// Two who share a seat are both paged, and so are both who have it when the pages
// can be delivered.
func TestSharedSeatsArePagedTogether(t *testing.T) {
	t.Parallel()
	pairs := func(start string) string {
		return replan(t, func(doc map[string]any) {
			rotation := doc["schedules"].([]any)[0].(map[string]any)["rotations"].([]any)[0].(map[string]any)
			delete(rotation, "members")
			rotation["start"] = start
			rotation["seats"] = []any{map[string]any{"people": []any{"ana", "ben"}}, map[string]any{"people": []any{"chris", "dan"}}}
			doc["people"] = append(doc["people"].([]any), map[string]any{
				"id": "dan", "contacts": []any{map[string]any{"channel": "sms", "to": "+351 4"}},
			})
		})
	}
	b := newBench(t)
	b.save(pairs("2026-03-02T00:00"))
	b.open(incident.Open{})
	b.settle()
	assert.Equal(t, []string{"ana push", "ben sms"}, b.pages())

	b = newBench(t)
	b.save(pairs("2026-02-23T03:01")) // the others take over a minute into the night
	in := b.open(incident.Open{})
	b.clock.Advance(2 * time.Minute)
	b.settle()
	assert.Equal(t, []string{"chris sms", "dan sms"}, b.pages())
	b.tells(in.ID, "2m0s Page 1.1.1.ana withdrawn: ana was no longer on call; chris and dan are", "2m0s To page chris", "2m0s To page dan",
		"2m0s Page 1.1.1.ben withdrawn: ben was no longer on call; chris and dan are, and paged already")
	b.get(in.ID)
}

// twoRotas is the plan with a first step to a primary and a secondary, who change a
// minute after the night begins.
func twoRotas(t *testing.T, primary, secondary []any) string {
	t.Helper()
	return replan(t, func(doc map[string]any) {
		rota := func(id string, members []any) any {
			return map[string]any{"id": id, "zone": "UTC", "rotations": []any{map[string]any{
				"id": "weekly", "start": "2026-02-23T03:01", "turn": "1 week", "members": members,
			}}}
		}
		doc["schedules"] = []any{rota("primary", primary), rota("secondary", secondary)}
		step := doc["policies"].([]any)[0].(map[string]any)["steps"].([]any)[0].(map[string]any)
		step["targets"] = []any{map[string]any{"type": "schedule", "id": "primary"}, map[string]any{"type": "schedule", "id": "secondary"}}
	})
}

// Two who change places between the decision and the delivery are both paged.
func TestPrimaryAndSecondaryChangePlaces(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.save(twoRotas(t, []any{"ana", "ben"}, []any{"ben", "ana"}))
	in := b.open(incident.Open{})
	b.clock.Advance(2 * time.Minute)
	b.settle()
	assert.ElementsMatch(t, []string{"ana push", "ben sms"}, b.pages())
	b.get(in.ID)
}

// Of three who move up, the two who are on call by then are paged.
func TestThreeMoveUp(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.save(twoRotas(t, []any{"ana", "chris"}, []any{"ben", "ana"}))
	in := b.open(incident.Open{})
	b.clock.Advance(2 * time.Minute)
	b.settle()
	assert.ElementsMatch(t, []string{"ana push", "chris sms"}, b.pages())
	b.tells(in.ID, "2m0s Page 1.1.1.ben withdrawn: ben was no longer on call; ana is, and paged already")
	b.do(in.ID, ana, incident.DeclinePage{})
	assert.Len(t, b.pages(), 2, "chris is waited for")
	b.do(in.ID, incident.Actor{Kind: incident.Person, ID: "chris"}, incident.DeclinePage{})
	b.settle()
	assert.Greater(t, len(b.pages()), 2, "and then nobody is")
}

// A page that was handed on does not count as one that may still be answered.
func TestHandedOnPageThatCannotBeDelivered(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.save(replan(t, func(doc map[string]any) {
		rotation := doc["schedules"].([]any)[0].(map[string]any)["rotations"].([]any)[0].(map[string]any)
		rotation["start"] = "2026-02-23T03:01"
		step := doc["policies"].([]any)[0].(map[string]any)["steps"].([]any)[1].(map[string]any)
		step["targets"] = []any{map[string]any{"type": "person", "id": "chris"}}
	}))
	in := b.open(incident.Open{})
	b.clock.Advance(2 * time.Minute)
	b.sent.answer = func(_ context.Context, m comms.Message) error {
		if m.To.Person == "ben" {
			return comms.Permanent(errDown)
		}
		return nil
	}
	b.settle()
	assert.Equal(t, []string{"ben sms", "chris sms"}, b.pages())
	b.tells(in.ID, "2m0s Page 1.1.1.ben undeliverable", "2m0s To page chris: policy main of plan version 2, step 2 of 2, because no page of step 1 could be delivered")
}

// A worker that vanishes between the record of an attempt and that of its
// outcome leaves a send of which nobody knows.
func TestWorkerVanishesDuringASend(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.open(incident.Open{})
	crash := &flaky{Store: b.store}
	first := b.another(func(c *incidentkit.Config) { c.Store = crash })
	b.sent.answer = func(context.Context, comms.Message) error {
		crash.down.Store(true) // the message is out, and the process is gone
		return nil
	}
	_, err := first.Step(t.Context())
	require.NoError(t, err)
	b.sent.answer = nil

	b.settle()
	assert.Equal(t, []string{"ana push"}, b.pages(), "the lease still holds")
	b.until(31 * time.Second)
	assert.Equal(t, []string{"ana push", "ana push"}, b.pages())
	sent := b.sent.messages()
	assert.Equal(t, sent[0].Key, sent[1].Key)
	assert.True(t, sent[1].PossibleDuplicate)
	b.tells(in.ID, "outcome unknown: the worker stopped before it could record the outcome", "attempt 2 (possible duplicate", "delivered by push")
	b.get(in.ID)
}

// A worker that stalls for longer than its lease must not write over what
// another one does meanwhile.
func TestStalledWorkerIsFencedOff(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.open(incident.Open{})
	second := b.another()
	sending, release, done := make(chan bool), make(chan bool), make(chan error, 1)
	var calls atomic.Int32
	b.sent.answer = func(ctx context.Context, _ comms.Message) error {
		if calls.Add(1) > 1 { // the second worker, in the middle of its send
			close(sending)
			<-release
			return nil
		}
		b.clock.Advance(31 * time.Second)
		go func() {
			_, err := second.Step(context.WithoutCancel(ctx))
			done <- err
		}()
		<-sending
		return comms.Permanent(errDown) // too late to tell
	}
	_, err := b.Step(t.Context())
	require.NoError(t, err)
	page := b.get(in.ID).Pages[0]
	assert.NotEmpty(t, page.InFlight, "the second worker's attempt is still under way")
	assert.False(t, page.Tries[0].Spent)

	close(release)
	require.NoError(t, <-done)
	b.settle()
	assert.Equal(t, incident.Delivered, b.get(in.ID).Pages[0].State)
	assert.Equal(t, []string{"ana push", "ana push"}, b.pages())
}

func TestOutcomeSurvivesAFailureOfTheStore(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.open(incident.Open{})
	hiccup := &flaky{Store: b.store}
	engine := b.another(func(c *incidentkit.Config) { c.Store = hiccup })
	b.sent.answer = func(context.Context, comms.Message) error {
		hiccup.failures.Store(2)
		return nil
	}
	_, err := engine.Step(t.Context())
	require.NoError(t, err)
	assert.Equal(t, incident.Delivered, b.get(in.ID).Pages[0].State)
	b.until(time.Minute)
	assert.Equal(t, []string{"ana push"}, b.pages())
}

func TestDirectory(t *testing.T) {
	t.Parallel()
	people := directory{
		"ana": {ID: "ana", Name: "Ana of the directory", Contacts: []plan.Contact{{Channel: "sms", To: "+351 9"}}},
		"ben": {ID: "ben"},
	}
	b := newBench(t, func(c *incidentkit.Config) { c.Directory = people })
	in := b.open(incident.Open{})
	b.until(6 * time.Minute)
	assert.Equal(t, "Ana of the directory", b.sent.messages()[0].To.Name)
	b.tells(in.ID, "5m0s Not paged: person ben: cannot be reached: no contact method")

	people["ana"] = plan.Person{ID: "ana", Contacts: []plan.Contact{{Channel: "fax", To: "1"}}}
	in = b.open(incident.Open{})
	b.settle()
	b.tells(in.ID, "Page 1.1.1.ana cannot be delivered for now; the escalation goes on: there is no notifier for some contact methods (there are: push, sms)")

	delete(people, "ana")
	people["error"] = plan.Person{}
	b.open(incident.Open{})
	b.settle()
	last := b.sent.messages()[len(b.sent.messages())-1]
	assert.Equal(t, "ana-phone", last.To.To, "where the directory fails, the plan helps")
}

func TestUnknownPersonIsSkippedWithTheReason(t *testing.T) {
	t.Parallel()
	b := newBench(t, func(c *incidentkit.Config) { c.Directory = directory{} })
	b.save(replan(t, func(doc map[string]any) { delete(doc, "people") }))
	in := b.open(incident.Open{})
	b.settle()
	b.tells(in.ID, "Not paged: ana (schedule primary): cannot be reached: nobody knows this person", "nobody could be reached in a whole round", "Page 1.1.0.chris undeliverable: no contact method of chris is usable")
}

// directory is a host's directory of people. With an entry "error" it fails.
type directory map[string]plan.Person

func (d directory) Person(_ context.Context, _, id string) (plan.Person, error) {
	if _, fails := d["error"]; fails {
		return plan.Person{}, errDown
	}
	p, ok := d[id]
	if !ok {
		return p, fmt.Errorf("%w: %s", incidentkit.ErrNotFound, id)
	}
	return p, nil
}

// flaky is a store that can go away, for good or for some commits.
type flaky struct {
	storage.Store
	down     atomic.Bool
	failures atomic.Int32
}

func (f *flaky) Commit(ctx context.Context, c storage.Change) (storage.Committed, error) {
	if f.down.Load() || f.failures.Add(-1) >= 0 {
		return storage.Committed{}, errDown
	}
	return f.Store.Commit(ctx, c)
}

func (f *flaky) Settle(ctx context.Context, s storage.Settlement) error {
	if f.down.Load() {
		return errDown
	}
	return f.Store.Settle(ctx, s)
}
