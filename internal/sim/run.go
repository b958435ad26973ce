package sim

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/internal/oracle"
	"github.com/incidentkit/incidentkit/storage"
)

// Config says which world to run.
type Config struct {
	Seed uint64

	// Scenario is run instead of the seed's, where it is not nil.
	Scenario *Scenario

	// Trace has what happens written down, a line for each.
	Trace bool
}

// Result is what came of a world.
type Result struct {
	Scenario   Scenario
	History    oracle.History
	Violations []oracle.Violation
	Thrown     []Place        // the faults that occurred
	Counts     map[string]int // what happened, by name; the faults are among it
	Steps      int            // calls of Engine.Step
	Lasted     time.Duration  // in virtual time
	Trace      string         // empty unless it was asked for
}

// drainHours is how long what is left may take to come to its end, in hours. After
// each, somebody ends what is answered and would be reminded of for ever.
const drainHours = 12

// Run lets a world take place, and has it judged. It is deterministic.
func Run(cfg Config) Result {
	sc := cfg.Scenario
	if sc == nil {
		generated := Generate(cfg.Seed)
		sc = &generated
	}
	var log bytes.Buffer
	w := newWorld(*sc, nil)
	if cfg.Trace {
		w.log = &log
	}
	w.play()
	w.heal()
	w.drainAll()
	w.end()
	return w.result(&log)
}

// play lets the moves happen.
func (w *world) play() {
	w.tracef(nil, "seed %d, %s: %d tenants, %d replicas, %d moves", w.scenario.Seed, w.scenario.Character, len(w.names), len(w.scenario.Replicas), len(w.scenario.Moves))
	for i, settings := range w.scenario.Replicas {
		w.start(i, settings)
	}
	w.dice.calm = true
	for i := range w.names {
		w.save(0, i, i)
	}
	begin := w.now.Add(10 * time.Second)
	w.at(begin, func() { w.dice.calm = false })
	last := begin
	for _, m := range w.scenario.Moves {
		at := night.Add(m.At.D()).Add(10 * time.Second)
		last = later(last, at)
		w.at(at, func() { w.move(m) })
	}
	w.until(last.Add(time.Second))
}

// until lets time pass.
func (w *world) until(end time.Time) {
	for len(w.queue) > 0 && !w.queue[0].at.After(end) {
		w.run()
	}
	w.now = later(w.now, end)
}

// heal ends everything that is wrong.
func (w *world) heal() {
	w.tracef(nil, "the faults end")
	w.dice.calm = true
	w.storeDown = w.now
	clear(w.providers)
	resumed := w.now
	for _, p := range w.processes {
		resumed = later(resumed, p.pausedUntil)
	}
	w.until(resumed)
	for i, o := range w.history.Outages {
		if o.To.At.IsZero() && o.Kind != oracle.Down {
			w.ends(i)
		}
	}
	for _, p := range w.processes {
		if p.dead {
			w.start(p.replica, p.settings)
		}
	}
	w.history.FaultsEnded = w.here()
}

// drainAll lets everything come to its end.
func (w *world) drainAll() {
	w.until(w.now.Add(time.Minute)) // what is asked for once more
	for range drainHours {
		if w.untilQuiet(w.now.Add(time.Hour)) {
			return
		}
		w.resolveAnswered()
	}
}

// untilQuiet lets time pass until nothing is left to do, and the auditors have had
// the time to miss what was lost. It reports whether that came before the end.
func (w *world) untilQuiet(end time.Time) bool {
	quiet := w.now
	for w.now.Before(end) {
		if len(w.tasks) > 0 || w.asking > 0 || w.clock().Before(w.missed) {
			quiet = w.now
		}
		if w.now.Sub(quiet) > 30*time.Second || !w.run() {
			return true
		}
	}
	return false
}

// resolveAnswered ends what somebody has taken care of, and would be reminded of for
// ever. What nobody has answered must come to its end by itself.
func (w *world) resolveAnswered() {
	for i, tenant := range w.names {
		page, err := w.store.List(context.Background(), storage.ListQuery{Tenant: tenant, Kind: "incident", Limit: storage.MaxPage})
		must(err)
		for _, head := range page.Heads {
			in, err := incident.DecodeSnapshot(head.Snapshot.Data)
			if err != nil || !w.unfinished(head.Stream) {
				continue
			}
			var end incident.Action = incident.Resolve{Summary: "at the end of the night"}
			if in.Status == incident.Triage {
				end = incident.Decline{Reason: "it was nothing"}
			}
			if run, ok := in.CurrentRun(); ok && run.State != incident.Running {
				w.command(0, i, tenant, "ana-"+tenant, in.ID, "", end)
			}
		}
	}
}

func (w *world) unfinished(s storage.Stream) bool {
	for t := range w.tasks {
		if t.stream == s {
			return true
		}
	}
	return false
}

func (w *world) overdue() time.Duration {
	longest := time.Duration(0)
	for _, p := range w.processes {
		longest = max(longest, p.settings.Overdue.D())
	}
	return longest
}

// end stops everything.
func (w *world) end() {
	w.history.Ended = w.here()
	w.over = true
	for _, p := range w.processes {
		p.release()
	}
	for w.turns > 0 {
		if !w.run() {
			panic("sim: turns wait for nothing") //nolint:forbidigo // a fault of the simulator, or a lock of the engine
		}
	}
	w.finish()
	w.settings()
	w.collect()
}

// settings are those that the judge goes by.
func (w *world) settings() {
	s := &w.history.Settings
	take := func(r Replica) {
		slow := 100 / float64(min(r.Pace, 100))
		s.Lease = max(s.Lease, r.Lease.D())
		s.Poll = max(s.Poll, time.Duration(float64(r.Poll.D())*slow))
		s.NotifyTimeout = max(s.NotifyTimeout, time.Duration(float64(r.Timeout.D())*slow))
		s.Overdue = max(s.Overdue, r.Overdue.D())
	}
	for _, r := range w.scenario.Replicas {
		take(r)
	}
	for _, m := range w.scenario.Moves {
		if m.New != nil {
			take(*m.New)
		}
	}
	s.AuditEvery = s.Overdue / 2
	s.Slack = 3 * time.Second
}

func (w *world) result(log fmt.Stringer) Result {
	for f, n := range w.dice.count {
		if n > 0 {
			w.counts["fault "+Fault(f).String()] = n
		}
	}
	return Result{
		Scenario: w.scenario, History: w.history, Violations: oracle.Judge(w.history), Thrown: w.dice.thrown,
		Counts: w.counts, Steps: w.steps, Lasted: w.now.Sub(night), Trace: log.String(),
	}
}
