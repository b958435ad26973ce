package oracle

import "strings"

// alarmKey is part of the key of an alarm, which goes to the last resort at once:
// it is no page, and nothing is recorded of it in the incident.
const alarmKey = "/alarm/"

func isAlarm(m *Send) bool { return strings.Contains(m.Key, alarmKey) }

// judgeSends judges the notifiers' own log: each message is one attempt that was
// recorded before (I3), to somebody's own address (I4), of an incident that the
// tenant has (I13).
func (c *court) judgeSends() {
	type once struct {
		key     string
		attempt int
	}
	seen := make(map[once]bool, len(c.h.Sends))
	arrived := map[string]int{}
	for i := range c.h.Sends {
		send := &c.h.Sends[i]
		s := c.at[place{send.Tenant, send.Incident}]
		if s == nil {
			c.blame("I13", nil, send.Begun.At, "%s was told at %s of incident %s, which tenant %s does not have", send.Person, clock(send.Begun.At), send.Incident, send.Tenant)
			continue
		}
		if send.Arrived {
			arrived[send.Key]++
		}
		switch is := (once{send.Key, send.Attempt}); {
		case s.closed:
		case isAlarm(send):
			c.judgeAlarm(s, send)
		case seen[is]:
			c.blame("I3", s, send.Begun.At, "attempt %d of %s was sent twice", send.Attempt, send.Key)
		case arrived[send.Key] > 2:
			c.blame("I3", s, send.Begun.At, "%s arrived %d times", send.Key, arrived[send.Key])
		default:
			seen[is] = true
			c.judgeSend(s, send)
		}
	}
}

// judgeAlarm sees that an alarm goes to the last resort.
func (c *court) judgeAlarm(s *story, send *Send) {
	if len(s.runs) == 0 {
		return
	}
	for _, p := range c.plans[s.runs[0].tenant] {
		if p.Plan.LastResort == send.Person {
			return
		}
	}
	c.blame("I10", s, send.Begun.At, "the alarm %s went to %s, who is the last resort of no plan", send.Key, send.Person)
}

func (c *court) judgeSend(s *story, send *Send) {
	a, q := s.attemptOf(send)
	if a == nil {
		c.blame("I3", s, send.Begun.At, "attempt %d of %s was sent, and no attempt was recorded", send.Attempt, send.Key)
		return
	}
	who := q.Person
	if who == "" {
		who = q.Target
	}
	switch committed := a.event.committed(); {
	case c.before(send.Begun, committed):
		c.blame("I3", s, send.Begun.At, "attempt %d of %s was sent at %s, before it was recorded at %s", send.Attempt, send.Key, clock(send.Begun.At), clock(committed.At))
	case send.PossibleDuplicate != a.PossibleDuplicate:
		c.blame("I3", s, send.Begun.At, "attempt %d of %s says that it may be a duplicate: %t; what was recorded says %t", send.Attempt, send.Key, send.PossibleDuplicate, a.PossibleDuplicate)
	case send.Person != who || send.Channel != a.Channel:
		c.blame("I4", s, send.Begun.At, "page %s is for %s by %s, and was sent to %s by %s", q.Page, who, a.Channel, send.Person, send.Channel)
	case !c.ownAddress(s, q, a, send):
		c.blame("I4", s, send.Begun.At, "page %s was sent to %q by %s at %s, which is not an address of %s", q.Page, send.To, send.Channel, clock(send.Begun.At), who)
	default:
		c.stale(s, a, send)
	}
}

// attemptOf finds what was recorded of a message.
func (s *story) attemptOf(send *Send) (*attempt, *page) {
	for _, q := range s.order {
		for _, a := range q.attempts {
			if a.Key == send.Key && a.Attempt == send.Attempt {
				return a, q
			}
		}
	}
	return nil, nil
}

// ownAddress reports whether the message went to an address of whom it is for, by a
// plan that may have been the newest when the attempt was made.
func (c *court) ownAddress(s *story, q *page, a *attempt, send *Send) bool {
	r := s.run(q.Run)
	if r == nil {
		return true
	}
	versions := append(c.newest(r.tenant, a.event.began(), a.event.committed()), r.pinned)
	for i, v := range versions {
		contacts := v.Plan.contacts(q.Person, q.Target)
		if i == len(versions)-1 && i > 0 && len(versions[0].Plan.contacts(q.Person, q.Target)) > 0 {
			return false // the pinned one counts only where the newest does not know them
		}
		for _, contact := range contacts {
			if contact.Channel == send.Channel && contact.To == send.To {
				return true
			}
		}
	}
	return false
}

// stale sees that a message does not go out long after its attempt was recorded:
// whoever was held up for longer than the lease does not know what happened since.
func (c *court) stale(s *story, a *attempt, send *Send) {
	if len(c.h.Claims) > 0 {
		return // the store's log says it exactly
	}
	from := a.event.committed().At
	took := send.Begun.At.Sub(from) - c.h.Settings.Lease - c.h.Settings.Slack
	for i := range c.outages {
		if o := &c.outages[i]; took > 0 && (o.Replica == "" || o.Replica == send.Replica) {
			took -= overlap(o.from, o.to, from, send.Begun.At)
		}
	}
	if took > 0 {
		c.blame("I5", s, send.Begun.At, "attempt %d of %s was recorded at %s and sent at %s, when its lease was over", send.Attempt, send.Key, clock(from), clock(send.Begun.At))
	}
}
