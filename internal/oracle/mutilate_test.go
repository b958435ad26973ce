package oracle

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/incidentkit/incidentkit/incident"
)

// TestJudgeNeverPanics judges histories in which parts are missing, doubled,
// exchanged or senseless. Whatever is found, it comes to an end.
func TestJudgeNeverPanics(t *testing.T) {
	t.Parallel()
	base := hardHistory(t)
	rapid.Check(t, func(t *rapid.T) {
		h := base
		if rapid.Bool().Draw(t, "by hand") {
			h = shuffled(t)
		}
		for range rapid.IntRange(1, 6).Draw(t, "mutilations") {
			mutilate(t, &h)
		}
		Judge(h)
	})
}

// shuffled is a scene in which events are left out, doubled and altered before they
// are sealed, so that the chain holds and all of it is judged.
func shuffled(t *rapid.T) History {
	s := newScene(quiet{})
	s.edit = func(p incident.Payload) []incident.Payload {
		if _, ok := p.(incident.IncidentOpened); ok {
			return []incident.Payload{p}
		}
		switch rapid.IntRange(0, 9).Draw(t, "edit") {
		case 0:
			return nil
		case 1:
			return []incident.Payload{p, p}
		case 2:
			return []incident.Payload{rapid.SampledFrom(strange).Draw(t, "strange"), p}
		}
		return []incident.Payload{p}
	}
	if rapid.Bool().Draw(t, "silent") {
		s.silent()
	} else {
		s.answered()
	}
	return s.end()
}

// quiet lets a scene go wrong.
type quiet struct{ testing.TB }

func (quiet) Helper()               {}
func (quiet) Errorf(string, ...any) {}
func (quiet) FailNow()              {}

var strange = []incident.Payload{
	incident.EscalationSnoozed{Run: "1", By: "ana", Until: noon.Add(time.Hour)},
	incident.EscalationHandedBack{Run: "1"}, incident.EscalationRepaged{Run: "1"}, incident.NextStepRequested{Run: "1"},
	incident.EscalationReassigned{Run: "1", To: []incident.Target{{Type: "moon", ID: "1"}}},
	incident.EscalationEnded{Run: "1", State: incident.Stopped}, incident.EscalationResumed{Run: "2"},
	incident.EscalationStarted{Run: "1", Policy: "default"}, incident.EscalationOverdue{Run: "1", Pages: []string{"ana", "x"}},
	incident.PageWithdrawn{Page: "ana"}, incident.PageStalled{Page: "ben"}, incident.PageUndeliverable{Page: "x"}, incident.PageHeld{Page: "ana"},
	incident.PageDelivered{Page: "ana", Attempt: -1}, incident.PageFailed{Page: "ben", Retry: "soon"}, incident.PageAttempted{Page: "x"},
	incident.PageRequested{Page: "y", Run: "9", Step: -1}, incident.PageSkipped{Run: "1"},
	incident.StatusChanged{From: incident.Closed, To: incident.Resolved}, incident.EscalationRequested{},
	incident.EscalationAcknowledged{Run: "1", By: "x", Awaits: []string{"y"}}, incident.PageDeclined{Run: "1", By: "x"},
}

func mutilate(t *rapid.T, h *History) {
	at := rapid.SampledFrom([]time.Time{{}, monday, noon, time.Unix(math.MaxInt32, 0), time.Unix(-1<<40, 0)})
	length := rapid.SampledFrom([]time.Duration{0, -1, 1, time.Hour, math.MaxInt64, math.MinInt64})
	switch rapid.IntRange(0, 13).Draw(t, "mutilation") {
	case 0:
		h.Sends = some(t, h.Sends)
	case 1:
		h.Acts = some(t, h.Acts)
	case 2:
		h.Plans = some(t, h.Plans)
	case 3:
		h.Claims, h.Writes = some(t, h.Claims), some(t, h.Writes)
	case 4:
		h.Streams = some(t, h.Streams)
	case 5:
		h.Streams = slices.Clone(h.Streams)
		for i := range h.Streams {
			h.Streams[i].Records = some(t, h.Streams[i].Records)
		}
	case 6:
		h.Ended.At = at.Draw(t, "end")
	case 7:
		h.Settings = Settings{Lease: length.Draw(t, "lease"), Poll: length.Draw(t, "poll"), Slack: length.Draw(t, "slack")}
	case 8:
		h.Outages = append(slices.Clone(h.Outages), Outage{Kind: OutageKind(rapid.IntRange(-1, 9).Draw(t, "kind")), From: Moment{At: at.Draw(t, "from")}, To: Moment{At: at.Draw(t, "to")}})
	case 9:
		h.Alarms = append(slices.Clone(h.Alarms), Alarm{Tenant: "acme", Incident: "inc-1", Failed: true})
	case 10:
		h.Plans = slices.Clone(h.Plans)
		for i := range h.Plans {
			h.Plans[i].Plan = nonsense(t, length)
		}
	case 11:
		h.Sends = slices.Clone(h.Sends)
		for i := range h.Sends {
			h.Sends[i].Answer, h.Sends[i].Begun = Answer(rapid.IntRange(-3, 9).Draw(t, "answer")), Moment{}
		}
	case 12:
		h.Writes = append(slices.Clone(h.Writes), Write{Tenant: "acme", Stream: "inc-1", First: 3, Last: math.MaxUint64, Applied: true, Ended: Moment{Seq: 1 << 40}})
	case 13:
		h.Tasks = append(slices.Clone(h.Tasks), Task{Due: at.Draw(t, "due"), Poisoned: rapid.Bool().Draw(t, "poisoned")})
	}
}

// nonsense is a plan that no engine would take.
func nonsense(t *rapid.T, length *rapid.Generator[time.Duration]) Plan {
	p := trioPlan()
	p.LastResort = ""
	p.Schedules[0].Turn = length.Draw(t, "turn")
	p.Policies[0].Repeat = rapid.SampledFrom([]int{-1, 0, math.MaxInt}).Draw(t, "repeat")
	p.Policies[0].AckTimeout = length.Draw(t, "timeout")
	p.Policies[0].RemindEvery = length.Draw(t, "remind")
	p.Policies[0].Steps = some(t, p.Policies[0].Steps)
	for i := range p.Policies[0].Steps {
		p.Policies[0].Steps[i].Wait = length.Draw(t, "wait")
	}
	return p
}

// some leaves out a part of a list, doubles one and exchanges two.
func some[T any](t *rapid.T, list []T) []T {
	list = slices.Clone(list)
	if len(list) == 0 {
		return list
	}
	i := rapid.IntRange(0, len(list)-1).Draw(t, "i")
	j := rapid.IntRange(0, len(list)-1).Draw(t, "j")
	switch rapid.IntRange(0, 3).Draw(t, "how") {
	case 0:
		return list[:i]
	case 1:
		return append(list, list[i])
	case 2:
		list[i], list[j] = list[j], list[i]
	case 3:
		return slices.Delete(list, i, i+1)
	}
	return list
}
