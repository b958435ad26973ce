//go:build unix

package pgtest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/user"
	"strconv"
	"syscall"
)

// host runs the programs of a server, in a folder of the server's own. Where the
// tests run as root, which PostgreSQL refuses, both belong to another user.
type host struct {
	bin      binaries
	dir      string
	as       *syscall.Credential // nil: ourselves
	watchdog *exec.Cmd
	alive    io.Closer // the end of a pipe; the kernel closes it, too, when this process dies
}

// watch waits for the pipe to close, then stops the server, whatever has become
// of it meanwhile, and removes its folder. A server that was just about to start
// finds its folder gone and gives up. Both may find nothing to do.
const watch = `cat >/dev/null; "$1" stop --pgdata="$2/data" --mode=immediate --silent --wait; rm -rf "$2"; true`

func newHost(bin binaries, parent string) (*host, error) {
	h := &host{bin: bin}
	var err error
	if os.Geteuid() == 0 {
		if h.as, err = unprivileged(); err != nil {
			return nil, err
		}
	}
	if h.dir, err = os.MkdirTemp(parent, "pgtest-"); err != nil {
		return nil, err
	}
	if err = h.hand(h.dir); err == nil {
		err = h.startWatchdog()
	}
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(h.dir))
	}
	return h, nil
}

// unprivileged returns the user that PostgreSQL's packages create, or nobody.
func unprivileged() (*syscall.Credential, error) {
	var errs []error
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		uid, err := strconv.ParseUint(u.Uid, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("pgtest: the user %s: %w", name, err)
		}
		gid, err := strconv.ParseUint(u.Gid, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("pgtest: the user %s: %w", name, err)
		}
		return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
	}
	return nil, fmt.Errorf("pgtest: PostgreSQL does not run as root, and there is no other user for it: %w", errors.Join(errs...))
}

// hand gives a file to the user that the server runs as.
func (h *host) hand(path string) error {
	if h.as == nil {
		return nil
	}
	return os.Chown(path, int(h.as.Uid), int(h.as.Gid))
}

func (h *host) write(path, text string) error {
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		return err
	}
	return h.hand(path)
}

// run runs a program of PostgreSQL to its end.
func (h *host) run(ctx context.Context, program string, args ...string) error {
	cmd := exec.CommandContext(ctx, program, args...) //nolint:gosec // PostgreSQL's, as find found it
	h.own(cmd)
	_, err := output(cmd)
	return err
}

// own makes a command one of the server: its user, its folder, and a process
// group of its own, so that an interrupt from the keyboard does not reach it.
func (h *host) own(cmd *exec.Cmd) {
	cmd.Dir = h.dir
	cmd.Env = environment()
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: h.as}
}

func (h *host) startWatchdog() error {
	h.watchdog = exec.Command("/bin/sh", "-c", watch, "sh", h.bin.control, h.dir) //nolint:gosec,noctx // it must outlive every context
	h.own(h.watchdog)
	h.watchdog.Dir = "/" // not what it removes
	var err error
	if h.alive, err = h.watchdog.StdinPipe(); err != nil {
		return err
	}
	return h.watchdog.Start()
}

// end lets the watchdog do its work, and waits for it.
func (h *host) end() error {
	if err := errors.Join(h.alive.Close(), h.watchdog.Wait()); err != nil {
		return fmt.Errorf("pgtest: the server was not cleared away: %w", err)
	}
	return os.RemoveAll(h.dir) // its user may not, in a folder of ours
}
