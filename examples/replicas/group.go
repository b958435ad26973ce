package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
)

// group is the processes of the service.
type group struct {
	lines    chan line // what they say
	commands map[string]*exec.Cmd
	readers  sync.WaitGroup
}

// line is something that a replica said.
type line struct{ replica, text string }

func (l line) is(verb string) bool { return strings.HasPrefix(l.text, verb+" ") }

// startAll starts this program once for each name, and waits until all are ready.
func startAll(ctx context.Context, url string, names ...string) (*group, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	g := &group{lines: make(chan line, 100), commands: map[string]*exec.Cmd{}}
	for _, name := range names {
		cmd := exec.CommandContext(ctx, self, "-replica", name, "-url", url) //nolint:gosec // this very program
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err == nil {
			err = cmd.Start()
		}
		if err != nil {
			g.stop()
			return nil, err
		}
		g.commands[name] = cmd
		g.readers.Go(func() { g.read(name, out) })
	}
	go func() {
		g.readers.Wait()
		close(g.lines)
	}()
	for range names {
		if said, ok := <-g.lines; !ok || said.text != "ready" {
			g.stop()
			return nil, fmt.Errorf("a replica did not start: %q", said.text)
		}
	}
	return g, nil
}

func (g *group) read(name string, out io.Reader) {
	for scanner := bufio.NewScanner(out); scanner.Scan(); {
		g.lines <- line{name, scanner.Text()}
	}
}

// kill ends a replica without a chance to tidy up.
func (g *group) kill(name string) error { return g.commands[name].Process.Kill() }

// stop ends what still runs.
func (g *group) stop() {
	for _, cmd := range g.commands {
		if err := cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
			fmt.Fprintln(os.Stderr, "replicas:", err)
		}
	}
	go func() { // nobody else listens any more
		for range g.lines {
		}
	}()
	g.readers.Wait()
	for _, cmd := range g.commands {
		_ = cmd.Wait() // it was killed
	}
}
