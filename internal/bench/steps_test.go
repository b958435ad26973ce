package bench

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/incidentkit/incidentkit/storage"
)

const (
	stepWorkers     = 4
	stepStreams     = 4096
	stepConnections = 16
)

// BenchmarkSteps is a durable step: a task is claimed, and leads to an event, the
// next wake-up and a delivery. Four workers do them in batches, and do not wait
// for what is due: there is always enough.
//
// Beside it is the same in bare SQL, a batch in one transaction of two round
// trips: with the leases written as a queue has to, whose workers may die, and
// without. And beside it is River, with jobs that do nothing at all.
func BenchmarkSteps(b *testing.B) {
	for _, waiting := range []int{0, 1_000_000} {
		b.Run(fmt.Sprintf("waiting-%d", waiting), func(b *testing.B) { compareSteps(b, waiting, typical, 16, 64, 256) })
	}
}

// BenchmarkLightSteps is the same with incidents that weigh no more than a job.
func BenchmarkLightSteps(b *testing.B) {
	b.Run("waiting-1000000", func(b *testing.B) { compareSteps(b, 1_000_000, light, 64, 256) })
}

func compareSteps(b *testing.B, waiting int, l load, batches ...int) {
	b.Helper()
	to := newDatabase(b)
	store, pool := openStore(b, to, stepConnections), openPool(b, to, stepConnections)
	addStreams(b, store, size(b, stepStreams))
	addWaiting(b, pool, size(b, waiting))
	queue := openPlainPool(b, to, stepConnections)
	migrateRiver(b, queue)
	addScheduledJobs(b, queue, size(b, waiting))
	for _, batch := range batches {
		b.Run(fmt.Sprintf("batch-%d", batch), func(b *testing.B) {
			b.Run("store", func(b *testing.B) {
				workInBatches(b, batch, func(want int) (int, error) { return l.storeSteps(store, want) })
			})
			b.Run("baseline_bare_sql", func(b *testing.B) {
				workInBatches(b, batch, func(want int) (int, error) { return l.bareSteps(pool, want, true) })
			})
			b.Run("baseline_bare_sql_without_leases", func(b *testing.B) {
				workInBatches(b, batch, func(want int) (int, error) { return l.bareSteps(pool, want, false) })
			})
			b.Run("baseline_river_tuned", func(b *testing.B) { riverJobs(b, queue, riverTuned(stepWorkers*batch)) })
			b.Run("baseline_river_defaults", func(b *testing.B) { riverJobs(b, queue, riverDefaults()) })
		})
	}
}

// BenchmarkOldSnapshot is the same steps while another client holds a snapshot
// from before them all, so that nothing that dies can be removed.
func BenchmarkOldSnapshot(b *testing.B) {
	const batch = 64
	steps := func(b *testing.B, snapshot bool) {
		b.Helper()
		to := newDatabase(b)
		store, pool := openStore(b, to, stepConnections), openPool(b, to, stepConnections)
		addStreams(b, store, size(b, stepStreams))
		addWaiting(b, pool, size(b, 1_000_000))
		name := "baseline_without"
		if snapshot {
			name = "store"
			holdSnapshot(b, pool)
		}
		b.Run(name, func(b *testing.B) {
			workInBatches(b, batch, func(want int) (int, error) { return typical.storeSteps(store, want) })
		})
	}
	steps(b, true)
	steps(b, false)
}

// holdSnapshot keeps a transaction open until the benchmark is over.
func holdSnapshot(b *testing.B, pool *pgxpool.Pool) {
	b.Helper()
	old, err := pool.BeginTx(context.Background(), pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly})
	must(b, err)
	var n int
	must(b, old.QueryRow(context.Background(), "SELECT count(*) FROM "+schema+".event").Scan(&n))
	b.Cleanup(func() { must(b, old.Rollback(context.Background())) })
}

// workInBatches makes b.N steps. work does up to so many and says how many it did.
func workInBatches(b *testing.B, batch int, work func(want int) (int, error)) {
	b.Helper()
	var left atomic.Int64
	left.Store(int64(b.N))
	var failed atomic.Pointer[error]
	var workers sync.WaitGroup
	b.ResetTimer()
	for range stepWorkers {
		workers.Go(func() {
			for failed.Load() == nil {
				before := left.Add(-int64(batch)) + int64(batch)
				want := int(min(before, int64(batch)))
				if want <= 0 {
					return
				}
				for want > 0 && failed.Load() == nil {
					did, err := work(want)
					if err != nil {
						failed.CompareAndSwap(nil, &err)
					}
					want -= did
				}
			}
		})
	}
	workers.Wait()
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "steps/s")
	if err := failed.Load(); err != nil {
		b.Fatal(*err)
	}
}

// storeSteps claims a batch and commits each step on its own, all at once, as the
// engine does.
func (l load) storeSteps(s storage.Store, want int) (int, error) {
	claims, err := s.Claim(context.Background(), storage.ClaimQuery{Worker: "w", Limit: want, Lease: time.Minute})
	if err != nil {
		return 0, err
	}
	errs := make(chan error, len(claims.Tasks))
	for _, t := range claims.Tasks {
		go func() { errs <- l.storeStep(s, t, claims.Now) }()
	}
	for range claims.Tasks {
		if e := <-errs; e != nil {
			err = e
		}
	}
	return len(claims.Tasks), err
}

func (l load) storeStep(s storage.Store, t storage.Task, now time.Time) error {
	version, err := strconv.ParseUint(string(t.Payload), 10, 64)
	if err != nil {
		return err
	}
	c := l.change(t.Stream, version, now)
	c.Fence = t.Fence()
	c.Schedule = append(c.Schedule, storage.TaskSpec{ID: deliveryID(version), Kind: "deliver", Due: now.Add(deliverIn)})
	_, err = s.Commit(context.Background(), c)
	return err
}

func deliveryID(version uint64) string { return "deliver-" + strconv.FormatUint(version, 10) }

// bareDue finds what is due. The limit is literal: as a parameter it would be
// planned for anew each time.
func bareDue(limit int) string {
	return fmt.Sprintf(`SELECT stream, id, payload FROM %s.task
		WHERE lease_until IS NULL AND due <= $1 AND tenant = '%s' ORDER BY due, tenant, stream, id LIMIT %d FOR NO KEY UPDATE SKIP LOCKED`,
		schema, tenant, limit)
}

func bareLease(limit int) string {
	return fmt.Sprintf(`WITH due AS MATERIALIZED (SELECT tenant, stream, id FROM %[1]s.task
			WHERE lease_until IS NULL AND due <= $1 ORDER BY due, tenant, stream, id LIMIT %[2]d FOR NO KEY UPDATE SKIP LOCKED)
		UPDATE %[1]s.task t SET attempt = t.attempt + 1, epoch = nextval('%[1]s.epoch'), lease_until = $1 + 60000000, worker = 'w'
		FROM due WHERE t.tenant = due.tenant AND t.stream = due.stream AND t.id = due.id
		RETURNING t.stream, t.id, t.payload`, schema, limit)
}

// The rest of a batch. $1 are the streams, $2 the versions they are at, and $3 and $4
// the snapshots and events.
const (
	bareEvents = `
		WITH head AS (
			UPDATE ` + schema + `.stream s SET version = s.version + 1, status = 'active', data = w.snapshot
			FROM unnest($1::text[], $2::bigint[], $3::bytea[], $4::bytea[]) AS w (id, version, snapshot, event)
			WHERE s.tenant = '` + tenant + `' AND s.id = w.id AND s.version = w.version RETURNING s.number, s.version, w.event
		)
		INSERT INTO ` + schema + `.event (stream, version, recorded_at, tenant, type, data)
		SELECT number, version, $5, '` + tenant + `', 'stepped', event FROM head`
	bareNext = `
		UPDATE ` + schema + `.task t SET due = $3, payload = (w.version + 1)::text::bytea, attempt = 0, lease_until = NULL, worker = NULL
		FROM unnest($1::text[], $2::bigint[]) AS w (id, version)
		WHERE t.tenant = '` + tenant + `' AND t.stream = w.id AND t.id = 'wake'`
	bareDeliveries = `
		INSERT INTO ` + schema + `.task (due, tenant, stream, id, kind)
		SELECT $3, '` + tenant + `', w.id, 'deliver-' || w.version, 'deliver' FROM unnest($1::text[], $2::bigint[]) AS w (id, version)`
)

// each makes so many bytes for each stream: incidents do not share what they hold.
func each(ids []string, size int) [][]byte {
	all := make([][]byte, len(ids))
	for i := range all {
		all[i] = make([]byte, size)
	}
	return all
}

// bareSteps does a batch in one transaction: what is due, and then all the rest in
// one round trip.
func (l load) bareSteps(pool *pgxpool.Pool, want int, lease bool) (int, error) {
	ctx := context.Background()
	query := bareDue(want)
	if lease {
		query = bareLease(want)
	}
	now := time.Now()
	did := 0
	err := pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
		rows, err := tx.Query(ctx, query, now.UnixMicro())
		if err != nil {
			return err
		}
		var ids []string
		var versions []int64
		var id, task string
		var payload []byte
		_, err = pgx.ForEachRow(rows, []any{&id, &task, &payload}, func() error {
			version, err := strconv.ParseInt(string(payload), 10, 64)
			ids, versions = append(ids, id), append(versions, version)
			return err
		})
		if err != nil {
			return err
		}
		did = len(ids)
		var rest pgx.Batch
		rest.Queue(bareEvents, ids, versions, each(ids, l.snapshot), each(ids, l.event), now.UnixMicro())
		rest.Queue(bareNext, ids, versions, now.UnixMicro())
		rest.Queue(bareDeliveries, ids, versions, now.Add(deliverIn).UnixMicro())
		return tx.SendBatch(ctx, &rest).Close()
	})
	return did, err
}
