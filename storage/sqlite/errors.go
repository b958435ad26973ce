package sqlite

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	engine "modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"github.com/incidentkit/incidentkit/storage"
)

// Conditions of the file. Test for them with errors.Is.
var (
	// ErrBusy: another process was writing for longer than Options.BusyTimeout.
	// Nothing was changed; the call may be repeated.
	ErrBusy = errors.New("sqlite: the file is locked by another process")

	// ErrFull: there is no room for the change, on the disk or within the limits
	// of SQLite. Nothing was changed; the call may be repeated once there is.
	ErrFull = errors.New("sqlite: the disk is full")

	// ErrClosed: the store has been closed. Nothing was changed.
	ErrClosed = errors.New("sqlite: the store is closed")

	// ErrCorrupt: the file is damaged or cut off, or no database at all.
	ErrCorrupt = errors.New("sqlite: the file is damaged, or is no database")
)

// SchemaError is a file whose schema this build does not know: it was written
// by a newer one. It is storage.ErrSchema.
type SchemaError struct {
	Path        string
	Found, Want int
}

// Error implements error.
func (e *SchemaError) Error() string {
	return fmt.Sprintf("sqlite: %s has schema version %d, and this build works with %d: use a newer build", e.Path, e.Found, e.Want)
}

// Is reports whether target is storage.ErrSchema.
func (e *SchemaError) Is(target error) bool { return target == storage.ErrSchema }

// ForeignError is a database file that belongs to another program. It is
// storage.ErrSchema.
type ForeignError struct {
	Path        string
	Application int64 // SQLite's application id; 0: none
}

// Error implements error.
func (e *ForeignError) Error() string {
	return fmt.Sprintf("sqlite: %s belongs to another program (application id %#x, not %#x): name a file of its own", e.Path, e.Application, applicationID)
}

// Is reports whether target is storage.ErrSchema.
func (e *ForeignError) Is(target error) bool { return target == storage.ErrSchema }

// PragmaError is a setting that SQLite did not accept, such as a write-ahead
// log on a file system without shared memory.
type PragmaError struct{ Name, Got, Want string }

// Error implements error.
func (e *PragmaError) Error() string {
	return fmt.Sprintf("sqlite: the setting %s is %q, and cannot be %q here", e.Name, e.Got, e.Want)
}

// fail says what failed, in the terms of the port and of this package.
func (s *Store) fail(ctx context.Context, what string, err error) error {
	var schema *SchemaError
	var foreign *ForeignError
	var pragma *PragmaError
	switch {
	case err == nil, refused(err), errors.Is(err, ErrClosed),
		errors.As(err, &schema), errors.As(err, &foreign), errors.As(err, &pragma):
		return err
	case ctx.Err() != nil:
		// The driver has several ways to say that it was interrupted.
		return fmt.Errorf("sqlite: %s: %w", what, ctx.Err())
	case isBusy(err):
		return fmt.Errorf("%w: %s %s: %w", ErrBusy, what, s.path, err)
	case hasCode(err, codes.SQLITE_FULL):
		return fmt.Errorf("%w: %s %s: %w", ErrFull, what, s.path, err)
	case hasCode(err, codes.SQLITE_CORRUPT, codes.SQLITE_NOTADB):
		return fmt.Errorf("%w: %s %s: %w", ErrCorrupt, what, s.path, err)
	}
	return fmt.Errorf("sqlite: %s %s: %w", what, s.path, err)
}

// isBusy reports whether waiting may help. SQLITE_PROTOCOL is a lost race to
// open the write-ahead log.
func isBusy(err error) bool { return hasCode(err, codes.SQLITE_BUSY, codes.SQLITE_PROTOCOL) }

func hasCode(err error, primary ...int) bool {
	var e *engine.Error
	if !errors.As(err, &e) {
		return false
	}
	for _, code := range primary {
		if e.Code()&0xff == code {
			return true
		}
	}
	return false
}

// untilNotBusy repeats what fails because another process holds a lock. SQLite
// can wait by itself, but not always does (not where another process switches
// to a write-ahead log), and not every driver ends that wait with the context.
// So it waits for busyWait at most, and we do the rest.
func untilNotBusy(ctx context.Context, patience time.Duration, do func() error) error {
	deadline := time.Now().Add(patience)
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		err := do()
		if !isBusy(err) || !time.Now().Before(deadline) {
			return err
		}
		pause := time.NewTimer(time.Duration(1+rand.IntN(10)) * time.Millisecond)
		select {
		case <-ctx.Done():
			pause.Stop()
			return err
		case <-pause.C:
		}
	}
}
