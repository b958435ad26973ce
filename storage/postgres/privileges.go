package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// PrivilegeError is a role that may not do what the store does.
type PrivilegeError struct {
	Schema string
	Role   string   // that the store connected as
	Grant  []string // the statements that its owner has to run, without semicolons
}

// Error implements error.
func (e *PrivilegeError) Error() string {
	return fmt.Sprintf("postgres: the role %s lacks privileges in the schema %s: as the owner of the schema, and again after each migration: %s",
		e.Role, e.Schema, strings.Join(e.Grant, "; "))
}

// checkPrivileges makes sure that the role may use all that is in the schema so
// far. What it makes itself is its own.
func checkPrivileges(ctx context.Context, pool *pgxpool.Pool, schema string) error {
	e := &PrivilegeError{Schema: schema}
	var usage, reads, writes, counts, calls bool
	err := pool.QueryRow(ctx, `SELECT current_user::text, has_schema_privilege(n.oid, 'USAGE'),
		has_table_privilege(l.oid, 'SELECT'),
		(SELECT coalesce(bool_and(has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT')
				AND has_table_privilege(c.oid, 'UPDATE') AND has_table_privilege(c.oid, 'DELETE')), true)
			FROM pg_catalog.pg_class c JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
			WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p') AND a.attname = 'tenant' AND NOT a.attisdropped),
		(SELECT coalesce(bool_and(CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(c.oid, 'USAGE') END), true)
			FROM pg_catalog.pg_class c WHERE c.relnamespace = n.oid),
		(SELECT coalesce(bool_and(has_function_privilege(p.oid, 'EXECUTE')), true)
			FROM pg_catalog.pg_proc p WHERE p.pronamespace = n.oid)
		FROM pg_catalog.pg_namespace n JOIN pg_catalog.pg_class l ON l.relnamespace = n.oid AND l.relname = $2
		WHERE n.nspname = $1`, schema, ledgerTable).Scan(&e.Role, &usage, &reads, &writes, &counts, &calls)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil // nothing is there yet
	}
	if err != nil {
		return fail("open", err)
	}
	lack := func(has bool, what string) {
		if !has {
			e.Grant = append(e.Grant, "GRANT "+what+" SCHEMA "+quote(schema)+" TO "+quote(e.Role))
		}
	}
	lack(usage, "USAGE ON")
	lack(reads && writes, "SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN")
	lack(counts, "USAGE ON ALL SEQUENCES IN")
	lack(calls, "EXECUTE ON ALL FUNCTIONS IN")
	if len(e.Grant) > 0 {
		return e
	}
	return nil
}
