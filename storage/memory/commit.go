package memory

import (
	"context"
	"fmt"
	"slices"

	"github.com/incidentkit/incidentkit/storage"
)

// Commit implements storage.Store. Every check comes before the first write,
// so that nothing is ever to be undone.
func (s *Store) Commit(ctx context.Context, c storage.Change) (storage.Committed, error) {
	if err := c.Validate(); err != nil {
		return storage.Committed{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return storage.Committed{}, err
	}

	st := s.streams[c.Stream]
	if st != nil && c.Operation != "" {
		if version, ok := st.done[c.Operation]; ok {
			return storage.Committed{Version: version, Replayed: true}, nil
		}
	}
	if err := s.check(st, c); err != nil {
		return storage.Committed{}, err
	}
	if st == nil {
		st = s.add(c.Stream, c.Snapshot.Kind)
	}
	s.apply(st, c)
	return storage.Committed{Version: st.version()}, nil
}

// check decides whether a change may be applied; st is nil for a new stream.
func (s *Store) check(st *stream, c storage.Change) error {
	if c.Fence != nil && st.held(*c.Fence) == nil {
		return storage.ErrFenced
	}
	if c.Expect != st.version() {
		return storage.ErrConflict
	}
	if kind := c.Snapshot.Kind; st != nil && kind != "" && kind != st.snapshot.Kind {
		return &storage.InvalidError{
			Field: "Change.Snapshot.Kind",
			Want:  fmt.Sprintf("%q, which a stream keeps, not %q", st.snapshot.Kind, kind),
		}
	}
	for _, key := range c.Take {
		if owner := s.keys[tenantKey{c.Stream.Tenant, key}]; owner != nil && owner != st {
			return &storage.KeyTakenError{Key: key, Owner: owner.name}
		}
	}
	return nil
}

func (s *Store) add(name storage.Stream, kind string) *stream {
	st := &stream{name: name, done: map[string]uint64{}, tasks: map[string]*task{}}
	s.streams[name] = st
	if i, known := slices.BinarySearch(s.tenants, name.Tenant); !known {
		s.tenants = slices.Insert(s.tenants, i, name.Tenant)
	}
	k := tenantKind{name.Tenant, kind}
	i, _ := position(s.kinds[k], name.ID)
	s.kinds[k] = slices.Insert(s.kinds[k], i, st)
	return st
}

func (s *Store) apply(st *stream, c storage.Change) {
	for _, e := range c.Events {
		e.RecordedAt = instant(e.RecordedAt)
		e.Data = slices.Clone(e.Data)
		st.events = append(st.events, e)
	}
	if c.Snapshot.Kind != "" {
		st.snapshot = c.Snapshot
		st.snapshot.Data = slices.Clone(c.Snapshot.Data)
	}
	for _, id := range c.Cancel {
		s.remove(st, id)
	}
	for _, spec := range c.Schedule {
		s.remove(st, spec.ID)
		spec.Due = instant(spec.Due)
		spec.Payload = slices.Clone(spec.Payload)
		t := &task{stream: st, TaskSpec: spec}
		st.tasks[t.ID] = t
		s.tasks.waiting.add(t)
	}
	for _, key := range c.Release {
		if k := (tenantKey{st.name.Tenant, key}); s.keys[k] == st {
			delete(s.keys, k)
		}
	}
	for _, key := range c.Take {
		s.keys[tenantKey{st.name.Tenant, key}] = st
	}
	if c.Operation != "" {
		st.done[c.Operation] = st.version()
	}
}

func (s *Store) remove(st *stream, id string) {
	if t := st.tasks[id]; t != nil {
		delete(st.tasks, id)
		s.tasks.remove(t)
	}
}
