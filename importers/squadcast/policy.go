package squadcast

import (
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
)

// policy reads an escalation policy. The times of its rules are counted from when
// the incident was triggered.
func (im *importer) policy(n jsondoc.Node) {
	n.Skip("description", "slug", "owner", "owner_id", "entity_owner", "team_id", "is_using_new_fields", "created_at", "updated_at")
	list := n.Get("rules")
	var rules []gather.Timed
	for _, item := range list.Items() {
		rules = append(rules, im.rule(item, n.Get("repetition").IntOr(0) > 0)...)
	}
	gather.Sort(rules)
	p := escalation.Policy{ID: im.ID(gather.First(n, "id", "ID"), n.Get("name").StrOr("")), Name: n.Get("name").StrOr(""), Repeat: gather.Repeat(n.Get("repetition"))}
	after := n.Get("repeat_after")
	wait := im.Wait(after, after.IntOr(0), time.Minute)
	if len(rules) == 0 {
		im.Loss(list, "no rule of the escalation policy pages anybody, so it is left out")
		return
	}
	if p.Repeat > 0 {
		im.Assume(after, "a repetition is taken to begin so long after the last page of the one before, and the delays of the rules to count anew then")
	} else {
		wait = im.LastWait(list)
	}
	p.Steps = im.Awaited(list, gather.Steps(rules, wait))
	im.Gaps(list, "Squadcast", p)
	im.AddPolicy(n, p)
}

// rule reads a rule, with the times at which it pages. There are none if it pages
// nobody, which is reported.
func (im *importer) rule(n jsondoc.Node, repeated bool) []gather.Timed {
	n.Skip("viaError", "useNotificationRules", "repeatAfterRR")
	at, entities := n.Get("escalationTime"), n.Get("entities")
	r := gather.Timed{After: im.Wait(at, at.Int(), time.Minute)}
	for _, e := range entities.Items() {
		if t, ok := im.entity(e); ok {
			r.Targets = append(r.Targets, t)
		}
	}
	if via := n.Get("via"); len(via.Items()) > 0 {
		via.Skip()
		im.Loss(via, "by which channels this rule notifies is not kept, and people are notified as they have chosen")
	}
	again, gap := gather.Repeat(n.Get("repetition")), n.Get("repeat_after")
	every := im.Wait(gap, gap.IntOr(0), time.Minute)
	if len(r.Targets) == 0 || len(r.Targets) > escalation.MaxTargets {
		n.Skip()
		if len(r.Targets) > 0 {
			entities.Failf("at most %d", escalation.MaxTargets)
		} else {
			im.Loss(entities, "the rule pages nobody, so it is left out")
		}
		return nil
	}
	ring := n.Get("roundrobin_enabled")
	next, within := n.Get("roundrobin_next_index"), n.Get("escalate_within_roundrobin").BoolOr(false)
	if !ring.BoolOr(false) {
		next.Skip()
		return times(r, again+1, every)
	}
	im.ring(ring, r.Targets, repeated)
	first := next.IntOr(0)
	if first < 0 {
		next.Fail("0 or more")
	}
	r.Targets, r.Pick = from(r.Targets, int(max(first, 0)%int64(len(r.Targets)))), escalation.PickInTurn
	if within {
		return around(r, every)
	}
	return times(r, again+1, every)
}

// ring reports what a rule with an assignment ring loses.
func (im *importer) ring(n jsondoc.Node, targets []escalation.Target, repeated bool) {
	if slices.ContainsFunc(targets, func(t escalation.Target) bool { return t.Type != escalation.TargetPerson }) {
		im.Assume(n, "the turn of a squad or a schedule is everybody's behind it; here one person is paged at a time")
	}
	if repeated {
		im.Loss(n, "a repetition of the policy pages the same again; here it pages whoever is next in the ring")
	}
}

// times returns a rule that pages so many times.
func times(r gather.Timed, count int, every time.Duration) []gather.Timed {
	var all []gather.Timed
	for range count {
		all = append(all, r)
		r.After += every
	}
	return all
}

// around returns a rule that pages everybody in the ring, one after the other. The
// turn of each page passes on with every incident.
func around(r gather.Timed, every time.Duration) []gather.Timed {
	var all []gather.Timed
	for range r.Targets {
		all = append(all, r)
		r.Targets, r.After = from(r.Targets, 1), r.After+every
	}
	return all
}

// from returns the targets from one of them on, those before it at the end.
func from(targets []escalation.Target, first int) []escalation.Target {
	return slices.Concat(targets[first:], targets[:first])
}

// entity reads whom a rule pages.
func (im *importer) entity(n jsondoc.Node) (t escalation.Target, ok bool) {
	n.Skip("name")
	switch strings.ToLower(n.Get("type").Str()) {
	case "user":
		id := n.Get("id").Text()
		im.Person(id, "", "")
		n.Skip("pid")
		return escalation.Person(id), true
	case "squad":
		n.Skip("pid")
		return im.squad(n, n.Get("id").Text()), true
	case "schedule", "schedulev2":
		id := n.Get("id")
		if pid := n.Get("pid"); pid.Exists() && string(pid.Raw()) != "0" {
			n.Skip("id")
			id = pid
		}
		return im.Schedule(n, id.Text()), true
	}
	n.Get("type").Fail("one of user, squad, schedule, schedulev2")
	return t, false
}

// squad returns a squad as a target.
func (im *importer) squad(n jsondoc.Node, id string) escalation.Target {
	members, known := im.squads[id]
	if !known {
		im.Loss(n, "the members of the squad %q are not among the documents, so nobody is known to be paged", id)
	}
	im.Team(escalation.Group{ID: id, Members: members})
	return escalation.Team(id)
}

// members reads a squad with its members.
func (im *importer) members(n jsondoc.Node) {
	n.Skip("name", "team_id", "owner", "owner_id", "slug")
	var people []string
	for _, m := range n.Get("members").Items() {
		id := m
		if m.IsObject() {
			m.Skip("role")
			id = m.Get("user_id")
		}
		im.Person(id.Text(), "", "")
		people = append(people, id.Text())
	}
	im.squads[gather.First(n, "id", "ID").Text()] = people
}

// user reads somebody.
func (im *importer) user(n jsondoc.Node) {
	n.Skip("abilities", "bio", "title", "role", "role_id", "email_verified", "phone_verified", "in_grace_period", "is_trial_signup",
		"is_override_dnd_enabled", "oncall_reminder_rules")
	id := n.Get("id").Text()
	im.Person(id, strings.TrimSpace(n.Get("first_name").StrOr("")+" "+n.Get("last_name").StrOr("")), n.Get("email").StrOr(""))
	im.Home(n.Get("time_zone"), id)
	contact := n.Get("contact")
	if number := contact.Get("phone_number").StrOr(""); number != "" {
		im.Contact(id, importers.Contact{Channel: "phone", To: contact.Get("dial_code").StrOr("") + number})
	}
	if rules := n.Get("notification_rules"); len(rules.Items()) > 0 {
		rules.Skip()
		im.Loss(rules, "when %q is notified by which contact is not kept", id)
	}
}
