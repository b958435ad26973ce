//go:build linux || darwin

package kills

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/incidentkit/incidentkit/storage"
	"github.com/incidentkit/incidentkit/storage/postgres"
	"github.com/incidentkit/incidentkit/storage/sqlite"
)

// Database says where a store is, in a way that another process understands.
type Database struct {
	Kind Kind   `json:"kind"`
	Path string `json:"path,omitempty"` // of a SQLite file
	URL  string `json:"url,omitempty"`  // of a PostgreSQL database
}

// Kind is a kind of store.
type Kind string

// The kinds of stores.
const (
	SQLite   Kind = "SQLite"
	Postgres Kind = "PostgreSQL"
)

// Store is a store of ours.
type Store interface {
	storage.Store
	storage.TenantLister
	io.Closer
}

// Open opens the store.
func (d Database) Open(ctx context.Context) (Store, error) {
	switch d.Kind {
	case SQLite:
		s, err := sqlite.Open(ctx, sqlite.Options{Path: d.Path})
		if err != nil {
			return nil, err
		}
		return s, nil
	case Postgres:
		s, err := postgres.Open(ctx, postgres.Options{URL: d.URL})
		if err != nil {
			return nil, err
		}
		return s, nil
	}
	return nil, fmt.Errorf("kills: no store of the kind %q", d.Kind)
}

// Await opens the store as soon as it can be opened: a database server may just be
// down. It tells of each failure before that.
func (d Database) Await(ctx context.Context, tell func(error)) (Store, error) {
	for {
		s, err := d.Open(ctx)
		if err == nil || errors.Is(err, storage.ErrSchema) || errors.Is(err, storage.ErrInvalid) {
			return s, err
		}
		tell(err)
		if !rest(ctx, 50*time.Millisecond) {
			return nil, err
		}
	}
}
