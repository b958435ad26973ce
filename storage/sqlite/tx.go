package sqlite

import (
	"context"
	"database/sql"
)

// tx is a write transaction under way. It holds the file's write lock.
type tx struct {
	ctx   context.Context // never ends, see write
	tx    *sql.Tx
	stmts *statements
}

func (t *tx) exec(s *sql.Stmt, args ...any) (sql.Result, error) {
	return t.tx.StmtContext(t.ctx, s).ExecContext(t.ctx, args...)
}

// changed runs a statement and returns how many rows it changed.
func (t *tx) changed(s *sql.Stmt, args ...any) (int64, error) {
	result, err := t.exec(s, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

func (t *tx) row(s *sql.Stmt, args ...any) *sql.Row {
	return t.tx.StmtContext(t.ctx, s).QueryRowContext(t.ctx, args...)
}

func (t *tx) query(s *sql.Stmt, args ...any) (*sql.Rows, error) {
	return t.tx.StmtContext(t.ctx, s).QueryContext(t.ctx, args...)
}

// write runs do in a transaction, and commits unless it fails.
//
// The context ends the waits: for the other writers of this process, and for
// the lock that another process holds. Once the lock is ours no more waiting
// is to come, and the few statements run to their end: an interrupt midway
// would win little, and leave it to the driver what became of the transaction.
// The context is looked at once more before the commit.
func (s *Store) write(ctx context.Context, do func(t *tx) error) error {
	conn, err := s.writer.Conn(ctx)
	if err != nil {
		return err
	}
	defer conn.Close()

	lasting := context.WithoutCancel(ctx)
	var begun *sql.Tx
	err = untilNotBusy(ctx, s.patience, func() (err error) {
		begun, err = conn.BeginTx(lasting, nil)
		return err
	})
	if err != nil {
		return err
	}
	defer begun.Rollback() //nolint:errcheck // after a commit there is nothing to roll back

	if err := do(&tx{ctx: lasting, tx: begun, stmts: &s.stmts}); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	return begun.Commit()
}
