package terminal_test

import (
	"bytes"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/comms/commstest"
	"github.com/incidentkit/incidentkit/comms/terminal"
)

func TestConformance(t *testing.T) {
	t.Parallel()
	var far *screen
	set := func(write func([]byte) (int, error)) func() {
		return func() {
			far.mu.Lock()
			defer far.mu.Unlock()
			far.write = write
		}
	}
	commstest.Run(t, commstest.Harness{
		New: func(t commstest.T) (comms.Notifier, comms.Address) {
			far = new(screen)
			n, err := terminal.New(terminal.Options{Writer: far})
			if err != nil {
				t.Fatalf("New: %v", err)
			}
			return n, comms.Address{}
		},
		Received:   func() []commstest.Received { return far.pages() },
		CarriesKey: true,
		Refuse:     set(func([]byte) (int, error) { return 0, os.ErrClosed }),
		Overload:   set(func([]byte) (int, error) { return 0, errors.New("no space left") }),
		Cut:        set(func([]byte) (int, error) { return 0, errors.New("no such device") }),
		Hang: func() <-chan struct{} {
			taken, release := make(chan struct{}), make(chan struct{})
			t.Cleanup(func() { close(release) })
			set(func([]byte) (int, error) {
				close(taken)
				<-release
				return 0, os.ErrClosed
			})()
			return taken
		},
	})
}

// screen is a writer whose manners can be changed.
type screen struct {
	mu    sync.Mutex
	out   bytes.Buffer
	write func([]byte) (int, error) // nil: shows everything
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	write := s.write
	s.mu.Unlock()
	if write != nil {
		return write(p)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.out.Write(p)
}

// pages reads back what is on the screen.
func (s *screen) pages() []commstest.Received {
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []commstest.Received
	for _, page := range strings.Split(s.out.String(), "=== PAGE")[1:] {
		_, key, _ := strings.Cut(page, "\nkey       ")
		key, _, _ = strings.Cut(key, " (attempt")
		all = append(all, commstest.Received{Key: key, Text: page})
	}
	return all
}
