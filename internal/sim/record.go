package sim

import (
	"context"
	"errors"
	"time"

	"github.com/incidentkit/incidentkit/internal/oracle"
	"github.com/incidentkit/incidentkit/storage"
)

// claimed enters a claim into the history.
func (w *world) claimed(p *process, t storage.Task) {
	w.tracef(p, "claims %s of %s, epoch %d, attempt %d, due %s", t.ID, t.Stream, t.Epoch, t.Attempt, t.Due.Sub(night))
	w.begun[claimed{t.Stream, t.ID, t.Epoch}] = w.current.claim
	if t.Attempt > 1 {
		w.count("claimed again")
	}
	w.history.Claims = append(w.history.Claims, oracle.Claim{
		Replica: p.String(), Tenant: t.Stream.Tenant, Stream: t.Stream.ID, Task: t.ID, Kind: t.Kind,
		Epoch: t.Epoch, Attempt: t.Attempt, Due: t.Due, Until: t.LeaseUntil, Moment: w.current.claim,
	})
}

// wrote enters a commit into the history.
func (w *world) wrote(p *process, c storage.Change, begun oracle.Moment, done storage.Committed, err error) {
	write := oracle.Write{
		Replica: p.String(), Tenant: c.Stream.Tenant, Stream: c.Stream.ID, Kind: oracle.Committed,
		Cancelled: c.Cancel, Begun: begun, Ended: w.here(), Applied: err == nil && !done.Replayed, Replayed: done.Replayed,
	}
	if c.Fence != nil {
		write.Task, write.Epoch = c.Fence.Task, c.Fence.Epoch
	}
	for _, t := range c.Schedule {
		write.Scheduled = append(write.Scheduled, t.ID)
	}
	if write.Applied {
		w.scheduled(p, c)
	}
	if n := len(c.Events); n > 0 {
		write.First, write.Last = c.Events[0].Version, c.Events[n-1].Version
	}
	w.history.Writes = append(w.history.Writes, write)
	w.countError("commit", err)
	if done.Replayed {
		w.count("replayed")
	}
	if !write.Applied || write.First == 0 {
		return
	}
	began := w.current.began
	if w.current.claim.Seq != 0 {
		began = w.current.claim
	}
	if c.Fence != nil {
		began = w.begun[claimed{c.Stream, c.Fence.Task, c.Fence.Epoch}]
	}
	w.commits[c.Stream] = append(w.commits[c.Stream], written{write.First, write.Last, began, write.Ended})
	if plan := w.current.plan; plan != nil && c.Stream.ID == "plan" {
		w.history.Plans = append(w.history.Plans, oracle.SavedPlan{Tenant: c.Stream.Tenant, Version: write.Last, Saved: write.Ended, Plan: *plan})
	}
	if w.log != nil {
		for _, e := range c.Events {
			w.tracef(p, "    %s v%d %s", c.Stream, e.Version, e.Type)
		}
	}
}

// scheduled keeps in mind which tasks there are.
func (w *world) scheduled(p *process, c storage.Change) {
	for _, id := range c.Cancel {
		delete(w.tasks, claimed{stream: c.Stream, task: id})
	}
	for _, t := range c.Schedule {
		if !w.poisoned[c.Stream] {
			w.tasks[claimed{stream: c.Stream, task: t.ID}] = t.Due
		}
		w.expect(t.Due, p)
	}
}

// settled enters a settlement into the history.
func (w *world) settled(p *process, s storage.Settlement, begun oracle.Moment, err error) {
	write := oracle.Write{
		Replica: p.String(), Tenant: s.Stream.Tenant, Stream: s.Stream.ID, Task: s.Fence.Task, Epoch: s.Fence.Epoch,
		Begun: begun, Ended: w.here(), Applied: err == nil,
	}
	switch s.Outcome {
	case storage.Done:
		write.Kind = oracle.Settled
		if err == nil {
			delete(w.tasks, claimed{stream: s.Stream, task: s.Fence.Task})
		}
	case storage.Retry:
		write.Kind = oracle.Postponed
		if err == nil {
			w.expect(w.clock().Add(s.Delay), p)
		}
	case storage.Extend:
		write.Kind = oracle.Extended
		write.Until = w.clock().Add(s.Delay).Truncate(time.Microsecond)
		w.count("extended")
	}
	w.tracef(p, "    %s of %s: %s by %s", s.Fence.Task, s.Stream, s.Outcome, s.Delay)
	w.history.Writes = append(w.history.Writes, write)
	w.countError("settle", err)
}

// collect reads what is in the store in the end.
func (w *world) collect() {
	ctx := context.Background()
	for _, tenant := range w.names {
		q := storage.ListQuery{Tenant: tenant, Kind: "incident", Limit: storage.MaxPage}
		for {
			page, err := w.store.List(ctx, q)
			must(err)
			for _, head := range page.Heads {
				w.history.Streams = append(w.history.Streams, w.stream(ctx, head))
			}
			if q.Cursor = page.Next; q.Cursor == "" {
				break
			}
		}
	}
	w.offset += 100 * 365 * 24 * time.Hour // so that everything is due
	for {
		claims, err := w.store.Claim(ctx, storage.ClaimQuery{Worker: "end", Limit: storage.MaxClaim, Lease: 365 * 24 * time.Hour})
		must(err)
		for _, t := range claims.Tasks {
			w.history.Tasks = append(w.history.Tasks, oracle.Task{
				Tenant: t.Stream.Tenant, Stream: t.Stream.ID, ID: t.ID, Kind: t.Kind, Due: t.Due, Poisoned: w.poisoned[t.Stream],
			})
		}
		if len(claims.Tasks) == 0 {
			return
		}
	}
}

func (w *world) stream(ctx context.Context, head storage.Head) oracle.Stream {
	s := oracle.Stream{
		Tenant: head.Stream.Tenant, Incident: incidentID(head.Stream), Poisoned: w.poisoned[head.Stream],
		Snapshot: head.Snapshot.Data, Version: head.Version,
	}
	events, err := w.store.Events(ctx, head.Stream, storage.EventsQuery{})
	must(err)
	commits := w.commits[head.Stream]
	for _, e := range events {
		for len(commits) > 0 && commits[0].last < e.Version {
			commits = commits[1:]
		}
		r := oracle.Record{Version: e.Version, Type: e.Type, RecordedAt: e.RecordedAt, Data: e.Data}
		if len(commits) > 0 && commits[0].first <= e.Version {
			r.Began, r.Committed = commits[0].began, commits[0].ended
		}
		s.Records = append(s.Records, r)
	}
	return s
}

// countError counts what a store refuses.
func (w *world) countError(what string, err error) {
	switch {
	case errors.Is(err, storage.ErrFenced):
		w.count(what + " fenced")
	case errors.Is(err, storage.ErrConflict):
		w.count(what + " conflict")
	case errors.Is(err, storage.ErrKeyTaken):
		w.count(what + " key taken")
	case errors.Is(err, storage.ErrInvalid):
		w.count(what + " invalid")
	}
}
