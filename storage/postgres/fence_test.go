package postgres

import (
	"context"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/storage"
)

// TestClaimedMeanwhile has another replica take over a claim between the checks of a
// commit that is fenced by it, and its writes: nothing of the commit is written,
// whatever it does with the task.
func TestClaimedMeanwhile(t *testing.T) {
	t.Parallel()
	wake := storage.TaskSpec{ID: "wake", Kind: "wake", Due: time.Now().Add(-time.Minute)}
	for name, change := range map[string]func(c *storage.Change){
		"task kept":                    func(*storage.Change) {},
		"task scheduled anew":          func(c *storage.Change) { c.Schedule = []storage.TaskSpec{wake} },
		"task cancelled":               func(c *storage.Change) { c.Cancel = []string{wake.ID} },
		"task cancelled and scheduled": func(c *storage.Change) { c.Schedule, c.Cancel = []storage.TaskSpec{wake}, []string{wake.ID} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newHost(t)
			opens := changeOf(acme, 0)
			opens.Schedule = []storage.TaskSpec{wake}
			mustCommit(t, s, opens)
			claims := mustClaim(t, s)
			require.Len(t, claims.Tasks, 1)

			other := begin(t, s.pool, pgx.TxOptions{})
			_, err := other.Exec(t.Context(), "UPDATE "+quote(s.Schema())+".task SET epoch = epoch + 1000, worker = 'other'")
			require.NoError(t, err)
			c := changeOf(acme, 1)
			c.Fence = claims.Tasks[0].Fence()
			change(&c)
			tx := begin(t, s.pool, pgx.TxOptions{})
			pid := value[int](t, tx, "SELECT pg_backend_pid()")
			answer := make(chan error)
			go func() {
				_, err := s.InTx(tx).Commit(context.Background(), c)
				answer <- err
			}()
			for waiting := 0; waiting == 0; {
				waiting = value[int](t, s.pool, "SELECT count(*) FROM pg_locks WHERE pid = $1 AND NOT granted", pid)
			}
			require.NoError(t, other.Commit(t.Context()))
			require.ErrorIs(t, <-answer, storage.ErrFenced)
			require.NoError(t, tx.Commit(t.Context()))
			assert.EqualValues(t, 1, versionOf(t, s, acme.ID))
			assert.Equal(t, "other", value[string](t, s.pool, "SELECT worker FROM "+quote(s.Schema())+".task"))
		})
	}
}
