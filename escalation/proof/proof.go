// Package proof proves what escalation policies do, before they page anyone.
//
// [Verify] takes a plan and a horizon. For every severity, every policy that may
// page for it, and every instant of the horizon at which an incident may begin, it
// works out how long it takes in the worst case until a first human is paged, and
// a second and a third one. It does not sample: the answer changes only where
// duty, hours, leave or stages do, and it looks at all of these instants.
//
// What is wrong with the plan comes as findings: data with a level, a place in the
// plan, a time and a sentence. A plan without errors can be relied on as far as
// its people answer and its channels work.
package proof

import (
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/oncall"
)

// Plan is what is proved.
type Plan struct {
	Policies  []escalation.Policy
	Schedules []*oncall.Rota

	// People are those who may be paged. Nil: the host knows them, and everybody is
	// ready and can be reached.
	People []escalation.Responder

	Teams     []escalation.Group
	Suppliers []escalation.Supplier

	// Places are the channels and webhooks, as in escalation.World. Nil: every one
	// exists.
	Places map[string]string

	// Severities are those that incidents can have, the top one first.
	Severities []Severity

	// LastResort is the id of the person or place that pages end at when all else
	// fails, outside of every policy; empty: none.
	LastResort string
}

// Severity is what is promised for incidents of one.
type Severity struct {
	ID      string
	Urgency escalation.Urgency // empty: High

	// Within is how long it may take until a ready human who can be reached is
	// paged; 0: nothing is promised.
	Within time.Duration

	// Policies are the ids of those that may page for it.
	Policies []string
}

// World returns what the plan's policies are carried out in. It shares the plan's
// slices.
func (p Plan) World() *escalation.World {
	w := &escalation.World{Schedules: map[string]*oncall.Rota{}, Teams: map[string]escalation.Group{}, Places: p.Places}
	for _, r := range p.Schedules {
		w.Schedules[r.ID()] = r
	}
	for _, t := range p.Teams {
		w.Teams[t.ID] = t
	}
	if p.Suppliers != nil {
		w.Suppliers = map[string]escalation.Supplier{}
	}
	for _, s := range p.Suppliers {
		w.Suppliers[s.ID] = s
	}
	if p.People != nil {
		w.People = map[string]escalation.Responder{}
	}
	for _, r := range p.People {
		w.People[r.ID] = r
	}
	return w
}
