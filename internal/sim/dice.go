package sim

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"
)

// Fault is something that may go wrong, or that somebody may do, at a place.
type Fault int

// The faults, and what people do of their own accord.
const (
	CommitFails Fault = iota // before it takes effect
	CommitAnswerLost
	ClaimFails
	ClaimAnswerLost
	ReadFails
	SettleFails
	SettleAnswerLost
	StoreSlow
	StoreHangs // a call that answers only when its context ends

	CrashBeforeClaim
	CrashAfterClaim
	CrashBeforeCommit
	CrashAfterCommit
	CrashBeforeSend
	CrashAfterSend

	Pause // the process stops at a call for longer than its lease, and goes on

	SendSlow
	SendTimesOutBefore // it hangs until the engine gives up, and has not arrived
	SendTimesOutAfter  // it has
	SendAnswerLost     // it has arrived, and the connection breaks
	SendLost           // it has not, and the connection breaks
	SendArrivesLate    // it breaks, and the message arrives minutes later
	SendLater          // come back later, says the provider
	SendFails          // for now
	SendRefused
	SendPanics
	SendPanicsAfter

	AlarmFails
	DirectoryFails
	DirectoryPanics

	Acknowledges // who was paged answers, in one way or another, at some time
	Declines
	Snoozes
	HandsBack
	Reassigns
	AsksNext
	Repages

	faults // how many there are

	trips // no fault: how long a call is on its way
)

var faultNames = [faults]string{
	CommitFails: "commit-fails", CommitAnswerLost: "commit-answer-lost", ClaimFails: "claim-fails", ClaimAnswerLost: "claim-answer-lost",
	ReadFails: "read-fails", SettleFails: "settle-fails", SettleAnswerLost: "settle-answer-lost", StoreSlow: "store-slow", StoreHangs: "store-hangs",
	CrashBeforeClaim: "crash-before-claim", CrashAfterClaim: "crash-after-claim", CrashBeforeCommit: "crash-before-commit",
	CrashAfterCommit: "crash-after-commit", CrashBeforeSend: "crash-before-send", CrashAfterSend: "crash-after-send",
	Pause: "pause", SendSlow: "send-slow", SendTimesOutBefore: "send-times-out-before", SendTimesOutAfter: "send-times-out-after",
	SendAnswerLost: "send-answer-lost", SendLost: "send-lost", SendArrivesLate: "send-arrives-late", SendLater: "send-later", SendFails: "send-fails", SendRefused: "send-refused",
	SendPanics: "send-panics", SendPanicsAfter: "send-panics-after", AlarmFails: "alarm-fails",
	DirectoryFails: "directory-fails", DirectoryPanics: "directory-panics",
	Acknowledges: "acknowledges", Declines: "declines", Snoozes: "snoozes", HandsBack: "hands-back", Reassigns: "reassigns",
	AsksNext: "asks-next", Repages: "repages",
}

// String returns the fault's name.
func (f Fault) String() string {
	if f < 0 || f >= faults {
		return "unknown"
	}
	return faultNames[f]
}

// MarshalText implements encoding.TextMarshaler.
func (f Fault) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler.
func (f *Fault) UnmarshalText(text []byte) error {
	i := slices.Index(faultNames[:], string(text))
	if i < 0 {
		return fmt.Errorf("sim: unknown fault %q", text)
	}
	*f = Fault(i)
	return nil
}

// Rates says how often each fault occurs where it could, in 10,000.
type Rates [faults]int

// MarshalJSON implements json.Marshaler: by name, without those that never occur.
func (r Rates) MarshalJSON() ([]byte, error) {
	named := map[Fault]int{}
	for f, rate := range r {
		if rate > 0 {
			named[Fault(f)] = rate
		}
	}
	return json.Marshal(named)
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *Rates) UnmarshalJSON(data []byte) error {
	named := map[Fault]int{}
	if err := json.Unmarshal(data, &named); err != nil {
		return err
	}
	*r = Rates{}
	for f, rate := range named {
		r[f] = rate
	}
	return nil
}

// Place is where a fault may occur: at the nth call of a kind that a replica makes
// for a stream.
type Place struct {
	Fault   Fault  `json:"fault"`
	Replica int    `json:"replica"` // -1: the world itself
	Tenant  string `json:"tenant,omitempty"`
	Stream  string `json:"stream,omitempty"` // or the person, for what people do
	Nth     uint32 `json:"nth"`              // from 0
}

// String returns the place as one line.
func (p Place) String() string {
	return fmt.Sprintf("%s #%d of replica %d for %s/%s", p.Fault, p.Nth, p.Replica, p.Tenant, p.Stream)
}

// dice decide what goes wrong where. They have no state but how often a place was
// passed, so that leaving out one fault changes no other.
type dice struct {
	seed   uint64
	rates  Rates
	script map[Place]bool // nil: the rates decide
	passed map[Place]uint32
	thrown []Place // faults that occurred
	count  [faults]int
	calm   bool // nothing goes wrong any more
}

func newDice(seed uint64, rates Rates, script []Place) *dice {
	d := &dice{seed: seed, rates: rates, passed: map[Place]uint32{}}
	if len(script) > 0 {
		d.script = map[Place]bool{}
		for _, p := range script {
			d.script[p] = true
		}
	}
	return d
}

// falls reports whether a fault occurs here and now, and gives a source of whatever
// else is to be decided about it.
func (d *dice) falls(f Fault, replica int, tenant, stream string) (*rand.Rand, bool) {
	if d.calm || d.rates[f] == 0 {
		return nil, false
	}
	p := Place{Fault: f, Replica: replica, Tenant: tenant, Stream: stream}
	p.Nth = d.passed[p]
	d.passed[Place{Fault: f, Replica: replica, Tenant: tenant, Stream: stream}] = p.Nth + 1
	source := rand.NewPCG(d.seed, p.hash())
	if d.script != nil {
		if !d.script[p] {
			return nil, false
		}
		source.Uint64()
	} else if source.Uint64()%10_000 >= uint64(d.rates[f]) {
		return nil, false
	}
	d.thrown = append(d.thrown, p)
	d.count[f]++
	return rand.New(source), true
}

// trip is how long a call of a replica is on its way: a few milliseconds.
func (d *dice) trip(replica int, tenant, stream string) time.Duration {
	p := Place{Fault: trips, Replica: replica, Tenant: tenant, Stream: stream}
	n := d.passed[p]
	d.passed[p] = n + 1
	p.Nth = n
	var source rand.PCG
	source.Seed(d.seed, p.hash())
	return time.Duration(source.Uint64()%4000) * time.Microsecond
}

// hash mixes a place into a number (FNV-1a, 64 bits).
func (p Place) hash() uint64 {
	h := uint64(14695981039346656037)
	mix := func(b byte) { h = (h ^ uint64(b)) * 1099511628211 }
	for _, s := range [...]string{p.Tenant, p.Stream} {
		for i := range len(s) {
			mix(s[i])
		}
		mix(0)
	}
	mix(byte(p.Fault))
	mix(byte(p.Replica))
	for n := p.Nth; n > 0; n >>= 8 {
		mix(byte(n))
	}
	return h
}

// between draws a duration, in whole milliseconds.
func between(r *rand.Rand, lo, hi time.Duration) time.Duration {
	if hi <= lo {
		return lo
	}
	return lo + time.Duration(r.Int64N(int64((hi-lo)/time.Millisecond)+1))*time.Millisecond
}

// oneIn reports whether one of n has come up.
func oneIn(r *rand.Rand, n int) bool { return r.IntN(n) == 0 }

func pick[T any](r *rand.Rand, of ...T) T { return of[r.IntN(len(of))] }
