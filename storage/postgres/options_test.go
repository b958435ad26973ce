package postgres

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/storage"
)

func TestOpenRefusesOptions(t *testing.T) {
	t.Parallel()
	pool := newPool(t, testURL())
	for name, c := range map[string]struct {
		o     Options
		field string
	}{
		"nothing":                {Options{}, "Options.URL"},
		"both":                   {Options{URL: testURL(), Pool: pool}, "Options.Pool"},
		"no URL":                 {Options{URL: "postgres://host:port/"}, "Options.URL"},
		"an unknown mode":        {Options{Pool: pool, Migrate: 7}, "Options.Migrate"},
		"a long name":            {Options{Pool: pool, Schema: strings.Repeat("s", 64)}, "Options.Schema"},
		"PostgreSQL's":           {Options{Pool: pool, Schema: "pg_mine"}, "Options.Schema"},
		"the standard's":         {Options{Pool: pool, Schema: "information_schema"}, "Options.Schema"},
		"no text":                {Options{Pool: pool, Schema: "a\xff"}, "Options.Schema"},
		"two lines":              {Options{Pool: pool, Schema: "a\nb"}, "Options.Schema"},
		"a quote":                {Options{Pool: pool, Schema: "a'b"}, "Options.Schema"},
		"a dollar":               {Options{Pool: pool, Schema: "a$b"}, "Options.Schema"},
		"no worker role":         {Options{Pool: pool, RowSecurity: &RowSecurity{}}, "Options.RowSecurity.WorkerURL"},
		"two of them":            {Options{Pool: pool, RowSecurity: &RowSecurity{WorkerURL: testURL(), WorkerPool: pool}}, "Options.RowSecurity.WorkerPool"},
		"a worker role nowhere ": {Options{Pool: pool, Schema: newSchema(t), RowSecurity: &RowSecurity{WorkerURL: "postgres://host:port/"}}, "Options.RowSecurity.WorkerURL"},
	} {
		_, err := Open(t.Context(), c.o)
		var invalid *storage.InvalidError
		require.ErrorAs(t, err, &invalid, name)
		assert.Equal(t, c.field, invalid.Field, name)
	}
	_, err := Open(t.Context(), Options{URL: "postgres://nobody@127.0.0.1:1/nowhere?connect_timeout=5"})
	require.ErrorContains(t, err, "postgres: open: ")
	assert.NotContains(t, err.Error(), "secret")
}

// TestOddNames opens schemas that have to be quoted.
func TestOddNames(t *testing.T) {
	t.Parallel()
	url := newDatabase(t)
	for _, schema := range []string{"select", "Größe 3", "a.b;--", strings.Repeat("ü", 31)} {
		s := openTest(t, Options{URL: url, Schema: schema})
		assert.Equal(t, schema, s.Schema())
		_, err := s.Commit(t.Context(), opened("one"))
		require.NoError(t, err, schema)
		openTest(t, Options{URL: url, Schema: schema})
	}
}

// opened is a change that creates a stream.
func opened(id string) storage.Change {
	return storage.Change{
		Stream:   storage.Stream{Tenant: "acme", ID: id},
		Events:   []storage.Event{{Version: 1, Type: "opened", RecordedAt: someTime, Data: []byte("{}")}},
		Snapshot: storage.Snapshot{Kind: "incident", Status: "active", Data: []byte("{}")},
	}
}

// TestOwnPool holds the pool of a URL to what a proxy that pools transactions can
// do, and to what the URL says.
func TestOwnPool(t *testing.T) {
	t.Parallel()
	s := openTest(t, Options{})
	assert.Equal(t, "incidentkit", value[string](t, s.pool, "SELECT current_setting('application_name')"))
	assert.Equal(t, pgx.QueryExecModeCacheDescribe, s.pool.Config().ConnConfig.DefaultQueryExecMode)
	pool := s.pool
	require.NoError(t, s.Close())
	require.Error(t, pool.Ping(t.Context()), "it is closed with the store")

	s = openTest(t, Options{URL: testURL() + "&application_name=mine&default_query_exec_mode=exec&pool_max_conns=9"})
	assert.Equal(t, "mine", value[string](t, s.pool, "SELECT current_setting('application_name')"))
	assert.Equal(t, pgx.QueryExecModeExec, s.pool.Config().ConnConfig.DefaultQueryExecMode)
	assert.EqualValues(t, 9, s.pool.Config().MaxConns)
	s = openTest(t, Options{URL: testURL() + "&default_query_exec_mode=cache_statement"})
	assert.Equal(t, pgx.QueryExecModeCacheStatement, s.pool.Config().ConnConfig.DefaultQueryExecMode)
}

func TestHostsPool(t *testing.T) {
	t.Parallel()
	pool := newPool(t, testURL())
	s := openTest(t, Options{Pool: pool})
	_, err := s.Commit(t.Context(), opened("one"))
	require.NoError(t, err)
	require.NoError(t, s.Close())
	require.NoError(t, pool.Ping(t.Context()), "it is the host's to close")
}

// TestExecModes goes through all the ways in which statements are sent.
func TestExecModes(t *testing.T) {
	t.Parallel()
	for _, mode := range []string{"cache_statement", "cache_describe", "describe_exec", "exec", "simple_protocol"} {
		s := openTest(t, Options{URL: testURL() + "&default_query_exec_mode=" + mode})
		for _, id := range []string{"one", "two"} {
			c := opened(id)
			c.Operation, c.Take = "op "+id, []string{"key " + id}
			c.Schedule = []storage.TaskSpec{{ID: "wake", Kind: "wake", Due: someTime}}
			for _, replayed := range []bool{false, true} {
				out, err := s.Commit(t.Context(), c)
				require.NoError(t, err, mode)
				assert.Equal(t, storage.Committed{Version: 1, Replayed: replayed}, out, mode)
			}
		}
		head, err := s.Load(t.Context(), storage.Ref{Tenant: "acme", Key: "key two"})
		require.NoError(t, err, mode)
		assert.Equal(t, "two", head.Stream.ID, mode)
		claims, err := s.Claim(t.Context(), storage.ClaimQuery{Worker: "w", Limit: 10, Lease: lease, Except: []string{"other"}})
		require.NoError(t, err, mode)
		require.Len(t, claims.Tasks, 2, mode)
		require.NoError(t, s.Settle(t.Context(), storage.Settlement{
			Stream: claims.Tasks[0].Stream, Fence: *claims.Tasks[0].Fence(), Outcome: storage.Done,
		}), mode)
		page, err := s.List(t.Context(), storage.ListQuery{Tenant: "acme", Kind: "incident", Statuses: []string{"active"}})
		require.NoError(t, err, mode)
		assert.Len(t, page.Heads, 2, mode)
		events, err := s.Events(t.Context(), head.Stream, storage.EventsQuery{})
		require.NoError(t, err, mode)
		assert.Len(t, events, 1, mode)
	}
}

// TestClosed: a store that is closed says so, also where the pool goes on.
func TestClosed(t *testing.T) {
	t.Parallel()
	s := openTest(t, Options{Pool: newPool(t, testURL())})
	require.NoError(t, s.Close())
	ctx, stream := t.Context(), storage.Stream{Tenant: "acme", ID: "one"}
	calls := map[string]func() error{
		"commit": func() error { _, err := s.Commit(ctx, opened("one")); return err },
		"settle": func() error {
			return s.Settle(ctx, storage.Settlement{Stream: stream, Fence: storage.Fence{Task: "t", Epoch: 1}, Outcome: storage.Done})
		},
		"claim": func() error {
			_, err := s.Claim(ctx, storage.ClaimQuery{Worker: "w", Limit: 1, Lease: time.Second})
			return err
		},
		"load":    func() error { _, err := s.Load(ctx, storage.Ref{Tenant: "acme", ID: "one"}); return err },
		"events":  func() error { _, err := s.Events(ctx, stream, storage.EventsQuery{}); return err },
		"list":    func() error { _, err := s.List(ctx, storage.ListQuery{Tenant: "acme", Kind: "incident"}); return err },
		"tenants": func() error { _, err := s.Tenants(ctx, "", 1); return err },
	}
	for name, call := range calls {
		err := call()
		require.ErrorIs(t, err, ErrClosed, name)
		require.NotErrorIs(t, err, ErrOutcomeUnknown, "%s: nothing was sent", name)
	}
}

// TestUnreachable: a write for which there was no connection is known to have failed.
func TestUnreachable(t *testing.T) {
	t.Parallel()
	_, err := pgx.Connect(t.Context(), "postgres://nobody@127.0.0.1:1/nowhere?connect_timeout=5")
	require.Error(t, err)
	require.NotErrorIs(t, failWrite(t.Context(), "commit", err), ErrOutcomeUnknown)
}
