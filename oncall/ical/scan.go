package ical

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	ics "github.com/arran4/golang-ical"
)

// component is a part of a calendar from BEGIN to END, with those of its lines
// that somebody asks for.
type component struct {
	name     string
	path     string // VEVENT[3], counted from 0 among those of its name and parent
	line     int
	lines    []contentLine
	children []*component
	count    map[string]int // of children, by name
}

// contentLine is an unfolded line that has not been taken apart yet.
type contentLine struct {
	name string // in upper case
	text string // from after the name on
	line int
}

// property is a line, taken apart. The value of a text is unescaped.
type property struct {
	params map[string][]string // names in upper case
	value  string
	line   int
}

// param returns the first value of a parameter.
func (p property) param(name string) string {
	if values := p.params[name]; len(values) > 0 {
		return values[0]
	}
	return ""
}

// scan checks the whole document against the limits and its structure, and
// returns the VCALENDAR. Lines that nothing asks for are not looked into.
func scan(data []byte, limits Limits) (*component, error) {
	if len(data) > limits.MaxBytes {
		return nil, overLimit("MaxBytes", 0, "a calendar of at most %d bytes, not %d", limits.MaxBytes, len(data))
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if at := bytes.IndexByte(data, 0); at >= 0 {
		return nil, &Error{Line: 1 + bytes.Count(data[:at], []byte("\n")), Want: "text in UTF-8; there is a zero byte"}
	}
	s := scanner{rest: data, limits: limits, root: &component{}}
	s.open = []*component{s.root}
	for {
		text, err := s.next()
		if err != nil {
			return nil, err
		}
		if text == "" {
			break
		}
		if err := s.take(text); err != nil {
			return nil, err
		}
	}
	if last := s.innermost(); last != s.root {
		return nil, &Error{Line: s.ends, Want: fmt.Sprintf("END:%s for the one begun at line %d; the document ends here", last.name, last.line)}
	}
	if len(s.root.children) == 0 {
		return nil, &Error{Line: 1, Want: "BEGIN:VCALENDAR; the document is empty"}
	}
	return s.root.children[0], nil
}

type scanner struct {
	rest   []byte
	line   int // where the last one begins; counted from 1
	ends   int // where it ends, which is later if it is folded
	limits Limits

	root       *component
	open       []*component // the root, and whatever has begun and not ended
	components int
	events     int
}

func (s *scanner) innermost() *component { return s.open[len(s.open)-1] }

// next returns the next line that is not empty, unfolded; "" at the end.
func (s *scanner) next() (string, error) {
	var text []byte
	for len(text) == 0 && len(s.rest) > 0 {
		s.ends++
		s.line = s.ends
		text = s.physical()
		folded := false
		for len(s.rest) > 0 && (s.rest[0] == ' ' || s.rest[0] == '\t') {
			if len(text) > s.limits.MaxLine {
				break
			}
			if !folded { // what follows must not be written over the document
				text, folded = bytes.Clone(text), true
			}
			s.ends++
			s.rest = s.rest[1:]
			text = append(text, s.physical()...)
		}
		if len(text) > s.limits.MaxLine {
			return "", overLimit("MaxLine", s.line, "a line of at most %d bytes", s.limits.MaxLine)
		}
	}
	return string(text), nil
}

// physical cuts off one line as it stands in the document.
func (s *scanner) physical() []byte {
	text, rest, _ := bytes.Cut(s.rest, []byte("\n"))
	s.rest = rest
	return bytes.TrimRight(text, "\r")
}

// take puts a line where it belongs.
func (s *scanner) take(text string) error {
	end := strings.IndexAny(text, ":;")
	if end <= 0 || !isName(text[:end]) {
		return &Error{Line: s.line, Want: fmt.Sprintf("a property such as DTSTART:20260105T090000Z, not %q", shorten(text))}
	}
	name, rest := strings.ToUpper(text[:end]), text[end:]
	inner := s.innermost()
	switch {
	case name == "BEGIN":
		return s.begin(strings.ToUpper(strings.TrimSpace(rest[1:])))
	case name == "END":
		if got := strings.ToUpper(strings.TrimSpace(rest[1:])); inner == s.root || got != inner.name {
			return s.misplaced("END:" + got)
		}
		s.open = s.open[:len(s.open)-1]
	case inner == s.root:
		return s.misplaced(name)
	case isRead(name):
		if params(rest) > maxParams {
			return &Error{Line: s.line, Path: inner.path + "/" + name, Want: fmt.Sprintf("at most %d parameters", maxParams)}
		}
		inner.lines = append(inner.lines, contentLine{name: name, text: rest, line: s.line})
	}
	return nil
}

func (s *scanner) begin(name string) error {
	parent := s.innermost()
	switch {
	case !isName(name):
		return &Error{Line: s.line, Want: fmt.Sprintf("the name of a component, such as BEGIN:VEVENT, not %q", shorten("BEGIN:"+name))}
	case parent == s.root && (name != "VCALENDAR" || len(s.root.children) > 0):
		return s.misplaced("BEGIN:" + name)
	case len(s.open) > maxDepth:
		return &Error{Line: s.line, Want: fmt.Sprintf("components at most %d deep", maxDepth)}
	}
	s.components++
	if s.components > s.limits.MaxComponents {
		return overLimit("MaxComponents", s.line, "at most %d components", s.limits.MaxComponents)
	}
	if name == "VEVENT" {
		s.events++
		if s.events > s.limits.MaxEvents {
			return overLimit("MaxEvents", s.line, "at most %d events", s.limits.MaxEvents)
		}
	}
	if parent.count == nil {
		parent.count = map[string]int{}
	}
	c := &component{name: name, line: s.line, path: name + "[" + strconv.Itoa(parent.count[name]) + "]"}
	if parent.name != "" && parent.name != "VCALENDAR" {
		c.path = parent.path + "/" + c.path
	}
	parent.count[name]++
	parent.children = append(parent.children, c)
	s.open = append(s.open, c)
	return nil
}

// misplaced says what would be right where something is not.
func (s *scanner) misplaced(got string) error {
	want := "END:" + s.innermost().name
	if s.innermost() == s.root {
		want = "BEGIN:VCALENDAR"
		if len(s.root.children) > 0 {
			want = "nothing after END:VCALENDAR"
		}
	}
	return &Error{Line: s.line, Want: fmt.Sprintf("%s, not %q", want, shorten(got))}
}

// all takes apart all properties of a name. A line that is malformed is bad.
func (c *component) all(name string) (good []property, bad []*Error) {
	for _, l := range c.lines {
		if l.name != name {
			continue
		}
		parsed, err := ics.ParseProperty(ics.ContentLine(l.name + l.text))
		if err != nil || parsed == nil {
			bad = append(bad, &Error{Line: l.line, Path: c.path + "/" + name, Want: "parameters and a value such as ;TZID=Europe/Berlin:20260105T090000"})
			continue
		}
		p := property{value: strings.ToValidUTF8(parsed.Value, "\uFFFD"), line: l.line, params: make(map[string][]string, len(parsed.ICalParameters))}
		for key, values := range parsed.ICalParameters {
			p.params[strings.ToUpper(strings.Trim(key, "; "))] = values
		}
		good = append(good, p)
	}
	return good, bad
}

// text returns the first value of a property; "" if there is none.
func (c *component) text(name string) string {
	good, _ := c.all(name)
	if len(good) == 0 {
		return ""
	}
	return good[0].value
}

// isName reports whether a text has the form of a name in the standard.
func isName(s string) bool {
	for i := range len(s) {
		c := s[i]
		if (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return s != ""
}

// isRead reports whether anything here asks for a property.
func isRead(name string) bool {
	switch name {
	case "METHOD", "CALSCALE", "NAME", "X-WR-CALNAME", "X-WR-TIMEZONE", // of the calendar
		"UID", "RECURRENCE-ID", "SEQUENCE", "LAST-MODIFIED", "DTSTAMP", "STATUS", "TRANSP", // of an event
		"DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "EXRULE",
		"SUMMARY", "DESCRIPTION", "LOCATION", "ATTENDEE", propPerson,
		"TZID", "X-LIC-LOCATION", "TZOFFSETFROM", "TZOFFSETTO": // of a time zone
		return true
	}
	return false
}

// params is at least the number of parameters, and of values of them, in what
// follows the name of a property.
func params(text string) int {
	n, quoted := 0, false
	for i := range len(text) {
		switch text[i] {
		case '"':
			quoted = !quoted
		case ';', ',':
			n++
		case ':':
			if !quoted {
				return n
			}
		}
	}
	return n
}

// shorten makes a text fit into a message.
func shorten(text string) string {
	if len(text) > 60 {
		text = strings.ToValidUTF8(text[:60], "") + "…"
	}
	return text
}
