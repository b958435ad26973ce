package severity

import (
	"slices"
	"time"
)

// Moments are the instants of one incident that targets are judged by. A zero
// time has not come yet, or is unknown; a zero Opened is always unknown.
type Moments struct {
	Opened       time.Time
	Acknowledged time.Time
	Updates      []time.Time // to customers, in any order
	Mitigated    time.Time
	Resolved     time.Time
	Reviewed     time.Time

	// Dropped is when the incident ended without being resolved: declined,
	// canceled or merged into another. Nothing is owed any more.
	Dropped time.Time

	// Incomplete says that a zero time, or no update, means unknown rather than
	// not yet, as in an incident that was written down in retrospect.
	Incomplete bool
}

// Clocks sets each target beside what happened, in the order acknowledge, first
// update, cadence, mitigate, review due. There is one for every target, also
// where nothing is promised.
//
// The clock of the cadence shows the silence that decides about it: the longest
// one that has ended, if that broke the promise or the incident is over;
// otherwise the one that still lasts.
func (t Targets) Clocks(m Moments) []Clock {
	over := m.Resolved
	if over.IsZero() {
		over = m.Dropped
	}
	updates := slices.SortedFunc(slices.Values(m.Updates), time.Time.Compare)
	updates = slices.DeleteFunc(updates, time.Time.IsZero)
	var first time.Time
	if len(updates) > 0 {
		first = updates[0]
	}

	from, until := decisiveSilence(updates, over, t.Cadence)
	clocks := []Clock{
		{Target: Acknowledge, Start: m.Opened, End: m.Acknowledged, Over: over},
		{Target: FirstUpdate, Start: m.Opened, End: first, Over: over},
		{Target: Cadence, Start: from, End: until, Over: over},
		{Target: Mitigate, Start: m.Opened, End: m.Mitigated, Over: over},
		{Target: ReviewDue, Start: m.Resolved, End: m.Reviewed, Over: m.Dropped},
	}
	for i := range clocks {
		c := &clocks[i]
		c.Promised = t.For(c.Target)
		noStart := c.Start.IsZero() && (m.Incomplete || m.Opened.IsZero())
		// A review takes place after the incident was written down, so that one
		// without a time has not been completed.
		noEnd := c.End.IsZero() && m.Incomplete && c.Target != ReviewDue
		c.Unknown = noStart || noEnd
	}
	return clocks
}

// decisiveSilence returns the silence that [Targets.Clocks] documents. Its end
// is zero while it lasts, and both are if there was no update before the end. It
// uses up the updates.
func decisiveSilence(updates []time.Time, over time.Time, promised time.Duration) (start, end time.Time) {
	if !over.IsZero() {
		updates = slices.DeleteFunc(updates, over.Before)
	}
	if len(updates) == 0 {
		return start, end
	}
	last := updates[len(updates)-1]
	if !over.IsZero() {
		updates = append(updates, over)
	}
	start, end = updates[0], updates[0]
	for i := 1; i < len(updates); i++ {
		if updates[i].Sub(updates[i-1]) > end.Sub(start) {
			start, end = updates[i-1], updates[i]
		}
	}
	if over.IsZero() && end.Sub(start) < promised {
		return last, time.Time{}
	}
	return start, end
}

// Clock is one target of one incident: what was promised, and what came of it.
type Clock struct {
	Target   Target
	Promised time.Duration // 0: nothing

	Start time.Time // zero: it has not begun to count, or nobody knows when
	End   time.Time // when what was promised was done; zero: not yet, or nobody knows when
	Over  time.Time // when the incident ended, which stops the clock; zero: it has not

	Unknown bool // a time that would be needed is not known
}

// State says how a clock stands.
type State string

// The states of a clock.
const (
	// None: nothing is owed. Either nothing was promised, or the clock has not
	// begun to count, or the incident ended before it was due.
	None    State = "none"
	Running State = "running" // not done, and there is time left
	Met     State = "met"     // done before the deadline
	Missed  State = "missed"  // not done before the deadline; at the deadline is too late
	Unknown State = "unknown" // a time that would be needed is not known
)

// Deadline returns the instant at which the promise is broken if it has not
// been kept by then; zero if nothing is promised or the start is not known.
func (c Clock) Deadline() time.Time {
	if c.Promised == 0 || c.Start.IsZero() {
		return time.Time{}
	}
	return c.Start.Add(c.Promised)
}

// State says how the clock stands at now.
func (c Clock) State(now time.Time) State {
	if c.Promised == 0 {
		return None
	}
	if c.Unknown {
		return Unknown
	}
	if c.Start.IsZero() {
		return None
	}
	deadline := c.Deadline()
	switch {
	case !c.End.IsZero() && c.End.Before(deadline):
		return Met
	case !c.Over.IsZero() && c.Over.Before(deadline):
		return None
	case c.End.IsZero() && c.Over.IsZero() && now.Before(deadline):
		return Running
	}
	return Missed
}

// Actual returns how long it took. It is known once both ends are, whether or
// not anything was promised. Something that had been done before the clock
// began to count took no time.
func (c Clock) Actual() (took time.Duration, known bool) {
	if c.Start.IsZero() || c.End.IsZero() {
		return 0, false
	}
	return max(0, c.End.Sub(c.Start)), true
}
