package plan

import (
	"fmt"
	"slices"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/internal/strictjson"
)

// paging checks what policies name, and those whom they page. What a policy must
// be like apart from that, package escalation knows.
type paging struct {
	*checker
	names names
}

func (g *paging) all() {
	s := g.spec
	for i, p := range s.People {
		g.rules(at("/people", i), p)
	}
	for i, t := range s.Teams {
		for j, id := range t.Members {
			g.person(at("/teams", i, "members", j), id, g.names.people)
		}
		g.person(at("/teams", i, "manager"), t.Manager, g.names.people)
	}
	for i, v := range s.Vendors {
		for j, t := range v.Missed {
			here := at("/vendors", i, "missed", j)
			if t.Type == escalation.TargetPolicy || t.Type == escalation.TargetVendor {
				g.bad(at(here, "type"), fmt.Sprintf("people or a place to tell, not a %s: nothing is waited for after this", t.Type))
			}
			g.target(here, t)
		}
	}
	for i, p := range s.Policies {
		g.policy(at("/policies", i), p)
	}
}

// rules checks how a person wants to be paged.
func (g *paging) rules(path string, p Person) {
	reached := ids{noun: "channel", in: "the person", list: channels(p.Contacts), index: map[string]int{}, doubtful: g.hasProblem(at(path, "contacts"))}
	for i, contact := range p.Contacts {
		reached.index[contact.Channel] = i
		reached.doubtful = reached.doubtful || g.hasProblem(at(path, "contacts", i, "channel"))
	}
	for i, n := range p.Rules.High {
		g.refer(at(path, "rules", "high", i, "channel"), n.Channel, reached)
	}
	for i, n := range p.Rules.Low {
		g.refer(at(path, "rules", "low", i, "channel"), n.Channel, reached)
	}
	quiet := at(path, "rules", "quiet")
	if p.Rules.Quiet.there() && p.Rules.Quiet.Zone == "" && p.Zone == "" && !g.hasProblem(at(path, "zone")) {
		g.bad(at(quiet, "zone"), "an IANA time zone, since the person has none; it is missing")
	}
	g.windows(quiet, p.Rules.Quiet.Windows)
	g.each(at(quiet, "unless"), p.Rules.Quiet.Unless, g.names.severities)
}

func (g *paging) policy(path string, p Policy) {
	for i, d := range p.Defer {
		g.condition(at(path, "defer", i, "if"), d.If)
		g.windows(at(path, "defer", i, "hours"), d.Hours.Windows)
	}
	for i, t := range p.Final.Targets {
		g.target(at(path, "final", "targets", i), t)
	}
	g.refer(at(path, "final", "raise_to"), p.Final.RaiseTo, g.names.severities)

	tiers := g.collect("tier", at(path, "tiers"), len(p.Tiers), func(i int) string { return p.Tiers[i].ID })
	tiers.in = "the policy"
	steps := g.stepIDs(path, p)
	g.refer(at(path, "repeat_from"), p.RepeatFrom, steps)
	for inside, step := range p.steps {
		here := path + inside
		g.refer(at(here, "back_to"), step.BackTo, steps)
		g.refer(at(here, "tier"), step.Tier, tiers)
		g.step(here, step)
	}
}

// stepIDs gathers the ids of a policy's steps, and checks that each is there once.
func (g *paging) stepIDs(path string, p Policy) ids {
	s := ids{noun: "step", in: "the policy", index: map[string]int{}, doubtful: g.hasProblem(at(path, "steps"))}
	lines := map[string]int{}
	for inside, step := range p.steps {
		here := at(path+inside, "id")
		s.doubtful = s.doubtful || g.hasProblem(here)
		if step.ID == "" {
			continue
		}
		if line, ok := lines[step.ID]; ok {
			g.bad(here, fmt.Sprintf("an id of its own; %s is also that of the step on line %d", quote(step.ID), line))
			continue
		}
		lines[step.ID], _ = g.positions.At(here)
		s.index[step.ID] = len(s.list)
		s.list = append(s.list, step.ID)
	}
	return s
}

func (g *paging) step(path string, s Step) {
	branch := len(s.Steps) > 0 || len(s.Else) > 0 && len(s.Targets) == 0 && s.Until.IsZero() && s.BackTo == ""
	if !g.hasProblem(at(path, "else")) {
		g.either(path, part{"targets", len(s.Targets) > 0}, part{"steps", branch}, part{"until", !s.Until.IsZero()}, part{"back_to", s.BackTo != ""})
	}
	g.condition(at(path, "if"), s.If)
	g.condition(at(path, "until"), s.Until)
	for i, t := range s.Targets {
		g.target(at(path, "targets", i), t)
	}
	if wait := at(path, "wait"); len(s.Targets) > 0 && s.Wait == 0 && !g.hasProblem(wait) {
		g.bad(wait, `how long an answer is waited for, such as "5m", or "0s" for the next step together with this one; it is missing`)
	}
}

func (g *paging) condition(path string, c Condition) {
	g.each(at(path, "severities"), c.Severities, g.names.severities)
	g.each(at(path, "components"), c.Components, g.names.components)
	g.windows(at(path, "hours"), c.Hours.Windows)
}

// each checks every id of a list.
func (g *paging) each(path string, named []string, to ids) {
	for i, id := range named {
		g.refer(at(path, i), id, to)
	}
}

func (g *paging) windows(path string, windows []Window) {
	for i, w := range windows {
		(&duty{checker: g.checker}).window(at(path, "windows", i), w)
	}
}

// target checks whom or what a step pages.
func (g *paging) target(path string, t Target) {
	if types := escalation.TargetTypes(); !slices.Contains(types, t.Type) {
		g.unknownType(at(path, "type"), string(t.Type), types)
		return
	}
	id := at(path, "id")
	own := g.names.of(t.Type)
	for _, other := range escalation.TargetTypes() {
		if others := g.names.of(other); t.ID != "" && len(others.list) > 0 {
			g.mistaken(id, t.ID, own, others, fmt.Sprintf(`did you mean "type": %q?`, other))
		}
	}
	if t.Type == escalation.TargetPerson {
		g.person(id, t.ID, own)
		return
	}
	if i, ok := g.refer(id, t.ID, own); ok && t.Type == escalation.TargetTeam && t.Mode == Mode(escalation.Manager) && g.spec.Teams[i].Manager == "" {
		g.bad(at("/teams", i, "manager"), fmt.Sprintf("the id of a person, since the manager of %q is paged", t.ID))
	}
}

func (g *paging) unknownType(path, found string, types []escalation.TargetType) {
	if g.hasProblem(path) {
		return
	}
	texts := make([]string, len(types))
	for i, t := range types {
		texts[i] = string(t)
	}
	want := listing(texts, "or") + ", not " + quote(found)
	if meant := strictjson.Closest(found, texts); meant != "" {
		want += fmt.Sprintf("; did you mean %q?", meant)
	}
	g.bad(path, want)
}

// of returns the ids that targets of a type, which is known, may have.
func (n *names) of(t escalation.TargetType) ids {
	switch t {
	case escalation.TargetPerson:
		return n.people
	case escalation.TargetSchedule:
		return n.schedules
	case escalation.TargetTeam:
		return n.teams
	case escalation.TargetChannel:
		return n.channels
	case escalation.TargetWebhook:
		return n.webhooks
	case escalation.TargetVendor:
		return n.vendors
	default:
		return n.policies
	}
}
