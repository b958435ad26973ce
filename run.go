package incidentkit

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/incidentkit/incidentkit/internal/timing"
	"github.com/incidentkit/incidentkit/storage"
)

// Run does what is due, when it is due, up to Config.Workers tasks side by side,
// until ctx ends; then it claims nothing more, finishes what is at hand and returns
// nil. A send takes
// Config.NotifyTimeout at most. Run outlives failures of
// the store: it logs them and tries again, and after Config.Overdue raises the
// alarm.
//
// Beside that it audits (see Audit) and, where Config.Canary asks for it, tries
// the whole path (see TryCanary).
//
// One Run for each process is enough; any number, in any number of processes,
// may share a store.
func (e *Engine) Run(ctx context.Context) error {
	e.log.InfoContext(ctx, "running", "worker", e.cfg.Worker, "workers", e.cfg.Workers)
	var tasks sync.WaitGroup
	tasks.Go(func() { e.keepAuditing(ctx) })
	tasks.Go(func() { e.keepTrying(ctx) })
	workers := newCrew(e.cfg.Workers, e.cfg.TenantWorkers)
	down := &outage{}
	for ctx.Err() == nil {
		free, except := workers.room(e.cfg.Batch)
		if free == 0 {
			await(ctx, workers.freed)
			continue
		}
		claims, begun, err := e.claim(ctx, free, except)
		if err != nil {
			e.endure(ctx, down, err)
			continue
		}
		if down.failures > 0 {
			e.log.InfoContext(ctx, "the store answers again", "after", begun.Sub(down.since))
			down = &outage{}
		}
		for _, task := range claims.Tasks {
			workers.begin(task.Stream.Tenant)
			tasks.Go(func() {
				defer workers.end(task.Stream.Tenant)
				_ = e.perform(context.WithoutCancel(ctx), task, begun) // logged, and tried again
			})
		}
		if len(claims.Tasks) < free {
			e.sleep(ctx, claims, except, workers.freed)
		}
	}
	tasks.Wait()
	e.log.InfoContext(ctx, "stopped", "worker", e.cfg.Worker)
	return nil
}

func await(ctx context.Context, c <-chan struct{}) {
	select {
	case <-ctx.Done():
	case <-c:
	}
}

// sleep waits until the store knows of something due, but no longer than Poll,
// nor than until something becomes due in this process. What is due and was not
// handed out is that of a tenant that was left out, or somebody else is at it just
// now: then it does not ask again at once.
func (e *Engine) sleep(ctx context.Context, last storage.Claims, except []string, freed <-chan struct{}) {
	pause := e.cfg.Poll
	if len(except) == 0 {
		freed = nil
	}
	if last.Next.After(last.Now) || !last.Next.IsZero() && freed == nil && len(last.Tasks) > 0 {
		pause = min(pause, last.Next.Sub(last.Now))
	}
	timer := time.NewTimer(max(pause, 0))
	defer timer.Stop()
	select {
	case <-ctx.Done():
	case <-timer.C:
	case <-e.poke:
	case <-freed:
	}
}

// wakeRun cuts the sleep of Run short.
func (e *Engine) wakeRun() {
	select {
	case e.poke <- struct{}{}:
	default:
	}
}

// maxRest is the longest wait between claims while the store is away: what is due
// waits for that long once it is back.
const maxRest = 5 * time.Second

// outage is a time in which nothing can be claimed.
type outage struct {
	since    time.Time
	failures int
	told     atomic.Bool // a human was, or is just being
}

// endure waits before the next claim, longer and longer. A store that is gone for
// too long is something that a human must know of: nobody can be paged meanwhile.
func (e *Engine) endure(ctx context.Context, o *outage, err error) {
	if ctx.Err() != nil {
		return
	}
	waits := timing.From(ctx)
	if o.failures == 0 {
		o.since = waits.Now()
	}
	o.failures++
	pause := spread(min(e.cfg.Poll<<min(o.failures, 5), max(e.cfg.Lease, e.cfg.Poll), maxRest), e.cfg.Worker, o.failures)
	e.log.ErrorContext(ctx, "claim failed", "error", err, "again_in", pause)
	if late := waits.Now().Sub(o.since); late > e.cfg.Overdue {
		e.tellOutage(ctx, o, Alarm{Kind: AlarmStore, Late: late, Text: fmt.Sprintf(
			"For %s the store has not answered, so that nobody can be paged by %s: %v", late.Round(time.Second), e.cfg.Worker, err)})
	}
	waits.Sleep(ctx, pause)
}

// tellOutage tells the host once. What is due does not wait for an alarm that hangs:
// the store may be back first.
func (e *Engine) tellOutage(ctx context.Context, o *outage, a Alarm) {
	if e.cfg.Alarm == nil || !o.told.CompareAndSwap(false, true) {
		return
	}
	a.Text = said(a.Text)
	timing.From(ctx).Go(func() {
		e.log.ErrorContext(ctx, "alarm", "kind", string(a.Kind), "text", a.Text)
		if err := e.tellHost(ctx, a); err != nil {
			e.log.ErrorContext(ctx, "an alarm does not get through", "kind", string(a.Kind), "error", err)
			o.told.Store(false)
		}
	})
}
