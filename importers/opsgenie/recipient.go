package opsgenie

import (
	"strings"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
)

// team is one with the members that a document lists.
type team struct {
	members, admins, users []string
}

// team reads a team with its members.
func (im *importer) team(n jsondoc.Node) {
	n.Skip("name", "description", "links")
	var t team
	for _, m := range n.Get("members").Items() {
		for _, id := range im.user(m.Get("user")) {
			t.members = append(t.members, id)
			if m.Get("role").StrOr("user") == "admin" {
				t.admins = append(t.admins, id)
			} else {
				t.users = append(t.users, id)
			}
		}
	}
	im.teams[n.Get("id").Text()] = t
}

// account reads a user with the contacts.
func (im *importer) account(n jsondoc.Node) {
	n.Skip("role", "locale", "userAddress", "tags", "details", "verified", "createdAt", "mutedUntil", "skypeUsername", "invitationDisabled", "links")
	ids := im.user(n)
	for _, id := range ids {
		im.Home(n.Get("timeZone"), id)
	}
	if n.Get("blocked").BoolOr(false) {
		im.Loss(n.Get("blocked"), "the user is blocked, so Opsgenie does not page them; that is not kept")
	}
	for _, c := range n.Get("userContacts").Items() {
		c.Skip("id", "status", "disabledReason", "applyOrder")
		method, to := strings.ToLower(c.Get("contactMethod").Str()), c.Get("to").Str()
		switch {
		case !c.Get("enabled").BoolOr(true):
			im.Loss(c, "the contact is disabled, so %q is not reached by it", n.Get("username").StrOr(""))
		case method == "mobile":
			im.Loss(c, "only the app of Opsgenie can be reached so, and %q not by this contact", n.Get("username").StrOr(""))
		default:
			for _, id := range ids {
				im.Contact(id, contact(method, to))
			}
		}
	}
}

// contact returns a contact as others write it. A number is "49-15112345678" there.
func contact(method, to string) importers.Contact {
	if method == "voice" {
		method = "phone"
	}
	if country, number, ok := strings.Cut(to, "-"); ok && method != "email" {
		to = "+" + country + strings.ReplaceAll(number, "-", "")
	}
	return importers.Contact{Channel: method, To: to}
}

// recipient returns whom a rule pages, by its type of notification; nobody, if that
// cannot be said, which is reported.
func (im *importer) recipient(n, notify jsondoc.Node, kind string) []escalation.Target {
	n.Skip("name", "links")
	switch n.Get("type").OneOf("user", "schedule", "team", "escalation", "group") {
	case "user":
		n.Skip("username")
		var targets []escalation.Target
		for _, id := range im.user(n) {
			targets = append(targets, escalation.Person(id))
		}
		return targets
	case "schedule":
		return im.ofSchedule(n, notify, kind)
	case "team":
		return im.ofTeam(n, notify, kind)
	case "escalation":
		im.Assume(n, "the escalation is taken to be gone through to its end, with its repetitions, before the next rule's delay goes on")
		return []escalation.Target{im.Nested(n, im.named(n))}
	case "group":
		n.Skip("id")
		im.Loss(n, "the document does not say who is in the group %q, so the rule pages nobody and is left out", n.Get("name").StrOr(n.Get("id").StrOr("")))
	}
	return nil
}

// named returns the id of a recipient or, where there is none, the name.
func (im *importer) named(n jsondoc.Node) string { return im.ID(n.Get("id"), n.Get("name").StrOr("")) }

// scheduleID is named for a schedule, whose id another document may tell.
func (im *importer) scheduleID(n jsondoc.Node) string {
	name := n.Get("name").StrOr("")
	for _, d := range im.drafts {
		if !n.Get("id").Exists() && name != "" && d.node.Get("name").StrOr("") == name {
			return d.id
		}
	}
	return im.named(n)
}

func (im *importer) ofSchedule(n, notify jsondoc.Node, kind string) []escalation.Target {
	switch kind {
	case "previous":
		n.Skip("id")
		im.Loss(notify, "that whoever was on call before is paged has no counterpart, so the rule pages nobody and is left out")
		return nil
	case "users", "admins", "random", "all":
		im.Assume(notify, "%q is for teams; of a schedule, whoever is on call is taken to be paged", kind)
	}
	t := im.Schedule(n, im.scheduleID(n))
	if kind == "next" {
		t.Mode = escalation.OnCallNext
	}
	return []escalation.Target{t}
}

func (im *importer) ofTeam(n, notify jsondoc.Node, kind string) []escalation.Target {
	id := im.named(n)
	t, known := im.teams[id]
	if known && (kind == "admins" || kind == "users") {
		return im.members(n, id, kind, t)
	}
	switch kind {
	case "default", "next", "previous":
		im.Loss(n, "Opsgenie asks the routing rules of the team %q whom to page, which are not in the document: everybody in the team is paged", id)
	case "admins", "users":
		im.Loss(notify, "which members of the team %q are %s is not among the documents, so everybody in the team is paged", id, kind)
	}
	if !known {
		im.Loss(n, "the members of the team %q are not among the documents, so nobody is known to be paged: give GET /v2/teams/{id} too", id)
	}
	im.Team(escalation.Group{ID: id, Members: t.members})
	return []escalation.Target{escalation.Team(id)}
}

// members returns those of a team that have a role.
func (im *importer) members(n jsondoc.Node, id, role string, t team) []escalation.Target {
	of := map[string][]string{"admins": t.admins, "users": t.users}[role]
	targets := make([]escalation.Target, len(of))
	for i, person := range of {
		targets[i] = escalation.Person(person)
	}
	if len(targets) == 0 {
		im.Loss(n, "the team %q has no %s, so the rule pages nobody and is left out", id, role)
	}
	return targets
}
