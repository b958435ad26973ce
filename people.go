package incidentkit

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/oncall"
	"github.com/incidentkit/incidentkit/plan"
)

// resolver says who stands behind the targets of a run. Whom a policy names is
// pinned with the policy; who is on call, who is in a team, and how people are
// reached, is as the tenant's plan says now, so that an override made during an
// incident counts. It reads the plans when it is first asked.
type resolver struct {
	ctx        context.Context
	engine     *Engine
	tenant     string
	pin        incident.PlanRef
	current    *plan.Plan
	pinned     *plan.Plan // for what is no longer there
	version    uint64     // of current
	lastResort string
	directory  *directory
	err        error // why it could not be asked
}

func (t *turn) resolver(ctx context.Context, run incident.Run) *resolver {
	return &resolver{ctx: ctx, engine: t.engine, tenant: t.in.Tenant, pin: run.Plan, directory: t.directory}
}

// load reads the plans, if that has not been done.
func (r *resolver) load() error {
	if r.current != nil || r.err != nil {
		return r.err
	}
	if r.pinned, r.err = r.engine.pinnedPlan(r.ctx, r.pin); r.err != nil {
		return r.err
	}
	current, ref, err := r.engine.currentPlan(r.ctx, r.tenant)
	if err != nil {
		r.err = err
		return err
	}
	r.current, r.version, r.lastResort = current, ref.Version, current.LastResort()
	return nil
}

// Resolve implements escalation.Resolver. It looks twice: first for who is meant,
// then, with what is known of them, whether they can be paged.
func (r *resolver) Resolve(dst []escalation.Candidate, t escalation.Target, at time.Time) (found []escalation.Candidate, why string) {
	if err := r.load(); err != nil {
		return dst, err.Error()
	}
	world := *r.current.World()
	if !has(r.current, t) && has(r.pinned, t) {
		world = *r.pinned.World()
	}
	world.People = nil
	n := len(dst)
	found, _ = world.Resolve(dst, t, at)
	world.People = map[string]escalation.Responder{}
	for _, c := range found[n:] {
		if c.Person == "" {
			continue
		}
		if responder, ok := r.responder(c.Person); ok {
			world.People[c.Person] = responder
		}
	}
	return world.Resolve(found[:n], t, at)
}

// has reports whether a plan knows a target other than a person.
func has(p *plan.Plan, t escalation.Target) bool {
	ok := false
	switch t.Type {
	case escalation.TargetSchedule:
		_, ok = p.Schedule(t.ID)
	case escalation.TargetTeam:
		_, ok = p.Team(t.ID)
	case escalation.TargetVendor:
		_, ok = p.Vendor(t.ID)
	case escalation.TargetChannel, escalation.TargetWebhook:
		_, ok = p.Place(t.Type, t.ID)
	case escalation.TargetPerson, escalation.TargetPolicy:
	}
	return ok
}

// knows reports whether a target leads somewhere. A supplier has to be in the plan
// that the run is pinned to, for that says what it has promised.
func (r *resolver) knows(t escalation.Target) bool {
	switch t.Type {
	case escalation.TargetPerson:
		_, ok := r.responder(t.ID)
		return ok
	case escalation.TargetVendor:
		return has(r.pinned, t)
	case escalation.TargetSchedule, escalation.TargetTeam, escalation.TargetChannel, escalation.TargetWebhook, escalation.TargetPolicy:
	}
	return has(r.current, t) || has(r.pinned, t)
}

// responder returns what is known of a person, for whom to page and how: how they
// are reached from the host's directory first, then from the plans. Where nobody
// can tell now, the page will find out.
func (r *resolver) responder(id string) (escalation.Responder, bool) {
	if r.load() != nil {
		return escalation.Responder{}, false
	}
	known, planned := r.current.World().People[id]
	if !planned {
		known, planned = r.pinned.World().People[id]
	}
	p, err := r.directory.person(r.ctx, r.tenant, id)
	switch {
	case err == nil:
		responder := fromDirectory(p, known)
		if errs := responder.Validate(); len(errs) > 0 { // it may not put pages off for a year
			r.engine.log.ErrorContext(r.ctx, "the directory's rules for a person are not usable; all contacts are tried at once", "tenant", r.tenant, "person", id, "error", errors.Join(errs...))
			responder.Rules = escalation.Rules{Quiet: known.Rules.Quiet}
		}
		return responder, true
	case planned:
		return known, true
	case errors.Is(err, ErrNotFound):
		return escalation.Responder{}, false
	}
	return escalation.Responder{Person: oncall.Person{ID: id}, Channels: []string{""}}, true
}

// fromDirectory returns a person of the host's directory. Quiet hours, stages and
// leave are those of the plan.
func fromDirectory(p plan.Person, known escalation.Responder) escalation.Responder {
	known.ID, known.Channels = p.ID, nil
	if len(p.Skills) > 0 {
		known.Skills = p.Skills
	}
	for _, c := range p.Contacts {
		if !slices.Contains(known.Channels, c.Channel) {
			known.Channels = append(known.Channels, c.Channel)
		}
	}
	rules := func(of []plan.Notification) []escalation.Notification {
		var out []escalation.Notification
		for _, n := range of {
			out = append(out, escalation.Notification{Channel: n.Channel, After: time.Duration(n.After)})
		}
		return out
	}
	if len(p.Rules.High)+len(p.Rules.Low) > 0 {
		known.Rules.High, known.Rules.Low = rules(p.Rules.High), rules(p.Rules.Low)
	}
	if p.Rules.Bundle != 0 {
		known.Rules.Bundle = time.Duration(p.Rules.Bundle)
	}
	return known
}

// recipient returns whom a page is for, with the ways to reach them: a person, or a
// channel, a webhook or a supplier in the form of one.
func (r *resolver) recipient(page incident.Page) (plan.Person, error) {
	if err := r.load(); err != nil {
		return plan.Person{}, err
	}
	if page.Person != "" {
		return r.person(page.Person)
	}
	typ, id, _ := strings.Cut(page.Target, " ")
	for _, p := range []*plan.Plan{r.current, r.pinned} {
		if escalation.TargetType(typ) == escalation.TargetVendor {
			if vendor, ok := p.Vendor(id); ok {
				return plan.Person{ID: page.Target, Name: vendor.Name, Contacts: vendor.Contacts}, nil
			}
		} else if place, ok := p.Place(escalation.TargetType(typ), id); ok {
			return plan.Person{ID: page.Target, Name: place.Name, Contacts: []plan.Contact{place.Contact}}, nil
		}
	}
	return plan.Person{}, fmt.Errorf("%w: %s", ErrNotFound, page.Target)
}

// person looks somebody up: in the host's directory first, then in the plans.
func (r *resolver) person(id string) (plan.Person, error) {
	p, err := r.directory.person(r.ctx, r.tenant, id)
	if err == nil {
		return p, nil
	}
	for _, p := range []*plan.Plan{r.current, r.pinned} {
		if person, ok := p.Person(id); ok {
			return person, nil
		}
	}
	return plan.Person{}, err
}
