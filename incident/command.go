package incident

import "time"

// Command asks for one action on one incident.
//
// Its names (ids, keys) are UTF-8 without a NUL, of at most MaxName bytes where
// nothing else is said.
type Command struct {
	Tenant   string
	Incident ID // empty for Open: the engine makes the id

	// Operation makes the command idempotent: sent again with the same id, it
	// does nothing and answers as before. Empty: not idempotent.
	Operation string

	Actor  Actor
	Action Action

	// HappenedAt is when what the command reports took place, if that was
	// before it is recorded. Zero: now. An instant up to MaxClockSkew in the
	// future counts as now.
	HappenedAt time.Time
}

// MaxClockSkew is how far ahead of the store's clock a caller's may be.
const MaxClockSkew = time.Minute

// Action is what a command does: one of the types of this package, by value.
type Action interface {
	Name() ActionName
	validate(env Env) error
}

// Open records a new incident, in triage, or active if Declare is set.
type Open struct {
	Declare     bool   // it is known to be an incident
	Kind        Kind   // empty: Standard
	Title       string // one line; required
	Description string
	Severity    string // id in the plan's scale; empty: not known yet
	Components  []string
	Policy      string    // escalation policy; empty: the engine takes the one of a component, or the plan's default
	StartedAt   time.Time // customers began to be affected; not in the future; zero: unknown
	DedupKeys   []string  // alerts with one of these belong here
	Alerts      []Alert   // what it is opened for
}

// Accept says that what is in triage is an incident.
type Accept struct {
	Severity string // sets the severity; empty: keep the one it has
}

// Decline says that what is in triage is no incident.
type Decline struct{ Reason string }

// Cancel says that an incident was declared by mistake.
type Cancel struct{ Reason string }

// Merge hands the incident over to another one of the same tenant.
type Merge struct {
	Into   ID
	Reason string
}

// Mitigate says that customers are no longer affected. The cause may be unknown.
type Mitigate struct{ Summary string }

// Resolve says that nothing is left to do but the review. An incident that was
// not mitigated before counts as mitigated at the same time.
type Resolve struct{ Summary string }

// Close ends the incident for good.
type Close struct{ Summary string }

// Reopen takes an incident that seemed over up again. It is escalated anew.
type Reopen struct{ Reason string }

// SetSeverity sets or changes the severity.
type SetSeverity struct {
	Severity string
	Reason   string // required when a severity was set before
}

// AssignRole gives a role to a person, and takes it from whoever had it.
type AssignRole struct {
	Role   Role
	Person string // empty: nobody has the role any more
}

// AddNote puts a note on the timeline.
type AddNote struct {
	Text     string
	Corrects uint64 // version of the event that the note corrects; 0: none
}

// RecordAlerts adds what a monitoring system says.
type RecordAlerts struct{ Alerts []Alert }

// CompleteReview says that the internal review has been held and written.
type CompleteReview struct {
	Reference string // where it is kept, such as a URL; required
}

// Absorb notes that another incident has been merged into this one. The engine
// sends it; hosts send Merge to the other one.
type Absorb struct{ From ID }

// Name implements Action.
func (a Open) Name() ActionName {
	if a.Declare {
		return DeclareAction
	}
	return OpenAction
}

// Name implements Action.
func (Accept) Name() ActionName { return AcceptAction }

// Name implements Action.
func (Decline) Name() ActionName { return DeclineAction }

// Name implements Action.
func (Cancel) Name() ActionName { return CancelAction }

// Name implements Action.
func (Merge) Name() ActionName { return MergeAction }

// Name implements Action.
func (Mitigate) Name() ActionName { return MitigateAction }

// Name implements Action.
func (Resolve) Name() ActionName { return ResolveAction }

// Name implements Action.
func (Close) Name() ActionName { return CloseAction }

// Name implements Action.
func (Reopen) Name() ActionName { return ReopenAction }

// Name implements Action.
func (SetSeverity) Name() ActionName { return SetSeverityAction }

// Name implements Action.
func (AssignRole) Name() ActionName { return AssignRoleAction }

// Name implements Action.
func (AddNote) Name() ActionName { return AddNoteAction }

// Name implements Action.
func (RecordAlerts) Name() ActionName { return RecordAlertsAction }

// Name implements Action.
func (CompleteReview) Name() ActionName { return CompleteReviewAction }

// Escalate pages people anew, from the first step of the policy on: because
// nobody answered the first time, or because whoever did needs help.
type Escalate struct{ Reason string }

// Name implements Action.
func (Escalate) Name() ActionName { return EscalateAction }

// Name implements Action.
func (Absorb) Name() ActionName { return AbsorbAction }

// What the guards read from an action.

func reasonOf(a Action) string {
	switch a := a.(type) {
	case Decline:
		return a.Reason
	case Cancel:
		return a.Reason
	case Reopen:
		return a.Reason
	case Escalate:
		return a.Reason
	case EscalateNext:
		return a.Reason
	case Merge:
		return a.Reason
	case SetSeverity:
		return a.Reason
	}
	return ""
}

func severityOf(a Action) string {
	switch a := a.(type) {
	case Open:
		return a.Severity
	case Accept:
		return a.Severity
	case SetSeverity:
		return a.Severity
	}
	return ""
}

func otherOf(a Action) ID {
	switch a := a.(type) {
	case Merge:
		return a.Into
	case Absorb:
		return a.From
	}
	return ""
}
