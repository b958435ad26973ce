package oncall

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// CoverRequest is somebody's request that others take hours on call: all of them
// or some, one person or several. It is data; what has come of it is in the
// CoverEvents that the caller keeps with it.
type CoverRequest struct {
	ID       string
	Schedule string
	Rotation string // the only rotation that it is about; empty: all of the schedule
	Asker    string // who is on call, and wants not to be
	Hours    Period
	Asked    []string // who may accept; none: everybody
	Reason   string   // for people to read; may be empty
}

// Period is a time from Start until End (half-open), in whole seconds.
type Period struct{ Start, End time.Time }

// CoverEvent is what somebody does about a request.
type CoverEvent struct {
	Kind   CoverKind
	Person string
	At     time.Time // when
	Hours  Period    // that are accepted; zero: all that are open
}

// CoverKind is a kind of CoverEvent.
type CoverKind string

// The kinds.
const (
	// CoverAccepted: the person takes the hours, all of them, or none if somebody
	// was faster for any.
	CoverAccepted CoverKind = "accepted"

	// CoverDeclined: the person does not want to. To accept later is possible.
	CoverDeclined CoverKind = "declined"

	// CoverWithdrawn: the asker asks no longer. What has been taken stays so.
	CoverWithdrawn CoverKind = "withdrawn"
)

// CoverStatus is what has become of a request.
type CoverStatus string

// The states.
const (
	CoverOpen      CoverStatus = "open"      // some hours can be taken
	CoverComplete  CoverStatus = "complete"  // all hours are taken
	CoverExpired   CoverStatus = "expired"   // the hours that nobody took have begun
	CoverCancelled CoverStatus = "withdrawn" // the asker wants no more of them covered
)

// CoverState is a request at an instant.
type CoverState struct {
	Status   CoverStatus
	Taken    []Taken  // in order of time
	Open     []Period // what can be taken, in order of time
	Declined []string // who does not want to, in order of time
}

// Taken are hours that somebody accepted.
type Taken struct {
	Person string
	Hours  Period
}

// Check reports whether a request can be made at an instant: as a *FieldError,
// whose field is such as "cover.hours", or a *RefusedError.
func (c CoverRequest) Check(rota *Rota, now time.Time) error {
	switch {
	case c.ID == "":
		return &FieldError{Field: "cover.id", Want: "a non-empty id"}
	case c.Schedule != rota.ID():
		return &FieldError{Field: "cover.schedule", Want: fmt.Sprintf("the schedule %q, not %q", rota.ID(), c.Schedule)}
	case c.Asker == "":
		return &FieldError{Field: "cover.asker", Want: "the id of a person; it is empty"}
	case slices.Contains(c.Asked, c.Asker):
		return &FieldError{Field: "cover.asked", Want: "others than the asker"}
	case !c.Hours.valid():
		return &FieldError{Field: "cover.hours", Want: wantHours}
	case !now.Before(c.Hours.Start):
		return refuse(c.ID, c.Asker, Begun, c.Hours)
	case !meets(rota, c.Asker, c.Rotation, c.Hours):
		return refuse(c.ID, c.Asker, NotOnCall, c.Hours)
	}
	return nil
}

// Decide reports whether an event may be added to those there are, as a
// *RefusedError or a *FieldError.
//
// One cannot take one's own hours, hours that are asked of others, hours in which
// one is on call already, or hours that somebody else has taken. An open stretch
// of hours can be taken until it begins: from then on it stays with the asker, who
// may make a new request for the rest.
func (c CoverRequest) Decide(rota *Rota, events []CoverEvent, e CoverEvent) error {
	if e.Hours != (Period{}) && !e.Hours.valid() {
		return &FieldError{Field: "event.hours", Want: wantHours}
	}
	if e.At.IsZero() {
		return &FieldError{Field: "event.at", Want: "an instant; it is missing"}
	}
	state := c.fold(events)
	why := state.refusal(c, e)
	if why == "" && e.Kind == CoverAccepted {
		for _, h := range state.wants(e) {
			if meets(rota, e.Person, "", h) {
				why = Twice
			}
		}
	}
	if why == "" && c.unseats(state, append(slices.Clone(events), e)) {
		why = TakenAlready
	}
	if why != "" {
		return refuse(c.ID, e.Person, why, cmp.Or(e.Hours, c.Hours))
	}
	return nil
}

// unseats reports whether events take hours from somebody who had them: one of them
// is earlier than what was decided without it.
func (c CoverRequest) unseats(decided coverFold, events []CoverEvent) bool {
	taken := c.fold(events).taken
	return slices.ContainsFunc(decided.taken, func(t Taken) bool { return !slices.Contains(taken, t) })
}

// State returns what has become of a request at an instant. The events may be in
// any order: the earliest counts first, and of those at the same instant the one of
// the person whose id comes first. Events that Decide would refuse
// change nothing, as far as that can be told without the schedule: Decide first,
// and keep what it accepts.
func (c CoverRequest) State(events []CoverEvent, now time.Time) CoverState {
	f := c.fold(slices.DeleteFunc(slices.Clone(events), func(e CoverEvent) bool { return e.At.After(now) }))
	s := CoverState{Taken: f.taken, Declined: f.declined}
	slices.SortFunc(s.Taken, func(a, b Taken) int { return a.Hours.Start.Compare(b.Hours.Start) })
	if !f.withdrawn {
		s.Open = slices.DeleteFunc(f.free, func(h Period) bool { return !now.Before(h.Start) })
	}
	switch {
	case len(s.Open) > 0:
		s.Status = CoverOpen
	case len(f.free) == 0:
		s.Status = CoverComplete
	case f.withdrawn:
		s.Status = CoverCancelled
	default:
		s.Status = CoverExpired
	}
	return s
}

// Overrides returns the overrides that put those who accepted on call instead of
// the asker, to be added to the schedule. Their ids are made of the request's id
// and the start of the hours, which nobody can take twice.
func (c CoverRequest) Overrides(events []CoverEvent) (overrides []Override) {
	for _, t := range c.fold(events).taken {
		overrides = append(overrides, Override{
			ID: fmt.Sprintf("%s/%s", c.ID, t.Hours.Start.UTC().Format("20060102T150405Z")), Start: t.Hours.Start, End: t.Hours.End,
			Rotation: c.Rotation, Replaces: c.Asker, People: []string{t.Person},
			Reason: strings.TrimSuffix("cover request "+c.ID+": "+c.Reason, ": "),
		})
	}
	return overrides
}

// coverFold is what events have made of a request.
type coverFold struct {
	taken     []Taken  // in the order in which they were
	free      []Period // not taken; in order of time
	declined  []string
	withdrawn bool
}

func (c CoverRequest) fold(events []CoverEvent) coverFold {
	f := coverFold{free: []Period{c.Hours}}
	events = slices.Clone(events)
	slices.SortFunc(events, func(a, b CoverEvent) int {
		return cmp.Or(a.At.Compare(b.At), cmp.Compare(a.Person, b.Person), cmp.Compare(a.Kind, b.Kind),
			a.Hours.Start.Compare(b.Hours.Start), a.Hours.End.Compare(b.Hours.End))
	})
	for _, e := range events {
		if f.refusal(c, e) == "" {
			f.apply(e)
		}
	}
	return f
}

func (f *coverFold) apply(e CoverEvent) {
	f.declined = slices.DeleteFunc(f.declined, func(p string) bool { return p == e.Person })
	switch e.Kind {
	case CoverAccepted:
		for _, h := range f.wants(e) {
			f.taken = append(f.taken, Taken{Person: e.Person, Hours: h})
			f.free = without(f.free, h)
		}
	case CoverDeclined:
		f.declined = append(f.declined, e.Person)
	case CoverWithdrawn:
		f.withdrawn = true
	}
}

// wants returns the hours that an acceptance is about.
func (f *coverFold) wants(e CoverEvent) []Period {
	if e.Hours != (Period{}) {
		return []Period{e.Hours}
	}
	return slices.DeleteFunc(slices.Clone(f.free), func(h Period) bool { return !e.At.Before(h.Start) })
}

// refusal says why an event is none; empty: it is one.
func (f *coverFold) refusal(c CoverRequest, e CoverEvent) Refusal {
	own := e.Person == c.Asker
	switch {
	case e.Person == "" || e.Kind != CoverAccepted && e.Kind != CoverDeclined && e.Kind != CoverWithdrawn:
		return Unknown
	case (e.Kind == CoverWithdrawn) != own:
		return Own
	case !own && len(c.Asked) > 0 && !slices.Contains(c.Asked, e.Person):
		return NotAsked
	case f.withdrawn:
		return Withdrawn
	case len(f.free) == 0:
		return TakenAlready
	case e.Kind == CoverAccepted:
		return f.unavailable(c, e)
	case !slices.ContainsFunc(f.free, func(h Period) bool { return e.At.Before(h.Start) }):
		return Begun
	}
	return ""
}

// unavailable says why hours cannot be taken.
func (f *coverFold) unavailable(c CoverRequest, e CoverEvent) Refusal {
	if e.Hours == (Period{}) {
		if len(f.wants(e)) == 0 {
			return Begun
		}
		return ""
	}
	if !e.Hours.valid() || e.Hours.Start.Before(c.Hours.Start) || e.Hours.End.After(c.Hours.End) {
		return NotOffered
	}
	i := slices.IndexFunc(f.free, func(h Period) bool { return !e.Hours.Start.Before(h.Start) && !e.Hours.End.After(h.End) })
	switch {
	case i < 0:
		return TakenAlready
	case !e.At.Before(f.free[i].Start):
		return Begun
	}
	return ""
}
