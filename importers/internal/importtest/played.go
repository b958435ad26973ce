package importtest

import (
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/importers"
	"github.com/incidentkit/incidentkit/oncall"
)

// Play is a run of an imported policy in the world that was imported with it.
type Play struct {
	Policy  string
	At      string // when it begins; see Time
	Facts   escalation.Facts
	Changes []escalation.Change
	Script  []escalation.Answer
	Turns   map[string]escalation.Turn
}

// Course plays to the end. For each instant it says who is paged, in order, by the
// time that has passed: "0s ada ben", "5m channel C1"; and at the end "1h exhausted".
func (p Play) Course(t T, r importers.Result) (lines []string, end escalation.Progress) {
	t.Helper()
	ladder, world := p.world(t, r)
	course := escalation.Simulate(escalation.Setting{
		Ladder: ladder, Start: Time(t, p.At), Facts: p.Facts, Changes: p.Changes, World: world, Script: p.Script, Turns: p.Turns,
	})
	if course.Cut {
		t.Fatal("the course has no end")
	}
	last := ""
	for _, m := range course.Moments {
		what, at := paged(m.Effect), passed(m.At.Sub(Time(t, p.At)))
		switch {
		case what == "" || m.Follows:
		case at == last:
			lines[len(lines)-1] += " " + what
		default:
			lines, last = append(lines, at+" "+what), at
		}
	}
	return lines, course.Progress
}

// world is who is on call, and who is in which team.
func (p Play) world(t T, r importers.Result) (*escalation.Ladder, escalation.World) {
	t.Helper()
	rotas, err := oncall.CompileAll(r.Schedules)
	if err != nil {
		t.Fatal(err)
	}
	ladders, err := escalation.CompileAll(r.Policies)
	if err != nil {
		t.Fatal(err)
	}
	if ladders[p.Policy] == nil {
		t.Fatal("there is no policy " + p.Policy)
	}
	world := escalation.World{Schedules: rotas, Teams: map[string]escalation.Group{}}
	for _, g := range r.Teams {
		world.Teams[g.ID] = g
	}
	return ladders[p.Policy], world
}

// paged says who or what an effect pages, and how loudly if that is said.
func paged(e escalation.Effect) string {
	switch {
	case e.Kind == escalation.Exhaust:
		return "exhausted"
	case e.Kind != escalation.Page:
		return ""
	case e.Person == "":
		return e.Target.String()
	case e.Target.Urgency != "":
		return e.Person + "/" + string(e.Target.Urgency)
	}
	return e.Person
}

// After writes how many seconds have passed as Course does.
func After(seconds int) string { return passed(time.Duration(seconds) * time.Second) }

// passed writes a time without the zeros at its end.
func passed(d time.Duration) string {
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
