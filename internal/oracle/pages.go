package oracle

import (
	"time"

	"github.com/incidentkit/incidentkit/incident"
)

// page is what became of a page, event by event.
type page struct {
	incident.PageRequested
	at       time.Time
	state    incident.PageState
	stalled  bool
	answered bool // the recipient has answered for their part, or others are paged instead

	// want is when something is to happen next; zero: nothing is waited for.
	want     time.Time
	tries    map[string]*try // by contact
	flight   *attempt        // under way, or lost
	attempts []*attempt
}

// try is what happened at one contact.
type try struct {
	key     string
	tries   int
	unknown int // attempts of which nobody knows what became of them
	spent   bool
}

// attempt is one that was recorded before it was made.
type attempt struct {
	incident.PageAttempted
	event *event
	send  *Send // by the notifier's log; nil: it never came to it
	known bool  // it is recorded as certainly failed
}

// judgePages follows each page: it is tried when it is due (I1, I2), once for each
// attempt that was recorded (I3), and not after somebody has answered (I5).
func (c *court) judgePages(s *story) {
	s.pages = map[string]*page{}
	over := map[string]bool{} // runs of which nobody is paged for the time being
	for i := range s.events {
		e := &s.events[i]
		switch p := e.Payload.(type) {
		case incident.PageRequested:
			s.request(p, e)
		case incident.PageAttempted:
			c.attempted(s, p, e, over)
		case incident.PageDelivered:
			c.delivered(s, p, e)
		case incident.PageFailed:
			c.failed(s, p, e)
		case incident.PageStalled:
			s.change(p.Page, func(q *page) { q.stall(e.RecordedAt) })
		case incident.PageHeld:
			s.change(p.Page, func(q *page) { q.want = p.Until })
		case incident.PageWithdrawn:
			s.change(p.Page, func(q *page) {
				c.judgeWithdrawn(s, q, i, over)
				q.state, q.want = incident.Withdrawn, time.Time{}
			})
		case incident.PageUndeliverable:
			c.undeliverable(s, p, e)
		case incident.EscalationOverdue:
			for _, key := range p.Pages {
				s.change(key, func(q *page) { q.want = e.RecordedAt })
			}
		case incident.IncidentOpened:
			s.status = p.Status
		case incident.StatusChanged:
			s.status = p.To
		default:
			s.answers(e.Payload, over)
		}
	}
	for _, q := range s.order {
		c.judgePending(s, q, over)
	}
}

func (s *story) request(p incident.PageRequested, e *event) {
	if s.pages[p.Page] != nil {
		return // said by I9
	}
	q := &page{PageRequested: p, at: e.RecordedAt, state: incident.Pending, want: p.Send, tries: map[string]*try{}}
	if q.want.IsZero() {
		q.want = e.RecordedAt
	}
	q.want = later(q.want, e.RecordedAt)
	s.pages[p.Page] = q
	s.order = append(s.order, q)
}

func (s *story) change(key string, change func(*page)) {
	if q := s.pages[key]; q != nil {
		change(q)
	}
}

// retryEvery is the longest interval at which a page that is stalled is tried.
const retryEvery = 5 * time.Minute

// longestWait is more than any page waits, whatever a channel asks for.
const longestWait = 2*retryEvery + retryEvery/2

// stall notes that a page cannot be delivered for now. One that was not even tried
// waits for a replica that has the channel.
func (q *page) stall(at time.Time) {
	q.stalled = true
	if len(q.attempts) == 0 {
		q.want = at.Add(retryEvery)
	}
}

// answers notes which runs and people need not be paged any more.
func (s *story) answers(p incident.Payload, over map[string]bool) {
	switch p := p.(type) {
	case incident.EscalationAcknowledged:
		if len(p.Awaits) > 0 {
			s.settle(p.Run, p.By)
			return
		}
		over[p.Run] = true
	case incident.EscalationSnoozed:
		over[p.Run] = true
	case incident.EscalationEnded:
		over[p.Run] = p.State == incident.Stopped
	case incident.PageDeclined:
		s.settle(p.Run, p.By)
	case incident.EscalationHandedBack:
		over[p.Run] = false
		s.settle(p.Run, p.By)
	case incident.EscalationReassigned:
		over[p.Run] = false
		s.settle(p.Run, "")
	case incident.EscalationRepaged:
		over[p.Run] = false
	case incident.NextStepRequested:
		over[p.Run] = false
	case incident.EscalationResumed:
		over[p.Run] = false
	}
}

// settle notes that a person, or everybody, need not be paged about a run.
func (s *story) settle(run, by string) {
	for _, q := range s.order {
		if q.Run == run && !q.Reminder && (by == "" || q.Person == by) {
			q.answered = true
		}
	}
}

// attempted judges that an attempt may be made.
func (c *court) attempted(s *story, p incident.PageAttempted, e *event, over map[string]bool) {
	q := s.pages[p.Page]
	if q == nil {
		c.blame("I6", s, e.RecordedAt, "%s was sent page %s at %s, which nobody asked for", p.Contact, p.Page, clock(e.RecordedAt))
		return
	}
	switch {
	case q.state != incident.Pending:
		c.blame(invariantOf(q.state), s, e.RecordedAt, "page %s was tried at %s, and it was %s", p.Page, clock(e.RecordedAt), q.state)
	case over[q.Run] && !q.Reminder:
		c.blame("I5", s, e.RecordedAt, "page %s was tried at %s, and run %s had been answered", p.Page, clock(e.RecordedAt), q.Run)
	case s.status != incident.Triage && s.status != incident.Active:
		c.blame("I5", s, e.RecordedAt, "page %s was tried at %s, and the incident was %s", p.Page, clock(e.RecordedAt), s.status)
	case q.answered:
		c.blame("I5", s, e.RecordedAt, "page %s was tried at %s, and %s had answered it", p.Page, clock(e.RecordedAt), q.Person)
	case q.want.IsZero():
	default:
		if by := c.lateBy(s.tenant, q.want, e.RecordedAt); by > 0 {
			c.blame(c.lateness(), s, e.RecordedAt, "page %s was to be tried at %s and was at %s, late by %s more than it may be", p.Page, clock(q.want), clock(e.RecordedAt), by)
		}
	}
	c.judgeOnCall(s, q, e)
	c.oncePerContact(s, q, p, e)
	c.judgeRetryAfter(s, q, p, e)
	a := &attempt{PageAttempted: p, event: e, send: c.sendOf(s, p)}
	q.flight = a
	q.attempts = append(q.attempts, a)
	q.want = e.RecordedAt.Add(c.h.Settings.NotifyTimeout)
}

// invariantOf says what an attempt at a page that is over breaks.
func invariantOf(state incident.PageState) string {
	if state == incident.Delivered {
		return "I3"
	}
	return "I5"
}

// oncePerContact judges that a contact gets a second message only where nobody
// knows what became of the first, marked, and with the same key.
func (c *court) oncePerContact(s *story, q *page, p incident.PageAttempted, e *event) {
	t := q.tries[p.Contact]
	if t == nil {
		t = &try{key: p.Key}
		q.tries[p.Contact] = t
		if why := c.keyOf(s, p); why != "" {
			c.blame("I3", s, e.RecordedAt, "%s", why)
		}
	}
	if a := q.flight; a != nil { // the attempt before it was lost
		if lost := q.tries[a.Contact]; lost != nil {
			lost.unknown++
		}
		q.flight = nil
	}
	t.tries++
	switch {
	case p.Key != t.key:
		c.blame("I3", s, e.RecordedAt, "attempt %d at %s about page %s has key %q, and the one before had %q", p.Attempt, p.Contact, p.Page, p.Key, t.key)
	case p.Attempt != t.tries:
		c.blame("I9", s, e.RecordedAt, "attempt %d at %s about page %s is recorded as number %d", t.tries, p.Contact, p.Page, p.Attempt)
	case t.unknown > 1:
		c.blame("I3", s, e.RecordedAt, "attempt %d at %s about page %s is made after %d of which nobody knows what became of them", p.Attempt, p.Contact, p.Page, t.unknown)
	case p.PossibleDuplicate != (t.unknown > 0):
		c.blame("I3", s, e.RecordedAt, "attempt %d at %s about page %s is marked as a possible duplicate: %t; %d before it may have arrived", p.Attempt, p.Contact, p.Page, p.PossibleDuplicate, t.unknown)
	case t.spent:
		c.blame("I3", s, e.RecordedAt, "attempt %d at %s about page %s is made, and that contact was given up", p.Attempt, p.Contact, p.Page)
	}
}

// keyOf sees that no other page or contact has the same key.
func (c *court) keyOf(s *story, p incident.PageAttempted) string {
	for _, q := range s.order {
		for contact, t := range q.tries {
			if t.key == p.Key && (q.Page != p.Page || contact != p.Contact) {
				return "key " + p.Key + " is that of page " + p.Page + " to " + p.Contact + ", and of page " + q.Page + " to " + contact
			}
		}
	}
	return ""
}

// sendOf finds the message of an attempt in the notifier's log.
func (c *court) sendOf(s *story, p incident.PageAttempted) *Send {
	for _, send := range c.sends[s.place] {
		if send.Key == p.Key && send.Attempt == p.Attempt {
			return send
		}
	}
	return nil
}

// delivered judges that what is said to be delivered is.
func (c *court) delivered(s *story, p incident.PageDelivered, e *event) {
	q := s.pages[p.Page]
	if q == nil || q.flight == nil {
		return // said by I9
	}
	a := q.flight
	if a.send == nil || a.send.Answer != Delivered {
		c.blame("I1", s, e.RecordedAt, "attempt %d at %s about page %s is recorded as delivered, and the channel %s", p.Attempt, p.Contact, p.Page, a.send.said())
	}
	q.state, q.flight, q.want = incident.Delivered, nil, time.Time{}
}

// said says what a channel answered.
func (s *Send) said() string {
	if s == nil {
		return "was never asked"
	}
	return [...]string{"gave no answer", "took it", "refused it", "did not take it", "did not say what became of it"}[max(0, min(int(s.Answer), int(Unknown)))]
}

// failed judges that an outcome is what the channel said.
func (c *court) failed(s *story, p incident.PageFailed, e *event) {
	q := s.pages[p.Page]
	if q == nil || q.flight == nil {
		return
	}
	a := q.flight
	a.known, q.flight = !p.Unknown, nil
	if !p.Unknown && a.send != nil && (a.send.Answer == Unknown || a.send.Answer == Delivered || a.send.Answer == NoAnswer) {
		c.blame("I3", s, e.RecordedAt, "attempt %d at %s about page %s is recorded as certainly failed, and the channel %s", p.Attempt, p.Contact, p.Page, a.send.said())
	}
	if t := q.tries[p.Contact]; t != nil {
		t.spent = t.spent || p.Spent
		if p.Unknown {
			t.unknown++
		}
	}
	q.want = e.RecordedAt
	if wait, err := time.ParseDuration(p.Retry); err == nil {
		q.want = q.want.Add(wait)
		if wait > longestWait {
			c.blame("I2", s, e.RecordedAt, "page %s is to wait for %s until it is tried again", p.Page, wait)
		}
	}
}

// undeliverable judges that a page is given up only after every contact was tried.
func (c *court) undeliverable(s *story, p incident.PageUndeliverable, e *event) {
	q := s.pages[p.Page]
	if q == nil {
		return
	}
	q.state, q.want = incident.Undeliverable, time.Time{}
	r := s.run(q.Run)
	if r == nil || q.Channel != "" {
		return
	}
	for _, v := range c.newest(r.tenant, moment(e.record.Began, e.RecordedAt), moment(e.record.Committed, e.RecordedAt)) {
		if len(v.Plan.contacts(q.Person, q.Target)) <= len(q.tries) {
			return
		}
	}
	if len(c.plans[r.tenant]) > 0 {
		c.blame("I1", s, e.RecordedAt, "page %s was given up at %s after %d contacts, and there are more", p.Page, clock(e.RecordedAt), len(q.tries))
	}
}

// judgePending judges what is left of a page at the end.
func (c *court) judgePending(s *story, q *page, over map[string]bool) {
	end := c.h.Ended.At
	if q.state != incident.Pending || q.want.IsZero() || over[q.Run] || q.answered || c.lateBy(s.tenant, q.want, end) <= 0 {
		return
	}
	verdict, was := "I12", "tried last"
	switch {
	case c.poisoned:
		verdict = "I8"
	case len(q.attempts) == 0:
		verdict, was = "I1", "never tried"
	}
	c.blame(verdict, s, end, "page %s was to be tried at %s, and until %s it was %s with %d attempts", q.Page, clock(q.want), clock(end), was, len(q.attempts))
}
