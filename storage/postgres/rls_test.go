package postgres

import (
	"context"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/storage"
	"github.com/incidentkit/incidentkit/storage/storagetest"
)

// roles are those of row-level security: neither is the owner.
type roles struct{ tenant, worker string }

func newRoles(t *testing.T) roles {
	t.Helper()
	r := roles{tenant: newName(), worker: newName()}
	executeCleanup(t, "CREATE ROLE "+quote(r.tenant)+" LOGIN")
	executeCleanup(t, "CREATE ROLE "+quote(r.worker)+" LOGIN")
	for _, role := range []string{r.tenant, r.worker} { // what is tested with them is not durability
		executeCleanup(t, "ALTER ROLE "+quote(role)+" SET synchronous_commit = off")
	}
	t.Cleanup(func() {
		both := quote(r.tenant) + ", " + quote(r.worker)
		executeCleanup(t, "DROP OWNED BY "+both)
		executeCleanup(t, "DROP ROLE "+both)
	})
	return r
}

// url is how a role connects to the tests' database.
func (r roles) url(role string) string { return strings.Replace(testURL(), "postgres@", role+"@", 1) }

func (r roles) options(schema string) Options {
	return Options{URL: r.url(r.tenant), Schema: schema, RowSecurity: &RowSecurity{WorkerURL: r.url(r.worker)}}
}

// secureSchema makes a schema as its owner would, and secures it twice.
func (r roles) secureSchema(t *testing.T, schema string) {
	t.Helper()
	owner, err := Open(context.Background(), Options{URL: testURL(), Schema: schema})
	require.NoError(t, err)
	defer owner.Close()
	script, err := RowSecuritySQL(schema, r.tenant, r.worker)
	require.NoError(t, err)
	for range 2 {
		_, err = owner.pool.Exec(context.Background(), script, pgx.QueryExecModeSimpleProtocol)
		require.NoError(t, err)
	}
}

// TestConformanceRowSecurity runs the suite on one schema, since they take longer
// to make than the checks do.
func TestConformanceRowSecurity(t *testing.T) {
	t.Parallel()
	r, schema := newRoles(t), newSchema(t)
	r.secureSchema(t, schema)
	admin := newPool(t, testURL())
	o := Options{Pool: newPool(t, r.url(r.tenant)), Schema: schema, RowSecurity: &RowSecurity{WorkerPool: newPool(t, r.url(r.worker))}}
	storagetest.Run(t, storagetest.Harness{
		Open: func(t storagetest.T) storage.Store {
			for _, table := range tables {
				executeAll(t.(*testing.T), admin, "DELETE FROM "+quote(schema)+"."+table)
			}
			return openTest(t.(*testing.T), o)
		},
		Reopen: func(t storagetest.T, _ storage.Store) storage.Store { return openTest(t.(*testing.T), o) },
	})
}

// tables are those that hold something of a tenant.
var tables = []string{"stream", "event", "operation", "held_key", "task"}

// full is a change that writes to each of them.
func full(tenant, id string) storage.Change {
	c := opened(id)
	c.Stream.Tenant = tenant
	c.Operation, c.Take = "op", []string{"key"}
	c.Schedule = []storage.TaskSpec{{ID: "wake", Kind: "wake", Due: someTime}}
	return c
}

// TestRowSecurity asks as a careless programmer would: without a WHERE.
func TestRowSecurity(t *testing.T) {
	t.Parallel()
	r, schema := newRoles(t), newSchema(t)
	r.secureSchema(t, schema)
	s := openTest(t, r.options(schema))
	for _, tenant := range []string{"a", "b"} {
		_, err := s.Commit(t.Context(), full(tenant, "one"))
		require.NoError(t, err)
	}
	assert.Equal(t, len(tables), value[int](t, s.pool, `SELECT count(*) FROM information_schema.columns
		WHERE table_schema = $1 AND column_name = 'tenant'`, schema), "the test knows all tables")

	for _, table := range tables {
		seen := func(conn querier) string {
			return value[string](t, conn, "SELECT coalesce(string_agg(tenant, ',' ORDER BY tenant), '') FROM "+quote(schema)+"."+table)
		}
		assert.Empty(t, seen(s.pool), "%s: nobody has said for whom", table)
		assert.Equal(t, "a", seen(s.forTenant("a")), table)
		assert.Equal(t, "b", seen(s.forTenant("b")), table)
		assert.Empty(t, seen(s.pool), "%s: nothing is left on a connection", table)
		assert.Equal(t, "a,b", seen(s.across()), table)

		rows, err := s.forTenant("a").Query(t.Context(), "UPDATE "+quote(schema)+"."+table+" SET tenant = 'b'")
		if err == nil {
			rows.Close()
			err = rows.Err()
		}
		require.ErrorContains(t, err, "violates row-level security policy", "%s: nothing can be moved to another tenant", table)
	}

	owner := openTest(t, Options{Schema: schema})
	assert.True(t, value[bool](t, owner.pool, "SELECT bool_and(relforcerowsecurity) FROM pg_class WHERE relnamespace = $1::regnamespace AND relkind = 'r' AND relname <> $2",
		quote(schema), ledgerTable), "an owner that is no superuser is not exempt either")
}

// TestRowSecurityInTx lets the host's transaction see one tenant.
func TestRowSecurityInTx(t *testing.T) {
	t.Parallel()
	r, schema := newRoles(t), newSchema(t)
	r.secureSchema(t, schema)
	s := openTest(t, r.options(schema))
	require.NoError(t, pgx.BeginFunc(t.Context(), s.pool, func(tx pgx.Tx) error {
		for _, tenant := range []string{"a", "b"} {
			_, err := s.InTx(tx).Commit(t.Context(), full(tenant, "one"))
			require.NoError(t, err)
			head, err := s.InTx(tx).Load(t.Context(), storage.Ref{Tenant: tenant, ID: "one"})
			require.NoError(t, err)
			assert.EqualValues(t, 1, head.Version)
		}
		return nil
	}))
	all, err := s.Tenants(t.Context(), "", 10)
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "b"}, all)
}

// TestRowSecurityIsThere refuses databases that would not do what is asked of them.
func TestRowSecurityIsThere(t *testing.T) {
	t.Parallel()
	r, schema := newRoles(t), newSchema(t)
	r.secureSchema(t, schema)
	admin := newPool(t, testURL())
	for name, c := range map[string]struct {
		o    Options
		role string
	}{
		"a superuser":          {Options{URL: testURL(), RowSecurity: &RowSecurity{WorkerURL: r.url(r.worker)}}, "postgres"},
		"the wrong way round":  {Options{URL: r.url(r.worker), RowSecurity: &RowSecurity{WorkerURL: r.url(r.tenant)}}, r.worker},
		"workers see nothing":  {Options{URL: r.url(r.tenant), RowSecurity: &RowSecurity{WorkerURL: r.url(r.tenant)}}, r.tenant},
		"one role for it all":  {Options{URL: r.url(r.worker), RowSecurity: &RowSecurity{WorkerURL: r.url(r.worker)}}, r.worker},
		"superuser as workers": {Options{URL: r.url(r.tenant), RowSecurity: &RowSecurity{WorkerPool: admin}}, ""},
	} {
		c.o.Schema = schema
		s, err := Open(t.Context(), c.o)
		if c.role == "" {
			require.NoError(t, err, name)
			require.NoError(t, s.Close())
			continue
		}
		var open *RowSecurityError
		require.ErrorAs(t, err, &open, name)
		assert.Equal(t, c.role, open.Role, name)
		require.ErrorContains(t, err, "postgres.RowSecuritySQL", name)
	}
	elsewhere := openTest(t, Options{URL: newDatabase(t), Schema: schema})
	_, err := Open(t.Context(), Options{URL: r.url(r.tenant), Schema: schema, RowSecurity: &RowSecurity{WorkerPool: elsewhere.pool}})
	require.ErrorIs(t, err, storage.ErrInvalid)
	require.ErrorContains(t, err, "the database that Options.URL leads to")
	for _, undo := range []string{"NO FORCE ROW LEVEL SECURITY", "DISABLE ROW LEVEL SECURITY"} {
		executeAll(t, admin, "ALTER TABLE "+quote(schema)+".task "+undo)
		_, err := Open(t.Context(), r.options(schema))
		var open *RowSecurityError
		require.ErrorAs(t, err, &open, undo)
		assert.Equal(t, "task", open.Table)
	}
}

func TestRowSecuritySQL(t *testing.T) {
	t.Parallel()
	script, err := RowSecuritySQL("", "app", "worker")
	require.NoError(t, err)
	assert.Contains(t, script, `GRANT USAGE ON SCHEMA "incidentkit" TO "app", "worker";`)
	assert.NotContains(t, script, "{")
	for field, names := range map[string][3]string{
		"schema": {"pg_s", "a", "b"}, "tenantRole": {"s", "100%", "b"}, "workerRole": {"s", "a", "a"},
	} {
		_, err := RowSecuritySQL(names[0], names[1], names[2])
		var invalid *storage.InvalidError
		require.ErrorAs(t, err, &invalid)
		assert.Equal(t, field, invalid.Field)
	}
}
