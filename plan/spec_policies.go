package plan

import "github.com/incidentkit/incidentkit/escalation"

// Policy says whom to page, in which order.
type Policy struct {
	// Unique among the policies.
	ID string `json:"id" text:"id"`

	// What people call it; the id where it is left out.
	Name string `json:"name,omitempty" text:"line"`

	// One after the other, until someone answers.
	Steps []Step `json:"steps"`

	// How many times the steps are gone through again when the last one has
	// passed without an answer: 0 to 100. Left out: none.
	Repeat int `json:"repeat,omitempty"`

	// Id of the step that a repetition begins with, one that is not in a branch. Left
	// out: the first.
	RepeatFrom string `json:"repeat_from,omitempty" text:"id"`

	// What happens when all of it has passed without an answer. Left out: the last
	// resort is paged.
	Final Final `json:"final,omitzero"`

	// How long an acknowledgement holds without being renewed: 1s to 7d. Then the
	// step that paged last pages again. Left out: for good.
	AckTimeout Duration `json:"ack_timeout,omitzero"`

	// How often whoever has acknowledged is reminded of it: 1m to 7d, and less than
	// ack_timeout. Left out: never.
	RemindEvery Duration `json:"remind_every,omitzero"`

	// When steps are put off, such as those of low urgency to working hours. The
	// first whose condition holds counts.
	Defer []Deferral `json:"defer,omitempty"`

	// The groups that steps may belong to, from the front line on. Where the next
	// step is of another tier, the incident is handed over.
	Tiers []Tier `json:"tiers,omitempty"`
}

// Step does one thing: it has exactly one of targets, steps (or else alone), until
// and back_to.
type Step struct {
	// What back_to and repeat_from call it; unique in the policy.
	ID string `json:"id,omitempty" text:"id"`

	// When the step is taken, asked at the instant when it is due. Left out: always.
	If Condition `json:"if,omitzero"`

	// What is done where if does not hold. Left out: the next step is taken at once.
	Else []Step `json:"else,omitempty"`

	// Who is paged, all together.
	Targets []Target `json:"targets,omitempty"`

	// How long an answer is waited for before the next step: 1s to 7d, or "0s" for
	// the next step together with this one. Required where there are targets. Beside
	// until: how long that is waited for at most.
	Wait Wait `json:"wait,omitzero"`

	// Whose answer counts: that of the "first" of those who were paged, or of "all"
	// of them. Left out: "first".
	Ack Ack `json:"ack,omitempty"`

	// Who of those that the targets lead to is paged: "all"; one "in_turn", whoever
	// follows the one who was paged the last time; the "least_recent", whose last
	// time is longest ago. Left out: "all".
	Pick Pick `json:"pick,omitempty"`

	// What whoever is paged must be able to do.
	Skills []string `json:"skills,omitempty" text:"id"`

	// Id of the tier that the step belongs to.
	Tier string `json:"tier,omitempty" text:"id"`

	// Steps that are taken one after the other, and then the one that follows this.
	Steps []Step `json:"steps,omitempty"`

	// What is waited for before the policy goes on.
	Until Condition `json:"until,omitzero"`

	// Id of a step before this one that the policy goes back to.
	BackTo string `json:"back_to,omitempty" text:"id"`

	// How many times it goes back: 1 to 100.
	Times int `json:"times,omitempty"`
}

// Target is somebody to page, or something.
type Target struct {
	// What the id names: a "person"; a "schedule", which is whoever is on call at the
	// instant of paging; a "team"; a "channel" or a "webhook"; a "vendor"; or another
	// "policy", whose steps are taken before this step's wait begins.
	Type escalation.TargetType `json:"type"`

	// Id of the person, the schedule and so on.
	ID string `json:"id" text:"id"`

	// Of a schedule: "on_call", whoever is; "next", whoever is after the next
	// handoff; "everyone" in its rotations. Of a team: "everyone" in it, or the
	// "manager". Left out: "on_call" of a schedule, "everyone" in a team.
	Mode Mode `json:"mode,omitempty"`

	// How loudly: "high" or "low". Left out: as the severity says.
	Urgency Urgency `json:"urgency,omitempty"`
}

// Condition holds while everything that it names does.
type Condition struct {
	// The incident has one of these severities: their ids.
	Severities []string `json:"severities,omitempty" text:"id"`

	// The severity is of this urgency: "high" or "low".
	Urgency Urgency `json:"urgency,omitempty"`

	// The incident is of one of these kinds: "standard", "drill".
	Kinds []Kind `json:"kinds,omitempty"`

	// One of these components is affected: their ids.
	Components []string `json:"components,omitempty" text:"id"`

	// Labels that the alerts have, with exactly these values.
	Labels map[string]string `json:"labels,omitempty"`

	// It is one of these times of the week.
	Hours Hours `json:"hours,omitzero"`

	// So many alerts have come in.
	Alerts AlertCount `json:"alerts,omitzero"`

	// True: all of the above together does not hold.
	Not bool `json:"not,omitempty"`
}

// Hours are times of the week on the wall clock of a zone, such as working hours.
type Hours struct {
	// The IANA time zone of the windows.
	Zone string `json:"zone" text:"zone"`

	// The times of the week.
	Windows []Window `json:"windows"`

	// True: all the other times of the week.
	Outside bool `json:"outside,omitempty"`
}

// AlertCount is a number of alerts within a time.
type AlertCount struct {
	// How many at least: 1 to 1000.
	AtLeast int `json:"at_least"`

	// Within which time before the step is due: 1s to 7d.
	Within Duration `json:"within"`
}

// Final is what happens when nobody has answered.
type Final struct {
	// Who is paged, without waiting for an answer. Left out: the last resort.
	Targets []Target `json:"targets,omitempty"`

	// Id of the severity that the incident is raised to. Left out: it keeps its own.
	RaiseTo string `json:"raise_to,omitempty" text:"id"`
}

// Deferral puts steps off until some hours begin.
type Deferral struct {
	// For which incidents. Left out: for all.
	If Condition `json:"if,omitzero"`

	// When steps are taken. What is due outside them waits until they begin.
	Hours Hours `json:"hours"`
}

// Tier is a group of responders, such as the front line, engineering or a vendor.
type Tier struct {
	// Unique among the tiers of the policy.
	ID string `json:"id" text:"id"`

	// Names of what the tier needs to know when an incident is handed over to it.
	Packet []string `json:"packet,omitempty" text:"id"`
}

// IsZero reports whether the condition names nothing.
func (c Condition) IsZero() bool {
	return len(c.Severities)+len(c.Kinds)+len(c.Components)+len(c.Labels) == 0 &&
		c.Urgency == "" && !c.Hours.there() && c.Alerts == AlertCount{} && !c.Not
}

// IsZero reports whether it says nothing.
func (f Final) IsZero() bool { return len(f.Targets) == 0 && f.RaiseTo == "" }

// IsZero reports whether they say nothing.
func (r Rules) IsZero() bool {
	return len(r.High)+len(r.Low) == 0 && !r.Quiet.there() && r.Bundle == 0
}
