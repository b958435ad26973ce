package incidentkit

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/storage"
)

// escalate brings an incident's escalation up to date with what the turn has
// recorded and with the time: it starts a run, stops it, or lets it go on. It
// depends on nothing but the state and the time, so that it does no harm to
// call it too often.
func (t *turn) escalate(ctx context.Context) error {
	if t.wantsRun() {
		if err := t.startRun(); err != nil {
			return err
		}
	}
	run, ok := t.in.CurrentRun()
	if !ok {
		return nil
	}
	if err := t.settleRun(run); err != nil {
		return err
	}
	if run, _ = t.in.CurrentRun(); run.State == incident.Running {
		if err := t.advance(ctx, run); err != nil {
			return fmt.Errorf("escalate %s: %w", t.in.ID, err)
		}
	}
	return t.withdrawPages()
}

// wantsRun reports whether an escalation is missing: there is one for each time
// the incident was opened or reopened.
func (t *turn) wantsRun() bool {
	return t.in.Kind != incident.Retrospective && t.in.Policy != "" && paging(t.in.Status) &&
		len(t.in.Runs) <= t.in.Reopened
}

// paging reports whether people are paged while an incident has the status.
func paging(s incident.Status) bool { return s == incident.Triage || s == incident.Active }

func (t *turn) startRun() error {
	id := strconv.Itoa(len(t.in.Runs) + 1)
	if err := t.note(incident.EscalationStarted{Run: id, Policy: t.in.Policy, Plan: t.in.Plan}); err != nil {
		return err
	}
	return t.saveProgress(id, escalation.Start(t.now))
}

// settleRun ends a run that was answered or that is no longer needed.
func (t *turn) settleRun(run incident.Run) error {
	progress, err := progressOf(run)
	if err != nil {
		return err
	}
	switch {
	case run.State == incident.Acknowledged && progress.State != escalation.Acknowledged:
		return t.saveProgress(run.ID, progress.Acknowledge(run.AcknowledgedBy))
	case run.State == incident.Running && !paging(t.in.Status):
		if err := t.saveProgress(run.ID, progress.Stop()); err != nil {
			return err
		}
		return t.note(incident.EscalationEnded{
			Run: run.ID, State: incident.Stopped, Why: "the incident is " + string(t.in.Status),
		})
	}
	return nil
}

// advance takes the steps of a running escalation that are due.
func (t *turn) advance(ctx context.Context, run incident.Run) error {
	p, err := t.engine.pinnedPlan(ctx, run.Plan)
	if err != nil {
		return err
	}
	policy, ok := p.Policy(run.Policy)
	if !ok {
		return fmt.Errorf("plan %s version %d has no policy %q", run.Plan.Tenant, run.Plan.Version, run.Policy)
	}
	before, err := progressOf(run)
	if err != nil {
		return err
	}
	after := t.hurry(run, before)
	if !after.Due.After(t.now) {
		who, err := t.engine.resolver(ctx, t.in, run)
		if err != nil {
			return err
		}
		result := escalation.Next(policy, after, t.now, who)
		if who.err != nil {
			return who.err
		}
		after = result.Progress
		for _, effect := range result.Effects {
			if err := t.perform(run, effect, who); err != nil {
				return err
			}
		}
	}
	if after == before {
		return nil
	}
	return t.saveProgress(run.ID, after)
}

// hurry ends the wait for an answer to a step none of whose pages could be
// delivered.
func (t *turn) hurry(run incident.Run, p escalation.Progress) escalation.Progress {
	asked, failed := 0, 0
	for _, page := range t.in.Pages {
		if page.Run != run.ID || page.Round != p.Round || page.Step != p.Step-1 || page.State == incident.Withdrawn {
			continue
		}
		asked++
		if page.State == incident.Undeliverable {
			failed++
		}
	}
	if asked == 0 || failed < asked {
		return p
	}
	return p.Undeliverable(p.Round, p.Step-1, t.now)
}

// perform turns an effect of the escalation into events and tasks.
func (t *turn) perform(run incident.Run, e escalation.Effect, who *resolver) error {
	switch e.Kind {
	case escalation.Page:
		return t.page(incident.PageRequested{
			Run: run.ID, Round: e.Round, Step: e.Step, Target: e.Target.String(),
			Person: e.Person, Rule: e.Rule, ScheduleVersion: who.version, Due: e.Due, Why: e.Reason,
		})
	case escalation.Skip:
		return t.note(incident.PageSkipped{
			Run: run.ID, Round: e.Round, Step: e.Step, Target: e.Target.String(), Person: e.Person, Why: e.Reason,
		})
	case escalation.Exhaust:
	}
	if err := t.note(incident.EscalationEnded{Run: run.ID, State: incident.Exhausted, Why: e.Reason}); err != nil {
		return err
	}
	return t.page(incident.PageRequested{
		Run: run.ID, Round: e.Round, Step: 0, Target: "last resort",
		Person: who.lastResort, Rule: "named by the plan", ScheduleVersion: who.version, Due: e.Due,
		Why: e.Reason + "; the plan's last resort is " + who.lastResort,
	})
}

// page asks for a page and schedules its delivery.
func (t *turn) page(p incident.PageRequested) error {
	p.Page = fmt.Sprintf("%s.%d.%d.%s", p.Run, p.Round, p.Step, p.Person)
	if err := t.note(p); err != nil {
		return err
	}
	t.task(storage.TaskSpec{ID: deliveryTask(p.Page), Kind: taskDeliver, Due: t.now, Payload: []byte(p.Page)})
	return nil
}

func deliveryTask(page string) string { return taskDeliver + ":" + page }

// withdrawPages takes back the pages that nobody needs any more and that are
// not on their way.
func (t *turn) withdrawPages() error {
	for _, page := range t.in.Pages {
		why := t.unwanted(page)
		if why == "" || page.State != incident.Pending || page.InFlight != "" {
			continue
		}
		if err := t.note(incident.PageWithdrawn{Page: page.Key, Why: why}); err != nil {
			return err
		}
		t.drop(deliveryTask(page.Key))
	}
	return nil
}

// unwanted says why a page is not to be delivered any more; empty: it is.
func (t *turn) unwanted(page incident.Page) string {
	run, _ := t.in.CurrentRun()
	switch {
	case !paging(t.in.Status):
		return "the incident is " + string(t.in.Status)
	case run.ID != page.Run:
		return "the incident was reopened, and is escalated anew"
	case run.State == incident.Acknowledged:
		return "acknowledged by " + run.AcknowledgedBy
	case run.State == incident.Stopped:
		return run.Why
	}
	return ""
}

// saveProgress records where a run stands.
func (t *turn) saveProgress(run string, p escalation.Progress) error {
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	advanced := incident.EscalationAdvanced{Run: run, Progress: data}
	if p.State == escalation.Running {
		advanced.Wake = p.Due
	}
	return t.note(advanced)
}

func progressOf(run incident.Run) (escalation.Progress, error) {
	var p escalation.Progress
	if err := json.Unmarshal(run.Progress, &p); err != nil {
		return p, &incident.CodecError{What: "escalation progress", Got: string(run.Progress), Want: "an encoded progress", Err: err}
	}
	return p, nil
}

func sorted(names []string) []string {
	slices.Sort(names)
	return names
}
