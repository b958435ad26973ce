package oncall

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// OpenWork is something that is not finished when duty changes hands.
type OpenWork struct {
	ID    string
	Title string
	Owner string // the id of a person; empty: nobody
	Note  string // what whoever takes over has to know
}

// Handoff is what there is to hand over at an instant at which duty changes hands.
type Handoff struct {
	At time.Time

	Leaving []Shift // the last shifts of those who are on call until then, and not after
	Coming  []Shift // the first shifts of those who are on call from then, and not before
	Staying []Shift // of those who are on call before and after; the shifts after

	// Open is the work whose owner is not on call after the handoff, in the order
	// in which it came in. Others keep theirs.
	Open []OpenWork

	// Notes are what those who leave say, by the id of the person.
	Notes map[string]string

	// Missing is what a good handoff would have, and this one has not. Empty: it
	// is a good one.
	Missing []string
}

// NewHandoff reports on the handoff at an instant, from the shifts on both sides
// of it, the work that is not finished, and the notes of those who leave. Each of
// them has to leave a note, or open work of which all has notes; open work without
// one is missing it, whoever owns it.
func NewHandoff(at time.Time, shifts []Shift, work []OpenWork, notes map[string]string) Handoff {
	before, after := map[string]bool{}, map[string]bool{}
	for _, s := range shifts {
		before[s.Person] = before[s.Person] || s.Start.Before(at) && !s.End.Before(at)
		after[s.Person] = after[s.Person] || !s.Start.After(at) && s.End.After(at)
	}
	h := Handoff{At: at, Notes: notes}
	for _, s := range shifts {
		endsIt := s.Start.Before(at) && s.End.Equal(at)
		holds := !s.Start.After(at) && s.End.After(at)
		switch {
		case endsIt && !after[s.Person]:
			h.Leaving = append(h.Leaving, s)
		case holds && !before[s.Person]:
			h.Coming = append(h.Coming, s)
		case holds:
			h.Staying = append(h.Staying, s)
		}
	}
	for _, w := range work {
		if !after[w.Owner] {
			h.Open = append(h.Open, w)
		}
	}
	h.Missing = h.missing()
	return h
}

// missing returns what a good handoff would have.
func (h Handoff) missing() []string {
	var missing []string
	for _, w := range h.Open {
		if strings.TrimSpace(w.Note) == "" {
			missing = append(missing, w.ID+" has no note")
		}
	}
	for _, person := range peopleOf(h.Leaving) {
		owns := func(w OpenWork) bool { return w.Owner == person }
		if strings.TrimSpace(h.Notes[person]) == "" && !slices.ContainsFunc(h.Open, owns) {
			missing = append(missing, person+" leaves no note")
		}
	}
	if len(h.Leaving) > 0 && len(h.Coming) == 0 && len(h.Staying) == 0 {
		missing = append(missing, "nobody takes over")
	}
	return missing
}

// peopleOf returns the people of some shifts, each once.
func peopleOf(shifts []Shift) []string {
	var people []string
	for _, s := range shifts {
		if !slices.Contains(people, s.Person) {
			people = append(people, s.Person)
		}
	}
	return people
}

// Text returns the report as plain text. The instants are in the zone of At.
func (h Handoff) Text() string {
	var b strings.Builder
	instant := func(t time.Time) string { return t.In(h.At.Location()).Format("Mon 2006-01-02 15:04 MST") }
	fmt.Fprintf(&b, "Handoff on %s\n", instant(h.At))
	for _, person := range peopleOf(h.Leaving) {
		fmt.Fprintf(&b, "Leaves: %s\n", person)
		writeNote(&b, h.Notes[person])
	}
	for _, s := range h.Coming {
		fmt.Fprintf(&b, "Comes:  %s, until %s\n", s.Person, instant(s.End))
	}
	for _, s := range h.Staying {
		fmt.Fprintf(&b, "Stays:  %s, until %s\n", s.Person, instant(s.End))
	}
	if len(h.Coming)+len(h.Staying) == 0 {
		b.WriteString("Comes:  nobody\n")
	}
	if len(h.Open) == 0 {
		b.WriteString("Open work: none\n")
	} else {
		b.WriteString("Open work:\n")
	}
	for _, w := range h.Open {
		owner := w.Owner
		if owner == "" {
			owner = "nobody"
		}
		fmt.Fprintf(&b, "- %s %s (%s)\n", w.ID, w.Title, owner)
		writeNote(&b, w.Note)
	}
	if len(h.Missing) > 0 {
		fmt.Fprintf(&b, "Missing: %s\n", strings.Join(h.Missing, "; "))
	}
	return b.String()
}

// writeNote writes a note below what it is about, every line of it indented.
func writeNote(b *strings.Builder, note string) {
	if note = strings.TrimSpace(note); note != "" {
		fmt.Fprintf(b, "  %s\n", strings.ReplaceAll(note, "\n", "\n  "))
	}
}
