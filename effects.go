package incidentkit

import (
	"cmp"
	"context"
	"slices"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/incident"
)

// perform turns an effect of an escalation into events and tasks.
func (t *turn) perform(ctx context.Context, run incident.Run, e escalation.Effect, who *resolver) error {
	switch e.Kind {
	case escalation.Page:
		if e.Target.Type == escalation.TargetVendor && e.Target.ID != run.Vendor {
			return t.pageVendor(run, e)
		}
		return t.page(t.requested(run, e, who), who)
	case escalation.Skip:
		return t.note(incident.PageSkipped{
			Run: run.ID, Round: e.Round, Step: e.Step, Target: targetOf(e), Person: e.Person, Code: string(e.Code), Why: e.Reason(),
		})
	case escalation.Hold:
		return t.note(incident.EscalationHeld{Run: run.ID, Round: e.Round, Step: e.Step, Code: string(e.Code), Until: e.Until.UTC(), Why: e.Reason()})
	case escalation.Repeat:
		return t.note(incident.EscalationRepeated{Run: run.ID, Round: e.Round, Why: e.Reason()})
	case escalation.Remind:
		p := t.requested(run, e, who)
		p.Reminder, p.Target = true, escalation.Person(e.Person).String()
		return t.page(p, who)
	case escalation.Resume:
		return t.note(incident.EscalationResumed{Run: run.ID, Cause: string(e.Cause), Why: e.Reason()})
	case escalation.HandOver:
		return t.note(incident.TierReached{Run: run.ID, Tier: e.Tier, From: e.FromTier, Missing: e.Missing, Why: e.Reason()})
	case escalation.Exhaust:
		if err := t.note(incident.EscalationEnded{Run: run.ID, State: incident.Exhausted, Why: e.Reason()}); err != nil {
			return err
		}
		return t.exhaustion(run, e.Reason())
	case escalation.Fallback:
		return t.fallBack(run, e, who)
	case escalation.Raise:
		return t.raise(ctx, run, e)
	}
	return nil
}

func (t *turn) requested(run incident.Run, e escalation.Effect, who *resolver) incident.PageRequested {
	return incident.PageRequested{
		Run: run.ID, Round: e.Round, Step: e.Step, Target: e.Target.String(), Person: e.Person,
		Rule: cmp.Or(e.Rule, e.Shift.Rule(), "named by the policy"), ScheduleVersion: who.version,
		Due: e.Due.UTC(), Why: e.Reason(), Urgency: string(e.Urgency), Take: t.takeOf(run),
	}
}

// targetOf writes the target of an effect; empty where it is about none.
func targetOf(e escalation.Effect) string {
	if e.Target == (escalation.Target{}) {
		return ""
	}
	return e.Target.String()
}

// fallBack pages the last resort that a policy names, each recipient once.
func (t *turn) fallBack(run incident.Run, e escalation.Effect, who *resolver) error {
	p := t.requested(run, e, who)
	p.Step = 0
	if err := who.load(); err != nil {
		return err
	}
	if p.Person != "" && p.Person == who.pinned.LastResort() && p.Person != who.lastResort { // there is a new one
		p.Why += "; the plan's last resort is now " + who.lastResort
		p.Person, p.Target = who.lastResort, escalation.Person(who.lastResort).String()
	}
	asked := slices.ContainsFunc(t.in.Pages, func(page incident.Page) bool {
		return page.Run == p.Run && page.Round == p.Round && page.Take == p.Take && page.Step == 0 && page.Person == p.Person &&
			(p.Person != "" || page.Target == p.Target)
	})
	if asked {
		return nil
	}
	return t.page(p, who)
}

// raise raises the severity, if it is not that high already. It is the policy that
// asks for it, so that it also counts where a human has set the severity.
func (t *turn) raise(ctx context.Context, run incident.Run, e escalation.Effect) error {
	p, err := t.engine.pinnedPlan(ctx, run.Plan)
	if err != nil {
		return err
	}
	if t.in.Severity != "" {
		worse, err := p.Severities().Compare(e.Severity, t.in.Severity)
		if err != nil || worse <= 0 {
			return nil //nolint:nilerr // a severity that the scale does not know is no reason to stop paging
		}
	}
	return t.engine.decide(ctx, t, incident.Command{
		Tenant: t.in.Tenant, Incident: t.in.ID, Actor: self,
		Action: incident.SetSeverity{Severity: e.Severity, Reason: e.Reason()},
	})
}
