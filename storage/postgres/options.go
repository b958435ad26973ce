package postgres

import (
	"fmt"
	"log/slog"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/incidentkit/incidentkit/storage"
)

// DefaultSchema is Options.Schema where it is empty.
const DefaultSchema = "incidentkit"

// Options configures a Store. Exactly one of URL and Pool is required.
type Options struct {
	// URL says how to connect, as a URL or as keywords and values, with all that
	// pgx understands there: pool_max_conns, target_session_attrs and so on. The
	// store has a pool of its own then, and closes it.
	//
	// It may lead to a proxy that pools transactions, such as PgBouncer: by default
	// statements are sent without names that such a proxy would have to know
	// (default_query_exec_mode=cache_describe). The URL may ask for another mode.
	URL string

	// Pool is the host's own. It is left open by Close, and its connections are
	// left as they are. Behind a proxy that pools transactions its
	// ConnConfig.DefaultQueryExecMode has to be one that the proxy can do.
	Pool *pgxpool.Pool

	// Schema is where the store's tables are: 1 to 63 bytes, not one of
	// PostgreSQL's own. Empty: DefaultSchema. Nothing else may be in it.
	Schema string

	// Migrate says whether Open brings the schema up to date.
	Migrate MigrateMode

	// RowSecurity makes every statement say which tenant it is for, so that the
	// database itself keeps the tenants apart. Nil: it does not.
	RowSecurity *RowSecurity

	// Logger is told of what Open warns about. Nil: nothing is logged.
	Logger *slog.Logger
}

// MigrateMode says what Open does about a schema that is not there or too old.
type MigrateMode int

// What Open does about the schema.
const (
	// Apply brings it up to date. Any number of processes may do so at once.
	Apply MigrateMode = iota

	// Check refuses it with a *SchemaError: the host applies Migrations itself.
	Check
)

// validate fills in the defaults and reports the first field at fault.
func (o Options) validate() (Options, error) {
	switch {
	case o.URL == "" && o.Pool == nil:
		return o, invalid("Options.URL", "how to connect, such as postgres://user@host/database, or Options.Pool")
	case o.URL != "" && o.Pool != nil:
		return o, invalid("Options.Pool", "nil where Options.URL is given")
	case o.Migrate != Apply && o.Migrate != Check:
		return o, invalid("Options.Migrate", fmt.Sprintf("Apply or Check, not %d", o.Migrate))
	}
	if o.RowSecurity != nil {
		if err := o.RowSecurity.validate(); err != nil {
			return o, err
		}
	}
	if o.Schema == "" {
		o.Schema = DefaultSchema
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o, checkName("Options.Schema", o.Schema)
}

// maxIdentifier is how many bytes of a name PostgreSQL keeps.
const maxIdentifier = 63

// checkName refuses a name of a schema or role that PostgreSQL would cut off,
// refuse or take for one of its own, and those that cannot be put into a script.
func checkName(field, name string) error {
	switch {
	case name == "" || len(name) > maxIdentifier:
		return invalid(field, fmt.Sprintf("a name of 1 to %d bytes, not %d", maxIdentifier, len(name)))
	case !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) || strings.ContainsAny(name, "$'\"\\{}%"):
		return invalid(field, "valid UTF-8 without quotes, control characters and any of $ \\ { } %")
	case strings.HasPrefix(name, "pg_") || name == "information_schema":
		return invalid(field, "a name that is not one of PostgreSQL's own, unlike "+name)
	}
	return nil
}

func invalid(field, want string) error { return &storage.InvalidError{Field: field, Want: want} }

// quote returns a name as an SQL identifier.
func quote(name string) string { return pgx.Identifier{name}.Sanitize() }
