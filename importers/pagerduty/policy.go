package pagerduty

import (
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
)

// escalation reads the users and the escalation policies.
func (im *importer) escalation() {
	known := make(map[string]bool)
	for _, n := range im.users {
		known[im.person(n)] = true
	}
	for _, n := range im.policies {
		im.policy(n, known)
	}
}

// policy reads an escalation policy. The users are those among the documents.
func (im *importer) policy(n jsondoc.Node, users map[string]bool) {
	if !n.IsObject() || !n.Get("escalation_rules").Exists() {
		n.Fail("an escalation policy with its rules, as GET /escalation_policies/{id} answers it")
		return
	}
	n.Skip("type", "self", "html_url", "summary", "description", "teams", "privilege", "created_at", "updated_at")
	p := escalation.Policy{
		ID:     n.Get("id").Text(),
		Name:   n.Get("name").StrOr(n.Get("summary").StrOr("")),
		Repeat: gather.Repeat(n.Get("num_loops")),
	}
	rules := n.Get("escalation_rules")
	items := rules.Items()
	for i, r := range items {
		s, ok := im.step(r, users)
		if !ok {
			continue
		}
		if s.Wait == 0 && i < len(items)-1 {
			im.Assume(r.Get("escalation_delay_in_minutes"), "a delay of 0 is taken to page the targets of the next rule at once")
		}
		p.Steps = append(p.Steps, s)
	}
	im.around(n)
	if len(p.Steps) == 0 {
		im.Loss(rules, "no rule of the escalation policy pages anybody, so it is left out")
		return
	}
	p.Steps = im.Awaited(rules, p.Steps)
	im.AddPolicy(n, p)
}

// around reports what a policy says of other things than whom to page.
func (im *importer) around(n jsondoc.Node) {
	services := n.Get("services")
	services.Skip()
	used := len(services.Items()) > 0
	if used {
		im.Loss(services, "which services page by the escalation policy is not kept, with what they say of urgency and of how long an acknowledgement holds")
	}
	handoff := n.Get("on_call_handoff_notifications")
	if !handoff.Exists() {
		return
	}
	if handoff.OneOf("if_has_services", "always") == "always" || used {
		im.Loss(handoff, "that people are told when their duty begins and ends is not kept, and whom the escalation policy pages stays the same")
	}
}

// step reads a rule. It is not ok if it pages nobody, which is reported.
func (im *importer) step(n jsondoc.Node, users map[string]bool) (s escalation.Step, ok bool) {
	n.Skip("id")
	delay, targets := n.Get("escalation_delay_in_minutes"), n.Get("targets")
	s.Wait = im.Wait(delay, delay.Int(), time.Minute)
	for _, t := range targets.Items() {
		if target, ok := im.target(t, users); ok {
			s.Targets = append(s.Targets, target)
		}
	}
	roundRobin := im.roundRobin(n.Get("escalation_rule_assignment_strategy"), len(s.Targets))
	if len(s.Targets) == 0 {
		im.Loss(targets, "the rule pages nobody, so it is left out with its delay, and the next one takes its place")
		return s, false
	}
	if roundRobin {
		s.Pick = escalation.PickInTurn
	}
	return s, true
}

// roundRobin reads a strategy, which is a text or stands in an object.
func (im *importer) roundRobin(n jsondoc.Node, targets int) bool {
	if !n.Exists() {
		return false
	}
	kind := n
	if n.IsObject() {
		kind = n.Get("type")
	}
	if kind.OneOf("assign_to_everyone", "round_robin") != "round_robin" {
		return false
	}
	if targets > 1 {
		im.Assume(n, "the document does not say whose turn it is, so the first of the targets is taken to be paged first")
	}
	return true
}

// target reads a target, or a reference to one. A deleted user is none.
func (im *importer) target(n jsondoc.Node, users map[string]bool) (t escalation.Target, ok bool) {
	n.Skip()
	kind := n.Get("type").OneOf("user_reference", "user", "schedule_reference", "schedule", "schedule_v3_reference", "schedule_v3")
	if strings.HasPrefix(kind, "schedule") {
		return im.Schedule(n, n.Get("id").Text()), true
	}
	if kind == "" {
		return t, false // an error by now
	}
	id := im.user(n)
	switch {
	case n.Get("deleted_at").Exists():
		im.Loss(n, "the user %q is deleted, so nobody is paged", id)
		return t, false
	case len(users) > 0 && !users[id]:
		im.Assume(n, "the user %q is not among the users in the documents, and is taken to be there and to be paged all the same", id)
	}
	return escalation.Person(id), true
}
