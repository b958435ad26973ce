package opsgenie

import (
	"cmp"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
)

// escalation reads an escalation, if any rule of it pages somebody.
func (im *importer) escalation(n jsondoc.Node) {
	n.Skip("links", "self", "_parent", "description", "ownerTeam", "teamId")
	if !n.Get("enabled").BoolOr(true) {
		im.Loss(n.Get("enabled"), "the escalation is disabled, so Opsgenie pages nobody by it; that is not kept, and it pages here")
	}
	var rules []gather.Timed
	for _, item := range n.Get("rules").Items() {
		if r, ok := im.rule(item); ok {
			rules = append(rules, r)
		}
	}
	gather.Sort(rules)
	p := escalation.Policy{ID: n.Get("id").Text(), Name: n.Get("name").StrOr("")}
	times, interval := im.repeat(n.Get("repeat"))
	if len(rules) == 0 {
		im.Loss(n.Get("rules"), "no rule of the escalation pages anybody, so it is left out")
		return
	}
	if times == 0 {
		interval = im.LastWait(n.Get("rules"))
	} else if rules[0].After > 0 {
		im.Assume(n.Get("repeat"), "the delay of the first rule is taken to count anew in each repetition, after the interval")
	}
	p.Repeat, p.Steps = times, gather.Steps(rules, interval)
	im.Gaps(n.Get("rules"), "Opsgenie", p)
	im.AddPolicy(n, p)
}

// rule reads a rule. It is not ok if it pages nobody, which is reported.
func (im *importer) rule(n jsondoc.Node) (r gather.Timed, ok bool) {
	n.Skip("id", "order", "links")
	r.After = im.delay(n.Get("delay"))
	if condition := n.Get("condition"); condition.Exists() && condition.OneOf("if-not-acked", "if-not-closed") == "if-not-closed" {
		im.Loss(condition, "the rule pages until the alert is closed; here an acknowledgement ends the run, and then the rule pages nobody")
	}
	kind := "default"
	if n.Get("notifyType").Exists() {
		kind = n.Get("notifyType").OneOf("default", "next", "previous", "users", "admins", "random", "all")
	}
	r.Targets = im.recipient(n.Get("recipient"), n.Get("notifyType"), kind)
	if kind == "random" && len(r.Targets) > 0 && r.Targets[0].Type != escalation.TargetPolicy { // which picks for itself
		r.Pick = escalation.PickInTurn
		im.Assume(n.Get("notifyType"), "a random member is paged; here the members are paged in turn")
	}
	return r, len(r.Targets) > 0
}

// delay reads how long after the beginning a rule is due: in Jira Service Management
// a number of minutes.
func (im *importer) delay(n jsondoc.Node) time.Duration {
	if !n.Exists() {
		return 0
	}
	if !n.IsObject() {
		return im.Wait(n, n.Int(), time.Minute)
	}
	units := map[string]time.Duration{"seconds": time.Second, "minutes": time.Minute, "hours": time.Hour, "days": 24 * time.Hour}
	unit := time.Minute
	if n.Get("timeUnit").Exists() {
		unit = cmp.Or(units[n.Get("timeUnit").OneOf("seconds", "minutes", "hours", "days")], unit)
	}
	return im.Wait(n.Get("timeAmount"), n.Get("timeAmount").IntOr(0), unit)
}

// repeat reads how often the rules are gone through again, and how long after the
// last one that begins.
func (im *importer) repeat(n jsondoc.Node) (times int, interval time.Duration) {
	if !n.Exists() {
		return 0, 0
	}
	reset, closing := n.Get("resetRecipientStates"), n.Get("closeAlertAfterAll")
	interval = im.Wait(n.Get("waitInterval"), n.Get("waitInterval").IntOr(0), time.Minute)
	times = gather.Repeat(n.Get("count"))
	if !n.Get("count").Exists() && interval > 0 {
		im.Assume(n, "how often the escalation is repeated is not said, and is taken to be once")
		times = 1
	}
	if interval == 0 || times == 0 {
		n.Skip()
		return 0, 0 // so repetition is switched off
	}
	if reset.BoolOr(false) {
		im.Loss(reset, "a repetition takes acknowledgements back; here an acknowledgement ends the run, and nobody is paged again")
	}
	if closing.BoolOr(false) {
		im.Loss(closing, "after the last repetition the alert is closed; here the policy is exhausted then, and nobody else is paged")
	}
	return times, interval
}
