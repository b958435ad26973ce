package incidentio

import (
	"slices"
	"strconv"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
)

// path is an escalation path that is being read.
type path struct {
	*importer
	hours map[string]hours // the working hours, by id
	named map[string]bool  // the nodes that are gone back to
	open  map[string]mile  // those of them that can be, from where the reading is
	ids   gather.IDs
	far   mile
}

// mile is how far a path has been read.
type mile struct {
	sure  int           // levels that certainly page somebody
	waits time.Duration // of all levels and delays
}

// path reads an escalation path.
func (im *importer) path(n jsondoc.Node) {
	n.Skip("team_ids", "current_responders", "created_at", "updated_at")
	p := &path{importer: im, hours: map[string]hours{}, named: map[string]bool{}, open: map[string]mile{}, ids: gather.IDs{}}
	for _, h := range n.Get("working_hours").Items() {
		p.define(h)
	}
	p.mark(n.Get("path"))
	policy := escalation.Policy{ID: n.Get("id").Str(), Name: n.Get("name").StrOr(""), Steps: p.nodes(n.Get("path"))}
	if again := n.Get("repeat_config"); again.Exists() {
		policy.AckTimeout = im.again(again)
	}
	if !slices.ContainsFunc(policy.Steps, pages) {
		im.Loss(n.Get("path"), "no level of the escalation path pages anybody, so it is left out")
		return
	}
	policy.Steps = im.Awaited(n.Get("path"), policy.Steps)
	im.AddPolicy(n, policy)
}

// pages reports whether a step may page somebody.
func pages(s escalation.Step) bool {
	return len(s.Targets) > 0 || slices.ContainsFunc(s.Steps, pages) || slices.ContainsFunc(s.Else, pages)
}

// again reads how long an acknowledgement holds while the alert is not resolved.
func (im *importer) again(n jsondoc.Node) time.Duration {
	after, delay := n.Get("repeat_after_seconds"), n.Get("delay_repeat_on_activity")
	wait := im.Span(after, after.Int(), time.Second)
	if wait > 0 {
		im.Loss(after, "when the acknowledgement is so old, the level that paged last is paged again and the run goes on after it, while incident.io begins with the first level")
	}
	if delay.BoolOr(false) {
		im.Loss(delay, "what happens in the incident does not put this off, only another acknowledgement does")
	}
	return wait
}

// mark finds the nodes that are gone back to.
func (p *path) mark(n jsondoc.Node) {
	for _, item := range n.Items() {
		switch item.Get("type").StrOr("") {
		case "repeat":
			p.named[item.Get("repeat").Get("to_node").StrOr("")] = true
		case "if_else":
			p.mark(item.Get("if_else").Get("then_path"))
			p.mark(item.Get("if_else").Get("else_path"))
		}
	}
}

// nodes reads nodes that follow each other.
func (p *path) nodes(n jsondoc.Node) []escalation.Step {
	var steps []escalation.Step
	for _, item := range n.Items() {
		steps = append(steps, p.node(item)...)
	}
	return steps
}

// branch reads nodes that nothing outside of them goes back to.
func (p *path) branch(n jsondoc.Node) []escalation.Step {
	steps := p.nodes(n)
	for _, item := range n.Items() {
		delete(p.open, item.Get("id").StrOr(""))
	}
	return steps
}

func (p *path) node(n jsondoc.Node) []escalation.Step {
	id := p.id(n.Get("id"))
	kind := n.Get("type").OneOf("level", "notify_channel", "if_else", "repeat", "delay", "escalation_path")
	of := n.Get(kind)
	switch kind {
	case "level", "notify_channel":
		return p.level(of, id)
	case "if_else":
		return p.ifElse(of, id)
	case "repeat":
		return p.repeat(of)
	case "delay":
		return p.delay(of, id)
	case "escalation_path":
		at := of.Get("escalation_path_id")
		return p.opened(id, []escalation.Step{{Targets: []escalation.Target{p.Nested(at, at.Str())}}})
	}
	return nil // an error by now
}

// id reads the id of a node, and returns it if the node is gone back to.
func (p *path) id(n jsondoc.Node) string {
	id := n.StrOr("")
	if id == "" || !p.named[id] {
		return ""
	}
	if p.ids[id] {
		n.Fail("an id that no other node has")
	}
	return p.ids.Unique(id)
}

// fresh returns an id that no node has.
func (p *path) fresh() string {
	for n := 1; ; n++ {
		if id := "turns-" + strconv.Itoa(n); !p.named[id] && !p.ids[id] {
			return p.ids.Unique(id)
		}
	}
}

// repeat reads a node that goes back to another.
func (p *path) repeat(n jsondoc.Node) []escalation.Step {
	to, times := n.Get("to_node"), n.Get("repeat_times")
	count := times.Int()
	if times.Exists() && (count < 1 || count > escalation.MaxRepeat) {
		times.Failf("1 to %d", escalation.MaxRepeat)
		count = 1
	}
	since, ok := p.open[to.Str()]
	switch {
	case !ok:
		p.Loss(to, "there is no node of this id before this one in the same path or around it, so nothing is repeated")
		return nil
	case since.sure == p.far.sure:
		p.Loss(n, "where nobody could be paged since that node, it is not gone back to, while incident.io tries again")
	}
	if p.far.waits-since.waits < escalation.MinRound {
		p.Assume(n, "a round of less than %s may be drawn out to that here", escalation.MinRound)
	}
	return []escalation.Step{{BackTo: to.Str(), Times: int(count)}}
}

// delay reads a node that only waits, for some time or for working hours.
func (p *path) delay(n jsondoc.Node, id string) []escalation.Step {
	seconds := n.Get("delay_seconds")
	wait := p.Wait(seconds, seconds.IntOr(0), time.Second)
	var steps []escalation.Step
	if wait > 0 {
		steps = append(steps, gather.Delay(wait))
	}
	steps = append(steps, p.until(n.Get("delay_weekday_interval_config_id"), n.Get("delay_interval_condition"))...)
	return p.opened(id, steps)
}

// opened gives the first of the steps an id that can be gone back to from now on.
func (p *path) opened(id string, steps []escalation.Step) []escalation.Step {
	if id != "" && len(steps) > 0 {
		steps[0].ID = id
		p.open[id] = p.far
	}
	for _, s := range steps {
		p.far.waits += s.Wait
		if slices.ContainsFunc(s.Targets, isSure) {
			p.far.sure++
		}
	}
	return steps
}
