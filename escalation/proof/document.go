package proof

import (
	"fmt"
	"slices"
	"strings"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/escalation/internal/words"
)

// used is what incidents can come to, by id.
type used struct {
	people, schedules, teams, vendors, policies map[string]bool
}

// document reports what can be told from the plan without playing incidents.
func (v *prover) document() {
	u := used{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for i := range v.plan.Severities {
		v.severity(i, &u)
	}
	for i := range v.plan.Policies {
		p := &v.plan.Policies[i]
		path := fmt.Sprintf("/policies/%d", i)
		eachTarget(path, p, func(path string, s *escalation.Step, t escalation.Target) {
			v.target(path, p, s, t, &u)
		})
	}
	for i := range v.plan.Policies {
		v.policy(i, &u)
	}
	v.schedules(&u)
	v.suppliers(&u)
	for i := range v.plan.Teams {
		t := &v.plan.Teams[i]
		for j, id := range t.Members {
			v.person(fmt.Sprintf("/teams/%d/members/%d", i, j), "team "+t.ID, id)
			u.people[id] = u.people[id] || u.teams[t.ID]
		}
		if t.Manager != "" {
			v.person(fmt.Sprintf("/teams/%d/manager", i), "team "+t.ID, t.Manager)
			u.people[t.Manager] = u.people[t.Manager] || u.teams[t.ID]
		}
	}
	v.lastResort(&u)
	v.people(&u)
}

func (v *prover) severity(i int, u *used) {
	s := &v.plan.Severities[i]
	for _, id := range s.Policies {
		u.policies[id] = true
	}
	if len(s.Policies) > 0 {
		return
	}
	f := Finding{Level: Warning, Kind: NoPolicy, Path: fmt.Sprintf("/severities/%d", i), Severity: s.ID, Text: fmt.Sprintf("no policy pages anybody for incidents of %s", s.ID)}
	if s.Within > 0 {
		f.Level = Error
		f.Text += fmt.Sprintf(", and a human within %s is promised", words.Length(s.Within))
	}
	v.find(f)
}

// target reports a target that is not there, or that nobody stands behind.
func (v *prover) target(path string, p *escalation.Policy, s *escalation.Step, t escalation.Target, u *used) {
	f := Finding{Level: Error, Kind: UnknownTarget, Path: path, Policy: p.ID, Text: fmt.Sprintf("policy %s pages %s, which is not there", p.ID, t)}
	known := true
	w := &v.cast.world
	switch t.Type {
	case escalation.TargetPerson:
		u.people[t.ID] = true
		v.person(path, "policy "+p.ID, t.ID)
		v.absences(path, p, t)
		v.fit(path, p, s, t.ID)
	case escalation.TargetSchedule:
		u.schedules[t.ID] = true
		known = w.Schedules[t.ID] != nil
	case escalation.TargetTeam:
		u.teams[t.ID] = true
		if _, known = w.Teams[t.ID]; known {
			v.team(path, p, s, t)
		}
	case escalation.TargetVendor:
		u.vendors[t.ID] = true
		_, known = w.Suppliers[t.ID]
		known = known || w.Suppliers == nil
	case escalation.TargetChannel, escalation.TargetWebhook:
		_, known = w.Places[t.String()]
		known = known || w.Places == nil
	case escalation.TargetPolicy:
		u.policies[t.ID] = true
	}
	if !known {
		v.find(f)
	}
}

// person reports a person whom nobody knows.
func (v *prover) person(path, who, id string) {
	if _, known := v.cast.world.People[id]; !known && v.plan.People != nil {
		v.find(Finding{Level: Error, Kind: UnknownTarget, Path: path, Text: fmt.Sprintf("%s names person %s, who is not there", who, id)})
	}
}

func (v *prover) team(path string, p *escalation.Policy, s *escalation.Step, t escalation.Target) {
	team := v.cast.world.Teams[t.ID]
	switch {
	case t.Mode == escalation.Manager && team.Manager == "":
		v.find(Finding{Level: Error, Kind: EmptyTeam, Path: path, Policy: p.ID, Text: fmt.Sprintf("policy %s pages the manager of team %s, which has none", p.ID, t.ID)})
	case t.Mode == escalation.Manager:
		v.fit(path, p, s, team.Manager)
	case len(team.Members) == 0:
		v.find(Finding{Level: Error, Kind: EmptyTeam, Path: path, Policy: p.ID, Text: fmt.Sprintf("policy %s pages team %s, which has no members", p.ID, t.ID)})
	default:
		for _, id := range team.Members {
			v.fit(path, p, s, id)
		}
	}
}

// fit reports a person who lacks a skill that a step asks for.
func (v *prover) fit(path string, p *escalation.Policy, s *escalation.Step, id string) {
	person, known := v.cast.world.People[id]
	if s == nil || !known || !lacks(person.Skills, s.Skills) {
		return
	}
	missing := slices.DeleteFunc(slices.Clone(s.Skills), func(skill string) bool { return slices.Contains(person.Skills, skill) })
	v.find(Finding{Level: Warning, Kind: UnskilledPerson, Path: path, Policy: p.ID,
		Text: fmt.Sprintf("a step of policy %s never pages %s, who lacks %s", p.ID, id, strings.Join(missing, ", "))})
}

// absences reports when a person whom a policy names may not be paged, and quiet
// hours in which the person is not.
func (v *prover) absences(path string, policy *escalation.Policy, t escalation.Target) {
	l := v.cast.target(t, nil, false)
	kinds := map[escalation.SkipCode][]interval{}
	why := map[int64]string{}
	for i, start := range l.starts {
		if start >= v.span.horizon() || len(v.cast.crews[l.values[i]].who) > 0 {
			continue
		}
		found, _ := v.cast.world.Resolve(nil, t, v.span.instant(start))
		for _, c := range found {
			kinds[c.Code] = append(kinds[c.Code], interval{from: start, to: min(l.end(i), v.span.horizon()), at: start})
			why[start] = c.Why
		}
	}
	f := Finding{Level: Warning, Kind: AbsentPerson, Path: path, Policy: policy.ID}
	text := func(i *interval) string {
		return fmt.Sprintf("policy %s names %s, who may not be paged %s: %s", policy.ID, t.ID, v.between(i), why[i.at])
	}
	v.findAll(f, kinds[escalation.SkipAbsent], text)
	f.Kind = UnreadyPerson
	v.findAll(f, kinds[escalation.SkipNotReady], text)
	v.quiet(path, policy, t.ID)
}

// quiet reports quiet hours that severities keep to which page by a policy.
func (v *prover) quiet(path string, policy *escalation.Policy, id string) {
	q := v.cast.world.People[id].Rules.Quiet
	if q == nil {
		return
	}
	l := v.clock.hours(q.Hours)
	first := l.next(0, 1)
	if first >= v.span.horizon() {
		return
	}
	_, until := l.at(first)
	i := interval{from: first, to: min(until, v.span.horizon()), at: first}
	for k := range v.plan.Severities {
		s := &v.plan.Severities[k]
		if !slices.Contains(s.Policies, policy.ID) || slices.Contains(q.Unless, s.ID) {
			continue
		}
		f := Finding{Level: Info, Kind: QuietPerson, Path: path, Severity: s.ID, Policy: policy.ID}
		v.findAll(f, []interval{i}, func(i *interval) string {
			return fmt.Sprintf("policy %s names %s, who is not paged for %s in quiet hours (%s), first %s", policy.ID, id, s.ID, q.Hours, v.between(i))
		})
	}
}
