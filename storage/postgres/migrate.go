package postgres

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/incidentkit/incidentkit/storage"
)

// SchemaError is a schema that this build does not work with. It is
// storage.ErrSchema.
type SchemaError struct {
	Schema         string
	Found          int // its version; 0: there is none
	CompatibleFrom int // the oldest build that works with it
	Build          int // the version that this build comes with

	empty bool // it is there, but nothing is in it
}

// Error implements error.
func (e *SchemaError) Error() string {
	const apply = "apply the migrations (postgres.Migrations), or open with Migrate: postgres.Apply"
	switch {
	case e.empty:
		return fmt.Sprintf("postgres: there is nothing in the schema %s yet: %s", e.Schema, apply)
	case e.Found == 0:
		return fmt.Sprintf("postgres: there is no schema %s yet: %s", e.Schema, apply)
	}
	text := fmt.Sprintf("postgres: the schema %s has version %d, and this build comes with %d: ", e.Schema, e.Found, e.Build)
	if e.Found > e.Build {
		return text + fmt.Sprintf("use a newer build, %d at least", e.CompatibleFrom)
	}
	return text + "apply the steps that it lacks (postgres.Migrations), or open with Migrate: postgres.Apply"
}

// Is reports whether target is storage.ErrSchema.
func (e *SchemaError) Is(target error) bool { return target == storage.ErrSchema }

// ForeignError is a schema that belongs to something else. It is
// storage.ErrSchema.
type ForeignError struct {
	Schema string
	Found  string // a table, view or sequence in it that is not ours
}

// Error implements error.
func (e *ForeignError) Error() string {
	return fmt.Sprintf("postgres: the schema %s belongs to something else (%s is in it): name one of its own in Options.Schema", e.Schema, e.Found)
}

// Is reports whether target is storage.ErrSchema.
func (e *ForeignError) Is(target error) bool { return target == storage.ErrSchema }

// migrator brings a schema up to date. Any number of them may be at it at once,
// with no lock but that of the ledger, which ends with the transaction that holds
// it: also when its process is killed.
type migrator struct {
	pool   *pgxpool.Pool
	schema string
	steps  []Migration
	log    *slog.Logger
}

// run checks the schema, and takes the steps that it lacks if it may.
func (m *migrator) run(ctx context.Context, mode MigrateMode) error {
	found, err := inspect(ctx, m.pool, m.schema)
	if err != nil {
		return fail("the schema "+m.schema, err)
	}
	if err := found.check(m.schema, len(m.steps), mode); err != nil || found.version >= len(m.steps) {
		return err
	}
	if !found.ledger {
		if err := m.makeLedger(ctx); err != nil {
			return m.failLedger(err, found.there)
		}
	}
	for {
		done, err := m.step(ctx)
		switch {
		case err == nil && done:
			return nil
		case err == nil:
		case waits(err) && pause(ctx, time.Second):
			m.log.WarnContext(ctx, "the schema is in use; the migration is tried again", "schema", m.schema, "error", err)
		default:
			return err
		}
	}
}

// failLedger says what a role lacks that may not make the schema, or a table in it.
func (m *migrator) failLedger(err error, there bool) error {
	failed := fail("creating the schema "+m.schema, err)
	switch {
	case sqlState(err) != notPermitted:
		return failed
	case there:
		return fmt.Errorf("%w: grant this role USAGE and CREATE on the schema, or make it the owner", failed)
	}
	return fmt.Errorf("%w: create the schema for this role, or grant it CREATE on the database", failed)
}

// makeLedger may meet others who make it, which IF NOT EXISTS does not hide.
func (m *migrator) makeLedger(ctx context.Context) error {
	const attempts = 20
	for i := 0; ; i++ {
		err := m.transaction(ctx, func(tx pgx.Tx) error { return execute(ctx, tx, ledgerSQL(m.schema)) })
		if err == nil || i == attempts || !collides(err) || !pause(ctx, 20*time.Millisecond) {
			return err
		}
	}
}

// step takes the next step, if another migrator has not taken it meanwhile.
func (m *migrator) step(ctx context.Context) (done bool, err error) {
	err = m.transaction(ctx, func(tx pgx.Tx) error {
		if err := execute(ctx, tx, "LOCK TABLE "+quote(m.schema)+"."+ledgerTable+" IN EXCLUSIVE MODE"); err != nil {
			return err
		}
		found, err := inspect(ctx, tx, m.schema)
		if err != nil {
			return err
		}
		if err := found.check(m.schema, len(m.steps), Apply); err != nil || found.version >= len(m.steps) {
			done = true
			return err
		}
		next := m.steps[found.version]
		if err := execute(ctx, tx, next.SQL); err != nil {
			return fmt.Errorf("postgres: migration %d (%s) of the schema %s: %w", next.Number, next.Name, m.schema, err)
		}
		m.log.InfoContext(ctx, "the schema takes a step", "schema", m.schema, "version", next.Number, "name", next.Name)
		return nil
	})
	return done, err
}

// transaction runs a part of a migration. It waits for locks for a short time only,
// since all who come after it would wait for it, too: somebody is to be paged. Names
// mean PostgreSQL's own, wherever else a role looks for them.
func (m *migrator) transaction(ctx context.Context, do func(pgx.Tx) error) error {
	return pgx.BeginTxFunc(ctx, m.pool, pgx.TxOptions{IsoLevel: pgx.ReadCommitted, AccessMode: pgx.ReadWrite}, func(tx pgx.Tx) error {
		const settings = "SET LOCAL lock_timeout = '3s'; SET LOCAL statement_timeout = 0; SET LOCAL search_path = pg_catalog"
		if err := execute(ctx, tx, settings); err != nil {
			return err
		}
		return do(tx)
	})
}

// execute runs any number of statements.
func execute(ctx context.Context, tx pgx.Tx, sql string) error {
	_, err := tx.Exec(ctx, sql, pgx.QueryExecModeSimpleProtocol)
	return err
}

// collides reports whether somebody else made the same thing at the same moment.
func collides(err error) bool {
	switch sqlState(err) {
	case uniqueViolation, duplicateSchema, duplicateTable:
		return true
	}
	return waits(err) || strings.Contains(err.Error(), "tuple concurrently updated")
}

// waits reports whether a lock was not to be had.
func waits(err error) bool { return repeatable(err) || sqlState(err) == lockNotAvailable }

// More SQLSTATEs.
const (
	uniqueViolation = "23505" // in the catalog
	duplicateSchema = "42P06"
	duplicateTable  = "42P07"
)

// pause waits for up to the time given, and reports whether the context goes on.
func pause(ctx context.Context, longest time.Duration) bool {
	timer := time.NewTimer(rand.N(longest) + 1)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}
