package proof

import (
	"fmt"
	"strings"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/escalation/internal/words"
)

// policy reports a policy that nothing pages by, and one that ends in silence.
func (v *prover) policy(i int, u *used) {
	p := &v.plan.Policies[i]
	path := fmt.Sprintf("/policies/%d", i)
	if !u.policies[p.ID] {
		v.find(Finding{Level: Info, Kind: PolicyUnused, Path: path, Policy: p.ID, Text: fmt.Sprintf("no severity and no other policy pages by policy %s", p.ID)})
	}
	pages := false
	for k := range v.plan.Severities {
		for _, id := range v.plan.Severities[k].Policies {
			pages = pages || id == p.ID
		}
	}
	if pages && len(p.Final.Targets) == 0 && v.plan.LastResort == "" {
		v.find(Finding{Level: Warning, Kind: NoLastResort, Path: path, Policy: p.ID, Text: fmt.Sprintf("when nobody answers, policy %s ends, and nobody else is told", p.ID)})
	}
}

// schedules reports schedules that are not used, and people on call whom nobody
// knows.
func (v *prover) schedules(u *used) {
	for i, rota := range v.plan.Schedules {
		path := fmt.Sprintf("/schedules/%d", i)
		used := u.schedules[rota.ID()] || v.seated(rota.ID())
		if !used {
			v.find(Finding{Level: Info, Kind: ScheduleUnused, Path: path, Text: fmt.Sprintf("no policy pages by schedule %s", rota.ID())})
		}
		for _, p := range rota.People() {
			v.person(path, "schedule "+rota.ID(), p.ID)
			u.people[p.ID] = u.people[p.ID] || used
		}
	}
}

// seated reports whether another schedule has one in its seats.
func (v *prover) seated(id string) bool {
	for _, rota := range v.plan.Schedules {
		for s := range rota.Shifts(v.span.from, v.span.to) {
			if s.Schedule == id {
				return true
			}
		}
	}
	return false
}

// suppliers reports vendors that cannot be reached, or about whom nobody is told.
func (v *prover) suppliers(u *used) {
	for i := range v.plan.Suppliers {
		s := &v.plan.Suppliers[i]
		path := fmt.Sprintf("/vendors/%d", i)
		if !u.vendors[s.ID] {
			continue
		}
		if len(s.Channels) == 0 {
			v.find(Finding{Level: Error, Kind: VendorUnreachable, Path: path, Text: fmt.Sprintf("vendor %s is paged, and has no channel", s.ID)})
		}
		if len(s.Missed) > 0 {
			for j, t := range s.Missed {
				if t.Type == escalation.TargetPerson {
					v.person(fmt.Sprintf("%s/missed/%d", path, j), "vendor "+s.ID, t.ID)
					u.people[t.ID] = true
				}
			}
			continue
		}
		f := Finding{Level: Info, Kind: VendorNoEscalation, Path: path,
			Text: fmt.Sprintf("when vendor %s does not answer within %s, only the last resort is told", s.ID, words.Length(s.Response))}
		if v.plan.LastResort == "" {
			f.Level, f.Text = Warning, fmt.Sprintf("when vendor %s does not answer within %s, nobody is told", s.ID, words.Length(s.Response))
		}
		v.find(f)
	}
}

// lastResort reports a last resort that is not there.
func (v *prover) lastResort(u *used) {
	id := v.plan.LastResort
	if id == "" || v.plan.People == nil {
		return
	}
	u.people[id] = true
	for place := range v.plan.Places {
		if strings.HasSuffix(place, " "+id) {
			return
		}
	}
	v.person("/last_resort", "the plan", id)
}

// people reports those who cannot be reached, or hardly.
func (v *prover) people(u *used) {
	for i := range v.plan.People {
		p := &v.plan.People[i]
		f := Finding{Path: fmt.Sprintf("/people/%d", i)}
		switch {
		case len(p.Channels) == 0:
			f.Level, f.Kind, f.Text = Warning, UnreachablePerson, fmt.Sprintf("%s has no channel", p.ID)
			if u.people[p.ID] {
				f.Level = Error
				f.Text = fmt.Sprintf("%s has no channel, and would be paged", p.ID)
			}
			v.find(f)
		case len(p.Channels) == 1 && u.people[p.ID]:
			f.Level, f.Kind, f.Text = Info, SingleChannel, fmt.Sprintf("%s can only be reached by %s: when that fails, not at all", p.ID, p.Channels[0])
			v.find(f)
		}
	}
}
