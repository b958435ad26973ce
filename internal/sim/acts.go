package sim

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/incidentkit/incidentkit"
	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/internal/oracle"
	"github.com/incidentkit/incidentkit/plan"
	"github.com/incidentkit/incidentkit/storage"
)

// request is something that a host asks an engine for. Where it gets no clear
// answer it asks again, with the same operation, at any replica that answers.
type request struct {
	move    int // that it belongs to
	replica int // which is asked first
	act     oracle.Act
	plan    *oracle.Plan // that is saved
	do      func(context.Context, *incidentkit.Engine, *oracle.Act) error
	tries   int
}

const maxTries = 6

// ask makes a request.
func (w *world) ask(r request) {
	p := w.processes[r.replica%len(w.processes)]
	for i := 1; i < len(w.processes) && (p.dead || p.draining); i++ {
		p = w.processes[(r.replica+i)%len(w.processes)]
	}
	if p.dead || p.draining { // nobody takes the call
		w.again(r)
		return
	}
	w.asking++
	t := w.begin(w.now, p, func() {
		w.carryOut(p, r)
		w.asking--
	})
	t.move, t.plan = r.move, r.plan
}

func (w *world) carryOut(p *process, r request) {
	if p.dead {
		w.again(r)
		return
	}
	r.act.Replica = p.String()
	r.act.Begun = w.current.began
	place := len(w.history.Acts)
	w.history.Acts = append(w.history.Acts, r.act) // in the order in which they begin
	w.tracef(p, "is asked to %s by %s: %s/%s %v (operation %q)", r.act.Kind, r.act.Actor, r.act.Tenant, r.act.Incident, r.act.Keys, r.act.Operation)
	act := r.act
	err := r.do(p.ctx, p.engine, &act)
	act.Ended = w.here()
	switch {
	case p.dead: // whoever asked has no answer
		act.Result, act.Receipts, act.Version = oracle.Uncertain, nil, 0
	case err == nil:
		act.Result = oracle.OK
	case refused(err) && act.Kind != string(incident.MergeAction):
		act.Result = oracle.Rejected
	}
	w.history.Acts[place] = act
	w.tracef(p, "answers %s for %s/%s: %v", act.Kind, act.Tenant, act.Incident, err)
	w.count("act " + act.Kind)
	w.learn(r.move, act)
	if act.Result == oracle.Uncertain && !refused(err) { // a merge that was refused may have been taken back
		w.count("uncertain " + act.Kind)
		w.again(r)
	}
}

// learn remembers which incidents a move led to.
func (w *world) learn(move int, act oracle.Act) {
	if act.Result != oracle.OK {
		return
	}
	for _, receipt := range act.Receipts {
		if receipt.Incident != "" {
			w.incidents[move] = append(w.incidents[move], receipt.Incident)
		}
	}
	if act.Kind == string(incident.DeclareAction) {
		w.incidents[move] = append(w.incidents[move], act.Incident)
	}
}

// again makes a request once more, after a while.
func (w *world) again(r request) {
	if r.tries++; r.tries < maxTries || w.dice.calm && r.tries < 2*maxTries {
		r.replica++
		w.asking++
		w.at(w.now.Add(time.Duration(r.tries)*2*time.Second), func() {
			w.asking--
			w.ask(r)
		})
	}
}

// refused reports whether an error says that nothing was done, and never will be.
func refused(err error) bool {
	var plans *plan.Error
	return errors.Is(err, incident.ErrInvalid) || errors.Is(err, incident.ErrForbidden) || errors.Is(err, incident.ErrRefused) ||
		errors.Is(err, incidentkit.ErrNotFound) || errors.Is(err, incidentkit.ErrNoPlan) || errors.Is(err, storage.ErrKeyTaken) ||
		errors.As(err, &plans)
}

// command asks for something to be done about an incident.
func (w *world) command(move, replica int, tenant, who string, id incident.ID, operation string, action incident.Action) {
	w.ask(request{
		move: move, replica: replica,
		act: oracle.Act{Kind: string(action.Name()), Tenant: tenant, Actor: who, Incident: id, Operation: operation},
		do: func(ctx context.Context, e *incidentkit.Engine, act *oracle.Act) error {
			in, err := e.Do(ctx, incident.Command{
				Tenant: tenant, Incident: id, Operation: operation,
				Actor: incident.Actor{Kind: incident.Person, ID: who}, Action: action,
			})
			if err == nil {
				act.Incident, act.Version = in.ID, in.Version
			}
			return err
		},
	})
}

// ingest hands in alerts.
func (w *world) ingest(move, replica int, tenant string, alerts []incident.Alert) {
	act := oracle.Act{Kind: "ingest", Tenant: tenant, Actor: "alertmanager"}
	seen := map[string]bool{}
	for _, a := range alerts {
		if a.Status == incident.Firing && !seen[a.DedupKey] {
			seen[a.DedupKey] = true
			act.Keys = append(act.Keys, a.DedupKey)
		}
	}
	w.ask(request{
		move: move, replica: replica, act: act,
		do: func(ctx context.Context, e *incidentkit.Engine, act *oracle.Act) error {
			receipts, err := e.Ingest(ctx, tenant, incident.Actor{Kind: incident.Automation, ID: "alertmanager"}, alerts)
			act.Receipts = receipts
			return err
		},
	})
}

// save saves the next plan of a tenant.
func (w *world) save(move, replica, tenant int) {
	t := w.scenario.Tenants[tenant]
	if w.plans[tenant] >= len(t.Plans) {
		return
	}
	next := &t.Plans[w.plans[tenant]]
	w.plans[tenant]++
	w.ask(request{
		move: move, replica: replica, plan: next,
		act: oracle.Act{Kind: "save_plan", Tenant: t.Name, Actor: "boss-" + t.Name},
		do: func(ctx context.Context, e *incidentkit.Engine, act *oracle.Act) error {
			ref, err := e.SavePlan(ctx, t.Name, incident.Actor{Kind: incident.Person, ID: "boss-" + t.Name}, next.Document())
			act.Version = ref.Version
			return err
		},
	})
}

// answers lets whoever gets a message do something about it, some time later.
func (w *world) answers(m comms.Message) {
	for f := Acknowledges; f <= Repages; f++ {
		r, falls := w.dice.falls(f, -1, m.Tenant, m.Incident)
		if !falls {
			continue
		}
		delay := pick(r, between(r, 0, 5*time.Second), between(r, 0, time.Minute), between(r, time.Minute, 6*time.Minute))
		replica := r.IntN(len(w.processes))
		until := between(r, time.Minute, 10*time.Minute)
		operation := fmt.Sprintf("%s-%d", f, w.dice.count[f])
		if oneIn(r, 4) {
			operation = ""
		}
		w.asking++
		w.at(w.now.Add(delay), func() {
			w.asking--
			w.command(0, replica, m.Tenant, m.To.Person, incident.ID(m.Incident), operation, w.answer(f, m.Tenant, until))
		})
		return
	}
}

// answer is what somebody says to a page.
func (w *world) answer(f Fault, tenant string, until time.Duration) incident.Action {
	switch f {
	case Declines:
		return incident.DeclinePage{Reason: "on a train"}
	case Snoozes:
		return incident.Snooze{Until: w.clock().Add(until)}
	case HandsBack:
		return incident.HandBack{Reason: "cannot go on"}
	case Reassigns:
		return incident.Reassign{To: []incident.Target{{Type: "person", ID: "dora-" + tenant}}}
	case AsksNext:
		return incident.EscalateNext{Reason: "beyond me"}
	case Repages:
		return incident.Repage{Reason: "nobody comes"}
	default:
		return incident.Acknowledge{}
	}
}
