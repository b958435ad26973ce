package escalation

import "time"

// Answer is what somebody does about a run.
type Answer struct {
	Kind AnswerKind
	By   string    // id of the person; required, but for Undelivered of a target and Stop
	At   time.Time // when; never before the answer or step before

	Until time.Time // of Snooze: until when; after At, at most MaxWait

	// To is of Reassign: who is paged instead of the step that is next; at least one.
	// And of HandOn: the people who are paged instead of the person.
	To []Target

	// Round and Step are of Undelivered: for which step the page was. 0: the last.
	Round, Step int

	// Target is of Undelivered: the target that was paged itself, as Target.String
	// writes it, where it is not a person.
	Target string
}

// AnswerKind says what somebody does about a run.
type AnswerKind string

// The kinds of answers.
const (
	// Acknowledge: the person takes care, and nobody else is paged. After a step with
	// AckAll the run goes on until everybody whom it paged has answered; somebody
	// whom it did not page answers for all. Again by the same person, it renews the
	// acknowledgement. After the policy was exhausted it still counts.
	Acknowledge AnswerKind = "acknowledge"

	// Decline: the person does not take care, and is not paged again in this round.
	// Once everybody whom the last step paged has declined or was not reached, the
	// next step is due at once.
	Decline AnswerKind = "decline"

	// Snooze: the person knows, and nobody is paged, until a time. Then the step that
	// paged last is taken again.
	Snooze AnswerKind = "snooze"

	// HandBack: whoever has acknowledged gives it back. The step that paged last is
	// due again at once, without this person.
	HandBack AnswerKind = "hand_back"

	// Reassign: others are paged at once; if they do not answer within the wait of the
	// step that paged last, the run goes on where it would have.
	Reassign AnswerKind = "reassign"

	// Repage: the step that paged last is taken again at once, deferral or not.
	Repage AnswerKind = "repage"

	// Escalate: the next step is taken at once, deferral or not.
	Escalate AnswerKind = "escalate"

	// Undelivered: no page to the person could be delivered. It counts as Decline does
	// for the next step, but the last step of a round waits all the same: channels
	// that are down need time to come back.
	Undelivered AnswerKind = "undelivered"

	// HandOn: before the page to the person could be delivered others were on call,
	// and it went to them, To; none: they had been paged already. It is their answers
	// that are waited for.
	HandOn AnswerKind = "hand_on"

	// Stop: the run is no longer needed. One that is exhausted stays so.
	Stop AnswerKind = "stop"
)

// AnswerError says what is wrong with an answer, or why it cannot be given now.
type AnswerError struct {
	Kind  AnswerKind
	Field string // "" where the run does not allow it
	Want  string
}

// Error implements error.
func (e *AnswerError) Error() string {
	s := "escalation: " + string(e.Kind) + ": "
	if e.Field != "" {
		s += e.Field + ": "
	}
	return s + "want " + e.Want
}
