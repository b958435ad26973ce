package incident_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/incident"
)

// TestPages follows one page through everything that can become of it.
func TestPages(t *testing.T) {
	t.Parallel()
	s := opened(t)
	s.note(
		incident.PageRequested{
			Page: "p1", Run: "1", Round: 1, Step: 2, Target: "schedule primary", Person: "ana", Rule: "on call",
			ScheduleVersion: 4, Due: after(5), Why: "step 2",
		},
		incident.PageRequested{Page: "p2", Run: "1", Round: 1, Step: 2, Person: "ben", Due: after(5)},
	)
	asked := incident.Page{
		Key: "p1", Run: "1", Round: 1, Step: 2, Target: "schedule primary", Person: "ana", Rule: "on call",
		Due: after(5), Why: "step 2", State: incident.Pending,
	}
	page, ok := s.in.Page("p1")
	assert.True(t, ok)
	assert.Equal(t, asked, page)
	assert.Equal(t, incident.Try{Contact: "sms:1"}, page.Try("sms:1"), "not tried yet")
	_, ok = s.in.Page("p9")
	assert.False(t, ok)

	sms := func(attempts, unknown int, spent bool) incident.Try {
		return incident.Try{Contact: "sms:1", Channel: "sms", Attempts: attempts, Unknown: unknown, Spent: spent}
	}
	voice := incident.Try{Contact: "voice:1", Channel: "voice", Attempts: 1}
	rested := incident.Try{Contact: "voice:1", Channel: "voice", Attempts: 1, Rests: 2}
	steps := []struct {
		payload incident.Payload
		state   incident.PageState
		flight  string
		tries   []incident.Try
	}{
		{incident.PageAttempted{Page: "p1", Contact: "sms:1", Channel: "sms", Attempt: 1}, incident.Pending, "sms:1", []incident.Try{sms(1, 0, false)}},
		{incident.PageFailed{Page: "p1", Contact: "sms:1", Attempt: 1, Unknown: true}, incident.Pending, "", []incident.Try{sms(1, 1, false)}},
		{incident.PageAttempted{Page: "p1", Contact: "sms:1", Channel: "sms", Attempt: 2}, incident.Pending, "sms:1", []incident.Try{sms(2, 1, false)}},
		{incident.PageFailed{Page: "p1", Contact: "sms:1", Attempt: 2, Unknown: true, Spent: true}, incident.Pending, "", []incident.Try{sms(2, 2, true)}},
		{incident.PageFailed{Page: "p1", Contact: "sms:1", Attempt: 2}, incident.Pending, "", []incident.Try{sms(2, 2, true)}}, // spent is spent
		{incident.PageAttempted{Page: "p1", Contact: "voice:1", Channel: "voice", Attempt: 1}, incident.Pending, "voice:1", []incident.Try{sms(2, 2, true), voice}},
		{incident.PageStalled{Page: "p1", Why: "no contact has worked"}, incident.Pending, "voice:1", []incident.Try{sms(2, 2, true), voice}}, // it is still under way
		{incident.PageFailed{Page: "p1", Contact: "voice:1", Attempt: 1, Rest: true}, incident.Pending, "", []incident.Try{sms(2, 2, true), {Contact: "voice:1", Channel: "voice", Attempts: 1, Rests: 1}}},
		{incident.PageFailed{Page: "p1", Contact: "voice:1", Attempt: 1, Rest: true}, incident.Pending, "", []incident.Try{sms(2, 2, true), rested}},
		{incident.PageDelivered{Page: "p1", Contact: "voice:1", Attempt: 1}, incident.Delivered, "", []incident.Try{sms(2, 2, true), rested}},
		{incident.PageWithdrawn{Page: "p9"}, incident.Delivered, "", []incident.Try{sms(2, 2, true), rested}}, // another page's affair
		{incident.PageStalled{Page: "p9"}, incident.Delivered, "", []incident.Try{sms(2, 2, true), rested}},
	}
	for _, step := range steps {
		s.note(step.payload)
		want := asked
		if step.payload.Type() == incident.TypePageStalled {
			asked.Stalled, want.Stalled = true, true // from then on: it says that the escalation has stopped waiting
			asked.StalledAt, want.StalledAt = t0, t0
		}
		if step.payload.Type() == incident.TypePageAttempted {
			asked.Tried, want.Tried = t0, t0
		}
		want.State, want.InFlight, want.Tries = step.state, step.flight, step.tries
		page, _ = s.in.Page("p1")
		assert.Equal(t, want, page, "%#v", step.payload)
	}
	assert.Equal(t, rested, page.Try("voice:1"))
	assert.Equal(t, incident.Page{Key: "p2", Run: "1", Round: 1, Step: 2, Person: "ben", Due: after(5), State: incident.Pending}, s.in.Pages[1])

	for _, end := range []struct {
		payload incident.Payload
		state   incident.PageState
	}{
		{incident.PageWithdrawn{Page: "p2", Why: "acknowledged"}, incident.Withdrawn},
		{incident.PageUndeliverable{Page: "p2", Why: "no contact is left"}, incident.Undeliverable},
	} {
		s.note(incident.PageAttempted{Page: "p2", Contact: "sms:2", Channel: "sms", Attempt: 1}, end.payload)
		page, _ = s.in.Page("p2")
		assert.Equal(t, end.state, page.State)
		assert.Empty(t, page.InFlight)
	}
}

// TestRuns follows two escalations of one incident.
func TestRuns(t *testing.T) {
	t.Parallel()
	s := opened(t)
	_, ok := s.in.CurrentRun()
	assert.False(t, ok)
	plan := incident.PlanRef{Tenant: "acme", Version: 3}
	s.note(incident.EscalationStarted{Run: "1", Policy: "default", Plan: plan})
	s.note(incident.EscalationAdvanced{Run: "1", Progress: json.RawMessage(`{"step":1}`), Wake: after(5)})
	run := incident.Run{ID: "1", Policy: "default", Plan: plan, State: incident.Running, Progress: json.RawMessage(`{"step":1}`), Wake: after(5)}
	assert.Equal(t, []incident.Run{run}, s.in.Runs)

	s.note(incident.EscalationEnded{Run: "1", State: incident.Exhausted, Why: "nobody answered"})
	ended := run
	ended.State, ended.Why, ended.Wake = incident.Exhausted, "nobody answered", time.Time{}
	assert.Equal(t, []incident.Run{ended}, s.in.Runs)

	s.at(3).do(ben, incident.Acknowledge{}) // better late than never
	answered := ended
	answered.State, answered.Why, answered.AcknowledgedBy = incident.Acknowledged, "", "ben"
	assert.Equal(t, []incident.Run{answered}, s.in.Runs)
	assert.Equal(t, after(3), s.in.AcknowledgedAt)

	s.note(incident.EscalationStarted{Run: "2", Policy: "default", Plan: plan})
	s.note(incident.EscalationEnded{Run: "9", State: incident.Stopped}) // of no run: nothing changes
	current, ok := s.in.CurrentRun()
	assert.True(t, ok)
	assert.Equal(t, incident.Run{ID: "2", Policy: "default", Plan: plan, State: incident.Running}, current)
	s.at(9).do(ana, incident.Acknowledge{})
	assert.Equal(t, after(3), s.in.AcknowledgedAt, "the first answer counts")
}

// TestTwoFutures goes on from one state in two ways, whatever room its lists
// have: neither may show in the other.
func TestTwoFutures(t *testing.T) {
	t.Parallel()
	page := incident.PageRequested{Page: "p", Run: "1", Due: t0}
	grow := map[string]func(n int) incident.Payload{
		"absorbed": func(n int) incident.Payload { return incident.IncidentAbsorbed{From: incident.ID(fmt.Sprint(n))} },
		"runs":     func(n int) incident.Payload { return incident.EscalationStarted{Run: fmt.Sprint(n)} },
		"pages":    func(n int) incident.Payload { return incident.PageRequested{Page: fmt.Sprint(n), Run: "1", Due: t0} },
		"tries": func(n int) incident.Payload {
			return incident.PageAttempted{Page: "p", Contact: fmt.Sprint(n), Attempt: 1}
		},
		"attempts": func(n int) incident.Payload { return incident.PageAttempted{Page: "p", Contact: "sms:1", Attempt: n} },
		"progress": func(n int) incident.Payload {
			return incident.EscalationEnded{Run: "1", State: incident.Stopped, Why: fmt.Sprint(n)}
		},
		"roles": func(n int) incident.Payload { return incident.RoleAssigned{Role: incident.Scribe, To: fmt.Sprint(n)} },
		"alerts": func(n int) incident.Payload {
			return incident.AlertsRecorded{Alerts: []incident.Alert{alert("k", fmt.Sprint(n%2), incident.Firing, after(n))}}
		},
	}
	for name, payload := range grow {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := opened(t)
			s.note(page, incident.EscalationStarted{Run: "1", Policy: "default"})
			for n := range 9 {
				s.note(payload(n))
				now := encoded(t, s.in)
				seal := func(n int) incident.Incident {
					in, _, err := incident.Seal(s.in, incident.Extend(s.in, kit, s.now, time.Time{}, payload(n)))
					require.NoError(t, err)
					return in
				}
				one := seal(100)
				told := encoded(t, one)
				seal(200)
				assert.Equal(t, told, encoded(t, one))
				assert.Equal(t, now, encoded(t, s.in))
			}
		})
	}
}
