package incident

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Entry is one line of an incident's timeline.
type Entry struct {
	At          time.Time // it took place
	RecordedAt  time.Time
	Version     uint64 // of the event
	Type        EventType
	Actor       Actor
	Text        string
	CorrectedBy uint64        // version of the note that corrects it; 0: none
	ClockBehind time.Duration // see Event
}

// Late reports whether the entry was recorded after it took place.
func (e Entry) Late() bool { return e.At.Before(e.RecordedAt) }

// Timeline tells what happened, in the order in which it took place, in words.
// How an escalation computes is left out; what it did is there.
func Timeline(events []Event) []Entry {
	out := make([]Entry, 0, len(events))
	corrected := map[uint64]uint64{}
	for _, e := range events {
		if e.Payload == nil {
			continue
		}
		if n, ok := e.Payload.(NoteAdded); ok && n.Corrects > 0 {
			corrected[n.Corrects] = e.Version
		}
		if e.Payload.Type() == TypeEscalationAdvanced {
			continue
		}
		out = append(out, Entry{
			At: e.At(), RecordedAt: e.RecordedAt, Version: e.Version,
			Type: e.Payload.Type(), Actor: e.Actor, Text: e.Payload.describe(), ClockBehind: e.ClockBehind,
		})
	}
	for i := range out {
		out[i].CorrectedBy = corrected[out[i].Version]
	}
	slices.SortStableFunc(out, func(a, b Entry) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Version, b.Version))
	})
	return out
}

// String returns the entry as one line of text, whatever its parts hold: nobody
// can add a line that looks like an entry of its own.
func (e Entry) String() string {
	s := fmt.Sprintf("%s  %-26s %s", e.At.UTC().Format(time.DateTime), oneLine(e.Actor.String()), oneLine(e.Text))
	if e.Late() {
		s += " [recorded " + e.RecordedAt.UTC().Format(time.DateTime) + "]"
	}
	if e.CorrectedBy > 0 {
		s += fmt.Sprintf(" [corrected by entry %d]", e.CorrectedBy)
	}
	if e.ClockBehind > 0 {
		s += fmt.Sprintf(" [the clock was %s behind]", e.ClockBehind)
	}
	return s
}

func (p IncidentOpened) describe() string {
	s := "Opened in triage"
	if p.Status == Active {
		s = "Declared"
	}
	if p.Kind != Standard {
		s += " as a " + string(p.Kind)
	}
	if p.Severity != "" {
		s += " at " + p.Severity
	}
	s += ": " + p.Title
	if len(p.Components) > 0 {
		s += " (" + strings.Join(p.Components, ", ") + ")"
	}
	return s
}

func (p StatusChanged) describe() string {
	verbs := map[ActionName]string{
		AcceptAction: "Accepted as an incident", DeclineAction: "Declined: no incident",
		CancelAction: "Canceled", MitigateAction: "Mitigated", ResolveAction: "Resolved",
		CloseAction: "Closed", ReopenAction: "Reopened", MergeAction: "Merged into " + string(p.Into),
	}
	s := verbs[p.Action]
	if s == "" {
		s = "Moved from " + string(p.From) + " to " + string(p.To)
	}
	if p.Action == ResolveAction && p.From == Active {
		s += ", mitigated at the same time"
	}
	return withText(s, p.Summary)
}

func (p SeverityChanged) describe() string {
	if p.From == "" {
		return withText("Severity set to "+p.To, p.Reason)
	}
	return withText("Severity changed from "+p.From+" to "+p.To, p.Reason)
}

func (p RoleAssigned) describe() string {
	role := strings.ReplaceAll(string(p.Role), "_", " ")
	switch {
	case p.To == "":
		return p.From + " is no longer " + role
	case p.From == "":
		return p.To + " is " + role
	}
	return p.To + " takes over as " + role + " from " + p.From
}

func (p NoteAdded) describe() string {
	if p.Corrects > 0 {
		return fmt.Sprintf("Correction of entry %d: %s", p.Corrects, p.Text)
	}
	return "Note: " + p.Text
}

func (p AlertsRecorded) describe() string {
	firing, resolved := 0, 0
	for _, a := range p.Alerts {
		if a.Status == Firing {
			firing++
		} else {
			resolved++
		}
	}
	if len(p.Alerts) == 0 {
		return "No alert"
	}
	first := p.Alerts[0]
	s := fmt.Sprintf("Alert %s from %s: %s", first.Status, first.Source, first.Summary)
	if len(p.Alerts) > 1 {
		s += fmt.Sprintf(" (with %d more; %d firing, %d resolved)", len(p.Alerts)-1, firing, resolved)
	}
	return s
}

func (p ReviewCompleted) describe() string { return "Review complete: " + p.Reference }

func (p IncidentAbsorbed) describe() string {
	return "Incident " + string(p.From) + " was merged into this one"
}

func (p EscalationRequested) describe() string { return "Escalated anew: " + p.Reason }

func (p PageStalled) describe() string {
	return "Page " + p.Page + " cannot be delivered for now; the escalation goes on: " + p.Why
}

func (p PageHeld) describe() string {
	return "Page " + p.Page + " waits until " + p.Until.UTC().Format(time.DateTime) + ": " + p.Why
}

func (p EscalationStarted) describe() string {
	if p.Vendor != "" {
		return fmt.Sprintf("Escalation %s started: vendor %s, as plan version %d says", p.Run, p.Vendor, p.Plan.Version)
	}
	return fmt.Sprintf("Escalation %s started: policy %s of plan version %d", p.Run, p.Policy, p.Plan.Version)
}

func (EscalationAdvanced) describe() string { return "Escalation advanced" }

func (p EscalationAcknowledged) describe() string {
	s := "Acknowledged by " + p.By
	if len(p.Awaits) > 0 {
		s += "; still to answer: " + strings.Join(p.Awaits, ", ")
	}
	return s
}

func (p EscalationEnded) describe() string {
	if p.State == Exhausted {
		return "Escalation " + p.Run + " exhausted: " + p.Why
	}
	return "Escalation " + p.Run + " stopped: " + p.Why
}

func (p PageSkipped) describe() string {
	who := p.Target
	if who == "" {
		who = fmt.Sprintf("step %d", p.Step)
	}
	if p.Person != "" && "person "+p.Person != p.Target {
		who = p.Person + " (" + p.Target + ")"
	}
	return fmt.Sprintf("Not paged: %s: %s", who, p.Why)
}

func (p PageRequested) describe() string {
	who := p.Person
	if who == "" {
		who = p.Target
	}
	switch {
	case p.Reminder:
		return "To remind " + who + ": " + p.Why
	case p.Follows != "":
		return "To tell " + who + " again by " + p.Channel + ": " + p.Why
	}
	return "To page " + who + ": " + p.Why
}

func (p PageAttempted) describe() string {
	s := fmt.Sprintf("Sending page %s by %s, attempt %d", p.Page, p.Channel, p.Attempt)
	if p.PossibleDuplicate {
		s += " (possible duplicate: the outcome of an earlier attempt is unknown)"
	}
	return s
}

func (p PageDelivered) describe() string {
	return withText(fmt.Sprintf("Page %s delivered by %s", p.Page, p.Channel), p.Receipt)
}

func (p PageFailed) describe() string {
	s := fmt.Sprintf("Page %s by %s failed", p.Page, p.Channel)
	if p.Unknown {
		s = fmt.Sprintf("Page %s by %s: outcome unknown", p.Page, p.Channel)
	}
	s = withText(s, p.Error)
	switch {
	case p.Spent:
		s += "; not tried there again"
	case p.Rest && p.Retry == "":
		s += "; the next contact is tried first"
	case p.Retry != "":
		s += "; again in " + p.Retry
	}
	return s
}

func (p PageWithdrawn) describe() string { return "Page " + p.Page + " withdrawn: " + p.Why }

func (p PageUndeliverable) describe() string { return "Page " + p.Page + " undeliverable: " + p.Why }

// oneLine puts a space in place of line breaks and other control characters.
func oneLine(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.In(r, unicode.Cc, unicode.Zl, unicode.Zp) {
			return ' '
		}
		return r
	}, s)
}

func withText(s, text string) string {
	if strings.TrimSpace(text) == "" {
		return s
	}
	return s + ": " + text
}
