// Package storage is the port between the engine and a database.
//
// A store keeps streams of events. Each stream belongs to one tenant, carries
// a snapshot (a cache of the fold of its events), may hold unique keys, and may
// have tasks: wake-ups and deliveries that become due. Everything a decision
// changes is one [Change], committed whole or not at all.
//
// A host that has a database of its own writes a [Store] for it and runs the
// conformance suite in package storagetest against it.
package storage

import (
	"context"
	"time"
)

// Store is a durable, transactional home for streams and their tasks.
//
// Implementations are safe for concurrent use, also by several processes that
// share one database. Every method honours the context: after it is cancelled
// a method returns promptly with an error that is context.Canceled or
// context.DeadlineExceeded, and a Commit or Settle whose context ended may or may
// not have taken effect (repeat it with the same operation id to find out).
//
// A store copies what it is given and hands out copies: neither side may see
// the other's later writes to a slice.
//
// One clock rules: the store's (a database server's, where there is one). Load
// and Claim report it, and it alone decides what is due. Stores keep instants
// in UTC with a precision of at least one microsecond; what is finer may be cut
// off.
//
// A tenant never sees another's rows. For every read a stream of another
// tenant is the same as one that does not exist.
//
// The interface does not grow: what a later version can do besides is an
// optional interface of its own.
type Store interface {
	// Load reads the head of one stream, found by its id or by a unique key it
	// holds. A stream that does not exist is no error: it has Version 0.
	Load(ctx context.Context, ref Ref) (Head, error)

	// Commit applies a change atomically and durably: when it returns nil, the
	// change survives the loss of the process.
	//
	// Checks happen in this order, and the first that fails decides:
	//   - a malformed change: *InvalidError;
	//   - an operation id this stream has seen: the first outcome again, with
	//     Replayed set and nothing applied;
	//   - a fence that no longer holds: ErrFenced;
	//   - a version other than Expect: ErrConflict;
	//   - a snapshot of another kind than the stream's: *InvalidError;
	//   - a key held by another stream of the tenant: *KeyTakenError.
	Commit(ctx context.Context, change Change) (Committed, error)

	// Events reads a stream's events in version order. A stream that does not
	// exist has none.
	Events(ctx context.Context, stream Stream, q EventsQuery) ([]Event, error)

	// List reads the heads of a tenant's streams, page by page, in the byte
	// order of their ids. Cursors are stable: a stream that exists, and
	// matches, from the first page to the last is listed exactly once, whatever
	// else is written meanwhile.
	List(ctx context.Context, q ListQuery) (Page, error)

	// Claim leases due tasks to a worker, across tenants, the longest due
	// first. Due means Due <= now by the store's clock, and either never
	// claimed or its lease ended (LeaseUntil <= now). No two claims hold one task at one time.
	Claim(ctx context.Context, q ClaimQuery) (Claims, error)

	// Settle ends, postpones or extends one claim. It answers ErrFenced when
	// the task is no longer held at that epoch (done, cancelled, scheduled
	// anew, or claimed again), and then changes nothing.
	//
	// A claim whose lease ran out but which nobody has taken over still holds.
	Settle(ctx context.Context, s Settlement) error
}

// TenantLister is a Store that knows which tenants it has streams of. It is
// optional: not every store can tell without reading everything.
type TenantLister interface {
	// Tenants lists tenants in byte order: those after the given one (empty: from
	// the first), at most limit (1 to 1000). A tenant that has streams from the
	// first call to the last is listed exactly once.
	Tenants(ctx context.Context, after string, limit int) ([]string, error)
}

// Stream names one stream: a tenant, and an id within it.
type Stream struct {
	Tenant string
	ID     string
}

// String returns "tenant/id", for logs.
func (s Stream) String() string { return s.Tenant + "/" + s.ID }

// Ref finds a stream of a tenant: by ID, or by a unique key it holds. Exactly
// one of ID and Key is set.
type Ref struct {
	Tenant string
	ID     string
	Key    string
}

// Head is the current end of a stream.
type Head struct {
	Stream   Stream    // ID is empty where a key was looked up and nobody holds it
	Version  uint64    // number of its events; 0: the stream does not exist
	Snapshot Snapshot  // zero where Version is 0
	Now      time.Time // the store's clock at the read; always set
}

// Event is one immutable entry of a stream. Stores keep it byte for byte.
type Event struct {
	Version    uint64    // 1 for the first, without holes
	Type       string    // the name of the event's type, for queries and humans
	RecordedAt time.Time // as decided by the writer
	Data       []byte    // opaque to the store
}

// Snapshot is the cached fold of a stream's events.
type Snapshot struct {
	Kind   string // what the stream is, such as "incident"; never changes
	Status string // a facet for List
	Data   []byte // opaque to the store
}

// Change is one transaction, as data.
type Change struct {
	Stream Stream

	// Operation makes the change idempotent: a second commit with the same id
	// on the same stream applies nothing and answers as the first did. Empty:
	// not idempotent. Ids are remembered as long as the stream.
	Operation string

	// Expect is the version the decision was made on; 0 means that the stream
	// must not exist yet.
	Expect uint64

	// Events follow Expect without holes. They may be empty for a stream that
	// exists: its version then stays, and is still checked.
	Events []Event

	// Snapshot replaces the stored one. It is required with Events, and may be
	// the zero value without: the stored one then stays.
	Snapshot Snapshot

	// Schedule adds tasks. A task whose id the stream already has is replaced:
	// new due time and payload, no claim, Attempt 0; an earlier claim of it is
	// fenced off.
	Schedule []TaskSpec

	// Cancel removes tasks by id, claimed or not. Unknown ids are ignored.
	// Cancels happen before schedules.
	Cancel []string

	// Release gives keys back, Take takes keys that are unique within the
	// tenant. Releases happen first. Releasing a key the stream does not hold
	// and taking one it holds already change nothing.
	Release []string
	Take    []string

	// Fence makes the change conditional on still holding a claim. Only tasks
	// of the same stream can be fenced on. The claim itself is left as it is,
	// unless Cancel or Schedule names the task.
	Fence *Fence
}

// Fence is the proof of a claim: the task and the epoch it was claimed with.
type Fence struct {
	Task  string
	Epoch uint64
}

// Committed is the outcome of a commit.
type Committed struct {
	Version  uint64 // of the stream after the change
	Replayed bool   // the operation had been committed before
}

// TaskSpec is work to be done at a time.
type TaskSpec struct {
	ID      string // unique within the stream
	Kind    string // what to do, such as "wake" or "deliver"
	Due     time.Time
	Payload []byte // opaque to the store; may be nil
}

// Task is claimed work.
type Task struct {
	Stream  Stream
	ID      string
	Kind    string
	Due     time.Time
	Payload []byte

	// Attempt counts the claims of this task since it was scheduled, this one
	// included: 1 for the first.
	Attempt int

	// Epoch is greater than any epoch given before to a claim of this task id
	// in this stream, also when the task was cancelled and scheduled again.
	Epoch uint64

	LeaseUntil time.Time // by the store's clock
}

// Fence returns the proof of this claim, for a Change.
func (t Task) Fence() *Fence { return &Fence{Task: t.ID, Epoch: t.Epoch} }

// ClaimQuery asks for due tasks.
type ClaimQuery struct {
	Worker string        // who claims, for logs and queries; required
	Limit  int           // at most so many tasks; 1 to 1000
	Lease  time.Duration // how long the claim holds; at least 1ms

	// Except names tenants whose tasks are left for now: the worker has as many of
	// them at hand as it wants. At most 100. They count for Claims.Next as do all
	// that the call did not hand out.
	Except []string
}

// Claims is the answer to a claim.
type Claims struct {
	Now   time.Time // the store's clock at the claim
	Tasks []Task    // by due time, then by stream and id

	// Next is the earliest instant at which an unclaimed task is due, or a
	// lease ends, among the tasks that this call did not hand out; zero where
	// there is none. It is not after Now where Limit cut the answer short.
	Next time.Time
}

// Outcome says how a claim ends.
type Outcome int

// The outcomes of a claim.
const (
	Done   Outcome = iota + 1 // the task is removed
	Retry                     // the claim is given back; due again after Delay
	Extend                    // the claim holds for Delay from now
)

// String returns the outcome's name.
func (o Outcome) String() string {
	switch o {
	case Done:
		return "done"
	case Retry:
		return "retry"
	case Extend:
		return "extend"
	}
	return "unknown"
}

// Settlement ends, postpones or extends a claim.
type Settlement struct {
	Stream  Stream
	Fence   Fence
	Outcome Outcome
	Delay   time.Duration // from the store's now, for Retry (at least 0) and Extend (at least 1ms)
}

// EventsQuery selects events of a stream.
type EventsQuery struct {
	After uint64 // only versions greater than this
	Limit int    // at most so many; 0: all
}

// ListQuery selects streams of a tenant.
type ListQuery struct {
	Tenant   string
	Kind     string   // required: only snapshots of this kind
	Statuses []string // only snapshots with one of these; empty: any
	Reverse  bool     // descending ids
	Limit    int      // page size; 0: 100, at most 1000
	Cursor   string   // Page.Next of the page before; empty: the first page
}

// Page is one page of a list.
type Page struct {
	Heads []Head
	Next  string // cursor of the next page; empty: this was the last
}
