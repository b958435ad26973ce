package escalationtest

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
)

// RequirePaged requires that the person was paged exactly so long after the
// incident began, and returns the page: by which channel, by which rule, and why.
// Nobody may be named of whom neither the world nor the policy knows.
func (r *Run) RequirePaged(person string, after time.Duration) escalation.Moment {
	r.t.Helper()
	r.know("RequirePaged", person)
	at := r.start.Add(after)
	var others []string
	for _, m := range r.play.course.Moments {
		if !pages(m) || m.Effect.Person != person {
			continue
		}
		if m.At.Equal(at) {
			return m
		}
		others = append(others, offset(m.At.Sub(r.start)))
	}
	why := fmt.Sprintf("%s is not paged at %s", person, offset(after))
	switch {
	case len(others) > 0:
		why += ", but at " + strings.Join(others, ", ")
	case at.After(r.now):
		why += ": it is only " + offset(r.now.Sub(r.start)) + ", and time passes by Advance"
	default:
		why += ", nor at any other time"
	}
	r.t.Fatalf("%s", r.failure(why, note{at: at, want: "page " + person}))
	return escalation.Moment{}
}

// RequireNotPaged requires that the person was not paged so far. Nobody may be named
// of whom neither the world nor the policy knows.
func (r *Run) RequireNotPaged(person string) {
	r.t.Helper()
	r.know("RequireNotPaged", person)
	for _, m := range r.play.course.Moments {
		if pages(m) && m.Effect.Person == person {
			r.t.Fatalf("%s", r.failure(fmt.Sprintf("%s is paged at %s, and should not be", person, offset(m.At.Sub(r.start))), note{at: m.At, want: "not " + sayEffect(m.Effect)}))
		}
	}
}

// RequireQuiet lets time pass and requires that nobody is paged, told again or
// reminded in it.
func (r *Run) RequireQuiet(d time.Duration) {
	r.t.Helper()
	seen := len(r.play.course.Moments)
	r.Advance(d)
	all := r.play.course.Moments
	for _, m := range all[min(seen, len(all)):] {
		if pages(m) || m.Follows || m.Effect.Kind == escalation.Remind {
			r.t.Fatalf("%s", r.failure(fmt.Sprintf("it should be quiet from %s to %s, and is not", offset(r.now.Add(-d).Sub(r.start)), offset(r.now.Sub(r.start))),
				note{at: m.At, want: "nothing"}))
		}
	}
}

// RequireState requires where the run stands now.
func (r *Run) RequireState(want escalation.State) {
	r.t.Helper()
	if got := r.play.course.Progress.State; got != want {
		r.t.Fatalf("%s", r.failure(fmt.Sprintf("the run should be %s, and is %s", want, got), note{}))
	}
}

// RequireCourse requires everything that has happened so far, a line each, as
// Text writes it. White space at both ends of a line does not count, and a line
// that leaves the reason out stands for one with any reason.
func (r *Run) RequireCourse(want string) {
	r.t.Helper()
	got := r.Text()
	if equal(want, got, courseLines) {
		return
	}
	at, _ := r.firstDifference(want)
	r.t.Fatalf("the course is another (- is wanted, + is so):\n\n%s%s\n%s", diff(want, got, courseLines), r.onCall(at), r.begin())
}

// RequireLine requires one line of the course, as Text writes it. One that leaves
// the reason out stands for one with any reason.
func (r *Run) RequireLine(want string) {
	r.t.Helper()
	want = strings.TrimSpace(want)
	if !slices.ContainsFunc(courseLines(r.Text()), func(got string) bool { return alike(want, got) }) {
		r.t.Fatalf("%s", r.failure("the course should have the line\n\n  - "+want, note{}))
	}
}

// Text writes everything that has happened so far, a line each: how long after the
// incident began, what, and why.
func (r *Run) Text() string {
	var b strings.Builder
	for _, m := range r.play.course.Moments {
		fmt.Fprintf(&b, "%s %s\n", offset(m.At.Sub(r.start)), say(m))
	}
	return b.String()
}

// firstDifference returns when the course first is not what is wanted.
func (r *Run) firstDifference(want string) (time.Time, bool) {
	wanted := courseLines(want)
	for i, m := range r.play.course.Moments {
		line := offset(m.At.Sub(r.start)) + " " + say(m)
		if i >= len(wanted) || !alike(wanted[i], line) {
			return m.At, true
		}
	}
	return r.now, false
}

// pages reports whether somebody is paged, or the first message about a page that
// had to wait arrives.
func pages(m escalation.Moment) bool {
	return m.Answer == nil && !m.Failed && (!m.Follows || m.Arrived == 1) &&
		(m.Effect.Kind == escalation.Page || m.Effect.Kind == escalation.Fallback)
}
