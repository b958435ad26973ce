package incidentkit

import (
	"context"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"unicode"

	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/plan"
	"github.com/incidentkit/incidentkit/storage"
)

// Do carries out one command and returns the incident as it is afterwards. When
// it returns nil, everything that follows from the command is durable: the
// events, the pages it leads to, and the next wake-up.
//
// Besides the errors of [incident.Decide] it returns ErrNotFound for an incident
// the tenant does not have, ErrNoPlan where a new one finds no plan, a
// *storage.KeyTakenError where another open incident holds a dedup key that this
// one needs, and ErrBusy. An error of the store may leave the outcome unknown:
// send the command again with the same Operation to find out.
func (e *Engine) Do(ctx context.Context, cmd incident.Command) (incident.Incident, error) {
	if open, ok := cmd.Action.(incident.Open); ok {
		return e.open(ctx, cmd, open)
	}
	if reflect.ValueOf(cmd.Action).Kind() == reflect.Pointer {
		return incident.Incident{}, &incident.FieldError{Field: "Command.Action", Want: fmt.Sprintf("an action by value, not a %T", cmd.Action)}
	}
	stream := storage.Stream{Tenant: cmd.Tenant, ID: string(cmd.Incident)}
	if err := checkStream("Command", stream); err != nil {
		return incident.Incident{}, err
	}
	in, err := e.carryOut(ctx, stream, cmd)
	if err != nil && cmd.Operation != "" && !errors.Is(err, ErrNotFound) && e.replayed(ctx, stream, cmd.Operation) {
		return e.Incident(ctx, cmd.Tenant, cmd.Incident)
	}
	return in, err
}

func (e *Engine) carryOut(ctx context.Context, stream storage.Stream, cmd incident.Command) (incident.Incident, error) {
	if merge, ok := cmd.Action.(incident.Merge); ok {
		if err := e.takeOver(ctx, cmd, merge); err != nil {
			return incident.Incident{}, err
		}
	}
	in, err := e.change(ctx, stream, changeOptions{operation: cmd.Operation}, func(ctx context.Context, t *turn) error {
		return e.decide(ctx, t, cmd)
	})
	if merge, ok := cmd.Action.(incident.Merge); ok && err == nil {
		return e.checkMerged(ctx, stream, in, merge)
	}
	return in, err
}

// checkMerged takes a merge back that leads to nothing that is open: the other
// incident was resolved, or merged in a circle, at the same moment.
func (e *Engine) checkMerged(ctx context.Context, stream storage.Stream, in incident.Incident, m incident.Merge) (incident.Incident, error) {
	into, err := e.followMerges(ctx, in)
	if err != nil || into.Status.Open() {
		return in, err
	}
	in, err = e.change(ctx, stream, changeOptions{}, func(ctx context.Context, t *turn) error {
		if t.in.Status != incident.Merged {
			return nil
		}
		return e.decide(ctx, t, incident.Command{
			Tenant: stream.Tenant, Incident: incident.ID(stream.ID), Actor: self,
			Action: incident.Reopen{Reason: "the incident it was merged into is not open any more"},
		})
	})
	if err != nil {
		return in, err
	}
	return in, &incident.FieldError{Field: "Merge.Into", Want: fmt.Sprintf("an incident that is open; %s was %s at the same moment", m.Into, into.Status)}
}

// decide records what a command on an existing incident leads to.
func (e *Engine) decide(ctx context.Context, t *turn, cmd incident.Command) error {
	if !t.in.Exists() {
		return fmt.Errorf("%w: incident %s", ErrNotFound, cmd.Incident)
	}
	p, err := e.pinnedPlan(ctx, t.in.Plan)
	if err != nil {
		return err
	}
	answer, err := t.reply(ctx, cmd)
	if err != nil {
		return err
	}
	known, err := t.asked(ctx, answer)
	if err != nil {
		return err
	}
	events, err := incident.Decide(t.in, cmd, incident.Env{Now: t.now, Severities: p.Severities(), Plan: t.in.Plan, Escalation: known})
	if err != nil {
		return err
	}
	if err := t.record(events); err != nil || answer == nil {
		return err
	}
	return t.give(ctx, cmd, answer)
}

// takeOver tells the other incident that this one is going to be merged into it.
// It comes before the merge, so that of two incidents that are merged into each
// other at the same moment both are refused rather than both gone.
func (e *Engine) takeOver(ctx context.Context, cmd incident.Command, m incident.Merge) error {
	head, err := e.head(ctx, cmd.Tenant, cmd.Incident)
	if err != nil {
		return err
	}
	in, err := decodeHead(head)
	if err != nil {
		return fmt.Errorf("incident %s: %w", cmd.Incident, err)
	}
	if _, err := incident.Decide(in, cmd, incident.Env{Now: head.Now}); err != nil {
		return err
	}
	stream := storage.Stream{Tenant: cmd.Tenant, ID: string(m.Into)}
	_, err = e.change(ctx, stream, changeOptions{}, func(ctx context.Context, t *turn) error {
		if err := checkMerge(in, t.in, m); err != nil {
			return err
		}
		return e.decide(ctx, t, incident.Command{
			Tenant: cmd.Tenant, Incident: m.Into, Actor: self, Action: incident.Absorb{From: cmd.Incident},
		})
	})
	return err
}

// checkMerge refuses a merge into what is not there, is over, or is of another
// kind.
func checkMerge(in, into incident.Incident, m incident.Merge) error {
	if !into.Exists() {
		return fmt.Errorf("%w: incident %s", ErrNotFound, m.Into)
	}
	if !into.Status.Open() {
		return &incident.FieldError{Field: "Merge.Into", Want: fmt.Sprintf("an incident that is triage, active or mitigated; %s is %s", m.Into, into.Status)}
	}
	if into.Kind != in.Kind {
		return &incident.FieldError{Field: "Merge.Into", Want: fmt.Sprintf("a %s incident, as this one is; %s is a %s one", in.Kind, m.Into, into.Kind)}
	}
	return nil
}

// replayed reports whether an operation was committed before. It asks with a
// change that can never be applied: a store looks for the operation before it
// looks at the version.
func (e *Engine) replayed(ctx context.Context, stream storage.Stream, operation string) bool {
	done, err := e.store.Commit(ctx, storage.Change{Stream: stream, Operation: operation, Expect: math.MaxInt64})
	return err == nil && done.Replayed
}

// open makes a new incident under the tenant's current plan.
func (e *Engine) open(ctx context.Context, cmd incident.Command, open incident.Open) (incident.Incident, error) {
	if cmd.Incident != "" {
		return incident.Incident{}, &incident.FieldError{Field: "Command.Incident", Want: "no id for a new incident: the engine makes it"}
	}
	if err := checkStream("Command", storage.Stream{Tenant: cmd.Tenant, ID: "new"}); err != nil {
		return incident.Incident{}, err
	}
	if cmd.Operation != "" {
		head, err := e.store.Load(ctx, storage.Ref{Tenant: cmd.Tenant, Key: operationKey + cmd.Operation})
		if err != nil {
			return incident.Incident{}, fmt.Errorf("load operation: %w", err)
		}
		if head.Version > 0 {
			return e.Incident(ctx, cmd.Tenant, incident.ID(head.Stream.ID))
		}
	}
	p, ref, err := e.currentPlan(ctx, cmd.Tenant)
	if err != nil {
		return incident.Incident{}, err
	}
	if open.Policy == "" && open.Kind != incident.Retrospective {
		open.Policy = policyFor(p, open.Components)
	}
	if err := checkOpen(p, open); err != nil {
		return incident.Incident{}, err
	}
	cmd.Incident = incident.ID(e.cfg.NewID())
	cmd.Action = open
	in, err := e.begin(ctx, cmd, p, ref)

	var taken *storage.KeyTakenError
	if cmd.Operation != "" && errors.As(err, &taken) && taken.Key == operationKey+cmd.Operation {
		return e.Incident(ctx, cmd.Tenant, incident.ID(taken.Owner.ID))
	}
	return in, err
}

// begin commits the first turn of a new incident. A repeated operation meets the
// key that the first one took.
func (e *Engine) begin(ctx context.Context, cmd incident.Command, p *plan.Plan, ref incident.PlanRef) (incident.Incident, error) {
	stream := storage.Stream{Tenant: cmd.Tenant, ID: string(cmd.Incident)}
	return e.change(ctx, stream, changeOptions{}, func(_ context.Context, t *turn) error {
		events, err := incident.Decide(t.in, cmd, incident.Env{Now: t.now, Severities: p.Severities(), Plan: ref})
		if err != nil {
			return err
		}
		if cmd.Operation != "" {
			t.take = append(t.take, operationKey+cmd.Operation)
		}
		return t.record(events)
	})
}

// policyFor returns the policy of the first component that has one, or else the
// plan's default.
func policyFor(p *plan.Plan, components []string) string {
	for _, id := range components {
		if c, ok := p.Component(id); ok && c.Policy != "" {
			return c.Policy
		}
	}
	return p.DefaultPolicy()
}

// checkOpen refuses what the plan does not know.
func checkOpen(p *plan.Plan, open incident.Open) error {
	if open.Policy != "" {
		if _, ok := p.Policy(open.Policy); !ok {
			return &incident.FieldError{Field: "Open.Policy", Want: fmt.Sprintf("a policy of the plan, not %q", open.Policy)}
		}
	}
	for i, c := range open.Components {
		if _, ok := p.Component(c); !ok {
			return &incident.FieldError{Field: fmt.Sprintf("Open.Components[%d]", i), Want: fmt.Sprintf("a component of the plan, not %q", c)}
		}
	}
	return nil
}

// checkStream refuses ids that a store, or a message's key, cannot carry.
func checkStream(field string, s storage.Stream) error {
	if err := s.Validate(field); err != nil {
		return fieldError(err)
	}
	if strings.ContainsFunc(s.Tenant, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return &incident.FieldError{Field: field + ".Tenant", Want: "printable characters"}
	}
	return nil
}

// fieldError speaks of a malformed stream in the words of a command.
func fieldError(err error) error {
	var invalid *storage.InvalidError
	if !errors.As(err, &invalid) {
		return err
	}
	field := map[string]string{"Command.ID": "Command.Incident"}[invalid.Field]
	if field == "" {
		field = invalid.Field
	}
	return &incident.FieldError{Field: field, Want: invalid.Want}
}
