// Package oracle judges what came of a trial of the engine: a simulated one, or
// one with real processes that are killed. It knows the promises from the
// documents, not from the code that keeps them. Who is to be paged, and when, it
// works out from a small model of its own.
//
// Whoever runs a trial hands in a [History]: what the notifiers saw, what people
// asked for and were told, what is stored in the end, and which faults there were.
// [Judge] answers with everything that should not have been.
package oracle

import (
	"time"

	"github.com/incidentkit/incidentkit/incident"
)

// History is all that is known of one trial. Its lists are in the order in which
// things began.
type History struct {
	Settings Settings
	Plans    []SavedPlan
	Sends    []Send
	Acts     []Act
	Streams  []Stream // of incidents
	Tasks    []Task   // that are left in the store

	// Claims and Writes are the store's own log. Without it, what they are needed
	// for is not judged.
	Claims []Claim
	Writes []Write

	Alarms  []Alarm
	Outages []Outage

	// FaultsEnded is when the last fault was over, and Ended when the trial was.
	FaultsEnded Moment
	Ended       Moment
}

// Settings are what the promises depend on.
type Settings struct {
	Lease         time.Duration // the longest that any engine had
	Poll          time.Duration // the longest between two Steps of a replica that lives
	NotifyTimeout time.Duration
	Overdue       time.Duration // of the auditor; 0: it does not run
	AuditEvery    time.Duration

	// Slack is added wherever a time is judged: what the world itself needs, such as
	// processes to start, or the store to answer.
	Slack time.Duration

	// Canaries are texts, by tenant, that are part of everything that the world named
	// for it (people, addresses, titles, alerts) and of nothing else.
	Canaries map[string]string
}

// Moment is an instant of a trial.
type Moment struct {
	At time.Time // by the store's clock

	// Seq is the place in the order in which the world saw things happen, from 1;
	// 0: it could not tell. Then times decide, and what is within Slack is taken to
	// be right.
	Seq uint64
}

// SavedPlan is a version of a plan that a store has taken. One whose save had an
// unknown outcome is found by reading the store at the end.
type SavedPlan struct {
	Tenant  string
	Version uint64
	Saved   Moment // when it was committed
	Plan    Plan
}

// Send is one call of a notifier, from the notifier's own log.
type Send struct {
	Replica string

	Key      string
	Tenant   string
	Incident incident.ID
	Person   string // or the target, where no person is meant: Address.Person
	Channel  string
	To       string // the address

	Attempt           int
	PossibleDuplicate bool
	PlanVersion       uint64 // Reason.PlanVersion
	Text              string // subject and body; only searched for canaries

	Begun, Ended Moment // Ended is zero where the process died, or the world ended, in it

	Arrived bool   // the recipient has it
	Answer  Answer // what the engine was told

	// RetryAfter is for how long the channel asked to be left alone; 0: it did not.
	RetryAfter time.Duration
}

// Answer is what a notifier told the engine.
type Answer int

// The answers of notifiers.
const (
	NoAnswer  Answer = iota // the process died, or was stopped for good, before it had one
	Delivered               // nil
	Refused                 // comms.Permanent
	Failed                  // comms.Temporary
	Unknown                 // any other error, a timeout, a panic
)

// Act is one call of the engine by a host.
type Act struct {
	Replica   string
	Kind      string // "ingest", "save_plan", or the name of an action of package incident
	Tenant    string
	Actor     string      // id
	Incident  incident.ID // that a command was for, or that Open returned
	Operation string

	Keys     []string           // of an ingest: dedup keys, each once, of alerts that fire
	Receipts []incident.Receipt // of an ingest
	Version  uint64             // of the plan saved, or of the incident as it was returned

	Begun, Ended Moment
	Result       Result
}

// Result is what is known of an act or write.
type Result int

// The results.
const (
	Uncertain Result = iota // an error of which nobody knows what it means, or no answer
	OK
	Rejected // it was refused, and nothing was done
)

// Stream is one stored incident.
type Stream struct {
	Tenant   string
	Incident incident.ID
	Poisoned bool // by the world: nothing is promised for it but I7, I8 and I13

	Records  []Record
	Snapshot []byte // as stored at the end
	Version  uint64 // as stored at the end
}

// Record is a stored event.
type Record struct {
	Version    uint64
	Type       string
	RecordedAt time.Time
	Data       []byte

	// Began is when the work that led to it did: when the task was claimed, or the
	// call of the host began. Committed is when the store took it. Records of one
	// transaction have the same. Zero: not known.
	Began, Committed Moment
}

// Task is left in the store.
type Task struct {
	Tenant, Stream string
	ID, Kind       string
	Due            time.Time
	Poisoned       bool // by the world
}

// Claim is a task that a claim handed out.
type Claim struct {
	Replica        string
	Tenant, Stream string
	Task, Kind     string
	Epoch          uint64
	Attempt        int
	Due, Until     time.Time
	Moment         Moment
}

// Write is a call of the store that would change something.
type Write struct {
	Replica        string
	Tenant, Stream string
	Kind           WriteKind
	Task           string // of the fence; empty: there was none
	Epoch          uint64
	Until          time.Time // of an Extended: the new end of the lease
	First, Last    uint64    // versions of the events that it added; 0: none

	// Scheduled and Cancelled are ids of tasks. Due are when the scheduled ones are.
	Scheduled, Cancelled []string

	Begun, Ended Moment // Ended is when the store decided, not when the caller was told
	Applied      bool   // the store did it
	Replayed     bool   // the store said that it had been done before
}

// WriteKind says what a write does.
type WriteKind int

// The kinds of writes.
const (
	Committed WriteKind = iota // Commit
	Settled                    // Settle, with Done
	Postponed                  // Settle, with Retry
	Extended                   // Settle, with Extend
)

// Alarm is a call of the host's alarm.
type Alarm struct {
	Tenant   string
	Incident incident.ID
	Kind     string
	Moment   Moment
	Failed   bool // it returned an error
}

// Outage is a time in which something did not work.
type Outage struct {
	Kind     OutageKind
	Replica  string // of Down and Paused; of Store empty: for all of them
	Channel  string // of Provider
	Tenant   string // of what only concerned one; empty: all
	From, To Moment // To is zero where it did not end
}

// OutageKind says what did not work.
type OutageKind int

// The kinds of outages.
const (
	// Store: calls fail, hang, or lose their answers.
	Store OutageKind = iota

	// Down: the process of a replica is dead. The lease that it had goes on.
	Down

	// Paused: the process of a replica is stopped, and goes on afterwards.
	Paused

	// Provider: a channel takes nothing, or takes long.
	Provider

	// Lost: a task was taken out of the store; the auditor is to see it.
	Lost

	// Jumped: the store's clock was set, from From.At to To.At, either way. In no time.
	// With a Replica it was that machine's, by which its leases are measured.
	Jumped
)

// Violation is something that should not have been.
type Violation struct {
	Invariant string // "I1" to "I14"
	Tenant    string
	Incident  incident.ID // empty: it is not about one
	At        time.Time
	Text      string // what was expected, when, and what there was, in one sentence
}

// String returns the violation as one line.
func (v Violation) String() string {
	s := v.Invariant
	if v.Tenant != "" {
		s += " " + v.Tenant
	}
	if v.Incident != "" {
		s += "/" + string(v.Incident)
	}
	return s + " " + clock(v.At) + ": " + v.Text
}

// clock writes an instant for people to read.
func clock(t time.Time) string {
	if t.IsZero() {
		return "at no time"
	}
	return t.UTC().Format("2006-01-02 15:04:05.000")
}
