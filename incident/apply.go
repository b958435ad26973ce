package incident

import (
	"fmt"
	"maps"
	"slices"
)

// Apply folds one event into the state and returns the new state; the one given
// stays as it was. The event must be the next one: anything else is a
// *ChainError. The new state has no Head: only [Seal] and [Replay] know the
// event's stored form, and so its hash.
func Apply(in Incident, e Event) (Incident, error) {
	if e.Version != in.Version+1 {
		return in, &ChainError{Version: e.Version, Why: fmt.Sprintf("it follows version %d", in.Version)}
	}
	if e.Payload == nil {
		return in, &ChainError{Version: e.Version, Why: "it has no payload"}
	}
	if _, first := e.Payload.(IncidentOpened); first != (e.Version == 1) {
		return in, &ChainError{Version: e.Version, Why: fmt.Sprintf("%s cannot stand here", e.Payload.Type())}
	}
	out := in
	out.Version = e.Version
	out.Head = ""
	out.RecordedAt = e.RecordedAt
	e.Payload.apply(&out, e)
	return out, nil
}

func (p IncidentOpened) apply(in *Incident, e Event) {
	in.Tenant, in.ID = p.Tenant, p.Incident
	in.Kind, in.Status = p.Kind, p.Status
	in.Title, in.Description = p.Title, p.Description
	in.Severity, in.Components = p.Severity, p.Components
	in.Policy, in.Plan = p.Policy, p.Plan
	in.StartedAt, in.OpenedAt, in.StatusAt = p.StartedAt, e.RecordedAt, p.StartedAt
	in.DedupKeys = p.DedupKeys
	in.Review = Review{Required: p.ReviewRequired, Within: p.ReviewWithin}
	if p.Severity != "" {
		in.SeverityBy = e.Actor.Kind
	}
	if in.pages() {
		in.Escalations = 1
	}
}

func (p StatusChanged) apply(in *Incident, e Event) {
	at := e.At()
	in.Status, in.StatusAt = p.To, at
	switch p.To {
	case Mitigated:
		in.MitigatedAt = at
	case Resolved:
		if in.MitigatedAt.IsZero() {
			in.MitigatedAt = at
		}
		in.ResolvedAt = at
		if in.Review.Within > 0 {
			in.Review.Due = at.Add(in.Review.Within)
		}
	case Closed:
		in.ClosedAt = at
	case Merged:
		in.MergedInto = p.Into
	default: // StatusAt says it all
	}
	if p.Action == ReopenAction {
		in.Reopened++
		in.MergedInto = ""
		if in.pages() {
			in.Escalations++
		}
		in.MitigatedAt, in.ResolvedAt, in.ClosedAt = zeroTime, zeroTime, zeroTime
		in.Review.Due, in.Review.CompletedAt, in.Review.Reference = zeroTime, zeroTime, ""
	}
}

func (p SeverityChanged) apply(in *Incident, e Event) {
	in.Severity, in.SeverityBy = p.To, e.Actor.Kind
	in.Review.Required, in.Review.Within = p.ReviewRequired, p.ReviewWithin
	in.Review.Due = zeroTime
	if !in.ResolvedAt.IsZero() && p.ReviewWithin > 0 {
		in.Review.Due = in.ResolvedAt.Add(p.ReviewWithin)
	}
}

func (p RoleAssigned) apply(in *Incident, _ Event) {
	roles := maps.Clone(in.Roles)
	if roles == nil {
		roles = map[Role]string{}
	}
	roles[p.Role] = p.To
	if p.To == "" {
		delete(roles, p.Role)
	}
	if len(roles) == 0 {
		roles = nil // as a snapshot gives it back
	}
	in.Roles = roles
}

func (NoteAdded) apply(*Incident, Event) {}

func (p AlertsRecorded) apply(in *Incident, e Event) {
	if len(p.Alerts) == 0 {
		return
	}
	in.Arrivals = in.arrived(e.RecordedAt, p.Fired)
	if len(p.Labels) > 0 {
		labels := maps.Clone(in.Labels)
		if labels == nil {
			labels = map[string]string{}
		}
		maps.Copy(labels, p.Labels)
		in.Labels = labels
	}
	alerts := maps.Clone(in.Alerts)
	if alerts == nil {
		alerts = make(map[string]AlertState, len(p.Alerts))
	}
	for _, a := range p.Alerts {
		alerts[a.identity()] = AlertState{Status: a.Status, StartsAt: a.StartsAt}
	}
	if len(alerts) > manyAlerts {
		maps.DeleteFunc(alerts, func(_ string, a AlertState) bool { return a.Status == AlertResolved })
	}
	if len(alerts) == 0 {
		alerts = nil // as a snapshot gives it back
	}
	in.Alerts = alerts
}

// manyAlerts is how many alerts an incident remembers before it forgets those
// that have resolved, so that one that lasts for weeks does not grow for ever.
const manyAlerts = 1000

func (p ReviewCompleted) apply(in *Incident, e Event) {
	in.Review.CompletedAt, in.Review.Reference = e.At(), p.Reference
}

func (p IncidentAbsorbed) apply(in *Incident, _ Event) {
	in.Absorbed = append(slices.Clip(in.Absorbed), p.From)
}

func (EscalationRequested) apply(in *Incident, _ Event) { in.Escalations++ }

func (p PageStalled) apply(in *Incident, e Event) {
	in.changePage(p.Page, func(page *Page) {
		if !page.Stalled {
			page.Stalled, page.StalledAt = true, e.RecordedAt
		}
	})
}

func (p PageHeld) apply(in *Incident, _ Event) {
	in.changePage(p.Page, func(page *Page) { page.Send = p.Until })
}

func (p EscalationStarted) apply(in *Incident, _ Event) {
	in.Runs = append(slices.Clip(in.Runs), Run{ID: p.Run, Policy: p.Policy, Plan: p.Plan, State: Running, Vendor: p.Vendor})
}

func (p EscalationAdvanced) apply(in *Incident, _ Event) {
	in.changeRun(p.Run, func(r *Run) { r.Progress, r.Wake = p.Progress, p.Wake })
}

func (p EscalationAcknowledged) apply(in *Incident, e Event) {
	in.answered(p.Run, e)
	if len(p.Awaits) > 0 {
		in.settlePages(p.Run, p.By)
		return
	}
	in.changeRun(p.Run, func(r *Run) {
		r.State, r.AcknowledgedBy, r.Why, r.Wake = Acknowledged, p.By, "", zeroTime
	})
}

func (p EscalationEnded) apply(in *Incident, _ Event) {
	in.changeRun(p.Run, func(r *Run) { r.State, r.Why, r.Wake = p.State, p.Why, zeroTime })
}

func (PageSkipped) apply(*Incident, Event) {}

func (p PageRequested) apply(in *Incident, _ Event) {
	if p.Reminder {
		in.changeRun(p.Run, func(r *Run) { r.Reminders++ })
		in.Pages = slices.DeleteFunc(slices.Clone(in.Pages), func(page Page) bool {
			return page.Run == p.Run && page.Reminder && page.State != Pending
		})
	}
	in.Pages = append(slices.Clip(in.Pages), Page{
		Key: p.Page, Run: p.Run, Round: p.Round, Step: p.Step, Target: p.Target,
		Person: p.Person, Rule: p.Rule, Due: p.Due, Why: p.Why, State: Pending,
		Send: p.Send, Urgency: p.Urgency, Channel: p.Channel, Follows: p.Follows, Reminder: p.Reminder, Take: p.Take,
	})
}

func (p PageAttempted) apply(in *Incident, e Event) {
	in.changePage(p.Page, func(page *Page) {
		page.InFlight, page.Tried = p.Contact, e.RecordedAt
		page.changeTry(p.Contact, func(t *Try) { t.Channel, t.Attempts = p.Channel, p.Attempt })
	})
}

func (p PageDelivered) apply(in *Incident, _ Event) {
	in.changePage(p.Page, func(page *Page) { page.InFlight, page.State = "", Delivered })
}

func (p PageFailed) apply(in *Incident, _ Event) {
	in.changePage(p.Page, func(page *Page) {
		page.InFlight = ""
		page.changeTry(p.Contact, func(t *Try) {
			t.Spent = t.Spent || p.Spent
			if p.Rest {
				t.Rests++
			}
			if p.Unknown {
				t.Unknown++
			}
		})
	})
}

func (p PageWithdrawn) apply(in *Incident, _ Event) {
	in.changePage(p.Page, func(page *Page) { page.InFlight, page.State = "", Withdrawn })
}

func (p PageUndeliverable) apply(in *Incident, _ Event) {
	in.changePage(p.Page, func(page *Page) { page.InFlight, page.State = "", Undeliverable })
}

// changeRun changes a run in a copy of the list, so that earlier states keep
// theirs. A run that does not exist is left alone.
func (in *Incident) changeRun(id string, change func(*Run)) {
	if i := slices.IndexFunc(in.Runs, func(r Run) bool { return r.ID == id }); i >= 0 {
		in.Runs = slices.Clone(in.Runs)
		change(&in.Runs[i])
	}
}

func (in *Incident) changePage(key string, change func(*Page)) {
	if i := slices.IndexFunc(in.Pages, func(p Page) bool { return p.Key == key }); i >= 0 {
		in.Pages = slices.Clone(in.Pages)
		change(&in.Pages[i])
	}
}

func (p *Page) changeTry(contact string, change func(*Try)) {
	p.Tries = slices.Clone(p.Tries)
	i := slices.IndexFunc(p.Tries, func(t Try) bool { return t.Contact == contact })
	if i < 0 {
		i = len(p.Tries)
		p.Tries = append(p.Tries, Try{Contact: contact})
	}
	change(&p.Tries[i])
}
