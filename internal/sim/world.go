package sim

import (
	"fmt"
	"io"
	"math/rand/v2"
	"time"

	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/internal/oracle"
	"github.com/incidentkit/incidentkit/storage"
	"github.com/incidentkit/incidentkit/storage/memory"
)

// night is when every world begins.
var night = time.Date(2026, time.March, 2, 3, 0, 0, 0, time.UTC)

// channels are those that the world has, each of another provider.
var channels = []string{"push", "sms", "voice"}

// world is everything outside the engines: the store, the providers, the people,
// the processes, and what there is to be known of them.
type world struct {
	loop

	scenario  Scenario
	names     []string // of the tenants
	store     *memory.Store
	dice      *dice
	processes []*process
	over      bool // the loops end
	steps     int

	offset    time.Duration         // of the store's clock from the true time
	storeDown time.Time             // until when, by the true time
	hangs     bool                  // in that time calls hang, rather than fail
	next      time.Time             // when a task may be due next, by the store's clock; zero: never
	tasks     map[claimed]time.Time // when those are due that are in the store and not poisoned; the epoch is 0
	providers map[string]*outage

	opened    map[string]int        // incidents that people have opened, by tenant
	ids       map[int]int           // incidents that each move has opened
	incidents map[int][]incident.ID // those that it led to
	poisoned  map[storage.Stream]bool
	missed    time.Time // until when the auditors have missed every task that was lost
	plans     []int     // how many of its plans each tenant has saved

	asking int // requests that are under way, or yet to be made

	seq     uint64
	history oracle.History
	begun   map[claimed]oracle.Moment // claims
	commits map[storage.Stream][]written
	counts  map[string]int
	log     io.Writer // of the trace; nil: none is written
}

// outage is what is wrong with a provider.
type outage struct {
	until  time.Time // by the true time
	how    Fault
	after  time.Duration // which it asks to wait
	tenant string        // whose messages alone it does that to; empty: everybody's
}

type claimed struct {
	stream storage.Stream
	task   string
	epoch  uint64
}

// written is what one commit added to a stream.
type written struct {
	first, last  uint64
	began, ended oracle.Moment
}

func newWorld(sc Scenario, log io.Writer) *world {
	w := &world{
		scenario: sc, dice: newDice(sc.Seed, sc.Rates, sc.Faults),
		processes: make([]*process, len(sc.Replicas)),
		providers: map[string]*outage{}, opened: map[string]int{}, ids: map[int]int{}, incidents: map[int][]incident.ID{},
		poisoned: map[storage.Stream]bool{}, plans: make([]int, len(sc.Tenants)),
		begun: map[claimed]oracle.Moment{}, commits: map[storage.Stream][]written{},
		counts: map[string]int{}, log: log, tasks: map[claimed]time.Time{},
	}
	w.now = night
	jitters := rand.New(rand.NewPCG(sc.Seed, 1))
	w.jitter = func() time.Duration { return time.Duration(jitters.IntN(3000)) * time.Microsecond }
	w.store = memory.New(memory.Options{Clock: w.clock})
	w.history.Settings.Canaries = map[string]string{}
	for _, t := range sc.Tenants {
		w.names = append(w.names, t.Name)
		w.history.Settings.Canaries[t.Name] = t.Name
	}
	return w
}

// clock is the store's.
func (w *world) clock() time.Time { return w.now.Add(w.offset) }

// here is this moment.
func (w *world) here() oracle.Moment {
	w.seq++
	return oracle.Moment{At: w.clock(), Seq: w.seq}
}

// begin lets a turn begin.
func (w *world) begin(when time.Time, p *process, job func()) *turn {
	var t *turn
	t = w.loop.begin(when, p, func() {
		t.began = w.here()
		job()
	})
	return t
}

// expect notes that a task may be due at a time, by the store's clock. Loops that
// have nothing to do look for it at their next poll; those of a process that knows
// of it, when it is due.
func (w *world) expect(at time.Time, by *process) {
	if w.next.IsZero() || at.Before(w.next) {
		w.next = at
	}
	due := at.Add(-w.offset)
	for _, p := range w.processes {
		if p == nil {
			continue
		}
		for _, waits := range p.waiting {
			when := due
			if p != by {
				when = later(due, p.nextPoll(waits.since))
			}
			w.plan(occasion{at: when, turn: waits.turn, nap: waits.turn.nap})
		}
	}
}

// due returns when something may be due, by the true time.
func (w *world) due() (time.Time, bool) { return w.next.Add(-w.offset), !w.next.IsZero() }

// setClock sets the store's clock.
func (w *world) setClock(by time.Duration) {
	from := w.here()
	w.offset += by
	w.history.Outages = append(w.history.Outages, oracle.Outage{Kind: oracle.Jumped, From: from, To: w.here()})
	w.tracef(nil, "the store's clock jumps by %s", by)
	if !w.next.IsZero() {
		w.expect(w.next, nil)
	}
}

// outage notes that something does not work from now on, and returns its place in
// the history.
func (w *world) outage(o oracle.Outage) int {
	o.From = w.here()
	w.history.Outages = append(w.history.Outages, o)
	return len(w.history.Outages) - 1
}

// ends notes that it works again.
func (w *world) ends(place int) {
	if o := &w.history.Outages[place]; o.To.At.IsZero() {
		o.To = w.here()
	}
}

// lasting notes that something does not work for a time from now on.
func (w *world) lasting(o oracle.Outage, d time.Duration) {
	place := w.outage(o)
	w.at(w.now.Add(d), func() { w.ends(place) })
}

// blip notes that one call of the store did not work, from a moment until now.
func (w *world) blip(p *process, from oracle.Moment) {
	w.history.Outages = append(w.history.Outages, oracle.Outage{Kind: oracle.Store, Replica: p.String(), From: from, To: w.here()})
}

func (w *world) count(what string) { w.counts[what]++ }

// tracef writes a line of the trace.
func (w *world) tracef(p *process, format string, args ...any) {
	if w.log == nil {
		return
	}
	who := "-"
	if p != nil {
		who = p.String()
	}
	fmt.Fprintf(w.log, "%s %s %s\n", w.clock().Sub(night).Round(time.Millisecond), who, fmt.Sprintf(format, args...))
}

func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}
