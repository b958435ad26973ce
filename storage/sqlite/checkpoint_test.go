package sqlite

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/incidentkit/incidentkit/storage"
)

// logFile collects what a store logs.
type logFile struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logFile) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

// lines returns how many lines hold a text.
func (l *logFile) lines(text string) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Count(l.text.String(), text)
}

// smallLimits are such that a test reaches them.
var smallLimits = walLimits{checkpoint: 50, most: 200}

func openSmall(t *testing.T) (*Store, *logFile) {
	t.Helper()
	log := &logFile{}
	path := filepath.Join(t.TempDir(), "incidents.db")
	s, err := open(t.Context(), Options{Path: path, Logger: slog.New(slog.NewTextHandler(log, nil))}, smallLimits)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s, log
}

// write commits to a stream, several pages each time.
func write(t *testing.T, s *Store, stream string, commits int) {
	t.Helper()
	head, err := s.Load(t.Context(), storage.Ref{Tenant: "acme", ID: stream})
	for i := 0; i < commits && err == nil; i++ {
		_, err = s.Commit(t.Context(), step(named(stream), head.Version+uint64(i), time.Unix(1, 0)))
	}
	if err != nil {
		t.Error(err)
	}
}

func logPages(t *testing.T, s *Store) int {
	t.Helper()
	info, err := os.Stat(s.path + "-wal")
	if err != nil {
		t.Fatal(err)
	}
	return int(info.Size() / 4096)
}

// TestLogStaysShort: while commits go on without a break, the log starts over
// again and again.
func TestLogStaysShort(t *testing.T) {
	t.Parallel()
	s, log := openSmall(t)
	var wg sync.WaitGroup
	for w := range 4 {
		wg.Go(func() { write(t, s, fmt.Sprint("stream ", w), 150) })
	}
	wg.Wait()
	// The commits wrote thousands of pages. Twice they may come up to the point
	// where they wait: before a checkpoint begins, and during it.
	if got, most := logPages(t, s), 2*smallLimits.most+100; got > most {
		t.Errorf("the log is %d pages long, want at most %d", got, most)
	}
	if n := log.lines("level=WARN"); n > 0 {
		t.Errorf("the log has %d warnings, want none: %s", n, log.text.String())
	}
}

// TestReaderKeepsLog: where a reader holds on to an old state, commits go on,
// somebody is told, and the log becomes short again once the reader is gone.
func TestReaderKeepsLog(t *testing.T) {
	t.Parallel()
	s, log := openSmall(t)
	write(t, s, "before", 1)
	other := sql.OpenDB(connector{Options{Path: s.path, BusyTimeout: time.Second}, reads})
	t.Cleanup(func() { other.Close() })
	old, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer old.Rollback() //nolint:errcheck // it is done already
	count := func() (n int) {
		t.Helper()
		if err := old.QueryRow("SELECT count(*) FROM event").Scan(&n); err != nil {
			t.Fatal(err)
		}
		return n
	}
	was := count()

	const warning = "keeps the write-ahead log from shrinking"
	for log.lines(warning) == 0 {
		write(t, s, "during", 10)
	}
	during := logPages(t, s)
	if during < 2*smallLimits.most {
		t.Errorf("a warning came at %d pages, want it at %d", during, 2*smallLimits.most)
	}
	if n := count(); n != was {
		t.Errorf("the reader saw %d events and then %d, want them the same", was, n)
	}
	if n := log.lines(warning); n > 2 {
		t.Errorf("%d warnings, want one for each time the log doubles", n)
	}

	if err := old.Rollback(); err != nil {
		t.Fatal(err)
	}
	for i := 0; restLength(t, s) >= smallLimits.most; i++ { // of the log; the file keeps its size
		if i == 100 {
			t.Fatalf("after %d commits without the reader the log has still %d pages", 10*i, restLength(t, s))
		}
		write(t, s, "after", 10)
	}
}

// restLength is how long the log is, as SQLite has it.
func restLength(t *testing.T, s *Store) int {
	t.Helper()
	other, err := connect(t.Context(), connector{Options{Path: s.path, BusyTimeout: time.Second}, writes})
	if err != nil {
		t.Fatal(err)
	}
	defer other.close() //nolint:errcheck // it only looked
	log, err := other.checkpoint(checkpointPassive)
	if err != nil {
		t.Fatal(err)
	}
	return log.pages
}

// TestCheckpointFails: commits go on, and somebody is told.
func TestCheckpointFails(t *testing.T) {
	t.Parallel()
	s, log := openSmall(t)
	broken := fmt.Errorf("the disk is gone")
	s.writer.pause(func() {
		st := &s.checkpointer.session.stmts[checkpointPassive]
		*st = failing{*st, broken}
	})
	for log.lines("a checkpoint failed") == 0 {
		write(t, s, "during", 10)
	}
	if log.lines(broken.Error()) == 0 || log.lines(s.path) == 0 {
		t.Errorf("the log does not say what failed, and where: %s", log.text.String())
	}
}

// TestIdleClaimsDoNotWrite: a worker that finds nothing for it does not wait for
// the write lock.
func TestIdleClaimsDoNotWrite(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	write(t, s, "due", 1)
	lock, err := newWriter(t, s.path).BeginTx(context.WithoutCancel(t.Context()), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer lock.Rollback() //nolint:errcheck // it wrote nothing
	q := storage.ClaimQuery{Worker: "w", Limit: 1, Lease: time.Hour, Except: []string{"acme"}}
	claims, err := s.Claim(t.Context(), q)
	if err != nil || len(claims.Tasks) > 0 || !claims.Next.Equal(time.Unix(1, 0)) {
		t.Errorf("a claim that leaves out all there is got %+v and the error %v, want nothing, and the task for Next", claims, err)
	}
}

// TestLogOfManyProcesses: processes that write little and go, while one that is idle
// keeps the file open, do not let the log grow.
func TestLogOfManyProcesses(t *testing.T) {
	t.Parallel()
	idle, _ := openSmall(t)
	for i := range 40 {
		s, err := open(t.Context(), Options{Path: idle.path}, smallLimits)
		if err != nil {
			t.Fatal(err)
		}
		write(t, s, fmt.Sprint("stream ", i), 2)
		if err := s.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if got := logPages(t, idle); got > smallLimits.checkpoint {
		t.Errorf("the log is %d pages long, want at most %d", got, smallLimits.checkpoint)
	}
}
