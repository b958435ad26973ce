//go:build linux || darwin

package kills

import (
	"context"
	"fmt"
	"math/rand/v2"
	"syscall"
	"time"

	"github.com/incidentkit/incidentkit/internal/oracle"
)

// live fills a seat: with workers that are killed, as long as there are kills left,
// and then with one that may live.
func (w *World) live(ctx context.Context, s *seat, rng *rand.Rand) error {
	for ctx.Err() == nil && w.kills.Add(-1) >= 0 {
		if err := w.killOne(ctx, s, rng); err != nil {
			return err
		}
	}
	from, dead := len(w.log.all()), time.Now()
	if err := s.start(nil); err != nil {
		return err
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if !s.heard(limited, from, Ready) {
		return fmt.Errorf("%w: %s", errNotReady, s.spec.Name)
	}
	s.away(oracle.Down, dead)
	return nil
}

// killOne starts a worker and kills it: most often at a point of its work, else
// whenever it may be, even before it has begun.
func (w *World) killOne(ctx context.Context, s *seat, rng *rand.Rand) error {
	points := Points()
	halt := &Halt{Point: points[rng.IntN(len(points))], Nth: 1 + rng.Int32N(3), Signal: syscall.SIGKILL}
	kind := rng.IntN(10)
	stop := w.stops.Add(-1) >= 0
	switch {
	case stop:
		halt.Nth, halt.Signal = 1, syscall.SIGSTOP
		if kind < 3 {
			halt = nil
		}
	case kind < 4:
		halt = nil
	}
	from, dead := len(w.log.all()), time.Now()
	if err := s.start(halt); err != nil {
		return err
	}
	if !stop && kind == 0 { // it may not even be ready
		rest(ctx, time.Duration(rng.IntN(150))*time.Millisecond)
		w.killNow(s, "at its start")
		return nil
	}
	limited, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if !s.heard(limited, from, Ready) && (halt == nil || !gone(s)) {
		return fmt.Errorf("%w: %s\n%s", errNotReady, s.spec.Name, s.output.String())
	}
	s.away(oracle.Down, dead)
	moment := time.Duration(rng.IntN(300)) * time.Millisecond
	if stop {
		w.stopOne(ctx, s, halt, moment)
		rest(ctx, moment/2)
		halt = nil
	}
	if halt == nil {
		rest(ctx, moment)
		w.killNow(s, "at any moment")
		return nil
	}
	timer := time.NewTimer(time.Second)
	defer timer.Stop()
	select {
	case <-s.gone:
		if s.killed() {
			w.tally.add("kill -9 "+string(halt.Point), 1)
		}
	case <-timer.C:
		w.killNow(s, "at any moment") // it had nothing to do
	case <-ctx.Done():
	}
	return nil
}

func gone(s *seat) bool {
	select {
	case <-s.gone:
		return true
	default:
		return false
	}
}

func (w *World) killNow(s *seat, when string) {
	s.kill()
	if s.killed() {
		w.tally.add("kill -9 "+when, 1)
	}
}

// stopOne stops a worker, at a point or whenever it may be, for longer than the
// lease that it has, and lets it go on.
func (w *World) stopOne(ctx context.Context, s *seat, halt *Halt, moment time.Duration) {
	where := "at any moment"
	if halt == nil {
		rest(ctx, moment)
		s.signal(syscall.SIGSTOP)
	} else {
		limited, cancel := context.WithTimeout(ctx, 2*w.Lease)
		defer cancel()
		if s.heard(limited, 0, Halted) {
			where = string(halt.Point)
		} else { // it had nothing to do
			s.signal(syscall.SIGSTOP)
		}
	}
	stopped := time.Now()
	rest(ctx, w.Lease*3/2)
	s.signal(syscall.SIGCONT)
	s.away(oracle.Paused, stopped)
	if w.Database.Kind == SQLite && halt == nil { // it may have had the lock
		w.blackout(stopped)
	}
	w.tally.add("SIGSTOP "+where, 1)
}
