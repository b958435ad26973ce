// Package timing is where the engine's own waits come from: its timeouts, the
// renewal of its leases, its pauses between attempts. By default they are those
// of this machine. A simulation puts others into the context, so that the same
// code runs in a time of its own, on one goroutine.
//
// It does not say what is due: that is the store's clock alone.
package timing

import (
	"context"
	"time"
)

// Timing is a source of waits, safe for concurrent use.
type Timing interface {
	// Now is a time that only serves to measure how much of it has passed here.
	Now() time.Time

	// AfterFunc calls f once, on another goroutine, when d has passed, unless it is
	// stopped before. Stop may be called more than once.
	AfterFunc(d time.Duration, f func()) (stop func())

	// Sleep waits for d, or until ctx ends.
	Sleep(ctx context.Context, d time.Duration)

	// Go lets f run beside the caller. A simulation calls it at once.
	Go(f func())
}

type key struct{}

// With returns a context whose waits are t's.
func With(ctx context.Context, t Timing) context.Context { return context.WithValue(ctx, key{}, t) }

// From returns the timing of a context: this machine's, unless With gave another.
func From(ctx context.Context) Timing {
	if t, ok := ctx.Value(key{}).(Timing); ok {
		return t
	}
	return machine{}
}

// WithTimeout is context.WithTimeout by the timing of the context. The error of a
// context that a simulation ends is context.Canceled, its cause
// context.DeadlineExceeded.
func WithTimeout(ctx context.Context, d time.Duration) (context.Context, context.CancelFunc) {
	t := From(ctx)
	if _, ours := t.(machine); ours {
		return context.WithTimeout(ctx, d)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	stop := t.AfterFunc(d, func() { cancel(context.DeadlineExceeded) })
	return ctx, func() {
		stop()
		cancel(context.Canceled)
	}
}

// machine is the time of this machine.
type machine struct{}

func (machine) Now() time.Time { return time.Now() }

func (machine) AfterFunc(d time.Duration, f func()) (stop func()) {
	timer := time.AfterFunc(d, f)
	return func() { timer.Stop() }
}

func (machine) Sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	}
}

func (machine) Go(f func()) { go f() }
