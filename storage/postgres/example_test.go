package postgres_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/incidentkit/incidentkit/storage"
	"github.com/incidentkit/incidentkit/storage/postgres"
)

func ExampleOpen() {
	ctx := context.Background()
	url := os.Getenv("INCIDENTKIT_POSTGRES_URL") // such as postgres://app@db.example/app
	store, err := postgres.Open(ctx, postgres.Options{URL: url, Schema: "example_open"})
	if err != nil {
		log.Fatal(err)
	}
	defer dropExample(url)
	defer store.Close()

	// Any number of processes may do this at once, on the same schema.
	_, err = store.Commit(ctx, storage.Change{
		Stream:   storage.Stream{Tenant: "acme", ID: "inc-1"},
		Events:   []storage.Event{{Version: 1, Type: "declared", RecordedAt: time.Now(), Data: []byte(`{"title":"API down"}`)}},
		Snapshot: storage.Snapshot{Kind: "incident", Status: "active", Data: []byte(`{"title":"API down"}`)},
		Take:     []string{"alert:api"}, // no other incident gets this alert
	})
	if err != nil {
		log.Fatal(err)
	}
	head, err := store.Load(ctx, storage.Ref{Tenant: "acme", Key: "alert:api"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s is %s: %s\n", head.Stream, head.Snapshot.Status, head.Snapshot.Data)
	// Output:
	// acme/inc-1 is active: {"title":"API down"}
}

// dropExample leaves the database as it was.
func dropExample(url string) {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, url)
	if err != nil {
		log.Fatal(err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, "DROP SCHEMA example_open CASCADE"); err != nil {
		log.Fatal(err)
	}
}
