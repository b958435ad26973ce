package incident_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/incident"
)

// TestTampering changes a stored stream: bytes, events, their order.
func TestTampering(t *testing.T) {
	t.Parallel()
	s := checkout(t)
	other := opened(t) // the same incident, had it gone another way
	for len(other.data) < len(s.data) {
		other.do(ana, incident.AddNote{Text: "Nothing happens."})
	}
	last := len(s.data) - 1

	rapid.Check(t, func(t *rapid.T) {
		data := make([][]byte, len(s.data))
		for i := range data {
			data[i] = slices.Clone(s.data[i])
		}
		i := rapid.IntRange(0, last).Draw(t, "event")
		atEnd := i == last // no hash follows that could tell
		switch rapid.SampledFrom([]string{"alter", "remove", "swap", "repeat", "insert", "replace"}).Draw(t, "change") {
		case "alter":
			b := rapid.IntRange(0, len(data[i])-1).Draw(t, "byte")
			data[i][b] ^= rapid.ByteRange(1, 255).Draw(t, "bits")
		case "remove":
			data = slices.Delete(data, i, i+1)
		case "swap":
			j := rapid.IntRange(0, last).Filter(func(j int) bool { return j != i }).Draw(t, "with")
			data[i], data[j], atEnd = data[j], data[i], false
		case "repeat":
			j := rapid.IntRange(0, len(data)).Draw(t, "at")
			data, atEnd = slices.Insert(data, j, data[i]), false
		case "insert":
			data, atEnd = slices.Insert(data, i, other.data[i]), false
		case "replace":
			data[i] = other.data[i]
			atEnd = false // it points to another past
		}
		in, events, err := incident.Replay(data)
		if err == nil {
			require.True(t, atEnd, "the change goes unnoticed")
			require.NotEqual(t, s.in.Head, in.Head, "not even the head tells")
			return
		}
		require.ErrorIs(t, err, incident.ErrCorrupt)
		require.Len(t, events, int(in.Version), "the state comes with the events that led to it")
		for v, e := range events[:min(i, len(events))] {
			require.Equal(t, s.events[v], e)
		}
	})
}

// TestTheEndOfAChain shows what a chain by itself cannot: only a head that was
// kept tells.
func TestTheEndOfAChain(t *testing.T) {
	t.Parallel()
	s := checkout(t)
	in, _, err := incident.Replay(s.data[:10])
	require.NoError(t, err)
	assert.Equal(t, uint64(10), in.Version)
	assert.NotEqual(t, s.in.Head, in.Head)

	_, more, err := incident.Seal(s.in, incident.Extend(s.in, ana, s.now, t0, incident.NoteAdded{Text: "forged"}))
	require.NoError(t, err)
	in, _, err = incident.Replay(append(slices.Clip(s.data), more[0].Data))
	require.NoError(t, err)
	assert.NotEqual(t, s.in.Head, in.Head)

	in, events, err := incident.Replay(nil)
	require.NoError(t, err)
	assert.False(t, in.Exists())
	assert.Empty(t, events)
}

func TestSeal(t *testing.T) {
	t.Parallel()
	s := opened(t)
	events := incident.Extend(s.in, ana, after(1), t0, incident.NoteAdded{Text: "a"}, incident.NoteAdded{Text: "b"})
	in, records, err := incident.Seal(s.in, events)
	require.NoError(t, err)
	require.Len(t, records, 2)
	prev := s.in.Head
	for i, r := range records {
		e, points, err := incident.Decode(r.Data)
		require.NoError(t, err)
		assert.Equal(t, events[i], e)
		assert.Equal(t, prev, points)
		assert.Equal(t, incident.Record{
			Version: e.Version, Type: incident.TypeNoteAdded, RecordedAt: after(1), Data: r.Data, Hash: r.Hash,
		}, r)
		prev = r.Hash
	}
	assert.Equal(t, prev, in.Head)
	assert.Len(t, string(in.Head), len(incident.Genesis))

	// In two goes or one, the chain is the same.
	first, _, err := incident.Seal(s.in, events[:1])
	require.NoError(t, err)
	second, _, err := incident.Seal(first, events[1:])
	require.NoError(t, err)
	assert.Equal(t, in, second)

	in, records, err = incident.Seal(s.in, nil)
	require.NoError(t, err)
	assert.Equal(t, s.in, in)
	assert.Empty(t, records)
}

func TestSealRefuses(t *testing.T) {
	t.Parallel()
	s := opened(t)
	note := incident.Extend(s.in, ana, after(1), t0, incident.NoteAdded{Text: "a"})
	unsealed, err := incident.Apply(s.in, note[0])
	require.NoError(t, err)
	extend := func(p incident.Payload) []incident.Event { return incident.Extend(s.in, kit, after(1), t0, p) }
	tests := map[string]struct {
		in     incident.Incident
		events []incident.Event
		want   error
	}{
		"an event twice":               {s.in, append(note, note...), incident.ErrCorrupt},
		"an event too early":           {s.in, incident.Extend(unsealed, ana, after(1), t0, incident.NoteAdded{}), incident.ErrCorrupt},
		"an event that says nothing":   {s.in, extend(nil), incident.ErrCorrupt},
		"a second opening":             {s.in, extend(incident.IncidentOpened{Kind: incident.Standard, Status: incident.Triage}), incident.ErrCorrupt},
		"no opening":                   {incident.Incident{}, incident.Extend(incident.Incident{}, ana, t0, t0, incident.NoteAdded{Text: "a"}), incident.ErrCorrupt},
		"a state that was not sealed":  {unsealed, incident.Extend(unsealed, ana, after(1), t0, incident.NoteAdded{Text: "b"}), incident.ErrCorrupt},
		"a status that nobody reads":   {s.in, extend(incident.StatusChanged{From: incident.Active, To: "paused"}), incident.ErrCorrupt},
		"a run that ends in no way":    {s.in, extend(incident.EscalationEnded{Run: "1", State: incident.Running}), incident.ErrCorrupt},
		"progress that is not JSON":    {s.in, extend(incident.EscalationAdvanced{Run: "1", Progress: []byte("{")}), nil},
		"a time that cannot be stored": {s.in, extend(incident.EscalationAdvanced{Run: "1", Wake: tooLate}), nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			in, records, err := incident.Seal(test.in, test.events)
			require.Error(t, err)
			if test.want != nil {
				require.ErrorIs(t, err, test.want)
			}
			assert.Equal(t, test.in, in)
			assert.Nil(t, records)
		})
	}
}

func TestApplyRefuses(t *testing.T) {
	t.Parallel()
	s := opened(t)
	for _, e := range []incident.Event{
		{Version: 1, Payload: incident.NoteAdded{}},
		{Version: 3, Payload: incident.NoteAdded{}},
		{Version: 2},
		{Version: 2, Payload: incident.IncidentOpened{}},
	} {
		in, err := incident.Apply(s.in, e)
		var broken *incident.ChainError
		require.ErrorAs(t, err, &broken)
		assert.Equal(t, e.Version, broken.Version)
		assert.Contains(t, err.Error(), broken.Why)
		assert.Equal(t, s.in, in)
	}
}
