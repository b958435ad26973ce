package postgres

import (
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/storage"
)

// TestPrivileges runs the service as another role than migrates.
func TestPrivileges(t *testing.T) {
	t.Parallel()
	r, owner := newRoles(t), openTest(t, Options{})
	schema, role := quote(owner.Schema()), quote(r.tenant)
	o := Options{URL: r.url(r.tenant), Schema: owner.Schema(), Migrate: Check}
	grants := []string{
		"GRANT USAGE ON SCHEMA " + schema + " TO " + role,
		"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA " + schema + " TO " + role,
		"GRANT USAGE ON ALL SEQUENCES IN SCHEMA " + schema + " TO " + role,
	}
	refused := func() *PrivilegeError {
		_, err := Open(t.Context(), o)
		var lacks *PrivilegeError
		require.ErrorAs(t, err, &lacks)
		require.ErrorContains(t, err, strings.Join(lacks.Grant, "; "))
		return lacks
	}
	assert.Equal(t, &PrivilegeError{Schema: owner.Schema(), Role: r.tenant, Grant: grants}, refused())

	executeAll(t, owner.pool, strings.Join(grants, ";"))
	s := openTest(t, o)
	_, err := s.Commit(t.Context(), full("acme", "one"))
	require.NoError(t, err)
	task := mustClaim(t, s).Tasks[0]
	require.NoError(t, s.Settle(t.Context(), storage.Settlement{Stream: task.Stream, Fence: *task.Fence(), Outcome: storage.Done}))

	for _, c := range []struct{ revoke, grant string }{
		{"USAGE ON SCHEMA " + schema, grants[0]},
		{"SELECT ON " + schema + "." + ledgerTable, grants[1]},
		{"DELETE ON " + schema + ".held_key", grants[1]},
		{"SELECT ON " + schema + ".event", grants[1]},
		{"INSERT ON " + schema + ".stream", grants[1]},
		{"UPDATE ON " + schema + ".task", grants[1]},
		{"USAGE ON SEQUENCE " + schema + ".epoch", grants[2]},
		{"EXECUTE ON ALL FUNCTIONS IN SCHEMA " + schema, "GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA " + schema + " TO " + role},
	} {
		executeAll(t, owner.pool, "REVOKE "+c.revoke+" FROM "+role+", PUBLIC")
		assert.Equal(t, []string{c.grant}, refused().Grant, c.revoke)
		executeAll(t, owner.pool, c.grant)
		openTest(t, o)
	}
}

// TestPrivilegesOfWorkers are those of the other connection.
func TestPrivilegesOfWorkers(t *testing.T) {
	t.Parallel()
	r, schema := newRoles(t), newSchema(t)
	r.secureSchema(t, schema)
	executeAll(t, newPool(t, testURL()), "REVOKE USAGE ON SCHEMA "+quote(schema)+" FROM "+quote(r.worker))
	_, err := Open(t.Context(), r.options(schema))
	var lacks *PrivilegeError
	require.ErrorAs(t, err, &lacks)
	assert.Equal(t, r.worker, lacks.Role)
}

// TestDeleteTenant does as the documentation says.
func TestDeleteTenant(t *testing.T) {
	t.Parallel()
	s := openTest(t, Options{})
	for _, tenant := range []string{"a", "b"} {
		_, err := s.Commit(t.Context(), full(tenant, "one"))
		require.NoError(t, err)
	}
	tx := begin(t, s.pool, pgx.TxOptions{})
	for _, table := range []string{"task", "held_key", "operation", "event", "stream"} {
		_, err := tx.Exec(t.Context(), "DELETE FROM "+quote(s.Schema())+"."+table+" WHERE tenant = $1", "a")
		require.NoError(t, err)
	}
	require.NoError(t, tx.Commit(t.Context()))

	for _, table := range tables {
		assert.Equal(t, "b", value[string](t, s.pool, "SELECT string_agg(tenant, ',') FROM "+quote(s.Schema())+"."+table), table)
	}
	left, err := s.Tenants(t.Context(), "", 10)
	require.NoError(t, err)
	assert.Equal(t, []string{"b"}, left)
	claims := mustClaim(t, s)
	require.Len(t, claims.Tasks, 1)
	assert.Equal(t, "b", claims.Tasks[0].Stream.Tenant)
	out, err := s.Commit(t.Context(), full("a", "one"))
	require.NoError(t, err)
	assert.Equal(t, storage.Committed{Version: 1}, out, "nothing is remembered, not even the operation")
}

// TestBlind refuses a store that would take hidden rows for none, before or while it
// runs.
func TestBlind(t *testing.T) {
	t.Parallel()
	r, schema := newRoles(t), newSchema(t)
	admin := newPool(t, testURL())
	owner := r.worker + "_owner"
	executeAll(t, admin, "CREATE ROLE "+quote(owner)+" LOGIN; CREATE SCHEMA "+quote(schema)+" AUTHORIZATION "+quote(owner))
	t.Cleanup(func() {
		executeCleanup(t, "DROP OWNED BY "+quote(owner)+" CASCADE")
		executeCleanup(t, "DROP ROLE "+quote(owner))
	})
	running := openTest(t, Options{URL: r.url(owner), Schema: schema})
	c := changeOf(acme, 0)
	c.Schedule = []storage.TaskSpec{{ID: "wake", Kind: "wake", Due: time.Now().Add(-time.Minute)}}
	mustCommit(t, running, c)
	script, err := RowSecuritySQL(schema, r.tenant, r.worker)
	require.NoError(t, err)
	executeAll(t, admin, script)

	blinded := func(err error, role string) {
		t.Helper()
		var hidden *RowSecurityError
		require.ErrorAs(t, err, &hidden)
		assert.Equal(t, role, hidden.Role)
		require.ErrorContains(t, err, "this role sees no rows without Options.RowSecurity")
	}
	for range 2 { // until somebody does something about it
		running.hot.floor.whole = time.Time{}
		_, err = running.Claim(t.Context(), storage.ClaimQuery{Worker: "w", Limit: 1, Lease: lease})
		blinded(err, owner)
	}
	for _, role := range []string{owner, r.tenant} {
		_, err := Open(t.Context(), Options{URL: r.url(role), Schema: schema})
		blinded(err, role)
	}
	assert.Len(t, mustClaim(t, openTest(t, r.options(schema))).Tasks, 1, "it was left to those who see it")

	openTest(t, Options{URL: r.url(r.worker), Schema: schema}) // sees everything by the script
	for _, table := range tables {
		executeAll(t, admin, "CREATE POLICY everything ON "+quote(schema)+"."+table+" TO "+quote(owner)+" USING (true)")
	}
	openTest(t, Options{URL: r.url(owner), Schema: schema}) // and this one by the host's own
	running.hot.floor.whole = time.Time{}
	mustClaim(t, running)
}
