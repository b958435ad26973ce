package incidentkit

import (
	"slices"
	"strings"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/incident"
)

// follow hands a page on that was meant for whoever is on call, if others are on
// call by the time it can be delivered: to all of them who are not paged already.
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
		switch earlier, ok := t.pagedInStep(page, c.Person); {
		case !ok:
			fresh = append(fresh, c)
		case earlier.State != incident.Withdrawn:
			paged = true
		}
	}
	if t.wantedElsewhere(page, who) {
		return false, nil
	}
	if len(fresh) == 0 && !paged { // nobody can be reached, or it was handed on before; now it is delivered where it is
		return false, nil
	}
	names := named(onCall)
	if len(fresh) == 0 {
		return true, t.withdraw(page, page.Person+" was no longer on call; "+names+", and paged already")
	}
	if err := t.withdraw(page, page.Person+" was no longer on call; "+names); err != nil {
		return true, err
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
	return true, nil
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

// pagedInStep returns the page of a person in the same step.
func (t *turn) pagedInStep(page incident.Page, person string) (incident.Page, bool) {
	i := slices.IndexFunc(t.in.Pages, func(p incident.Page) bool {
		return sameStep(p, page) && p.Person == person
	})
	if i < 0 {
		return incident.Page{}, false
	}
	return t.in.Pages[i], true
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
