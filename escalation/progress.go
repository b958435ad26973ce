package escalation

import (
	"maps"
	"reflect"
	"slices"
	"time"
)

// State says where a run of a policy stands.
type State string

// The states of a run.
const (
	Running      State = "running"
	Acknowledged State = "acknowledged" // somebody has answered; with AckTimeout it may run again
	Snoozed      State = "snoozed"      // somebody has answered, until Due
	Exhausted    State = "exhausted"    // nobody has, and nobody is left to page
	Stopped      State = "stopped"      // it is no longer needed
)

// Progress is where one run of a policy stands. It is small, whatever has
// happened; it is stored as JSON with the incident, and together with the ladder,
// the facts and the time it is all that Next needs. Make one with Start.
type Progress struct {
	State State     `json:"state"`
	Round int       `json:"round"` // 1 for the first pass over the steps
	Step  int       `json:"step"`  // the next to be taken, from 1; one more than the ladder has: its last wait runs
	Due   time.Time `json:"due"`   // when; of a run that is answered, when it is looked at again; zero: never

	// Last is the step that paged last, in this or an earlier round; 0: none.
	Last int `json:"last,omitempty"`

	// Before is the step that was taken before, whether it paged anybody or not; 0:
	// none.
	Before int `json:"before,omitempty"`

	// Missed says that the step before reached nobody, so that its wait was cut
	// short.
	Missed bool `json:"missed,omitempty"`

	// Waited says that an answer to a step of this round was waited for, to the
	// end of its wait.
	Waited bool `json:"waited,omitempty"`

	// Reached says that a step of this round had somebody to page.
	Reached bool `json:"reached,omitempty"`

	// Began is when this round was due to begin.
	Began time.Time `json:"began,omitzero"`

	// Held is since when the next step is put off; zero: it is not. Due is then when
	// it is looked at again.
	Held time.Time `json:"held,omitzero"`

	// Back counts how often each loop has gone back, by the number of the step that
	// does; those at the end of a policy have numbers after those of the steps.
	Back map[int]int `json:"back,omitempty"`

	// Awaiting are those whom the last step paged and who have not answered.
	Awaiting []Awaited `json:"awaiting,omitempty"`

	// Acked are those whom the last step paged and who have acknowledged, where it
	// wants the answer of all.
	Acked []string `json:"acked,omitempty"`

	// Paged is when the step that paged last was due.
	Paged time.Time `json:"paged,omitzero"`

	// Declined are those who have declined in this round.
	Declined []string `json:"declined,omitempty"`

	// Tier is the one of the last step that paged.
	Tier string `json:"tier,omitempty"`

	// To is who is paged next, in place of the targets of a step; empty: nobody is.
	To []Target `json:"to,omitempty"`

	// Cause says why the next step is due, where that is not for the usual reasons.
	Cause Cause `json:"cause,omitempty"`

	By string    `json:"by,omitempty"` // who answered last
	At time.Time `json:"at,omitzero"`  // when

	// Remind is when whoever has acknowledged is reminded next; zero: never.
	Remind time.Time `json:"remind,omitzero"`

	// Expires is when the acknowledgement no longer holds; zero: never.
	Expires time.Time `json:"expires,omitzero"`

	// Turns is whose turn it was last, for steps that pick one of several. It outlives
	// the run: whoever starts the next run of the policy hands it over.
	Turns map[string]Turn `json:"turns,omitempty"`
}

// Awaited is somebody whose answer is waited for: a person or, without one, a
// target that was paged itself.
type Awaited struct {
	Person string `json:"person,omitempty"`
	Target string `json:"target,omitempty"` // as Target.String writes it
}

// Turn is the pointer of a step that picks one of several. The key in
// Progress.Turns is the ID of the policy and the place of the step in it.
type Turn struct {
	Person string               `json:"person,omitempty"` // who was picked last
	Index  int                  `json:"index"`            // at which place, from 0
	Picked map[string]time.Time `json:"picked,omitempty"` // when each person was last, for PickLeastRecent
}

// Start returns the progress of a run whose first step is due at once. The turns
// are those of the run before, if the policy picks people in turn; nil: none.
func Start(at time.Time, turns map[string]Turn) Progress {
	return Progress{State: Running, Round: 1, Step: 1, Due: at, Began: at, Turns: turns}
}

// Equal reports whether two values say the same.
func (p Progress) Equal(q Progress) bool { return reflect.DeepEqual(p, q) }

// clone returns a copy that shares no map or slice.
func (p Progress) clone() Progress {
	p.Back, p.Turns = maps.Clone(p.Back), maps.Clone(p.Turns)
	p.Awaiting, p.Declined, p.To = slices.Clone(p.Awaiting), slices.Clone(p.Declined), slices.Clone(p.To)
	p.Acked = slices.Clone(p.Acked)
	return p
}

// Wake returns when Next has something to do again; zero: never.
func (p Progress) Wake() time.Time {
	switch p.State {
	case Running, Snoozed:
		return p.Due
	case Acknowledged:
		if p.Remind.IsZero() || !p.Expires.IsZero() && p.Expires.Before(p.Remind) {
			return p.Expires
		}
		return p.Remind
	case Exhausted, Stopped:
	}
	return time.Time{}
}
