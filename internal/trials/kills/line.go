//go:build linux || darwin

package kills

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/incidentkit/incidentkit/internal/oracle"
)

// Line is what a worker tells the world: one write to a pipe that all workers of a
// world share. Such a write is whole or not at all, also of a process that is
// killed in it, and the order of the lines is that in which things happened.
type Line struct {
	At     time.Time `json:"at"`
	Worker string    `json:"worker"`
	Life   int       `json:"life"` // the first process in the worker's seat is 1
	What   What      `json:"what"`

	// Of a send. Call numbers the sends of a life.
	Call      int           `json:"call,omitempty"`
	Message   *Message      `json:"message,omitempty"` // of SendBegun
	Arrived   bool          `json:"arrived,omitempty"` // of SendEnded
	Answer    oracle.Answer `json:"answer,omitempty"`  // of SendEnded
	Abandoned bool          `json:"abandoned,omitempty"`

	Point  Point  `json:"point,omitempty"`  // of Halted
	Write  *Write `json:"write,omitempty"`  // of Unsure and Settled
	Alarm  *Alarm `json:"alarm,omitempty"`  // of Alarmed
	Reason string `json:"reason,omitempty"` // of Trouble and Unsure
	Ended  bool   `json:"ended,omitempty"`  // of Unsure: the caller did not wait any longer
}

// What a line says.
type What string

// What lines say.
const (
	Ready     What = "ready"   // the worker has opened its store and begins
	SendBegun What = "send"    // a notifier was called
	Arrived   What = "arrived" // the recipient has it
	SendEnded What = "answer"  // the notifier answers
	Halted    What = "halted"  // the worker is at the point at which it was to halt
	Unsure    What = "unsure"  // a commit failed in a way that does not tell whether it was done
	Settled   What = "settled" // such a commit was repeated, and answered
	Trouble   What = "trouble" // the store failed
	Alarmed   What = "alarm"   // the engine raised an alarm
	Stopped   What = "stopped" // the worker has come to its end by itself
	Limited   What = "limited" // it has done what it was told on its standard input
)

// Message is the part of a comms.Message that the provider keeps.
type Message struct {
	Key         string `json:"key"`
	Tenant      string `json:"tenant"`
	Incident    string `json:"incident"`
	Person      string `json:"person"`
	Channel     string `json:"channel"`
	To          string `json:"to"`
	Attempt     int    `json:"attempt"`
	Duplicate   bool   `json:"duplicate,omitempty"`
	PlanVersion uint64 `json:"plan_version"`
	Text        string `json:"text"`
}

// Write names a commit by what it would have stored first.
type Write struct {
	Tenant   string `json:"tenant"`
	Stream   string `json:"stream"`
	Version  uint64 `json:"version"` // of its first event
	Digest   string `json:"digest"`  // of that event
	Replayed bool   `json:"replayed,omitempty"`
}

// Alarm is what the engine told its host.
type Alarm struct {
	Tenant   string `json:"tenant"`
	Incident string `json:"incident"`
	Kind     string `json:"kind"`
}

// teller writes the lines of one life of a worker.
type teller struct {
	worker string
	life   int
	mu     sync.Mutex
	out    io.Writer
}

func (t *teller) tell(l Line) {
	t.mu.Lock() // or the times of two lines could be in another order than they are
	defer t.mu.Unlock()
	l.At, l.Worker, l.Life = time.Now().UTC(), t.worker, t.life
	data, err := json.Marshal(l)
	if err == nil {
		_, _ = t.out.Write(append(data, '\n')) // a world that has ended reads no more
	}
}

// logbook keeps the lines of all workers of a world.
type logbook struct {
	write *os.File // for the workers

	mu      sync.Mutex
	lines   []Line
	garbage []string
	news    chan struct{} // closed, and replaced, when there is a new line
	end     chan struct{} // closed when the last worker is gone
}

func newLogbook() (*logbook, error) {
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	b := &logbook{write: write, news: make(chan struct{}), end: make(chan struct{})}
	go b.read(read)
	return b, nil
}

func (b *logbook) read(from *os.File) {
	defer close(b.end)
	defer from.Close()
	lines := bufio.NewScanner(from)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var l Line
		err := json.Unmarshal(lines.Bytes(), &l)
		b.mu.Lock()
		if err != nil {
			b.garbage = append(b.garbage, lines.Text())
		} else {
			b.lines = append(b.lines, l)
		}
		close(b.news)
		b.news = make(chan struct{})
		b.mu.Unlock()
	}
}

// close waits until no worker can write any more.
func (b *logbook) close() {
	_ = b.write.Close()
	<-b.end
}

// since returns the lines after the first n, and a channel that is closed when
// there are more.
func (b *logbook) since(n int) ([]Line, <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.lines[n:len(b.lines):len(b.lines)], b.news
}

// wait waits for a line after the first n that is wanted; false once ctx has ended.
func (b *logbook) wait(ctx context.Context, n int, wanted func(Line) bool) bool {
	for {
		lines, news := b.since(n)
		if slices.ContainsFunc(lines, wanted) {
			return true
		}
		n += len(lines)
		select {
		case <-ctx.Done():
			return false
		case <-news:
		}
	}
}

// all returns the lines so far.
func (b *logbook) all() []Line {
	lines, _ := b.since(0)
	return lines
}
