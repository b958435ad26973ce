package incidentkit_test

import (
	"context"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/incident"
)

type object = map[string]any

func step(wait string, targets ...object) object {
	all := make([]any, len(targets))
	for i, t := range targets {
		all[i] = t
	}
	return object{"targets": all, "wait": wait}
}

func target(typ, id string) object { return object{"type": typ, "id": id} }

func person(id string) object { return target("person", id) }

// policed returns a bench whose plan has another policy. What is given replaces
// fields of the policy and, below "plan", of the plan.
func policed(t *testing.T, fields object, changes ...func(*incidentkit.Config)) *bench {
	t.Helper()
	b := newBench(t, changes...)
	b.save(replan(t, func(doc object) {
		policy := doc["policies"].([]any)[0].(object)
		for name, value := range fields {
			if name != "plan" {
				policy[name] = value
				continue
			}
			maps.Copy(doc, value.(object))
		}
	}))
	return b
}

func (b *bench) run(id incident.ID) incident.Run {
	b.t.Helper()
	run, ok := b.get(id).CurrentRun()
	require.True(b.t, ok)
	return run
}

// try is do for what may be refused.
func (b *bench) try(id incident.ID, who incident.Actor, action incident.Action) error {
	b.t.Helper()
	_, err := b.Do(b.t.Context(), incident.Command{Tenant: acme, Incident: id, Actor: who, Action: action})
	return err
}

func TestStaleAcknowledgementPagesAgain(t *testing.T) {
	t.Parallel()
	b := policed(t, object{"ack_timeout": "30m", "remind_every": "10m"})
	in := b.open(incident.Open{})
	b.until(time.Minute)
	b.do(in.ID, ana, incident.Acknowledge{})
	b.until(25 * time.Minute)
	assert.Equal(t, []string{"ana push", "ana push", "ana push"}, b.pages(), "reminders after 10 and 20 minutes")
	for _, m := range b.sent.messages()[1:] {
		assert.Equal(t, "Reminder: [SEV1] Payments fail", m.Subject)
		require.NoError(t, m.Validate())
	}
	b.do(in.ID, ana, incident.Acknowledge{}) // renewed
	b.until(29 * time.Minute)
	assert.Equal(t, incident.Acknowledged, b.run(in.ID).State)
	require.Len(t, b.pages(), 5)
	b.until(2 * time.Minute)
	assert.Equal(t, incident.Running, b.run(in.ID).State)
	assert.Equal(t, "ana push", b.pages()[5])
	b.until(5 * time.Minute)
	assert.Equal(t, []string{"ana push", "ben sms"}, b.pages()[5:], "and the policy goes on")
	b.tells(in.ID,
		"To page ana", "1m0s Acknowledged by ana", "11m0s To remind ana", "21m0s To remind ana", "26m0s Acknowledged by ana",
		"56m0s Escalation 1 goes on:", "the acknowledgement of ana was not renewed in time", "56m0s To page ana", "1h1m0s To page ben",
	)
	keys := map[string]bool{}
	for _, m := range b.sent.messages() {
		keys[m.Key] = true
	}
	assert.Len(t, keys, 7, "each is a message of its own")
	b.get(in.ID)
}

func TestReminderIsNotSentOnceThereIsNothingToRemindOf(t *testing.T) {
	t.Parallel()
	b := policed(t, object{"remind_every": "10m"})
	in := b.open(incident.Open{})
	b.settle()
	b.do(in.ID, ana, incident.Acknowledge{})
	b.sent.answer = func(context.Context, comms.Message) error { return comms.Temporary(errDown, 0) }
	b.until(10*time.Minute + 30*time.Second)
	n := len(b.pages())
	assert.Greater(t, n, 1)
	b.do(in.ID, ana, incident.HandBack{})
	b.sent.answer = nil
	b.until(4 * time.Minute)
	assert.Equal(t, []string{"ben sms"}, b.pages()[n:], "ana is not paged again in this round")
	b.tells(in.ID, "withdrawn: there is nothing to remind of any more")
	b.do(in.ID, ana, incident.Resolve{})

	in = b.open(incident.Open{})
	b.settle()
	b.do(in.ID, ana, incident.Acknowledge{})
	b.do(in.ID, ana, incident.Mitigate{})
	n = len(b.pages())
	b.until(time.Hour)
	assert.Len(t, b.pages(), n, "nobody is reminded of what is over")
}

func TestDeclinedPageGoesOnAtOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.open(incident.Open{})
	b.settle()
	b.do(in.ID, ana, incident.DeclinePage{Reason: "no signal"})
	b.until(9 * time.Minute)
	assert.Equal(t, []string{"ana push", "ben sms"}, b.pages())
	b.tells(in.ID, "0s ana declined the page: no signal", "0s To page ben", "since ana declined")
	b.do(in.ID, ben, incident.Acknowledge{})
	require.ErrorIs(t, b.try(in.ID, ana, incident.DeclinePage{}), incident.ErrRefused)
}

func TestDeclinedBeforeItWasDelivered(t *testing.T) {
	t.Parallel()
	b := policed(t, object{"steps": []any{step("5m", person("ana"), person("ben"))}, "repeat": 0})
	in := b.open(incident.Open{})
	b.do(in.ID, ana, incident.DeclinePage{})
	b.until(time.Minute)
	assert.Equal(t, []string{"ben sms"}, b.pages(), "the other may still answer")
	b.tells(in.ID, "Page 1.1.1.ana withdrawn: ana has answered")
}

func TestSnooze(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.open(incident.Open{})
	b.until(time.Minute)
	b.do(in.ID, ana, incident.Snooze{Until: night.Add(time.Hour), Reason: "the batch ends then"})
	assert.Equal(t, incident.Snoozed, b.run(in.ID).State)
	b.until(58 * time.Minute)
	assert.Equal(t, []string{"ana push"}, b.pages())
	b.until(2 * time.Minute)
	assert.Equal(t, []string{"ana push", "ana push"}, b.pages())
	assert.Equal(t, incident.Running, b.run(in.ID).State)
	b.tells(in.ID, "1m0s Snoozed by ana until 2026-03-02 04:00:00", "1h0m0s Escalation 1 goes on")

	var field *incident.FieldError
	require.ErrorAs(t, b.try(in.ID, ana, incident.Snooze{Until: night}), &field)
	assert.Equal(t, "Snooze.Until", field.Field)
	b.do(in.ID, ana, incident.Snooze{Until: night.Add(3 * time.Hour)})
	b.do(in.ID, ana, incident.Mitigate{})
	assert.Equal(t, incident.Stopped, b.run(in.ID).State)
	b.until(5 * time.Hour)
	assert.Len(t, b.pages(), 2)
}

func TestHandBackAndReassign(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.open(incident.Open{})
	b.until(6 * time.Minute)
	b.do(in.ID, ben, incident.Acknowledge{})
	require.ErrorIs(t, b.try(in.ID, ana, incident.HandBack{}), incident.ErrRefused, "it is not hers")
	b.do(in.ID, ben, incident.Reassign{To: []incident.Target{{Type: "person", ID: "chris"}}, Reason: "it is the database"})
	b.until(9 * time.Minute)
	assert.Equal(t, []string{"ana push", "ben sms", "chris sms"}, b.pages())
	b.until(2 * time.Minute)
	assert.Equal(t, []string{"ana push", "ben sms", "chris sms", "ana push"}, b.pages(), "chris did not answer within the wait of the step")
	b.do(in.ID, ana, incident.Acknowledge{})
	b.do(in.ID, ana, incident.Repage{})
	b.settle()
	assert.Equal(t, "ana push", b.pages()[4])
	b.tells(in.ID, "6m0s ben reassigned it to person chris: it is the database", "6m0s To page chris", "16m0s To page ana", "ana asked for the same people")

	for field, to := range map[string]incident.Target{
		"Reassign.To[0]":      {Type: "person", ID: "nobody"},
		"Reassign.To[0].Type": {Type: "dog", ID: "rex"},
		"Reassign.To[0].Mode": {Type: "schedule", ID: "primary", Mode: "loud"},
	} {
		var wrong *incident.FieldError
		require.ErrorAs(t, b.try(in.ID, ana, incident.Reassign{To: []incident.Target{to}}), &wrong, field)
		assert.Contains(t, field, wrong.Field)
		assert.Len(t, b.pages(), 5)
	}
}

func TestReassignTakesBackWhatIsPending(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	in := b.open(incident.Open{})
	b.do(in.ID, ben, incident.Reassign{To: []incident.Target{{Type: "person", ID: "chris"}}})
	b.until(time.Minute)
	assert.Equal(t, []string{"chris sms"}, b.pages())
	b.tells(in.ID, "Page 1.1.1.ana withdrawn: reassigned by ben")
}

func TestEverybodyHasToAcknowledge(t *testing.T) {
	t.Parallel()
	all := step("5m", person("ana"), person("ben"))
	all["ack"] = "all"
	b := policed(t, object{"steps": []any{all, step("5m", person("chris"))}})
	in := b.open(incident.Open{})
	b.settle()
	b.do(in.ID, ana, incident.Acknowledge{})
	assert.Equal(t, incident.Running, b.run(in.ID).State)
	b.tells(in.ID, "Acknowledged by ana; still to answer: ben")
	b.until(5 * time.Minute)
	assert.Equal(t, []string{"ana push", "ben sms", "chris sms"}, b.pages())
	b.do(in.ID, ana, incident.Acknowledge{})
	assert.Equal(t, incident.Acknowledged, b.run(in.ID).State, "the step that paged last asks for one answer")
}

func TestEscalateNextWaitsForThePacket(t *testing.T) {
	t.Parallel()
	front, engineering := step("30m", person("ana")), step("30m", person("ben"))
	front["tier"], engineering["tier"] = "front", "engineering"
	b := policed(t, object{
		"steps": []any{front, engineering},
		"tiers": []any{object{"id": "front"}, object{"id": "engineering", "packet": []any{"impact", "logs"}}},
	})
	in := b.open(incident.Open{Severity: "SEV3"})
	b.settle()
	b.do(in.ID, ana, incident.Acknowledge{})
	b.do(in.ID, ana, incident.RecordPacket{Fields: map[string]string{"impact": "all of Europe"}})
	err := b.try(in.ID, ana, incident.EscalateNext{Reason: "help"})
	var refused *incident.RefusedError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, []string{"logs"}, refused.Missing)
	assert.Equal(t, []incident.Guard{incident.PacketComplete}, refused.Unmet)
	b.do(in.ID, ana, incident.RecordPacket{Fields: map[string]string{"logs": "https://logs.example"}})
	b.do(in.ID, ana, incident.EscalateNext{})
	b.settle()
	assert.Equal(t, []string{"ana push", "ben sms"}, b.pages())
	b.tells(in.ID, "ana asked for the next step at once, of tier engineering", "Handed over from tier front to engineering", "To page ben")

	in = b.open(incident.Open{Severity: "SEV1"})
	b.settle()
	require.ErrorIs(t, b.try(in.ID, ana, incident.EscalateNext{}), incident.ErrRefused)
	b.do(in.ID, ana, incident.EscalateNext{Reason: "it burns"})
	b.settle()
	b.tells(in.ID, "of tier engineering, without impact, logs: it burns", "Handed over from tier front to engineering, without impact, logs")
	require.Len(t, b.pages(), 4)
	require.ErrorIs(t, b.try(in.ID, deskco, incident.RecordPacket{Fields: map[string]string{"": "x"}}), incident.ErrInvalid)
}

var deskco = incident.Actor{Kind: incident.Vendor, ID: "deskco"}

func TestConditionsAreAskedAnewWhenSomethingChanges(t *testing.T) {
	t.Parallel()
	until := func(c object) object { return object{"until": c, "wait": "2h"} }
	for name, tt := range map[string]struct {
		until  object
		change func(*bench, incident.ID)
	}{
		"severity": {object{"severities": []any{"SEV1"}}, func(b *bench, id incident.ID) {
			b.do(id, ana, incident.SetSeverity{Severity: "SEV1", Reason: "worse"})
		}},
		"alerts": {object{"alerts": object{"at_least": 2, "within": "1h"}}, func(b *bench, _ incident.ID) {
			_, err := b.Ingest(b.t.Context(), acme, monitor, []incident.Alert{alert("k", func(a *incident.Alert) { a.Fingerprint = "2" })})
			require.NoError(b.t, err)
		}},
		"labels": {object{"labels": object{"rack": "r"}}, func(b *bench, _ incident.ID) {
			_, err := b.Ingest(b.t.Context(), acme, monitor, []incident.Alert{alert("k", func(a *incident.Alert) {
				a.Fingerprint, a.Labels = "2", map[string]string{"rack": "r"}
			})})
			require.NoError(b.t, err)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			b := policed(t, object{"steps": []any{step("5m", person("ana")), until(tt.until), step("5m", person("ben"))}, "repeat": 0})
			a := alert("k", func(a *incident.Alert) { a.Labels = nil })
			_, err := b.Ingest(t.Context(), acme, monitor, []incident.Alert{a})
			require.NoError(t, err)
			id := incident.ID("inc-0001")
			b.until(20 * time.Minute)
			assert.Equal(t, []string{"ana push"}, b.pages())
			tt.change(b, id)
			b.settle()
			assert.Equal(t, []string{"ana push", "ben sms"}, b.pages(), "at once")
			b.tells(id, "5m0s Step 2 of escalation 1 is put off", "20m0s To page ben")
			b.get(id)
		})
	}
}

func TestDeferredToWorkingHours(t *testing.T) {
	t.Parallel()
	hours := object{"zone": "Europe/Lisbon", "windows": []any{object{"days": []any{"mon", "tue", "wed", "thu", "fri"}, "opens": "09:00", "closes": "17:00"}}}
	b := policed(t, object{"defer": []any{object{"if": object{"severities": []any{"SEV3"}}, "hours": hours}}})
	in := b.open(incident.Open{Severity: "SEV3"})
	b.until(5 * time.Hour)
	assert.Empty(t, b.pages())
	other := b.open(incident.Open{Severity: "SEV3"})
	b.settle()
	b.do(other.ID, ana, incident.SetSeverity{Severity: "SEV1", Reason: "worse"})
	b.settle()
	assert.Equal(t, []string{"ana push"}, b.pages(), "no longer deferred")
	b.do(other.ID, ana, incident.Acknowledge{})
	b.until(time.Hour + time.Minute)
	assert.Equal(t, []string{"ana push", "ana push"}, b.pages())
	b.tells(in.ID, "0s Step 1 of escalation 1 is put off", "6h0m0s To page ana")
}

func TestFinalStepRaisesTheSeverityAndPagesOthers(t *testing.T) {
	t.Parallel()
	b := policed(t, object{
		"repeat": 0, "final": object{"targets": []any{target("channel", "war-room"), person("chris")}, "raise_to": "SEV1"},
		"plan": object{"channels": []any{object{"id": "war-room", "name": "War room", "channel": "push", "to": "#war"}}},
	})
	in := b.open(incident.Open{Severity: "SEV3"})
	b.until(16 * time.Minute)
	assert.Equal(t, []string{"ana push", "ben sms", "channel war-room push", "chris sms"}, b.pages())
	assert.Equal(t, comms.Address{Person: "channel war-room", Name: "War room", Channel: "push", To: "#war"}, b.sent.messages()[2].To)
	require.NoError(t, b.sent.messages()[2].Validate())
	in = b.get(in.ID)
	assert.Equal(t, "SEV1", in.Severity)
	assert.Equal(t, incident.Automation, in.SeverityBy)
	b.tells(in.ID, "Severity changed from SEV3 to SEV1: policy main")
}

func TestBranchesSkipsAndRepeatsAreOnRecord(t *testing.T) {
	t.Parallel()
	major := step("5m", person("ben"))
	major["if"] = object{"severities": []any{"SEV3"}}
	b := policed(t, object{"steps": []any{major, step("5m", person("ana"))}, "repeat": 1})
	in := b.open(incident.Open{})
	b.until(6 * time.Minute)
	assert.Equal(t, []string{"ana push", "ana push"}, b.pages())
	b.tells(in.ID, "Not paged: step 1: policy main of plan version 2, step 1 of 2 is passed over", "5m0s Round 2 of escalation 1: round 2 begins")
	events, err := b.Events(t.Context(), acme, in.ID)
	require.NoError(t, err)
	codes := map[string]int{}
	for _, e := range events {
		if p, ok := e.Payload.(incident.PageSkipped); ok {
			codes[p.Code]++
		}
	}
	assert.Equal(t, map[string]int{"condition": 2}, codes)
}

func TestWhoeverIsPagedHasTheSkillsOfTheComponent(t *testing.T) {
	t.Parallel()
	b := policed(t, object{"steps": []any{step("5m", person("ana"), person("ben")), step("5m", person("chris"))}, "plan": object{
		"people": []any{
			object{"id": "ana", "contacts": []any{object{"channel": "push", "to": "ana-phone"}}},
			object{"id": "ben", "skills": []any{"postgres"}, "contacts": []any{object{"channel": "sms", "to": "+351 2"}}},
			object{"id": "chris", "contacts": []any{object{"channel": "sms", "to": "+351 3"}}},
		},
		"components": []any{object{"id": "checkout"}, object{"id": "database", "skills": []any{"postgres"}}},
	}})
	in := b.open(incident.Open{Components: []string{"checkout", "database"}})
	b.until(4 * time.Minute)
	assert.Equal(t, []string{"ben sms"}, b.pages())
	b.tells(in.ID, "lacks the skill postgres")
	b.do(in.ID, ana, incident.Escalate{Reason: "nobody answers"})
	b.until(20 * time.Minute)
	assert.Contains(t, b.pages(), "chris sms", "nobody who is left can do it: the last resort is asked all the same")
}

// An escalation that is taken up after it was exhausted, and ends without an answer
// once more, reaches the last resort once more.
func TestExhaustedAgain(t *testing.T) {
	t.Parallel()
	for name, resume := range map[string]func(*bench, incident.ID){
		"repage": func(b *bench, id incident.ID) { b.do(id, ben, incident.Repage{}) },
		"hand back": func(b *bench, id incident.ID) {
			b.do(id, ana, incident.Acknowledge{})
			b.do(id, ana, incident.HandBack{})
		},
		"stale": func(b *bench, id incident.ID) { b.do(id, ana, incident.Acknowledge{}) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := &siren{}
			b := policed(t, object{"steps": []any{step("5m", person("ana"))}, "repeat": 0, "ack_timeout": "1h"},
				func(c *incidentkit.Config) { c.Alarm = s.sound })
			in := b.open(incident.Open{})
			b.until(6 * time.Minute)
			assert.Equal(t, []string{"ana push", "chris sms"}, b.pages())
			assert.Len(t, s.heard(), 1)
			resume(b, in.ID)
			b.until(2 * time.Hour)
			assert.Equal(t, "chris sms", b.pages()[len(b.pages())-1])
			assert.Greater(t, len(b.pages()), 2)
			assert.Len(t, s.heard(), 2)
			assert.Equal(t, incident.Exhausted, b.run(in.ID).State)
			err := b.try(in.ID, ana, incident.EscalateNext{})
			require.ErrorIs(t, err, incident.ErrRefused)
		})
	}
}
