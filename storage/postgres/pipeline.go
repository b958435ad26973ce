package postgres

import (
	"context"

	"github.com/jackc/pgx/v5"
)

// statement is SQL and its arguments.
type statement struct {
	sql  string
	args []any
}

// pipeline is a querier that sends statements before and after each query, all in
// one round trip and, where no transaction is open, in one of their own: what is
// set for a transaction holds for the query and is gone after it. That is so
// behind a proxy that pools transactions, too.
type pipeline struct {
	on interface { // a pool, a connection or a transaction
		SendBatch(ctx context.Context, b *pgx.Batch) pgx.BatchResults
	}
	before, after []statement
}

// Query implements querier.
func (p pipeline) Query(ctx context.Context, sql string, args ...any) (pgx.Rows, error) {
	batch := &pgx.Batch{}
	for _, s := range p.before {
		batch.Queue(s.sql, s.args...)
	}
	batch.Queue(sql, args...)
	for _, s := range p.after {
		batch.Queue(s.sql, s.args...)
	}
	results := p.on.SendBatch(ctx, batch)
	for range p.before {
		if _, err := results.Exec(); err != nil {
			_ = results.Close() // the same error
			return nil, err
		}
	}
	rows, err := results.Query()
	if err != nil {
		_ = results.Close() // the same error
		return nil, err
	}
	return &pipelineRows{Rows: rows, results: results}, nil
}

// QueryRow implements querier.
func (p pipeline) QueryRow(ctx context.Context, sql string, args ...any) pgx.Row {
	rows, err := p.Query(ctx, sql, args...)
	return pipelineRow{rows, err}
}

// pipelineRows end with the pipeline, and have its error: what fails after the
// query has taken the query back.
type pipelineRows struct {
	pgx.Rows
	results pgx.BatchResults
	closed  bool
	err     error
}

// Next implements pgx.Rows.
func (r *pipelineRows) Next() bool {
	if r.Rows.Next() {
		return true
	}
	r.Close()
	return false
}

// Close implements pgx.Rows.
func (r *pipelineRows) Close() {
	if r.closed {
		return
	}
	r.closed = true
	r.Rows.Close()
	r.err = r.Rows.Err()
	if err := r.results.Close(); r.err == nil {
		r.err = err
	}
}

// Err implements pgx.Rows.
func (r *pipelineRows) Err() error {
	if r.closed {
		return r.err
	}
	return r.Rows.Err()
}

// pipelineRow is the first of some rows.
type pipelineRow struct {
	rows pgx.Rows
	err  error
}

// Scan implements pgx.Row.
func (r pipelineRow) Scan(dest ...any) error {
	if r.err != nil {
		return r.err
	}
	defer r.rows.Close()
	if !r.rows.Next() {
		if err := r.rows.Err(); err != nil {
			return err
		}
		return pgx.ErrNoRows
	}
	if err := r.rows.Scan(dest...); err != nil {
		return err
	}
	r.rows.Close()
	return r.rows.Err()
}
