package bench

import (
	"context"
	"fmt"
	"maps"
	"net/url"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/incidentkit/incidentkit/internal/pgtest"
	"github.com/incidentkit/incidentkit/storage/postgres"
)

// TestMain stops the server that the benchmarks have started, if any.
func TestMain(m *testing.M) {
	code := m.Run()
	if started != nil {
		if err := started.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

var (
	started   *pgtest.Server
	databases atomic.Int64
)

var server = sync.OnceValues(func() (*pgtest.Server, error) {
	s, err := pgtest.Env(context.Background(), pgtest.Options{
		Settings: map[string]string{"shared_buffers": "512MB", "max_wal_size": "4GB", "max_connections": "200"},
	})
	started = s
	return s, err
})

// newDatabase makes a database that goes with the benchmark, and returns its URL.
func newDatabase(b *testing.B) string {
	b.Helper()
	s, err := server()
	must(b, err)
	name := "bench_" + strconv.Itoa(os.Getpid()) + "_" + strconv.FormatInt(databases.Add(1), 10)
	must(b, s.CreateDatabase(context.Background(), name))
	b.Cleanup(func() { must(b, s.DropDatabase(context.Background(), name)) })
	return s.URL(name)
}

// withPool is a URL with a size for the pool.
func withPool(b *testing.B, to string, connections int) string {
	b.Helper()
	u, err := url.Parse(to)
	must(b, err)
	q := u.Query()
	q.Set("pool_max_conns", strconv.Itoa(connections))
	u.RawQuery = q.Encode()
	return u.String()
}

// schema is where openStore puts its tables.
const schema = postgres.DefaultSchema

func openStore(b *testing.B, to string, connections int) *postgres.Store {
	b.Helper()
	s, err := postgres.Open(context.Background(), postgres.Options{URL: withPool(b, to, connections)})
	must(b, err)
	b.Cleanup(func() { must(b, s.Close()) })
	return s
}

// openPool is for the bare work: pgx with its defaults, and with plans as good as
// the ones that the store insists on, however few rows the tables have.
func openPool(b *testing.B, to string, connections int) *pgxpool.Pool {
	b.Helper()
	return open(b, to, connections, map[string]string{
		"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off", "enable_mergejoin": "off", "jit": "off",
	})
}

// openPlainPool is for River, which knows what it wants.
func openPlainPool(b *testing.B, to string, connections int) *pgxpool.Pool {
	b.Helper()
	return open(b, to, connections, nil)
}

func open(b *testing.B, to string, connections int, settings map[string]string) *pgxpool.Pool {
	b.Helper()
	config, err := pgxpool.ParseConfig(withPool(b, to, connections))
	must(b, err)
	maps.Copy(config.ConnConfig.RuntimeParams, settings)
	pool, err := pgxpool.NewWithConfig(context.Background(), config)
	must(b, err)
	b.Cleanup(pool.Close)
	return pool
}

// run runs statements one by one, for what is not measured.
func run(b *testing.B, pool *pgxpool.Pool, statements ...string) {
	b.Helper()
	for _, s := range statements {
		if _, err := pool.Exec(context.Background(), s); err != nil {
			b.Fatalf("%s: %v", s, err)
		}
	}
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// size is how many of something there are; few with -short.
func size(b *testing.B, n int) int {
	b.Helper()
	if testing.Short() {
		return min(n, 1000)
	}
	return n
}

// together runs b.N calls, from so many callers at once. The first error ends
// them all.
func together(b *testing.B, callers int, call func(caller, n int) error) {
	b.Helper()
	var next atomic.Int64
	var failed atomic.Pointer[error]
	var all sync.WaitGroup
	b.ResetTimer()
	for caller := range callers {
		all.Go(func() {
			for n := 0; failed.Load() == nil && next.Add(1) <= int64(b.N); n++ {
				if err := call(caller, n); err != nil {
					failed.CompareAndSwap(nil, &err)
				}
			}
		})
	}
	all.Wait()
	b.StopTimer()
	if err := failed.Load(); err != nil {
		b.Fatal(*err)
	}
}
