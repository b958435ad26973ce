package incidentkit

import (
	"context"
	"sync"
	"time"
)

// Run does what is due, when it is due, until ctx ends; then it finishes what is
// at hand and returns nil. It outlives failures of the store: it logs them and
// tries again.
//
// One Run for each process is enough; any number, in any number of processes,
// may share a store.
func (e *Engine) Run(ctx context.Context) error {
	e.log.InfoContext(ctx, "running", "worker", e.cfg.Worker, "workers", e.cfg.Workers)
	var workers sync.WaitGroup
	for range e.cfg.Workers {
		workers.Go(func() { e.work(ctx) })
	}
	workers.Wait()
	e.log.InfoContext(ctx, "stopped", "worker", e.cfg.Worker)
	return nil
}

// work steps until ctx ends.
func (e *Engine) work(ctx context.Context) {
	failures := 0
	for ctx.Err() == nil {
		report, err := e.Step(ctx)
		pause := e.cfg.Poll
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			failures++
			pause = min(e.cfg.Poll<<min(failures, 5), 30*time.Second)
			e.log.ErrorContext(ctx, "step failed", "error", err, "again_in", pause)
		default:
			failures = 0
			if !report.Next.IsZero() {
				pause = min(pause, report.Next.Sub(report.Now))
			}
		}
		e.sleep(ctx, pause)
	}
}

// sleep waits, but no longer than until something becomes due in this process.
func (e *Engine) sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-e.poke:
	}
}

// wakeRun cuts the sleep of one worker short.
func (e *Engine) wakeRun() {
	select {
	case e.poke <- struct{}{}:
	default:
	}
}
