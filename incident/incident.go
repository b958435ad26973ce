// Package incident holds the life of an incident: what may happen to it, by
// whom and when, and what follows.
//
// An incident is a stream of typed, versioned events. [Decide] turns a command
// into events or refuses it; [Apply] folds events into the state. Both are pure:
// the time, ids and everything else they need come in as arguments, and nothing
// is done, only decided. The lifecycle is one table, see [Rules].
//
//	open ──▶ triage ──accept──▶ active ──mitigate──▶ mitigated ──resolve──▶ resolved ──close──▶ closed
//	           │                  ▲  ▲                   │                     │                  │
//	        decline               │  └──────reopen───────┴──────────reopen─────┴──────reopen──────┘
//	           ▼                  │
//	        declined           declare
//
// From triage, active and mitigated an incident can also be merged into another
// one; from active and mitigated it can be canceled.
package incident

import (
	"encoding/json"
	"slices"
	"time"
)

// ID identifies an incident within its tenant.
type ID string

// Kind says what an incident is for. It never changes.
type Kind string

// The kinds of incidents.
const (
	Standard      Kind = "standard"      // something is wrong now
	Drill         Kind = "drill"         // an exercise: people are paged, customers never hear of it
	Retrospective Kind = "retrospective" // it is over and recorded afterwards: nobody is paged, and every step of the response carries the time it happened
)

// Status is where an incident stands in its lifecycle.
type Status string

// The statuses of an incident. None is that of an incident that does not exist
// yet.
const (
	None      Status = ""
	Triage    Status = "triage"    // someone is looking whether it is an incident
	Active    Status = "active"    // customers are, or may be, affected
	Mitigated Status = "mitigated" // customers are no longer affected; the cause may be unknown
	Resolved  Status = "resolved"  // nothing is left to do but the review
	Closed    Status = "closed"    // the review is complete, or none is required
	Declined  Status = "declined"  // it was no incident
	Canceled  Status = "canceled"  // it was declared by mistake
	Merged    Status = "merged"    // another incident has taken it over
)

// Statuses returns all statuses that an incident can have, in the order of the
// lifecycle. For those in which work is going on, ask [Status.Open].
func Statuses() []Status {
	return []Status{Triage, Active, Mitigated, Resolved, Closed, Declined, Canceled, Merged}
}

// Open reports whether the status is triage, active or mitigated: whether work on customers' behalf is still going on.
func (s Status) Open() bool { return s == Triage || s == Active || s == Mitigated }

// Role is a duty that one person at a time has in an incident.
type Role string

// The roles of an incident.
const (
	Commander Role = "incident_commander"  // leads
	CommsLead Role = "communications_lead" // speaks to customers
	Scribe    Role = "scribe"              // writes down what happens
)

// PlanRef names one version of a response plan.
type PlanRef struct {
	Tenant  string `json:"tenant"` // whose plan it is
	Version uint64 `json:"version"`
}

// Incident is the state of one incident: the fold of its events. Values are
// snapshots; treat their slices and maps as read-only.
type Incident struct {
	Tenant  string `json:"tenant"`
	ID      ID     `json:"id"`
	Version uint64 `json:"version"` // number of events folded in
	Head    Hash   `json:"head"`    // hash of the last event; empty after Apply

	Kind        Kind      `json:"kind"`
	Status      Status    `json:"status"`
	Title       string    `json:"title"`
	Description string    `json:"description,omitempty"`
	Severity    string    `json:"severity,omitempty"`    // id in the plan's scale; empty: not known yet
	SeverityBy  ActorKind `json:"severity_by,omitempty"` // who set it last
	Components  []string  `json:"components,omitempty"`
	Policy      string    `json:"policy,omitempty"` // escalation policy; empty: nobody is paged
	Plan        PlanRef   `json:"plan"`             // the version it started with

	Roles map[Role]string `json:"roles,omitempty"` // person by role

	StartedAt      time.Time `json:"started_at,omitzero"`      // customers began to be affected; zero: unknown
	OpenedAt       time.Time `json:"opened_at"`                // recorded here
	AcknowledgedAt time.Time `json:"acknowledged_at,omitzero"` // a responder first answered; zero: not yet
	MitigatedAt    time.Time `json:"mitigated_at,omitzero"`
	ResolvedAt     time.Time `json:"resolved_at,omitzero"`
	ClosedAt       time.Time `json:"closed_at,omitzero"`
	StatusAt       time.Time `json:"status_at,omitzero"` // the last transition took place; zero: unknown
	RecordedAt     time.Time `json:"recorded_at"`        // of the last event

	DedupKeys []string              `json:"dedup_keys,omitempty"` // alerts with one of these belong here
	Alerts    map[string]AlertState `json:"alerts,omitempty"`     // by identity

	// Labels are those of the alerts, of the first that had each name; at most
	// MaxLabels. Arrivals are when the last MaxArrivals alerts that fire came in.
	Labels   map[string]string `json:"labels,omitempty"`
	Arrivals []Arrival         `json:"arrivals,omitempty"`

	Packet map[string]string `json:"packet,omitempty"` // what is handed over from tier to tier, by name

	MergedInto ID   `json:"merged_into,omitempty"`
	Absorbed   []ID `json:"absorbed,omitempty"` // incidents merged into this one
	Reopened   int  `json:"reopened,omitempty"` // how often

	// Escalations is how many escalations have been asked for: one when the
	// incident is opened, and each time it is reopened or escalated anew.
	Escalations int `json:"escalations,omitempty"`

	Review Review `json:"review,omitzero"`
	Runs   []Run  `json:"runs,omitempty"`  // escalations, the newest last
	Pages  []Page `json:"pages,omitempty"` // in the order they were asked for
}

// Exists reports whether the incident has been opened.
func (in Incident) Exists() bool { return in.Version > 0 }

// Detected returns when the promised times began to run: when the incident was
// opened or, for a retrospective one, when it started.
func (in Incident) Detected() time.Time {
	if in.Kind == Retrospective && !in.StartedAt.IsZero() {
		return in.StartedAt
	}
	return in.OpenedAt
}

// pages reports whether the incident is of a kind that pages people.
func (in Incident) pages() bool { return in.Kind != Retrospective && in.Policy != "" }

// HeldKeys returns the dedup keys by which alerts find this incident. A merged
// incident keeps its keys and passes what comes on to the one it was merged
// into; one that is over has given them back. Drills and retrospective incidents
// hold none: a real alert must not end up there.
func (in Incident) HeldKeys() []string {
	if in.Kind != Standard {
		return nil
	}
	if in.Status.Open() || in.Status == Merged {
		return in.DedupKeys
	}
	return nil
}

// AlertState is what an incident remembers of an alert.
type AlertState struct {
	Status   AlertStatus `json:"status"`
	StartsAt time.Time   `json:"starts_at,omitzero"`
}

// Alert returns what the incident remembers of an alert.
func (in Incident) Alert(a Alert) (AlertState, bool) {
	s, ok := in.Alerts[a.identity()]
	return s, ok
}

// Firing returns how many of the incident's alerts fire.
func (in Incident) Firing() int {
	n := 0
	for _, a := range in.Alerts {
		if a.Status == Firing {
			n++
		}
	}
	return n
}

// Review is the state of the internal review.
type Review struct {
	Required bool `json:"required,omitempty"` // closing needs it to be complete

	Within      time.Duration `json:"within_ns,omitempty"` // promised, from when the incident is resolved; 0: nothing is
	Due         time.Time     `json:"due,omitzero"`        // set when the incident is resolved; zero: no date
	CompletedAt time.Time     `json:"completed_at,omitzero"`
	Reference   string        `json:"reference,omitempty"` // where the written review is kept
}

// RunState says where an escalation run stands.
type RunState string

// The states of an escalation run.
const (
	Running      RunState = "running"
	Acknowledged RunState = "acknowledged" // a responder has answered
	Snoozed      RunState = "snoozed"      // a responder knows, and nobody is paged for a time
	Exhausted    RunState = "exhausted"    // nobody has, and nobody is left to page
	Stopped      RunState = "stopped"      // it is no longer needed
)

// Run is one execution of an escalation policy.
type Run struct {
	ID     string   `json:"id"` // "1" for the first of the incident
	Policy string   `json:"policy"`
	Plan   PlanRef  `json:"plan"`
	State  RunState `json:"state"`

	// Progress is the calculator's own value, as json.Marshal writes it. This
	// package neither reads nor changes it.
	Progress json.RawMessage `json:"progress,omitempty"`

	Wake           time.Time `json:"wake,omitzero"`             // when the run wants to be looked at next
	AcknowledgedBy string    `json:"acknowledged_by,omitempty"` // or snoozed
	Why            string    `json:"why,omitempty"`             // it ended

	// Resumed is how often the run was taken up again, after an answer or by one: by
	// each of these its steps may be taken again in the same round.
	Resumed int `json:"resumed,omitempty"`

	// Reminders is how many reminders were asked for. Of those that are done with, only
	// the history tells.
	Reminders int `json:"reminders,omitempty"`

	// Vendor is the supplier whose promise to answer the run watches. Empty: it is
	// one that finds somebody who answers the incident.
	Vendor string `json:"vendor,omitempty"`
}

// CurrentRun returns the newest run that finds somebody who answers the incident,
// if there is one. Those of suppliers go on beside it.
func (in Incident) CurrentRun() (Run, bool) { return in.VendorRun("") }

// VendorRun returns the newest run of a supplier, if there is one.
func (in Incident) VendorRun(vendor string) (Run, bool) {
	for _, r := range slices.Backward(in.Runs) {
		if r.Vendor == vendor {
			return r, true
		}
	}
	return Run{}, false
}

// Run returns the run with the id.
func (in Incident) Run(id string) (Run, bool) {
	i := slices.IndexFunc(in.Runs, func(r Run) bool { return r.ID == id })
	if i < 0 {
		return Run{}, false
	}
	return in.Runs[i], true
}

// PageState says where a page stands.
type PageState string

// The states of a page.
const (
	Pending       PageState = "pending"       // not yet delivered
	Delivered     PageState = "delivered"     // a channel has taken it
	Withdrawn     PageState = "withdrawn"     // no longer needed before it was delivered
	Undeliverable PageState = "undeliverable" // no channel took it, or none is known to have
)

// Page is the task of reaching one person, or one channel, for one step of an
// escalation.
type Page struct {
	Key    string    `json:"key"` // unique within the incident
	Run    string    `json:"run"`
	Round  int       `json:"round"`
	Step   int       `json:"step"` // 0: the last resort, when the policy is exhausted
	Target string    `json:"target"`
	Person string    `json:"person"` // empty: the target itself
	Rule   string    `json:"rule"`   // how the target led to the person
	Due    time.Time `json:"due"`
	Why    string    `json:"why"`
	State  PageState `json:"state"`
	Tries  []Try     `json:"tries,omitempty"` // one for each contact tried, in order

	Send     time.Time `json:"send,omitzero"` // when its first message is due; zero: not recorded
	Urgency  string    `json:"urgency,omitempty"`
	Channel  string    `json:"channel,omitempty"`  // tried first; empty: the one that the person likes best
	Follows  string    `json:"follows,omitempty"`  // key of the page that this is another message about
	Reminder bool      `json:"reminder,omitempty"` // of an acknowledgement
	Take     int       `json:"take,omitempty"`     // Run.Resumed when it was asked for

	// Answered says that the recipient has declined, or answered for their part, or
	// that others are paged instead: nothing more is sent about it.
	Answered bool `json:"answered,omitempty"`

	// Stalled says that the page could not be delivered at first, so that the
	// escalation no longer waits for it. It is still being tried.
	Stalled bool `json:"stalled,omitempty"`

	// StalledAt is since when; zero: not recorded.
	StalledAt time.Time `json:"stalled_at,omitzero"`

	// Tried is when the last attempt began; zero: not recorded.
	Tried time.Time `json:"tried,omitzero"`

	// InFlight is the contact at which an attempt has begun whose outcome is
	// not recorded; empty: none.
	InFlight string `json:"in_flight,omitempty"`
}

// Try sums up the attempts to deliver a page to one contact.
type Try struct {
	Contact  string `json:"contact"` // identifies the contact: channel and a digest of the address
	Channel  string `json:"channel"`
	Attempts int    `json:"attempts"`
	Unknown  int    `json:"unknown,omitempty"` // attempts whose outcome nobody knows
	Rests    int    `json:"rests,omitempty"`   // how often it was left for the other contacts
	Spent    bool   `json:"spent,omitempty"`   // not to be tried again
}

// Page returns the page with the key.
func (in Incident) Page(key string) (Page, bool) {
	i := slices.IndexFunc(in.Pages, func(p Page) bool { return p.Key == key })
	if i < 0 {
		return Page{}, false
	}
	return in.Pages[i], true
}

// Recipient returns who the page is for: the person or, without one, the target.
func (p Page) Recipient() string {
	if p.Person == "" {
		return p.Target
	}
	return p.Person
}

// Try returns what has been tried at the contact.
func (p Page) Try(contact string) Try {
	for _, t := range p.Tries {
		if t.Contact == contact {
			return t
		}
	}
	return Try{Contact: contact}
}
