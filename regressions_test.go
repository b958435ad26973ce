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
	"github.com/incidentkit/incidentkit/plan"
	"github.com/incidentkit/incidentkit/storage"
)

// A vendor's acknowledgement that comes twice (a webhook that is sent again) is an
// answer to the vendor's own run both times: it must not silence the incident's.
func TestRepeatedVendorAnswerDoesNotSilenceTheIncident(t *testing.T) {
	t.Parallel()
	b := outsourced(t, nil)
	in := b.open(incident.Open{})
	b.until(6 * time.Minute)
	b.do(in.ID, payco, incident.Acknowledge{})
	_ = b.try(in.ID, payco, incident.Acknowledge{}) // again
	run := b.run(in.ID)
	assert.Equal(t, incident.Running, run.State, "the supplier has answered for itself, twice; nobody has answered the incident")
	b.until(20 * time.Minute)
	assert.Contains(t, b.pages(), "ben sms", "the incident's own escalation goes on")
}

func TestLateVendorAnswerDoesNotSilenceAReopenedIncident(t *testing.T) {
	t.Parallel()
	b := outsourced(t, nil)
	in := b.open(incident.Open{})
	b.until(6 * time.Minute)
	b.do(in.ID, ana, incident.Mitigate{})
	b.do(in.ID, ana, incident.Reopen{Reason: "it is back"})
	_ = b.try(in.ID, payco, incident.Acknowledge{}) // the answer to the page of the first run
	assert.Equal(t, incident.Running, b.run(in.ID).State)
}

// Somebody who has declined (or answered for their part, or handed back, or from
// whom it was reassigned) gets no further messages of their own rules.
func TestNoNoticeAfterAnAnswer(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]func(b *bench, id incident.ID){
		"declined":   func(b *bench, id incident.ID) { b.do(id, ana, incident.DeclinePage{}) },
		"their part": func(b *bench, id incident.ID) { b.do(id, ana, incident.Acknowledge{}) },
		"handed back": func(b *bench, id incident.ID) {
			b.do(id, ben, incident.Acknowledge{}) // nobody's part: for all
			_ = b.try(id, ben, incident.HandBack{})
			b.do(id, ana, incident.DeclinePage{})
		},
		"reassigned": func(b *bench, id incident.ID) {
			b.do(id, ana, incident.Reassign{To: []incident.Target{{Type: "person", ID: "chris"}}})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.save(replan(t, func(doc object) {
				doc["people"].([]any)[0].(object)["rules"] = object{"high": []any{notification("push", ""), notification("sms", "2m")}}
				s := step("10m", person("ana"), person("ben"))
				s["ack"] = "all"
				doc["policies"].([]any)[0].(object)["steps"] = []any{s, step("10m", person("chris"))}
				doc["policies"].([]any)[0].(object)["repeat"] = 0
			}))
			in := b.open(incident.Open{})
			b.until(time.Minute)
			before := strings.Count(strings.Join(b.pages(), ","), "ana ")
			answer(b, in.ID)
			b.until(5 * time.Minute)
			assert.Equal(t, before, strings.Count(strings.Join(b.pages(), ","), "ana "), "ana has answered: %v\n%s", b.pages(), strings.Join(b.story(in.ID), "\n"))
		})
	}
}

// The same for a page that is on its way as the answer comes, and fails.
func TestPageInFlightIsNotTriedAgainAfterAnAnswer(t *testing.T) {
	t.Parallel()
	for name, action := range map[string]incident.Action{
		"declined":   incident.DeclinePage{},
		"their part": incident.Acknowledge{},
		"reassigned": incident.Reassign{To: []incident.Target{{Type: "person", ID: "chris"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			b.save(replan(t, func(doc object) {
				s := step("10m", person("ana"), person("ben"))
				s["ack"] = "all"
				doc["policies"].([]any)[0].(object)["steps"] = []any{s, step("10m", person("chris"))}
				doc["policies"].([]any)[0].(object)["repeat"] = 0
			}))
			answered := false
			b.sent.answer = func(_ context.Context, m comms.Message) error {
				if m.To.Person == "ana" && !answered {
					answered = true
					b.do(incident.ID(m.Incident), ana, action)
					return comms.Temporary(errDown, 0)
				}
				return nil
			}
			b.open(incident.Open{})
			b.until(5 * time.Minute)
			assert.Equal(t, 1, strings.Count(strings.Join(b.pages(), ","), "ana "), "%v", b.pages())
		})
	}
}

// What waits in a mailbox and is answered meanwhile leaves it.
func TestMailboxForgetsWhatIsAnswered(t *testing.T) {
	t.Parallel()
	b := bundling(t)
	b.open(incident.Open{Title: "First"})
	b.settle()
	for range 100 {
		in := b.open(incident.Open{})
		b.settle()
		b.do(in.ID, ben, incident.Acknowledge{})
	}
	b.until(11 * time.Minute)
	b.open(incident.Open{Title: "A"}) // goes at once
	b.settle()
	n := len(b.pages())
	b.open(incident.Open{Title: "B"})
	b.settle()
	assert.Len(t, b.pages(), n, "the second within ten minutes waits, as ever")
	head, err := b.store.Load(t.Context(), storage.Ref{Tenant: acme, ID: "mailbox/ana"})
	require.NoError(t, err)
	assert.Less(t, len(head.Snapshot.Data), 1000, "and the mailbox does not keep what nobody waits for")
}

// "A page of high urgency waits for none of low urgency."
func TestUrgentPageDoesNotWaitWhileAnotherIsBeingSent(t *testing.T) {
	t.Parallel()
	b := bundling(t)
	other := b.another(func(c *incidentkit.Config) { c.Store = b.store; c.NewID = func() string { return "other" } })
	once := false
	b.sent.answer = func(ctx context.Context, m comms.Message) error {
		if strings.Contains(m.Subject, "Low") && !once {
			once = true
			_, err := other.Do(ctx, incident.Command{Tenant: acme, Actor: ben, Action: incident.Open{Title: "High", Severity: "SEV1", Declare: true}})
			assert.NoError(t, err)
			for range 5 {
				_, err := other.Step(ctx)
				assert.NoError(t, err)
			}
			subjects := ""
			for _, m := range b.sent.messages() {
				subjects += m.Subject + ";"
			}
			assert.Contains(t, subjects, "High", "it goes while the slow message of low urgency is on its way")
		}
		return nil
	}
	b.open(incident.Open{Title: "Low", Severity: "SEV3"})
	b.until(30 * time.Second)
	require.True(t, once)
}

// docs/plan.md: the last resort comes from the newest plan.
func TestLastResortIsThatOfTheNewestPlan(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.open(incident.Open{})
	b.settle()
	b.save(replan(t, func(doc object) { // chris has left
		doc["people"] = append(doc["people"].([]any)[:2], object{"id": "dora", "contacts": []any{object{"channel": "sms", "to": "+351 4"}}})
		doc["last_resort"] = object{"person": "dora"}
	}))
	b.until(2 * time.Hour)
	assert.Contains(t, b.pages(), "dora sms", "%v\n%s", b.pages(), strings.Join(b.story(in.ID), "\n"))
	assert.NotContains(t, b.pages(), "chris sms")
}

// staff2 is a directory.
type staff2 map[string]plan.Person

func (s staff2) Person(_ context.Context, _, id string) (plan.Person, error) {
	if p, ok := s[id]; ok {
		return p, nil
	}
	return plan.Person{}, incidentkit.ErrNotFound
}

// Nothing of a directory's person is dropped silently: quiet hours and bundling.
func TestDirectoryRulesCount(t *testing.T) {
	t.Parallel()
	dir := staff2{
		"ana":   {ID: "ana", Contacts: []plan.Contact{{Channel: "push", To: "a"}}, Rules: plan.Rules{Bundle: plan.Duration(10 * time.Minute)}},
		"ben":   {ID: "ben", Contacts: []plan.Contact{{Channel: "sms", To: "b"}}},
		"chris": {ID: "chris", Contacts: []plan.Contact{{Channel: "sms", To: "c"}}},
	}
	b := newBench(t, func(c *incidentkit.Config) { c.Directory = dir })
	b.save(replan(t, func(doc object) { delete(doc, "people") }))
	b.open(incident.Open{Title: "One"})
	b.settle()
	b.open(incident.Open{Title: "Two"})
	b.settle()
	assert.Equal(t, []string{"ana push"}, b.pages())
}

// A directory's rules that no plan would take do not put a page off for a year.
func TestDirectoryRulesThatAreWrong(t *testing.T) {
	t.Parallel()
	dir := staff2{
		"ana": {ID: "ana", Contacts: []plan.Contact{{Channel: "push", To: "a"}}, Rules: plan.Rules{
			High: []plan.Notification{{Channel: "push", After: plan.Duration(365 * 24 * time.Hour)}}}},
	}
	b := newBench(t, func(c *incidentkit.Config) { c.Directory = dir })
	b.open(incident.Open{Title: "One"})
	b.until(4 * time.Minute)
	assert.Contains(t, b.pages(), "ana push")
}

// Reminders every minute for half a day.
func TestRemindersAreBounded(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	doc := replan(t, func(doc object) { doc["policies"].([]any)[0].(object)["remind_every"] = "1m" })
	b.save(doc)
	in := b.open(incident.Open{})
	b.settle()
	b.do(in.ID, ana, incident.Acknowledge{})
	b.until(10 * time.Hour)
	got := b.get(in.ID)
	assert.Less(t, len(got.Pages), 50, "pages kept in the snapshot; %d events", got.Version)
}

// A page of which one attempt was made and whose task is lost is not forgotten.
func TestAuditorFindsALostTaskAfterAnAttempt(t *testing.T) {
	t.Parallel()
	b := policed(t, object{"steps": []any{step("10h", person("ana"))}, "repeat": 0})
	b.sent.answer = func(context.Context, comms.Message) error { return comms.Temporary(errDown, 0) }
	in := b.open(incident.Open{})
	_, err := b.Step(t.Context())
	require.NoError(t, err)
	got := b.get(in.ID)
	require.Len(t, got.Pages[0].Tries, 1)
	_, err = b.store.Commit(t.Context(), storage.Change{Stream: storage.Stream{Tenant: acme, ID: string(in.ID)}, Expect: got.Version, Cancel: []string{"deliver:" + got.Pages[0].Key}})
	require.NoError(t, err)
	b.sent.answer = nil
	b.until(12 * time.Minute)
	_, err = b.Audit(t.Context())
	require.NoError(t, err)
	b.until(time.Minute)
	n := len(b.pages())
	assert.Greater(t, n, 2, "%v", b.pages())
}

// A page of high urgency is not told of by the way alone that its recipient has
// chosen for what is not urgent.
func TestUrgentPageIsNotHiddenInALowMessage(t *testing.T) {
	t.Parallel()
	b := bundling(t)
	b.save(replan(t, func(doc object) {
		doc["people"].([]any)[0].(object)["rules"] = object{"bundle": "10m",
			"high": []any{notification("sms", "")}, "low": []any{notification("push", "")}}
		doc["severities"].([]any)[1].(object)["urgency"] = "low"
		doc["policies"].([]any)[0].(object)["steps"].([]any)[0].(object)["wait"] = "1h"
	}))
	b.open(incident.Open{Title: "First"})
	b.settle()
	b.until(time.Minute)
	b.open(incident.Open{Title: "Low", Severity: "SEV3"})
	b.settle()
	b.open(incident.Open{Title: "Second"})
	b.settle()
	b.until(20 * time.Minute)
	for _, m := range b.sent.messages() {
		if strings.Contains(m.Subject+m.Body, "Second") && m.To.Channel == "sms" {
			return
		}
	}
	t.Errorf("Second was never sent by sms: %v", b.pages())
}

// Somebody who has declined is not paged because a page of the same round is handed
// on to them, nor are those whose quiet hours it is.
func TestHandOnHeedsQuietHours(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	b.save(replan(t, func(doc object) {
		doc["people"].([]any)[1].(object)["rules"] = object{"quiet": object{"zone": "UTC", "windows": []any{object{"opens": "00:00", "closes": "08:00"}}}}
		doc["severities"].([]any)[1].(object)["urgency"] = "low"
		doc["policies"].([]any)[0].(object)["steps"] = []any{step("1h", target("schedule", "primary"))}
	}))
	b.clock.now = time.Date(2026, 3, 8, 23, 59, 58, 0, time.UTC)
	in := b.open(incident.Open{Severity: "SEV3"})
	b.clock.Advance(5 * time.Second) // now ben is on call, and asleep
	b.settle()
	assert.NotContains(t, b.pages(), "ben sms", strings.Join(b.story(in.ID), "\n"))
}
