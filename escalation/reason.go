package escalation

import (
	"fmt"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation/internal/words"
)

// effect returns one that is about the step that is next.
func (c *call) effect(kind EffectKind) Effect {
	p := &c.p
	e := Effect{
		Kind: kind, Policy: c.ladder.policy.ID, Plan: c.ladder.policy.Version,
		Round: p.Round, Step: p.Step, Steps: c.ladder.steps, Due: p.Due, Before: p.Before,
	}
	if e.Step > e.Steps {
		e.Step = p.Before
	}
	switch wait := c.waitOf(p.Before); {
	case p.Cause != "":
		e.Cause, e.By = p.Cause, p.By
	case p.Before == 0:
		e.Cause = First
	case p.Missed:
		e.Cause = Unreached
	case wait == 0 && (p.Paged.IsZero() || !p.Due.After(p.Paged)):
		e.Cause = Together
	case c.taken: // nobody has had the time to answer
		e.Cause = Late
	default:
		e.Cause, e.Waited = Unanswered, wait
		if wait == 0 { // for what came in between: a hold, or the end of a nested policy
			e.Waited = p.Due.Sub(p.Paged)
		}
	}
	if e.Cause == Declined || e.Cause == Undeliverable {
		e.Before = p.Last
	}
	return e
}

// Reason says in a sentence why the effect is: "policy checkout, step 2 of 3,
// because nobody answered step 1 within 5m; schedule primary leads to ana: rotation
// weekly, turn 12".
func (e Effect) Reason() string {
	switch e.Kind {
	case Page:
		return e.where() + e.because() + "; " + e.leads()
	case Skip:
		return e.skipped()
	case Hold:
		return e.where() + " " + e.held()
	case Repeat:
		return fmt.Sprintf("round %d begins with step %d%s%s", e.Round, e.Step, e.because(), e.notBefore())
	case Remind:
		return "reminder: " + e.Person + " has acknowledged, and the incident is still open"
	case Resume:
		return e.where() + e.because()
	case HandOver:
		return e.handedOver()
	case Exhaust:
		return e.exhausted()
	case Fallback:
		return e.exhausted() + "; " + e.leads()
	case Raise:
		return e.exhausted() + "; its last step raises the severity to " + e.Severity
	}
	return ""
}

// notBefore says when a round begins that has to wait.
func (e Effect) notBefore() string {
	if e.Until.IsZero() {
		return ""
	}
	return ", but not before " + e.Until.Format(time.TimeOnly) + ", so that the rounds do not come all at once"
}

// where says which step of which policy it is about.
func (e Effect) where() string {
	s := "policy " + e.Policy
	if e.Plan > 0 {
		s += fmt.Sprintf(" of plan version %d", e.Plan)
	}
	if e.Step > 0 {
		s += fmt.Sprintf(", step %d of %d", e.Step, e.Steps)
	}
	if e.Round > 1 {
		s += fmt.Sprintf(", round %d", e.Round)
	}
	return s
}

// because says why the step is due.
func (e Effect) because() string {
	by := e.By
	if by == "" {
		by = "somebody"
	}
	switch e.Cause {
	case First:
		return ""
	case Unreached:
		return fmt.Sprintf(", because step %d reached nobody", e.Before)
	case Undeliverable:
		return fmt.Sprintf(", because no page of step %d could be delivered", e.Before)
	case Declined:
		return fmt.Sprintf(", because nobody of step %d is left since %s declined", e.Before, by)
	case Together:
		return fmt.Sprintf(", together with step %d", e.Before)
	case Late:
		return fmt.Sprintf(", late and so together with step %d", e.Before)
	case Unanswered:
		return fmt.Sprintf(", because nobody answered step %d within %s", e.Before, words.Length(e.Waited))
	case Stale:
		return ", again, because the acknowledgement of " + by + " was not renewed in time"
	case SnoozeOver:
		return ", again, because the time for which " + by + " snoozed is over"
	case HandedBack:
		return ", again, because " + by + " handed it back"
	case Reassigned:
		return ", because " + by + " reassigned it"
	case Repaged:
		return ", again, because " + by + " asked for it"
	case Escalated:
		return ", because " + by + " asked for the next step"
	}
	return ""
}

// leads says how the target led to the person.
func (e Effect) leads() string {
	rule := e.rule()
	switch {
	case e.Person == "":
		return "it names " + e.Target.String()
	case e.Target.Type == TargetPerson && e.Target.ID == e.Person && rule == "":
		return "it names " + e.Person
	case rule == "":
		return fmt.Sprintf("%s leads to %s", e.Target, e.Person)
	}
	return fmt.Sprintf("%s leads to %s: %s", e.Target, e.Person, rule)
}

func (e Effect) rule() string {
	if e.Rule != "" {
		return e.Rule
	}
	return e.Shift.Rule()
}

func (e Effect) exhausted() string {
	s := "policy " + e.Policy
	if e.Plan > 0 {
		s += fmt.Sprintf(" of plan version %d", e.Plan)
	}
	if e.Cause == Unreached {
		return s + " is exhausted: nobody could be reached in a whole round"
	}
	return fmt.Sprintf("%s is exhausted: nobody answered in %s", s, words.Count(e.Round, "round"))
}

func (e Effect) handedOver() string {
	s := fmt.Sprintf("%s: it goes to %s", e.where(), e.Tier)
	if e.FromTier != "" {
		s = fmt.Sprintf("%s: it goes from %s to %s", e.where(), e.FromTier, e.Tier)
	}
	if len(e.Missing) > 0 {
		s += "; the hand-over packet lacks " + strings.Join(e.Missing, ", ")
	}
	return s
}

func (e Effect) held() string {
	until := ""
	if !e.Until.IsZero() {
		until = "; looked at again at " + e.Until.Format("2006-01-02 15:04:05 MST")
	}
	if e.Code == SkipDeferred {
		return "is put off until the time is " + e.Why + until
	}
	if e.Why == "never" {
		return "waits" + strings.Replace(until, "; looked at again at", " until", 1)
	}
	return "waits until " + e.Why + until
}

// skipped says why something was passed over.
func (e Effect) skipped() string {
	why := ""
	if e.Why != "" {
		why = ": " + e.Why
	}
	switch e.Code {
	case SkipNobody:
		if e.Why != "" {
			return e.Why
		}
		return "it leads to nobody"
	case SkipUnreachable:
		return "cannot be reached" + why
	case SkipAbsent:
		return "is not available" + why
	case SkipNotReady:
		return "may not be paged" + why
	case SkipUnskilled:
		return "lacks the skill " + e.Why
	case SkipQuiet:
		return "has quiet hours " + e.Why
	case SkipDeclined:
		return "has declined in this round"
	case SkipTwice:
		return "paged a moment ago for the same incident"
	case SkipTurn:
		return "it is the turn of " + e.Why
	case SkipCondition:
		return fmt.Sprintf("%s is passed over: it is taken only if %s", e.where(), e.Why)
	case SkipHold, SkipDeferred:
		return e.held()
	}
	return strings.TrimPrefix(why, ": ")
}
