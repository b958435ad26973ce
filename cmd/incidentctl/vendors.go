package main

import (
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/cmd/incidentctl/internal/timeline"
	"github.com/incidentkit/incidentkit/escalation"
)

// vendorRuns plays what goes on beside the course: a vendor that is paged has a
// clock of its own, and those who are to be told if it does not answer in time. While
// that runs, the vendor is not paged anew. Nobody answers for it.
func (p *played) vendorRuns() ([]*played, error) {
	var runs []*played
	over := map[string]time.Time{} // by vendor
	facts := p.setting.Facts
	for _, m := range p.Moments {
		if m.Effect.Kind == escalation.Raise {
			facts.Severity = m.Effect.Severity
		}
		supplier, ok := p.world.Suppliers[m.Effect.Target.ID]
		if !ok || m.Effect.Target.Type != escalation.TargetVendor || m.Answer != nil || m.Follows ||
			m.Effect.Kind != escalation.Page && m.Effect.Kind != escalation.Fallback || m.At.Before(over[supplier.ID]) {
			continue
		}
		policy := supplier.Policy()
		if p.lastResort != "" {
			policy.Final.Targets = []escalation.Target{escalation.Person(p.lastResort)}
		}
		ladder, err := escalation.Compile(policy)
		if err != nil {
			return nil, err
		}
		setting := escalation.Setting{Ladder: ladder, Start: m.At, Facts: facts, World: p.world}
		run := &played{stage: p.stage, Course: escalation.Simulate(setting), setting: setting, began: p.began}
		over[supplier.ID] = m.At
		for _, m := range run.Moments {
			if m.Effect.Kind == escalation.Exhaust {
				over[supplier.ID] = m.At
			}
		}
		runs = append(runs, run)
	}
	return runs, nil
}

// sayVendor writes the course of a vendor's own clock.
func (p *played) sayVendor(t terminal) {
	step := p.setting.Ladder.Place(1).Step
	fmt.Fprintf(t.stdout, "\n%s, paged at %s, has a clock of its own, whatever else happens: it has promised to answer within %s. If it does not:\n\n",
		paint(t, timeline.Bold, timeline.Clean(step.Targets[0].String())), exactTime(p.setting.Start, p.shown), duration(step.Wait))
	p.table(t)
}
