// Package terminal prints pages where somebody can read them: a console, a log,
// a test's output. It is the channel to start with, and the one that still
// works when everything else is down.
package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"github.com/incidentkit/incidentkit/comms"
)

// Color says whether pages are coloured.
type Color int

// The choices of colour.
const (
	// Auto colours where the writer is a terminal, unless the environment says
	// NO_COLOR (to anything) or TERM=dumb. [New] looks, once.
	Auto Color = iota
	Always
	Never
)

// Options configures a notifier.
type Options struct {
	// Writer takes the pages. Each is one call of Write. It should not buffer:
	// a page counts as delivered as soon as Write has returned. Required.
	Writer io.Writer

	Color Color
}

// Notifier prints pages. Make one with [New].
type Notifier struct {
	writer io.Writer
	paint  palette

	// turn holds one token: whoever has it may write. A mutex would do but for
	// the context, which must end the wait for a writer that is stuck.
	turn chan struct{}
}

// New returns a notifier. It reports missing or unknown options as a
// *comms.FieldError.
func New(o Options) (*Notifier, error) {
	if o.Writer == nil {
		return nil, &comms.FieldError{Field: "Options.Writer", Want: "where to print, such as os.Stdout; it is nil"}
	}
	if o.Color < Auto || o.Color > Never {
		return nil, &comms.FieldError{Field: "Options.Color", Want: fmt.Sprintf("Auto, Always or Never, not %d", int(o.Color))}
	}
	n := &Notifier{writer: o.Writer, turn: make(chan struct{}, 1)}
	if o.Color == Always || o.Color == Auto && isTerminal(o.Writer) && environmentAllowsColor(os.Getenv) {
		n.paint = ansi
	}
	n.turn <- struct{}{}
	return n, nil
}

// Notify prints the message, and returns when all of it is written. Safe for
// concurrent use; messages are never interleaved.
//
// A failure before the first byte is temporary, or permanent where the writer
// is closed. Once some of the message is out, or the context ends while the
// writer is at it, the outcome is unknown. A writer that stays stuck holds one
// goroutine, and messages after it fail as temporary when their contexts end.
func (n *Notifier) Notify(ctx context.Context, m comms.Message) (comms.Receipt, error) {
	if err := ctx.Err(); err != nil {
		return comms.Receipt{}, comms.Temporary(err, 0)
	}
	if err := m.Validate(); err != nil {
		return comms.Receipt{}, comms.Permanent(err)
	}
	text := render(m, n.paint)
	select {
	case <-n.turn:
	case <-ctx.Done():
		return comms.Receipt{}, comms.Temporary(ctx.Err(), 0)
	}
	if err := ctx.Err(); err != nil { // it ended as the turn came
		n.turn <- struct{}{}
		return comms.Receipt{}, comms.Temporary(err, 0)
	}
	done := make(chan error, 1)
	go func() {
		defer func() { n.turn <- struct{}{} }()
		done <- write(n.writer, text)
	}()
	select {
	case err := <-done:
		return comms.Receipt{}, err
	case <-ctx.Done():
		select {
		case err := <-done: // both at once: what is known counts
			return comms.Receipt{}, err
		default:
		}
		return comms.Receipt{}, fmt.Errorf("terminal: the writer has not finished: %w", ctx.Err())
	}
}

// write classifies what became of one page.
func write(w io.Writer, text []byte) (err error) {
	defer func() {
		// On this goroutine a panic would end the program.
		if p := recover(); p != nil { //nolint:forbidigo // the host's writer: its bug must not stop other pages
			err = fmt.Errorf("terminal: the writer panicked: %v", p)
		}
	}()
	n, err := w.Write(text)
	switch {
	case n == len(text) && err == nil:
		return nil
	case err == nil:
		err = io.ErrShortWrite
	}
	err = fmt.Errorf("terminal: wrote %d of %d bytes: %w", n, len(text), err)
	switch {
	case n != 0:
		return err
	case errors.Is(err, fs.ErrClosed), errors.Is(err, io.ErrClosedPipe):
		return comms.Permanent(err)
	}
	return comms.Temporary(err, 0)
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&fs.ModeCharDevice != 0
}

func environmentAllowsColor(getenv func(string) string) bool {
	return getenv("NO_COLOR") == "" && getenv("TERM") != "dumb"
}
