//go:build !unix

package pgtest

import (
	"context"
	"errors"
)

// host runs the programs of a server, which is only done on Unix.
type host struct {
	bin binaries
	dir string
}

var errNoHost = errors.New("pgtest: servers are started on Unix only: set " + Variable + " to the URL of one")

func newHost(binaries, string) (*host, error)                { return nil, errNoHost }
func (h *host) write(string, string) error                   { return errNoHost }
func (h *host) run(context.Context, string, ...string) error { return errNoHost }
func (h *host) end() error                                   { return errNoHost }
