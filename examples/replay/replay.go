package replay

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/escalation"
	"github.com/incidentkit/incidentkit/plan"
)

// Incident is what is known of one that has happened.
type Incident struct {
	Title string `json:"title"`

	// Policy is the one of the plan that pages.
	Policy string `json:"policy"`

	Facts []Fact `json:"facts"` // in order of time
}

// Fact is one thing that happened.
type Fact struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`

	// Start marks when customers began to be affected.
	Start bool `json:"start,omitempty"`

	// Alert is the severity with which the incident is opened.
	Alert string `json:"alert,omitempty"`

	// Severity is the one that it is changed to.
	Severity string `json:"severity,omitempty"`

	// Answer is what whoever was paged first does: "acknowledge", "escalate".
	Answer escalation.AnswerKind `json:"answer,omitempty"`

	// Reached is what is to be compared: who is known to have been there.
	Reached string `json:"reached,omitempty"`
}

// Read reads an incident from a file.
func Read(name string) (Incident, error) {
	var in Incident
	text, err := os.ReadFile(name)
	if err != nil {
		return in, err
	}
	if err := json.Unmarshal(text, &in); err != nil {
		return in, fmt.Errorf("replay: %s: %w", name, err)
	}
	return in, nil
}

// Play returns what the plan would have done. Nobody answers but as it is known.
func (in Incident) Play(p *plan.Plan) (escalation.Course, error) {
	ladder, ok := p.Ladder(in.Policy)
	if !ok {
		return escalation.Course{}, fmt.Errorf("replay: the plan has no policy %q", in.Policy)
	}
	s := escalation.Setting{Ladder: ladder, World: *p.World()}
	for _, f := range in.Facts {
		switch {
		case f.Alert != "":
			s.Start = f.At
			s.Facts = escalation.Facts{Severity: f.Alert, Urgency: p.Urgency(f.Alert)}
		case f.Severity != "":
			s.Changes = append(s.Changes, escalation.Change{At: f.At, Facts: escalation.Facts{Severity: f.Severity, Urgency: p.Urgency(f.Severity)}})
		}
		if f.Answer == "" {
			continue
		}
		s.Until = f.At
		if paged := escalation.Simulate(s).Paged(); len(paged) > 0 {
			s.Script = append(s.Script, escalation.Answer{Kind: f.Answer, By: paged[0].Person, At: f.At})
		}
		s.Until = time.Time{}
	}
	if s.Start.IsZero() {
		return escalation.Course{}, fmt.Errorf("replay: %s: no fact is the alert", in.Title)
	}
	return escalation.Simulate(s), nil
}

// Start returns when customers began to be affected.
func (in Incident) Start() time.Time {
	i := slices.IndexFunc(in.Facts, func(f Fact) bool { return f.Start })
	return in.Facts[max(i, 0)].At
}

// Tell writes what is known and what the plan would have done, minute by minute,
// and compares when people were there.
func (in Incident) Tell(w io.Writer, p *plan.Plan) error {
	course, err := in.Play(p)
	if err != nil {
		return err
	}
	start := in.Start()
	fmt.Fprintf(w, "%s (%s)\n", in.Title, start.Format("2006"))
	facts := in.Facts
	known := func(until time.Time) {
		for len(facts) > 0 && !facts[0].At.After(until) {
			fmt.Fprintf(w, "%s %8s  %s\n", clock(facts[0].At), after(start, facts[0].At), facts[0].Text)
			facts = facts[1:]
		}
	}
	for _, m := range course.Moments {
		if line := wouldHave(m); line != "" {
			known(m.At)
			fmt.Fprintf(w, "%s %8s    plan: %s\n", clock(m.At), after(start, m.At), line)
		}
	}
	known(facts[len(facts)-1].At)
	in.compare(w, course)
	return nil
}

// compare says how long after the start people were there, and would have been.
func (in Incident) compare(w io.Writer, c escalation.Course) {
	start := in.Start()
	for _, f := range in.Facts {
		if f.Reached != "" {
			fmt.Fprintf(w, "known: %s at %s\n", f.Reached, after(start, f.At))
		}
	}
	var reached []string
	for _, r := range c.Paged() {
		reached = append(reached, r.Person+" at "+after(start, r.At))
	}
	fmt.Fprintf(w, "plan: pages %s\n", strings.Join(reached, ", "))
}

// wouldHave says what a moment of the course is; empty: nothing to tell of.
func wouldHave(m escalation.Moment) string {
	e := m.Effect
	switch {
	case m.Answer != nil:
		return m.Answer.By + " answers: " + string(m.Answer.Kind)
	case m.Follows:
		return fmt.Sprintf("%s is told again, by %s", e.Person, m.Channel)
	case e.Kind == escalation.Page:
		return fmt.Sprintf("step %d pages %s (%s) by %s", e.Step, e.Person, e.Target, m.Channel)
	case e.Kind == escalation.Fallback:
		return fmt.Sprintf("nobody has answered; the last resort is paged: %s by %s", e.Person, m.Channel)
	case e.Kind == escalation.Repeat:
		return fmt.Sprintf("round %d begins", e.Round)
	}
	return ""
}

func clock(at time.Time) string { return fmt.Sprintf("%12s", at.UTC().Format("2 Jan 15:04")) }

func after(start, at time.Time) string {
	d := at.Sub(start).Round(time.Minute)
	sign := "+"
	if d < 0 {
		sign, d = "-", -d
	}
	if d < time.Hour {
		return fmt.Sprintf("%s%dm", sign, int(d.Minutes()))
	}
	return fmt.Sprintf("%s%dh%02dm", sign, int(d.Hours()), int(d.Minutes())%60)
}
