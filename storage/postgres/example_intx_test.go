package postgres_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/incidentkit/incidentkit/storage"
	"github.com/incidentkit/incidentkit/storage/postgres"
)

// A host's own row and an incident are written together, or neither is.
func ExampleStore_InTx() {
	ctx := context.Background()
	pool, err := pgxpool.New(ctx, os.Getenv("INCIDENTKIT_POSTGRES_URL"))
	if err != nil {
		log.Fatal(err)
	}
	defer pool.Close()
	store, err := postgres.Open(ctx, postgres.Options{Pool: pool, Schema: "example_intx"})
	if err != nil {
		log.Fatal(err)
	}
	defer store.Close()
	defer func() { _, _ = pool.Exec(ctx, "DROP SCHEMA example_intx CASCADE") }()
	if _, err := pool.Exec(ctx, "CREATE TABLE example_intx.orders (id text, state text)"); err != nil {
		log.Fatal(err)
	}

	incident := storage.Stream{Tenant: "acme", ID: "inc-1"}
	attempt := func(fail error) error {
		return pgx.BeginFunc(ctx, pool, func(tx pgx.Tx) error {
			if _, err := tx.Exec(ctx, "INSERT INTO example_intx.orders VALUES ('order-7', 'stuck')"); err != nil {
				return err
			}
			_, err := store.InTx(tx).Commit(ctx, storage.Change{
				Stream:   incident,
				Events:   []storage.Event{{Version: 1, Type: "declared", RecordedAt: time.Now(), Data: []byte(`{"order":"order-7"}`)}},
				Snapshot: storage.Snapshot{Kind: "incident", Status: "active", Data: []byte(`{"order":"order-7"}`)},
			})
			return errors.Join(err, fail)
		})
	}
	report := func(when string) {
		var orders int
		if err := pool.QueryRow(ctx, "SELECT count(*) FROM example_intx.orders").Scan(&orders); err != nil {
			log.Fatal(err)
		}
		head, err := store.Load(ctx, storage.Ref{Tenant: "acme", ID: "inc-1"})
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %d orders, incident at version %d\n", when, orders, head.Version)
	}

	fmt.Println(attempt(errors.New("the card was declined")))
	report("rolled back")
	fmt.Println(attempt(nil))
	report("committed")
	// Output:
	// the card was declined
	// rolled back: 0 orders, incident at version 0
	// <nil>
	// committed: 1 orders, incident at version 1
}

// A host that applies migrations with a tool of its own writes them to files for it.
func ExampleMigrations() {
	steps, err := postgres.Migrations("incidents")
	if err != nil {
		log.Fatal(err)
	}
	for _, step := range steps {
		fmt.Printf("%04d_%s.sql, fit for builds from %d\n", step.Number, step.Name, step.CompatibleFrom)
	}
	fmt.Println(strings.Contains(steps[0].SQL, `CREATE SCHEMA "incidents"`))
	// Output:
	// 0001_streams_and_tasks.sql, fit for builds from 1
	// true
}

// The script is for the owner of the schema, after each migration.
func ExampleRowSecuritySQL() {
	script, err := postgres.RowSecuritySQL("incidents", "app", "incident_worker")
	if err != nil {
		log.Fatal(err)
	}
	first, _, _ := strings.Cut(script, "\n")
	fmt.Println(first)
	// Output:
	// GRANT USAGE ON SCHEMA "incidents" TO "app", "incident_worker";
}
