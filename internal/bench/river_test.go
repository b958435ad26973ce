package bench

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/riverqueue/river"
	"github.com/riverqueue/river/riverdriver/riverpgxv5"
	"github.com/riverqueue/river/rivermigrate"
	"github.com/riverqueue/river/rivertype"
)

// nothing is a job that does nothing.
type nothing struct{}

func (nothing) Kind() string { return "nothing" }

func migrateRiver(b *testing.B, pool *pgxpool.Pool) {
	b.Helper()
	m, err := rivermigrate.New(riverpgxv5.New(pool), &rivermigrate.Config{Logger: slog.New(slog.DiscardHandler)})
	must(b, err)
	_, err = m.Migrate(context.Background(), rivermigrate.DirectionUp, nil)
	must(b, err)
}

// addScheduledJobs adds jobs that become due in an hour and later.
func addScheduledJobs(b *testing.B, pool *pgxpool.Pool, n int) {
	b.Helper()
	run(b, pool, fmt.Sprintf(`INSERT INTO river_job (args, kind, max_attempts, queue, state, scheduled_at)
		SELECT '{}', 'nothing', 25, 'default', 'scheduled', now() + interval '1 hour' + i * interval '1 ms' FROM generate_series(1, %d) AS i`, n),
		"VACUUM ANALYZE river_job")
}

// riverDefaults is River as its documentation begins.
func riverDefaults() *river.Config {
	return &river.Config{Queues: map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: 100}}}
}

// riverTuned fetches as often as River allows, and as many jobs at once as all our
// workers together, or what River's own documentation begins with.
func riverTuned(workers int) *river.Config {
	return &river.Config{
		FetchCooldown:     river.FetchCooldownMin,
		FetchPollInterval: river.FetchPollIntervalMin,
		Queues:            map[string]river.QueueConfig{river.QueueDefault: {MaxWorkers: max(workers, 100)}},
	}
}

// startRiver starts a client whose jobs call work, and returns what stops it.
func startRiver(b *testing.B, pool *pgxpool.Pool, c *river.Config, work func(job *rivertype.JobRow)) (stop func()) {
	b.Helper()
	c.Logger = slog.New(slog.DiscardHandler)
	c.Workers = river.NewWorkers()
	river.AddWorker(c.Workers, river.WorkFunc(func(_ context.Context, job *river.Job[nothing]) error {
		work(job.JobRow)
		return nil
	}))
	client, err := river.NewClient(riverpgxv5.New(pool), c)
	must(b, err)
	must(b, client.Start(context.Background()))
	return func() { must(b, client.Stop(context.Background())) }
}

// insertJobs inserts jobs that are due, or scheduled.
func insertJobs(b *testing.B, pool *pgxpool.Pool, n int, at func(i int) time.Time) {
	b.Helper()
	client, err := river.NewClient(riverpgxv5.New(pool), &river.Config{Logger: slog.New(slog.DiscardHandler)})
	must(b, err)
	const most = 5000
	for i := 0; i < n; i += most {
		jobs := make([]river.InsertManyParams, min(most, n-i))
		for k := range jobs {
			jobs[k] = river.InsertManyParams{Args: nothing{}, InsertOpts: &river.InsertOpts{ScheduledAt: at(i + k)}}
		}
		_, err := client.InsertManyFast(context.Background(), jobs)
		must(b, err)
	}
}

// riverJobs works off b.N jobs that are there when it starts. It is over when all
// of them are marked completed, as ours are when a batch is.
func riverJobs(b *testing.B, pool *pgxpool.Pool, c *river.Config) {
	b.Helper()
	insertJobs(b, pool, b.N, func(int) time.Time { return time.Time{} })
	var left atomic.Int64
	left.Store(int64(b.N))
	worked := make(chan struct{})
	b.ResetTimer()
	stop := startRiver(b, pool, c, func(*rivertype.JobRow) {
		if left.Add(-1) == 0 {
			close(worked)
		}
	})
	<-worked
	for open := true; open; {
		err := pool.QueryRow(context.Background(),
			"SELECT EXISTS (SELECT FROM river_job WHERE state = 'running')", pgx.QueryExecModeExec).Scan(&open)
		must(b, err)
		if open {
			<-time.After(time.Millisecond)
		}
	}
	b.StopTimer()
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "steps/s")
	stop()
}
