package oracle

import (
	"fmt"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/incident"
)

// run is an escalation run beside the course that it was to take.
type run struct {
	id     string
	tenant string // whose plan it is
	pinned *SavedPlan
	course *course

	did    []effect  // what has been recorded since the last look
	at     time.Time // when
	record *Record
	by     uint64 // the version of the plan that said who; 0: none is named
	take   int    // PageRequested.Take of the last page of a step

	lost    bool     // it went another way: what follows is not judged
	resorts []effect // pages of the last resort before the end: nobody of a round could be reached
}

// judgeSteps follows each run of an incident from event to event: every step is
// taken in its order (I6), in time (I2), for each of its targets (I1), and pages
// whoever is on call then by the newest plan (I4); after an answer none is (I5).
func (c *court) judgeSteps(s *story) {
	var gone []string // pages that were withdrawn just now
	for i := range s.events {
		e := &s.events[i]
		if len(gone) > 0 && !handsOn(e.Payload) {
			c.stepAside(s, gone, i)
			gone = gone[:0]
		}
		switch p := e.Payload.(type) {
		case incident.IncidentOpened:
			c.judgePinned(s, e, p.Plan)
		case incident.EscalationStarted:
			c.begin(s, e, p)
		case incident.EscalationAdvanced:
			c.look(s, s.run(p.Run))
		case incident.PageWithdrawn:
			gone = append(gone, p.Page) // what takes its place follows at once
		case incident.PageRequested:
			if r := s.run(p.Run); r != nil && !r.lost && !c.handedOn(s, r, p, gone, e) && !c.movedUp(s, r, p, i) {
				c.step(s, r, e)
			}
		default:
			if r := s.run(runOf(s, e.Payload)); r != nil && !r.lost {
				c.step(s, r, e)
			}
		}
	}
	for _, r := range s.runs {
		c.look(s, r)
	}
	c.judgeEnd(s)
}

// run returns the run with the id; nil: there is none that is judged.
func (s *story) run(id string) *run {
	for _, r := range s.runs {
		if r.id == id {
			return r
		}
	}
	return nil
}

// runOf returns which run an event is about.
func runOf(s *story, p incident.Payload) string {
	switch p := p.(type) {
	case incident.EscalationAcknowledged:
		return p.Run
	case incident.PageDeclined:
		return p.Run
	case incident.EscalationSnoozed:
		return p.Run
	case incident.EscalationHandedBack:
		return p.Run
	case incident.EscalationReassigned:
		return p.Run
	case incident.EscalationRepaged:
		return p.Run
	case incident.NextStepRequested:
		return p.Run
	case incident.EscalationEnded:
		return p.Run
	case incident.EscalationResumed:
		return p.Run
	case incident.EscalationRepeated:
		return p.Run
	case incident.PageRequested:
		return p.Run
	case incident.PageSkipped:
		return p.Run
	case incident.PageStalled:
		if q, ok := s.in.Page(p.Page); ok {
			return q.Run
		}
	case incident.PageUndeliverable:
		if q, ok := s.in.Page(p.Page); ok {
			return q.Run
		}
	}
	return ""
}

// judgePinned sees that a new incident takes the newest plan.
func (c *court) judgePinned(s *story, e *event, ref incident.PlanRef) {
	for _, p := range c.newest(ref.Tenant, e.began(), e.committed()) {
		if p.Version == ref.Version {
			return
		}
	}
	c.blame("I4", s, e.RecordedAt, "it was opened with version %d of the plan of %s, which was not the newest", ref.Version, ref.Tenant)
}

func (e *event) began() Moment     { return moment(e.record.Began, e.record.RecordedAt) }
func (e *event) committed() Moment { return moment(e.record.Committed, e.record.RecordedAt) }

// moment returns m or, where the world does not know it, an instant.
func moment(m Moment, otherwise time.Time) Moment {
	if m == (Moment{}) {
		return Moment{At: otherwise}
	}
	return m
}

// begin starts the course of a run. The one before is over.
func (c *court) begin(s *story, e *event, p incident.EscalationStarted) {
	if p.Vendor != "" {
		return
	}
	for _, r := range s.runs {
		c.look(s, r)
		r.lost = true
	}
	pinned := c.plan(p.Plan.Tenant, p.Plan.Version)
	if pinned == nil {
		c.blame("I4", s, e.RecordedAt, "run %s is pinned to version %d of the plan of %s, which nobody has saved", p.Run, p.Plan.Version, p.Plan.Tenant)
		return
	}
	if p.Plan != s.in.Plan || p.Policy != s.in.Policy {
		c.blame("I6", s, e.RecordedAt, "run %s is of policy %s of plan %d, and the incident was opened with policy %s of plan %d", p.Run, p.Policy, p.Plan.Version, s.in.Policy, s.in.Plan.Version)
		return
	}
	policy, ok := pinned.Plan.policy(p.Policy)
	if !ok {
		c.blame("I6", s, e.RecordedAt, "run %s is of policy %s, which plan %d does not have", p.Run, p.Policy, p.Plan.Version)
		return
	}
	s.runs = append(s.runs, &run{id: p.Run, tenant: p.Plan.Tenant, pinned: pinned, course: startCourse(policy, e.RecordedAt)})
}

// step takes one event of a run: what was done is kept for the next look; an
// answer is given to the course after it.
func (c *court) step(s *story, r *run, e *event) {
	if did, ok := effectOf(e.Payload); ok {
		if did.kind == aPage && did.step == 0 && !r.ending() {
			r.resorts = append(r.resorts, did) // the policy goes on meanwhile
			return
		}
		if p, ok := e.Payload.(incident.PageRequested); ok {
			r.by = max(r.by, p.ScheduleVersion)
			if p.Step > 0 && !p.Reminder {
				r.take = p.Take
			}
		}
		r.did, r.at, r.record = append(r.did, did), e.RecordedAt, e.record
		return
	}
	c.look(s, r)
	if !r.lost {
		c.answer(s, r, e)
	}
}

// ending reports whether the run has ended since the last look.
func (r *run) ending() bool {
	return slices.ContainsFunc(r.did, func(e effect) bool { return e.kind == anEnd })
}

// effectOf returns what an event says was done.
func effectOf(p incident.Payload) (effect, bool) {
	switch p := p.(type) {
	case incident.PageRequested:
		e := effect{kind: aPage, round: p.Round, step: p.Step, target: p.Target, person: p.Person, due: p.Due}
		if p.Reminder {
			e = effect{kind: aReminder, round: p.Round, person: p.Person, due: p.Due}
		}
		return e, p.Follows == ""
	case incident.PageSkipped:
		return effect{kind: aSkip, round: p.Round, step: p.Step, target: p.Target, person: p.Person, code: p.Code}, true
	case incident.EscalationRepeated:
		return effect{kind: aRepeat, round: p.Round}, true
	case incident.EscalationResumed:
		return effect{kind: aResume}, true
	case incident.EscalationEnded:
		return effect{kind: anEnd}, p.State == incident.Exhausted
	}
	return effect{}, false
}

// answer gives the course an answer that was recorded.
func (c *court) answer(s *story, r *run, e *event) {
	at := r.course.counts(e.RecordedAt.Add(-e.ClockBehind)) // by the clock as it was then
	if due := r.course.isDue(); !due.IsZero() && !due.After(at) {
		c.inTime(s, r, due, at, "when it was answered")
	}
	switch e.Payload.(type) {
	case incident.PageStalled, incident.PageUndeliverable:
	default:
		r.course.answered = at
	}
	switch p := e.Payload.(type) {
	case incident.EscalationAcknowledged:
		if got := r.course.acknowledge(p.By, at); !sameNames(got, p.Awaits) {
			c.blame("I6", s, at, "%s acknowledged, and then %v were still to answer, not %v", p.By, got, p.Awaits)
			r.lost = true
		}
	case incident.PageDeclined:
		r.course.decline(p.By, at)
	case incident.EscalationSnoozed:
		r.course.snooze(p.By, p.Until)
	case incident.EscalationHandedBack:
		r.course.handBack(p.By, at)
	case incident.EscalationRepaged:
		r.course.repage(p.By, at)
	case incident.NextStepRequested:
		r.course.escalate(p.By, at)
	case incident.EscalationReassigned:
		to := make([]Target, len(p.To))
		for i, t := range p.To {
			to[i] = Target{Type: t.Type, ID: t.ID}
		}
		r.course.reassign(p.By, to, at)
	case incident.EscalationEnded:
		r.course.stop()
	case incident.PageStalled:
		r.undelivered(s, e, p.Page, at)
	case incident.PageUndeliverable:
		r.undelivered(s, e, p.Page, at)
	}
}

func sameNames(a, b []string) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(n string) bool { return !slices.Contains(b, n) })
}

// undelivered tells the course that a page reaches nobody for now. Where somebody
// was paged more than once, the newest page counts.
func (r *run) undelivered(s *story, e *event, key string, at time.Time) {
	p, ok := s.in.Page(key)
	if !ok || p.Reminder || p.Follows != "" || p.Step == 0 || p.Take != r.take || s.pagedSince(e, p) {
		return // or the step was taken again, and it is the new page that counts
	}
	w := waiting{person: p.Person}
	if p.Person == "" {
		w.target = p.Target
	}
	r.course.undelivered(w, p.Round, p.Step, at)
}

// pagedSince reports whether whoever a page is for was paged once more, before an event.
func (s *story) pagedSince(e *event, page incident.Page) bool {
	since := false
	for i := range s.events {
		p, ok := s.events[i].Payload.(incident.PageRequested)
		switch {
		case s.events[i].Version >= e.Version:
			return false
		case !ok || p.Run != page.Run:
		case p.Page == page.Key:
			since = true
		case since && p.Step > 0 && !p.Reminder && p.Follows == "" &&
			p.Person == page.Person && (p.Person != "" || p.Target == page.Target):
			return true
		}
	}
	return false
}

// inTime sees that what was due was done in time.
func (c *court) inTime(s *story, r *run, due, done time.Time, until string) {
	if by := c.lateBy(s.tenant, due, done); by > 0 {
		c.blame(c.lateness(), s, done, "step %d of round %d of run %s was due at %s, and %s at %s it was late by %s more than it may be",
			r.course.step, r.course.round, r.id, clock(due), until, clock(done), by)
	}
}

// look compares what was done since the last look with what was to be done.
func (c *court) look(s *story, r *run) {
	if r == nil || r.lost || len(r.did) == 0 {
		return
	}
	did, at := r.did, r.at
	r.did = nil
	if due := r.course.isDue(); !due.IsZero() {
		c.inTime(s, r, due, at, "when it was taken")
	}
	versions := c.newest(r.tenant, moment(r.record.Began, at), moment(r.record.Committed, at))
	if by := r.by; by > 0 {
		r.by = 0
		i := slices.IndexFunc(versions, func(p *SavedPlan) bool { return p.Version == by })
		if i < 0 {
			c.blame("I4", s, at, "step %d of round %d of run %s was taken by version %d of the plan, which was not the newest then%s", r.course.step, r.course.round, r.id, by, newestOf(versions))
			r.lost = true
			return
		}
		versions = versions[i : i+1]
	}
	c.compare(s, r, did, at, versions)
}

func newestOf(versions []*SavedPlan) string {
	if len(versions) == 0 {
		return ""
	}
	return fmt.Sprintf(": that was version %d", versions[0].Version)
}

// compare goes on with the course by each of the plans that may have been the
// newest; one of them has to explain what was done.
func (c *court) compare(s *story, r *run, did []effect, at time.Time, versions []*SavedPlan) {
	var first []effect
	for i, p := range versions {
		next := *r.course
		want := r.withoutResorts(next.next(at, book{newest: &p.Plan, pinned: &r.pinned.Plan, at: at}), did)
		if slices.EqualFunc(want, did, same) {
			*r.course = next
			return
		}
		if i == 0 {
			first = want
		}
	}
	r.lost = true
	if len(versions) == 0 {
		c.blame("I4", s, at, "somebody was paged at %s, before there was a plan", clock(at))
		return
	}
	c.explain(s, r, first, did, at)
}

// withoutResorts leaves out of what is to be done a last resort who was paged in
// this round before, because nobody else could be reached.
func (r *run) withoutResorts(want, did []effect) []effect {
	return slices.DeleteFunc(want, func(w effect) bool {
		is := func(e effect) bool {
			return w.kind == aPage && w.step == 0 && e.kind == aPage && e.step == 0 && e.person == w.person && e.round == w.round
		}
		return slices.ContainsFunc(r.resorts, is) && !slices.ContainsFunc(did, is)
	})
}

// same reports whether an effect is what was to be. Of a skip no time is recorded,
// and of what is about the run itself nothing but that it is.
func same(want, did effect) bool {
	switch want.kind {
	case aSkip:
		did.due = want.due
	case aResume, anEnd:
		return did.kind == want.kind
	default:
	}
	return want.kind == did.kind && want.round == did.round && want.step == did.step && want.target == did.target &&
		want.person == did.person && want.code == did.code && want.due.Sub(did.due).Abs() < precision
}

// precision is that of the times in events; what is finer may be cut off.
const precision = time.Microsecond

// stop ends the course: nobody is needed any more.
func (c *course) stop() { c.state = stopped }
