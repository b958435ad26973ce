package goalert

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/gather"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// maxDelay is the longest that a step holds, in minutes.
const maxDelay = 9000

// policy reads an escalation policy.
func (im *importer) policy(n jsondoc.Node) {
	n.Skip("__typename", "isFavorite", "notices")
	p := escalation.Policy{ID: n.Get("id").Text(), Name: n.Get("name").StrOr(""), Repeat: im.repeat(n.Get("repeat"))}
	if services := n.Get("assignedTo"); len(services.Items()) > 0 {
		services.Skip()
		im.Loss(services, "which services page by the escalation policy is not kept")
	}
	steps := n.Get("steps")
	pages, mayMiss := false, false
	for _, item := range inOrder(steps) {
		s := im.step(item)
		pages = pages || len(s.Targets) > 0
		mayMiss = mayMiss || len(s.Targets) > 0 && !slices.ContainsFunc(s.Targets, isSure)
		p.Steps = append(p.Steps, s)
	}
	if !pages {
		im.Loss(steps, "no step of the escalation policy pages anybody, so it is left out")
		return
	}
	if mayMiss {
		im.Loss(steps, "a step whose targets lead to nobody holds in GoAlert; here the next is taken at once, and a round in which nobody could be paged is the last")
	}
	im.AddPolicy(n, p)
}

// isSure reports whether a target always leads to somebody or something.
func isSure(t escalation.Target) bool { return t.Type != escalation.TargetSchedule }

// repeat reads how many passes follow the first.
func (im *importer) repeat(n jsondoc.Node) int {
	if n.IntOr(0) == -1 {
		im.Loss(n, "GoAlert goes through these steps for as long as nobody answers; here they are repeated %d times", escalation.MaxRepeat)
		return escalation.MaxRepeat
	}
	return gather.Repeat(n)
}

// inOrder returns the steps by their numbers. Without one it is their place.
func inOrder(n jsondoc.Node) []jsondoc.Node {
	items := n.Items()
	numbers := map[jsondoc.Node]int64{}
	seen := map[int64]bool{}
	for i, item := range items {
		number := item.Get("stepNumber").IntOr(int64(i))
		if seen[number] {
			item.Get("stepNumber").Fail("a number that no step before has")
		}
		seen[number] = true
		numbers[item] = number
	}
	slices.SortStableFunc(items, func(a, b jsondoc.Node) int { return cmp.Compare(numbers[a], numbers[b]) })
	return items
}

// step reads a step. One without targets holds as long as any other.
func (im *importer) step(n jsondoc.Node) escalation.Step {
	n.Skip("__typename", "id", "escalationPolicy")
	delay := n.Get("delayMinutes")
	minutes := delay.Int()
	if delay.Exists() && (minutes < 1 || minutes > maxDelay) {
		delay.Failf("1 to %d minutes", maxDelay)
		minutes = 1
	}
	if all := n.Get("multiAck"); all.BoolOr(false) {
		im.Loss(all, "that the pages of a step go on until everybody has acknowledged is not kept: the first answer ends them")
	}
	wait := time.Duration(minutes) * time.Minute
	var targets []escalation.Target
	add := func(t escalation.Target, ok bool) {
		if ok && !slices.Contains(targets, t) {
			targets = append(targets, t)
		}
	}
	if actions := n.Get("actions").Items(); len(actions) > 0 {
		n.Skip("targets") // the same, as older versions write it
		for _, a := range actions {
			add(im.action(a))
		}
	}
	if len(targets) == 0 {
		for _, t := range n.Get("targets").Items() {
			add(im.paged(t))
		}
	}
	if len(targets) == 0 {
		return gather.Delay(wait)
	}
	return escalation.Step{Targets: targets, Wait: wait}
}

// paged reads a target of a step.
func (im *importer) paged(n jsondoc.Node) (t escalation.Target, ok bool) {
	n.Skip("__typename")
	at := n.Get("id")
	id, name := at.Text(), n.Get("name").StrOr("")
	switch kind := n.Get("type").Str(); kind {
	case "user":
		return im.one(id, name), id != ""
	case "schedule":
		return im.Schedule(at, id), id != ""
	case "rotation":
		return im.rotationAlone(at, id)
	case "slackChannel":
		return im.channel("slack", id, name), id != ""
	case "notificationChannel":
		return im.channel("", id, name), id != ""
	case "chanWebhook":
		return im.webhook(id, name), id != ""
	default:
		im.Loss(n, "a target of the type %q cannot be paged, so it is left out", kind)
		return t, false
	}
}

// action reads a destination, which is what newer versions call a target.
func (im *importer) action(n jsondoc.Node) (t escalation.Target, ok bool) {
	n.Skip("__typename")
	args, name := n.Get("args"), n.Get("displayInfo").Get("text").StrOr("")
	n.Get("displayInfo").Skip()
	arg := func(key string) string { return args.Get(key).Text() }
	switch kind := n.Get("type").Str(); kind {
	case "builtin-user":
		id := arg("user_id")
		return im.one(id, name), id != ""
	case "builtin-schedule":
		id := arg("schedule_id")
		return im.Schedule(args.Get("schedule_id"), id), id != ""
	case "builtin-rotation":
		return im.rotationAlone(args.Get("rotation_id"), arg("rotation_id"))
	case "builtin-slack-channel":
		id := arg("slack_channel_id")
		return im.channel("slack", id, name), id != ""
	case "builtin-webhook":
		id := arg("webhook_url")
		return im.webhook(id, name), id != ""
	default:
		args.Skip()
		im.Loss(n, "a destination of the type %q cannot be paged, so it is left out", kind)
		return t, false
	}
}

func (im *importer) one(id, name string) escalation.Target {
	im.Person(id, name, "")
	return escalation.Person(id)
}

func (im *importer) channel(by, id, name string) escalation.Target {
	to := id
	if by == "" {
		to = ""
	}
	return im.Place(importers.Place{Type: escalation.TargetChannel, ID: id, Name: name, Channel: by, To: to})
}

func (im *importer) webhook(id, name string) escalation.Target {
	place := importers.Place{Type: escalation.TargetWebhook, ID: id, Name: name, Channel: "webhook"}
	if strings.Contains(id, "://") {
		place.To = id
	}
	return im.Place(place)
}

// rotationAlone makes a schedule of a rotation that is paged without one. Where
// its own answer is missing, so is that schedule.
func (im *importer) rotationAlone(n jsondoc.Node, id string) (t escalation.Target, ok bool) {
	if im.rotations[id] == nil {
		im.Loss(n, "the rotation %q is not among the documents, so nobody is known to be on call in it and to be paged", id)
		return escalation.Schedule(id), id != ""
	}
	r, ok := im.named(n, id)
	if !ok {
		return t, false
	}
	if known := im.rotations[id]; !known.alone {
		known.alone = true
		im.Add(known.node, oncall.Schedule{ID: id, Name: r.Name, Zone: r.Zone, Rotations: []oncall.Rotation{r}})
	}
	return im.Schedule(n, id), true
}
