package incidentkit

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/plan"
)

// resolver says who stands behind the targets of a run. Whom a policy names is
// pinned with the policy; who is on call, and how people are reached, is as the
// tenant's plan says now, so that an override made during an incident counts.
type resolver struct {
	ctx        context.Context
	engine     *Engine
	tenant     string
	current    *plan.Plan
	pinned     *plan.Plan // for schedules that are no longer there
	version    uint64     // of current
	lastResort string
	directory  *directory
}

func (t *turn) resolver(ctx context.Context, run incident.Run) (*resolver, error) {
	e := t.engine
	pinned, err := e.pinnedPlan(ctx, run.Plan)
	if err != nil {
		return nil, err
	}
	current, ref, err := e.currentPlan(ctx, t.in.Tenant)
	if err != nil {
		return nil, err
	}
	return &resolver{
		ctx: ctx, engine: e, tenant: t.in.Tenant, current: current, pinned: pinned,
		version: ref.Version, lastResort: current.LastResort(), directory: t.directory,
	}, nil
}

// Resolve implements escalation.Resolver.
func (r *resolver) Resolve(t escalation.Target, at time.Time) escalation.Resolution {
	found := escalation.Resolution{People: []escalation.Candidate{{Person: t.ID, Rule: "named by the policy"}}}
	if t.Type == escalation.TargetSchedule {
		rota, ok := r.current.Schedule(t.ID)
		if !ok {
			rota, ok = r.pinned.Schedule(t.ID)
		}
		if !ok {
			return escalation.Resolution{Why: fmt.Sprintf("there is no schedule %q", t.ID)}
		}
		found = escalation.OnCall(rota, at)
	}
	for i := range found.People {
		who := &found.People[i]
		person, err := r.person(who.Person)
		switch {
		case errors.Is(err, ErrNotFound):
			who.Unreachable = "nobody knows this person"
		case err != nil: // nobody can tell now; the page will find out
		case len(person.Contacts) == 0:
			who.Unreachable = "no contact method"
		}
	}
	return found
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

// directory is the host's Directory for the length of one change, however often
// that is decided anew: a directory that is slow, hangs or panics must not keep
// anybody from being paged. All its answers together get a tenth of the lease,
// none is asked for twice, and after a failure nothing is asked for any more.
type directory struct {
	engine  *Engine
	ctx     context.Context // with the deadline; nil until the first question
	cancel  context.CancelFunc
	known   map[string]plan.Person
	unknown map[string]bool
	failure error
}

func (e *Engine) newDirectory() *directory {
	return &directory{engine: e, cancel: func() {}, known: map[string]plan.Person{}, unknown: map[string]bool{}}
}

func (d *directory) person(ctx context.Context, tenant, id string) (plan.Person, error) {
	if p, ok := d.known[id]; ok {
		return p, nil
	}
	switch {
	case d.engine.cfg.Directory == nil || d.unknown[id]:
		return plan.Person{}, fmt.Errorf("%w: person %s", ErrNotFound, id)
	case d.failure != nil:
		return plan.Person{}, d.failure
	case d.ctx == nil:
		d.ctx, d.cancel = context.WithTimeout(ctx, d.engine.cfg.Lease/10)
	}
	p, err := within(d.ctx, d.engine.cfg.Lease/10, func(ctx context.Context) (plan.Person, error) {
		return d.engine.cfg.Directory.Person(ctx, tenant, id)
	})
	switch {
	case err == nil:
		d.known[id] = p
	case errors.Is(err, ErrNotFound):
		d.unknown[id] = true
	default:
		err = fmt.Errorf("directory: person %s: %w", id, err)
		d.failure = err
		d.engine.log.ErrorContext(ctx, "the directory fails; using the people in the plan", "tenant", tenant, "person", id, "error", err)
	}
	return p, err
}

// contact is one way to reach a person for which there is a notifier.
type contact struct {
	id      string // what events call it: it must not tell the address
	channel string
	to      string
}

// reachable returns a person's contacts for which there is a notifier, in the
// person's order.
func (e *Engine) reachable(p plan.Person) []contact {
	var out []contact
	for _, c := range p.Contacts {
		if _, ok := e.cfg.Notifiers[c.Channel]; ok {
			sum := sha256.Sum256([]byte(c.To))
			out = append(out, contact{id: c.Channel + "-" + hex.EncodeToString(sum[:4]), channel: c.Channel, to: c.To})
		}
	}
	return out
}
