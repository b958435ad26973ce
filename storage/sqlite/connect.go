package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net/url"
	"path/filepath"
	"strings"
	"time"

	engine "modernc.org/sqlite"
)

// mode is what a connection is for.
type mode int

const (
	looks  mode = iota // at a file that may not be ours
	reads              // only
	writes             // one transaction at a time
)

// connector opens connections that are all set up alike, and are known to be.
type connector struct {
	options Options
	mode    mode
}

// Driver implements driver.Connector.
func (c connector) Driver() driver.Driver { return &engine.Driver{} }

// Connect implements driver.Connector.
func (c connector) Connect(ctx context.Context) (driver.Conn, error) {
	base, err := engine.NewConnector(c.dsn())
	if err != nil {
		return nil, err
	}
	conn, err := base.Connect(ctx)
	if err != nil {
		return nil, err
	}
	for _, p := range c.pragmas() {
		if err := p.apply(ctx, conn); err != nil {
			return nil, errors.Join(err, conn.Close())
		}
	}
	return conn, nil
}

// dsn is the file as a URI, in which the characters that mean something to URIs
// are escaped.
func (c connector) dsn() string {
	path := filepath.ToSlash(c.options.Path)
	if !strings.HasPrefix(path, "/") { // a drive letter
		path = "/" + path
	}
	uri := url.URL{Scheme: "file", OmitHost: true, Path: path}
	query := url.Values{
		"_dqs":      {"0"}, // "text" in double quotes is a name, never a string
		"_error_rc": {"1"}, // errors tell of what failed, not of what failed before
	}
	if c.mode == writes {
		query.Set("_txlock", "immediate") // wait for the lock at the start, where waiting is safe
	}
	uri.RawQuery = query.Encode()
	return uri.String()
}

// busyWait is how long SQLite waits for a lock by itself, see untilNotBusy.
const busyWait = 20 * time.Millisecond

// logSize is how much of the disk the write-ahead log keeps, in bytes: somewhat
// more than it should ever need.
const logSize = "33554432"

// pragma is one setting, and how it reads when it took.
type pragma struct{ name, set, want string }

func (c connector) pragmas() []pragma {
	millis := fmt.Sprint(min(c.options.BusyTimeout, busyWait).Milliseconds())
	list := []pragma{{"busy_timeout", millis, millis}}
	if c.mode == looks {
		return list
	}
	list = append(list,
		pragma{"journal_mode", "WAL", "wal"}, // readers and the writer do not wait for each other
		pragma{"synchronous", "FULL", "2"},   // a commit that returned is on disk
		pragma{"foreign_keys", "ON", "1"},
	)
	if c.mode == reads {
		return append(list, pragma{"query_only", "ON", "1"})
	}
	return append(list,
		pragma{"wal_autocheckpoint", "0", "0"},         // see checkpointer
		pragma{"journal_size_limit", logSize, logSize}, // what the log keeps of the disk when it starts over
		pragma{"cache_size", "-16384", "-16384"},       // KiB; what is written was mostly read before
	)
}

// apply sets the pragma and reads it back, since SQLite ignores in silence what
// it does not know or cannot do.
func (p pragma) apply(ctx context.Context, conn driver.Conn) error {
	if _, err := ask(ctx, conn, "PRAGMA "+p.name+" = "+p.set); err != nil {
		return err
	}
	got, err := ask(ctx, conn, "PRAGMA "+p.name)
	if err != nil {
		return err
	}
	if got != p.want {
		return &PragmaError{Name: p.name, Got: got, Want: p.want}
	}
	return nil
}

// ask returns the first value of a query, as text; empty without a row.
func ask(ctx context.Context, conn driver.Conn, query string) (string, error) {
	queryer, ok := conn.(driver.QueryerContext)
	if !ok {
		return "", fmt.Errorf("the driver's connection %T takes no queries", conn)
	}
	rows, err := queryer.QueryContext(ctx, query, nil)
	if err != nil {
		return "", err
	}
	values := make([]driver.Value, len(rows.Columns()))
	err = rows.Next(values)
	if errors.Is(err, io.EOF) || err == nil && len(values) == 0 {
		return "", rows.Close()
	}
	if err != nil {
		return "", errors.Join(err, rows.Close())
	}
	return fmt.Sprint(values[0]), rows.Close()
}
