//go:build linux || darwin

package kills_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/internal/pgtest"
	"github.com/incidentkit/incidentkit/internal/trials/kills"
)

// How much is tried. The tests with -short do a slice of it.
var (
	workers   = flag.Int("kills.workers", 500, "how many workers are killed, one half on SQLite, the other on PostgreSQL")
	crashes   = flag.Int("kills.database", 20, "how often a database server is crashed and started again")
	ambiguous = flag.Int("kills.ambiguous", 50, "how many connections are cut between a commit and its answer")
	stops     = flag.Int("kills.stops", 20, "how many workers are stopped for longer than their lease")
	others    = flag.Int("kills.others", 4, "how often the disk is full, all connections are taken, and connections are frozen")
	seed      = flag.Uint64("kills.seed", 0, "what the moments are drawn from; 0: another in every run")
	keep      = flag.String("kills.keep", "", "a folder in which to keep all that is known of the worlds in which something was wrong")
	report    = flag.String("kills.report", "", "a file for the report, as JSON")
)

// TestMain is a worker where it was started as one.
func TestMain(m *testing.M) {
	if spec := os.Getenv(kills.WorkerVariable); spec != "" {
		if err := kills.Work(spec); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	os.Exit(m.Run())
}

// worldSize is how many workers are killed in one world.
const worldSize = 50

// atOnce is how many worlds there are at one time. Most of what happens in them is
// waiting.
const atOnce = 4

// TestKills is the whole trial.
func TestKills(t *testing.T) {
	t.Parallel()
	kill, crash, cut, stop, other := *workers, *crashes, *ambiguous, *stops, *others
	if testing.Short() {
		kill, crash, cut, stop, other = min(kill, 20), min(crash, 1), min(cut, 3), min(stop, 2), min(other, 1)
	}
	from := *seed
	if from == 0 {
		from = rand.Uint64()
	}
	t.Logf("-kills.seed=%d", from)

	var worlds []*kills.World
	worlds = append(worlds, onSQLite(t, kill/2, stop/2, other)...)
	worlds = append(worlds, onPostgres(t, kills.Faults{
		Kills: kill - kill/2, Stops: stop - stop/2, Crashes: crash, Cuts: cut, Freezes: other, Floods: other,
	})...)

	outcomes := make([]*kills.Outcome, len(worlds))
	slots := make(chan bool, atOnce)
	var running sync.WaitGroup
	for i, w := range worlds {
		w.Seed = from + uint64(i)
		slots <- true
		running.Go(func() {
			defer func() { <-slots }()
			out, err := w.Run(t.Context())
			if err != nil {
				t.Errorf("world %s: %v", w.Name, err)
				return
			}
			outcomes[i] = out
			keepOutcome(t, out)
		})
	}
	running.Wait()
	outcomes = slices.DeleteFunc(outcomes, func(o *kills.Outcome) bool { return o == nil })
	sum := kills.NewReport(from, outcomes)
	t.Logf("what was tried, how often, and what came of it:\n%s", sum.Markdown())
	for _, v := range sum.Violations {
		t.Error(v)
	}
	assert.Equal(t, kill, sum.Count("kill -9"), "workers killed")
	assert.Equal(t, crash, sum.Count("database crashed"), "databases crashed")
	assert.Equal(t, cut, sum.Count("connection cut"), "connections cut")
	if cut >= 20 { // both are as good as certain then
		assert.Positive(t, sum.Count("commits whose connection was cut that had been done"))
		assert.Positive(t, sum.Count("commits whose connection was cut that had not been done"))
	}
	if *report != "" {
		data, err := sum.JSON()
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(*report, data, 0o600))
	}
}

// lease of the worlds.
const lease = 2 * time.Second

// share is the ith of n parts of a whole.
func share(whole, i, n int) int { return whole*(i+1)/n - whole*i/n }

func onSQLite(t *testing.T, kill, stop, fill int) []*kills.World {
	n := max(1, kill/worldSize)
	var worlds []*kills.World
	for i := range n {
		worlds = append(worlds, &kills.World{
			Name: fmt.Sprintf("s%d", i+1), Seats: 3, Lease: lease,
			Database: kills.Database{Kind: kills.SQLite, Path: filepath.Join(t.TempDir(), "world.db")},
			Faults:   kills.Faults{Kills: share(kill, i, n), Stops: share(stop, i, n)},
		})
	}
	return append(worlds, &kills.World{
		Name: "full", Seats: 2, Lease: lease,
		Database: kills.Database{Kind: kills.SQLite, Path: filepath.Join(t.TempDir(), "world.db")},
		Faults:   kills.Faults{Fills: fill},
	})
}

// keepOutcome keeps what there is to find out what went wrong in a world.
func keepOutcome(t *testing.T, out *kills.Outcome) {
	if *keep == "" || len(out.Violations)+len(out.Wrong) == 0 {
		return
	}
	data, err := json.Marshal(out)
	assert.NoError(t, err)
	assert.NoError(t, os.WriteFile(filepath.Join(*keep, out.World+".json"), data, 0o600))
}

// onPostgres has worlds that share a server, one of them behind a proxy, and worlds
// whose server is crashed.
func onPostgres(t *testing.T, f kills.Faults) []*kills.World {
	shared := serve(t, pgtest.Options{})
	var worlds []*kills.World
	n := max(1, f.Kills/worldSize)
	for i := range n {
		worlds = append(worlds, &kills.World{
			Name: fmt.Sprintf("p%d", i+1), Seats: 3, Lease: lease,
			Database: database(t, shared, fmt.Sprintf("p%d", i+1)),
			Faults:   kills.Faults{Kills: share(f.Kills, i, n), Stops: share(f.Stops, i, n)},
		})
	}
	behind := &kills.World{
		Name: "cuts", Seats: 3, Lease: lease, Direct: database(t, shared, "cuts"),
		Faults: kills.Faults{Cuts: f.Cuts, Freezes: f.Freezes},
	}
	behind.Proxy, behind.Database = proxied(t, behind.Direct)
	worlds = append(worlds, behind)
	n = min(crashWorlds, max(1, f.Crashes))
	for i := range n {
		server := serve(t, pgtest.Options{Settings: map[string]string{"max_connections": "40"}})
		worlds = append(worlds, &kills.World{
			Name: fmt.Sprintf("crash%d", i+1), Seats: 3, Lease: lease, Database: database(t, server, "crash"), Server: server,
			Faults: kills.Faults{Crashes: share(f.Crashes, i, n), Floods: share(f.Floods, i, n)},
		})
	}
	return worlds
}

// crashWorlds is how many worlds there are at most that have a server of their own.
const crashWorlds = 2

func serve(t *testing.T, o pgtest.Options) *pgtest.Server {
	server, err := pgtest.Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Stop()) })
	return server
}

// database makes a new one. The pool of each of its users has two connections, for
// more than that many workers.
func database(t *testing.T, server *pgtest.Server, name string) kills.Database {
	require.NoError(t, server.CreateDatabase(t.Context(), name))
	return kills.Database{Kind: kills.Postgres, URL: server.URL(name) + "&pool_max_conns=2"}
}

// proxied puts a proxy before a database.
func proxied(t *testing.T, direct kills.Database) (*kills.Proxy, kills.Database) {
	u, err := url.Parse(direct.URL)
	require.NoError(t, err)
	proxy, err := kills.NewProxy(t.Context(), u.Host)
	require.NoError(t, err)
	t.Cleanup(proxy.Close)
	u.Host = proxy.Addr()
	return proxy, kills.Database{Kind: kills.Postgres, URL: u.String()}
}
