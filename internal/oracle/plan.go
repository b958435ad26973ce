package oracle

import "time"

// Plan is a response plan as far as trials need one. All times are UTC.
type Plan struct {
	Name      string
	People    []Person
	Schedules []Schedule
	Teams     []Team
	Places    []Place // channels, as the plan calls them: rooms that are paged themselves
	Policies  []Policy
	Routes    []Route // tried in order

	DefaultPolicy string
	LastResort    string // id of a person
}

// Person is somebody who can be paged.
type Person struct {
	ID       string
	Contacts []Contact // in the order in which they are tried; none: cannot be paged
}

// Contact is one way to reach somebody.
type Contact struct{ Channel, To string }

// Schedule passes duty around. The first member's first turn begins at Start;
// before it nobody is on call.
type Schedule struct {
	ID        string
	Start     time.Time     // in whole seconds
	Turn      time.Duration // whole minutes
	Members   []string
	Overrides []Override // of two that overlap, the later in the list wins
}

// Override puts others on call, from Start until before End.
type Override struct {
	ID         string
	Start, End time.Time // in whole seconds
	People     []string  // instead; empty: nobody is on call
	Replaces   string    // the only person who is replaced; empty: everybody is
}

// Team is a list of people who are paged together.
type Team struct {
	ID      string
	Members []string
}

// Place is a channel that is paged itself.
type Place struct{ ID, Channel, To string }

// Policy says whom to page, and whom next.
type Policy struct {
	ID          string
	Steps       []Step
	Repeat      int           // 0 to 100
	AckTimeout  time.Duration // 0: an acknowledgement holds for good
	RemindEvery time.Duration // 0: never
}

// Step pages its targets together and waits for an answer.
type Step struct {
	Targets []Target
	Wait    time.Duration // 0, or 1s to 7d; whole seconds
	AckAll  bool
}

// Target is whom a step pages.
type Target struct {
	Type string // "person", "schedule", "team", "channel"
	ID   string
}

// Route says what an alert with a label becomes.
type Route struct {
	Label, Value string
	Severity     string // "SEV1" or "SEV2"; empty: triage
	Policy       string // empty: the default
}
