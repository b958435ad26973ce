package incidentkit

import (
	"context"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/incident"
)

// facts are what a run's conditions ask for.
func (t *turn) facts(ctx context.Context, run incident.Run) (escalation.Facts, error) {
	p, err := t.engine.pinnedPlan(ctx, run.Plan)
	if err != nil {
		return escalation.Facts{}, err
	}
	facts := escalation.Facts{
		Severity: t.in.Severity, Urgency: p.Urgency(t.in.Severity), Kind: string(t.in.Kind),
		Components: t.in.Components, Labels: t.in.Labels, Packet: t.in.Packet,
	}
	for _, id := range t.in.Components {
		if c, ok := p.Component(id); ok {
			facts.Skills = append(facts.Skills, c.Skills...)
		}
	}
	for _, a := range t.in.Arrivals {
		for range a.Count {
			facts.Alerts = append(facts.Alerts, a.At)
		}
	}
	return facts, nil
}
