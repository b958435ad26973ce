package escalation

import (
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// Responder is somebody who may be paged.
type Responder struct {
	// Person is who it is: id, zone, skills, stages and leave. Schedules look at
	// stages and leave of the people in their rotations themselves; here they count
	// for people that policies and teams name.
	oncall.Person

	// Channels are the names of those by which the person can be reached, in order of
	// preference. None: not at all.
	Channels []string

	Rules Rules
}

// Rules are how a person wants to be notified. The zero Rules try the channels one
// after the other at once, until one has taken the message.
type Rules struct {
	// High and Low are what is done for a page of that urgency, for as long as
	// nobody has answered it. The first is at once. Empty: as for the zero Rules.
	High, Low []Notification

	// Quiet is when the person is not paged. Nil: never.
	Quiet *QuietHours

	// Bundle is how long pages wait for others to the same person, to become one
	// message; 0 to MaxBundle. The first page never waits: what comes within this
	// time of a message is held until it has passed.
	Bundle time.Duration
}

// MaxBundle is the longest time for which pages wait for each other.
const MaxBundle = time.Hour

// Notification is one way and time to tell a person about a page.
type Notification struct {
	Channel string        // one of the person's
	After   time.Duration // the page; 0 to MaxWait; not less than that of the one before, and 0 for the first
}

// QuietHours are times of the week in which a person is not paged. Make them with
// NewQuietHours.
type QuietHours struct {
	Hours

	// Unless are the severities that page all the same: as a rule the top one.
	Unless []string

	hours *hours // of Hours, compiled
}

// Group is a team.
type Group struct {
	ID      string
	Members []string // ids of people, in the order in which they are paged
	Manager string   // id of a person; empty: none
}

// Supplier is another company that the product depends on.
type Supplier struct {
	ID string

	// Channels are the names of those by which it can be reached; none: not at all.
	Channels []string

	// Response is when it has promised to answer, counted from when it was paged;
	// MinWait to MaxWait.
	Response time.Duration

	// Missed are paged when it has not: its own escalation contact, or people of
	// ours. None: the last resort is.
	Missed []Target
}
