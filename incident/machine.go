package incident

import (
	"context"
	"errors"
	"slices"
	"sync"

	"github.com/qmuntal/stateless"
)

// machine is the table of rules as a state machine. It is built once and shared:
// the state lives outside, in the context of each firing, and firing is
// immediate, so that concurrent firings know nothing of each other.
var machine = sync.OnceValue(func() *stateless.StateMachine {
	m := stateless.NewStateMachineWithExternalStorage(
		func(ctx context.Context) (stateless.State, error) { return firingIn(ctx).status, nil },
		func(ctx context.Context, s stateless.State) error {
			to, ok := s.(Status)
			if !ok {
				return errUnhandled
			}
			firingIn(ctx).status = to
			return nil
		},
		stateless.FiringImmediate,
	)
	for _, r := range rules {
		conf := m.Configure(r.From)
		checks := make([]stateless.GuardFunc, len(r.Guards))
		for i, g := range r.Guards {
			checks[i] = func(ctx context.Context, _ ...any) bool {
				f := firingIn(ctx)
				return guards[g].holds(f.in, f.cmd, f.env)
			}
		}
		if r.From == r.To {
			conf.PermitReentry(r.Action, checks...)
		} else {
			conf.Permit(r.Action, r.To, checks...)
		}
	}
	m.OnUnhandledTrigger(func(context.Context, stateless.State, stateless.Trigger, []string) error {
		return errUnhandled
	})
	return m
})

var errUnhandled = errors.New("incident: no rule fires")

// firing carries one command through the machine.
type firing struct {
	in     Incident
	cmd    Command
	env    Env
	status Status
}

type firingKey struct{}

// firingIn returns what is being fired; without anything, the machine stands
// where no incident has been opened.
func firingIn(ctx context.Context) *firing {
	if f, ok := ctx.Value(firingKey{}).(*firing); ok {
		return f
	}
	return &firing{}
}

// fire asks the machine where an action leads. The actor has been validated,
// the incident's status has not.
func fire(in Incident, cmd Command, env Env) (Status, error) {
	if err := in.Status.check(); err != nil {
		return in.Status, err
	}
	name := cmd.Action.Name()
	i := slices.IndexFunc(rules, func(r Rule) bool { return r.From == in.Status && r.Action == name })
	if i < 0 {
		return in.Status, &RefusedError{Status: in.Status, Action: name, Allowed: ActionsIn(in.Status)}
	}
	if !slices.Contains(rules[i].By, cmd.Actor.Kind) {
		return in.Status, &ForbiddenError{Actor: cmd.Actor, Action: name, Allowed: slices.Clone(rules[i].By)}
	}
	f := &firing{in: in, cmd: cmd, env: env, status: in.Status}
	err := machine().FireCtx(context.WithValue(context.Background(), firingKey{}, f), name)
	if errors.Is(err, errUnhandled) {
		refused := &RefusedError{
			Status: in.Status, Action: name, Allowed: ActionsIn(in.Status),
			Unmet: unmet(rules[i].Guards, f),
		}
		if slices.Contains(refused.Unmet, PacketComplete) {
			refused.Missing = slices.Clone(env.Escalation.Missing)
		}
		return in.Status, refused
	}
	return f.status, err
}

// unmet names the guards that do not hold: the machine only knows them as
// functions.
func unmet(all []Guard, f *firing) []Guard {
	var out []Guard
	for _, g := range all {
		if !guards[g].holds(f.in, f.cmd, f.env) {
			out = append(out, g)
		}
	}
	return out
}

// check refuses a status that no rule knows, before the machine sees it.
func (s Status) check() error {
	switch s {
	case None, Triage, Active, Mitigated, Resolved, Closed, Declined, Canceled, Merged:
		return nil
	}
	return &CodecError{What: "status", Got: string(s), Want: "a status this version knows"}
}
