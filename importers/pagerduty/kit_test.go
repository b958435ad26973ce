package pagerduty_test

import (
	"cmp"
	"fmt"
	"strings"
	"testing"
	_ "time/tzdata" // the same zones on every machine

	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
	"github.com/incidentkit/incidentkit/oncall"
)

// replace changes a testdata file: pairs of what to find and what to put there.
func replace(t *testing.T, file string, pairs ...string) importers.File {
	t.Helper()
	text := string(importtest.Read(t, file).Data)
	for i := 0; i < len(pairs); i += 2 {
		require.Contains(t, text, pairs[i])
		text = strings.Replace(text, pairs[i], pairs[i+1], 1)
	}
	return importers.File{Name: file, Data: []byte(text)}
}

// layer is a schedule of version 2 with one layer, which these fields change.
func layer(zone, fields string) importers.File {
	return importers.File{Name: "layer.json", Data: fmt.Appendf(nil, `{"id": "S", "name": "S", "time_zone": %q, "schedule_layers": [
		{"id": "L", "name": "L", %s}]}`, zone, fields)}
}

// event is a schedule of version 3 with one event, which these fields change.
func event(zone, fields string, members ...string) importers.File {
	strategy := ""
	if len(members) > 0 {
		for i, m := range members {
			members[i] = fmt.Sprintf(`{"type": "user_member", "user_id": %q}`, m)
		}
		strategy = `, "assignment_strategy": {"type": "rotating_member_assignment_strategy", "shifts_per_member": 1, "members": [` +
			strings.Join(members, ",") + `]}`
	}
	return importers.File{Name: "event.json", Data: fmt.Appendf(nil, `{"id": "S", "name": "S", "time_zone": %q, "rotations": [
		{"id": "R", "events": [{"id": "E", "name": "E", %s%s}]}]}`, zone, fields, strategy)}
}

func mustImport(t *testing.T, f importtest.Importer, o importers.Options, files ...importers.File) importers.Result {
	t.Helper()
	r, err := f(o, files...)
	require.NoError(t, err)
	for _, s := range r.Schedules {
		require.Empty(t, oncall.Validate(s))
	}
	return r
}

// shifts writes who is on call on the first schedule, in its zone, and by which
// rotation or override.
func shifts(t *testing.T, r importers.Result, from, to string) []string {
	t.Helper()
	var lines []string
	for _, s := range importtest.Joined(t, r.Schedules[0], importtest.Time(t, from), importtest.Time(t, to), importtest.ByRule) {
		lines = append(lines, fmt.Sprintf("%s – %s %s (%s)", s.Start.Format("Mon 02 15:04"), s.End.Format("Mon 02 15:04"), s.Person, cmp.Or(s.Override, s.Rotation)))
	}
	return lines
}
