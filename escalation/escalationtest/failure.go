package escalationtest

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/oncall"
)

// note marks a place in a timeline.
type note struct {
	at   time.Time // zero: there is none
	want string    // what should be there
}

// failure says what is wrong, draws what happened with a mark where that is, and
// says who was on call then.
func (r *Run) failure(why string, n note) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n\n", why)
	marked := n.want == ""
	mark := func() {
		fmt.Fprintf(&b, "  > %-8s %s  << want here: %s\n", offset(n.at.Sub(r.start)), shortTime(n.at, r.start), n.want)
		marked = true
	}
	for _, m := range r.play.course.Moments {
		if !marked && m.At.After(n.at) {
			mark()
		}
		fmt.Fprintf(&b, "    %-8s %s  %s\n", offset(m.At.Sub(r.start)), shortTime(m.At, r.start), say(m))
	}
	if !marked {
		mark()
	}
	b.WriteString(r.onCall(cmpTime(n.at, r.now)))
	b.WriteString("\n" + r.begin())
	return b.String()
}

func cmpTime(t, or time.Time) time.Time {
	if t.IsZero() {
		return or
	}
	return t
}

// begin says what incident it is.
func (r *Run) begin() string {
	s := "It began on " + r.start.Format("Monday 2 January 2006 15:04 MST")
	if severity := r.play.setting.Facts.Severity; severity != "" {
		s += " as " + severity
	}
	return s + ", under policy " + r.play.setting.Ladder.ID() + "."
}

// onCall says who is on call at an instant on each of the schedules, and by which
// rule.
func (r *Run) onCall(at time.Time) string {
	return onCall(r.world, at, offset(at.Sub(r.start))+", which is "+shortTime(at, r.start))
}

func onCall(world *escalation.World, at time.Time, when string) string {
	if len(world.Schedules) == 0 {
		return ""
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\nOn call at %s:\n", when)
	for _, id := range slices.Sorted(maps.Keys(world.Schedules)) {
		rota := world.Schedules[id]
		shifts := rota.AppendAt(nil, at)
		for _, s := range shifts {
			fmt.Fprintf(&b, "    %s: %s, by %s\n", id, s.Person, s.Rule())
		}
		if len(shifts) == 0 {
			fmt.Fprintf(&b, "    %s: nobody%s\n", id, until(rota, at))
		}
	}
	return b.String()
}

// until says until when nobody is on call.
func until(rota *oncall.Rota, at time.Time) string {
	_, err := rota.At(at)
	var nobody *oncall.NobodyError
	if !errors.As(err, &nobody) || nobody.Until.IsZero() {
		return ""
	}
	return " until " + nobody.Until.In(at.Location()).Format("2006-01-02 15:04 MST")
}

// courseLines are the lines of a course: white space around them is not part of
// it.
func courseLines(text string) []string {
	var out []string
	for line := range strings.Lines(text) {
		if line = strings.TrimSpace(line); line != "" {
			out = append(out, line)
		}
	}
	return out
}

// storyLines are the lines of a story as they stand.
func storyLines(text string) []string { return strings.Split(text, "\n") }

// alike reports whether a line is what is wanted, if a reason is.
func alike(want, got string) bool {
	return got == want || strings.HasPrefix(got, want+": ")
}

func equal(want, got string, split func(string) []string) bool {
	return slices.EqualFunc(split(want), split(got), alike)
}

// maxDiff is how many lines of each text are compared to find what they share.
const maxDiff = 2000

// diff draws what is wanted (-) and what is so (+), with what they share.
func diff(want, got string, split func(string) []string) string {
	a, b := split(want), split(got)
	a, b = a[:min(len(a), maxDiff)], b[:min(len(b), maxDiff)]
	shared := make([][]int, len(a)+1) // how many lines the rest of both can share
	for i := range shared {
		shared[i] = make([]int, len(b)+1)
	}
	for i := range slices.Backward(a) {
		for j := len(b) - 1; j >= 0; j-- {
			if shared[i][j] = max(shared[i+1][j], shared[i][j+1]); alike(a[i], b[j]) {
				shared[i][j] = shared[i+1][j+1] + 1
			}
		}
	}
	var out []string
	for i, j := 0, 0; i < len(a) || j < len(b); {
		switch {
		case i < len(a) && j < len(b) && alike(a[i], b[j]):
			out = append(out, "    "+b[j])
			i, j = i+1, j+1
		case j == len(b) || i < len(a) && shared[i+1][j] >= shared[i][j+1]:
			out = append(out, "  - "+a[i])
			i++
		default:
			out = append(out, "  + "+b[j])
			j++
		}
	}
	return strings.Join(nearChanges(out), "\n") + "\n"
}

// A long text is shown only as far as it is near what differs.
const (
	longDiff = 60 // lines
	nearDiff = 5
)

func nearChanges(diff []string) []string {
	if len(diff) <= longDiff {
		return diff
	}
	var out []string
	left := 0 // how many lines after a change are still to be shown
	for i, line := range diff {
		ahead := diff[i:min(i+nearDiff+1, len(diff))]
		if slices.ContainsFunc(ahead, changed) {
			left = nearDiff + 1
		}
		switch {
		case left > 0:
			out = append(out, line)
		case left == 0:
			out = append(out, "    …")
		}
		if left--; changed(line) {
			left = nearDiff
		}
	}
	return out
}

func changed(line string) bool { return !strings.HasPrefix(line, "    ") }
