package incidentkit

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/storage"
)

const (
	kindIncident = "incident" // storage.Snapshot.Kind of incidents

	taskWake    = "wake"    // kind and id of the task that looks at an incident's escalation
	taskDeliver = "deliver" // kind of the tasks that deliver a page; the payload is its key
	taskNotice  = "notice"  // kind of the tasks that tell somebody again about a page
	taskTurn    = "turn"    // kind of the tasks that keep whose turn it was
	taskAlarm   = "alarm"   // kind of the tasks that raise an alarm

	alertKey     = "alert:"     // prefix of the unique keys that lead alerts to their incident
	operationKey = "operation:" // prefix of those that lead a repeated Open to the first one's incident

	maxConflicts = 100 // how often a decision is made anew before ErrBusy
)

// turn is one decision on one incident: from the state that was loaded to the
// change that is committed. A turn that meets a conflict is thrown away, and
// decided anew on the newer state.
type turn struct {
	engine    *Engine
	directory *directory
	before    incident.Incident
	in        incident.Incident // with what the turn has recorded so far
	now       time.Time         // the store's clock

	events   []incident.Event
	records  []incident.Record
	schedule []storage.TaskSpec
	cancel   []string
	take     []string // unique keys besides those of alerts
	unnamed  bool     // it is not to be remembered as an operation
}

// change loads an incident, lets decide record events, continues its escalation
// and commits it all, again and again until there is no conflict. The incident
// that it returns is as committed.
func (e *Engine) change(ctx context.Context, stream storage.Stream, opt changeOptions, decide func(context.Context, *turn) error) (incident.Incident, error) {
	people := e.newDirectory()
	defer func() { people.cancel() }()
	for range maxConflicts {
		head, err := e.store.Load(ctx, storage.Ref{Tenant: stream.Tenant, ID: stream.ID})
		if err != nil {
			return incident.Incident{}, fmt.Errorf("load incident %s: %w", stream, err)
		}
		in, err := decodeHead(head)
		if err != nil {
			return incident.Incident{}, fmt.Errorf("incident %s: %w", stream, err)
		}
		t := &turn{engine: e, directory: people, before: in, in: in, now: head.Now}
		if err := decide(ctx, t); err != nil {
			return in, err
		}
		err = t.commit(ctx, stream, opt)
		if errors.Is(err, storage.ErrConflict) && ctx.Err() == nil {
			continue
		}
		if taken, ok := errors.AsType[*storage.KeyTakenError](err); ok {
			released, failure := e.releaseStale(ctx, taken)
			if failure != nil {
				return in, failure
			}
			if released {
				continue
			}
		}
		if errors.Is(err, errReplayed) {
			e.wakeRun()
			return e.Incident(ctx, stream.Tenant, incident.ID(stream.ID))
		}
		return t.in, err
	}
	return incident.Incident{}, fmt.Errorf("%w: incident %s", ErrBusy, stream)
}

type changeOptions struct {
	operation string
	fence     *storage.Fence
}

// errReplayed: the operation has been committed before.
var errReplayed = errors.New("incidentkit: replayed")

// decodeHead reads the incident out of a stream's head; the zero Incident where
// there is none.
func decodeHead(head storage.Head) (incident.Incident, error) {
	if head.Version == 0 || head.Snapshot.Kind != kindIncident {
		return incident.Incident{}, nil
	}
	in, err := incident.DecodeSnapshot(head.Snapshot.Data)
	if err != nil {
		return incident.Incident{}, err
	}
	if in.Version != head.Version {
		return incident.Incident{}, &incident.CodecError{
			What: "snapshot version", Got: fmt.Sprint(in.Version), Want: fmt.Sprint(head.Version),
		}
	}
	return in, nil
}

// record folds events into the turn's incident.
func (t *turn) record(events []incident.Event) error {
	in, records, err := incident.Seal(t.in, events)
	if err != nil {
		return err
	}
	t.in = in
	t.events, t.records = append(t.events, events...), append(t.records, records...)
	return nil
}

// note records what the engine itself has done.
func (t *turn) note(payloads ...incident.Payload) error {
	return t.record(incident.Extend(t.in, self, t.now, time.Time{}, payloads...))
}

// task schedules work, in place of what this turn or an earlier one scheduled
// under the id.
func (t *turn) task(spec storage.TaskSpec) {
	t.forget(spec.ID)
	t.schedule = append(t.schedule, spec)
}

// deliverAt schedules the next attempt to deliver a page.
func (t *turn) deliverAt(page string, due time.Time) {
	t.task(storage.TaskSpec{ID: deliveryTask(page), Kind: taskDeliver, Due: due, Payload: []byte(page)})
}

// drop cancels a task.
func (t *turn) drop(id string) {
	t.forget(id)
	t.cancel = append(t.cancel, id)
}

// forget takes back what this turn wanted done with a task.
func (t *turn) forget(id string) {
	t.schedule = slices.DeleteFunc(t.schedule, func(s storage.TaskSpec) bool { return s.ID == id })
	t.cancel = slices.DeleteFunc(t.cancel, func(c string) bool { return c == id })
}

// commit continues the escalation and stores the turn. Where the turn changes
// nothing it does not touch the store.
func (t *turn) commit(ctx context.Context, stream storage.Stream, opt changeOptions) error {
	if !t.in.Exists() {
		return nil
	}
	if err := t.escalate(ctx); err != nil {
		return err
	}
	t.scheduleWake()
	if len(t.records) == 0 && len(t.schedule) == 0 && len(t.cancel) == 0 && opt.operation == "" {
		return nil
	}
	change, err := t.change(stream, opt)
	if err != nil {
		return err
	}
	if err := t.engine.commit(ctx, change); err != nil {
		return err
	}
	t.published(ctx)
	return nil
}

// commit commits a change. One with an operation id whose answer gets lost is
// sent again, to find out. It is errReplayed where the operation has been applied
// before, by this call or an earlier one: nobody can tell, so that the state counts
// which is stored.
func (e *Engine) commit(ctx context.Context, change storage.Change) error {
	for try := 0; ; try++ {
		done, err := e.store.Commit(ctx, change)
		switch {
		case err == nil && done.Replayed:
			return errReplayed
		case err == nil || try == 2 || change.Operation == "" || certain(err) || ctx.Err() != nil:
			return err
		}
	}
}

// certain reports whether an error of Commit says that nothing was applied.
func certain(err error) bool {
	return errors.Is(err, storage.ErrConflict) || errors.Is(err, storage.ErrFenced) ||
		errors.Is(err, storage.ErrKeyTaken) || errors.Is(err, storage.ErrInvalid)
}

// scheduleWake keeps the wake-up at the time the escalation asks for.
func (t *turn) scheduleWake() {
	was, is := wake(t.before), wake(t.in)
	switch {
	case is.IsZero() && !was.IsZero():
		t.drop(taskWake)
	case !is.Equal(was):
		t.task(storage.TaskSpec{ID: taskWake, Kind: taskWake, Due: is})
	}
}

// wakeAgain lets the escalations go on, and schedules the wake-up anew even where
// its time stays.
func (t *turn) wakeAgain(ctx context.Context) error {
	if err := t.escalate(ctx); err != nil {
		return err
	}
	if due := wake(t.in); due.IsZero() {
		t.drop(taskWake)
	} else {
		t.task(storage.TaskSpec{ID: taskWake, Kind: taskWake, Due: due})
	}
	return nil
}

// wake returns when an incident's escalations want to be looked at; zero: never.
func wake(in incident.Incident) time.Time {
	next, _ := nextDue(in)
	return next
}

// nextDue returns when an incident's escalations want to be looked at, and which of
// them is the first that does.
func nextDue(in incident.Incident) (next time.Time, first string) {
	if !paging(in.Status) {
		return next, ""
	}
	for _, run := range in.Runs {
		if goesOn(in, run) && !run.Wake.IsZero() && (next.IsZero() || run.Wake.Before(next)) {
			next, first = run.Wake, run.ID
		}
	}
	return next, first
}

func (t *turn) change(stream storage.Stream, opt changeOptions) (storage.Change, error) {
	change := storage.Change{
		Stream:    stream,
		Operation: opt.operation,
		Expect:    t.before.Version,
		Schedule:  t.schedule,
		Cancel:    t.cancel,
		Fence:     opt.fence,
		Take:      slices.Clone(t.take),
	}
	if t.unnamed {
		change.Operation = ""
	}
	for _, r := range t.records {
		change.Events = append(change.Events, storage.Event{
			Version: r.Version, Type: string(r.Type), RecordedAt: r.RecordedAt, Data: r.Data,
		})
	}
	if len(t.records) > 0 {
		data, err := incident.EncodeSnapshot(t.in)
		if err != nil {
			return change, err
		}
		change.Snapshot = storage.Snapshot{Kind: kindIncident, Status: string(t.in.Status), Data: data}
	}
	held, holds := t.before.HeldKeys(), t.in.HeldKeys()
	for _, k := range held {
		if !slices.Contains(holds, k) {
			change.Release = append(change.Release, alertKey+k)
		}
	}
	for _, k := range holds {
		if !slices.Contains(held, k) {
			change.Take = append(change.Take, alertKey+k)
		}
	}
	return change, nil
}

// published tells the log what has been committed, and Run what has become due.
func (t *turn) published(ctx context.Context) {
	t.engine.saw(t.in.Tenant)
	log := t.engine.log.With("tenant", t.in.Tenant, "incident", string(t.in.ID))
	for _, e := range t.events {
		log.Log(ctx, levelOf(e.Payload), "recorded", "event", string(e.Payload.Type()), "version", e.Version)
	}
	if behind := t.before.RecordedAt.Sub(t.now); behind > 0 {
		log.WarnContext(ctx, "the store's clock ran backwards", "by", behind)
	}
	for _, s := range t.schedule {
		if s.Due.Before(t.now.Add(t.engine.cfg.Poll)) {
			t.engine.wakeRun()
			return
		}
	}
}

// levelOf makes what must not go unnoticed stand out in the log.
func levelOf(p incident.Payload) slog.Level {
	switch p := p.(type) {
	case incident.PageUndeliverable:
		return slog.LevelError
	case incident.EscalationEnded:
		if p.State == incident.Exhausted {
			return slog.LevelError
		}
	case incident.PageStalled, incident.EscalationOverdue:
		return slog.LevelError
	case incident.PageSkipped:
		switch escalation.SkipCode(p.Code) {
		case escalation.SkipCondition, escalation.SkipTurn, escalation.SkipTwice, escalation.SkipDeclined: // as it is meant
		default:
			return slog.LevelWarn
		}
	case incident.PageFailed, incident.EscalationResumed:
		return slog.LevelWarn
	}
	return slog.LevelInfo
}
