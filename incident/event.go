package incident

import (
	"encoding/json"
	"time"
)

// Event is one thing that happened to an incident. Events are never changed: a
// correction is an event of its own.
type Event struct {
	Version    uint64    // 1 for the first of the incident
	RecordedAt time.Time // never earlier than the event before
	HappenedAt time.Time // zero: when it was recorded

	// ClockBehind is how far the clock was behind the event before, when this
	// one was recorded. The event then carries that one's time. 0: it was not.
	ClockBehind time.Duration

	Actor   Actor
	Payload Payload
}

// At returns when the event took place.
func (e Event) At() time.Time {
	if e.HappenedAt.IsZero() {
		return e.RecordedAt
	}
	return e.HappenedAt
}

// Payload is what an event says: one of the types of this package, by value.
type Payload interface {
	// Type names the payload's type; it never changes.
	Type() EventType

	apply(in *Incident, e Event)
	describe() string
}

// EventType names a type of event.
type EventType string

// The types of events.
const (
	TypeOpened          EventType = "incident.opened"
	TypeStatusChanged   EventType = "incident.status_changed"
	TypeSeverityChanged EventType = "incident.severity_changed"
	TypeRoleAssigned    EventType = "incident.role_assigned"
	TypeNoteAdded       EventType = "incident.note_added"
	TypeAlertsRecorded  EventType = "incident.alerts_recorded"
	TypeReviewCompleted EventType = "incident.review_completed"
	TypeAbsorbed        EventType = "incident.absorbed"
	TypePacketRecorded  EventType = "incident.packet_recorded"

	TypeEscalationRequested EventType = "escalation.requested"
	TypeEscalationStarted   EventType = "escalation.started"
	TypeEscalationAdvanced  EventType = "escalation.advanced"
	TypeAcknowledged        EventType = "escalation.acknowledged"
	TypeEscalationEnded     EventType = "escalation.ended"
	TypePageSkipped         EventType = "escalation.page_skipped"
	TypePageDeclined        EventType = "escalation.page_declined"
	TypeSnoozed             EventType = "escalation.snoozed"
	TypeHandedBack          EventType = "escalation.handed_back"
	TypeReassigned          EventType = "escalation.reassigned"
	TypeRepaged             EventType = "escalation.repaged"
	TypeNextStepRequested   EventType = "escalation.next_step_requested"
	TypeResumed             EventType = "escalation.resumed"
	TypeHeld                EventType = "escalation.held"
	TypeRepeated            EventType = "escalation.repeated"
	TypeTierReached         EventType = "escalation.tier_reached"
	TypeOverdue             EventType = "escalation.overdue"

	TypePageRequested     EventType = "page.requested"
	TypePageAttempted     EventType = "page.attempted"
	TypePageDelivered     EventType = "page.delivered"
	TypePageFailed        EventType = "page.failed"
	TypePageStalled       EventType = "page.stalled"
	TypePageHeld          EventType = "page.held"
	TypePageWithdrawn     EventType = "page.withdrawn"
	TypePageUndeliverable EventType = "page.undeliverable"
)

// IncidentOpened begins every stream.
type IncidentOpened struct {
	Tenant         string        `json:"tenant"`
	Incident       ID            `json:"incident"`
	Kind           Kind          `json:"kind"`
	Status         Status        `json:"status"`
	Title          string        `json:"title"`
	Description    string        `json:"description,omitempty"`
	Severity       string        `json:"severity,omitempty"`
	Components     []string      `json:"components,omitempty"`
	Policy         string        `json:"policy,omitempty"`
	Plan           PlanRef       `json:"plan"`
	StartedAt      time.Time     `json:"started_at,omitzero"`
	DedupKeys      []string      `json:"dedup_keys,omitempty"`
	ReviewRequired bool          `json:"review_required,omitempty"`
	ReviewWithin   time.Duration `json:"review_within_ns,omitempty"` // of being resolved; 0: no date
}

// StatusChanged is one transition of the lifecycle.
type StatusChanged struct {
	Action  ActionName `json:"action"`
	From    Status     `json:"from"`
	To      Status     `json:"to"`
	Summary string     `json:"summary,omitempty"` // what was done, or the reason
	Into    ID         `json:"into,omitempty"`    // for merge
}

// SeverityChanged sets or changes the severity.
type SeverityChanged struct {
	From           string        `json:"from,omitempty"`
	To             string        `json:"to"`
	Reason         string        `json:"reason,omitempty"`
	ReviewRequired bool          `json:"review_required,omitempty"`
	ReviewWithin   time.Duration `json:"review_within_ns,omitempty"`
}

// RoleAssigned gives a role to a person.
type RoleAssigned struct {
	Role Role   `json:"role"`
	From string `json:"from,omitempty"` // who had it
	To   string `json:"to,omitempty"`   // empty: nobody has it now
}

// NoteAdded is a note of an actor.
type NoteAdded struct {
	Text     string `json:"text"`
	Corrects uint64 `json:"corrects,omitempty"` // version of an earlier event
}

// AlertsRecorded is what a monitoring system said that was new.
type AlertsRecorded struct {
	Alerts []Alert `json:"alerts"`

	// Fired is how many of them fire, and Labels are those of their labels that the
	// incident did not have. An event of an earlier version has neither.
	Fired  int               `json:"fired,omitempty"`
	Labels map[string]string `json:"labels,omitempty"`
}

// ReviewCompleted says that the internal review is done.
type ReviewCompleted struct {
	Reference string `json:"reference"`
}

// IncidentAbsorbed says that another incident was merged into this one.
type IncidentAbsorbed struct {
	From ID `json:"from"`
}

// EscalationRequested asks for a new escalation run.
type EscalationRequested struct {
	Reason string `json:"reason"`
}

// EscalationStarted begins an escalation run.
type EscalationStarted struct {
	Run    string  `json:"run"`
	Policy string  `json:"policy"`
	Plan   PlanRef `json:"plan"`
	Vendor string  `json:"vendor,omitempty"` // the supplier that it is about; empty: none
}

// EscalationAdvanced stores where a run stands.
type EscalationAdvanced struct {
	Run      string          `json:"run"`
	Progress json.RawMessage `json:"progress,omitempty"`
	Wake     time.Time       `json:"wake,omitzero"` // zero: nothing more is due
}

// EscalationAcknowledged is a responder's answer.
type EscalationAcknowledged struct {
	Run string `json:"run"`
	By  string `json:"by"`

	// Awaits are the people whose answer is still waited for, where the step asks for
	// everybody's: the run goes on. Empty: it is answered.
	Awaits []string `json:"awaits,omitempty"`
}

// EscalationEnded ends a run that nobody answered.
type EscalationEnded struct {
	Run   string   `json:"run"`
	State RunState `json:"state"` // Exhausted or Stopped
	Why   string   `json:"why"`
}

// PageSkipped says that a step did not page a target or person, and why.
type PageSkipped struct {
	Run    string `json:"run"`
	Round  int    `json:"round"`
	Step   int    `json:"step"`
	Target string `json:"target"`
	Person string `json:"person,omitempty"` // empty: the target led to nobody
	Code   string `json:"code,omitempty"`   // the kind of reason, such as "quiet"; an event of an earlier version has none
	Why    string `json:"why"`
}

// PageRequested says that somebody is to be paged, and why.
type PageRequested struct {
	Page            string    `json:"page"` // the key
	Run             string    `json:"run"`
	Round           int       `json:"round"`
	Step            int       `json:"step"` // 0: the last resort
	Target          string    `json:"target"`
	Person          string    `json:"person"` // empty: the target itself, such as a channel
	Rule            string    `json:"rule"`
	ScheduleVersion uint64    `json:"schedule_version,omitempty"` // of the plan that said who is on call
	Due             time.Time `json:"due"`
	Why             string    `json:"why"`
	Send            time.Time `json:"send,omitzero"` // when its first message is due; an event of an earlier version has none
	Urgency         string    `json:"urgency,omitempty"`
	Channel         string    `json:"channel,omitempty"`  // tried first; empty: the one that the person likes best
	Follows         string    `json:"follows,omitempty"`  // page that this is another message about; empty: it is the first
	Reminder        bool      `json:"reminder,omitempty"` // it reminds somebody of an acknowledgement
	Take            int       `json:"take,omitempty"`     // how often the run had been taken up again (Run.Resumed)
}

// PageAttempted is recorded before a message is handed to a channel, so that an
// attempt whose outcome gets lost is known to have been made.
type PageAttempted struct {
	Page              string `json:"page"`
	Contact           string `json:"contact"`
	Channel           string `json:"channel"`
	Attempt           int    `json:"attempt"` // at this contact, from 1
	PossibleDuplicate bool   `json:"possible_duplicate,omitempty"`
	Key               string `json:"key"` // idempotency key of the message
}

// PageDelivered says that a channel took the message.
type PageDelivered struct {
	Page    string `json:"page"`
	Contact string `json:"contact"`
	Channel string `json:"channel"`
	Attempt int    `json:"attempt"`
	Receipt string `json:"receipt,omitempty"`
}

// PageFailed says that an attempt did not succeed, or that nobody knows.
type PageFailed struct {
	Page    string `json:"page"`
	Contact string `json:"contact"`
	Channel string `json:"channel"`
	Attempt int    `json:"attempt"`
	Unknown bool   `json:"unknown,omitempty"` // the message may have arrived
	Error   string `json:"error"`
	Spent   bool   `json:"spent,omitempty"`    // this contact is not tried again
	Rest    bool   `json:"rest,omitempty"`     // the other contacts are tried before this one is again
	Retry   string `json:"retry_in,omitempty"` // the wait before the next attempt
}

// PageStalled says that a page cannot be delivered for the time being. It is
// tried again and again, but the escalation does not wait for it.
type PageStalled struct {
	Page string `json:"page"`
	Why  string `json:"why"`
}

// PageHeld says that a page waits for others, to become one message with them.
type PageHeld struct {
	Page  string    `json:"page"`
	Until time.Time `json:"until"`
	Why   string    `json:"why"`
}

// PageWithdrawn says that a page was no longer needed before it was delivered.
type PageWithdrawn struct {
	Page string `json:"page"`
	Why  string `json:"why"`
}

// PageUndeliverable says that no contact is left to try.
type PageUndeliverable struct {
	Page string `json:"page"`
	Why  string `json:"why"`
}

// Type implements Payload.
func (IncidentOpened) Type() EventType { return TypeOpened }

// Type implements Payload.
func (StatusChanged) Type() EventType { return TypeStatusChanged }

// Type implements Payload.
func (SeverityChanged) Type() EventType { return TypeSeverityChanged }

// Type implements Payload.
func (RoleAssigned) Type() EventType { return TypeRoleAssigned }

// Type implements Payload.
func (NoteAdded) Type() EventType { return TypeNoteAdded }

// Type implements Payload.
func (AlertsRecorded) Type() EventType { return TypeAlertsRecorded }

// Type implements Payload.
func (ReviewCompleted) Type() EventType { return TypeReviewCompleted }

// Type implements Payload.
func (IncidentAbsorbed) Type() EventType { return TypeAbsorbed }

// Type implements Payload.
func (EscalationRequested) Type() EventType { return TypeEscalationRequested }

// Type implements Payload.
func (PageStalled) Type() EventType { return TypePageStalled }

// Type implements Payload.
func (PageHeld) Type() EventType { return TypePageHeld }

// Type implements Payload.
func (EscalationStarted) Type() EventType { return TypeEscalationStarted }

// Type implements Payload.
func (EscalationAdvanced) Type() EventType { return TypeEscalationAdvanced }

// Type implements Payload.
func (EscalationAcknowledged) Type() EventType { return TypeAcknowledged }

// Type implements Payload.
func (EscalationEnded) Type() EventType { return TypeEscalationEnded }

// Type implements Payload.
func (PageSkipped) Type() EventType { return TypePageSkipped }

// Type implements Payload.
func (PageRequested) Type() EventType { return TypePageRequested }

// Type implements Payload.
func (PageAttempted) Type() EventType { return TypePageAttempted }

// Type implements Payload.
func (PageDelivered) Type() EventType { return TypePageDelivered }

// Type implements Payload.
func (PageFailed) Type() EventType { return TypePageFailed }

// Type implements Payload.
func (PageWithdrawn) Type() EventType { return TypePageWithdrawn }

// Type implements Payload.
func (PageUndeliverable) Type() EventType { return TypePageUndeliverable }
