package incident

import (
	"maps"
	"slices"
	"time"

	"github.com/incidentkit/incidentkit/severity"
)

// Env is what a decision knows besides the incident and the command.
type Env struct {
	Now        time.Time       // required; in the years 1 to 9999
	Severities *severity.Scale // the plan's scale; nil: no severity can be set
	Plan       PlanRef         // the plan version that a new incident is pinned to
	Escalation Escalation      // of the run that the command is about (Command.Run)
}

// Escalation is what whoever carries an escalation out knows of it, and a decision
// on an answer asks for.
type Escalation struct {
	Awaits  []string // who else has to acknowledge once the actor has; empty: nobody
	Tier    string   // that the next step belongs to; empty: none
	Missing []string // what that tier wants to be told and was not
}

// Decide says what a command leads to: the events to record, in order, or why
// not. It returns no event and no error where the command changes nothing, as
// for alerts that are known already.
//
// A malformed command is a *FieldError, an action that the rules do not allow
// here and now a *RefusedError, an actor who may not do this a *ForbiddenError,
// an incident with a status that this version does not know a *CodecError.
// The events share no slice or map with the command.
func Decide(in Incident, cmd Command, env Env) ([]Event, error) {
	if env.Now.IsZero() {
		return nil, &FieldError{"Env.Now", "the time of the decision; it is zero"}
	}
	if err := checkYear("Env.Now", env.Now); err != nil {
		return nil, err
	}
	if err := cmd.validate(env); err != nil {
		return nil, err
	}
	if in.Exists() && (in.Tenant != cmd.Tenant || in.ID != cmd.Incident) {
		return nil, &FieldError{"Command.Incident", "the incident that is decided on, not " + quote(string(cmd.Incident))}
	}
	to, err := fire(in, cmd, env)
	if err != nil {
		return nil, err
	}
	if err := cmd.checkPacket(in); err != nil {
		return nil, err
	}
	happened := cmd.happened(env.Now)
	if err := cmd.checkOrder(in, to, happened); err != nil {
		return nil, err
	}
	return Extend(in, cmd.Actor, env.Now, happened, payloads(in, cmd, to, env)...), nil
}

// Extend numbers and dates payloads as the next events of an incident.
// happened is when they took place; zero: now. Time does not run backwards
// within an incident: an event that would be recorded before its predecessor
// gets that one's time, and says by how much the clock was behind.
//
// Decide uses it for what commands lead to, the engine for what escalation
// does.
func Extend(in Incident, actor Actor, now, happened time.Time, payloads ...Payload) []Event {
	now, happened = instant(now), instant(happened)
	behind := in.RecordedAt.Sub(now)
	if behind > 0 {
		now = in.RecordedAt
	}
	actor.Roles = list(actor.Roles)
	events := make([]Event, len(payloads))
	for i, p := range payloads {
		events[i] = Event{
			Version:     in.Version + uint64(i) + 1,
			RecordedAt:  now,
			HappenedAt:  happened,
			ClockBehind: max(behind, 0),
			Actor:       actor,
			Payload:     p,
		}
	}
	return events
}

// happened returns when what the command reports took place, zero for now.
func (c Command) happened(now time.Time) time.Time {
	if !c.HappenedAt.Before(now) {
		return zeroTime
	}
	return instant(c.HappenedAt)
}

// checkOrder refuses a transition, an answer or a review that would have happened
// before what it follows.
func (c Command) checkOrder(in Incident, to Status, happened time.Time) error {
	var floor time.Time
	switch c.Action.(type) {
	case Acknowledge:
		floor = in.OpenedAt
	case CompleteReview:
		floor = in.StatusAt
	default:
		if to == in.Status {
			return nil
		}
		floor = in.StatusAt // zero for an incident that is being opened
	}
	if !happened.IsZero() && happened.Before(floor) {
		return &FieldError{"Command.HappenedAt", "an instant not before " + stamp(floor) + ", when the step before it happened; it is " + stamp(c.HappenedAt)}
	}
	return nil
}

// payloads says what a permitted command records.
func payloads(in Incident, cmd Command, to Status, env Env) []Payload {
	if answer, ok := cmd.answers(in, env); ok {
		return []Payload{answer}
	}
	moved := StatusChanged{Action: cmd.Action.Name(), From: in.Status, To: to}
	switch a := cmd.Action.(type) {
	case Open:
		return opened(a, cmd, to, env)
	case Accept:
		if a.Severity != "" && a.Severity != in.Severity {
			return []Payload{severityChanged(in, a.Severity, "", env), moved}
		}
		return []Payload{moved}
	case Decline:
		moved.Summary = a.Reason
	case Cancel:
		moved.Summary = a.Reason
	case Reopen:
		moved.Summary = a.Reason
	case Merge:
		moved.Summary, moved.Into = a.Reason, a.Into
	case Mitigate:
		moved.Summary = a.Summary
	case Resolve:
		moved.Summary = a.Summary
	case Close:
		moved.Summary = a.Summary
	case SetSeverity:
		return []Payload{severityChanged(in, a.Severity, a.Reason, env)}
	case Escalate:
		return []Payload{EscalationRequested(a)}
	case AssignRole:
		return []Payload{RoleAssigned{Role: a.Role, From: in.Roles[a.Role], To: a.Person}}
	case AddNote:
		return []Payload{NoteAdded(a)}
	case RecordAlerts:
		if news := in.news(a.Alerts); len(news) > 0 {
			return []Payload{in.recording(news)}
		}
		return nil
	case RecordPacket:
		if maps.Equal(in.withPacket(a.Fields), in.Packet) {
			return nil
		}
		return []Payload{PacketRecorded{Fields: maps.Clone(a.Fields)}}
	case CompleteReview:
		return []Payload{ReviewCompleted(a)}
	case Absorb:
		if slices.Contains(in.Absorbed, a.From) {
			return nil
		}
		return []Payload{IncidentAbsorbed(a)}
	}
	return []Payload{moved}
}

func opened(a Open, cmd Command, to Status, env Env) []Payload {
	if a.Kind == "" {
		a.Kind = Standard
	}
	o := IncidentOpened{
		Tenant: cmd.Tenant, Incident: cmd.Incident,
		Kind: a.Kind, Status: to,
		Title: a.Title, Description: a.Description,
		Severity: a.Severity, Components: list(a.Components),
		Policy: a.Policy, Plan: env.Plan,
		StartedAt: instant(a.StartedAt),
		DedupKeys: list(a.DedupKeys),
	}
	if now := instant(env.Now); o.StartedAt.After(now) {
		o.StartedAt = now
	}
	o.ReviewRequired, o.ReviewWithin = review(a.Severity, env)
	out := []Payload{o}
	if news := (Incident{}).news(a.Alerts); len(news) > 0 {
		out = append(out, Incident{}.recording(news))
	}
	return out
}

func severityChanged(in Incident, to, reason string, env Env) Payload {
	c := SeverityChanged{From: in.Severity, To: to, Reason: reason}
	c.ReviewRequired, c.ReviewWithin = review(to, env)
	return c
}

// review says whether a severity asks for a review, and within which time.
func review(id string, env Env) (required bool, within time.Duration) {
	if env.Severities == nil || id == "" {
		return false, 0
	}
	level, err := env.Severities.Level(id)
	if err != nil {
		return false, 0
	}
	return level.Review, level.Targets.ReviewDue
}

// news returns the alerts that say something the incident does not know yet.
func (in Incident) news(alerts []Alert) []Alert {
	var out []Alert
	seen := map[string]AlertState{}
	for _, a := range alerts {
		id, state := a.identity(), AlertState{Status: a.Status, StartsAt: a.StartsAt}
		known, ok := seen[id]
		if !ok {
			known, ok = in.Alerts[id]
		}
		if ok && known.Status == state.Status && known.StartsAt.Equal(state.StartsAt) {
			continue
		}
		seen[id] = state
		out = append(out, a.recorded())
	}
	return out
}

// instant returns a time in the form that every store keeps: in UTC, without a
// monotonic reading, to the microsecond.
func instant(t time.Time) time.Time { return t.UTC().Truncate(time.Microsecond) }

// list returns a copy, and nil for an empty list: what is stored comes back so.
func list[T any](s []T) []T {
	if len(s) == 0 {
		return nil
	}
	return slices.Clone(s)
}
