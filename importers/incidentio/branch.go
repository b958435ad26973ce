package incidentio

import (
	"cmp"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// hours are the working hours of a path.
type hours struct {
	escalation.Hours
	always bool // they are all week
	never  bool
}

// define reads the working hours.
func (p *path) define(n jsondoc.Node) {
	n.Skip("name")
	id := n.Get("id").Str()
	h := hours{Hours: escalation.Hours{Zone: p.Zone(n.Get("timezone")), Windows: p.windows(n.Get("weekday_intervals"))}}
	h.never = len(h.Windows) == 0
	h.always = !h.never && allWeek(h.Windows)
	if _, twice := p.hours[id]; twice {
		n.Get("id").Fail("an id that no other working hours have")
	}
	p.hours[id] = h
}

// allWeek reports whether windows leave nothing of a week.
func allWeek(windows []oncall.Window) bool {
	rota, err := oncall.Compile(oncall.Schedule{ID: "hours", Zone: "UTC", Rotations: []oncall.Rotation{{
		ID: "open", Start: oncall.Local(2026, time.January, 1, 0, 0), Turns: oncall.Every(1, oncall.Weeks), Count: oncall.ByTurn,
		Seats: oncall.Seats("open"), Windows: windows,
	}}})
	if err != nil {
		return false // which is said of the policy
	}
	from := time.Date(2026, time.March, 2, 0, 0, 0, 0, time.UTC)
	for range rota.Gaps(from, from.AddDate(0, 0, 14)) {
		return false
	}
	return true
}

// find returns working hours by their id.
func (p *path) find(n jsondoc.Node, id string) (h hours, ok bool) {
	h, ok = p.hours[id]
	if !ok {
		n.Fail("the id of some of the working_hours of the path")
	}
	return h, ok
}

// until reads a wait for working hours to begin or to end; there may be none.
func (p *path) until(n, condition jsondoc.Node) []escalation.Step {
	id := n.StrOr("")
	if id == "" {
		if condition.StrOr("") != "" {
			n.Fail("the id of the working hours that the condition is about")
		}
		return nil
	}
	ends := condition.OneOf("active", "inactive") == "inactive"
	h, ok := p.find(n, id)
	switch {
	case !ok:
		return nil
	case h.always && ends || h.never && !ends:
		p.Loss(n, "what is waited for never comes, so nothing is waited for")
		return nil
	case h.always || h.never:
		return nil
	}
	h.Outside = ends
	p.Assume(n, "where these working hours are %s already, the next node is taken to follow at once", condition.StrOr(""))
	return []escalation.Step{{Until: &escalation.Condition{Hours: &h.Hours}}}
}

// truth is what is known of a condition.
type truth int

const (
	depends truth = iota
	always
	never
	unknown
)

// ifElse reads a branch.
func (p *path) ifElse(n jsondoc.Node, id string) []escalation.Step {
	c, known := p.conditions(n.Get("conditions"))
	if id != "" {
		p.open[id] = p.far
	}
	s := escalation.Step{ID: id, Steps: p.branch(n.Get("then_path")), Else: p.branch(n.Get("else_path"))}
	switch known {
	case unknown:
		s.Steps, s.Else = append(s.Steps, s.Else...), nil
	case always:
		p.passed(n.Get("else_path"))
		s.Else = nil
	case never:
		p.passed(n.Get("then_path"))
		s.Steps, s.Else = s.Else, nil
	case depends:
		s.If = &c
	}
	if len(s.Steps)+len(s.Else) == 0 {
		delete(p.open, id)
		return nil
	}
	return []escalation.Step{s}
}

// passed reports nodes that are never come to.
func (p *path) passed(n jsondoc.Node) {
	if len(n.Items()) > 0 {
		p.Loss(n, "these nodes are never come to, since the working hours do not change in a week, so they are left out")
	}
}

// conditions reads conditions that must all hold.
func (p *path) conditions(n jsondoc.Node) (all escalation.Condition, known truth) {
	known = always
	for _, item := range n.Items() {
		c, is := p.condition(item)
		clash := is == depends && known == depends && (all.Not || c.Not || all.Hours != nil && c.Hours != nil || all.Severities != nil && c.Severities != nil)
		switch {
		case is == unknown || clash:
			p.Loss(n, "the condition cannot be expressed, so both of its paths are taken, the one after the other")
			return escalation.Condition{}, unknown
		case is == never:
			known = never
		case is == depends && known != never:
			known = depends
			all.Hours, all.Severities, all.Not = cmp.Or(all.Hours, c.Hours), append(all.Severities, c.Severities...), c.Not
		}
	}
	return all, known
}

// condition reads a condition: about working hours or a priority.
func (p *path) condition(n jsondoc.Node) (c escalation.Condition, is truth) {
	subject, operation := named(n.Get("subject"), "reference"), named(n.Get("operation"), "value")
	bindings := n.Get("param_bindings")
	id, isHours := strings.CutPrefix(subject, `escalation.working_hours["`)
	switch {
	case isHours && operation == "is_active":
		h, ok := p.find(n.Get("subject"), strings.TrimSuffix(id, `"]`))
		switch {
		case !ok || h.never:
			return c, never
		case h.always:
			return c, always
		}
		return escalation.Condition{Hours: &h.Hours}, depends
	case (subject == "escalation.priority" || subject == "alert.priority" || subject == "incident.severity") && (operation == "one_of" || operation == "not_one_of"):
		names := values(bindings)
		if len(names) == 0 {
			bindings.Fail("at least one value")
		}
		p.Assume(n, "the %s is taken to be the severity of the incident, by the name %s", strings.ReplaceAll(subject, ".", "'s "), strings.Join(names, " or "))
		return escalation.Condition{Severities: names, Not: operation == "not_one_of"}, depends
	}
	bindings.Skip()
	return c, unknown
}

// named reads a text, which stands in an object where incident.io answers.
func named(n jsondoc.Node, key string) string {
	if !n.IsObject() {
		return n.Str()
	}
	n.Skip("label")
	return n.Get(key).Str()
}

// values reads what a subject is compared with: the names or else the ids.
func values(n jsondoc.Node) []string {
	var names []string
	add := func(v jsondoc.Node) {
		v.Skip("reference")
		literal := v.Get("literal").StrOr("")
		if name := v.Get("label").StrOr(literal); name != "" {
			names = append(names, name)
		}
	}
	for _, b := range n.Items() {
		if v := b.Get("value"); v.Exists() && !b.Get("array_value").Exists() {
			add(v)
		}
		for _, v := range b.Get("array_value").Items() {
			add(v)
		}
	}
	return names
}
