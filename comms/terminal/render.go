package terminal

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/incidentkit/incidentkit/comms"
)

// width is that of the rules above and below a page; text is left to the
// terminal to wrap, so that it can still be searched and copied.
const width = 78

// palette holds the escapes for the parts of a page; empty without colour.
type palette struct{ page, drill, warn, strong, dim, reset string }

var ansi = palette{
	page:   "\x1b[1;97;41m",
	drill:  "\x1b[1;30;46m",
	warn:   "\x1b[1;33m",
	strong: "\x1b[1m",
	dim:    "\x1b[2m",
	reset:  "\x1b[0m",
}

// render lays a page out: what is wrong first, who and why after it. No text
// that came from outside begins a line, so that an alert cannot pass for the
// page's own words, "drill" least of all.
func render(m comms.Message, p palette) []byte {
	var b bytes.Buffer
	line := func(color, text string) {
		if p.reset != "" && color != "" {
			text = color + text + p.reset
		}
		b.WriteString(text)
		b.WriteByte('\n')
	}
	field := func(name, value string) {
		fmt.Fprintf(&b, "%s%-9s%s %s\n", p.dim, name, p.reset, comms.CleanLine(value))
	}

	kind, color := "PAGE", p.page
	if m.Drill {
		kind, color = "DRILL", p.drill
	}
	line(color, rule(kind+" === severity "+orElse(comms.CleanLine(m.Severity), "not known yet")))
	line(p.strong, "  "+comms.CleanLine(m.Subject))
	if m.Drill {
		line(p.drill, "=== This is a drill: an exercise, not an incident.")
	}
	if m.PossibleDuplicate {
		line(p.warn, "=== Possible duplicate: an earlier attempt may have reached you.")
	}
	b.WriteByte('\n')
	if body := strings.Trim(comms.CleanText(m.Body), "\n"); body != "" {
		for l := range strings.Lines(body) {
			fmt.Fprintf(&b, "  | %s\n", strings.TrimRight(l, "\n"))
		}
		b.WriteByte('\n')
	}
	field("to", recipient(m.To))
	field("why", orElse(m.Reason.String(), "no reason was given"))
	field("incident", fmt.Sprintf("%s (tenant %s)", m.Incident, m.Tenant))
	field("key", fmt.Sprintf("%s (attempt %d)", m.Key, m.Attempt))
	line(p.dim, strings.Repeat("=", width))
	return b.Bytes()
}

// recipient returns "Ana Diaz (ana) by terminal at desk-3".
func recipient(a comms.Address) string {
	s := a.Person
	if a.Name != "" {
		s = fmt.Sprintf("%s (%s)", a.Name, a.Person)
	}
	s += " by " + a.Channel
	if a.To != "" {
		s += " at " + a.To
	}
	return s
}

func rule(title string) string {
	title = "=== " + title + " "
	return title + strings.Repeat("=", max(3, width-len([]rune(title))))
}

func orElse(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
