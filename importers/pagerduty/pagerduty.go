// Package pagerduty imports the on-call schedules of PagerDuty: with [Import]
// those of version 2, which are made of layers, and with [ImportV3] those of
// version 3, which are made of rotations with events. Both import escalation
// policies and users too.
package pagerduty

import (
	"slices"
	"strings"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// Import reads schedules of version 2: what GET /schedules/{id} answers, several
// of them in a list, or a schedule without its envelope. A list as GET /schedules
// answers it has no layers unless it was asked for them, which is reported.
//
// Each layer becomes a rotation of the same id. The first, which is the highest,
// hides those after it. Turns of whole days keep their wall-clock time in the zone
// of the schedule. A layer that has ended stays, and is on duty until it did.
//
// Overrides are what GET /schedules/{id}/overrides answers, in a file of their own
// after that of their schedule, or under "overrides" beside or in the schedule.
// Without them the entries that overrides_subschedule has rendered stand in.
//
// Options.Zone is the time_zone of the request, if it asked for another than that
// of the schedule: PagerDuty writes the times of restrictions in it. Options.From
// and To bound turns that are not made of whole minutes, which have to be written
// out.
//
// Where final_schedule is rendered, the result is compared with it, and every
// difference is reported.
//
// Escalation policies are what GET /escalation_policies or …/{id} answers, in
// files of their own before or after those of the schedules that they page. Each
// rule becomes a step that waits for its delay, the last one too. After num_loops
// repetitions nobody else is paged. A rule whose strategy is round_robin pages
// whoever of its targets is next.
//
// Users are what GET /users or …/{id} answers; with include[]=contact_methods
// they have contacts, and with include[]=notification_rules too they have rules. The
// first message about a page goes at once, whatever the rules say.
func Import(o importers.Options, files ...importers.File) (importers.Result, error) {
	im := importer{Import: gather.Open(o, files)}
	for _, doc := range im.Docs {
		im.sort(doc.Root())
	}
	for _, d := range im.drafts {
		im.schedule(d)
	}
	im.escalation()
	for _, n := range im.strays {
		n.Fail("a schedule that these overrides belong to, in a file before this one")
	}
	return im.Result()
}

// importer is one call of Import or ImportV3.
type importer struct {
	*gather.Import
	drafts   []*draft
	strays   []jsondoc.Node // overrides that belong to nobody
	policies []jsondoc.Node
	users    []jsondoc.Node
}

// draft is a schedule with what belongs to it.
type draft struct {
	node      jsondoc.Node
	overrides []jsondoc.Node
	shifts    []jsondoc.Node // custom shifts, in version 3
}

// envelope is what an answer has beside what was asked for.
var envelope = []string{"limit", "offset", "more", "total", "next_cursor", "self"}

// sort finds out what a document is.
func (im *importer) sort(root jsondoc.Node) {
	switch {
	case root.IsList():
		for _, n := range root.Items() {
			im.item(n)
		}
	case root.Has("time_zone", "schedule_layers", "rotations", "escalation_rules", "start", "start_time"):
		im.item(root)
	case root.Has("schedule"):
		d := im.draft(root.Get("schedule"))
		d.overrides = root.Get("overrides").Items()
		d.shifts = root.Get("custom_shifts").Items()
	case root.Has("schedules"):
		im.pages(root)
		for _, n := range root.Get("schedules").Items() {
			im.draft(n)
		}
	case root.Has("overrides", "override", "custom_shifts", "custom_shift"):
		im.pages(root)
		im.belongings(slices.Concat(root.Get("overrides").Items(), root.Get("override").Many()),
			slices.Concat(root.Get("custom_shifts").Items(), root.Get("custom_shift").Many()))
	case root.Has("escalation_policy", "escalation_policies", "user", "users"):
		im.pages(root)
		im.policies = slices.Concat(im.policies, root.Get("escalation_policy").Many(), root.Get("escalation_policies").Items())
		im.users = slices.Concat(im.users, root.Get("user").Many(), root.Get("users").Items())
	default:
		im.item(root)
	}
	root.Skip(envelope...)
}

// item finds out what stands in no envelope.
func (im *importer) item(n jsondoc.Node) {
	switch {
	case n.Has("user", "overriding_member"):
		im.belongings([]jsondoc.Node{n}, nil)
	case n.Has("escalation_rules"):
		im.policies = append(im.policies, n)
	case n.Has("email", "contact_methods"):
		im.users = append(im.users, n)
	default:
		im.draft(n)
	}
}

// pages reports an answer that is not the last one.
func (im *importer) pages(root jsondoc.Node) {
	if root.Get("more").BoolOr(false) {
		im.Loss(root.Get("more"), "the list goes on in a further page, which is not among the documents, so whoever is on it is left out")
	}
}

func (im *importer) draft(n jsondoc.Node) *draft {
	d := &draft{node: n}
	im.drafts = append(im.drafts, d)
	return d
}

// belongings gives overrides and custom shifts that come by themselves, and do
// not say to which schedule they belong, to the last one before them.
func (im *importer) belongings(overrides, shifts []jsondoc.Node) {
	if len(im.drafts) == 0 {
		im.strays = slices.Concat(im.strays, overrides, shifts)
		return
	}
	d := im.drafts[len(im.drafts)-1]
	if all := slices.Concat(overrides, shifts); len(im.drafts) > 1 && len(all) > 0 {
		im.Assume(all[0], "this does not say to which schedule it belongs, and is taken to change who is on call on that before it")
	}
	d.overrides = append(d.overrides, overrides...)
	d.shifts = append(d.shifts, shifts...)
}

// heading reads what schedules of both versions begin with. It reports whether
// the node is a schedule at all.
func (im *importer) heading(n jsondoc.Node) (s oncall.Schedule, ok bool) {
	if !n.IsObject() {
		n.Fail("a schedule as GET /schedules/{id} answers it")
		return s, false
	}
	if strings.HasSuffix(n.Get("type").StrOr(""), "_reference") {
		n.Fail("the schedule itself as GET /schedules/{id} answers it, in place of a reference")
		return s, false
	}
	if !n.Has("time_zone", "schedule_layers", "rotations") {
		n.Fail("a schedule as GET /schedules/{id} answers it")
		return s, false
	}
	n.Skip("self", "html_url", "summary", "description", "escalation_policies", "teams", "web_cal_url", "http_cal_url",
		"personal_web_cal_url", "permissions", "next_oncall_for_user")
	s = oncall.Schedule{ID: n.Get("id").Text(), Zone: im.Zone(n.Get("time_zone"))}
	s.Name = n.Get("name").StrOr(n.Get("summary").StrOr(""))
	for _, u := range n.Get("users").Items() {
		im.user(u)
	}
	return s, true
}

// user reads somebody, and returns the id. A deleted user keeps it.
func (im *importer) user(n jsondoc.Node) string {
	if !n.Exists() {
		return ""
	}
	id := n.Get("id").Text()
	im.Person(id, n.Get("name").StrOr(n.Get("summary").StrOr("")), n.Get("email").StrOr(""))
	n.Skip()
	return id
}
