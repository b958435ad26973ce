package postgres

import (
	"context"
	"math/rand/v2"
	"time"
)

// attempts is how often a call is made that another transaction got in the way
// of. Each failure means that another one got on, so more would be rare.
const attempts = 5

// ask is retry for calls that go out by themselves, unless the store was closed:
// the pool may be the host's, and still open.
func (s *Store) ask(ctx context.Context, call func() error) error {
	if s.closed.Load() {
		return ErrClosed
	}
	return retry(ctx, call)
}

// retry makes a call again, after a pause that grows and that no two callers
// share, where the server rolled it back for no fault of its own.
func retry(ctx context.Context, call func() error) error {
	for attempt := 1; ; attempt++ {
		err := call()
		if err == nil || attempt == attempts || !repeatable(err) || ctx.Err() != nil {
			return err
		}
		limit := time.Millisecond << attempt
		pause := time.NewTimer(time.Duration(rand.Int64N(int64(limit))))
		select {
		case <-ctx.Done():
			pause.Stop()
			return err
		case <-pause.C:
		}
	}
}
