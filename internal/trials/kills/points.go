//go:build linux || darwin

package kills

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"syscall"

	"github.com/incidentkit/incidentkit/storage"
)

// Point is a place in the work of a worker at which it can be made to halt.
type Point string

// The points, in the order in which a delivery passes them.
const (
	Claimed    Point = "claimed"    // the store has leased tasks, and the engine does not know yet
	Committing Point = "committing" // a change is about to be committed
	Committed  Point = "committed"  // it is, and the engine does not know yet
	Sending    Point = "sending"    // the notifier was called, and has done nothing yet
	Sent       Point = "sent"       // the recipient has the message, and the engine does not know yet
	Settling   Point = "settling"   // a task is about to be settled
)

// Points returns all points.
func Points() []Point { return []Point{Claimed, Committing, Committed, Sending, Sent, Settling} }

// Halt tells a worker to halt where it passes a point for the Nth time. It sends the
// signal to itself, so that nothing can happen between the point and the halt, on no
// thread.
type Halt struct {
	Point  Point          `json:"point"`
	Nth    int32          `json:"nth"`
	Signal syscall.Signal `json:"signal"` // SIGKILL or SIGSTOP
}

// halter halts a worker where it was told to.
type halter struct {
	halt   *Halt
	passed atomic.Int32
	tell   func(Line)
}

func (h *halter) at(p Point) {
	if h.halt == nil || h.halt.Point != p || h.passed.Add(1) != h.halt.Nth {
		return
	}
	h.tell(Line{What: Halted, Point: p})
	_ = syscall.Kill(os.Getpid(), h.halt.Signal) // after SIGSTOP it goes on here
}

// watched is the store of a worker. It halts the worker where that is wanted, and
// says which commits nobody can tell the outcome of.
type watched struct {
	Store
	halter *halter
	tell   func(Line)

	mu     sync.Mutex
	unsure map[Write]bool
}

func watch(s Store, h *halter, tell func(Line)) *watched {
	return &watched{Store: s, halter: h, tell: tell, unsure: map[Write]bool{}}
}

// Claim implements storage.Store.
func (w *watched) Claim(ctx context.Context, q storage.ClaimQuery) (storage.Claims, error) {
	claims, err := w.Store.Claim(ctx, q)
	if len(claims.Tasks) > 0 {
		w.halter.at(Claimed)
	}
	if err != nil {
		w.tell(Line{What: Trouble, Reason: "claim: " + err.Error()})
	}
	return claims, err
}

// Commit implements storage.Store.
func (w *watched) Commit(ctx context.Context, c storage.Change) (storage.Committed, error) {
	w.halter.at(Committing)
	done, err := w.Store.Commit(ctx, c)
	if err == nil {
		w.halter.at(Committed)
	}
	w.note(c, done, err)
	return done, err
}

// Settle implements storage.Store.
func (w *watched) Settle(ctx context.Context, s storage.Settlement) error {
	w.halter.at(Settling)
	err := w.Store.Settle(ctx, s)
	if err != nil && !errors.Is(err, storage.ErrFenced) {
		w.tell(Line{What: Trouble, Reason: "settle: " + err.Error()})
	}
	return err
}

// note tells of a commit whose outcome is not known, and of the answer that it got
// when it was repeated.
func (w *watched) note(c storage.Change, done storage.Committed, err error) {
	if len(c.Events) == 0 {
		return
	}
	first := c.Events[0]
	change := Write{Tenant: c.Stream.Tenant, Stream: c.Stream.ID, Version: first.Version, Digest: digest(first.Data)}
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case err != nil && !certain(err):
		w.unsure[change] = true
		ended := errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
		w.tell(Line{What: Unsure, Write: &change, Reason: err.Error(), Ended: ended})
	case err == nil && w.unsure[change]:
		delete(w.unsure, change)
		change.Replayed = done.Replayed
		w.tell(Line{What: Settled, Write: &change})
	}
}

// certain reports whether an error of Commit says that nothing was applied.
func certain(err error) bool {
	return errors.Is(err, storage.ErrConflict) || errors.Is(err, storage.ErrFenced) ||
		errors.Is(err, storage.ErrKeyTaken) || errors.Is(err, storage.ErrInvalid)
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
