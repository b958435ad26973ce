package intake

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
	"unicode"
)

// summary returns one line that says what is wrong, never empty. Whoever wrote
// the alerting rule knows best, then whoever named it.
func summary(annotations, labels map[string]string) string {
	for _, s := range []string{
		annotations["summary"],
		annotations["description"],
		annotations["message"],
		labels["alertname"],
	} {
		if s = oneLine(s); s != "" {
			return clip(s, maxSummary)
		}
	}
	return "an alert without a name"
}

func oneLine(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }), " ")
}

// describe returns the description, and below it whatever else the annotations
// say: a runbook under any name must not get lost.
func (g group) describe(annotations map[string]string) string {
	var parts []string
	if text := strings.TrimSpace(annotations["description"]); text != "" {
		parts = append(parts, text)
	}
	var rest []string
	for _, name := range slices.Sorted(maps.Keys(annotations)) {
		if value := strings.TrimSpace(annotations[name]); value != "" && name != "summary" && name != "description" {
			rest = append(rest, oneLine(name)+": "+value)
		}
	}
	if len(rest) > 0 {
		parts = append(parts, strings.Join(rest, "\n"))
	}
	if g.truncated > 0 {
		parts = append(parts, fmt.Sprintf("Alertmanager left %d more alerts of this group out.", g.truncated))
	}
	return clip(strings.Join(parts, "\n\n"), maxDescription)
}

// link returns an address that is safe to follow, or nothing.
func link(s string) string {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return ""
	}
	return s
}
