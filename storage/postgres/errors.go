package postgres

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// ErrOutcomeUnknown: the connection was lost while a write was under way, so that
// nobody here can say whether it took effect. Repeat a change with the same
// operation id to find out; look at the claim again by using it.
var ErrOutcomeUnknown = errors.New("postgres: the connection was lost, and the write may or may not have taken effect")

// ErrClosed: the store was closed before the call began, or the host's pool was.
// Nothing was changed.
var ErrClosed = errors.New("postgres: the store is closed")

// errPoolClosed is ErrClosed where it was the pool that was closed.
var errPoolClosed error = poolClosedError{}

type poolClosedError struct{}

// Error implements error.
func (poolClosedError) Error() string { return "postgres: the pool is closed" }

// Is reports whether target is ErrClosed.
func (poolClosedError) Is(target error) bool { return target == ErrClosed }

// LostError is a write whose answer was lost. It is ErrOutcomeUnknown, and
// unwraps to what happened to the connection.
type LostError struct {
	Call string // "commit", "claim" or "settle"
	Err  error
}

// Error implements error.
func (e *LostError) Error() string {
	return fmt.Sprintf("%v: %s: %s", ErrOutcomeUnknown, e.Call, oneLine(e.Err))
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
	notPermitted         = "42501"
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

// unsent reports whether there was no connection to send anything on.
func unsent(err error) bool {
	return unconnected(err) || poolClosed(err) || errors.Is(err, ErrClosed) || pgconn.SafeToRetry(err)
}

// unconnected reports whether a new connection could not be made.
func unconnected(err error) bool {
	_, ok := errors.AsType[*pgconn.ConnectError](err)
	return ok
}

// poolClosed reports whether an error is the one that a closed pool answers with.
// The driver has it from a package of its own, so the text is all there is to see.
func poolClosed(err error) bool { return err != nil && err.Error() == "closed pool" }

// fail says what failed.
func fail(what string, err error) error {
	switch {
	case err == nil, errors.Is(err, ErrClosed):
		return err
	case poolClosed(err):
		return errPoolClosed
	case unconnected(err):
		what += ": no connection"
	}
	return &failure{what: what, err: err}
}

// failRead says which read failed.
func failRead(ctx context.Context, call string, err error) error {
	if err != nil && ctx.Err() != nil && !errors.Is(err, ErrClosed) { // the driver has several ways to say so
		return fmt.Errorf("postgres: %s: %w", call, ctx.Err())
	}
	return fail(call, err)
}

// failWrite says which write failed, and whether it is known to have.
func failWrite(ctx context.Context, call string, err error) error {
	switch {
	case err == nil, refused(err), hides(err):
		return err
	case ctx.Err() == nil && !answered(err) && !unsent(err):
		return &LostError{Call: call, Err: err}
	}
	return failRead(ctx, call, err)
}

// failure is an error of the driver, told in one line. It unwraps to that.
type failure struct {
	what string
	err  error
}

// Error implements error.
func (f *failure) Error() string { return "postgres: " + f.what + ": " + oneLine(f.err) }

// Unwrap returns the driver's error.
func (f *failure) Unwrap() error { return f.err }

// dialed is how the driver says that an address could not be reached: with the
// address, the name it was found by, and the address again.
var dialed = regexp.MustCompile(`^(\S+) \((\S+)\): (?:dial error: )?(?:dial \S+ \S+: )?(.*)$`)

// oneLine is what an error says, for a log or an alarm. The driver has a line for
// each attempt to connect, which are often the same: with TLS and without.
func oneLine(err error) string {
	var parts []string
	for line := range strings.Lines(err.Error()) {
		part := strings.Join(strings.Fields(line), " ")
		if m := dialed.FindStringSubmatch(part); m != nil {
			part = m[1] + ": " + m[3]
			if !strings.Contains(m[1], m[2]) {
				part = m[2] + " at " + part
			}
		}
		if part != "" && !slices.Contains(parts, part) {
			parts = append(parts, part)
		}
	}
	text := strings.Join(parts, "; ")
	return strings.Replace(text, "`:; ", "`: ", 1) // a heading, not an attempt
}
