// Package sqlite keeps streams and tasks in one SQLite file: a storage.Store
// for a single machine, without a server and without cgo.
//
// A commit is on disk when it returns (write-ahead log, synchronous FULL).
// Several processes may open the same file, also at once, and share its tasks;
// the file must be on a local disk, since SQLite's locks do not work across a
// network. The clock is that of each process, which on one machine is one
// clock.
//
// A process should open a file once. It must not open and close it by other
// means meanwhile, not even for a copy: on Unix that takes away the locks
// which SQLite holds for the whole process. Copy with SQLite's own tools, such
// as VACUUM INTO from another process.
package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/incidentkit/incidentkit/storage"
)

// DefaultBusyTimeout is Options.BusyTimeout where it is 0.
const DefaultBusyTimeout = 5 * time.Second

// Options configures a Store. Only Path is required.
type Options struct {
	// Path is the database file. It is created where it does not exist, in a
	// directory that does. Beside it SQLite keeps two files of its own, with
	// the suffixes -wal and -shm. Any characters will do; ":memory:" and the
	// like are refused: package memory is the store without a file.
	Path string

	// Clock is the store's clock; nil: time.Now. Instants are cut to
	// microseconds.
	Clock func() time.Time

	// BusyTimeout bounds the wait for another process that is writing, at
	// least 1ms; 0: DefaultBusyTimeout. A wait that takes longer is ErrBusy.
	BusyTimeout time.Duration

	// Logger is told what goes wrong in the background: the write-ahead log
	// that cannot shrink. Nil: nobody is.
	Logger *slog.Logger
}

func (o Options) validate() (Options, error) {
	switch {
	case o.Path == "":
		return o, &storage.InvalidError{Field: "Options.Path", Want: "the path of a file; it is empty"}
	case strings.Contains(o.Path, ":memory:"):
		return o, &storage.InvalidError{Field: "Options.Path", Want: "the path of a file, not " + o.Path + "; package memory keeps a store in memory"}
	case strings.ContainsRune(o.Path, 0):
		return o, &storage.InvalidError{Field: "Options.Path", Want: "a path without NUL bytes"}
	case o.BusyTimeout != 0 && o.BusyTimeout < time.Millisecond:
		return o, &storage.InvalidError{Field: "Options.BusyTimeout", Want: fmt.Sprintf("0, or at least 1ms, not %s", o.BusyTimeout)}
	}
	if o.BusyTimeout == 0 {
		o.BusyTimeout = DefaultBusyTimeout
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	path, err := filepath.Abs(o.Path) // connections come and go; the working directory may change
	if err != nil {
		return o, fmt.Errorf("sqlite: the path %s: %w", o.Path, err)
	}
	o.Path = path
	return o, nil
}

// Store is a storage.Store in a SQLite file. It is safe for concurrent use.
//
// What it is asked to write at one time is written together, and each caller is
// told the outcome of what it asked for. Two goroutines of its own do that, and
// keep SQLite's write-ahead log short; Close ends them.
type Store struct {
	path     string
	clock    func() time.Time
	patience time.Duration // with other processes

	writer       *writer
	checkpointer *checkpointer
	reader       *sql.DB // readers do not wait for the writer
	stmts        readStatements

	closed atomic.Bool
	close  func() error
}

var (
	_ storage.Store        = (*Store)(nil)
	_ storage.TenantLister = (*Store)(nil)
)

// Open opens a file, creates it or brings its schema up to date. Close must be
// called in the end.
//
// Errors: *storage.InvalidError for the options; *SchemaError for a file of a
// newer version, *ForeignError for one of another program, both of which are
// storage.ErrSchema and leave the file as it is; ErrCorrupt; ErrBusy; ErrFull;
// *PragmaError for a file system on which SQLite cannot work as it should.
func Open(ctx context.Context, o Options) (*Store, error) { return open(ctx, o, defaultLimits) }

func open(ctx context.Context, o Options, limits walLimits) (*Store, error) {
	o, err := o.validate()
	if err != nil {
		return nil, err
	}
	s := &Store{path: o.Path, clock: o.Clock, patience: o.BusyTimeout}
	if err := untilNotBusy(ctx, s.patience, func() error { return s.open(ctx, o, limits) }); err != nil {
		return nil, s.fail(ctx, "open", err)
	}
	return s, nil
}

// open makes one attempt. Until the file is known to be ours, nothing is
// written to it, not even the switch to a write-ahead log.
func (s *Store) open(ctx context.Context, o Options, limits walLimits) error {
	if err := bringUp(ctx, o); err != nil {
		return err
	}
	s.reader = sql.OpenDB(connector{o, reads})
	readers := max(2, runtime.GOMAXPROCS(0))
	s.reader.SetMaxOpenConns(readers)
	s.reader.SetMaxIdleConns(readers)
	if err := s.prepare(ctx); err != nil {
		return errors.Join(err, s.reader.Close())
	}
	newSession := func(ctx context.Context) (*session, error) { return connect(ctx, connector{o, writes}) }
	writing, err := newSession(ctx)
	if err != nil {
		return errors.Join(err, s.reader.Close())
	}
	copying, err := newSession(ctx)
	if err != nil {
		return errors.Join(err, s.reader.Close(), writing.close())
	}

	due := make(chan struct{})
	// What processes before this one left in the log is not known: the first commit
	// asks for a checkpoint. Else processes that are short-lived, or get killed, would
	// let it grow for ever.
	s.writer = &writer{connect: newSession, session: writing, patience: o.BusyTimeout, limits: limits, due: due, pages: limits.checkpoint}
	s.checkpointer = &checkpointer{path: o.Path, session: copying, writer: s.writer, limits: limits, due: due, log: o.Logger}
	s.close = sync.OnceValue(s.shut)
	s.writer.start()
	s.checkpointer.start()
	return nil
}

// bringUp creates or completes the schema.
func bringUp(ctx context.Context, o Options) error {
	steps, err := readMigrations(migrationFiles)
	if err != nil {
		return err
	}
	found, err := inspect(ctx, o, len(steps))
	if err != nil || found == len(steps) {
		return err
	}
	db := sql.OpenDB(connector{o, writes})
	db.SetMaxOpenConns(1)
	return errors.Join(migrate(ctx, db, o.Path, steps), db.Close())
}

// write runs do in a transaction, see writer.
func (s *Store) write(ctx context.Context, what string, do func(t *session) error) error {
	return s.fail(ctx, what, s.writer.write(ctx, do))
}

// Close waits for the calls under way and closes the file. Later calls fail
// with ErrClosed.
func (s *Store) Close() error {
	s.closed.Store(true)
	return s.close()
}

func (s *Store) shut() error {
	s.writer.end()
	<-s.checkpointer.ended
	// The last connection to go tidies up the write-ahead log, which readers
	// are not allowed to do.
	errs := []error{s.reader.Close(), s.checkpointer.session.close()}
	if s.writer.session != nil {
		errs = append(errs, s.writer.session.close())
	}
	return errors.Join(errs...)
}

// now reads the clock as the port has it: UTC, in whole microseconds.
func (s *Store) now() time.Time { return instant(s.clock().UnixMicro()) }

// instant is the time that is stored as this number.
func instant(micros int64) time.Time { return time.UnixMicro(micros).UTC() }
