package plan

// Format is the format field of every document that this package reads.
const Format = "incidentkit/plan/v1"

// Limits of a document.
const (
	MaxSize   = 1 << 20 // bytes of a document
	MaxID     = 100     // characters of an id
	MaxLine   = 500     // characters of a name and other text of one line
	MaxText   = 4000    // characters of a description
	MaxRoutes = 1000
	MaxSkills = 50 // of a person, of a rotation, and of a step

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

	// People who belong together.
	Teams []Team `json:"teams,omitempty"`

	// Other companies that the product depends on.
	Vendors []Vendor `json:"vendors,omitempty"`

	// Where people read, such as the rooms of a chat.
	Channels []Channel `json:"channels,omitempty"`

	// Programs that are told.
	Webhooks []Webhook `json:"webhooks,omitempty"`

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

	// How loudly people are paged for it: "high" or "low". Left out: "high".
	Urgency Urgency `json:"urgency,omitempty"`

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

	// What everybody who is paged for it must be able to do, such as "postgres".
	// Whoever cannot is passed over, and so is a step that leads to nobody who can.
	Skills []string `json:"skills,omitempty" text:"id"`
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
