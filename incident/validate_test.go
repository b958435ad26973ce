package incident_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/incident"
)

func wantField(t *testing.T, err error, field string) {
	t.Helper()
	var wrong *incident.FieldError
	require.ErrorAs(t, err, &wrong)
	require.ErrorIs(t, err, incident.ErrInvalid)
	assert.Equal(t, field, wrong.Field)
	assert.NotEmpty(t, wrong.Want)
	assert.Equal(t, "incident: "+wrong.Field+": want "+wrong.Want, err.Error())
	assert.Less(t, len(err.Error()), 500, "what is wrong is not repeated at length")
}

const notUTF8 = "caf\xe9"

// Texts that are one byte too long.
var (
	longName  = strings.Repeat("n", incident.MaxName+1)
	longKey   = strings.Repeat("k", incident.MaxDedupKey+1)
	longTitle = strings.Repeat("t", incident.MaxTitle+1)
	longText  = strings.Repeat("x", incident.MaxText+1)
	longAlert = strings.Repeat("a", incident.MaxAlertText+1)
	future    = t0.Add(incident.MaxClockSkew + 1)
	tooLate   = time.Date(10_000, 1, 1, 0, 0, 0, 0, time.UTC)
)

func many(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprint("id", i)
	}
	return out
}

// A stranger embeds an action, and so is one without being known.
type stranger struct{ incident.Resolve }

func TestMalformedCommands(t *testing.T) {
	t.Parallel()
	ok := incident.Open{Title: "Checkout fails"}
	var none *incident.Resolve
	tests := []struct {
		field  string
		change func(c *incident.Command)
	}{
		{"Command.Tenant", func(c *incident.Command) { c.Tenant = "" }},
		{"Command.Tenant", func(c *incident.Command) { c.Tenant = longName }},
		{"Command.Tenant", func(c *incident.Command) { c.Tenant = notUTF8 }},
		{"Command.Tenant", func(c *incident.Command) { c.Tenant = "a\x00b" }},
		{"Command.Incident", func(c *incident.Command) { c.Incident = "" }},
		{"Command.Incident", func(c *incident.Command) { c.Incident = incident.ID(longName) }},
		{"Command.Operation", func(c *incident.Command) { c.Operation = longName }},
		{"Command.Operation", func(c *incident.Command) { c.Operation = notUTF8 }},
		{"Command.Action", func(c *incident.Command) { c.Action = nil }},
		{"Command.Action", func(c *incident.Command) { c.Action = &ok }},
		{"Command.Action", func(c *incident.Command) { c.Action = none }},
		{"Command.Action", func(c *incident.Command) { c.Action = stranger{} }},
		{"Command.HappenedAt", func(c *incident.Command) { c.HappenedAt = future }},
		{"Actor.Kind", func(c *incident.Command) { c.Actor = incident.Actor{} }},
		{"Actor.Kind", func(c *incident.Command) { c.Actor.Kind = "robot" }},
		{"Actor.Kind", func(c *incident.Command) { c.Actor.Kind = incident.ActorKind(longText) }},
		{"Actor.ID", func(c *incident.Command) { c.Actor.ID = "" }},
		{"Actor.ID", func(c *incident.Command) { c.Actor.ID = longName }},
		{"Actor.ID", func(c *incident.Command) { c.Actor.ID = notUTF8 }},
		{"Actor.OnBehalfOf", func(c *incident.Command) { c.Actor.OnBehalfOf = longName }},
		{"Actor.Roles", func(c *incident.Command) { c.Actor.Roles = many(incident.MaxItems + 1) }},
		{"Actor.Roles[1]", func(c *incident.Command) { c.Actor.Roles = []string{"manager", ""} }},
	}
	for _, test := range tests {
		cmd := incident.Command{Tenant: "acme", Incident: "inc-1", Actor: ana, Action: ok}
		test.change(&cmd)
		events, err := incident.Decide(incident.Incident{}, cmd, env(t, t0))
		wantField(t, err, test.field)
		assert.Empty(t, events)
	}
}

func TestMalformedActions(t *testing.T) {
	t.Parallel()
	open := func(change func(o *incident.Open)) incident.Open {
		o := incident.Open{Title: "Checkout fails"}
		change(&o)
		return o
	}
	record := func(change func(a *incident.Alert)) incident.RecordAlerts {
		a := alert("checkout", "fp1", incident.Firing, t0)
		change(&a)
		return incident.RecordAlerts{Alerts: []incident.Alert{alert("checkout", "", incident.Firing, t0), a}}
	}
	tests := []struct {
		field  string
		action incident.Action
	}{
		{"Open.Kind", open(func(o *incident.Open) { o.Kind = "rehearsal" })},
		{"Open.Kind", open(func(o *incident.Open) { o.Kind = incident.Kind(longText) })},
		{"Open.Title", open(func(o *incident.Open) { o.Title = " \n" })},
		{"Open.Title", open(func(o *incident.Open) { o.Title = longTitle })},
		{"Open.Title", open(func(o *incident.Open) { o.Title = notUTF8 })},
		{"Open.Description", open(func(o *incident.Open) { o.Description = longText })},
		{"Open.Severity", open(func(o *incident.Open) { o.Severity = "SEV9" })},
		{"Open.Severity", open(func(o *incident.Open) { o.Severity = longText })},
		{"Open.Severity", open(func(o *incident.Open) { o.Declare, o.Severity = true, "SEV9" })},
		{"Open.Components", open(func(o *incident.Open) { o.Components = many(incident.MaxItems + 1) })},
		{"Open.Components[1]", open(func(o *incident.Open) { o.Components = []string{"cart", ""} })},
		{"Open.Components[2]", open(func(o *incident.Open) { o.Components = []string{"cart", "pay", "cart"} })},
		{"Open.Policy", open(func(o *incident.Open) { o.Policy = longName })},
		{"Open.StartedAt", open(func(o *incident.Open) { o.StartedAt = future })},
		{"Open.StartedAt", open(func(o *incident.Open) { o.StartedAt = time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC) })},
		{"Open.DedupKeys", open(func(o *incident.Open) { o.DedupKeys = many(incident.MaxItems + 1) })},
		{"Open.DedupKeys[0]", open(func(o *incident.Open) { o.DedupKeys = []string{longKey} })},
		{"Open.DedupKeys[1]", open(func(o *incident.Open) { o.DedupKeys = []string{"k", "a\x00"} })},
		{"Open.DedupKeys[1]", open(func(o *incident.Open) { o.DedupKeys = []string{"k", "k"} })},
		{"Open.Alerts[0].Source", open(func(o *incident.Open) { o.Alerts = []incident.Alert{{}} })},
		{"Open.Alerts", open(func(o *incident.Open) { o.Alerts = make([]incident.Alert, incident.MaxAlerts+1) })},

		{"Accept.Severity", incident.Accept{Severity: "SEV9"}},
		{"Decline.Reason", incident.Decline{Reason: longText}},
		{"Cancel.Reason", incident.Cancel{Reason: notUTF8}},
		{"Merge.Into", incident.Merge{Into: incident.ID(longName)}},
		{"Merge.Into", incident.Merge{Into: notUTF8}},
		{"Merge.Reason", incident.Merge{Into: "inc-2", Reason: longText}},
		{"Mitigate.Summary", incident.Mitigate{Summary: longText}},
		{"Resolve.Summary", incident.Resolve{Summary: longText}},
		{"Close.Summary", incident.Close{Summary: longText}},
		{"Reopen.Reason", incident.Reopen{Reason: longText}},
		{"Escalate.Reason", incident.Escalate{Reason: longText}},
		{"Escalate.Reason", incident.Escalate{Reason: notUTF8}},
		{"SetSeverity.Severity", incident.SetSeverity{}},
		{"SetSeverity.Severity", incident.SetSeverity{Severity: "sev1"}},
		{"SetSeverity.Reason", incident.SetSeverity{Severity: "SEV1", Reason: longText}},
		{"AssignRole.Role", incident.AssignRole{Person: "ana"}},
		{"AssignRole.Role", incident.AssignRole{Role: incident.Role(longText), Person: "ana"}},
		{"AssignRole.Person", incident.AssignRole{Role: incident.Scribe, Person: longName}},
		{"AddNote.Text", incident.AddNote{Text: "\t"}},
		{"AddNote.Text", incident.AddNote{Text: longText}},
		{"CompleteReview.Reference", incident.CompleteReview{}},
		{"CompleteReview.Reference", incident.CompleteReview{Reference: longText}},
		{"Absorb.From", incident.Absorb{From: incident.ID(longName)}},

		{"RecordAlerts.Alerts", incident.RecordAlerts{}},
		{"RecordAlerts.Alerts", incident.RecordAlerts{Alerts: make([]incident.Alert, incident.MaxAlerts+1)}},
		{"RecordAlerts.Alerts[1].Source", record(func(a *incident.Alert) { a.Source = "" })},
		{"RecordAlerts.Alerts[1].Source", record(func(a *incident.Alert) { a.Source = longName })},
		{"RecordAlerts.Alerts[1].DedupKey", record(func(a *incident.Alert) { a.DedupKey = "" })},
		{"RecordAlerts.Alerts[1].DedupKey", record(func(a *incident.Alert) { a.DedupKey = longKey })},
		{"RecordAlerts.Alerts[1].DedupKey", record(func(a *incident.Alert) { a.DedupKey = notUTF8 })},
		{"RecordAlerts.Alerts[1].Fingerprint", record(func(a *incident.Alert) { a.Fingerprint = longKey })},
		{"RecordAlerts.Alerts[1].Fingerprint", record(func(a *incident.Alert) { a.Fingerprint = notUTF8 })},
		{"RecordAlerts.Alerts[1].Status", record(func(a *incident.Alert) { a.Status = "" })},
		{"RecordAlerts.Alerts[1].Status", record(func(a *incident.Alert) { a.Status = "pending" })},
		{"RecordAlerts.Alerts[1].Status", record(func(a *incident.Alert) { a.Status = incident.AlertStatus(longText) })},
		{"RecordAlerts.Alerts[1].Summary", record(func(a *incident.Alert) { a.Summary = " " })},
		{"RecordAlerts.Alerts[1].Summary", record(func(a *incident.Alert) { a.Summary = notUTF8 })},
		{"RecordAlerts.Alerts[1].Description", record(func(a *incident.Alert) { a.Description = longAlert })},
		{"RecordAlerts.Alerts[1].URL", record(func(a *incident.Alert) { a.URL = notUTF8 })},
		{"RecordAlerts.Alerts[1].StartsAt", record(func(a *incident.Alert) { a.StartsAt = tooLate })},
		{"RecordAlerts.Alerts[1].EndsAt", record(func(a *incident.Alert) { a.EndsAt = tooLate })},
		{"Acknowledge.Vendor", incident.Acknowledge{Vendor: longName}},
		{"DeclinePage.Reason", incident.DeclinePage{Reason: longText}},
		{"Snooze.Until", incident.Snooze{}},
		{"Snooze.Until", incident.Snooze{Until: t0}},
		{"Snooze.Until", incident.Snooze{Until: t0.Add(incident.MaxSnooze + 1)}},
		{"Snooze.Reason", incident.Snooze{Until: after(1), Reason: longText}},
		{"HandBack.Reason", incident.HandBack{Reason: notUTF8}},
		{"Reassign.To", incident.Reassign{}},
		{"Reassign.To", incident.Reassign{To: make([]incident.Target, incident.MaxTargets+1)}},
		{"Reassign.To[0].Type", incident.Reassign{To: []incident.Target{{ID: "ana"}}}},
		{"Reassign.To[0].ID", incident.Reassign{To: []incident.Target{{Type: "person"}}}},
		{"Reassign.To[0].Mode", incident.Reassign{To: []incident.Target{{Type: "person", ID: "ana", Mode: longName}}}},
		{"Reassign.To[1]", incident.Reassign{To: []incident.Target{{Type: "person", ID: "ana"}, {Type: "person", ID: "ana"}}}},
		{"Reassign.Reason", incident.Reassign{To: []incident.Target{{Type: "person", ID: "ana"}}, Reason: longText}},
		{"Repage.Reason", incident.Repage{Reason: longText}},
		{"EscalateNext.Reason", incident.EscalateNext{Reason: longText}},
		{"RecordPacket.Fields", incident.RecordPacket{}},
		{`RecordPacket.Fields[""]`, incident.RecordPacket{Fields: map[string]string{"": "x"}}},
		{`RecordPacket.Fields["logs"]`, incident.RecordPacket{Fields: map[string]string{"logs": longText}}},
		{`RecordAlerts.Alerts[1].Labels["zone"]`, record(func(a *incident.Alert) { a.Labels = map[string]string{"zone": notUTF8} })},
		{`RecordAlerts.Alerts[1].Labels["caf\xe9"]`, record(func(a *incident.Alert) { a.Labels = map[string]string{notUTF8: "a"} })},
		{"RecordAlerts.Alerts[1]", record(func(a *incident.Alert) { a.Labels = map[string]string{"zone": longAlert} })},
	}
	tried := map[string]bool{}
	for _, test := range tests {
		typ, _, _ := strings.Cut(test.field, ".")
		tried[typ] = true
		cmd := incident.Command{Tenant: "acme", Incident: "inc-1", Actor: ana, Action: test.action}
		events, err := incident.Decide(incident.Incident{}, cmd, env(t, t0))
		wantField(t, err, test.field)
		assert.Empty(t, events)
	}
	for _, typ := range implementing(t, "Name") {
		assert.True(t, tried[typ], "no malformed %s", typ)
	}
}

// TestLimits sends as much as there may be of everything.
func TestLimits(t *testing.T) {
	t.Parallel()
	a := alert(longKey[1:], longKey[1:], incident.AlertResolved, tooLate.Add(-1))
	a.Source = longName[1:]
	a.Description = longAlert[1+len(a.Summary):]
	s := newStory(t)
	_, err := s.try(incident.Command{
		Operation: longName[1:],
		Actor:     incident.Actor{Kind: incident.Person, ID: longName[1:], OnBehalfOf: longName[1:], Roles: many(incident.MaxItems)},
		Action: incident.Open{
			Title: longTitle[1:], Description: longText[1:], Components: many(incident.MaxItems), Policy: longName[1:],
			StartedAt: t0.Add(incident.MaxClockSkew), DedupKeys: []string{longKey[1:]}, Alerts: []incident.Alert{a},
		},
	})
	require.NoError(t, err)
	in, events, err := incident.Replay(s.data)
	require.NoError(t, err)
	assert.Equal(t, s.in, in)
	assert.Equal(t, s.events, events)
}

func TestMalformedEnv(t *testing.T) {
	t.Parallel()
	cmd := incident.Command{Tenant: "acme", Incident: "inc-1", Actor: ana, Action: incident.Open{Title: "x", Severity: "SEV1"}}
	_, err := incident.Decide(incident.Incident{}, cmd, env(t, time.Time{}))
	wantField(t, err, "Env.Now")
	_, err = incident.Decide(incident.Incident{}, cmd, env(t, tooLate))
	wantField(t, err, "Env.Now")

	_, err = incident.Decide(incident.Incident{}, cmd, incident.Env{Now: t0})
	wantField(t, err, "Open.Severity")
	cmd.Action = incident.Open{Title: "x"}
	_, err = incident.Decide(incident.Incident{}, cmd, incident.Env{Now: t0})
	require.NoError(t, err, "without a scale an incident has no severity yet")
}
