package opsgenie_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
	"github.com/incidentkit/incidentkit/importers/opsgenie"
)

func must(t *testing.T, documents ...string) importers.Result {
	t.Helper()
	result, err := opsgenie.Import(importers.Options{}, importtest.Files(documents...)...)
	require.NoError(t, err)
	return result
}

func FuzzImport(f *testing.F) {
	f.Add(schedule(rotation("r", "hourly", 3, users("ada", "ben"), "")), "{}")
	f.Add(schedule(rotation("r", "daily", 1, []string{`{"type": "noone"}`}, restriction("weekday-and-time-of-day",
		`"restrictions": [{"startDay": "sunday", "startHour": 23, "endDay": "monday"}]`))),
		`{"data": [{"alias": "o", "user": {"type": "none"}, "startDate": "2026-01-06T10:00:00Z", "endDate": "2026-01-06T11:00:00Z", "rotations": [{"id": "r"}]}]}`)
	f.Add(escalate(once(5), after("5 minutes", "random", "team net"), after("5 minutes", "next", "schedule s"), after("1 hours", "default", "escalation F")), network)
	f.Add(`{"values": [{"id": "F", "enabled": false, "rules": [{"delay": 5, "recipient": {"type": "user", "id": "ada"}}, {"recipient": {"type": "group", "id": "g"}}]}]}`,
		escalate("", after("0 days", "admins", "team net"), after("90 seconds", "default", "escalation F")))
	f.Fuzz(func(t *testing.T, first, second string) { importtest.Valid(t, opsgenie.Import, first, second) })
}

func TestWild(t *testing.T) {
	t.Parallel()
	importtest.Wild(t, opsgenie.Import, string(importtest.Read(t, "weekday.json").Data),
		`{"data": [{"alias": "o", "user": {"type": "user", "id": "u"}, "startDate": "2026-01-06T10:00:00Z", "endDate": "2026-01-06T11:00:00Z", "rotations": [{"id": "rot-1"}]}]}`)
	importtest.Wild(t, opsgenie.Import, string(importtest.Read(t, "exporter.json").Data))
	importtest.Wild(t, opsgenie.Import, network,
		escalate(once(5), after("5 minutes", "random", "team net"), after("5 minutes", "admins", "team net"), after("1 hours", "next", "schedule s"), after("2 days", "default", "escalation F")),
		`{"values": [{"id": "F", "enabled": true, "rules": [{"delay": 5, "recipient": {"type": "user", "id": "ada", "username": "ada@example.com"}}]}]}`,
		`{"data": [{"id": "ada", "username": "ada@example.com", "fullName": "Ada", "blocked": false, "userContacts": [{"contactMethod": "sms", "to": "1-555", "enabled": true}]}]}`)
}
