package sqlite

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"

	engine "modernc.org/sqlite"
)

// session is one connection with its prepared statements. It speaks to the
// driver itself, since package database/sql takes about as long as many of
// these statements do. One goroutine uses it at a time. Nothing interrupts its
// statements: an interrupt midway would win little, and leave it to the driver
// what became of the transaction.
type session struct {
	conn  conn
	stmts [statementCount]stmt
	named []driver.NamedValue // of one call, kept for the next
}

// conn is what a connection has to be.
type conn interface {
	driver.Conn
	engine.DBStatus
}

// stmt is what a prepared statement has to be.
type stmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

// values are the arguments of a statement, or the columns of a row.
type values []driver.Value

func connect(ctx context.Context, c connector) (*session, error) {
	opened, err := c.Connect(ctx)
	if err != nil {
		return nil, err
	}
	connection, ok := opened.(conn)
	if !ok {
		return nil, errors.Join(fmt.Errorf("the driver's connection %T does not count what it writes", opened), opened.Close())
	}
	s := &session{conn: connection}
	for i, text := range statementTexts {
		prepared, err := s.conn.Prepare(text)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("prepare %q: %w", text, err), s.close())
		}
		if s.stmts[i], ok = prepared.(stmt); !ok {
			return nil, errors.Join(fmt.Errorf("the driver's statement %T takes no context", prepared), s.close())
		}
	}
	return s, nil
}

func (s *session) close() error {
	var errs []error
	for _, st := range s.stmts {
		if st != nil {
			errs = append(errs, st.Close())
		}
	}
	return errors.Join(append(errs, s.conn.Close())...)
}

func (s *session) exec(id statement, args ...driver.Value) (driver.Result, error) {
	return s.stmts[id].ExecContext(context.Background(), s.name(args))
}

// changed runs a statement and returns how many rows it changed.
func (s *session) changed(id statement, args ...driver.Value) (int64, error) {
	result, err := s.exec(id, args...)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// row reads the first row of a query, and reports whether there is one.
func (s *session) row(id statement, args values, into ...any) (found bool, err error) {
	err = s.each(id, args, func(row values) error {
		found = true
		if err := scan(row, into...); err != nil {
			return err
		}
		return io.EOF // the others are of no interest
	})
	return found, err
}

// each calls do for every row of a query, up to its first error. The row is
// valid until do returns; io.EOF ends the query without an error.
func (s *session) each(id statement, args values, do func(row values) error) error {
	rows, err := s.stmts[id].QueryContext(context.Background(), s.name(args))
	if err != nil {
		return err
	}
	row := make(values, len(rows.Columns()))
	for err == nil {
		if err = rows.Next(row); err == nil {
			err = do(row)
		}
	}
	if errors.Is(err, io.EOF) {
		return rows.Close()
	}
	return errors.Join(err, rows.Close())
}

func (s *session) name(args values) []driver.NamedValue {
	s.named = s.named[:0]
	for i, v := range args {
		s.named = append(s.named, driver.NamedValue{Ordinal: i + 1, Value: v})
	}
	return s.named
}

// scan copies columns. Those of a sound file have the types that the schema
// demands.
func scan(row values, into ...any) error {
	for i, to := range into {
		ok := false
		switch to := to.(type) {
		case *int64:
			*to, ok = row[i].(int64)
		case *uint64:
			var n int64
			n, ok = row[i].(int64)
			*to = uint64(n)
		case *int:
			var n int64
			n, ok = row[i].(int64)
			*to = int(n)
		case *string:
			*to, ok = row[i].(string)
		case *[]byte:
			*to, ok = row[i].([]byte)
			ok = ok || row[i] == nil
		case sql.Scanner:
			ok = to.Scan(row[i]) == nil
		}
		if !ok {
			return fmt.Errorf("%w: column %d is %T and not %T", ErrCorrupt, i, row[i], to)
		}
	}
	return nil
}

// written returns how many pages were written since it was asked last.
func (s *session) written() int {
	pages, _, _ := s.conn.Status(engine.DBStatusCacheWrite, true) // fails for an unknown counter alone
	return pages
}
