// Package ledger collects what every importer hands back beside its schedules:
// the people, and the report of what was lost or assumed.
package ledger

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// Ledger collects. The zero Ledger is empty. It is for one goroutine at a time.
type Ledger struct {
	docs   []*jsondoc.Doc
	errs   []error
	people map[string]importers.Person
	notes  []oncall.Note
}

// Parse reads the documents that can be read; the others are errors of Result.
func (l *Ledger) Parse(files []importers.File) []*jsondoc.Doc {
	for _, f := range files {
		doc, err := jsondoc.Parse(f.Name, f.Data)
		if err != nil {
			l.errs = append(l.errs, err)
			continue
		}
		l.docs = append(l.docs, doc)
	}
	if len(files) == 0 {
		l.errs = append(l.errs, &jsondoc.Error{Want: "a document"})
	}
	return l.docs
}

// Loss notes that something in the document is not in the result.
func (l *Ledger) Loss(at jsondoc.Node, format string, args ...any) {
	l.note(oncall.Loss, at.Path(), format, args)
}

// Assume notes that the document allows another reading.
func (l *Ledger) Assume(at jsondoc.Node, format string, args ...any) {
	l.note(oncall.Assumption, at.Path(), format, args)
}

func (l *Ledger) note(level oncall.NoteLevel, path, format string, args []any) {
	l.notes = append(l.notes, oncall.Note{Level: level, Path: path, Text: fmt.Sprintf(format, args...)})
}

// Person adds what a document knows of somebody. What comes first stays.
func (l *Ledger) Person(id, name, email string) {
	if l.people == nil {
		l.people = make(map[string]importers.Person)
	}
	known := l.people[id]
	l.people[id] = importers.Person{ID: id, Name: cmp.Or(known.Name, name), Email: cmp.Or(known.Email, email)}
}

// Result adds what no document was asked for to the report, and hands back all.
// It is an error if anything was wrong with a document or would be with a
// schedule.
func (l *Ledger) Result(schedules []oncall.Schedule) (importers.Result, error) {
	errs := l.errs
	for _, doc := range l.docs {
		errs = append(errs, doc.Err())
		for _, path := range doc.Unread() {
			l.note(oncall.Loss, path, "this has no counterpart and was left out", nil)
		}
	}
	if err := errors.Join(errs...); err != nil {
		return importers.Result{}, err
	}
	seen := make(map[string]bool, len(schedules))
	for i := range schedules {
		if seen[schedules[i].ID] {
			return importers.Result{}, &jsondoc.Error{Want: "each schedule once", Got: fmt.Sprintf("%q again", schedules[i].ID)}
		}
		seen[schedules[i].ID] = true
		if err := errors.Join(oncall.Validate(schedules[i])...); err != nil {
			return importers.Result{}, fmt.Errorf("schedule %q: %w", schedules[i].ID, err)
		}
	}
	byID := func(a, b importers.Person) int { return cmp.Compare(a.ID, b.ID) }
	people := slices.SortedFunc(maps.Values(l.people), byID)
	return importers.Result{Schedules: schedules, People: people, Report: l.notes}, nil
}

// Zone reads the name of a zone. It is nil, and an error of the document, where
// there is no such zone.
func Zone(at jsondoc.Node) *time.Location {
	const want = `an IANA time zone such as "Europe/Berlin"`
	name := at.Str()
	if name == "" || name == "Local" || name[0] < 'A' || name[0] > 'Z' {
		at.Fail(want)
		return nil
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		at.Fail(want)
		return nil
	}
	return zone
}

// Instant reads an instant in whole seconds; what is less is cut off.
func Instant(at jsondoc.Node) time.Time { return inRange(at, at.Time()) }

// InstantOr reads an instant that may be left out, which gives the zero Time.
func InstantOr(at jsondoc.Node) time.Time { return inRange(at, at.TimeOr(time.Time{})) }

func inRange(at jsondoc.Node, t time.Time) time.Time {
	if year := t.UTC().Year(); !t.IsZero() && (year < oncall.MinYear || year >= oncall.MaxYear) {
		at.Failf("a year from %d to %d", oncall.MinYear, oncall.MaxYear-1)
		return time.Time{}
	}
	return t.UTC().Truncate(time.Second)
}

// Phase returns the wall-clock time of an instant from which turns are counted.
// From is the instant itself where the clock shows that time twice and the instant
// is the second: turns are counted from the first.
func Phase(t time.Time, zone *time.Location) (start oncall.LocalTime, from time.Time) {
	start = oncall.LocalOf(t.In(zone))
	if !start.In(zone).Equal(t) {
		from = t
	}
	return start, from
}

// IDs makes ids unique.
type IDs map[string]bool

// Unique returns the id, or the id with a number if it was asked for before.
func (ids IDs) Unique(id string) string {
	unique := id
	for n := 2; ids[unique]; n++ {
		unique = id + "-" + strconv.Itoa(n)
	}
	ids[unique] = true
	return unique
}
