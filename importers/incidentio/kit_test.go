package incidentio_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/incidentio"
	"github.com/incidentkit/incidentkit/oncall"
)

// shifts lists who is on call from one instant to another, in UTC, one line for
// each shift: "03-02 14:00 - 03-02 22:00 ada rot-1". What touches is joined.
func shifts(t *testing.T, s oncall.Schedule, from, to string) []string {
	t.Helper()
	rota, err := oncall.Compile(s)
	require.NoError(t, err)
	type key struct{ person, rotation string }
	open := map[key]*oncall.Shift{}
	var order []*oncall.Shift
	for shift := range rota.Shifts(at(t, from), at(t, to)) {
		k := key{shift.Person, shift.Rotation}
		if last := open[k]; last != nil && last.End.Equal(shift.Start) {
			last.End = shift.End
			continue
		}
		open[k] = &shift
		order = append(order, &shift)
	}
	lines := []string{}
	for _, s := range order {
		const layout = "01-02 15:04"
		lines = append(lines, strings.TrimRight(fmt.Sprintf("%s - %s %s %s",
			s.Start.UTC().Format(layout), s.End.UTC().Format(layout), s.Person, s.Rotation), " "))
	}
	return lines
}

func at(t *testing.T, s string) time.Time {
	t.Helper()
	instant, err := time.Parse(time.DateOnly, s)
	if err != nil {
		instant, err = time.Parse("2006-01-02T15:04Z", s)
	}
	require.NoError(t, err)
	return instant
}

// report lists the notes: "loss /path text".
func report(notes []oncall.Note) []string {
	lines := []string{}
	for _, n := range notes {
		lines = append(lines, string(n.Level)+" "+n.Path+" "+n.Text)
	}
	return lines
}

func texts(documents ...string) []importers.File {
	files := make([]importers.File, len(documents))
	for i, d := range documents {
		files[i] = importers.File{Name: fmt.Sprintf("file%d.json", i+1), Data: []byte(d)}
	}
	return files
}

func read(t *testing.T, path string) importers.File {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return importers.File{Name: filepath.Base(path), Data: data}
}

// one imports documents that hold one schedule.
func one(t *testing.T, documents ...string) (oncall.Schedule, importers.Result) {
	t.Helper()
	result, err := incidentio.Import(importers.Options{}, texts(documents...)...)
	require.NoError(t, err)
	require.Len(t, result.Schedules, 1)
	return result.Schedules[0], result
}

// schedule is a document with these rotations, in London.
func schedule(rotations ...string) string {
	return `{"schedule": {"id": "s", "name": "S", "timezone": "Europe/London", "config": {"rotations": [` +
		strings.Join(rotations, ",") + `]}}}`
}

// version is a version of a rotation whose turns begin on Monday, 5 January 2026,
// 09:00 in London.
type version struct {
	id, from, start, handovers, mode, more string
	layers                                 int
	users                                  []string
}

func (v version) String() string {
	text := func(s, def string) string {
		if s == "" {
			return def
		}
		return s
	}
	layers, users := []string{}, []string{}
	for i := range max(v.layers, 1) {
		layers = append(layers, fmt.Sprintf(`{"id": "l%d", "name": "Layer %d"}`, i+1, i+1))
	}
	for _, u := range v.users {
		users = append(users, fmt.Sprintf(`{"id": %q}`, u))
	}
	from := "null"
	if v.from != "" {
		from = `"` + v.from + `"`
	}
	return fmt.Sprintf(`{"id": %q, "effective_from": %s, "handover_start_at": %q, "handovers": [%s],
		"layers": [%s], "users": [%s], "scheduling_mode": %q%s}`,
		text(v.id, "r"), from, text(v.start, "2026-01-05T09:00:00Z"), text(v.handovers, turn(1, "weekly")),
		strings.Join(layers, ","), strings.Join(users, ","), text(v.mode, "sequential"), v.more)
}

func turn(interval int, kind string) string {
	return fmt.Sprintf(`{"interval": %d, "interval_type": %q}`, interval, kind)
}

func hours(intervals ...string) string {
	items := []string{}
	for _, i := range intervals {
		f := strings.Fields(i) // monday 09:00 17:00
		items = append(items, fmt.Sprintf(`{"weekday": %q, "start_time": %q, "end_time": %q}`, f[0], f[1], f[2]))
	}
	return `, "working_intervals": [` + strings.Join(items, ",") + `]`
}

// shift is an entry of a layer of rotation r: "l1 2026-01-05T09:00 2026-01-12T09:00 ada".
func shift(text string) string {
	f := append(strings.Fields(text), "NOBODY")
	return fmt.Sprintf(`{"entry_id": %q, "rotation_id": "r", "layer_id": %q, "start_at": "%s:00Z", "end_at": "%s:00Z", "user": {"id": %q}}`,
		"e-"+f[1], f[0], f[1], f[2], f[3])
}

func shiftsOf(key string, entries ...string) string {
	items := []string{}
	for _, e := range entries {
		items = append(items, shift(e))
	}
	return fmt.Sprintf(`{"schedule_entries": {%q: [%s]}}`, key, strings.Join(items, ","))
}
