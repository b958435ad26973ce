package escalation

import (
	"errors"
	"fmt"
	"time"
)

// Ladder is a policy that is fit for use. It never changes, and may be used by any
// number of goroutines at once.
type Ladder struct {
	policy Policy
	steps  int  // how many of ops are steps that are written somewhere
	ops    []op // the steps, the end of the policy, the ends of nested policies
	defers []deferral
}

// op is one thing that a run comes to. Others follow by their index in Ladder.ops.
type op struct {
	kind   opKind
	place  Place
	cond   *gate
	next   int // what follows
	orElse int // what follows where cond does not hold

	targets []Target // that are paged, without the policies among them
	tier    Tier
	until   *gate
	loop    loop          // of goBack and nestedEnd
	nests   int           // of nestedEnd: the step that nests the policy, by its number
	wait    time.Duration // of a page, of Until, or after a nested policy
}

type opKind uint8

const (
	pageOp   opKind = iota
	branchOp        // nothing but its condition; or a nested policy begins
	holdOp
	backOp    // a step that goes back
	nestedEnd // of a nested policy: it goes back, or waits
	endOp     // of the policy
)

// loop is what can be gone back over.
type loop struct {
	key     int // in Progress.Back
	to      int
	through int // the last step inside
	first   int // of the end of a policy: its first step
	times   int
}

// deferral is a Deferral, compiled.
type deferral struct {
	cond  *gate
	hours hours
	text  string
}

// Result is what Next returns.
type Result struct {
	Effects  []Effect  // in order
	Progress Progress  // to be stored together with the effects
	Wake     time.Time // when Next has something to do again; zero: never
}

// Place is where a step of a ladder comes from.
type Place struct {
	Policy string // id of the one it is written in: the ladder's, or a nested one
	Path   string // in that policy, such as "steps[1].else[0]"
	Step   Step
}

// Compile makes a ladder of a policy. Its error joins a *FieldError for everything
// that is wrong with it; what is wrong with one of the others that it nests is found
// at the target that does.
func Compile(p Policy, others ...Policy) (*Ladder, error) {
	known := make(map[string]Policy, len(others)+1)
	for _, o := range others {
		known[o.ID] = o.clone()
	}
	known[p.ID] = p
	return compile(p, known)
}

// CompileAll makes ladders of policies that may nest each other. The keys are
// their ids. Its error joins *FieldErrors whose fields begin with "policies[2]".
func CompileAll(policies []Policy) (map[string]*Ladder, error) {
	if len(policies) > MaxPolicies {
		return nil, &FieldError{"policies", fmt.Sprintf("at most %d, not %d", MaxPolicies, len(policies))}
	}
	known := make(map[string]Policy, len(policies))
	var errs []error
	for i, p := range policies {
		if _, twice := known[p.ID]; twice {
			errs = append(errs, &FieldError{fmt.Sprintf("policies[%d].id", i), fmt.Sprintf("an id that no other policy has; %q came before", p.ID)})
		}
		known[p.ID] = p.clone()
	}
	ladders := make(map[string]*Ladder, len(policies))
	for i, p := range policies {
		l, err := compile(p, known)
		errs = append(errs, placed(fmt.Sprintf("policies[%d]", i), err)...)
		ladders[p.ID] = l
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return ladders, nil
}

// placed puts a place before the fields of joined errors.
func placed(place string, err error) []error {
	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		return nil
	}
	errs := joined.Unwrap()
	out := make([]error, len(errs))
	for i, e := range errs {
		out[i] = e
		if field, ok := errors.AsType[*FieldError](e); ok {
			out[i] = &FieldError{place + "." + field.Field, field.Want}
		}
	}
	return out
}

func compile(p Policy, known map[string]Policy) (*Ladder, error) {
	p = p.clone()
	if errs := validate(p, known); len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return build(p, known), nil
}

// ID returns the policy's.
func (l *Ladder) ID() string { return l.policy.ID }

// Policy returns what the ladder was made of.
func (l *Ladder) Policy() Policy { return l.policy.clone() }

// Len returns how many steps the ladder has: all that are written in the policy,
// in branches and in nested policies, in this order.
func (l *Ladder) Len() int { return l.steps }

// Place returns where a step, from 1 to Len, comes from. Its slices are shared: do
// not change them.
func (l *Ladder) Place(step int) Place {
	if step < 1 || step > l.steps {
		return Place{}
	}
	return l.ops[step-1].place
}

// FieldError names a field of a policy, or of what it is carried out with, and what
// would be right in it. The field is a path such as "steps[1].targets[0].id".
type FieldError struct {
	Field string
	Want  string
}

// Error implements error.
func (e *FieldError) Error() string { return "escalation: " + e.Field + ": want " + e.Want }
