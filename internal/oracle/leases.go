package oracle

import (
	"slices"
	"time"
)

// A lease is renewed at a third. What is written with one that is older than that by
// far, was not renewed.
const unrenewed = 0.6

// judgeAbandoned sees that a worker which lives does what it has claimed: when the
// next claim finds the one before run out, something must have kept it (I2, or I8).
func (c *court) judgeAbandoned(h *holding, by *Claim) {
	if h.claim == nil || !h.holds || by.Moment.At.Before(h.until) {
		return
	}
	from, to := h.claim.Moment.At, h.until
	if c.disturbed(h.claim.Replica, from, to) || c.sending(h.claim, from, to) > to.Sub(from)/4 {
		return
	}
	c.blame(c.lateness(), c.storyOf(h.claim), to, "replica %s claimed task %s at %s and left it until its lease ended at %s, and nothing had kept it",
		h.claim.Replica, h.claim.Task, clock(from), clock(to))
}

// judgeRenewed sees that a claim is renewed while its task is at hand (I7).
func (c *court) judgeRenewed(h *holding, w *Write) {
	from, to := h.since.At, w.Ended.At
	lease := h.until.Sub(from)
	if h.claim == nil || w.Kind == Extended || float64(to.Sub(from)) <= unrenewed*float64(lease) {
		return
	}
	if c.disturbed(h.claim.Replica, from, to) || c.clockSet(h.claim.Replica, h.claim.Moment.At, to) || c.sending(h.claim, from, to) > lease/5 {
		return
	}
	c.blame("I7", c.storyOf(h.claim), to, "task %s was at hand at replica %s until %s, and its lease of %s had not been renewed since %s",
		h.claim.Task, h.claim.Replica, clock(to), lease, clock(from))
}

// judgeHeld sees that whoever sends a page holds its task at that moment (I7). A
// process that is stopped just before the send cannot know better. Neither can one
// that was stopped at all, and has a clock that is wrong since, but that does no harm
// only as long as nobody else has claimed the task.
func (c *court) judgeHeld(held map[taskID]*holding, send *Send) {
	s := c.at[place{send.Tenant, send.Incident}]
	if s == nil || s.closed || isAlarm(send) {
		return
	}
	_, q := s.attemptOf(send)
	if q == nil {
		return // said by I3
	}
	h := held[taskID{send.Tenant, string(send.Incident), "deliver:" + q.Page}]
	if h == nil || h.claim == nil || h.claim.Replica == send.Replica && !send.Begun.At.After(h.until) {
		return
	}
	for i := range c.outages {
		o := &c.outages[i]
		stopped := o.Kind == Paused && o.Replica == send.Replica || o.Kind == Jumped
		if stopped && h.claim.Replica == send.Replica && !o.to.Before(h.claim.Moment.At) && o.from.Before(send.Begun.At) {
			return
		}
		if stopped && o.from.Before(send.Begun.At) && send.Begun.At.Sub(o.to) <= c.h.Settings.Slack {
			return
		}
	}
	c.blame("I7", s, send.Begun.At, "attempt %d of %s was sent by replica %s at %s; the last claim of its page was that of replica %s, until %s",
		send.Attempt, send.Key, send.Replica, clock(send.Begun.At), h.claim.Replica, clock(h.until))
}

// disturbed reports whether anything kept a replica from its work between two
// instants, or made them doubtful.
func (c *court) disturbed(replica string, from, to time.Time) bool {
	for i := range c.outages {
		o := &c.outages[i]
		if o.Kind != Provider && o.Kind != Lost && (o.Replica == "" || o.Replica == replica) && !o.from.After(to) && !o.to.Before(from) {
			return true
		}
	}
	return false
}

// clockSet reports whether a machine's clock was set between two instants: all that it
// measured from before is wrong since.
func (c *court) clockSet(replica string, from, to time.Time) bool {
	return slices.ContainsFunc(c.outages, func(o outage) bool {
		return o.Kind == Jumped && o.Replica == replica && !o.from.After(to) && !o.to.Before(from)
	})
}

// sending returns for how long the replica of a claim was sending other messages
// between two instants: a world may do the tasks of a batch one after the other.
func (c *court) sending(claim *Claim, from, to time.Time) time.Duration {
	total := time.Duration(0)
	for i := range c.h.Sends {
		send := &c.h.Sends[i]
		if send.Replica != claim.Replica || overlap(send.Begun.At, c.end(send), from, to) == 0 {
			continue
		}
		if s := c.at[place{send.Tenant, send.Incident}]; s != nil && !s.closed {
			if _, q := s.attemptOf(send); q != nil && claim.Tenant == send.Tenant && claim.Stream == string(send.Incident) && claim.Task == "deliver:"+q.Page {
				continue
			}
		}
		total += overlap(send.Begun.At, c.end(send), from, to)
	}
	return total
}

// end returns when a send was over, at the latest.
func (c *court) end(s *Send) time.Time {
	if s.Ended.At.IsZero() {
		return c.h.Ended.At
	}
	return s.Ended.At
}

func (c *court) storyOf(claim *Claim) *story { return c.at[placeOf(claim)] }
