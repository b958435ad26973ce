package oracle

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/incident"
)

// scene writes a history by hand, event by event. Everything in it is as it should
// be, but for what edit changes.
type scene struct {
	t    testing.TB
	now  time.Time
	seq  uint64
	in   incident.Incident
	edit func(incident.Payload) []incident.Payload // what is written in place of a payload
	h    History

	epoch uint64
	task  string // that is held
}

var noon = monday.Add(12 * time.Hour) // ana is on call

func trioPlan() Plan {
	return Plan{
		Name: "Trio",
		People: []Person{
			{ID: "ana", Contacts: []Contact{{"sms", "+ana"}, {"mail", "ana@x"}}},
			{ID: "ben", Contacts: []Contact{{"sms", "+ben"}}},
			{ID: "cleo", Contacts: []Contact{{"sms", "+cleo"}}},
			{ID: "dora", Contacts: []Contact{{"sms", "+dora"}}},
		},
		Schedules: []Schedule{{ID: "primary", Start: monday, Turn: 90 * time.Minute, Members: []string{"ana", "ben"}}},
		Teams:     []Team{{ID: "pair", Members: []string{"ben", "cleo"}}},
		Policies: []Policy{{ID: "default", Steps: []Step{
			{Targets: []Target{{"schedule", "primary"}}, Wait: time.Minute},
			{Targets: []Target{{"team", "pair"}}, Wait: 2 * time.Minute},
		}}},
		DefaultPolicy: "default", LastResort: "dora",
	}
}

func newScene(t testing.TB) *scene {
	t.Helper()
	s := &scene{t: t, now: noon, edit: func(p incident.Payload) []incident.Payload { return []incident.Payload{p} }}
	s.h.Settings = Settings{Lease: 30 * time.Second, Poll: time.Second, NotifyTimeout: 10 * time.Second, Canaries: map[string]string{"acme": "anvil", "globex": "gx-canary"}}
	s.h.Plans = []SavedPlan{{Tenant: "acme", Version: 1, Saved: Moment{At: noon.Add(-time.Hour), Seq: s.next()}, Plan: trioPlan()}}
	s.h.Streams = []Stream{{Tenant: "acme", Incident: "inc-1"}}
	return s
}

func (s *scene) next() uint64 {
	s.seq++
	return s.seq
}

func (s *scene) moment() Moment { return Moment{At: s.now, Seq: s.next()} }

// at sets the time, in seconds since the incident was opened.
func (s *scene) at(seconds int) *scene {
	s.now = noon.Add(time.Duration(seconds) * time.Second)
	return s
}

// write commits events.
func (s *scene) write(by string, payloads ...incident.Payload) {
	s.t.Helper()
	began := s.moment()
	var events []incident.Event
	for _, payload := range payloads {
		for _, p := range s.edit(payload) {
			events = append(events, incident.Event{
				Version: s.in.Version + uint64(len(events)) + 1, RecordedAt: s.now, Payload: p,
				Actor: incident.Actor{Kind: incident.Person, ID: by},
			})
		}
	}
	next, records, err := incident.Seal(s.in, events)
	require.NoError(s.t, err)
	s.in = next
	committed := s.moment()
	stream := &s.h.Streams[0]
	for _, r := range records {
		stream.Records = append(stream.Records, Record{Version: r.Version, Type: string(r.Type), RecordedAt: r.RecordedAt, Data: r.Data, Began: began, Committed: committed})
	}
	stream.Version = next.Version
	stream.Snapshot, err = incident.EncodeSnapshot(next)
	require.NoError(s.t, err)
	if len(events) > 0 {
		s.h.Writes = append(s.h.Writes, Write{
			Replica: "r1", Tenant: "acme", Stream: "inc-1", Task: s.task, Epoch: s.epochOf(), Begun: began, Ended: committed, Applied: true,
			First: events[0].Version, Last: next.Version,
		})
	}
}

func (s *scene) epochOf() uint64 {
	if s.task == "" {
		return 0
	}
	return s.epoch
}

// claim takes a task, for as long as it takes to write something.
func (s *scene) claim(task string, work func()) {
	s.epoch++
	s.task = task
	s.h.Claims = append(s.h.Claims, Claim{
		Replica: "r1", Tenant: "acme", Stream: "inc-1", Task: task, Kind: "work", Epoch: s.epoch, Attempt: 1,
		Due: s.now, Until: s.now.Add(30 * time.Second), Moment: s.moment(),
	})
	work()
	s.h.Writes = append(s.h.Writes, Write{
		Replica: "r1", Tenant: "acme", Stream: "inc-1", Kind: Settled, Task: task, Epoch: s.epoch, Begun: s.moment(), Ended: s.moment(), Applied: true,
	})
	s.task = ""
}

// act is what somebody asked for, and what was written for it.
func (s *scene) act(kind, by string, payloads ...incident.Payload) {
	s.t.Helper()
	a := Act{Replica: "r1", Kind: kind, Tenant: "acme", Actor: by, Incident: "inc-1", Begun: s.moment(), Result: OK}
	s.write(by, payloads...)
	a.Ended, a.Version = s.moment(), s.in.Version
	if kind == "ingest" {
		a.Keys, a.Receipts = []string{"db"}, []incident.Receipt{{DedupKey: "db", Incident: "inc-1", Action: incident.Opened, Alerts: 1, Recorded: 1}}
	}
	s.h.Acts = append(s.h.Acts, a)
}

func asked(key string, step int, target, person string, due time.Time) incident.PageRequested {
	return incident.PageRequested{Page: key, Run: "1", Round: 1, Step: step, Target: target, Person: person, ScheduleVersion: 1, Due: due, Send: due}
}

// open opens the incident, and takes the first step.
func (s *scene) open() {
	ref := incident.PlanRef{Tenant: "acme", Version: 1}
	s.act("ingest", "monitor",
		incident.IncidentOpened{Tenant: "acme", Incident: "inc-1", Kind: incident.Standard, Status: incident.Triage, Title: "db of anvil fails", Policy: "default", Plan: ref, DedupKeys: []string{"db"}},
		incident.AlertsRecorded{Alerts: []incident.Alert{{Source: "test", DedupKey: "db", Status: incident.Firing, Summary: "db fails"}}},
		incident.EscalationStarted{Run: "1", Policy: "default", Plan: ref},
		asked("ana", 1, "schedule primary", "ana", s.now),
		incident.EscalationAdvanced{Run: "1"},
	)
}

// second takes the second step.
func (s *scene) second() {
	due := noon.Add(time.Minute)
	s.claim("wake", func() {
		s.write("engine", asked("ben", 2, "team pair", "ben", due), asked("cleo", 2, "team pair", "cleo", due), incident.EscalationAdvanced{Run: "1"})
	})
}

// exhaust ends the run.
func (s *scene) exhaust() {
	s.claim("wake", func() {
		s.write("engine", incident.EscalationEnded{Run: "1", State: incident.Exhausted}, asked("dora", 0, "person dora", "dora", noon.Add(3*time.Minute)), incident.EscalationAdvanced{Run: "1"})
	})
}

// deliver makes one attempt at a page, if it is there.
func (s *scene) deliver(key string) { s.attempt(key, 1, Delivered) }

func (s *scene) attempt(key string, n int, answer Answer) {
	s.t.Helper()
	s.claim("deliver:"+key, func() { s.tries(key, n, answer) })
}

func (s *scene) tries(key string, n int, answer Answer) {
	s.t.Helper()
	q, ok := s.in.Page(key)
	if !ok {
		return
	}
	s.write("engine", incident.PageAttempted{Page: key, Contact: "sms-" + key, Channel: "sms", Attempt: n, Key: "acme/inc-1/" + key, PossibleDuplicate: n > 1})
	s.send(q, n, answer)
	switch failed := (incident.PageFailed{Page: key, Contact: "sms-" + key, Channel: "sms", Attempt: n, Unknown: answer == Unknown, Error: "no", Retry: "1s"}); answer {
	case Delivered:
		s.write("engine", incident.PageDelivered{Page: key, Contact: "sms-" + key, Channel: "sms", Attempt: n})
	case Refused:
		failed.Spent, failed.Retry = true, ""
		s.write("engine", failed)
	case NoAnswer:
	case Failed, Unknown:
		s.write("engine", failed)
	}
}

func (s *scene) send(q incident.Page, n int, answer Answer) {
	s.h.Sends = append(s.h.Sends, Send{
		Replica: "r1", Key: "acme/inc-1/" + q.Key, Tenant: "acme", Incident: "inc-1", Person: q.Person, Channel: "sms", To: "+" + q.Person,
		Attempt: n, PossibleDuplicate: n > 1, Text: "db of anvil fails", Begun: s.moment(), Ended: s.moment(),
		Arrived: answer == Delivered || answer == Unknown, Answer: answer,
	})
}

// dies has the worker be dead at this time.
func (s *scene) dies() {
	s.h.Outages = append(s.h.Outages, Outage{Kind: Down, Replica: "r1", From: s.moment(), To: s.moment()})
}

// alarm tells the host.
func (s *scene) alarm() {
	s.h.Alarms = append(s.h.Alarms, Alarm{Tenant: "acme", Incident: "inc-1", Kind: "exhausted", Moment: s.moment()})
}

func (s *scene) end() History {
	s.at(3600)
	s.h.Ended = s.moment()
	return s.h
}

// answered is a story in which the second step is acknowledged.
func (s *scene) answered() {
	s.open()
	s.deliver("ana")
	s.at(60).second()
	s.deliver("ben")
	s.deliver("cleo")
	s.at(90).ack()
}

func (s *scene) ack() {
	s.act("acknowledge", "ben", incident.EscalationAcknowledged{Run: "1", By: "ben"}, incident.EscalationAdvanced{Run: "1"})
}

// silent is a story in which nobody answers.
func (s *scene) silent() {
	s.open()
	s.deliver("ana")
	s.at(60).second()
	s.deliver("ben")
	s.deliver("cleo")
	s.at(180).exhaust()
	s.deliver("dora")
}

// without leaves out what is of a kind that a test names.
func without(drop func(incident.Payload) bool) func(incident.Payload) []incident.Payload {
	return func(p incident.Payload) []incident.Payload {
		return slices.DeleteFunc([]incident.Payload{p}, drop)
	}
}

// changed changes the payloads of one type.
func changed[P incident.Payload](change func(*P)) func(incident.Payload) []incident.Payload {
	return func(p incident.Payload) []incident.Payload {
		if v, ok := p.(P); ok {
			change(&v)
			p = v
		}
		return []incident.Payload{p}
	}
}

// isPage reports whether a payload asks for a page.
func isPage(key string) func(incident.Payload) bool {
	return func(p incident.Payload) bool {
		q, ok := p.(incident.PageRequested)
		return ok && q.Page == key
	}
}
