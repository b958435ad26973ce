package incident

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Acknowledge answers a page: the actor takes care, and nobody else is paged.
// Where the step asks for everybody's answer, the others still are. Sent again by
// whoever has acknowledged, it renews the acknowledgement. Whether the actor was
// paged, and exists, is for the host to know.
type Acknowledge struct {
	// Vendor is the id of the supplier that has answered, where the answer is to its
	// own run. Empty: the run that answers the incident or, of an actor that is a
	// vendor and has been paged as a supplier, its own.
	Vendor string
}

// DeclinePage says that the actor was paged and does not take care. Whoever else
// is paged goes on as the policy says; at once, if nobody is left to answer.
type DeclinePage struct{ Reason string }

// Snooze says that the actor knows, and that nobody is to be paged until a time.
// Then the same people are paged again.
type Snooze struct {
	Until  time.Time // after now, by at most a week
	Reason string
}

// HandBack says that the actor, who has acknowledged or snoozed, no longer takes
// care. The others are paged again at once.
type HandBack struct{ Reason string }

// Reassign pages others at once. If they do not answer in time, the escalation
// goes on where it was.
type Reassign struct {
	To     []Target // at least one, at most MaxTargets
	Reason string
}

// Repage pages the same people again, at once.
type Repage struct{ Reason string }

// EscalateNext takes the next step of the policy at once. Where that belongs to
// another tier, what it wants to be told must have been recorded (RecordPacket);
// an incident of the top severity goes without, if a reason is given.
type EscalateNext struct{ Reason string }

// RecordPacket records facts that are handed over from tier to tier, by name, such
// as "steps_to_reproduce". An empty text takes a fact back.
type RecordPacket struct{ Fields map[string]string }

// Target names who is to be paged, in the words of the plan.
type Target struct {
	Type string `json:"type"` // person, schedule, team, channel, webhook or vendor
	ID   string `json:"id"`
	Mode string `json:"mode,omitempty"` // of a schedule or a team, such as "next"; empty: the usual one
}

// String returns "schedule primary", or "schedule primary (next)".
func (t Target) String() string {
	s := t.Type + " " + t.ID
	if t.Mode != "" {
		s += " (" + t.Mode + ")"
	}
	return s
}

// Limits of answers.
const (
	MaxTargets = 100                // of a Reassign
	MaxSnooze  = 7 * 24 * time.Hour // from now
	MaxPacket  = 100                // facts that an incident keeps
	MaxFact    = 4 << 10            // bytes of one of them
)

// Name implements Action.
func (Acknowledge) Name() ActionName { return AcknowledgeAction }

// Name implements Action.
func (DeclinePage) Name() ActionName { return DeclinePageAction }

// Name implements Action.
func (Snooze) Name() ActionName { return SnoozeAction }

// Name implements Action.
func (HandBack) Name() ActionName { return HandBackAction }

// Name implements Action.
func (Reassign) Name() ActionName { return ReassignAction }

// Name implements Action.
func (Repage) Name() ActionName { return RepageAction }

// Name implements Action.
func (EscalateNext) Name() ActionName { return EscalateNextAction }

// Name implements Action.
func (RecordPacket) Name() ActionName { return RecordPacketAction }

func (a Acknowledge) validate(Env) error { return checkOptional("Acknowledge.Vendor", a.Vendor) }

func (a DeclinePage) validate(Env) error {
	return checkText("DeclinePage.Reason", a.Reason, MaxText, false)
}

func (a Snooze) validate(env Env) error {
	if !a.Until.After(env.Now) || a.Until.After(env.Now.Add(MaxSnooze)) {
		return &FieldError{"Snooze.Until", fmt.Sprintf("an instant after now (%s), by at most %s; it is %s", stamp(env.Now), MaxSnooze, stamp(a.Until))}
	}
	return checkText("Snooze.Reason", a.Reason, MaxText, false)
}

func (a HandBack) validate(Env) error { return checkText("HandBack.Reason", a.Reason, MaxText, false) }

func (a Reassign) validate(Env) error {
	if len(a.To) == 0 || len(a.To) > MaxTargets {
		return &FieldError{"Reassign.To", fmt.Sprintf("1 to %d targets, not %d", MaxTargets, len(a.To))}
	}
	for i, t := range a.To {
		field := fmt.Sprintf("Reassign.To[%d]", i)
		if err := cmp.Or(
			checkName(field+".Type", t.Type, MaxName),
			checkName(field+".ID", t.ID, MaxName),
			checkOptional(field+".Mode", t.Mode),
		); err != nil {
			return err
		}
		if slices.Contains(a.To[:i], t) {
			return &FieldError{field, "each only once, not " + quote(t.String()) + " again"}
		}
	}
	return checkText("Reassign.Reason", a.Reason, MaxText, false)
}

func (a Repage) validate(Env) error { return checkText("Repage.Reason", a.Reason, MaxText, false) }

func (a EscalateNext) validate(Env) error {
	return checkText("EscalateNext.Reason", a.Reason, MaxText, false)
}

func (a RecordPacket) validate(Env) error {
	if len(a.Fields) == 0 || len(a.Fields) > MaxPacket {
		return &FieldError{"RecordPacket.Fields", fmt.Sprintf("1 to %d facts, not %d", MaxPacket, len(a.Fields))}
	}
	for _, name := range slices.Sorted(maps.Keys(a.Fields)) {
		field := "RecordPacket.Fields[" + quote(name) + "]"
		if err := cmp.Or(checkName(field, name, MaxName), checkText(field, a.Fields[name], MaxFact, false)); err != nil {
			return err
		}
	}
	return nil
}

// checkPacket refuses a fact too many.
func (c Command) checkPacket(in Incident) error {
	a, ok := c.Action.(RecordPacket)
	if !ok {
		return nil
	}
	if n := len(in.withPacket(a.Fields)); n > MaxPacket {
		return &FieldError{"RecordPacket.Fields", fmt.Sprintf("at most %d facts in an incident; these would make it %d", MaxPacket, n)}
	}
	return nil
}

// withPacket returns what is handed over, with some facts recorded anew.
func (in Incident) withPacket(fields map[string]string) map[string]string {
	packet := maps.Clone(in.Packet)
	if packet == nil {
		packet = map[string]string{}
	}
	for name, text := range fields {
		if packet[name] = text; strings.TrimSpace(text) == "" {
			delete(packet, name)
		}
	}
	if len(packet) == 0 {
		return nil // as a snapshot gives it back
	}
	return packet
}

// Run returns the escalation run that a command is about: the one that answers
// the incident, or that of a supplier.
func (c Command) Run(in Incident) (Run, bool) {
	a, ok := c.Action.(Acknowledge)
	if ok && a.Vendor != "" {
		return in.VendorRun(a.Vendor)
	}
	if ok && c.Actor.Kind == Vendor {
		if run, ok := in.VendorRun(c.Actor.ID); ok {
			return run, true // also where it has answered, or too late: it does not answer for us
		}
	}
	return in.CurrentRun()
}

// answers says what an answer to an escalation records.
func (c Command) answers(in Incident, env Env) (Payload, bool) {
	run, _ := c.Run(in) // the guards have seen that there is one, where one is needed
	by := c.Actor.ID
	switch a := c.Action.(type) {
	case Acknowledge:
		return EscalationAcknowledged{Run: run.ID, By: by, Awaits: list(env.Escalation.Awaits)}, true
	case DeclinePage:
		return PageDeclined{Run: run.ID, By: by, Reason: a.Reason}, true
	case Snooze:
		return EscalationSnoozed{Run: run.ID, By: by, Until: instant(a.Until), Reason: a.Reason}, true
	case HandBack:
		return EscalationHandedBack{Run: run.ID, By: by, Reason: a.Reason}, true
	case Reassign:
		return EscalationReassigned{Run: run.ID, By: by, To: list(a.To), Reason: a.Reason}, true
	case Repage:
		return EscalationRepaged{Run: run.ID, By: by, Reason: a.Reason}, true
	case EscalateNext:
		return NextStepRequested{
			Run: run.ID, By: by, Tier: env.Escalation.Tier, Missing: list(env.Escalation.Missing), Reason: a.Reason,
		}, true
	}
	return nil, false
}
