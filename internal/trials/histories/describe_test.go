package histories

import (
	"fmt"
	"strings"
	"time"
)

// How calls, answers and states read in porcupine's picture of a history, and
// which streams a call may hold locks in.

func (c commitCall) touches(stream int) bool { return c.stream == stream }
func (c settleCall) touches(stream int) bool { return c.stream == stream }
func (c lostClaim) touches(stream int) bool  { return c.stream == stream }
func (c claimCall) touches(int) bool         { return true }
func (c loadCall) touches(int) bool          { return false }
func (c eventsCall) touches(int) bool        { return false }

const unseen = "no answer"

func (c commitCall) describe(answer any) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Commit %s at %d: #%d, %d events", streamName(c.stream), c.expect, c.token, c.events)
	if c.operation >= 0 {
		b.WriteString(", op " + operationName(c.operation))
	}
	if c.fence != nil {
		fmt.Fprintf(&b, ", fence %s epoch %d", taskName(c.fence.task), c.fence.epoch)
	}
	for _, w := range c.schedule {
		fmt.Fprintf(&b, ", schedule %s at %s", taskName(w.task), clockFace(w.due))
	}
	for _, part := range []struct {
		verb string
		list []int
		name func(int) string
	}{{"cancel", c.cancel, taskName}, {"release", c.release, keyName}, {"take", c.take, keyName}} {
		if len(part.list) > 0 {
			fmt.Fprintf(&b, ", %s %s", part.verb, strings.Join(named(part.list, part.name), " "))
		}
	}
	switch got, seen := answer.(committed); {
	case !seen:
		return b.String() + " -> " + unseen
	case got.refused != "":
		return fmt.Sprintf("%s -> %s", b.String(), got.refused)
	default:
		return fmt.Sprintf("%s -> version %d, replayed %t", b.String(), got.version, got.replayed)
	}
}

func (c settleCall) describe(answer any) string {
	what := fmt.Sprintf("Settle %s %s epoch %d: %s %s", streamName(c.stream), taskName(c.fence.task), c.fence.epoch,
		c.outcome, time.Duration(c.delay)*time.Microsecond)
	got, seen := answer.(settled)
	switch {
	case !seen:
		return what + " -> " + unseen
	case got.refused != "":
		return fmt.Sprintf("%s -> %s", what, got.refused)
	}
	return what + " -> held"
}

func (c loadCall) describe(answer any) string {
	what := "Load "
	if c.stream >= 0 {
		what += streamName(c.stream).String()
	} else {
		what += "holder of " + tenantNames[c.tenant] + "/" + keyName(c.key)
	}
	got, seen := answer.(loaded)
	switch {
	case !seen:
		return what + " -> " + unseen
	case got.stream < 0:
		return what + " -> nobody"
	}
	return fmt.Sprintf("%s -> %s version %d #%d", what, streamName(got.stream), got.version, got.snapshot)
}

func (c eventsCall) describe(answer any) string {
	got, seen := answer.(read)
	if !seen {
		return "Events " + streamName(c.stream).String() + " -> " + unseen
	}
	return fmt.Sprintf("Events %s -> %d, digest %x", streamName(c.stream), got.version, got.log)
}

func (c claimCall) describe(answer any) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Claim %d for %s", c.limit, time.Duration(c.lease)*time.Microsecond)
	for i, except := range c.except {
		if except {
			b.WriteString(", not " + tenantNames[i])
		}
	}
	got, seen := answer.(claims)
	if !seen {
		return b.String() + " -> " + unseen
	}
	fmt.Fprintf(&b, " -> at %s:", clockFace(got.now))
	for _, k := range got.tasks {
		fmt.Fprintf(&b, " %s/%s #%d due %s attempt %d epoch %d until %s,", streamName(k.stream), taskName(k.task), k.payload,
			clockFace(k.due), k.attempt, k.epoch, clockFace(k.until))
	}
	fmt.Fprintf(&b, " next %s", clockFace(got.next))
	return b.String()
}

func (c lostClaim) describe(any) string {
	return fmt.Sprintf("lost Claim of %s/%s for %s", streamName(c.stream), taskName(c.task), time.Duration(c.lease)*time.Microsecond)
}

func clockFace(micros int64) string {
	if micros == 0 {
		return "never"
	}
	return time.UnixMicro(micros).UTC().Format("15:04:05.000000")
}

func (s state) describe() string {
	var b strings.Builder
	for i, st := range s.streams[:] {
		fmt.Fprintf(&b, "%s: version %d #%d done %v\n", streamName(i), st.version, st.snapshot, st.done)
		for j, t := range st.tasks {
			if t.exists {
				fmt.Fprintf(&b, "  %s #%d due %s attempt %d held %t epoch %d until %s\n", taskName(j), t.payload,
					clockFace(t.due.hi), t.attempt, t.held, t.epoch, clockFace(t.until.hi))
			}
		}
	}
	fmt.Fprintf(&b, "keys %v", s.holders)
	return b.String()
}
