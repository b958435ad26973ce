package histories

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/internal/pgtest"
	"github.com/incidentkit/incidentkit/storage"
	"github.com/incidentkit/incidentkit/storage/postgres"
)

// TestMain gives all tests one PostgreSQL server.
func TestMain(m *testing.M) {
	code, err := withServer(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func withServer(run func() int) (code int, err error) {
	server, err := pgtest.Env(context.Background(), pgtest.Options{})
	if err != nil {
		return 0, err
	}
	defer func() {
		if stopErr := server.Stop(); err == nil {
			err = stopErr
		}
	}()
	serverURL = server.URL("postgres")
	return run(), nil
}

var (
	serverURL string
	schemas   atomic.Int64
)

// inPostgres opens as many stores as asked on one new schema, which go with the
// test.
func inPostgres(t testing.TB, url string, handles int) []storage.Store {
	t.Helper()
	schema := "histories_" + strconv.Itoa(os.Getpid()) + "_" + strconv.FormatInt(schemas.Add(1), 10)
	var stores []storage.Store
	for range handles {
		s, err := postgres.Open(context.Background(), postgres.Options{URL: url, Schema: schema})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, s.Close()) })
		stores = append(stores, s)
	}
	return stores
}
