package postgres

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/storage"
)

// made is a set of made-up steps, of which each leaves a trace that would be there
// twice if it were taken twice.
func made(from ...int) fstest.MapFS {
	files := fstest.MapFS{}
	for i, compatible := range from {
		text := fmt.Sprintf("-- compatible_from: %d\n", compatible)
		if i == 0 {
			text += "CREATE TABLE {schema}.trace (step int NOT NULL);\n"
		}
		text += fmt.Sprintf("INSERT INTO {schema}.trace VALUES (%d);\n-- the end, without a line feed", i+1)
		files[fmt.Sprintf("migrations/%04d_step_%d.sql", i+1, i+1)] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

func newMigrator(t *testing.T, pool *pgxpool.Pool, schema string, files fs.FS) *migrator {
	t.Helper()
	steps, err := readMigrations(files, schema)
	require.NoError(t, err)
	return &migrator{pool: pool, schema: schema, steps: steps, log: slog.New(slog.DiscardHandler)}
}

func trace(t *testing.T, pool *pgxpool.Pool, schema string) string {
	t.Helper()
	return value[string](t, pool, "SELECT string_agg(step::text, ',' ORDER BY step) FROM "+quote(schema)+".trace")
}

func TestMigrateStepByStep(t *testing.T) {
	t.Parallel()
	pool, schema := newPool(t, testURL()), newSchema(t)
	steps := []int{1, 1, 2, 2}
	traces := []string{"1", "1,2", "1,2,3", "1,2,3,4"}
	for i := range steps {
		m := newMigrator(t, pool, schema, made(steps[:i+1]...))
		var missing *SchemaError
		require.ErrorAs(t, m.run(t.Context(), Check), &missing, "a build does not run on the schema before its own")
		assert.Equal(t, SchemaError{Schema: schema, Found: i, CompatibleFrom: append([]int{0}, steps...)[i], Build: i + 1}, *missing)
		require.ErrorIs(t, missing, storage.ErrSchema)
		for range 2 {
			require.NoError(t, m.run(t.Context(), Apply))
			require.NoError(t, m.run(t.Context(), Check))
			assert.Equal(t, traces[i], trace(t, pool, schema))
		}
	}
}

// TestBuildsSideBySide says which builds run on a schema of version 4.
func TestBuildsSideBySide(t *testing.T) {
	t.Parallel()
	all := []int{1, 1, 2, 3} // the fourth step breaks builds before the third
	pool, schema := newPool(t, testURL()), newSchema(t)
	require.NoError(t, newMigrator(t, pool, schema, made(all...)).run(t.Context(), Apply))
	for build, runs := range map[int]bool{1: false, 2: false, 3: true, 4: true} {
		for _, mode := range []MigrateMode{Apply, Check} {
			err := newMigrator(t, pool, schema, made(all[:build]...)).run(t.Context(), mode)
			if runs {
				require.NoError(t, err, "build %d", build)
				continue
			}
			var tooNew *SchemaError
			require.ErrorAs(t, err, &tooNew, "build %d", build)
			assert.Equal(t, SchemaError{Schema: schema, Found: 4, CompatibleFrom: 3, Build: build}, *tooNew)
			require.ErrorContains(t, err, "use a newer build, 3 at least")
		}
	}
	assert.Equal(t, "1,2,3,4", trace(t, pool, schema), "and none of them changed anything")
}

func TestMigrateAtOnce(t *testing.T) {
	t.Parallel()
	pool := newPool(t, newDatabase(t)+"&pool_max_conns=16")
	const schema = "all at once"
	var wg sync.WaitGroup
	for range 16 {
		m := newMigrator(t, pool, schema, made(1, 1, 2))
		wg.Go(func() { assert.NoError(t, m.run(context.Background(), Apply)) })
	}
	wg.Wait()
	assert.Equal(t, "1,2,3", trace(t, pool, schema))
}

// TestOpenAtOnce is the same, with all of the real thing.
func TestOpenAtOnce(t *testing.T) {
	t.Parallel()
	schema := newSchema(t)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			s, err := Open(context.Background(), Options{URL: testURL(), Schema: schema})
			if assert.NoError(t, err) {
				assert.NoError(t, s.Close())
			}
		})
	}
	wg.Wait()
	assert.Equal(t, len(embedded(t)), value[int](t, newPool(t, testURL()), "SELECT count(*) FROM "+quote(schema)+"."+ledgerTable))
}

func embedded(t *testing.T) []Migration {
	t.Helper()
	steps, err := Migrations("")
	require.NoError(t, err)
	return steps
}

// TestMigratorKilled cuts a migrator's connection in the middle of a step.
func TestMigratorKilled(t *testing.T) {
	t.Parallel()
	schema := newSchema(t)
	pool, watcher := newPool(t, testURL()), newPool(t, testURL())
	files := made(1, 1)
	require.NoError(t, newMigrator(t, pool, schema, made(1)).run(t.Context(), Apply))

	// The second step first waits for somebody, and so for its end.
	blocker := begin(t, watcher, pgx.TxOptions{})
	_, err := blocker.Exec(t.Context(), "LOCK TABLE "+quote(schema)+".trace IN ACCESS EXCLUSIVE MODE")
	require.NoError(t, err)
	failed := make(chan error)
	m := newMigrator(t, pool, schema, files)
	go func() { failed <- m.run(context.Background(), Apply) }()
	const stop = `SELECT count(pg_terminate_backend(l.pid)) FROM pg_locks l
		WHERE NOT l.granted AND l.relation = to_regclass($1)`
	for killed := 0; killed == 0; {
		killed = value[int](t, watcher, stop, quote(schema)+".trace")
	}
	require.Error(t, <-failed)
	require.NoError(t, blocker.Rollback(t.Context()))
	assert.Equal(t, "1", trace(t, watcher, schema), "the step left nothing")

	require.NoError(t, newMigrator(t, watcher, schema, files).run(t.Context(), Apply), "and the next one takes it")
	assert.Equal(t, "1,2", trace(t, watcher, schema))
}

// TestMigrateWaits holds the lock on the ledger for longer than a migrator waits
// at one time.
func TestMigrateWaits(t *testing.T) {
	t.Parallel()
	schema := newSchema(t)
	pool := newPool(t, testURL())
	require.NoError(t, newMigrator(t, pool, schema, made(1)).run(t.Context(), Apply))
	blocker := begin(t, pool, pgx.TxOptions{})
	_, err := blocker.Exec(t.Context(), "LOCK TABLE "+quote(schema)+"."+ledgerTable+" IN EXCLUSIVE MODE")
	require.NoError(t, err)

	m := newMigrator(t, pool, schema, made(1, 1))
	waited := make(chan struct{})
	m.log = slog.New(slog.NewTextHandler(writer(func(line []byte) {
		if bytes.Contains(line, []byte("tried again")) {
			close(waited)
		}
	}), nil))
	ctx, cancel := context.WithCancel(t.Context())
	result := make(chan error)
	go func() { result <- m.run(ctx, Apply) }()
	<-waited
	cancel()
	require.ErrorIs(t, <-result, context.Canceled, "it waits for as long as its context")

	require.NoError(t, blocker.Rollback(t.Context()))
	require.NoError(t, newMigrator(t, pool, schema, made(1, 1)).run(t.Context(), Apply))
}

// writer is a function that is written to.
type writer func([]byte)

func (w writer) Write(p []byte) (int, error) { w(p); return len(p), nil }

func TestFailedStep(t *testing.T) {
	t.Parallel()
	pool, schema := newPool(t, testURL()), newSchema(t)
	files := made(1, 1)
	files["migrations/0002_step_2.sql"].Data = append(files["migrations/0002_step_2.sql"].Data, "\nSELECT nonsense;"...)
	err := newMigrator(t, pool, schema, files).run(t.Context(), Apply)
	require.ErrorContains(t, err, "migration 2 (step_2) of the schema "+schema)
	require.ErrorContains(t, err, "nonsense")
	assert.Equal(t, "1", trace(t, pool, schema), "all of a step or nothing")
}

func TestForeignSchema(t *testing.T) {
	t.Parallel()
	for _, relation := range []string{"TABLE theirs (n int)", "VIEW theirs AS SELECT 1", "SEQUENCE theirs"} {
		pool, schema := newPool(t, testURL()), newSchema(t)
		executeAll(t, pool, "CREATE SCHEMA "+quote(schema)+"; SET search_path = "+quote(schema)+"; CREATE "+relation+"; RESET search_path")
		for _, mode := range []MigrateMode{Apply, Check} {
			_, err := Open(t.Context(), Options{URL: testURL(), Schema: schema, Migrate: mode})
			var foreign *ForeignError
			require.ErrorAs(t, err, &foreign, relation)
			assert.Equal(t, ForeignError{Schema: schema, Found: "theirs"}, *foreign)
			require.ErrorIs(t, err, storage.ErrSchema)
		}
		assert.Equal(t, 1, value[int](t, pool, "SELECT count(*) FROM pg_class WHERE relnamespace = $1::regnamespace", quote(schema)), "it is left as it is")
	}
}

// TestEmptySchema is one that somebody made for the store, whose role may not make
// one itself.
func TestEmptySchema(t *testing.T) {
	t.Parallel()
	admin, role := newPool(t, newDatabase(t)), newName()
	database := admin.Config().ConnConfig.Database
	executeAll(t, admin, "CREATE ROLE "+quote(role)+" LOGIN; CREATE SCHEMA theirs AUTHORIZATION "+quote(role))
	t.Cleanup(func() {
		executeCleanup(t, "DROP ROLE "+quote(role))
	})
	t.Cleanup(func() { _, _ = admin.Exec(context.Background(), "DROP OWNED BY "+quote(role)) })
	url := strings.Replace(testServer(t).URL(database), "postgres@", role+"@", 1)

	_, err := Open(t.Context(), Options{URL: url, Schema: "elsewhere"})
	require.ErrorContains(t, err, "permission denied for database")
	require.ErrorContains(t, err, "create the schema for this role, or grant it CREATE on the database")
	executeAll(t, admin, "CREATE SCHEMA shut")
	_, err = Open(t.Context(), Options{URL: url, Schema: "shut"})
	require.ErrorContains(t, err, "grant this role USAGE and CREATE on the schema")
	_, err = Open(t.Context(), Options{URL: url, Schema: "theirs", Migrate: Check})
	require.ErrorContains(t, err, "postgres: there is nothing in the schema theirs yet: apply the migrations")
	openTest(t, Options{URL: url, Schema: "theirs"})
}

func executeCleanup(t *testing.T, sql string) {
	t.Helper()
	conn, err := pgx.Connect(context.Background(), testURL())
	require.NoError(t, err)
	defer conn.Close(context.Background())
	_, err = conn.Exec(context.Background(), sql)
	assert.NoError(t, err, sql)
}

// TestOwnTool applies the exported steps as a host would.
func TestOwnTool(t *testing.T) {
	t.Parallel()
	pool, schema := newPool(t, testURL()), newSchema(t)
	_, err := Open(t.Context(), Options{URL: testURL(), Schema: schema, Migrate: Check})
	var missing *SchemaError
	require.ErrorAs(t, err, &missing)
	assert.Zero(t, missing.Found)
	require.EqualError(t, err, "postgres: there is no schema "+schema+" yet: apply the migrations (postgres.Migrations), or open with Migrate: postgres.Apply")

	steps, err := Migrations(schema)
	require.NoError(t, err)
	for i, step := range steps {
		assert.Equal(t, i+1, step.Number)
		require.NoError(t, pgx.BeginFunc(t.Context(), pool, func(tx pgx.Tx) error { return execute(t.Context(), tx, step.SQL) }))
	}
	openTest(t, Options{Schema: schema, Migrate: Check})
}

// TestFilesAreCompatible holds the files to what lets two builds run side by side;
// reading them does.
func TestFilesAreCompatible(t *testing.T) {
	t.Parallel()
	for _, step := range embedded(t) {
		assert.NotContains(t, step.SQL, schemaMark)
		assert.Contains(t, step.SQL, `"incidentkit".`)
	}
	_, err := Migrations("pg_catalog")
	require.ErrorIs(t, err, storage.ErrInvalid)
}

func TestBadFiles(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ file, text, want string }{
		"a hole":             {"0002_b.sql", "-- compatible_from: 1\n", "want 0001"},
		"no name":            {"0001.sql", "-- compatible_from: 1\n", "named 0001_name.sql"},
		"no word":            {"0001_a.sql", "CREATE TABLE t ();", "compatible_from"},
		"no number":          {"0001_a.sql", "-- compatible_from: none\n", "compatible_from"},
		"with nothing":       {"0001_a.sql", "-- compatible_from: 0\n", "at least 1"},
		"but with the next":  {"0001_a.sql", "-- compatible_from: 2\n", "at least 1"},
		"a number too large": {"0001_a.sql", "-- compatible_from: 99999999999999999999\n", "at least 1"},
	} {
		_, err := readMigrations(fstest.MapFS{"migrations/" + c.file: {Data: []byte(c.text)}}, "s")
		require.ErrorContains(t, err, c.want, name)
		require.ErrorContains(t, err, c.file, name)
	}
	_, err := readMigrations(made(1, 2), "s")
	require.ErrorContains(t, err, "below 2", "the build before has to work with each step")
}
