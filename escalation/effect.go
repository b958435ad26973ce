package escalation

import (
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// EffectKind says what is to be done.
type EffectKind string

// The kinds of effects.
const (
	Page     EffectKind = "page"      // page the person or, without one, the target itself
	Skip     EffectKind = "skip"      // a step, a target or a person is passed over: nothing to do but to record it
	Hold     EffectKind = "hold"      // the next step is put off: nothing to do but to record it
	Repeat   EffectKind = "repeat"    // a new round begins: nothing to do but to record it
	Remind   EffectKind = "remind"    // remind the person of the acknowledgement
	Resume   EffectKind = "resume"    // an acknowledgement or a snooze no longer holds: the run goes on
	HandOver EffectKind = "hand_over" // a step of another tier comes next: tell it what there is
	Exhaust  EffectKind = "exhaust"   // the policy has come to its end without an answer
	Fallback EffectKind = "fallback"  // page the last resort
	Raise    EffectKind = "raise"     // raise the incident's severity
)

// Effect is one thing that a run wants done, or that it leaves undone. Reason says
// in a sentence why.
type Effect struct {
	Kind   EffectKind
	Policy string    // the run's
	Plan   uint64    // version of the plan that the policy is from; 0: not said
	Round  int       // from 1
	Step   int       // from 1, of Steps; 0: none, such as for what Final says
	Steps  int       // how many the ladder has
	Due    time.Time // when it was

	Target  Target  // zero where it is about none
	Person  string  // empty where the target leads to nobody, or is paged itself
	Urgency Urgency // of a page

	// Shift is what puts the person on call, for schedules.
	Shift oncall.Shift

	// Rule is how else the target led to the person, such as "member of team db".
	Rule string

	Cause  Cause         // why the step was due
	Before int           // the step that Cause speaks of; 0: none
	Waited time.Duration // for an answer to it
	By     string        // who gave cause to it: answered, declined, reassigned

	Code SkipCode // of a Skip or a Hold
	Why  string   // of a Skip or a Hold: more of it, in words; may be empty

	Until    time.Time // of a Hold: when it is looked at again; of a Repeat that begins later: when
	Severity string    // of a Raise: the new one
	Tier     string    // of a HandOver: to which
	FromTier string    // from which; empty: the first
	Missing  []string  // of a HandOver: what the tier wants and is not there
}

// Cause says why a step was due.
type Cause string

// The causes.
const (
	First         Cause = "first"         // the run has just begun
	Unanswered    Cause = "unanswered"    // the wait of the step before has passed
	Unreached     Cause = "unreached"     // the step before paged nobody
	Undeliverable Cause = "undeliverable" // no page of the step before could be delivered
	Declined      Cause = "declined"      // everybody whom the step before paged has declined
	Together      Cause = "together"      // the step before has no wait
	Late          Cause = "late"          // it is made up for, together with the step before
	Stale         Cause = "stale"         // an acknowledgement was not renewed
	SnoozeOver    Cause = "snooze_over"   // the time for which somebody snoozed is over
	HandedBack    Cause = "handed_back"   // whoever had acknowledged gave it back
	Reassigned    Cause = "reassigned"    // somebody named whom to page
	Repaged       Cause = "repaged"       // somebody asked for the same people again
	Escalated     Cause = "escalated"     // somebody asked for the next step
)

// SkipCode says why something is passed over or put off.
type SkipCode string

// The codes.
const (
	SkipNobody      SkipCode = "nobody"      // the target leads to nobody
	SkipUnreachable SkipCode = "unreachable" // paging the person is of no use
	SkipAbsent      SkipCode = "absent"      // the person is on leave
	SkipNotReady    SkipCode = "not_ready"   // the person may not be paged yet
	SkipUnskilled   SkipCode = "unskilled"   // the person lacks a skill that is needed
	SkipQuiet       SkipCode = "quiet"       // it is one of the person's quiet hours
	SkipDeclined    SkipCode = "declined"    // the person has declined, in this round
	SkipTwice       SkipCode = "twice"       // the person was paged a moment ago
	SkipTurn        SkipCode = "turn"        // it is somebody else's turn
	SkipCondition   SkipCode = "condition"   // the step's condition does not hold
	SkipHold        SkipCode = "hold"        // the run waits until a condition holds
	SkipDeferred    SkipCode = "deferred"    // the step is deferred to the policy's hours
)
