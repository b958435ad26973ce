package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"path/filepath"
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
	pragma := func(db *sql.DB, name string) (value string) {
		t.Helper()
		if err := db.QueryRow("PRAGMA " + name).Scan(&value); err != nil {
			t.Fatal(err)
		}
		return value
	}
	writer := newWriter(t, s.path)
	for name, want := range map[string]string{"journal_mode": "wal", "synchronous": "2", "foreign_keys": "1", "busy_timeout": "20"} {
		if w, r := pragma(writer, name), pragma(s.reader, name); w != want || r != want {
			t.Errorf("%s is %s for writes and %s for reads, want %s", name, w, r, want)
		}
	}
	if got := pragma(writer, "wal_autocheckpoint"); got != "0" {
		t.Errorf("commits make checkpoints after %s pages, want that left to the checkpointer", got)
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
	db := newWriter(t, s.path)
	at := func() (v int) {
		if err := db.QueryRow("PRAGMA user_version").Scan(&v); err != nil {
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
	if err := migrate(t.Context(), db, s.path, broken); err == nil || at() != now {
		t.Errorf("after a broken migration, with the error %v, the version is %d, want %d", err, at(), now)
	}
	two := slices.Concat(steps, []string{"CREATE TABLE half (x)", "ALTER TABLE half ADD COLUMN y"})
	if err := migrate(t.Context(), db, s.path, two); err != nil || at() != now+2 {
		t.Errorf("after two more migrations the version is %d, %v, want %d", at(), err, now+2)
	}
	var newer *SchemaError
	if err := migrate(t.Context(), db, s.path, steps); !errors.As(err, &newer) || newer.Found != now+2 {
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
	texts = append(texts, loadByIDText, loadByKeyText, eventsText, tenantsText, openText)
	texts = append(texts, statementTexts[findStream:]...)
	db := newWriter(t, s.path)
	for _, text := range texts {
		for _, step := range plan(t, db, text) {
			table, scan := strings.CutPrefix(step, "SCAN ")
			switch {
			case !scan, table == "page", table == "CONSTANT ROW", table == "counter", table == "found",
				strings.HasPrefix(table, "json_each"),
				strings.HasPrefix(table, "(subquery"),
				// The first entry of an index, which LIMIT 1 ends at.
				strings.HasPrefix(text, nextText) && strings.HasPrefix(table, "task USING"):
				continue
			}
			t.Errorf("the plan has the step %q:\n%s", step, text)
		}
	}
}

func plan(t *testing.T, db *sql.DB, text string) []string {
	t.Helper()
	args := make([]any, strings.Count(text, "?"))
	rows, err := db.Query("EXPLAIN QUERY PLAN "+text, args...)
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
		_ = s.write(t.Context(), "panic", func(*session) error { panic("a bug") })
	}()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := s.write(ctx, "go on", func(*session) error { return nil }); err != nil {
		t.Error(err)
	}
}
