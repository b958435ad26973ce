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
	f.Fuzz(func(t *testing.T, first, second string) { importtest.Valid(t, opsgenie.Import, first, second) })
}

func TestWild(t *testing.T) {
	t.Parallel()
	importtest.Wild(t, opsgenie.Import, string(importtest.Read(t, "weekday.json").Data),
		`{"data": [{"alias": "o", "user": {"type": "user", "id": "u"}, "startDate": "2026-01-06T10:00:00Z", "endDate": "2026-01-06T11:00:00Z", "rotations": [{"id": "rot-1"}]}]}`)
	importtest.Wild(t, opsgenie.Import, string(importtest.Read(t, "exporter.json").Data))
}
