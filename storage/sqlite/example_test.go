package sqlite_test

import (
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/incidentkit/incidentkit/storage"
	"github.com/incidentkit/incidentkit/storage/sqlite"
)

func ExampleOpen() {
	dir, err := os.MkdirTemp("", "incidents")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(dir)

	ctx := context.Background()
	path := filepath.Join(dir, "incidents.db")
	incident := storage.Stream{Tenant: "acme", ID: "inc-1"}

	store, err := sqlite.Open(ctx, sqlite.Options{Path: path})
	if err != nil {
		log.Fatal(err)
	}
	_, err = store.Commit(ctx, storage.Change{
		Stream:   incident,
		Events:   []storage.Event{{Version: 1, Type: "declared", RecordedAt: time.Now(), Data: []byte(`{"title":"API down"}`)}},
		Snapshot: storage.Snapshot{Kind: "incident", Status: "active", Data: []byte(`{"title":"API down"}`)},
		Take:     []string{"alert:api"}, // no other incident gets this alert
	})
	if err != nil {
		log.Fatal(err)
	}
	if err := store.Close(); err != nil {
		log.Fatal(err)
	}

	// The next process finds everything again, by id or by key.
	store, err = sqlite.Open(ctx, sqlite.Options{Path: path})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	head, err := store.Load(ctx, storage.Ref{Tenant: "acme", Key: "alert:api"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s is %s: %s\n", head.Stream, head.Snapshot.Status, head.Snapshot.Data)
	// Output:
	// acme/inc-1 is active: {"title":"API down"}
}
