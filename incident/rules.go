package incident

import (
	"iter"
	"slices"
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
	DeclinePageAction    ActionName = "decline_page"
	SnoozeAction         ActionName = "snooze"
	HandBackAction       ActionName = "hand_back"
	ReassignAction       ActionName = "reassign"
	RepageAction         ActionName = "repage"
	EscalateNextAction   ActionName = "escalate_next"
	RecordPacketAction   ActionName = "record_packet"
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
	staying(DeclinePageAction, []Guard{StillPaging}, staff, Triage, Active),
	staying(SnoozeAction, []Guard{RunKnown}, staff, Triage, Active),
	staying(HandBackAction, []Guard{TakenByActor}, staff, Triage, Active),
	staying(ReassignAction, []Guard{RunKnown}, workers, Triage, Active),
	staying(RepageAction, []Guard{RunKnown}, workers, Triage, Active),
	staying(EscalateNextAction, []Guard{RunGoesOn, PacketComplete}, workers, Triage, Active),
	staying(RecordPacketAction, nil, workers, Triage, Active, Mitigated),
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
