package escalation_test

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/incidentkit/incidentkit/escalation"
)

func TestValidateNamesEveryProblem(t *testing.T) {
	t.Parallel()
	const (
		wait    = "1s to 168h0m0s, not "
		typ     = "person or schedule, not "
		id      = "a non-empty id"
		repeat  = "0 to 100, not "
		steps   = "1 to 100 steps, not "
		targets = "1 to 100 targets, not "
	)
	type policy = escalation.Policy
	tests := []struct {
		name   string
		change func(*policy)
		want   map[string]string // path -> want
	}{
		{"right", func(*policy) {}, nil},
		{"no name", func(p *policy) { p.Name = "" }, nil},
		{"the zero policy", func(p *policy) { *p = policy{} }, map[string]string{"id": id, "steps": steps + "0"}},

		{"repeat at its limit", func(p *policy) { p.Repeat = escalation.MaxRepeat }, nil},
		{"repeat past it", func(p *policy) { p.Repeat = escalation.MaxRepeat + 1 }, map[string]string{"repeat": repeat + "101"}},
		{"repeat negative", func(p *policy) { p.Repeat = -1 }, map[string]string{"repeat": repeat + "-1"}},

		{"steps at their limit", func(p *policy) { p.Steps = slices.Repeat(p.Steps[:1], escalation.MaxSteps) }, nil},
		{"steps past it", func(p *policy) { p.Steps = slices.Repeat(p.Steps[:1], escalation.MaxSteps+1) }, map[string]string{"steps": steps + "101"}},

		{"waits at their limits", func(p *policy) { p.Steps[0].Wait, p.Steps[1].Wait = escalation.MinWait, escalation.MaxWait }, nil},
		{"waits past them", func(p *policy) { p.Steps[0].Wait, p.Steps[1].Wait = escalation.MinWait-1, escalation.MaxWait+1 }, map[string]string{
			"steps[0].wait": wait + "999.999999ms", "steps[1].wait": wait + "168h0m0.000000001s",
		}},
		{"no wait", func(p *policy) { p.Steps[1].Wait = 0 }, map[string]string{"steps[1].wait": wait + "0s"}},
		{"a negative wait", func(p *policy) { p.Steps[1].Wait = math.MinInt64 }, map[string]string{"steps[1].wait": wait + "-2562047h47m16.854775808s"}},

		{"no target", func(p *policy) { p.Steps[0].Targets = nil }, map[string]string{"steps[0].targets": targets + "0"}},
		{"targets at their limit", func(p *policy) {
			p.Steps[0].Targets = slices.Repeat(p.Steps[0].Targets, escalation.MaxTargets)
		}, nil},
		{"targets past it", func(p *policy) {
			p.Steps[0].Targets = slices.Repeat(p.Steps[0].Targets, escalation.MaxTargets+1)
		}, map[string]string{"steps[0].targets": targets + "101"}},
		{"a zero target", func(p *policy) { p.Steps[1].Targets[1] = escalation.Target{} }, map[string]string{
			"steps[1].targets[1].type": typ + `""`, "steps[1].targets[1].id": id,
		}},
		{"an unknown type", func(p *policy) { p.Steps[1].Targets[0].Type = "team" }, map[string]string{"steps[1].targets[0].type": typ + `"team"`}},
		{"a target without id", func(p *policy) { p.Steps[0].Targets[0] = escalation.Person("") }, map[string]string{"steps[0].targets[0].id": id}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := policy{ID: "checkout", Name: "Checkout", Repeat: 1, Steps: []escalation.Step{
				{Targets: []escalation.Target{escalation.Schedule("primary")}, Wait: time.Minute},
				{Targets: []escalation.Target{escalation.Person("ana"), escalation.Schedule("secondary")}, Wait: time.Hour},
			}}
			tt.change(&p)
			got := map[string]string{}
			for _, err := range p.Validate() {
				var field *escalation.FieldError
				require.ErrorAs(t, err, &field)
				got[field.Field] = field.Want
				assert.EqualError(t, err, "escalation: "+field.Field+": want "+field.Want)
			}
			if tt.want == nil {
				tt.want = map[string]string{}
			}
			assert.Equal(t, tt.want, got)
		})
	}
}

func TestTargetString(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "schedule primary", escalation.Schedule("primary").String())
	assert.Equal(t, "person ana", escalation.Person("ana").String())
}
