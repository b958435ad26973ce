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
	mu      sync.Mutex
	sending map[string]int // by channel
	failing map[end]*line  // those over which nothing has gone well since something failed
}

// end is a tenant's end of a channel. The addresses and credentials of one tenant may
// be what is wrong: another's people are not to be reached by a worse way for that.
type end struct{ tenant, channel string }

// line is one channel of a tenant over which sends have failed. One that is broken is
// spared while there is another way to somebody, for half a minute; then one send
// tries it. It is never what keeps a page from being sent: who has no other contact
// is tried over it all the same.
type line struct {
	failed map[string]bool // addresses
	inARow int             // sends
	broken time.Time       // until when it is spared; zero: it may work
	trying bool            // a send is trying it
}

// spared reports whether a channel is not to be used where there is another.
func (l *lines) spared(ctx context.Context, tenant, channel string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	line := l.failing[end{tenant, channel}]
	return line != nil && !line.broken.IsZero() && (line.trying || timing.From(ctx).Now().Before(line.broken))
}

// seat is a place for one send of a tenant. Without a channel it is none.
type seat struct {
	lines   *lines
	places  int // of a channel
	tenant  string
	channel string
	tries   *line // that is broken, and that the send tries
}

// take takes a place for a channel, in exchange for the one it may have, unless all
// are taken. It must be given back with leave.
func (s *seat) take(ctx context.Context, channel string) bool {
	s.leave()
	l := s.lines
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.sending[channel] >= s.places {
		return false
	}
	if l.sending == nil {
		l.sending = map[string]int{}
	}
	l.sending[channel]++
	s.channel = channel
	line := l.failing[end{s.tenant, channel}]
	if line != nil && !line.trying && !line.broken.IsZero() && !timing.From(ctx).Now().Before(line.broken) {
		line.trying, s.tries = true, line
	}
	return true
}

func (s *seat) leave() {
	if s.channel == "" {
		return
	}
	s.lines.mu.Lock()
	defer s.lines.mu.Unlock()
	s.lines.sending[s.channel]--
	if s.tries != nil {
		s.tries.trying = false
	}
	s.channel, s.tries = "", nil
}

func (l *lines) add(at end) *line {
	if l.failing == nil {
		l.failing = map[end]*line{}
	}
	l.failing[at] = &line{failed: map[string]bool{}}
	return l.failing[at]
}

// heard learns from the outcome of a send, and reports whether the channel has
// just been found broken, or works again.
func (l *lines) heard(ctx context.Context, tenant string, c contact, fate comms.Fate) (broke, mended bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	at := end{tenant, c.channel}
	line := l.failing[at]
	was := line != nil && !line.broken.IsZero()
	switch fate {
	case comms.Delivered, comms.Refused: // it answers
		delete(l.failing, at)
		return false, was
	case comms.Failed, comms.Unknown:
		if line == nil {
			line = l.add(at)
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
