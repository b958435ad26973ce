package incidentkit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/internal/timing"
	"github.com/incidentkit/incidentkit/plan"
	"github.com/incidentkit/incidentkit/storage"
)

// Alarm is something that must reach a human by another path than the pages: see
// Config.Alarm.
type Alarm struct {
	Tenant   string
	Incident incident.ID
	Kind     AlarmKind
	Run      string        // of the escalation; empty: it is not about one, or cannot be read
	Due      time.Time     // when something should have happened; zero: not known
	Late     time.Duration // how long ago that was, when the alarm was raised
	Text     string        // the whole of it, as one line
}

// AlarmKind says what an alarm is about.
type AlarmKind string

// The kinds of alarms.
const (
	AlarmOverdue    AlarmKind = "overdue"    // a step, or a message, is later than Config.Overdue
	AlarmUnreadable AlarmKind = "unreadable" // what is stored of an open incident cannot be read
	AlarmClock      AlarmKind = "clock"      // the store's clock is behind what it said before, so that all steps come late
	AlarmExhausted  AlarmKind = "exhausted"  // a policy has come to its end, and nobody has answered
	AlarmPoisoned   AlarmKind = "poisoned"   // a task fails again and again, and is hardly tried any more
	AlarmStore      AlarmKind = "store"      // the store does not answer; there is no tenant and no incident then
	AlarmCanary     AlarmKind = "canary"     // the synthetic incident was not paged for in time, see Config.Canary
)

const (
	kindAlarms   = "alarms"  // storage.Snapshot.Kind of the streams that keep which alarms were raised
	streamAlarms = "alarms/" // prefix of their ids; the incident follows
	alarmRaised  = "alarm.raised"
	maxRaised    = 100     // alarms that such a stream remembers
	maxRung      = 100_000 // and an engine, for the time that the store takes nothing
)

// raised is what is kept of an alarm.
type raised struct {
	At   time.Time `json:"at"`
	Told bool      `json:"told"` // somebody was told
}

// bell remembers what this engine has raised while the store took nothing.
type bell struct {
	mu   sync.Mutex
	told map[string]bool
}

func (b *bell) heard(key string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.told[key]
}

func (b *bell) rang(key string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.told == nil || len(b.told) >= maxRung {
		b.told = map[string]bool{}
	}
	b.told[key] = true
}

// errRinging: somebody else is raising the alarm.
var errRinging = errors.New("incidentkit: another engine is raising the alarm")

// raise tells a human, once for each key, however often and by how many engines it
// is called; it is false where somebody has been told before. It keeps what it has done in a stream of its own: that of the incident
// may be what is broken. A store that takes nothing does not keep it from telling.
func (e *Engine) raise(ctx context.Context, a Alarm, key string) (bool, error) {
	a.Text = said(a.Text)
	known, err := e.mark(ctx, a, key, ringing)
	if known || errors.Is(err, errRinging) {
		return false, err
	}
	local := a.Tenant + "/" + string(a.Incident) + "/" + key
	fresh := !e.bell.heard(local)
	if fresh {
		e.log.ErrorContext(ctx, "alarm", "tenant", a.Tenant, "incident", string(a.Incident), "kind", string(a.Kind), "text", a.Text)
		if failure := e.sound(ctx, a, key); failure != nil {
			if err == nil {
				_, err = e.mark(ctx, a, key, unheard)
			}
			return false, errors.Join(fmt.Errorf("alarm %s: %w", a.Kind, failure), err)
		}
		e.bell.rang(local)
	}
	if err == nil {
		_, err = e.mark(ctx, a, key, heard)
	}
	return fresh, err
}

// ring is what becomes of an alarm.
type ring int

const (
	ringing ring = iota // it is being raised: for the length of a lease nobody else does
	heard               // somebody was told
	unheard             // nobody could be told
)

// mark notes what becomes of an alarm. Before it is raised it reports whether
// somebody has been told already, and is errRinging where somebody else is about it.
func (e *Engine) mark(ctx context.Context, a Alarm, key string, r ring) (known bool, err error) {
	stream := storage.Stream{Tenant: a.Tenant, ID: streamAlarms + string(a.Incident)}
	ctx, cancel := timing.WithTimeout(ctx, e.cfg.Lease/10) // the alarm sounds where the store hangs
	defer cancel()
	for range maxConflicts {
		head, err := e.store.Load(ctx, storage.Ref{Tenant: stream.Tenant, ID: stream.ID})
		if err != nil {
			return false, err
		}
		all := map[string]raised{}
		if head.Version > 0 {
			if err := json.Unmarshal(head.Snapshot.Data, &all); err != nil {
				return false, &incident.CodecError{What: "alarms", Got: string(head.Snapshot.Data), Want: "encoded alarms", Err: err}
			}
		}
		last, ok := all[key]
		switch {
		case r == ringing && last.Told:
			return true, nil
		case r == ringing && ok && head.Now.Sub(last.At).Abs() < e.cfg.Lease:
			return false, errRinging
		}
		forgetOldest(all)
		if all[key] = (raised{At: head.Now, Told: r == heard}); r == unheard {
			delete(all, key)
		}
		change, err := alarmChange(stream, head, all, a)
		if err != nil {
			return false, err
		}
		if _, err = e.store.Commit(ctx, change); err == nil || !errors.Is(err, storage.ErrConflict) {
			return false, err
		}
	}
	return false, fmt.Errorf("%w: %s", ErrBusy, stream)
}

func forgetOldest(all map[string]raised) {
	for len(all) >= maxRaised {
		oldest := ""
		for key, r := range all {
			if oldest == "" || r.At.Before(all[oldest].At) || r.At.Equal(all[oldest].At) && key < oldest {
				oldest = key
			}
		}
		delete(all, oldest)
	}
}

func alarmChange(stream storage.Stream, head storage.Head, all map[string]raised, a Alarm) (storage.Change, error) {
	data, err := json.Marshal(a)
	if err != nil {
		return storage.Change{}, err
	}
	snapshot, err := json.Marshal(all)
	return storage.Change{
		Stream: stream, Expect: head.Version,
		Events:   []storage.Event{{Version: head.Version + 1, Type: alarmRaised, RecordedAt: head.Now, Data: data}},
		Snapshot: storage.Snapshot{Kind: kindAlarms, Status: "current", Data: snapshot},
	}, err
}

// sound tells the host, and sends the last resort a message that needs no task and
// no record. It is enough that one of them gets through. An exhausted policy has
// paged the last resort itself.
func (e *Engine) sound(ctx context.Context, a Alarm, key string) error {
	var failures []error
	told := false
	if e.cfg.Alarm != nil {
		err := e.tellHost(ctx, a)
		if told = err == nil; !told {
			failures = append(failures, fmt.Errorf("the host's alarm: %w", err))
		}
	}
	if a.Kind != AlarmExhausted {
		err := e.tellLastResort(ctx, a, key)
		if err != nil {
			failures = append(failures, fmt.Errorf("last resort: %w", err))
		}
		told = told || err == nil
	}
	for _, err := range failures {
		e.log.ErrorContext(ctx, "an alarm does not get through by one of its ways", "tenant", a.Tenant, "incident", string(a.Incident), "error", err)
	}
	if told {
		return nil
	}
	return errors.Join(failures...)
}

func (e *Engine) tellHost(ctx context.Context, a Alarm) error {
	_, err := within(ctx, e.cfg.NotifyTimeout, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, e.cfg.Alarm(ctx, a)
	})
	return err
}

// tellLastResort tries the contacts of the tenant's last resort, one after the
// other, until one takes the message.
func (e *Engine) tellLastResort(ctx context.Context, a Alarm, key string) error {
	loading, cancel := timing.WithTimeout(ctx, e.cfg.Lease/10) // a store that hangs keeps neither worker nor auditor
	defer cancel()
	p, _, err := e.currentPlan(loading, a.Tenant)
	if err != nil {
		return err
	}
	who, err := e.lastResortOf(ctx, a.Tenant, p)
	if err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(key))
	err = fmt.Errorf("no contact method of %s is usable", p.LastResort())
	for _, c := range e.reachable(who) {
		_, err = e.send(ctx, &attempt{contact: c, message: comms.Message{
			Key:    fmt.Sprintf("%s/%s/alarm/%s/%s", a.Tenant, a.Incident, hex.EncodeToString(sum[:8]), c.id),
			Tenant: a.Tenant, Incident: string(a.Incident),
			To:      comms.Address{Person: p.LastResort(), Name: who.Name, Channel: c.channel, To: c.to},
			Subject: comms.CleanLine("ALARM: paging for incident " + string(a.Incident) + " is stuck"),
			Body:    a.Text + "\n\nLook at the incident yourself: whoever should have been paged for it may not know of it.",
			Attempt: 1,
			Reason:  comms.Reason{Run: a.Run, Target: "last resort", Rule: "named by the plan", Due: a.Due, Text: a.Text},
		}})
		if err == nil {
			return nil
		}
	}
	return err
}

func (e *Engine) lastResortOf(ctx context.Context, tenant string, p *plan.Plan) (plan.Person, error) {
	people := e.newDirectory()
	defer func() { people.cancel() }()
	who, err := people.person(ctx, tenant, p.LastResort())
	if err == nil {
		return who, nil
	}
	if planned, ok := p.Person(p.LastResort()); ok {
		return planned, nil
	}
	return plan.Person{}, err
}

// exhaustion has the host told of a policy that came to its end, in the same commit.
func (t *turn) exhaustion(run incident.Run, why string) error {
	if t.engine.cfg.Alarm == nil {
		return nil
	}
	run, _ = t.in.Run(run.ID)
	payload, err := json.Marshal(exhausted(t.in, run, why))
	if err != nil {
		return err
	}
	t.task(storage.TaskSpec{ID: taskAlarm + ":" + run.ID, Kind: taskAlarm, Due: t.now, Payload: payload})
	return nil
}

// exhausted returns the alarm that nobody has answered a run.
func exhausted(in incident.Incident, run incident.Run, why string) finding {
	text := fmt.Sprintf("Nobody has answered incident %s (%s): %s", in.ID, in.Title, why)
	if run.Vendor != "" {
		text = fmt.Sprintf("Vendor %s has not answered for incident %s (%s), nor has anybody about that: %s", run.Vendor, in.ID, in.Title, why)
	}
	return finding{
		Alarm: Alarm{Tenant: in.Tenant, Incident: in.ID, Kind: AlarmExhausted, Run: run.ID, Text: text},
		Key:   fmt.Sprintf("%s:%s:%d", AlarmExhausted, run.ID, run.Resumed),
	}
}

// alarm raises the alarm that a task carries.
func (e *Engine) alarm(ctx context.Context, task storage.Task) error {
	var f finding
	if err := json.Unmarshal(task.Payload, &f); err != nil {
		return &incident.CodecError{What: "alarm", Got: string(task.Payload), Want: "an encoded alarm", Err: err}
	}
	settle := storage.Settlement{Stream: task.Stream, Fence: *task.Fence(), Outcome: storage.Done}
	_, err := e.raise(ctx, f.Alarm, f.Key)
	switch {
	case errors.Is(err, errRinging):
		settle.Outcome, settle.Delay = storage.Retry, e.cfg.Lease
	case err != nil:
		return err
	}
	return e.store.Settle(ctx, settle)
}
