package incidentio

import (
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// level reads a level, or a node that notifies a channel: who is paged, how often,
// and how long an answer is waited for.
func (p *path) level(n jsondoc.Node, id string) []escalation.Step {
	s := escalation.Step{Targets: p.targets(n.Get("targets"))}
	if mode := n.Get("ack_mode"); mode.StrOr("") != "" && mode.OneOf("first", "all") == "all" {
		s.Ack = escalation.AckAll
		p.Assume(mode, "everybody whom the level pages has to acknowledge, and until all have the path is taken to go on")
	}
	ack := n.Get("time_to_ack_seconds")
	s.Wait = p.Wait(ack, ack.IntOr(0), time.Second)
	robin, retry := n.Get("round_robin_config"), n.Get("retry_config")
	rotate := p.robin(robin, &s)
	attempts, interval := p.retry(retry)
	until := p.until(n.Get("time_to_ack_weekday_interval_config_id"), n.Get("time_to_ack_interval_condition"))
	if len(s.Targets) == 0 {
		p.Loss(n.Get("targets"), "the level pages nobody, so it is left out, and the next node takes its place")
		return nil
	}
	var steps []escalation.Step
	switch {
	case rotate > 0:
		if attempts > 1 {
			p.Loss(retry, "the level is not paged again, since those who take turns are paged one after the other already")
		}
		steps = p.cycle(robin.Get("rotate_after_seconds"), s, rotate, &id)
	case attempts > 0:
		steps = p.attempts(retry, s, attempts, interval)
	default:
		steps = []escalation.Step{s}
	}
	if s.Wait == 0 && rotate == 0 && attempts == 0 && len(until) == 0 {
		p.Assume(ack, "without a time to acknowledge the next node is taken to follow at once")
	}
	if len(until) > 0 && !slices.ContainsFunc(s.Targets, isSure) {
		p.Loss(n, "where nobody is on call for this level, these hours are waited for all the same, while incident.io goes on at once")
	}
	return p.opened(id, append(steps, until...))
}

// isSure reports whether a target always leads to somebody or something.
func isSure(t escalation.Target) bool { return t.Type != escalation.TargetSchedule }

// robin reads whether one at a time is paged, and after how long the next is; 0: no
// other.
func (p *path) robin(n jsondoc.Node, s *escalation.Step) time.Duration {
	after := n.Get("rotate_after_seconds")
	rotate := p.Wait(after, after.IntOr(0), time.Second)
	if !n.Get("enabled").BoolOr(false) {
		return 0
	}
	s.Pick = escalation.PickLeastRecent
	p.Assume(n, "the document does not say who was paged longest ago, so the first of those who take turns is taken to be next")
	return rotate
}

// cycle pages one after the other until the time to acknowledge is over.
func (p *path) cycle(at jsondoc.Node, s escalation.Step, rotate time.Duration, id *string) []escalation.Step {
	turns := max(1, int64((s.Wait+rotate-1)/rotate))
	switch {
	case s.Wait == 0:
		p.Assume(at, "without a time to acknowledge one turn is taken to be all")
	case turns == 1:
		return []escalation.Step{s}
	case turns > escalation.MaxRepeat:
		at.Failf("at least %d seconds, so that there are at most %d turns in the time to acknowledge", int64(s.Wait/escalation.MaxRepeat/time.Second), escalation.MaxRepeat)
		turns = 1
	case s.Wait%rotate != 0:
		p.Loss(at, "the last turn of the level is as long as the others, so the next node follows after %s and not after %s", time.Duration(turns)*rotate, s.Wait)
	}
	if turns > 1 && rotate < escalation.MinRound {
		p.Loss(at, "a turn lasts at least %s here", escalation.MinRound)
	}
	s.Wait = rotate
	if turns == 1 {
		return []escalation.Step{s}
	}
	if *id == "" {
		*id = p.fresh()
	}
	return []escalation.Step{s, {BackTo: *id, Times: int(turns) - 1}}
}

// retry reads how often a level is paged in all, and how long lies between.
func (p *path) retry(n jsondoc.Node) (attempts int, interval time.Duration) {
	if !n.Exists() {
		return 0, 0
	}
	const most = 10
	count, seconds := n.Get("attempts"), n.Get("interval_seconds")
	attempts = int(count.Int())
	if count.Exists() && (attempts < 1 || attempts > most) {
		count.Failf("1 to %d", most)
		return 0, 0
	}
	interval = p.Wait(seconds, seconds.Int(), time.Second)
	if attempts > 1 && interval == 0 {
		p.Assume(seconds, "attempts that follow each other at once are one")
		attempts = 1
	}
	return attempts, interval
}

// attempts pages the same again and again.
func (p *path) attempts(at jsondoc.Node, s escalation.Step, attempts int, interval time.Duration) []escalation.Step {
	steps := slices.Repeat([]escalation.Step{s}, attempts)
	for i := range steps[:attempts-1] {
		steps[i].Wait = interval
	}
	if s.Wait == 0 {
		steps[attempts-1].Wait = interval
	} else if attempts > 1 {
		p.Assume(at, "the time to acknowledge is taken to run from the last attempt")
	}
	return steps
}

func (p *path) targets(n jsondoc.Node) []escalation.Target {
	var targets []escalation.Target
	for _, item := range n.Items() {
		if t, ok := p.target(item); ok && !slices.Contains(targets, t) {
			targets = append(targets, t)
		}
	}
	return targets
}

func (p *path) target(n jsondoc.Node) (t escalation.Target, ok bool) {
	if n.Get("binding").Exists() && !n.Get("id").Exists() {
		n.Skip()
		p.Loss(n, "whom a parameter of a template names is not in the document, so nobody is paged for it")
		return t, false
	}
	id := n.Get("id").Str()
	mode, rota := n.Get("schedule_mode"), n.Get("selected_rota_id")
	var urgency escalation.Urgency
	if at := n.Get("urgency"); at.StrOr("") != "" {
		urgency = escalation.Urgency(at.OneOf(string(escalation.High), string(escalation.Low)))
	}
	switch kind := n.Get("type").Str(); kind {
	case "user":
		p.Person(id, "", "")
		t = escalation.Person(id)
	case "schedule":
		t = p.scheduled(n, id, mode, rota)
	case "slack_channel", "msteams_channel":
		by := map[string]string{"slack_channel": "slack", "msteams_channel": "msteams"}[kind]
		return p.Place(importers.Place{Type: escalation.TargetChannel, ID: id, Channel: by, To: id}), id != ""
	default:
		p.Loss(n, "a target of the type %q cannot be paged, so it is left out", kind)
		return t, false
	}
	t.Urgency = urgency
	return t, id != ""
}

// modes say whom of a schedule a mode means, and whether only those of a rotation.
var modes = map[string]struct {
	escalation.Mode
	rota bool
}{
	"":                           {},
	"currently_on_call":          {},
	"next_on_call":               {escalation.OnCallNext, false},
	"all_users":                  {escalation.Everyone, false},
	"currently_on_call_for_rota": {"", true},
	"next_on_call_for_rota":      {escalation.OnCallNext, true},
	"all_users_for_rota":         {escalation.Everyone, true},
}

// scheduled reads whom of a schedule a target means.
func (p *path) scheduled(n jsondoc.Node, id string, mode, rota jsondoc.Node) escalation.Target {
	known, ok := modes[mode.StrOr("")]
	if !ok {
		mode.OneOf("currently_on_call", "next_on_call", "all_users", "currently_on_call_for_rota", "next_on_call_for_rota", "all_users_for_rota")
	}
	only := rota.StrOr("")
	if known.rota {
		id = p.rota(n.Get("id"), id, rota, only)
	}
	t := p.Schedule(n.Get("id"), id)
	t.Mode = known.Mode
	return t
}

// rota makes a schedule of one rotation of a schedule, and returns its id.
func (p *path) rota(n jsondoc.Node, id string, at jsondoc.Node, rota string) string {
	whole, found := p.done[id]
	s := oncall.Schedule{ID: id + "-" + rota, Name: whole.Name, Zone: whole.Zone, Overlap: whole.Overlap}
	for _, r := range whole.Rotations {
		if r.ID == rota {
			s.Rotations = append(s.Rotations, r)
		}
	}
	for _, o := range whole.Overrides {
		if o.Rotation == rota || o.Rotation == "" {
			s.Overrides = append(s.Overrides, o)
		}
	}
	switch {
	case !found:
		p.Loss(at, "the rotation %q cannot be told from others, since its schedule is not among the documents", rota)
		return id
	case len(s.Rotations) == 0:
		p.Loss(at, "the schedule %q has no rotation %q, so everybody on call on it is paged", id, rota)
		return id
	}
	if _, known := p.done[s.ID]; !known {
		p.done[s.ID] = s
		p.Add(n, s)
	}
	return s.ID
}
