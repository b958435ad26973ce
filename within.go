package incidentkit

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/incidentkit/incidentkit/internal/timing"
)

// within calls the host's code, and returns after d at the latest even if that
// code ignores its context; it is then left to itself. A panic is an error.
func within[T any](ctx context.Context, d time.Duration, call func(context.Context) (T, error)) (T, error) {
	type answer struct {
		value T
		err   error
	}
	ctx, cancel := timing.WithTimeout(ctx, d)
	answers := make(chan answer, 1)
	timing.From(ctx).Go(func() {
		defer cancel()
		a := answer{err: errors.New("the call did not return")} // as after runtime.Goexit
		defer func() {
			if p := recover(); p != nil { //nolint:forbidigo // a bug in the host's code must not take the engine down
				a.err = &panicError{value: p, stack: debug.Stack()}
			}
			answers <- a
		}()
		a.value, a.err = call(ctx)
	})
	select {
	case a := <-answers:
		return a.value, a.err
	case <-ctx.Done():
	}
	select {
	case a := <-answers: // both at once: the answer counts
		return a.value, a.err
	default:
		var none T
		return none, ctx.Err()
	}
}

// panicError is a panic of the host's code.
type panicError struct {
	value any
	stack []byte
}

// Error implements error. It leaves the stack to the log.
func (e *panicError) Error() string { return fmt.Sprintf("panic: %v", e.value) }
