// Package memory is a storage.Store that lives in the process: for tests, the
// simulator, and trying things out. What it holds ends with it.
//
// It is deterministic: the same calls at the same times of its clock give the
// same answers, in the same order.
package memory

import (
	"context"
	"iter"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/incidentkit/incidentkit/storage"
)

// Options configures a Store. The zero value is ready to use.
type Options struct {
	// Clock is the store's clock; nil: time.Now. It is called with the store
	// locked, and must not call the store. Instants are cut to microseconds.
	Clock func() time.Time
}

// Store is a storage.Store in memory. It is safe for concurrent use, and must
// not be copied.
type Store struct {
	clock func() time.Time

	mu      sync.Mutex
	streams map[storage.Stream]*stream
	tenants []string                 // that have streams, in order
	kinds   map[tenantKind][]*stream // by id
	keys    map[tenantKey]*stream    // who holds a key
	tasks   schedule
	epoch   uint64 // of the latest claim; one counter, so that no epoch ever comes back
}

type (
	tenantKind struct{ tenant, kind string }
	tenantKey  struct{ tenant, key string }
)

// stream is one stream and what belongs to it.
type stream struct {
	name     storage.Stream
	events   []storage.Event // their number is the stream's version
	snapshot storage.Snapshot
	done     map[string]uint64 // operation id -> version it led to
	tasks    map[string]*task
}

func (s *stream) version() uint64 {
	if s == nil {
		return 0
	}
	return uint64(len(s.events))
}

var (
	_ storage.Store        = (*Store)(nil)
	_ storage.TenantLister = (*Store)(nil)
)

// New returns an empty store.
func New(o Options) *Store {
	if o.Clock == nil {
		o.Clock = time.Now
	}
	return &Store{
		clock:   o.Clock,
		streams: map[storage.Stream]*stream{},
		kinds:   map[tenantKind][]*stream{},
		keys:    map[tenantKey]*stream{},
		tasks:   newSchedule(),
	}
}

// Load implements storage.Store.
func (s *Store) Load(ctx context.Context, ref storage.Ref) (storage.Head, error) {
	if err := ref.Validate(); err != nil {
		return storage.Head{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return storage.Head{}, err
	}

	now := s.now()
	found := s.streams[storage.Stream{Tenant: ref.Tenant, ID: ref.ID}]
	if ref.Key != "" {
		found = s.keys[tenantKey{ref.Tenant, ref.Key}]
	}
	if found == nil {
		return storage.Head{Stream: storage.Stream{Tenant: ref.Tenant, ID: ref.ID}, Now: now}, nil
	}
	return found.head(now), nil
}

// Events implements storage.Store.
func (s *Store) Events(ctx context.Context, name storage.Stream, q storage.EventsQuery) ([]storage.Event, error) {
	if err := name.Validate("Stream"); err != nil {
		return nil, err
	}
	if err := q.Validate(); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}

	found := s.streams[name]
	if q.After >= found.version() {
		return nil, nil
	}
	events := found.events[q.After:]
	if q.Limit > 0 && q.Limit < len(events) {
		events = events[:q.Limit]
	}
	events = slices.Clone(events)
	for i := range events {
		events[i].Data = slices.Clone(events[i].Data)
	}
	return events, nil
}

// List implements storage.Store.
func (s *Store) List(ctx context.Context, q storage.ListQuery) (storage.Page, error) {
	if err := q.Validate(); err != nil {
		return storage.Page{}, err
	}
	after, err := q.After()
	if err != nil {
		return storage.Page{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return storage.Page{}, err
	}

	var page storage.Page
	now := s.now()
	for st := range walk(s.kinds[tenantKind{q.Tenant, q.Kind}], after, q.Reverse) {
		if len(q.Statuses) > 0 && !slices.Contains(q.Statuses, st.snapshot.Status) {
			continue
		}
		if len(page.Heads) == q.PageLimit() {
			page.Next = q.CursorAfter(page.Heads[len(page.Heads)-1].Stream.ID)
			break
		}
		page.Heads = append(page.Heads, st.head(now))
	}
	return page, nil
}

// Tenants implements storage.TenantLister.
func (s *Store) Tenants(ctx context.Context, after string, limit int) ([]string, error) {
	if err := storage.ValidateTenants(after, limit); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}

	i, found := slices.BinarySearch(s.tenants, after)
	if found {
		i++
	}
	return slices.Clone(s.tenants[i:min(i+limit, len(s.tenants))]), nil
}

// now reads the clock as the port has it: UTC, in whole microseconds.
func (s *Store) now() time.Time { return instant(s.clock()) }

func instant(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

func (s *stream) head(now time.Time) storage.Head {
	snapshot := s.snapshot
	snapshot.Data = slices.Clone(snapshot.Data)
	return storage.Head{Stream: s.name, Version: s.version(), Snapshot: snapshot, Now: now}
}

// walk yields the streams of a sorted list behind the id after; all of them
// where after is empty.
func walk(sorted []*stream, after string, reverse bool) iter.Seq[*stream] {
	i, found := position(sorted, after)
	switch {
	case !reverse && found:
		return slices.Values(sorted[i+1:])
	case !reverse:
		return slices.Values(sorted[i:])
	case after != "":
		sorted = sorted[:i]
	}
	return func(yield func(*stream) bool) {
		for _, st := range slices.Backward(sorted) {
			if !yield(st) {
				return
			}
		}
	}
}

// position is where an id is, or belongs, in a sorted list.
func position(sorted []*stream, id string) (int, bool) {
	return slices.BinarySearchFunc(sorted, id, func(s *stream, id string) int {
		return strings.Compare(s.name.ID, id)
	})
}
