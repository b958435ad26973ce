package plan

import (
	"slices"

	"github.com/incidentkit/incidentkit/escalation/proof"
)

// Proof returns the plan for package proof, in the order of the document, so that
// the paths in its findings lead to places there.
//
// Any policy may page for a severity that an incident of it can begin with: the
// default policy, those of components, and those of routes that start with that
// severity or with none.
func (p *Plan) Proof() proof.Plan {
	out := proof.Plan{
		Policies:  slices.Collect(p.Policies()),
		Schedules: slices.Collect(p.Schedules()),
		Places:    p.world.Places, LastResort: p.lastResort,
	}
	for _, person := range p.people {
		out.People = append(out.People, p.world.People[person.ID])
	}
	for _, id := range p.teamIDs {
		out.Teams = append(out.Teams, p.world.Teams[id])
	}
	for _, id := range p.vendorIDs {
		out.Suppliers = append(out.Suppliers, p.world.Suppliers[id])
	}
	for level := range p.severities.All() {
		out.Severities = append(out.Severities, proof.Severity{
			ID: level.ID, Urgency: p.Urgency(level.ID), Within: level.Targets.Acknowledge, Policies: p.mayPage(level.ID),
		})
	}
	return out
}

// mayPage returns the policies that may page for a severity.
func (p *Plan) mayPage(severity string) []string {
	may := map[string]bool{p.defaultPolicy: true}
	for _, c := range p.components {
		may[c.Policy] = true
	}
	for _, r := range p.routes {
		if r.routing.Severity == severity || r.routing.Severity == "" {
			may[r.routing.Policy] = true
		}
	}
	var ids []string
	for _, id := range p.policyIDs {
		if may[id] {
			ids = append(ids, id)
		}
	}
	return ids
}
