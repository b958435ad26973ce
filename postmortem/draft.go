// Package postmortem drafts the internal review of an incident.
//
// [Draft] writes down what the timeline knows: times, durations, what was
// promised and whether it was kept, who was paged and why. What only people can
// know it asks for, and never makes up: the impact, the contributing factors, and
// what is to be done. There is no place for a single root cause, because
// incidents rarely have just one.
//
// The draft is internal. It names people and components, and it is not a text
// for customers.
package postmortem

import (
	"strconv"
	"time"

	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/severity"
)

// Input is what a review is drafted from.
type Input struct {
	Incident incident.Incident
	Events   []incident.Event // all of them, in order

	// Severities is the scale of the plan that the incident is pinned to. It
	// says what was promised. Nil: that is unknown.
	Severities *severity.Scale

	// Now decides whether a promise that has not been kept can still be. Zero:
	// when the last event was recorded.
	Now time.Time
}

// Draft returns the review as far as the timeline tells it, in Markdown with
// tables. The same input always gives the same text. All times in it are in UTC;
// one that is not known is called so.
//
// Text that came from outside, such as the summary of an alert, is escaped: it
// can neither break a table nor bring in HTML. Control characters in it become
// U+FFFD.
//
// Events that are not the whole stream of the incident are a *FieldError.
func Draft(in Input) (string, error) {
	if err := in.validate(); err != nil {
		return "", err
	}
	if in.Now.IsZero() {
		in.Now = in.Incident.RecordedAt
	}
	var d document
	d.preface(in)
	d.ask("Summary",
		"In a few sentences that somebody new to this understands: what did customers notice, what was done, and how do things stand now?")
	d.times(in.Incident)
	d.targets(in)
	d.ask("Impact",
		"Who was affected, how many, and where does the figure come from? What could they not do, or what did they see that was wrong?",
		"Was data lost, changed, or seen by somebody who should not see it? Was a promise to a customer broken?")
	d.timeline(in.Events)
	d.severities(in.Events)
	d.escalation(in.Events)
	d.factors()
	d.patterns(in.Incident.Components)
	d.actions()
	return d.String(), nil
}

// validate folds the events to see that they are all of the incident's, and no
// others.
func (in Input) validate() error {
	if !in.Incident.Exists() {
		return &FieldError{Field: "Input.Incident", Want: "an incident that has been opened"}
	}
	if len(in.Events) == 0 {
		return &FieldError{Field: "Input.Events", Want: "the events of incident " + strconv.Quote(string(in.Incident.ID)) + "; there is none"}
	}
	var folded incident.Incident
	for i, e := range in.Events {
		next, err := incident.Apply(folded, e)
		if err != nil {
			return &FieldError{Field: "Input.Events[" + strconv.Itoa(i) + "]", Want: "the next event of the incident", Err: err}
		}
		folded = next
	}
	switch want := in.Incident; {
	case folded.Tenant != want.Tenant || folded.ID != want.ID:
		return &FieldError{Field: "Input.Events", Want: "the events of " + name(want) + ", not of " + name(folded)}
	case folded.Version != want.Version:
		return &FieldError{Field: "Input.Events", Want: "all " + strconv.FormatUint(want.Version, 10) +
			" events of " + name(want) + ", not " + strconv.FormatUint(folded.Version, 10)}
	}
	return nil
}

func name(in incident.Incident) string {
	return "incident " + strconv.Quote(string(in.ID)) + " of tenant " + strconv.Quote(in.Tenant)
}
