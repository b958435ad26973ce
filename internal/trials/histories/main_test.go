package histories

import (
	"context"
	"net/url"
	"os"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/internal/pgtest"
	"github.com/incidentkit/incidentkit/storage"
	"github.com/incidentkit/incidentkit/storage/postgres"
)

// TestMain gives all tests one PostgreSQL server.
func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

var schemas atomic.Int64

// inPostgres opens as many stores as asked on one new schema, which go with the
// test. Settings of their connections come as names and values.
func inPostgres(t testing.TB, handles int, settings ...string) []storage.Store {
	t.Helper()
	to, err := url.Parse(os.Getenv(pgtest.Variable))
	require.NoError(t, err)
	q := to.Query()
	for i := 0; i < len(settings); i += 2 {
		q.Set(settings[i], settings[i+1])
	}
	to.RawQuery = q.Encode()
	schema := "histories_" + strconv.Itoa(os.Getpid()) + "_" + strconv.FormatInt(schemas.Add(1), 10)
	t.Cleanup(func() {
		conn, err := pgx.Connect(context.Background(), to.String())
		require.NoError(t, err)
		defer conn.Close(context.Background())
		_, err = conn.Exec(context.Background(), "DROP SCHEMA "+pgx.Identifier{schema}.Sanitize()+" CASCADE")
		require.NoError(t, err)
	})
	var stores []storage.Store
	for range handles {
		s, err := postgres.Open(context.Background(), postgres.Options{URL: to.String(), Schema: schema})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		stores = append(stores, s)
	}
	return stores
}
