package escalationtest

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/oncall"
)

// given is what a story says there is: policies, schedules and people.
type given struct {
	base  Files
	day   time.Time // midnight of the day that times without a date are of
	dated bool      // somebody has asked for it

	drafts  []*draft
	duties  map[string]*oncall.Schedule // by id
	people  map[string]escalation.Responder
	gone    map[string]bool // those who do not exist
	seen    []string        // everybody who is named
	teams   map[string]escalation.Group
	vendors map[string]escalation.Supplier
	places  map[string]string
	broken  []string
	habits  map[string][]escalation.Reaction // what people do about every page
}

func newGiven(base Files) *given {
	if base.World == nil {
		base.World = &escalation.World{}
	}
	return &given{
		base: base, day: time.Date(2026, time.March, 2, 0, 0, 0, 0, time.UTC),
		duties: map[string]*oncall.Schedule{}, people: map[string]escalation.Responder{}, gone: map[string]bool{},
		teams: map[string]escalation.Group{}, vendors: map[string]escalation.Supplier{}, places: map[string]string{},
		habits: map[string][]escalation.Reaction{},
	}
}

// givenSentences say what there is.
func givenSentences() []sentence[*given] {
	return slices.Concat(policySentences, scheduleSentences, peopleSentences)
}

// hear takes one sentence in.
func (g *given) hear(line string) error {
	known, err := hear(givenSentences(), g, line)
	if !known {
		return &SentenceError{Text: line, Want: "one of these sentences:" + forms(givenSentences())}
	}
	if err != nil {
		return &SentenceError{Text: line, Want: err.Error()}
	}
	return nil
}

// SentenceError says what is wrong with a sentence of a story.
type SentenceError struct {
	Text string
	Want string // what would be right
}

// Error implements error.
func (e *SentenceError) Error() string { return fmt.Sprintf("%q: want %s", e.Text, e.Want) }

// settle makes a world and a ladder of all that was said. The ladder is that of the
// first policy; nil: none was named.
func (g *given) settle() (*escalation.World, *escalation.Ladder, error) {
	ladder, err := g.ladder()
	if err != nil {
		return nil, nil, err
	}
	w := *g.base.World
	if w.Schedules, err = g.rotas(); err != nil {
		return nil, nil, err
	}
	w.Teams = merged(w.Teams, g.teams)
	w.Suppliers = merged(w.Suppliers, g.vendors)
	if len(g.places) > 0 {
		w.Places = merged(w.Places, g.places)
	}
	for _, id := range slices.Sorted(maps.Keys(g.people)) {
		if err := errors.Join(g.people[id].Validate()...); err != nil {
			return nil, nil, fmt.Errorf("%s: %w", id, err)
		}
	}
	if len(g.people)+len(g.gone) > 0 {
		w.People = g.everybody()
	}
	return &w, ladder, nil
}

func merged[V any](base, more map[string]V) map[string]V {
	out := maps.Clone(base)
	if out == nil {
		out = map[string]V{}
	}
	maps.Copy(out, more)
	return out
}

// rotas compiles the schedules.
func (g *given) rotas() (map[string]*oncall.Rota, error) {
	compiled := map[string]*oncall.Rota{}
	for id, s := range g.duties {
		s.People = nil
		s.Absence = ""
		for _, person := range slices.Sorted(maps.Keys(g.people)) {
			if p := g.people[person].Person; len(p.Leave)+len(p.Stages)+len(p.Skills) > 0 {
				s.People, s.Absence = append(s.People, p), oncall.Vacate
			}
		}
		rota, err := oncall.Compile(*s)
		if err != nil {
			return nil, fmt.Errorf("schedule %s: %w", id, err)
		}
		compiled[id] = rota
	}
	return merged(g.base.World.Schedules, compiled), nil
}

// everybody is who there is, if the story says anything about people: those of the
// host's world, those it says something about, and whoever else it names, who can
// be reached by a channel called app.
func (g *given) everybody() map[string]escalation.Responder {
	all := merged(g.base.World.People, nil)
	for _, id := range g.seen {
		if _, known := all[id]; !known {
			all[id] = escalation.Responder{Person: oncall.Person{ID: id}, Channels: []string{"app"}}
		}
	}
	maps.Copy(all, g.people)
	maps.DeleteFunc(all, func(id string, _ escalation.Responder) bool { return g.gone[id] })
	return all
}

// person changes what is known of somebody.
func (g *given) person(id string, change func(*escalation.Responder)) {
	p, known := g.people[id]
	if !known {
		p, known = g.base.World.People[id]
	}
	if !known {
		p = escalation.Responder{Person: oncall.Person{ID: id, Zone: g.day.Location().String()}, Channels: []string{"app"}}
	}
	change(&p)
	g.people[id] = p
}

// mention notes the people whom a ladder names.
func (g *given) mention(l *escalation.Ladder) {
	if l == nil {
		return
	}
	for i := range l.Len() {
		g.see(l.Place(i + 1).Step.Targets)
	}
	g.see(l.Policy().Final.Targets)
}

func (g *given) see(targets []escalation.Target) {
	for _, t := range targets {
		if t.Type == escalation.TargetPerson {
			g.seen = append(g.seen, t.ID)
		}
	}
}

// instant reads a time of a story: "00:05" on its day, or "2026-03-03 00:05". It is
// the time of the zone of the day, and a zone's short name behind it says which of
// two is meant.
func (g *given) instant(text string) (time.Time, error) {
	g.dated = true
	clock, zone := text, ""
	if i := strings.LastIndexByte(text, ' '); i >= 0 && text[i+1] >= 'A' {
		clock, zone = text[:i], text[i+1:]
	}
	if !strings.Contains(clock, "-") {
		clock = g.day.Format(time.DateOnly) + " " + clock
	}
	local, err := oncall.ParseLocalTime(strings.Replace(clock, " ", "T", 1))
	if err != nil {
		return time.Time{}, fmt.Errorf("a time such as 09:00, 09:00:30 or 2026-03-03 09:00, not %q", text)
	}
	at := local.In(g.day.Location())
	if zone != "" && at.Format("MST") != zone {
		if at = at.Add(time.Hour); at.Format("MST") != zone || !twice(at) {
			return at, fmt.Errorf("a time in a zone that the clocks of %s have then, not %q", g.day.Location(), zone)
		}
	}
	return at, nil
}

// instantOr reads a time, if there is one.
func (g *given) instantOr(text string, or time.Time) (time.Time, error) {
	if text == "" {
		return or, nil
	}
	return g.instant(text)
}

// maxDays is how many days a sentence may speak of: nothing lasts longer.
const maxDays = 36_600

func duration(text string) (time.Duration, error) {
	days := 0
	if n, rest, ok := strings.Cut(text, "d"); ok {
		if _, err := fmt.Sscanf(n+" ", "%d ", &days); err != nil || days < 0 || days > maxDays {
			return 0, fmt.Errorf("a length of time such as 30s, 5m, 1h30m or 2d, not %q", text)
		}
		text = cmp.Or(rest, "0s")
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return 0, fmt.Errorf("a length of time such as 30s, 5m, 1h30m or 2d, not %q", text)
	}
	return d + 24*time.Hour*time.Duration(days), nil
}
