package postgres

import (
	"context"
	"os"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/internal/pgtest"
)

// TestMain gives all tests one server, and the processes that they start, too.
func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

// testURL leads to the database that tests share, each with a schema of its own.
func testURL() string { return os.Getenv(pgtest.Variable) }

func testServer(t testing.TB) *pgtest.Server {
	t.Helper()
	server, err := pgtest.Env(t.Context(), pgtest.Options{})
	require.NoError(t, err)
	return server
}

var names atomic.Int64

// newName is one that no other test has, nor another process on the same server.
func newName() string {
	return "test_" + strconv.Itoa(os.Getpid()) + "_" + strconv.FormatInt(names.Add(1), 10)
}

// newSchema names a schema that is not there yet, and is dropped in the end.
func newSchema(t testing.TB) string {
	t.Helper()
	name := newName()
	t.Cleanup(func() {
		conn, err := pgx.Connect(context.Background(), testURL())
		require.NoError(t, err)
		defer conn.Close(context.Background())
		_, err = conn.Exec(context.Background(), "DROP SCHEMA IF EXISTS "+quote(name)+" CASCADE")
		assert.NoError(t, err)
	})
	return name
}

// newDatabase makes a database, drops it in the end, and returns its URL.
func newDatabase(t testing.TB) string {
	t.Helper()
	server, name := testServer(t), newName()
	require.NoError(t, server.CreateDatabase(t.Context(), name))
	t.Cleanup(func() { assert.NoError(t, server.DropDatabase(context.Background(), name)) })
	return server.URL(name)
}

// openTest opens a store, in a new schema if none is named.
func openTest(t testing.TB, o Options) *Store {
	t.Helper()
	if o.URL == "" && o.Pool == nil {
		o.URL = testURL()
	}
	if o.Schema == "" {
		o.Schema = newSchema(t)
	}
	s, err := Open(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, s.Close()) })
	return s
}

// newPool connects to a database.
func newPool(t testing.TB, url string) *pgxpool.Pool {
	t.Helper()
	pool, err := pgxpool.New(t.Context(), url)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	return pool
}

// value returns the answer to a query of one row and column.
func value[T any](t testing.TB, q querier, sql string, args ...any) T {
	t.Helper()
	var v T
	require.NoError(t, q.QueryRow(t.Context(), sql, args...).Scan(&v), sql)
	return v
}

func executeAll(t testing.TB, pool *pgxpool.Pool, sql string) {
	t.Helper()
	_, err := pool.Exec(t.Context(), sql, pgx.QueryExecModeSimpleProtocol)
	require.NoError(t, err, sql)
}

// begin opens a transaction, which a test that fails does not leave open.
func begin(t testing.TB, pool *pgxpool.Pool, o pgx.TxOptions) pgx.Tx {
	t.Helper()
	tx, err := pool.BeginTx(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { _ = tx.Rollback(context.Background()) }) // of no effect after the end
	return tx
}
