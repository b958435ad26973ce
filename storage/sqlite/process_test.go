package sqlite_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/incidentkit/incidentkit/storage"
	"github.com/incidentkit/incidentkit/storage/sqlite"
)

func TestOpenAtOnce(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			s, err := sqlite.Open(context.Background(), sqlite.Options{Path: path})
			if err != nil {
				t.Errorf("Open: %v", err)
				return
			}
			defer s.Close()
			if _, err := s.Commit(context.Background(), stream(fmt.Sprint(i))); err != nil {
				t.Errorf("Commit: %v", err)
			}
		})
	}
	wg.Wait()
	page, err := open(t, path).List(t.Context(), storage.ListQuery{Tenant: "acme", Kind: "incident"})
	if err != nil || len(page.Heads) != 8 {
		t.Errorf("List: %d streams, %v, want 8", len(page.Heads), err)
	}
}

const workerFile = "INCIDENTKIT_SQLITE_TEST_WORKER"

// TestProcessesShareTasks lets several processes create one file at once, each
// add tasks to it, and claim whatever they find.
func TestProcessesShareTasks(t *testing.T) {
	if path := os.Getenv(workerFile); path != "" {
		worker(t, path)
		return
	}
	t.Parallel()
	const processes = 4
	path := newPath(t)
	outputs := make([]bytes.Buffer, processes)
	var wg sync.WaitGroup
	for i := range processes {
		wg.Go(func() {
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestProcessesShareTasks$", "-test.count=1")
			cmd.Env = append(os.Environ(), workerFile+"="+path)
			cmd.Stdout, cmd.Stderr = &outputs[i], &outputs[i]
			if err := cmd.Run(); err != nil {
				t.Errorf("a process: %v\n%s", err, outputs[i].String())
			}
		})
	}
	wg.Wait()

	times := map[string]int{}
	for i := range outputs {
		for lines := bufio.NewScanner(&outputs[i]); lines.Scan(); {
			if task, ok := strings.CutPrefix(lines.Text(), "claimed "); ok {
				times[task]++
			}
		}
	}
	if len(times) != processes*workerTasks {
		t.Errorf("%d tasks were claimed, want %d", len(times), processes*workerTasks)
	}
	for task, n := range times {
		if n != 1 {
			t.Errorf("%s was claimed %d times, want once", task, n)
		}
	}
}

const workerTasks = 30

func worker(t *testing.T, path string) {
	s := open(t, path)
	c := stream(fmt.Sprint(os.Getpid()))
	c.Schedule = nil
	for i := range workerTasks {
		c.Schedule = append(c.Schedule, storage.TaskSpec{ID: fmt.Sprint(i), Kind: "wake", Due: time.Unix(int64(i), 0)})
	}
	commit(t, s, c)
	for {
		claims, err := s.Claim(t.Context(), storage.ClaimQuery{Worker: c.Stream.ID, Limit: 2, Lease: time.Hour})
		if err != nil {
			t.Fatal(err)
		}
		if len(claims.Tasks) == 0 {
			return
		}
		for _, k := range claims.Tasks {
			fmt.Printf("claimed %s/%s\n", k.Stream, k.ID)
			err := s.Settle(t.Context(), storage.Settlement{Stream: k.Stream, Fence: *k.Fence(), Outcome: storage.Extend, Delay: time.Hour})
			if err != nil {
				t.Fatal(err)
			}
		}
	}
}

// lock takes the write lock as another process would, until the test ends or
// the returned function is called.
func lock(t *testing.T, path string) (unlock func()) {
	t.Helper()
	db := raw(t, path)
	db.SetMaxOpenConns(1)
	execute(t, db, "BEGIN IMMEDIATE")
	return func() { execute(t, db, "ROLLBACK") }
}

func TestBusy(t *testing.T) {
	t.Parallel()
	path := newPath(t)
	s, err := sqlite.Open(t.Context(), sqlite.Options{Path: path, BusyTimeout: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	commit(t, s, stream("before"))
	unlock := lock(t, path)

	_, err = s.Commit(t.Context(), stream("one"))
	if !errors.Is(err, sqlite.ErrBusy) {
		t.Errorf("Commit while another writes: got the error %v, want ErrBusy", err)
	}
	if _, err := s.Claim(t.Context(), storage.ClaimQuery{Worker: "w", Limit: 1, Lease: time.Minute}); !errors.Is(err, sqlite.ErrBusy) {
		t.Errorf("Claim while another writes: got the error %v, want ErrBusy", err)
	}
	if v := version(t, s, "before"); v != 1 {
		t.Errorf("Load while another writes: version %d, want 1", v)
	}
	other, err := sqlite.Open(t.Context(), sqlite.Options{Path: path, BusyTimeout: time.Millisecond})
	if err != nil {
		t.Errorf("Open while another writes: %v", err)
	} else {
		defer other.Close()
	}
	unlock()
	commit(t, s, stream("one"))
}
