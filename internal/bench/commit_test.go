package bench

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/incidentkit/incidentkit/storage"
)

// chains gives each caller a stream of its own, and counts its versions.
type chains []uint64

// next is the next change of a caller's stream. It is due in a while.
func (c chains) next(caller int) storage.Change {
	c[caller]++
	return typical.change(streamName(caller), c[caller], time.Now().Add(time.Hour))
}

func newChains(b *testing.B, s storage.Store, callers int) chains {
	b.Helper()
	addStreams(b, s, callers)
	return make(chains, callers)
}

// BenchmarkCommit is one commit after the other, by as many callers as there are
// connections, beside a single statement that writes the same rows.
func BenchmarkCommit(b *testing.B) {
	for _, connections := range []int{8, 32} {
		b.Run(fmt.Sprintf("connections-%d", connections), func(b *testing.B) {
			to := newDatabase(b)
			store, pool := openStore(b, to, connections), openPool(b, to, connections)
			c := newChains(b, store, connections)
			b.Run("store", func(b *testing.B) {
				together(b, connections, func(caller, _ int) error {
					_, err := store.Commit(context.Background(), c.next(caller))
					return err
				})
			})
			b.Run("baseline_single_statement", func(b *testing.B) {
				together(b, connections, func(caller, _ int) error {
					return bareCommit(context.Background(), pool, c.next(caller))
				})
			})
		})
	}
}

// BenchmarkCallers is what many callers get out of one store, beside one alone.
func BenchmarkCallers(b *testing.B) {
	const many = 64
	store := openStore(b, newDatabase(b), 16)
	c := newChains(b, store, many)
	commit := func(caller, _ int) error {
		_, err := store.Commit(context.Background(), c.next(caller))
		return err
	}
	b.Run("callers_64", func(b *testing.B) { together(b, many, commit) })
	b.Run("baseline_one_caller", func(b *testing.B) { together(b, 1, commit) })
}

// BenchmarkIdlePoll is a claim that gets nothing, while 100,000 tasks wait, beside
// the query that shows that nothing is due.
func BenchmarkIdlePoll(b *testing.B) {
	to := newDatabase(b)
	store, pool := openStore(b, to, 4), openPool(b, to, 4)
	addWaiting(b, pool, size(b, 100_000))
	b.Run("store", func(b *testing.B) {
		for b.Loop() {
			claims, err := store.Claim(context.Background(), storage.ClaimQuery{Worker: "w", Limit: 64, Lease: time.Minute})
			must(b, err)
			if len(claims.Tasks) > 0 || claims.Next.IsZero() {
				b.Fatalf("%+v", claims)
			}
		}
	})
	b.Run("baseline_literal_limit", func(b *testing.B) {
		for b.Loop() {
			rows, err := pool.Query(context.Background(), bareDue(64), time.Now().UnixMicro())
			must(b, err)
			rows.Close()
			must(b, rows.Err())
		}
	})
}
