package pgtest

import (
	"context"
	"os/exec"
	"strings"
)

// CreateDatabase creates an empty database.
func (s *Server) CreateDatabase(ctx context.Context, name string) error {
	_, err := s.Query(ctx, "postgres", "CREATE DATABASE "+Quote(name)+" TEMPLATE template0")
	return err
}

// DropDatabase removes a database, and cuts off who is using it.
func (s *Server) DropDatabase(ctx context.Context, name string) error {
	_, err := s.Query(ctx, "postgres", "DROP DATABASE IF EXISTS "+Quote(name)+" WITH (FORCE)")
	return err
}

// Query runs SQL with psql and returns what it prints: a line for each row, with
// | between columns. Of several statements, each is a transaction of its own.
//
// Errors: *MissingError where there is no psql; *CommandError.
func (s *Server) Query(ctx context.Context, database, sql string) (string, error) {
	if s.psql == "" {
		return "", &MissingError{What: "psql"}
	}
	cmd := exec.CommandContext(ctx, s.psql, "--no-psqlrc", "--quiet", "--tuples-only", "--no-align", //nolint:gosec // psql, as find found it
		"--set=ON_ERROR_STOP=1", "--dbname="+s.URL(database), "--file=-")
	cmd.Stdin = strings.NewReader(sql)
	cmd.Env = environment()
	out, err := output(cmd)
	return strings.TrimSuffix(out, "\n"), err
}

// Quote returns a name as an SQL identifier.
func Quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Crash ends the server as a crash would: at once, without writing down what is
// only in memory. Connections break. Restart recovers.
//
// Errors: *NotOursError for a server named by Variable; *CommandError.
func (s *Server) Crash(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.host == nil {
		return &NotOursError{Call: "Crash"}
	}
	return s.control(ctx, "stop", "--mode=immediate")
}

// Restart starts the server again after Crash, on the same port and with the
// same data. One that is running is stopped first, in good order.
//
// Errors: *NotOursError for a server named by Variable; *CommandError.
func (s *Server) Restart(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.host == nil {
		return &NotOursError{Call: "Restart"}
	}
	if s.control(ctx, "status") == nil {
		if err := s.control(ctx, "stop", "--mode=fast"); err != nil {
			return err
		}
	}
	return s.start(ctx)
}

// Stop ends the server and removes its folder. A server named by Variable is left
// as it is. A second call does nothing.
func (s *Server) Stop() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.host == nil {
		return nil
	}
	err := s.host.end()
	s.host = nil
	return err
}
