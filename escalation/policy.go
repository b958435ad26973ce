// Package escalation decides whom to page, and whom next if nobody answers.
//
// A [Policy] is plain data: steps of targets with waits between them. [Next] is
// a pure function of the policy, the progress of one run of it, the time, and
// who is on call; it returns what to do as data. Nothing in this package keeps
// time or does anything by itself, so that a policy can be tested like any
// other function.
package escalation

import (
	"fmt"
	"time"
)

// Policy says whom to page, in which order.
type Policy struct {
	ID    string
	Name  string
	Steps []Step

	// Repeat is how many times the steps are gone through again when the last
	// one has passed without an answer; 0 to MaxRepeat.
	Repeat int
}

// Step pages its targets together, and then waits for an answer.
type Step struct {
	Targets []Target

	// Wait is how long an answer is waited for, from when the step was due
	// until the next one is; MinWait to MaxWait.
	Wait time.Duration
}

// Target names who is to be paged.
type Target struct {
	Type TargetType
	ID   string
}

// TargetType says what a target's id refers to.
type TargetType string

// The types of targets.
const (
	TargetPerson   TargetType = "person"   // one person
	TargetSchedule TargetType = "schedule" // whoever is on call at the instant of paging
)

// Person returns a target that is one person.
func Person(id string) Target { return Target{TargetPerson, id} }

// Schedule returns a target that is whoever is on call on a schedule.
func Schedule(id string) Target { return Target{TargetSchedule, id} }

// String returns "schedule primary".
func (t Target) String() string { return string(t.Type) + " " + t.ID }

// Limits of a policy.
const (
	MinWait    = time.Second
	MaxWait    = 7 * 24 * time.Hour
	MaxSteps   = 100
	MaxTargets = 100
	MaxRepeat  = 100
	MaxPages   = 10_000 // targets of all steps, in all rounds
)

// FieldError names a field of a policy and what would be right in it. The field
// is a path such as "steps[1].targets[0].id".
type FieldError struct {
	Field string
	Want  string
}

// Error implements error.
func (e *FieldError) Error() string { return "escalation: " + e.Field + ": want " + e.Want }

// Validate reports every malformed field, each as a *FieldError.
func (p Policy) Validate() []error {
	var errs []error
	bad := func(want, field string, args ...any) {
		errs = append(errs, &FieldError{Field: fmt.Sprintf(field, args...), Want: want})
	}
	if p.ID == "" {
		bad("a non-empty id", "id")
	}
	if p.Repeat < 0 || p.Repeat > MaxRepeat {
		bad(fmt.Sprintf("0 to %d, not %d", MaxRepeat, p.Repeat), "repeat")
	}
	if len(p.Steps) == 0 || len(p.Steps) > MaxSteps {
		bad(fmt.Sprintf("1 to %d steps, not %d", MaxSteps, len(p.Steps)), "steps")
	}
	for i, s := range p.Steps {
		if s.Wait < MinWait || s.Wait > MaxWait {
			bad(fmt.Sprintf("%s to %s, not %s", MinWait, MaxWait, s.Wait), "steps[%d].wait", i)
		}
		if len(s.Targets) == 0 || len(s.Targets) > MaxTargets {
			bad(fmt.Sprintf("1 to %d targets, not %d", MaxTargets, len(s.Targets)), "steps[%d].targets", i)
		}
		for j, t := range s.Targets {
			if t.Type != TargetPerson && t.Type != TargetSchedule {
				bad(fmt.Sprintf("person or schedule, not %q", t.Type), "steps[%d].targets[%d].type", i, j)
			}
			if t.ID == "" {
				bad("a non-empty id", "steps[%d].targets[%d].id", i, j)
			}
		}
	}
	targets := 0
	for _, s := range p.Steps {
		targets += len(s.Targets)
	}
	if pages := targets * (p.Repeat + 1); len(errs) == 0 && pages > MaxPages {
		bad(fmt.Sprintf("so few that the targets of all rounds are at most %d together, not %d", MaxPages, pages), "repeat")
	}
	return errs
}
