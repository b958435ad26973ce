//go:build linux || darwin

package kills

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/incidentkit/incidentkit/internal/oracle"
)

// World is one trial: a store, workers that share it, a host, and what is done to
// them.
type World struct {
	Name     string
	Database Database // as the workers reach it
	Direct   Database // as the judge does in the end; the zero value: as the workers do
	Server   Server   // of the database; nil: it has none
	Proxy    *Proxy   // between the workers and the server; nil: there is none

	Seats  int
	Lease  time.Duration
	Seed   uint64
	Faults Faults
	Flaw   Flaw          // of all workers; empty: none
	Length time.Duration // for which there are alerts at least; 0: until the faults are over

	log       *logbook
	host      *Host
	seats     []*seat
	kills     atomic.Int64 // that are left
	stops     atomic.Int64
	tally     Tally
	cuts      int           // so far
	ended     oracle.Moment // of the faults
	mu        sync.Mutex
	wrongs    []string // that are not for the oracle to see
	blackouts []oracle.Outage
}

// Faults say how often what is done to a world.
type Faults struct {
	Kills   int // of workers, which are started again at once
	Stops   int // of workers, for longer than a lease
	Crashes int // of the database server
	Cuts    int // of connections, where a commit has been sent and its answer has not come back
	Freezes int // of connections, which then go on
	Floods  int // of the server, so that it takes no more connections
	Fills   int // of the disk
}

// Server is a database server that can be crashed: a pgtest.Server.
type Server interface {
	// Crash ends the server without letting it finish anything.
	Crash(ctx context.Context) error

	// Restart starts it on what it left.
	Restart(ctx context.Context) error
}

// poll is how long the workers of a world sleep at most.
const poll = 100 * time.Millisecond

// tenants of every world.
var tenants = []string{"acme", "globex", "initech"}

// Run runs the world to its end, and says what came of it. The error says that the
// trial itself could not be carried out.
func (w *World) Run(ctx context.Context) (*Outcome, error) {
	if w.Direct == (Database{}) {
		w.Direct = w.Database
	}
	err := w.validate()
	if err != nil {
		return nil, err
	}
	if w.log, err = newLogbook(); err != nil {
		return nil, err
	}
	store, err := w.Database.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	if w.host, err = newHost(store, w.log, tenants); err != nil {
		return nil, err
	}
	for _, tenant := range tenants {
		if !w.host.savePlan(ctx, tenant) {
			return nil, fmt.Errorf("kills: world %s: the first plan of %s is refused", w.Name, tenant)
		}
	}
	answering, quiet := context.WithCancel(ctx)
	var people sync.WaitGroup
	people.Go(func() { w.host.answer(answering) })
	err = w.torment(ctx)
	if err == nil {
		w.drain(ctx)
	}
	quiet()
	people.Wait()
	for _, s := range w.seats {
		s.stop()
	}
	w.log.close()
	if err != nil {
		return nil, err
	}
	return w.judge(ctx)
}

// validate reports what the world lacks.
func (w *World) validate() error {
	switch {
	case w.Seats < 1 || w.Lease <= 0:
		return fmt.Errorf("kills: world %s has %d seats and a lease of %s", w.Name, w.Seats, w.Lease)
	case w.Server == nil && w.Faults.Crashes > 0:
		return fmt.Errorf("kills: world %s has no server that could be crashed", w.Name)
	case w.Proxy == nil && w.Faults.Cuts+w.Faults.Freezes > 0:
		return fmt.Errorf("kills: world %s has no proxy that could cut and freeze connections", w.Name)
	}
	return nil
}

// torment has the host work while everything that is to be done to the world is.
func (w *World) torment(ctx context.Context) error {
	w.kills.Store(int64(w.Faults.Kills))
	w.stops.Store(int64(w.Faults.Stops))
	feeding, enough := context.WithCancel(ctx)
	defer enough()
	var host, faults sync.WaitGroup
	host.Go(func() { w.host.feed(feeding, 40*time.Millisecond, 4*w.Seats) })
	errs := make([]error, w.Seats+1)
	for i := range w.Seats {
		s := &seat{log: w.log, spec: Spec{
			Name: fmt.Sprintf("%s-%d", w.Name, i+1), Store: w.Database, Lease: w.Lease, Poll: poll, Workers: 8, Flaw: w.Flaw,
		}}
		w.seats = append(w.seats, s)
		rng := rand.New(rand.NewPCG(w.Seed, uint64(i)))
		faults.Go(func() { errs[i] = w.live(ctx, s, rng) })
	}
	faults.Go(func() { errs[w.Seats] = w.strike(ctx, rand.New(rand.NewPCG(w.Seed, uint64(w.Seats)))) })
	faults.Go(func() { rest(ctx, w.Length) })
	faults.Wait()
	w.ended = oracle.Moment{At: time.Now()}
	enough()
	host.Wait()
	return errors.Join(errs...)
}

// drain waits until nothing is left to be done.
func (w *World) drain(ctx context.Context) {
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var seen string
	for {
		left, err := w.host.unfinished(limited)
		switch {
		case limited.Err() != nil:
			w.wrong("it did not come to its end within %s of the last fault: %s", patience, seen)
			return
		case err != nil:
			seen = err.Error()
		case left == "":
			return
		default:
			seen = left
		}
		rest(limited, 150*time.Millisecond)
	}
}

func (w *World) wrong(format string, args ...any) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.wrongs = append(w.wrongs, fmt.Sprintf(format, args...))
}

// blackout records that the store did not work for anybody, from a time until now.
func (w *World) blackout(from time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.blackouts = append(w.blackouts, oracle.Outage{
		Kind: oracle.Store, From: oracle.Moment{At: from}, To: oracle.Moment{At: time.Now()},
	})
}

// outages returns when what did not work, in order.
func (w *World) outages() []oracle.Outage {
	all := slices.Clone(w.blackouts)
	for _, s := range w.seats {
		all = append(all, s.outages...)
	}
	slices.SortStableFunc(all, func(a, b oracle.Outage) int { return a.From.At.Compare(b.From.At) })
	return all
}
