package grafanaoncall

import (
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// task reads one thing that a chain does. It returns false where the chain ends.
func (b *builder) task(n jsondoc.Node) (goesOn bool) {
	kind := n.Get("type").StrOr("")
	switch kind {
	case "wait":
		b.flush(b.wait(n.Get("duration")))
	case "notify_if_time_from_to":
		b.flush(0)
		b.hours(n)
	case "notify_if_num_alerts_in_window":
		b.flush(0)
		b.alerts(n)
	case "repeat_escalation":
		b.repeat(n)
	case "resolve":
		b.Loss(n, "Grafana OnCall resolves the alert group here, while here the run only ends, and the incident stays open")
		return false
	case "notify_whole_channel":
		b.Loss(n, "which channel is paged is not in the document, so none is")
	case "declare_incident":
		n.Skip("severity")
		b.Loss(n, "that an incident is declared is not kept, since there is one already where people are paged")
	case "":
		b.Loss(n, "it is not configured and does nothing, so it is left out")
	default:
		b.page(n, kind)
	}
	return true
}

// wait reads how long a chain waits. Without a duration it is what Grafana OnCall
// takes in its place.
func (b *builder) wait(n jsondoc.Node) time.Duration {
	const usual = 5 * time.Minute
	if !n.Exists() {
		b.Assume(n, "without a duration the wait is of %s, as in Grafana OnCall", usual)
		return usual
	}
	return b.Wait(n, n.Int(), time.Second)
}

// page reads whom to notify.
func (b *builder) page(n jsondoc.Node, kind string) {
	var s escalation.Step
	switch kind {
	case "notify_persons":
		s.Targets = b.persons(n.Get("persons_to_notify"), b.urgency(n))
	case "notify_person_next_each_time":
		list := n.Get("persons_to_notify_next_each_time")
		for _, id := range b.inTurn(list, b.ids(list)) {
			s.Targets = append(s.Targets, escalation.Person(id))
		}
		b.usual = true
		if len(s.Targets) > 1 {
			s.Pick = escalation.PickInTurn
			b.Assume(list, "the document does not say whose turn it is, so %s is taken to be next", s.Targets[0].ID)
		}
	case "notify_on_call_from_schedule":
		if at := n.Get("notify_on_call_from_schedule"); at.StrOr("") != "" {
			t := b.Schedule(at, at.Str())
			t.Urgency = b.urgency(n)
			s.Targets = []escalation.Target{t}
		}
	case "notify_team_members":
		s.Targets = b.team(n, n.Get("team_to_notify"), "no user among the documents is in the team %q, so nobody is paged until its members are known")
	case "notify_user_group":
		s.Targets = b.team(n, n.Get("group_to_notify"), "the members of the group %q are in Slack, so nobody is paged until they are known")
	case "trigger_webhook":
		s.Targets = b.webhook(n.Get("action_to_trigger"))
	default:
		b.Loss(n, "a step of the type %q is not known, so it is left out", kind)
		return
	}
	if len(s.Targets) == 0 {
		b.Loss(n, "the step names nobody, so it is left out")
		return
	}
	b.group = append(b.group, s)
}

// urgency reads by which of their rules people are notified.
func (b *builder) urgency(n jsondoc.Node) escalation.Urgency {
	if n.Get("important").BoolOr(false) {
		b.important = true
		return escalation.High
	}
	b.usual = true
	return ""
}

func (b *builder) ids(n jsondoc.Node) []string {
	var ids []string
	for _, item := range n.Items() {
		id := item.Str()
		b.Person(id, "", "")
		ids = append(ids, id)
	}
	return ids
}

func (b *builder) persons(n jsondoc.Node, urgency escalation.Urgency) []escalation.Target {
	var targets []escalation.Target
	for _, id := range b.ids(n) {
		targets = append(targets, escalation.Target{Type: escalation.TargetPerson, ID: id, Urgency: urgency})
	}
	return targets
}

// team reads a team or a user group. Unknown says what it means if nobody is known
// to be in it.
func (b *builder) team(n, at jsondoc.Node, unknown string) []escalation.Target {
	id := at.StrOr("")
	if id == "" {
		return nil
	}
	b.Team(escalation.Group{ID: id, Members: b.members[id]})
	if len(b.members[id]) == 0 {
		b.Loss(at, unknown, id)
	}
	return []escalation.Target{{Type: escalation.TargetTeam, ID: id, Urgency: b.urgency(n)}}
}

func (b *builder) webhook(at jsondoc.Node) []escalation.Target {
	id := at.StrOr("")
	if id == "" {
		return nil
	}
	place := b.webhooks[id]
	place.Type, place.ID, place.Channel = escalation.TargetWebhook, id, "webhook"
	return []escalation.Target{b.Place(place)}
}

// hook keeps what is known of a webhook.
func (im *importer) hook(n jsondoc.Node) {
	im.webhooks[n.Get("id").Str()] = importers.Place{Name: n.Get("name").StrOr(""), To: n.Get("url").StrOr("")}
	n.Skip()
}

// hours reads times of the day in UTC that the chain waits for.
func (b *builder) hours(n jsondoc.Node) {
	from, to := n.Get("notify_if_time_from"), n.Get("notify_if_time_to")
	if !from.Exists() || !to.Exists() {
		b.Loss(n, "it is not configured and does nothing, so it is left out")
		return
	}
	begin, end := clock(from), clock(to)
	window := oncall.Daily(begin, end)
	if begin == end { // only then
		window = oncall.Window{Opens: begin, Length: time.Second}
	}
	b.steps = append(b.steps, escalation.Step{Until: &escalation.Condition{Hours: &escalation.Hours{Zone: "UTC", Windows: []oncall.Window{window}}}})
}

// clock reads a time of day such as 09:00:00Z.
func clock(n jsondoc.Node) oncall.TimeOfDay {
	t, err := oncall.ParseTimeOfDay(strings.TrimSuffix(n.Str(), "Z"))
	if n.IsText() && err != nil {
		n.Fail("a time of day in UTC such as 09:00:00Z")
	}
	return t
}

// alerts reads how many alerts have to come in before the chain goes on.
func (b *builder) alerts(n jsondoc.Node) {
	count, minutes := n.Get("num_alerts_in_window"), n.Get("num_minutes_in_window")
	if !count.Exists() || !minutes.Exists() {
		b.Loss(n, "it is not configured and does nothing, so it is left out")
		return
	}
	more := count.Int()
	if more < 0 || more >= escalation.MaxAlerts {
		count.Failf("0 to %d", escalation.MaxAlerts-1)
		return
	}
	within := b.Span(minutes, minutes.Int(), time.Minute)
	if within < escalation.MinWait {
		minutes.Fail("at least 1 minute")
		return
	}
	b.Assume(n, "alerts are counted back from when the step is due, and in Grafana OnCall from the last of them, so there it may go on after a wait where it does not here")
	b.Loss(n, "Grafana OnCall waits for so many alerts for good, while here the chain goes on after %d days all the same", escalation.MaxWait/(24*time.Hour))
	b.steps = append(b.steps, escalation.Step{
		Until: &escalation.Condition{Alerts: &escalation.AlertCount{AtLeast: int(more) + 1, Within: within}}, Wait: escalation.MaxWait,
	})
}
