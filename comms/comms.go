// Package comms is the port between the engine and the ways to reach people.
//
// A [Notifier] takes a message that is already rendered and hands it to one
// channel: a terminal, a webhook, an SMS provider. It reports what became of
// it with a typed error (see [Permanent], [Temporary]), because the engine's
// promise rests on that: a page is sent again only where the send is known to
// have failed, or, once, where nobody can know.
//
// A host writes a notifier for a channel of its own and runs the conformance
// suite in package commstest against it.
package comms

import (
	"context"
	"time"
)

// Notifier hands messages to one channel.
//
// Implementations are safe for concurrent use. Notify returns when the channel
// has taken the message or refused it; it honours the context, whose deadline
// is the engine's limit for one attempt. It does not retry by itself, does not
// panic, and keeps neither the message nor a slice or map of it.
//
// Two calls with one Message.Key are one page: a channel that knows idempotency
// passes the key on, so that the receiver sees it once.
type Notifier interface {
	Notify(ctx context.Context, m Message) (Receipt, error)
}

// NotifierFunc makes a [Notifier] of a function, which keeps the same contract.
type NotifierFunc func(ctx context.Context, m Message) (Receipt, error)

// Notify calls f.
func (f NotifierFunc) Notify(ctx context.Context, m Message) (Receipt, error) { return f(ctx, m) }

// Message is one notification to one recipient, already rendered.
type Message struct {
	// Key is the idempotency key: the same for every attempt to deliver this
	// message over this channel, and for no other message. 1 to 512 bytes.
	Key string

	Tenant   string
	Incident string // the incident's id
	To       Address

	Subject string // one line
	Body    string // plain text, several lines

	Severity string // id of the severity in the plan; empty while unknown
	Drill    bool   // an exercise: the text says so, and it never leaves the building

	// Attempt is 1 for the first try over this channel. PossibleDuplicate says
	// that an earlier attempt may have arrived: its outcome is not known.
	Attempt           int
	PossibleDuplicate bool

	Reason Reason
}

// Address is where a channel reaches a person.
type Address struct {
	Person  string // id of the person
	Name    string // of the person, for the text; may be empty
	Channel string // name of the channel, such as "sms"; the notifier was chosen by it
	To      string // what the channel needs: a number, a URL, a user name
}

// Reason says why this person is told this now: by which rule of which plan.
type Reason struct {
	Policy      string    // escalation policy
	PlanVersion uint64    // the version of the plan that the policy is pinned to
	Run         string    // the escalation run within the incident
	Round       int       // 1 for the first pass over the steps
	Step        int       // 1 for the first step
	Target      string    // what the step names, such as "schedule primary"
	Rule        string    // how the target led to this person, such as "rotation weekly, turn 12"
	Due         time.Time // when the page was due
	Text        string    // the whole of it as one sentence
}

// Receipt is a channel's confirmation that it has taken a message.
type Receipt struct {
	ID string    // the provider's reference; may be empty
	At time.Time // when the provider took it, if it says so; may be zero
}
