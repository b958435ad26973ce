package main

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/oncall"
	"github.com/incidentkit/incidentkit/plan"
)

// stage is what a course is played on: the policies and the people of a plan, or
// of the documents of another product.
type stage struct {
	title      string // of a plan; empty: it is none
	policies   []escalation.Policy
	first      string // id of the default policy; empty: there is none
	ladders    map[string]*escalation.Ladder
	severities []severity // in order; none: the documents know none
	scope      *scope     // nil: it is no plan
	lastResort string     // of a plan
	world      escalation.World
	who        escalation.Resolver // nil: the world

	names  map[string]string // of people
	known  []string          // ids of those who may answer; nil: anybody
	report []oncall.Note
	zone   *time.Location // in which most of it happens
	shown  *time.Location
}

// severity is what a course depends on of one.
type severity struct {
	id      string
	urgency escalation.Urgency
}

// stageOfPlan sets up what a plan says.
func stageOfPlan(p *plan.Plan) (*stage, error) {
	proved := p.Proof()
	known, err := scopeOf(p, proved.Policies)
	if err != nil {
		return nil, err
	}
	s := &stage{
		title: p.Name(), policies: proved.Policies, first: p.DefaultPolicy(), ladders: map[string]*escalation.Ladder{},
		world: *p.World(), names: map[string]string{}, zone: commonZone(p.Schedules()),
		scope: known, lastResort: p.LastResort(),
	}
	for _, policy := range proved.Policies {
		s.ladders[policy.ID], _ = p.Ladder(policy.ID)
	}
	for _, level := range proved.Severities {
		s.severities = append(s.severities, severity{level.ID, level.Urgency})
	}
	for person := range p.People() {
		s.names[person.ID] = person.Name
		s.known = append(s.known, person.ID)
	}
	return s, nil
}

// stageOfResult sets up what was imported.
func stageOfResult(result importers.Result) (*stage, error) {
	if len(result.Policies) == 0 {
		return nil, noneIn("escalation policy", result.Report)
	}
	rotas, err := oncall.CompileAll(result.Schedules)
	if err != nil {
		return nil, err
	}
	ladders, err := escalation.CompileAll(result.Policies)
	if err != nil {
		return nil, err
	}
	s := &stage{
		policies: result.Policies, ladders: ladders, report: result.Report, names: map[string]string{},
		world: escalation.World{Schedules: rotas, Teams: map[string]escalation.Group{}}, zone: commonZone(values(result.Schedules, rotas)),
	}
	for _, team := range result.Teams {
		if len(team.Members) > 0 || team.Manager != "" {
			s.world.Teams[team.ID] = team
		}
	}
	everyone := everybody(result)
	for _, person := range everyone {
		s.names[person.ID] = cmp.Or(person.Name, person.Email)
	}
	who := &byID{world: &s.world}
	s.who = who
	if !slices.ContainsFunc(targets(result.Policies), who.outside) {
		for _, person := range everyone {
			s.known = append(s.known, person.ID)
		}
	}
	return s, nil
}

// values returns the rotas in the order of their schedules.
func values(schedules []oncall.Schedule, rotas map[string]*oncall.Rota) iter.Seq[*oncall.Rota] {
	return func(yield func(*oncall.Rota) bool) {
		for _, s := range schedules {
			if !yield(rotas[s.ID]) {
				return
			}
		}
	}
}

// byID leads schedules and teams that are not in the documents to themselves.
type byID struct{ world *escalation.World }

// Resolve implements escalation.Resolver.
func (r *byID) Resolve(dst []escalation.Candidate, t escalation.Target, at time.Time) ([]escalation.Candidate, string) {
	if r.outside(t) {
		return append(dst, escalation.Candidate{Itself: true}), ""
	}
	return r.world.Resolve(dst, t, at)
}

// outside reports whether the documents do not say who is behind a target that is
// no person.
func (r *byID) outside(t escalation.Target) bool {
	known := true
	switch t.Type {
	case escalation.TargetSchedule:
		known = r.world.Schedules[t.ID] != nil
	case escalation.TargetTeam:
		_, known = r.world.Teams[t.ID]
	case escalation.TargetVendor:
		known = false
	case escalation.TargetPerson, escalation.TargetChannel, escalation.TargetWebhook, escalation.TargetPolicy:
	}
	return !known
}

// targets returns all that policies page.
func targets(policies []escalation.Policy) []escalation.Target {
	var all []escalation.Target
	for _, p := range policies {
		for s := range everyStep(p.Steps) {
			all = append(all, s.Targets...)
		}
		all = append(all, p.Final.Targets...)
	}
	return all
}

// everyStep yields steps, with those in their branches.
func everyStep(steps []escalation.Step) iter.Seq[escalation.Step] {
	return func(yield func(escalation.Step) bool) {
		for _, s := range steps {
			if !yield(s) {
				return
			}
			for inside := range everyStep(slices.Concat(s.Steps, s.Else)) {
				if !yield(inside) {
					return
				}
			}
		}
	}
}

// commonZone returns the zone of all schedules, or UTC where they differ or there
// are none.
func commonZone(rotas iter.Seq[*oncall.Rota]) *time.Location {
	var zone *time.Location
	for rota := range rotas {
		switch {
		case zone == nil:
			zone = rota.Zone()
		case zone.String() != rota.Zone().String():
			return time.UTC
		}
	}
	if zone == nil {
		return time.UTC
	}
	return zone
}

// policy returns the one that the flag names, or the default.
func (s *stage) policy(id string) (*escalation.Ladder, error) {
	all := make([]string, len(s.policies))
	for i, p := range s.policies {
		if p.ID == id || id == "" && len(s.policies) == 1 {
			return s.ladders[p.ID], nil
		}
		all[i] = p.ID
		if p.Name != "" && p.Name != p.ID {
			all[i] += " (" + p.Name + ")"
		}
	}
	switch {
	case id == "" && s.first != "":
		return s.ladders[s.first], nil
	case id == "":
		return nil, fmt.Errorf("--policy: want one of the %d policies: %s", len(all), strings.Join(all, ", "))
	}
	return nil, fmt.Errorf("--policy: want one of %s, not %q", strings.Join(all, ", "), id)
}

// mayAnswer checks whether there is such a person.
func (s *stage) mayAnswer(id string) error {
	if s.known == nil || slices.Contains(s.known, id) {
		return nil
	}
	return fmt.Errorf("--ack: want the id of a person, one of %s, not %q", strings.Join(s.known, ", "), id)
}
