package sim

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/internal/oracle"
	"github.com/incidentkit/incidentkit/internal/timing"
	"github.com/incidentkit/incidentkit/storage"
)

var (
	errGone  = errors.New("the process is gone")
	errReset = errors.New("connection reset by peer")
	errDown  = errors.New("connection refused")
)

// process is one life of a replica: from its start to its end. It is the engine's
// timing, too: its clock need not show the true time, nor run at its pace.
type process struct {
	w        *world
	replica  int
	settings Replica
	engine   *incidentkit.Engine
	ctx      context.Context

	dead        bool // nothing that it does reaches the world any more
	draining    bool // it takes nothing new up
	pausedUntil time.Time
	jumped      time.Duration // of its clock
	born        time.Time
	loops       int // that have not ended
	waiting     []*waiter
	down        int // the place of its end in the history
}

// waiter is a loop that has nothing to do.
type waiter struct {
	turn  *turn
	since time.Time
}

var _ timing.Timing = (*process)(nil)

// start starts a replica.
func (w *world) start(replica int, settings Replica) {
	p := &process{w: w, replica: replica, settings: settings, born: w.now}
	if old := w.processes[replica]; old != nil {
		p.jumped = old.jumped
		w.ends(old.down)
	}
	p.ctx = timing.With(context.Background(), p)
	w.processes[replica] = p
	p.engine = w.engine(p)
	w.tracef(p, "starts: lease %s, timeout %s, poll %s, batch %d, %d loops, clock at %d %%",
		settings.Lease.D(), settings.Timeout.D(), settings.Poll.D(), settings.Batch, settings.Loops, settings.Pace)
	for range settings.Loops {
		p.loops++
		w.begin(w.now, p, p.step)
	}
	if settings.Audits {
		w.begin(w.now.Add(settings.Overdue.D()/2), p, p.audit)
	}
}

func (w *world) engine(p *process) *incidentkit.Engine {
	cfg := incidentkit.Config{
		Store:         &link{p},
		Notifiers:     map[string]comms.Notifier{},
		Alarm:         p.alarm,
		Tenants:       func(context.Context) ([]string, error) { return w.names, nil },
		Overdue:       p.settings.Overdue.D(),
		Worker:        p.String(),
		Lease:         p.settings.Lease.D(),
		NotifyTimeout: p.settings.Timeout.D(),
		Poll:          p.settings.Poll.D(),
		Batch:         p.settings.Batch,

		ChannelWorkers: p.settings.Lines,
		NewID:          w.newID,
	}
	for _, c := range channels {
		if c != "voice" || !p.settings.Deaf {
			cfg.Notifiers[c] = &provider{p}
		}
	}
	if p.settings.Directory {
		cfg.Directory = directory{p}
	}
	engine, err := incidentkit.New(cfg)
	if err != nil {
		panic(fmt.Sprintf("sim: the world makes engines that are not possible: %v", err)) //nolint:forbidigo // a fault of the simulator
	}
	return engine
}

// String returns the replica's name: a, b, c.
func (p *process) String() string { return string(rune('a' + p.replica)) }

// kill ends the process, in the middle of whatever it does.
func (w *world) kill(p *process, why string) {
	if p.dead {
		return
	}
	w.tracef(p, "is killed: %s", why)
	p.dead = true
	w.count("crash")
	p.down = w.outage(oracle.Outage{Kind: oracle.Down, Replica: p.String()})
	p.release()
	for _, t := range w.naps {
		if t.process == p {
			w.plan(occasion{at: w.now, turn: t, nap: t.nap})
		}
	}
}

// crash ends the process at a place that the dice chose; it is started again later.
func (w *world) crash(p *process, f Fault, r *rand.Rand) {
	w.kill(p, f.String())
	w.restart(p, between(r, 200*time.Millisecond, pick(r, 3*time.Second, 30*time.Second, 3*time.Minute)))
}

// release lets the loops go on that had nothing to do, so that they can end.
func (p *process) release() {
	for _, waits := range p.waiting {
		p.w.plan(occasion{at: p.w.now, turn: waits.turn, nap: waits.turn.nap})
	}
	p.waiting = nil
}

// stop pauses the process.
func (p *process) stop(d time.Duration) {
	until := p.w.now.Add(d)
	if p.dead || !until.After(p.pausedUntil) {
		return
	}
	p.w.tracef(p, "is stopped for %s", d)
	p.pausedUntil = until
	p.w.lasting(oracle.Outage{Kind: oracle.Paused, Replica: p.String()}, d)
}

// step does what is due, again and again.
func (p *process) step() {
	for !p.dead && !p.draining && !p.w.over {
		report, err := p.engine.Step(p.ctx)
		p.w.steps++
		switch {
		case p.dead:
		case err != nil:
			p.w.sleep(p.ctx, p.settings.Poll.D())
		case report.Claimed > 0:
		case !report.Next.IsZero() && !report.Next.After(report.Now):
			p.w.sleep(p.ctx, min(p.settings.Poll.D(), time.Second))
		default:
			p.idle()
		}
	}
	p.loops--
}

// idle waits until something may be due. Polls that would find nothing are left out.
func (p *process) idle() {
	w := p.w
	if p.dead || p.draining || w.over {
		return
	}
	waits := &waiter{turn: w.current, since: w.now}
	p.waiting = append(p.waiting, waits)
	if at, ok := w.due(); ok {
		w.plan(occasion{at: at, turn: waits.turn, nap: waits.turn.nap})
	}
	w.park()
	for i, other := range p.waiting {
		if other == waits {
			p.waiting = append(p.waiting[:i], p.waiting[i+1:]...)
			break
		}
	}
}

// nextPoll returns when a loop looks into the store that has had nothing to do since
// a time.
func (p *process) nextPoll(since time.Time) time.Time {
	poll := p.span(p.settings.Poll.D())
	return p.w.now.Add(poll - p.w.now.Sub(since)%poll)
}

// audit looks after everything now and then.
func (p *process) audit() {
	for !p.dead && !p.draining && !p.w.over {
		_, _ = p.engine.Audit(p.ctx)
		p.w.sleep(p.ctx, p.settings.Overdue.D()/2)
	}
}

// Now implements timing.Timing.
func (p *process) Now() time.Time {
	passed := p.w.now.Sub(p.born)
	return p.born.Add(passed/100*time.Duration(p.settings.Pace) + p.jumped)
}

// span returns how long it truly is until the process thinks that d has passed.
func (p *process) span(d time.Duration) time.Duration {
	return max(0, d*100/time.Duration(p.settings.Pace))
}

// AfterFunc implements timing.Timing.
func (p *process) AfterFunc(d time.Duration, f func()) (stop func()) {
	stopped := false
	p.w.at(p.w.now.Add(p.span(d)), func() {
		if !stopped && !p.dead {
			p.w.begin(p.w.now, p, func() {
				if !stopped && !p.dead {
					f()
				}
			})
		}
	})
	return func() { stopped = true }
}

// Sleep implements timing.Timing.
func (p *process) Sleep(ctx context.Context, d time.Duration) {
	if !p.dead {
		p.w.sleep(ctx, p.span(d))
	}
}

// Go implements timing.Timing.
func (p *process) Go(f func()) { f() }

// alarm is the host's alarm.
func (p *process) alarm(_ context.Context, a incidentkit.Alarm) error {
	if p.dead {
		return errGone
	}
	w := p.w
	_, fails := w.falls(AlarmFails, p, storage.Stream{Tenant: a.Tenant, ID: string(a.Incident)})
	w.tracef(p, "alarm %s for %s/%s (fails: %t): %s", a.Kind, a.Tenant, a.Incident, fails, a.Text)
	w.count("alarm " + string(a.Kind))
	w.history.Alarms = append(w.history.Alarms, oracle.Alarm{
		Tenant: a.Tenant, Incident: a.Incident, Kind: string(a.Kind), Moment: w.here(), Failed: fails,
	})
	if fails {
		return errDown
	}
	return nil
}

// newID makes the id of an incident: that of the move which opens it, so that it
// stays the same when other moves are left out.
func (w *world) newID() string {
	move := w.current.move
	w.ids[move]++
	id := fmt.Sprintf("inc-%04d-%02d", move, w.ids[move])
	return id
}

// falls asks the dice for a fault in a call of a process.
func (w *world) falls(f Fault, p *process, s storage.Stream) (*rand.Rand, bool) {
	id := s.ID
	if i := strings.IndexByte(id, '/'); i >= 0 {
		id = id[:i] // a mailbox, turns, alarms
	}
	r, ok := w.dice.falls(f, p.replica, s.Tenant, id)
	if ok {
		w.tracef(p, "FAULT %s for %s", f, s)
	}
	return r, ok
}
