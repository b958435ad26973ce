package pgtest_test

import (
	"bufio"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/internal/pgtest"
)

func start(t *testing.T, o pgtest.Options) *pgtest.Server {
	t.Helper()
	s, err := pgtest.Start(t.Context(), o)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, s.Stop()) })
	return s
}

func query(t *testing.T, s *pgtest.Server, database, sql string) string {
	t.Helper()
	out, err := s.Query(t.Context(), database, sql)
	require.NoError(t, err)
	return out
}

// entries lists what a folder holds.
func entries(t *testing.T, dir string) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(dir, "*"))
	require.NoError(t, err)
	return found
}

// folder is a short path where other users can write.
func folder(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "pg") //nolint:usetesting // t.TempDir may be too long for a socket
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, os.RemoveAll(dir)) })
	require.NoError(t, os.Chmod(dir, 0o777|os.ModeSticky))
	return dir
}

func TestServer(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	s := start(t, pgtest.Options{Dir: dir, Settings: map[string]string{"cluster_name": "it's set"}})

	const name = `odd "name" of 1`
	require.NoError(t, s.CreateDatabase(t.Context(), name))
	assert.Equal(t, "200|on|it's set", query(t, s, "postgres",
		"SELECT current_setting('max_connections'), current_setting('fsync'), current_setting('cluster_name')"))
	query(t, s, "postgres", "CREATE TABLE kept (n int); INSERT INTO kept VALUES (1), (2)")

	socket, err := url.Parse(s.SocketURL("postgres"))
	require.NoError(t, err)
	where := socket.Query()
	conn, err := new(net.Dialer).DialContext(t.Context(), "unix", filepath.Join(where.Get("host"), ".s.PGSQL."+where.Get("port")))
	require.NoError(t, err)
	require.NoError(t, conn.Close())

	before := s.URL("postgres")
	require.NoError(t, s.Crash(t.Context()))
	_, err = s.Query(t.Context(), "postgres", "SELECT 1")
	var failed *pgtest.CommandError
	require.ErrorAs(t, err, &failed, "nobody answers after a crash")
	for range 2 { // after a crash, and while it runs
		require.NoError(t, s.Restart(t.Context()))
		assert.Equal(t, before, s.URL("postgres"))
		assert.Equal(t, "2", query(t, s, "postgres", "SELECT count(*) FROM kept"))
	}

	require.NoError(t, s.DropDatabase(t.Context(), name))
	assert.Equal(t, "0", query(t, s, "postgres", "SELECT count(*) FROM pg_database WHERE datname LIKE 'odd%'"))
	_, err = s.Query(t.Context(), "postgres", "SELECT nonsense")
	require.ErrorContains(t, err, `column "nonsense" does not exist`)

	for range 2 {
		require.NoError(t, s.Stop())
	}
	assert.Empty(t, entries(t, dir), "nothing is left behind")
}

const victimDir = "INCIDENTKIT_PGTEST_VICTIM"

// TestKilled kills a test binary that has a server.
func TestKilled(t *testing.T) {
	t.Parallel()
	if dir := os.Getenv(victimDir); dir != "" {
		s, err := pgtest.Start(t.Context(), pgtest.Options{Dir: dir}) // never stopped
		require.NoError(t, err)
		fmt.Println("server", s.URL("postgres"))
		select {}
	}
	dir := folder(t)
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilled$", "-test.count=1")
	cmd.Env = append(os.Environ(), victimDir+"="+dir)
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	found := false
	for lines := bufio.NewScanner(out); !found && lines.Scan(); {
		found = strings.HasPrefix(lines.Text(), "server ")
	}
	require.True(t, found, "the process started no server")
	require.Len(t, entries(t, dir), 1)

	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	require.Eventually(t, func() bool { return len(entries(t, dir)) == 0 }, time.Minute, 10*time.Millisecond, "the server was left behind")
}

func TestEnv(t *testing.T) {
	t.Setenv(pgtest.Variable, "postgres://me:secret@db.example:6432/other?sslmode=require")
	s, err := pgtest.Env(t.Context(), pgtest.Options{})
	require.NoError(t, err)
	assert.Equal(t, "postgres://me:secret@db.example:6432/mine?sslmode=require", s.URL("mine"))
	assert.Empty(t, s.SocketURL("mine"))

	var notOurs *pgtest.NotOursError
	require.ErrorAs(t, s.Crash(t.Context()), &notOurs)
	assert.Equal(t, "Crash", notOurs.Call)
	require.ErrorAs(t, s.Restart(t.Context()), &notOurs)
	require.ErrorContains(t, notOurs, "unset it")
	require.NoError(t, s.Stop())

	var option *pgtest.OptionError
	_, err = pgtest.Env(t.Context(), pgtest.Options{Settings: map[string]string{"fsync": "off"}})
	require.ErrorAs(t, err, &option)
	assert.Equal(t, "Options.Settings", option.Field)
	t.Setenv(pgtest.Variable, "host=db.example")
	_, err = pgtest.Env(t.Context(), pgtest.Options{})
	require.ErrorAs(t, err, &option)
	assert.Equal(t, pgtest.Variable, option.Field)
}

func TestOptions(t *testing.T) {
	t.Parallel()
	for field, o := range map[string]pgtest.Options{
		"Options.Settings": {Settings: map[string]string{"port": "5432"}},
		"Options.Dir":      {Dir: "/" + strings.Repeat("long", 25)},
	} {
		_, err := pgtest.Start(t.Context(), o)
		var option *pgtest.OptionError
		require.ErrorAs(t, err, &option)
		assert.Equal(t, field, option.Field)
	}
	_, err := pgtest.Start(t.Context(), pgtest.Options{Dir: "/nowhere"})
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestBadSetting(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	_, err := pgtest.Start(t.Context(), pgtest.Options{Dir: dir, Settings: map[string]string{"no_such_setting": "1"}})
	require.ErrorContains(t, err, `unrecognized configuration parameter "no_such_setting"`, "the server's own words")
	assert.Empty(t, entries(t, dir))
}
