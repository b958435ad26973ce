//go:build linux || darwin

package kills

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"syscall"
	"time"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/comms"
)

// WorkerVariable holds the [Spec] of a worker, as JSON.
const WorkerVariable = "INCIDENTKIT_KILLS_WORKER"

// Spec says what a worker is.
type Spec struct {
	Name  string   `json:"name"`
	Life  int      `json:"life"`
	Store Database `json:"store"`

	Lease   time.Duration `json:"lease"`
	Poll    time.Duration `json:"poll"`
	Workers int           `json:"workers"`

	Halt *Halt `json:"halt,omitempty"`
	Flaw Flaw  `json:"flaw,omitempty"`
}

// lineFD is the pipe of a worker's lines: the first of exec.Cmd.ExtraFiles.
const lineFD = 3

// Work is a worker: an engine that runs on a store until the process is killed, or
// until its standard input ends, as it does when the world is gone.
func Work(variable string) error {
	var s Spec
	if err := json.Unmarshal([]byte(variable), &s); err != nil {
		return fmt.Errorf("%s: %w", WorkerVariable, err)
	}
	t := &teller{worker: s.Name, life: s.Life, out: os.NewFile(lineFD, "lines")}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go func() {
		obey(os.Stdin, t)
		cancel()
	}()
	store, err := s.Store.Await(ctx, func(err error) { t.tell(Line{What: Trouble, Reason: "open: " + err.Error()}) })
	if err != nil {
		return err
	}
	defer store.Close()
	h := &halter{halt: s.Halt, tell: t.tell}
	engine, err := newEngine(s, watch(store, h, t.tell), &provider{tell: t.tell, halter: h, flaw: s.Flaw}, t)
	if err != nil {
		return err
	}
	t.tell(Line{What: Ready})
	err = engine.Run(ctx)
	t.tell(Line{What: Stopped})
	return err
}

func newEngine(s Spec, store *watched, p *provider, t *teller) (*incidentkit.Engine, error) {
	return incidentkit.New(incidentkit.Config{
		Store:     store,
		Notifiers: map[string]comms.Notifier{"sms": p, "push": p},
		Worker:    fmt.Sprintf("%s.%d", s.Name, s.Life),
		Lease:     s.Lease,
		Poll:      s.Poll,
		Workers:   s.Workers,
		Overdue:   max(s.Lease, overdue),
		Alarm: func(_ context.Context, a incidentkit.Alarm) error {
			t.tell(Line{What: Alarmed, Alarm: &Alarm{Tenant: a.Tenant, Incident: string(a.Incident), Kind: string(a.Kind)}})
			return nil
		},
	})
}

// obey does what the world says on a worker's standard input, until that ends:
// "room" and a number of bytes limits the length of files, without one it lifts the
// limit.
func obey(in io.Reader, t *teller) {
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		limit := uint64(math.MaxUint64)
		if _, err := fmt.Sscanf(lines.Text(), "room %d", &limit); err != nil && lines.Text() != "room" {
			t.tell(Line{What: Trouble, Reason: "not understood: " + lines.Text()})
			continue
		}
		if err := limitFiles(limit); err != nil {
			t.tell(Line{What: Trouble, Reason: "room: " + err.Error()})
			continue
		}
		t.tell(Line{What: Limited})
	}
}

// limitFiles limits how long a file can become by this process: a write beyond fails,
// as it does on a disk that is full. The Go runtime takes no notice of the signal
// that comes with it.
func limitFiles(bytes uint64) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	limit.Cur = min(bytes, limit.Max)
	return syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit)
}
