package memory_test

import (
	"context"
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/storage"
	"github.com/incidentkit/incidentkit/storage/memory"
)

func ExampleNew() {
	ctx := context.Background()
	noon := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	now := noon
	store := memory.New(memory.Options{Clock: func() time.Time { return now }})

	// One change: what happened, the state it led to, and a wake-up in five
	// minutes. It is applied whole, or not at all.
	incident := storage.Stream{Tenant: "acme", ID: "inc-1"}
	_, err := store.Commit(ctx, storage.Change{
		Stream:   incident,
		Events:   []storage.Event{{Version: 1, Type: "declared", RecordedAt: now, Data: []byte(`{"title":"API down"}`)}},
		Snapshot: storage.Snapshot{Kind: "incident", Status: "active", Data: []byte(`{"title":"API down"}`)},
		Schedule: []storage.TaskSpec{{ID: "escalate", Kind: "wake", Due: now.Add(5 * time.Minute)}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	// A worker asks for what is due, and learns when it is worth asking again.
	query := storage.ClaimQuery{Worker: "worker-1", Limit: 10, Lease: time.Minute}
	claims, err := store.Claim(ctx, query)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println("due:", len(claims.Tasks), "- next in", claims.Next.Sub(claims.Now))

	now = claims.Next
	claims, err = store.Claim(ctx, query)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, task := range claims.Tasks {
		fmt.Println(task.ID, "of", task.Stream, "at", task.Due.Format("15:04"))
	}
	// Output:
	// due: 0 - next in 5m0s
	// escalate of acme/inc-1 at 12:05
}
