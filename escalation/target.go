package escalation

// Target names who is to be paged.
type Target struct {
	Type TargetType
	ID   string

	// Mode says whom a schedule or a team leads to. Empty: OnCallNow for a schedule,
	// Everyone for a team.
	Mode Mode

	// Urgency is how loudly. Empty: as the incident is (Facts.Urgency).
	Urgency Urgency
}

// TargetType says what a target's id refers to.
type TargetType string

// The types of targets.
const (
	TargetPerson   TargetType = "person"   // one person
	TargetSchedule TargetType = "schedule" // whoever is on call at the instant of paging
	TargetTeam     TargetType = "team"     // its members, or its manager
	TargetChannel  TargetType = "channel"  // a place where people read, such as a chat room
	TargetVendor   TargetType = "vendor"   // another company, which has a clock of its own
	TargetWebhook  TargetType = "webhook"  // a program

	// TargetPolicy is another policy: its steps are taken, in all its rounds, and then
	// this step's wait begins. Of what it says about the whole of a run, such as its
	// Final, Defer, AckTimeout and RemindEvery, nothing holds: that is the ladder's own.
	TargetPolicy TargetType = "policy"
)

// TargetTypes returns all types.
func TargetTypes() []TargetType {
	return []TargetType{TargetPerson, TargetSchedule, TargetTeam, TargetChannel, TargetVendor, TargetWebhook, TargetPolicy}
}

// Human reports whether people stand behind the type, who can answer.
func (t TargetType) Human() bool {
	return t == TargetPerson || t == TargetSchedule || t == TargetTeam
}

// Mode says whom a schedule or a team leads to.
type Mode string

// The modes.
const (
	OnCallNow  Mode = "on_call"  // of a schedule: whoever is on call
	OnCallNext Mode = "next"     // of a schedule: whoever is on call after the next handoff
	Everyone   Mode = "everyone" // of a schedule: everybody in its rotations; of a team: all members
	Manager    Mode = "manager"  // of a team
)

// Urgency says how loudly to page.
type Urgency string

// The urgencies.
const (
	High Urgency = "high"
	Low  Urgency = "low"
)

// Person returns a target that is one person.
func Person(id string) Target { return Target{Type: TargetPerson, ID: id} }

// Schedule returns a target that is whoever is on call on a schedule.
func Schedule(id string) Target { return Target{Type: TargetSchedule, ID: id} }

// Team returns a target that is everybody in a team.
func Team(id string) Target { return Target{Type: TargetTeam, ID: id} }

// String returns "schedule primary", or "schedule primary (next)".
func (t Target) String() string {
	s := string(t.Type) + " " + t.ID
	if t.Mode != "" && t.Mode != OnCallNow && (t.Mode != Everyone || t.Type != TargetTeam) {
		s += " (" + string(t.Mode) + ")"
	}
	return s
}
