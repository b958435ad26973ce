package postgres

import (
	"context"
	"errors"
	"fmt"

	"github.com/jackc/pgx/v5/pgconn"
)

// ErrOutcomeUnknown: the connection was lost while a write was under way, so that
// nobody here can say whether it took effect. Repeat a change with the same
// operation id to find out; look at the claim again by using it.
var ErrOutcomeUnknown = errors.New("postgres: the connection was lost, and the write may or may not have taken effect")

// ErrClosed: the store was closed before the call began.
var ErrClosed = errors.New("postgres: the store is closed")

// LostError is a write whose answer was lost. It is ErrOutcomeUnknown, and
// unwraps to what happened to the connection.
type LostError struct {
	Call string // "commit", "claim" or "settle"
	Err  error
}

// Error implements error.
func (e *LostError) Error() string {
	return fmt.Sprintf("%v: %s: %v", ErrOutcomeUnknown, e.Call, e.Err)
}

// Unwrap returns what happened to the connection.
func (e *LostError) Unwrap() error { return e.Err }

// Is reports whether target is ErrOutcomeUnknown.
func (e *LostError) Is(target error) bool { return target == ErrOutcomeUnknown }

// SQLSTATEs that this package acts on. See the appendix "PostgreSQL Error Codes"
// of its manual.
const (
	serializationFailure = "40001"
	deadlockDetected     = "40P01"
	lockNotAvailable     = "55P03"
)

// sqlState is the server's code for an error; empty: it is not from the server.
func sqlState(err error) string {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code
	}
	return ""
}

// answered reports whether the server answered and kept the connection: what
// failed was rolled back, then.
func answered(err error) bool {
	e, ok := errors.AsType[*pgconn.PgError](err)
	return ok && e.SeverityUnlocalized != "FATAL" && e.SeverityUnlocalized != "PANIC"
}

// repeatable reports whether a call had no effect and may succeed if it is made
// again at once.
func repeatable(err error) bool {
	switch sqlState(err) {
	case serializationFailure, deadlockDetected:
		return true
	}
	return pgconn.SafeToRetry(err) // nothing was sent
}

// failRead says which read failed.
func failRead(ctx context.Context, call string, err error) error {
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil: // the driver has several ways to say so
		return fmt.Errorf("postgres: %s: %w", call, ctx.Err())
	}
	return fmt.Errorf("postgres: %s: %w", call, err)
}

// failWrite says which write failed, and whether it is known to have.
func failWrite(ctx context.Context, call string, err error) error {
	switch {
	case err == nil, refused(err):
		return err
	case ctx.Err() == nil && !answered(err) && !pgconn.SafeToRetry(err):
		return &LostError{Call: call, Err: err}
	}
	return failRead(ctx, call, err)
}
