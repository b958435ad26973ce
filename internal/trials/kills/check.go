//go:build linux || darwin

package kills

import (
	"context"
	"fmt"
	"strings"

	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/internal/oracle"
)

// check is a second opinion, by the engine's own reading of what it stored, and with
// no times in it: it cannot be wrong because a machine is slow.
func (h *Host) check(ctx context.Context, history oracle.History) []string {
	c := checker{arrived: map[string]int{}, marked: map[string]int{}, attempted: map[string]bool{}, stored: map[incident.ID]bool{}}
	for _, s := range history.Sends {
		if s.Arrived && !isAlarm(s.Key) {
			c.arrived[s.Key]++
			if s.PossibleDuplicate {
				c.marked[s.Key]++
			}
		}
	}
	for _, s := range history.Streams {
		c.stored[s.Incident] = true
		events, err := h.engine.Events(ctx, s.Tenant, s.Incident)
		if err == nil {
			err = h.engine.Verify(ctx, s.Tenant, s.Incident)
		}
		if err != nil {
			c.add("%s/%s: %v", s.Tenant, s.Incident, err)
			continue
		}
		c.pages(s, events)
	}
	c.messages(history)
	return c.wrong
}

// checker is what a check has found out.
type checker struct {
	arrived, marked map[string]int // by the key of the message
	attempted       map[string]bool
	stored          map[incident.ID]bool
	wrong           []string
}

func (c *checker) add(format string, args ...any) {
	c.wrong = append(c.wrong, fmt.Sprintf(format, args...))
}

// pages holds what is recorded of an incident's pages against what arrived.
func (c *checker) pages(s oracle.Stream, events []incident.Event) {
	keys := map[string]string{} // of the message, by page and contact
	for _, e := range events {
		switch p := e.Payload.(type) {
		case incident.PageAttempted:
			c.attempted[p.Key] = true
			keys[p.Page+" "+p.Contact] = p.Key
		case incident.PageDelivered:
			if key := keys[p.Page+" "+p.Contact]; c.arrived[key] == 0 {
				c.add("%s/%s: page %s is recorded as delivered, and %s never arrived", s.Tenant, s.Incident, p.Page, key)
			}
		}
	}
}

// messages holds what was sent, and what the host was told, against what is recorded.
func (c *checker) messages(history oracle.History) {
	for _, s := range history.Sends {
		if !c.attempted[s.Key] && !isAlarm(s.Key) {
			c.add("%s was sent, and is not on record", s.Key)
		}
	}
	for key, n := range c.arrived {
		if n > 2 || c.marked[key] < n-1 {
			c.add("%s arrived %d times, and %d of them were marked as possible duplicates", key, n, c.marked[key])
		}
	}
	for _, a := range history.Acts {
		for _, r := range a.Receipts {
			if r.Incident != "" && !c.stored[r.Incident] {
				c.add("%s was told of incident %s, which is not stored", a.Keys, r.Incident)
			}
		}
	}
}

// isAlarm reports whether a message is an alarm to the last resort: those need no
// record, and are repeated until somebody is known to have been told.
func isAlarm(key string) bool { return strings.Contains(key, "/alarm/") }
