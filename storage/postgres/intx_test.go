package postgres

import (
	"context"
	"errors"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/storage"
)

// host is a database with a table of the host's own beside the store.
func newHost(t *testing.T) *Store {
	t.Helper()
	s := openTest(t, Options{URL: testURL() + "&pool_max_conns=8"})
	executeAll(t, s.pool, "CREATE TABLE "+quote(s.schema)+".orders (id text PRIMARY KEY)")
	return s
}

func order(t *testing.T, tx pgx.Tx, s *Store, id string) {
	t.Helper()
	_, err := tx.Exec(t.Context(), "INSERT INTO "+quote(s.schema)+".orders VALUES ($1)", id)
	require.NoError(t, err)
}

func orders(t *testing.T, s *Store) int {
	t.Helper()
	return value[int](t, s.pool, "SELECT count(*) FROM "+quote(s.schema)+".orders")
}

func versionOf(t *testing.T, s storage.Store, id string) uint64 {
	t.Helper()
	head, err := s.Load(t.Context(), storage.Ref{Tenant: "acme", ID: id})
	require.NoError(t, err)
	return head.Version
}

// next is a change to a stream at a version.
func next(id string, at uint64) storage.Change {
	c := opened(id)
	c.Expect, c.Events[0].Version = at, at+1
	return c
}

func TestInTxCommitsTogether(t *testing.T) {
	t.Parallel()
	s := newHost(t)
	require.NoError(t, pgx.BeginFunc(t.Context(), s.pool, func(tx pgx.Tx) error {
		in := s.InTx(tx)
		order(t, tx, s, "1")
		c := full("acme", "one")
		for _, replayed := range []bool{false, true} {
			out, err := in.Commit(t.Context(), c)
			require.NoError(t, err)
			assert.Equal(t, storage.Committed{Version: 1, Replayed: replayed}, out)
		}
		events, err := in.Events(t.Context(), c.Stream, storage.EventsQuery{})
		require.NoError(t, err)
		assert.Len(t, events, 1, "it sees its own writes")
		page, err := in.List(t.Context(), storage.ListQuery{Tenant: "acme", Kind: "incident"})
		require.NoError(t, err)
		assert.Len(t, page.Heads, 1)
		assert.Zero(t, versionOf(t, s, "one"), "others do not see them yet")
		claims, err := s.Claim(t.Context(), storage.ClaimQuery{Worker: "w", Limit: 10, Lease: lease})
		require.NoError(t, err)
		assert.Empty(t, claims.Tasks)
		return nil
	}))
	assert.Equal(t, 1, orders(t, s))
	assert.EqualValues(t, 1, versionOf(t, s, "one"))
	for found := 0; found == 0; { // once a claim looks below the floor
		claims, err := s.Claim(t.Context(), storage.ClaimQuery{Worker: "w", Limit: 10, Lease: lease})
		require.NoError(t, err)
		found = len(claims.Tasks)
	}
}

func TestInTxRollsBackTogether(t *testing.T) {
	t.Parallel()
	s := newHost(t)
	changedMind := errors.New("changed my mind")
	require.ErrorIs(t, pgx.BeginFunc(t.Context(), s.pool, func(tx pgx.Tx) error {
		order(t, tx, s, "1")
		_, err := s.InTx(tx).Commit(t.Context(), full("acme", "one"))
		require.NoError(t, err)
		return changedMind
	}), changedMind)
	assert.Zero(t, orders(t, s))
	assert.Zero(t, versionOf(t, s, "one"))
	_, err := s.Commit(t.Context(), full("acme", "two"))
	require.NoError(t, err, "its key is free")
}

// TestInTxRefusals leave the transaction fit for more.
func TestInTxRefusals(t *testing.T) {
	t.Parallel()
	s := newHost(t)
	_, err := s.Commit(t.Context(), full("acme", "held"))
	require.NoError(t, err)
	require.NoError(t, pgx.BeginFunc(t.Context(), s.pool, func(tx pgx.Tx) error {
		in := s.InTx(tx)
		fence := opened("fenced")
		fence.Fence = &storage.Fence{Task: "t", Epoch: 1}
		other := next("held", 1)
		other.Snapshot.Kind = "other"
		for name, c := range map[string]struct {
			change storage.Change
			want   error
		}{
			"malformed":      {storage.Change{}, storage.ErrInvalid},
			"version":        {next("held", 7), storage.ErrConflict},
			"fence":          {fence, storage.ErrFenced},
			"key":            {full("acme", "new"), storage.ErrKeyTaken},
			"kind":           {other, storage.ErrInvalid},
			"another's view": {next("not there", 1), storage.ErrConflict},
		} {
			_, err := in.Commit(t.Context(), c.change)
			require.ErrorIs(t, err, c.want, name)
		}
		_, err := in.Claim(t.Context(), storage.ClaimQuery{Worker: "w", Limit: 1, Lease: lease})
		var not *InTxError
		require.ErrorAs(t, err, &not)
		assert.Equal(t, "Claim", not.Call)
		require.ErrorAs(t, in.Settle(t.Context(), storage.Settlement{}), &not)
		assert.Equal(t, "Settle", not.Call)
		order(t, tx, s, "1")
		_, err = in.Commit(t.Context(), next("held", 1))
		return err
	}))
	assert.Equal(t, 1, orders(t, s))
	assert.EqualValues(t, 2, versionOf(t, s, "held"))
}

// TestInTxServerError undoes a change that the server could not make, and that
// alone.
func TestInTxServerError(t *testing.T) {
	t.Parallel()
	s := newHost(t)
	executeAll(t, s.pool, "ALTER TABLE "+quote(s.schema)+".event ADD CHECK (type <> 'poison')")
	require.NoError(t, pgx.BeginFunc(t.Context(), s.pool, func(tx pgx.Tx) error {
		order(t, tx, s, "1")
		c := opened("one")
		c.Events[0].Type = "poison"
		_, err := s.InTx(tx).Commit(t.Context(), c)
		require.ErrorContains(t, err, "postgres: commit: ")
		assert.Equal(t, "23514", sqlState(err))
		assert.NotErrorIs(t, err, ErrOutcomeUnknown)
		_, err = s.InTx(tx).Commit(t.Context(), opened("two"))
		return err
	}))
	assert.Equal(t, 1, orders(t, s))
	assert.Zero(t, versionOf(t, s, "one"))
	assert.EqualValues(t, 1, versionOf(t, s, "two"))
}

// TestInTxRace lets another transaction take the key that this one is about to: the
// failure is repeated within the transaction, and then is the port's answer.
func TestInTxRace(t *testing.T) {
	t.Parallel()
	s := newHost(t)
	first := begin(t, s.pool, pgx.TxOptions{})
	_, err := s.InTx(first).Commit(t.Context(), full("acme", "first"))
	require.NoError(t, err)

	second := begin(t, s.pool, pgx.TxOptions{})
	pid := value[int](t, second, "SELECT pg_backend_pid()")
	order(t, second, s, "1")
	answer := make(chan error)
	go func() {
		_, err := s.InTx(second).Commit(context.Background(), full("acme", "second"))
		answer <- err
	}()
	for waiting := 0; waiting == 0; {
		waiting = value[int](t, s.pool, "SELECT count(*) FROM pg_locks WHERE pid = $1 AND NOT granted", pid)
	}
	require.NoError(t, first.Commit(t.Context()))
	var taken *storage.KeyTakenError
	require.ErrorAs(t, <-answer, &taken)
	assert.Equal(t, "first", taken.Owner.ID)
	require.NoError(t, second.Commit(t.Context()))
	assert.Equal(t, 1, orders(t, s))
}

// TestInTxSameStream lets another transaction make the stream that this one is about
// to, and take its key, between the checks of the one and of the other: no stream is
// told that it holds a key of its own.
func TestInTxSameStream(t *testing.T) {
	t.Parallel()
	s := newHost(t)
	first := begin(t, s.pool, pgx.TxOptions{})
	_, err := first.Exec(t.Context(), "LOCK TABLE "+quote(s.Schema())+".held_key")
	require.NoError(t, err)

	second := begin(t, s.pool, pgx.TxOptions{})
	pid := value[int](t, second, "SELECT pg_backend_pid()")
	answer := make(chan error)
	another := full("acme", "one")
	another.Operation = "another"
	go func() {
		_, err := s.InTx(second).Commit(context.Background(), another)
		answer <- err
	}()
	for waiting := 0; waiting == 0; {
		waiting = value[int](t, s.pool, "SELECT count(*) FROM pg_locks WHERE pid = $1 AND NOT granted", pid)
	}
	_, err = s.InTx(first).Commit(t.Context(), full("acme", "one"))
	require.NoError(t, err)
	require.NoError(t, first.Commit(t.Context()))
	require.ErrorIs(t, <-answer, storage.ErrConflict)
	require.NoError(t, second.Commit(t.Context()))
}

// TestInTxStrict has a transaction whose view of a stream is too old for good.
func TestInTxStrict(t *testing.T) {
	t.Parallel()
	s := newHost(t)
	_, err := s.Commit(t.Context(), opened("one"))
	require.NoError(t, err)
	tx := begin(t, s.pool, pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
	assert.EqualValues(t, 1, versionOf(t, s.InTx(tx), "one"))
	_, err = s.Commit(t.Context(), next("one", 1))
	require.NoError(t, err)
	_, err = s.InTx(tx).Commit(t.Context(), next("one", 1))
	assert.Equal(t, serializationFailure, sqlState(err), "%v", err)
	require.NoError(t, tx.Rollback(t.Context()))
}

// TestInTxAborted does not hide why a transaction is of no use any more.
func TestInTxAborted(t *testing.T) {
	t.Parallel()
	s := newHost(t)
	tx := begin(t, s.pool, pgx.TxOptions{})
	_, err := tx.Exec(t.Context(), "SELECT nonsense")
	require.Error(t, err)
	_, err = s.InTx(tx).Commit(t.Context(), opened("one"))
	assert.Equal(t, abortedTransaction, sqlState(err), "%v", err)
	_, err = s.InTx(tx).Load(t.Context(), storage.Ref{Tenant: "acme", ID: "one"})
	assert.Equal(t, abortedTransaction, sqlState(err), "%v", err)
	require.NoError(t, tx.Rollback(t.Context()))
}
