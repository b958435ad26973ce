package escalation

import "time"

// Policy says whom to page, in which order.
type Policy struct {
	ID   string
	Name string // empty: the ID

	// Version is that of the plan that the policy is from. It is quoted in reasons
	// and means nothing else; 0: none is.
	Version uint64

	Steps []Step

	// Repeat is how many times the steps are gone through again when the last one
	// has passed without an answer; 0 to MaxRepeat. A round in which nobody could
	// be paged is the last.
	Repeat int

	// RepeatFrom is the ID of the step that a repetition begins with: one of Steps,
	// not of a branch in them. Empty: the first.
	RepeatFrom string

	// Final is what happens when the policy has come to its end without an answer.
	Final Final

	// AckTimeout is how long an acknowledgement holds without being renewed. Then
	// the step that paged last is taken again, and the run goes on from there.
	// MinWait to MaxWait; 0: it holds for good.
	AckTimeout time.Duration

	// RemindEvery is how often whoever has acknowledged is reminded of it; MinRound
	// to MaxWait, and less than AckTimeout if there is one. 0: never.
	RemindEvery time.Duration

	// Defer puts steps off, such as those of low urgency to working hours. Where the
	// hours of several never meet, a step is taken after MaxDeferral.
	Defer []Deferral

	// Tiers are the groups that steps may belong to, from the front line on.
	Tiers []Tier
}

// Step does one thing and goes on to the next. Exactly one of Targets, Steps (or
// Else alone), Until and BackTo says what.
type Step struct {
	// ID is what BackTo and RepeatFrom call the step; unique in the policy. Empty:
	// nothing does.
	ID string

	// If is when the step is taken at all, asked at the instant when it is due. Nil:
	// always. Otherwise Else is taken in its place and, where there is none, the
	// next step at once; that it was passed over is an effect.
	If   *Condition
	Else []Step

	// Targets are paged together.
	Targets []Target

	// Wait is how long an answer is waited for, from when the step was due until the
	// next one is; MinWait to MaxWait. 0: the next step is taken at once. A step that
	// pages nobody does not wait. For a step with Until it is how long that is waited
	// for at most.
	Wait time.Duration

	// Ack says whose answer ends the run. Empty: AckFirst.
	Ack Ack

	// Pick says who of those that the targets lead to is paged. Empty: PickAll.
	Pick Pick

	// Skills are what whoever is paged must have, besides those the incident asks
	// for (Facts.Skills).
	Skills []string

	// Tier is the ID of the one of Policy.Tiers that the step belongs to. Empty: in a
	// nested policy, that of the step which nests it; else none.
	Tier string

	// Steps is a branch: its steps are taken one after the other, and then the one
	// that follows this.
	Steps []Step

	// Until holds the run: it goes on once the condition holds, or, if Wait is not 0,
	// when that has passed. Wait may be 0 only where the condition has nothing but
	// hours, which come back every week.
	Until *Condition

	// BackTo is the ID of a step before this one that the run goes back to, Times
	// times; after that, and where nobody could be paged since, it goes on. This
	// begins a new round.
	BackTo string
	Times  int // 1 to MaxRepeat
}

// Ack says whose answer ends a run.
type Ack string

// The ways to acknowledge.
const (
	AckFirst Ack = "first" // of one of those who were paged
	AckAll   Ack = "all"   // of every one of those whom the step paged; somebody else may answer for all
)

// Pick says who of the people that the targets of a step lead to is paged.
type Pick string

// The ways to pick.
const (
	PickAll Pick = "all"

	// PickInTurn pages one: whoever follows, in the order of the targets, the one who
	// was picked last (Progress.Turns).
	PickInTurn Pick = "in_turn"

	// PickLeastRecent pages the one whose last pick is longest ago; of those who
	// never were, the first.
	PickLeastRecent Pick = "least_recent"
)

// Final is what happens at the end of a policy that nobody answered.
type Final struct {
	// Targets are paged, and no answer is waited for: the last resort.
	Targets []Target

	// Severity is the one that the incident is raised to; empty: it keeps its own.
	Severity string
}

// Deferral puts off every step that is due while If holds and Hours do not, to
// when Hours begin again or If no longer holds.
type Deferral struct {
	If    *Condition // nil: always
	Hours Hours
}

// Tier is a group of responders, such as the front line, engineering or a vendor.
// Where a run comes to a step of another tier, a HandOver effect says so.
type Tier struct {
	ID string

	// Packet are the names of the facts (Facts.Packet) that the tier wants to have
	// with the incident. What is missing is in the effect; it does not keep the tier
	// from being paged because nobody answered. A person who hands over is to be
	// asked for it first: see Ladder.Missing.
	Packet []string
}

// Limits of a policy.
const (
	MinWait     = time.Second
	MaxWait     = 7 * 24 * time.Hour
	MaxSteps    = 200 // with those in branches and in nested policies
	MaxDepth    = 10  // of branches and nested policies in each other
	MaxTargets  = 100
	MaxRepeat   = 100
	MaxPages    = 10_000 // targets of all steps, in all rounds
	MaxPolicies = 1000
	MaxDeferral = 3 * MaxWait // how long a step is put off at most
	MinRound    = time.Minute // a round is never shorter, so that rounds in which nobody waits do not all come at once
)
