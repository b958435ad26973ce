package oracle

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/incident"
)

// Judge returns everything in a history that should not have been, by invariant. It
// never panics, whatever it is given, and changes nothing of it.
func Judge(h History) []Violation {
	c := &court{h: &h, plans: map[string][]*SavedPlan{}, sends: map[place][]*Send{}, poisoned: false}
	for i := range h.Plans {
		p := &h.Plans[i]
		c.plans[p.Tenant] = append(c.plans[p.Tenant], p)
	}
	for i := range h.Sends {
		s := &h.Sends[i]
		at := place{s.Tenant, s.Incident}
		c.sends[at] = append(c.sends[at], s)
	}
	c.listOutages()
	c.stories = make([]*story, len(h.Streams))
	c.at = make(map[place]*story, len(h.Streams))
	for i := range h.Streams {
		s := &story{place: place{h.Streams[i].Tenant, h.Streams[i].Incident}, stream: &h.Streams[i]}
		c.stories[i], c.at[s.place] = s, s
		if s.closed = s.stream.Poisoned || !c.read(s); s.closed {
			continue
		}
		c.judgeSteps(s)
		c.judgePages(s)
		c.judgeSilence(s)
		c.judgeAnew(s)
	}
	c.judgeSends()
	c.judgeLongSends()
	c.judgeAlarms()
	c.judgeFences()
	c.judgeActs()
	c.judgeOpened()
	c.judgeCalm()
	c.judgePoisoned()
	c.judgeTenants()
	c.judgeTasks()
	slices.SortStableFunc(c.found, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(rank(a.Invariant), rank(b.Invariant)), cmp.Compare(a.Tenant, b.Tenant), cmp.Compare(a.Incident, b.Incident))
	})
	return c.found
}

// rank orders "I9" before "I10".
func rank(invariant string) string { return fmt.Sprintf("%3s", invariant) }

// place names a stream.
type place struct {
	tenant   string
	incident incident.ID
}

// court judges one history.
type court struct {
	h       *History
	plans   map[string][]*SavedPlan // by tenant, the oldest first
	sends   map[place][]*Send
	stories []*story
	at      map[place]*story
	outages []outage

	poisoned bool // something is, by the world: what is late is late because of it
	found    []Violation
}

func (c *court) blame(invariant string, s *story, at time.Time, format string, args ...any) {
	v := Violation{Invariant: invariant, At: at, Text: fmt.Sprintf(format, args...)}
	if s != nil {
		v.Tenant, v.Incident = s.tenant, s.incident
	}
	c.found = append(c.found, v)
}

// story is a stream that has been read.
type story struct {
	place
	stream *Stream
	events []event
	in     incident.Incident // the fold of the events
	anew   map[uint64]bool   // versions of the events of alerts that fire anew
	closed bool              // nothing is promised for it, or it cannot be read, which has been said

	status incident.Status // at the event that is being judged
	pages  map[string]*page
	order  []*page
	runs   []*run
}

// event is a record that has been read.
type event struct {
	incident.Event
	record *Record
}

// before reports whether a surely came before b. What cannot be told is false.
func (c *court) before(a, b Moment) bool {
	if a.Seq > 0 && b.Seq > 0 {
		return a.Seq < b.Seq
	}
	return !a.At.IsZero() && !b.At.IsZero() && a.At.Add(c.h.Settings.Slack).Before(b.At)
}

// plan returns a version of a tenant's plan.
func (c *court) plan(tenant string, version uint64) *SavedPlan {
	for _, p := range c.plans[tenant] {
		if p.Version == version {
			return p
		}
	}
	return nil
}

// newest returns the versions of a plan that may be taken for the newest by work
// that began and was committed at these moments, the newest first.
func (c *court) newest(tenant string, began, committed Moment) []*SavedPlan {
	var out []*SavedPlan
	for _, p := range slices.Backward(c.plans[tenant]) {
		if c.before(committed, p.Saved) {
			continue
		}
		out = append(out, p)
		if c.before(p.Saved, began) {
			break
		}
	}
	return out
}
