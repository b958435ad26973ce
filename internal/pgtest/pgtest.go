// Package pgtest starts a throwaway PostgreSQL for tests, from the binaries that
// are installed:
//
//	server, err := pgtest.Env(ctx, pgtest.Options{})
//	defer server.Stop()
//	err = server.CreateDatabase(ctx, "mine")
//	store, err := postgres.Open(ctx, postgres.Options{URL: server.URL("mine")})
//
// One server per test binary and a database or a schema per test is what it is
// made for: a server takes a second or two to start. It is gone when the test
// binary is, however that ends.
//
// It knows no driver and uses the standard library only.
package pgtest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
)

// Variable names the environment variable with the URL of a server that Env uses
// in place of one of its own, as a role that may create databases and roles. A test that runs
// itself again in a process of its own sets it to its Server.URL, and both share
// the server.
const Variable = "INCIDENTKIT_POSTGRES_URL"

// superuser is the role that every connection of a throwaway server has.
const superuser = "postgres"

// Options configures a Server. The zero value will do.
type Options struct {
	// Settings are added to those of the server, such as "fsync": "off". By
	// default it has those of PostgreSQL, which lose nothing in a crash, and
	// max_connections 200. Those that say where it listens are refused.
	Settings map[string]string

	// Dir is where the server's folder is made; empty: os.TempDir. It must be
	// short enough for the path of a unix socket, and where the tests run as
	// root, other users must be able to reach it.
	Dir string
}

// reserved are the settings by which a Server is found.
var reserved = []string{"data_directory", "listen_addresses", "port", "unix_socket_directories"}

func (o Options) validate() (Options, error) {
	for name := range o.Settings {
		if slices.Contains(reserved, name) {
			return o, &OptionError{Field: "Options.Settings", Want: "any but " + name + ", which a Server chooses itself"}
		}
	}
	if o.Dir == "" {
		o.Dir = os.TempDir()
	}
	dir, err := filepath.Abs(o.Dir)
	if err != nil {
		return o, err
	}
	o.Dir = dir
	const room = len("/pgtest-1234567890/.s.PGSQL.65535")
	if len(dir)+room > maxSocketPath {
		return o, &OptionError{Field: "Options.Dir", Want: fmt.Sprintf("a path of at most %d bytes, since a unix socket is put below it, not %s", maxSocketPath-room, dir)}
	}
	return o, nil
}

// maxSocketPath is what every Unix allows for the path of a socket.
const maxSocketPath = 103

// Server is a PostgreSQL server. It is safe for concurrent use.
type Server struct {
	base   url.URL // of any database
	socket string  // the folder of the unix socket; empty for a server of others
	psql   string  // the binary; empty: there is none

	mu   sync.Mutex
	host *host // nil for a server of others
	port int
	data string
	log  string
}

// Start starts a server on a free port of 127.0.0.1 and on a unix socket, to
// which everybody on this machine may connect without a password. Stop must be
// called in the end. The context is that of the start, not of the server.
//
// Errors: *OptionError; *MissingError where no suitable PostgreSQL is installed;
// *CommandError.
func Start(ctx context.Context, o Options) (*Server, error) {
	o, err := o.validate()
	if err != nil {
		return nil, err
	}
	bin, err := find(ctx)
	if err != nil {
		return nil, err
	}
	h, err := newHost(bin, o.Dir)
	if err != nil {
		return nil, err
	}
	s := &Server{
		socket: h.dir,
		psql:   bin.psql,
		host:   h,
		data:   filepath.Join(h.dir, "data"),
		log:    filepath.Join(h.dir, "log"),
	}
	if err := s.create(ctx, o); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// Env returns the server that Variable names, or starts one.
//
// Errors: as Start; *OptionError for a Variable that is no URL, and for
// Options.Settings where there is a server already.
func Env(ctx context.Context, o Options) (*Server, error) {
	raw := os.Getenv(Variable)
	if raw == "" {
		return Start(ctx, o)
	}
	if len(o.Settings) > 0 {
		return nil, &OptionError{Field: "Options.Settings", Want: "none, since " + Variable + " names a server that has its own"}
	}
	u, err := url.Parse(raw)
	if err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, &OptionError{Field: Variable, Want: "a URL such as postgres://user@host:5432/postgres"}
	}
	s := &Server{base: *u}
	if bin, err := findClient(); err == nil {
		s.psql = bin
	}
	return s, nil
}

// create makes the data directory and starts the server on it.
func (s *Server) create(ctx context.Context, o Options) error {
	if err := s.initdb(ctx); err != nil {
		return err
	}
	const attempts = 5 // a port that was free may be taken by the time it is used
	var err error
	for range attempts {
		err = s.startSomewhere(ctx, o)
		if err == nil || ctx.Err() != nil || !s.portWasTaken() {
			break
		}
	}
	s.base = url.URL{
		Scheme: "postgres", User: url.User(superuser),
		Host: net.JoinHostPort("127.0.0.1", strconv.Itoa(s.port)), RawQuery: "sslmode=disable",
	}
	return err
}

func (s *Server) startSomewhere(ctx context.Context, o Options) error {
	port, err := freePort(ctx)
	if err != nil {
		return err
	}
	s.port = port
	if err := s.configure(o.Settings); err != nil {
		return err
	}
	return s.start(ctx)
}

// initdb sorts text as people do where it can: under a database's byte order a
// store that forgot to ask for it would pass.
func (s *Server) initdb(ctx context.Context) error {
	args := []string{"--pgdata=" + s.data, "--username=" + superuser, "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"}
	if s.host.bin.version >= icuVersion {
		err := s.host.run(ctx, s.host.bin.initdb, slices.Concat(args, []string{"--locale-provider=icu", "--icu-locale=en-US"})...)
		if err == nil || ctx.Err() != nil || !strings.Contains(err.Error(), "ICU is not supported") {
			return err
		}
	}
	return s.host.run(ctx, s.host.bin.initdb, args...)
}

// icuVersion is the first that can sort a whole database by ICU's rules.
const icuVersion = 15

// configure writes the settings into a file that is read last.
func (s *Server) configure(settings map[string]string) error {
	all := map[string]string{
		"max_connections": "200",
		"log_timezone":    "UTC",
	}
	maps.Copy(all, settings)
	all["listen_addresses"] = "127.0.0.1"
	all["port"] = strconv.Itoa(s.port)
	all["unix_socket_directories"] = s.socket
	var text strings.Builder
	for name, value := range all {
		fmt.Fprintf(&text, "%s = '%s'\n", name, strings.ReplaceAll(value, "'", "''"))
	}
	return s.host.write(filepath.Join(s.data, "postgresql.auto.conf"), text.String())
}

// start waits until the server takes connections.
func (s *Server) start(ctx context.Context) error {
	err := s.control(ctx, "start", "--log="+s.log)
	if err == nil {
		return nil
	}
	return fmt.Errorf("%w\nthe server's log ends:\n%s", err, tail(s.log))
}

func (s *Server) control(ctx context.Context, what string, args ...string) error {
	args = append([]string{what, "--pgdata=" + s.data, "--silent", "--wait", "--timeout=120"}, args...)
	return s.host.run(ctx, s.host.bin.control, args...)
}

func (s *Server) portWasTaken() bool { return strings.Contains(tail(s.log), "Address already in use") }

// tail returns the end of a file, as far as it can be read.
func tail(path string) string {
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	const enough = 4000
	return string(text[max(0, len(text)-enough):])
}

func freePort(ctx context.Context) (int, error) {
	var config net.ListenConfig
	l, err := config.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err := errors.Join(err, l.Close()); err != nil {
		return 0, err
	}
	return strconv.Atoi(port)
}

// URL returns how to reach a database of the server by TCP. The database
// "postgres" is always there.
func (s *Server) URL(database string) string {
	u := s.base
	u.Path = "/" + database
	return u.String()
}

// SocketURL is URL by the unix socket, and empty for a server named by Variable.
func (s *Server) SocketURL(database string) string {
	if s.socket == "" {
		return ""
	}
	u := url.URL{Scheme: "postgres", User: url.User(superuser), Path: "/" + database}
	u.RawQuery = url.Values{"host": {s.socket}, "port": {strconv.Itoa(s.port)}}.Encode()
	return u.String()
}
