package incidentkit

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/plan"
	"github.com/incidentkit/incidentkit/storage"
)

// Ingest takes alerts in: each goes to the open incident that holds its dedup
// key or, if it fires and there is none, opens one as the plan's routes say. An
// alert that no route matches is opened too. Ingest returns one receipt for each
// key, in the order in which the keys first appear, and only when everything is
// durable.
//
// It is idempotent: alerts that say nothing new change nothing, so that a sender
// who got no answer sends them again. An alert that resolves is recorded; it
// never resolves the incident.
//
// A malformed alert is a *incident.FieldError, and nothing is taken in. Any other
// error comes with the receipts of the keys before it.
func (e *Engine) Ingest(ctx context.Context, tenant string, actor incident.Actor, alerts []incident.Alert) ([]incident.Receipt, error) {
	if err := actor.Validate(); err != nil {
		return nil, err
	}
	if actor.Kind != incident.Person && actor.Kind != incident.Automation {
		return nil, &incident.ForbiddenError{
			Actor: actor, Action: incident.RecordAlertsAction, Allowed: []incident.ActorKind{incident.Person, incident.Automation},
		}
	}
	if err := checkStream("Ingest", storage.Stream{Tenant: tenant, ID: "new"}); err != nil {
		return nil, err
	}
	if len(alerts) > incident.MaxAlerts {
		return nil, &incident.FieldError{Field: "Ingest.Alerts", Want: fmt.Sprintf("at most %d alerts, not %d", incident.MaxAlerts, len(alerts))}
	}
	var keys []string
	byKey := map[string][]incident.Alert{}
	for i, a := range alerts {
		if err := a.Validate(); err != nil {
			if field, ok := errors.AsType[*incident.FieldError](err); ok {
				return nil, &incident.FieldError{Field: fmt.Sprintf("Ingest.Alerts[%d].%s", i, strings.TrimPrefix(field.Field, "Alert.")), Want: field.Want}
			}
			return nil, err
		}
		if _, ok := byKey[a.DedupKey]; !ok {
			keys = append(keys, a.DedupKey)
		}
		byKey[a.DedupKey] = append(byKey[a.DedupKey], a)
	}
	receipts := make([]incident.Receipt, 0, len(keys))
	for _, key := range keys {
		r, err := e.ingest(ctx, tenant, actor, key, byKey[key])
		if errors.Is(err, incident.ErrInvalid) {
			// The alerts are well-formed: it is not their sender's fault, who would
			// drop them if told that it were.
			return receipts, fmt.Errorf("ingest %s: %s", key, err) //nolint:errorlint // on purpose, see above
		}
		if err != nil {
			return receipts, fmt.Errorf("ingest %s: %w", key, err)
		}
		e.log.InfoContext(ctx, "alerts taken in", "tenant", tenant, "incident", string(r.Incident), "did", string(r.Action), "alerts", r.Alerts, "news", r.Recorded)
		receipts = append(receipts, r)
	}
	return receipts, nil
}

// ingest takes in the alerts of one key. Where the incident is opened, resolved
// or merged at the same moment, it looks again.
func (e *Engine) ingest(ctx context.Context, tenant string, actor incident.Actor, key string, alerts []incident.Alert) (incident.Receipt, error) {
	for range maxConflicts {
		r, err := e.ingestOnce(ctx, tenant, actor, key, alerts)
		var refused *incident.RefusedError
		if ctx.Err() == nil && (errors.Is(err, storage.ErrKeyTaken) || errors.Is(err, storage.ErrConflict) || errors.As(err, &refused)) {
			continue
		}
		r.DedupKey, r.Alerts = key, len(alerts)
		return r, err
	}
	return incident.Receipt{}, fmt.Errorf("%w: dedup key %s", ErrBusy, key)
}

func (e *Engine) ingestOnce(ctx context.Context, tenant string, actor incident.Actor, key string, alerts []incident.Alert) (incident.Receipt, error) {
	head, err := e.store.Load(ctx, storage.Ref{Tenant: tenant, Key: alertKey + key})
	if err != nil {
		return incident.Receipt{}, fmt.Errorf("load: %w", err)
	}
	if head.Version == 0 {
		return e.openFor(ctx, tenant, actor, key, alerts, head.Now)
	}
	in, err := decodeHead(head)
	if err != nil {
		return incident.Receipt{}, fmt.Errorf("incident %s: %w", head.Stream, err)
	}
	into, err := e.followMerges(ctx, in)
	if err != nil {
		return incident.Receipt{}, err
	}
	if !into.Status.Open() { // the key is free again, and is taken from its holder
		return e.openFor(ctx, tenant, actor, key, alerts, head.Now)
	}
	return e.attach(ctx, in, into, actor, alerts)
}

// releaseStale takes a dedup key away from an incident that was merged into one
// that is over by now, and reports whether it did.
func (e *Engine) releaseStale(ctx context.Context, taken *storage.KeyTakenError) (bool, error) {
	if !strings.HasPrefix(taken.Key, alertKey) {
		return false, nil
	}
	owner, err := e.Incident(ctx, taken.Owner.Tenant, incident.ID(taken.Owner.ID))
	if err != nil || owner.Status != incident.Merged {
		return false, err
	}
	into, err := e.followMerges(ctx, owner)
	if err != nil || into.Status.Open() {
		return false, err
	}
	_, err = e.store.Commit(ctx, storage.Change{Stream: taken.Owner, Expect: owner.Version, Release: []string{taken.Key}})
	if err != nil && !errors.Is(err, storage.ErrConflict) {
		return false, err
	}
	return true, nil
}

// followMerges returns the incident that in the end took over what in was merged
// into; in itself if it was not merged.
func (e *Engine) followMerges(ctx context.Context, in incident.Incident) (incident.Incident, error) {
	seen := map[incident.ID]bool{}
	for in.Status == incident.Merged && !seen[in.ID] {
		seen[in.ID] = true
		next, err := e.Incident(ctx, in.Tenant, in.MergedInto)
		if err != nil {
			return in, err
		}
		in = next
	}
	return in, nil
}

// attach records alerts on an open incident. They were found by a key of holder,
// which is the same one, or one that was merged into it.
func (e *Engine) attach(ctx context.Context, holder, in incident.Incident, actor incident.Actor, alerts []incident.Alert) (incident.Receipt, error) {
	recorded := 0
	stream := storage.Stream{Tenant: in.Tenant, ID: string(in.ID)}
	_, err := e.change(ctx, stream, changeOptions{}, func(ctx context.Context, t *turn) error {
		recorded = 0
		err := e.decide(ctx, t, incident.Command{
			Tenant: in.Tenant, Incident: in.ID, Actor: actor, Action: incident.RecordAlerts{Alerts: alerts},
		})
		var news []incident.Alert
		for _, ev := range t.events {
			if p, ok := ev.Payload.(incident.AlertsRecorded); ok {
				news = p.Alerts
			}
		}
		recorded = len(news)
		if err != nil {
			return err
		}
		return e.reactTo(ctx, t, actor, freshFirings(news, holder, t.before))
	})
	r := incident.Receipt{Incident: in.ID, Action: incident.Attached, Recorded: recorded}
	if recorded == 0 {
		r.Action = incident.Repeated
	}
	return r, err
}

// reactTo does what must not wait for somebody to look at the timeline, when
// alerts that are new to an incident fire: one that was mitigated is active again,
// one whose escalation was exhausted is escalated anew, and one for which a route
// names a higher severity than a route did before gets that severity and is
// escalated anew. A severity that a human has set stands.
func (e *Engine) reactTo(ctx context.Context, t *turn, actor incident.Actor, firing []incident.Alert) error {
	if len(firing) == 0 {
		return nil
	}
	do := func(action incident.Action) error {
		return e.decide(ctx, t, incident.Command{Tenant: t.in.Tenant, Incident: t.in.ID, Actor: actor, Action: action})
	}
	why := "an alert fires: " + clip(firing[0].Summary, 400)
	raised, err := e.raiseSeverity(ctx, t, firing, do)
	if err != nil {
		return err
	}
	run, ok := t.in.CurrentRun()
	switch {
	case t.in.Status == incident.Mitigated:
		return do(incident.Reopen{Reason: why})
	case !ok || run.State == incident.Running || t.in.Kind != incident.Standard:
		return nil
	case run.State == incident.Exhausted:
		return do(incident.Escalate{Reason: why + ", and nobody has answered so far"})
	case raised:
		return do(incident.Escalate{Reason: why + ", and the severity is now " + t.in.Severity})
	}
	return nil
}

// freshFirings returns the alerts that fire, without those that come late or once
// more: an incident has seen them fire at the same time or later.
func freshFirings(alerts []incident.Alert, seenBy ...incident.Incident) []incident.Alert {
	return slices.DeleteFunc(slices.Clone(alerts), func(a incident.Alert) bool {
		return a.Status != incident.Firing || slices.ContainsFunc(seenBy, func(in incident.Incident) bool {
			known, ok := in.Alert(a)
			return ok && !a.StartsAt.IsZero() && !a.StartsAt.After(known.StartsAt)
		})
	})
}

// raiseSeverity sets the highest severity that the routes of the incident's plan
// give to the alerts, where that is more than what a program has set.
func (e *Engine) raiseSeverity(ctx context.Context, t *turn, firing []incident.Alert, do func(incident.Action) error) (bool, error) {
	p, err := e.pinnedPlan(ctx, t.in.Plan)
	if err != nil {
		return false, err
	}
	worst := t.in.Severity
	for _, a := range firing {
		s := p.Route(a.Labels).Severity
		if s == "" {
			continue
		}
		if worse, err := p.Severities().Compare(s, worst); worst == "" || err == nil && worse > 0 {
			worst = s
		}
	}
	if worst == t.in.Severity || t.in.Severity != "" && t.in.SeverityBy != incident.Automation {
		return false, nil
	}
	return true, do(incident.SetSeverity{Severity: worst, Reason: "the plan's route for an alert that fires"})
}

// openFor opens an incident for the alerts of a key, if one of them fires.
func (e *Engine) openFor(ctx context.Context, tenant string, actor incident.Actor, key string, alerts []incident.Alert, now time.Time) (incident.Receipt, error) {
	var first *incident.Alert
	firing := 0
	for i := range alerts {
		if alerts[i].Status == incident.Firing {
			firing++
			if first == nil {
				first = &alerts[i]
			}
		}
	}
	if first == nil {
		return incident.Receipt{Action: incident.Ignored}, nil
	}
	p, ref, err := e.currentPlan(ctx, tenant)
	if err != nil {
		return incident.Receipt{}, err
	}
	open := openingFor(p, *first, firing, now)
	open.DedupKeys, open.Alerts = []string{key}, alerts
	in, err := e.begin(ctx, incident.Command{
		Tenant: tenant, Incident: incident.ID(e.cfg.NewID()), Actor: actor, Action: open,
	}, p, ref)
	return incident.Receipt{Incident: in.ID, Action: incident.Opened, Recorded: len(in.Alerts)}, err
}

// openingFor says how the plan's routes open an incident for an alert. A sender
// whose clock is ahead must not have its alert refused: nothing starts after now.
func openingFor(p *plan.Plan, a incident.Alert, firing int, now time.Time) incident.Open {
	route := p.Route(a.Labels)
	open := incident.Open{
		Declare: route.Active, Title: clip(a.Summary, incident.MaxTitle-40), Description: clip(describe(a), incident.MaxText-4),
		Severity: route.Severity, Policy: route.Policy, StartedAt: a.StartsAt,
	}
	if a.StartsAt.After(now) {
		open.StartedAt = now
	}
	if firing > 1 {
		open.Title += fmt.Sprintf(" (and %d more)", firing-1)
	}
	if route.Component != "" {
		open.Components = []string{route.Component}
	}
	return open
}

// describe says what an alert is about: its text, its labels, which tell where,
// and where its source shows it.
func describe(a incident.Alert) string {
	var parts []string
	if a.Description != "" {
		parts = append(parts, a.Description)
	}
	var labels []string
	for _, name := range slices.Sorted(maps.Keys(a.Labels)) {
		labels = append(labels, name+"="+a.Labels[name])
	}
	if len(labels) > 0 {
		parts = append(parts, strings.Join(labels, ", "))
	}
	if a.URL != "" {
		parts = append(parts, a.URL)
	}
	return strings.Join(parts, "\n\n")
}
