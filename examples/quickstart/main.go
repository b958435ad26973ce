// Quickstart runs the main job on an embedded database: a real alert comes in
// over HTTP, somebody is paged, nobody answers, the next one is paged, answers,
// mitigates and resolves, and the review is drafted.
//
//	go run ./examples/quickstart
//	go run ./examples/quickstart -alert my-alertmanager-webhook.json
//	go run ./examples/quickstart -db incidents.db
//
// Kill it half-way with -db, start it again, and it carries on.
package main

import (
	"bytes"
	"context"
	_ "embed"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	_ "time/tzdata" // a machine without zone files can run this, too

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/comms/terminal"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/intake"
	"github.com/incidentkit/incidentkit/storage/sqlite"
)

//go:embed plan.json
var planDocument []byte

//go:embed alert.json
var sampleAlert []byte

const tenant = "acme"

// options are the flags.
type options struct {
	alert   string
	db      string
	verbose bool
}

func main() {
	var o options
	flag.StringVar(&o.alert, "alert", "", "`file` with an Alertmanager webhook body to send instead of the sample")
	flag.StringVar(&o.db, "db", "", "database `file` to keep; a run that was cut off carries on with it (default: a new one in a temporary folder)")
	flag.BoolVar(&o.verbose, "v", false, "write the engine's log to standard error")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintf(os.Stderr, "quickstart: want flags only, not %q; did you mean -alert %[1]s?\n", flag.Arg(0))
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, o, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

// run tells the story on the database of the options, or on a new one.
func run(ctx context.Context, o options, out io.Writer) error {
	// The sample is to have fired three minutes ago, whenever it is sent.
	started := time.Now().UTC().Add(-3 * time.Minute).Format(time.RFC3339)
	alert := bytes.Replace(sampleAlert, []byte("2026-03-02T02:57:10.412Z"), []byte(started), 1)
	if o.alert != "" {
		var err error
		if alert, err = os.ReadFile(o.alert); err != nil {
			return err
		}
		if bytes.HasPrefix(alert, []byte("\xef\xbb\xbf")) {
			return fmt.Errorf("%s begins with a byte order mark, which JSON does not allow: save it as UTF-8 without one", o.alert)
		}
	}
	if o.db == "" {
		dir, err := os.MkdirTemp("", "incidentkit-")
		if err != nil {
			return err
		}
		o.db = filepath.Join(dir, "incidents.db")
	}
	err := night(ctx, o, alert, out)
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		// Whatever was said is committed, so that nothing is lost by stopping here.
		return fmt.Errorf("stopped by a signal; what happened so far is on record, and this carries on with it:\n  go run ./examples/quickstart -db %q", o.db)
	}
	return err
}

// night sets everything up and lets the people act.
func night(ctx context.Context, o options, alert []byte, out io.Writer) (err error) {
	// 1. A store, a notifier, an engine, a plan.
	store, err := sqlite.Open(ctx, sqlite.Options{Path: o.db})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()

	console, err := terminal.New(terminal.Options{Writer: out})
	if err != nil {
		return err
	}
	log := slog.New(slog.DiscardHandler)
	if o.verbose {
		log = slog.New(slog.NewTextHandler(os.Stderr, nil))
	}
	engine, err := incidentkit.New(incidentkit.Config{
		Store:     store,
		Notifiers: map[string]comms.Notifier{"terminal": console},
		Logger:    log,
		Lease:     2 * time.Second, // short, so that a run after a crash need not wait long
		Poll:      100 * time.Millisecond,
	})
	if err != nil {
		return err
	}
	admin := incident.Actor{Kind: incident.Person, ID: "chris"}
	if _, err := engine.SavePlan(ctx, tenant, admin, planDocument); err != nil {
		return err
	}

	// 2. The alert handler on an HTTP server, and the engine at work.
	handler, err := intake.Alertmanager(intake.Options{
		Ingester: engine,
		Tenant:   func(*http.Request) (string, error) { return tenant, nil },
		Actor:    incident.Actor{Kind: incident.Automation, ID: "alertmanager"},
		Logger:   log,
	})
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.Handle("/alerts", handler)
	server := &http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go func() { _ = server.Serve(listener) }()
	defer func() { err = errors.Join(err, server.Close()) }()

	working, rest := context.WithCancel(ctx)
	finished := make(chan error, 1)
	go func() { finished <- engine.Run(working) }()
	defer func() {
		rest()
		err = errors.Join(err, <-finished)
	}()

	// 3. What happens on such a night.
	s := story{
		engine: engine,
		out:    out,
		url:    "http://" + listener.Addr().String() + "/alerts",
		alert:  alert,
		file:   o.alert,
		review: strings.TrimSuffix(o.db, filepath.Ext(o.db)) + "-review.md",
	}
	return s.tell(ctx)
}
