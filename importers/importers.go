// Package importers holds what the importers of other products' schedules have
// in common. Each product has a package of its own below this one, with one
// function:
//
//	func Import(o importers.Options, files ...importers.File) (importers.Result, error)
//
// An importer reads what the product's API answers, and returns schedules that
// give the same people at the same instants. What it cannot keep, or has to
// assume, it reports; nothing is dropped silently. A document that cannot be
// read is an error with the path in the document.
//
// Importers do no I/O and may be used by any number of goroutines at once.
package importers

import (
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// File is a document to import.
type File struct {
	Name string // for errors and reports
	Data []byte
}

// Options are what a document may leave open.
type Options struct {
	// At is the instant of the export, for products whose document is true only
	// then and does not say when that was.
	At time.Time

	// From and To bound what has to be written out shift by shift.
	From, To time.Time

	// Zone is the IANA zone of the request that wrote the document, for products
	// that write wall-clock times in it. Empty: the zone of the schedule.
	Zone string
}

// Person is somebody whom a document names.
type Person struct {
	ID    string // the product's
	Name  string // may be empty
	Email string // may be empty
}

// Result is what came in.
type Result struct {
	Schedules []oncall.Schedule // in the order of the documents
	People    []Person          // sorted by id
	Report    []oncall.Note     // in the order of the documents
}
