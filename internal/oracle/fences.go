package oracle

import (
	"cmp"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/incident"
)

// judgeFences replays the store's log: no task is handed out twice at one time,
// nothing is written or sent by whoever no longer holds the task, and whoever holds
// one renews its lease and does it (I7, I2).
func (c *court) judgeFences() {
	type act struct {
		seq   uint64
		claim *Claim
		write *Write
		send  *Send
	}
	acts := make([]act, 0, len(c.h.Claims)+len(c.h.Writes)+len(c.h.Sends))
	for i := range c.h.Claims {
		acts = append(acts, act{seq: c.h.Claims[i].Moment.Seq, claim: &c.h.Claims[i]})
	}
	for i := range c.h.Writes {
		if w := &c.h.Writes[i]; w.Applied {
			acts = append(acts, act{seq: w.Ended.Seq, write: w})
		}
	}
	for i := range c.h.Sends {
		acts = append(acts, act{seq: c.h.Sends[i].Begun.Seq, send: &c.h.Sends[i]})
	}
	if len(c.h.Claims) == 0 || slices.ContainsFunc(acts, func(a act) bool { return a.seq == 0 }) {
		return // nobody knows the order
	}
	slices.SortStableFunc(acts, func(a, b act) int { return cmp.Compare(a.seq, b.seq) })
	held := map[taskID]*holding{}
	for _, a := range acts {
		switch {
		case a.claim != nil:
			c.claimed(held, a.claim)
		case a.write != nil:
			c.written(held, a.write)
		default:
			c.judgeHeld(held, a.send)
		}
	}
}

type taskID struct{ tenant, stream, task string }

func placeOf(claim *Claim) place { return place{claim.Tenant, incident.ID(claim.Stream)} }

// holding is who holds a task.
type holding struct {
	epoch uint64 // the greatest ever given
	holds bool   // the claim with that epoch still does
	until time.Time
	since Moment // when it was claimed, or last renewed
	claim *Claim
}

func (c *court) claimed(held map[taskID]*holding, claim *Claim) {
	id := taskID{claim.Tenant, claim.Stream, claim.Task}
	h := held[id]
	if h == nil {
		h = &holding{}
		held[id] = h
	}
	s := c.storyOf(claim)
	switch {
	case claim.Epoch <= h.epoch:
		c.blame("I7", s, claim.Moment.At, "task %s was claimed with epoch %d, after %d", claim.Task, claim.Epoch, h.epoch)
	case h.holds && claim.Moment.At.Before(h.until):
		c.blame("I7", s, claim.Moment.At, "task %s was claimed at %s, and the claim before holds until %s", claim.Task, clock(claim.Moment.At), clock(h.until))
	}
	c.judgeAbandoned(h, claim)
	h.epoch, h.holds, h.until = max(h.epoch, claim.Epoch), true, claim.Until
	h.claim, h.since = claim, claim.Moment
}

func (c *court) written(held map[taskID]*holding, w *Write) {
	s := c.at[place{w.Tenant, incident.ID(w.Stream)}]
	if w.Task != "" {
		h := held[taskID{w.Tenant, w.Stream, w.Task}]
		if h == nil || !h.holds || h.epoch != w.Epoch {
			c.blame("I7", s, w.Ended.At, "something was written at %s by epoch %d of task %s, which no longer held", clock(w.Ended.At), w.Epoch, w.Task)
		} else {
			c.judgeRenewed(h, w)
			h.settle(w)
		}
	} else if s != nil && s.sends(w) {
		c.blame("I7", s, w.Ended.At, "events %d to %d are about an attempt to deliver, and were written at %s without the proof of a claim", w.First, w.Last, clock(w.Ended.At))
	}
	for _, tasks := range [][]string{w.Cancelled, w.Scheduled} {
		for _, task := range tasks {
			if h := held[taskID{w.Tenant, w.Stream, task}]; h != nil {
				h.holds = false
			}
		}
	}
}

func (h *holding) settle(w *Write) {
	switch w.Kind {
	case Settled, Postponed:
		h.holds = false
	case Extended:
		h.until, h.since = w.Until, w.Ended
	case Committed:
	}
}

// sends reports whether a write records an attempt, or its outcome.
func (s *story) sends(w *Write) bool {
	for v := max(w.First, 1); v <= w.Last && v <= uint64(len(s.events)); v++ {
		switch s.events[v-1].Payload.(type) {
		case incident.PageAttempted, incident.PageDelivered, incident.PageFailed:
			return true
		}
	}
	return false
}
