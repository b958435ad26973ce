package incidentkit

import (
	"fmt"
	"strings"
	"time"

	"github.com/incidentkit/incidentkit/comms"
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/plan"
)

// message renders a page for one contact.
func (t *turn) message(page incident.Page, person plan.Person, c contact, p *plan.Plan) comms.Message {
	run, _ := t.in.Run(page.Run)
	about := subject(t.in)
	if page.Reminder {
		about = "Reminder: " + about
	}
	return comms.Message{
		Key:      fmt.Sprintf("%s/%s/%s/%s", t.in.Tenant, t.in.ID, page.Key, c.id),
		Tenant:   t.in.Tenant,
		Incident: string(t.in.ID),
		To:       comms.Address{Person: page.Recipient(), Name: person.Name, Channel: c.channel, To: c.to},
		Subject:  about,
		Body:     body(t.in, page, p, t.engine.cfg.Link),
		Severity: t.in.Severity,
		Drill:    t.in.Kind == incident.Drill,
		Reason: comms.Reason{
			Policy: run.Policy, PlanVersion: run.Plan.Version, Run: page.Run,
			Round: page.Round, Step: page.Step, Target: page.Target, Rule: page.Rule,
			Due: page.Due, Text: page.Why,
		},
	}
}

func subject(in incident.Incident) string {
	s := in.Title
	if in.Severity != "" {
		s = "[" + in.Severity + "] " + s
	}
	if in.Status == incident.Triage {
		s += " (in triage)"
	}
	if in.Kind == incident.Drill {
		s = "DRILL " + s
	}
	return comms.CleanLine(s)
}

func body(in incident.Incident, page incident.Page, p *plan.Plan, link func(string, incident.ID) string) string {
	var b strings.Builder
	line := func(name, text string) {
		if text != "" {
			fmt.Fprintf(&b, "%s: %s\n", name, text)
		}
	}
	if in.Kind == incident.Drill {
		b.WriteString("This is an exercise. Act as if it were real, but tell no customer.\n\n")
	}
	if in.Description != "" {
		b.WriteString(in.Description + "\n\n")
	}
	line("Severity", severityLine(in, p))
	line("Components", componentsLine(in, p))
	line("Opened", in.OpenedAt.Format(time.RFC3339))
	if n := in.Firing(); n > 0 {
		line("Alerts firing", fmt.Sprint(n))
	}
	line("Incident", string(in.ID))
	if link != nil {
		line("Answer at", link(in.Tenant, in.ID))
	}
	line("Why you", page.Why)
	return strings.TrimSpace(b.String())
}

func severityLine(in incident.Incident, p *plan.Plan) string {
	if in.Severity == "" {
		return "not known yet"
	}
	level, err := p.Severities().Level(in.Severity)
	if err != nil || level.Name == "" {
		return in.Severity
	}
	return in.Severity + " " + level.Name
}

func componentsLine(in incident.Incident, p *plan.Plan) string {
	names := make([]string, len(in.Components))
	for i, id := range in.Components {
		names[i] = id
		if c, ok := p.Component(id); ok && c.Name != "" {
			names[i] = c.Name
		}
	}
	return strings.Join(names, ", ")
}
