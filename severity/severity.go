// Package severity holds the scale on which customer impact is measured, the
// times that each level promises, and whether they were kept.
//
// A [Scale] is an ordered list of levels, the most severe first. It compares
// levels and finds them by id. [Targets.Clocks] sets what a level promises
// beside what happened:
//
//	opened          update    update     mitigated   resolved      reviewed
//	  |----------------|---------|-----------|-----------|------------|
//	  acknowledge →    cadence → cadence →               review due →
//	  first update →
//	  mitigate →
//
// Everything here is pure: the time comes in as an argument, and all values may
// be used by any number of goroutines at once.
package severity

import (
	"strings"
	"time"
)

// Level is one severity: how much customers are affected.
type Level struct {
	ID          string // such as "SEV1"; unique within the scale
	Name        string // such as "Critical"
	Description string // the plain rule by which a human recognizes it
	Targets     Targets

	// Review says that an incident of this level may not be closed before its
	// review is complete.
	Review bool
}

// Targets are the times a level promises, counted from when the incident was
// opened; ReviewDue counts from when it was resolved, Cadence from the update
// before. Zero: nothing is promised; otherwise MinTarget to MaxTarget.
type Targets struct {
	Acknowledge time.Duration // someone has answered a page
	FirstUpdate time.Duration // customers have been told
	Cadence     time.Duration // longest silence between updates
	Mitigate    time.Duration // customers are no longer affected
	ReviewDue   time.Duration // the review is complete
}

// Target names one of the Targets, in the form a plan's document uses.
type Target string

// The targets.
const (
	Acknowledge Target = "acknowledge"
	FirstUpdate Target = "first_update"
	Cadence     Target = "cadence"
	Mitigate    Target = "mitigate"
	ReviewDue   Target = "review_due"
)

// String returns the name as people write it: "first update".
func (t Target) String() string { return strings.ReplaceAll(string(t), "_", " ") }

// For returns what is promised for one target; 0 for an unknown one.
func (t Targets) For(target Target) time.Duration {
	switch target {
	case Acknowledge:
		return t.Acknowledge
	case FirstUpdate:
		return t.FirstUpdate
	case Cadence:
		return t.Cadence
	case Mitigate:
		return t.Mitigate
	case ReviewDue:
		return t.ReviewDue
	}
	return 0
}

// order lists the targets as they fall due in the course of an incident.
func order() [5]Target {
	return [5]Target{Acknowledge, FirstUpdate, Cadence, Mitigate, ReviewDue}
}
