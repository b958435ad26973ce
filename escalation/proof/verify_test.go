package proof_test

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/escalation/proof"
	"github.com/incidentkit/incidentkit/oncall"
)

func TestVerifyRefuses(t *testing.T) {
	t.Parallel()
	from := instant(horizon[0])
	for _, tt := range []struct {
		name  string
		plant func(s *small)
		to    time.Time
		want  string
	}{
		{"an empty horizon", func(*small) {}, from, "to: want an instant after from"},
		{"a long horizon", func(*small) {}, from.AddDate(10, 0, 1), "to: want at most 10 years after from"},
		{"a policy without steps", func(s *small) { s.Policies[0].Steps = nil }, from.AddDate(0, 0, 1), "policies[0].steps: want"},
		{"a wait of 1 ns", func(s *small) { s.Policies[0].Steps[1].Wait = 1 }, from.AddDate(0, 0, 1), "policies[0].steps[1].wait: want"},
		{"what else is wrong with a circle", func(s *small) {
			s.step(s.page(escalation.Target{Type: escalation.TargetPolicy, ID: "p"}))
			s.Policies[0].Repeat = -1
		}, from.AddDate(0, 0, 1), "policies[0].repeat: want"},
		{"two policies with one id", func(s *small) { s.Policies = append(s.Policies, s.Policies[0]) }, from.AddDate(0, 0, 1), `policies[1].id: want an id that no other has; "p" came before`},
		{"a person without an id", func(s *small) { s.People[2].ID = "" }, from.AddDate(0, 0, 1), "people[2].id: want a non-empty id"},
		{"no schedule", func(s *small) { s.Schedules = []*oncall.Rota{nil} }, from.AddDate(0, 0, 1), "schedules[0].id: want a non-empty id"},
		{"an unknown policy", func(s *small) { s.Severities[1].Policies = []string{"p", "q"} }, from.AddDate(0, 0, 1), `severities[1].policies[1]: want the id of a policy; there is none with "q"`},
		{"an unknown urgency", func(s *small) { s.Severities[1].Urgency = "medium" }, from.AddDate(0, 0, 1), `severities[1].urgency: want high or low, not "medium"`},
		{"a negative promise", func(s *small) { s.Severities[0].Within = -1 }, from.AddDate(0, 0, 1), "severities[0].within: want 0 or more"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSmall()
			tt.plant(s)
			r, err := proof.Verify(s.Plan, from, tt.to)
			require.ErrorContains(t, err, tt.want)
			var field *escalation.FieldError
			require.ErrorAs(t, err, &field)
			assert.Empty(t, r)
		})
	}
}

// A policy that cannot page anybody never does, and the others are proved.
func TestVerifyProvesWhatItCan(t *testing.T) {
	t.Parallel()
	s := newSmall()
	s.Policies = append(s.Policies,
		escalation.Policy{ID: "q", Steps: []escalation.Step{s.page(escalation.Target{Type: escalation.TargetPolicy, ID: "q"})}},
		escalation.Policy{ID: "r", Steps: []escalation.Step{s.page(escalation.Target{Type: escalation.TargetPolicy, ID: "q"})}},
	)
	s.Severities[0].Policies = []string{"p", "r"}
	r := s.verify(t)
	never := map[string]bool{}
	for _, w := range r.Worst {
		never[w.Policy] = never[w.Policy] || w.Never && w.Rank == 1
	}
	assert.Equal(t, map[string]bool{"p": false, "r": true}, never)
}

// Without a list of people the host knows them.
func TestVerifyWithoutPeople(t *testing.T) {
	t.Parallel()
	s := newSmall()
	s.People, s.Suppliers, s.Places = nil, nil, nil
	s.step(s.page(
		escalation.Target{Type: escalation.TargetVendor, ID: "bank"},
		escalation.Target{Type: escalation.TargetChannel, ID: "war"},
	))
	assert.Empty(t, s.verify(t).Findings)
}

// A fault that comes back is said three times, and how often it comes back then.
func TestFindingsAreFew(t *testing.T) {
	t.Parallel()
	s := newSmall()
	s.nights(0)
	r := s.verify(t)
	gaps := func(all []proof.Finding) []proof.Finding {
		return slices.DeleteFunc(slices.Clone(all), func(f proof.Finding) bool { return f.Kind != proof.CoverageGap })
	}
	require.Len(t, gaps(r.Findings), 15, "every one is there")
	short := gaps(r.Short(3).Findings)
	require.Len(t, short, 3)
	assert.Equal(t, gaps(r.Findings)[:2], short[:2])
	assert.Equal(t, instant("24 16:00"), short[2].From)
	assert.True(t, strings.HasSuffix(short[2].Text, "; and 12 more such times, the last until Mon 2026-04-06 00:00 UTC"), short[2].Text)
	assert.Len(t, gaps(r.Short(0).Findings), 1)
	assert.Equal(t, r, r.Short(15))
}

func TestReportString(t *testing.T) {
	t.Parallel()
	s := newSmall()
	s.vacant(0, "25 10:00", "25 11:00")
	s.vacant(1, "25 10:00", "25 11:00")
	s.People[0].Channels = []string{"push"}
	s.Policies[0].Final = escalation.Final{}
	s.Severities = s.Severities[:1]
	want, err := os.ReadFile("testdata/report.txt")
	require.NoError(t, err)
	assert.Equal(t, string(want), s.verify(t).String())
}
