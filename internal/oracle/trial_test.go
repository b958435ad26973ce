package oracle

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/storage"
	"github.com/incidentkit/incidentkit/storage/memory"
)

// trial runs a real engine on one goroutine, with a clock that stands still until
// it is told to move, and keeps the history.
type trial struct {
	t      testing.TB
	now    time.Time
	seq    uint64
	store  *log
	engine *incidentkit.Engine
	h      History
	answer func(m comms.Message) error // what the notifiers say; nil: they take it
	began  Moment                      // of the work that is being done
	next   int                         // id of the next incident
}

// log is a store that writes down what it was asked and did.
type log struct {
	*memory.Store
	tr *trial
}

func (tr *trial) moment() Moment {
	tr.seq++
	return Moment{At: tr.now, Seq: tr.seq}
}

func newTrial(t testing.TB) *trial {
	t.Helper()
	tr := &trial{t: t, now: monday.Add(12 * time.Hour)}
	tr.store = &log{Store: memory.New(memory.Options{Clock: func() time.Time { return tr.now }}), tr: tr}
	notify := comms.NotifierFunc(func(_ context.Context, m comms.Message) (comms.Receipt, error) { return comms.Receipt{}, tr.notify(m) })
	var err error
	tr.engine, err = incidentkit.New(incidentkit.Config{
		Store:     tr.store,
		Notifiers: map[string]comms.Notifier{"sms": notify, "mail": notify, "chat": notify},
		Batch:     1, Lease: 30 * time.Second,
		Tenants: func(context.Context) ([]string, error) { return []string{"acme"}, nil },
		Alarm: func(_ context.Context, a incidentkit.Alarm) error {
			tr.h.Alarms = append(tr.h.Alarms, Alarm{Tenant: a.Tenant, Incident: a.Incident, Kind: string(a.Kind), Moment: tr.moment()})
			return nil
		},
		NewID: func() string {
			tr.next++
			return fmt.Sprintf("inc-%d", tr.next)
		},
	})
	require.NoError(t, err)
	tr.h.Settings = Settings{
		Lease: 30 * time.Second, Poll: time.Second, NotifyTimeout: 10 * time.Second,
		Overdue: 90 * time.Second, AuditEvery: 45 * time.Second,
	}
	return tr
}

func (tr *trial) notify(m comms.Message) error {
	s := Send{
		Replica: "r1", Key: m.Key, Tenant: m.Tenant, Incident: incident.ID(m.Incident), Person: m.To.Person,
		Channel: m.To.Channel, To: m.To.To, Attempt: m.Attempt, PossibleDuplicate: m.PossibleDuplicate,
		PlanVersion: m.Reason.PlanVersion, Text: m.Subject + "\n" + m.Body, Begun: tr.moment(),
	}
	var err error
	if tr.answer != nil {
		err = tr.answer(m)
	}
	switch s.Ended = tr.moment(); comms.Classify(err) {
	case comms.Delivered:
		s.Answer, s.Arrived = Delivered, true
	case comms.Refused:
		s.Answer = Refused
	case comms.Failed:
		s.Answer = Failed
	case comms.Unknown:
		s.Answer, s.Arrived = Unknown, true
	}
	tr.h.Sends = append(tr.h.Sends, s)
	return err
}

// Commit writes down the change and when its records were committed.
func (l *log) Commit(ctx context.Context, c storage.Change) (storage.Committed, error) {
	tr := l.tr
	w := Write{Replica: "r1", Tenant: c.Stream.Tenant, Stream: c.Stream.ID, Kind: Committed, Begun: tr.moment(), Cancelled: c.Cancel}
	for _, s := range c.Schedule {
		w.Scheduled = append(w.Scheduled, s.ID)
	}
	if c.Fence != nil {
		w.Task, w.Epoch = c.Fence.Task, c.Fence.Epoch
	}
	if n := len(c.Events); n > 0 {
		w.First, w.Last = c.Events[0].Version, c.Events[n-1].Version
	}
	done, err := l.Store.Commit(ctx, c)
	w.Ended, w.Applied, w.Replayed = tr.moment(), err == nil && !done.Replayed, done.Replayed
	tr.h.Writes = append(tr.h.Writes, w)
	if w.Applied && c.Snapshot.Kind == "incident" {
		tr.record(c, w.Ended)
	}
	return done, err
}

func (tr *trial) record(c storage.Change, at Moment) {
	var s *Stream
	for i := range tr.h.Streams {
		if tr.h.Streams[i].Tenant == c.Stream.Tenant && string(tr.h.Streams[i].Incident) == c.Stream.ID {
			s = &tr.h.Streams[i]
		}
	}
	if s == nil {
		tr.h.Streams = append(tr.h.Streams, Stream{Tenant: c.Stream.Tenant, Incident: incident.ID(c.Stream.ID)})
		s = &tr.h.Streams[len(tr.h.Streams)-1]
	}
	for _, e := range c.Events {
		s.Records = append(s.Records, Record{Version: e.Version, Type: e.Type, RecordedAt: e.RecordedAt, Data: e.Data, Began: tr.began, Committed: at})
		s.Version = e.Version
	}
	s.Snapshot = c.Snapshot.Data
}

// Claim writes down what was handed out.
func (l *log) Claim(ctx context.Context, q storage.ClaimQuery) (storage.Claims, error) {
	c, err := l.Store.Claim(ctx, q)
	m := l.tr.moment()
	if l.tr.began = m; err != nil {
		return c, err
	}
	for _, task := range c.Tasks {
		l.tr.h.Claims = append(l.tr.h.Claims, Claim{
			Replica: "r1", Tenant: task.Stream.Tenant, Stream: task.Stream.ID, Task: task.ID, Kind: task.Kind,
			Epoch: task.Epoch, Attempt: task.Attempt, Due: task.Due, Until: task.LeaseUntil, Moment: m,
		})
	}
	return c, nil
}

// Settle writes down how a claim ended.
func (l *log) Settle(ctx context.Context, s storage.Settlement) error {
	kinds := map[storage.Outcome]WriteKind{storage.Done: Settled, storage.Retry: Postponed, storage.Extend: Extended}
	w := Write{Replica: "r1", Tenant: s.Stream.Tenant, Stream: s.Stream.ID, Kind: kinds[s.Outcome], Task: s.Fence.Task, Epoch: s.Fence.Epoch, Begun: l.tr.moment()}
	if s.Outcome == storage.Extend {
		w.Until = l.tr.now.Add(s.Delay)
	}
	err := l.Store.Settle(ctx, s)
	w.Ended, w.Applied = l.tr.moment(), err == nil
	l.tr.h.Writes = append(l.tr.h.Writes, w)
	return err
}

var actor = incident.Actor{Kind: incident.Automation, ID: "monitor"}

func (tr *trial) savePlan(p Plan) {
	tr.t.Helper()
	a := Act{Replica: "r1", Kind: "save_plan", Tenant: "acme", Begun: tr.moment()}
	ref, err := tr.engine.SavePlan(tr.t.Context(), "acme", actor, p.Document())
	require.NoError(tr.t, err)
	a.Ended, a.Result, a.Version = tr.moment(), OK, ref.Version
	tr.h.Acts = append(tr.h.Acts, a)
	tr.h.Plans = append(tr.h.Plans, SavedPlan{Tenant: "acme", Version: ref.Version, Saved: a.Ended, Plan: p})
}

func (tr *trial) ingest(key string, labels map[string]string) incident.ID {
	tr.t.Helper()
	a := Act{Replica: "r1", Kind: "ingest", Tenant: "acme", Keys: []string{key}, Begun: tr.moment()}
	tr.began = a.Begun
	receipts, err := tr.engine.Ingest(tr.t.Context(), "acme", actor, []incident.Alert{
		{Source: "test", DedupKey: key, Status: incident.Firing, Summary: key + " fails", Labels: labels},
	})
	require.NoError(tr.t, err)
	a.Ended, a.Result, a.Receipts = tr.moment(), OK, receipts
	tr.h.Acts = append(tr.h.Acts, a)
	return receipts[0].Incident
}

func (tr *trial) do(id incident.ID, person string, action incident.Action) {
	tr.t.Helper()
	a := Act{Replica: "r1", Kind: string(action.Name()), Tenant: "acme", Actor: person, Incident: id, Begun: tr.moment()}
	tr.began = a.Begun
	in, err := tr.engine.Do(tr.t.Context(), incident.Command{
		Tenant: "acme", Incident: id, Actor: incident.Actor{Kind: incident.Person, ID: person}, Action: action,
	})
	a.Ended, a.Result, a.Version = tr.moment(), OK, in.Version
	if err != nil {
		a.Result = Rejected
	}
	tr.h.Acts = append(tr.h.Acts, a)
	require.NoError(tr.t, err)
}

// pass lets time pass, second by second.
func (tr *trial) pass(d time.Duration) {
	tr.t.Helper()
	for end := tr.now.Add(d); tr.now.Before(end); tr.now = tr.now.Add(time.Second) {
		tr.steps()
	}
}

func (tr *trial) steps() {
	tr.t.Helper()
	for range 100 {
		r, err := tr.engine.Step(tr.t.Context())
		require.NoError(tr.t, err)
		if r.Claimed == 0 {
			return
		}
	}
}

func (tr *trial) end() History {
	tr.t.Helper()
	tr.h.FaultsEnded = tr.moment()
	tr.pass(30 * time.Minute)
	tr.h.Ended = tr.moment()
	return tr.h
}

var errBusy = comms.Temporary(errors.New("busy"), 0)

func small() Plan {
	p := everything()
	p.Policies[0] = Policy{ID: "default", Repeat: 1, Steps: []Step{
		{Targets: []Target{{"schedule", "primary"}, {"person", "mute"}}, Wait: time.Minute},
		{Targets: []Target{{"team", "all"}, {"channel", "room"}}, Wait: 2 * time.Minute},
	}}
	return p
}

// TestRealTrialsAreGood judges what the real engine did without any fault, with
// answers of every kind, and with channels that fail. There is nothing to find.
func TestRealTrialsAreGood(t *testing.T) {
	t.Parallel()
	for name, play := range map[string]func(*trial){
		"nobody answers": func(*trial) {},
		"answers": func(tr *trial) {
			id := tr.h.Streams[0].Incident
			tr.pass(70 * time.Second)
			tr.do(id, "ana", incident.DeclinePage{})
			tr.pass(time.Second)
			tr.do(id, "ben", incident.DeclinePage{})
			tr.pass(20 * time.Second)
			tr.do(id, "ben", incident.Acknowledge{})
			tr.pass(20 * time.Second)
			tr.do(id, "ben", incident.HandBack{})
			tr.pass(20 * time.Second)
			tr.do(id, "ben", incident.Snooze{Until: tr.now.Add(3 * time.Minute)})
			tr.pass(4 * time.Minute)
			tr.do(id, "ben", incident.Reassign{To: []incident.Target{{Type: "person", ID: "cleo"}}})
			tr.pass(20 * time.Second)
			tr.do(id, "ben", incident.Repage{})
			tr.pass(20 * time.Second)
			tr.do(id, "ben", incident.EscalateNext{})
			tr.do(id, "ben", incident.EscalateNext{})
		},
		"channels that fail": func(tr *trial) {
			tr.answer = func(m comms.Message) error {
				switch m.To.Channel {
				case "sms":
					return errBusy
				case "mail":
					return errors.New("what")
				}
				return comms.Permanent(errors.New("no"))
			}
			tr.pass(10 * time.Minute)
			tr.answer = nil
		},
		"resolved, reopened, escalated anew": func(tr *trial) {
			id := tr.h.Streams[0].Incident
			tr.do(id, "ana", incident.Accept{Severity: "SEV1"})
			tr.pass(time.Minute)
			tr.do(id, "ana", incident.Resolve{Summary: "gone"})
			tr.pass(time.Minute)
			tr.ingest("db", nil)
			tr.pass(time.Minute)
			tr.do("inc-2", "ana", incident.Accept{Severity: "SEV2"})
			tr.do("inc-2", "ana", incident.Resolve{Summary: "gone"})
			tr.do("inc-2", "ana", incident.Reopen{Reason: "back"})
			tr.pass(time.Minute)
			tr.do("inc-2", "ana", incident.Acknowledge{})
			tr.do("inc-2", "ana", incident.Escalate{Reason: "help"})
			tr.pass(time.Minute)
			p := small()
			p.Schedules[0].Overrides = append(p.Schedules[0].Overrides, Override{ID: "o3", Start: tr.now, End: tr.now.Add(time.Hour), People: []string{"cleo"}})
			tr.savePlan(p)
			tr.pass(time.Minute)
			tr.do("inc-2", "ana", incident.Escalate{Reason: "more help"})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tr := newTrial(t)
			tr.savePlan(small())
			tr.ingest("db", nil)
			play(tr)
			h := tr.end()
			for _, v := range Judge(h) {
				t.Error(v)
			}
			require.NotEmpty(t, h.Sends)
		})
	}
}

// goodHistory is a trial in which nobody answers, hardHistory one in which channels
// fail and people answer.
func goodHistory(t testing.TB) History {
	t.Helper()
	tr := newTrial(t)
	tr.savePlan(small())
	tr.ingest("db", nil)
	return tr.end()
}

func hardHistory(t testing.TB) History {
	t.Helper()
	tr := newTrial(t)
	tr.savePlan(small())
	id := tr.ingest("db", nil)
	n := 0
	tr.answer = func(comms.Message) error {
		n++
		return []error{errBusy, nil, errors.New("what"), comms.Permanent(errors.New("no")), nil}[n%5]
	}
	tr.pass(5 * time.Minute)
	tr.answer = nil
	tr.do(id, "ana", incident.Escalate{Reason: "again"})
	tr.pass(90 * time.Second)
	tr.do(id, "ben", incident.Acknowledge{})
	return tr.end()
}
