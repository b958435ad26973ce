package bench

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/incidentkit/incidentkit/storage"
)

const (
	tenant    = "acme"
	deliverIn = time.Hour // so that what is measured is the step, not what it leads to
)

// load is how many bytes a change carries.
type load struct{ event, snapshot int }

var (
	typical = load{event: 500, snapshot: 2000} // of an incident
	light   = load{event: 100, snapshot: 100}  // about what a job of River weighs
)

func streamName(n int) storage.Stream {
	return storage.Stream{Tenant: tenant, ID: "s" + strconv.Itoa(n)}
}

// change is what a step leads to: an event, the snapshot, and the next wake-up, whose
// payload is the version it is for.
func (l load) change(st storage.Stream, at uint64, due time.Time) storage.Change {
	return storage.Change{
		Stream:   st,
		Expect:   at,
		Events:   []storage.Event{{Version: at + 1, Type: "stepped", RecordedAt: due, Data: make([]byte, l.event)}},
		Snapshot: storage.Snapshot{Kind: "incident", Status: "active", Data: make([]byte, l.snapshot)},
		Schedule: []storage.TaskSpec{{ID: "wake", Kind: "wake", Due: due, Payload: strconv.AppendUint(nil, at+1, 10)}},
	}
}

// addStreams makes streams at version 1, each with a task that is due.
func addStreams(b *testing.B, s storage.Store, n int) {
	b.Helper()
	due := time.Now()
	rest := make(chan int)
	failures := make(chan error, 64)
	for range cap(failures) {
		go func() {
			var failed error
			for i := range rest {
				if _, err := s.Commit(context.Background(), typical.change(streamName(i), 0, due)); err != nil {
					failed = err
				}
			}
			failures <- failed
		}()
	}
	for i := range n {
		rest <- i
	}
	close(rest)
	for range cap(failures) {
		must(b, <-failures)
	}
}

// addWaiting adds tasks of another tenant that become due in an hour and later.
func addWaiting(b *testing.B, pool *pgxpool.Pool, n int) {
	b.Helper()
	run(b, pool, fmt.Sprintf(`INSERT INTO %[1]s.task (due, tenant, stream, id, kind)
		SELECT %[1]s.clock() + 3600000000 + i, 'waiting', 'w' || i, 'wake', 'wake' FROM generate_series(1, %[2]d) AS i`, schema, n),
		"VACUUM ANALYZE "+schema+".task", "VACUUM ANALYZE "+schema+".stream")
}

// bareWrite does in one statement what a commit of a change does, without its
// checks of anything but the version.
const bareWrite = `
	WITH head AS (
		UPDATE ` + schema + `.stream SET version = version + 1, status = 'active', data = $4
		WHERE tenant = $1 AND id = $2 AND version = $3 RETURNING number, version
	), event AS (
		INSERT INTO ` + schema + `.event (stream, version, recorded_at, tenant, type, data)
		SELECT number, version, $5, $1, 'stepped', $6 FROM head
	)
	INSERT INTO ` + schema + `.task AS t (due, tenant, stream, id, kind, payload)
	SELECT $7, $1, $2, 'wake', 'wake', $8 FROM head
	ON CONFLICT (tenant, stream, id) DO UPDATE SET due = excluded.due, kind = excluded.kind,
		payload = excluded.payload, attempt = 0, lease_until = NULL, worker = NULL`

func bareCommit(ctx context.Context, pool *pgxpool.Pool, c storage.Change) error {
	k := c.Schedule[0]
	done, err := pool.Exec(ctx, bareWrite, c.Stream.Tenant, c.Stream.ID, int64(c.Expect), c.Snapshot.Data,
		c.Events[0].RecordedAt.UnixMicro(), c.Events[0].Data, k.Due.UnixMicro(), k.Payload)
	if err == nil && done.RowsAffected() != 1 {
		err = storage.ErrConflict
	}
	return err
}
