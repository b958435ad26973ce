package main

import (
	"bytes"
	"context"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/internal/pgtest"
)

// The replicas are this test binary, started anew.
func TestMain(m *testing.M) {
	if slices.Contains(os.Args, "-replica") {
		main()
		return
	}
	os.Exit(m.Run())
}

func TestTheOtherReplicaCarriesOn(t *testing.T) {
	t.Parallel()
	server, err := pgtest.Env(t.Context(), pgtest.Options{})
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Stop()) })
	const database = "replicas_test"
	require.NoError(t, server.CreateDatabase(t.Context(), database))
	t.Cleanup(func() { assert.NoError(t, server.DropDatabase(context.WithoutCancel(t.Context()), database)) })

	var out bytes.Buffer
	in, err := tell(t.Context(), server.URL(database), &out)
	require.NoError(t, err, out.String())
	t.Log(out.String())

	require.Len(t, in.Pages, 1, "the next step is not due for a long time")
	page := in.Pages[0]
	assert.Equal(t, incident.Delivered, page.State)
	require.Len(t, page.Tries, 1)
	assert.Equal(t, 2, page.Tries[0].Attempts, "one that was killed, and one")
	assert.Contains(t, out.String(), "attempt 2, which may be a duplicate")
	assert.Contains(t, out.String(), "the worker stopped before it could record the outcome")

	// By the database's clock. The auditor, who mends what is late, would have taken
	// a minute: it was the lease.
	late := page.Tried.Sub(page.Due)
	assert.GreaterOrEqual(t, late, lease*9/10)
	assert.Less(t, late, lease+poll+20*time.Second)
}
