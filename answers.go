package incidentkit

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/incident"
)

// reply is what a command answers to an escalation.
type reply struct {
	run    incident.Run
	ladder *escalation.Ladder
	before escalation.Progress
	answer escalation.Answer
}

// reply returns what a command answers; nil where it is no answer, or there is
// nothing that it could answer.
func (t *turn) reply(ctx context.Context, cmd incident.Command) (*reply, error) {
	answer := escalation.Answer{By: cmd.Actor.ID, At: t.now}
	switch a := cmd.Action.(type) {
	case incident.Acknowledge:
		answer.Kind = escalation.Acknowledge
	case incident.DeclinePage:
		answer.Kind = escalation.Decline
	case incident.Snooze:
		answer.Kind, answer.Until = escalation.Snooze, a.Until
	case incident.HandBack:
		answer.Kind = escalation.HandBack
	case incident.Reassign:
		answer.Kind = escalation.Reassign
		for _, target := range a.To {
			answer.To = append(answer.To, escalation.Target{
				Type: escalation.TargetType(target.Type), ID: target.ID, Mode: escalation.Mode(target.Mode),
			})
		}
	case incident.Repage:
		answer.Kind = escalation.Repage
	case incident.EscalateNext:
		answer.Kind = escalation.Escalate
	default:
		return nil, nil
	}
	run, ok := cmd.Run(t.in)
	if !ok {
		return nil, nil
	}
	ladder, err := t.ladder(ctx, run)
	if err != nil {
		return nil, err
	}
	before, err := progressOf(run)
	return &reply{run: run, ladder: ladder, before: before, answer: answer}, err
}

// asked says what a decision on the command has to know of the escalation.
func (t *turn) asked(ctx context.Context, r *reply) (incident.Escalation, error) {
	var known incident.Escalation
	switch {
	case r == nil:
	case r.answer.Kind == escalation.Acknowledge:
		after, err := r.ladder.Answer(r.before, r.answer)
		if err == nil && after.State == escalation.Running {
			for _, a := range after.Awaiting {
				if a.Person != "" {
					known.Awaits = append(known.Awaits, a.Person)
				}
			}
		}
	case r.answer.Kind == escalation.Escalate:
		facts, err := t.facts(ctx, r.run)
		if err != nil {
			return known, err
		}
		known.Tier, known.Missing = r.ladder.Missing(r.before, t.now, facts)
	}
	return known, nil
}

// give hands an answer that has been recorded to its escalation.
func (t *turn) give(ctx context.Context, cmd incident.Command, r *reply) error {
	if err := t.checkTargets(ctx, r); err != nil {
		return err
	}
	after, err := r.ladder.Answer(r.before, r.answer)
	if err != nil {
		return t.refusal(cmd, err)
	}
	if err := t.saveProgress(r.run.ID, after); err != nil {
		return err
	}
	by := r.answer.By
	return t.withdrawWhere(func(page incident.Page) string {
		why := t.unwanted(page)
		switch {
		case !page.Answered || page.Run != r.run.ID:
		case r.answer.Kind == escalation.Reassign:
			return "reassigned by " + by
		case page.Person == by:
			return by + " has answered"
		}
		return why
	})
}

// refusal puts what the escalation refuses in the words of a command.
func (t *turn) refusal(cmd incident.Command, err error) error {
	wrong, ok := errors.AsType[*escalation.AnswerError](err)
	if !ok {
		return err
	}
	if wrong.Field == "" {
		return &incident.RefusedError{
			Status: t.in.Status, Action: cmd.Action.Name(), Allowed: incident.ActionsIn(t.in.Status), Want: wrong.Want,
		}
	}
	parts := strings.Split(wrong.Field, ".")
	for i, p := range parts {
		if p == "id" {
			p = "ID"
		}
		parts[i] = strings.ToUpper(p[:1]) + p[1:]
	}
	return &incident.FieldError{Field: reflect.TypeOf(cmd.Action).Name() + "." + strings.Join(parts, "."), Want: wrong.Want}
}

// checkTargets refuses a target that nobody knows.
func (t *turn) checkTargets(ctx context.Context, r *reply) error {
	if len(r.answer.To) == 0 {
		return nil
	}
	who := t.resolver(ctx, r.run)
	if err := who.load(); err != nil {
		return err
	}
	for i, target := range r.answer.To {
		if !who.knows(target) {
			return &incident.FieldError{
				Field: fmt.Sprintf("Reassign.To[%d]", i),
				Want:  fmt.Sprintf("a person, schedule, team, channel, webhook or vendor of the plan, not %q", target),
			}
		}
	}
	return nil
}
