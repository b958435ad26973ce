package incident

import (
	"iter"
	"slices"
	"strings"
)

// ActionName names what a command does.
type ActionName string

// The actions. The first group moves an incident through its lifecycle, the
// second leaves its status as it is.
const (
	OpenAction     ActionName = "open"
	DeclareAction  ActionName = "declare"
	AcceptAction   ActionName = "accept"
	DeclineAction  ActionName = "decline"
	CancelAction   ActionName = "cancel"
	MergeAction    ActionName = "merge"
	MitigateAction ActionName = "mitigate"
	ResolveAction  ActionName = "resolve"
	CloseAction    ActionName = "close"
	ReopenAction   ActionName = "reopen"

	AcknowledgeAction    ActionName = "acknowledge"
	SetSeverityAction    ActionName = "set_severity"
	AssignRoleAction     ActionName = "assign_role"
	AddNoteAction        ActionName = "add_note"
	RecordAlertsAction   ActionName = "record_alerts"
	CompleteReviewAction ActionName = "complete_review"
	AbsorbAction         ActionName = "absorb"
	EscalateAction       ActionName = "escalate"
)

// Rule allows one action in one status.
type Rule struct {
	From   Status
	Action ActionName
	To     Status // equal to From where the action does not move the incident
	Guards []Guard
	By     []ActorKind // who may; nobody else
}

// Rules returns the lifecycle: every action that is possible, in which status,
// by whom and on which conditions. What is not here is refused.
func Rules() iter.Seq[Rule] {
	return func(yield func(Rule) bool) {
		for _, r := range rules {
			r.Guards, r.By = slices.Clone(r.Guards), slices.Clone(r.By)
			if !yield(r) {
				return
			}
		}
	}
}

// The columns of the table.
var (
	people  = []ActorKind{Person}
	staff   = []ActorKind{Person, Vendor}
	systems = []ActorKind{Person, Automation}
	workers = []ActorKind{Person, Vendor, Automation}
	anyone  = []ActorKind{Person, Vendor, Automation, Customer}
	engine  = []ActorKind{Automation}
)

// rules is the one table from which the state machine, the documentation and
// the tests are made. It is never changed.
var rules = slices.Concat([]Rule{
	{None, OpenAction, Triage, []Guard{StartKnown, SeverityByStaff}, anyone},
	{None, DeclareAction, Active, []Guard{SeveritySet, StartKnown}, systems},

	{Triage, AcceptAction, Active, []Guard{SeveritySet, SeverityByStaff, BackDated}, staff},
	{Triage, DeclineAction, Declined, []Guard{ReasonGiven}, staff},
	{Triage, MergeAction, Merged, []Guard{OtherIncident, NotTakenOver}, people},

	{Active, MitigateAction, Mitigated, []Guard{BackDated}, workers},
	{Active, ResolveAction, Resolved, []Guard{BackDated}, workers},
	{Active, CancelAction, Canceled, []Guard{ReasonGiven}, people},
	{Active, MergeAction, Merged, []Guard{OtherIncident, NotTakenOver}, people},

	{Mitigated, ResolveAction, Resolved, []Guard{BackDated}, workers},
	{Mitigated, ReopenAction, Active, []Guard{ReasonGiven, BackDated}, workers},
	{Mitigated, CancelAction, Canceled, []Guard{ReasonGiven}, people},
	{Mitigated, MergeAction, Merged, []Guard{OtherIncident, NotTakenOver}, people},

	{Resolved, CloseAction, Closed, []Guard{ReviewComplete}, people},
	{Resolved, ReopenAction, Active, []Guard{ReasonGiven, BackDated}, workers},

	{Closed, ReopenAction, Active, []Guard{ReasonGiven}, people},
	{Declined, ReopenAction, Triage, []Guard{ReasonGiven}, people},
	{Canceled, ReopenAction, Triage, []Guard{ReasonGiven}, people},
	{Merged, ReopenAction, Triage, []Guard{ReasonGiven}, systems},
},
	staying(AcknowledgeAction, []Guard{AwaitingAnswer}, staff, Triage, Active),
	staying(SetSeverityAction, []Guard{SeverityChanges, ReasonForChange}, systems, Triage, Active, Mitigated, Resolved),
	staying(AssignRoleAction, []Guard{RoleMoves}, systems, Triage, Active, Mitigated, Resolved),
	staying(AddNoteAction, []Guard{CorrectsKnown}, workers, Triage, Active, Mitigated, Resolved, Closed, Declined, Canceled, Merged),
	staying(RecordAlertsAction, nil, systems, Triage, Active, Mitigated),
	staying(CompleteReviewAction, []Guard{ReviewOpen}, people, Resolved),
	staying(AbsorbAction, []Guard{OtherIncident}, engine, Triage, Active, Mitigated),
	staying(EscalateAction, []Guard{ReasonGiven, PagesPeople}, workers, Triage, Active),
)

// staying makes the rules of an action that leaves the status as it is.
func staying(action ActionName, guards []Guard, by []ActorKind, in ...Status) []Rule {
	out := make([]Rule, len(in))
	for i, s := range in {
		out[i] = Rule{s, action, s, guards, by}
	}
	return out
}

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
)

// guards maps every guard to what it wants and how it is checked.
var guards = map[Guard]struct {
	want  string
	holds func(Incident, Command) bool
}{
	SeveritySet: {"a severity: set one first, or with this command", func(in Incident, c Command) bool {
		return in.Severity != "" || severityOf(c.Action) != ""
	}},
	StartKnown: {"for a retrospective incident, the time it started", func(_ Incident, c Command) bool {
		o, ok := c.Action.(Open)
		return !ok || o.Kind != Retrospective || !o.StartedAt.IsZero()
	}},
	BackDated: {"for a retrospective incident, the time it happened", func(in Incident, c Command) bool {
		return in.Kind != Retrospective || !c.HappenedAt.IsZero()
	}},
	SeverityByStaff: {"no severity from a customer or vendor: your own people and systems set it", func(_ Incident, c Command) bool {
		return c.Actor.Kind == Person || c.Actor.Kind == Automation || severityOf(c.Action) == ""
	}},
	ReasonGiven: {"a reason", func(_ Incident, c Command) bool { return strings.TrimSpace(reasonOf(c.Action)) != "" }},
	OtherIncident: {"another incident, not this one", func(in Incident, c Command) bool {
		other := otherOf(c.Action)
		return other != "" && other != in.ID
	}},
	ReviewComplete: {"the review that this severity requires: complete it first", func(in Incident, _ Command) bool {
		return !in.Review.Required || !in.Review.CompletedAt.IsZero()
	}},
	ReviewOpen: {"a review that is not complete yet", func(in Incident, _ Command) bool {
		return in.Review.CompletedAt.IsZero()
	}},
	AwaitingAnswer: {"an escalation that nobody has answered yet", func(in Incident, _ Command) bool {
		run, ok := in.CurrentRun()
		return ok && (run.State == Running || run.State == Exhausted)
	}},
	SeverityChanges: {"a severity other than the present one", func(in Incident, c Command) bool {
		return severityOf(c.Action) != in.Severity
	}},
	ReasonForChange: {"a reason, because a severity was set before", func(in Incident, c Command) bool {
		return in.Severity == "" || strings.TrimSpace(reasonOf(c.Action)) != ""
	}},
	RoleMoves: {"a person who does not have the role already", func(in Incident, c Command) bool {
		a, ok := c.Action.(AssignRole)
		return !ok || in.Roles[a.Role] != a.Person
	}},
	NotTakenOver: {"an incident that was not merged into this one", func(in Incident, c Command) bool {
		return !slices.Contains(in.Absorbed, otherOf(c.Action))
	}},
	PagesPeople: {"an incident with an escalation policy that is not retrospective", func(in Incident, _ Command) bool {
		return in.pages()
	}},
	CorrectsKnown: {"to correct an event that this incident has", func(in Incident, c Command) bool {
		n, ok := c.Action.(AddNote)
		return !ok || n.Corrects <= in.Version
	}},
}

// Want says what the guard asks for, in words.
func (g Guard) Want() string { return guards[g].want }

// ActionsIn returns the actions that the rules know in a status, in the order
// of the table.
func ActionsIn(s Status) []ActionName {
	var out []ActionName
	for _, r := range rules {
		if r.From == s {
			out = append(out, r.Action)
		}
	}
	return out
}
