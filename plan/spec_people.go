package plan

// Person is somebody who can be paged. Zone, skills, stages and leave count in
// every schedule that names the person. Where a policy or a team does, somebody on
// leave, or not yet ready, is passed over.
type Person struct {
	// Unique; the same as in the host's own system, if it has one.
	ID string `json:"id" text:"id"`

	// What people call them; the id where it is left out.
	Name string `json:"name,omitempty" text:"line"`

	// How to reach them, in order of preference. Left out: they cannot be paged.
	Contacts []Contact `json:"contacts,omitempty"`

	// The IANA time zone where the person lives, in which nights and weekends are
	// counted. Left out: that of the schedule.
	Zone string `json:"zone,omitempty" text:"zone"`

	// What the person can do, such as "postgres", for rotations that ask for it.
	Skills []string `json:"skills,omitempty" text:"id"`

	// From when on the person is how far, in order of time. Before the first the
	// person is not put on call. Left out: ready all along.
	Stages []Stage `json:"stages,omitempty"`

	// When the person is not available.
	Leave []Leave `json:"leave,omitempty"`

	// How the person wants to be paged. Left out: by the contacts one after the
	// other at once, until one has taken the message; at any time.
	Rules Rules `json:"rules,omitzero"`
}

// Rules are how a person wants to be paged.
type Rules struct {
	// What is done for a page of high urgency, for as long as nobody has answered
	// it. Left out: the contacts are tried one after the other at once.
	High []Notification `json:"high,omitempty"`

	// The same for a page of low urgency.
	Low []Notification `json:"low,omitempty"`

	// When the person is not paged. Left out: always paged.
	Quiet QuietHours `json:"quiet,omitzero"`

	// How long pages wait for others, to become one message: up to 1h. The first
	// page never waits: what comes within this time of a message is held until it has
	// passed. Left out: each page is a message of its own.
	Bundle Duration `json:"bundle,omitzero"`
}

// Notification is one way and time to tell a person about a page.
type Notification struct {
	// The channel of one of the person's contacts.
	Channel string `json:"channel" text:"id"`

	// How long after the page: up to 7d, and not less than the one before. Left out:
	// at once, as the first one has to be.
	After Duration `json:"after,omitzero"`
}

// QuietHours are times of the week in which a person is not paged.
type QuietHours struct {
	// The IANA time zone of the windows. Left out: where the person lives.
	Zone string `json:"zone,omitempty" text:"zone"`

	// The times of the week.
	Windows []Window `json:"windows"`

	// True: all the other times of the week are quiet.
	Outside bool `json:"outside,omitempty"`

	// Ids of the severities that page all the same. Left out: the most severe one.
	Unless []string `json:"unless,omitempty" text:"id"`
}

// Stage is how far a person has come.
type Stage struct {
	// From when on.
	From Instant `json:"from"`

	// "none" is not on call; "shadow" only follows those who are; "supervised" is
	// on call beside somebody in the same seat who is ready; "ready" is on call;
	// "lead" is, too, and may lead incidents.
	Readiness Readiness `json:"readiness"`
}

// Leave is a time in which a person is not available.
type Leave struct {
	// From when on.
	Start Instant `json:"start"`

	// Until when; at this instant it is over.
	End Instant `json:"end"`

	// Why, for people to read.
	Reason string `json:"reason,omitempty" text:"line"`
}

// Contact is one way to reach a person.
type Contact struct {
	// Name of a channel that the host has a notifier for, such as "sms".
	Channel string `json:"channel" text:"id"`

	// What that channel needs: a number, an address, a user name.
	To string `json:"to" text:"line"`
}

// Team is a group of people.
type Team struct {
	// Unique among the teams.
	ID string `json:"id" text:"id"`

	// What people call it; the id where it is left out.
	Name string `json:"name,omitempty" text:"line"`

	// Ids of people, in the order in which they are paged.
	Members []string `json:"members" text:"id"`

	// Id of the person who leads the team.
	Manager string `json:"manager,omitempty" text:"id"`
}

// Vendor is another company, which has promised to answer within a time.
type Vendor struct {
	// Unique among the vendors.
	ID string `json:"id" text:"id"`

	// What people call it; the id where it is left out.
	Name string `json:"name,omitempty" text:"line"`

	// How to reach it, in order of preference.
	Contacts []Contact `json:"contacts"`

	// When it has promised to answer, from when it was paged: 1s to 7d.
	Response Duration `json:"response"`

	// Who is paged when it has not. Left out: the last resort.
	Missed []Target `json:"missed,omitempty"`
}

// Channel is a place where people read, such as a room of a chat.
type Channel struct {
	// Unique among the channels.
	ID string `json:"id" text:"id"`

	// What people call it; the id where it is left out.
	Name string `json:"name,omitempty" text:"line"`

	// Name of a channel that the host has a notifier for, such as "chat".
	Channel string `json:"channel" text:"id"`

	// What that channel needs, such as the name of the room.
	To string `json:"to" text:"line"`
}

// Webhook is a program that is told.
type Webhook struct {
	// Unique among the webhooks.
	ID string `json:"id" text:"id"`

	// What people call it; the id where it is left out.
	Name string `json:"name,omitempty" text:"line"`

	// Name of a channel that the host has a notifier for. Left out: "webhook".
	Channel string `json:"channel,omitempty" text:"id"`

	// What that channel needs: as a rule the address.
	To string `json:"to" text:"line"`
}
