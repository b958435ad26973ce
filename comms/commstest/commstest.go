// Package commstest is the conformance suite of package comms. Run it against a
// notifier of your own:
//
//	func TestNotifier(t *testing.T) {
//		commstest.Run(t, commstest.Harness{
//			New: func(t commstest.T) (comms.Notifier, comms.Address) { return newSMS(t), number },
//		})
//	}
//
// Every clause of the contract in package comms has a check, and a failed check
// says which clause the notifier breaks. The more of the harness is filled in,
// the more is checked; the faults matter most, since what a notifier says about
// a failed message decides whether somebody is paged twice or not at all.
//
// [Recorder] is a notifier for tests of everything that sends messages.
//
// The package uses the standard library only.
package commstest

import (
	"strings"
	"testing"
	"time"

	"github.com/incidentkit/incidentkit/comms"
)

// T is what a check needs of a test. A *testing.T is one.
type T interface {
	Helper()
	Logf(format string, args ...any)
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any) // must not return
	Cleanup(func())
}

// Harness gives the suite the notifier to check, and a hold of its far end: the
// stand-in for the provider that the notifier talks to. All but New is
// optional, and acts on the far end of the notifier that New returned last.
type Harness struct {
	// New returns a notifier whose far end works and has seen no message, for
	// one check, and an address that the far end accepts (its Channel may be
	// left empty); t.Cleanup is the place to shut it down. Required.
	New func(t T) (comms.Notifier, comms.Address)

	// Received returns what was put before the far end, in order, whether it
	// took it or turned it away.
	Received func() []Received

	// CarriesKey says that the channel passes Message.Key on, and that
	// Received shows it.
	CarriesKey bool

	// Refuse makes the far end refuse every message for good, such as for an
	// unknown recipient.
	Refuse func()

	// Overload makes the far end turn every message away for the moment.
	Overload func()

	// Cut makes the far end impossible to reach.
	Cut func()

	// Hang makes the far end take each message and say nothing. The channel is
	// closed, or gets a value, when it has taken one.
	Hang func() (taken <-chan struct{})

	// Patience is how long a call may take before the suite takes it for stuck;
	// 0: 10 s. It is no measure of speed.
	Patience time.Duration
}

// Received is a message as it arrived at the far end.
type Received struct {
	Key  string // the idempotency key; see Harness.CarriesKey
	Text string // everything that the recipient is to read
}

// Check is one clause of the contract, or a few that belong together.
type Check struct {
	Name string
	Doc  string // the clause: what a notifier must do
	Run  func(t T, h Harness)

	needs capability
}

// capability is an optional part of a harness.
type capability int

const (
	nothing capability = iota
	receiving
	carryingKeys
	refusing
	overloading
	cutting
	hanging
)

// Missing says what the check needs that the harness lacks; empty: nothing.
func (c Check) Missing(h Harness) string {
	switch {
	case c.needs == receiving && h.Received == nil:
		return "Harness.Received"
	case c.needs == carryingKeys && (h.Received == nil || !h.CarriesKey):
		return "Harness.Received with CarriesKey"
	case c.needs == refusing && h.Refuse == nil:
		return "Harness.Refuse"
	case c.needs == overloading && h.Overload == nil:
		return "Harness.Overload"
	case c.needs == cutting && h.Cut == nil:
		return "Harness.Cut"
	case c.needs == hanging && h.Hang == nil:
		return "Harness.Hang"
	}
	return ""
}

// Checks returns the whole suite, in the order in which Run runs it.
func Checks() []Check {
	all := []check{
		{name: "delivers", run: delivers,
			doc: "A message for which Notify returns nil was handed to the channel: once, with its subject and body."},
		{name: "minimal-message", run: minimalMessage,
			doc: "Every field that may be empty may be empty."},
		{name: "any-text", run: anyText,
			doc: "Text in any script and of any length goes out; a channel with limits cuts it, between characters."},
		{name: "receipt", run: receipts,
			doc: "A receipt's ID, if there is one, is its message's own, short and printable; its At is zero or a time that can be."},
		{name: "key-carried", run: keyCarried, needs: carryingKeys,
			doc: "All attempts at one message carry its key, and no other message does."},
		{name: "concurrent", run: concurrent,
			doc: "Notify is safe for concurrent use, and no message takes anything from another."},
		{name: "context-over", run: contextOver,
			doc: "With a context that is over, nothing is sent: the failure is temporary and wraps the context's error."},
		{name: "refused", run: refused, needs: refusing,
			doc: "A refusal for good is a permanent failure; the notifier does not try again."},
		{name: "overloaded", run: overloaded, needs: overloading,
			doc: "A refusal for the moment is a temporary failure; the notifier does not try again."},
		{name: "unreachable", run: unreachable, needs: cutting,
			doc: "A message that certainly did not go out is a temporary failure."},
		{name: "no-answer", run: noAnswer, needs: hanging,
			doc: "When the context ends after the message was handed over, Notify returns and leaves the outcome open."},
	}
	checks := make([]Check, len(all))
	for i, c := range all {
		checks[i] = c.export()
	}
	return checks
}

// check is a Check as this package writes it down.
type check struct {
	name, doc string
	needs     capability
	run       func(e *env)
}

func (c check) export() Check {
	out := Check{Name: c.name, Doc: c.doc, needs: c.needs}
	out.Run = func(t T, h Harness) {
		t.Helper()
		if missing := out.Missing(h); missing != "" {
			t.Fatalf("the check %s needs %s", c.name, missing)
		}
		c.run(newEnv(t, h, c.name))
	}
	return out
}

// Run runs every check as a subtest, one after the other. What the harness
// leaves out is skipped by name, and summed up in the log of t. Run it with the
// race detector on.
func Run(t *testing.T, h Harness) {
	t.Helper()
	var skipped []string
	for _, c := range Checks() {
		t.Run(c.Name, func(t *testing.T) {
			if missing := c.Missing(h); missing != "" {
				skipped = append(skipped, c.Name+" (needs "+missing+")")
				t.Skipf("not checked, for want of %s: %s", missing, c.Doc)
			}
			c.Run(t, h)
			if t.Failed() {
				t.Logf("the contract: %s", c.Doc)
			}
		})
	}
	if len(skipped) > 0 {
		t.Logf("commstest: %d of %d checks could not run: %s",
			len(skipped), len(Checks()), strings.Join(skipped, ", "))
	}
}
