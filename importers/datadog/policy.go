package datadog

import (
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
)

const (
	policies        = "policies"
	steps           = "steps"
	scheduleTargets = "schedule_target"
)

const wantIncluded = "ask again with include=teams,steps,steps.targets"

// policy reads an escalation policy, whose steps are included.
func (im *importer) policy(n jsondoc.Node) {
	a, related := n.Get("attributes"), n.Get("relationships")
	a.Skip("description")
	related.Skip(teams) // who own it
	p := escalation.Policy{ID: refOf(n).id, Name: a.Get("name").StrOr(""), Repeat: gather.Repeat(a.Get("retries"))}
	if end := a.Get("resolve_page_on_policy_end"); end.BoolOr(false) {
		im.Loss(end, "after the last step the page is resolved; here the policy is exhausted then, and nobody else is paged")
	}
	list := related.Get(steps).Get("data")
	for _, at := range list.Items() {
		if s, ok := im.step(at); ok {
			p.Steps = append(p.Steps, s)
		}
	}
	if len(p.Steps) == 0 {
		im.Loss(list, "no step of the escalation policy pages anybody, so it is left out")
		return
	}
	p.Steps = im.Awaited(list, p.Steps)
	im.AddPolicy(n, p)
}

// step reads a step. It is not ok if it pages nobody, which is reported.
func (im *importer) step(at jsondoc.Node) (s escalation.Step, ok bool) {
	n, ok := im.included[refOf(at)]
	if !ok {
		im.Loss(at, "the answer names the step %s but does not hold it, so it pages nobody and is left out; "+wantIncluded, refOf(at).id)
		return s, false
	}
	a, targets := n.Get("attributes"), n.Get("relationships").Get("targets").Get("data")
	s.Wait = im.Wait(a.Get("escalate_after_seconds"), a.Get("escalate_after_seconds").Int(), time.Second)
	for _, t := range targets.Items() {
		if target, ok := im.target(t); ok {
			s.Targets = append(s.Targets, target)
		}
	}
	assignment := a.Get("assignment")
	if len(s.Targets) == 0 {
		assignment.Skip()
		im.Loss(targets, "the step pages nobody, so it is left out with its wait, and the next one takes its place")
		return s, false
	}
	if assignment.Exists() && assignment.OneOf("default", "round-robin") == "round-robin" {
		s.Pick = im.inTurn(assignment, s.Targets)
	}
	return s, true
}

// inTurn returns how one of several targets is picked. Of a single one everybody is
// paged each time.
func (im *importer) inTurn(n jsondoc.Node, targets []escalation.Target) escalation.Pick {
	if len(targets) == 1 {
		im.Assume(n, "the only target is taken to be paged each time, and with it everybody whom it leads to")
		return ""
	}
	im.Assume(n, "the document does not say whose turn it is, so the first of the targets is taken to be paged first")
	if slices.ContainsFunc(targets, func(t escalation.Target) bool { return t.Type == escalation.TargetTeam }) {
		im.Loss(n, "the turn of a team is everybody's in it; here one person is paged at a time")
	}
	return escalation.PickInTurn
}

// target reads a target. Whoever was on call before is none, which is reported.
func (im *importer) target(n jsondoc.Node) (t escalation.Target, ok bool) {
	id := n.Get("id").Text()
	switch n.Get("type").OneOf(users, schedules, teams, scheduleTargets) {
	case users:
		return escalation.Person(im.user(n)), true
	case schedules:
		return im.Schedule(n, id), true
	case teams:
		im.Team(escalation.Group{ID: id})
		im.Loss(n, "the members of the team %q are not in the document, so nobody is known to be paged", id)
		return escalation.Team(id), true
	case scheduleTargets:
		return im.scheduleTarget(n, id)
	}
	return t, false // an error by now
}

// scheduleTarget reads whoever is on call now, next or before.
func (im *importer) scheduleTarget(at jsondoc.Node, id string) (t escalation.Target, ok bool) {
	n, ok := im.included[ref{scheduleTargets, id}]
	if !ok {
		im.Loss(at, "the answer names the target %s but does not hold it, so nobody is paged; "+wantIncluded, id)
		return t, false
	}
	position, of := n.Get("attributes").Get("position"), n.Get("relationships").Get("schedule").Get("data")
	of.Skip("type")
	switch position.OneOf("current", "next", "previous") {
	case "previous":
		of.Skip()
		im.Loss(at, "that whoever was on call before is paged has no counterpart, so nobody is paged in this place")
		return t, false
	case "next":
		t = im.Schedule(of, of.Get("id").Text())
		t.Mode = escalation.OnCallNext
		return t, true
	}
	return im.Schedule(of, of.Get("id").Text()), true
}
