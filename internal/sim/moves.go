package sim

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/internal/oracle"
	"github.com/incidentkit/incidentkit/storage"
)

func incidentID(s storage.Stream) incident.ID { return incident.ID(s.ID) }

// must is for what the world does to its own store, which never fails.
func must(err error) {
	if err != nil {
		panic(fmt.Sprintf("sim: %v", err)) //nolint:forbidigo // a fault of the simulator
	}
}

// move does what a move says.
func (w *world) move(m Move) {
	w.count("move " + string(m.Kind))
	p := w.processes[m.Replica%len(w.processes)]
	tenant := w.names[m.Tenant%len(w.names)]
	w.tracef(nil, "MOVE %d: %s of replica %s, tenant %s, %s %s %s (of %d), for %s", m.ID, m.Kind, p, tenant, m.Key, m.What, m.Who, m.Of, m.For.D())
	switch m.Kind {
	case MoveAlert, MoveStorm:
		w.ingest(m.ID, m.Replica, tenant, w.alerts(m, tenant))
	case MoveOpen:
		w.declare(m, tenant)
	case MoveAct:
		w.act(m, tenant)
	case MovePlan:
		w.save(m.ID, m.Replica, m.Tenant%len(w.names))
	case MoveKill, MovePause, MoveReplace, MoveClock:
		w.disturb(p, m)
	case MoveStoreDown, MoveStoreHangs, MoveFailover, MoveStoreClock:
		w.disturbStore(m)
	case MoveProvider:
		w.disturbProvider(m)
	case MovePoison:
		w.poison(m, tenant)
	case MoveLose:
		w.lose(m, tenant)
	}
}

// alerts are those of a move: each of a storm has a key of its own, up to a number.
func (w *world) alerts(m Move, tenant string) []incident.Alert {
	status := incident.Firing
	if m.What == "resolved" {
		status = incident.AlertResolved
	}
	out := make([]incident.Alert, max(1, m.N))
	for i := range out {
		key := keyOf(m, tenant)
		if m.Kind == MoveStorm {
			key = fmt.Sprintf("%s-%s-%d", m.Key, tenant, i)
		}
		out[i] = incident.Alert{
			Source: "alertmanager", DedupKey: key, Fingerprint: key, Status: status,
			Summary: "payments of " + tenant + " fail", Labels: map[string]string{"severity": m.What},
			StartsAt: night.Add(m.At.D()),
		}
	}
	return out
}

// keyOf is the dedup key of a move. One of them is the same text for all tenants.
func keyOf(m Move, tenant string) string {
	if m.Key == "api" {
		return m.Key
	}
	return m.Key + "-" + tenant
}

// declare has somebody open an incident. The operations of all tenants are the same
// texts, the titles are not.
func (w *world) declare(m Move, tenant string) {
	who := m.Who + "-" + tenant
	w.opened[tenant]++
	operation := fmt.Sprintf("open-%d", w.opened[tenant])
	action := incident.Open{Declare: true, Title: "payments of " + tenant + " fail, says " + operation, Severity: m.What}
	if m.Key != "" {
		action.DedupKeys = []string{keyOf(m, tenant)}
	}
	w.command(m.ID, m.Replica, tenant, who, "", operation, action)
}

// act lets somebody do something about the incident of another move.
func (w *world) act(m Move, tenant string) {
	of := w.incidents[m.Of]
	if len(of) == 0 {
		return
	}
	id := of[m.N%len(of)]
	who := m.Who + "-" + tenant
	operation := fmt.Sprintf("move-%d", m.ID)
	if m.ID%3 == 0 {
		operation = ""
	}
	w.command(m.ID, m.Replica, tenant, who, id, operation, w.action(m, tenant))
}

// action is what a move has somebody do.
func (w *world) action(m Move, tenant string) incident.Action {
	switch incident.ActionName(m.What) {
	case incident.DeclinePageAction:
		return incident.DeclinePage{}
	case incident.SnoozeAction:
		return incident.Snooze{Until: w.clock().Add(m.For.D())}
	case incident.HandBackAction:
		return incident.HandBack{}
	case incident.ReassignAction:
		return incident.Reassign{To: []incident.Target{{Type: "person", ID: "dora-" + tenant}}}
	case incident.RepageAction:
		return incident.Repage{}
	case incident.EscalateNextAction:
		return incident.EscalateNext{}
	case incident.EscalateAction:
		return incident.Escalate{Reason: "anew"}
	case incident.AcceptAction:
		return incident.Accept{Severity: "SEV1"}
	case incident.DeclineAction:
		return incident.Decline{Reason: "nothing"}
	case incident.CancelAction:
		return incident.Cancel{Reason: "a mistake"}
	case incident.MitigateAction:
		return incident.Mitigate{Summary: "turned off"}
	case incident.ResolveAction:
		return incident.Resolve{Summary: "mended"}
	case incident.ReopenAction:
		return incident.Reopen{Reason: "again"}
	case incident.CloseAction:
		return incident.Close{}
	case incident.SetSeverityAction:
		return incident.SetSeverity{Severity: "SEV2", Reason: "not so bad"}
	case incident.AddNoteAction:
		return incident.AddNote{Text: "looking at " + tenant}
	case incident.MergeAction:
		into := incident.ID("none")
		if other := w.incidents[m.Into]; len(other) > 0 {
			into = other[0]
		}
		return incident.Merge{Into: into}
	default:
		return incident.Acknowledge{}
	}
}

// disturb does something to a process.
func (w *world) disturb(p *process, m Move) {
	switch m.Kind {
	case MoveKill:
		w.kill(p, "as it goes")
		w.restart(p, m.For.D())
	case MovePause:
		p.stop(m.For.D())
	case MoveReplace:
		if m.New != nil && !p.dead {
			w.drain(p, *m.New)
		}
	default:
		p.jumped += m.For.D()
		w.history.Outages = append(w.history.Outages, oracle.Outage{Kind: oracle.Jumped, Replica: p.String(), From: w.here(), To: w.here()})
		w.count("clock set")
	}
}

// restart starts a dead process again after a time.
func (w *world) restart(p *process, after time.Duration) {
	w.at(w.now.Add(after), func() {
		if w.processes[p.replica] == p && p.dead {
			w.start(p.replica, p.settings)
		}
	})
}

// drain lets a process finish what it has at hand, and starts another in its place.
func (w *world) drain(p *process, settings Replica) {
	if p.draining {
		return
	}
	w.tracef(p, "is drained")
	p.draining = true
	p.release()
	w.whenDrained(p, settings)
}

func (w *world) whenDrained(p *process, settings Replica) {
	w.at(w.now.Add(500*time.Millisecond), func() {
		switch {
		case p.dead:
			if w.processes[p.replica] == p {
				w.start(p.replica, settings)
			}
		case p.loops > 0:
			w.whenDrained(p, settings)
		default:
			p.down = w.outage(oracle.Outage{Kind: oracle.Down, Replica: p.String()})
			p.dead = true
			w.count("replaced")
			w.start(p.replica, settings)
		}
	})
}

// disturbStore does something to the store.
func (w *world) disturbStore(m Move) {
	if m.Kind == MoveStoreClock {
		w.setClock(m.For.D())
		return
	}
	if m.Kind == MoveFailover {
		w.at(w.now.Add(m.For.D()/2), func() { w.setClock(time.Duration(m.N) * time.Millisecond) })
	}
	w.hangs = m.Kind == MoveStoreHangs
	w.storeDown = later(w.storeDown, w.now.Add(m.For.D()))
	w.lasting(oracle.Outage{Kind: oracle.Store}, m.For.D())
}

// disturbProvider takes a channel down.
func (w *world) disturbProvider(m Move) {
	o := &outage{until: w.now.Add(m.For.D()), how: SendFails}
	if m.N < 0 { // only for one tenant
		o.tenant = w.names[m.Tenant%len(w.names)]
	}
	_ = o.how.UnmarshalText([]byte(m.What))
	if m.N > 0 {
		o.after = time.Duration(m.N) * time.Second
	}
	w.providers[m.Key] = o
	w.lasting(oracle.Outage{Kind: oracle.Provider, Channel: m.Key, Tenant: o.tenant}, m.For.D())
}

// poison puts something into the store that no engine can read.
func (w *world) poison(m Move, tenant string) {
	s := storage.Stream{Tenant: tenant, ID: fmt.Sprintf("poison-%04d", m.ID)}
	w.poisoned[s] = true
	c := storage.Change{
		Stream:   s,
		Events:   []storage.Event{{Version: 1, Type: "incident.opened", RecordedAt: w.clock(), Data: []byte(`{"v":99,"mood":"low"}`)}},
		Snapshot: storage.Snapshot{Kind: "incident", Status: "active", Data: []byte(`{"v":99,"mood":"low"}`)},
	}
	kinds := []string{"wake", "deliver", "notice", "alarm", "turn", "of-a-newer-version"}
	for i := range max(1, m.N) {
		c.Schedule = append(c.Schedule, storage.TaskSpec{
			ID: fmt.Sprintf("poison-%d", i), Kind: kinds[(m.ID+i)%len(kinds)], Due: w.clock(), Payload: []byte("\xff{"),
		})
	}
	_, err := w.store.Commit(context.Background(), c)
	must(err)
	w.scheduled(nil, c)
}

// lose takes a task out of the store that the auditor can miss: a wake-up, or that
// of a page which nobody has tried to send.
func (w *world) lose(m Move, tenant string) {
	var candidates []claimed
	for t := range w.tasks {
		if t.stream.Tenant == tenant && (t.task == "wake" || w.untried(t)) {
			candidates = append(candidates, t)
		}
	}
	if len(candidates) == 0 {
		return
	}
	slices.SortFunc(candidates, func(a, b claimed) int {
		return cmp.Or(cmp.Compare(a.stream.ID, b.stream.ID), cmp.Compare(a.task, b.task))
	})
	t := candidates[m.N%len(candidates)]
	head, err := w.store.Load(context.Background(), storage.Ref{Tenant: tenant, ID: t.stream.ID})
	must(err)
	_, err = w.store.Commit(context.Background(), storage.Change{Stream: t.stream, Expect: head.Version, Cancel: []string{t.task}})
	must(err)
	w.missed = later(w.missed, later(w.clock(), w.tasks[t]).Add(2*w.overdue()))
	delete(w.tasks, t)
	w.tracef(nil, "%s of %s is lost", t.task, t.stream)
	w.history.Outages = append(w.history.Outages, oracle.Outage{Kind: oracle.Lost, Tenant: tenant, From: w.here(), To: w.here()})
}

// untried reports whether a task is to send a page that nobody has tried to send.
func (w *world) untried(t claimed) bool {
	key, ok := strings.CutPrefix(t.task, "deliver:")
	if !ok {
		return false
	}
	head, err := w.store.Load(context.Background(), storage.Ref{Tenant: t.stream.Tenant, ID: t.stream.ID})
	must(err)
	in, err := incident.DecodeSnapshot(head.Snapshot.Data)
	must(err)
	page, ok := in.Page(key)
	return ok && page.State == incident.Pending && len(page.Tries) == 0 && !page.Stalled
}
