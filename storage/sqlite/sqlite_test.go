package sqlite_test

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"github.com/incidentkit/incidentkit/storage"
	"github.com/incidentkit/incidentkit/storage/sqlite"
	"github.com/incidentkit/incidentkit/storage/storagetest"
)

// file is a store that knows where it lives.
type file struct {
	*sqlite.Store
	path string
}

func openFile(t storagetest.T, path string, clock func() time.Time) storage.Store {
	t.Helper()
	s, err := sqlite.Open(context.Background(), sqlite.Options{Path: path, Clock: clock})
	if err != nil {
		t.Fatalf("%v", err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("%v", err)
		}
	})
	return file{s, path}
}

func harness(clock func() time.Time) storagetest.Harness {
	return storagetest.Harness{
		Open: func(t storagetest.T) storage.Store {
			return openFile(t, filepath.Join(t.TempDir(), "incidents.db"), clock)
		},
		// The store before is left as it is until the test ends.
		Reopen: func(t storagetest.T, s storage.Store) storage.Store {
			return openFile(t, s.(file).path, clock)
		},
	}
}

func TestConformance(t *testing.T) {
	t.Parallel()
	clock := storagetest.NewClock(time.Date(2026, 3, 1, 12, 0, 0, 123_456_789, time.UTC))
	h := harness(clock.Now)
	h.Advance = clock.Advance
	storagetest.Run(t, h)
}

func TestConformanceRealClock(t *testing.T) {
	t.Parallel()
	storagetest.Run(t, harness(nil))
}

func TestSurvivesKill(t *testing.T) {
	t.Parallel()
	storagetest.RunKill(t, storagetest.Kill{
		Open: func(dir string) (storage.Store, error) {
			return sqlite.Open(context.Background(), sqlite.Options{Path: filepath.Join(dir, "incidents.db")})
		},
		Rounds: 12,
	})
}
