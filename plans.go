package incidentkit

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/plan"
	"github.com/incidentkit/incidentkit/storage"
)

const (
	kindPlan   = "plan" // storage.Snapshot.Kind of a tenant's plan
	streamPlan = "plan" // its stream; incidents have ids of another form
	planSaved  = "plan.saved"
)

// savedPlan is one version of a plan as it is stored, in the event and as the
// stream's snapshot.
type savedPlan struct {
	Actor    incident.Actor  `json:"actor"`
	Digest   string          `json:"digest"`
	Document json.RawMessage `json:"document"`
}

// SavePlan stores a tenant's response plan as a new version, and returns which
// that is. A document that says the same as the current version is not stored
// again. New incidents start with the new version; those that are open keep the
// policies they started with, but who is on call is always as the newest
// version says. No version is ever deleted.
//
// A plan that is not fit for use is a *plan.Error with every problem in it.
func (e *Engine) SavePlan(ctx context.Context, tenant string, actor incident.Actor, document []byte) (incident.PlanRef, error) {
	if err := actor.Validate(); err != nil {
		return incident.PlanRef{}, err
	}
	stream := storage.Stream{Tenant: tenant, ID: streamPlan}
	if err := checkStream("SavePlan", stream); err != nil {
		return incident.PlanRef{}, err
	}
	p, err := plan.Parse(document)
	if err != nil {
		return incident.PlanRef{}, err
	}
	if err := e.checkPlan(p); err != nil {
		return incident.PlanRef{}, err
	}
	data, err := json.Marshal(savedPlan{Actor: actor, Digest: p.Digest(), Document: p.Document()})
	if err != nil {
		return incident.PlanRef{}, err
	}
	for range maxConflicts {
		head, err := e.store.Load(ctx, storage.Ref{Tenant: tenant, ID: streamPlan})
		if err != nil {
			return incident.PlanRef{}, fmt.Errorf("load plan: %w", err)
		}
		ref := incident.PlanRef{Tenant: tenant, Version: head.Version}
		if saved, err := decodePlan(head.Snapshot.Data); err == nil && saved.Digest == p.Digest() {
			return ref, nil
		}
		ref.Version++
		_, err = e.store.Commit(ctx, storage.Change{
			Stream:   stream,
			Expect:   head.Version,
			Events:   []storage.Event{{Version: ref.Version, Type: planSaved, RecordedAt: head.Now, Data: data}},
			Snapshot: storage.Snapshot{Kind: kindPlan, Status: "current", Data: data},
		})
		if errors.Is(err, storage.ErrConflict) && ctx.Err() == nil {
			continue
		}
		if err != nil {
			return incident.PlanRef{}, fmt.Errorf("save plan: %w", err)
		}
		e.plans.put(ref, p)
		for _, w := range p.Warnings(head.Now) {
			e.log.WarnContext(ctx, "the plan is doubtful", "tenant", tenant, "version", ref.Version, "path", w.Path, "line", w.Line, "want", w.Want)
		}
		e.log.InfoContext(ctx, "plan saved", "tenant", tenant, "version", ref.Version, "actor", actor.String())
		return ref, nil
	}
	return incident.PlanRef{}, fmt.Errorf("%w: the plan of %s", ErrBusy, tenant)
}

// checkPlan refuses a plan that this engine could not carry out.
func (e *Engine) checkPlan(p *plan.Plan) error {
	var problems []plan.Problem
	people := 0
	for person := range p.People() {
		for j, c := range person.Contacts {
			if _, ok := e.cfg.Notifiers[c.Channel]; !ok {
				problems = append(problems, p.Problem(
					fmt.Sprintf("/people/%d/contacts/%d/channel", people, j),
					fmt.Sprintf("a channel that this engine has a notifier for (%s), not %q", e.cfg.channels(), c.Channel),
				))
			}
		}
		people++
	}
	places, err := e.checkPlaces(p)
	if err != nil {
		return err
	}
	problems = append(problems, places...)
	if people == 0 && e.cfg.Directory == nil {
		problems = append(problems, p.Problem("/people", "at least one person, because the engine has no directory of people"))
	}
	if len(problems) > 0 {
		return &plan.Error{Problems: problems}
	}
	return nil
}

// checkPlaces looks at what is paged besides people.
func (e *Engine) checkPlaces(p *plan.Plan) ([]plan.Problem, error) {
	var spec plan.Spec
	if err := json.Unmarshal(p.Document(), &spec); err != nil {
		return nil, fmt.Errorf("read the plan again: %w", err)
	}
	var problems []plan.Problem
	check := func(channel, path string, at ...any) {
		if _, ok := e.cfg.Notifiers[channel]; !ok {
			problems = append(problems, p.Problem(fmt.Sprintf(path, at...),
				fmt.Sprintf("a channel that this engine has a notifier for (%s), not %q", e.cfg.channels(), channel)))
		}
	}
	for i, v := range spec.Vendors {
		for j, c := range v.Contacts {
			check(c.Channel, "/vendors/%d/contacts/%d/channel", i, j)
		}
	}
	for i, c := range spec.Channels {
		check(c.Channel, "/channels/%d/channel", i)
	}
	for i, w := range spec.Webhooks {
		place, _ := p.Place(escalation.TargetWebhook, w.ID) // it may leave the channel out
		check(place.Contact.Channel, "/webhooks/%d/channel", i)
	}
	return problems, nil
}

// Plan returns the plan that a new incident of the tenant would start with, and
// its version. Without one it returns ErrNoPlan.
func (e *Engine) Plan(ctx context.Context, tenant string) (*plan.Plan, incident.PlanRef, error) {
	return e.currentPlan(ctx, tenant)
}

func (e *Engine) currentPlan(ctx context.Context, tenant string) (*plan.Plan, incident.PlanRef, error) {
	for _, owner := range []string{tenant, e.cfg.PlanTenant} {
		if owner == "" {
			continue
		}
		head, err := e.store.Load(ctx, storage.Ref{Tenant: owner, ID: streamPlan})
		if err != nil {
			return nil, incident.PlanRef{}, fmt.Errorf("load plan: %w", err)
		}
		if head.Version == 0 {
			continue
		}
		ref := incident.PlanRef{Tenant: owner, Version: head.Version}
		p, err := e.plans.get(ref, func() ([]byte, error) { return head.Snapshot.Data, nil })
		return p, ref, err
	}
	return nil, incident.PlanRef{}, fmt.Errorf("%w for tenant %s", ErrNoPlan, tenant)
}

// pinnedPlan returns one version of a plan, however old.
func (e *Engine) pinnedPlan(ctx context.Context, ref incident.PlanRef) (*plan.Plan, error) {
	if ref.Version == 0 {
		return nil, fmt.Errorf("%w: version 0 of the plan of %s", ErrNotFound, ref.Tenant)
	}
	return e.plans.get(ref, func() ([]byte, error) {
		events, err := e.store.Events(ctx, storage.Stream{Tenant: ref.Tenant, ID: streamPlan}, storage.EventsQuery{After: ref.Version - 1, Limit: 1})
		if err != nil {
			return nil, fmt.Errorf("load plan: %w", err)
		}
		if len(events) == 0 {
			return nil, fmt.Errorf("%w: version %d of the plan of %s", ErrNotFound, ref.Version, ref.Tenant)
		}
		return events[0].Data, nil
	})
}

func decodePlan(data []byte) (savedPlan, error) {
	var saved savedPlan
	if err := json.Unmarshal(data, &saved); err != nil {
		return saved, &incident.CodecError{What: "plan", Got: string(data), Want: "an encoded plan", Err: err}
	}
	return saved, nil
}

// planCache keeps compiled plans. Versions never change, so that it never needs
// to forget one but for space.
type planCache struct {
	mu    sync.Mutex
	byRef map[incident.PlanRef]*plan.Plan
}

// maxPlans is how many compiled plans are kept.
const maxPlans = 256

func (c *planCache) put(ref incident.PlanRef, p *plan.Plan) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.byRef) >= maxPlans {
		clear(c.byRef)
	}
	c.byRef[ref] = p
}

func (c *planCache) get(ref incident.PlanRef, read func() ([]byte, error)) (*plan.Plan, error) {
	c.mu.Lock()
	p, ok := c.byRef[ref]
	c.mu.Unlock()
	if ok {
		return p, nil
	}
	data, err := read()
	if err != nil {
		return nil, err
	}
	saved, err := decodePlan(data)
	if err != nil {
		return nil, err
	}
	p, err = plan.Parse(saved.Document)
	if err != nil {
		return nil, fmt.Errorf("version %d of the plan of %s: %w", ref.Version, ref.Tenant, err)
	}
	c.put(ref, p)
	return p, nil
}
