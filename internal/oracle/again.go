package oracle

import (
	"slices"

	"github.com/incidentkit/incidentkit/incident"
)

// firesAnew reports whether alerts say something for which people are to be paged
// again: one fires that the incident did not know, or that had resolved, or began
// anew.
func firesAnew(in incident.Incident, p incident.AlertsRecorded) bool {
	return slices.ContainsFunc(p.Alerts, func(a incident.Alert) bool {
		known, ok := in.Alert(a)
		resolved := known.Status == incident.AlertResolved && !a.StartsAt.Before(known.StartsAt) // what is older came too late
		return a.Status == incident.Firing && (!ok || resolved || a.StartsAt.After(known.StartsAt))
	})
}

// judgeAnew sees that an incident that was mitigated, or of which the escalation has
// come to its end, is escalated anew when an alert fires anew (I10).
func (c *court) judgeAnew(s *story) {
	var waits *event
	status, ended := incident.None, false
	for i := range s.events {
		e := &s.events[i]
		switch p := e.Payload.(type) {
		case incident.IncidentOpened:
			status = p.Status
		case incident.StatusChanged:
			status, waits = p.To, nil
		case incident.EscalationStarted:
			ended = ended && p.Vendor != ""
			if !ended {
				waits = nil
			}
		case incident.EscalationEnded:
			if r := s.run(p.Run); r != nil {
				ended = p.State == incident.Exhausted
			}
		case incident.EscalationAcknowledged:
			ended, waits = false, nil
		case incident.EscalationSnoozed, incident.EscalationReassigned, incident.EscalationRepaged, incident.NextStepRequested, incident.EscalationHandedBack:
			ended, waits = false, nil
		case incident.AlertsRecorded:
			if s.anew[e.Version] && (status == incident.Mitigated || ended && status.Open()) {
				waits = e
			}
		}
	}
	if waits != nil && s.in.Policy != "" && s.in.Kind != incident.Retrospective && c.lateBy(s.tenant, waits.RecordedAt, c.h.Ended.At) > 0 {
		c.blame("I10", s, waits.RecordedAt, "an alert fired anew at %s, nobody was at it, and it was not escalated anew", clock(waits.RecordedAt))
	}
}

// judgeWithdrawn sees that a page is taken back only for a reason: its run has been
// answered, or it or the incident is over, or another page takes its place (I1).
func (c *court) judgeWithdrawn(s *story, q *page, i int, over map[string]bool) {
	e := &s.events[i]
	if over[q.Run] || q.answered || q.Reminder || s.superseded(q.Run) || s.status != incident.Triage && s.status != incident.Active {
		return
	}
	for _, with := range s.sameCommit(i) {
		if p, ok := with.Payload.(incident.PageRequested); ok && (p.Person == q.Person && p.Person != "" || p.Target == q.Target) {
			return
		}
	}
	if c.offDuty(s, q, e) {
		return
	}
	c.blame("I1", s, e.RecordedAt, "page %s was withdrawn at %s, and nobody had answered, and no other page takes its place", q.Page, clock(e.RecordedAt))
}

// offDuty reports whether the person is no longer on call, and somebody who is has a
// page of the same step already.
func (c *court) offDuty(s *story, q *page, e *event) bool {
	r := s.run(q.Run)
	if r == nil {
		return false
	}
	for _, v := range c.newest(r.tenant, e.began(), e.committed()) {
		on := v.Plan.onDuty(q.Target, e.RecordedAt)
		if !slices.Contains(on, q.Person) && slices.ContainsFunc(on, func(person string) bool { return s.pagedIn(q, e, person) }) {
			return true
		}
	}
	return false
}

// superseded reports whether there is a newer run.
func (s *story) superseded(run string) bool {
	newest, ok := s.in.CurrentRun()
	return ok && newest.ID != run
}

// sameCommit returns the events that were committed with one.
func (s *story) sameCommit(i int) []event {
	from, to := i, i+1
	same := func(a, b *event) bool { return a.committed() == b.committed() }
	for from > 0 && same(&s.events[from-1], &s.events[i]) {
		from--
	}
	for to < len(s.events) && same(&s.events[to], &s.events[i]) {
		to++
	}
	return s.events[from:to]
}

// judgeAlarms sees that an alarm of which nobody was told is raised again (I10), for
// as long as it is one.
func (c *court) judgeAlarms() {
	for i, a := range c.h.Alarms {
		s := c.at[place{a.Tenant, a.Incident}]
		if !a.Failed || s == nil || s.closed || c.lateBy(a.Tenant, a.Moment.At, c.h.Ended.At) <= 0 {
			continue
		}
		run, _ := s.in.CurrentRun()
		same := func(b Alarm) bool { return b.Tenant == a.Tenant && b.Incident == a.Incident && b.Kind == a.Kind }
		again := slices.ContainsFunc(c.h.Alarms[i+1:], same) ||
			slices.ContainsFunc(c.h.Alarms[:i], func(b Alarm) bool { return same(b) && !b.Failed }) // told, but nobody could keep that
		told := slices.ContainsFunc(c.sends[s.place], func(m *Send) bool { return isAlarm(m) && m.Arrived })
		if !again && !told && s.in.Status.Open() && s.in.Status != incident.Mitigated && run.State == incident.Exhausted {
			c.blame("I10", s, a.Moment.At, "nobody was told of the alarm %s at %s, and it was not raised again", a.Kind, clock(a.Moment.At))
		}
	}
}
