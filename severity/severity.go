// Package severity holds the scale on which customer impact is measured, and
// the times that each level promises.
package severity

import "time"

// Level is one severity: how much customers are affected.
type Level struct {
	ID          string // such as "SEV1"; unique within the scale
	Name        string // such as "Critical"
	Description string // the plain rule by which a human recognises it
	Targets     Targets

	// Review says that an incident of this level may not be closed before its
	// review is complete.
	Review bool
}

// Targets are the times a level promises, counted from when the incident was
// opened; ReviewDue counts from when it was resolved, Cadence from the update
// before. Zero: nothing is promised.
type Targets struct {
	Acknowledge time.Duration // someone has answered a page
	FirstUpdate time.Duration // customers have been told
	Cadence     time.Duration // longest silence between updates
	Mitigate    time.Duration // customers are no longer affected
	ReviewDue   time.Duration // the review is complete
}
