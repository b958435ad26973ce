package goalert_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/goalert"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
)

// policies writes a document with a schedule S of ada, on call from 09:00 to 17:00
// in Berlin, a rotation R of ben and cleo, and the policy E.
func policies(repeat string, steps ...string) string {
	return `{"exportedAt": "2026-03-02T09:00:00Z", "data": {
		"schedule": {"id": "S", "name": "Days", "timeZone": "Europe/Berlin", "targets": [` + target("user", "ada", rule("09:00", "17:00", everyDay)) + `]},
		"rotations": [` + rotationIn("Europe/Berlin", "2026-03-02T11:00:00Z", "daily", 1, 0, "ben", "cleo") + `],
		"escalationPolicy": {"id": "E", "name": "Default", "repeat": ` + repeat + `, "steps": [` + strings.Join(steps, ",") + `]}}}`
}

func step(number, delay string, targets ...string) string {
	for i, t := range targets {
		f := strings.Fields(t)
		targets[i] = `{"type": "` + f[0] + `", "id": "` + f[1] + `", "name": "the name"}`
	}
	return `{"id": "x", "stepNumber": ` + number + `, "delayMinutes": ` + delay + `, "targets": [` + strings.Join(targets, ",") + `]}`
}

func action(kind, arg, value string) string {
	return `{"type": "` + kind + `", "args": {"` + arg + `": "` + value + `"}, "displayInfo": {"text": "the name"}}`
}

// What GoAlert does, reckoned by hand from its rules: a step holds for its delay
// and the last one too, then the next pass begins; repeat counts passes after the
// first.
func TestPolicyCourse(t *testing.T) {
	t.Parallel()
	const noon, night = "2026-03-02T12:00:00Z", "2026-03-02T22:00:00Z"
	tests := map[string]struct {
		doc, at string
		want    []string
	}{
		"steps hold for their delays": {
			policies("0", step("0", "15", "schedule S"), step("1", "30", "user dan")), noon,
			[]string{"0s ada", "15m dan", "45m exhausted"},
		},
		"repeat counts extra passes": {
			policies("2", step("0", "1", "user ada"), step("1", "2", "user dan")), noon,
			[]string{"0s ada", "1m dan", "3m ada", "4m dan", "6m ada", "7m dan", "9m exhausted"},
		},
		"steps come by their numbers": {
			policies("0", step("1", "5", "user dan"), step("0", "10", "user ada")), noon,
			[]string{"0s ada", "10m dan", "15m exhausted"},
		},
		"an empty step holds too": {
			policies("1", step("0", "10"), step("1", "5", "user ada"), step("2", "3")), noon,
			[]string{"10m ada", "28m ada", "36m exhausted"},
		},
		"a person targeted twice is paged once": {
			policies("0", step("0", "5", "user ada", "schedule S", "user ada", "user dan")), noon,
			[]string{"0s ada dan", "5m exhausted"},
		},
		"a rotation is paged whether its schedule has hours or not": {
			policies("0", step("0", "5", "rotation R"), step("1", "5", "rotation R")), "2026-03-02T10:57:00Z",
			[]string{"0s ben", "5m cleo", "10m exhausted"}, // the handoff is at 11:00
		},
		"channels and webhooks": {
			policies("0", step("0", "5", "slackChannel C1", "notificationChannel N1"), step("1", "6", "chanWebhook https://example.com/h")), noon,
			[]string{"0s channel C1 channel N1", "5m webhook https://example.com/h", "11m exhausted"},
		},
		"a step that finds nobody, which is reported": {
			policies("0", step("0", "15", "schedule S"), step("1", "30", "user dan")), night,
			[]string{"0s dan", "30m exhausted"},
		},
		"a target that cannot be paged leaves the step its delay": {
			policies("0", step("0", "5", "service X"), step("1", "5", "user ada")), noon,
			[]string{"5m ada", "10m exhausted"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			result, err := goalert.Import(importers.Options{}, importtest.Files(tt.doc)...)
			require.NoError(t, err)
			got, _ := importtest.Play{Policy: "E", At: tt.at}.Course(t, result)
			assert.Equal(t, tt.want, got)
		})
	}
}

// What is written twice is paged once, and so it is one target.
func TestTargetsOnce(t *testing.T) {
	t.Parallel()
	result, err := goalert.Import(importers.Options{}, importtest.Files(policies("0", step("0", "5", "user dan", "slackChannel C", "user dan", "slackChannel C")))...)
	require.NoError(t, err)
	assert.Equal(t, []escalation.Step{{
		Targets: []escalation.Target{escalation.Person("dan"), {Type: escalation.TargetChannel, ID: "C"}}, Wait: 5 * time.Minute,
	}}, result.Policies[0].Steps)
}

// Newer versions write destinations.
func TestActions(t *testing.T) {
	t.Parallel()
	actions := `{"stepNumber": 0, "delayMinutes": 5, "targets": [], "actions": [` + strings.Join([]string{
		action("builtin-user", "user_id", "dan"), action("builtin-schedule", "schedule_id", "S"), action("builtin-rotation", "rotation_id", "R"),
		action("builtin-slack-channel", "slack_channel_id", "C1"), action("builtin-webhook", "webhook_url", "https://example.com/h"),
		action("builtin-slack-usergroup", "slack_usergroup_id", "G1"),
	}, ",") + `]}`
	result, err := goalert.Import(importers.Options{}, importtest.Files(policies("0", actions))...)
	require.NoError(t, err)
	got, _ := importtest.Play{Policy: "E", At: "2026-03-02T12:00:00Z"}.Course(t, result)
	assert.Equal(t, []string{"0s dan ada cleo channel C1 webhook https://example.com/h", "5m exhausted"}, got)
	assert.Equal(t, []importers.Place{
		{Type: escalation.TargetChannel, ID: "C1", Name: "the name", Channel: "slack", To: "C1"},
		{Type: escalation.TargetWebhook, ID: "https://example.com/h", Name: "the name", Channel: "webhook", To: "https://example.com/h"},
	}, result.Places)
	assert.Contains(t, importtest.Notes(result.Report), `loss /data/escalationPolicy/steps/0/actions/5 a destination of the type "builtin-slack-usergroup" cannot be paged, so it is left out`)
}

func TestPolicyReport(t *testing.T) {
	t.Parallel()
	const turns = "assumption /data/rotations/0/activeUserIndex "
	tests := map[string]importtest.Case{
		"a step that may find nobody": {
			Docs:  []string{policies("0", step("0", "5", "schedule S"), step("1", "5", "rotation R", "user ada"))},
			Notes: []string{turns, "loss /data/escalationPolicy/steps a step whose targets lead to nobody holds in GoAlert; here the next is taken at once, and a round in which nobody could be paged is the last"},
		},
		"for ever": {
			Docs:  []string{policies("-1", step("0", "5", "rotation R", "user ada"))},
			Notes: []string{turns, "loss /data/escalationPolicy/repeat GoAlert goes through these steps for as long as nobody answers; here they are repeated 100 times"},
		},
		"no steps": {
			Docs:  []string{policies("1", step("0", "5", "rotation R", "integrationKey K"), step("1", "5"))},
			Notes: []string{turns, `loss /data/escalationPolicy/steps/0/targets/1 a target of the type "integrationKey" cannot be paged, so it is left out`, "loss /data/escalationPolicy/steps a step whose"},
		},
		"nobody at all": {
			Docs:  []string{`{"escalationPolicies": {"nodes": [{"id": "E", "name": "e", "repeat": 3, "steps": [` + step("0", "5") + `]}]}}`},
			Notes: []string{"loss /escalationPolicies/nodes/0/steps no step of the escalation policy pages anybody, so it is left out"},
		},
		"a schedule that is not there, services, and what is not known": {
			Docs: []string{`{"escalationPolicy": {"id": "E", "repeat": 0, "isFavorite": true, "description": "x", "assignedTo": [{"id": "V"}], "steps": [
				{"stepNumber": 0, "delayMinutes": 5, "multiAck": true, "targets": [{"id": "T", "type": "schedule"}, {"id": "u", "type": "user"}]}]}}`},
			Notes: []string{
				"loss /escalationPolicy/assignedTo which services page by the escalation policy is not kept",
				"loss /escalationPolicy/description this has no counterpart",
				"loss /escalationPolicy/steps/0/multiAck that the pages of a step go on until everybody has acknowledged is not kept",
				`loss /escalationPolicy/steps/0/targets/0/id the schedule "T" is not among the documents`,
			},
		},
		"rotations that are not there": {
			Docs: []string{
				`{"schedule": {"id": "S", "timeZone": "UTC", "targets": [` + target("rotation", "Q", rule("00:00", "00:00", everyDay)) + `]}}`,
				`{"escalationPolicy": {"id": "E", "repeat": 0, "steps": [` + step("0", "5", "rotation R", "user u") + "," + step("1", "5", "schedule S", "user v") + `]}}`,
			},
			Course: map[string][]string{"E": {"0s schedule R, person u", "5m0s schedule S, person v", "10m0s exhausted"}},
			Notes: []string{
				`loss a.json#/schedule/targets/0/target/id the rotation "Q" is not among the documents, so it puts nobody on call and is left out`,
				`loss b.json#/escalationPolicy/steps/0/targets/0/id the rotation "R" is not among the documents, so nobody is known to be on call in it and to be paged`,
			},
		},
		"a rotation that is paged and has nobody in it": {
			Docs: []string{`{"exportedAt": "2026-03-02T09:00:00Z", "data": {"rotation": {"id": "R", "start": "2026-02-02T14:00:00Z", "timeZone": "UTC", "type": "weekly", "shiftLength": 1, "activeUserIndex": -1, "userIDs": []},
				"escalationPolicy": {"id": "E", "repeat": 0, "steps": [` + step("0", "5", "rotation R", "user u") + `]}}}`},
			Notes: []string{"loss /data/rotation nobody is in the rotation"},
		},
		"users": {
			Docs: []string{`{"users": {"nodes": [{"id": "u", "name": "Uma", "email": "uma@example.com", "role": "admin", "notificationRules": [{"id": "n", "delayMinutes": 0}], "contactMethods": [
				{"id": "1", "type": "SMS", "name": "phone", "value": "+15550100"}, {"id": "2", "type": "VOICE", "value": "+15550100", "disabled": true},
				{"id": "3", "type": "PIGEON", "value": "x"}, {"id": "5", "type": "EMAIL", "value": "u@example.com", "pending": true}, {"id": "4", "dest": {"type": "builtin-slack-dm", "args": {"slack_user_id": "U1"}}}]}]}}`},
			Notes: []string{
				`loss /users/nodes/0/contactMethods/1 the contact is not enabled, so "u" is not reached by it`,
				`loss /users/nodes/0/contactMethods/2 a contact of the type "PIGEON" is not known, so "u" is not reached by it`,
				`loss /users/nodes/0/contactMethods/3 the contact is not enabled, so "u" is not reached by it`,
				`loss /users/nodes/0/notificationRules when "u" is notified by which contact is not kept`,
			},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.Check(t, goalert.Import)
		})
	}
	result, err := goalert.Import(importers.Options{}, importtest.Files(tests["users"].Docs...)...)
	require.NoError(t, err)
	assert.Equal(t, []importers.Person{{ID: "u", Name: "Uma", Email: "uma@example.com", Contacts: []importers.Contact{{Channel: "sms", To: "+15550100"}, {Channel: "slack", To: "U1"}}}}, result.People)
}

func TestPolicyErrors(t *testing.T) {
	t.Parallel()
	tests := map[string]importtest.Case{
		"no delay":       {Docs: []string{policies("0", `{"stepNumber": 0, "targets": []}`)}, Errors: []string{"/data/escalationPolicy/steps/0/delayMinutes a whole number"}},
		"too long":       {Docs: []string{policies("0", step("0", "9001", "user u"))}, Errors: []string{"/data/escalationPolicy/steps/0/delayMinutes 1 to 9000 minutes"}},
		"too often":      {Docs: []string{policies("101", step("0", "5", "user u"))}, Errors: []string{"/data/escalationPolicy/repeat 0 to 100"}},
		"a number twice": {Docs: []string{policies("0", step("0", "5", "user u"), step("0", "5", "user u"))}, Errors: []string{"/data/escalationPolicy/steps/1/stepNumber a number that no step before has"}},
		"one policy twice": {
			Docs:   []string{policies("0", step("0", "5", "user u")), `{"escalationPolicy": {"id": "E", "repeat": 0, "steps": [` + step("0", "5", "user u") + `]}}`},
			Errors: []string{"/escalationPolicy an escalation policy in which id is"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tt.Check(t, goalert.Import)
		})
	}
}

func TestPolicyWild(t *testing.T) {
	t.Parallel()
	importtest.Wild(t, goalert.Import, policies("1", step("0", "5", "schedule S", "slackChannel C"), step("1", "5", "rotation R", "user u")))
}

// The policy of the vendors' shapes.
func TestSharedPolicy(t *testing.T) {
	t.Parallel()
	for _, doc := range importtest.Shared("vendor-shapes.json", "goalert") {
		result, err := goalert.Import(importers.Options{}, importtest.Files(doc)...)
		require.NoError(t, err)
		got, _ := importtest.Play{Policy: "E1", At: "2026-01-21T02:00:00Z"}.Course(t, result) // 21:00 in New York
		assert.Equal(t, []string{"0s U1", "15m U9", "45m U1", "1h U9", "1h30m U1", "1h45m U9", "2h15m exhausted"}, got)
	}
}
