package postgres

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/storage"
	"github.com/incidentkit/incidentkit/storage/storagetest"
)

// harness empties a schema for each check, since a new one takes longer than most
// checks do.
func harness(t *testing.T, s *Store) storagetest.Harness {
	pool := newPool(t, testURL())
	return storagetest.Harness{
		Open: func(t storagetest.T) storage.Store {
			for _, table := range tables {
				executeAll(t.(*testing.T), pool, "DELETE FROM "+quote(s.Schema())+"."+table)
			}
			return openTest(t.(*testing.T), Options{Pool: pool, Schema: s.Schema()})
		},
		// The store before is left as it is until the test ends.
		Reopen: func(t storagetest.T, _ storage.Store) storage.Store {
			return openTest(t.(*testing.T), Options{Pool: pool, Schema: s.Schema()})
		},
	}
}

// TestConformance runs the suite on the server's own clock.
func TestConformance(t *testing.T) {
	t.Parallel()
	storagetest.Run(t, harness(t, openTest(t, Options{})))
}

// TestConformanceManualClock puts a clock that the test moves into the place of
// the server's, for the clauses that need an exact instant.
func TestConformanceManualClock(t *testing.T) {
	t.Parallel()
	s := openTest(t, Options{})
	stopClock(t, s, time.Date(2026, 3, 1, 12, 0, 0, 123_456_000, time.UTC))
	h := harness(t, s)
	h.Advance = func(d time.Duration) { moveClock(t, s, d) }
	storagetest.Run(t, h)
}

// stopClock replaces a store's clock by one that stands still.
func stopClock(t testing.TB, s *Store, at time.Time) {
	t.Helper()
	schema := quote(s.Schema())
	executeAll(t, s.pool, `CREATE TABLE `+schema+`.test_clock (at bigint NOT NULL);
		CREATE OR REPLACE FUNCTION `+schema+`.clock() RETURNS bigint LANGUAGE sql VOLATILE
		AS $$ SELECT at FROM `+schema+`.test_clock $$`)
	_, err := s.pool.Exec(t.Context(), "INSERT INTO "+schema+".test_clock VALUES ($1)", at.UnixMicro())
	require.NoError(t, err)
}

func moveClock(t testing.TB, s *Store, d time.Duration) {
	t.Helper()
	_, err := s.pool.Exec(context.Background(), "UPDATE "+quote(s.Schema())+".test_clock SET at = at + $1", d.Microseconds())
	require.NoError(t, err)
}

// TestSurvivesKill kills processes, not the server. That it outlives a crash of
// its own is for internal/trials to show.
func TestSurvivesKill(t *testing.T) {
	t.Parallel()
	storagetest.RunKill(t, storagetest.Kill{
		Open: func(dir string) (storage.Store, error) {
			return Open(context.Background(), Options{URL: testURL(), Schema: "kill_" + schemaOf(dir)})
		},
		Rounds: 8,
	})
}

// schemaOf is a name that is as much a directory's own as its path is.
func schemaOf(dir string) string {
	sum := sha256.Sum256([]byte(dir))
	return hex.EncodeToString(sum[:8])
}
