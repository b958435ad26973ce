package storagetest

import (
	"bufio"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/incidentkit/incidentkit/storage"
)

// Kill describes a store for RunKill.
type Kill struct {
	// Open opens the store that lives in a directory, which is empty the first
	// time. It runs in a process of its own, too. A store that is an io.Closer
	// is closed after each look at it. Required.
	Open func(dir string) (storage.Store, error)

	// Rounds is how often a process is killed, on the same data; 0: 10.
	Rounds int
}

// killDir tells a process that it is the one to be killed, and where it works.
const killDir = "INCIDENTKIT_STORAGETEST_KILL"

// RunKill checks that what a store acknowledged outlives the process. It runs
// the calling test again in another process, which writes and claims and says
// after each call what was acknowledged; kills that process at some point, in
// whatever it is at; opens the store and looks:
//
//   - everything that was acknowledged is there, under its operation id too;
//   - nothing is there by half: events, snapshot, key and task of one change
//     are all there or all missing;
//   - no task is lost, none comes back, and epochs go on growing.
//
// Then the next round starts on what was left. The store must use the wall
// clock. In the new process the test runs up to this call once more, so nothing
// but t.Parallel should come before it.
func RunKill(t *testing.T, k Kill) {
	t.Helper()
	if dir := os.Getenv(killDir); dir != "" {
		victim(k, dir) // does not return
	}
	if k.Rounds == 0 {
		k.Rounds = 10
	}
	dir := t.TempDir()
	l := newLedger()
	rng := rand.New(rand.NewPCG(uint64(k.Rounds), 1))
	for round := 1; round <= k.Rounds && !t.Failed(); round++ {
		lines := killAfter(t, dir, 1+rng.IntN(60))
		for _, line := range lines {
			if err := l.acknowledge(line); err != nil {
				t.Fatalf("round %d: the killed process wrote %q: %v", round, line, err)
			}
		}
		t.Logf("round %d: killed after %d acknowledgements", round, len(lines))
		inspect(t, k, dir, l)
	}
}

// inspect opens what a killed process left behind, and holds it against the
// ledger.
func inspect(t *testing.T, k Kill, dir string, l *ledger) {
	t.Helper()
	s, err := k.Open(dir)
	if err != nil {
		t.Fatalf("Open after a kill: %v", err)
	}
	if c, ok := s.(io.Closer); ok {
		defer func() {
			if err := c.Close(); err != nil {
				t.Errorf("Close after a kill: %v", err)
			}
		}()
	}
	l.check(&env{T: t, s: s, ctx: t.Context()})
}

// killAfter starts the calling test as a process of its own, reads so many
// acknowledgements, kills it, and returns every one that it gave.
func killAfter(t *testing.T, dir string, lines int) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run="+onlyTest(t.Name()), "-test.count=1", "-test.v=false")
	cmd.Env = append(os.Environ(), killDir+"="+dir)
	var complaints strings.Builder
	cmd.Stderr = &complaints
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}

	var acks []string
	read := bufio.NewReader(out)
	for {
		line, err := read.ReadString('\n')
		if err != nil { // the end, and perhaps the torn line before it
			break
		}
		ack, ok := strings.CutPrefix(line, ackPrefix)
		if !ok {
			continue // of the test framework
		}
		if acks = append(acks, strings.TrimSpace(ack)); len(acks) == lines {
			if err := cmd.Process.Kill(); err != nil {
				t.Errorf("kill: %v", err)
			}
		}
	}
	err = cmd.Wait()
	if len(acks) < lines {
		t.Fatalf("the process ended by itself after %d of %d acknowledgements: %v\n%s", len(acks), lines, err, complaints.String())
	}
	return acks
}

// onlyTest is the pattern that matches one test by its full name.
func onlyTest(name string) string {
	parts := strings.Split(name, "/")
	for i, p := range parts {
		parts[i] = "^" + regexp.QuoteMeta(p) + "$"
	}
	return strings.Join(parts, "/")
}

// ackPrefix begins the lines in which the victim speaks.
const ackPrefix = "storagetest: "

func acknowledged(format string, args ...any) {
	fmt.Printf(ackPrefix+format+"\n", args...)
}
