// Replicas runs a service twice on one PostgreSQL, and kills one of the two in the
// middle of a page: the other carries on.
//
//	go run ./examples/replicas
//
// It uses the database that INCIDENTKIT_POSTGRES_URL names, in a schema of its own,
// or starts a throwaway one from the PostgreSQL that is installed.
package main

import (
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/internal/pgtest"
	"github.com/incidentkit/incidentkit/storage/postgres"
)

//go:embed plan.json
var planDocument []byte

const tenant = "acme"

func main() {
	name := flag.String("replica", "", "run as the replica of this `name`")
	url := flag.String("url", "", "the `database` that the replicas share")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	var err error
	if *name != "" {
		err = replica(ctx, *url, *name, os.Stdout)
	} else {
		err = run(ctx, os.Stdout)
	}
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "replicas:", err)
		os.Exit(1)
	}
}

// run tells the story on a database of its own.
func run(ctx context.Context, out io.Writer) (err error) {
	server, err := pgtest.Env(ctx, pgtest.Options{})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.Stop()) }()
	database := fmt.Sprintf("replicas_%d", os.Getpid())
	if err := server.CreateDatabase(ctx, database); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, server.DropDatabase(context.WithoutCancel(ctx), database)) }()
	_, err = tell(ctx, server.URL(database), out)
	return err
}

// tell tells the story, and returns the incident as it ends.
func tell(ctx context.Context, url string, out io.Writer) (incident.Incident, error) {
	none := incident.Incident{}
	start := time.Now()
	say := func(who, what string) { fmt.Fprintf(out, "%6.2fs  %-9s  %s\n", time.Since(start).Seconds(), who, what) }

	store, err := postgres.Open(ctx, postgres.Options{URL: url})
	if err != nil {
		return none, err
	}
	defer store.Close() //nolint:errcheck // nothing is under way any more
	engine, err := newEngine(store, "api", provider{"api", io.Discard})
	if err != nil {
		return none, err
	}
	admin := incident.Actor{Kind: incident.Person, ID: "admin"}
	if _, err := engine.SavePlan(ctx, tenant, admin, planDocument); err != nil {
		return none, err
	}

	group, err := startAll(ctx, url, "a", "b")
	if err != nil {
		return none, err
	}
	defer group.stop()
	say("service", "replicas a and b run")

	in, err := engine.Do(ctx, incident.Command{Tenant: tenant, Actor: admin, Action: incident.Open{
		Declare: true, Title: "Nobody can log in", Severity: "SEV1",
	}})
	if err != nil {
		return none, err
	}
	say("service", "an incident is declared")
	victim, killed := "", false
	for line := range group.lines {
		say("replica "+line.replica, line.text)
		switch {
		case line.is("sending") && !killed:
			victim, killed = line.replica, true
			if err := group.kill(victim); err != nil {
				return none, err
			}
			say("service", "kill -9 "+victim+", in the middle of the page")
		case line.is("sent"):
			return end(ctx, engine, in.ID, out)
		}
	}
	return none, fmt.Errorf("the replicas ended before the page was sent: %w", context.Cause(ctx))
}

// end acknowledges the incident, and prints its timeline.
func end(ctx context.Context, engine *incidentkit.Engine, id incident.ID, out io.Writer) (incident.Incident, error) {
	in, err := delivered(ctx, engine, id)
	if err != nil {
		return in, err
	}
	in, err = engine.Do(ctx, incident.Command{
		Tenant: tenant, Incident: id, Actor: incident.Actor{Kind: incident.Person, ID: "ines"}, Action: incident.Acknowledge{},
	})
	if err != nil {
		return in, err
	}
	if err := engine.Verify(ctx, tenant, id); err != nil {
		return in, err
	}
	timeline, err := engine.Timeline(ctx, tenant, id)
	if err != nil {
		return in, err
	}
	fmt.Fprintln(out, "\nThe timeline:")
	for _, entry := range timeline {
		fmt.Fprintf(out, "  %s  %s\n", entry.At.Format("15:04:05.000"), entry.Text)
	}
	return in, nil
}

// delivered waits until the replica has recorded that the page was sent.
func delivered(ctx context.Context, engine *incidentkit.Engine, id incident.ID) (incident.Incident, error) {
	tick := time.NewTicker(poll)
	defer tick.Stop()
	for {
		in, err := engine.Incident(ctx, tenant, id)
		if err != nil || in.Pages[0].State == incident.Delivered {
			return in, err
		}
		select {
		case <-ctx.Done():
			return in, ctx.Err()
		case <-tick.C:
		}
	}
}
