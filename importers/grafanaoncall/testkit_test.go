package grafanaoncall_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/grafanaoncall"
	"github.com/incidentkit/incidentkit/oncall"
)

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	require.NoError(t, err)
	return at
}

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

// duty imports a document and lists who is on call in a range, in the order of the
// start, with shifts of one person in one rotation that touch joined.
func duty(t *testing.T, file importers.File, from, to string) ([]string, importers.Result) {
	t.Helper()
	start, end := instant(t, from), instant(t, to)
	result, err := grafanaoncall.Import(importers.Options{From: start, To: end}, file)
	require.NoError(t, err)
	require.Len(t, result.Schedules, 1)
	return lines(t, result.Schedules[0], start, end), result
}

func lines(t *testing.T, s oncall.Schedule, from, to time.Time) []string {
	t.Helper()
	rota, err := oncall.Compile(s)
	require.NoError(t, err)
	var shifts []oncall.Shift
	for shift := range rota.Shifts(from, to) {
		touches := func(b oncall.Shift) bool {
			return b.Person == shift.Person && b.Rotation == shift.Rotation && b.End.Equal(shift.Start)
		}
		if i := slices.IndexFunc(shifts, touches); i >= 0 {
			shifts[i].End = shift.End
			continue
		}
		shifts = append(shifts, shift)
	}
	list := []string{}
	for _, s := range shifts {
		const layout = "01-02T15:04"
		list = append(list, fmt.Sprintf("%s %s %s %s", s.Start.UTC().Format(layout), s.End.UTC().Format(layout), s.Person, s.Rotation))
	}
	return list
}
