package escalationtest

import (
	"fmt"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/escalation/internal/words"
)

// say says what a moment is: what happens and, if it is an effect, why.
func say(m escalation.Moment) string {
	if m.Answer != nil {
		s := sayAnswer(*m.Answer, m.At)
		if m.Err != nil {
			s += ", and that is refused: " + strings.TrimPrefix(m.Err.Error(), "escalation: ")
		}
		return s
	}
	s := sayEffect(m.Effect)
	if m.Follows {
		s = strings.Replace(s, "page ", "tell ", 1)
	}
	if m.Channel != "" {
		s += " by " + m.Channel
	}
	if m.Failed {
		s += " in vain"
	}
	if m.Effect.Due.Before(m.At) && !m.Effect.Due.IsZero() && !m.Follows {
		s += ", due " + shortTime(m.Effect.Due, m.At)
	}
	return s + ": " + m.Reason()
}

func sayEffect(e escalation.Effect) string {
	who := e.Person
	if who == "" && e.Target != (escalation.Target{}) {
		who = e.Target.String()
	}
	switch e.Kind {
	case escalation.Page, escalation.Remind:
		return string(e.Kind) + " " + who
	case escalation.Fallback:
		return "page " + who + " as the last resort"
	case escalation.Skip:
		if who == "" {
			return fmt.Sprintf("skip step %d", e.Step)
		}
		return "skip " + who
	case escalation.Hold:
		return fmt.Sprintf("hold step %d", e.Step)
	case escalation.Repeat:
		return fmt.Sprintf("begin round %d", e.Round)
	case escalation.Resume:
		return "resume"
	case escalation.HandOver:
		return "hand over to " + e.Tier
	case escalation.Exhaust:
		return "exhausted"
	case escalation.Raise:
		return "raise to " + e.Severity
	}
	return string(e.Kind)
}

func sayAnswer(a escalation.Answer, now time.Time) string {
	who := a.By
	if who == "" {
		who = a.Target
	}
	switch a.Kind {
	case escalation.Acknowledge, escalation.Decline, escalation.Escalate:
		return who + " " + string(a.Kind) + "s"
	case escalation.Snooze:
		return who + " snoozes until " + shortTime(a.Until, now)
	case escalation.HandBack:
		return who + " hands it back"
	case escalation.Reassign:
		return who + " reassigns it to " + sayTargets(a.To)
	case escalation.HandOn:
		return "the page to " + who + " is handed on to " + sayTargets(a.To)
	case escalation.Repage:
		return who + " pages again"
	case escalation.Undelivered:
		return "the page to " + who + " is not delivered"
	case escalation.Stop:
		return "the run is stopped"
	}
	return who + ": " + string(a.Kind)
}

func sayTargets(targets []escalation.Target) string {
	if len(targets) == 0 {
		return "nobody else"
	}
	to := make([]string, len(targets))
	for i, t := range targets {
		to[i] = t.String()
	}
	return strings.Join(to, " and ")
}

// sayProgress says where a run stands.
func sayProgress(p escalation.Progress, now time.Time) string {
	switch p.State {
	case escalation.Running:
		return "it waits until " + shortTime(p.Due, now)
	case escalation.Snoozed:
		return "it is snoozed by " + p.By + " until " + shortTime(p.Due, now)
	case escalation.Acknowledged:
		s := "it is over: acknowledged by " + p.By
		if !p.Expires.IsZero() {
			s += ", which holds until " + shortTime(p.Expires, now)
		}
		return s
	case escalation.Exhausted, escalation.Stopped:
	}
	return "it is over: " + string(p.State)
}

// shortTime writes an instant as a clock shows it in the zone of another, with the
// date if it is on another day, and the name of the zone if the clock shows it
// twice.
func shortTime(t, beside time.Time) string {
	if t.IsZero() {
		return "ever"
	}
	t = t.In(beside.Location())
	layout := "15:04:05.999999999"
	if t.Nanosecond() == 0 {
		layout = "15:04:05"
	}
	if t.Truncate(time.Minute).Equal(t) {
		layout = "15:04"
	}
	if t.Year() != beside.Year() || t.YearDay() != beside.YearDay() {
		layout = "2006-01-02 " + layout
	}
	if twice(t) {
		layout += " MST"
	}
	return t.Format(layout)
}

// twice reports whether the clock shows the time of t again, or did before.
func twice(t time.Time) bool {
	for _, d := range []time.Duration{-time.Hour, time.Hour} {
		if t.Add(d).Format(time.DateTime) == t.Format(time.DateTime) {
			return true
		}
	}
	return false
}

// offset writes how long after the beginning something is, as "+1h30m".
func offset(d time.Duration) string {
	if d < 0 {
		return "-" + words.Length(-d)
	}
	return "+" + words.Length(d)
}

// lines yields the lines of a text that say something, with their numbers, from 1.
func lines(text string) func(yield func(int, string) bool) {
	return func(yield func(int, string) bool) {
		n := 0
		for line := range strings.Lines(text) {
			n++
			line = strings.TrimSpace(line)
			if line != "" && !strings.HasPrefix(line, "#") && !yield(n, line) {
				return
			}
		}
	}
}
