package postgres

import (
	"bytes"
	"log/slog"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/internal/pgtest"
)

var someTime = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

const lease = time.Minute

// sound is a server about which there is nothing to say.
var sound = server{
	Product: "PostgreSQL 17.2 on x86_64", Number: 170002, Encoding: "UTF8", Isolation: "read committed",
	SyncCommit: "on", Fsync: "on", FullPages: "on", ReadOnly: "off", Recovery: "off",
	MaxConns: 8, RTT: time.Millisecond, Clock: someTime,
}

func TestJudge(t *testing.T) {
	t.Parallel()
	all, err := sound.judge()
	require.NoError(t, err)
	require.Empty(t, all)

	for name, c := range map[string]struct {
		edit    func(*server)
		setting string // empty: nothing is said
	}{
		"commits are not flushed":        {func(s *server) { s.SyncCommit = "off" }, "synchronous_commit"},
		"local is all there is":          {func(s *server) { s.SyncCommit = "local" }, ""},
		"local beside replicas":          {func(s *server) { s.SyncCommit, s.SyncStandbys = "local", "b" }, "synchronous_commit"},
		"replicas write, but not flush":  {func(s *server) { s.SyncCommit, s.SyncStandbys = "remote_write", "b" }, ""},
		"nothing is flushed":             {func(s *server) { s.Fsync = "off" }, "fsync"},
		"torn pages":                     {func(s *server) { s.FullPages = "off" }, "full_page_writes"},
		"another isolation":              {func(s *server) { s.Isolation = "serializable" }, "default_transaction_isolation"},
		"an old server":                  {func(s *server) { s.Number = 139999 }, "server_version_num"},
		"another product":                {func(s *server) { s.Product = "CockroachDB CCL v25" }, "version()"},
		"few connections":                {func(s *server) { s.MaxConns = 3 }, "pool_max_conns"},
		"its clock is ahead":             {func(s *server) { s.Ahead = 3 * time.Second }, "clock_timestamp()"},
		"its clock is behind":            {func(s *server) { s.Ahead = -3 * time.Second }, "clock_timestamp()"},
		"nobody can tell, on a slow net": {func(s *server) { s.Ahead, s.RTT = -3*time.Second, 4*time.Second }, ""},
	} {
		s := sound
		c.edit(&s)
		all, err := s.judge()
		require.NoError(t, err, name)
		if c.setting == "" {
			assert.Empty(t, all, name)
			continue
		}
		require.Len(t, all, 1, name)
		assert.Equal(t, c.setting, all[0].Setting, name)
		assert.Equal(t, all[0].Setting+" is "+all[0].Found+": "+all[0].Why, all[0].String(), name)
	}

	for setting, edit := range map[string]func(*server){
		"pg_is_in_recovery()":           func(s *server) { s.Recovery = "on" },
		"default_transaction_read_only": func(s *server) { s.ReadOnly = "on" },
		"server_encoding":               func(s *server) { s.Encoding = "LATIN1" },
	} {
		s := sound
		edit(&s)
		_, err := s.judge()
		var unfit *ServerError
		require.ErrorAs(t, err, &unfit)
		assert.Equal(t, setting, unfit.Setting)
		require.ErrorContains(t, err, "want "+unfit.Want)
	}
}

// TestWarnings opens databases whose settings are as they should not be.
func TestWarnings(t *testing.T) {
	t.Parallel()
	assert.Empty(t, openTest(t, Options{}).Warnings(), "the tests' server is as it should be")

	url := newDatabase(t)
	admin := newPool(t, url)
	database := quote(admin.Config().ConnConfig.Database)
	executeAll(t, admin, "ALTER DATABASE "+database+" SET synchronous_commit = off; ALTER DATABASE "+database+" SET default_transaction_isolation = serializable")
	var log bytes.Buffer
	s := openTest(t, Options{URL: url + "&pool_max_conns=2", Logger: slog.New(slog.NewTextHandler(&log, nil))})
	var settings []string
	for _, w := range s.Warnings() {
		settings = append(settings, w.Setting)
		assert.Contains(t, log.String(), "level=WARN msg=\"the database is doubtful\" setting="+w.Setting+" ")
	}
	assert.Equal(t, []string{"synchronous_commit", "default_transaction_isolation", "pool_max_conns"}, settings)
	_, err := s.Commit(t.Context(), opened("one"))
	require.NoError(t, err, "it works all the same")

	executeAll(t, admin, "ALTER DATABASE "+database+" SET default_transaction_read_only = on")
	_, err = Open(t.Context(), Options{URL: url})
	var unfit *ServerError
	require.ErrorAs(t, err, &unfit)
	assert.Equal(t, "default_transaction_read_only", unfit.Setting)
}

// TestReplica makes a server of its own a replica, of nothing.
func TestReplica(t *testing.T) {
	t.Parallel()
	server, err := pgtest.Start(t.Context(), pgtest.Options{Settings: map[string]string{"fsync": "off", "full_page_writes": "off"}})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Stop()) })
	s := openTest(t, Options{URL: server.URL("postgres"), Schema: "s"})
	require.Len(t, s.Warnings(), 2)
	assert.Equal(t, "fsync", s.Warnings()[0].Setting)
	assert.Equal(t, "full_page_writes", s.Warnings()[1].Setting)
	require.NoError(t, s.Close())

	_, err = server.Query(t.Context(), "postgres", "COPY (SELECT) TO PROGRAM 'cat > standby.signal'")
	require.NoError(t, err)
	require.NoError(t, server.Restart(t.Context()))
	_, err = Open(t.Context(), Options{URL: server.URL("postgres"), Schema: "s"})
	var unfit *ServerError
	require.ErrorAs(t, err, &unfit)
	assert.Equal(t, "pg_is_in_recovery()", unfit.Setting)
	assert.ErrorContains(t, err, "target_session_attrs=read-write")
}
