package sqlite_test

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/incidentkit/incidentkit/storage"
	"github.com/incidentkit/incidentkit/storage/sqlite"
)

func open(t *testing.T, path string) *sqlite.Store {
	t.Helper()
	return openFile(t, path, nil).(file).Store
}

func newPath(t *testing.T) string { return filepath.Join(t.TempDir(), "incidents.db") }

// raw opens a file with the bare driver.
func raw(t *testing.T, path string) *sql.DB {
	t.Helper()
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func execute(t *testing.T, db *sql.DB, statements ...string) {
	t.Helper()
	for _, text := range statements {
		if _, err := db.Exec(text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
}

// stream is a change that creates a stream, with a task that is due.
func stream(id string) storage.Change {
	return storage.Change{
		Stream:   storage.Stream{Tenant: "acme", ID: id},
		Events:   []storage.Event{{Version: 1, Type: "declared", RecordedAt: time.Unix(1, 0), Data: []byte("{}")}},
		Snapshot: storage.Snapshot{Kind: "incident", Status: "active", Data: bytes.Repeat([]byte("x"), 1000)},
		Schedule: []storage.TaskSpec{{ID: "wake", Kind: "wake", Due: time.Unix(1, 0)}},
	}
}

func commit(t *testing.T, s *sqlite.Store, c storage.Change) {
	t.Helper()
	if _, err := s.Commit(t.Context(), c); err != nil {
		t.Fatal(err)
	}
}

func version(t *testing.T, s *sqlite.Store, id string) uint64 {
	t.Helper()
	head, err := s.Load(t.Context(), storage.Ref{Tenant: "acme", ID: id})
	if err != nil {
		t.Fatal(err)
	}
	return head.Version
}

func TestOpenRefusesOptions(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		o     sqlite.Options
		field string
	}{
		"no path":          {sqlite.Options{}, "Options.Path"},
		"memory":           {sqlite.Options{Path: ":memory:"}, "Options.Path"},
		"memory by URI":    {sqlite.Options{Path: "file::memory:?cache=shared"}, "Options.Path"},
		"NUL":              {sqlite.Options{Path: "a\x00b"}, "Options.Path"},
		"negative timeout": {sqlite.Options{Path: "x", BusyTimeout: -time.Second}, "Options.BusyTimeout"},
		"tiny timeout":     {sqlite.Options{Path: "x", BusyTimeout: time.Microsecond}, "Options.BusyTimeout"},
	} {
		_, err := sqlite.Open(t.Context(), c.o)
		var invalid *storage.InvalidError
		if !errors.As(err, &invalid) || invalid.Field != c.field {
			t.Errorf("%s: got the error %v, want an *InvalidError for %s", name, err, c.field)
		}
	}
}

func TestOpenOddPaths(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"a b", "a?b", "a#b", "a%b", "a%20b", "a&mode=memory", "?", "file:x", "file:x?mode=memory", "ü 日本", "a;b", "'", `"`, "a+b", "-", "a\nb",
	} {
		path := filepath.Join(t.TempDir(), name)
		s, err := sqlite.Open(t.Context(), sqlite.Options{Path: path})
		if err != nil {
			t.Errorf("%q: %v", name, err)
			continue
		}
		commit(t, s, stream("one"))
		if err := s.Close(); err != nil {
			t.Errorf("%q: %v", name, err)
		}
		entries, err := os.ReadDir(filepath.Dir(path))
		if err != nil || len(entries) != 1 || entries[0].Name() != name {
			t.Errorf("%q: the directory holds %v (%v), want that file alone", name, entries, err)
		}
		if v := version(t, open(t, path), "one"); v != 1 {
			t.Errorf("%q: opened again the stream is at version %d, want 1", name, v)
		}
	}
}

func TestOpenFollowsNoChdir(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	s := open(t, "incidents.db")
	t.Chdir(t.TempDir())
	var wg sync.WaitGroup
	for range 8 { // more than there are connections yet
		wg.Go(func() {
			if _, err := s.Load(context.Background(), storage.Ref{Tenant: "acme", ID: "one"}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if _, err := os.Stat(filepath.Join(dir, "incidents.db")); err != nil {
		t.Error(err)
	}
}

func TestOpenRefusesForeignFile(t *testing.T) {
	t.Parallel()
	for name, setup := range map[string][]string{
		"unmarked": {"CREATE TABLE invoices (id INTEGER)"},
		"marked":   {"PRAGMA application_id = 77", "CREATE TABLE invoices (id INTEGER)"},
		"empty":    {"PRAGMA application_id = 77"},
		"numbered": {"PRAGMA user_version = 1"},
	} {
		path := newPath(t)
		db := raw(t, path)
		execute(t, db, setup...)
		if err := db.Close(); err != nil {
			t.Fatal(err)
		}
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		_, err = sqlite.Open(t.Context(), sqlite.Options{Path: path})
		var foreign *sqlite.ForeignError
		if !errors.As(err, &foreign) || !errors.Is(err, storage.ErrSchema) || foreign.Path != path {
			t.Errorf("%s: got the error %v, want a *ForeignError that is ErrSchema", name, err)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, before) {
			t.Errorf("%s: the file was changed (%v)", name, err)
		}
	}
}

func TestOpenRefusesNewerSchema(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	s := open(t, path)
	commit(t, s, stream("one"))
	execute(t, raw(t, path), "PRAGMA user_version = 99")
	_, err := sqlite.Open(t.Context(), sqlite.Options{Path: path})
	var schema *sqlite.SchemaError
	if !errors.As(err, &schema) || !errors.Is(err, storage.ErrSchema) {
		t.Fatalf("got the error %v, want a *SchemaError that is ErrSchema", err)
	}
	if schema.Found != 99 || schema.Want != 1 || schema.Path != path {
		t.Errorf("got %+v, want 99 found, 1 wanted, and the path", schema)
	}
}

func TestOpenRefusesWhatIsNoDatabase(t *testing.T) {
	t.Parallel()
	for name, content := range map[string][]byte{
		"text":      []byte("this is not a database"),
		"long text": bytes.Repeat([]byte("this is not a database "), 1000),
		"zeros":     make([]byte, 8192),
		"a header":  append([]byte("SQLite format 3\x00"), make([]byte, 100)...),
	} {
		path := newPath(t)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := sqlite.Open(t.Context(), sqlite.Options{Path: path}); !errors.Is(err, sqlite.ErrCorrupt) {
			t.Errorf("%s: got the error %v, want ErrCorrupt", name, err)
		}
	}
	for name, path := range map[string]string{
		"a directory":       t.TempDir(),
		"no such directory": filepath.Join(t.TempDir(), "missing", "incidents.db"),
	} {
		if _, err := sqlite.Open(t.Context(), sqlite.Options{Path: path}); err == nil {
			t.Errorf("%s: opened, want an error", name)
		}
	}
	if err := os.WriteFile(newPath(t), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	open(t, newPath(t)) // nothing at all is a new database
}

// TestDamage opens files that were cut off or scribbled over. Whatever SQLite
// notices must be ErrCorrupt, and nothing may panic.
func TestDamage(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	s := open(t, path)
	for i := range 40 {
		commit(t, s, stream(string(rune('A'+i))))
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	sound, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}

	noticed := 0
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 1))
		damaged := bytes.Clone(sound)
		if seed%3 == 0 {
			damaged = damaged[:100+rng.IntN(len(damaged)-100)]
		} else {
			for range 1 + rng.IntN(2000) {
				damaged[100+rng.IntN(len(damaged)-100)] = byte(rng.Uint32())
			}
		}
		if err := useAll(t, damaged); err != nil {
			noticed++
			if !errors.Is(err, sqlite.ErrCorrupt) {
				t.Errorf("seed %d: got the error %v, want ErrCorrupt", seed, err)
			}
		}
	}
	if noticed < 30 {
		t.Errorf("%d of 60 damaged files were noticed, want most", noticed)
	}
}

// useAll calls everything on a file with this content, up to the first error.
func useAll(t *testing.T, content []byte) error {
	t.Helper()
	path := newPath(t)
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := sqlite.Open(t.Context(), sqlite.Options{Path: path})
	if err != nil {
		return err
	}
	defer s.Close()
	page, err := s.List(t.Context(), storage.ListQuery{Tenant: "acme", Kind: "incident"})
	if err != nil {
		return err
	}
	for _, h := range page.Heads {
		if h.Stream.Validate("") != nil {
			continue
		}
		if _, err := s.Events(t.Context(), h.Stream, storage.EventsQuery{}); err != nil {
			return err
		}
	}
	if _, err := s.Claim(t.Context(), storage.ClaimQuery{Worker: "w", Limit: 100, Lease: time.Minute}); err != nil {
		return err
	}
	if _, err := s.Commit(t.Context(), stream("new")); err != nil && !errors.Is(err, storage.ErrConflict) {
		return err
	}
	return nil
}

func TestClosed(t *testing.T) {
	t.Parallel()
	s, err := sqlite.Open(t.Context(), sqlite.Options{Path: newPath(t)})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	}
	if _, err := s.Commit(t.Context(), stream("one")); err == nil {
		t.Error("Commit after Close succeeded")
	}
	if _, err := s.Load(t.Context(), storage.Ref{Tenant: "acme", ID: "one"}); err == nil {
		t.Error("Load after Close succeeded")
	}
}
