package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/incidentkit/incidentkit/storage"
)

// step is a typical change: an event, a snapshot and the next wake-up.
func step(st storage.Stream, at uint64, due time.Time) storage.Change {
	return storage.Change{
		Stream:   st,
		Expect:   at,
		Events:   []storage.Event{{Version: at + 1, Type: "acknowledged", RecordedAt: due, Data: make([]byte, 500)}},
		Snapshot: storage.Snapshot{Kind: "incident", Status: "active", Data: make([]byte, 2000)},
		Schedule: []storage.TaskSpec{{ID: "wake", Kind: "wake", Due: due}},
	}
}

func benchStore(b *testing.B) *Store {
	b.Helper()
	s, err := Open(context.Background(), Options{Path: filepath.Join(b.TempDir(), "incidents.db")})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

func must(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

const benchStreams = 1000

// fill creates the streams, each with a task.
func fill(b *testing.B, s *Store, n int, due func(i int) time.Time) {
	b.Helper()
	ctx := context.Background()
	must(b, s.write(ctx, func(t *tx) error {
		for i := range n {
			if _, err := t.commit(step(storage.Stream{Tenant: "acme", ID: strconv.Itoa(i)}, 0, due(i))); err != nil {
				return err
			}
		}
		return nil
	}))
}

// BenchmarkCommit: a change to one of 1000 streams, beside the bare driver that
// runs the same statements.
func BenchmarkCommit(b *testing.B) {
	ctx, due := context.Background(), time.Now()
	always := func(int) time.Time { return due }
	b.Run("store", func(b *testing.B) {
		s := benchStore(b)
		fill(b, s, benchStreams, always)
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			st := storage.Stream{Tenant: "acme", ID: strconv.Itoa(i % benchStreams)}
			_, err := s.Commit(ctx, step(st, uint64(i/benchStreams)+1, due))
			must(b, err)
		}
	})
	b.Run("baseline_driver", func(b *testing.B) {
		s := benchStore(b)
		fill(b, s, benchStreams, always)
		b.ReportAllocs()
		for i := 0; b.Loop(); i++ {
			st := storage.Stream{Tenant: "acme", ID: strconv.Itoa(i % benchStreams)}
			must(b, bareCommit(ctx, s.writer, &s.stmts, step(st, uint64(i/benchStreams)+1, due)))
		}
	})
}

// bareCommit does what Commit does for a step, without its checks of anything
// but the version.
func bareCommit(ctx context.Context, db *sql.DB, q *statements, c storage.Change) error {
	t, err := db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer t.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	var number, version int64
	var kind string
	if err := t.Stmt(q.head).QueryRow(c.Stream.Tenant, c.Stream.ID).Scan(&number, &version, &kind); err != nil {
		return err
	}
	if version != int64(c.Expect) {
		return storage.ErrConflict
	}
	e, k := c.Events[0], c.Schedule[0]
	if _, err := t.Stmt(q.setVersion).Exec(int64(e.Version), number); err != nil {
		return err
	}
	if _, err := t.Stmt(q.setSnapshot).Exec(c.Snapshot.Status, c.Snapshot.Data, number); err != nil {
		return err
	}
	if _, err := t.Stmt(q.addEvent).Exec(number, int64(e.Version), e.Type, e.RecordedAt.UnixMicro(), e.Data); err != nil {
		return err
	}
	if _, err := t.Stmt(q.schedule).Exec(c.Stream.Tenant, c.Stream.ID, k.ID, k.Kind, k.Due.UnixMicro(), k.Payload); err != nil {
		return err
	}
	return t.Commit()
}

// BenchmarkClaim: one task is claimed and given back, out of a backlog of due
// ones and as many that are not. The size must not matter.
func BenchmarkClaim(b *testing.B) {
	ctx := context.Background()
	for _, backlog := range []int{100, 10_000} {
		b.Run(fmt.Sprintf("backlog-%d", backlog), func(b *testing.B) {
			s := benchStore(b)
			fill(b, s, backlog, func(i int) time.Time { return time.Now().Add(time.Duration(i%2*10-5) * time.Hour) })
			b.ReportAllocs()
			for b.Loop() {
				claims, err := s.Claim(ctx, storage.ClaimQuery{Worker: "w", Limit: 1, Lease: time.Hour})
				must(b, err)
				k := claims.Tasks[0]
				must(b, s.Settle(ctx, storage.Settlement{Stream: k.Stream, Fence: *k.Fence(), Outcome: storage.Retry}))
			}
		})
	}
	b.Run("idle", func(b *testing.B) {
		s := benchStore(b)
		fill(b, s, 10_000, func(int) time.Time { return time.Now().Add(time.Hour) })
		b.ReportAllocs()
		for b.Loop() {
			_, err := s.Claim(ctx, storage.ClaimQuery{Worker: "w", Limit: 100, Lease: time.Hour})
			must(b, err)
		}
	})
}

// BenchmarkEvents: a stream of 100 events is read, beside the bare driver.
func BenchmarkEvents(b *testing.B) {
	ctx := context.Background()
	s := benchStore(b)
	st := storage.Stream{Tenant: "acme", ID: "inc-1"}
	c := step(st, 0, time.Now())
	for v := uint64(2); v <= 100; v++ {
		e := c.Events[0]
		e.Version = v
		c.Events = append(c.Events, e)
	}
	_, err := s.Commit(ctx, c)
	must(b, err)
	b.Run("store", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			_, err := s.Events(ctx, st, storage.EventsQuery{})
			must(b, err)
		}
	})
	b.Run("baseline_driver", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			rows, err := s.stmts.events.Query(st.Tenant, st.ID, 0, -1)
			must(b, err)
			var version, at int64
			var kind string
			var data []byte
			for rows.Next() {
				must(b, rows.Scan(&version, &kind, &at, &data))
			}
			must(b, rows.Err())
		}
	})
}

// BenchmarkList: a page of 50 out of 10,000, of one status that few have.
func BenchmarkList(b *testing.B) {
	ctx := context.Background()
	s := benchStore(b)
	must(b, s.write(ctx, func(t *tx) error {
		for i := range 10_000 {
			c := step(storage.Stream{Tenant: "acme", ID: strconv.Itoa(i)}, 0, time.Now())
			if i%100 > 0 {
				c.Snapshot.Status = "closed"
			}
			if _, err := t.commit(c); err != nil {
				return err
			}
		}
		return nil
	}))
	b.ReportAllocs()
	for b.Loop() {
		_, err := s.List(ctx, storage.ListQuery{
			Tenant: "acme", Kind: "incident", Statuses: []string{"triage", "active", "mitigated"}, Reverse: true, Limit: 50,
		})
		must(b, err)
	}
}
