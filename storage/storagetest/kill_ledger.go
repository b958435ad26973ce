package storagetest

import (
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/incidentkit/incidentkit/storage"
)

// ledger is what the killed processes got acknowledged, all rounds together.
type ledger struct {
	version  map[storage.Stream]uint64
	epoch    map[modelTaskID]uint64
	settled  map[modelTaskID]bool // true: acknowledged; false: perhaps
	finished map[modelTaskID]bool
}

func newLedger() *ledger {
	return &ledger{
		version:  map[storage.Stream]uint64{},
		epoch:    map[modelTaskID]uint64{},
		settled:  map[modelTaskID]bool{},
		finished: map[modelTaskID]bool{},
	}
}

// acknowledge enters one line of a killed process.
func (l *ledger) acknowledge(line string) error {
	var st storage.Stream
	var id string
	var n uint64
	verb, rest, _ := strings.Cut(line, " ")
	switch verb {
	case "commit":
		_, err := fmt.Sscan(rest, &st.Tenant, &st.ID, &n)
		l.version[st] = max(l.version[st], n)
		return err
	case "claim":
		_, err := fmt.Sscan(rest, &st.Tenant, &st.ID, &id, &n)
		if t := (modelTaskID{st, id}); err == nil && n <= l.epoch[t] {
			err = fmt.Errorf("the epoch is not above %d", l.epoch[t])
		}
		l.epoch[modelTaskID{st, id}] = n
		return err
	case "settling", "settled":
		_, err := fmt.Sscan(rest, &st.Tenant, &st.ID, &id)
		l.settled[modelTaskID{st, id}] = verb == "settled"
		return err
	}
	return errors.New("that is no acknowledgement")
}

// check holds a store against the ledger.
func (l *ledger) check(e *env) {
	e.Helper()
	expected := map[modelTaskID]bool{}
	for _, st := range victimStreams {
		l.checkStream(e, st, expected)
	}
	l.checkTasks(e, expected)
}

// checkStream checks one stream, and adds the tasks that its events leave.
func (l *ledger) checkStream(e *env, st storage.Stream, expected map[modelTaskID]bool) {
	e.Helper()
	head := e.load(st)
	if head.Version < l.version[st] {
		e.Errorf("%s is at version %d, but %d was acknowledged", st, head.Version, l.version[st])
	}
	events := e.events(st, storage.EventsQuery{})
	if uint64(len(events)) != head.Version {
		e.Errorf("%s is at version %d and has %d events", st, head.Version, len(events))
		return
	}
	var last uint64 // the version that the change of the event before led to
	for i, ev := range events {
		var leads uint64
		var task string
		_, _ = fmt.Sscan(string(ev.Data), &leads, &task)
		if ev.Version != uint64(i)+1 || leads < ev.Version || last > uint64(i) && leads != last {
			e.Errorf("event %d of %s has version %d and data %q, want no hole and no part of a change", i+1, st, ev.Version, ev.Data)
			return
		}
		last = leads
		if ev.Version < leads {
			continue
		}
		if ev.Type == finished {
			delete(expected, modelTaskID{st, task})
			l.finished[modelTaskID{st, task}] = true
		} else {
			expected[modelTaskID{st, taskAt(leads)}] = true
		}
	}
	if head.Version == 0 {
		return
	}
	if last != head.Version || string(head.Snapshot.Data) != fmt.Sprint(head.Version) {
		e.Errorf("%s is at version %d with the snapshot %q, and its last change led to %d: a change is there by half",
			st, head.Version, head.Snapshot.Data, last)
	}
	if owner := e.holder(st.Tenant, keyAt(st, head.Version)); owner != st {
		e.Errorf("the key of %s at version %d is held by %q", st, head.Version, owner.ID)
	}
	for v := range head.Version {
		if owner := e.holder(st.Tenant, keyAt(st, v)); owner.ID != "" {
			e.Errorf("the key of %s at version %d is still held at version %d", st, v, head.Version)
		}
	}
	again := change(st, 0, 1)
	again.Operation = operationAt(head.Version)
	if out := e.commit(again); out != (storage.Committed{Version: head.Version, Replayed: true}) {
		e.Errorf("the last operation of %s again: %+v, want version %d, replayed", st, out, head.Version)
	}
}

// checkTasks claims every task that there is, which shows which there are, and
// ends them, so that the next round starts with none.
func (l *ledger) checkTasks(e *env, expected map[modelTaskID]bool) {
	e.Helper()
	maps.DeleteFunc(expected, func(id modelTaskID, _ bool) bool { return l.settled[id] })
	tick := e.ticker("tasks are still leased to a process that was killed")
	for {
		claims := e.claim(storage.MaxClaim, long)
		for _, t := range claims.Tasks {
			id := modelTaskID{t.Stream, t.ID}
			switch {
			case !expected[id]:
				e.Errorf("the task %s of %s is there (attempt %d), though it was ended, or its change never happened", t.ID, t.Stream, t.Attempt)
			case t.Epoch <= l.epoch[id]:
				e.Errorf("the task %s of %s was claimed at epoch %d, want it above %d", t.ID, t.Stream, t.Epoch, l.epoch[id])
			case string(t.Payload) != t.ID:
				e.Errorf("the task %s of %s has the payload %q", t.ID, t.Stream, t.Payload)
			}
			delete(expected, id)
			l.epoch[id] = t.Epoch
			e.settle(t, storage.Done, 0)
			l.settled[id] = true
		}
		if claims.Next.IsZero() {
			break
		}
		tick()
	}
	for id := range expected {
		// A Settle that was under way may have been done; then it stays done.
		if _, tried := l.settled[id]; !tried {
			e.Errorf("the task %s of %s is lost", id.id, id.stream)
		}
		l.settled[id] = true
	}
	if len(expected) > 1 {
		e.Errorf("%d tasks are gone whose end was never acknowledged, want at most the one under way", len(expected))
	}
}
