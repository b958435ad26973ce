package incident

import "slices"

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
	// plan and the schedules use.
	ID string `json:"id"`

	// OnBehalfOf is the id of the one the actor acts for, if not for itself.
	OnBehalfOf string `json:"on_behalf_of,omitempty"`

	// Roles are the host's claims about the actor, such as "manager". They are
	// recorded with everything the actor does.
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

// Validate reports a missing or unknown part as a *FieldError.
func (a Actor) Validate() error {
	switch a.Kind {
	case Person, Automation, Vendor, Customer:
	case "":
		return &FieldError{Field: "Actor.Kind", Want: "person, automation, vendor or customer; it is empty"}
	default:
		return &FieldError{Field: "Actor.Kind", Want: "person, automation, vendor or customer, not " + quote(string(a.Kind))}
	}
	if a.ID == "" {
		return &FieldError{Field: "Actor.ID", Want: "the actor's id; it is empty"}
	}
	return nil
}
