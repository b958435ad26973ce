// Package grafanaoncall imports the on-call schedules and escalation chains of
// Grafana OnCall.
package grafanaoncall

import (
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// Import reads what these endpoints answer, in any number of files and in any
// order, bare, in a list, or under "results":
//
//   - GET /api/v1/schedules/ or /api/v1/schedules/{id}/
//   - GET /api/v1/on_call_shifts/ or /api/v1/on_call_shifts/{id}/: all that the
//     schedules name
//   - GET /api/v1/schedules/{id}/final_shifts, for a schedule of the type web or
//     ical, whose shifts are then what is imported
//   - GET /api/v1/escalation_policies/, and /api/v1/escalation_chains/ for their
//     names
//   - GET /api/v1/users/, for names, addresses and the members of teams, and
//     /api/v1/webhooks/
//
// An object with schedule, schedules, on_call_shift or on_call_shifts holds
// several of them, and so do escalation_chains, escalation_policies, users and
// webhooks.
//
// Each shift becomes a rotation of its id, on the level that it has; shifts of the
// type override lie above all levels. A recurrence that package oncall has no
// words for, such as one of days of the month, or one whose shifts overlap, is
// written out as fixed shifts from Options.From until Options.To. So are the
// differences at clock changes, where Grafana OnCall counts the seconds of a shift:
// as overrides of the rotation. Where the options do not say, the range is the year
// after Options.From or else At; without either nothing can be written out.
//
// An escalation chain becomes a policy of its id. What follows in it without a wait
// happens together; Grafana OnCall takes some seconds from one to the next. Waits
// are those of the step before, or pauses where there is none.
//
// Calendars (the type ical) are not fetched, which is reported as a loss.
func Import(o importers.Options, files ...importers.File) (importers.Result, error) {
	im := importer{
		Import: gather.Open(o, files), shifts: map[string]*shift{},
		members: map[string][]string{}, usernames: map[string]string{}, webhooks: map[string]importers.Place{},
	}
	for _, doc := range im.Docs {
		im.sort(doc.Root())
	}
	for _, n := range im.schedules {
		im.schedule(n)
	}
	im.leftOver()
	im.escalate()
	return im.Result()
}

type importer struct {
	*gather.Import
	schedules []jsondoc.Node
	shifts    map[string]*shift
	order     []*shift
	final     []jsondoc.Node

	chains    []*chain
	members   map[string][]string // of teams
	usernames map[string]string   // by id
	webhooks  map[string]importers.Place
}

// lists are the keys of what an object may hold several of.
var lists = []string{
	"schedule", "schedules", "on_call_shift", "on_call_shifts", "final_shifts", "user", "users",
	"escalation_chain", "escalation_chains", "escalation_policy", "escalation_policies", "webhook", "webhooks", "user_groups", "teams",
}

// sort takes a document apart.
func (im *importer) sort(root jsondoc.Node) {
	body := im.list(root)
	found := false
	for _, key := range lists {
		if !body.Has("type", "username") && body.Has(key) {
			found = true
			for _, n := range im.list(body.Get(key)).Many() {
				im.item(n)
			}
		}
	}
	if found {
		return
	}
	if !body.IsObject() && !body.IsList() {
		body.Fail("an answer of Grafana OnCall's API: schedules, shifts, escalation policies or users")
	}
	for _, n := range body.Many() {
		im.item(n)
	}
}

// list returns what the page of a list holds, or the value itself.
func (im *importer) list(n jsondoc.Node) jsondoc.Node {
	body := n.Unwrap("results", "data")
	if body.Path() == n.Path() {
		return n
	}
	n.Skip("count", "previous", "current_page_number", "page_size", "total_pages")
	if next := n.Get("next"); next.StrOr("") != "" {
		im.Loss(next, "the list goes on in a further page, which is not among the documents, so whoever is on it is left out")
	}
	return body
}

func (im *importer) item(n jsondoc.Node) {
	switch {
	case !n.IsObject():
		n.Fail("a schedule, a shift, an escalation policy or a user")
	case n.Has("shift_start"):
		im.final = append(im.final, n)
	case n.Has("escalation_chain_id"):
		im.task(n)
	case n.Has("username") && !n.Has("type"):
		im.user(n)
	case n.Has("duration"):
		im.keep(n)
	case n.Has("trigger_type", "http_method"):
		im.hook(n)
	case n.Has("avatar_url"), n.Has("type", "slack") && n.Get("type").StrOr("") == "slack_based":
		n.Skip() // teams and groups, of which nothing is needed but the id
	case n.Has("name") && n.Has("team_id") && !n.Has("type"):
		im.named(n)
	default:
		im.schedules = append(im.schedules, n)
	}
}

func (im *importer) user(n jsondoc.Node) {
	id := n.Get("id").Str()
	im.usernames[id] = n.Get("username").StrOr("")
	im.Person(id, im.usernames[id], n.Get("email").StrOr(""))
	for _, slack := range n.Get("slack").Many() {
		if to := slack.Get("user_id").StrOr(""); to != "" {
			im.Contact(id, importers.Contact{Channel: "slack", To: to})
		}
	}
	im.member(n.Get("teams"), id)
	n.Skip()
}

func (im *importer) keep(n jsondoc.Node) {
	s := im.read(n)
	if im.shifts[s.id] != nil {
		n.Get("id").Fail("each shift once")
		return
	}
	im.shifts[s.id] = s
	im.order = append(im.order, s)
}

func (im *importer) schedule(n jsondoc.Node) {
	n.Skip("on_call_now", "team_id", "slack")
	kind := n.Get("type").OneOf("calendar", "ical", "web")
	for _, key := range []string{"ical_url_primary", "ical_url_overrides"} {
		if n.Get(key).StrOr("") != "" {
			im.Loss(n.Get(key), "the calendar is not fetched, so nobody is on call by it; what is at this address can be imported as an iCalendar file")
		}
	}
	s := oncall.Schedule{
		ID:      n.Get("id").Str(),
		Name:    n.Get("name").StrOr(""),
		Zone:    im.ZoneOr(n.Get("time_zone"), "UTC"),
		Overlap: oncall.Levels,
	}
	switch {
	case len(im.final) > 0 && kind != "calendar":
		n.Get("shifts").Skip()
		s.Rotations = im.finalShifts(n)
	case kind == "ical":
		im.Loss(n, "the shifts are in the calendar, so the schedule is left out and nobody is on call on it; its final_shifts could be imported")
		return
	case kind == "web" && !n.Has("shifts"):
		im.Loss(n, "the document does not say what the shifts are, so the schedule is left out and nobody is on call on it; its final_shifts could be imported")
		return
	default:
		im.rotations(n.Get("shifts"), &s, kind == "web")
	}
	im.Add(n, s)
}

// rotations adds the shifts that a schedule names.
func (im *importer) rotations(n jsondoc.Node, s *oncall.Schedule, web bool) {
	top := 0
	var shifts []*shift
	for _, item := range n.Items() {
		shift := im.shifts[item.Str()]
		if shift == nil {
			item.Fail("a shift whose own document (GET /api/v1/on_call_shifts/{id}/) is among the files")
			continue
		}
		shift.used = true
		shifts = append(shifts, shift)
		top = max(top, shift.level+1)
	}
	for _, found := range shifts {
		shift := *found
		shift.web = web
		switch {
		case shift.zone == "" && web:
			shift.zone = "UTC"
		case shift.zone == "":
			shift.zone = s.Zone
		}
		shift.loc = gather.Location(shift.zone)
		r, overrides, ok := im.rotation(&shift)
		if !ok {
			continue
		}
		r.ID, r.Name, r.Level = shift.id, shift.name, shift.level
		if shift.kind == "override" {
			r.Level = top
		}
		if shift.zone != s.Zone {
			r.Zone = shift.zone
		}
		s.Rotations = append(s.Rotations, r)
		s.Overrides = append(s.Overrides, overrides...)
	}
}

// finalShifts takes over what Grafana OnCall has computed.
func (im *importer) finalShifts(n jsondoc.Node) []oncall.Rotation {
	if len(im.schedules) > 1 {
		im.final[0].Fail("no other schedule among the documents, since final shifts do not name theirs")
		return nil
	}
	r := oncall.Rotation{ID: "final_shifts", Name: "final shifts"}
	for _, f := range im.final {
		id := f.Get("user_pk").Str()
		im.Person(id, f.Get("user_username").StrOr(""), f.Get("user_email").StrOr(""))
		r.Fixed = append(r.Fixed, oncall.FixedShift{
			Start: im.Instant(f.Get("shift_start")), End: im.Instant(f.Get("shift_end")), People: []string{id},
		})
	}
	im.Loss(n, "the schedule is what Grafana OnCall computed for the range of the final shifts, and outside it nobody is on call")
	return []oncall.Rotation{r}
}

// leftOver reports what belongs to no schedule.
func (im *importer) leftOver() {
	for _, s := range im.order {
		switch {
		case s.used:
		case s.kind == "override":
			im.Loss(s.node, "the document does not say which schedule this overrides, so it puts nobody on call and is left out")
			s.node.Skip()
		default:
			im.Loss(s.node, "no schedule among the documents has this shift, so it puts nobody on call and is left out")
			s.node.Skip()
		}
	}
	used := false
	for _, n := range im.schedules {
		used = used || n.Get("type").StrOr("") != "calendar"
	}
	if len(im.final) > 0 && !used {
		im.Assume(im.final[0], "the final shifts are not needed, since the shifts of the schedule are here and say who is on call")
		for _, f := range im.final {
			f.Skip()
		}
	}
}
