package incident

import (
	"fmt"
	"strings"
	"time"
)

// EscalationResumed says that an answer no longer holds, so that the run goes on.
type EscalationResumed struct {
	Run   string `json:"run"`
	Cause string `json:"cause"` // such as "stale", of an acknowledgement that was not renewed
	Why   string `json:"why"`
}

// EscalationHeld says that the next step is put off.
type EscalationHeld struct {
	Run   string    `json:"run"`
	Round int       `json:"round"`
	Step  int       `json:"step"`
	Code  string    `json:"code"`           // such as "deferred"
	Until time.Time `json:"until,omitzero"` // when it is looked at again; zero: when something changes
	Why   string    `json:"why"`
}

// EscalationRepeated says that another round of a policy begins.
type EscalationRepeated struct {
	Run   string `json:"run"`
	Round int    `json:"round"` // the new one
	Why   string `json:"why"`
}

// TierReached says that an escalation has come to the next tier of responders, and
// with what it was handed over.
type TierReached struct {
	Run     string   `json:"run"`
	Tier    string   `json:"tier"`
	From    string   `json:"from,omitempty"`    // the tier before; empty: none
	Missing []string `json:"missing,omitempty"` // what the tier wants to be told and was not
	Why     string   `json:"why"`
}

// EscalationOverdue says that the auditor found an escalation that had not gone on
// when it should have, and has taken it up.
type EscalationOverdue struct {
	Run  string        `json:"run"`
	Due  time.Time     `json:"due"`
	Late time.Duration `json:"late_ns"`
	Why  string        `json:"why"`

	// Pages are the keys of those that nobody had tried to deliver, and that are
	// scheduled anew.
	Pages []string `json:"pages,omitempty"`
}

// Type implements Payload.
func (EscalationResumed) Type() EventType { return TypeResumed }

// Type implements Payload.
func (EscalationHeld) Type() EventType { return TypeHeld }

// Type implements Payload.
func (EscalationRepeated) Type() EventType { return TypeRepeated }

// Type implements Payload.
func (TierReached) Type() EventType { return TypeTierReached }

// Type implements Payload.
func (EscalationOverdue) Type() EventType { return TypeOverdue }

func (p EscalationResumed) apply(in *Incident, _ Event) { in.resume(p.Run) }

func (EscalationHeld) apply(*Incident, Event)     {}
func (EscalationRepeated) apply(*Incident, Event) {}
func (TierReached) apply(*Incident, Event)        {}

func (p EscalationOverdue) apply(in *Incident, e Event) {
	for _, key := range p.Pages {
		in.changePage(key, func(page *Page) {
			if page.Send = e.RecordedAt; !page.Tried.IsZero() {
				page.Tried = e.RecordedAt
			}
		})
	}
}

func (p EscalationResumed) describe() string { return "Escalation " + p.Run + " goes on: " + p.Why }

func (p EscalationHeld) describe() string {
	return fmt.Sprintf("Step %d of escalation %s is put off: %s", p.Step, p.Run, p.Why)
}

func (p EscalationRepeated) describe() string {
	return fmt.Sprintf("Round %d of escalation %s: %s", p.Round, p.Run, p.Why)
}

func (p TierReached) describe() string {
	s := "Handed over to tier " + p.Tier
	if p.From != "" {
		s = "Handed over from tier " + p.From + " to " + p.Tier
	}
	if len(p.Missing) > 0 {
		s += ", without " + strings.Join(p.Missing, ", ")
	}
	return withText(s, p.Why)
}

func (p EscalationOverdue) describe() string {
	return fmt.Sprintf("Alarm: escalation %s was %s late: %s", p.Run, p.Late.Round(time.Second), p.Why)
}
