package storagetest

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"

	"github.com/incidentkit/incidentkit/storage"
)

var concurrencyChecks = []check{
	{name: "concurrent-increments", run: concurrentIncrements,
		doc: "No update is lost when many load, decide and commit at once."},
	{name: "concurrent-claims", run: concurrentClaims,
		doc: "Claims at the same time are disjoint, and together complete."},
	{name: "concurrent-takes", run: concurrentTakes,
		doc: "Of those who take one key at the same time, one gets it."},
	{name: "concurrent-operation", run: concurrentOperation,
		doc: "An operation committed many times at once applies once."},
	{name: "concurrent-reads", run: concurrentReads,
		doc: "A read beside writes sees whole changes: a snapshot and its version belong together."},
}

const workers = 8

// together runs work on several goroutines at once, and reports their errors.
func (e *env) together(work func(worker int) error) {
	e.Helper()
	errs := make([]error, workers)
	var wg sync.WaitGroup
	start := make(chan struct{})
	for w := range workers {
		wg.Go(func() {
			<-start
			errs[w] = work(w)
		})
	}
	close(start)
	wg.Wait()
	for w, err := range errs {
		if err != nil {
			e.Errorf("worker %d: %v", w, err)
		}
	}
}

func concurrentIncrements(e *env) {
	const each = 10
	e.together(func(int) error {
		for range each {
			for try := 0; ; try++ {
				if try == workers*each {
					return fmt.Errorf("%d conflicts in a row, more than there were commits", try)
				}
				head, err := e.s.Load(e.ctx, storage.Ref{Tenant: alpha.Tenant, ID: alpha.ID})
				if err != nil {
					return err
				}
				var n int
				if head.Version > 0 {
					if _, err := fmt.Sscan(string(head.Snapshot.Data), &n); err != nil {
						return fmt.Errorf("the snapshot %q at version %d: %w", head.Snapshot.Data, head.Version, err)
					}
				}
				c := change(alpha, head.Version, 1)
				c.Snapshot.Data = fmt.Append(nil, n+1)
				_, err = e.s.Commit(e.ctx, c)
				if err == nil {
					break
				}
				if !errors.Is(err, storage.ErrConflict) {
					return err
				}
			}
		}
		return nil
	})
	head := e.load(alpha)
	if want := fmt.Sprint(workers * each); string(head.Snapshot.Data) != want || fmt.Sprint(head.Version) != want {
		e.Errorf("after %s increments the count is %q at version %d", want, head.Snapshot.Data, head.Version)
	}
	if got := len(e.events(alpha, storage.EventsQuery{})); got != workers*each {
		e.Errorf("after %d increments there are %d events", workers*each, got)
	}
}

func concurrentClaims(e *env) {
	const tasks = 60
	var specs []storage.TaskSpec
	for i := range tasks {
		specs = append(specs, task(fmt.Sprintf("%02d", i), e.now()))
	}
	e.schedule(alpha, specs...)

	var mu sync.Mutex
	claimed := map[string]int{}
	e.together(func(w int) error {
		for range tasks {
			claims, err := e.s.Claim(e.ctx, storage.ClaimQuery{Worker: fmt.Sprint("worker ", w), Limit: 3, Lease: long})
			if err != nil || len(claims.Tasks) == 0 {
				return err
			}
			mu.Lock()
			for _, t := range claims.Tasks {
				claimed[t.ID]++
			}
			mu.Unlock()
			if err := e.trySettle(claims.Tasks[0], storage.Done, 0); err != nil {
				return fmt.Errorf("Settle of a task just claimed: %w", err)
			}
		}
		return nil
	})
	for id, times := range claimed {
		if times != 1 {
			e.Errorf("the task %s was claimed %d times, want once", id, times)
		}
	}
	if len(claimed) != tasks {
		e.Errorf("%d tasks were claimed, want all %d", len(claimed), tasks)
	}
}

func concurrentTakes(e *env) {
	var mu sync.Mutex
	var winners []storage.Stream
	e.together(func(w int) error {
		c := change(inTenant(fmt.Sprint("stream ", w)), 0, 1)
		c.Take = []string{fmt.Sprint("own ", w), "contended"}
		switch _, err := e.s.Commit(e.ctx, c); {
		case err == nil:
			mu.Lock()
			defer mu.Unlock()
			winners = append(winners, c.Stream)
			return nil
		case errors.Is(err, storage.ErrKeyTaken):
			return nil
		default:
			return err
		}
	})
	if len(winners) != 1 || e.holder("acme", "contended") != winners[0] {
		e.Errorf("the key was given to %v and is held by %s, want one winner, who holds it", winners, e.holder("acme", "contended"))
	}
	if heads := e.list(things()).Heads; len(heads) != 1 {
		e.Errorf("%d streams exist, want the winner's alone", len(heads))
	}
}

func concurrentOperation(e *env) {
	var mu sync.Mutex
	applied := 0
	c := change(alpha, 0, 2)
	c.Operation = "create"
	e.together(func(int) error {
		out, err := e.s.Commit(e.ctx, c)
		if err == nil && out.Version != 2 {
			err = fmt.Errorf("the outcome is version %d, want 2", out.Version)
		}
		if err == nil && !out.Replayed {
			mu.Lock()
			defer mu.Unlock()
			applied++
		}
		return err
	})
	if applied != 1 || e.load(alpha).Version != 2 {
		e.Errorf("the operation was applied %d times, to version %d, want once, to 2", applied, e.load(alpha).Version)
	}
}

func concurrentReads(e *env) {
	e.commit(change(alpha, 0, 1))
	e.together(func(w int) error {
		for range 20 {
			head, err := e.s.Load(e.ctx, storage.Ref{Tenant: alpha.Tenant, ID: alpha.ID})
			if err != nil {
				return err
			}
			if w == 0 { // the only writer
				if _, err := e.s.Commit(e.ctx, change(alpha, head.Version, 3)); err != nil {
					return err
				}
				continue
			}
			if want := fmt.Sprintf("%s at %d", alpha, head.Version); string(head.Snapshot.Data) != want {
				return fmt.Errorf("the snapshot at version %d is %q", head.Version, head.Snapshot.Data)
			}
			events, err := e.s.Events(e.ctx, alpha, storage.EventsQuery{})
			if err != nil {
				return err
			}
			for i, ev := range events {
				if ev.Version != uint64(i)+1 {
					return fmt.Errorf("event %d has version %d", i+1, ev.Version)
				}
			}
			if n := len(events); uint64(n) < head.Version || n%3 != 1 {
				return fmt.Errorf("%d events after version %d: half a change is visible", n, head.Version)
			}
		}
		return nil
	})
}

var cancelChecks = []check{
	{name: "context-cancelled", run: contextCancelled,
		doc: "A call whose context has ended fails, and changes nothing."},
	{name: "context-cancelled-midway", run: contextCancelledMidway,
		doc: "A Commit whose context ends on the way is applied whole or not at all, and its operation tells which."},
}

func contextCancelled(e *env) {
	e.schedule(alpha, task("wake", e.now()))
	t := e.claimOne("wake", long)
	before := e.picture([]storage.Stream{alpha, beta})
	live := e.ctx
	var cancel context.CancelFunc
	e.ctx, cancel = context.WithCancel(live)
	cancel()
	for what, call := range map[string]func() error{
		"Load":   func() error { return e.tryLoad(storage.Ref{Tenant: "acme", ID: "alpha"}) },
		"Events": func() error { return e.tryEvents(alpha, 0) },
		"List":   func() error { return e.tryList(things()) },
		"Claim":  func() error { return e.tryClaim(storage.ClaimQuery{Worker: "w", Limit: 1, Lease: long}) },
		"Settle": func() error { return e.trySettle(t, storage.Done, 0) },
		"Commit": func() error { _, err := e.s.Commit(e.ctx, change(beta, 0, 1)); return err },
	} {
		if call() == nil {
			e.Errorf("%s with a cancelled context succeeded, want an error", what)
		}
	}
	e.ctx = live
	e.equal(e.picture([]storage.Stream{alpha, beta}), before, "after calls with a cancelled context")
	e.settle(t, storage.Done, 0)
	e.idle("in the end")
}

func contextCancelledMidway(e *env) {
	const rounds = 40
	for i := range rounds {
		c := change(alpha, uint64(2*i), 2)
		c.Operation = fmt.Sprint("round ", i)
		c.Take = []string{c.Operation}
		ctx, cancel := context.WithCancel(e.ctx)
		done := make(chan error, 1)
		go func() {
			_, err := e.s.Commit(ctx, c)
			done <- err
		}()
		for range i * 25 { // from at once to after it is over, whatever a commit takes here
			runtime.Gosched()
		}
		cancel()
		err := <-done

		out := e.commit(c)
		if out.Version != c.Expect+2 || err == nil && !out.Replayed {
			e.Errorf("the operation again, after it was cancelled with the error %v: %+v, want version %d, and replayed where there was no error",
				err, out, c.Expect+2)
		}
		e.held(c.Operation, "alpha", "after the operation was repeated")
	}
	if got := len(e.events(alpha, storage.EventsQuery{})); got != 2*rounds {
		e.Errorf("%d changes of two events left %d events, want each applied once", rounds, got)
	}
}
