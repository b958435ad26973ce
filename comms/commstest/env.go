package commstest

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/incidentkit/incidentkit/comms"
)

// env is what a check works with.
type env struct {
	T
	h        Harness
	name     string // of the check; part of every key
	notifier comms.Notifier
	to       comms.Address
	patience time.Duration
}

func newEnv(t T, h Harness, name string) *env {
	t.Helper()
	if h.New == nil {
		t.Fatalf("Harness.New is nil; it is required")
	}
	e := &env{T: t, h: h, name: name, patience: h.Patience}
	e.notifier, e.to = h.New(t)
	if e.notifier == nil {
		t.Fatalf("Harness.New returned no notifier")
	}
	if e.to.Person == "" {
		e.to.Person = "ana"
	}
	if e.to.Channel == "" {
		e.to.Channel = "commstest"
	}
	if e.patience <= 0 {
		e.patience = 10 * time.Second
	}
	return e
}

// message returns a valid message with every field set.
func (e *env) message(id string) comms.Message {
	to := e.to
	if to.Name == "" {
		to.Name = "Ana Example"
	}
	return comms.Message{
		Key:      "commstest/" + e.name + "/" + id,
		Tenant:   "acme",
		Incident: "inc-7",
		To:       to,
		Subject:  "Checkout fails (" + id + ")",
		Body:     "12 percent of payments fail (" + id + ").",
		Severity: "sev1",
		Attempt:  1,
		Reason: comms.Reason{
			Policy: "payments", PlanVersion: 7, Run: "1", Round: 1, Step: 1,
			Target: "schedule primary", Rule: "rotation weekly, turn 12",
			Due:  time.Date(2026, 1, 5, 9, 0, 0, 0, time.UTC),
			Text: "Ana is primary this week.",
		},
	}
}

// outcome is what a call of Notify came to.
type outcome struct {
	receipt comms.Receipt
	err     error
	panicky string // what it panicked with; empty: it did not
}

// start calls Notify on a goroutine of its own.
func (e *env) start(ctx context.Context, m comms.Message) <-chan outcome {
	done := make(chan outcome, 1)
	go func() {
		var o outcome
		defer func() {
			if p := recover(); p != nil {
				o.panicky = fmt.Sprintf("%v\n%s", p, debug.Stack())
			}
			done <- o
		}()
		o.receipt, o.err = e.notifier.Notify(ctx, m)
	}()
	return done
}

// await waits for a call to return; a panic or a stuck call ends the check.
func (e *env) await(done <-chan outcome, when string) (comms.Receipt, error) {
	e.Helper()
	stuck := time.NewTimer(e.patience)
	defer stuck.Stop()
	select {
	case o := <-done:
		if o.panicky != "" {
			e.Fatalf("Notify panicked %s: %s", when, o.panicky)
		}
		return o.receipt, o.err
	case <-stuck.C:
		e.Fatalf("Notify had not returned %s after %s", when, e.patience)
	}
	return comms.Receipt{}, nil
}

// deliver expects the message to be taken.
func (e *env) deliver(m comms.Message, what string) comms.Receipt {
	e.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	receipt, err := e.await(e.start(ctx, m), "for "+what)
	if err != nil {
		e.Errorf("%s: Notify returned %v, want nil", what, err)
	}
	return receipt
}

// fail expects a call to end in a fate other than delivery, and returns its error.
func (e *env) fail(done <-chan outcome, want comms.Fate, what string) error {
	e.Helper()
	receipt, err := e.await(done, "for "+what)
	if got := comms.Classify(err); got != want {
		e.Errorf("%s: the error says %s, want %s (%s); it is: %v", what, got, want, advice[want], err)
	}
	if err != nil && receipt != (comms.Receipt{}) {
		e.Errorf("%s: Notify returned an error and the receipt %+v, want none", what, receipt)
	}
	return err
}

var advice = map[comms.Fate]string{
	comms.Refused: "wrap it with comms.Permanent",
	comms.Failed:  "wrap it with comms.Temporary",
	comms.Unknown: "leave it unmarked",
}

// received returns what the far end has seen, if the harness can tell.
func (e *env) received() (all []Received, known bool) {
	if e.h.Received == nil {
		return nil, false
	}
	return e.h.Received(), true
}

// expect checks how many messages were put before the far end.
func (e *env) expect(n int, what string) []Received {
	e.Helper()
	all, known := e.received()
	if known && len(all) != n {
		e.Errorf("%s: the far end has seen %d messages, want %d: %q", what, len(all), n, all)
	}
	return all
}
