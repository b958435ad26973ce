package storagetest_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/incidentkit/incidentkit/storage"
	"github.com/incidentkit/incidentkit/storage/memory"
	"github.com/incidentkit/incidentkit/storage/storagetest"
)

// flawVariable names what is wrong with the journals of a process; unset:
// nothing.
const flawVariable = "INCIDENTKIT_STORAGETEST_FLAW"

func TestRunKill(t *testing.T) {
	t.Parallel()
	storagetest.RunKill(t, storagetest.Kill{
		Open: func(dir string) (storage.Store, error) {
			return openJournal(filepath.Join(dir, "journal"), os.Getenv(flawVariable))
		},
		Rounds: 6,
	})
}

// TestRunKillNotices runs TestRunKill in processes whose store has a flaw.
func TestRunKillNotices(t *testing.T) {
	t.Parallel()
	for flaw, complaints := range map[string]string{ // any of them will do
		"acknowledges before it writes": "was acknowledged|was ended|above",
		"writes a change in two halves": "is held by",
		"forgets what was settled":      "was ended",
		"forgets claims":                "above",
		"forgets tasks":                 "is lost",
	} {
		t.Run(flaw, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestRunKill$", "-test.count=1")
			cmd.Env = append(os.Environ(), flawVariable+"="+flaw)
			out, err := cmd.CombinedOutput()
			if err == nil || !regexp.MustCompile(complaints).Match(out) {
				t.Errorf("with a store that %s the test ended with %v, want the complaint %q in:\n%s", flaw, err, complaints, out)
			}
		})
	}
}

// journal is a memory store that writes every change to a file, with the time
// at which it was made, and makes them all again when it is opened.
type journal struct {
	mu    sync.Mutex
	store storage.Store
	now   time.Time
	file  *os.File
	flaw  string
	late  []entry // what a flawed journal has yet to write
}

type entry struct {
	At     time.Time
	Commit *storage.Change     `json:",omitempty"`
	Claim  *storage.ClaimQuery `json:",omitempty"`
	Settle *storage.Settlement `json:",omitempty"`
}

func openJournal(path, flaw string) (*journal, error) {
	j := &journal{flaw: flaw}
	j.store = memory.New(memory.Options{Clock: func() time.Time { return j.now }})
	var err error
	if j.file, err = os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o600); err != nil {
		return nil, err
	}
	whole := int64(0)
	for r := bufio.NewReader(j.file); ; {
		line, err := r.ReadBytes('\n')
		if err != nil { // the end, and perhaps a torn line, which was never acknowledged
			return j, j.file.Truncate(whole)
		}
		whole += int64(len(line))
		var e entry
		if err := json.Unmarshal(bytes.TrimSpace(line), &e); err != nil {
			return nil, err
		}
		j.replay(e)
	}
}

func (j *journal) replay(e entry) {
	ctx := context.Background()
	j.now = e.At
	switch {
	case e.Commit != nil:
		if j.flaw == "forgets tasks" {
			e.Commit.Schedule = nil
		}
		_, _ = j.store.Commit(ctx, *e.Commit)
	case e.Claim != nil && j.flaw != "forgets claims":
		_, _ = j.store.Claim(ctx, *e.Claim)
	case e.Settle != nil && j.flaw != "forgets what was settled":
		_ = j.store.Settle(ctx, *e.Settle)
	}
}

// write appends an entry to the file, as well as the flaw lets it.
func (j *journal) write(e entry) error {
	entries := []entry{e}
	switch {
	case j.flaw == "acknowledges before it writes":
		if j.late = append(j.late, e); len(j.late) < 10 {
			return nil
		}
		entries, j.late = j.late, nil
	case j.flaw == "writes a change in two halves" && e.Commit != nil:
		first, second := *e.Commit, *e.Commit
		first.Release, first.Take, first.Operation = nil, nil, ""
		second.Events, second.Schedule, second.Cancel, second.Fence = nil, nil, nil, nil
		second.Expect += uint64(len(first.Events))
		entries = slices.Concat(j.late, []entry{{At: e.At, Commit: &first}})
		j.late = []entry{{At: e.At, Commit: &second}}
	}
	for _, e := range entries {
		line, err := json.Marshal(e)
		if err != nil {
			return err
		}
		if _, err := j.file.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return nil
}

func (j *journal) lock() func() {
	j.mu.Lock()
	j.now = time.Now()
	return j.mu.Unlock
}

func (j *journal) Load(ctx context.Context, ref storage.Ref) (storage.Head, error) {
	defer j.lock()()
	return j.store.Load(ctx, ref)
}

func (j *journal) Events(ctx context.Context, st storage.Stream, q storage.EventsQuery) ([]storage.Event, error) {
	defer j.lock()()
	return j.store.Events(ctx, st, q)
}

func (j *journal) List(ctx context.Context, q storage.ListQuery) (storage.Page, error) {
	defer j.lock()()
	return j.store.List(ctx, q)
}

func (j *journal) Commit(ctx context.Context, c storage.Change) (storage.Committed, error) {
	defer j.lock()()
	out, err := j.store.Commit(ctx, c)
	if err == nil && !out.Replayed {
		err = j.write(entry{At: j.now, Commit: &c})
	}
	return out, err
}

func (j *journal) Claim(ctx context.Context, q storage.ClaimQuery) (storage.Claims, error) {
	defer j.lock()()
	out, err := j.store.Claim(ctx, q)
	if err == nil && len(out.Tasks) > 0 {
		err = j.write(entry{At: j.now, Claim: &q})
	}
	return out, err
}

func (j *journal) Settle(ctx context.Context, s storage.Settlement) error {
	defer j.lock()()
	err := j.store.Settle(ctx, s)
	if err == nil {
		err = j.write(entry{At: j.now, Settle: &s})
	}
	return err
}

// Close implements io.Closer.
func (j *journal) Close() error { return j.file.Close() }
