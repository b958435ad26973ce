package opsgenie_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/opsgenie"
	"github.com/incidentkit/incidentkit/oncall"
)

func must(t *testing.T, documents ...string) importers.Result {
	t.Helper()
	result, err := opsgenie.Import(importers.Options{}, texts(documents...)...)
	require.NoError(t, err)
	return result
}

func FuzzImport(f *testing.F) {
	f.Add(schedule(rotation("r", "hourly", 3, users("ada", "ben"), "")), "{}")
	f.Add(schedule(rotation("r", "daily", 1, []string{`{"type": "noone"}`}, restriction("weekday-and-time-of-day",
		`"restrictions": [{"startDay": "sunday", "startHour": 23, "endDay": "monday"}]`))),
		`{"data": [{"alias": "o", "user": {"type": "none"}, "startDate": "2026-01-06T10:00:00Z", "endDate": "2026-01-06T11:00:00Z", "rotations": [{"id": "r"}]}]}`)
	f.Fuzz(func(t *testing.T, first, second string) {
		result, err := opsgenie.Import(importers.Options{}, texts(first, second)...)
		if err != nil {
			assert.Zero(t, result)
			return
		}
		for _, s := range result.Schedules {
			require.Empty(t, oncall.Validate(s))
		}
	})
}
