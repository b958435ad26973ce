package incident_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/severity"
)

// TestAnySequence leads incidents through lives that nobody has thought of:
// commands of all actors, sensible and not, the events of escalations, and a
// clock that runs backwards too. Whatever comes,
//
//   - no step leaves the table of testdata/lifecycle.txt, and each transition is
//     one event;
//   - times are in order, as far as the incident is concerned;
//   - escalations, and who set the severity, are what the events say;
//   - replaying what is stored gives the state, and so does its snapshot;
//   - states that were handed out before stay as they were.
func TestAnySequence(t *testing.T) {
	t.Parallel()
	table, levels := lifecycle(t), scale(t)
	rapid.Check(t, func(t *rapid.T) {
		w := &walk{table: table, scale: levels, now: t0}
		for range rapid.IntRange(30, 60).Draw(t, "steps") {
			w.now = w.now.Add(minutes(t, "clock", -120, 180))
			switch {
			case w.in.Exists() && chance(t, "escalation", 4):
				w.record(t, incident.Extend(w.in, kit, w.now, time.Time{}, anyEffects(t, w.in, w.now)...))
			case len(w.states) > 0 && chance(t, "fork", 8):
				w.fork(t)
			default:
				w.command(t)
			}
		}
		w.check(t)
	})
}

// walk is one life of an incident.
type walk struct {
	table map[step]incident.Rule
	scale *severity.Scale
	now   time.Time

	in     incident.Incident
	events []incident.Event
	data   [][]byte
	states []kept
}

// kept is a state that was handed out, and what it held then.
type kept struct {
	in   incident.Incident
	text string
}

func (w *walk) command(t *rapid.T) {
	cmd := anyCommand(t, w)
	e := incident.Env{Now: w.now, Severities: w.scale, Plan: incident.PlanRef{Tenant: "acme", Version: 3}}
	events, err := incident.Decide(w.in, cmd, e)
	again, errAgain := incident.Decide(w.in, cmd, e)
	require.Equal(t, events, again, "the same question, the same answer")
	require.Equal(t, err, errAgain)
	if err != nil {
		require.Empty(t, events)
		conditions := 0
		for _, target := range []error{incident.ErrInvalid, incident.ErrRefused, incident.ErrForbidden} {
			if errors.Is(err, target) {
				conditions++
			}
		}
		require.Equal(t, 1, conditions, "%v", err)
		return
	}
	before := w.in
	w.record(t, events)

	rule, ok := w.table[step{before.Status, cmd.Action.Name()}]
	require.True(t, ok, "%s while %s", cmd.Action.Name(), before.Status)
	require.Equal(t, rule.To, w.in.Status)
	require.Contains(t, rule.By, cmd.Actor.Kind)
	transitions := 0
	for _, e := range events {
		require.Equal(t, cmd.Actor, e.Actor)
		if moved, ok := e.Payload.(incident.StatusChanged); ok {
			transitions++
			require.Equal(t, incident.StatusChanged{Action: rule.Action, From: rule.From, To: rule.To, Summary: moved.Summary, Into: moved.Into}, moved)
		}
	}
	if rule.From != incident.None && rule.From != rule.To {
		require.Equal(t, 1, transitions)
	} else {
		require.Zero(t, transitions)
	}
}

func (w *walk) record(t *rapid.T, events []incident.Event) {
	before := w.in
	in, records, err := incident.Seal(before, events)
	require.NoError(t, err)
	require.Len(t, records, len(events))
	w.in, w.events = in, append(w.events, events...)
	last := before.RecordedAt
	for i, e := range events {
		require.Equal(t, before.Version+uint64(i)+1, e.Version)
		require.False(t, e.RecordedAt.Before(last), "time runs backwards")
		require.False(t, e.At().After(e.RecordedAt), "recorded before it happened")
		require.Equal(t, max(before.RecordedAt.Sub(w.now), 0), e.ClockBehind)
		last = e.RecordedAt
		w.data = append(w.data, records[i].Data)
	}
	w.states = append(w.states, kept{in, encoded(t, in)})

	require.True(t, in.Kind == incident.Standard || len(in.HeldKeys()) == 0, "a %s incident holds keys", in.Kind)
	require.False(t, in.StatusAt.Before(before.StatusAt), "a step before the step before")
	switch in.Status {
	case incident.Mitigated:
		require.False(t, in.MitigatedAt.IsZero())
		require.Zero(t, in.ResolvedAt)
	case incident.Resolved, incident.Closed:
		require.False(t, in.MitigatedAt.IsZero())
		require.False(t, in.ResolvedAt.Before(in.MitigatedAt))
		require.False(t, in.Status == incident.Closed && in.ClosedAt.Before(in.ResolvedAt))
	case incident.Triage, incident.Active:
		require.Zero(t, in.MitigatedAt)
		require.Zero(t, in.ResolvedAt)
	}
}

// fork goes on from an earlier state in another way, which nobody keeps.
func (w *walk) fork(t *rapid.T) {
	in := rapid.SampledFrom(w.states).Draw(t, "state").in
	_, _, err := incident.Seal(in, incident.Extend(in, kit, w.now, time.Time{}, anyEffects(t, in, w.now)...))
	require.NoError(t, err)
}

// check compares the ways to the state at the end.
func (w *walk) check(t *rapid.T) {
	for _, s := range w.states {
		require.Equal(t, s.text, encoded(t, s.in), "a later event changed an earlier state")
	}
	replayed, events, err := incident.Replay(w.data)
	require.NoError(t, err)
	require.Equal(t, w.in, replayed)
	require.Equal(t, w.events, append([]incident.Event(nil), events...))

	escalations, severityBy := tally(w.events)
	require.Equal(t, escalations, w.in.Escalations)
	require.Equal(t, severityBy, w.in.SeverityBy)

	var folded incident.Incident
	told := 0
	for _, e := range w.events {
		folded, err = incident.Apply(folded, e)
		require.NoError(t, err)
		require.Empty(t, folded.Head)
		if e.Payload.Type() != incident.TypeEscalationAdvanced {
			told++
		}
	}
	folded.Head = w.in.Head
	require.Equal(t, w.in, folded)
	if w.in.Exists() {
		back, err := incident.DecodeSnapshot([]byte(encoded(t, w.in)))
		require.NoError(t, err)
		require.Equal(t, w.in, back)
	}
	entries := incident.Timeline(w.events)
	require.Len(t, entries, told)
	require.True(t, slices.IsSortedFunc(entries, func(a, b incident.Entry) int { return a.At.Compare(b.At) }))
	for _, e := range entries {
		require.NotContains(t, e.String(), "\n")
	}
}

// tally counts the escalations that were asked for, and finds who set the severity
// last.
func tally(events []incident.Event) (escalations int, severityBy incident.ActorKind) {
	pages := false
	for _, e := range events {
		asked := false
		switch p := e.Payload.(type) {
		case incident.IncidentOpened:
			pages = p.Policy != "" && p.Kind != incident.Retrospective
			asked = true
			if p.Severity != "" {
				severityBy = e.Actor.Kind
			}
		case incident.SeverityChanged:
			severityBy = e.Actor.Kind
		case incident.StatusChanged:
			asked = p.Action == incident.ReopenAction
		case incident.EscalationRequested:
			asked = true
		}
		if asked && pages {
			escalations++
		}
	}
	return escalations, severityBy
}

func encoded(t require.TestingT, in incident.Incident) string {
	data, err := incident.EncodeSnapshot(in)
	require.NoError(t, err)
	return string(data)
}

// chance is true once in n times.
func chance(t *rapid.T, label string, n int) bool {
	return rapid.IntRange(1, n).Draw(t, label) == n
}

func minutes(t *rapid.T, label string, from, to int) time.Duration {
	return time.Duration(rapid.IntRange(from, to).Draw(t, label)) * time.Minute
}

// anyText draws a text, which is empty or malformed now and then.
func anyText(t *rapid.T, label string) string {
	if chance(t, "bad text", 10) {
		return rapid.SampledFrom([]string{"", " ", notUTF8}).Draw(t, label)
	}
	return rapid.SampledFrom([]string{"it is over", "it is <back> & \"bad\"", "two\nlines", "über"}).Draw(t, label)
}

func anySeverity(t *rapid.T) string {
	if chance(t, "bad severity", 20) {
		return "SEV9"
	}
	return rapid.SampledFrom([]string{"SEV1", "SEV2", "SEV3", ""}).Draw(t, "severity")
}

func anyPerson(t *rapid.T) string {
	return rapid.SampledFrom([]string{"ana", "ben", "cleo", ""}).Draw(t, "person")
}

func anyIncident(t *rapid.T) incident.ID {
	return incident.ID(rapid.SampledFrom([]string{"inc-2", "inc-3", "inc-1", ""}).Draw(t, "other"))
}

// anyCommand draws a command: mostly one that the table knows for the status and
// the actor, so that incidents get somewhere.
func anyCommand(t *rapid.T, w *walk) incident.Command {
	names := incident.ActionsIn(w.in.Status)
	if chance(t, "any action", 6) {
		names = constantActions
	} else if !chance(t, "merge", 6) { // nothing leads back from there
		names = slices.DeleteFunc(names, func(a incident.ActionName) bool { return a == incident.MergeAction })
	}
	name := rapid.SampledFrom(names).Draw(t, "action")
	kinds := slices.Sorted(maps.Keys(actors))
	if rule, ok := w.table[step{w.in.Status, name}]; ok && !chance(t, "any actor", 6) {
		kinds = rule.By
	}
	cmd := incident.Command{Tenant: "acme", Incident: "inc-1", Actor: actors[rapid.SampledFrom(kinds).Draw(t, "actor")]}
	if chance(t, "somewhere else", 30) {
		cmd.Tenant = rapid.SampledFrom([]string{"", "globex"}).Draw(t, "tenant")
	}
	if w.in.Kind == incident.Retrospective || chance(t, "back-dated", 3) {
		cmd.HappenedAt = w.now.Add(minutes(t, "happened", -300, 2)).Add(time.Duration(rapid.IntRange(0, 2000).Draw(t, "ns")))
	}
	cmd.Action = anyAction(t, name, w)
	return cmd
}

var constantActions = []incident.ActionName{
	incident.OpenAction, incident.DeclareAction, incident.AcceptAction, incident.DeclineAction, incident.CancelAction,
	incident.MergeAction, incident.MitigateAction, incident.ResolveAction, incident.CloseAction, incident.ReopenAction,
	incident.AcknowledgeAction, incident.SetSeverityAction, incident.AssignRoleAction, incident.AddNoteAction,
	incident.RecordAlertsAction, incident.CompleteReviewAction, incident.AbsorbAction, incident.EscalateAction,
	incident.DeclinePageAction, incident.SnoozeAction, incident.HandBackAction, incident.ReassignAction,
	incident.RepageAction, incident.EscalateNextAction, incident.RecordPacketAction,
}

func anyAction(t *rapid.T, name incident.ActionName, w *walk) incident.Action {
	switch name {
	case incident.OpenAction, incident.DeclareAction:
		return anyOpen(t, name == incident.DeclareAction, w.now)
	case incident.AcceptAction:
		return incident.Accept{Severity: anySeverity(t)}
	case incident.DeclineAction:
		return incident.Decline{Reason: anyText(t, "reason")}
	case incident.CancelAction:
		return incident.Cancel{Reason: anyText(t, "reason")}
	case incident.MergeAction:
		return incident.Merge{Into: anyIncident(t), Reason: anyText(t, "reason")}
	case incident.MitigateAction:
		return incident.Mitigate{Summary: anyText(t, "summary")}
	case incident.ResolveAction:
		return incident.Resolve{Summary: anyText(t, "summary")}
	case incident.CloseAction:
		return incident.Close{Summary: anyText(t, "summary")}
	case incident.ReopenAction:
		return incident.Reopen{Reason: anyText(t, "reason")}
	case incident.AcknowledgeAction:
		return incident.Acknowledge{Vendor: rapid.SampledFrom([]string{"", "", "deskco", "cloudco"}).Draw(t, "vendor")}
	case incident.DeclinePageAction:
		return incident.DeclinePage{Reason: anyText(t, "reason")}
	case incident.SnoozeAction:
		return incident.Snooze{Until: w.now.Add(minutes(t, "until", -5, 200)), Reason: anyText(t, "reason")}
	case incident.HandBackAction:
		return incident.HandBack{Reason: anyText(t, "reason")}
	case incident.ReassignAction:
		target := rapid.SampledFrom([]incident.Target{{Type: "person", ID: "ben"}, {Type: "schedule", ID: "primary", Mode: "next"}, {Type: "team"}})
		return incident.Reassign{To: rapid.SliceOfN(target, 0, 2).Draw(t, "to"), Reason: anyText(t, "reason")}
	case incident.RepageAction:
		return incident.Repage{Reason: anyText(t, "reason")}
	case incident.EscalateNextAction:
		return incident.EscalateNext{Reason: anyText(t, "reason")}
	case incident.RecordPacketAction:
		return incident.RecordPacket{Fields: rapid.MapOfN(rapid.SampledFrom([]string{"impact", "logs"}), rapid.SampledFrom([]string{"", "a", "b"}), 0, 2).Draw(t, "fields")}
	case incident.SetSeverityAction:
		return incident.SetSeverity{Severity: anySeverity(t), Reason: anyText(t, "reason")}
	case incident.AssignRoleAction:
		role := rapid.SampledFrom([]incident.Role{incident.Commander, incident.CommsLead, incident.Scribe, "medic"}).Draw(t, "role")
		return incident.AssignRole{Role: role, Person: anyPerson(t)}
	case incident.AddNoteAction:
		return incident.AddNote{Text: anyText(t, "text"), Corrects: rapid.Uint64Range(0, w.in.Version+1).Draw(t, "corrects")}
	case incident.RecordAlertsAction:
		return incident.RecordAlerts{Alerts: rapid.SliceOfN(rapid.Custom(anyAlert), 0, 4).Draw(t, "alerts")}
	case incident.CompleteReviewAction:
		return incident.CompleteReview{Reference: anyText(t, "reference")}
	case incident.AbsorbAction:
		return incident.Absorb{From: anyIncident(t)}
	case incident.EscalateAction:
		return incident.Escalate{Reason: anyText(t, "reason")}
	}
	panic("add the new action to anyAction: " + name)
}

func anyOpen(t *rapid.T, declare bool, now time.Time) incident.Open {
	o := incident.Open{
		Declare:     declare,
		Kind:        rapid.SampledFrom([]incident.Kind{"", incident.Standard, incident.Drill, incident.Retrospective}).Draw(t, "kind"),
		Title:       anyText(t, "title"),
		Description: anyText(t, "description"),
		Severity:    anySeverity(t),
		Components:  rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"cart", "checkout", "search"}), 0, 2, rapid.ID).Draw(t, "components"),
		Policy:      rapid.SampledFrom([]string{"", "default"}).Draw(t, "policy"),
		DedupKeys:   rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "c"}), 0, 2, rapid.ID).Draw(t, "keys"),
		Alerts:      rapid.SliceOfN(rapid.Custom(anyAlert), 0, 4).Draw(t, "alerts"),
	}
	if !chance(t, "no start", 4) {
		o.StartedAt = now.Add(minutes(t, "started", -300, 2))
	}
	return o
}

func anyAlert(t *rapid.T) incident.Alert {
	a := alert(
		rapid.SampledFrom([]string{"a", "b"}).Draw(t, "key"),
		rapid.SampledFrom([]string{"", "fp1", "fp2"}).Draw(t, "fingerprint"),
		rapid.SampledFrom([]incident.AlertStatus{incident.Firing, incident.AlertResolved}).Draw(t, "status"),
		t0.In(time.FixedZone("", 3600)).Add(time.Duration(rapid.IntRange(0, 3).Draw(t, "starts"))),
	)
	if chance(t, "bad alert", 20) {
		a.DedupKey = ""
	}
	if chance(t, "labels", 3) {
		a.Labels = rapid.MapOfN(rapid.SampledFrom([]string{"zone", "host"}), rapid.SampledFrom([]string{"a", "b"}), 0, 2).Draw(t, "labels")
	}
	return a
}

// anyEffects draws what the engine might record of an escalation, and some of
// what it would not.
func anyEffects(t *rapid.T, in incident.Incident, now time.Time) []incident.Payload {
	return rapid.SliceOfN(rapid.Custom(func(t *rapid.T) incident.Payload { return anyEffect(t, in, now) }), 1, 3).Draw(t, "effects")
}

func anyEffect(t *rapid.T, in incident.Incident, now time.Time) incident.Payload {
	run := fmt.Sprint(rapid.IntRange(1, len(in.Runs)+1).Draw(t, "run"))
	page := fmt.Sprintf("%s.0.1.%s", run, anyPerson(t))
	contact := rapid.SampledFrom([]string{"sms", "voice"}).Draw(t, "contact")
	number := rapid.IntRange(1, 3).Draw(t, "attempt")
	due := now.UTC().Truncate(time.Microsecond).Add(minutes(t, "due", 0, 30))
	plan := incident.PlanRef{Tenant: "acme", Version: 3}
	return rapid.SampledFrom([]incident.Payload{
		incident.EscalationStarted{Run: run, Policy: "default", Plan: plan},
		incident.EscalationStarted{Run: run, Policy: "vendor deskco", Plan: plan, Vendor: "deskco"},
		incident.EscalationResumed{Run: run, Cause: "stale", Why: "nobody renewed it"},
		incident.EscalationHeld{Run: run, Round: 1, Step: 2, Code: "deferred", Until: due, Why: "it is night"},
		incident.EscalationRepeated{Run: run, Round: 2, Why: "nobody answered"},
		incident.TierReached{Run: run, Tier: "engineering", From: "front", Missing: []string{"impact"}, Why: "step 2"},
		incident.EscalationOverdue{Run: run, Due: due, Late: time.Minute, Why: "its wake-up was lost"},
		incident.PageRequested{Page: page + "#2", Run: run, Step: 1, Target: "channel ops", Due: due, Follows: page, Channel: "sms", Urgency: "low", Reminder: true},
		incident.EscalationAdvanced{Run: run, Progress: json.RawMessage(`{"step":1,"why":"a \u003c b"}`), Wake: due},
		incident.EscalationAdvanced{Run: run},
		incident.EscalationEnded{Run: run, State: incident.Exhausted, Why: "nobody is left"},
		incident.EscalationEnded{Run: run, State: incident.Stopped, Why: "resolved"},
		incident.PageSkipped{Run: run, Target: "schedule primary", Why: "nobody is on call"},
		incident.PageRequested{Page: page, Run: run, Step: 1, Target: "schedule primary", Person: "ana", Rule: "on call", Due: due, Why: "step 1"},
		incident.PageAttempted{Page: page, Contact: contact, Channel: contact, Attempt: number},
		incident.PageDelivered{Page: page, Contact: contact, Channel: contact, Attempt: number},
		incident.PageFailed{Page: page, Contact: contact, Channel: contact, Attempt: number, Unknown: true},
		incident.PageFailed{Page: page, Contact: contact, Channel: contact, Attempt: number, Spent: true},
		incident.PageFailed{Page: page, Contact: contact, Channel: contact, Attempt: number, Rest: true},
		incident.PageStalled{Page: page, Why: "every contact rests"},
		incident.PageHeld{Page: page, Until: due, Why: "one message"},
		incident.PageWithdrawn{Page: page, Why: "acknowledged by ana"},
		incident.PageUndeliverable{Page: page, Why: "no contact is left"},
	}).Draw(t, "effect")
}

// TestTheTestsKnowEveryAction keeps the list that rapid draws from complete.
func TestTheTestsKnowEveryAction(t *testing.T) {
	t.Parallel()
	assert.ElementsMatch(t, constants[incident.ActionName](t, "ActionName"), constantActions)
}
