package incident

import (
	"slices"
	"strings"
)

// Guard names a condition of a rule.
type Guard string

// The guards.
const (
	SeveritySet     Guard = "severity-set"
	StartKnown      Guard = "start-known"
	BackDated       Guard = "back-dated"
	SeverityByStaff Guard = "severity-by-staff"
	ReasonGiven     Guard = "reason-given"
	OtherIncident   Guard = "other-incident"
	ReviewComplete  Guard = "review-complete"
	ReviewOpen      Guard = "review-open"
	AwaitingAnswer  Guard = "awaiting-answer"
	SeverityChanges Guard = "severity-changes"
	ReasonForChange Guard = "reason-for-change"
	RoleMoves       Guard = "role-moves"
	CorrectsKnown   Guard = "corrects-known"
	NotTakenOver    Guard = "not-taken-over"
	PagesPeople     Guard = "pages-people"
	StillPaging     Guard = "still-paging"
	RunKnown        Guard = "run-known"
	RunGoesOn       Guard = "run-goes-on"
	TakenByActor    Guard = "taken-by-actor"
	PacketComplete  Guard = "packet-complete"
)

// guards maps every guard to what it wants and how it is checked.
var guards = map[Guard]struct {
	want  string
	holds func(Incident, Command, Env) bool
}{
	SeveritySet: {"a severity: set one first, or with this command", func(in Incident, c Command, _ Env) bool {
		return in.Severity != "" || severityOf(c.Action) != ""
	}},
	StartKnown: {"for a retrospective incident, the time it started", func(_ Incident, c Command, _ Env) bool {
		o, ok := c.Action.(Open)
		return !ok || o.Kind != Retrospective || !o.StartedAt.IsZero()
	}},
	BackDated: {"for a retrospective incident, the time it happened", func(in Incident, c Command, _ Env) bool {
		return in.Kind != Retrospective || !c.HappenedAt.IsZero()
	}},
	SeverityByStaff: {"no severity from a customer or vendor: your own people and systems set it", func(_ Incident, c Command, _ Env) bool {
		return c.Actor.Kind == Person || c.Actor.Kind == Automation || severityOf(c.Action) == ""
	}},
	ReasonGiven: {"a reason", func(_ Incident, c Command, _ Env) bool { return strings.TrimSpace(reasonOf(c.Action)) != "" }},
	OtherIncident: {"another incident, not this one", func(in Incident, c Command, _ Env) bool {
		other := otherOf(c.Action)
		return other != "" && other != in.ID
	}},
	ReviewComplete: {"the review that this severity requires: complete it first", func(in Incident, _ Command, _ Env) bool {
		return !in.Review.Required || !in.Review.CompletedAt.IsZero()
	}},
	ReviewOpen: {"a review that is not complete yet", func(in Incident, _ Command, _ Env) bool {
		return in.Review.CompletedAt.IsZero()
	}},
	AwaitingAnswer: {"an escalation that nobody has answered yet, or only the actor", func(in Incident, c Command, _ Env) bool {
		run, ok := c.Run(in)
		if a, yes := c.Action.(Acknowledge); yes && a.Vendor != "" && c.Actor.Kind == Vendor && c.Actor.ID != a.Vendor {
			return false // one supplier does not answer for another
		}
		return ok && (run.State == Running || run.State == Exhausted || run.State == Snoozed ||
			run.State == Acknowledged && run.AcknowledgedBy == c.Actor.ID)
	}},
	StillPaging: {"an escalation that nobody has answered yet", func(in Incident, c Command, _ Env) bool {
		run, ok := c.Run(in)
		return ok && run.State == Running
	}},
	RunKnown: {"an escalation that was not stopped", func(in Incident, c Command, _ Env) bool {
		run, ok := c.Run(in)
		return ok && run.State != Stopped
	}},
	RunGoesOn: {"an escalation that has not come to its end", func(in Incident, c Command, _ Env) bool {
		run, ok := c.Run(in)
		return ok && run.State != Stopped && run.State != Exhausted
	}},
	TakenByActor: {"an escalation that the actor has acknowledged or snoozed", func(in Incident, c Command, _ Env) bool {
		run, ok := c.Run(in)
		return ok && (run.State == Acknowledged || run.State == Snoozed) && run.AcknowledgedBy == c.Actor.ID
	}},
	PacketComplete: {"what the next tier wants to be told or, at the top severity, a reason to go without", func(in Incident, c Command, e Env) bool {
		return len(e.Escalation.Missing) == 0 || e.top(in.Severity) && strings.TrimSpace(reasonOf(c.Action)) != ""
	}},
	SeverityChanges: {"a severity other than the present one", func(in Incident, c Command, _ Env) bool {
		return severityOf(c.Action) != in.Severity
	}},
	ReasonForChange: {"a reason, because a severity was set before", func(in Incident, c Command, _ Env) bool {
		return in.Severity == "" || strings.TrimSpace(reasonOf(c.Action)) != ""
	}},
	RoleMoves: {"a person who does not have the role already", func(in Incident, c Command, _ Env) bool {
		a, ok := c.Action.(AssignRole)
		return !ok || in.Roles[a.Role] != a.Person
	}},
	NotTakenOver: {"an incident that was not merged into this one", func(in Incident, c Command, _ Env) bool {
		return !slices.Contains(in.Absorbed, otherOf(c.Action))
	}},
	PagesPeople: {"an incident with an escalation policy that is not retrospective", func(in Incident, _ Command, _ Env) bool {
		return in.pages()
	}},
	CorrectsKnown: {"to correct an event that this incident has", func(in Incident, c Command, _ Env) bool {
		n, ok := c.Action.(AddNote)
		return !ok || n.Corrects <= in.Version
	}},
}

// Want says what the guard asks for, in words.
func (g Guard) Want() string { return guards[g].want }

// top reports whether a severity is the most severe one of the scale.
func (e Env) top(id string) bool {
	if e.Severities == nil || id == "" {
		return false
	}
	for level := range e.Severities.All() {
		return level.ID == id
	}
	return false
}
