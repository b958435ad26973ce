package postgres

import (
	"context"
	"runtime"
	"sync"
	"time"
)

// group lets concurrent callers share round trips: while some are under way, what
// is asked for meanwhile gathers, and goes out together with the next. A caller
// that finds nobody before it does not wait. Each is told its own outcome.
type group[In, Out any] struct {
	lanes      int  // round trips under way at one time
	worthwhile int  // so many waiting calls are worth another lane
	size       int  // calls in one round trip
	bytes      int  // of those calls together, but for the first
	apart      bool // the tenants: a round trip is for one of them

	// names lists what a call writes to, and weigh says how many bytes it sends.
	// Calls that share a name are not under way at one time: they would only wait
	// for each other in the database.
	names func(In) []name
	weigh func(In) int

	// together makes calls in one round trip without waiting for locks, and fills
	// in what came of each, or sets again where that is not known. An error is of
	// the round trip, and then none of them took effect unless it was lost.
	together func(ctx context.Context, calls []*call[In, Out]) error

	// alone makes a call by itself. Such calls may wait for locks that others
	// hold for long, so they have lanes of their own, and wait there for loneWait
	// at a time: the next in line may need no such lock.
	alone     func(ctx context.Context, in In) (Out, error)
	loneLanes chan struct{}

	mu      sync.Mutex
	waiting []*call[In, Out]
	taken   map[name]struct{} // by the calls under way
	busy    int               // lanes in use
	closed  bool
	running sync.WaitGroup
}

// name is something that one transaction at a time can write to.
type name struct{ tenant, stream, task, key string }

// call is a caller's call. Whoever takes it out of waiting fills it in and
// closes done.
type call[In, Out any] struct {
	ctx   context.Context // the caller's
	in    In
	names []name
	bytes int
	trip  *trip // nil: not under way yet

	out   Out
	err   error
	again bool
	done  chan struct{}
}

// trip is a round trip, which ends early when all who wait for it have gone.
type trip struct {
	waiters int // under the group's lock
	cancel  context.CancelFunc
}

// do makes a call, in company if there is any. Where the context ends before the
// call is under way, it is never made.
func (g *group[In, Out]) do(ctx context.Context, in In) (Out, error) {
	if err := ctx.Err(); err != nil {
		var none Out
		return none, err
	}
	c := &call[In, Out]{ctx: ctx, in: in, names: g.names(in), bytes: g.weigh(in), done: make(chan struct{})}
	if !g.add(c) {
		return c.out, ErrClosed
	}
	select {
	case <-c.done:
		return c.out, c.err
	case <-ctx.Done():
		g.leave(c)
		var none Out
		return none, ctx.Err()
	}
}

// add puts a call in line, unless the store is being closed.
func (g *group[In, Out]) add(c *call[In, Out]) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return false
	}
	g.waiting = append(g.waiting, c)
	g.startLane()
	return true
}

// close waits for the calls that are in line or under way, and lets no other in.
func (g *group[In, Out]) close() {
	g.mu.Lock()
	g.closed = true
	g.mu.Unlock()
	g.running.Wait()
}

// leave is called by a caller that does not wait any longer.
func (g *group[In, Out]) leave(c *call[In, Out]) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if c.trip != nil {
		if c.trip.waiters--; c.trip.waiters == 0 {
			c.trip.cancel()
		}
		return
	}
	for i, w := range g.waiting {
		if w == c {
			g.waiting = append(g.waiting[:i], g.waiting[i+1:]...)
			return
		}
	}
}

// startLane starts a lane, if there is one left, and if it is the first or there
// is enough to do. The lock is held.
func (g *group[In, Out]) startLane() {
	if g.busy == g.lanes || g.busy > 0 && len(g.waiting) < g.worthwhile {
		return
	}
	g.busy++
	g.running.Go(g.work)
}

// work makes round trips for as long as there is something to do.
func (g *group[In, Out]) work() {
	for {
		g.gather()
		calls, ctx := g.take()
		if len(calls) == 0 {
			return
		}
		g.perform(ctx, calls)
	}
}

// gatherLongest bounds gather: where all processors are busy it may be long until this
// goroutine's next turn, and there are always some who came meanwhile.
const gatherLongest = time.Millisecond

// gather lets those come along who are about to come, for as long as they do.
func (g *group[In, Out]) gather() {
	begun := time.Now()
	for before := -1; ; {
		g.mu.Lock()
		now := len(g.waiting)
		g.mu.Unlock()
		if now <= before || now >= g.size || time.Since(begun) > gatherLongest {
			return
		}
		before = now
		runtime.Gosched()
	}
}

// take takes calls that do not get in each other's way, the oldest first. The
// lane ends where it gets none.
func (g *group[In, Out]) take() ([]*call[In, Out], context.Context) {
	g.mu.Lock()
	defer g.mu.Unlock()
	var calls []*call[In, Out]
	bytes := 0
	left := g.waiting[:0]
	for _, c := range g.waiting {
		if g.full(calls, bytes, c) || g.blocked(c) {
			left = append(left, c)
			continue
		}
		bytes += c.bytes
		for _, n := range c.names {
			g.taken[n] = struct{}{}
		}
		calls = append(calls, c)
	}
	clear(g.waiting[len(left):])
	g.waiting = left
	if len(calls) == 0 {
		g.busy--
		return nil, nil
	}
	// The trip is nobody's alone, so it ends with nobody's context alone.
	ctx, cancel := context.WithCancel(context.WithoutCancel(calls[0].ctx))
	t := &trip{waiters: len(calls), cancel: cancel}
	for _, c := range calls {
		c.trip = t
	}
	if len(g.waiting) > 0 {
		g.startLane()
	}
	return calls, ctx
}

// full reports whether a call has to wait for a round trip after this one.
func (g *group[In, Out]) full(calls []*call[In, Out], bytes int, c *call[In, Out]) bool {
	if len(calls) == 0 {
		return false
	}
	return len(calls) == g.size || bytes+c.bytes > g.bytes || g.apart && c.names[0].tenant != calls[0].names[0].tenant
}

// blocked reports whether a call has to wait for one under way.
func (g *group[In, Out]) blocked(c *call[In, Out]) bool {
	for _, n := range c.names {
		if _, taken := g.taken[n]; taken {
			return true
		}
	}
	return false
}

// perform makes calls, together as far as that is possible. One that would have
// to wait for somebody's lock is made alone, and so is each of a company that the
// server refused: one of them may be the cause.
func (g *group[In, Out]) perform(ctx context.Context, calls []*call[In, Out]) {
	defer calls[0].trip.cancel()
	err := g.together(ctx, calls)
	for _, c := range calls {
		switch {
		case err == nil && !c.again:
			g.finish(c)
		case err == nil || answered(err):
			g.performAlone(c)
		default:
			c.err = err
			g.finish(c)
		}
	}
}

// performAlone goes to the end of the line each time that a lock was not to be had.
func (g *group[In, Out]) performAlone(c *call[In, Out]) {
	g.running.Go(func() {
		defer g.finish(c)
		for {
			select {
			case g.loneLanes <- struct{}{}:
			case <-c.ctx.Done():
				c.err = c.ctx.Err()
				return
			}
			c.out, c.err = g.alone(c.ctx, c.in)
			<-g.loneLanes
			if sqlState(c.err) != lockNotAvailable {
				return
			}
		}
	})
}

// finish lets the caller go on, and those who wait for the same names.
func (g *group[In, Out]) finish(c *call[In, Out]) {
	close(c.done)
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, n := range c.names {
		delete(g.taken, n)
	}
	if len(g.waiting) > 0 {
		g.startLane()
	}
}
