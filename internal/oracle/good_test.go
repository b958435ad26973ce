package oracle

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/incidentkit/incidentkit/incident"
)

// good are histories in which much goes wrong, and every promise is kept.
var good = map[string]func(*scene){
	"somebody answers": (*scene).answered,
	"nobody answers":   (*scene).silent,
	"a second message, marked, after one of which nobody knows": func(s *scene) {
		s.open()
		s.attempt("ana", 1, Unknown)
		s.at(1).attempt("ana", 2, Delivered)
		s.ack()
	},
	"a worker dies in a send, and another takes over when the lease ends": func(s *scene) {
		s.open()
		s.attempt("ana", 1, NoAnswer)
		s.dies()
		s.at(35).write("engine", incident.PageFailed{Page: "ana", Contact: "sms-ana", Channel: "sms", Attempt: 1, Unknown: true, Error: "lost"})
		s.h.Writes = nil
		s.attempt("ana", 2, Delivered)
		s.ack()
	},
	"everything is late because of an outage": func(s *scene) {
		s.open()
		s.deliver("ana")
		s.h.Outages = []Outage{{Kind: Store, From: Moment{At: noon.Add(50 * time.Second)}, To: Moment{At: noon.Add(10 * time.Minute)}}}
		s.at(620).ack()
	},
	"a send that was under way ends after the answer": func(s *scene) {
		s.open()
		s.deliver("ana")
		s.at(3).ack()
		s.h.Sends[0].Ended = s.moment()
	},
	"a page is handed on to whoever is on call by then": func(s *scene) {
		s.open()
		s.handOn()
		s.deliver("handed")
		s.at(30).act("acknowledge", "cleo", incident.EscalationAcknowledged{Run: "1", By: "cleo"})
	},
	"a plan is saved while a step is taken: either is right": func(s *scene) {
		s.open()
		s.deliver("ana")
		s.at(60).second()
		s.h.Plans = append(s.h.Plans, SavedPlan{Tenant: "acme", Version: 2, Plan: trioPlan(), Saved: s.h.Streams[0].Records[len(s.h.Streams[0].Records)-1].Began})
		s.h.Plans[1].Saved.Seq++ // between the two moments of that commit
		s.deliver("ben")
		s.deliver("cleo")
		s.ack()
	},
	"an act of which nobody knows was done": func(s *scene) {
		s.answered()
		s.h.Acts[1].Result = Uncertain
	},
	"an act of which nobody knows was not": func(s *scene) {
		s.answered()
		s.h.Acts = append(s.h.Acts, Act{Kind: "resolve", Tenant: "acme", Incident: "inc-1", Actor: "ana", Result: Uncertain})
	},
	"the last resort cannot be reached, and the alarm is": func(s *scene) {
		s.open()
		s.deliver("ana")
		s.at(60).second()
		s.deliver("ben")
		s.deliver("cleo")
		s.at(180).exhaust()
		s.attempt("dora", 1, Refused)
		s.write("engine", incident.PageUndeliverable{Page: "dora"})
		s.alarm()
	},
	"somebody else's row is broken": func(s *scene) {
		s.poison()
		s.answered()
	},
}

func TestJudgeAcceptsWhatIsGood(t *testing.T) {
	t.Parallel()
	for name, play := range good {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newScene(t)
			play(s)
			assert.Empty(t, Judge(s.end()))
		})
	}
}
