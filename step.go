package incidentkit

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/incidentkit/incidentkit/internal/timing"
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
// Where a batch of two or more is full, as many tasks of other tenants are claimed
// besides, so that nobody's storm keeps the others waiting.
//
// Whoever drives the engine by Step calls Audit now and then, too, and TryCanary
// where there is one.
//
// An error of a single task is logged, counted in the report, and the task is
// tried again later; it does not stop the others. The error that Step returns is
// that of the claim. What has been claimed is finished even if ctx ends.
func (e *Engine) Step(ctx context.Context) (Report, error) {
	claims, begun, err := e.claim(ctx, e.cfg.Batch, nil)
	if err != nil {
		return Report{}, err
	}
	tasks := slices.Concat(claims.Tasks, e.claimOthers(ctx, claims.Tasks))
	report := Report{Now: claims.Now, Claimed: len(tasks), Next: claims.Next}
	if report.Claimed == 0 {
		return report, nil
	}
	report.Next = claims.Now // what is done now may make more due
	work := context.WithoutCancel(ctx)
	var failed atomic.Int64
	var rest sync.WaitGroup
	rest.Add(len(tasks))
	do := func(task storage.Task) {
		defer rest.Done()
		if e.perform(work, task, begun) != nil {
			failed.Add(1)
		}
	}
	for _, task := range tasks[1:] {
		timing.From(ctx).Go(func() { do(task) })
	}
	do(tasks[0])
	rest.Wait()
	report.Failed = int(failed.Load())
	return report, nil
}

// claim takes what is due. It also returns when it began to ask: from then on,
// by the clock of this machine, the lease counts. A store that hangs is given two
// thirds of it: on what it handed out later no work could begin.
func (e *Engine) claim(ctx context.Context, limit int, except []string) (claims storage.Claims, begun time.Time, err error) {
	begun = timing.From(ctx).Now()
	ctx, cancel := timing.WithTimeout(ctx, e.cfg.Lease*2/3)
	defer cancel()
	claims, err = e.store.Claim(ctx, storage.ClaimQuery{Worker: e.cfg.Worker, Limit: limit, Lease: e.cfg.Lease, Except: except})
	if err != nil {
		return storage.Claims{}, begun, fmt.Errorf("claim: %w", err)
	}
	return claims, begun, nil
}

// claimOthers takes tasks of tenants that are not in a batch which is full.
func (e *Engine) claimOthers(ctx context.Context, batch []storage.Task) []storage.Task {
	if len(batch) < max(e.cfg.Batch, 2) {
		return nil
	}
	var except []string
	for _, task := range batch {
		if !slices.Contains(except, task.Stream.Tenant) {
			except = append(except, task.Stream.Tenant)
		}
	}
	claims, _, err := e.claim(ctx, e.cfg.Batch, except[:min(len(except), storage.MaxExcept)])
	if err != nil {
		e.log.ErrorContext(ctx, "what other tenants have due could not be claimed", "error", err)
	}
	return claims.Tasks
}

// perform does one claimed task, and sees to it that it is tried again if that
// fails.
func (e *Engine) perform(ctx context.Context, task storage.Task, begun time.Time) error {
	log := e.log.With("tenant", task.Stream.Tenant, "incident", task.Stream.ID, "task", task.ID, "attempt", task.Attempt)
	rest := e.mistrust(ctx, task)
	work, letGo := e.hold(ctx, task, begun, rest)
	defer letGo()
	if rest > 0 {
		e.secure(work, task, rest)
	}
	err := e.dispatch(work, task)
	switch {
	case err == nil:
		e.record.done(task)
		return nil
	case errors.Is(err, storage.ErrFenced), errors.Is(context.Cause(work), storage.ErrFenced):
		e.record.forget(task)
		log.WarnContext(ctx, "the task was taken over or cancelled meanwhile")
		return nil
	}
	wait := e.putOff(ctx, task, err)
	log.ErrorContext(ctx, "task failed", "error", err, "again_in", wait)
	e.giveBack(ctx, task, wait)
	return err
}

// spread adds up to a fifth to a wait, so that what failed at one moment is not
// tried again at one moment. The same words give the same wait.
func spread(wait time.Duration, words ...any) time.Duration {
	sum := fnv.New64a()
	_, _ = fmt.Fprint(sum, words...)
	return wait + time.Duration(float64(wait)/5*float64(sum.Sum64()%1000)/1000).Truncate(time.Millisecond)
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
	return fmt.Errorf("%w: %q", errUnknownTask, task.Kind)
}

// safely calls what may panic.
func (e *Engine) safely(ctx context.Context, do func(context.Context) error) (err error) {
	defer func() {
		if r := recover(); r != nil { //nolint:forbidigo // one poisoned incident must not stop the auditor
			err = e.survived(ctx, r)
		}
	}()
	return do(ctx)
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
	ctx, cancel := timing.WithTimeout(ctx, e.cfg.Lease/3)
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
