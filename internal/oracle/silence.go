package oracle

import (
	"time"

	"github.com/incidentkit/incidentkit/incident"
)

// judgeSilence sees that no open incident that nobody has answered ends in silence
// (I10): when nobody of a whole round can be reached, and when a policy comes to its
// end, the last resort is asked; when that is in vain, the alarm is raised.
func (c *court) judgeSilence(s *story) {
	if s.in.Status != incident.Triage && s.in.Status != incident.Active || len(s.runs) == 0 {
		return
	}
	r := s.runs[len(s.runs)-1]
	run, _ := s.in.Run(r.id)
	if r.lost || c.alarmed(s) {
		return
	}
	tried := false // the last resort was told, or is being told
	for _, q := range s.order {
		tried = tried || q.Run == r.id && q.Step == 0 && (q.state == incident.Delivered || q.state == incident.Pending && len(q.attempts) > 0)
	}
	end := c.h.Ended.At
	switch {
	case run.State == incident.Exhausted && !tried && c.lateBy(s.tenant, s.in.RecordedAt, end) > 0:
		c.blame("I10", s, end, "run %s has come to its end, nobody has answered, the last resort was not told, and no alarm was raised", r.id)
	case run.State == incident.Running && len(r.resorts) == 0:
		if at := s.unreached(r); !at.IsZero() && c.lateBy(s.tenant, at, end) > 0 {
			c.blame("I10", s, at, "nobody whom round %d of run %s pages can be reached since %s, and the last resort was not told", r.course.round, r.id, clock(at))
		}
	}
}

// alarmed reports whether an alarm about the incident got through.
func (c *court) alarmed(s *story) bool {
	for _, a := range c.h.Alarms {
		if a.Tenant == s.tenant && a.Incident == s.incident && !a.Failed {
			return true
		}
	}
	return false
}

// unreached returns since when all of a round has been taken and none of its pages
// could be delivered; zero: some may be.
func (s *story) unreached(r *run) time.Time {
	var since time.Time
	if r.course.step <= len(r.course.policy.Steps) {
		return since
	}
	for _, q := range s.order {
		if q.Run != r.id || q.Round != r.course.round || q.Step == 0 || q.Reminder {
			continue
		}
		if q.state == incident.Delivered || q.state == incident.Pending && !q.stalled {
			return time.Time{}
		}
		since = later(since, q.at)
	}
	return since
}
