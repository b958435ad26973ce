package sqlite

import (
	"context"
	"database/sql"
	"fmt"
)

// readStatements are prepared once for each connection that uses them.
type readStatements struct {
	loadByID, loadByKey, events, tenants, next, open *sql.Stmt
}

func (s *Store) prepare(ctx context.Context) error {
	for _, p := range []struct {
		stmt **sql.Stmt
		text string
	}{
		{&s.stmts.loadByID, loadByIDText},
		{&s.stmts.loadByKey, loadByKeyText},
		{&s.stmts.events, eventsText},
		{&s.stmts.tenants, tenantsText},
		{&s.stmts.next, nextText},
		{&s.stmts.open, openText},
	} {
		stmt, err := s.reader.PrepareContext(ctx, p.text)
		if err != nil {
			return fmt.Errorf("prepare %q: %w", p.text, err)
		}
		*p.stmt = stmt
	}
	return nil
}

// statement names one of those that a session has.
type statement int

const (
	beginImmediate statement = iota
	commit
	rollback
	checkpointPassive
	checkpointRestart

	findStream
	findOperation
	holdsTask

	addStream
	setSnapshot
	setData
	addEvent
	addOperation

	releaseKey
	takeKey
	keyOwner

	cancelTask
	scheduleTask

	dueTasks
	addEpoch
	claimTask
	nextAfter

	settleDone
	settleRetry
	settleExtend

	statementCount
)

var statementTexts = [statementCount]string{ //nolint:gosec // a key here is a unique name, and no secret
	beginImmediate:    `BEGIN IMMEDIATE`, // wait for the lock at the start, where waiting is safe
	commit:            `COMMIT`,
	rollback:          `ROLLBACK`,
	checkpointPassive: `PRAGMA wal_checkpoint(PASSIVE)`, // waits for nobody
	checkpointRestart: `PRAGMA wal_checkpoint(RESTART)`, // waits for busyWait, so that the log starts over

	findStream:    `SELECT number, version, kind, status FROM stream WHERE tenant = ? AND id = ?`,
	findOperation: `SELECT version FROM operation WHERE stream = ? AND id = ?`,
	holdsTask: `SELECT 1 FROM task
		WHERE tenant = ? AND stream = ? AND id = ? AND epoch = ? AND lease_until IS NOT NULL`,

	addStream:    `INSERT INTO stream (tenant, id, version, kind, status, data) VALUES (?, ?, ?, ?, ?, ?)`,
	setSnapshot:  `UPDATE stream SET version = ?, data = ?, status = ? WHERE number = ?`,
	setData:      `UPDATE stream SET version = ?, data = ? WHERE number = ?`, // which leaves the index of statuses alone
	addEvent:     `INSERT INTO event (stream, version, type, recorded_at, data) VALUES (?, ?, ?, ?, ?)`,
	addOperation: `INSERT INTO operation (stream, id, version) VALUES (?, ?, ?)`,

	releaseKey: `DELETE FROM held_key WHERE tenant = ? AND key = ? AND stream = ?`,
	takeKey:    `INSERT INTO held_key (tenant, key, stream) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
	keyOwner: `SELECT s.number, s.id
		FROM held_key AS k JOIN stream AS s ON s.number = k.stream WHERE k.tenant = ? AND k.key = ?`,

	cancelTask:   `DELETE FROM task WHERE tenant = ? AND stream = ? AND id = ?`,
	scheduleTask: `INSERT OR REPLACE INTO task (tenant, stream, id, kind, due, payload) VALUES (?, ?, ?, ?, ?, ?)`,

	dueTasks: dueText,
	addEpoch: `UPDATE counter SET epoch = epoch + 1 RETURNING epoch`,
	claimTask: `UPDATE task SET attempt = attempt + 1, epoch = ?, lease_until = ?, worker = ?
		WHERE tenant = ? AND stream = ? AND id = ?`,
	nextAfter: nextText,

	settleDone: `DELETE FROM task
		WHERE tenant = ? AND stream = ? AND id = ? AND epoch = ? AND lease_until IS NOT NULL`,
	settleRetry: `UPDATE task SET lease_until = NULL, worker = NULL, due = ?
		WHERE tenant = ? AND stream = ? AND id = ? AND epoch = ? AND lease_until IS NOT NULL`,
	settleExtend: `UPDATE task SET lease_until = ?
		WHERE tenant = ? AND stream = ? AND id = ? AND epoch = ? AND lease_until IS NOT NULL`,
}

const (
	loadByIDText = `SELECT id, version, kind, status, data FROM stream WHERE tenant = ? AND id = ?`

	loadByKeyText = `SELECT s.id, s.version, s.kind, s.status, s.data
			FROM held_key AS k JOIN stream AS s ON s.number = k.stream WHERE k.tenant = ? AND k.key = ?`

	eventsText = `SELECT e.version, e.type, e.recorded_at, e.data
			FROM stream AS s JOIN event AS e ON e.stream = s.number
			WHERE s.tenant = ? AND s.id = ? AND e.version > ? ORDER BY e.version LIMIT ?`

	// dueText finds the tasks that may be claimed at ?1, at most ?2, the
	// longest due first, but none of the tenants in the JSON array ?3. Those that wait come off their index in that order;
	// the few whose lease ended are sorted.
	dueText = `SELECT tenant, stream, id, kind, due, payload, attempt FROM (
			SELECT * FROM (
				SELECT tenant, stream, id, kind, due, payload, attempt FROM task INDEXED BY task_waiting
				WHERE lease_until IS NULL AND due <= ?1 AND (?3 IS NULL OR tenant NOT IN (SELECT value FROM json_each(?3)))
				ORDER BY due, tenant, stream, id LIMIT ?2)
			UNION ALL
			SELECT * FROM (
				SELECT tenant, stream, id, kind, due, payload, attempt FROM task INDEXED BY task_leased
				WHERE lease_until IS NOT NULL AND lease_until <= ?1 AND (?3 IS NULL OR tenant NOT IN (SELECT value FROM json_each(?3)))
				ORDER BY due, tenant, stream, id LIMIT ?2)
		) ORDER BY due, tenant, stream, id LIMIT ?2`

	// tenantsText finds at most ?2 tenants after ?1. It jumps in the index from
	// one to the next, whatever number of streams each has.
	tenantsText = `WITH RECURSIVE found (tenant) AS (
			SELECT min(tenant) FROM stream WHERE tenant > ?1
			UNION ALL
			SELECT (SELECT min(tenant) FROM stream WHERE tenant > found.tenant) FROM found WHERE found.tenant IS NOT NULL
		) SELECT tenant FROM found WHERE tenant IS NOT NULL LIMIT ?2`

	// nextText finds the earliest due time, and the earliest end of a lease
	// that was not given by the claim with the epoch ?1.
	nextText = `SELECT
			(SELECT due FROM task INDEXED BY task_waiting
				WHERE lease_until IS NULL ORDER BY due LIMIT 1),
			(SELECT lease_until FROM task INDEXED BY task_leased
				WHERE lease_until IS NOT NULL AND epoch <> ?1 ORDER BY lease_until LIMIT 1)`

	// openText finds, besides, whether any task may be claimed at ?2, but for
	// the tenants in the JSON array ?3.
	openText = nextText + `,
			EXISTS (SELECT 1 FROM task INDEXED BY task_waiting
				WHERE lease_until IS NULL AND due <= ?2 AND tenant NOT IN (SELECT value FROM json_each(?3)))
			OR EXISTS (SELECT 1 FROM task INDEXED BY task_leased
				WHERE lease_until IS NOT NULL AND lease_until <= ?2 AND tenant NOT IN (SELECT value FROM json_each(?3)))`
)
