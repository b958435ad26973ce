// Package gather is what importers have in common: it parses the documents, keeps
// each schedule and policy beside the place it came from, the people, and the
// report of what was lost or assumed; and it reads ids, zones, instants, times of the week and
// the turns of rotations.
package gather

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/internal/zonename"
	"github.com/incidentkit/incidentkit/oncall"
)

// Import is one call of an importer. It is for one goroutine.
type Import struct {
	Options importers.Options // its Zone is empty or an IANA name
	Docs    []*jsondoc.Doc    // those that are documents

	several   bool // files
	errs      []error
	schedules []placed
	policies  policies
	people    map[string]importers.Person
	notes     []note
}

// placed is a schedule and where it comes from.
type placed struct {
	oncall.Schedule
	node jsondoc.Node
}

// note is one of the report, and the document that it is about.
type note struct {
	oncall.Note
	doc *jsondoc.Doc
}

// Open parses the files. Those that are no documents are errors of Result, and so
// is a zone in the options that is not known.
func Open(o importers.Options, files []importers.File) *Import {
	im := &Import{
		Options: o, several: len(files) > 1, people: map[string]importers.Person{},
		policies: policies{teams: map[string]escalation.Group{}, places: map[string]importers.Place{}},
	}
	if zone, ok := zonename.IANA(o.Zone); ok || o.Zone == "" {
		im.Options.Zone = zone
	} else {
		im.errs = append(im.errs, &importers.Error{Path: "Options.Zone", Want: wantZone, Got: fmt.Sprintf("%q", o.Zone)})
	}
	for i, f := range files {
		doc, err := jsondoc.Parse(cmp.Or(f.Name, fmt.Sprintf("file %d", i+1)), f.Data)
		if err != nil {
			im.errs = append(im.errs, err)
			continue
		}
		im.Docs = append(im.Docs, doc)
	}
	if len(files) == 0 {
		im.errs = append(im.errs, &importers.Error{Want: "a document", Got: "nothing"})
	}
	return im
}

// Loss notes that something in the document is not in the result.
//
// A note is one sentence without its full stop, and says what is not kept or
// assumed, and what that means for who is on call.
func (im *Import) Loss(at jsondoc.Node, format string, args ...any) {
	im.note(oncall.Loss, at.Doc(), at.Path(), fmt.Sprintf(format, args...))
}

// Assume notes that the document allows another reading.
func (im *Import) Assume(at jsondoc.Node, format string, args ...any) {
	im.note(oncall.Assumption, at.Doc(), at.Path(), fmt.Sprintf(format, args...))
}

func (im *Import) note(level oncall.NoteLevel, doc *jsondoc.Doc, path, text string) {
	if im.several {
		path = doc.Name() + "#" + path
	}
	im.notes = append(im.notes, note{oncall.Note{Level: level, Path: path, Text: text}, doc})
}

// Person takes down what is known of somebody; nothing without an id. What comes
// first stays.
func (im *Import) Person(id, name, email string) {
	if id == "" {
		return
	}
	known := im.people[id]
	known.ID, known.Name, known.Email = id, cmp.Or(known.Name, name), cmp.Or(known.Email, email)
	im.people[id] = known
}

// Contact takes down one more way to reach somebody, besides the email address.
func (im *Import) Contact(id string, c importers.Contact) {
	known := im.people[id]
	if id == "" || slices.Contains(known.Contacts, c) || c.Channel == "email" && c.To == known.Email {
		return
	}
	known.ID, known.Contacts = id, append(known.Contacts, c)
	im.people[id] = known
}

// First returns where somebody is reached by a channel: by the first contact for it
// and, if there is none for email, at the email address.
func (im *Import) First(id, channel string) string {
	person := im.people[id]
	for _, c := range person.Contacts {
		if c.Channel == channel {
			return c.To
		}
	}
	if channel == "email" {
		return person.Email
	}
	return ""
}

// Rules takes down how somebody wants to be notified.
func (im *Import) Rules(id string, r escalation.Rules) {
	if known := im.people[id]; id != "" && len(known.Rules.High)+len(known.Rules.Low) == 0 {
		known.ID, known.Rules = id, r
		im.people[id] = known
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

// Result hands back what was taken down, with what nobody asked the documents for
// as losses. It is an error if anything is wrong with a document, or with a
// schedule or a policy, which then is an error at its place.
func (im *Import) Result() (importers.Result, error) {
	im.checkNamed()
	if im.err() == nil { // what is half read need not be valid
		im.validate()
		im.validatePolicies()
	}
	if err := im.err(); err != nil {
		return importers.Result{}, err
	}
	result := importers.Result{
		Policies: im.policies.all(),
		Teams:    im.policies.sortedTeams(),
		Places:   im.policies.sortedPlaces(),
		People:   slices.SortedFunc(maps.Values(im.people), func(a, b importers.Person) int { return cmp.Compare(a.ID, b.ID) }),
		Report:   im.report(),
	}
	for _, s := range im.schedules {
		result.Schedules = append(result.Schedules, s.Schedule)
	}
	return result, nil
}

func (im *Import) err() error {
	errs := slices.Clone(im.errs)
	for _, doc := range im.Docs {
		errs = append(errs, doc.Err())
	}
	return errors.Join(errs...)
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

// report returns the notes in the order of the documents.
func (im *Import) report() []oncall.Note {
	var report []oncall.Note
	for _, doc := range im.Docs {
		for _, path := range doc.Unread() {
			im.note(oncall.Loss, doc, path, "this has no counterpart and was left out")
		}
		for _, n := range im.notes {
			if n.doc == doc {
				report = append(report, n.Note)
			}
		}
	}
	return report
}
