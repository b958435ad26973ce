package incidentio_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/importers/incidentio"
	"github.com/incidentkit/incidentkit/importers/internal/importtest"
)

func TestOverrides(t *testing.T) {
	t.Parallel()
	ab := []string{"ada", "ben"}
	single := schedule(version{users: ab, more: hours("monday 09:00 17:00")}.String())
	double := schedule(version{users: ab, layers: 2}.String()) // both all along
	three := schedule(version{users: []string{"ada", "ben", "cy", "NOBODY"}, layers: 2}.String())
	tests := map[string]struct {
		base      string
		overrides []string
		want      []string
	}{
		"of the only layer, also outside its hours": {
			single, []string{"l1 2026-01-05T16:00 2026-01-05T20:00 cy"},
			[]string{"01-05T09:00 01-05T16:00 ada r", "01-05T16:00 01-05T20:00 cy r"},
		},
		"to nobody": {
			single, []string{"l1 2026-01-05T10:00 2026-01-05T20:00"},
			[]string{"01-05T09:00 01-05T10:00 ada r"},
		},
		"of one layer of two": {
			double, []string{"l2 2026-01-05T10:00 2026-01-05T12:00 cy"},
			[]string{"01-05T09:00 01-06T00:00 ada r", "01-05T09:00 01-05T10:00 ben r", "01-05T10:00 01-05T12:00 cy r", "01-05T12:00 01-06T00:00 ben r"},
		},
		"of both layers": {
			double, []string{"l2 2026-01-05T10:00 2026-01-06T00:00 cy", "l1 2026-01-05T10:00 2026-01-06T00:00 di"},
			[]string{"01-05T09:00 01-05T10:00 ada r", "01-05T09:00 01-05T10:00 ben r", "01-05T10:00 01-06T00:00 di r", "01-05T10:00 01-06T00:00 cy r"},
		},
		"that trade the layers": {
			double, []string{"l1 2026-01-05T10:00 2026-01-06T00:00 ben", "l2 2026-01-05T10:00 2026-01-06T00:00 ada"},
			[]string{"01-05T09:00 01-06T00:00 ada r", "01-05T09:00 01-06T00:00 ben r"},
		},
		"by somebody in the other layer, who is replaced there": {
			double, []string{"l1 2026-01-05T10:00 2026-01-06T00:00 ben", "l2 2026-01-05T10:00 2026-01-06T00:00 cy"},
			[]string{"01-05T09:00 01-05T10:00 ada r", "01-05T09:00 01-06T00:00 ben r", "01-05T10:00 01-06T00:00 cy r"},
		},
		"of one layer, one in the other": {
			double, []string{"l1 2026-01-05T10:00 2026-01-05T20:00 cy", "l1 2026-01-05T12:00 2026-01-05T14:00 di"},
			[]string{"01-05T09:00 01-05T10:00 ada r", "01-05T09:00 01-06T00:00 ben r", "01-05T10:00 01-05T12:00 cy r",
				"01-05T12:00 01-05T14:00 di r", "01-05T14:00 01-05T20:00 cy r", "01-05T20:00 01-06T00:00 ada r"},
		},
		"of one layer, to nobody": {
			double, []string{"l1 2026-01-05T10:00 2026-01-06T00:00"},
			[]string{"01-05T09:00 01-05T10:00 ada r", "01-05T09:00 01-06T00:00 ben r"},
		},
		"of all layers, over a handover and a vacant place": {
			three, []string{"l2 2026-01-04T00:00 2026-01-15T00:00 di"},
			[]string{"01-04T00:00 01-06T00:00 di r", "01-05T09:00 01-06T00:00 ada r"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := one(t, tt.base, shiftsOf("overrides", tt.overrides...))
			assert.Equal(t, tt.want, importtest.Duty(t, s, "2026-01-04", "2026-01-06"))
		})
	}
	s, _ := one(t, three, shiftsOf("overrides", "l2 2026-01-04T00:00 2026-01-15T00:00 di"))
	assert.Equal(t, []string{"01-12T00:00 01-12T09:00 ada r", "01-12T00:00 01-13T00:00 di r", "01-12T09:00 01-13T00:00 cy r"},
		importtest.Duty(t, s, "2026-01-12", "2026-01-13"))
}

func TestOverridesThatDoNotApply(t *testing.T) {
	t.Parallel()
	base := schedule(version{users: []string{"ada"}}.String())
	s, result := one(t, base, shiftsOf("overrides", "l9 2026-01-05T10:00 2026-01-05T12:00 cy"))
	assert.Empty(t, s.Overrides)
	assert.Equal(t, []string{`loss b.json#/schedule_entries/overrides/0 the override is for a layer that the rotation "r" does not have, so nobody is replaced by it, here as in incident.io`},
		importtest.Notes(result.Report))

	s, result = one(t, base, `{"overrides": [{"rotation_id": "z", "start_at": "2026-01-05T10:00:00Z", "end_at": "2026-01-05T12:00:00Z"},
		{"start_at": "2026-01-06T10:00:00Z", "end_at": "2026-01-06T10:00:00Z"}]}`)
	assert.Empty(t, s.Overrides)
	assert.Equal(t, []string{
		"loss b.json#/overrides/1 the entry ends before it starts, so it puts nobody on call and is left out",
		`loss b.json#/overrides/0 the override is for the rotation "z", which the schedule does not have, so nobody is replaced by it`,
	}, importtest.Notes(result.Report))

	s, _ = one(t, base, `{"overrides": [{"start_at": "2026-01-05T10:00:00Z", "end_at": "2026-01-05T12:00:00Z", "user": {"id": "cy"}}]}`)
	require.Len(t, s.Overrides, 1)
	assert.Equal(t, "override-1", s.Overrides[0].ID)
	assert.Empty(t, s.Overrides[0].Rotation, "of the whole schedule")
}

func FuzzImport(f *testing.F) {
	f.Add(schedule(version{users: []string{"ada", "NOBODY"}, layers: 2}.String()), shiftsOf("overrides", "l1 2026-01-05T10:00 2026-01-05T20:00 cy"))
	f.Add(schedule(version{users: []string{"ada", "ben"}, mode: "fair", more: hours("monday 09:00 06:00")}.String()),
		shiftsOf("scheduled", "l1 2026-01-05T09:00 2026-01-12T09:00 ben"))
	f.Add(schedule(version{handovers: turn(1, "monthly")}.String(), version{from: "2026-02-01T00:00:00Z"}.String()), `{"final": []}`)
	f.Add(rota, everything)
	f.Add(`{"users": [{"id": "u", "email": "u@example.com", "slack_user_id": "U1"}]}`, strings.Replace(everything, officeHours, allHours, 1))
	f.Add(`{}`, `{"escalation_paths": [{"id": "a", "repeat_config": {"repeat_after_seconds": 60}, "path": [`+back("1", 1)+`, {"type": "escalation_path", "escalation_path": {"escalation_path_id": "a"}}]}]}`)
	f.Fuzz(func(t *testing.T, first, second string) { importtest.Valid(t, incidentio.Import, first, second) })
}

func TestWild(t *testing.T) {
	t.Parallel()
	importtest.Wild(t, incidentio.Import, string(importtest.Read(t, "schedule.json").Data), string(importtest.Read(t, "entries.json").Data))
}
