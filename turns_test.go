package incidentkit_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/storage"
)

// roundRobin returns a bench whose policy pages one of three.
func roundRobin(t *testing.T, pick string, changes ...func(*incidentkit.Config)) *bench {
	t.Helper()
	one := step("5m", person("ana"), person("ben"), person("chris"))
	one["pick"] = pick
	return policed(t, object{"steps": []any{one}, "repeat": 0}, changes...)
}

func TestTurnsOutliveTheIncident(t *testing.T) {
	t.Parallel()
	for _, pick := range []string{"in_turn", "least_recent"} {
		t.Run(pick, func(t *testing.T) {
			t.Parallel()
			b := roundRobin(t, pick)
			for range 4 {
				in := b.open(incident.Open{})
				b.settle()
				b.do(in.ID, ana, incident.Resolve{})
				b.clock.Advance(time.Hour)
			}
			assert.Equal(t, []string{"ana push", "ben sms", "chris sms", "ana push"}, b.pages())
			b.tells("inc-0002", "Not paged: person ana: it is the turn of ben")
		})
	}
}

// turnless is a store that has trouble with whose turn it is.
type turnless struct {
	storage.Store
	load, commit bool
	conflicts    int
}

func (s *turnless) Load(ctx context.Context, ref storage.Ref) (storage.Head, error) {
	if s.load && strings.HasPrefix(ref.ID, "turns/") {
		return storage.Head{}, errDown
	}
	return s.Store.Load(ctx, ref)
}

func (s *turnless) Commit(ctx context.Context, c storage.Change) (storage.Committed, error) {
	if strings.HasPrefix(c.Stream.ID, "turns/") {
		if s.conflicts--; s.conflicts >= 0 {
			return storage.Committed{}, storage.ErrConflict
		}
		if s.commit {
			return storage.Committed{}, errDown
		}
	}
	return s.Store.Commit(ctx, c)
}

func TestTroubleWithTurnsDelaysNoPage(t *testing.T) {
	t.Parallel()
	store := &turnless{load: true, commit: true}
	b := roundRobin(t, "in_turn", func(c *incidentkit.Config) { store.Store, c.Store = c.Store, store })
	b.open(incident.Open{})
	b.settle()
	b.open(incident.Open{})
	b.settle()
	assert.Equal(t, []string{"ana push", "ana push"}, b.pages(), "the wrong one is better than nobody")
	store.load, store.commit, store.conflicts = false, false, 3
	b.until(2 * time.Minute)
	b.open(incident.Open{})
	b.settle()
	assert.Equal(t, "ben sms", b.pages()[2], "it is kept as soon as it can be")
	report, err := b.Step(t.Context())
	require.NoError(t, err)
	assert.Zero(t, report.Claimed)
}

func TestAnOlderTurnDoesNotReplaceANewerOne(t *testing.T) {
	t.Parallel()
	store := &turnless{commit: true}
	b := roundRobin(t, "in_turn", func(c *incidentkit.Config) { store.Store, c.Store = c.Store, store })
	b.open(incident.Open{})
	b.settle() // ana's turn cannot be kept yet
	store.commit = false
	b.clock.Advance(500 * time.Millisecond)
	b.open(incident.Open{})
	b.settle() // nor does the second know of it
	b.until(time.Minute)
	b.open(incident.Open{})
	b.settle()
	assert.Equal(t, []string{"ana push", "ana push", "ben sms"}, b.pages())
}
