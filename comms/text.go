package comms

import (
	"fmt"
	"strings"
	"time"
	"unicode"
)

// CleanText makes text of unknown origin safe to show. Alerts carry whatever a
// monitored program logged: terminal escapes, or characters that make the rest
// of the line run backwards.
//
// Line breaks of every kind become "\n" and tabs stay. Any other control
// character, any bidirectional override and any invalid UTF-8 becomes U+FFFD,
// so that a reader sees that something was there.
func CleanText(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return r
		case breaksLine(r):
			return '\n'
		case unicode.IsControl(r), overridesDirection(r):
			return unicode.ReplacementChar
		}
		return r // invalid UTF-8 arrives, and leaves, as U+FFFD
	}, strings.ReplaceAll(s, "\r\n", "\n"))
}

// CleanLine is CleanText on one line: each run of white space becomes one
// space, and none is left at either end.
func CleanLine(s string) string {
	return strings.Join(strings.Fields(CleanText(s)), " ")
}

// breaksLine reports whether any common program would start a new line here.
func breaksLine(r rune) bool {
	switch r {
	case '\n', '\r', '\v', '\f', '\u0085', '\u2028', '\u2029':
		return true
	}
	return false
}

// overridesDirection reports the embeddings, overrides and isolates, which
// reorder text around them. The plain marks, which Hebrew and Arabic need, do
// not.
func overridesDirection(r rune) bool {
	return r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// String returns the reason as one line: Text, or where that is empty a line
// composed of what else is known. A reason without any part is empty.
func (r Reason) String() string {
	if r.Text != "" {
		return CleanLine(r.Text)
	}
	var parts []string
	add := func(given bool, format string, args ...any) {
		if given {
			parts = append(parts, fmt.Sprintf(format, args...))
		}
	}
	add(r.Policy != "", "escalation policy %s", r.Policy)
	add(r.PlanVersion > 0, "plan version %d", r.PlanVersion)
	add(r.Run != "", "run %s", r.Run)
	add(r.Round > 0, "round %d", r.Round)
	add(r.Step > 0, "step %d", r.Step)
	add(r.Target != "", "%s", r.Target)
	add(r.Rule != "", "%s", r.Rule)
	add(!r.Due.IsZero(), "due %s", r.Due.UTC().Format(time.RFC3339))
	return CleanLine(strings.Join(parts, ", "))
}
