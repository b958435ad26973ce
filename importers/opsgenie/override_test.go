package opsgenie_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/incidentkit/incidentkit/importers/internal/importtest"
)

func TestOverrides(t *testing.T) {
	t.Parallel()
	base := schedule(
		rotation("a", "weekly", 1, users("ada"), `, "name": "First"`),
		rotation("b", "weekly", 1, users("ben"), restriction("time-of-day", `"restriction": {"startHour": 12, "endHour": 20}`)),
	)
	const outside = `assumption a.json#/data/0/rotations/0 the override "o" is taken to put somebody on call also outside the restrictions of the rotation`
	tests := map[string]struct {
		overrides    string
		want, report []string
	}{
		"of the whole schedule": {
			`{"data": [{"alias": "o", "user": {"type": "user", "id": "cy", "username": "cy@example.com"}, "startDate": "2026-01-06T00:00:00Z", "endDate": "2026-01-06T12:00:00Z", "rotations": []}]}`,
			[]string{"01-06T00:00 01-06T12:00 cy", "01-06T12:00 01-07T00:00 ada a", "01-06T12:00 01-06T19:00 ben b"},
			[]string{},
		},
		"of one rotation, by its id": {
			`{"data": [{"alias": "o", "user": {"type": "user", "id": "cy"}, "startDate": "2026-01-06T00:00:00Z", "endDate": "2026-01-06T12:00:00Z", "rotations": [{"id": "b", "name": ""}]}]}`,
			[]string{"01-06T00:00 01-07T00:00 ada a", "01-06T00:00 01-06T12:00 cy b", "01-06T12:00 01-06T19:00 ben b"},
			[]string{outside},
		},
		"of one rotation, by its name": {
			`{"data": [{"alias": "o", "user": {"type": "user", "id": "cy"}, "startDate": "2026-01-06T00:00:00Z", "endDate": "2026-01-06T11:00:00Z", "rotations": [{"name": "First"}]}]}`,
			[]string{"01-06T00:00 01-06T11:00 cy a", "01-06T11:00 01-07T00:00 ada a", "01-06T11:00 01-06T19:00 ben b"},
			[]string{},
		},
		"of two rotations": {
			`{"data": [{"alias": "o", "user": {"type": "user", "id": "cy"}, "startDate": "2026-01-06T12:00:00Z", "endDate": "2026-01-06T13:00:00Z", "rotations": [{"id": "b"}, {"id": "a"}]}]}`,
			[]string{"01-06T00:00 01-06T12:00 ada a", "01-06T11:00 01-06T12:00 ben b", "01-06T12:00 01-06T13:00 cy a",
				"01-06T12:00 01-06T13:00 cy b", "01-06T13:00 01-07T00:00 ada a", "01-06T13:00 01-06T19:00 ben b"},
			[]string{outside},
		},
		"of a rotation that is not there": {
			`{"data": [{"alias": "o", "user": {"type": "user", "id": "cy"}, "startDate": "2026-01-06T00:00:00Z", "endDate": "2026-01-06T12:00:00Z", "rotations": [{"id": "z"}]}]}`,
			[]string{"01-06T00:00 01-07T00:00 ada a", "01-06T11:00 01-06T19:00 ben b"},
			[]string{`loss a.json#/data/0/rotations/0 the override "o" is for the rotation "z", which is not imported, so nobody is replaced by it`},
		},
		"to nobody": {
			`{"data": [{"alias": "o", "user": {"type": "none"}, "startDate": "2026-01-06T00:00:00Z", "endDate": "2026-01-06T23:00:00Z"}]}`,
			[]string{"01-06T23:00 01-07T00:00 ada a"},
			[]string{},
		},
		"of Jira Service Management": {
			`{"values": [{"alias": "o", "responder": {"type": "user", "id": "cy"}, "startDate": "2026-01-06T00:00:00Z", "endDate": "2026-01-06T11:00:00Z", "rotationIds": ["a"]}], "links": {}}`,
			[]string{"01-06T00:00 01-06T11:00 cy a", "01-06T11:00 01-07T00:00 ada a", "01-06T11:00 01-06T19:00 ben b"},
			[]string{},
		},
		"backwards": {
			`{"data": [{"alias": "o", "user": {"type": "none"}, "startDate": "2026-01-06T10:00:00Z", "endDate": "2026-01-06T10:00:00Z"}]}`,
			[]string{"01-06T00:00 01-07T00:00 ada a", "01-06T11:00 01-06T19:00 ben b"},
			[]string{"loss a.json#/data/0 the override ends before it starts, so it changes nothing and is left out"},
		},
		"two at the same time, of the same name": {
			`{"data": [
				{"alias": "o", "user": {"type": "user", "id": "cy"}, "startDate": "2026-01-06T00:00:00Z", "endDate": "2026-01-06T12:00:00Z"},
				{"alias": "o", "user": {"type": "user", "id": "di"}, "startDate": "2026-01-06T06:00:00Z", "endDate": "2026-01-07T12:00:00Z"}]}`,
			[]string{"01-06T00:00 01-06T06:00 cy", "01-06T06:00 01-07T00:00 di"},
			[]string{"assumption a.json#/data/0 some overrides are for the same time; of two, the later in the list is taken to win"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, result := one(t, tt.overrides, base)
			assert.Equal(t, tt.want, importtest.Duty(t, s, "2026-01-06", "2026-01-07"))
			assert.Equal(t, tt.report, importtest.Notes(result.Report))
		})
	}
}

func TestOverridesFindTheirSchedule(t *testing.T) {
	t.Parallel()
	first := schedule(rotation("a", "weekly", 1, users("ada"), ""))
	second := `{"id": "s2", "timezone": "Europe/Berlin", "rotations": [` + rotation("b", "weekly", 1, users("ben"), "") + `]}`
	for name, override := range map[string]string{
		"by a rotation": `{"alias": "o", "user": {"type": "none"}, "startDate": "2026-01-06T00:00:00Z", "endDate": "2026-01-06T01:00:00Z", "rotations": [{"id": "b"}]}`,
		"by its name":   `{"_parent": {"id": "s2"}, "alias": "o", "user": {"type": "none"}, "startDate": "2026-01-06T00:00:00Z", "endDate": "2026-01-06T01:00:00Z"}`,
	} {
		result := must(t, override, first, second)
		assert.Empty(t, result.Schedules[0].Overrides, name)
		assert.Len(t, result.Schedules[1].Overrides, 1, name)
	}
}
