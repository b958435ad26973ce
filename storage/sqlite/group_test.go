package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/incidentkit/incidentkit/storage"
)

// held keeps the writer from starting a transaction until it is released. What
// is called meanwhile becomes one group.
type held struct {
	s       *Store
	release chan struct{}
	calls   int
	wg      sync.WaitGroup
}

func hold(t *testing.T, s *Store) *held {
	t.Helper()
	h := &held{s: s, release: make(chan struct{})}
	paused := make(chan struct{})
	h.wg.Go(func() {
		s.writer.pause(func() {
			close(paused)
			<-h.release
		})
	})
	<-paused
	return h
}

// call makes a call, and returns when it waits behind those made before.
func (h *held) call(do func()) {
	h.calls++
	h.wg.Go(do)
	until(func() bool { return h.s.writer.waiting() == h.calls })
}

// commit calls Commit, with its outcome to be read after goOn.
func (h *held) commit(ctx context.Context, c storage.Change) *outcome {
	o := &outcome{}
	h.call(func() { o.Committed, o.err = h.s.Commit(ctx, c) })
	return o
}

type outcome struct {
	storage.Committed
	err error
}

// goOn lets the writer go on, and waits for the calls.
func (h *held) goOn() {
	close(h.release)
	h.wg.Wait()
}

// until waits for a condition.
func until(holds func() bool) {
	for !holds() {
		runtime.Gosched()
	}
}

func named(id string) storage.Stream { return storage.Stream{Tenant: "acme", ID: id} }

// created is a change that creates a stream, and takes keys.
func created(id string, keys ...string) storage.Change {
	c := step(named(id), 0, time.Unix(1, 0))
	c.Take = keys
	return c
}

func versionOf(t *testing.T, s *Store, id string) uint64 {
	t.Helper()
	head, err := s.Load(t.Context(), storage.Ref{Tenant: "acme", ID: id})
	if err != nil {
		t.Fatal(err)
	}
	return head.Version
}

// TestGroup puts calls of every outcome into one transaction.
func TestGroup(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	h := hold(t, s)
	live := t.Context()
	cancelled, cancel := context.WithCancel(live)
	twice := created("twice")
	twice.Operation = "create"
	fenced := created("fenced")
	fenced.Fence = &storage.Fence{Task: "wake", Epoch: 1}

	first := h.commit(live, created("first", "key"))
	taken := h.commit(live, created("taken", "free", "key"))
	left := h.commit(cancelled, created("left"))
	lost := h.commit(live, created("first"))
	once := h.commit(live, twice)
	again := h.commit(live, twice)
	noClaim := h.commit(live, fenced)
	next := h.commit(live, step(named("first"), 1, time.Unix(1, 0)))
	var seen uint64
	h.call(func() {
		_ = s.write(live, "look", func(*session) error {
			head, err := s.Load(live, storage.Ref{Tenant: "acme", ID: "first"})
			seen = head.Version
			return err
		})
	})
	free := h.commit(live, created("last", "free"))
	cancel()
	h.goOn()

	for name, c := range map[string]struct {
		got  *outcome
		want storage.Committed
		err  error
	}{
		"the first":                    {first, storage.Committed{Version: 1}, nil},
		"one that wants its key":       {taken, storage.Committed{}, storage.ErrKeyTaken},
		"one whose caller left":        {left, storage.Committed{}, context.Canceled},
		"one at an old version":        {lost, storage.Committed{}, storage.ErrConflict},
		"an operation":                 {once, storage.Committed{Version: 1}, nil},
		"the same operation":           {again, storage.Committed{Version: 1, Replayed: true}, nil},
		"one without its claim":        {noClaim, storage.Committed{}, storage.ErrFenced},
		"one that follows the first":   {next, storage.Committed{Version: 2}, nil},
		"one that takes what was left": {free, storage.Committed{Version: 1}, nil},
	} {
		if c.got.Committed != c.want || !errors.Is(c.got.err, c.err) {
			t.Errorf("%s: got %+v and the error %v, want %+v and %v", name, c.got.Committed, c.got.err, c.want, c.err)
		}
	}
	if seen != 0 {
		t.Errorf("a reader saw the first call's stream at version %d while the group was under way, want nothing before its end", seen)
	}
	for id, want := range map[string]uint64{"first": 2, "taken": 0, "left": 0, "twice": 1, "fenced": 0, "last": 1} {
		if got := versionOf(t, s, id); got != want {
			t.Errorf("the stream %q is at version %d, want %d", id, got, want)
		}
	}
}

// TestGroupWithFailures: a call that fails after it wrote takes its writes with
// it, and nothing else.
func TestGroupWithFailures(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	live := t.Context()
	broken := errors.New("a failure midway")
	partly := func(id string, then func() error) func() error {
		return func() error {
			return s.write(live, "test", func(x *session) error {
				if _, err := x.commit(created(id)); err != nil {
					return err
				}
				return then()
			})
		}
	}
	h := hold(t, s)
	before := h.commit(live, created("before"))
	var failed error
	h.call(func() { failed = partly("failed", func() error { return broken })() })
	conflict := h.commit(live, created("before"))
	var panicked any
	h.call(func() {
		defer func() { panicked = recover() }()
		_ = partly("panicked", func() error { panic("a bug") })()
	})
	after := h.commit(live, created("after"))
	h.goOn()

	if before.err != nil || after.err != nil || !errors.Is(conflict.err, storage.ErrConflict) {
		t.Errorf("beside failures got the errors %v and %v, want none, and %v, want a conflict", before.err, after.err, conflict.err)
	}
	if !errors.Is(failed, broken) {
		t.Errorf("a call that fails: got the error %v, want its own", failed)
	}
	if panicked != "a bug" {
		t.Errorf("a call that panics: its caller recovered %v, want what it panicked with", panicked)
	}
	for id, want := range map[string]uint64{"before": 1, "failed": 0, "panicked": 0, "after": 1} {
		if got := versionOf(t, s, id); got != want {
			t.Errorf("the stream %q is at version %d, want %d", id, got, want)
		}
	}
}

// TestGroupLimit makes more calls than one transaction takes.
func TestGroupLimit(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	h := hold(t, s)
	var outcomes []*outcome
	for i := range groupLimit + 2 {
		outcomes = append(outcomes, h.commit(t.Context(), created(fmt.Sprint(i))))
	}
	h.goOn()
	for i, o := range outcomes {
		if o.err != nil || versionOf(t, s, fmt.Sprint(i)) != 1 {
			t.Errorf("commit %d: %v", i, o.err)
		}
	}
}

// TestLeave cancels a call at the worst moment: while it runs. Its caller may
// do what it likes with the change as soon as Commit returns.
func TestLeave(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	ctx, cancel := context.WithCancel(t.Context())
	running, ended := false, false
	err := s.write(ctx, "test", func(*session) error {
		running = true
		cancel()
		for range 1000 { // time for the caller to go
			runtime.Gosched()
		}
		ended = true
		return nil
	})
	if !errors.Is(err, context.Canceled) && err != nil {
		t.Errorf("got the error %v, want context.Canceled, or none", err)
	}
	if !running || !ended {
		t.Error("the caller was let go while its call was running")
	}
}

// TestLeaveBeforeTurn: what was cancelled in time does not run at all.
func TestLeaveBeforeTurn(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	ctx, cancel := context.WithCancel(t.Context())
	h := hold(t, s)
	returned := make(chan error)
	ran := false
	h.call(func() { returned <- s.write(ctx, "test", func(*session) error { ran = true; return nil }) })
	cancel()
	if err := <-returned; !errors.Is(err, context.Canceled) { // while the writer is still held
		t.Errorf("got the error %v, want context.Canceled", err)
	}
	h.goOn()
	if err := s.write(t.Context(), "test", func(*session) error { return nil }); err != nil {
		t.Error(err)
	}
	if ran {
		t.Error("a call ran after its caller had left")
	}
}

// TestBusyUntilCancelled cancels commits that wait for the lock of another
// process.
func TestBusyUntilCancelled(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	s.writer.patience = time.Hour
	other := newWriter(t, s.path)
	lock, err := other.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	failed := make(chan error)
	for _, id := range []string{"one", "two"} {
		go func() {
			_, err := s.Commit(ctx, created(id))
			failed <- err
		}()
	}
	until(func() bool { return s.writer.waiting() == 2 })
	cancel()
	for range 2 {
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Errorf("a commit that was cancelled while it waited: got the error %v, want context.Canceled", err)
		}
	}
	until(func() bool { return s.writer.waiting() == 0 })
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{"one", "two"} {
		if _, err := s.Commit(t.Context(), created(id)); err != nil { // a conflict, had the cancelled one been applied
			t.Errorf("%s: %v", id, err)
		}
	}
}

// TestClosedWhileCommitsWait: what was called before Close comes to its end.
func TestClosedWhileCommitsWait(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "incidents.db")
	s, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	h := hold(t, s)
	one, two := h.commit(t.Context(), created("one")), h.commit(t.Context(), created("two"))
	h.wg.Go(func() {
		if err := s.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	until(s.closed.Load)
	for what, call := range map[string]func() error{
		"Commit": func() error { _, err := s.Commit(t.Context(), created("late")); return err },
		"Load":   func() error { _, err := s.Load(t.Context(), storage.Ref{Tenant: "acme", ID: "one"}); return err },
		"Claim": func() error {
			_, err := s.Claim(t.Context(), storage.ClaimQuery{Worker: "w", Limit: 1, Lease: time.Hour})
			return err
		},
	} {
		if err := call(); !errors.Is(err, ErrClosed) {
			t.Errorf("%s of a store that is being closed: got the error %v, want ErrClosed", what, err)
		}
	}
	h.goOn()
	if one.err != nil || two.err != nil {
		t.Errorf("commits that waited when the store was closed: got the errors %v and %v, want none", one.err, two.err)
	}
	again, err := Open(t.Context(), Options{Path: path})
	if err != nil {
		t.Fatal(err)
	}
	defer again.Close()
	for id, want := range map[string]uint64{"one": 1, "two": 1, "late": 0} {
		if got := versionOf(t, again, id); got != want {
			t.Errorf("after Close the stream %q is at version %d, want %d", id, got, want)
		}
	}
}

// pragma sets something on the writer's connection.
func writerPragma(t *testing.T, s *Store, text string) {
	t.Helper()
	var err error
	s.writer.pause(func() { _, err = ask(context.WithoutCancel(t.Context()), s.writer.session.conn, text) })
	if err != nil {
		t.Fatal(err)
	}
}

// TestFull lets the disk run full, as far as SQLite is concerned.
func TestFull(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	if _, err := s.Commit(t.Context(), created("before")); err != nil {
		t.Fatal(err)
	}
	writerPragma(t, s, "PRAGMA max_page_count = 40")
	large := func(id string) storage.Change {
		c := created(id, "key of "+id)
		c.Operation = "create"
		c.Snapshot.Data = make([]byte, 1<<20)
		return c
	}
	if _, err := s.Commit(t.Context(), large("alone")); !errors.Is(err, ErrFull) {
		t.Errorf("alone: got the error %v, want ErrFull", err)
	}
	h := hold(t, s)
	small := h.commit(t.Context(), created("small"))
	full := h.commit(t.Context(), large("large"))
	next := h.commit(t.Context(), step(named("small"), 1, time.Unix(1, 0)))
	h.goOn()
	if small.err != nil || next.err != nil || !errors.Is(full.err, ErrFull) {
		t.Errorf("in a group: got the errors %v and %v, want none, and %v, want ErrFull", small.err, next.err, full.err)
	}
	for id, want := range map[string]uint64{"before": 1, "alone": 0, "small": 2, "large": 0} {
		if got := versionOf(t, s, id); got != want {
			t.Errorf("with a full disk the stream %q is at version %d, want %d", id, got, want)
		}
	}
	claims, err := s.Claim(t.Context(), storage.ClaimQuery{Worker: "w", Limit: 10, Lease: time.Hour})
	if err != nil || len(claims.Tasks) != 2 {
		t.Errorf("with a full disk a claim hands out %d tasks, %v, want those of the two streams that exist", len(claims.Tasks), err)
	}

	writerPragma(t, s, "PRAGMA max_page_count = 1000000")
	for _, id := range []string{"alone", "large"} {
		if out, err := s.Commit(t.Context(), large(id)); err != nil || out.Replayed {
			t.Errorf("%s, once there is room: got %+v and the error %v, want it to be applied", id, out, err)
		}
	}
	if got := integrity(t, s); got != "ok" {
		t.Errorf("in the end: %s", got)
	}
}

func integrity(t *testing.T, s *Store) (result string) {
	t.Helper()
	if err := s.reader.QueryRow("PRAGMA integrity_check").Scan(&result); err != nil {
		t.Fatal(err)
	}
	return result
}

// failing is a statement that always fails.
type failing struct {
	stmt
	err error
}

func (f failing) QueryContext(context.Context, []driver.NamedValue) (driver.Rows, error) {
	return nil, f.err
}

func (f failing) ExecContext(context.Context, []driver.NamedValue) (driver.Result, error) {
	return nil, f.err
}

// TestReconnect: a connection of which it is not known whether a transaction is
// open is not used again.
func TestReconnect(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	broken := errors.New("the disk is gone")
	w := s.writer
	var connected int
	connect := w.connect
	w.pause(func() {
		w.session.stmts[commit] = failing{w.session.stmts[commit], broken}
		w.session.stmts[rollback] = failing{w.session.stmts[rollback], broken}
		w.connect = func(ctx context.Context) (*session, error) {
			if connected++; connected == 1 {
				return nil, broken
			}
			return connect(ctx)
		}
	})
	for i, want := range []error{broken, broken, nil, nil} { // at the end of one, at the start of the next
		_, err := s.Commit(t.Context(), created(fmt.Sprint(i)))
		if !errors.Is(err, want) {
			t.Errorf("commit %d: got the error %v, want %v", i, err, want)
		}
	}
	if connected != 2 {
		t.Errorf("the writer connected %d times, want once for each call that found no connection", connected)
	}
	for i, want := range []uint64{0, 0, 1, 1} {
		if got := versionOf(t, s, fmt.Sprint(i)); got != want {
			t.Errorf("the stream of commit %d is at version %d, want %d", i, got, want)
		}
	}
}

// TestGroupCommitFails: where the end of a group fails, each of its calls is
// made again, alone.
func TestGroupCommitFails(t *testing.T) {
	t.Parallel()
	s := newStore(t)
	broken := errors.New("a torn write")
	h := hold(t, s)
	one := h.commit(t.Context(), created("one"))
	two := h.commit(t.Context(), created("two"))
	conflict := h.commit(t.Context(), created("two"))
	sound := s.writer.session.stmts[commit]
	s.writer.session.stmts[commit] = failsOnce{sound, broken, &sync.Once{}}
	h.goOn()
	if one.err != nil || two.err != nil || !errors.Is(conflict.err, storage.ErrConflict) {
		t.Errorf("got the errors %v and %v, want none, and %v, want a conflict", one.err, two.err, conflict.err)
	}
	if a, b := versionOf(t, s, "one"), versionOf(t, s, "two"); a != 1 || b != 1 {
		t.Errorf("the streams are at version %d and %d, want 1 and 1", a, b)
	}
}

type failsOnce struct {
	stmt
	err  error
	once *sync.Once
}

func (f failsOnce) ExecContext(ctx context.Context, args []driver.NamedValue) (r driver.Result, err error) {
	f.once.Do(func() { err = f.err })
	if err != nil {
		return nil, err
	}
	return f.stmt.ExecContext(ctx, args)
}

func TestScanRefusesOtherTypes(t *testing.T) {
	t.Parallel()
	var n int64
	var u uint64
	var i int
	var text string
	var data []byte
	sound := values{int64(1), int64(2), int64(3), "x", nil}
	into := []any{&n, &u, &i, &text, &data}
	if err := scan(sound, into...); err != nil || n != 1 || u != 2 || i != 3 || text != "x" || data != nil {
		t.Errorf("got %d, %d, %d, %q, %v and the error %v", n, u, i, text, data, err)
	}
	for column := range sound {
		damaged := slices.Clone(sound)
		damaged[column] = 1.5
		if err := scan(damaged, into...); !errors.Is(err, ErrCorrupt) || !strings.Contains(err.Error(), fmt.Sprint("column ", column)) {
			t.Errorf("column %d: got the error %v, want ErrCorrupt that names it", column, err)
		}
	}
}
