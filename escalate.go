package incidentkit

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

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
		if err := t.replaceRun(); err != nil {
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

// wantsRun reports whether an escalation that was asked for has not begun.
func (t *turn) wantsRun() bool {
	return paging(t.in.Status) && len(t.in.Runs) < t.in.Escalations
}

// paging reports whether people are paged while an incident has the status.
func paging(s incident.Status) bool { return s == incident.Triage || s == incident.Active }

// replaceRun ends the run there is, and begins another.
func (t *turn) replaceRun() error {
	if run, ok := t.in.CurrentRun(); ok && run.State == incident.Running {
		if err := t.stopRun(run, "the incident is escalated anew"); err != nil {
			return err
		}
	}
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
		return t.stopRun(run, "the incident is "+string(t.in.Status))
	}
	return nil
}

func (t *turn) stopRun(run incident.Run, why string) error {
	progress, err := progressOf(run)
	if err != nil {
		return err
	}
	if err := t.saveProgress(run.ID, progress.Stop()); err != nil {
		return err
	}
	return t.note(incident.EscalationEnded{Run: run.ID, State: incident.Stopped, Why: why})
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
	after, nobody := t.hurry(policy, run, before)
	if nobody || !after.Due.After(t.now) {
		who, err := t.resolver(ctx, run)
		if err != nil {
			return err
		}
		if nobody {
			if err := t.lastResort(run, before.Round, t.now, noPage, who); err != nil {
				return err
			}
		}
		result := escalation.Next(policy, after, t.now, who)
		after = result.Progress
		round := before.Round
		for _, effect := range result.Effects {
			if err := t.endRounds(run, round, effect.Round, who); err != nil {
				return err
			}
			round = effect.Round
			if err := t.perform(run, effect, who); err != nil {
				return err
			}
		}
		if err := t.endRounds(run, round, after.Round, who); err != nil {
			return err
		}
	}
	if after == before {
		return nil
	}
	return t.saveProgress(run.ID, after)
}

// hurry ends the wait for an answer to a step none of whose pages can be
// delivered. It also reports whether that is so for all steps of a round that
// has come to its last: the last resort is then asked for, without waiting for
// the rounds that are left.
func (t *turn) hurry(policy escalation.Policy, run incident.Run, p escalation.Progress) (after escalation.Progress, nobody bool) {
	latest := 0
	for _, page := range t.in.Pages {
		if page.Run == run.ID && page.Round == p.Round && page.State != incident.Withdrawn {
			latest = max(latest, page.Step)
		}
	}
	switch {
	case !t.failing(run, p.Round, latest):
		return p, false
	case p.Step <= len(policy.Steps):
		return p.Undeliverable(policy, p.Round, p.Step-1, t.now), false
	}
	return p, t.failing(run, p.Round, wholeRound)
}

// endRounds asks for the last resort where a round ends, because another begins,
// in which no page can be delivered.
func (t *turn) endRounds(run incident.Run, round, next int, who *resolver) error {
	if next <= round || !t.failing(run, round, wholeRound) {
		return nil
	}
	return t.lastResort(run, round, t.now, noPage, who)
}

const noPage = "no page of a whole round can be delivered"

// wholeRound stands for all steps of a round, but not for the last resort.
const wholeRound = 0

// failing reports whether a step, or a whole round, asked for pages, and none of
// them can be delivered.
func (t *turn) failing(run incident.Run, round, step int) bool {
	asked := false
	for _, page := range t.in.Pages {
		if page.Run != run.ID || page.Round != round || page.Step == 0 || page.State == incident.Withdrawn ||
			step != wholeRound && page.Step != step {
			continue
		}
		asked = true
		if page.State != incident.Undeliverable && (page.State != incident.Pending || !page.Stalled) {
			return false
		}
	}
	return asked
}

// lastResort asks for a page to the plan's last resort, once in a round.
func (t *turn) lastResort(run incident.Run, round int, due time.Time, why string, who *resolver) error {
	asked := slices.ContainsFunc(t.in.Pages, func(p incident.Page) bool {
		return p.Run == run.ID && p.Round == round && p.Step == 0
	})
	if asked {
		return nil
	}
	return t.page(incident.PageRequested{
		Run: run.ID, Round: round, Step: 0, Target: "last resort",
		Person: who.lastResort, Rule: "named by the plan", ScheduleVersion: who.version, Due: due,
		Why: why + "; the plan's last resort is " + who.lastResort,
	})
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
	return t.lastResort(run, e.Round, e.Due, e.Reason, who)
}

// page asks for a page and schedules its delivery. It takes the place of an
// earlier page to the same person that has not been delivered yet.
func (t *turn) page(p incident.PageRequested) error {
	p.Page = fmt.Sprintf("%s.%d.%d.%s", p.Run, p.Round, p.Step, p.Person)
	for _, earlier := range t.in.Pages {
		if earlier.Person != p.Person || earlier.Run != p.Run || earlier.State != incident.Pending || earlier.InFlight != "" {
			continue
		}
		if err := t.withdraw(earlier, "page "+p.Page+" takes its place"); err != nil {
			return err
		}
	}
	if err := t.note(p); err != nil {
		return err
	}
	t.task(storage.TaskSpec{ID: deliveryTask(p.Page), Kind: taskDeliver, Due: t.now, Payload: []byte(p.Page)})
	return nil
}

// withdraw takes a page back, together with its task.
func (t *turn) withdraw(page incident.Page, why string) error {
	t.drop(deliveryTask(page.Key))
	return t.note(incident.PageWithdrawn{Page: page.Key, Why: why})
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
		if err := t.withdraw(page, why); err != nil {
			return err
		}
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
		return "the incident is escalated anew"
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
	switch p.State {
	case escalation.Running, escalation.Acknowledged, escalation.Exhausted, escalation.Stopped:
		return p, nil
	}
	return p, &incident.CodecError{What: "escalation state", Got: string(p.State), Want: "a state this version knows"}
}
