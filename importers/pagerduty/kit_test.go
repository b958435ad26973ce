package pagerduty_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // the same zones on every machine

	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/pagerduty"
	"github.com/incidentkit/incidentkit/oncall"
)

// replace changes a testdata file: pairs of what to find and what to put there.
func replace(t *testing.T, file string, pairs ...string) importers.File {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("testdata", file))
	require.NoError(t, err)
	text := string(data)
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

type importFunc func(importers.Options, ...importers.File) (importers.Result, error)

func mustImport(t *testing.T, f importFunc, o importers.Options, files ...importers.File) importers.Result {
	t.Helper()
	r, err := f(o, files...)
	require.NoError(t, err)
	for _, s := range r.Schedules {
		require.Empty(t, oncall.Validate(s))
	}
	return r
}

// shifts writes who is on call on the first schedule, in its zone: one line a
// shift, those that touch joined.
func shifts(t *testing.T, r importers.Result, from, to string) []string {
	t.Helper()
	rota, err := oncall.Compile(r.Schedules[0])
	require.NoError(t, err)
	var joined []oncall.Shift
	for s := range rota.Shifts(instant(t, from), instant(t, to)) {
		i := slices.IndexFunc(joined, func(j oncall.Shift) bool {
			return j.End.Equal(s.Start) && j.Person == s.Person && j.Rotation == s.Rotation && j.Override == s.Override
		})
		if i >= 0 {
			joined[i].End = s.End
			continue
		}
		joined = append(joined, s)
	}
	var lines []string
	for _, s := range joined {
		by := s.Rotation
		if s.Override != "" {
			by = s.Override
		}
		lines = append(lines, fmt.Sprintf("%s – %s %s (%s)", s.Start.Format("Mon 02 15:04"), s.End.Format("Mon 02 15:04"), s.Person, by))
	}
	return lines
}

func instant(t *testing.T, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, s)
	require.NoError(t, err)
	return at
}

// notes writes a report, one line a note.
func notes(r importers.Result) []string {
	var lines []string
	for _, n := range r.Report {
		lines = append(lines, fmt.Sprintf("%s %s: %s", n.Level, n.Path, n.Text))
	}
	return lines
}

// shared reads a document that lies beside the repository; it need not be there.
func shared(path ...string) (data []byte, ok bool) {
	data, err := os.ReadFile(filepath.Join(append([]string{"..", "..", "..", "shared"}, path...)...))
	return data, err == nil
}

var (
	_ importFunc = pagerduty.Import
	_ importFunc = pagerduty.ImportV3
)
