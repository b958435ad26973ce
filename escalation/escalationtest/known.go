package escalationtest

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/incidentkit/incidentkit/escalation"
)

// know fails if nobody has ever heard of a person: what is required of somebody
// who is not there would always be so, or never.
func (r *Run) know(what, person string) {
	r.t.Helper()
	if known := r.known(); person != "" && !known[person] {
		r.t.Fatalf("escalationtest: %s %q: %s", what, person, wantKnown(known))
	}
}

// known is everybody there is: those of the world, those whom policy, teams,
// schedules and vendors name, and those whom somebody has named since.
func (r *Run) known() map[string]bool {
	known := everybodyIn(r.world, r.play.setting.Ladder)
	for _, m := range r.play.course.Moments {
		addPerson(known, m.Effect.Person)
		if m.Answer != nil {
			addTargets(known, m.Answer.To)
		}
	}
	return known
}

// everybodyIn returns those whom a world or a ladder knows.
func everybodyIn(w *escalation.World, l *escalation.Ladder) map[string]bool {
	known := map[string]bool{}
	for id := range w.People {
		addPerson(known, id)
	}
	for _, rota := range w.Schedules {
		for _, p := range rota.People() {
			addPerson(known, p.ID)
		}
	}
	for _, team := range w.Teams {
		addPerson(known, team.Members...)
		addPerson(known, team.Manager)
	}
	for _, s := range w.Suppliers {
		addTargets(known, s.Missed)
	}
	for i := range l.Len() {
		addTargets(known, l.Place(i+1).Step.Targets)
	}
	addTargets(known, l.Policy().Final.Targets)
	return known
}

// knowsHabits returns an error if something is said about what somebody does of
// whom nobody has ever heard.
func (g *given) knowsHabits(known map[string]bool) error {
	for _, id := range slices.Sorted(maps.Keys(g.habits)) {
		if !known[id] {
			return fmt.Errorf("Setup.Given: what %q does about every page: %s", id, wantKnown(known))
		}
	}
	return nil
}

func addPerson(known map[string]bool, ids ...string) {
	for _, id := range ids {
		if id != "" {
			known[id] = true
		}
	}
}

func addTargets(known map[string]bool, targets []escalation.Target) {
	for _, t := range targets {
		if t.Type == escalation.TargetPerson {
			addPerson(known, t.ID)
		}
	}
}

// wantKnown says who there is.
func wantKnown(known map[string]bool) string {
	const shown = 30
	ids := slices.Sorted(maps.Keys(known))
	if len(ids) == 0 {
		return "want somebody whom the world or the policy knows, and there is nobody"
	}
	more := ""
	if n := len(ids) - shown; n > 0 {
		ids, more = ids[:shown], fmt.Sprintf(" and %d more", n)
	}
	return "want somebody whom the world or the policy knows: " + strings.Join(ids, ", ") + more
}
