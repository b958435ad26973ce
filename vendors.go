package incidentkit

import (
	"fmt"
	"slices"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/plan"
)

// vendorLadder is what is done about a supplier: it is paged, and where it does not
// answer within the time that it has promised, those whom the plan names are told.
func vendorLadder(p *plan.Plan, run incident.Run) (*escalation.Ladder, error) {
	supplier, ok := p.World().Suppliers[run.Vendor]
	if !ok {
		return nil, fmt.Errorf("plan %s version %d has no vendor %q", run.Plan.Tenant, run.Plan.Version, run.Vendor)
	}
	return escalation.Compile(supplier.Policy())
}

// pageVendor starts the run of a supplier that a step pages. It goes on beside the
// run that the step belongs to, with a clock of its own. A supplier that was paged
// already is not paged again before it has missed its promise.
func (t *turn) pageVendor(run incident.Run, e escalation.Effect) error {
	if earlier, ok := t.in.VendorRun(e.Target.ID); ok && t.concerns(earlier) {
		why := ""
		switch {
		case earlier.State == incident.Running || earlier.State == incident.Snoozed:
			why = "it was paged in escalation " + earlier.ID + ", and its time to answer is not over"
		case earlier.State == incident.Acknowledged:
			why = "it has answered in escalation " + earlier.ID
		}
		if why != "" {
			return t.note(incident.PageSkipped{
				Run: run.ID, Round: e.Round, Step: e.Step, Target: e.Target.String(), Code: string(escalation.SkipTwice), Why: why,
			})
		}
	}
	return t.start(incident.Run{
		ID: t.nextRun(), Policy: escalation.Supplier{ID: e.Target.ID}.Policy().ID, Plan: run.Plan, Vendor: e.Target.ID,
	}, escalation.Start(t.now, nil))
}

// concerns reports whether a supplier's run still goes on, or began after the newest
// run that answers the incident did.
func (t *turn) concerns(vendor incident.Run) bool {
	if vendor.State == incident.Running || vendor.State == incident.Snoozed {
		return true
	}
	for _, r := range slices.Backward(t.in.Runs) {
		if r.ID == vendor.ID || r.Vendor == "" {
			return r.ID == vendor.ID
		}
	}
	return false
}
