package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
)

// applicationID marks a file as ours, in its header: "ikit".
const applicationID = 0x696b6974

//go:embed migrations/*.sql
var migrationFiles embed.FS

// readMigrations returns the steps that bring a file from one schema version to
// the next: the first from 0, an empty file, to 1. The version is in the file's
// header.
func readMigrations(files fs.FS) ([]string, error) {
	names, err := fs.Glob(files, "migrations/*.sql") // sorted
	if err != nil {
		return nil, err
	}
	var steps []string
	for i, name := range names {
		var number int
		if _, err := fmt.Sscanf(name, "migrations/%04d_", &number); err != nil || number != i+1 {
			return nil, fmt.Errorf("%s: migrations are numbered from 0001, without holes", name)
		}
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		steps = append(steps, string(text))
	}
	return steps, nil
}

// inspect returns a file's schema version, and refuses a file that is not ours
// or whose version is above the one wanted. It leaves the file as it is.
func inspect(ctx context.Context, o Options, want int) (int, error) {
	db := sql.OpenDB(connector{o, looks})
	defer db.Close()
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return 0, err
	}
	defer tx.Rollback() //nolint:errcheck // it only read
	return version(ctx, tx, o.Path, want)
}

// version reads the schema version within a transaction, since another process
// may be creating the schema at this moment.
func version(ctx context.Context, tx *sql.Tx, path string, want int) (int, error) {
	var application int64
	var found, objects int
	if err := tx.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&objects); err != nil {
		return 0, err
	}
	if err := tx.QueryRowContext(ctx, "PRAGMA application_id").Scan(&application); err != nil {
		return 0, err
	}
	if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&found); err != nil {
		return 0, err
	}
	empty := application == 0 && found == 0 && objects == 0
	switch {
	case application != applicationID && !empty:
		return 0, &ForeignError{Path: path, Application: application}
	case found < 0 || found > want:
		return 0, &SchemaError{Path: path, Found: found, Want: want}
	}
	return found, nil
}

// migrate applies what a file lacks, each step in a transaction that holds the
// write lock from the start. Of several processes, one does each step.
func migrate(ctx context.Context, writer *sql.DB, path string, steps []string) error {
	for {
		done, err := migrateOnce(ctx, writer, path, steps)
		if done || err != nil {
			return err
		}
	}
}

func migrateOnce(ctx context.Context, writer *sql.DB, path string, steps []string) (done bool, err error) {
	tx, err := writer.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer tx.Rollback() //nolint:errcheck // after a commit there is nothing to roll back
	at, err := version(ctx, tx, path, len(steps))
	if err != nil || at == len(steps) {
		return true, err
	}
	stamp := fmt.Sprintf(";\nPRAGMA application_id = %d; PRAGMA user_version = %d", applicationID, at+1)
	if _, err := tx.ExecContext(ctx, steps[at]+stamp); err != nil {
		return false, fmt.Errorf("migration %d: %w", at+1, err)
	}
	return false, tx.Commit()
}
