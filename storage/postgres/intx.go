package postgres

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/jackc/pgx/v5"

	"github.com/incidentkit/incidentkit/storage"
)

// TxStore is a storage.Store within a transaction of the host: what is committed
// to it takes effect when the host's transaction commits, together with the host's
// own writes, and not at all where that is rolled back. Make one with InTx.
//
// It is for one call or a few, such as one Engine.Do, with an engine made for it:
//
//	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
//		if _, err := tx.Exec(ctx, "UPDATE orders SET state = 'stuck' WHERE id = $1", id); err != nil {
//			return err
//		}
//		config := config // that of the engine which runs
//		config.Store = store.InTx(tx)
//		engine, err := incidentkit.New(config)
//		if err != nil {
//			return err
//		}
//		_, err = engine.Do(ctx, command)
//		return err
//	})
//
// Load, Events and List see what the transaction has written. Commit answers as
// ever, and a change that was refused leaves the transaction fit for use. Claim and
// Settle are refused with *InTxError: a claim that may be rolled back protects
// nobody from a second page.
//
// A commit is one round trip, and what it has written stays locked until the
// transaction ends: workers that have something to do for that stream wait, so
// commit soon. What the engine logs as recorded may still be rolled back. Tasks are
// found by the workers when they look next, within a second or two of the commit.
//
// Read committed is the level to use. Under a stricter one a stream that somebody
// else has changed since the transaction began is an error with SQLSTATE 40001, after
// which the host has to repeat the whole transaction.
//
// It is safe for concurrent use as far as the transaction is used by nobody else
// meanwhile.
type TxStore struct {
	store *Store
	tx    pgx.Tx
	mu    sync.Mutex // a transaction does one thing at a time
}

var _ storage.Store = (*TxStore)(nil)

// InTxError is a call that cannot be made within a transaction of the host.
type InTxError struct{ Call string }

// Error implements error.
func (e *InTxError) Error() string {
	return fmt.Sprintf("postgres: %s within a transaction of the host: use the store itself", e.Call)
}

// InTx returns the store as seen from within a transaction on the same database.
// With row-level security the transaction's role is the tenant role or the worker
// role, and the transaction is left with the setting of the tenant that was used last.
func (s *Store) InTx(tx pgx.Tx) *TxStore { return &TxStore{store: s, tx: tx} }

// Load implements storage.Store.
func (t *TxStore) Load(ctx context.Context, ref storage.Ref) (storage.Head, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.store.loadOn(ctx, t.forTenant(ref.Tenant), ref)
}

// Events implements storage.Store.
func (t *TxStore) Events(ctx context.Context, stream storage.Stream, q storage.EventsQuery) ([]storage.Event, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.store.eventsOn(ctx, t.forTenant(stream.Tenant), stream, q)
}

// List implements storage.Store.
func (t *TxStore) List(ctx context.Context, q storage.ListQuery) (storage.Page, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.store.listOn(ctx, t.forTenant(q.Tenant), q)
}

func (t *TxStore) forTenant(tenant string) querier {
	if !t.store.secured {
		return t.tx
	}
	return pipeline{on: t.tx, before: []statement{setTenant(tenant)}}
}

// Commit implements storage.Store, but for durability, which comes when the host
// commits. An error of the server undoes this change alone.
func (t *TxStore) Commit(ctx context.Context, c storage.Change) (out storage.Committed, err error) {
	if err := c.Validate(); err != nil {
		return storage.Committed{}, err
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	q := pipeline{
		on:     t.tx,
		before: []statement{{sql: "SAVEPOINT incidentkit"}},
		after:  []statement{{sql: "RELEASE SAVEPOINT incidentkit"}},
	}
	if t.store.secured {
		q.before = append(q.before, setTenant(c.Stream.Tenant))
	}
	err = retry(ctx, func() error {
		out, err = t.store.commitOn(ctx, q, c)
		if answered(err) {
			return t.undo(ctx, err)
		}
		return err
	})
	return out, failTx(ctx, "commit", err)
}

// undo makes the transaction usable again, unless it was not before.
func (t *TxStore) undo(ctx context.Context, cause error) error {
	if sqlState(cause) != abortedTransaction {
		_, _ = t.tx.Exec(ctx, "ROLLBACK TO SAVEPOINT incidentkit; RELEASE SAVEPOINT incidentkit", pgx.QueryExecModeSimpleProtocol) // the cause says more
	}
	return cause
}

// abortedTransaction is the SQLSTATE of everything after a failure.
const abortedTransaction = "25P02"

// Claim is refused with *InTxError.
func (t *TxStore) Claim(context.Context, storage.ClaimQuery) (storage.Claims, error) {
	return storage.Claims{}, &InTxError{Call: "Claim"}
}

// Settle is refused with *InTxError.
func (t *TxStore) Settle(context.Context, storage.Settlement) error {
	return &InTxError{Call: "Settle"}
}

// failTx says which write failed. Where the connection was lost, so was the
// transaction: there is nothing unknown about it but what the host's COMMIT did.
func failTx(ctx context.Context, call string, err error) error {
	if refused(err) {
		return err
	}
	return failRead(ctx, call, err)
}

// refused reports whether an error is an answer in the terms of the port.
func refused(err error) bool {
	return errors.Is(err, storage.ErrInvalid) || errors.Is(err, storage.ErrConflict) ||
		errors.Is(err, storage.ErrFenced) || errors.Is(err, storage.ErrKeyTaken)
}
