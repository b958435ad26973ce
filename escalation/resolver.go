package escalation

import (
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// Resolver says who stands behind a target at an instant. It must give the same
// answer whenever it is asked the same. [World] is one.
type Resolver interface {
	// Resolve appends whom the target leads to, in the order they are to be paged, to
	// dst and returns it. Where that is nobody it says why. Targets that are policies
	// do not come here.
	Resolve(dst []Candidate, t Target, at time.Time) (found []Candidate, why string)
}

// Candidate is a person behind a target, or the target itself.
type Candidate struct {
	Person string

	// Itself says that the target is paged itself: a channel, a webhook, a vendor.
	Itself bool

	Shift  oncall.Shift // for schedules: what puts the person on call
	Rule   string       // else: how the target led here
	Skills []string     // what the person can do

	// Code and Why say why paging the person is of no use: SkipUnreachable, SkipAbsent
	// or SkipNotReady. Empty: it is.
	Code SkipCode
	Why  string

	// Quiet is when the person does not want to be paged; nil: never.
	Quiet *QuietHours
}
