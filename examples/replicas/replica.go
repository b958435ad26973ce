package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/storage/postgres"
)

// The times of every replica. They are short so that the story is: a service in
// production leaves them at their defaults, half a minute and a second.
const (
	lease = 2 * time.Second
	poll  = 100 * time.Millisecond
)

// replica is one process of the service: an engine on the shared database. It says
// on out what it sends.
func replica(ctx context.Context, url, name string, out io.Writer) error {
	store, err := postgres.Open(ctx, postgres.Options{URL: url})
	if err != nil {
		return err
	}
	defer store.Close() //nolint:errcheck // nothing is under way any more
	engine, err := newEngine(store, name, provider{name, out})
	if err != nil {
		return err
	}
	fmt.Fprintln(out, "ready")
	return engine.Run(ctx)
}

func newEngine(store *postgres.Store, name string, sms comms.Notifier) (*incidentkit.Engine, error) {
	return incidentkit.New(incidentkit.Config{
		Store:     store,
		Notifiers: map[string]comms.Notifier{"sms": sms},
		Worker:    name,
		Lease:     lease,
		Poll:      poll,
	})
}

// provider is a text message service that takes half a second.
type provider struct {
	replica string
	out     io.Writer
}

// Notify implements comms.Notifier.
func (p provider) Notify(ctx context.Context, m comms.Message) (comms.Receipt, error) {
	again := ""
	if m.PossibleDuplicate {
		again = ", which may be a duplicate"
	}
	fmt.Fprintf(p.out, "sending the page to %s, attempt %d%s\n", m.To.Person, m.Attempt, again)
	select {
	case <-ctx.Done():
		return comms.Receipt{}, ctx.Err()
	case <-time.After(500 * time.Millisecond):
	}
	fmt.Fprintf(p.out, "sent the page to %s\n", m.To.Person)
	return comms.Receipt{ID: "taken"}, nil
}
