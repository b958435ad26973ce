// Package gather is what importers of documents in loose pieces have in common: it
// keeps each schedule beside the place it came from, and reads ids, instants, times
// of the week and the turns of rotations.
package gather

import (
	"errors"
	"time"

	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/importers/internal/ledger"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// Import is one call of an importer. It is for one goroutine.
type Import struct {
	ledger.Ledger
	Options importers.Options
	Docs    []*jsondoc.Doc

	schedules []placed
}

// placed is a schedule and where it comes from.
type placed struct {
	oncall.Schedule
	node jsondoc.Node
}

// Open parses the files. Those that are no documents are errors of Result.
func Open(o importers.Options, files []importers.File) *Import {
	im := &Import{Options: o}
	im.Docs = im.Parse(files)
	return im
}

// Person takes down what is known of somebody; nothing without an id.
func (im *Import) Person(id, name, email string) {
	if id != "" {
		im.Ledger.Person(id, name, email)
	}
}

// ID reads an id, a text or a number. Without one it takes the name in its
// place, and says so.
func (im *Import) ID(n jsondoc.Node, name string) string {
	if n.Exists() || name == "" {
		return n.Text()
	}
	im.Assume(n, "there is no id, so the name %q is taken for one", name)
	return name
}

// Add takes down a schedule that was read from a place in a document.
func (im *Import) Add(n jsondoc.Node, s oncall.Schedule) {
	im.schedules = append(im.schedules, placed{s, n})
}

// Result hands back what was taken down. What a schedule has against it is an
// error at its place.
func (im *Import) Result() (importers.Result, error) {
	if !im.failed() { // what is half read need not be valid
		im.validate()
	}
	list := make([]oncall.Schedule, len(im.schedules))
	for i, s := range im.schedules {
		list[i] = s.Schedule
	}
	return im.Ledger.Result(list)
}

func (im *Import) failed() bool {
	for _, doc := range im.Docs {
		if doc.Err() != nil {
			return true
		}
	}
	return false
}

func (im *Import) validate() {
	seen := map[string]bool{}
	for _, s := range im.schedules {
		if seen[s.ID] {
			s.node.Failf("each schedule once; %q came before", s.ID)
		}
		seen[s.ID] = true
		for _, err := range oncall.Validate(s.Schedule) {
			if field, ok := errors.AsType[*oncall.FieldError](err); ok {
				s.node.Failf("a schedule in which %s is %s", field.Field, field.Want)
			} else {
				s.node.Failf("a schedule that is valid (%v)", err)
			}
		}
	}
}

// Instant reads an instant, in UTC and in whole seconds.
func (im *Import) Instant(n jsondoc.Node) time.Time {
	im.whole(n)
	return ledger.Instant(n)
}

// InstantOr reads an instant that may be left out, which gives the zero Time.
func (im *Import) InstantOr(n jsondoc.Node) time.Time {
	im.whole(n)
	return ledger.InstantOr(n)
}

func (im *Import) whole(n jsondoc.Node) {
	if n.TimeOr(time.Time{}).Nanosecond() != 0 {
		im.Assume(n, "the fraction of a second is dropped")
	}
}

// Now returns the instant of the export, for a document that does not say from
// when its turns are counted. Without one it records that the value is missing.
func (im *Import) Now(n jsondoc.Node) (t time.Time, ok bool) {
	if im.Options.At.IsZero() {
		n.Fail("an instant from which turns are counted, or else the instant of the export in the options (At)")
		return time.Time{}, false
	}
	t = im.Options.At.UTC().Truncate(time.Second)
	im.Assume(n, "the document does not say whose turn it is when: the first member is taken to have the turn at %s, "+
		"and nobody any turn before that one", t.Format(time.RFC3339))
	return t, true
}
