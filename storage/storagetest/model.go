package storagetest

import (
	"cmp"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/storage"
)

// model says what a store should answer, as plainly as it can be said: it keeps
// everything in maps and looks at all of it each time.
type model struct {
	streams map[storage.Stream]*modelStream
	keys    map[modelKey]storage.Stream
	tasks   map[modelTaskID]*modelTask
	epochs  map[modelTaskID]uint64 // the greatest ever seen
}

type (
	modelStream struct {
		events   []storage.Event
		snapshot storage.Snapshot
		done     map[string]uint64
	}
	modelKey    struct{ tenant, key string }
	modelTaskID struct {
		stream storage.Stream
		id     string
	}
	modelTask struct {
		spec    storage.TaskSpec
		claimed bool
		attempt int
		epoch   uint64
		until   time.Time
	}
)

func newModel() *model {
	return &model{
		streams: map[storage.Stream]*modelStream{},
		keys:    map[modelKey]storage.Stream{},
		tasks:   map[modelTaskID]*modelTask{},
		epochs:  map[modelTaskID]uint64{},
	}
}

func (m *model) version(st storage.Stream) uint64 {
	if s := m.streams[st]; s != nil {
		return uint64(len(s.events))
	}
	return 0
}

func (m *model) holds(st storage.Stream, f storage.Fence) *modelTask {
	t := m.tasks[modelTaskID{st, f.Task}]
	if t != nil && t.claimed && t.epoch == f.Epoch {
		return t
	}
	return nil
}

func (m *model) commit(c storage.Change) (storage.Committed, error) {
	s := m.streams[c.Stream]
	if s != nil && c.Operation != "" && s.done[c.Operation] > 0 {
		return storage.Committed{Version: s.done[c.Operation], Replayed: true}, nil
	}
	if c.Fence != nil && m.holds(c.Stream, *c.Fence) == nil {
		return storage.Committed{}, storage.ErrFenced
	}
	if c.Expect != m.version(c.Stream) {
		return storage.Committed{}, storage.ErrConflict
	}
	for _, key := range c.Take {
		if owner, ok := m.keys[modelKey{c.Stream.Tenant, key}]; ok && owner != c.Stream {
			return storage.Committed{}, &storage.KeyTakenError{Key: key, Owner: owner}
		}
	}

	if s == nil {
		s = &modelStream{done: map[string]uint64{}}
		m.streams[c.Stream] = s
	}
	s.events = append(s.events, c.Events...)
	if c.Snapshot.Kind != "" {
		s.snapshot = c.Snapshot
	}
	for _, id := range c.Cancel {
		delete(m.tasks, modelTaskID{c.Stream, id})
	}
	for _, spec := range c.Schedule {
		m.tasks[modelTaskID{c.Stream, spec.ID}] = &modelTask{spec: spec}
	}
	for _, key := range c.Release {
		if k := (modelKey{c.Stream.Tenant, key}); m.keys[k] == c.Stream {
			delete(m.keys, k)
		}
	}
	for _, key := range c.Take {
		m.keys[modelKey{c.Stream.Tenant, key}] = c.Stream
	}
	if c.Operation != "" {
		s.done[c.Operation] = m.version(c.Stream)
	}
	return storage.Committed{Version: m.version(c.Stream)}, nil
}

// claim returns what is handed out, with the epochs still to be filled in, and
// the next instant.
func (m *model) claim(now time.Time, q storage.ClaimQuery) ([]modelTaskID, time.Time) {
	var due []modelTaskID
	var next time.Time
	for id, t := range m.tasks {
		if !t.available().After(now) && !slices.Contains(q.Except, id.stream.Tenant) {
			due = append(due, id)
		}
	}
	slices.SortFunc(due, func(a, b modelTaskID) int {
		return cmp.Or(
			m.tasks[a].spec.Due.Compare(m.tasks[b].spec.Due),
			cmp.Compare(a.stream.Tenant, b.stream.Tenant),
			cmp.Compare(a.stream.ID, b.stream.ID),
			cmp.Compare(a.id, b.id),
		)
	})
	due = due[:min(q.Limit, len(due))]
	for id, t := range m.tasks {
		if at := t.available(); !slices.Contains(due, id) && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	for _, id := range due {
		t := m.tasks[id]
		t.claimed, t.until = true, now.Add(q.Lease)
		t.attempt++
	}
	return due, next
}

// available is when a task may be claimed.
func (t *modelTask) available() time.Time {
	if t.claimed {
		return t.until
	}
	return t.spec.Due
}

func (m *model) settle(now time.Time, s storage.Settlement) error {
	t := m.holds(s.Stream, s.Fence)
	if t == nil {
		return storage.ErrFenced
	}
	switch s.Outcome {
	case storage.Done:
		delete(m.tasks, modelTaskID{s.Stream, s.Fence.Task})
	case storage.Retry:
		t.claimed, t.spec.Due = false, now.Add(s.Delay)
	case storage.Extend:
		t.until = now.Add(s.Delay)
	}
	return nil
}

// list returns the ids of one page, from the id after on.
func (m *model) list(q storage.ListQuery) []string {
	var ids []string
	for st, s := range m.streams {
		if st.Tenant == q.Tenant && s.snapshot.Kind == q.Kind &&
			(len(q.Statuses) == 0 || slices.Contains(q.Statuses, s.snapshot.Status)) {
			ids = append(ids, st.ID)
		}
	}
	slices.Sort(ids)
	if q.Reverse {
		slices.Reverse(ids)
	}
	return ids
}
