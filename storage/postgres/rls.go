package postgres

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
)

// tenantSetting is what the policies compare each row's tenant with. It is set for
// a transaction only, and never left on a connection.
const tenantSetting = "incidentkit.tenant"

// RowSecurity lets the database keep tenants apart (see RowSecuritySQL). What is
// for one tenant goes by the connection in Options, whose role is the tenant role
// and sees but the rows of the tenant that a statement names. What goes across
// tenants (Claim and Tenants) goes by the one given here, whose role is the worker
// role. Exactly one of WorkerURL and WorkerPool is required.
//
// A commit is one round trip all the same, since the name of the tenant travels
// with it; but commits are grouped by tenant.
type RowSecurity struct {
	WorkerURL  string        // as Options.URL
	WorkerPool *pgxpool.Pool // as Options.Pool
}

func (r RowSecurity) validate() error {
	switch {
	case r.WorkerURL == "" && r.WorkerPool == nil:
		return invalid("Options.RowSecurity.WorkerURL", "how to connect as the worker role, or RowSecurity.WorkerPool")
	case r.WorkerURL != "" && r.WorkerPool != nil:
		return invalid("Options.RowSecurity.WorkerPool", "nil where RowSecurity.WorkerURL is given")
	}
	return nil
}

// RowSecurityError is a database that would not keep the tenants apart, or would
// hide from a role what it needs.
type RowSecurityError struct {
	Role  string // that the store connected as
	Table string
	Why   string
}

// Error implements error.
func (e *RowSecurityError) Error() string {
	text := fmt.Sprintf("postgres: row-level security of the table %s, for the role %s: %s", e.Table, e.Role, e.Why)
	if e.Why == blind {
		return text
	}
	return text + "; apply postgres.RowSecuritySQL, also after each migration"
}

// What a role has to be for what is asked as it.
const (
	seesOne = "(forced AND active AND NOT worker)"
	seesAll = "(worker OR NOT active)"
)

// blind is a store without row-level security on a database with it. It would take
// the rows that it is not shown for rows that are not there.
const blind = "this role sees no rows without Options.RowSecurity"

func hides(err error) bool {
	_, ok := errors.AsType[*RowSecurityError](err)
	return ok
}

// RowSecuritySQL returns the script that puts row-level security on the schema
// (empty: DefaultSchema), for its owner to apply after each migration; applied again it
// does no harm. Both roles must be there, and should not be the owner's: the tables
// get FORCE, so that not even the owner is exempt. Stop every store that is open
// without Options.RowSecurity first: its role is shown nothing from then on.
//
// The tenant role sees the rows of the tenant that the setting incidentkit.tenant
// names, and none where it is not set; the worker role sees all. Set it for one
// transaction, as the store does: SELECT set_config('incidentkit.tenant', $1, true).
func RowSecuritySQL(schema, tenantRole, workerRole string) (string, error) {
	if schema == "" {
		schema = DefaultSchema
	}
	for _, n := range []struct{ field, name string }{{"schema", schema}, {"tenantRole", tenantRole}, {"workerRole", workerRole}} {
		if err := checkName(n.field, n.name); err != nil {
			return "", err
		}
	}
	if tenantRole == workerRole {
		return "", invalid("workerRole", "another role than the tenant role")
	}
	return strings.NewReplacer(
		schemaMark, quote(schema), "{name}", schema, "{ledger}", ledgerTable,
		"{tenant}", quote(tenantRole), "{worker}", quote(workerRole), "{setting}", tenantSetting,
		"{worker_policy}", workerPolicy,
	).Replace(rowSecurity), nil
}

// workerPolicy is the name of the policy that shows everything.
const workerPolicy = "incidentkit_worker"

const rowSecurity = `GRANT USAGE ON SCHEMA {schema} TO {tenant}, {worker};
GRANT SELECT ON {schema}.{ledger} TO {tenant}, {worker};
GRANT USAGE ON ALL SEQUENCES IN SCHEMA {schema} TO {tenant}, {worker};
GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA {schema} TO {tenant}, {worker};
DO $incidentkit$
DECLARE
	t regclass;
BEGIN
	FOR t IN
		SELECT c.oid FROM pg_catalog.pg_class c
		JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
		WHERE n.nspname = '{name}' AND c.relkind IN ('r', 'p') AND a.attname = 'tenant' AND NOT a.attisdropped
	LOOP
		EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO {tenant}, {worker}', t);
		EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', t);
		EXECUTE format('DROP POLICY IF EXISTS incidentkit_tenant ON %s', t);
		EXECUTE format('CREATE POLICY incidentkit_tenant ON %s TO {tenant} USING (tenant = current_setting(%L, true))', t, '{setting}');
		EXECUTE format('DROP POLICY IF EXISTS {worker_policy} ON %s', t);
		EXECUTE format('CREATE POLICY {worker_policy} ON %s TO {worker} USING (true)', t);
	END LOOP;
END $incidentkit$;
`

// secure connects as the worker role, and makes sure that the database does what
// is asked of it: security that is not there would not be missed otherwise.
func (s *Store) secure(ctx context.Context, r RowSecurity) error {
	s.workers = r.WorkerPool
	if s.workers == nil {
		var err error
		if s.workers, err = connect(ctx, "Options.RowSecurity.WorkerURL", r.WorkerURL); err != nil {
			return err
		}
		s.ownWorkers = true
	}
	if err := checkPrivileges(ctx, s.workers, s.schema); err != nil {
		return err
	}
	if err := s.checkSame(ctx); err != nil {
		return err
	}
	if err := s.checkRole(ctx, s.pool, seesOne, "it would see the rows of every tenant"); err != nil {
		return err
	}
	return s.checkRole(ctx, s.workers, seesAll, "it would not see the rows of every tenant")
}

// checkSame tells databases apart by the moment at which their schemas were made:
// workers that look into another one would never find anything to do.
func (s *Store) checkSame(ctx context.Context) error {
	var made [2]string
	for i, pool := range []*pgxpool.Pool{s.pool, s.workers} {
		err := pool.QueryRow(ctx, `SELECT current_database() || coalesce(min(extract(epoch FROM applied_at))::text, '')
			FROM `+quote(s.schema)+`.`+ledgerTable).Scan(&made[i])
		if err != nil {
			return fail("row-level security", err)
		}
	}
	if made[0] != made[1] {
		return invalid("Options.RowSecurity.WorkerURL", "the database that Options.URL leads to")
	}
	return nil
}

// unfitText finds a table of the schema $1 for which a condition does not hold. A
// role is a worker that has the policy $2, or another one that shows everything.
func unfitText(condition string) string {
	return `SELECT t.role, t.relname FROM (
		SELECT current_user::text AS role, c.relname::text, c.relrowsecurity AND c.relforcerowsecurity AS forced, row_security_active(c.oid) AS active,
			EXISTS (SELECT FROM pg_catalog.pg_policy p, unnest(p.polroles) AS to_role
				WHERE p.polrelid = c.oid AND (to_role = 0 OR pg_has_role(to_role, 'USAGE')) AND (p.polname = $2::text
					OR p.polpermissive AND p.polcmd = '*' AND pg_get_expr(p.polqual, p.polrelid) = 'true')) AS worker
		FROM pg_catalog.pg_class c
		JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
		JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid
		WHERE n.nspname = $1::text AND c.relkind IN ('r', 'p') AND a.attname = 'tenant' AND NOT a.attisdropped) AS t
		WHERE NOT ` + condition + ` ORDER BY t.relname LIMIT 1`
}

// checkRole refuses a role for which the condition does not hold on some table.
func (s *Store) checkRole(ctx context.Context, pool *pgxpool.Pool, condition, why string) error {
	e := &RowSecurityError{Why: why}
	err := pool.QueryRow(ctx, unfitText(condition), s.schema, workerPolicy).Scan(&e.Role, &e.Table)
	if errors.Is(err, pgx.ErrNoRows) {
		return nil
	}
	if err != nil {
		return fail("row-level security", err)
	}
	return e
}

// forTenant is where to ask what concerns one tenant.
func (s *Store) forTenant(tenant string) querier {
	if !s.secured {
		return s.pool
	}
	return pipeline{on: s.pool, before: []statement{setTenant(tenant)}}
}

// across is where to ask what concerns all tenants.
func (s *Store) across() querier { return s.workers }

func setTenant(tenant string) statement {
	return statement{"SELECT set_config('" + tenantSetting + "', $1, true)", []any{tenant}}
}
