package incidentkit

import (
	"context"
	"sync"
	"time"

	"github.com/incidentkit/incidentkit/storage"
)

// Run does what is due, when it is due, up to Config.Workers tasks side by side,
// until ctx ends; then it finishes what is at hand and returns nil. It outlives
// failures of the store: it logs them and tries again.
//
// Beside that it audits (see Audit).
//
// One Run for each process is enough; any number, in any number of processes,
// may share a store.
func (e *Engine) Run(ctx context.Context) error {
	e.log.InfoContext(ctx, "running", "worker", e.cfg.Worker, "workers", e.cfg.Workers)
	var tasks sync.WaitGroup
	tasks.Go(func() { e.keepAuditing(ctx) })
	slots := make(chan struct{}, e.cfg.Workers) // one token for each task at hand
	failures := 0
	for {
		free := e.takeSlots(ctx, slots)
		if free == 0 {
			break
		}
		claims, err := e.claim(ctx, free)
		for range free - len(claims.Tasks) {
			<-slots
		}
		for _, task := range claims.Tasks {
			tasks.Go(func() {
				defer func() { <-slots }()
				_ = e.perform(context.WithoutCancel(ctx), task) // logged, and tried again
			})
		}
		switch {
		case err != nil && ctx.Err() == nil:
			failures++
			pause := min(e.cfg.Poll<<min(failures, 5), 30*time.Second)
			e.log.ErrorContext(ctx, "claim failed", "error", err, "again_in", pause)
			rest(ctx, pause)
		case err == nil:
			failures = 0
			if len(claims.Tasks) < free {
				e.sleep(ctx, claims)
			}
		}
	}
	tasks.Wait()
	e.log.InfoContext(ctx, "stopped", "worker", e.cfg.Worker)
	return nil
}

// takeSlots waits until a task may begin, and takes what is free, up to a batch;
// none once ctx has ended.
func (e *Engine) takeSlots(ctx context.Context, slots chan<- struct{}) int {
	if ctx.Err() != nil {
		return 0
	}
	select {
	case <-ctx.Done():
		return 0
	case slots <- struct{}{}:
	}
	for n := 1; n < e.cfg.Batch; n++ {
		select {
		case slots <- struct{}{}:
		default:
			return n
		}
	}
	return e.cfg.Batch
}

// sleep waits until the store knows of something due, but no longer than Poll,
// nor than until something becomes due in this process.
func (e *Engine) sleep(ctx context.Context, last storage.Claims) {
	pause := e.cfg.Poll
	if !last.Next.IsZero() {
		pause = min(pause, last.Next.Sub(last.Now))
	}
	timer := time.NewTimer(max(pause, 0))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-e.poke:
	}
}

// wakeRun cuts the sleep of Run short.
func (e *Engine) wakeRun() {
	select {
	case e.poke <- struct{}{}:
	default:
	}
}
