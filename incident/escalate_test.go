package incident_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/incident"
)

// TestEscalate asks for help again and again. That alone changes nothing: what is
// under way goes on until the engine has begun anew.
func TestEscalate(t *testing.T) {
	t.Parallel()
	s := newStory(t)
	s.do(ana, incident.Open{Title: "Checkout fails", Policy: "default"})
	s.note(incident.EscalationStarted{Run: "1", Policy: "default"}, incident.PageRequested{Page: "p1", Run: "1", Person: "ben", Due: t0})

	for i, actor := range []incident.Actor{ana, deskco, robot} {
		before := s.in
		assert.Equal(t, []incident.Payload{incident.EscalationRequested{Reason: "nobody answers"}},
			payloads(s.at(i+1).do(actor, incident.Escalate{Reason: "nobody answers"})))
		want := before
		want.Version, want.Head, want.RecordedAt = before.Version+1, s.in.Head, after(i+1)
		want.Escalations++
		assert.Equal(t, want, s.in)
	}
	assert.Equal(t, 4, s.in.Escalations)

	s.do(ben, incident.Acknowledge{})
	run, ok := s.in.CurrentRun()
	assert.True(t, ok)
	assert.Equal(t, incident.Run{ID: "1", Policy: "default", State: incident.Acknowledged, AcknowledgedBy: "ben"}, run,
		"the run that there is can still be answered")

	s.do(ben, incident.Escalate{Reason: "I need help"}) // whoever answered
	assert.Equal(t, 5, s.in.Escalations)
	assert.Equal(t, incident.Acknowledged, s.in.Runs[0].State)

	s.do(ana, incident.Accept{Severity: "SEV2"})
	s.do(ana, incident.Mitigate{})
	_, err := s.try(incident.Command{Actor: ana, Action: incident.Escalate{Reason: "x"}})
	wantUnmet(t, err) // customers are well: reopen it
	assert.Equal(t, 5, s.in.Escalations)
}

// TestEscalationsByKind counts what incidents ask for that page people, and those
// that do not.
func TestEscalationsByKind(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		kind   incident.Kind
		policy string
		pages  bool
	}{
		"standard":                       {incident.Standard, "default", true},
		"standard without a policy":      {incident.Standard, "", false},
		"drill":                          {incident.Drill, "default", true},
		"drill without a policy":         {incident.Drill, "", false},
		"retrospective":                  {incident.Retrospective, "default", false},
		"retrospective without a policy": {incident.Retrospective, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			counts := func(n int) int {
				if test.pages {
					return n
				}
				return 0
			}
			s := newStory(t)
			s.do(ana, incident.Open{Kind: test.kind, Policy: test.policy, Title: "Checkout fails", Severity: "SEV3", StartedAt: after(-60)})
			assert.Equal(t, counts(1), s.in.Escalations)
			for i, action := range []incident.Action{
				incident.Decline{Reason: "x"}, incident.Reopen{Reason: "x"}, // to triage
				incident.Accept{}, incident.Mitigate{}, incident.Reopen{Reason: "x"},
				incident.Resolve{}, incident.Reopen{Reason: "x"},
			} {
				before, reopened := s.in.Escalations, s.in.Reopened
				s.at(i)
				s.doAt(ana, action, after(i-30))
				if s.in.Reopened == reopened {
					assert.Equal(t, before, s.in.Escalations, "%#v", action)
				}
				assert.Equal(t, counts(1+s.in.Reopened), s.in.Escalations, "%#v", action)
			}
			assert.Equal(t, 3, s.in.Reopened)

			events, err := s.try(incident.Command{Actor: ana, Action: incident.Escalate{Reason: "x"}})
			if test.pages {
				require.NoError(t, err)
				assert.Equal(t, 5, s.in.Escalations)
				return
			}
			wantUnmet(t, err, incident.PagesPeople)
			assert.Empty(t, events)
			assert.Zero(t, s.in.Escalations)
		})
	}
}

// TestRefusalSaysWhy reads a refusal as a caller does.
func TestRefusalSaysWhy(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		action incident.Action
		want   string
	}{
		{incident.Escalate{}, "incident: escalate is refused while active; it needs a reason (reason-given), " +
			"and an incident with an escalation policy that is not retrospective (pages-people)"},
		{incident.Merge{Into: "inc-1"}, "incident: merge is refused while active; it needs another incident, not this one (other-incident)"},
	} {
		_, err := opened(t).try(incident.Command{Actor: ana, Action: test.action})
		require.EqualError(t, err, test.want)
	}
}
