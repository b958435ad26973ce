package incidentkit

import (
	"context"
	"errors"
	"fmt"
	"sync"
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
	maxBlamed  = 10_000          // tasks whose failures an engine counts
)

// blame counts the failures that are a task's own, as this engine has seen them.
// The attempts that the store counts are also those of workers that died of
// something else.
type blame struct {
	mu     sync.Mutex
	worked bool      // a task was done since the last one that failed
	failed time.Time // when that was, by this machine's clock
	counts map[blamed]int
}

type blamed struct {
	stream storage.Stream
	task   string
}

// done forgets what a task has failed at.
func (b *blame) done(task storage.Task) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.worked = true
	delete(b.counts, blamed{task.Stream, task.ID})
}

// count returns how often a task has failed for a reason of its own. Of many errors
// nobody can tell: it may be the store. They count where other tasks succeed
// meanwhile.
func (b *blame) count(task storage.Task, err error, now time.Time) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	others := b.worked
	b.worked, b.failed = false, now
	if b.counts == nil || len(b.counts) >= maxBlamed {
		b.counts = map[blamed]int{}
	}
	key := blamed{task.Stream, task.ID}
	if others || toBlame(err) {
		b.counts[key]++
	}
	return b.counts[key]
}

// lately reports whether a task has failed a short while ago.
func (b *blame) lately(now time.Time) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return !b.failed.IsZero() && now.Sub(b.failed) < quarantine
}

// toBlame reports whether an error is certainly the task's own.
func toBlame(err error) bool {
	var panicked *panicError
	return errors.As(err, &panicked) || errors.Is(err, incident.ErrCorrupt) || errors.Is(err, errUnknownTask)
}

// putOff returns how long a task rests that has failed. Once the store is back
// nothing may wait for long.
func (e *Engine) putOff(ctx context.Context, task storage.Task, err error) time.Duration {
	if e.blame.count(task, err, timing.From(ctx).Now()) >= maxTries {
		e.poisoned(ctx, task, err)
		return quarantine
	}
	return spread(min(time.Second<<min(task.Attempt-1, 10), maxPutOff), task.Stream.String(), task.ID, task.Attempt)
}

// mistrust takes care of a task that many attempts have not even given back: it may
// be what ended their processes. If it ends this one, too, it rests for longer and
// longer.
func (e *Engine) mistrust(ctx context.Context, task storage.Task) {
	claimed := task.LeaseUntil.Add(-e.cfg.Lease)
	if task.Attempt <= maxTries || claimed.Sub(task.Due) < e.cfg.Lease {
		return
	}
	if e.blame.lately(timing.From(ctx).Now()) {
		return // with a store that fails, too, tasks are not given back
	}
	rest := max(e.cfg.Lease, min(e.cfg.Lease<<min(task.Attempt-maxTries, 20), quarantine))
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
	if task.Kind == taskAlarm {
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
