package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/internal/oracle"
)

// generateTenant draws a tenant, with the plans that it will save.
func generateTenant(r *rand.Rand, name string) Tenant {
	t := Tenant{Name: name, Plans: []oracle.Plan{generatePlan(r, name)}}
	for range 1 + r.IntN(4) {
		t.Plans = append(t.Plans, edit(r, t.Plans[len(t.Plans)-1], name, len(t.Plans)))
	}
	return t
}

func generatePlan(r *rand.Rand, tenant string) oracle.Plan {
	p := oracle.Plan{Name: "Plan of " + tenant, DefaultPolicy: "main", LastResort: "emil-" + tenant}
	for _, name := range []string{"ana", "ben", "caro", "dora", "emil"} {
		p.People = append(p.People, oracle.Person{ID: name + "-" + tenant, Contacts: contactsOf(r, name, tenant)})
	}
	for i := range 1 + r.IntN(2) {
		turn := pick(r, 3*time.Minute, 10*time.Minute, time.Hour, 12*time.Hour)
		p.Schedules = append(p.Schedules, oracle.Schedule{
			ID: fmt.Sprintf("rota%d", i), Turn: turn,
			Start:   night.Add(-between(r, 0, 2*turn)).Truncate(time.Second),
			Members: members(r, tenant),
		})
	}
	p.Teams = []oracle.Team{{ID: "crew", Members: members(r, tenant)}}
	p.Places = []oracle.Place{{ID: "room", Channel: pick(r, channels...), To: "room-" + tenant}}
	p.Policies = []oracle.Policy{generatePolicy(r, "main", p, tenant)}
	if oneIn(r, 2) {
		p.Policies = append(p.Policies, generatePolicy(r, "second", p, tenant))
	}
	last := p.Policies[len(p.Policies)-1].ID
	p.Routes = []oracle.Route{
		{Label: "severity", Value: "critical", Severity: "SEV1"},
		{Label: "severity", Value: "minor", Severity: "SEV2", Policy: last},
	}
	return p
}

func contactsOf(r *rand.Rand, name, tenant string) []oracle.Contact {
	order := slices.Clone(channels)
	r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	var out []oracle.Contact
	for _, c := range order[:1+min(r.IntN(len(order)), r.IntN(len(order)))] {
		out = append(out, oracle.Contact{Channel: c, To: fmt.Sprintf("%s:%s-%s", c, name, tenant)})
	}
	return out
}

func members(r *rand.Rand, tenant string) []string {
	all := slices.Clone(names)
	r.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	out := all[:1+r.IntN(3)]
	for i := range out {
		out[i] += "-" + tenant
	}
	return out
}

func generatePolicy(r *rand.Rand, id string, p oracle.Plan, tenant string) oracle.Policy {
	policy := oracle.Policy{ID: id, Repeat: min(r.IntN(3), r.IntN(3))}
	for range 1 + min(r.IntN(3), r.IntN(3)) {
		step := oracle.Step{Wait: between(r, 10*time.Second, pick(r, time.Minute, 5*time.Minute)).Truncate(time.Second), AckAll: oneIn(r, 12)}
		for range 1 + min(r.IntN(2), r.IntN(2)) {
			t := target(r, p, tenant)
			if !slices.Contains(step.Targets, t) {
				step.Targets = append(step.Targets, t)
			}
		}
		policy.Steps = append(policy.Steps, step)
	}
	if oneIn(r, 8) {
		policy.AckTimeout = between(r, time.Minute, 10*time.Minute).Truncate(time.Second)
	}
	if oneIn(r, 20) && policy.AckTimeout == 0 { // reminders have to come before it
		policy.RemindEvery = between(r, 5*time.Minute, 20*time.Minute).Truncate(time.Minute)
	}
	return policy
}

func target(r *rand.Rand, p oracle.Plan, tenant string) oracle.Target {
	switch r.IntN(8) {
	case 0, 1, 2, 3:
		return oracle.Target{Type: "schedule", ID: p.Schedules[r.IntN(len(p.Schedules))].ID}
	case 4, 5:
		return oracle.Target{Type: "person", ID: pick(r, names...) + "-" + tenant}
	case 6:
		return oracle.Target{Type: "team", ID: "crew"}
	default:
		return oracle.Target{Type: "channel", ID: "room"}
	}
}

// edit changes a plan in one way or another.
func edit(r *rand.Rand, old oracle.Plan, tenant string, version int) oracle.Plan {
	p := old
	p.Name = fmt.Sprintf("Plan %d of %s", version+1, tenant)
	p.Schedules, p.Policies, p.People = slices.Clone(old.Schedules), slices.Clone(old.Policies), slices.Clone(old.People)
	s := &p.Schedules[r.IntN(len(p.Schedules))]
	switch r.IntN(6) {
	case 0, 1, 2:
		start := night.Add(between(r, 0, 20*time.Minute)).Truncate(time.Second)
		o := oracle.Override{ID: fmt.Sprintf("o%d", version), Start: start, End: start.Add(between(r, time.Minute, 20*time.Minute).Truncate(time.Second))}
		if !oneIn(r, 5) {
			o.People = members(r, tenant)[:1]
		}
		if oneIn(r, 3) {
			o.Replaces = s.Members[0]
		}
		s.Overrides = append(slices.Clone(s.Overrides), o)
	case 3:
		s.Members = members(r, tenant)
	case 4:
		i := r.IntN(len(p.Policies))
		p.Policies[i] = generatePolicy(r, p.Policies[i].ID, p, tenant)
	default:
		i := r.IntN(len(p.People) - 1)
		p.People[i].Contacts = contactsOf(r, names[i], tenant)
	}
	return p
}
