package oncall

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Need is what somebody must be able to do.
type Need struct {
	Skills []string // all of them
	Lead   bool     // to lead an incident, for which the person must be Leading
}

// ErrUnqualified: of those on call nobody can do what is needed. The
// *UnqualifiedError says what each lacks.
var ErrUnqualified = errors.New("oncall: nobody on call is qualified")

// UnqualifiedError says what everybody on call lacks at an instant. It is
// ErrUnqualified.
type UnqualifiedError struct {
	At   time.Time
	Need Need
	Lack []Lack // one for each person, in the order of their shifts
}

// Lack is why a person does not qualify.
type Lack struct {
	Person    string
	Skills    []string  // that are needed, and missing
	Readiness Readiness // that is not far enough; empty: it is
}

// Error implements error.
func (e *UnqualifiedError) Error() string {
	s := fmt.Sprintf("%s at %s for %s", ErrUnqualified, e.At.Format(time.RFC3339), e.Need)
	if len(e.Lack) == 0 {
		return s
	}
	lacks := make([]string, len(e.Lack))
	for i, l := range e.Lack {
		lacks[i] = l.Person + " " + l.String()
	}
	return s + ": " + strings.Join(lacks, "; ")
}

// Is reports whether target is ErrUnqualified.
func (e *UnqualifiedError) Is(target error) bool { return target == ErrUnqualified }

// String names what is needed.
func (n Need) String() string {
	s := "duty"
	if n.Lead {
		s = "lead"
	}
	if len(n.Skills) > 0 {
		s += " with " + strings.Join(n.Skills, ", ")
	}
	return s
}

// String says what is missing: "is at stage shadow and lacks database".
func (l Lack) String() string {
	var parts []string
	if l.Readiness != "" {
		parts = append(parts, "is at stage "+string(l.Readiness))
	}
	if len(l.Skills) > 0 {
		parts = append(parts, "lacks "+strings.Join(l.Skills, ", "))
	}
	return strings.Join(parts, " and ")
}

// some reports whether anything is missing.
func (l Lack) some() bool { return l.Readiness != "" || len(l.Skills) > 0 }

// Qualified returns those of the shifts at an instant whose person can do what is
// needed: who has all the skills, and is ready, or leading where a lead is needed.
// The order stays. Whoever is not among the people is ready, and has no skill.
// Somebody who is supervised does not qualify alone. If nobody does, the error is
// an *[UnqualifiedError].
func Qualified(shifts []Shift, people []Person, at time.Time, need Need) ([]Shift, error) {
	known := make(map[string]Person, len(people))
	for _, p := range people {
		known[p.ID] = p
	}
	var able []Shift
	failed := &UnqualifiedError{At: at, Need: need}
	for _, s := range shifts {
		if at.Before(s.Start) || !at.Before(s.End) {
			continue
		}
		p := known[s.Person]
		p.ID = s.Person
		lack := p.lacks(need, at)
		switch {
		case !lack.some():
			able = append(able, s)
		case !slices.ContainsFunc(failed.Lack, func(l Lack) bool { return l.Person == p.ID }):
			failed.Lack = append(failed.Lack, lack)
		}
	}
	if able == nil {
		return nil, failed
	}
	return able, nil
}

// lacks returns what keeps a person from what is needed.
func (p Person) lacks(need Need, at time.Time) Lack {
	lack := Lack{Person: p.ID}
	for _, skill := range need.Skills {
		if !slices.Contains(p.Skills, skill) {
			lack.Skills = append(lack.Skills, skill)
		}
	}
	if stage := p.stageAt(at); stage != Leading && (need.Lead || stage != Ready) {
		lack.Readiness = stage
	}
	return lack
}

// stageAt returns how far a person has come.
func (p Person) stageAt(at time.Time) Readiness {
	stage := NotEligible
	if len(p.Stages) == 0 {
		stage = Ready
	}
	for _, s := range p.Stages {
		if !s.From.After(at) {
			stage = s.Readiness
		}
	}
	return stage
}
