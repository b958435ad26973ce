package postgres

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/storage"
)

// benchTasks is how many tasks wait besides those that a benchmark works on.
var benchTasks = flag.Int("tasks", 10_000, "tasks in the table, for benchmarks")

// The sizes of a typical change.
const (
	eventBytes    = 500
	snapshotBytes = 2000
)

// stepOf is a typical change: an event, a snapshot and the next wake-up.
func stepOf(st storage.Stream, at uint64, due time.Time) storage.Change {
	return storage.Change{
		Stream:   st,
		Expect:   at,
		Events:   []storage.Event{{Version: at + 1, Type: "acknowledged", RecordedAt: due, Data: make([]byte, eventBytes)}},
		Snapshot: storage.Snapshot{Kind: "incident", Status: "active", Data: make([]byte, snapshotBytes)},
		Schedule: []storage.TaskSpec{{ID: "wake", Kind: "wake", Due: due}},
	}
}

func benchStore(b *testing.B, connections int) *Store {
	b.Helper()
	config, err := pgxpool.ParseConfig(testURL())
	require.NoError(b, err)
	config.MaxConns = int32(connections)
	pool, err := pgxpool.NewWithConfig(b.Context(), config)
	require.NoError(b, err)
	b.Cleanup(pool.Close)
	return openTest(b, Options{Pool: pool})
}

func benchStream(i int) storage.Stream {
	return storage.Stream{Tenant: "acme", ID: fmt.Sprintf("inc-%010d", i)}
}

// fill makes streams at version 1 with a task each, from a template, much faster
// than one by one.
func fill(b *testing.B, s *Store, streams int, due func(sql string) string) {
	b.Helper()
	_, err := s.Commit(b.Context(), stepOf(benchStream(0), 0, time.Now().Add(time.Hour)))
	require.NoError(b, err)
	if streams > 1 {
		executeAll(b, s.pool, fmt.Sprintf(`WITH made AS (
				INSERT INTO %[1]s.stream (number, version, tenant, id, kind, status, data)
				SELECT nextval('%[1]s.stream_number'), 1, tenant, 'inc-' || to_char(i, 'FM0000000000'), kind, status, data
				FROM %[1]s.stream, generate_series(1, %[2]d) AS i RETURNING *
			), events AS (
				INSERT INTO %[1]s.event (stream, version, recorded_at, tenant, type, data)
				SELECT number, 1, 0, tenant, 'declared', '\x00' FROM made
			) INSERT INTO %[1]s.task (due, tenant, stream, id, kind)
			SELECT %[3]s, tenant, id, 'wake', 'wake' FROM made`, quote(s.Schema()), streams-1, due("number")))
	}
	executeAll(b, s.pool, "ANALYZE "+quote(s.Schema())+".stream")
	executeAll(b, s.pool, "ANALYZE "+quote(s.Schema())+".task")
}

func inAnHour(string) string {
	return strconv.FormatInt(time.Now().Add(time.Hour).UnixMicro(), 10)
}

// inParallel shares b.N calls between callers, each with a range of streams of
// its own.
func inParallel(b *testing.B, callers int, do func(stream int, version uint64) error) {
	b.Helper()
	const each = 50
	versions := make([]uint64, callers*each)
	var left atomic.Int64
	left.Store(int64(b.N))
	var failed atomic.Pointer[error]
	var wg sync.WaitGroup
	b.ResetTimer()
	for w := range callers {
		wg.Go(func() {
			for i := 0; left.Add(-1) >= 0; i++ {
				stream := w*each + i%each
				versions[stream]++
				if err := do(stream, versions[stream]); err != nil {
					failed.Store(&err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	if err := failed.Load(); err != nil {
		b.Fatal(*err)
	}
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
}

// bareCommit writes the rows of a step in one statement, as one would without a
// store: it checks the version, and nothing else.
const bareCommit = `WITH head AS (
		UPDATE {schema}.stream SET version = $3 + 1, status = $4, data = $5
		WHERE tenant = $1 AND id = $2 AND version = $3 RETURNING number
	), event AS (
		INSERT INTO {schema}.event (stream, version, recorded_at, tenant, type, data)
		SELECT number, $3 + 1, $6, $1, $7, $8 FROM head
	) INSERT INTO {schema}.task (due, tenant, stream, id, kind) SELECT $9, $1, $2, $10, $11 FROM head
	ON CONFLICT (tenant, stream, id) DO UPDATE SET due = excluded.due, kind = excluded.kind,
		payload = excluded.payload, attempt = 0, lease_until = NULL, worker = NULL`

// BenchmarkCommit is a change to one of many streams, by so many callers at once,
// beside bare pgx with as many connections.
func BenchmarkCommit(b *testing.B) {
	due := time.Now().Add(time.Hour)
	for _, callers := range []int{1, 8, 32, 64} {
		connections := min(callers, 32)
		b.Run(fmt.Sprintf("callers-%d/store", callers), func(b *testing.B) {
			s := benchStore(b, connections)
			fill(b, s, callers*50, inAnHour)
			inParallel(b, callers, func(stream int, version uint64) error {
				_, err := s.Commit(context.Background(), stepOf(benchStream(stream), version, due))
				return err
			})
		})
		b.Run(fmt.Sprintf("callers-%d/baseline_pgx", callers), func(b *testing.B) {
			s := benchStore(b, connections)
			fill(b, s, callers*50, inAnHour)
			text := newText(s, bareCommit)
			inParallel(b, callers, func(stream int, version uint64) error {
				c := stepOf(benchStream(stream), version, due)
				e, k := c.Events[0], c.Schedule[0]
				tag, err := s.pool.Exec(context.Background(), text, c.Stream.Tenant, c.Stream.ID, int64(c.Expect),
					c.Snapshot.Status, c.Snapshot.Data, e.RecordedAt.UnixMicro(), e.Type, e.Data, k.Due.UnixMicro(), k.ID, k.Kind)
				if err == nil && tag.RowsAffected() != 1 {
					err = storage.ErrConflict
				}
				return err
			})
		})
	}
}

func newText(s *Store, text string) string {
	return string(bytes.ReplaceAll([]byte(text), []byte("{schema}"), []byte(quote(s.Schema()))))
}

// follow is what a worker commits for a task at hand: an event, the next wake-up,
// a delivery, and the end of the task.
func follow(t storage.Task, version uint64, due time.Time) storage.Change {
	c := stepOf(t.Stream, version, due)
	n := strconv.FormatUint(version, 10)
	c.Fence, c.Cancel = t.Fence(), []string{t.ID}
	c.Schedule = []storage.TaskSpec{
		{ID: "wake-" + n, Kind: "wake", Due: due},
		{ID: "deliver-" + n, Kind: "deliver", Due: due, Payload: make([]byte, 100)},
	}
	return c
}

// bareClaim and bareFollow are the two statements of the same, without a store.
const (
	bareClaim = `WITH due AS MATERIALIZED (
			SELECT tenant, stream, id FROM {schema}.task WHERE lease_until IS NULL AND due <= $1
			ORDER BY due, tenant, stream, id LIMIT %d FOR UPDATE SKIP LOCKED
		) UPDATE {schema}.task AS t SET attempt = attempt + 1, epoch = epoch + 1, lease_until = $2, worker = $3
		FROM due WHERE t.tenant = due.tenant AND t.stream = due.stream AND t.id = due.id
		RETURNING t.tenant, t.stream, t.id, t.kind, t.due, t.payload, t.epoch`

	bareFollow = `WITH step AS MATERIALIZED (
			SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::bigint[], $5::bytea[], $6::bytea[])
				AS w (tenant, stream, task, version, data, snapshot)
		), gone AS (
			DELETE FROM {schema}.task AS t USING step AS w WHERE t.tenant = w.tenant AND t.stream = w.stream AND t.id = w.task
		), head AS (
			UPDATE {schema}.stream AS s SET version = w.version + 1, status = 'active', data = w.snapshot
			FROM step AS w WHERE s.tenant = w.tenant AND s.id = w.stream AND s.version = w.version
			RETURNING s.number, s.tenant, s.id, s.version, w.data
		), happened AS (
			INSERT INTO {schema}.event (stream, version, recorded_at, tenant, type, data)
			SELECT number, version, $7, tenant, 'acknowledged', data FROM head
		) INSERT INTO {schema}.task (due, tenant, stream, id, kind, payload)
		SELECT $7::bigint, tenant, id, 'wake-' || version, 'wake', NULL::bytea FROM head
		UNION ALL SELECT $7, tenant, id, 'deliver-' || version, 'deliver', $8 FROM head`
)

// BenchmarkSteps is claim, event, next task and delivery, in batches, by four
// workers, beside the same in a transaction of two statements. Other tasks wait.
func BenchmarkSteps(b *testing.B) {
	for _, batch := range []int{16, 64, 256} {
		for _, old := range []bool{false, true} {
			kind := fmt.Sprintf("batch-%d/old_snapshot-%t", batch, old)
			b.Run(kind+"/store", func(b *testing.B) {
				s := benchStore(b, 16)
				benchSteps(b, s, old, func() (int, error) { return storeSteps(s, batch) })
			})
			b.Run(kind+"/baseline_sql", func(b *testing.B) {
				s := benchStore(b, 16)
				claim, write := newText(s, fmt.Sprintf(bareClaim, batch)), newText(s, bareFollow)
				benchSteps(b, s, old, func() (int, error) { return bareSteps(s.pool, claim, write) })
			})
		}
	}
}

// benchSteps makes b.N steps, on tasks that are due. Where a client holds an old
// snapshot, it sees all of them as they were.
func benchSteps(b *testing.B, s *Store, oldSnapshot bool, steps func() (int, error)) {
	b.Helper()
	fill(b, s, b.N+*benchTasks, func(number string) string {
		return fmt.Sprintf("CASE WHEN %s <= %d THEN %s ELSE %s END", number, b.N+1, number, inAnHour(""))
	})
	if oldSnapshot {
		tx, err := s.pool.BeginTx(b.Context(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead})
		require.NoError(b, err)
		defer func() { _ = tx.Rollback(context.Background()) }()
		value[int64](b, tx, "SELECT count(*) FROM "+quote(s.Schema())+".held_key")
	}
	var done atomic.Int64
	var wg sync.WaitGroup
	b.ResetTimer()
	for range 4 {
		wg.Go(func() {
			for done.Load() < int64(b.N) {
				n, err := steps()
				if done.Add(int64(n)); err != nil || n == 0 {
					if err != nil {
						b.Error(err)
					}
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric(float64(done.Load())/b.Elapsed().Seconds(), "steps/s")
}

func storeSteps(s *Store, batch int) (int, error) {
	ctx := context.Background()
	claims, err := s.Claim(ctx, storage.ClaimQuery{Worker: "w", Limit: batch, Lease: time.Minute})
	if err != nil {
		return 0, err
	}
	errs := make([]error, len(claims.Tasks))
	due := time.Now().Add(time.Hour)
	var wg sync.WaitGroup
	for i, t := range claims.Tasks {
		wg.Go(func() { _, errs[i] = s.Commit(ctx, follow(t, 1, due)) })
	}
	wg.Wait()
	return len(errs), errors.Join(errs...)
}

func bareSteps(pool *pgxpool.Pool, claim, write string) (int, error) {
	ctx := context.Background()
	tx, err := pool.Begin(ctx)
	if err != nil {
		return 0, err
	}
	defer func() { _ = tx.Rollback(ctx) }()
	now := time.Now()
	rows, err := tx.Query(ctx, claim, now.UnixMicro(), now.Add(time.Minute).UnixMicro(), "w")
	if err != nil {
		return 0, err
	}
	var tenants, streams, tasks []string
	var versions []int64
	var data, snapshots [][]byte
	for rows.Next() {
		var t storage.Task
		var due int64
		if err := rows.Scan(&t.Stream.Tenant, &t.Stream.ID, &t.ID, &t.Kind, &due, &t.Payload, &t.Epoch); err != nil {
			return 0, err
		}
		tenants, streams, tasks = append(tenants, t.Stream.Tenant), append(streams, t.Stream.ID), append(tasks, t.ID)
		versions = append(versions, 1)
		data, snapshots = append(data, make([]byte, eventBytes)), append(snapshots, make([]byte, snapshotBytes))
	}
	if err := rows.Err(); err != nil {
		return 0, err
	}
	due := now.Add(time.Hour).UnixMicro()
	if _, err := tx.Exec(ctx, write, tenants, streams, tasks, versions, data, snapshots, due, make([]byte, 100)); err != nil {
		return 0, err
	}
	return len(tasks), tx.Commit(ctx)
}

// BenchmarkIdle is the poll of a worker for whom nothing is due.
func BenchmarkIdle(b *testing.B) {
	s := benchStore(b, 2)
	fill(b, s, *benchTasks, inAnHour)
	b.ReportAllocs()
	for b.Loop() {
		claims, err := s.Claim(context.Background(), storage.ClaimQuery{Worker: "w", Limit: 100, Lease: time.Minute})
		require.NoError(b, err)
		require.Empty(b, claims.Tasks)
	}
}

// BenchmarkPickup is how late a task is claimed by a worker that sleeps until
// Claims.Next, while others wait.
func BenchmarkPickup(b *testing.B) {
	s := benchStore(b, 4)
	fill(b, s, *benchTasks, inAnHour)
	ctx := context.Background()
	q := storage.ClaimQuery{Worker: "w", Limit: 100, Lease: time.Minute}
	var late []time.Duration
	for version := uint64(1); b.Loop(); version++ {
		due := time.Now().Add(10 * time.Millisecond)
		_, err := s.Commit(ctx, stepOf(benchStream(0), version, due))
		require.NoError(b, err)
		claims, err := s.Claim(ctx, q)
		for err == nil && len(claims.Tasks) == 0 {
			<-time.After(claims.Next.Sub(claims.Now))
			claims, err = s.Claim(ctx, q)
		}
		require.NoError(b, err)
		late = append(late, time.Since(due))
	}
	slices.Sort(late)
	b.ReportMetric(float64(late[len(late)/2].Microseconds()), "p50-us")
	b.ReportMetric(float64(late[len(late)*99/100].Microseconds()), "p99-us")
}
