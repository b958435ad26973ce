package oracle

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/incident"
)

// explain says what is wrong where a run did not do what it was to. What comes
// first decides: the rest follows from it.
func (c *court) explain(s *story, r *run, want, did []effect, at time.Time) {
	i := 0
	for i < len(want) && i < len(did) && same(want[i], did[i]) {
		i++
	}
	verdict := "I6"
	switch {
	case len(want) == 0 && (r.course.state == acknowledged || r.course.state == snoozed || r.course.state == stopped):
		verdict = "I5"
	case i < len(want) && want[i].kind == aPage && want[i].step == 0:
		if !slices.ContainsFunc(did, func(e effect) bool { return e.kind == aPage && e.step == 0 && e.person == want[i].person }) {
			verdict = "I10" // nobody answers, and the last resort is not told
		}
	case i < len(want):
		verdict = missing(want[i], did[i:])
	}
	c.blame(verdict, s, at, "run %s was to %s and did %s", r.id, list(want[i:]), list(did[i:]))
}

// missing says which promise is broken where an effect is not there.
func missing(want effect, did []effect) string {
	if want.kind != aPage && want.kind != aSkip {
		return "I6"
	}
	step := slices.DeleteFunc(slices.Clone(did), func(e effect) bool {
		return e.kind != aPage && e.kind != aSkip || e.round != want.round || e.step != want.step
	})
	if len(step) == 0 && len(did) > 0 {
		return "I6" // another step was taken in its place
	}
	who := slices.IndexFunc(step, func(e effect) bool { return e.target == want.target && e.person == want.person })
	switch {
	case who >= 0 && step[who].kind == want.kind && want.kind == aPage:
		return "I6" // the same page, at another time or place
	case who >= 0 && step[who].kind == aPage:
		return "I6" // somebody was paged who was to be left in peace
	case who < 0 && slices.ContainsFunc(step, func(e effect) bool { return e.kind == aPage && e.target == want.target }):
		return "I4" // somebody else was
	}
	return "I1"
}

// list writes effects for people to read.
func list(effects []effect) string {
	if len(effects) == 0 {
		return "nothing"
	}
	parts := make([]string, len(effects))
	for i, e := range effects {
		parts[i] = e.String()
	}
	return strings.Join(parts, ", ")
}

// String says what is done.
func (e effect) String() string {
	who := strings.TrimSpace(e.target + " " + e.person)
	switch e.kind {
	case aPage:
		return fmt.Sprintf("page %s (%d.%d) due %s", who, e.round, e.step, clock(e.due))
	case aSkip:
		return fmt.Sprintf("pass over %s (%d.%d, %s)", who, e.round, e.step, e.code)
	case aRepeat:
		return fmt.Sprintf("begin round %d", e.round)
	case aResume:
		return "go on"
	case aReminder:
		return fmt.Sprintf("remind %s due %s", e.person, clock(e.due))
	case anEnd:
		return "end"
	}
	return "do something unknown"
}

// judgeEnd sees that nothing that was due is left undone (I1), and that every
// escalation that was asked for began.
func (c *court) judgeEnd(s *story) {
	if s.in.Status != incident.Triage && s.in.Status != incident.Active {
		return
	}
	end := c.h.Ended.At
	own := 0
	for _, r := range s.in.Runs {
		if r.Vendor == "" {
			own++
		}
	}
	if own < s.in.Escalations && c.lateBy(s.tenant, s.in.RecordedAt, end) > 0 {
		c.blame("I1", s, end, "%d escalations were asked for, and %d began", s.in.Escalations, own)
	}
	if len(s.runs) == 0 {
		return
	}
	r := s.runs[len(s.runs)-1]
	if due := r.course.isDue(); !r.lost && !due.IsZero() && c.lateBy(s.tenant, due, end) > 0 {
		verdict := "I1"
		if c.poisoned {
			verdict = "I8"
		}
		c.blame(verdict, s, end, "step %d of round %d of run %s was due at %s and was never taken, until %s", r.course.step, r.course.round, r.id, clock(due), clock(end))
	}
}
