package oracle

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/incident"
)

// TestDecodeReadsAsTheIncidentDoes compares both ways to read every event of a real
// trial, and of the same events with a byte taken out.
func TestDecodeReadsAsTheIncidentDoes(t *testing.T) {
	t.Parallel()
	scanned := 0
	for _, h := range []History{goodHistory(t), hardHistory(t)} {
		for _, s := range h.Streams {
			for _, r := range s.Records {
				e, prev, err := incident.Decode(r.Data)
				require.NoError(t, err)
				got, points, err := decode(r.Data)
				require.NoError(t, err)
				require.Equal(t, e, got)
				require.Equal(t, string(prev), points)
				if _, _, ok := scanEvent(r.Data); ok {
					scanned++
				}
			}
		}
	}
	require.Greater(t, scanned, 100)
}

func FuzzDecode(f *testing.F) {
	for _, s := range hardHistory(f).Streams {
		for _, r := range s.Records {
			f.Add(r.Data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		e, prev, ok := scanEvent(data)
		if !ok {
			return
		}
		want, points, err := incident.Decode(data)
		if err != nil {
			return // a newer version may say more; the judge reads what it knows
		}
		require.Equal(t, want, e)
		require.Equal(t, string(points), prev)
	})
}
