package postgres

import (
	"context"
	"log/slog"
	"strings"
	"sync/atomic"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/incidentkit/incidentkit/storage"
)

// Store is a storage.Store in a schema of a PostgreSQL database. It is safe for
// concurrent use.
type Store struct {
	pool *pgxpool.Pool
	own  bool // the pool is ours to close

	// workers is for what goes across tenants: the pool, or with row-level security
	// one whose role sees them all.
	workers    *pgxpool.Pool
	ownWorkers bool
	secured    bool // by row-level security

	schema   string
	closed   atomic.Bool
	warnings []Warning
	sql      *statements
	hot      *hot
}

var (
	_ storage.Store        = (*Store)(nil)
	_ storage.TenantLister = (*Store)(nil)
)

// Open connects to a database and sees to it that its schema is right. Close must
// be called in the end. The context is that of the opening, not of the store.
//
// It returns as soon as the server was reached and found fit; what is doubtful
// about it is logged, and listed by Warnings. It does not wait for a server that is
// not there.
//
// Errors: *storage.InvalidError for the options; *pgconn.ConnectError, the driver's,
// where there is no connection; *ServerError for a server that cannot serve, such as
// a replica; *SchemaError and *ForeignError, which both are storage.ErrSchema;
// *PrivilegeError for a role that may not do what the store does; *RowSecurityError.
func Open(ctx context.Context, o Options) (*Store, error) {
	o, err := o.validate()
	if err != nil {
		return nil, err
	}
	steps, err := readMigrations(migrationFiles, o.Schema)
	if err != nil {
		return nil, err
	}
	s := &Store{schema: o.Schema, pool: o.Pool, own: o.Pool == nil, secured: o.RowSecurity != nil, sql: newStatements(quote(o.Schema))}
	if s.own {
		if s.pool, err = connect(ctx, "Options.URL", o.URL); err != nil {
			return nil, err
		}
	}
	s.workers = s.pool
	if err := s.prepare(ctx, o, steps); err != nil {
		s.closePools()
		return nil, err
	}
	s.startHot()
	return s, nil
}

// prepare makes sure of the server, the schema and the roles.
func (s *Store) prepare(ctx context.Context, o Options, steps []Migration) error {
	server, err := ask(ctx, s.pool)
	if err != nil {
		return err
	}
	if s.warnings, err = server.judge(); err != nil {
		return err
	}
	for _, w := range s.warnings {
		o.Logger.LogAttrs(ctx, slog.LevelWarn, "the database is doubtful",
			slog.String("setting", w.Setting), slog.String("found", w.Found), slog.String("why", w.Why))
	}
	if err := checkPrivileges(ctx, s.pool, o.Schema); err != nil {
		return err
	}
	m := migrator{pool: s.pool, schema: o.Schema, steps: steps, log: o.Logger}
	if err := m.run(ctx, o.Migrate); err != nil {
		return err
	}
	if o.RowSecurity != nil {
		return s.secure(ctx, *o.RowSecurity)
	}
	return s.checkRole(ctx, s.pool, seesAll, blind)
}

// connect makes a pool. Nothing of what it asks of a connection is state of a
// session that a proxy would have to keep.
func connect(ctx context.Context, field, url string) (*pgxpool.Pool, error) {
	config, err := pgxpool.ParseConfig(url)
	if err != nil {
		return nil, invalid(field, "what pgx can read: "+err.Error())
	}
	conn := config.ConnConfig
	if conn.RuntimeParams["application_name"] == "" {
		conn.RuntimeParams["application_name"] = "incidentkit"
	}
	if !strings.Contains(url, "default_query_exec_mode") {
		conn.DefaultQueryExecMode = pgx.QueryExecModeCacheDescribe
	}
	pool, err := pgxpool.NewWithConfig(ctx, config)
	if err != nil {
		return nil, fail("open", err)
	}
	return pool, nil
}

// Close waits for the calls under way and closes the pool, unless that is the
// host's. Later calls fail with ErrClosed.
func (s *Store) Close() error {
	s.closed.Store(true)
	s.stopHot()
	s.closePools()
	return nil
}

func (s *Store) closePools() {
	if s.ownWorkers {
		s.workers.Close()
	}
	if s.own {
		s.pool.Close()
	}
}

// Schema returns the name of the schema.
func (s *Store) Schema() string { return s.schema }

// Warnings returns what Open found doubtful about the server. There may be
// nothing.
func (s *Store) Warnings() []Warning { return append([]Warning(nil), s.warnings...) }
