package incident

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// PageDeclined says that somebody who was paged does not take care.
type PageDeclined struct {
	Run    string `json:"run"`
	By     string `json:"by"`
	Reason string `json:"reason,omitempty"`
}

// EscalationSnoozed says that nobody is paged until a time.
type EscalationSnoozed struct {
	Run    string    `json:"run"`
	By     string    `json:"by"`
	Until  time.Time `json:"until"`
	Reason string    `json:"reason,omitempty"`
}

// EscalationHandedBack says that whoever had answered no longer takes care.
type EscalationHandedBack struct {
	Run    string `json:"run"`
	By     string `json:"by"`
	Reason string `json:"reason,omitempty"`
}

// EscalationReassigned says that others are paged instead.
type EscalationReassigned struct {
	Run    string   `json:"run"`
	By     string   `json:"by"`
	To     []Target `json:"to"`
	Reason string   `json:"reason,omitempty"`
}

// EscalationRepaged says that the same people are paged again.
type EscalationRepaged struct {
	Run    string `json:"run"`
	By     string `json:"by"`
	Reason string `json:"reason,omitempty"`
}

// NextStepRequested says that somebody wants the next step taken at once.
type NextStepRequested struct {
	Run     string   `json:"run"`
	By      string   `json:"by"`
	Tier    string   `json:"tier,omitempty"`    // that the step belongs to; empty: none
	Missing []string `json:"missing,omitempty"` // what that tier wants to be told and was not
	Reason  string   `json:"reason,omitempty"`
}

// PacketRecorded records facts that are handed over from tier to tier.
type PacketRecorded struct {
	Fields map[string]string `json:"fields"` // an empty text: taken back
}

// Type implements Payload.
func (PageDeclined) Type() EventType { return TypePageDeclined }

// Type implements Payload.
func (EscalationSnoozed) Type() EventType { return TypeSnoozed }

// Type implements Payload.
func (EscalationHandedBack) Type() EventType { return TypeHandedBack }

// Type implements Payload.
func (EscalationReassigned) Type() EventType { return TypeReassigned }

// Type implements Payload.
func (EscalationRepaged) Type() EventType { return TypeRepaged }

// Type implements Payload.
func (NextStepRequested) Type() EventType { return TypeNextStepRequested }

// Type implements Payload.
func (PacketRecorded) Type() EventType { return TypePacketRecorded }

func (p PageDeclined) apply(in *Incident, _ Event) { in.settlePages(p.Run, p.By) }

func (p EscalationSnoozed) apply(in *Incident, e Event) {
	in.answered(p.Run, e)
	in.changeRun(p.Run, func(r *Run) { r.State, r.AcknowledgedBy, r.Why = Snoozed, p.By, "" })
}

func (p EscalationHandedBack) apply(in *Incident, _ Event) {
	in.resume(p.Run)
	in.settlePages(p.Run, p.By)
}

func (p EscalationReassigned) apply(in *Incident, _ Event) {
	in.resume(p.Run)
	in.settlePages(p.Run, "")
}

func (p EscalationRepaged) apply(in *Incident, _ Event) { in.resume(p.Run) }
func (p NextStepRequested) apply(in *Incident, _ Event) { in.resume(p.Run) }

func (p PacketRecorded) apply(in *Incident, _ Event) { in.Packet = in.withPacket(p.Fields) }

// answered notes when a responder first answered. A supplier that answers for
// itself is none.
func (in *Incident) answered(run string, e Event) {
	vendor := slices.ContainsFunc(in.Runs, func(r Run) bool { return r.ID == run && r.Vendor != "" })
	if in.AcknowledgedAt.IsZero() && !vendor {
		in.AcknowledgedAt = e.At()
	}
}

// settlePages marks the pages of a run to somebody as answered; empty: all of them.
func (in *Incident) settlePages(run, by string) {
	in.Pages = slices.Clone(in.Pages)
	for i := range in.Pages {
		if p := &in.Pages[i]; p.Run == run && !p.Reminder && (by == "" || p.Person == by) {
			p.Answered = true
		}
	}
}

// resume lets a run that somebody had answered go on.
func (in *Incident) resume(run string) {
	in.changeRun(run, func(r *Run) { r.State, r.AcknowledgedBy, r.Why, r.Resumed = Running, "", "", r.Resumed+1 })
}

func (p PageDeclined) describe() string { return withText(p.By+" declined the page", p.Reason) }

func (p EscalationSnoozed) describe() string {
	return withText("Snoozed by "+p.By+" until "+p.Until.UTC().Format(time.DateTime), p.Reason)
}

func (p EscalationHandedBack) describe() string { return withText(p.By+" handed it back", p.Reason) }

func (p EscalationReassigned) describe() string {
	to := make([]string, len(p.To))
	for i, t := range p.To {
		to[i] = t.String()
	}
	return withText(p.By+" reassigned it to "+strings.Join(to, ", "), p.Reason)
}

func (p EscalationRepaged) describe() string {
	return withText(p.By+" asked for the same people to be paged again", p.Reason)
}

func (p NextStepRequested) describe() string {
	s := p.By + " asked for the next step at once"
	if p.Tier != "" {
		s += ", of tier " + p.Tier
	}
	if len(p.Missing) > 0 {
		s += ", without " + strings.Join(p.Missing, ", ")
	}
	return withText(s, p.Reason)
}

func (p PacketRecorded) describe() string {
	names := slices.Sorted(maps.Keys(p.Fields))
	parts := make([]string, len(names))
	for i, name := range names {
		if parts[i] = name + ": " + p.Fields[name]; strings.TrimSpace(p.Fields[name]) == "" {
			parts[i] = name + " (taken back)"
		}
	}
	return fmt.Sprintf("To be handed over: %s", strings.Join(parts, "; "))
}
