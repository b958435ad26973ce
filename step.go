package incidentkit

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

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
// callers: a call too many does nothing. The tasks of one call are done side by
// side; with a Batch of 1 what a Step does depends on the store alone.
//
// Whoever drives the engine by Step calls Audit now and then, too.
//
// An error of a single task is logged, counted in the report, and the task is
// tried again later; it does not stop the others. The error that Step returns is
// that of the claim. What has been claimed is finished even if ctx ends.
func (e *Engine) Step(ctx context.Context) (Report, error) {
	claims, err := e.claim(ctx, e.cfg.Batch)
	if err != nil {
		return Report{}, err
	}
	report := Report{Now: claims.Now, Claimed: len(claims.Tasks), Next: claims.Next}
	if report.Claimed == 0 {
		return report, nil
	}
	report.Next = claims.Now // what is done now may make more due
	work := context.WithoutCancel(ctx)
	var failed atomic.Int64
	var tasks sync.WaitGroup
	for _, task := range claims.Tasks[1:] {
		tasks.Go(func() {
			if e.perform(work, task) != nil {
				failed.Add(1)
			}
		})
	}
	if e.perform(work, claims.Tasks[0]) != nil {
		failed.Add(1)
	}
	tasks.Wait()
	report.Failed = int(failed.Load())
	return report, nil
}

func (e *Engine) claim(ctx context.Context, limit int) (storage.Claims, error) {
	claims, err := e.store.Claim(ctx, storage.ClaimQuery{Worker: e.cfg.Worker, Limit: limit, Lease: e.cfg.Lease})
	if err != nil {
		return storage.Claims{}, fmt.Errorf("claim: %w", err)
	}
	return claims, nil
}

// perform does one claimed task, and sees to it that it is tried again if that
// fails.
func (e *Engine) perform(ctx context.Context, task storage.Task) error {
	limited, cancel := context.WithTimeout(ctx, e.cfg.Lease*2/3)
	defer cancel()
	err := e.dispatch(limited, task)
	log := e.log.With("tenant", task.Stream.Tenant, "incident", task.Stream.ID, "task", task.ID, "attempt", task.Attempt)
	switch {
	case err == nil:
		return nil
	case errors.Is(err, storage.ErrFenced):
		log.WarnContext(ctx, "the task was taken over or cancelled meanwhile")
		return nil
	}
	wait := min(time.Second<<min(task.Attempt-1, 10), time.Minute)
	log.ErrorContext(ctx, "task failed", "error", err, "again_in", wait)
	e.giveBack(ctx, task, wait)
	return err
}

// dispatch does a task by its kind. A panic, of a Directory say, must not take
// the other tasks down with it.
func (e *Engine) dispatch(ctx context.Context, task storage.Task) (err error) {
	defer func() {
		if r := recover(); r != nil { //nolint:forbidigo // one poisoned task must not stop the others
			err = e.survived(ctx, r)
		}
	}()
	e.saw(task.Stream.Tenant)
	switch task.Kind {
	case taskWake:
		return e.wakeUp(ctx, task)
	case taskDeliver:
		return e.deliver(ctx, task)
	case taskNotice:
		return e.tellAgain(ctx, task)
	case taskTurn:
		return e.keepTurn(ctx, task)
	case taskAlarm:
		return e.alarm(ctx, task)
	}
	return fmt.Errorf("unknown kind of task %q", task.Kind)
}

// safeAudit is an Audit that may panic.
func (e *Engine) safeAudit(ctx context.Context) (report AuditReport, err error) {
	defer func() {
		if r := recover(); r != nil { //nolint:forbidigo // one poisoned incident must not stop the auditor
			err = e.survived(ctx, r)
		}
	}()
	return e.Audit(ctx)
}

// survived makes an error of a panic.
func (e *Engine) survived(ctx context.Context, r any) error {
	p := &panicError{value: r, stack: debug.Stack()}
	e.log.ErrorContext(ctx, "a task panicked", "panic", p.value, "stack", string(p.stack))
	return p
}

// giveBack ends a claim so that the task is due again after a wait. Where the
// store fails, the lease runs out by itself.
func (e *Engine) giveBack(ctx context.Context, task storage.Task, wait time.Duration) {
	ctx, cancel := context.WithTimeout(ctx, e.cfg.Lease/3)
	defer cancel()
	err := e.store.Settle(ctx, storage.Settlement{Stream: task.Stream, Fence: *task.Fence(), Outcome: storage.Retry, Delay: wait})
	if err != nil && !errors.Is(err, storage.ErrFenced) {
		e.log.ErrorContext(ctx, "settle failed", "tenant", task.Stream.Tenant, "incident", task.Stream.ID, "task", task.ID, "error", err)
	}
}

// tellAgain sees to another message about a page.
func (e *Engine) tellAgain(ctx context.Context, task storage.Task) error {
	_, err := e.change(ctx, task.Stream, changeOptions{fence: task.Fence()}, func(ctx context.Context, t *turn) error {
		run, _ := t.in.CurrentRun()
		return t.tellAgain(task, t.resolver(ctx, run))
	})
	return err
}

// wakeUp lets an incident's escalation go on.
func (e *Engine) wakeUp(ctx context.Context, task storage.Task) error {
	_, err := e.change(ctx, task.Stream, changeOptions{fence: task.Fence()}, func(ctx context.Context, t *turn) error {
		if !t.in.Exists() {
			return fmt.Errorf("%w: incident %s", ErrNotFound, task.Stream)
		}
		return t.wakeAgain(ctx) // the claimed wake-up is replaced or removed
	})
	return err
}
