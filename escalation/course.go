package escalation

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/incidentkit/incidentkit/escalation/internal/words"
)

// Course is what happens, in order of time.
type Course struct {
	Start    time.Time
	Moments  []Moment
	Progress Progress // at the end
	Cut      bool     // there would be more: it was cut off, by Until or MaxMoments
}

// Moment is one thing that happens: an effect, a message to a person that follows
// from an earlier page, or an answer.
type Moment struct {
	At     time.Time
	Effect Effect // of an answer: zero

	Channel string   // by which the message goes; empty: none does, or it has no name
	Follows bool     // it is another message about an earlier page
	With    []Effect // of a message: the earlier pages that it tells of as well
	Failed  bool     // the channel did not take it
	Instead string   // the channel that did not take the message that this one is in place of

	// Arrived is 1 for the first message about a page that arrives, 2 for the second,
	// and so on; 0: this moment is none.
	Arrived int

	// Waits is of a page: when the first message about it goes, where that is later.
	Waits time.Time

	Answer *Answer // nil: it is none
	Err    error   // why the answer was refused
}

// Action names what happens: the kind of the effect (but "exhausted" for Exhaust),
// "message" for another message about a page, and "answer" for an answer.
func (m Moment) Action() string {
	switch {
	case m.Answer != nil:
		return "answer"
	case m.Follows:
		return "message"
	case m.Effect.Kind == Exhaust:
		return "exhausted"
	}
	return string(m.Effect.Kind)
}

// Person returns the id of whoever it is about; empty: nobody.
func (m Moment) Person() string {
	if m.Answer != nil {
		return m.Answer.By
	}
	return m.Effect.Person
}

// Reason says in a sentence why it happens, and what becomes of it.
func (m Moment) Reason() string {
	var parts []string
	add := func(format string, args ...any) { parts = append(parts, fmt.Sprintf(format, args...)) }
	switch {
	case m.Answer != nil:
		add("%s", m.Answer.text())
	case m.Instead != "":
		add("in place of %s, which failed", m.Instead)
	case !m.Follows || m.Effect.Kind == Remind:
		add("%s", m.Effect.Reason())
	case m.Arrived > 1:
		add("again, as nobody has answered %s", m.Effect.which())
	default:
		add("about %s", m.Effect.which())
	}
	if len(m.With) > 0 {
		add("with %s before it", words.Count(len(m.With), "page"))
	}
	if !m.Waits.IsZero() {
		add("the message goes %s later", words.Length(m.Waits.Sub(m.At)))
	}
	if m.Failed {
		add("the channel does not take it")
	}
	if m.Err != nil {
		add("refused: %s", strings.TrimPrefix(m.Err.Error(), "escalation: "+string(m.Answer.Kind)+": "))
	}
	return strings.Join(parts, "; ")
}

// which names a page.
func (e Effect) which() string {
	if e.Kind == Fallback {
		return "the last resort"
	}
	s := fmt.Sprintf("the page of step %d", e.Step)
	if e.Round > 1 {
		s += fmt.Sprintf(", round %d", e.Round)
	}
	return s
}

// text says what the answer is.
func (a Answer) text() string {
	s := strings.ReplaceAll(string(a.Kind), "_", " ")
	if a.Kind == Snooze {
		s += " for " + words.Length(a.Until.Sub(a.At))
	}
	var to []string
	for _, t := range a.To {
		to = append(to, t.String())
	}
	if a.Target != "" { // of Undelivered
		to = append(to, a.Target)
	}
	if len(to) > 0 {
		s += " to " + strings.Join(to, ", ")
	}
	return s
}

// Reached is a person whom a page has reached, and the first time that one did.
type Reached struct {
	Person string
	At     time.Time
	After  time.Duration // since the start of the course
	By     Moment
}

// Paged returns the people whom a page or the last resort has reached, each once,
// in order of time. Somebody none of whose channels took a message is not among
// them.
func (c Course) Paged() []Reached {
	var out []Reached
	seen := map[string]bool{}
	for _, m := range c.Moments {
		if !m.pages() || seen[m.Effect.Person] {
			continue
		}
		seen[m.Effect.Person] = true
		out = append(out, Reached{Person: m.Effect.Person, At: m.At, After: m.At.Sub(c.Start), By: m})
	}
	return out
}

// First returns the moment at which a page or the last resort first reaches a
// person; false: none does.
func (c Course) First(person string) (m Moment, ok bool) {
	i := slices.IndexFunc(c.Moments, func(m Moment) bool { return m.pages() && m.Effect.Person == person })
	if i < 0 {
		return m, false
	}
	return c.Moments[i], true
}

// pages reports whether a page reaches a person.
func (m Moment) pages() bool {
	return m.Arrived > 0 && m.Effect.Person != "" && (m.Effect.Kind == Page || m.Effect.Kind == Fallback)
}

// At returns what happens at an instant.
func (c Course) At(at time.Time) []Moment {
	var out []Moment
	for _, m := range c.Moments {
		if m.At.Equal(at) {
			out = append(out, m)
		}
	}
	return out
}

// Effects returns the run's, in order: the course without messages and answers.
func (c Course) Effects() []Effect {
	var out []Effect
	for _, m := range c.Moments {
		if m.Answer == nil && !m.Follows {
			out = append(out, m.Effect)
		}
	}
	return out
}

// String draws the course for people to read, one line for each moment: the time
// since the start, the wall clock in the zone of the start, round and step, what is
// done, to whom, by which channel, and why. A line of its own names each new day.
// The last says how it ends.
func (c Course) String() string {
	rows := make([][]string, len(c.Moments))
	for i, m := range c.Moments {
		rows[i] = m.row(c.Start)
	}
	widths := columnWidths(rows)
	var b strings.Builder
	day := ""
	for i, row := range rows {
		at := c.Moments[i].At.In(c.Start.Location())
		if today := at.Format("Mon 2006-01-02 MST"); today != day {
			day = today
			b.WriteString(day + "\n")
		}
		var line strings.Builder
		line.WriteString(" ")
		for j, cell := range row[:len(row)-1] {
			pad := strings.Repeat(" ", widths[j]-utf8.RuneCountInString(cell))
			if j == 0 {
				cell, pad = pad+cell, ""
			}
			if widths[j] > 0 {
				line.WriteString(" " + cell + pad + " ")
			}
		}
		line.WriteString(" " + row[len(row)-1])
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	b.WriteString(c.end() + "\n")
	return b.String()
}

// columnWidths returns how wide each column is.
func columnWidths(rows [][]string) []int {
	var widths []int
	for _, row := range rows {
		for len(widths) < len(row) {
			widths = append(widths, 0)
		}
		for j, cell := range row {
			widths[j] = max(widths[j], utf8.RuneCountInString(cell))
		}
	}
	return widths
}

// row writes the moment, by column.
func (m Moment) row(start time.Time) []string {
	place := ""
	if m.Effect.Round > 0 && m.Effect.Step > 0 {
		place = strconv.Itoa(m.Effect.Round) + "." + strconv.Itoa(m.Effect.Step)
	}
	who := m.Person()
	if who == "" && m.Effect.Target != (Target{}) {
		who = m.Effect.Target.String()
	}
	return []string{
		"+" + words.Length(m.At.Sub(start)), clockOf(m.At.In(start.Location())), place, m.Action(), who, m.Channel, m.Reason(),
	}
}

// end says how the course ends.
func (c Course) end() string {
	p := c.Progress
	s := cmp.Or(string(p.State), "not begun")
	if p.By != "" && (p.State == Acknowledged || p.State == Snoozed || p.State == Stopped) {
		s += " by " + p.By
	}
	if c.Cut {
		return "cut off: still " + s
	}
	return "ends " + s
}
