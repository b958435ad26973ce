package oracle

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/incidentkit/incidentkit/incident"
)

// takenUpAgain lets the last claim of a story be taken up again when its lease has ended.
func takenUpAgain(s *scene) History {
	s.answered()
	last := s.h.Claims[len(s.h.Claims)-1]
	s.h.Writes = nil
	last.Epoch, last.Moment = last.Epoch+1, Moment{At: last.Until, Seq: s.next()}
	s.h.Claims = append(s.h.Claims, last)
	return s.end()
}

// slow has the first send, and what is written of it, take a while.
func slow(d time.Duration) func(*scene) History {
	return func(s *scene) History {
		s.h.Settings.NotifyTimeout = 25 * time.Second
		s.answered()
		s.h.Sends[0].Ended.At = s.h.Sends[0].Ended.At.Add(d)
		for i := range s.h.Writes {
			if w := &s.h.Writes[i]; w.Task == "deliver:ana" && w.Ended.Seq > s.h.Sends[0].Ended.Seq {
				w.Ended.At = w.Ended.At.Add(d)
			}
		}
		return s.end()
	}
}

// leftAlone has a channel ask for a minute, and the next attempt come after a second.
func leftAlone(s *scene) History {
	s.edit = changed(func(p *incident.PageAttempted) { p.PossibleDuplicate = false })
	s.open()
	s.attempt("ana", 1, Failed)
	s.h.Sends[0].RetryAfter = time.Minute
	s.at(1).attempt("ana", 2, Delivered)
	s.h.Sends[1].PossibleDuplicate = false
	s.ack()
	return s.end()
}

// aside is a poisoned task that was put aside for a while.
func aside(d time.Duration, told bool) func(*scene) History {
	return func(s *scene) History {
		s.answered()
		s.h.Tasks = []Task{{Tenant: "acme", Stream: "poison-1", ID: "odd", Kind: "odd", Due: s.now.Add(d), Poisoned: true}}
		s.h.Claims = append(s.h.Claims, Claim{Replica: "r1", Tenant: "acme", Stream: "poison-1", Task: "odd", Epoch: 100, Until: s.now, Moment: s.moment()})
		if told {
			s.h.Alarms = []Alarm{{Tenant: "acme", Incident: "poison-1", Kind: "poisoned", Moment: s.moment()}}
		}
		return s.end()
	}
}

// afterwards is an act that comes to nothing when nothing is wrong any more.
func afterwards(kind string, result Result) func(*scene) History {
	return func(s *scene) History {
		s.answered()
		s.h.FaultsEnded = s.moment()
		s.h.Acts = append(s.h.Acts, Act{Replica: "r1", Kind: kind, Tenant: "acme", Incident: "inc-1", Actor: "ana", Keys: []string{"web"}, Begun: s.moment(), Ended: s.moment(), Result: result})
		return s.end()
	}
}

func asks(d time.Duration) func(*scene) History {
	return func(s *scene) History {
		s.answered()
		s.h.Sends[0].Ended.At = s.h.Sends[0].Begun.At.Add(d)
		s.h.Claims, s.h.Writes = nil, nil
		return s.end()
	}
}

func TestWorkersKeepTheirPromises(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		invariant string // empty: all is well
		history   func(*scene) History
	}{
		"a lease is not renewed":              {"I7", slow(22 * time.Second)},
		"a lease need not be renewed":         {"", slow(9 * time.Second)},
		"a claim is left":                     {"I2", takenUpAgain},
		"a worker that died left its claim":   {"", func(s *scene) History { s.at(70).dies(); return takenUpAgain(s.at(0)) }},
		"a notifier is waited for":            {"I2", asks(14 * time.Second)},
		"a notifier takes its time":           {"", asks(9 * time.Second)},
		"a channel is not left alone":         {"I3", leftAlone},
		"a poisoned task that nobody knows":   {"I10", aside(5*time.Minute, false)},
		"a poisoned task that somebody knows": {"", aside(5*time.Minute, true)},
		"a task that failed a few times":      {"", aside(8*time.Second, false)},
		"alerts are turned away":              {"I11", afterwards("ingest", Rejected)},
		"alerts get no answer":                {"I11", afterwards("ingest", Uncertain)},
		"a command gets no answer":            {"I12", afterwards("resolve", Uncertain)},
		"a command is refused":                {"", afterwards("resolve", Rejected)},
		"sent by somebody else": {"I7", func(s *scene) History {
			s.answered()
			s.h.Sends[0].Replica = "r2"
			return s.end()
		}},
		"sent when the lease was over": {"I7", func(s *scene) History {
			s.answered()
			s.h.Sends[0].Begun.At, s.h.Sends[0].Ended.At = noon.Add(31*time.Second), noon.Add(31*time.Second)
			return s.end()
		}},
		"sent by a process that was stopped": {"", func(s *scene) History {
			s.answered()
			s.h.Sends[0].Replica = "r2"
			s.h.Outages = []Outage{{Kind: Paused, Replica: "r2", From: Moment{At: noon.Add(-time.Minute)}, To: Moment{At: noon}}}
			return s.end()
		}},
		"a request opens two incidents": {"I11", func(s *scene) History {
			s.edit = changed(func(p *incident.IncidentOpened) { p.Title += ", anvil says open-1" })
			s.answered()
			first := s.h.Streams[0]
			again := newScene(t)
			again.edit = changed(func(p *incident.IncidentOpened) { p.Title, p.Incident = p.Title+", anvil says open-1", "inc-2" })
			again.write("monitor", incident.IncidentOpened{Tenant: "acme", Kind: incident.Retrospective, Status: incident.Triage, Title: "db of anvil fails", Policy: "default", Plan: incident.PlanRef{Tenant: "acme", Version: 1}})
			second := again.h.Streams[0]
			second.Incident = "inc-2"
			s.h.Streams = []Stream{first, second}
			return s.end()
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			found := Judge(c.history(newScene(t)))
			if c.invariant == "" {
				assert.Empty(t, found)
				return
			}
			assert.NotEmpty(t, found)
			for _, v := range found {
				assert.Equal(t, c.invariant, v.Invariant, v)
			}
		})
	}
}
