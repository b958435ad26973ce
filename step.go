package incidentkit

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/storage"
)

// Report is what one Step did.
type Report struct {
	Now     time.Time // the store's clock at the claim
	Claimed int       // tasks that were due and taken
	Failed  int       // of these, how many met an error and will be tried again

	// Next is when the store knows of something due next; zero: nothing is.
	// Not after Now: at once.
	Next time.Time
}

// Step claims what is due, up to Config.Batch tasks, does it, and says when to
// call it next. It may be called from anywhere, at any time, by any number of
// callers: a call too many does nothing.
//
// An error of a single task is logged, counted in the report, and the task is
// tried again later; it does not stop the others. The error that Step returns is
// that of the claim. When ctx ends, Step finishes the task at hand and gives the
// rest back.
func (e *Engine) Step(ctx context.Context) (Report, error) {
	claims, err := e.store.Claim(ctx, storage.ClaimQuery{Worker: e.cfg.Worker, Limit: e.cfg.Batch, Lease: e.cfg.Lease})
	if err != nil {
		return Report{}, fmt.Errorf("claim: %w", err)
	}
	report := Report{Now: claims.Now, Claimed: len(claims.Tasks), Next: claims.Next}
	// A cancelled caller must not tear a task in two: what has begun is finished.
	work := context.WithoutCancel(ctx)
	slow := false // a task before may have used up a part of the lease
	for _, task := range claims.Tasks {
		if ctx.Err() != nil {
			e.settle(work, task, storage.Retry, 0)
			continue
		}
		if slow && !e.settle(work, task, storage.Extend, e.cfg.Lease) {
			continue
		}
		if err := e.perform(work, task); err != nil {
			report.Failed++
		}
		slow = slow || task.Kind == taskDeliver
	}
	if len(claims.Tasks) > 0 {
		report.Next = claims.Now // what was done may have made more due
	}
	return report, nil
}

// perform does one claimed task, and sees to it that it is tried again if that
// fails.
func (e *Engine) perform(ctx context.Context, task storage.Task) error {
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Lease*2/3)
	defer cancel()
	var err error
	switch task.Kind {
	case taskWake:
		err = e.wakeUp(ctx, task)
	case taskDeliver:
		err = e.deliver(ctx, task)
	case taskAbsorb:
		err = e.absorb(ctx, task)
	default:
		err = fmt.Errorf("unknown kind of task %q", task.Kind)
	}
	log := e.log.With("tenant", task.Stream.Tenant, "incident", task.Stream.ID, "task", task.ID, "attempt", task.Attempt)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, storage.ErrFenced):
		log.Warn("task was taken over or cancelled meanwhile")
		return nil
	}
	wait := min(time.Second<<min(task.Attempt-1, 10), time.Minute)
	log.Error("task failed", "error", err, "again_in", wait)
	e.settle(context.WithoutCancel(ctx), task, storage.Retry, wait)
	return err
}

// settle ends a claim, and reports whether it still held. Where the store fails,
// the lease runs out by itself.
func (e *Engine) settle(ctx context.Context, task storage.Task, outcome storage.Outcome, delay time.Duration) bool {
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Lease/3)
	defer cancel()
	err := e.store.Settle(ctx, storage.Settlement{
		Stream: task.Stream, Fence: *task.Fence(), Outcome: outcome, Delay: delay,
	})
	if err != nil && !errors.Is(err, storage.ErrFenced) {
		e.log.Error("settle failed", "tenant", task.Stream.Tenant, "incident", task.Stream.ID, "task", task.ID, "error", err)
	}
	return err == nil
}

// wakeUp lets an incident's escalation go on.
func (e *Engine) wakeUp(ctx context.Context, task storage.Task) error {
	_, err := e.change(ctx, task.Stream, changeOptions{fence: task.Fence()}, func(ctx context.Context, t *turn) error {
		if !t.in.Exists() {
			return fmt.Errorf("%w: incident %s", ErrNotFound, task.Stream)
		}
		if err := t.escalate(ctx); err != nil {
			return err
		}
		// The claimed wake-up is replaced or removed even where its time stays.
		if due := wake(t.in); due.IsZero() {
			t.drop(taskWake)
		} else {
			t.task(storage.TaskSpec{ID: taskWake, Kind: taskWake, Due: due})
		}
		return nil
	})
	return err
}

// absorb tells the incident that another one was merged into what it has taken
// over. The operation id keeps a repetition from telling it twice.
func (e *Engine) absorb(ctx context.Context, task storage.Task) error {
	from := incident.ID(task.Stream.ID)
	_, err := e.Do(ctx, incident.Command{
		Tenant: task.Stream.Tenant, Incident: incident.ID(task.Payload),
		Operation: "absorb:" + string(from), Actor: self, Action: incident.Absorb{From: from},
	})
	if err != nil {
		return err
	}
	return e.store.Settle(ctx, storage.Settlement{Stream: task.Stream, Fence: *task.Fence(), Outcome: storage.Done})
}
