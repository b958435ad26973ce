package sim

import (
	"container/heap"
	"context"
	"iter"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/internal/oracle"
)

// loop is virtual time, and the turns that take place in it, one at a time.
type loop struct {
	now     time.Time // the true time, which no clock in the world need show
	queue   occasions
	order   uint64
	current *turn
	naps    []*turn // those whose sleep a context may end
	idle    []*turn // coroutines that have nothing to do, for reuse
	turns   int     // that have begun and not ended
	jitter  func() time.Duration
}

// occasion is something that happens at a time: a turn goes on, or a function of
// the world is called.
type occasion struct {
	at    time.Time
	order uint64 // of those at one time, the one that was planned first
	turn  *turn
	nap   uint64 // of the turn that it ends
	call  func()
}

// turn is one thing that is done in the world, from its beginning to its end.
type turn struct {
	process *process // in which it runs; nil: it belongs to the world
	job     func()
	next    func() (struct{}, bool)
	yield   func(struct{}) bool
	ctx     context.Context // while it sleeps: what may wake it
	nap     uint64          // counts its sleeps, so that it is woken once from each

	move  int          // that it belongs to; 0: to none
	plan  *oracle.Plan // that it saves
	began oracle.Moment
	claim oracle.Moment // of the latest claim within it
}

// occasions is a heap.
type occasions []occasion

func (o occasions) Len() int { return len(o) }
func (o occasions) Less(i, j int) bool {
	if !o[i].at.Equal(o[j].at) {
		return o[i].at.Before(o[j].at)
	}
	return o[i].order < o[j].order
}
func (o occasions) Swap(i, j int) { o[i], o[j] = o[j], o[i] }

// Push implements heap.Interface.
func (o *occasions) Push(x any) { *o = append(*o, x.(occasion)) } //nolint:forcetypeassert // nothing else is pushed

// Pop implements heap.Interface.
func (o *occasions) Pop() any {
	last := len(*o) - 1
	x := (*o)[last]
	(*o)[last] = occasion{}
	*o = (*o)[:last]
	return x
}

func (l *loop) plan(o occasion) {
	l.order++
	o.order = l.order
	if o.at.Before(l.now) {
		o.at = l.now
	}
	heap.Push(&l.queue, o)
}

// at calls f at a time. F must not hand the baton on.
func (l *loop) at(when time.Time, f func()) { l.plan(occasion{at: when, call: f}) }

// begin lets a turn begin at a time.
func (l *loop) begin(when time.Time, p *process, job func()) *turn {
	t := l.rested()
	t.process, t.job = p, job
	l.turns++
	l.plan(occasion{at: when, turn: t, nap: t.nap})
	return t
}

// rested returns a coroutine that takes a job.
func (l *loop) rested() *turn {
	if n := len(l.idle); n > 0 {
		t := l.idle[n-1]
		l.idle = l.idle[:n-1]
		return t
	}
	t := &turn{}
	t.next, _ = iter.Pull(func(yield func(struct{}) bool) {
		t.yield = yield
		for t.job != nil {
			t.job()
			l.turns--
			*t = turn{next: t.next, yield: t.yield, nap: t.nap}
			t.nap++
			l.idle = append(l.idle, t)
			yield(struct{}{})
		}
	})
	return t
}

// finish lets the coroutines end, once nothing is left to do.
func (l *loop) finish() {
	for _, t := range l.idle {
		t.next() // without a job it ends
	}
	l.idle = nil
}

// run does the next thing that there is to do, and reports whether there was any.
func (l *loop) run() bool {
	if len(l.queue) == 0 {
		return false
	}
	o := heap.Pop(&l.queue).(occasion) //nolint:forcetypeassert // nothing else is pushed
	if o.turn != nil && o.nap != o.turn.nap {
		return true // it was woken otherwise
	}
	if o.at.After(l.now) {
		l.now = o.at
	}
	if o.call != nil {
		o.call()
		l.rouse()
		return true
	}
	if p := o.turn.process; p != nil && p.pausedUntil.After(l.now) {
		o.at = p.pausedUntil.Add(l.jitter()) // its turns go on in any order
		l.plan(o)
		return true
	}
	l.resume(o.turn)
	l.rouse()
	return true
}

func (l *loop) resume(t *turn) {
	t.nap++
	t.ctx = nil
	l.current = t
	t.next()
	l.current = nil
}

// rouse wakes those whose context has ended.
func (l *loop) rouse() {
	l.naps = slices.DeleteFunc(l.naps, func(t *turn) bool {
		if t.ctx != nil && t.ctx.Err() == nil {
			return false
		}
		if t.ctx != nil {
			l.plan(occasion{at: l.now, turn: t, nap: t.nap})
			t.ctx = nil
		}
		return true
	})
}

// sleep hands the baton on for a time, or until ctx ends.
func (l *loop) sleep(ctx context.Context, d time.Duration) {
	t := l.current
	if ctx.Err() != nil {
		d = 0
	}
	l.plan(occasion{at: l.now.Add(d), turn: t, nap: t.nap})
	if d > 0 && ctx.Done() != nil {
		t.ctx = ctx
		l.naps = append(l.naps, t)
	}
	t.yield(struct{}{})
}

// park hands the baton on until somebody plans the turn's going on.
func (l *loop) park() { l.current.yield(struct{}{}) }
