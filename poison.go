package incidentkit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/internal/timing"
	"github.com/incidentkit/incidentkit/storage"
)

// A task that fails again and again is poisoned. It is put into quarantine: it is
// tried now and then only, so that it costs the others nothing, and a human is told.

const (
	maxTries   = 10              // failures of a task before it counts as poisoned
	quarantine = 5 * time.Minute // between attempts at one that is
	maxPutOff  = 8 * time.Second // between attempts at one that is not, or not yet
)

// putOff returns how long a task rests that has failed. Attempts are also those of
// workers that died of something else, and errors mostly the store's: neither may
// keep a page waiting for long once the store is back.
func (e *Engine) putOff(ctx context.Context, task storage.Task, err error) time.Duration {
	if e.record.failed(task, toBlame(err), timing.From(ctx).Now()) >= maxTries {
		e.poisoned(ctx, task, err)
		return quarantine
	}
	return spread(min(time.Second<<min(task.Attempt-1, 10), maxPutOff), task.Stream.String(), task.ID, task.Attempt)
}

// toBlame reports whether an error is certainly the task's own.
func toBlame(err error) bool {
	var panicked *panicError
	return errors.As(err, &panicked) || errors.Is(err, incident.ErrCorrupt) || errors.Is(err, errUnknownTask)
}

// mistrust returns for how long a task is to rest that many attempts have not even
// given back, longer and longer; 0 for all others. It may be what ended their
// processes, and may end this one, too.
func (e *Engine) mistrust(ctx context.Context, task storage.Task) time.Duration {
	claimed := task.LeaseUntil.Add(-e.cfg.Lease)
	if task.Attempt <= maxTries || claimed.Sub(task.Due) < e.cfg.Lease {
		return 0
	}
	if e.record.failedLately(timing.From(ctx).Now()) {
		return 0 // with a store that fails, too, tasks are not given back
	}
	return max(e.cfg.Lease, min(e.cfg.Lease<<min(task.Attempt-maxTries, 20), quarantine))
}

// secure keeps a mistrusted task from others while it rests, and tells a human
// before it is tried again.
func (e *Engine) secure(ctx context.Context, task storage.Task, rest time.Duration) {
	err := e.store.Settle(ctx, storage.Settlement{Stream: task.Stream, Fence: *task.Fence(), Outcome: storage.Extend, Delay: rest})
	if err != nil {
		e.log.WarnContext(ctx, "settle failed", "tenant", task.Stream.Tenant, "incident", task.Stream.ID, "task", task.ID, "error", err)
	}
	e.poisoned(ctx, task, errors.New("no attempt at it came to an end"))
}

// errUnknownTask: another build may know what to do with it.
var errUnknownTask = errors.New("incidentkit: unknown kind of task")

// poisoned raises the alarm over a task that fails again and again. It stays: what
// is due is never dropped, and another build may be able to do it.
func (e *Engine) poisoned(ctx context.Context, task storage.Task, failure error) {
	if task.Kind == taskAlarm && !toBlame(failure) {
		return // that one cannot be raised is why it fails
	}
	day := task.LeaseUntil.UTC().Format(time.DateOnly)
	_, err := e.raise(ctx, Alarm{
		Tenant: task.Stream.Tenant, Incident: incident.ID(task.Stream.ID), Kind: AlarmPoisoned, Due: task.Due,
		Text: fmt.Sprintf("Task %q of incident %s has failed %d times and is now tried less and less, at last every %s: %v",
			task.ID, task.Stream.ID, task.Attempt, quarantine, failure),
	}, fmt.Sprintf("%s:%s:%s", AlarmPoisoned, task.ID, day))
	if err != nil && !errors.Is(err, errRinging) {
		e.log.ErrorContext(ctx, "an alarm could not be raised", "kind", string(AlarmPoisoned), "error", err)
	}
}
