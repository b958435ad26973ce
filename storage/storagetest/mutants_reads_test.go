package storagetest_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/incidentkit/incidentkit/storage"
)

// tenants are the ones that the suite uses.
var tenants = []string{"acme", "globex", "initech"}

// lists makes a mutant that asks for another list, or changes the answer;
// either may be nil.
func lists(ask func(q *storage.ListQuery), answer func(q storage.ListQuery, p *storage.Page)) func() hooks {
	return func() hooks {
		return hooks{list: func(in storage.Store, ctx context.Context, q storage.ListQuery) (storage.Page, error) {
			asked := q
			if ask != nil && q.Validate() == nil {
				ask(&q)
			}
			p, err := in.List(ctx, q)
			if err == nil && answer != nil {
				answer(asked, &p)
			}
			return p, err
		}}
	}
}

// stores makes a mutant that changes every piece of data on its way in.
func stores(f func(data []byte) []byte) func() hooks {
	return rewrites(func(c *storage.Change) {
		c.Events = slices.Clone(c.Events)
		for i := range c.Events {
			c.Events[i].Data = f(c.Events[i].Data)
		}
		c.Snapshot.Data = f(c.Snapshot.Data)
	})
}

func readMutants() []mutant {
	return []mutant{
		{"After is ignored", "events-query", reads(func(q *storage.EventsQuery) { q.After = 0 })},
		{"the limit of Events is ignored", "events-query", reads(func(q *storage.EventsQuery) { q.Limit = min(q.Limit, 0) })},
		{"the clock of a claim is another than that of a load", "now-advances", claims(nil,
			func(_ storage.ClaimQuery, c *storage.Claims) { c.Now = time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC) })},
		{"snapshots come from a cache", "concurrent-reads", func() hooks {
			var mu sync.Mutex
			cached := map[storage.Stream][]byte{}
			return hooks{load: func(in storage.Store, ctx context.Context, ref storage.Ref) (storage.Head, error) {
				head, err := in.Load(ctx, ref)
				mu.Lock()
				defer mu.Unlock()
				if head.Version > 0 && cached[head.Stream] == nil {
					cached[head.Stream] = head.Snapshot.Data
				}
				head.Snapshot.Data = slices.Clone(cached[head.Stream])
				return head, err
			}}
		}},
		{"an operation may apply twice", "concurrent-operation", rewrites(func(c *storage.Change) { c.Operation = "" })},

		{"lists leave the snapshots out", "list-heads", lists(nil, func(_ storage.ListQuery, p *storage.Page) {
			for i := range p.Heads {
				p.Heads[i].Snapshot.Data = nil
			}
		})},
		{"Reverse is ignored", "list-order", lists(func(q *storage.ListQuery) { q.Reverse, q.Cursor = false, "" },
			func(_ storage.ListQuery, p *storage.Page) { p.Next = "" })},
		{"ids are ordered without regard to case", "list-order", lists(nil, func(_ storage.ListQuery, p *storage.Page) {
			slices.SortStableFunc(p.Heads, func(a, b storage.Head) int {
				return strings.Compare(strings.ToLower(a.Stream.ID), strings.ToLower(b.Stream.ID))
			})
		})},
		{"kinds are mixed up", "list-kind", lists(func(q *storage.ListQuery) { q.Kind = "thing" }, nil)},
		{"statuses are ignored", "list-statuses", lists(func(q *storage.ListQuery) { q.Statuses = nil }, nil)},
		{"only the first status counts", "list-statuses", lists(
			func(q *storage.ListQuery) { q.Statuses = q.Statuses[:min(1, len(q.Statuses))] }, nil)},
		{"the status of a list is the first one", "list-statuses", commits(
			func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
				if head := headOf(in, c.Stream); head.Version > 0 && c.Snapshot.Kind != "" {
					c.Snapshot.Status = head.Snapshot.Status
				}
				return in.Commit(ctx, c)
			})},
		{"the second page is missing", "list-pages", lists(nil, func(_ storage.ListQuery, p *storage.Page) { p.Next = "" })},
		{"the limit of a list is ignored", "list-pages", lists(func(q *storage.ListQuery) { q.Limit = storage.MaxPage }, nil)},
		{"cursors count streams", "list-cursor-stable", func() hooks { return hooks{list: listByOffset} }},
		{"a malformed cursor begins again", "list-cursor-malformed", func() hooks {
			return hooks{list: func(in storage.Store, ctx context.Context, q storage.ListQuery) (storage.Page, error) {
				p, err := in.List(ctx, q)
				if errors.Is(err, storage.ErrInvalid) && q.Cursor != "" {
					q.Cursor = ""
					p, err = in.List(ctx, q)
				}
				return p, err
			}}
		}},
		{"malformed queries pass", "calls-refuse-malformed", func() hooks {
			return hooks{list: func(in storage.Store, ctx context.Context, q storage.ListQuery) (storage.Page, error) {
				p, err := in.List(ctx, q)
				if errors.Is(err, storage.ErrInvalid) && q.Cursor == "" {
					err = nil
				}
				return p, err
			}}
		}},

		{"data is text", "data-bytes", stores(func(d []byte) []byte { return bytes.ToValidUTF8(d, []byte("?")) })},
		{"data is cut at 64 KiB", "data-large", stores(func(d []byte) []byte { return d[:min(len(d), 1<<16)] })},
		{"instants are kept to the second", "data-instants", rewrites(func(c *storage.Change) {
			c.Events = slices.Clone(c.Events)
			for i, e := range c.Events {
				if at := e.RecordedAt.Truncate(time.Second); !at.IsZero() {
					c.Events[i].RecordedAt = at
				}
			}
		})},
		{"instants keep their zone", "data-instants", func() hooks {
			return hooks{events: func(in storage.Store, ctx context.Context, st storage.Stream, q storage.EventsQuery) ([]storage.Event, error) {
				events, err := in.Events(ctx, st, q)
				for i := range events {
					events[i].RecordedAt = events[i].RecordedAt.In(time.FixedZone("CET", 3600))
				}
				return events, err
			}}
		}},
		{"what is given is shared", "data-copied-in", func() hooks {
			s := newSharing()
			return hooks{
				commit: func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
					out, err := in.Commit(ctx, c)
					if err == nil && !out.Replayed {
						s.keep(c.Stream, c.Events...)
					}
					return out, err
				},
				events: func(in storage.Store, ctx context.Context, st storage.Stream, q storage.EventsQuery) ([]storage.Event, error) {
					events, err := in.Events(ctx, st, q)
					return s.share(st, events), err
				},
			}
		}},
		{"what is read is shared", "data-copied-out", func() hooks {
			s := newSharing()
			return hooks{events: func(in storage.Store, ctx context.Context, st storage.Stream, q storage.EventsQuery) ([]storage.Event, error) {
				events, err := in.Events(ctx, st, q)
				s.keep(st, events...)
				return s.share(st, events), err
			}}
		}},

		{"Load finds streams of every tenant", "tenant-reads", func() hooks {
			return hooks{load: func(in storage.Store, ctx context.Context, ref storage.Ref) (storage.Head, error) {
				head, err := in.Load(ctx, ref)
				for _, tenant := range tenants {
					if err == nil && head.Version == 0 {
						ref.Tenant = tenant
						head, err = in.Load(ctx, ref)
					}
				}
				return head, err
			}}
		}},
		{"Events finds streams of every tenant", "tenant-reads", func() hooks {
			return hooks{events: func(in storage.Store, ctx context.Context, st storage.Stream, q storage.EventsQuery) ([]storage.Event, error) {
				events, err := in.Events(ctx, st, q)
				for _, tenant := range tenants {
					if err == nil && len(events) == 0 {
						st.Tenant = tenant
						events, err = in.Events(ctx, st, q)
					}
				}
				return events, err
			}}
		}},
		{"List lists every tenant", "tenant-reads", func() hooks {
			return hooks{list: func(in storage.Store, ctx context.Context, q storage.ListQuery) (storage.Page, error) {
				p, err := in.List(ctx, q)
				for _, tenant := range tenants {
					if err == nil && tenant != q.Tenant {
						other := q
						other.Tenant = tenant
						more, _ := in.List(ctx, other)
						p.Heads = append(p.Heads, more.Heads...)
					}
				}
				return p, err
			}}
		}},
		{"contexts are ignored", "context-cancelled", func() hooks {
			return hooks{load: func(in storage.Store, ctx context.Context, ref storage.Ref) (storage.Head, error) {
				return in.Load(context.WithoutCancel(ctx), ref)
			}}
		}},
		{"an answer is wrong now and then", "random-operations-1", wrongNowAndThen()},
		{"an answer is wrong now and then (2)", "random-operations-2", wrongNowAndThen()},
		{"an answer is wrong now and then (3)", "random-operations-3", wrongNowAndThen()},
		{"an answer is wrong now and then (4)", "random-operations-4", wrongNowAndThen()},
	}
}

func reads(ask func(q *storage.EventsQuery)) func() hooks {
	return func() hooks {
		return hooks{events: func(in storage.Store, ctx context.Context, st storage.Stream, q storage.EventsQuery) ([]storage.Event, error) {
			ask(&q)
			return in.Events(ctx, st, q)
		}}
	}
}

// listByOffset pages by the number of streams handed out so far.
func listByOffset(in storage.Store, ctx context.Context, q storage.ListQuery) (storage.Page, error) {
	skip := 0
	if n, err := strconv.Atoi(q.Cursor); err == nil {
		skip, q.Cursor = n, ""
	}
	size := q.PageLimit()
	if q.Validate() == nil {
		q.Limit = storage.MaxPage
	}
	p, err := in.List(ctx, q)
	if err != nil {
		return p, err
	}
	p.Heads = p.Heads[min(skip, len(p.Heads)):]
	if len(p.Heads) > size {
		p.Heads, p.Next = p.Heads[:size], strconv.Itoa(skip+size)
	}
	return p, nil
}

// sharing gives the same slices to everybody.
type sharing struct {
	sync.Mutex
	data map[storage.Stream]map[uint64][]byte
}

func newSharing() *sharing { return &sharing{data: map[storage.Stream]map[uint64][]byte{}} }

func (s *sharing) keep(st storage.Stream, events ...storage.Event) {
	s.Lock()
	defer s.Unlock()
	if s.data[st] == nil {
		s.data[st] = map[uint64][]byte{}
	}
	for _, e := range events {
		if s.data[st][e.Version] == nil {
			s.data[st][e.Version] = e.Data
		}
	}
}

func (s *sharing) share(st storage.Stream, events []storage.Event) []storage.Event {
	s.Lock()
	defer s.Unlock()
	for i, e := range events {
		if d := s.data[st][e.Version]; d != nil {
			events[i].Data = d
		}
	}
	return events
}

// wrongNowAndThen loses the tasks of every seventh change, and nothing else:
// no check that looks at one thing at a time would meet it.
func wrongNowAndThen() func() hooks {
	return func() hooks {
		var mu sync.Mutex
		n := 0
		return hooks{commit: func(in storage.Store, ctx context.Context, c storage.Change) (storage.Committed, error) {
			mu.Lock()
			defer mu.Unlock()
			if n++; n%7 == 0 && c.Validate() == nil {
				c.Schedule = nil
			}
			return in.Commit(ctx, c)
		}}
	}
}
