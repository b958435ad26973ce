package postmortem

import (
	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/severity"
)

// targets sets what the severity promises beside what happened.
func (d *document) targets(input Input) {
	in := input.Incident
	d.block("## Targets")
	if in.Severity == "" {
		d.block("No severity was set: nothing was promised.")
		return
	}
	if input.Severities == nil {
		d.block("What " + line(in.Severity) + " promises is unknown: there is no scale.")
		return
	}
	level, err := input.Severities.Level(in.Severity)
	if err != nil {
		d.block("What " + line(in.Severity) + " promises is unknown: the scale has no such level.")
		return
	}
	var rows [][]markup
	untold := false
	for _, c := range level.Targets.Clocks(moments(in)) {
		if c.Promised == 0 {
			continue
		}
		if c.Target == severity.FirstUpdate || c.Target == severity.Cadence {
			c.Unknown, untold = true, true
		}
		rows = append(rows, []markup{
			line(c.Target.String()), short(c.Promised), actual(c, c.State(input.Now)), result(c.State(input.Now)),
		})
	}
	if len(rows) == 0 {
		d.block("Nothing is promised at " + line(level.ID) + ".")
		return
	}
	d.block("What " + line(level.ID) + ", the severity as it is now, promises:")
	d.table([]markup{"Target", "Promised", "Actual", "Result"}, rows...)
	if untold {
		d.block("The timeline does not tell when customers were told: those targets are unknown.")
	}
}

func moments(in incident.Incident) severity.Moments {
	m := severity.Moments{
		Opened: in.Detected(), Acknowledged: in.AcknowledgedAt,
		Mitigated: in.MitigatedAt, Resolved: in.ResolvedAt, Reviewed: in.Review.CompletedAt,
		Incomplete: in.Kind == incident.Retrospective,
	}
	switch in.Status {
	case incident.Declined, incident.Canceled, incident.Merged:
		m.Dropped = in.StatusAt
	default:
	}
	return m
}

func actual(c severity.Clock, state severity.State) markup {
	if state == severity.Unknown {
		return "unknown"
	}
	if took, known := c.Actual(); known {
		return short(took)
	}
	return "not done"
}

func result(s severity.State) markup {
	switch s {
	case severity.None:
		return "nothing owed"
	case severity.Running:
		return "time left"
	case severity.Missed:
		return "**missed**"
	default:
		return line(string(s))
	}
}
