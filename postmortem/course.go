package postmortem

import "github.com/incidentkit/incidentkit/incident"

// timeline lists what happened in the order in which it took place.
func (d *document) timeline(events []incident.Event) {
	d.block("## Timeline")
	var rows [][]markup
	for _, e := range incident.Timeline(events) {
		rows = append(rows, []markup{number(e.Version), stamp(e.At), line(e.Actor.String()), text(e.Text), remarks(e)})
	}
	d.table([]markup{"Entry", "Time (UTC)", "Who", "What", "Remarks"}, rows...)
}

// remarks says what a reader has to know before relying on an entry.
func remarks(e incident.Entry) markup {
	var all []markup
	if e.Late() {
		all = append(all, "**late**: recorded "+short(e.RecordedAt.Sub(e.At))+" after it, at "+stamp(e.RecordedAt))
	}
	if e.CorrectedBy > 0 {
		all = append(all, "**corrected** by entry "+number(e.CorrectedBy))
	}
	if e.ClockBehind > 0 {
		all = append(all, "the clock was "+short(e.ClockBehind)+" behind")
	}
	return join(all, "; ")
}

// severities lists how the severity was set and changed.
func (d *document) severities(events []incident.Event) {
	d.block("## Severity")
	var rows [][]markup
	add := func(e incident.Event, from, to, why string) {
		rows = append(rows, []markup{
			number(e.Version), stamp(e.At()), orElse(line(from), "none"), line(to), line(e.Actor.String()), orElse(text(why), "not given"),
		})
	}
	for _, e := range events {
		switch p := e.Payload.(type) {
		case incident.IncidentOpened:
			if p.Severity != "" {
				add(e, "", p.Severity, "opened with it")
			}
		case incident.SeverityChanged:
			add(e, p.From, p.To, p.Reason)
		}
	}
	if len(rows) == 0 {
		d.block("No severity was set.")
		return
	}
	d.table([]markup{"Entry", "Time (UTC)", "From", "To", "By", "Why"}, rows...)
}
