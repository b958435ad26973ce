package postgres

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
)

// Warning is something about the server that the store can work with, but that
// puts at risk what it promises.
type Warning struct {
	Setting string // such as "synchronous_commit"
	Found   string // its value
	Why     string // what may come of it, and what to do
}

// String returns the warning as a sentence.
func (w Warning) String() string { return fmt.Sprintf("%s is %s: %s", w.Setting, w.Found, w.Why) }

// ServerError is a server that the store cannot work with.
type ServerError struct {
	Setting, Found string
	Want           string // what would be right
}

// Error implements error.
func (e *ServerError) Error() string {
	return fmt.Sprintf("postgres: the server's %s is %s: want %s", e.Setting, e.Found, e.Want)
}

const (
	oldestVersion = 14 // of PostgreSQL, that has all the store asks for
	fewConns      = 4  // with fewer, commits wait for claims
	clockMargin   = 2 * time.Second
)

// server is what Open looks at.
type server struct {
	Product, Encoding, Isolation         string
	SyncCommit, SyncStandbys             string
	Fsync, FullPages, ReadOnly, Recovery string
	Number                               int // 150004 is 15.4
	Clock                                time.Time

	Ahead    time.Duration // of this machine's clock; behind it, if negative
	RTT      time.Duration // how exactly that is known
	MaxConns int32
}

// ask asks everything at once, twice: the first answer may include the time it
// takes to connect.
func ask(ctx context.Context, pool *pgxpool.Pool) (server, error) {
	s := server{MaxConns: pool.Config().MaxConns}
	for range 2 {
		asked := time.Now()
		err := pool.QueryRow(ctx, `SELECT version(), current_setting('server_encoding'), current_setting('default_transaction_isolation'),
			current_setting('synchronous_commit'), current_setting('synchronous_standby_names'),
			current_setting('fsync'), current_setting('full_page_writes'), current_setting('default_transaction_read_only'),
			CASE WHEN pg_is_in_recovery() THEN 'on' ELSE 'off' END,
			current_setting('server_version_num')::integer, clock_timestamp()`).Scan(
			&s.Product, &s.Encoding, &s.Isolation, &s.SyncCommit, &s.SyncStandbys,
			&s.Fsync, &s.FullPages, &s.ReadOnly, &s.Recovery, &s.Number, &s.Clock)
		if err != nil {
			return s, fail("open", err)
		}
		s.RTT = time.Since(asked)
		s.Ahead = s.Clock.Sub(asked.Add(s.RTT / 2))
	}
	return s, nil
}

// judge lists what is doubtful, or refuses a server that no page could be kept on.
func (s server) judge() ([]Warning, error) {
	switch {
	case s.Recovery != "off":
		return nil, &ServerError{"pg_is_in_recovery()", s.Recovery, "the primary, not a replica; with several hosts in the URL, add target_session_attrs=read-write"}
	case s.ReadOnly != "off":
		return nil, &ServerError{"default_transaction_read_only", s.ReadOnly, "off, for the role that the store connects as"}
	case s.Encoding != "UTF8":
		return nil, &ServerError{"server_encoding", s.Encoding, "UTF8, which holds every name: create the database with ENCODING 'UTF8' TEMPLATE template0"}
	}
	var all []Warning
	warn := func(doubtful bool, setting, found, why string) {
		if doubtful {
			all = append(all, Warning{setting, found, why})
		}
	}
	const lost = "what was committed may be lost in a crash, and pages with it: switch it on"
	warn(s.SyncCommit == "off", "synchronous_commit", s.SyncCommit, lost+", at least for this role")
	warn(s.SyncCommit == "local" && s.SyncStandbys != "", "synchronous_commit", s.SyncCommit,
		"there are synchronous replicas, but commits do not wait for them: what was committed may be lost when one takes over")
	warn(s.Fsync != "on", "fsync", s.Fsync, lost)
	warn(s.FullPages != "on", "full_page_writes", s.FullPages,
		"a crash in the middle of a write may damage tables: switch it on, unless the file system rules that out")
	warn(s.Isolation != "read committed", "default_transaction_isolation", s.Isolation,
		"the store is made for read committed; under this, commits at one time are repeated more often")
	warn(s.Number < oldestVersion*10_000, "server_version_num", strconv.Itoa(s.Number),
		fmt.Sprintf("the store is made for PostgreSQL %d and newer", oldestVersion))
	warn(!strings.HasPrefix(s.Product, "PostgreSQL "), "version()", s.Product,
		"this is not PostgreSQL itself; nobody has tried the store with it")
	warn(s.MaxConns < fewConns, "pool_max_conns", strconv.Itoa(int(s.MaxConns)),
		fmt.Sprintf("commits and claims wait for one another: allow %d connections", fewConns))
	warn(max(s.Ahead, -s.Ahead) > clockMargin+s.RTT/2, "clock_timestamp()", s.Clock.UTC().Format(time.RFC3339Nano),
		fmt.Sprintf("the server's clock, which decides when pages are due, differs by %s from that of this machine: one of them is wrong", s.Ahead.Round(time.Millisecond)))
	return all, nil
}
