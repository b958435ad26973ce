package oracle

import (
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/incident"
)

// judgeLongSends sees that no notifier is waited for much longer than the time that
// it has (I2). A process that is stopped waits for as long as it is.
func (c *court) judgeLongSends() {
	limit := c.h.Settings.NotifyTimeout
	for i := range c.h.Sends {
		send := &c.h.Sends[i]
		if limit == 0 || send.Ended.At.IsZero() {
			continue
		}
		over := send.Ended.At.Sub(send.Begun.At) - limit - limit/4 - c.h.Settings.Slack
		if over > 0 && !c.disturbed(send.Replica, send.Begun.At, send.Ended.At) {
			c.blame("I2", c.at[place{send.Tenant, send.Incident}], send.Ended.At, "replica %s waited from %s to %s for an answer to attempt %d of %s; a notifier has %s",
				send.Replica, clock(send.Begun.At), clock(send.Ended.At), send.Attempt, send.Key, limit)
		}
	}
}

// judgeRetryAfter sees that a channel which asks to be left alone for a while is,
// for this page at this contact: as long as nothing else is tried instead (I3).
func (c *court) judgeRetryAfter(s *story, q *page, next incident.PageAttempted, e *event) {
	if len(q.attempts) == 0 || q.stalled {
		return // every contact has rested: each is tried at intervals
	}
	last := q.attempts[len(q.attempts)-1]
	if last.send == nil || last.Contact != next.Contact || !last.known || last.send.RetryAfter == 0 {
		return
	}
	until := last.send.Ended.At.Add(min(last.send.RetryAfter, maxRetryAfter))
	if early := until.Sub(e.RecordedAt); early > c.h.Settings.Slack && !c.jumped(last.send.Ended.At, e.RecordedAt) {
		c.blame("I3", s, e.RecordedAt, "attempt %d at %s about page %s was made at %s, and the channel had asked to be left alone until %s",
			next.Attempt, next.Contact, q.Page, clock(e.RecordedAt), clock(until))
	}
}

// maxRetryAfter is the longest that a channel is left alone for.
const maxRetryAfter = 10 * time.Minute

// jumped reports whether the store's clock was set between two instants.
func (c *court) jumped(from, to time.Time) bool {
	return slices.ContainsFunc(c.outages, func(o outage) bool { return o.Kind == Jumped && !o.from.After(to) && !o.to.Before(from) })
}

// judgeOpened sees that a request to open an incident opens one, also where the
// first answer got lost (I11): the world's titles end in the name of the request.
func (c *court) judgeOpened() {
	type request struct{ tenant, operation string }
	opened := map[request]*story{}
	for _, s := range c.stories {
		_, operation, ok := strings.Cut(s.in.Title, titleOf)
		if s.closed || !ok {
			continue
		}
		is := request{s.tenant, operation}
		if first := opened[is]; first != nil {
			c.blame("I11", s, s.in.OpenedAt, "operation %s opened it, and incident %s before", operation, first.incident)
			continue
		}
		opened[is] = s
	}
}

// titleOf is what comes before the name of the request in the title of an incident
// that a request opened.
const titleOf = " says "

// judgePoisoned sees that a task which fails whenever somebody takes it up, and is
// put aside for that, is not put aside before a human was called (I10).
func (c *court) judgePoisoned() {
	for i := range c.h.Tasks {
		t := &c.h.Tasks[i]
		if !t.Poisoned {
			continue
		}
		var last time.Time
		for j := range c.h.Claims {
			if is := &c.h.Claims[j]; is.Tenant == t.Tenant && is.Stream == t.Stream && is.Task == t.ID {
				last = is.Moment.At
			}
		}
		if last.IsZero() || t.Due.Sub(last) < putAside || c.called(t.Tenant, t.Stream) || c.jumped(last, t.Due) {
			continue
		}
		c.blame("I10", nil, last, "task %s of %s/%s was tried at %s, and put aside until %s, and nobody was called", t.ID, t.Tenant, t.Stream, clock(last), clock(t.Due))
	}
}

// putAside is for how long a task rests at least that is not expected to work soon.
const putAside = 2 * taskBackoff

// called reports whether the alarm was raised about a stream, heard or not.
func (c *court) called(tenant, stream string) bool {
	return slices.ContainsFunc(c.h.Alarms, func(a Alarm) bool {
		return a.Tenant == tenant && string(a.Incident) == stream
	}) || slices.ContainsFunc(c.sends[place{tenant, incident.ID(stream)}], isAlarm)
}

// judgeCalm sees that, once the faults have ended, whoever asks gets an answer
// (I12), and that alerts are taken in (I11).
func (c *court) judgeCalm() {
	for i := range c.h.Acts {
		a := &c.h.Acts[i]
		s := c.at[place{a.Tenant, a.Incident}]
		if s != nil && s.closed || a.Ended == (Moment{}) || !c.before(c.h.FaultsEnded, a.Begun) || c.disturbed(a.Replica, a.Begun.At, a.Ended.At) {
			continue
		}
		switch {
		case a.Kind == "ingest" && a.Result != OK:
			c.blame("I11", nil, a.Ended.At, "alerts of %s with keys %q were turned away at %s, when nothing was wrong any more", a.Tenant, a.Keys, clock(a.Ended.At))
		case a.Result == Uncertain && a.Kind != string(incident.MergeAction):
			c.blame("I12", s, a.Ended.At, "%s by %s got no clear answer at %s, when nothing was wrong any more", a.Kind, a.Actor, clock(a.Ended.At))
		}
	}
}
