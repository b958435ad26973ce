package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	engine "modernc.org/sqlite"

	"github.com/incidentkit/incidentkit/storage"
)

func newStore(t *testing.T) *Store {
	t.Helper()
	s, err := Open(t.Context(), Options{Path: filepath.Join(t.TempDir(), "incidents.db")})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestEveryConnectionIsSetUp(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	for name, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "20"} {
		var w, r string
		if err := s.writer.QueryRow("PRAGMA " + name).Scan(&w); err != nil {
			t.Fatal(err)
		}
		if err := s.reader.QueryRow("PRAGMA " + name).Scan(&r); err != nil {
			t.Fatal(err)
		}
		if w != want || r != want {
			t.Errorf("%s is %s for writes and %s for reads, want %s", name, w, r, want)
		}
	}
	if _, err := s.reader.Exec("DELETE FROM stream"); err == nil {
		t.Error("a connection for reads can write")
	}
}

func TestPragmaThatDoesNotTake(t *testing.T) {
	t.Parallel()
	c, err := engine.NewConnector(":memory:")
	if err != nil {
		t.Fatal(err)
	}
	conn, err := c.Connect(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for _, p := range []pragma{{"journal_mode", "WAL", "wal"}, {"no_such_setting", "1", "1"}} {
		var refused *PragmaError
		if err := p.apply(t.Context(), conn); !errors.As(err, &refused) || refused.Name != p.name || refused.Want != p.want {
			t.Errorf("%s: got the error %v, want a *PragmaError that names it", p.name, err)
		}
	}
}

func TestMigrations(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	at := func() (v int) {
		if err := s.writer.QueryRow("PRAGMA user_version").Scan(&v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	steps, err := readMigrations(migrationFiles)
	if err != nil {
		t.Fatal(err)
	}
	now := len(steps)
	if at() != now {
		t.Fatalf("a new file has schema version %d, want %d", at(), now)
	}

	// A step that fails half-way leaves nothing, and the version as it was.
	broken := slices.Concat(steps, []string{"CREATE TABLE half (x); CREATE TABLE half (x)"})
	if err := migrate(t.Context(), s.writer, s.path, broken); err == nil || at() != now {
		t.Errorf("after a broken migration, with the error %v, the version is %d, want %d", err, at(), now)
	}
	two := slices.Concat(steps, []string{"CREATE TABLE half (x)", "ALTER TABLE half ADD COLUMN y"})
	if err := migrate(t.Context(), s.writer, s.path, two); err != nil || at() != now+2 {
		t.Errorf("after two more migrations the version is %d, %v, want %d", at(), err, now+2)
	}
	var newer *SchemaError
	if err := migrate(t.Context(), s.writer, s.path, steps); !errors.As(err, &newer) || newer.Found != now+2 {
		t.Errorf("an older build: got the error %v, want a *SchemaError that found %d", err, now+2)
	}
}

func TestMigrationNumbers(t *testing.T) {
	t.Parallel()
	steps, err := readMigrations(fstest.MapFS{
		"migrations/0002_b.sql": {Data: []byte("two")}, "migrations/0001_a.sql": {Data: []byte("one")},
	})
	if err != nil || !slices.Equal(steps, []string{"one", "two"}) {
		t.Errorf("the migrations are %v, %v, want them by number", steps, err)
	}
	for _, name := range []string{"migrations/0002_hole.sql", "migrations/one.sql"} {
		if _, err := readMigrations(fstest.MapFS{name: {}}); err == nil {
			t.Errorf("%s alone was accepted", name)
		}
	}
}

// TestPlans sees to it that no statement walks through a whole table.
func TestPlans(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	q := storage.ListQuery{Tenant: "acme", Kind: "incident", Statuses: []string{"a", "b"}, Reverse: true}
	listAny, _ := listText(storage.ListQuery{Tenant: "acme", Kind: "incident"}, "")
	listSome, _ := listText(q, "id")
	texts := []string{listAny, listSome}
	for _, st := range s.statements() {
		texts = append(texts, st.text)
	}
	for _, text := range texts {
		for _, step := range plan(t, s, text) {
			table, scan := strings.CutPrefix(step, "SCAN ")
			switch {
			case !scan, table == "page", table == "CONSTANT ROW", table == "counter",
				strings.HasPrefix(table, "(subquery"),
				// The first entry of an index, which LIMIT 1 ends at.
				text == nextText && strings.HasPrefix(table, "task USING"):
				continue
			}
			t.Errorf("the plan has the step %q:\n%s", step, text)
		}
	}
}

func plan(t *testing.T, s *Store, text string) []string {
	t.Helper()
	args := make([]any, strings.Count(text, "?"))
	rows, err := s.writer.Query("EXPLAIN QUERY PLAN "+text, args...)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	defer rows.Close()
	var steps []string
	for rows.Next() {
		var id, parent, unused int
		var detail string
		if err := rows.Scan(&id, &parent, &unused, &detail); err != nil {
			t.Fatal(err)
		}
		steps = append(steps, detail)
	}
	return steps
}

// TestCancelledWithinTransaction cancels where no test from outside can: while
// the transaction is open.
func TestCancelledWithinTransaction(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	ctx, cancel := context.WithCancel(t.Context())
	err := s.write(ctx, func(x *tx) error {
		_, err := x.exec(x.stmts.addStream, "acme", "before", 1, "k", "s", []byte{})
		cancel()
		if err == nil {
			_, err = x.exec(x.stmts.addStream, "acme", "after", 1, "k", "s", []byte{})
		}
		return err
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got the error %v, want context.Canceled", err)
	}
	for _, id := range []string{"before", "after"} {
		head, err := s.Load(t.Context(), storage.Ref{Tenant: "acme", ID: id})
		if err != nil || head.Version != 0 {
			t.Errorf("%s: version %d, %v, want nothing", id, head.Version, err)
		}
	}
	// No transaction is left open, or this one would wait for it.
	if err := s.write(t.Context(), func(*tx) error { return nil }); err != nil {
		t.Error(err)
	}
}

// TestBusyUntilCancelled cancels two commits of which one waits for the lock of
// another process, and the other for the first.
func TestBusyUntilCancelled(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	s.patience = time.Hour
	other := newWriter(t, s.path)
	lock, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	failed := make(chan error)
	for _, id := range []string{"one", "two"} {
		go func() {
			_, err := s.Commit(ctx, step(storage.Stream{Tenant: "acme", ID: id}, 0, time.Now()))
			failed <- err
		}()
	}
	for stats := s.writer.Stats(); stats.InUse < 1 || stats.WaitCount < 1; stats = s.writer.Stats() {
		runtime.Gosched()
	}
	cancel()
	for range 2 {
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Errorf("a commit that was cancelled while it waited: got the error %v, want context.Canceled", err)
		}
	}
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"one", "two"} {
		c := step(storage.Stream{Tenant: "acme", ID: id}, 0, time.Now())
		if _, err := s.Commit(t.Context(), c); err != nil { // a conflict, had the cancelled one been applied
			t.Errorf("%s: %v", id, err)
		}
	}
}

// newWriter opens a file once more, as another process would.
func newWriter(t *testing.T, path string) *sql.DB {
	t.Helper()
	db := sql.OpenDB(connector{Options{Path: path, BusyTimeout: time.Second}, writes})
	t.Cleanup(func() { db.Close() })
	return db
}

func TestPanicEndsTransaction(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	func() {
		defer func() { _ = recover() }()
		_ = s.write(t.Context(), func(*tx) error { panic("a bug") })
	}()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.write(ctx, func(*tx) error { return nil }); err != nil {
		t.Error(err)
	}
}
