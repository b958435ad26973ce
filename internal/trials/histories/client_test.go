package histories

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"time"

	"github.com/incidentkit/incidentkit/storage"
)

// script says what the clients of a history do.
type script struct {
	seed    uint64
	clients int
	steps   int // of each client
	cancels int // percent of the writes whose context ends on the way
}

func usual(seed uint64) script { return script{seed: seed, clients: 4, steps: 30, cancels: 10} }

// make lets the clients at the store, all at once, and then tidies up.
func (sc script) make(w world) *recorder {
	r := &recorder{world: w}
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range sc.clients {
		c := &client{
			recorder: r, script: sc, number: i, store: w.stores[i%len(w.stores)],
			rng: rand.New(rand.NewPCG(sc.seed, uint64(i))),
		}
		wg.Go(func() {
			<-start
			for range sc.steps {
				c.step()
			}
		})
	}
	close(start)
	wg.Wait()
	r.tidy(sc.clients)
	return r
}

// client makes one call after the other.
type client struct {
	*recorder
	script
	number int
	store  storage.Store
	rng    *rand.Rand

	commits int
	known   [streams]uint32 // versions, as far as this client has heard
	held    []heldTask      // tasks it was given, the lost ones too
}

type heldTask struct {
	stream int
	fence  fence
}

func (c *client) step() {
	c.dawdle()
	switch n := c.rng.IntN(20); {
	case n < 8:
		c.commitSomething()
	case n < 12:
		c.claimSomething()
	case n < 15:
		c.settleSomething()
	case n < 17:
		c.loadSomething()
	case n < 19:
		c.events(context.Background(), c.number, c.store, eventsCall{stream: c.rng.IntN(streams)})
	case c.advance != nil:
		c.advance(time.Duration(c.rng.IntN(2)+1) * c.unit)
	}
}

// dawdle lets other clients go first, now and then.
func (c *client) dawdle() {
	for range c.rng.IntN(3) {
		runtime.Gosched()
	}
}

func (c *client) chance(percent int) bool { return c.rng.IntN(100) < percent }

func (c *client) some(n, percent int) []int {
	var out []int
	for i := range n {
		if c.chance(percent) {
			out = append(out, i)
		}
	}
	return out
}

// units is up to n of them, in microseconds.
func (c *client) units(n int) int64 { return int64(c.rng.IntN(n+1)) * c.unit.Microseconds() }

// perhapsCut is a context that sometimes ends on the way.
func (c *client) perhapsCut() context.Context {
	ctx := context.Background()
	if !c.chance(c.cancels) {
		return ctx
	}
	ctx, cancel := context.WithCancel(ctx)
	patience := c.rng.IntN(400)
	go func() {
		for range patience {
			runtime.Gosched()
		}
		cancel()
	}()
	return ctx
}

func (c *client) commitSomething() {
	c.commits++
	call := commitCall{
		stream: c.rng.IntN(streams), token: token(c.number*1000 + c.commits), operation: -1,
		events: uint32(c.rng.IntN(3)),
	}
	if c.chance(40) && len(c.held) > 0 {
		h := c.recent()
		call.stream, call.fence = h.stream, &h.fence
	}
	call.expect = c.known[call.stream]
	if c.chance(5) {
		call.expect = uint32(c.rng.IntN(4))
	}
	if call.expect == 0 {
		call.events = max(call.events, 1)
	}
	call.snapshot = call.events > 0 || c.chance(50)
	if c.chance(30) {
		call.operation = c.rng.IntN(operations)
	}
	for _, n := range c.some(perStream, 40) {
		call.schedule = append(call.schedule, wakeup{n, c.micros() + c.units(4) - 2*c.unit.Microseconds()})
	}
	call.cancel = c.some(perStream, 15)
	call.release, call.take = c.some(keys, 20), c.some(keys, 20)

	answer, ok := c.commit(c.perhapsCut(), c.number, c.store, call)
	if !ok && call.operation >= 0 { // as the port says: repeat it to find out
		answer, ok = c.commit(context.Background(), c.number, c.store, call)
	}
	switch {
	case ok && answer.refused == "" && !answer.replayed:
		c.known[call.stream] = answer.version
	case answer.refused == conflict, !ok:
		c.look(call.stream)
	}
}

func (c *client) look(stream int) {
	head, ok := c.load(context.Background(), c.number, c.store, loadCall{stream: stream, tenant: tenantOf(stream)})
	if ok {
		c.known[stream] = head.version
	}
}

func (c *client) loadSomething() {
	if c.chance(40) {
		c.load(context.Background(), c.number, c.store, loadCall{stream: -1, tenant: c.rng.IntN(tenants), key: c.rng.IntN(keys)})
		return
	}
	c.look(c.rng.IntN(streams))
}

func (c *client) claimSomething() {
	call := claimCall{limit: c.rng.IntN(3) + 1, lease: c.lease(), part: -1}
	for _, n := range c.some(tenants, 15) {
		call.except[n] = true
	}
	ctx, cut := c.perhapsCut(), false
	if ctx.Done() != nil {
		if cut = c.riddled.CompareAndSwap(false, true); cut {
			call.limit = 1
		} else {
			ctx = context.Background()
		}
	}
	got, ok := c.claim(ctx, c.number, c.store, call)
	if cut && ok {
		c.riddled.Store(false)
	}
	for _, k := range got.tasks {
		c.held = append(c.held, heldTask{k.stream, fence{k.task, k.epoch}})
	}
}

// lease is one of one to four units, in microseconds.
func (c *client) lease() int64 {
	if c.oneLease {
		return 3 * c.unit.Microseconds()
	}
	return c.unit.Microseconds() + c.units(3)
}

// recent is a task the client was given, mostly one of late.
func (c *client) recent() heldTask {
	recent := c.held[max(0, len(c.held)-2):]
	if c.chance(20) {
		recent = c.held
	}
	return recent[c.rng.IntN(len(recent))]
}

func (c *client) settleSomething() {
	if len(c.held) == 0 {
		return
	}
	h := c.recent()
	call := settleCall{stream: h.stream, fence: h.fence, outcome: storage.Outcome(c.rng.IntN(3) + 1)}
	switch call.outcome {
	case storage.Retry:
		call.delay = c.units(3)
	case storage.Extend:
		call.delay = c.lease()
	}
	c.settle(c.perhapsCut(), c.number, c.store, call)
}

// tidy makes the last calls, one after the other: everything is read, and every
// task that is left is claimed and done. What was lost shows here.
func (r *recorder) tidy(client int) {
	ctx, s := context.Background(), r.stores[0]
	for i := range streams {
		r.load(ctx, client, s, loadCall{stream: i, tenant: tenantOf(i)})
		r.events(ctx, client, s, eventsCall{stream: i})
	}
	for i := range tenants {
		for k := range keys {
			r.load(ctx, client, s, loadCall{stream: -1, tenant: i, key: k})
		}
	}
	for range tidyRounds {
		got, ok := r.claim(ctx, client, s, claimCall{limit: streams * perStream, lease: 3 * r.unit.Microseconds(), part: -1})
		if !ok || len(got.tasks) == 0 && got.next == 0 {
			return
		}
		for _, k := range got.tasks {
			r.settle(ctx, client, s, settleCall{stream: k.stream, fence: fence{k.task, k.epoch}, outcome: storage.Done})
		}
		r.pass()
	}
}

// tidyRounds are more than a sound store needs. Of one that hands tasks out for
// ever, the checker has seen enough by then.
const tidyRounds = 40

// pass lets time go by until leases have ended and delays are over.
func (r *recorder) pass() {
	if r.advance != nil {
		r.advance(10 * r.unit)
		return
	}
	<-time.After(r.unit)
}
