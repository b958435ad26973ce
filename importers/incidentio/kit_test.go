package incidentio_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/incidentio"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
	"github.com/incidentkit/incidentkit/oncall"
)

// one imports documents that hold one schedule.
func one(t *testing.T, documents ...string) (oncall.Schedule, importers.Result) {
	t.Helper()
	result, err := incidentio.Import(importers.Options{}, importtest.Files(documents...)...)
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
