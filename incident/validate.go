package incident

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/incidentkit/incidentkit/severity"
)

// Limits of what a command may carry, in bytes or items.
const (
	MaxOperation = 256      // operation ids
	MaxName      = 128      // ids of tenants, incidents, people, policies, components
	MaxTitle     = 500      // an incident's title
	MaxText      = 64 << 10 // any other text
	MaxAlerts    = 10_000   // alerts in one command
)

// validate reports the first malformed part of a command as a *FieldError.
func (c Command) validate(env Env) error {
	if err := checkName("Command.Tenant", c.Tenant); err != nil {
		return err
	}
	if err := checkName("Command.Incident", string(c.Incident)); err != nil {
		return err
	}
	if len(c.Operation) > MaxOperation {
		return &FieldError{"Command.Operation", fmt.Sprintf("at most %d bytes", MaxOperation)}
	}
	if c.Action == nil {
		return &FieldError{"Command.Action", "an action; it is nil"}
	}
	if err := c.Actor.Validate(); err != nil {
		return err
	}
	if c.HappenedAt.After(env.Now.Add(MaxClockSkew)) {
		return &FieldError{"Command.HappenedAt", "an instant in the past; it is " + stamp(c.HappenedAt) + ", now is " + stamp(env.Now)}
	}
	if err := c.Action.validate(); err != nil {
		return err
	}
	return checkSeverity(string(c.Action.Name())+".Severity", severityOf(c.Action), env.Severities)
}

func checkSeverity(field, id string, scale *severity.Scale) error {
	if id == "" {
		return nil
	}
	if scale == nil {
		return &FieldError{field, "no severity, because no scale was given"}
	}
	if _, err := scale.Level(id); err != nil {
		var known []string
		for l := range scale.All() {
			known = append(known, l.ID)
		}
		return &FieldError{field, "one of " + strings.Join(known, ", ") + ", not " + quote(id)}
	}
	return nil
}

func (a Open) validate() error {
	switch a.Kind {
	case "", Standard, Drill, Retrospective:
	default:
		return &FieldError{"Open.Kind", "standard, drill or retrospective, not " + quote(string(a.Kind))}
	}
	if err := checkText("Open.Title", a.Title, MaxTitle, true); err != nil {
		return err
	}
	if err := checkText("Open.Description", a.Description, MaxText, false); err != nil {
		return err
	}
	for i, k := range a.DedupKeys {
		if k == "" || len(k) > MaxDedupKey {
			return &FieldError{fmt.Sprintf("Open.DedupKeys[%d]", i), fmt.Sprintf("1 to %d bytes", MaxDedupKey)}
		}
	}
	return checkAlerts("Open.Alerts", a.Alerts)
}

func (Accept) validate() error      { return nil }
func (Acknowledge) validate() error { return nil }

func (a Decline) validate() error { return checkText("Decline.Reason", a.Reason, MaxText, false) }
func (a Cancel) validate() error  { return checkText("Cancel.Reason", a.Reason, MaxText, false) }
func (a Reopen) validate() error  { return checkText("Reopen.Reason", a.Reason, MaxText, false) }
func (a Merge) validate() error   { return checkText("Merge.Reason", a.Reason, MaxText, false) }
func (a Mitigate) validate() error {
	return checkText("Mitigate.Summary", a.Summary, MaxText, false)
}
func (a Resolve) validate() error { return checkText("Resolve.Summary", a.Summary, MaxText, false) }
func (a Close) validate() error   { return checkText("Close.Summary", a.Summary, MaxText, false) }

func (a SetSeverity) validate() error {
	if a.Severity == "" {
		return &FieldError{"SetSeverity.Severity", "the id of a severity; it is empty"}
	}
	return checkText("SetSeverity.Reason", a.Reason, MaxText, false)
}

func (a AssignRole) validate() error {
	switch a.Role {
	case Commander, CommsLead, Scribe:
	default:
		return &FieldError{"AssignRole.Role", "incident_commander, communications_lead or scribe, not " + quote(string(a.Role))}
	}
	if len(a.Person) > MaxName {
		return &FieldError{"AssignRole.Person", fmt.Sprintf("at most %d bytes", MaxName)}
	}
	return nil
}

func (a AddNote) validate() error { return checkText("AddNote.Text", a.Text, MaxText, true) }

func (a RecordAlerts) validate() error {
	if len(a.Alerts) == 0 {
		return &FieldError{"RecordAlerts.Alerts", "at least one alert"}
	}
	return checkAlerts("RecordAlerts.Alerts", a.Alerts)
}

func (a CompleteReview) validate() error {
	return checkText("CompleteReview.Reference", a.Reference, MaxText, true)
}

func (a Absorb) validate() error { return nil }

func checkAlerts(field string, alerts []Alert) error {
	if len(alerts) > MaxAlerts {
		return &FieldError{field, fmt.Sprintf("at most %d alerts, not %d", MaxAlerts, len(alerts))}
	}
	for _, a := range alerts {
		if err := a.Validate(); err != nil {
			return err
		}
	}
	return nil
}

func checkName(field, s string) error {
	if s == "" || len(s) > MaxName || !utf8.ValidString(s) {
		return &FieldError{field, fmt.Sprintf("1 to %d bytes of UTF-8", MaxName)}
	}
	return nil
}

func checkText(field, s string, most int, required bool) error {
	switch {
	case required && strings.TrimSpace(s) == "":
		return &FieldError{field, "some text; it is empty"}
	case len(s) > most:
		return &FieldError{field, fmt.Sprintf("at most %d bytes, not %d", most, len(s))}
	case !utf8.ValidString(s):
		return &FieldError{field, "valid UTF-8"}
	}
	return nil
}

// happened returns when what the command reports took place, zero for now.
func (c Command) happened(now time.Time) time.Time {
	if c.HappenedAt.IsZero() || !c.HappenedAt.Before(now) {
		return time.Time{}
	}
	return c.HappenedAt.UTC()
}
