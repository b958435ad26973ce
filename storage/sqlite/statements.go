package sqlite

import (
	"context"
	"database/sql"
	"fmt"
)

// statements are prepared once for each connection that uses them.
type statements struct {
	// Of the reader.
	loadByID, loadByKey, events, next *sql.Stmt

	// Of the writer.
	head, operation, held                 *sql.Stmt
	addStream, setVersion, setSnapshot    *sql.Stmt
	addEvent, addOperation                *sql.Stmt
	releaseKey, takeKey, keyOwner         *sql.Stmt
	cancelTask, schedule                  *sql.Stmt
	due, addEpoch, claim, nextAfter       *sql.Stmt
	settleDone, settleRetry, settleExtend *sql.Stmt
}

// statement is one entry of the list of them all.
type statement struct {
	db   *sql.DB
	stmt **sql.Stmt
	text string
}

func (s *Store) statements() []statement {
	r, w, q := s.reader, s.writer, &s.stmts
	return []statement{
		{r, &q.loadByID, `SELECT id, version, kind, status, data FROM stream WHERE tenant = ? AND id = ?`},
		{r, &q.loadByKey, `SELECT s.id, s.version, s.kind, s.status, s.data
			FROM held_key AS k JOIN stream AS s ON s.number = k.stream WHERE k.tenant = ? AND k.key = ?`},
		{r, &q.events, `SELECT e.version, e.type, e.recorded_at, e.data
			FROM stream AS s JOIN event AS e ON e.stream = s.number
			WHERE s.tenant = ? AND s.id = ? AND e.version > ? ORDER BY e.version LIMIT ?`},
		{r, &q.next, nextText},

		{w, &q.head, `SELECT number, version, kind FROM stream WHERE tenant = ? AND id = ?`},
		{w, &q.operation, `SELECT version FROM operation WHERE stream = ? AND id = ?`},
		{w, &q.held, `SELECT 1 FROM task
			WHERE tenant = ? AND stream = ? AND id = ? AND epoch = ? AND lease_until IS NOT NULL`},

		{w, &q.addStream, `INSERT INTO stream (tenant, id, version, kind, status, data) VALUES (?, ?, ?, ?, ?, ?)`},
		{w, &q.setVersion, `UPDATE stream SET version = ? WHERE number = ?`},
		{w, &q.setSnapshot, `UPDATE stream SET status = ?, data = ? WHERE number = ?`},
		{w, &q.addEvent, `INSERT INTO event (stream, version, type, recorded_at, data) VALUES (?, ?, ?, ?, ?)`},
		{w, &q.addOperation, `INSERT INTO operation (stream, id, version) VALUES (?, ?, ?)`},

		{w, &q.releaseKey, `DELETE FROM held_key WHERE tenant = ? AND key = ? AND stream = ?`},
		{w, &q.takeKey, `INSERT INTO held_key (tenant, key, stream) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`},
		{w, &q.keyOwner, `SELECT s.number, s.id
			FROM held_key AS k JOIN stream AS s ON s.number = k.stream WHERE k.tenant = ? AND k.key = ?`},

		{w, &q.cancelTask, `DELETE FROM task WHERE tenant = ? AND stream = ? AND id = ?`},
		{w, &q.schedule, `INSERT OR REPLACE INTO task (tenant, stream, id, kind, due, payload) VALUES (?, ?, ?, ?, ?, ?)`},

		{w, &q.due, dueText},
		{w, &q.addEpoch, `UPDATE counter SET epoch = epoch + 1 RETURNING epoch`},
		{w, &q.claim, `UPDATE task SET attempt = attempt + 1, epoch = ?, lease_until = ?, worker = ?
			WHERE tenant = ? AND stream = ? AND id = ?`},
		{w, &q.nextAfter, nextText},

		{w, &q.settleDone, `DELETE FROM task
			WHERE tenant = ? AND stream = ? AND id = ? AND epoch = ? AND lease_until IS NOT NULL`},
		{w, &q.settleRetry, `UPDATE task SET lease_until = NULL, worker = NULL, due = ?
			WHERE tenant = ? AND stream = ? AND id = ? AND epoch = ? AND lease_until IS NOT NULL`},
		{w, &q.settleExtend, `UPDATE task SET lease_until = ?
			WHERE tenant = ? AND stream = ? AND id = ? AND epoch = ? AND lease_until IS NOT NULL`},
	}
}

const (
	// dueText finds the tasks that may be claimed at ?1, at most ?2, the
	// longest due first. Those that wait come off their index in that order;
	// the few whose lease ended are sorted.
	dueText = `SELECT tenant, stream, id, kind, due, payload, attempt FROM (
			SELECT * FROM (
				SELECT tenant, stream, id, kind, due, payload, attempt FROM task INDEXED BY task_waiting
				WHERE lease_until IS NULL AND due <= ?1
				ORDER BY due, tenant, stream, id LIMIT ?2)
			UNION ALL
			SELECT * FROM (
				SELECT tenant, stream, id, kind, due, payload, attempt FROM task INDEXED BY task_leased
				WHERE lease_until IS NOT NULL AND lease_until <= ?1
				ORDER BY due, tenant, stream, id LIMIT ?2)
		) ORDER BY due, tenant, stream, id LIMIT ?2`

	// nextText finds the earliest due time, and the earliest end of a lease
	// that was not given by the claim with the epoch ?1.
	nextText = `SELECT
			(SELECT due FROM task INDEXED BY task_waiting
				WHERE lease_until IS NULL ORDER BY due LIMIT 1),
			(SELECT lease_until FROM task INDEXED BY task_leased
				WHERE lease_until IS NOT NULL AND epoch <> ?1 ORDER BY lease_until LIMIT 1)`
)

func (s *Store) prepare(ctx context.Context) error {
	for _, p := range s.statements() {
		stmt, err := p.db.PrepareContext(ctx, p.text)
		if err != nil {
			return fmt.Errorf("prepare %q: %w", p.text, err)
		}
		*p.stmt = stmt
	}
	return nil
}
