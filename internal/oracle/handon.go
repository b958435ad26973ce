package oracle

import (
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/incident"
)

// handedOn reports whether a page takes the place of one that was withdrawn just
// now because its person was no longer on call when it was to be sent. It is the
// same step then, and no new one; the new person is waited for, and is on call by
// the newest plan (I4).
func (c *court) handedOn(s *story, r *run, p incident.PageRequested, gone []string, e *event) bool {
	i := slices.IndexFunc(gone, func(key string) bool {
		q, ok := s.in.Page(key)
		return ok && q.Run == p.Run && q.Round == p.Round && q.Step == p.Step && q.Take == p.Take &&
			q.Target == p.Target && q.Due.Equal(p.Due) && q.Person != p.Person
	})
	if i < 0 {
		return false
	}
	q, _ := s.in.Page(gone[i])
	r.course.replace(waiting{person: q.Person}, waiting{person: p.Person})
	versions := c.newest(r.tenant, e.began(), e.committed())
	j := slices.IndexFunc(versions, func(v *SavedPlan) bool { return v.Version == p.ScheduleVersion })
	switch {
	case j < 0:
		c.blame("I4", s, e.RecordedAt, "page %s was handed on by version %d of the plan, which was not the newest then%s", p.Page, p.ScheduleVersion, newestOf(versions))
	case !slices.Contains(versions[j].Plan.onDuty(p.Target, e.RecordedAt), p.Person):
		c.blame("I4", s, e.RecordedAt, "page %s was handed on to %s at %s, who was not on call", p.Page, p.Person, clock(e.RecordedAt))
	}
	return true
}

// movedUp reports whether a page, the ith event, is beside one of the same target that
// stays with its person, who is on call for another target of the step by now. Both
// are waited for, and the new person is on call by the newest plan (I4).
func (c *court) movedUp(s *story, r *run, p incident.PageRequested, i int) bool {
	e := &s.events[i]
	if p.Reminder || p.Follows != "" || len(r.did) > 0 && r.at.Equal(e.RecordedAt) {
		return false
	}
	for _, v := range c.newest(r.tenant, e.began(), e.committed()) {
		if v.Version != p.ScheduleVersion || !slices.Contains(v.Plan.onDuty(p.Target, e.RecordedAt), p.Person) {
			continue
		}
		for k := range s.events[:i] {
			q, ok := s.events[k].Payload.(incident.PageRequested)
			if ok && q.Run == p.Run && q.Round == p.Round && q.Step == p.Step && q.Take == p.Take && !q.Reminder && q.Follows == "" &&
				q.Target == p.Target && q.Due.Equal(p.Due) && q.Person != p.Person && v.Plan.onAnother(r.course, p.Step, q, e.RecordedAt) {
				r.course.join(waiting{person: q.Person}, waiting{person: p.Person})
				return true
			}
		}
	}
	return false
}

// onAnother reports whether the person of a page is on call for another target of the
// step.
func (p *Plan) onAnother(c *course, step int, q incident.PageRequested, at time.Time) bool {
	return step >= 1 && step <= len(c.policy.Steps) && slices.ContainsFunc(c.policy.Steps[step-1].Targets, func(t Target) bool {
		return t.String() != q.Target && slices.Contains(p.onDuty(t.String(), at), q.Person)
	})
}

// join has somebody waited for beside somebody else.
func (c *course) join(old, now waiting) {
	if slices.Contains(c.waiting, old) && !slices.Contains(c.waiting, now) {
		c.waiting = append(slices.Clone(c.waiting), now)
	}
}

// handsOn reports whether an event may be part of handing a page on.
func handsOn(p incident.Payload) bool {
	switch p.(type) {
	case incident.PageWithdrawn, incident.PageRequested:
		return true
	}
	return false
}

// stepAside no longer waits for those whose pages were withdrawn before the ith event
// without another in their place, since they were not on call any more and whoever was
// had been paged for the same step already.
func (c *court) stepAside(s *story, gone []string, i int) {
	e := &s.events[i-1]
	for _, key := range gone {
		q, ok := s.in.Page(key)
		r := s.run(q.Run)
		if !ok || r == nil || r.lost || q.Person == "" || slices.ContainsFunc(s.sameCommit(i-1), func(with event) bool {
			p, is := with.Payload.(incident.PageRequested)
			return is && p.Run == q.Run && p.Round == q.Round && p.Step == q.Step && p.Take == q.Take && p.Target == q.Target
		}) {
			continue
		}
		for _, v := range c.newest(r.tenant, e.began(), e.committed()) {
			on := v.Plan.onDuty(q.Target, e.RecordedAt)
			if !slices.Contains(on, q.Person) && s.pagedBefore(i, q, on) {
				r.course.gone(waiting{person: q.Person}, r.course.counts(e.RecordedAt.Add(-e.ClockBehind)), false)
				break
			}
		}
	}
}

// pagedBefore reports whether one of the people was paged for the step of a page
// before the ith event, by a page that was not withdrawn by then.
func (s *story) pagedBefore(i int, q incident.Page, people []string) bool {
	stand := map[string]bool{}
	for _, e := range s.events[:i] {
		switch p := e.Payload.(type) {
		case incident.PageRequested:
			if p.Run == q.Run && p.Round == q.Round && p.Step == q.Step && p.Take == q.Take && !p.Reminder && slices.Contains(people, p.Person) {
				stand[p.Page] = true
			}
		case incident.PageWithdrawn:
			delete(stand, p.Page)
		}
	}
	return len(stand) > 0
}

// replace has somebody waited for in place of somebody else.
func (c *course) replace(old, now waiting) {
	list := slices.DeleteFunc(slices.Clone(c.waiting), func(w waiting) bool { return w == now })
	if i := slices.Index(list, old); i >= 0 {
		list[i] = now
		c.waiting = list
	}
}

// onDuty returns who is on call on the schedule that a page names as its target;
// nil: it names none.
func (p *Plan) onDuty(target string, at time.Time) []string {
	for i := range p.Schedules {
		if "schedule "+p.Schedules[i].ID == target {
			return p.Schedules[i].onCall(at)
		}
	}
	return nil
}

// judgeOnCall sees that whoever a schedule led to is still on call when the first
// message is about to go, by the clock of the store and the newest plan (I4). Where
// nobody else could be paged in their place, they are all the same.
func (c *court) judgeOnCall(s *story, q *page, e *event) {
	r := s.run(q.Run)
	if q.state != incident.Pending || len(q.attempts) > 0 || q.Person == "" || q.Reminder || r == nil {
		return
	}
	var instead []string
	for _, v := range c.newest(r.tenant, e.began(), e.committed()) {
		for _, at := range []time.Time{e.RecordedAt, e.began().At, e.RecordedAt.Add(-e.ClockBehind)} {
			instead = v.Plan.onDuty(q.Target, at)
			if len(instead) == 0 || slices.Contains(instead, q.Person) {
				return
			}
		}
		instead = slices.DeleteFunc(slices.Clone(instead), func(person string) bool {
			return len(v.Plan.contacts(person, "")) == 0 || s.pagedIn(q, e, person)
		})
	}
	if len(instead) > 0 {
		c.blame("I4", s, e.RecordedAt, "page %s was to be sent to %s at %s, who was not on call on %s: %v was", q.Page, q.Person, clock(e.RecordedAt), q.Target, instead)
	}
}

// pagedIn reports whether a person has a page of the same step or of one after it, or
// has declined, with a page or without one.
func (s *story) pagedIn(q *page, e *event, person string) bool {
	for i := range s.events {
		if p, ok := s.events[i].Payload.(incident.PageDeclined); ok && s.events[i].Version < e.Version && p.Run == q.Run && p.By == person {
			return true
		}
	}
	return slices.ContainsFunc(s.order, func(p *page) bool {
		return p.Run == q.Run && p.Person == person && (p.answered || p.Round == q.Round && p.Step == q.Step || p.Round > q.Round || p.Round == q.Round && p.Step > q.Step)
	})
}
