package pagerduty

import (
	"cmp"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
)

// notify reads the notification rules of a user, whose contacts are known by the ids
// of the contact methods.
func (im *importer) notify(n jsondoc.Node, user string, contacts map[string]importers.Contact) {
	items := n.Items()
	if len(items) == 0 {
		return
	}
	rules := make(map[escalation.Urgency][]notice)
	for _, item := range items {
		if r, ok := im.rule(item, user, contacts); ok {
			rules[r.urgency] = append(rules[r.urgency], r)
		}
	}
	for _, u := range []escalation.Urgency{escalation.High, escalation.Low} {
		if len(rules[u]) == 0 {
			im.Loss(n, "no rule is left for a page of %s urgency, so %q is told of one at once, by the first contact that takes it", u, user)
		}
	}
	im.Rules(user, escalation.Rules{High: im.inOrder(rules[escalation.High], user), Low: im.inOrder(rules[escalation.Low], user)})
}

// notice is a notification rule, and where it stands.
type notice struct {
	escalation.Notification
	urgency escalation.Urgency
	delay   jsondoc.Node
}

// rule reads a notification rule. It is not ok if nobody can be notified by it, which
// is reported.
func (im *importer) rule(n jsondoc.Node, user string, contacts map[string]importers.Contact) (r notice, ok bool) {
	kind, method := n.Get("type").StrOr("assignment_notification_rule"), n.Get("contact_method")
	contact, known := contacts[method.Get("id").StrOr("")]
	switch {
	case isReference(n):
		im.Loss(n, "the rule is not in this answer, so it is left out: get %q with include[]=notification_rules", user)
	case kind != "assignment_notification_rule":
		im.Loss(n, "the rule is not about pages, so it is left out")
	case !known:
		im.Loss(n, "%q cannot be reached by the contact of this rule, so it is left out", user)
	default:
		n.Skip("id", "type", "self", "html_url", "summary", "contact_method")
		r.delay = n.Get("start_delay_in_minutes")
		r.urgency = escalation.Urgency(n.Get("urgency").OneOf(string(escalation.High), string(escalation.Low)))
		r.Notification = escalation.Notification{Channel: contact.Channel, After: im.Span(r.delay, r.delay.IntOr(0), time.Minute)}
		if im.First(user, contact.Channel) != contact.To {
			im.Loss(method, "a rule names a channel here and no contact, so %q is told by the first contact for %s in place of this one", user, contact.Channel)
		}
		return r, true
	}
	n.Skip()
	return r, false
}

// inOrder returns what rules of one urgency say. The first message goes at once: what
// comes after a page counts on it.
func (im *importer) inOrder(rules []notice, user string) []escalation.Notification {
	slices.SortStableFunc(rules, func(a, b notice) int { return cmp.Compare(a.After, b.After) })
	var all []escalation.Notification
	for i, r := range rules {
		if i == 0 && r.After > 0 {
			im.Assume(r.delay, "%q is told of a page of %s urgency at once, and not only after %s, since nobody knows of it until then", user, r.urgency, r.After)
			r.After = 0
		}
		if !slices.Contains(all, r.Notification) {
			all = append(all, r.Notification)
		}
	}
	return all
}
