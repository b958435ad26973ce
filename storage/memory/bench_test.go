package memory_test

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/incidentkit/incidentkit/storage"
	"github.com/incidentkit/incidentkit/storage/memory"
)

// What a step holds. The stores copy it.
var eventData, snapshotData = make([]byte, 500), make([]byte, 2000)

// step is a typical change: an event, a snapshot and the next wake-up.
func step(st storage.Stream, at uint64, due time.Time) storage.Change {
	return storage.Change{
		Stream:   st,
		Expect:   at,
		Events:   []storage.Event{{Version: at + 1, Type: "acknowledged", RecordedAt: due, Data: eventData}},
		Snapshot: storage.Snapshot{Kind: "incident", Status: "active", Data: snapshotData},
		Schedule: []storage.TaskSpec{{ID: "wake", Kind: "wake", Due: due}},
	}
}

// BenchmarkCommit: a change to one of 1000 streams, beside what it takes at
// least: copying the same bytes into maps.
func BenchmarkCommit(b *testing.B) {
	const streams = 1000
	due := time.Now()
	b.Run("store", func(b *testing.B) {
		s := memory.New(memory.Options{})
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			c := step(storage.Stream{Tenant: "acme", ID: strconv.Itoa(i % streams)}, uint64(i/streams), due)
			if _, err := s.Commit(context.Background(), c); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("baseline_maps", func(b *testing.B) {
		events := map[storage.Stream][]storage.Event{}
		snapshots := map[storage.Stream]storage.Snapshot{}
		tasks := map[storage.Stream]map[string]storage.TaskSpec{}
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			c := step(storage.Stream{Tenant: "acme", ID: strconv.Itoa(i % streams)}, uint64(i/streams), due)
			c.Events[0].Data = slices.Clone(c.Events[0].Data)
			events[c.Stream] = append(events[c.Stream], c.Events[0])
			c.Snapshot.Data = slices.Clone(c.Snapshot.Data)
			snapshots[c.Stream] = c.Snapshot
			if tasks[c.Stream] == nil {
				tasks[c.Stream] = map[string]storage.TaskSpec{}
			}
			tasks[c.Stream]["wake"] = c.Schedule[0]
		}
	})
}

// BenchmarkClaim: one task is claimed and given back, out of a backlog of due
// ones and many more that are not. The size must not matter.
func BenchmarkClaim(b *testing.B) {
	for _, backlog := range []int{100, 10_000} {
		b.Run(fmt.Sprintf("backlog-%d", backlog), func(b *testing.B) {
			s := memory.New(memory.Options{})
			ctx := context.Background()
			for i := range backlog {
				due := time.Now().Add(time.Duration(i%2*10-5) * time.Hour)
				if _, err := s.Commit(ctx, step(storage.Stream{Tenant: "acme", ID: strconv.Itoa(i)}, 0, due)); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportAllocs()
			for b.Loop() {
				claims, err := s.Claim(ctx, storage.ClaimQuery{Worker: "w", Limit: 1, Lease: time.Hour})
				if err != nil {
					b.Fatal(err)
				}
				t := claims.Tasks[0]
				if err := s.Settle(ctx, storage.Settlement{Stream: t.Stream, Fence: *t.Fence(), Outcome: storage.Retry}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkEvents: a stream of 100 events is read.
func BenchmarkEvents(b *testing.B) {
	s := memory.New(memory.Options{})
	st := storage.Stream{Tenant: "acme", ID: "inc-1"}
	for i := range uint64(100) {
		if _, err := s.Commit(context.Background(), step(st, i, time.Now())); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Events(context.Background(), st, storage.EventsQuery{}); err != nil {
			b.Fatal(err)
		}
	}
}
