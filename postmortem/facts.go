package postmortem

import (
	"time"

	"github.com/incidentkit/incidentkit/incident"
	"github.com/incidentkit/incidentkit/severity"
)

// preface says which incident this is, and what is known of it.
func (d *document) preface(input Input) {
	in := input.Incident
	what := markup("Review")
	if in.Kind == incident.Drill {
		what = "Review of a drill"
	}
	d.block("# " + what + ": " + line(in.Title) + " (" + line(string(in.ID)) + ")")
	switch in.Kind {
	case incident.Standard:
	case incident.Drill:
		d.block("> **This was a drill**, an exercise: customers do not hear of it.")
	case incident.Retrospective:
		d.block("> **Recorded in retrospect.** The times are those that somebody remembered or looked up.")
	}
	source := "> Internal draft as of " + stamp(input.Now) + " UTC, written from the timeline of " + count(int(in.Version), "event")
	if in.Head != "" {
		source += " (the last one has the hash " + line(string(in.Head)) + ")"
	}
	d.block(source+".",
		"> All times are in UTC. Whatever is marked ✎ is for people to write: no program knows it.")

	rows := [][]markup{
		{"Incident", line(string(in.ID)) + " of " + line(in.Tenant)},
		{"Kind", line(string(in.Kind))},
		{"Status", status(in)},
		{"Severity", level(in, input.Severities)},
		{"Components", orElse(list(in.Components), "none named")},
		{"Opened by", line(input.Events[0].Actor.String())},
		{"Incident commander", orElse(line(in.Roles[incident.Commander]), "nobody")},
		{"Communications lead", orElse(line(in.Roles[incident.CommsLead]), "nobody")},
		{"Scribe", orElse(line(in.Roles[incident.Scribe]), "nobody")},
		{"Response plan", "version " + number(in.Plan.Version) + " of " + line(in.Plan.Tenant)},
		{"Escalation policy", orElse(line(in.Policy), "none")},
		{"Review", review(in.Review)},
	}
	if in.Reopened > 0 {
		rows = append(rows, []markup{"Reopened", count(in.Reopened, "time")})
	}
	if len(in.Absorbed) > 0 {
		rows = append(rows, []markup{"Merged into this one", list(in.Absorbed)})
	}
	d.table([]markup{"What", "Value"}, rows...)
}

func status(in incident.Incident) markup {
	s := line(string(in.Status))
	if in.Status == incident.Merged {
		s += " into " + line(string(in.MergedInto))
	}
	if in.StatusAt.IsZero() {
		return s
	}
	return s + " since " + stamp(in.StatusAt)
}

func level(in incident.Incident, scale *severity.Scale) markup {
	if in.Severity == "" {
		return "not set"
	}
	s := line(in.Severity)
	if scale == nil {
		return s
	}
	if l, err := scale.Level(in.Severity); err == nil && l.Name != "" {
		s += " (" + line(l.Name) + ")"
	}
	return s
}

func review(r incident.Review) markup {
	s := markup("not required")
	if r.Required {
		s = "required"
	}
	if !r.Due.IsZero() {
		s += ", due " + stamp(r.Due)
	}
	if !r.CompletedAt.IsZero() {
		s += ", complete since " + stamp(r.CompletedAt) + ": " + line(r.Reference)
	}
	return s
}

func list[S ~string](all []S) markup {
	parts := make([]markup, len(all))
	for i, s := range all {
		parts[i] = line(string(s))
	}
	return join(parts, ", ")
}

func count(n int, what markup) markup {
	if n == 1 {
		return "1 " + what
	}
	return number(n) + " " + what + "s"
}

// moment is a key time of an incident.
type moment struct {
	name    markup
	at      time.Time
	missing markup // what to say where there is none
}

func (m moment) String() markup {
	if m.at.IsZero() {
		return m.missing
	}
	return stamp(m.at)
}

// until says how long it took from one moment to another.
func (m moment) until(end moment) markup {
	switch {
	case m.at.IsZero():
		return "unknown"
	case end.at.IsZero():
		return end.missing
	case end.at.Before(m.at):
		return short(m.at.Sub(end.at)) + " before"
	}
	return short(end.at.Sub(m.at))
}

// times tells when the incident reached each stage, and how long that took.
func (d *document) times(in incident.Incident) {
	respond := in.Status == incident.Triage || in.Status == incident.Active
	absent := func(coming bool) markup {
		if in.Kind == incident.Retrospective {
			return "unknown"
		}
		return pending(coming)
	}
	answer := absent(respond)
	if in.Kind != incident.Retrospective && len(in.Runs) == 0 {
		answer = "nobody was paged"
	}
	var (
		started   = moment{"Started", in.StartedAt, "unknown"}
		opened    = moment{"Opened", in.OpenedAt, "unknown"}
		answered  = moment{"Acknowledged", in.AcknowledgedAt, answer}
		mitigated = moment{"Mitigated", in.MitigatedAt, absent(respond)}
		resolved  = moment{"Resolved", in.ResolvedAt, absent(in.Status.Open())}
		closed    = moment{"Closed", in.ClosedAt, pending(in.Status.Open() || in.Status == incident.Resolved)}
	)
	detected, from := opened, markup("opened")
	if in.Kind == incident.Retrospective {
		// When it was written down says nothing about when it was noticed.
		opened.name, from = "Written down", "started"
		detected = moment{missing: "unknown"}
	}
	begin := moment{at: in.Detected()} // when the promised times begin to run

	d.block("## Times")
	var rows [][]markup
	for _, m := range []moment{started, opened, answered, mitigated, resolved, closed} {
		rows = append(rows, []markup{m.name, m.String()})
	}
	d.table([]markup{"When", "Time (UTC)"}, rows...)
	if in.Reopened > 0 {
		d.block("The incident was reopened. Acknowledged is the first answer of all; mitigated, resolved and closed are those since it was last reopened.")
	}

	d.table([]markup{"How long", "From", "To", "Took"},
		[]markup{"Time to detect", "started", "detected", started.until(detected)},
		[]markup{"Time to acknowledge", from, "acknowledged", begin.until(answered)},
		[]markup{"Time to mitigate", from, "mitigated", begin.until(mitigated)},
		[]markup{"Time to resolve", from, "resolved", begin.until(resolved)},
		[]markup{"Customers affected", "started", "mitigated", started.until(mitigated)},
	)
}

// pending says what it means that a time is not recorded.
func pending(coming bool) markup {
	if coming {
		return "not yet"
	}
	return "never"
}
