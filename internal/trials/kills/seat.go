//go:build linux || darwin

package kills

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/incidentkit/incidentkit/internal/oracle"
)

// seat is where one worker process after the other lives.
type seat struct {
	spec Spec // of the next life
	log  *logbook

	cmd    *exec.Cmd
	stdin  io.WriteCloser
	gone   chan struct{} // closed when the process has ended
	output bytes.Buffer  // of the process; read it after gone

	mu      sync.Mutex
	outages []oracle.Outage
	faults  []string // of the harness or the worker, not of the engine
}

// patience is how long the harness waits for what has to happen, before it says that
// it does not.
const patience = 90 * time.Second

// start begins a life, and returns once the process is there; it may not be ready.
func (s *seat) start(halt *Halt) error {
	s.spec.Life++
	s.spec.Halt = halt
	spec, err := json.Marshal(s.spec)
	if err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	s.cmd = exec.Command(self) //nolint:gosec,noctx // this very program; who ends it, and how, is what is tried
	s.cmd.Env = append(os.Environ(), WorkerVariable+"="+string(spec), "GORACE=atexit_sleep_ms=0")
	s.cmd.ExtraFiles = []*os.File{s.log.write}
	s.output.Reset()
	s.cmd.Stdout, s.cmd.Stderr = &s.output, &s.output
	stdin, err := s.cmd.StdinPipe()
	if err != nil {
		return err
	}
	s.mu.Lock()
	s.stdin = stdin
	s.mu.Unlock()
	if err := s.cmd.Start(); err != nil {
		return err
	}
	cmd, gone := s.cmd, make(chan struct{})
	s.gone = gone
	go func() {
		_ = cmd.Wait() // the state says how it ended
		close(gone)
	}()
	return nil
}

// says tells the process something on its standard input, if it is still there.
func (s *seat) says(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stdin != nil {
		_, _ = io.WriteString(s.stdin, line+"\n")
	}
}

// heard waits for a line of this life that says what; false once ctx has ended or
// the process is gone.
func (s *seat) heard(ctx context.Context, from int, what What) bool {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	life, gone := s.spec.Life, s.gone
	go func() {
		select {
		case <-gone:
			cancel()
		case <-ctx.Done():
		}
	}()
	return s.log.wait(ctx, from, func(l Line) bool {
		return l.Worker == s.spec.Name && l.Life == life && l.What == what
	})
}

// signal sends one to the process.
func (s *seat) signal(sig syscall.Signal) { _ = s.cmd.Process.Signal(sig) }

// kill kills the process, unless it has halted for good by itself, and waits until
// it is gone.
func (s *seat) kill() {
	_ = s.cmd.Process.Kill()
	<-s.gone
}

// killed reports whether the process, which is gone, was killed as it was meant to
// be. If not, it has failed.
func (s *seat) killed() bool {
	status, ok := s.cmd.ProcessState.Sys().(syscall.WaitStatus)
	if ok && status.Signaled() && status.Signal() == syscall.SIGKILL && !s.raced() {
		return true
	}
	s.failed("ended by itself: %s\n%s", s.cmd.ProcessState, s.output.String())
	return false
}

// raced reports whether the race detector, if the binary has it, has found something
// in the process, which is gone.
func (s *seat) raced() bool { return strings.Contains(s.output.String(), "DATA RACE") }

// stop ends the last life in good order.
func (s *seat) stop() {
	_ = s.stdin.Close()
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-s.gone:
	case <-timer.C:
		s.failed("did not end within %s of being told to", patience)
		s.signal(syscall.SIGQUIT)
		<-s.gone
	}
	if !s.cmd.ProcessState.Success() || s.raced() {
		s.failed("ended with %s\n%s", s.cmd.ProcessState, s.output.String())
	}
}

func (s *seat) failed(format string, args ...any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = append(s.faults, fmt.Sprintf("worker %s, life %d: ", s.spec.Name, s.spec.Life)+fmt.Sprintf(format, args...))
}

// away records that the worker did not work, from a time until now.
func (s *seat) away(kind oracle.OutageKind, from time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.outages = append(s.outages, oracle.Outage{
		Kind: kind, Replica: s.spec.Name, From: oracle.Moment{At: from}, To: oracle.Moment{At: time.Now()},
	})
}

// errNotReady: a worker did not begin in time.
var errNotReady = errors.New("kills: a worker is not ready")
