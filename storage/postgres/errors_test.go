package postgres

import (
	"context"
	"errors"
	"net"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/storage"
)

// everyCall is one of each that a store has.
func everyCall(ctx context.Context, s *Store) map[string]func() error {
	return map[string]func() error{
		"commit": func() error { _, err := s.Commit(ctx, changeOf(acme, 0)); return err },
		"settle": func() error {
			return s.Settle(ctx, storage.Settlement{Stream: acme, Fence: storage.Fence{Task: "t", Epoch: 1}, Outcome: storage.Done})
		},
		"claim": func() error {
			_, err := s.Claim(ctx, storage.ClaimQuery{Worker: "w", Limit: 1, Lease: time.Second})
			return err
		},
		"load":    func() error { _, err := s.Load(ctx, storage.Ref{Tenant: "acme", ID: "one"}); return err },
		"events":  func() error { _, err := s.Events(ctx, acme, storage.EventsQuery{}); return err },
		"list":    func() error { _, err := s.List(ctx, storage.ListQuery{Tenant: "acme", Kind: "incident"}); return err },
		"tenants": func() error { _, err := s.Tenants(ctx, "", 1); return err },
	}
}

// TestClosedText says what is closed, whosever pool it is.
func TestClosedText(t *testing.T) {
	t.Parallel()
	own, hosts := openTest(t, Options{}), openTest(t, Options{Pool: newPool(t, testURL())})
	require.NoError(t, own.Close())
	hosts.pool.Close()
	for s, text := range map[*Store]string{own: "postgres: the store is closed", hosts: "postgres: the pool is closed"} {
		for name, call := range everyCall(t.Context(), s) {
			err := call()
			require.EqualError(t, err, text, name)
			require.ErrorIs(t, err, ErrClosed, name)
		}
	}
	_, err := Open(t.Context(), Options{Pool: hosts.pool})
	require.EqualError(t, err, "postgres: the pool is closed")
}

// TestNoConnection: what could not be sent was certainly not made.
func TestNoConnection(t *testing.T) {
	t.Parallel()
	var away atomic.Bool
	config, err := pgxpool.ParseConfig(testURL())
	require.NoError(t, err)
	dial := config.ConnConfig.DialFunc
	config.ConnConfig.DialFunc = func(ctx context.Context, network, address string) (net.Conn, error) {
		if away.Load() {
			address = "127.0.0.1:1"
		}
		return dial(ctx, network, address)
	}
	pool, err := pgxpool.NewWithConfig(t.Context(), config)
	require.NoError(t, err)
	t.Cleanup(pool.Close)
	s := openTest(t, Options{Pool: pool})

	away.Store(true)
	pool.Reset()
	for name, call := range everyCall(t.Context(), s) {
		err := call()
		require.NotErrorIs(t, err, ErrOutcomeUnknown, name)
		var refused *pgconn.ConnectError
		require.ErrorAs(t, err, &refused, name)
		assert.Regexp(t, "^postgres: "+name+": no connection: [^\n\t]*refused$", err.Error())
	}
	away.Store(false)
	mustCommit(t, s, changeOf(acme, 0))
}

// TestOpenWithoutServer does not wait, and says it in one line.
func TestOpenWithoutServer(t *testing.T) {
	t.Parallel()
	_, err := Open(t.Context(), Options{URL: "postgres://app@127.0.0.1:1/orders?sslmode=prefer"})
	var refused *pgconn.ConnectError
	require.ErrorAs(t, err, &refused)
	require.EqualError(t, err, "postgres: open: no connection: failed to connect to `user=app database=orders`: 127.0.0.1:1: connect: connection refused")
}

func TestOneLine(t *testing.T) {
	t.Parallel()
	for said, want := range map[string]string{
		"plain":             "plain",
		"two\n\tlines\n":    "two; lines",
		"one\n\ttwo\n\tone": "one; two",
		"list `of`:\n\tone": "list `of`: one",
		"10.0.0.1:5432 (db.example): dial error: dial tcp 10.0.0.1:5432: i/o timeout": "db.example at 10.0.0.1:5432: i/o timeout",
		"10.0.0.1:5432 (10.0.0.1): server error: FATAL: no":                           "10.0.0.1:5432: server error: FATAL: no",
	} {
		assert.Equal(t, want, oneLine(errors.New(said)))
		assert.Equal(t, ErrOutcomeUnknown.Error()+": commit: "+want, (&LostError{Call: "commit", Err: errors.New(said)}).Error())
	}
}
