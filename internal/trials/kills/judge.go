//go:build linux || darwin

package kills

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/internal/oracle"
	"github.com/incidentkit/incidentkit/storage"
)

// Outcome is what came of a world.
type Outcome struct {
	World      string
	Store      Kind
	History    oracle.History
	Counts     map[string]int
	Violations []oracle.Violation
	Lines      []Line
	Wrong      []string // what went wrong besides: with the harness, a worker, the host
}

// kindIncident is storage.Snapshot.Kind of incidents.
const kindIncident = "incident"

// unfinished says what is still to be done in the world; empty: nothing.
func (h *Host) unfinished(ctx context.Context) (string, error) {
	for _, tenant := range h.tenants {
		for q := (incidentkit.Query{Limit: storage.MaxPage}); ; {
			page, err := h.engine.Incidents(ctx, tenant, q)
			if err != nil {
				return "", err
			}
			for _, in := range page.Incidents {
				if why := busyWith(in); why != "" {
					return fmt.Sprintf("%s/%s: %s", tenant, in.ID, why), nil
				}
			}
			if q.Cursor = page.Next; q.Cursor == "" {
				break
			}
		}
	}
	return "", nil
}

// busyWith says what an incident still waits for.
func busyWith(in incident.Incident) string {
	run, _ := in.CurrentRun()
	if run.State == incident.Running {
		return "the escalation goes on"
	}
	for _, p := range in.Pages {
		if p.State == incident.Pending {
			return "page " + p.Key + " is pending"
		}
	}
	return ""
}

// judge gathers all that is known, and has it judged.
func (w *World) judge(ctx context.Context) (*Outcome, error) {
	store, err := w.Direct.Open(ctx)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	h := oracle.History{
		Settings: oracle.Settings{
			Lease: w.Lease, Poll: poll, NotifyTimeout: w.Lease / 3, Overdue: overdue, AuditEvery: overdue / 2,
			Slack: slack, Canaries: map[string]string{},
		},
		Sends: w.log.sends(), Acts: w.host.history(), Alarms: w.log.alarms(), Outages: append(w.outages(), w.log.failures(w.Lease)...),
		FaultsEnded: w.ended, Ended: oracle.Moment{At: time.Now()},
	}
	for _, tenant := range tenants {
		h.Settings.Canaries[tenant] = tenant + "-"
		if err := gather(ctx, store, tenant, w.host.saved[tenant], &h); err != nil {
			return nil, err
		}
	}
	claims, err := store.Claim(ctx, storage.ClaimQuery{Worker: "judge", Limit: storage.MaxClaim, Lease: time.Minute})
	if err != nil {
		return nil, err
	}
	for _, t := range claims.Tasks {
		h.Tasks = append(h.Tasks, oracle.Task{Tenant: t.Stream.Tenant, Stream: t.Stream.ID, ID: t.ID, Kind: t.Kind, Due: t.Due})
	}
	out := &Outcome{World: w.Name, Store: w.Database.Kind, History: h, Violations: oracle.Judge(h), Wrong: w.wrongs, Lines: w.log.all()}
	if err := w.fates(ctx, store); err != nil {
		return nil, err
	}
	out.Wrong = slices.Concat(out.Wrong, w.host.check(ctx, h), w.host.unforeseen, w.log.garbage)
	for _, s := range w.seats {
		out.Wrong = append(out.Wrong, s.faults...)
	}
	w.count(h)
	out.Counts = w.tally.all()
	return out, nil
}

const (
	overdue = 20 * time.Second
	slack   = 2 * time.Second
)

// gather adds what is stored of a tenant.
func gather(ctx context.Context, store storage.Store, tenant string, plans []oracle.Plan, h *oracle.History) error {
	saved, err := store.Events(ctx, storage.Stream{Tenant: tenant, ID: "plan"}, storage.EventsQuery{})
	if err != nil {
		return err
	}
	if len(saved) != len(plans) {
		return fmt.Errorf("kills: %d plans of %s are stored, and %d were saved", len(saved), tenant, len(plans))
	}
	for i, p := range plans {
		h.Plans = append(h.Plans, oracle.SavedPlan{
			Tenant: tenant, Version: saved[i].Version, Saved: oracle.Moment{At: saved[i].RecordedAt}, Plan: p,
		})
	}
	slices.SortStableFunc(h.Plans, func(a, b oracle.SavedPlan) int { return a.Saved.At.Compare(b.Saved.At) })
	for q := (storage.ListQuery{Tenant: tenant, Kind: kindIncident, Limit: storage.MaxPage}); ; {
		page, err := store.List(ctx, q)
		if err != nil {
			return err
		}
		for _, head := range page.Heads {
			events, err := store.Events(ctx, head.Stream, storage.EventsQuery{})
			if err != nil {
				return err
			}
			s := oracle.Stream{Tenant: tenant, Incident: incident.ID(head.Stream.ID), Snapshot: head.Snapshot.Data, Version: head.Version}
			for _, e := range events {
				s.Records = append(s.Records, oracle.Record{Version: e.Version, Type: e.Type, RecordedAt: e.RecordedAt, Data: e.Data})
			}
			h.Streams = append(h.Streams, s)
		}
		if q.Cursor = page.Next; q.Cursor == "" {
			return nil
		}
	}
}

// call names one call of a notifier.
type call struct {
	worker string
	life   int
	number int
}

// sends puts together what the notifiers said.
func (b *logbook) sends() []oracle.Send {
	var all []oracle.Send
	open := map[call]int{}
	for _, l := range b.all() {
		id := call{l.Worker, l.Life, l.Call}
		switch l.What {
		case SendBegun:
			open[id] = len(all)
			m := l.Message
			all = append(all, oracle.Send{
				Replica: l.Worker, Key: m.Key, Tenant: m.Tenant, Incident: incident.ID(m.Incident),
				Person: m.Person, Channel: m.Channel, To: m.To, Attempt: m.Attempt, PossibleDuplicate: m.Duplicate,
				PlanVersion: m.PlanVersion, Text: m.Text, Begun: oracle.Moment{At: l.At},
			})
		case Arrived:
			all[open[id]].Arrived = true
		case SendEnded:
			s := &all[open[id]]
			s.Ended, s.Answer = oracle.Moment{At: l.At}, l.Answer
		default:
		}
	}
	return all
}

func (b *logbook) alarms() []oracle.Alarm {
	var all []oracle.Alarm
	for _, l := range b.all() {
		if l.What == Alarmed {
			all = append(all, oracle.Alarm{
				Tenant: l.Alarm.Tenant, Incident: incident.ID(l.Alarm.Incident), Kind: l.Alarm.Kind, Moment: oracle.Moment{At: l.At},
			})
		}
	}
	return all
}

// failures are the times in which a call of the store failed, each as an outage for
// its worker: it may have taken as long as a lease.
func (b *logbook) failures(lease time.Duration) []oracle.Outage {
	var all []oracle.Outage
	for _, l := range b.all() {
		if l.What == Unsure || l.What == Trouble {
			all = append(all, oracle.Outage{
				Kind: oracle.Store, Replica: l.Worker, From: oracle.Moment{At: l.At.Add(-lease)}, To: oracle.Moment{At: l.At},
			})
		}
	}
	return all
}

// count adds what happened in the world to what was done to it.
func (w *World) count(h oracle.History) {
	w.tally.add("incidents", len(h.Streams))
	w.tally.add("calls of a notifier", len(h.Sends))
	arrivals := map[string]int{}
	for _, s := range h.Sends {
		if s.Arrived {
			arrivals[s.Key]++
		}
	}
	w.tally.add("messages that arrived", len(arrivals))
	for _, n := range arrivals {
		if n > 1 {
			w.tally.add("messages that arrived twice", 1)
		}
	}
	uncertain := 0
	for _, a := range h.Acts {
		if a.Result == oracle.Uncertain {
			uncertain++
		}
	}
	w.tally.add("calls of the host", len(h.Acts))
	w.tally.add("calls of the host without a clear answer", uncertain)
}

// fates finds out what became of the commits of which nobody knew.
func (w *World) fates(ctx context.Context, store storage.Store) error {
	lines := w.log.all()
	for i, l := range lines {
		if l.What != Unsure {
			continue
		}
		done, err := applied(ctx, store, lines[i+1:], l)
		if err != nil {
			return err
		}
		what := "commits without an answer that had "
		if w.Proxy != nil && !l.Ended {
			what = "commits whose connection was cut that had "
		}
		if done {
			w.tally.add(what+"been done", 1)
		} else {
			w.tally.add(what+"not been done", 1)
		}
	}
	return nil
}

// applied reports whether a commit was done of which its worker could not tell. If
// it was repeated, and the repetition was the first, it was not.
func applied(ctx context.Context, store storage.Store, after []Line, l Line) (bool, error) {
	for _, next := range after {
		if next.What == Settled && next.Worker == l.Worker && next.Life == l.Life && sameWrite(next.Write, l.Write) {
			return next.Write.Replayed, nil
		}
	}
	events, err := store.Events(ctx, storage.Stream{Tenant: l.Write.Tenant, ID: l.Write.Stream}, storage.EventsQuery{After: l.Write.Version - 1, Limit: 1})
	if err != nil || len(events) == 0 {
		return false, err
	}
	return digest(events[0].Data) == l.Write.Digest, nil
}

func sameWrite(a, b *Write) bool {
	return a.Tenant == b.Tenant && a.Stream == b.Stream && a.Version == b.Version && a.Digest == b.Digest
}
