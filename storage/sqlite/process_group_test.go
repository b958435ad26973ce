package sqlite_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/incidentkit/incidentkit/storage"
	"github.com/incidentkit/incidentkit/storage/sqlite"
)

const (
	groupFile    = "INCIDENTKIT_SQLITE_TEST_GROUP"
	groupCallers = 16
)

// moved is a change of two events, after which everything that belongs to the
// stream tells its version: snapshot, key, task and operation.
func moved(id string, from uint64) storage.Change {
	c := storage.Change{
		Stream: storage.Stream{Tenant: "acme", ID: id}, Expect: from, Operation: fmt.Sprint("to ", from+2),
		Snapshot: storage.Snapshot{Kind: "incident", Status: "active", Data: fmt.Append(nil, from+2)},
		Schedule: []storage.TaskSpec{{ID: fmt.Sprint(from + 2), Kind: "wake", Due: time.Unix(1, 0)}},
		Cancel:   []string{fmt.Sprint(from)},
		Take:     []string{fmt.Sprint(id, " at ", from+2)},
		Release:  []string{fmt.Sprint(id, " at ", from)},
	}
	for v := from + 1; v <= from+2; v++ {
		c.Events = append(c.Events, storage.Event{Version: v, Type: "moved", RecordedAt: time.Unix(1, 0), Data: []byte("{}")})
	}
	return c
}

// TestKilledInGroup kills processes in which many commit at once. Of each
// change all is there or nothing, and what was acknowledged is there.
func TestKilledInGroup(t *testing.T) {
	if path := os.Getenv(groupFile); path != "" {
		commitTogether(path) // does not return
	}
	t.Parallel()
	path := newPath(t)
	acknowledged := map[string]uint64{}
	for round := range 4 {
		killCommitters(t, path, 100+37*round, acknowledged)
		checkWhole(t, path, acknowledged)
	}
}

// commitTogether commits from many goroutines, until the process is killed.
func commitTogether(path string) {
	s, err := sqlite.Open(context.Background(), sqlite.Options{Path: path})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	var wg sync.WaitGroup
	for i := range groupCallers {
		wg.Go(func() {
			id := fmt.Sprint("stream-", i)
			head, err := s.Load(context.Background(), storage.Ref{Tenant: "acme", ID: id})
			for v := head.Version; err == nil; v += 2 {
				if _, err = s.Commit(context.Background(), moved(id, v)); err == nil {
					_, err = fmt.Printf("committed %s %d\n", id, v+2)
				}
			}
			fmt.Println(err)
		})
	}
	wg.Wait()
	os.Exit(1)
}

// killCommitters starts a process, kills it after so many acknowledgements, and
// enters every one that it gave.
func killCommitters(t *testing.T, path string, acks int, acknowledged map[string]uint64) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilledInGroup$", "-test.count=1")
	cmd.Env = append(os.Environ(), groupFile+"="+path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	read := bufio.NewReader(out)
	n := 0
	for {
		line, err := read.ReadString('\n')
		if err != nil { // the end, and perhaps the torn line before it
			break
		}
		var id string
		var v uint64
		if _, err := fmt.Sscanf(line, "committed %s %d", &id, &v); err != nil {
			t.Errorf("the process wrote %q", line)
			continue
		}
		acknowledged[id] = max(acknowledged[id], v)
		if n++; n == acks {
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	if err := cmd.Wait(); n < acks {
		t.Fatalf("the process ended by itself after %d of %d acknowledgements: %v", n, acks, err)
	}
}

// checkWhole checks that no change is there by half.
func checkWhole(t *testing.T, path string, acknowledged map[string]uint64) {
	t.Helper()
	s := open(t, path)
	defer s.Close()
	var tasks []string
	for i := range groupCallers {
		id := fmt.Sprint("stream-", i)
		v := version(t, s, id)
		if v < acknowledged[id] || v%2 == 1 {
			t.Errorf("%s is at version %d, but %d was acknowledged, two events at a time", id, v, acknowledged[id])
		}
		if v == 0 {
			continue
		}
		tasks = append(tasks, fmt.Sprint(id, " ", v))
		checkStream(t, s, id, v)
	}
	claims, err := s.Claim(t.Context(), storage.ClaimQuery{Worker: "w", Limit: storage.MaxClaim, Lease: storage.MinLease})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, k := range claims.Tasks {
		found[k.Stream.ID+" "+k.ID] = true
	}
	for _, want := range tasks {
		if !found[want] {
			t.Errorf("the task %q is missing", want)
		}
	}
	if len(found) != len(tasks) {
		t.Errorf("%d tasks are due, want one for each of %d streams: %v", len(found), len(tasks), found)
	}
	for _, k := range claims.Tasks { // so that the next round claims them, whatever its time
		err := s.Settle(t.Context(), storage.Settlement{Stream: k.Stream, Fence: *k.Fence(), Outcome: storage.Retry})
		if err != nil && !errors.Is(err, storage.ErrFenced) {
			t.Error(err)
		}
	}
}

func checkStream(t *testing.T, s *sqlite.Store, id string, v uint64) {
	t.Helper()
	head, err := s.Load(t.Context(), storage.Ref{Tenant: "acme", Key: fmt.Sprint(id, " at ", v)})
	if err != nil || head.Stream.ID != id || string(head.Snapshot.Data) != fmt.Sprint(v) {
		t.Errorf("%s is at version %d, and its key finds %s with the snapshot %q, %v", id, v, head.Stream, head.Snapshot.Data, err)
	}
	old, err := s.Load(t.Context(), storage.Ref{Tenant: "acme", Key: fmt.Sprint(id, " at ", v-2)})
	if err != nil || old.Version != 0 {
		t.Errorf("the key of %s at version %d is still held at %d, %v", id, v-2, v, err)
	}
	events, err := s.Events(t.Context(), storage.Stream{Tenant: "acme", ID: id}, storage.EventsQuery{})
	if err != nil || uint64(len(events)) != v {
		t.Errorf("%s is at version %d and has %d events, %v", id, v, len(events), err)
	}
	out, err := s.Commit(t.Context(), moved(id, v-2))
	if err != nil || out != (storage.Committed{Version: v, Replayed: true}) {
		t.Errorf("the operation that led %s to version %d, again: %+v, %v, want it replayed", id, v, out, err)
	}
}
