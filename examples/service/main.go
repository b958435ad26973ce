// Service is an HTTP service to start from: Alertmanager sends it alerts, it
// pages whoever is on call, and people list the open incidents and acknowledge
// them.
//
//	ALERT_TOKEN=from-alertmanager PEOPLE_TOKENS=ana=a-secret,ben=another go run ./examples/service
//	curl -H 'Authorization: Bearer from-alertmanager' -d @examples/quickstart/alert.json localhost:8080/alerts
//	curl -H 'Authorization: Bearer a-secret' localhost:8080/incidents
//	curl -H 'Authorization: Bearer a-secret' -X POST localhost:8080/incidents/ID/acknowledge
package main

import (
	"context"
	_ "embed"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // a container without zone files can run this, too

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/comms/terminal"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/intake"
	"github.com/incidentkit/incidentkit/storage/sqlite"
)

//go:embed plan.json
var planDocument []byte

const tenant = "acme" // a product that serves many customers takes it from the request

// config is what differs from one deployment to the next.
type config struct {
	db         string            // path of the database file
	alertToken string            // what Alertmanager sends
	people     map[string]string // person by token: the ids that the plan uses
	pages      io.Writer
	log        *slog.Logger
}

func main() {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := start(ctx, log)
	stop()
	if err != nil {
		log.Error("the service failed", "error", err)
		os.Exit(1)
	}
}

// start reads the environment and serves.
func start(ctx context.Context, log *slog.Logger) error {
	c := config{db: "incidents.db", alertToken: os.Getenv("ALERT_TOKEN"), people: map[string]string{}, pages: os.Stdout, log: log}
	for pair := range strings.SplitSeq(os.Getenv("PEOPLE_TOKENS"), ",") {
		if person, token, _ := strings.Cut(pair, "="); token != "" {
			c.people[token] = person
		}
	}
	if c.alertToken == "" || len(c.people) == 0 {
		return errors.New("set ALERT_TOKEN, and PEOPLE_TOKENS to person=token,person=token")
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", "localhost:8080")
	if err != nil {
		return err
	}
	return serve(ctx, c, listener)
}

// serve runs the service until ctx ends, and then stops it in the order in which
// nothing is lost: first no new requests, then no new pages, last the store.
func serve(ctx context.Context, c config, listener net.Listener) (err error) {
	defer func() { _ = listener.Close() }() // mostly the server has closed it by then
	store, err := sqlite.Open(ctx, sqlite.Options{Path: c.db})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()

	console, err := terminal.New(terminal.Options{Writer: c.pages})
	if err != nil {
		return err
	}
	engine, err := incidentkit.New(incidentkit.Config{
		Store:     store,
		Notifiers: map[string]comms.Notifier{"terminal": console}, // yours, by the channels in the plan
		Logger:    c.log,
		Tenants:   func(context.Context) ([]string, error) { return []string{tenant}, nil },
		// What must reach a human even where paging fails: put a second path here that
		// shares nothing with the first, such as another company's service.
		Alarm: func(ctx context.Context, a incidentkit.Alarm) error {
			c.log.ErrorContext(ctx, "ALARM", "incident", string(a.Incident), "kind", string(a.Kind), "text", a.Text)
			return nil
		},
	})
	if err != nil {
		return err
	}
	deployment := incident.Actor{Kind: incident.Automation, ID: "deployment"}
	if _, err := engine.SavePlan(ctx, tenant, deployment, planDocument); err != nil {
		return err
	}
	alerts, err := intake.Alertmanager(intake.Options{
		Ingester: engine,
		Tenant:   func(*http.Request) (string, error) { return tenant, nil },
		Actor:    incident.Actor{Kind: incident.Automation, ID: "alertmanager"},
		Token:    c.alertToken,
		Logger:   c.log,
	})
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/alerts", alerts)
	(&api{engine: engine, people: c.people, log: c.log}).register(mux)

	// The engine goes on while the last requests are answered.
	working, rest := context.WithCancel(context.WithoutCancel(ctx))
	worked := make(chan error, 1)
	go func() { worked <- engine.Run(working) }()
	defer func() {
		rest()
		err = errors.Join(err, <-worked)
	}()

	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 30 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	c.log.InfoContext(ctx, "serving", "address", listener.Addr().String())
	select {
	case err := <-served:
		return err
	case <-ctx.Done():
	}
	patience, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
	defer cancel()
	return errors.Join(server.Shutdown(patience), server.Close())
}
