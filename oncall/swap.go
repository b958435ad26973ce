package oncall

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Swap is a proposal that two people swap shifts, or parts of shifts. It is data;
// what has come of it is in the SwapEvents that the caller keeps with it.
type Swap struct {
	ID       string
	Schedule string
	Proposer string
	Other    string // who is asked
	Gives    Stint  // what the proposer gives
	Takes    Stint  // what the proposer takes instead
	Reason   string // for people to read; may be empty
}

// Stint is a shift that is swapped, or a part of one.
type Stint struct {
	Rotation string // the only rotation that is meant; empty: all of the schedule
	Hours    Period
}

// SwapEvent is what one of the two does about a swap.
type SwapEvent struct {
	Kind   SwapKind
	Person string
	At     time.Time // when
}

// SwapKind is a kind of SwapEvent.
type SwapKind string

// The kinds. The first event decides.
const (
	SwapAccepted  SwapKind = "accepted"  // by the other
	SwapDeclined  SwapKind = "declined"  // by the other
	SwapWithdrawn SwapKind = "withdrawn" // by the proposer
)

// SwapStatus is what has become of a swap.
type SwapStatus string

// The states.
const (
	SwapOpen      SwapStatus = "open" // there is no answer yet
	SwapComplete  SwapStatus = "complete"
	SwapRefused   SwapStatus = "declined"
	SwapCancelled SwapStatus = "withdrawn"
	SwapExpired   SwapStatus = "expired" // one of the shifts has begun
)

// Check reports whether a swap can be proposed, or agreed to, at an instant: as a
// *FieldError, whose field is such as "swap.gives.hours", or a *RefusedError. Each
// of the two must be on call for all of what they give, neither shift may have
// begun, and neither of the two may be on call in what they get, also not in what
// they give.
func (w Swap) Check(rota *Rota, now time.Time) error {
	switch {
	case w.ID == "":
		return &FieldError{Field: "swap.id", Want: "a non-empty id"}
	case w.Schedule != rota.ID():
		return &FieldError{Field: "swap.schedule", Want: fmt.Sprintf("the schedule %q, not %q", rota.ID(), w.Schedule)}
	case w.Proposer == "":
		return &FieldError{Field: "swap.proposer", Want: "the id of a person; it is empty"}
	case w.Other == "" || w.Other == w.Proposer:
		return &FieldError{Field: "swap.other", Want: fmt.Sprintf("the id of another person than the proposer, not %q", w.Other)}
	case !w.Gives.Hours.valid():
		return &FieldError{Field: "swap.gives.hours", Want: wantHours}
	case !w.Takes.Hours.valid():
		return &FieldError{Field: "swap.takes.hours", Want: wantHours}
	}
	if err := w.way(rota, now, w.Proposer, w.Gives, w.Other, w.Takes); err != nil {
		return err
	}
	return w.way(rota, now, w.Other, w.Takes, w.Proposer, w.Gives)
}

// way checks one direction: what one gives, and another takes for something else.
func (w Swap) way(rota *Rota, now time.Time, giver string, stint Stint, taker string, instead Stint) error {
	switch {
	case !now.Before(stint.Hours.Start):
		return refuse(w.ID, giver, Begun, stint.Hours)
	case !fills(rota, giver, stint.Rotation, stint.Hours):
		return refuse(w.ID, giver, NotOnCall, stint.Hours)
	case stint.Hours.meets(instead.Hours) || meets(rota, taker, "", stint.Hours):
		return refuse(w.ID, taker, Twice, stint.Hours)
	}
	return nil
}

// Decide reports whether an event may be added to those there are, as a
// *RefusedError. To accept is refused also where Check now finds something wrong.
func (w Swap) Decide(rota *Rota, events []SwapEvent, e SwapEvent) error {
	if e.At.IsZero() {
		return &FieldError{Field: "event.at", Want: "an instant; it is missing"}
	}
	if why := w.refusal(e); why != "" {
		return refuse(w.ID, e.Person, why, w.Gives.Hours)
	}
	if w.decided(events) != nil {
		return refuse(w.ID, e.Person, Answered, w.Gives.Hours)
	}
	if e.Kind == SwapAccepted {
		return w.Check(rota, e.At)
	}
	return nil
}

// State returns what has become of a swap at an instant. The events may be in any
// order: the earliest counts, and of those at the same instant the withdrawal.
// Events of others than those who may, or after a shift has begun, change nothing.
func (w Swap) State(events []SwapEvent, now time.Time) SwapStatus {
	e := w.decided(events)
	switch {
	case e != nil && !e.At.After(now):
		return map[SwapKind]SwapStatus{
			SwapAccepted: SwapComplete, SwapDeclined: SwapRefused, SwapWithdrawn: SwapCancelled,
		}[e.Kind]
	case !now.Before(w.begins()):
		return SwapExpired
	}
	return SwapOpen
}

// Overrides returns the two overrides that a swap comes to, or none unless it has
// been accepted. They belong into the schedule together.
func (w Swap) Overrides(events []SwapEvent) []Override {
	if e := w.decided(events); e == nil || e.Kind != SwapAccepted {
		return nil
	}
	override := func(n int, s Stint, from, to string) Override {
		return Override{
			ID: fmt.Sprintf("%s/%d", w.ID, n), Start: s.Hours.Start, End: s.Hours.End,
			Rotation: s.Rotation, Replaces: from, People: []string{to},
			Reason: strings.TrimSuffix("swap "+w.ID+": "+w.Reason, ": "),
		}
	}
	return []Override{override(1, w.Gives, w.Proposer, w.Other), override(2, w.Takes, w.Other, w.Proposer)}
}

// decided returns the event that decides, or nil.
func (w Swap) decided(events []SwapEvent) *SwapEvent {
	var first *SwapEvent
	for _, e := range events {
		if w.refusal(e) != "" {
			continue
		}
		if first == nil || cmp.Or(e.At.Compare(first.At), order(e.Kind)-order(first.Kind)) < 0 {
			first = &e
		}
	}
	return first
}

// order is that of events at the same instant.
func order(k SwapKind) int {
	return slices.Index([]SwapKind{SwapWithdrawn, SwapDeclined, SwapAccepted}, k)
}

// refusal says why an event is none; empty: it is one.
func (w Swap) refusal(e SwapEvent) Refusal {
	switch who, known := map[SwapKind]string{SwapAccepted: w.Other, SwapDeclined: w.Other, SwapWithdrawn: w.Proposer}[e.Kind]; {
	case !known:
		return Unknown
	case e.Person != who:
		return NotAsked
	case !e.At.Before(w.begins()):
		return Begun
	}
	return ""
}

// begins returns when the earlier of the two shifts does.
func (w Swap) begins() time.Time {
	if w.Takes.Hours.Start.Before(w.Gives.Hours.Start) {
		return w.Takes.Hours.Start
	}
	return w.Gives.Hours.Start
}
