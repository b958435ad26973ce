package histories

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/storage"
	"github.com/incidentkit/incidentkit/storage/memory"
	"github.com/incidentkit/incidentkit/storage/sqlite"
	"github.com/incidentkit/incidentkit/storage/storagetest"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// standing is a world whose clock stands until a client moves it.
func standing(open func(clock func() time.Time) []storage.Store) world {
	clock := storagetest.NewClock(noon)
	return world{stores: open(clock.Now), now: clock.Now, advance: clock.Advance, unit: time.Minute, serial: true}
}

func inMemory() world {
	return standing(func(clock func() time.Time) []storage.Store {
		return []storage.Store{memory.New(memory.Options{Clock: clock})}
	})
}

// inSQLite is one new file, opened as often as asked.
func inSQLite(t *testing.T, handles int) world {
	t.Helper()
	path := filepath.Join(t.TempDir(), "incidents.db")
	return standing(func(clock func() time.Time) []storage.Store {
		var stores []storage.Store
		for range handles {
			s, err := sqlite.Open(context.Background(), sqlite.Options{Path: path, Clock: clock})
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, s.Close()) })
			stores = append(stores, s)
		}
		return stores
	})
}

// onServer is a world with the clock of a PostgreSQL server, which is that of the
// machine the tests run on.
func onServer(t *testing.T, handles int) world {
	t.Helper()
	return world{stores: inPostgres(t, handles), now: time.Now, unit: 5 * time.Millisecond, oneLease: handles > 1}
}

// histories is how many are made in each kind of store: as many as
// INCIDENTKIT_SOAK_HISTORIES says, for a long run.
func histories(t *testing.T, usually uint64) uint64 {
	t.Helper()
	text := os.Getenv("INCIDENTKIT_SOAK_HISTORIES")
	if text == "" {
		return usually
	}
	n, err := strconv.ParseUint(text, 10, 64)
	require.NoError(t, err, "INCIDENTKIT_SOAK_HISTORIES")
	return n
}

// TestLinearizable: whatever several clients do at once, some order of their
// calls explains every answer.
func TestLinearizable(t *testing.T) {
	t.Parallel()
	for _, subject := range []struct {
		name      string
		histories uint64
		open      func(t *testing.T) world
	}{
		{"memory", 40, func(*testing.T) world { return inMemory() }},
		{"memory, answers lost", 40, func(*testing.T) world { return losesAnswers.world(1) }},
		{"sqlite", 6, func(t *testing.T) world { return inSQLite(t, 1) }},
		{"sqlite, two handles", 6, func(t *testing.T) world { return inSQLite(t, 2) }},
		{"postgres", 6, func(t *testing.T) world { return onServer(t, 1) }},
		{"postgres, two pools", 6, func(t *testing.T) world { return onServer(t, 2) }},
	} {
		t.Run(subject.name, func(t *testing.T) {
			t.Parallel()
			for seed := range histories(t, subject.histories) {
				t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
					if why := usual(seed).make(subject.open(t)).verdict(); why != "" {
						t.Fatal(why)
					}
				})
			}
		})
	}
}
