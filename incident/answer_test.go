package incident_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/incident"
)

// cloudco is a supplier.
var cloudco = incident.Actor{Kind: incident.Vendor, ID: "cloudco"}

// paged begins a story in which an escalation and that of a supplier are running.
func paged(t *testing.T) *story {
	s := opened(t)
	s.note(
		incident.EscalationStarted{Run: "1", Policy: "default"},
		incident.EscalationAdvanced{Run: "1", Wake: after(5)},
		incident.EscalationStarted{Run: "2", Policy: "vendor cloudco", Vendor: "cloudco"},
		incident.EscalationAdvanced{Run: "2", Wake: after(60)},
	)
	return s
}

// run returns a run as it stands.
func (s *story) run(id string) incident.Run {
	s.t.Helper()
	run, ok := s.in.Run(id)
	require.True(s.t, ok)
	return run
}

// TestAnswers gives every answer, and looks where it leaves the run.
func TestAnswers(t *testing.T) {
	t.Parallel()
	reassign := incident.Reassign{To: []incident.Target{{Type: "person", ID: "cleo"}}, Reason: "it is hers"}
	for _, test := range []struct {
		name   string
		before []incident.Action // by ben
		action incident.Action   // by ben
		says   incident.Payload
		state  incident.RunState
		by     string
	}{
		{"acknowledge", nil, incident.Acknowledge{}, incident.EscalationAcknowledged{Run: "1", By: "ben"}, incident.Acknowledged, "ben"},
		{"renew", []incident.Action{incident.Acknowledge{}}, incident.Acknowledge{}, incident.EscalationAcknowledged{Run: "1", By: "ben"}, incident.Acknowledged, "ben"},
		{"decline", nil, incident.DeclinePage{Reason: "no signal"}, incident.PageDeclined{Run: "1", By: "ben", Reason: "no signal"}, incident.Running, ""},
		{"snooze", nil, incident.Snooze{Until: after(9).In(time.FixedZone("east", 7200))}, incident.EscalationSnoozed{Run: "1", By: "ben", Until: after(9)}, incident.Snoozed, "ben"},
		{"snooze what is acknowledged", []incident.Action{incident.Acknowledge{}}, incident.Snooze{Until: after(9)}, incident.EscalationSnoozed{Run: "1", By: "ben", Until: after(9)}, incident.Snoozed, "ben"},
		{"acknowledge what is snoozed", []incident.Action{incident.Snooze{Until: after(9)}}, incident.Acknowledge{}, incident.EscalationAcknowledged{Run: "1", By: "ben"}, incident.Acknowledged, "ben"},
		{"hand back", []incident.Action{incident.Acknowledge{}}, incident.HandBack{Reason: "x"}, incident.EscalationHandedBack{Run: "1", By: "ben", Reason: "x"}, incident.Running, ""},
		{"reassign", []incident.Action{incident.Acknowledge{}}, reassign, incident.EscalationReassigned{Run: "1", By: "ben", To: reassign.To, Reason: "it is hers"}, incident.Running, ""},
		{"repage", []incident.Action{incident.Snooze{Until: after(9)}}, incident.Repage{}, incident.EscalationRepaged{Run: "1", By: "ben"}, incident.Running, ""},
		{"next step", []incident.Action{incident.Acknowledge{}}, incident.EscalateNext{}, incident.NextStepRequested{Run: "1", By: "ben"}, incident.Running, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			s := paged(t)
			for _, a := range test.before {
				s.do(ben, a)
			}
			assert.Equal(t, []incident.Payload{test.says}, payloads(s.do(ben, test.action)))
			run, _ := s.in.CurrentRun()
			assert.Equal(t, "1", run.ID, "the supplier's run is beside it")
			assert.Equal(t, test.state, run.State)
			assert.Equal(t, test.by, run.AcknowledgedBy)
			assert.Equal(t, incident.Running, s.run("2").State, "nothing of this concerns the supplier")
		})
	}
}

func TestEverybodyHasToAnswer(t *testing.T) {
	t.Parallel()
	s := paged(t)
	e := env(t, t0)
	e.Escalation.Awaits = []string{"ana"}
	events, err := incident.Decide(s.in, incident.Command{Tenant: "acme", Incident: "inc-1", Actor: ben, Action: incident.Acknowledge{}}, e)
	require.NoError(t, err)
	s.record(events)
	assert.Equal(t, incident.Running, s.run("1").State)
	assert.Equal(t, t0, s.in.AcknowledgedAt, "somebody has answered")
	assert.Equal(t, after(5), s.run("1").Wake)
	s.do(ana, incident.Acknowledge{})
	assert.Equal(t, incident.Acknowledged, s.run("1").State)
}

func TestSuppliersAnswerForThemselves(t *testing.T) {
	t.Parallel()
	s := paged(t)
	s.do(cloudco, incident.Acknowledge{})
	assert.Equal(t, incident.Acknowledged, s.run("2").State)
	assert.Equal(t, incident.Running, s.run("1").State)
	assert.Zero(t, s.in.AcknowledgedAt, "no responder has answered")
	s.do(cloudco, incident.Acknowledge{}) // sent again: the same answer
	assert.Equal(t, incident.Running, s.run("1").State)

	s = paged(t)
	s.do(ana, incident.Acknowledge{Vendor: "cloudco"})
	assert.Equal(t, incident.Acknowledged, s.run("2").State)
	assert.Equal(t, "ana", s.run("2").AcknowledgedBy)
	assert.Equal(t, incident.Running, s.run("1").State)

	for _, wrong := range []incident.Command{
		{Actor: deskco, Action: incident.Acknowledge{Vendor: "cloudco"}},
		{Actor: ana, Action: incident.Acknowledge{Vendor: "nobody"}},
	} {
		_, err := paged(t).try(wrong)
		wantUnmet(t, err, incident.AwaitingAnswer)
	}
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	t.Parallel()
	s := paged(t)
	cmd := incident.Command{Tenant: "acme", Incident: "inc-1", Actor: ana, Action: incident.EscalateNext{}}
	e := env(t, t0)
	e.Escalation = incident.Escalation{Tier: "engineering", Missing: []string{"impact", "logs"}}
	_, err := incident.Decide(s.in, cmd, e)
	var refused *incident.RefusedError
	require.ErrorAs(t, err, &refused)
	assert.Equal(t, []string{"impact", "logs"}, refused.Missing)
	assert.EqualError(t, err, "incident: escalate_next is refused while active; it needs what the next tier wants to be told or, "+
		"at the top severity, a reason to go without (packet-complete): impact, logs")

	s.do(ana, incident.SetSeverity{Severity: "SEV1", Reason: "worse"})
	cmd.Action = incident.EscalateNext{Reason: "it burns"}
	events, err := incident.Decide(s.in, cmd, e)
	require.NoError(t, err)
	assert.Equal(t, []incident.Payload{incident.NextStepRequested{
		Run: "1", By: "ana", Tier: "engineering", Missing: []string{"impact", "logs"}, Reason: "it burns",
	}}, payloads(events), "it is on record that it went without")
	e.Severities = nil
	_, err = incident.Decide(s.in, cmd, e)
	wantUnmet(t, err, incident.PacketComplete)
}

func TestPacket(t *testing.T) {
	t.Parallel()
	s := opened(t)
	s.do(deskco, incident.RecordPacket{Fields: map[string]string{"impact": "all of Europe", "logs": "https://logs.example"}})
	assert.Empty(t, s.do(deskco, incident.RecordPacket{Fields: map[string]string{"impact": "all of Europe", "other": " "}}), "nothing new")
	s.do(ana, incident.RecordPacket{Fields: map[string]string{"logs": ""}})
	assert.Equal(t, map[string]string{"impact": "all of Europe"}, s.in.Packet)

	full := map[string]string{}
	for i := range incident.MaxPacket {
		full[fmt.Sprint("fact", i)] = "x"
	}
	_, err := s.try(incident.Command{Actor: ana, Action: incident.RecordPacket{Fields: full}})
	wantField(t, err, "RecordPacket.Fields")
	assert.Len(t, s.in.Packet, 1)
	s.do(ana, incident.RecordPacket{Fields: map[string]string{"impact": ""}})
	assert.Nil(t, s.in.Packet)
	s.do(ana, incident.RecordPacket{Fields: full})
}

// TestWhatConditionsCount looks at what an incident keeps of its alerts for the
// conditions of policies.
func TestWhatConditionsCount(t *testing.T) {
	t.Parallel()
	labelled := func(fingerprint string, s incident.AlertStatus, labels map[string]string) incident.Alert {
		a := alert("k", fingerprint, s, t0)
		a.Labels = labels
		return a
	}
	s := opened(t)
	s.do(robot, incident.RecordAlerts{Alerts: []incident.Alert{
		labelled("1", incident.Firing, map[string]string{"zone": "a"}),
		labelled("2", incident.Firing, map[string]string{"zone": "b", "host": "h"}),
		labelled("3", incident.AlertResolved, map[string]string{"over": "yes"}),
	}})
	s.at(1).do(robot, incident.RecordAlerts{Alerts: []incident.Alert{labelled("1", incident.AlertResolved, nil)}})
	s.at(2).do(robot, incident.RecordAlerts{Alerts: []incident.Alert{labelled("4", incident.Firing, map[string]string{"host": "i", "rack": "r"})}})
	assert.Equal(t, map[string]string{"zone": "a", "host": "h", "rack": "r"}, s.in.Labels, "the first that has a name counts")
	assert.Equal(t, []incident.Arrival{{At: t0, Count: 2}, {At: after(2), Count: 1}}, s.in.Arrivals)

	many := map[string]string{longName: "x", "long": longText}
	for i := range incident.MaxLabels + 1 {
		many[fmt.Sprintf("l%03d", i)] = "x"
	}
	s.do(robot, incident.RecordAlerts{Alerts: []incident.Alert{labelled("5", incident.Firing, many)}})
	assert.Len(t, s.in.Labels, incident.MaxLabels)
	assert.NotContains(t, s.in.Labels, "long")

	var storm []incident.Alert
	for i := range incident.MaxArrivals - 1 {
		storm = append(storm, labelled(fmt.Sprint("storm", i), incident.Firing, nil))
	}
	s.at(3).do(robot, incident.RecordAlerts{Alerts: storm})
	assert.Equal(t, []incident.Arrival{{At: after(2), Count: 1}, {At: after(3), Count: incident.MaxArrivals - 1}}, s.in.Arrivals, "the last ones")
}
