package sim

import (
	"time"

	"github.com/incidentkit/incidentkit/internal/oracle"
)

// Scenario is a world before anything has happened in it. A seed makes one; what
// is left of one that was cut down is kept as a file.
type Scenario struct {
	Note      string    `json:"note,omitempty"` // why it is kept
	Seed      uint64    `json:"seed"`           // decides what is not written here: how long calls take, and which faults fall
	Character string    `json:"character"`
	Tenants   []Tenant  `json:"tenants"`
	Replicas  []Replica `json:"replicas"`
	Moves     []Move    `json:"moves"`
	Rates     Rates     `json:"rates"`

	// Faults are those that occur, and no others. Empty: the seed decides, by the
	// rates.
	Faults []Place `json:"faults,omitempty"`
}

// Tenant is a customer of the host.
type Tenant struct {
	Name  string        `json:"name"`
	Plans []oracle.Plan `json:"plans"` // the first is saved before all else
}

// Replica is how one process of the host is configured.
type Replica struct {
	Lease   Span `json:"lease"`
	Timeout Span `json:"timeout"` // Config.NotifyTimeout
	Poll    Span `json:"poll"`
	Overdue Span `json:"overdue"`
	Batch   int  `json:"batch"`
	Loops   int  `json:"loops"` // how many Steps it does side by side

	// Lines is Config.ChannelWorkers.
	Lines int `json:"lines,omitempty"`

	// Pace is how fast its clock runs, in percent.
	Pace int `json:"pace"`

	// Audits says whether it runs the auditor. Where a task is lost, one has to.
	Audits bool `json:"audits,omitempty"`

	// Deaf replicas have no notifier for voice.
	Deaf bool `json:"deaf,omitempty"`

	// Directory says whether people are looked up in the host's own system first.
	Directory bool `json:"directory,omitempty"`
}

// MoveKind is something that happens in the world at a time.
type MoveKind string

// The moves.
const (
	MoveAlert      MoveKind = "alert"       // an alert fires, or resolves
	MoveStorm      MoveKind = "storm"       // many do, at once
	MoveOpen       MoveKind = "open"        // a person declares an incident
	MoveAct        MoveKind = "act"         // somebody does something about one
	MovePlan       MoveKind = "plan"        // the next plan of a tenant is saved
	MoveKill       MoveKind = "kill"        // a process is killed, and started again after a time
	MovePause      MoveKind = "pause"       // a process stops, and goes on
	MoveReplace    MoveKind = "replace"     // a process is drained and replaced by one of another make
	MoveClock      MoveKind = "clock"       // the clock of a process is set
	MoveStoreDown  MoveKind = "store-down"  // the store takes no calls
	MoveStoreHangs MoveKind = "store-hangs" // the store answers no calls
	MoveFailover   MoveKind = "failover"    // the store moves to another machine, whose clock differs
	MoveStoreClock MoveKind = "store-clock" // the store's clock is set
	MoveProvider   MoveKind = "provider"    // a provider is down
	MovePoison     MoveKind = "poison"      // something that cannot be read is in the store
	MoveLose       MoveKind = "lose"        // a task is lost from the store
)

// MoveKinds returns all kinds of moves.
func MoveKinds() []MoveKind {
	return []MoveKind{
		MoveAlert, MoveStorm, MoveOpen, MoveAct, MovePlan, MoveKill, MovePause, MoveReplace, MoveClock,
		MoveStoreDown, MoveStoreHangs, MoveFailover, MoveStoreClock, MoveProvider, MovePoison, MoveLose,
	}
}

// Move is one thing that happens.
type Move struct {
	ID      int      `json:"id"` // stays when other moves are left out
	At      Span     `json:"at"` // from the beginning
	Kind    MoveKind `json:"kind"`
	Tenant  int      `json:"tenant,omitempty"`
	Replica int      `json:"replica,omitempty"`

	Of   int      `json:"of,omitempty"`   // the move whose incident it is about
	Into int      `json:"into,omitempty"` // the move into whose incident it is merged
	Key  string   `json:"key,omitempty"`  // of an alert; the channel of a provider
	What string   `json:"what,omitempty"` // severity label of an alert; name of an act; mode of an outage
	Who  string   `json:"who,omitempty"`
	N    int      `json:"n,omitempty"`
	For  Span     `json:"for,omitempty"`
	New  *Replica `json:"new,omitempty"`
}

// Span is a duration that is written as text.
type Span time.Duration

// D returns it as a duration.
func (s Span) D() time.Duration { return time.Duration(s) }

// MarshalText implements encoding.TextMarshaler.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.D().String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (s *Span) UnmarshalText(text []byte) error {
	d, err := time.ParseDuration(string(text))
	*s = Span(d)
	return err
}
