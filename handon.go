package incidentkit

import (
	"context"
	"slices"
	"strings"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/incident"
)

// follow hands a page on that was meant for whoever is on call, if others are on
// call by the time it can be delivered: to all of them who are not paged already. It
// stays with somebody who is on call for another target of the step by then, and is
// delivered there, too.
func (t *turn) follow(page incident.Page, who *resolver) (moved bool, err error) {
	target, ok := scheduleTarget(page.Target)
	if !ok || len(page.Tries) > 0 || page.Follows != "" {
		return false, nil
	}
	var onCall, fresh []escalation.Candidate
	paged := false
	run, _ := t.in.Run(page.Run)
	progress, err := progressOf(run)
	if err != nil {
		return false, err
	}
	facts, err := t.facts(who.ctx, run)
	if err != nil {
		return false, err
	}
	now, _ := who.Resolve(nil, target, t.now)
	for _, c := range now {
		if c.Person == page.Person {
			return false, nil
		}
		if c.Code != "" || c.Quiet.Keep(facts, t.now) || slices.Contains(progress.Declined, c.Person) {
			continue // as a step would pass them over
		}
		onCall = append(onCall, c)
		switch times, stands := t.pagedInStep(page, c.Person); {
		case stands:
			paged = true
		case times <= maxReturns:
			fresh = append(fresh, c)
		}
	}
	stays := t.wantedElsewhere(page, who)
	if len(fresh) == 0 && (stays || !paged) { // nobody can be reached, or it has gone to and fro; now it is delivered where it is
		return false, nil
	}
	if !stays {
		names := named(onCall)
		if len(fresh) == 0 {
			names += ", and paged already"
		}
		if err := t.withdraw(page, page.Person+" was no longer on call; "+names); err != nil {
			return true, err
		}
	}
	for _, c := range fresh {
		err := t.page(incident.PageRequested{
			Run: page.Run, Round: page.Round, Step: page.Step, Target: page.Target,
			Person: c.Person, Rule: c.Shift.Rule(), ScheduleVersion: who.version, Due: page.Due, Urgency: page.Urgency, Take: page.Take,
			Why: page.Why + "; at delivery " + c.Person + " was on call: " + c.Shift.Rule(),
		}, who)
		if err != nil {
			return true, err
		}
	}
	await := make([]string, 0, len(fresh)+1)
	if stays {
		await = append(await, page.Person)
	}
	for _, c := range fresh {
		await = append(await, c.Person)
	}
	return !stays, t.awaitInstead(who.ctx, run, progress, page.Person, await)
}

// maxReturns is how often somebody is paged anew to whom a page comes back that was
// handed on, as the schedule was changed once more.
const maxReturns = 2

// awaitInstead has the run wait for the answers of these people instead of the person's.
func (t *turn) awaitInstead(ctx context.Context, run incident.Run, p escalation.Progress, person string, people []string) error {
	ladder, err := t.ladder(ctx, run)
	if err != nil {
		return err
	}
	answer := escalation.Answer{Kind: escalation.HandOn, By: person, At: t.now}
	for _, id := range people {
		answer.To = append(answer.To, escalation.Person(id))
	}
	if p, err = ladder.Answer(p, answer); err != nil {
		return err
	}
	return t.saveProgress(run.ID, p)
}

// wantedElsewhere reports whether the person of a page is now on call for another
// target of the step: two who change places are both paged.
func (t *turn) wantedElsewhere(page incident.Page, who *resolver) bool {
	return slices.ContainsFunc(t.in.Pages, func(p incident.Page) bool {
		target, ok := scheduleTarget(p.Target)
		if !ok || !sameStep(p, page) || p.Target == page.Target {
			return false
		}
		now, _ := who.Resolve(nil, target, t.now)
		return slices.ContainsFunc(now, func(c escalation.Candidate) bool { return c.Person == page.Person })
	})
}

// pagedInStep returns how often a person was paged in the same step, and whether one
// of these pages stands, or a newer one of the run.
func (t *turn) pagedInStep(page incident.Page, person string) (times int, stands bool) {
	newer := false
	for _, p := range t.in.Pages {
		if p.Key == page.Key {
			newer = true
		}
		if p.Run != page.Run || p.Person != person || p.Reminder {
			continue
		}
		if sameStep(p, page) {
			times++
		} else if !newer || p.Follows != "" || p.Step == 0 {
			continue
		}
		stands = stands || p.State != incident.Withdrawn
	}
	return times, stands
}

// named says who is on call: "ben is", "ben and chris are".
func named(people []escalation.Candidate) string {
	names := make([]string, len(people))
	for i, c := range people {
		names[i] = c.Person
	}
	last := len(names) - 1
	if last == 0 {
		return names[0] + " is"
	}
	return strings.Join(names[:last], ", ") + " and " + names[last] + " are"
}

// scheduleTarget reads the schedule back from a page's target.
func scheduleTarget(target string) (escalation.Target, bool) {
	prefix := string(escalation.TargetSchedule) + " "
	if len(target) <= len(prefix) || target[:len(prefix)] != prefix {
		return escalation.Target{}, false
	}
	return escalation.Schedule(target[len(prefix):]), true
}
