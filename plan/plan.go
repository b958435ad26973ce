package plan

import (
	"bytes"
	"crypto/sha256"
	_ "embed" // the schema
	"encoding/hex"
	"encoding/json"
	"fmt"
	"iter"
	"slices"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/internal/strictjson"
	"github.com/incidentkit/incidentkit/oncall"
	"github.com/incidentkit/incidentkit/severity"
)

// Plan is a response plan that is fit for use. It never changes, and may be
// used by any number of goroutines at once.
type Plan struct {
	document []byte
	digest   string
	name     string

	severities    *severity.Scale
	people        []Person
	person        map[string]int // index into people
	schedules     map[string]*oncall.Rota
	scheduleIDs   []string // in the order of the document
	ladders       map[string]*escalation.Ladder
	policyIDs     []string // in the order of the document
	world         *escalation.World
	teams         map[string]Team
	teamIDs       []string
	vendors       map[string]Vendor
	vendorIDs     []string
	places        map[escalation.Target]Place
	low           map[string]bool // severities of low urgency
	components    map[string]Component
	routes        []route
	defaultPolicy string
	lastResort    string
}

// Parse reads a document of at most [MaxSize] bytes. Its error is an *[Error],
// with everything that is wrong with the document. Which time zones there are
// depends on the zone data of the machine; a program that imports time/tzdata
// brings its own.
func Parse(doc []byte) (*Plan, error) {
	read := strictjson.Decode[Spec](doc, strictjson.Limits{MaxBytes: MaxSize, MaxProblems: maxProblems})
	spec := &read.Value
	p := &Plan{
		document: bytes.Clone(doc), name: spec.Name, defaultPolicy: spec.DefaultPolicy, lastResort: spec.LastResort.Person,
		person: map[string]int{}, components: map[string]Component{}, low: map[string]bool{},
		teams: map[string]Team{}, vendors: map[string]Vendor{}, places: map[escalation.Target]Place{},
	}
	c := newChecker(spec, read.Positions, read.Problems)
	if read.Complete && !c.full() {
		c.check()
		c.compile(p)
	}
	if len(c.problems) > 0 {
		sortProblems(c.problems)
		return nil, &Error{Problems: c.problems, More: c.full()}
	}
	var err error
	if p.digest, err = digest(*spec); err != nil {
		return nil, err
	}
	return p, nil
}

// digest returns the same for documents that say the same.
func digest(s Spec) (string, error) {
	s.Schema = "" // for editors
	canonical, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("plan: digest: %w", err)
	}
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:]), nil
}

// Document returns the document as it was parsed.
func (p *Plan) Document() []byte { return bytes.Clone(p.document) }

// Digest returns the SHA-256 of what the document says, in hexadecimal. White
// space and the order of keys make no difference to it, nor do two ways to
// write one value, such as "60m" and "1h".
func (p *Plan) Digest() string { return p.digest }

// Name returns what people call the plan.
func (p *Plan) Name() string { return p.name }

// Severities returns the scale of customer impact.
func (p *Plan) Severities() *severity.Scale { return p.severities }

// People returns everyone the plan lists, in its order. Where the host's
// directory knows the people, that is nobody.
func (p *Plan) People() iter.Seq[Person] {
	return func(yield func(Person) bool) {
		for _, person := range p.people {
			if !yield(person.clone()) {
				return
			}
		}
	}
}

// Person returns the person with the id, if the plan lists them.
func (p *Plan) Person(id string) (Person, bool) {
	i, ok := p.person[id]
	if !ok {
		return Person{}, false
	}
	return p.people[i].clone(), true
}

func (p Person) clone() Person {
	p.Contacts, p.Skills = slices.Clone(p.Contacts), slices.Clone(p.Skills)
	p.Stages, p.Leave = slices.Clone(p.Stages), slices.Clone(p.Leave)
	p.Rules.High, p.Rules.Low = slices.Clone(p.Rules.High), slices.Clone(p.Rules.Low)
	quiet := &p.Rules.Quiet
	quiet.Windows, quiet.Unless = slices.Clone(quiet.Windows), slices.Clone(quiet.Unless)
	for i := range quiet.Windows {
		quiet.Windows[i].Days = slices.Clone(quiet.Windows[i].Days)
	}
	return p
}

// Schedules returns the schedules, in the order of the document.
func (p *Plan) Schedules() iter.Seq[*oncall.Rota] {
	return func(yield func(*oncall.Rota) bool) {
		for _, id := range p.scheduleIDs {
			if !yield(p.schedules[id]) {
				return
			}
		}
	}
}

// Schedule returns the schedule with the id.
func (p *Plan) Schedule(id string) (*oncall.Rota, bool) {
	rota, ok := p.schedules[id]
	return rota, ok
}

// OnCall returns what the schedules say, in the order of the document, for edits
// and whatever else a [*oncall.Rota] does not answer. It reads the document again,
// and shares no memory with the plan.
func (p *Plan) OnCall() []oncall.Schedule {
	spec := strictjson.Decode[Spec](p.document, strictjson.Limits{MaxBytes: MaxSize}).Value
	return spec.onCall(spec.known())
}

// Policies returns the escalation policies, in the order of the document.
func (p *Plan) Policies() iter.Seq[escalation.Policy] {
	return func(yield func(escalation.Policy) bool) {
		for _, id := range p.policyIDs {
			if !yield(p.ladders[id].Policy()) {
				return
			}
		}
	}
}

// Policy returns the escalation policy with the id. Where the document does not say
// whom it pages in the end, that is the last resort.
func (p *Plan) Policy(id string) (escalation.Policy, bool) {
	ladder, ok := p.ladders[id]
	if !ok {
		return escalation.Policy{}, false
	}
	return ladder.Policy(), true
}

// Ladder returns the escalation policy with the id, fit for use. A document does
// not know its version: whoever stores it says so in the effects (Effect.Plan).
func (p *Plan) Ladder(id string) (*escalation.Ladder, bool) {
	ladder, ok := p.ladders[id]
	return ladder, ok
}

// DefaultPolicy returns the id of the policy that pages where nothing names
// another.
func (p *Plan) DefaultPolicy() string { return p.defaultPolicy }

// LastResort returns the id of the person who is paged when a policy has come
// to its end without an answer, or reaches nobody.
func (p *Plan) LastResort() string { return p.lastResort }

// Component returns the component with the id. Its policy is empty where the
// default policy pages for it.
func (p *Plan) Component(id string) (Component, bool) {
	c, ok := p.components[id]
	c.Skills = slices.Clone(c.Skills)
	return c, ok
}

// Problem says what a host misses at a place of the document, such as a
// notifier for a channel, in the form in which [Parse] says what it misses. The
// path is a JSON pointer; a place that is not there is where it would be.
func (p *Plan) Problem(path, want string) Problem {
	line, column := strictjson.Locate(p.document).At(path)
	return Problem{Path: path, Line: line, Column: column, Want: want}
}

//go:generate env GOWORK=off go -C ../internal/tools run ./schemagen
//go:embed plan.schema.json
var schema []byte

// Schema returns the JSON Schema (draft 2020-12) of the document, for editors
// and forms. It knows less than [Parse]: nothing that looks at two places at
// once, such as whether an id that is named exists.
func Schema() []byte { return bytes.Clone(schema) }
