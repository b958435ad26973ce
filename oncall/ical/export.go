package ical

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/incidentkit/incidentkit/oncall"
)

// ExportOptions say how shifts are written. Only Stamp is required.
type ExportOptions struct {
	// Schedule is the id of the schedule. With a shift's rotation, person and
	// start it makes the UID of an event, so it must stay the same for a calendar
	// program to know an event again.
	Schedule string

	// Name is what a calendar program calls the feed.
	Name string

	// Zone is the IANA time zone in which a program shows the feed if it has no
	// zone of its own; empty: none. The times are in UTC in any case.
	Zone string

	// Stamp is when the feed was made (DTSTAMP), to the second. With the same
	// one, the same shifts give the same bytes.
	Stamp time.Time

	// Refresh is how often a program should ask for the feed again, in whole
	// seconds; 0: every hour. Google Calendar decides for itself.
	Refresh time.Duration

	// PersonName returns a person's name for people to read; nil: the id.
	PersonName func(id string) string

	// Gaps are written as events of their own, after the shifts; nil: none.
	Gaps iter.Seq[oncall.Gap]
}

// Write writes shifts as a feed for Google Calendar, Outlook, Apple Calendar and
// others: one event each, in the order given. Import reads the same shifts back.
//
// A shift has the same UID in every export as long as its schedule, rotation,
// person and start are the same. One that is cut off where the range begins starts
// elsewhere, so a feed should begin at a handoff, or well in the past.
//
// The error is that of the writer, or an *oncall.FieldError for a shift or an
// option that cannot be written; some of the feed may have been written by then.
func Write(w io.Writer, o ExportOptions, shifts iter.Seq[oncall.Shift]) error {
	if why := wrongInstant(o.Stamp.Truncate(time.Second)); why != "" {
		return &oncall.FieldError{Field: "stamp", Want: why}
	}
	if _, ok := loadIANA(o.Zone); !ok && o.Zone != "" {
		return &oncall.FieldError{Field: "zone", Want: fmt.Sprintf(`an IANA time zone such as "Europe/Berlin", not %q`, shorten(o.Zone))}
	}
	if o.Refresh < 0 || o.Refresh%time.Second != 0 {
		return &oncall.FieldError{Field: "refresh", Want: fmt.Sprintf("whole seconds, 0 or more, not %s", o.Refresh)}
	}
	if o.Refresh == 0 {
		o.Refresh = time.Hour
	}
	out := &lineWriter{w: w}
	e := exporter{ExportOptions: o, out: out, seen: map[string]int{}}
	e.head()
	n := 0
	for s := range shifts {
		if err := e.shift(s, n); err != nil {
			return err
		}
		if n++; out.err != nil {
			return out.err
		}
	}
	if o.Gaps != nil {
		n = 0
		for g := range o.Gaps {
			if err := e.gap(g, n); err != nil {
				return err
			}
			n++
		}
	}
	out.line("END", "VCALENDAR")
	return out.err
}

type exporter struct {
	ExportOptions
	out  *lineWriter
	seen map[string]int // how often a UID would have been given
}

func (e *exporter) head() {
	refresh := fmt.Sprintf("PT%dS", int64(e.Refresh/time.Second))
	e.out.line("BEGIN", "VCALENDAR")
	e.out.line("VERSION", "2.0")
	e.out.line("PRODID", "-//incidentkit//oncall//EN")
	e.out.line("CALSCALE", "GREGORIAN")
	e.out.line("METHOD", "PUBLISH")
	if e.Name != "" {
		e.out.text("NAME", e.Name) // RFC 7986; the other is what most programs read
		e.out.text("X-WR-CALNAME", e.Name)
	}
	if e.Zone != "" {
		e.out.text("X-WR-TIMEZONE", e.Zone)
	}
	e.out.line("REFRESH-INTERVAL;VALUE=DURATION", refresh)
	e.out.line("X-PUBLISHED-TTL", refresh)
}

func (e *exporter) shift(s oncall.Shift, n int) error {
	field := fmt.Sprintf("shifts[%d]", n)
	if s.Person == "" || !utf8.ValidString(s.Person) || strings.ContainsFunc(s.Person, unicode.IsControl) {
		return &oncall.FieldError{Field: field + ".person", Want: fmt.Sprintf("an id in UTF-8 without control characters, not %q", shorten(s.Person))}
	}
	name := s.Person
	if e.PersonName != nil {
		name = e.PersonName(s.Person)
	}
	return e.event(field, s.Start, s.End, "On call: "+name, s.Rule(), s.Person, s.Rotation, s.Person)
}

func (e *exporter) gap(g oncall.Gap, n int) error {
	summary, description := "Nobody on call", ""
	if g.Intended {
		summary, description = "Nobody on call, as intended", g.Reason
	}
	return e.event(fmt.Sprintf("gaps[%d]", n), g.Start, g.End, summary, description, "")
}

// event writes one event. What follows the person makes its UID, with the schedule
// and the start.
func (e *exporter) event(field string, start, end time.Time, summary, description, person string, identity ...string) error {
	for name, t := range map[string]time.Time{".start": start, ".end": end} {
		if why := wrongInstant(t); why != "" {
			return &oncall.FieldError{Field: field + name, Want: why}
		}
	}
	if !end.After(start) {
		return &oncall.FieldError{Field: field + ".end", Want: "an instant after the start"}
	}
	e.out.line("BEGIN", "VEVENT")
	e.out.line("UID", e.uid(start, identity))
	e.out.line("DTSTAMP", utc(e.Stamp))
	e.out.line("DTSTART", utc(start))
	e.out.line("DTEND", utc(end))
	e.out.text("SUMMARY", summary)
	if description != "" {
		e.out.text("DESCRIPTION", description)
	}
	e.out.line("TRANSP", "TRANSPARENT") // who is on call has time for meetings
	e.out.text(propPerson, person)
	e.out.line("END", "VEVENT")
	return nil
}

// uid makes a UID that is the same whenever its parts are. Of several events that
// have the same parts in one export, each has its own.
func (e *exporter) uid(start time.Time, identity []string) string {
	h := sha256.New()
	part := func(s string) {
		h.Write(binary.BigEndian.AppendUint64(nil, uint64(len(s)))) // so that "a", "bc" is not "ab", "c"
		h.Write([]byte(s))
	}
	part(e.Schedule)
	part(utc(start))
	for _, s := range identity {
		part(s)
	}
	uid := hex.EncodeToString(h.Sum(nil)[:16])
	e.seen[uid]++
	if n := e.seen[uid]; n > 1 {
		uid = fmt.Sprintf("%s-%d", uid, n)
	}
	return uid + "@incidentkit"
}

func utc(t time.Time) string { return t.UTC().Format("20060102T150405Z") }

// wrongInstant says what would be right instead of an instant that cannot be
// written; it is empty if it can.
func wrongInstant(t time.Time) (want string) {
	switch year := t.UTC().Year(); {
	case t.IsZero():
		return "an instant; it is missing"
	case year < oncall.MinYear || year > oncall.MaxYear:
		return fmt.Sprintf("a year from %d to %d, not %d", oncall.MinYear, oncall.MaxYear, year)
	case t.Nanosecond() != 0:
		return "a whole second, not " + t.Format(time.RFC3339Nano)
	}
	return ""
}
