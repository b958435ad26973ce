package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"regexp"
	"strconv"
	"strings"

	"github.com/jackc/pgx/v5"
)

//go:embed migrations/*.sql
var migrationFiles embed.FS

// Migration is one step of the schema, from the version before to this one. Build
// and schema have the same number: that of the newest step the build comes with.
type Migration struct {
	Number int    // 1 for the first, without holes
	Name   string // such as "create"

	// CompatibleFrom is the oldest build that works with the schema after this
	// step. It is less than Number, save for the first, so that replicas of two
	// successive builds can run side by side while one replaces the other.
	CompatibleFrom int

	// SQL are the statements, to be run in order and in one transaction. They also
	// note down that the step was taken.
	SQL string
}

// Migrations returns the steps that make the schema with this name (empty:
// DefaultSchema), for a host that applies them with a tool of its own: each once,
// in order, in a transaction. A store that is opened with Migrate: Check then
// finds what it needs.
func Migrations(schema string) ([]Migration, error) {
	if schema == "" {
		schema = DefaultSchema
	}
	if err := checkName("schema", schema); err != nil {
		return nil, err
	}
	return readMigrations(migrationFiles, schema)
}

// The files are plain SQL in which the schema's name is written like this, and
// which begin with the oldest build that is content with them.
const schemaMark = "{schema}"

var (
	fileName = regexp.MustCompile(`^migrations/(\d{4})_([a-z0-9_]+)\.sql$`)
	fileHead = regexp.MustCompile(`^-- compatible_from: (\d+)\n`)
)

// ledger is the table of the steps that were taken, which the first of them makes.
// A schema that is there already is left as it is, since not everybody who may use
// one may create one.
const ledger = `DO $$ BEGIN
	IF NOT EXISTS (SELECT FROM pg_catalog.pg_namespace WHERE nspname = '{name}') THEN
		CREATE SCHEMA {schema};
	END IF;
END $$;
CREATE TABLE IF NOT EXISTS {schema}.` + ledgerTable + ` (
	version         integer     PRIMARY KEY,
	name            text        NOT NULL,
	compatible_from integer     NOT NULL, -- the oldest build that works with this version
	applied_at      timestamptz NOT NULL DEFAULT now()
);
`

const ledgerTable = "incidentkit_migration"

// readMigrations reads numbered files in order.
func readMigrations(files fs.FS, schema string) ([]Migration, error) {
	names, err := fs.Glob(files, "migrations/*.sql") // sorted
	if err != nil {
		return nil, err
	}
	var steps []Migration
	for i, name := range names {
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return nil, err
		}
		step, err := parseMigration(name, string(text), i+1)
		if err != nil {
			return nil, fmt.Errorf("postgres: %s: %w", name, err)
		}
		step.SQL = inSchema(step.SQL, schema)
		steps = append(steps, step)
	}
	if len(steps) > 0 {
		steps[0].SQL = ledgerSQL(schema) + steps[0].SQL
	}
	return steps, nil
}

func parseMigration(file, text string, number int) (Migration, error) {
	name, head := fileName.FindStringSubmatch(file), fileHead.FindStringSubmatch(text)
	if len(name) == 0 || name[1] != fmt.Sprintf("%04d", number) {
		return Migration{}, fmt.Errorf("migrations are named 0001_name.sql and so on, without holes; want %04d", number)
	}
	if len(head) == 0 {
		return Migration{}, errors.New("the first line does not say -- compatible_from: and a number")
	}
	from, err := strconv.Atoi(head[1])
	if err != nil || from < 1 || from > max(1, number-1) {
		return Migration{}, fmt.Errorf("compatible_from is %s, and has to be at least 1 and below %d", head[1], number)
	}
	note := fmt.Sprintf("\nINSERT INTO %s.%s (version, name, compatible_from) VALUES (%d, '%s', %d);\n",
		schemaMark, ledgerTable, number, name[2], from)
	return Migration{Number: number, Name: name[2], CompatibleFrom: from, SQL: text + note}, nil
}

func inSchema(text, schema string) string { return strings.ReplaceAll(text, schemaMark, quote(schema)) }

func ledgerSQL(schema string) string {
	return strings.NewReplacer(schemaMark, quote(schema), "{name}", schema).Replace(ledger)
}

// state is what is in a schema.
type state struct {
	there   bool   // the schema is
	ledger  bool   // the table of steps is there
	version int    // of the newest step taken; 0: none
	from    int    // the oldest build that works with it
	other   string // a table, view or sequence that is not the ledger
}

// inspect asks the catalog first, which everybody may read. What it says of one
// moment is enough: the ledger is committed before anything else.
func inspect(ctx context.Context, q querier, schema string) (state, error) {
	var s state
	err := q.QueryRow(ctx, `SELECT
		EXISTS (SELECT FROM pg_catalog.pg_class WHERE relnamespace = n.oid AND relname = $2),
		coalesce((SELECT min(relname::text) FROM pg_catalog.pg_class
			WHERE relnamespace = n.oid AND relname <> $2 AND relkind IN ('r', 'p', 'v', 'm', 'f', 'S')), '')
		FROM pg_catalog.pg_namespace n WHERE nspname = $1`, schema, ledgerTable).Scan(&s.ledger, &s.other)
	if errors.Is(err, pgx.ErrNoRows) {
		return s, nil
	}
	s.there = err == nil
	if err != nil || !s.ledger {
		return s, err
	}
	err = q.QueryRow(ctx, `SELECT version, compatible_from FROM `+quote(schema)+`.`+ledgerTable+
		` ORDER BY version DESC LIMIT 1`).Scan(&s.version, &s.from)
	if errors.Is(err, pgx.ErrNoRows) {
		err = nil
	}
	return s, err
}

// check refuses what this build does not work with and may not or cannot mend.
func (s state) check(schema string, build int, mode MigrateMode) error {
	switch {
	case s.version == 0 && s.other != "":
		return &ForeignError{Schema: schema, Found: s.other}
	case s.version > build && s.from > build, s.version < build && mode == Check:
		return &SchemaError{Schema: schema, Found: s.version, CompatibleFrom: s.from, Build: build, empty: s.there && s.version == 0}
	}
	return nil
}
