package incidentkit

import (
	"context"
	"sync"
	"time"

	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/internal/timing"
)

const (
	tripAddresses = 3 // of a channel, whose sends fail in a row, before it counts as broken
	tripSends     = 8 // or sends that fail in a row, whoever they are to
	tripRest      = 30 * time.Second
)

// lines are the channels as this engine finds them.
type lines struct {
	mu        sync.Mutex
	byChannel map[string]*line
}

// line is one channel: how many sends are under way, and whether it works. One
// that does not is spared while there is another way to somebody, for half a
// minute; then one send tries it. It is never what keeps a page from being sent:
// who has no other contact is tried over it all the same.
type line struct {
	sending int
	failed  map[string]bool // addresses, since a send went well
	inARow  int             // sends, since then
	broken  time.Time       // until when it is spared; zero: it works
	trying  bool            // a send is trying it
}

func (l *lines) of(channel string) *line {
	if l.byChannel == nil {
		l.byChannel = map[string]*line{}
	}
	if l.byChannel[channel] == nil {
		l.byChannel[channel] = &line{}
	}
	return l.byChannel[channel]
}

// spared reports whether a channel is not to be used where there is another.
func (l *lines) spared(ctx context.Context, channel string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := l.of(channel)
	return !line.broken.IsZero() && (line.trying || timing.From(ctx).Now().Before(line.broken))
}

// take takes one of the places for sends over a channel, unless all are taken. It
// must be given back with leave.
func (l *lines) take(ctx context.Context, channel string, places int) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := l.of(channel)
	if line.sending >= places {
		return false
	}
	line.sending++
	if !line.broken.IsZero() && !timing.From(ctx).Now().Before(line.broken) {
		line.trying = true
	}
	return true
}

func (l *lines) leave(channel string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := l.of(channel)
	line.sending--
	if line.sending == 0 {
		line.trying = false
	}
}

// seat is a place for one send. The zero value of the place is none.
type seat struct {
	lines   *lines
	places  int
	channel string
}

// take takes a place for a channel, in exchange for the one it may have.
func (s *seat) take(ctx context.Context, channel string) bool {
	s.leave()
	if !s.lines.take(ctx, channel, s.places) {
		return false
	}
	s.channel = channel
	return true
}

func (s *seat) leave() {
	if s.channel != "" {
		s.lines.leave(s.channel)
		s.channel = ""
	}
}

// heard learns from the outcome of a send, and reports whether the channel has
// just been found broken, or works again.
func (l *lines) heard(ctx context.Context, c contact, fate comms.Fate) (broke, mended bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := l.of(c.channel)
	was := !line.broken.IsZero()
	line.trying = false
	switch fate {
	case comms.Delivered, comms.Refused: // it answers
		line.failed, line.inARow, line.broken = nil, 0, time.Time{}
		return false, was
	case comms.Failed, comms.Unknown:
		if line.failed == nil {
			line.failed = map[string]bool{}
		}
		if len(line.failed) < tripAddresses {
			line.failed[c.id] = true
		}
		line.inARow++
		if len(line.failed) >= tripAddresses || line.inARow >= tripSends {
			line.broken = timing.From(ctx).Now().Add(tripRest)
			return !was, false
		}
	}
	return false, false
}
