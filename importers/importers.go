// Package importers holds what the importers of other products' schedules and
// escalation policies have in common. Each product has a package of its own below
// this one, with one function:
//
//	func Import(o importers.Options, files ...importers.File) (importers.Result, error)
//
// An importer reads what the product's API answers, and returns schedules and
// policies that give the same people at the same instants. What it cannot keep, or has to
// assume, it reports; nothing is dropped silently. A document that cannot be
// read is an error that joins an [Error] for each thing that is wrong.
//
// Importers do no I/O and may be used by any number of goroutines at once.
package importers

import (
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/internal/jsondoc"
	"github.com/incidentkit/incidentkit/oncall"
)

// File is a document to import.
type File struct {
	// Name is for errors and, where there are several files, for reports: the path
	// of a note then begins with it, as in "overrides.json#/overrides/0". Empty: it
	// is "file 1", "file 2" and so on.
	Name string
	Data []byte
}

// Options are what a document may leave open.
type Options struct {
	// At is the instant of the export, for products whose document is true only
	// then and does not say when that was.
	At time.Time

	// From and To bound what has to be written out shift by shift.
	From, To time.Time

	// Zone is the time zone of the request that wrote the document, for products
	// that write wall-clock times in it. Like the zones in documents it may have
	// its name from IANA, Ruby on Rails or Windows. Empty: the zone of the schedule.
	Zone string
}

// Error says what is wrong with one value of a document, and where that is. In
// place of a document, an option may be wrong: then Path is its name, such as
// "Options.Zone".
type Error = jsondoc.Error

// Person is somebody whom a document names.
type Person struct {
	ID    string // the product's
	Name  string // may be empty
	Email string // may be empty

	// Contacts are how else to reach the person, in order of preference.
	Contacts []Contact

	// Zone is the IANA time zone where the person lives, in which nights and weekends
	// are counted. Empty: the document does not say.
	Zone string

	// Rules are how the person wants to be notified: High and Low, with channels of
	// Contacts or "email". Empty: the document does not say.
	Rules escalation.Rules
}

// Contact is one way to reach a person.
type Contact struct {
	Channel string // such as "sms", "phone" or "slack"
	To      string
}

// Result is what came in.
type Result struct {
	Schedules []oncall.Schedule   // in the order of the documents
	Policies  []escalation.Policy // in the order of the documents
	Teams     []escalation.Group  // that policies page, sorted by id
	Places    []Place             // that policies page, sorted by type and id
	People    []Person            // sorted by id
	Report    []oncall.Note       // in the order of the documents
}

// Place is a channel or a webhook that a policy pages.
type Place struct {
	Type escalation.TargetType // TargetChannel or TargetWebhook
	ID   string                // the product's
	Name string                // may be empty

	// Channel is what the product reaches it by, such as "slack" or "webhook", and To
	// the address there; both may be empty, where the document does not say.
	Channel, To string
}
