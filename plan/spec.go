package plan

import "github.com/incidentkit/incidentkit/escalation"

// Format is the format field of every document that this package reads.
const Format = "incidentkit/plan/v1"

// Limits of a document.
const (
	MaxSize   = 1 << 20 // bytes of a document
	MaxID     = 100     // characters of an id
	MaxLine   = 500     // characters of a name and other text of one line
	MaxText   = 4000    // characters of a description
	MaxRoutes = 1000
	MaxSkills = 50 // of a person, and of a rotation

	// MaxLeave is how many stages and times of leave there are, each counted once
	// for every schedule that names the person.
	MaxLeave = 100_000
)

// Spec is a response plan as it is written: the JSON document as a Go value. A
// host that keeps its plan in tables of its own fills one in and marshals it
// with encoding/json; everyone else writes the document itself.
//
// The comments of the fields are also the descriptions in the JSON Schema. The
// tag "text" says what a string may hold: an "id" is 1 to MaxID printable ASCII
// characters without spaces; a "line" is 1 to MaxLine characters without line
// breaks; a "text" is up to MaxText characters; a "zone" is the name of a time
// zone. A field with omitempty or omitzero in its json tag may be left out.
type Spec struct {
	// Where the schema of the format is, for editors. It has no meaning here.
	Schema string `json:"$schema,omitempty"`

	// The version of the format: always "incidentkit/plan/v1".
	Format string `json:"format"`

	// What people call the plan.
	Name string `json:"name" text:"line"`

	// The scale of customer impact, most severe first.
	Severities []Severity `json:"severities"`

	// Everyone the plan names. Left out: the host's directory knows the people,
	// and whether a person exists is not checked.
	People []Person `json:"people,omitempty"`

	// Who is on call when.
	Schedules []Schedule `json:"schedules,omitempty"`

	// Whom to page, in which order.
	Policies []Policy `json:"policies"`

	// The parts of the product that incidents are about.
	Components []Component `json:"components,omitempty"`

	// How an alert becomes an incident. The first route that matches decides. An
	// alert that none matches becomes an incident in triage, without a severity,
	// under the default policy.
	Routes []Route `json:"routes,omitempty"`

	// Id of the policy that pages where neither a route nor a component names
	// another.
	DefaultPolicy string `json:"default_policy" text:"id"`

	// Who is paged when a policy has come to its end without an answer, or
	// reaches nobody.
	LastResort LastResort `json:"last_resort"`
}

// Severity is one level of customer impact.
type Severity struct {
	// Such as "SEV1"; unique.
	ID string `json:"id" text:"id"`

	// Such as "Critical"; the id where it is left out.
	Name string `json:"name,omitempty" text:"line"`

	// The plain rule by which a human recognizes this level.
	Description string `json:"description,omitempty" text:"text"`

	// What is promised at this level. A more severe level promises no less than
	// a milder one.
	Targets Targets `json:"targets,omitzero"`

	// Whether an incident of this level may be closed only after its review. Left
	// out: it may be closed without one.
	Review bool `json:"review,omitempty"`
}

// Targets are the times that a severity promises: 1s to 366d, counted from when
// the incident was opened, unless they say otherwise. What is left out is not
// promised.
type Targets struct {
	// Until someone has answered a page.
	Acknowledge Duration `json:"acknowledge,omitzero"`

	// Until customers have been told.
	FirstUpdate Duration `json:"first_update,omitzero"`

	// The longest silence between two updates to customers.
	Cadence Duration `json:"cadence,omitzero"`

	// Until customers are no longer affected.
	Mitigate Duration `json:"mitigate,omitzero"`

	// Until the review is complete, from when the incident was resolved.
	ReviewDue Duration `json:"review_due,omitzero"`
}

// Person is somebody who can be paged. Zone, skills, stages and leave count in
// every schedule that names the person.
type Person struct {
	// Unique; the same as in the host's own system, if it has one.
	ID string `json:"id" text:"id"`

	// What people call them; the id where it is left out.
	Name string `json:"name,omitempty" text:"line"`

	// How to reach them, in order of preference. At least one for everyone who
	// may be paged.
	Contacts []Contact `json:"contacts,omitempty"`

	// The IANA time zone where the person lives, in which nights and weekends are
	// counted. Left out: that of the schedule.
	Zone string `json:"zone,omitempty" text:"zone"`

	// What the person can do, such as "postgres", for rotations that ask for it.
	Skills []string `json:"skills,omitempty" text:"id"`

	// From when on the person is how far, in order of time. Before the first the
	// person is not put on call. Left out: ready all along.
	Stages []Stage `json:"stages,omitempty"`

	// When the person is not available.
	Leave []Leave `json:"leave,omitempty"`
}

// Stage is how far a person has come.
type Stage struct {
	// From when on.
	From Instant `json:"from"`

	// "none" is not on call; "shadow" only follows those who are; "supervised" is
	// on call beside somebody in the same seat who is ready; "ready" is on call;
	// "lead" is, too, and may lead incidents.
	Readiness Readiness `json:"readiness"`
}

// Leave is a time in which a person is not available.
type Leave struct {
	// From when on.
	Start Instant `json:"start"`

	// Until when; at this instant it is over.
	End Instant `json:"end"`

	// Why, for people to read.
	Reason string `json:"reason,omitempty" text:"line"`
}

// Contact is one way to reach a person.
type Contact struct {
	// Name of a channel that the host has a notifier for, such as "sms".
	Channel string `json:"channel" text:"id"`

	// What that channel needs: a number, an address, a user name.
	To string `json:"to" text:"line"`
}

// Policy says whom to page, in which order.
type Policy struct {
	// Unique among the policies.
	ID string `json:"id" text:"id"`

	// What people call it; the id where it is left out.
	Name string `json:"name,omitempty" text:"line"`

	// One after the other, until someone answers.
	Steps []Step `json:"steps"`

	// How many times the steps are gone through again when the last one has
	// passed without an answer: 0 to 100. Left out: none.
	Repeat int `json:"repeat,omitempty"`
}

// Step pages its targets together, and then waits.
type Step struct {
	// Who is paged.
	Targets []Target `json:"targets"`

	// How long an answer is waited for before the next step: 1s to 7d.
	Wait Duration `json:"wait"`
}

// Target is somebody to page.
type Target struct {
	// What the id names: a "person", or a "schedule", which is whoever is on
	// call at the instant of paging.
	Type escalation.TargetType `json:"type"`

	// Id of the person or the schedule.
	ID string `json:"id" text:"id"`
}

// Component is a part of the product that incidents are about.
type Component struct {
	// Unique among the components.
	ID string `json:"id" text:"id"`

	// What customers call it; the id where it is left out.
	Name string `json:"name,omitempty" text:"line"`

	// What it does for customers.
	Description string `json:"description,omitempty" text:"text"`

	// Id of the policy that pages for it instead of the default policy.
	Policy string `json:"policy,omitempty" text:"id"`
}

// Route turns the alerts that it matches into incidents.
type Route struct {
	// Labels that an alert must have, with exactly these values. An empty value
	// also matches an alert without the label; an empty object matches every
	// alert.
	Match map[string]string `json:"match"`

	// Id of the severity that the incident starts with. Left out: it starts
	// without one, and a human sets it.
	Severity string `json:"severity,omitempty" text:"id"`

	// Id of the component that the incident is about.
	Component string `json:"component,omitempty" text:"id"`

	// Id of the policy that pages instead of the component's, or the default.
	Policy string `json:"policy,omitempty" text:"id"`

	// How the incident starts: in "triage", where a human decides whether it is
	// one, or "active", which needs a severity. Left out: active with a
	// severity, triage without.
	Status Status `json:"status,omitempty"`
}

// LastResort is who is paged when all else has failed.
type LastResort struct {
	// Id of a person.
	Person string `json:"person" text:"id"`
}
