package incidentkit

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/incident"
)

// escalate brings an incident's escalations up to date with what the turn has
// recorded and with the time: it starts runs, stops them, or lets them go on. It
// depends on nothing but the state and the time, so that it does no harm to
// call it too often.
func (t *turn) escalate(ctx context.Context) error {
	if t.wantsRun() {
		if err := t.replaceRun(ctx); err != nil {
			return err
		}
	}
	done := 0
	for done < len(t.in.Runs) { // one may add another
		run := t.in.Runs[done]
		done++
		if !goesOn(t.in, run) {
			continue
		}
		if err := t.carryOn(ctx, run); err != nil {
			return fmt.Errorf("escalate %s: %w", t.in.ID, err)
		}
	}
	return t.withdrawPages()
}

// wantsRun reports whether an escalation that was asked for has not begun.
func (t *turn) wantsRun() bool {
	begun := 0
	for _, run := range t.in.Runs {
		if run.Vendor == "" {
			begun++
		}
	}
	return paging(t.in.Status) && begun < t.in.Escalations
}

// paging reports whether people are paged while an incident has the status.
func paging(s incident.Status) bool { return s == incident.Triage || s == incident.Active }

// goesOn reports whether a run may have something to do: it is the newest of its
// kind, and has not come to its end.
func goesOn(in incident.Incident, run incident.Run) bool {
	newest, _ := in.VendorRun(run.Vendor)
	return newest.ID == run.ID && (run.State == incident.Running || run.State == incident.Snoozed || run.State == incident.Acknowledged)
}

// replaceRun ends the run there is, and begins another.
func (t *turn) replaceRun(ctx context.Context) error {
	if run, ok := t.in.CurrentRun(); ok && (run.State == incident.Running || run.State == incident.Snoozed) {
		if err := t.stopRun(ctx, run, "the incident is escalated anew"); err != nil {
			return err
		}
	}
	run := incident.Run{ID: t.nextRun(), Policy: t.in.Policy, Plan: t.in.Plan}
	ladder, err := t.ladder(ctx, run)
	if err != nil {
		return err
	}
	return t.start(run, escalation.Start(t.now, t.engine.turnsOf(ctx, t.in.Tenant, ladder)))
}

func (t *turn) nextRun() string { return strconv.Itoa(len(t.in.Runs) + 1) }

func (t *turn) start(run incident.Run, p escalation.Progress) error {
	started := incident.EscalationStarted{Run: run.ID, Policy: run.Policy, Plan: run.Plan, Vendor: run.Vendor}
	if err := t.note(started); err != nil {
		return err
	}
	return t.saveProgress(run.ID, p)
}

// ladder returns what a run carries out: the policy of the plan that it is pinned
// to, or that of a supplier.
func (t *turn) ladder(ctx context.Context, run incident.Run) (*escalation.Ladder, error) {
	p, err := t.engine.pinnedPlan(ctx, run.Plan)
	if err != nil {
		return nil, err
	}
	if run.Vendor != "" {
		return vendorLadder(p, run)
	}
	ladder, ok := p.Ladder(run.Policy)
	if !ok {
		return nil, fmt.Errorf("plan %s version %d has no policy %q", run.Plan.Tenant, run.Plan.Version, run.Policy)
	}
	return ladder, nil
}

// carryOn ends a run that is no longer needed, or lets it go on.
func (t *turn) carryOn(ctx context.Context, run incident.Run) error {
	if paging(t.in.Status) {
		return t.advance(ctx, run)
	}
	if run.State == incident.Acknowledged {
		return nil
	}
	return t.stopRun(ctx, run, "the incident is "+string(t.in.Status))
}

func (t *turn) stopRun(ctx context.Context, run incident.Run, why string) error {
	ladder, err := t.ladder(ctx, run)
	if err != nil {
		return err
	}
	progress, err := progressOf(run)
	if err != nil {
		return err
	}
	progress, err = ladder.Answer(progress, escalation.Answer{Kind: escalation.Stop, At: t.now})
	if err != nil {
		return err
	}
	if err := t.saveProgress(run.ID, progress); err != nil {
		return err
	}
	return t.note(incident.EscalationEnded{Run: run.ID, State: incident.Stopped, Why: why})
}

// advance does what is due in a run: takes steps, reminds, takes a run up again
// whose answer no longer holds.
func (t *turn) advance(ctx context.Context, run incident.Run) error {
	ladder, err := t.ladder(ctx, run)
	if err != nil {
		return err
	}
	before, err := progressOf(run)
	if err != nil {
		return err
	}
	facts, err := t.facts(ctx, run)
	if err != nil {
		return err
	}
	who := t.resolver(ctx, run)
	after, nobody := t.hurry(ladder, run, before)
	if nobody {
		if err := t.lastResort(run, before.Round, t.now, noPage, who); err != nil {
			return err
		}
	}
	result := ladder.Next(after, t.now, facts, who)
	if who.err != nil {
		return who.err
	}
	if err := t.performAll(ctx, run, before.Round, result, who); err != nil {
		return err
	}
	if err := t.turned(before, result.Progress); err != nil {
		return err
	}
	return t.saveProgress(run.ID, result.Progress)
}

// performAll does what a run wants done, in order.
func (t *turn) performAll(ctx context.Context, run incident.Run, round int, result escalation.Result, who *resolver) error {
	for _, effect := range result.Effects {
		effect.Plan = run.Plan.Version
		if err := t.endRounds(run, round, effect.Round, who); err != nil {
			return err
		}
		round = effect.Round
		if err := t.perform(ctx, run, effect, who); err != nil {
			return err
		}
	}
	if err := t.endRounds(run, round, result.Progress.Round, who); err != nil {
		return err
	}
	for _, effect := range result.Effects { // the policy may name nobody for the end, or nobody who is there
		if effect.Kind == escalation.Exhaust {
			effect.Plan = run.Plan.Version
			return t.lastResort(run, effect.Round, effect.Due, effect.Reason(), who)
		}
	}
	return nil
}

// hurry ends the wait for the answers of those to whom no page can be delivered.
// It also reports whether that is so for all steps of a round that has come to its
// last: the last resort is then asked for, without waiting for the rounds that are
// left.
func (t *turn) hurry(ladder *escalation.Ladder, run incident.Run, p escalation.Progress) (after escalation.Progress, nobody bool) {
	if p.State != escalation.Running {
		return p, false
	}
	last := p.Step > ladder.Len() || ladder.Place(p.Step).Step.BackTo != ""
	for _, a := range p.Awaiting {
		if !t.unreached(run, a) {
			continue
		}
		answer := escalation.Answer{Kind: escalation.Undelivered, By: a.Person, Target: a.Target, At: t.now}
		if next, err := ladder.Answer(p, answer); err == nil {
			p = next
		}
	}
	return p, last && t.failing(run, p.Round)
}

// endRounds asks for the last resort where a round ends, because another begins,
// in which no page can be delivered.
func (t *turn) endRounds(run incident.Run, round, next int, who *resolver) error {
	if next <= round || !t.failing(run, round) {
		return nil
	}
	return t.lastResort(run, round, t.now, noPage, who)
}

const noPage = "no page of a whole round can be delivered"

// failing reports whether a round asked for pages, besides those to the last
// resort, and none of them can be delivered.
func (t *turn) failing(run incident.Run, round int) bool {
	asked := false
	take := t.takeOf(run)
	for _, page := range t.in.Pages {
		if page.Run != run.ID || page.Round != round || page.Take != take || page.Step == 0 || page.Reminder || page.State == incident.Withdrawn {
			continue
		}
		if asked = true; !dead(page) {
			return false
		}
	}
	return asked
}

// dead reports whether a page cannot be delivered, at least for the time being.
func dead(page incident.Page) bool {
	return page.State == incident.Undeliverable || page.State == incident.Pending && page.Stalled
}

// unreached reports whether no page to somebody whose answer is waited for can be
// delivered. A page that was handed on to others, because they were on call by
// then, stands for as long as one of those to them does.
func (t *turn) unreached(run incident.Run, who escalation.Awaited) bool {
	i := len(t.in.Pages) - 1
	for ; i >= 0; i-- {
		page := t.in.Pages[i]
		if page.Run == run.ID && page.Step > 0 && page.Follows == "" && !page.Reminder &&
			page.Person == who.Person && (who.Person != "" || page.Target == who.Target) {
			break
		}
	}
	if i < 0 {
		return false
	}
	page, found := t.in.Pages[i], false
	for _, other := range t.in.Pages[i:] {
		mine := other.Key == page.Key || other.Follows == page.Key
		handed := page.State == incident.Withdrawn && sameStep(other, page)
		if other.State == incident.Withdrawn || !mine && !handed {
			continue
		}
		if found = true; !dead(other) {
			return false
		}
	}
	return found
}

// sameStep reports whether two pages are of the same step, taken at the same time.
func sameStep(a, b incident.Page) bool {
	return a.Run == b.Run && a.Round == b.Round && a.Step == b.Step && a.Take == b.Take && !a.Reminder && !b.Reminder
}

// takeOf returns how often a run has been taken up again so far.
func (t *turn) takeOf(run incident.Run) int {
	run, _ = t.in.Run(run.ID)
	return run.Resumed
}

// lastResort asks for a page to the plan's last resort, once in a round and each
// time that it is taken up again.
func (t *turn) lastResort(run incident.Run, round int, due time.Time, why string, who *resolver) error {
	take := t.takeOf(run)
	asked := slices.ContainsFunc(t.in.Pages, func(p incident.Page) bool {
		return p.Run == run.ID && p.Round == round && p.Take == take && p.Step == 0
	})
	if asked {
		return nil
	}
	if err := who.load(); err != nil {
		return err
	}
	return t.page(incident.PageRequested{
		Run: run.ID, Round: round, Step: 0, Target: "last resort",
		Person: who.lastResort, Rule: "named by the plan", ScheduleVersion: who.version, Due: due, Take: take,
		Why: why + "; the plan's last resort is " + who.lastResort,
	}, who)
}

// saveProgress records where a run stands, if that is news.
func (t *turn) saveProgress(id string, p escalation.Progress) error {
	data, err := json.Marshal(p)
	if err != nil {
		return err
	}
	run, _ := t.in.Run(id)
	if bytes.Equal(data, run.Progress) && run.Wake.Equal(p.Wake()) {
		return nil
	}
	return t.note(incident.EscalationAdvanced{Run: id, Progress: data, Wake: p.Wake().UTC()})
}

func progressOf(run incident.Run) (escalation.Progress, error) {
	var p escalation.Progress
	if err := json.Unmarshal(run.Progress, &p); err != nil {
		return p, &incident.CodecError{What: "escalation progress", Got: string(run.Progress), Want: "an encoded progress", Err: err}
	}
	switch p.State {
	case escalation.Running, escalation.Acknowledged, escalation.Snoozed, escalation.Exhausted, escalation.Stopped:
		return p, nil
	}
	return p, &incident.CodecError{What: "escalation state", Got: string(p.State), Want: "a state this version knows"}
}
