package incident_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/incident"
)

func TestAlerts(t *testing.T) {
	t.Parallel()
	const firing, resolved = incident.Firing, incident.AlertResolved
	a := alert("checkout", "fp1", firing, t0)
	changed := a
	changed.Summary, changed.EndsAt, changed.Labels = "Other words", after(5), map[string]string{"zone": "b"}
	elsewhere := a
	elsewhere.StartsAt = t0.In(time.FixedZone("", 3600))
	over := alert("checkout", "fp1", resolved, t0)
	again := alert("checkout", "fp1", firing, after(9))
	other := alert("checkout", "fp2", firing, t0)
	bare := alert("checkout", "", firing, t0)
	otherKey := alert("cart", "fp1", firing, t0)

	tests := map[string]struct {
		before, sent, news []incident.Alert
	}{
		"the first":                             {nil, []incident.Alert{a}, []incident.Alert{a}},
		"a repeat":                              {[]incident.Alert{a}, []incident.Alert{a}, nil},
		"a repeat in other words":               {[]incident.Alert{a}, []incident.Alert{changed}, nil},
		"a repeat in another zone":              {[]incident.Alert{a}, []incident.Alert{elsewhere}, nil},
		"twice in one batch":                    {nil, []incident.Alert{a, a}, []incident.Alert{a}},
		"it ends":                               {[]incident.Alert{a}, []incident.Alert{over}, []incident.Alert{over}},
		"it comes back":                         {[]incident.Alert{a, over}, []incident.Alert{again}, []incident.Alert{again}},
		"it comes back unseen":                  {[]incident.Alert{a}, []incident.Alert{again}, []incident.Alert{again}},
		"all of that at once":                   {nil, []incident.Alert{a, over, over, again}, []incident.Alert{a, over, again}},
		"another of the same key":               {[]incident.Alert{a}, []incident.Alert{a, other}, []incident.Alert{other}},
		"one without a fingerprint":             {[]incident.Alert{a}, []incident.Alert{bare, bare}, []incident.Alert{bare}},
		"the same fingerprint of another key":   {[]incident.Alert{a}, []incident.Alert{otherKey}, []incident.Alert{otherKey}},
		"a key and fingerprint that read alike": {[]incident.Alert{alert(`a"b`, "c", firing, t0)}, []incident.Alert{alert("a", `"bc`, firing, t0)}, []incident.Alert{alert("a", `"bc`, firing, t0)}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := opened(t)
			for _, b := range test.before {
				s.do(robot, incident.RecordAlerts{Alerts: []incident.Alert{b}})
			}
			before := s.in
			var want []incident.Payload
			if test.news != nil {
				want = []incident.Payload{recording(test.news)}
			}
			assert.Equal(t, want, payloads(s.do(robot, incident.RecordAlerts{Alerts: test.sent})))
			if test.news == nil {
				assert.Equal(t, before, s.in)
			}

			// Alerts that an incident is opened for pass the same filter.
			s = newStory(t)
			events := s.do(robot, incident.Open{Title: "x", Alerts: append(test.before, test.sent...)})
			require.Len(t, events, 2)
			assert.Equal(t, recording(append(test.before, test.news...)), events[1].Payload)
		})
	}

	t.Run("how many fire", func(t *testing.T) {
		t.Parallel()
		s := opened(t)
		s.do(robot, incident.RecordAlerts{Alerts: []incident.Alert{a, other, otherKey}})
		assert.Equal(t, 3, s.in.Firing())
		s.do(robot, incident.RecordAlerts{Alerts: []incident.Alert{over}})
		assert.Equal(t, 2, s.in.Firing())
	})
}

// TestForgetting fills an incident with more alerts than it keeps.
func TestForgetting(t *testing.T) {
	t.Parallel()
	const many = 1000 // as many are kept, whatever their status
	numbered := func(from, to int, s incident.AlertStatus) []incident.Alert {
		var out []incident.Alert
		for i := from; i < to; i++ {
			out = append(out, alert("checkout", fmt.Sprint("fp", i), s, t0))
		}
		return out
	}
	const firing, resolved = incident.Firing, incident.AlertResolved
	tests := map[string]struct {
		batches          [][]incident.Alert
		firing, resolved int // how many are remembered in the end
	}{
		"as many as are kept":            {[][]incident.Alert{numbered(0, 400, firing), numbered(400, many, resolved)}, 400, 600},
		"all of them resolved":           {[][]incident.Alert{numbered(0, many, resolved)}, 0, many},
		"one more, which fires":          {[][]incident.Alert{numbered(0, 400, firing), numbered(400, many, resolved), numbered(many, many+1, firing)}, 401, 0},
		"one more, which is resolved":    {[][]incident.Alert{numbered(0, 400, firing), numbered(400, many+1, resolved)}, 400, 0},
		"all at once":                    {[][]incident.Alert{append(numbered(0, 2, firing), numbered(2, many+1, resolved)...)}, 2, 0},
		"what fires is never forgotten":  {[][]incident.Alert{numbered(0, many+5, firing)}, many + 5, 0},
		"resolved while there are many":  {[][]incident.Alert{numbered(0, many+5, firing), numbered(0, 3, resolved)}, many + 2, 0},
		"everything is over":             {[][]incident.Alert{numbered(0, many+5, firing), numbered(0, many+5, resolved)}, 0, 0},
		"kept again once there are less": {[][]incident.Alert{numbered(0, 2, firing), numbered(2, many+1, resolved), numbered(0, 1, resolved)}, 1, 1},
		"the same again does not count":  {[][]incident.Alert{numbered(0, many, resolved), numbered(0, many, resolved)}, 0, many},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, mirrored := opened(t), opened(t)
			for _, batch := range test.batches {
				s.do(robot, incident.RecordAlerts{Alerts: batch})
				reversed := slices.Clone(batch)
				slices.Reverse(reversed)
				mirrored.do(robot, incident.RecordAlerts{Alerts: reversed})
			}
			assert.Equal(t, test.firing, s.in.Firing())
			assert.Len(t, s.in.Alerts, test.firing+test.resolved)
			assert.Equal(t, s.in.Alerts, mirrored.in.Alerts, "their order in a batch does not matter")

			replayed, _, err := incident.Replay(s.data)
			require.NoError(t, err)
			assert.Equal(t, s.in, replayed)
			back, err := incident.DecodeSnapshot([]byte(encoded(t, s.in)))
			require.NoError(t, err)
			assert.Equal(t, s.in, back)
		})
	}

	t.Run("a forgotten alert is a new one", func(t *testing.T) {
		t.Parallel()
		s := opened(t)
		s.do(robot, incident.RecordAlerts{Alerts: numbered(0, many+1, resolved)})
		again := alert("checkout", "fp7", firing, after(3))
		assert.Equal(t, []incident.Payload{recording([]incident.Alert{again})},
			payloads(s.do(robot, incident.RecordAlerts{Alerts: []incident.Alert{again}})))
		assert.Equal(t, 1, s.in.Firing())
	})
}

// recording is what records alerts without labels.
func recording(alerts []incident.Alert) incident.AlertsRecorded {
	p := incident.AlertsRecorded{Alerts: alerts}
	for _, a := range alerts {
		if a.Status == incident.Firing {
			p.Fired++
		}
	}
	return p
}
