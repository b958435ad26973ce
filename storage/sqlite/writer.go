package sqlite

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	codes "modernc.org/sqlite/lib"

	"github.com/incidentkit/incidentkit/storage"
)

// writer is the one goroutine of a store that writes. SQLite lets one
// connection write at a time, and what a commit costs is the wait for the disk.
// So whatever has come in while one group was written is the next group: one
// transaction, one wait. A call that comes alone is a group of its own, and
// nothing waits for others to come.
//
// The calls of a group are made one after the other, as they came in, each on
// what the ones before left. A call decides before its first write, so one that
// is refused has written nothing, and the others are not touched. Nobody is
// answered before the transaction is on disk. If it fails, whatever the cause,
// its calls are made again, each in a transaction of its own, so that each is
// told its own outcome.
type writer struct {
	connect  func(ctx context.Context) (*session, error)
	patience time.Duration // with other processes
	limits   walLimits
	due      chan<- struct{} // the log has grown: it is time for a checkpoint

	// Of the goroutine alone.
	session *session // nil: to be connected
	pages   int      // written since the last checkpoint

	mu     sync.Mutex
	queue  []*call
	closed bool

	wake   chan struct{} // holds one: there is something in the queue, or the end
	pauses chan func()   // to be called between two transactions
	ended  chan struct{}
}

// groupLimit bounds the calls of one transaction, and so how long the first of
// them waits for the last.
const groupLimit = 128

// call is one caller's part of a transaction.
type call struct {
	ctx      context.Context
	do       func(s *session) error
	arrived  time.Time
	deadline time.Time // of the wait for another process; zero: it did not wait yet
	alone    bool      // in a transaction of its own
	done     chan struct{}

	// The caller must be able to leave, and then to do as it likes with what do
	// uses. So do runs under this lock, and no more once the caller left.
	mu       sync.Mutex
	left     bool
	err      error
	panicked any
}

// start begins to serve calls.
func (w *writer) start() {
	w.wake = make(chan struct{}, 1)
	w.pauses = make(chan func())
	w.ended = make(chan struct{})
	go w.run()
}

// write calls do within a transaction, and returns when that is on disk. An
// error of the port must come before do writes anything: what others did in
// that transaction is committed.
//
// The context ends the wait at any time. If the transaction is under way by
// then, it may still be committed.
func (w *writer) write(ctx context.Context, do func(s *session) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	c := &call{ctx: ctx, do: do, arrived: time.Now(), done: make(chan struct{})}
	if !w.enqueue(c) {
		return ErrClosed
	}
	select {
	case <-c.done:
	case <-ctx.Done():
		c.leave()
		return ctx.Err()
	}
	if c.panicked != nil {
		panic(c.panicked) //nolint:forbidigo // where it would have been without the goroutine between
	}
	return c.err
}

func (w *writer) enqueue(c *call) bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.closed {
		return false
	}
	w.queue = append(w.queue, c)
	w.signal()
	return true
}

func (w *writer) signal() {
	select {
	case w.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// pause calls do between two transactions, and returns when it has; after the
// end of the writer it does nothing.
func (w *writer) pause(do func()) {
	done := make(chan struct{})
	select {
	case w.pauses <- func() { defer close(done); do() }:
		<-done
	case <-w.ended:
	}
}

// end lets the calls that wait come to their end, and refuses all others.
func (w *writer) end() {
	w.mu.Lock()
	w.closed = true
	w.signal()
	w.mu.Unlock()
	<-w.ended
}

func (w *writer) run() {
	defer close(w.ended)
	for {
		select {
		case do := <-w.pauses:
			do()
			continue
		case <-w.wake:
		}
		for w.waiting() > 0 {
			select {
			case do := <-w.pauses:
				do()
			default:
			}
			w.turn()
		}
		if w.finished() {
			return
		}
	}
}

func (w *writer) waiting() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.queue)
}

func (w *writer) finished() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.closed && len(w.queue) == 0
}

// turn makes one transaction of what waits.
func (w *writer) turn() {
	if !w.begin() {
		return
	}
	group := w.take()
	err := w.apply(group)
	if err == nil {
		w.count()
		finish(group)
		return
	}
	w.rollback()
	if len(group) == 1 {
		group[0].err = err
		finish(group)
		return
	}
	for _, c := range group {
		c.alone = true
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.queue = slices.Concat(group, w.queue)
}

// begin takes the write lock of the file. While another process has it, begin
// waits, for as long as there is a caller who does.
func (w *writer) begin() bool {
	since := time.Now()
	for {
		err := w.tryBegin()
		if err == nil {
			return true
		}
		if w.drop(func(c *call) error { return c.despair(since, w.patience, err) }) == 0 {
			return false
		}
		<-time.After(time.Duration(1+rand.IntN(10)) * time.Millisecond) // SQLite tells nobody when the lock is free
	}
}

func (w *writer) tryBegin() (err error) {
	if w.session == nil {
		if w.session, err = w.connect(context.Background()); err != nil {
			return err
		}
	}
	_, err = w.session.exec(beginImmediate)
	return err
}

// drop answers the calls for which there is an error, and returns how many are
// left.
func (w *writer) drop(why func(c *call) error) int {
	w.mu.Lock()
	defer w.mu.Unlock()
	var dropped []*call
	w.queue = slices.DeleteFunc(w.queue, func(c *call) bool {
		if c.err = why(c); c.err == nil {
			return false
		}
		dropped = append(dropped, c)
		return true
	})
	finish(dropped)
	return len(w.queue)
}

// take returns the next group, out of a queue that is not empty.
func (w *writer) take() []*call {
	w.mu.Lock()
	defer w.mu.Unlock()
	n := 1
	if !w.queue[0].alone {
		for n < min(len(w.queue), groupLimit) && !w.queue[n].alone {
			n++
		}
	}
	group := slices.Clone(w.queue[:n])
	w.queue = slices.Delete(w.queue, 0, n)
	return group
}

// apply makes the calls of a group, and commits.
func (w *writer) apply(group []*call) error {
	for _, c := range group {
		if err := c.run(w.session); err != nil {
			return err
		}
	}
	_, err := w.session.exec(commit)
	return err
}

// rollback leaves the connection without a transaction, or no connection.
func (w *writer) rollback() {
	_, err := w.session.exec(rollback)
	if err != nil && !hasCode(err, codes.SQLITE_ERROR) { // that is: SQLite has done it itself
		_ = w.session.close()
		w.session = nil
	}
}

// count adds up how the log grows, and asks for a checkpoint where it is time.
func (w *writer) count() {
	w.pages += w.session.written()
	if w.pages < w.limits.checkpoint {
		return
	}
	select {
	case w.due <- struct{}{}:
		w.pages = 0
		return
	default: // the last one is under way
	}
	for w.pages >= w.limits.most {
		select {
		case w.due <- struct{}{}:
			w.pages = 0
		case do := <-w.pauses:
			do()
		}
	}
}

// errPanicked stands for what a call panicked with.
var errPanicked = errors.New("sqlite: a call panicked")

// run makes a call. The error is one that the whole transaction fails with.
func (c *call) run(s *session) (err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err = c.ctx.Err(); c.left || c.err != nil {
		return nil
	}
	defer func() {
		if c.panicked = recover(); c.panicked != nil { //nolint:forbidigo // the host's clock: write passes it on to its caller
			err = errPanicked
		}
	}()
	c.err = c.do(s)
	if refused(c.err) {
		return nil
	}
	return c.err
}

// refused reports whether a call was answered in the terms of the port, before
// it wrote anything.
func refused(err error) bool {
	for _, e := range []error{storage.ErrConflict, storage.ErrFenced, storage.ErrKeyTaken, storage.ErrInvalid} {
		if errors.Is(err, e) {
			return true
		}
	}
	return false
}

// leave ends a call whose caller goes away. When it returns, do is not running
// and never will be.
func (c *call) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.left = true
}

// despair decides whether a call goes on waiting for the lock, after an error:
// nil if it does. The wait counts from when it could have had its turn.
func (c *call) despair(since time.Time, patience time.Duration, err error) error {
	if ended := c.ctx.Err(); ended != nil {
		return ended
	}
	if c.deadline.IsZero() {
		c.deadline = since.Add(patience)
		if c.arrived.After(since) {
			c.deadline = c.arrived.Add(patience)
		}
	}
	if isBusy(err) && time.Now().Before(c.deadline) {
		return nil
	}
	return err
}

func finish(group []*call) {
	for _, c := range group {
		close(c.done)
	}
}
