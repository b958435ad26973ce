package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
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
	must(b, s.write(ctx, "fill", func(t *session) error {
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
	next := func(i int) storage.Change {
		return step(storage.Stream{Tenant: "acme", ID: strconv.Itoa(i % benchStreams)}, uint64(i/benchStreams)+1, due)
	}
	b.Run("store", func(b *testing.B) {
		s := benchStore(b)
		fill(b, s, benchStreams, always)
		b.ReportAllocs()
		var took latencies
		for i := 0; b.Loop(); i++ {
			took.time(func() {
				_, err := s.Commit(ctx, next(i))
				must(b, err)
			})
		}
		took.report(b)
	})
	b.Run("baseline_driver", func(b *testing.B) {
		s := benchStore(b)
		fill(b, s, benchStreams, always)
		bare := newBare(b, s.path)
		b.ReportAllocs()
		var took latencies
		for i := 0; b.Loop(); i++ {
			took.time(func() { must(b, bare.commit(next(i))) })
		}
		took.report(b)
	})
}

// latencies are how long single calls took.
type latencies []time.Duration

func (l *latencies) time(do func()) {
	start := time.Now()
	do()
	*l = append(*l, time.Since(start))
}

func (l latencies) report(b *testing.B) {
	b.Helper()
	slices.Sort(l)
	p50, p99 := l[len(l)/2], l[len(l)*99/100]
	b.ReportMetric(float64(p50.Nanoseconds()), "p50-ns")
	b.ReportMetric(float64(p99)/float64(p50), "p99/p50")
}

// BenchmarkCommitTogether: a commit where 64 callers commit at once, beside one
// where there is no other caller.
func BenchmarkCommitTogether(b *testing.B) {
	ctx, due := context.Background(), time.Now()
	for _, c := range []struct {
		name    string
		callers int
	}{{"callers-64", 64}, {"baseline_one_caller", 1}} {
		b.Run(c.name, func(b *testing.B) {
			s := benchStore(b)
			fill(b, s, benchStreams, func(int) time.Time { return due })
			took := make([]latencies, c.callers)
			var left atomic.Int64
			left.Store(int64(b.N))
			b.ResetTimer()
			var wg sync.WaitGroup
			for w := range c.callers {
				wg.Go(func() {
					for i := w; left.Add(-1) >= 0; i += c.callers { // each has streams of its own
						st := storage.Stream{Tenant: "acme", ID: strconv.Itoa(i % (benchStreams / c.callers * c.callers))}
						round := i / (benchStreams / c.callers * c.callers)
						took[w].time(func() {
							_, err := s.Commit(ctx, step(st, uint64(round)+1, due))
							if err != nil {
								b.Error(err)
							}
						})
					}
				})
			}
			wg.Wait()
			slices.Concat(took...).report(b)
		})
	}
}

// bare is the driver under package database/sql, set up as ours but for its
// checkpoints, which SQLite makes by itself after every 1000 pages.
type bare struct {
	db    *sql.DB
	stmts map[statement]*sql.Stmt
}

func newBare(b *testing.B, path string) bare {
	b.Helper()
	db := sql.OpenDB(connector{Options{Path: path, BusyTimeout: time.Second}, writes})
	b.Cleanup(func() { db.Close() })
	db.SetMaxOpenConns(1)
	_, err := db.Exec("PRAGMA wal_autocheckpoint = 1000")
	must(b, err)
	stmts := map[statement]*sql.Stmt{}
	for _, id := range []statement{findStream, setData, addEvent, scheduleTask} {
		stmts[id], err = db.Prepare(statementTexts[id])
		must(b, err)
	}
	return bare{db, stmts}
}

// commit does what Commit does for a step, without its checks of anything but
// the version.
func (d bare) commit(c storage.Change) error {
	t, err := d.db.Begin()
	if err != nil {
		return err
	}
	defer t.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	var number, version int64
	var kind, status string
	if err := t.Stmt(d.stmts[findStream]).QueryRow(c.Stream.Tenant, c.Stream.ID).Scan(&number, &version, &kind, &status); err != nil {
		return err
	}
	if version != int64(c.Expect) {
		return storage.ErrConflict
	}
	e, k := c.Events[0], c.Schedule[0]
	if _, err := t.Stmt(d.stmts[setData]).Exec(int64(e.Version), c.Snapshot.Data, number); err != nil {
		return err
	}
	if _, err := t.Stmt(d.stmts[addEvent]).Exec(number, int64(e.Version), e.Type, e.RecordedAt.UnixMicro(), e.Data); err != nil {
		return err
	}
	if _, err := t.Stmt(d.stmts[scheduleTask]).Exec(c.Stream.Tenant, c.Stream.ID, k.ID, k.Kind, k.Due.UnixMicro(), k.Payload); err != nil {
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

// BenchmarkEvents: a stream of 50 events is read, beside the bare driver.
func BenchmarkEvents(b *testing.B) {
	ctx := context.Background()
	s := benchStore(b)
	st := storage.Stream{Tenant: "acme", ID: "inc-1"}
	c := step(st, 0, time.Now())
	for v := uint64(2); v <= 50; v++ {
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
	must(b, s.write(ctx, "fill", func(t *session) error {
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
