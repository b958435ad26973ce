package oracle

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/incidentkit/incidentkit/incident"
)

// broken are histories, each with one thing that should not be, by the invariant
// that it breaks.
var broken = map[string]map[string]func(*scene) History{
	"I1": {
		"a target of a step is forgotten": func(s *scene) History {
			s.edit = without(isPage("cleo"))
			s.answered()
			return s.end()
		},
		"a step is never taken": neverTaken,
		"a page is never sent": func(s *scene) History {
			s.open()
			s.deliver("ana")
			s.at(60).second()
			s.deliver("cleo")
			s.at(180).exhaust()
			s.deliver("dora")
			return s.end()
		},
		"it is marked as delivered and was never sent": func(s *scene) History {
			s.answered()
			s.h.Sends = s.h.Sends[1:]
			return s.end()
		},
		"it is given up while there is another contact": func(s *scene) History {
			s.open()
			s.attempt("ana", 1, Refused)
			s.write("engine", incident.PageUndeliverable{Page: "ana"})
			s.ack()
			return s.end()
		},
		"a page is withdrawn without a reason": func(s *scene) History {
			s.open()
			s.at(1).write("engine", incident.PageWithdrawn{Page: "ana"})
			s.ack()
			return s.end()
		},
		"an escalation that was asked for does not begin": func(s *scene) History {
			s.silent()
			s.act("escalate", "ana", incident.EscalationRequested{Reason: "help"})
			return s.end()
		},
	},
	"I2": {
		"a step is late": lateStep,
		"a page is late": latePage,
		"a failed page is tried again too late": func(s *scene) History {
			s.edit = changed(func(p *incident.PageAttempted) { p.PossibleDuplicate = false })
			s.open()
			s.attempt("ana", 1, Failed)
			s.at(50).attempt("ana", 2, Delivered)
			s.h.Sends[1].PossibleDuplicate = false
			s.ack()
			return s.end()
		},
		"an answer comes long after a step was due": func(s *scene) History {
			s.open()
			s.deliver("ana")
			s.at(600).ack()
			return s.end()
		},
		"a page is to wait for an hour": func(s *scene) History {
			s.edit = changed(func(p *incident.PageFailed) { p.Retry = "1h" })
			s.open()
			s.attempt("ana", 1, Failed)
			s.ack()
			return s.end()
		},
		"an outage is shorter than that": func(s *scene) History {
			s.open()
			s.deliver("ana")
			s.h.Outages = []Outage{{Kind: Down, Replica: "r1", From: Moment{At: noon.Add(50 * time.Second)}, To: Moment{At: noon.Add(70 * time.Second)}}}
			s.at(140).second()
			s.deliver("ben")
			s.deliver("cleo")
			s.ack()
			return s.end()
		},
	},
	"I3": {
		"a second message is not marked": func(s *scene) History {
			s.edit = changed(func(p *incident.PageAttempted) { p.PossibleDuplicate = false })
			s.open()
			s.attempt("ana", 1, Unknown)
			s.at(1).attempt("ana", 2, Delivered)
			s.h.Sends[1].PossibleDuplicate = false
			s.ack()
			return s.end()
		},
		"the message does not say what was recorded": func(s *scene) History {
			s.open()
			s.attempt("ana", 1, Unknown)
			s.at(1).attempt("ana", 2, Delivered)
			s.h.Sends[1].PossibleDuplicate = false
			s.ack()
			return s.end()
		},
		"a third message after two of which nobody knows": func(s *scene) History {
			s.open()
			s.attempt("ana", 1, Unknown)
			s.at(1).attempt("ana", 2, Unknown)
			s.at(2).attempt("ana", 3, Delivered)
			s.h.Sends[0].Arrived = false
			s.ack()
			return s.end()
		},
		"another key the second time": func(s *scene) History {
			s.edit = changed(func(p *incident.PageAttempted) {
				if p.Attempt > 1 {
					p.Key += "-again"
				}
			})
			s.open()
			s.attempt("ana", 1, Unknown)
			s.at(1).attempt("ana", 2, Delivered)
			s.h.Sends[1].Key += "-again"
			s.ack()
			return s.end()
		},
		"two pages with one key": func(s *scene) History {
			s.edit = changed(func(p *incident.PageAttempted) { p.Key = "acme/inc-1/page" })
			s.open()
			s.deliver("ana")
			s.at(60).second()
			s.deliver("ben")
			s.at(61).ack()
			for i := range s.h.Sends {
				s.h.Sends[i].Key = "acme/inc-1/page"
			}
			s.h.Sends = s.h.Sends[:1]
			s.h.Streams[0].Records = s.h.Streams[0].Records[:len(s.h.Streams[0].Records)]
			return s.end()
		},
		"an attempt that nobody recorded": func(s *scene) History {
			s.answered()
			q, _ := s.in.Page("ana")
			s.send(q, 2, Delivered)
			return s.end()
		},
		"one attempt is sent twice": func(s *scene) History {
			s.answered()
			s.h.Sends = append(s.h.Sends, s.h.Sends[0])
			return s.end()
		},
		"sent before it was recorded": func(s *scene) History {
			s.answered()
			s.h.Sends[0].Begun.Seq = 2
			return s.end()
		},
		"tried again after it was delivered": func(s *scene) History {
			s.open()
			s.deliver("ana")
			s.claim("deliver:ana", func() {
				s.write("engine", incident.PageAttempted{Page: "ana", Contact: "sms-ana", Channel: "sms", Attempt: 2, Key: "acme/inc-1/ana"})
			})
			s.ack()
			return s.end()
		},
		"what may have arrived is recorded as failed": func(s *scene) History {
			s.edit = changed(func(p *incident.PageFailed) { p.Unknown = false })
			s.open()
			s.attempt("ana", 1, Unknown)
			s.ack()
			return s.end()
		},
	},
	"I4": {
		"somebody else is on call": func(s *scene) History {
			s.edit = changed(func(p *incident.PageRequested) {
				if p.Page == "ana" {
					p.Person = "ben"
				}
			})
			s.open()
			s.ack()
			return s.end()
		},
		"the plan was not the newest": func(s *scene) History {
			s.open()
			s.deliver("ana")
			s.savePlan(2, trioPlan())
			s.at(60).second()
			s.deliver("ben")
			s.deliver("cleo")
			s.ack()
			return s.end()
		},
		"it goes to an address of somebody else": func(s *scene) History {
			s.answered()
			s.h.Sends[0].To = "+ben"
			return s.end()
		},
		"it goes to somebody else": func(s *scene) History {
			s.answered()
			s.h.Sends[1].Person = "cleo"
			return s.end()
		},
		"duty changed hands before it was sent": func(s *scene) History {
			s.open()
			p := trioPlan()
			p.Schedules[0].Overrides = []Override{{ID: "o", Start: noon, End: noon.Add(time.Hour), People: []string{"cleo"}}}
			s.savePlan(2, p)
			s.at(1).deliver("ana")
			s.ack()
			return s.end()
		},
		"it is pinned to a plan that nobody saved": func(s *scene) History {
			s.edit = changed(func(p *incident.EscalationStarted) { p.Plan.Version = 7 })
			s.answered()
			return s.end()
		},
	},
	"I5": {
		"a step is taken after somebody answered": func(s *scene) History {
			s.open()
			s.deliver("ana")
			s.ack()
			s.at(60).second()
			return s.end()
		},
		"a page is sent after somebody answered": func(s *scene) History {
			s.open()
			s.ack()
			s.at(1).deliver("ana")
			return s.end()
		},
		"a page is sent to whoever has declined": func(s *scene) History {
			s.open()
			s.deliver("ana")
			s.at(60).second()
			s.deliver("cleo")
			s.act("decline_page", "ben", incident.PageDeclined{Run: "1", By: "ben"})
			s.deliver("ben")
			s.ack()
			return s.end()
		},
		"a page is sent that was withdrawn": func(s *scene) History {
			s.open()
			s.handOn()
			s.deliver("ana")
			s.ack()
			return s.end()
		},
		"a page is sent after it was resolved": func(s *scene) History {
			s.open()
			s.write("ana", incident.StatusChanged{Action: incident.DeclineAction, From: incident.Triage, To: incident.Declined})
			s.deliver("ana")
			return s.end()
		},
		"it is sent long after the lease": func(s *scene) History {
			s.answered()
			s.h.Sends[0].Begun.At = noon.Add(40 * time.Second)
			s.h.Claims, s.h.Writes = nil, nil
			return s.end()
		},
	},
	"I6": {
		"a page comes back to somebody whose page was withdrawn, and is dropped": func(s *scene) History {
			s.comesBack()
			return s.end()
		},
		"a step is left out": func(s *scene) History {
			s.open()
			s.deliver("ana")
			s.at(60).exhaust()
			s.deliver("dora")
			return s.end()
		},
		"a round too many": func(s *scene) History {
			s.edit = func(p incident.Payload) []incident.Payload {
				if _, ok := p.(incident.EscalationEnded); ok {
					return []incident.Payload{incident.EscalationRepeated{Run: "1", Round: 2}}
				}
				if isPage("dora")(p) {
					return []incident.Payload{incident.PageRequested{Page: "ana2", Run: "1", Round: 2, Step: 1, Target: "schedule primary", Person: "ana", ScheduleVersion: 1, Due: noon.Add(3 * time.Minute), Send: noon.Add(3 * time.Minute)}}
				}
				return []incident.Payload{p}
			}
			s.silent()
			s.deliver("ana2")
			s.at(200).ack()
			return s.end()
		},
		"a step is taken twice": func(s *scene) History {
			s.open()
			s.deliver("ana")
			s.at(60).claim("wake", func() { s.write("engine", asked("ana2", 1, "schedule primary", "ana", s.now)) })
			s.deliver("ana2")
			s.ack()
			return s.end()
		},
		"a step is taken too early": func(s *scene) History {
			s.open()
			s.deliver("ana")
			s.at(30).second()
			s.deliver("ben")
			s.deliver("cleo")
			s.ack()
			return s.end()
		},
		"a page says another time": func(s *scene) History {
			s.edit = changed(func(p *incident.PageRequested) {
				if p.Page == "ben" {
					p.Due = p.Due.Add(time.Second)
				}
			})
			s.answered()
			return s.end()
		},
		"a page that nobody asked for": func(s *scene) History {
			s.answered()
			s.write("engine", incident.PageAttempted{Page: "nobody", Contact: "sms-x", Channel: "sms", Attempt: 1, Key: "k"})
			s.h.Writes = nil
			return s.end()
		},
		"a policy that is not the incident's": func(s *scene) History {
			s.edit = changed(func(p *incident.EscalationStarted) { p.Policy = "other" })
			s.answered()
			return s.end()
		},
	},
	"I7": {
		"a task is handed out twice": func(s *scene) History {
			s.answered()
			c := s.h.Claims[0]
			c.Epoch, c.Moment.At = 100, c.Moment.At.Add(29*time.Second)
			c.Task = s.h.Claims[1].Task
			s.h.Claims = append(s.h.Claims[:1], c)
			s.h.Claims = append(s.h.Claims, Claim{Tenant: "acme", Stream: "inc-1", Task: c.Task, Epoch: 101, Until: c.Until, Moment: Moment{At: c.Moment.At.Add(time.Millisecond), Seq: c.Moment.Seq}})
			s.h.Writes = nil
			return s.end()
		},
		"an old epoch writes": func(s *scene) History {
			s.at(10).dies()
			s.at(0).answered()
			c := s.h.Claims[0]
			c.Epoch, c.Moment.At = c.Epoch+1, c.Until // somebody else has it since
			s.h.Claims = []Claim{s.h.Claims[0], c}
			w := s.h.Writes[1]
			w.Epoch = c.Epoch - 1
			s.h.Writes = []Write{w}
			return s.end()
		},
		"an epoch comes back": func(s *scene) History {
			s.at(10).dies()
			s.at(0).answered()
			s.h.Claims = append(s.h.Claims[:1:1], s.h.Claims[0])
			s.h.Claims[1].Moment.At = s.h.Claims[0].Until
			s.h.Writes = nil
			return s.end()
		},
		"an attempt is recorded without a claim": func(s *scene) History {
			s.answered()
			for i := range s.h.Writes {
				if w := &s.h.Writes[i]; w.Task == "deliver:ana" && w.Kind == Committed {
					w.Task, w.Epoch = "", 0
					break
				}
			}
			return s.end()
		},
		"a task that is done with writes": func(s *scene) History {
			s.answered()
			w := s.h.Writes[1]
			w.Ended = s.moment()
			s.h.Writes = append(s.h.Writes, w)
			return s.end()
		},
	},
	"I8": {
		"a step waits for a broken row": func(s *scene) History {
			s.poison()
			return lateStep(s)
		},
		"a page waits for a broken row": func(s *scene) History {
			s.poison()
			return latePage(s)
		},
		"a step is never taken because of a broken task": func(s *scene) History {
			s.h.Tasks = []Task{{Tenant: "globex", Stream: "x", ID: "wake", Due: noon, Poisoned: true}}
			return neverTaken(s)
		},
	},
	"I9": {
		"an event was altered": func(s *scene) History {
			s.answered()
			r := &s.h.Streams[0].Records[0]
			r.Data = bytes.Replace(r.Data, []byte("db of anvil"), []byte("db of ANVIL"), 1)
			return s.end()
		},
		"an event is missing": func(s *scene) History {
			s.answered()
			st := &s.h.Streams[0]
			st.Records = append(st.Records[:1:1], st.Records[2:]...)
			return s.end()
		},
		"the last event is missing": func(s *scene) History {
			s.answered()
			st := &s.h.Streams[0]
			st.Records = st.Records[:len(st.Records)-1]
			s.h.Acts = nil
			return s.end()
		},
		"an event says another time than its row": func(s *scene) History {
			s.answered()
			s.h.Streams[0].Records[3].RecordedAt = noon.Add(time.Hour)
			return s.end()
		},
		"a command leaves two events": func(s *scene) History {
			s.answered()
			s.write("ben", incident.EscalationAcknowledged{Run: "1", By: "ben"})
			return s.end()
		},
		"the status changes to what it is": func(s *scene) History {
			s.answered()
			s.write("ben", incident.StatusChanged{Action: incident.AcceptAction, From: incident.Active, To: incident.Active})
			return s.end()
		},
		"an outcome is recorded twice": func(s *scene) History {
			s.answered()
			s.claim("deliver:ana", func() {
				s.write("engine", incident.PageDelivered{Page: "ana", Contact: "sms-ana", Channel: "sms", Attempt: 1})
			})
			return s.end()
		},
		"something is not JSON": func(s *scene) History {
			s.answered()
			s.h.Streams[0].Records[0].Data = []byte("{")
			s.h.Acts, s.h.Sends = nil, nil
			return s.end()
		},
	},
	"I10": {
		"the last resort is not told": func(s *scene) History {
			s.edit = without(isPage("dora"))
			s.silent()
			return s.end()
		},
		"the last resort cannot be reached, and there is no alarm": func(s *scene) History {
			s.open()
			s.deliver("ana")
			s.at(60).second()
			s.deliver("ben")
			s.deliver("cleo")
			s.at(180).exhaust()
			s.attempt("dora", 1, Refused)
			s.write("engine", incident.PageUndeliverable{Page: "dora"})
			return s.end()
		},
		"nobody of a round can be reached, and that is all": func(s *scene) History {
			s.edit = func(p incident.Payload) []incident.Payload { return []incident.Payload{p} }
			s.lonely()
			return s.end()
		},
		"an alert fires anew, and nobody is paged anew": func(s *scene) History {
			s.silent()
			s.at(600).act("ingest", "monitor", incident.AlertsRecorded{Alerts: []incident.Alert{
				{Source: "test", DedupKey: "db", Status: incident.Firing, Summary: "db fails", StartsAt: s.now},
			}})
			return s.end()
		},
		"an alarm of which nobody was told": func(s *scene) History {
			s.silent()
			s.alarm()
			s.h.Alarms[0].Failed = true
			return s.end()
		},
		"an alarm goes to somebody else": func(s *scene) History {
			s.silent()
			q, _ := s.in.Page("ana")
			s.send(q, 1, Delivered)
			s.h.Sends[len(s.h.Sends)-1].Key = "acme/inc-1/alarm/1"
			return s.end()
		},
	},
	"I11": {
		"alerts were taken for an incident that is not there": func(s *scene) History {
			s.answered()
			s.h.Acts[0].Receipts[0].Incident = "inc-2"
			return s.end()
		},
		"alerts were taken without a receipt": func(s *scene) History {
			s.answered()
			s.h.Acts[0].Receipts = nil
			return s.end()
		},
		"alerts were taken and are not recorded": func(s *scene) History {
			s.answered()
			s.h.Acts[0].Keys[0], s.h.Acts[0].Receipts[0].DedupKey = "disk", "disk"
			return s.end()
		},
		"they were recorded after that was said": func(s *scene) History {
			s.answered()
			s.h.Acts[0].Ended.Seq = 2
			return s.end()
		},
		"an acknowledgement is not recorded": func(s *scene) History {
			s.silent()
			s.act("acknowledge", "ben")
			return s.end()
		},
		"a version was answered that is not there": func(s *scene) History {
			s.answered()
			s.h.Acts[1].Version = 1000
			return s.end()
		},
		"a command for an incident that is not there": func(s *scene) History {
			s.answered()
			s.h.Acts = append(s.h.Acts, Act{Kind: "resolve", Tenant: "acme", Incident: "inc-9", Actor: "ana", Result: OK})
			return s.end()
		},
		"one operation opens two": func(s *scene) History {
			s.answered()
			s.h.Acts = append(s.h.Acts, Act{Kind: "open", Tenant: "acme", Incident: "inc-1", Actor: "monitor", Operation: "op", Version: 1, Result: OK},
				Act{Kind: "open", Tenant: "acme", Incident: "inc-1", Actor: "monitor", Operation: "op", Version: 1, Result: OK})
			other := newScene(s.t)
			other.edit = changed(func(p *incident.IncidentOpened) { p.Incident, p.DedupKeys = "inc-2", nil })
			other.open()
			other.ack()
			s.h.Streams = append(s.h.Streams, other.h.Streams[0])
			s.h.Streams[1].Incident = "inc-2"
			s.h.Acts[len(s.h.Acts)-1].Incident = "inc-2"
			return s.end()
		},
		"a plan was saved and is not there": func(s *scene) History {
			s.answered()
			s.h.Acts = append(s.h.Acts, Act{Kind: "save_plan", Tenant: "acme", Version: 2, Result: OK})
			return s.end()
		},
		"two incidents for one key": func(s *scene) History {
			s.answered()
			other := newScene(s.t)
			other.edit = changed(func(p *incident.IncidentOpened) { p.Incident = "inc-2" })
			other.open()
			other.ack()
			s.h.Streams = append(s.h.Streams, other.h.Streams[0])
			s.h.Streams[1].Incident = "inc-2"
			return s.end()
		},
	},
	"I12": {
		"a task is left": func(s *scene) History {
			s.answered()
			s.h.Tasks = []Task{{Tenant: "acme", Stream: "inc-1", ID: "wake", Due: noon.Add(time.Minute)}}
			return s.end()
		},
		"a page is left": func(s *scene) History {
			s.open()
			s.deliver("ana")
			s.at(60).second()
			s.deliver("ben")
			s.deliver("cleo")
			s.at(180).exhaust()
			s.attempt("dora", 1, Failed)
			return s.end()
		},
		"an attempt that was lost is left": func(s *scene) History {
			s.open()
			s.deliver("ana")
			s.at(60).second()
			s.deliver("ben")
			s.deliver("cleo")
			s.at(180).exhaust()
			s.attempt("dora", 1, NoAnswer)
			return s.end()
		},
	},
	"I13": {
		"an event names what is another tenant's": func(s *scene) History {
			s.edit = changed(func(p *incident.IncidentOpened) { p.Title = "db of gx-canary" })
			s.answered()
			return s.end()
		},
		"a message names what is another tenant's": func(s *scene) History {
			s.answered()
			s.h.Sends[0].Text = "gx-canary fails"
			return s.end()
		},
		"a message about an incident of another tenant": func(s *scene) History {
			s.answered()
			q, _ := s.in.Page("ana")
			s.send(q, 1, Delivered)
			s.h.Sends[len(s.h.Sends)-1].Tenant = "initech"
			return s.end()
		},
	},
	"I14": {
		"the snapshot is of another status": func(s *scene) History {
			s.answered()
			st := &s.h.Streams[0]
			st.Snapshot = bytes.Replace(st.Snapshot, []byte(`"status":"triage"`), []byte(`"status":"active"`), 1)
			return s.end()
		},
		"the snapshot is an older one": func(s *scene) History {
			s.open()
			old := s.h.Streams[0].Snapshot
			s.deliver("ana")
			s.ack()
			s.h.Streams[0].Snapshot = old
			return s.end()
		},
		"the snapshot cannot be read": func(s *scene) History {
			s.answered()
			s.h.Streams[0].Snapshot = []byte("{}")
			return s.end()
		},
		"the snapshot has another head": func(s *scene) History {
			s.answered()
			s.h.Streams[0].Snapshot = bytes.Replace(s.h.Streams[0].Snapshot, []byte(s.in.Head), []byte(strings.Repeat("0", 64)), 1)
			return s.end()
		},
	},
}

func lateStep(s *scene) History {
	s.open()
	s.deliver("ana")
	s.at(92).second()
	s.deliver("ben")
	s.deliver("cleo")
	s.ack()
	return s.end()
}

func latePage(s *scene) History {
	s.open()
	s.at(40).deliver("ana")
	s.ack()
	return s.end()
}

func neverTaken(s *scene) History {
	s.open()
	s.deliver("ana")
	return s.end()
}

// savePlan saves another version.
func (s *scene) savePlan(version uint64, p Plan) {
	s.h.Plans = append(s.h.Plans, SavedPlan{Tenant: "acme", Version: version, Saved: s.moment(), Plan: p})
}

// poison puts something into the store that cannot be read.
func (s *scene) poison() {
	s.h.Streams = append(s.h.Streams, Stream{Tenant: "globex", Incident: "bad", Poisoned: true, Records: []Record{{Data: []byte("?")}}})
}

// lonely is a story in which all channels are down for good.
func (s *scene) lonely() {
	s.h.Plans[0].Plan.Policies[0].Steps[1].Wait = 2 * time.Hour
	s.h.Outages = []Outage{{Kind: Provider, Channel: "sms", From: Moment{At: noon}, To: Moment{At: noon.Add(30 * time.Minute)}}}
	s.h.Plans[0].Plan.People[0].Contacts = []Contact{{"sms", "+ana"}}
	s.open()
	s.attempt("ana", 1, Refused)
	s.write("engine", incident.PageUndeliverable{Page: "ana"}, asked("ben", 2, "team pair", "ben", s.now), asked("cleo", 2, "team pair", "cleo", s.now))
	for _, who := range []string{"ben", "cleo"} {
		s.attempt(who, 1, Refused)
		s.write("engine", incident.PageUndeliverable{Page: who})
	}
}

// handOn puts cleo on call, and hands the page of ana on to her.
func (s *scene) handOn() {
	p := trioPlan()
	p.Schedules[0].Overrides = []Override{{ID: "o", Start: noon, End: noon.Add(time.Hour), People: []string{"cleo"}}}
	s.savePlan(2, p)
	on := asked("handed", 1, "schedule primary", "cleo", noon)
	on.ScheduleVersion = 2
	s.write("engine", incident.PageWithdrawn{Page: "ana"}, on)
}

// comesBack hands the page of ana on to cleo, and puts ana on call once more. Then
// cleo's page is withdrawn, nobody is paged in her place, and the next step is taken.
func (s *scene) comesBack() {
	s.open()
	s.at(10).handOn()
	s.write("engine", incident.EscalationAdvanced{Run: "1"})
	s.at(15).savePlan(3, trioPlan())
	s.at(20).write("engine", incident.PageWithdrawn{Page: "handed"}, incident.EscalationAdvanced{Run: "1"})
	s.edit = changed(func(p *incident.PageRequested) { p.ScheduleVersion, p.Due, p.Send = 3, s.now, s.now })
	s.second()
	s.deliver("ben")
	s.deliver("cleo")
	s.at(30).ack()
}

func TestJudgeFindsWhatIsBroken(t *testing.T) {
	t.Parallel()
	for invariant, histories := range broken {
		assert.GreaterOrEqual(t, len(histories), 3, invariant)
		for name, history := range histories {
			t.Run(invariant+" "+name, func(t *testing.T) {
				t.Parallel()
				found := Judge(history(newScene(t)))
				assert.NotEmpty(t, found)
				for _, v := range found {
					assert.Equal(t, invariant, v.Invariant, v)
				}
			})
		}
	}
}
