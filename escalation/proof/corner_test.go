package proof_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/escalation/proof"
	"github.com/incidentkit/incidentkit/oncall"
)

// Corners that random plans seldom come to, for incidents that begin at 09:55. At
// 10:00 both schedules fall vacant.
func TestVerifyInCorners(t *testing.T) {
	t.Parallel()
	change := instant("25 10:00")
	until := []oncall.Leave{{Start: change.AddDate(0, 0, -1), End: change}}
	from := []oncall.Leave{{Start: change, End: change.AddDate(0, 0, 1)}}
	const never = -1
	for _, tt := range []struct {
		name  string
		plant func(s *small)
		want  []time.Duration
	}{
		{"whoever was picked last has gone: whoever has the place is next", func(s *small) {
			s.People[2].Leave, s.People[3].Leave = until, until
			s.picks(escalation.Schedule("primary"), escalation.Person("dan"), escalation.Person("cleo"))
			s.Policies[0].Final.Targets[0] = escalation.Person("dan")
		}, []time.Duration{0, 10 * time.Minute, never}},
		{"whoever was picked last is not able: whoever follows is next", func(s *small) {
			s.People[0].Channels, s.People[1].Channels = nil, nil
			s.People[2].Leave, s.People[3].Leave, s.People[4].Leave = until, from, until
			s.picks(escalation.Schedule("primary"), escalation.Schedule("secondary"), escalation.Person("dan"), escalation.Person("cleo"), escalation.Person("eve"))
			s.Policies[0].Final.Targets[0] = escalation.Person("cleo")
		}, []time.Duration{0, 10 * time.Minute, never}},
		{"a nested policy that pages nobody is not waited for", func(s *small) {
			s.Policies = append(s.Policies, escalation.Policy{ID: "q", Steps: []escalation.Step{s.page(escalation.Schedule("secondary"))}})
			s.Policies[0].Steps[1] = s.page(escalation.Target{Type: escalation.TargetPolicy, ID: "q"})
		}, []time.Duration{0, 10 * time.Minute, never}},
		{"a nested policy that pages nobody is waited for, if who nests it pages", func(s *small) {
			s.Policies = append(s.Policies, escalation.Policy{ID: "q", Steps: []escalation.Step{s.page(escalation.Schedule("secondary"))}})
			s.Policies[0].Steps[1] = s.page(escalation.Person("dan"), escalation.Target{Type: escalation.TargetPolicy, ID: "q"})
		}, []time.Duration{0, 10 * time.Minute, 20 * time.Minute}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newSmall()
			s.vacant(0, "25 09:00", "25 10:00", "ana")
			s.vacant(1, "25 09:00", "25 10:00", "ben")
			s.vacant(0, "25 10:00", "25 12:00")
			s.vacant(1, "25 10:00", "25 12:00")
			tt.plant(s)
			rotas, err := oncall.CompileAll(s.schedules)
			require.NoError(t, err)
			s.Schedules = []*oncall.Rota{rotas["primary"], rotas["secondary"]}
			r, err := proof.Verify(s.Plan, instant("25 09:55"), instant("25 09:56"))
			require.NoError(t, err)
			for k, want := range tt.want {
				assert.Equal(t, want == never, r.Worst[k].Never, "%+v", r.Worst[k])
				assert.Equal(t, max(want, 0), r.Worst[k].Wait, "%+v", r.Worst[k])
			}
		})
	}
}

// picks has the policy pick one in turn, twice.
func (s *small) picks(targets ...escalation.Target) {
	step := s.page(targets...)
	step.Pick = escalation.PickInTurn
	s.Policies[0].Steps, s.Policies[0].Repeat = []escalation.Step{step}, 1
}
