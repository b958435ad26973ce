package escalationtest

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
)

// awake plays by hand, as a host does that is always on time.
type awake struct{ *byHand }

func (a awake) to(at time.Time) {
	for wake := a.progress().Wake(); !wake.IsZero() && !wake.After(at); wake = a.progress().Wake() {
		a.ask(wake)
	}
}

func (a awake) end() {
	for p := a.progress(); p.State == escalation.Running || p.State == escalation.Snoozed; p = a.progress() {
		a.ask(p.Wake())
	}
}

// What Simulate plays is what comes of Next and Answer by themselves, for a host
// that is on time and keeps the progress as JSON.
func TestSimulationIsWhatAHostDoes(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("testdata/*.txt")
	require.NoError(t, err)
	compared := 0
	for _, name := range names {
		text, err := os.ReadFile(name)
		require.NoError(t, err)
		simulated, byHand := effects(t, name, string(text), false), effects(t, name, string(text), true)
		if byHand != nil {
			compared++
			assert.Equal(t, simulated, byHand, name)
		}
	}
	assert.Greater(t, compared, 50)
}

// effects returns those of the runs of a story, as JSON; nil: it cannot be played
// so.
func effects(t *testing.T, name, text string, hand bool) (all []string) {
	t.Helper()
	s := newStory(text, Files{})
	if s.unattended {
		return nil
	}
	var players []player
	kind := s.newPlayer
	s.newPlayer = func(at time.Time) (player, error) {
		p, err := kind(at)
		if hand {
			if p, err = s.byHand(at); err == nil {
				p = awake{p.(*byHand)}
				p.to(at)
			}
		}
		players = append(players, p)
		return p, err
	}
	_, err := s.tell(text)
	if hand && len(s.given.habits)+len(s.given.broken) > 0 {
		return nil
	}
	require.NoError(t, err, name)
	for _, p := range players {
		moments, _ := p.now()
		for _, m := range moments {
			if m.Answer == nil && !m.Follows {
				m.Effect.Due, m.Effect.Until = m.Effect.Due.UTC(), m.Effect.Until.UTC() // JSON keeps no zones
				effect, err := json.Marshal(m.Effect)
				require.NoError(t, err)
				all = append(all, string(effect))
			}
		}
	}
	return all
}
