package grafanaoncall_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/grafanaoncall"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
)

// document writes one schedule, in New York unless its own fields say otherwise,
// and its shifts, whose ids are O1, O2 and so on.
func document(schedule string, shifts ...string) importers.File {
	if schedule == "" {
		schedule = `"type": "calendar", "time_zone": "America/New_York"`
	}
	ids := make([]string, len(shifts))
	for i, s := range shifts {
		ids[i] = fmt.Sprintf("%q", fmt.Sprint("O", i+1))
		shifts[i] = fmt.Sprintf(`{"id": %s, "name": "shift %d", %s}`, ids[i], i+1, s)
	}
	return importers.File{Name: "export.json", Data: fmt.Appendf(nil,
		`{"schedule": {"id": "S1", "name": "Demo", "shifts": [%s], %s}, "on_call_shifts": [%s]}`,
		strings.Join(ids, ","), schedule, strings.Join(shifts, ","))}
}

// duty imports a document and lists who is on call in a range, in which shifts are
// written out too.
func duty(t *testing.T, file importers.File, from, to string) ([]string, importers.Result) {
	t.Helper()
	result, err := grafanaoncall.Import(importers.Options{From: importtest.Time(t, from), To: importtest.Time(t, to)}, file)
	require.NoError(t, err)
	require.Len(t, result.Schedules, 1)
	return importtest.Duty(t, result.Schedules[0], from, to), result
}
