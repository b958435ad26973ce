package escalation

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation/internal/words"
)

// gate is a condition, compiled. A nil gate always holds.
type gate struct {
	Condition
	hours *hours
}

// holds reports whether the condition does.
func (g *gate) holds(about *Facts, now time.Time) bool {
	return g == nil || g.all(about, now) != g.Not
}

func (g *gate) all(about *Facts, now time.Time) bool {
	switch {
	case len(g.Severities) > 0 && !slices.Contains(g.Severities, about.Severity),
		g.Urgency != "" && g.Urgency != about.urgency(),
		len(g.Kinds) > 0 && !slices.Contains(g.Kinds, about.Kind),
		len(g.Components) > 0 && !slices.ContainsFunc(g.Components, func(c string) bool { return slices.Contains(about.Components, c) }),
		g.Alerts != nil && !g.Alerts.reached(about.Alerts, now):
		return false
	}
	for name, value := range g.Labels {
		if about.Labels[name] != value {
			return false
		}
	}
	return g.hours == nil || g.hours.on(now)
}

// change returns when time alone may next make a difference to the condition; zero:
// never.
func (g *gate) change(now time.Time, about *Facts) (at time.Time) {
	if g == nil {
		return at
	}
	if g.hours != nil {
		_, at = g.hours.at(now)
	}
	if g.Alerts != nil {
		for _, alert := range about.Alerts {
			if gone := alert.Add(g.Alerts.Within); gone.After(now) {
				at = earliest(at, gone)
			}
			if alert.After(now) {
				at = earliest(at, alert)
			}
		}
	}
	return at
}

// urgency returns the incident's, or that of one that has none.
func (f *Facts) urgency() Urgency {
	if f.Urgency == "" {
		return High
	}
	return f.Urgency
}

// reached reports whether enough alerts came in up to now.
func (c *AlertCount) reached(alerts []time.Time, now time.Time) bool {
	n := 0
	for _, at := range slices.Backward(alerts) {
		if !at.After(now) && at.After(now.Add(-c.Within)) {
			n++
		}
	}
	return n >= c.AtLeast
}

// String says what the condition wants: "severity is SEV1 or SEV2, and it is one of
// the hours".
func (c Condition) String() string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	if len(c.Severities) > 0 {
		add("severity is %s", either(c.Severities))
	}
	if c.Urgency != "" {
		add("urgency is %s", c.Urgency)
	}
	if len(c.Kinds) > 0 {
		add("kind is %s", either(c.Kinds))
	}
	if len(c.Components) > 0 {
		add("component is %s", either(c.Components))
	}
	for _, name := range slices.Sorted(maps.Keys(c.Labels)) {
		add("label %s is %q", name, c.Labels[name])
	}
	if c.Alerts != nil {
		add("%s came in within %s", words.Count(c.Alerts.AtLeast, "alert"), words.Length(c.Alerts.Within))
	}
	if c.Hours != nil {
		add("the time is %s", c.Hours)
	}
	s := strings.Join(parts, ", and ")
	switch {
	case s == "" && c.Not:
		return "never"
	case s == "":
		return "always"
	case c.Not:
		return "not (" + s + ")"
	}
	return s
}

// String says which hours these are: "09:00-17:00 Mon-Fri Europe/Berlin".
func (h Hours) String() string {
	parts := make([]string, len(h.Windows))
	for i, w := range h.Windows {
		opens := time.Date(2026, time.January, 4, w.Opens.Hour, w.Opens.Minute, w.Opens.Second, 0, time.UTC)
		parts[i] = w.Opens.String() + "-" + clockOf(opens.Add(w.Length))
		if w.Length > 24*time.Hour {
			parts[i] = w.Opens.String() + " for " + words.Length(w.Length)
		}
		if days := daysOf(w.Days.Has); days != "" {
			parts[i] += " " + days
		}
	}
	s := strings.Join(parts, ", ") + " " + h.Zone
	if h.Outside {
		return "outside " + s
	}
	return "within " + s
}

func clockOf(t time.Time) string {
	if t.Second() == 0 {
		return t.Format("15:04")
	}
	return t.Format("15:04:05")
}

// daysOf names the days of the week; empty: all of them.
func daysOf(has func(time.Weekday) bool) string {
	var days []string
	for i := range 7 {
		if d := time.Weekday((i + 1) % 7); has(d) {
			days = append(days, d.String()[:3])
		}
	}
	switch {
	case len(days) == 0 || len(days) == 7:
		return ""
	case slices.Equal(days, []string{"Mon", "Tue", "Wed", "Thu", "Fri"}):
		return "Mon-Fri"
	}
	return strings.Join(days, " ")
}

// either joins names: "a", "a or b", "a, b or c".
func either(names []string) string {
	last := len(names) - 1
	if last < 1 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:last], ", ") + " or " + names[last]
}
