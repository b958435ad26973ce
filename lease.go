package incidentkit

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/incidentkit/incidentkit/internal/timing"
	"github.com/incidentkit/incidentkit/storage"
)

// lease keeps a claim while its task is at hand. At a third of the lease it is
// renewed. Two thirds after the last renewal that went well was asked for, the
// work is stopped: the store's clock and this machine's may disagree by the rest,
// and after that another worker takes the task up.
type lease struct {
	engine *Engine
	task   storage.Task
	ctx    context.Context // of the renewals
	end    context.CancelCauseFunc

	mu       sync.Mutex
	since    time.Time // when the renewal that holds was asked for
	until    time.Time // no renewal begins after this: what hangs does not keep its task for ever
	rested   time.Time // no renewal ends the claim before this
	over     bool
	stopNext []func() // the timers
}

// errLeaseEnds is why work was stopped.
var errLeaseEnds = errors.New("incidentkit: the lease could not be renewed in time")

// hold returns a context that ends when the claim may no longer hold, and what
// lets go of it: the claim then stays as it is. Begun is when the claim was asked
// for, rest how long from now it is to hold at least.
func (e *Engine) hold(ctx context.Context, task storage.Task, begun time.Time, rest time.Duration) (context.Context, func()) {
	l := &lease{
		engine: e, task: task, ctx: ctx, since: begun,
		until:  begun.Add(e.cfg.NotifyTimeout + 2*e.cfg.Lease),
		rested: timing.From(ctx).Now().Add(rest),
	}
	work, end := context.WithCancelCause(ctx)
	l.end = end
	l.mu.Lock()
	l.arm(begun.Add(e.cfg.Lease / 3))
	l.mu.Unlock()
	return work, func() { l.finish(context.Canceled) }
}

// arm sets the timers anew: the next renewal, and the end.
func (l *lease) arm(renewal time.Time) {
	l.disarm()
	waits := timing.From(l.ctx)
	now, end := waits.Now(), l.since.Add(l.engine.cfg.Lease*2/3)
	l.stopNext = append(l.stopNext, waits.AfterFunc(max(end.Sub(now), 0), func() { l.finish(errLeaseEnds) }))
	if renewal.Before(now) { // the claim, or the renewal before, took long
		renewal = now
	}
	if renewal.Before(end) && renewal.Before(l.until) {
		l.stopNext = append(l.stopNext, waits.AfterFunc(renewal.Sub(now), l.renew))
	}
}

func (l *lease) disarm() {
	for _, stop := range l.stopNext {
		stop()
	}
	l.stopNext = nil
}

// renew extends the claim by a whole lease; by more where it has to rest for longer.
func (l *lease) renew() {
	ctx, cancel := timing.WithTimeout(l.ctx, l.engine.cfg.Lease/3)
	defer cancel()
	begun := timing.From(ctx).Now()
	err := l.engine.store.Settle(ctx, storage.Settlement{
		Stream: l.task.Stream, Fence: *l.task.Fence(), Outcome: storage.Extend,
		Delay: max(l.engine.cfg.Lease, l.rested.Sub(begun)),
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.over:
	case err == nil:
		l.since = begun
		l.arm(begun.Add(l.engine.cfg.Lease / 3))
	case errors.Is(err, storage.ErrFenced):
		l.close(storage.ErrFenced)
	default:
		l.engine.log.WarnContext(ctx, "a lease could not be renewed", "tenant", l.task.Stream.Tenant, "incident", l.task.Stream.ID, "task", l.task.ID, "error", err)
		l.arm(timing.From(ctx).Now().Add(l.engine.cfg.Lease / 12))
	}
}

func (l *lease) finish(why error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.close(why)
}

func (l *lease) close(why error) {
	l.over = true
	l.disarm()
	l.end(why)
}
