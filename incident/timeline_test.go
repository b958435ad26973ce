package incident_test

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/incidentkit/incidentkit/incident"
)

// checkout leads a small incident through everything that a timeline tells.
func checkout(t testing.TB) *story {
	t.Helper()
	s := newStory(t)
	plan := incident.PlanRef{Tenant: "acme", Version: 3}
	run := func(id string, step int) incident.EscalationAdvanced {
		return incident.EscalationAdvanced{Run: id, Progress: json.RawMessage(fmt.Sprintf(`{"step":%d}`, step)), Wake: s.now.Add(5 * time.Minute)}
	}
	page := func(key, run, person, why string) incident.PageRequested {
		return incident.PageRequested{Page: key, Run: run, Step: 1, Target: "schedule primary", Person: person, Rule: "on call", Due: s.now, Why: why}
	}

	s.do(robot, incident.Open{
		Title: "Checkout fails", Severity: "SEV2", Components: []string{"checkout", "cart"}, Policy: "default",
		StartedAt: after(-5), DedupKeys: []string{"checkout"},
		Alerts: []incident.Alert{alert("checkout", "fp1", incident.Firing, after(-5)), alert("checkout", "fp2", incident.Firing, after(-4))},
	})
	s.note(incident.EscalationStarted{Run: "1", Policy: "default", Plan: plan}, run("1", 1),
		incident.PageSkipped{Run: "1", Step: 1, Target: "schedule shadow", Why: "nobody is on call"},
		incident.PageSkipped{Run: "1", Step: 1, Target: "schedule primary", Person: "cleo", Why: "no contact method"},
		page("1.0.1.ana", "1", "ana", "step 1: on call in schedule primary"))
	s.note(incident.PageAttempted{Page: "1.0.1.ana", Contact: "sms:1", Channel: "sms", Attempt: 1})
	s.at(1).note(incident.PageFailed{Page: "1.0.1.ana", Contact: "sms:1", Channel: "sms", Attempt: 1, Unknown: true, Error: "no answer in 10s", Retry: "1s"})
	s.note(incident.PageStalled{Page: "1.0.1.ana", Why: "sms has failed for now"})
	s.note(incident.PageAttempted{Page: "1.0.1.ana", Contact: "sms:1", Channel: "sms", Attempt: 2, PossibleDuplicate: true})
	s.note(incident.PageFailed{Page: "1.0.1.ana", Contact: "sms:1", Channel: "sms", Attempt: 2, Error: "number unknown", Spent: true})
	s.note(incident.PageUndeliverable{Page: "1.0.1.ana", Why: "every contact method of ana has failed"})
	s.at(5).note(run("1", 2), page("1.0.2.ben", "1", "ben", "step 2: nobody answered step 1"))
	s.note(incident.PageAttempted{Page: "1.0.2.ben", Contact: "voice:1", Channel: "voice", Attempt: 1})
	s.note(incident.PageDelivered{Page: "1.0.2.ben", Contact: "voice:1", Channel: "voice", Attempt: 1, Receipt: "call-17"})
	s.note(page("1.0.2.cleo", "1", "cleo", "step 2: nobody answered step 1"))
	s.note(incident.PageAttempted{Page: "1.0.2.cleo", Contact: "sms:2", Channel: "sms", Attempt: 1})
	s.note(incident.PageFailed{Page: "1.0.2.cleo", Contact: "sms:2", Channel: "sms", Attempt: 1, Error: "the gateway is down", Rest: true})
	s.at(6).do(ben, incident.Acknowledge{})
	s.note(incident.PageWithdrawn{Page: "1.0.2.cleo", Why: "acknowledged by ben"})

	s.at(7).do(ben, incident.Accept{Severity: "SEV1"})
	s.do(ben, incident.AssignRole{Role: incident.Commander, Person: "ben"})
	s.at(9).do(ben, incident.AssignRole{Role: incident.Commander, Person: "ana"})
	s.do(ana, incident.AssignRole{Role: incident.CommsLead, Person: "ben"})
	s.at(12).do(deskco, incident.AddNote{Text: "Rolled back at 14:10."})
	s.at(14).do(robot, incident.RecordAlerts{Alerts: []incident.Alert{alert("checkout", "fp1", incident.AlertResolved, after(-5))}})
	s.at(20).doAt(ana, incident.Mitigate{Summary: "Release 41 is live again."}, after(15))
	s.at(22).do(ana, incident.AddNote{Text: "It was at 14:11.", Corrects: noteOf(s)})

	s.at(25).do(robot, incident.Reopen{Reason: "the error rate rises again"})
	s.note(incident.EscalationStarted{Run: "2", Policy: "default", Plan: plan})
	answers(s)
	s.at(30).note(incident.EscalationEnded{Run: "2", State: incident.Exhausted, Why: "nobody answered in 2 rounds"})
	s.do(deskco, incident.Escalate{Reason: "nobody has answered"})
	s.note(incident.EscalationStarted{Run: "3", Policy: "default", Plan: plan},
		incident.EscalationEnded{Run: "3", State: incident.Stopped, Why: "the incident is resolved"})
	s.at(31).do(ana, incident.SetSeverity{Severity: "SEV2", Reason: "only one payment method"})
	s.do(kit, incident.Absorb{From: "inc-2"})
	s.at(28).do(ana, incident.Resolve{})
	s.at(40).do(ana, incident.AssignRole{Role: incident.CommsLead})
	s.at(600).do(incident.Actor{Kind: incident.Person, ID: "assistant", OnBehalfOf: "ana"}, incident.CompleteReview{Reference: "https://reviews.example/1"})
	s.do(ana, incident.Close{Summary: "Three action items."})
	return s
}

// answers adds what people can do about an escalation, and what it does by itself.
func answers(s *story) {
	s.do(ana, incident.DeclinePage{Reason: "no signal"})
	s.do(ben, incident.Snooze{Until: after(27), Reason: "the batch ends then"})
	s.at(27).note(incident.EscalationResumed{Run: "2", Cause: "snooze_over", Why: "the time for which ben snoozed is over"})
	s.do(ben, incident.Acknowledge{})
	s.do(ben, incident.HandBack{Reason: "my shift ends"})
	s.do(deskco, incident.RecordPacket{Fields: map[string]string{"impact": "all of Europe", "logs": "https://logs.example"}})
	s.do(deskco, incident.RecordPacket{Fields: map[string]string{"logs": ""}})
	s.do(deskco, incident.EscalateNext{})
	s.note(incident.TierReached{Run: "2", Tier: "engineering", From: "front", Missing: []string{"logs"}, Why: "step 2"})
	s.note(incident.EscalationHeld{Run: "2", Round: 1, Step: 3, Code: "deferred", Until: after(60), Why: "it is night"})
	s.do(ana, incident.Repage{})
	s.do(ana, incident.Reassign{To: []incident.Target{{Type: "team", ID: "db"}, {Type: "schedule", ID: "primary", Mode: "next"}}})
	s.note(incident.EscalationRepeated{Run: "2", Round: 2, Why: "nobody answered in round 1"})
	s.note(incident.EscalationStarted{Run: "2v", Policy: "vendor cloudco", Plan: incident.PlanRef{Tenant: "acme", Version: 3}, Vendor: "cloudco"})
	s.note(
		incident.PageRequested{Page: "2.2.1.ana#2", Run: "2", Step: 1, Person: "ana", Follows: "2.2.1.ana", Channel: "voice", Due: s.now, Why: "step 1"},
		incident.PageRequested{Page: "2.2.1.channel ops", Run: "2", Step: 1, Target: "channel ops", Due: s.now, Why: "step 1"},
		incident.PageRequested{Page: "2.reminder.ana", Run: "2", Step: 1, Person: "ana", Reminder: true, Due: s.now, Why: "it is due every hour"},
		incident.PageHeld{Page: "2.2.1.channel ops", Until: after(40), Why: "one message was asked for"},
		incident.PageSkipped{Run: "2", Round: 2, Step: 2, Code: "condition", Why: "the severity is SEV1"},
	)
	s.note(incident.EscalationOverdue{Run: "2", Due: after(27), Late: 2 * time.Minute, Why: "its wake-up was lost"})
}

// noteOf returns the version of the last note.
func noteOf(s *story) uint64 {
	for _, e := range slices.Backward(s.events) {
		if e.Payload.Type() == incident.TypeNoteAdded {
			return e.Version
		}
	}
	return 0
}

func TestTimelineGolden(t *testing.T) {
	t.Parallel()
	s := checkout(t)
	var text strings.Builder
	told := map[incident.EventType]bool{incident.TypeEscalationAdvanced: true} // that one is left out
	for _, e := range incident.Timeline(s.events) {
		fmt.Fprintf(&text, "%2d  %s\n", e.Version, e)
		told[e.Type] = true
	}
	golden(t, "testdata/timeline.golden", text.String())
	for _, typ := range constants[incident.EventType](t, "EventType") {
		assert.True(t, told[typ], "the incident has no %s", typ)
	}
}

func TestTimelineOrder(t *testing.T) {
	t.Parallel()
	s := opened(t)
	s.at(10).do(ana, incident.AddNote{Text: "third"})
	s.at(20).doAt(ana, incident.AddNote{Text: "second"}, after(5))
	s.doAt(ana, incident.AddNote{Text: "first"}, after(-5))
	s.doAt(ana, incident.AddNote{Text: "fourth"}, after(10)) // at the time of the third, and told after it

	var got []string
	for _, e := range incident.Timeline(s.events) {
		got = append(got, fmt.Sprintf("%d %v %s", e.Version, e.Late(), e.Text))
	}
	assert.Equal(t, []string{
		"4 true Note: first",
		"1 false Declared at SEV2: Checkout fails",
		"3 true Note: second",
		"2 false Note: third",
		"5 true Note: fourth",
	}, got)
}

func TestTimelineCorrections(t *testing.T) {
	t.Parallel()
	s := opened(t)
	s.do(ana, incident.AddNote{Text: "Not SEV2 at all.", Corrects: 1})
	s.do(ana, incident.AddNote{Text: "Well, it was.", Corrects: 2})
	s.do(ana, incident.AddNote{Text: "No.", Corrects: 1})
	entries := incident.Timeline(s.events)
	assert.Equal(t, []uint64{4, 3, 0, 0}, []uint64{entries[0].CorrectedBy, entries[1].CorrectedBy, entries[2].CorrectedBy, entries[3].CorrectedBy},
		"the last correction counts")
	assert.Contains(t, entries[0].String(), "[corrected by entry 4]")
	assert.Contains(t, entries[3].Text, "Correction of entry 1: No.")
}

// TestTimelineIsOneLineEach gives everybody who can write the chance to forge an
// entry.
func TestTimelineIsOneLineEach(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.do(incident.Actor{Kind: incident.Customer, ID: "a\r\nb"}, incident.Open{Title: "x\n2026-03-02 14:00:00  person ana  Resolved\u2028\x1b[2J"})
	line := incident.Timeline(s.events)[0].String()
	assert.Equal(t, "2026-03-02 14:00:00  customer a  b              Opened in triage: x 2026-03-02 14:00:00  person ana  Resolved  [2J", line)
}

func TestTimelineOfAnything(t *testing.T) {
	t.Parallel()
	assert.Empty(t, incident.Timeline(nil))
	assert.Empty(t, incident.Timeline([]incident.Event{{}}), "an event that says nothing")
	entries := incident.Timeline([]incident.Event{
		{Payload: incident.StatusChanged{Action: "pause", From: incident.Active, To: incident.Triage, Summary: "x"}},
		{Payload: incident.AlertsRecorded{}},
		{Payload: incident.PageFailed{Page: "p", Channel: "sms", Rest: true, Retry: "1s"}},
		{Payload: incident.PageFailed{Page: "p", Channel: "sms", Rest: true, Spent: true}},
		{Payload: incident.IncidentOpened{Kind: incident.Drill, Status: incident.Active, Title: "Fire drill"}},
	})
	var got []string
	for _, e := range entries {
		got = append(got, e.Text)
	}
	assert.Equal(t, []string{"Moved from active to triage: x", "No alert",
		"Page p by sms failed; again in 1s", "Page p by sms failed; not tried there again", "Declared as a drill: Fire drill"}, got)
}
