package incident

import (
	"cmp"
	"fmt"
	"slices"
)

// ActorKind says what sort of actor did something.
type ActorKind string

// The kinds of actors.
const (
	Person     ActorKind = "person"     // someone of the vendor's own staff
	Automation ActorKind = "automation" // a program: an alert source, a job, the engine itself
	Vendor     ActorKind = "vendor"     // an outside party with a contract: an outsourced front line, a platform's support
	Customer   ActorKind = "customer"   // someone on a customer's side
)

// Actor is who does something, and for whom. The host authenticates it; the
// zero Actor may do nothing.
type Actor struct {
	Kind ActorKind `json:"kind"`

	// ID identifies the actor within its kind: for a Person the id that the
	// plan and the schedules use. Required; at most MaxName bytes.
	ID string `json:"id"`

	// OnBehalfOf is the id of the one the actor acts for, if not for itself.
	OnBehalfOf string `json:"on_behalf_of,omitempty"`

	// Roles are the host's claims about the actor, such as "manager". They are
	// recorded with everything the actor does. At most MaxItems.
	Roles []string `json:"roles,omitempty"`
}

// String returns "person ana" or "automation alertmanager for ana".
func (a Actor) String() string {
	s := string(a.Kind) + " " + a.ID
	if a.OnBehalfOf != "" {
		s += " for " + a.OnBehalfOf
	}
	return s
}

// HasRole reports whether the host vouched for the role.
func (a Actor) HasRole(role string) bool { return slices.Contains(a.Roles, role) }

// Validate reports the first malformed part as a *FieldError.
func (a Actor) Validate() error {
	switch a.Kind {
	case Person, Automation, Vendor, Customer:
	case "":
		return &FieldError{Field: "Actor.Kind", Want: "person, automation, vendor or customer; it is empty"}
	default:
		return &FieldError{Field: "Actor.Kind", Want: "person, automation, vendor or customer, not " + quote(string(a.Kind))}
	}
	if err := cmp.Or(
		checkName("Actor.ID", a.ID, MaxName),
		checkOptional("Actor.OnBehalfOf", a.OnBehalfOf),
		checkCount("Actor.Roles", len(a.Roles)),
	); err != nil {
		return err
	}
	for i, r := range a.Roles {
		if err := checkName(fmt.Sprintf("Actor.Roles[%d]", i), r, MaxName); err != nil {
			return err
		}
	}
	return nil
}
