package incident

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/incidentkit/incidentkit/severity"
)

// Limits of what a command may carry, in bytes or items.
const (
	MaxName   = 128      // ids of tenants, incidents, people, policies, components
	MaxTitle  = 500      // an incident's title
	MaxText   = 64 << 10 // any other text
	MaxAlerts = 10_000   // alerts in one command
	MaxItems  = 1000     // of any other list: components, dedup keys, an actor's roles
)

// validate reports the first malformed part of a command as a *FieldError.
func (c Command) validate(env Env) error {
	if err := cmp.Or(
		checkName("Command.Tenant", c.Tenant, MaxName),
		checkName("Command.Incident", string(c.Incident), MaxName),
		checkOptional("Command.Operation", c.Operation),
	); err != nil {
		return err
	}
	// A type that embeds an action, or a pointer to one, implements Action too,
	// but nothing here would know it for what it is.
	switch c.Action.(type) {
	case Open, Accept, Decline, Cancel, Merge, Mitigate, Resolve, Close, Reopen,
		Acknowledge, DeclinePage, Snooze, HandBack, Reassign, Repage, EscalateNext, RecordPacket, SetSeverity, AssignRole, AddNote, RecordAlerts, CompleteReview, Absorb, Escalate:
	case nil:
		return &FieldError{"Command.Action", "an action; it is nil"}
	default:
		return &FieldError{"Command.Action", fmt.Sprintf("an action of this package, by value, not a %T", c.Action)}
	}
	return cmp.Or(
		c.Actor.Validate(),
		checkPast("Command.HappenedAt", c.HappenedAt, env.Now),
		c.Action.validate(env),
	)
}

func (a Open) validate(env Env) error {
	switch a.Kind {
	case "", Standard, Drill, Retrospective:
	default:
		return &FieldError{"Open.Kind", "standard, drill or retrospective, not " + quote(string(a.Kind))}
	}
	if err := cmp.Or(
		checkText("Open.Title", a.Title, MaxTitle, true),
		checkText("Open.Description", a.Description, MaxText, false),
		checkSeverity("Open.Severity", a.Severity, env.Severities),
		checkNames("Open.Components", a.Components, MaxName),
		checkOptional("Open.Policy", a.Policy),
		checkPast("Open.StartedAt", a.StartedAt, env.Now),
		checkNames("Open.DedupKeys", a.DedupKeys, MaxDedupKey),
	); err != nil {
		return err
	}
	return checkAlerts("Open.Alerts", a.Alerts)
}

func (a Accept) validate(env Env) error {
	return checkSeverity("Accept.Severity", a.Severity, env.Severities)
}

func (a Decline) validate(Env) error { return checkText("Decline.Reason", a.Reason, MaxText, false) }
func (a Cancel) validate(Env) error  { return checkText("Cancel.Reason", a.Reason, MaxText, false) }
func (a Escalate) validate(Env) error {
	return checkText("Escalate.Reason", a.Reason, MaxText, false)
}
func (a Reopen) validate(Env) error { return checkText("Reopen.Reason", a.Reason, MaxText, false) }
func (a Mitigate) validate(Env) error {
	return checkText("Mitigate.Summary", a.Summary, MaxText, false)
}
func (a Resolve) validate(Env) error {
	return checkText("Resolve.Summary", a.Summary, MaxText, false)
}
func (a Close) validate(Env) error { return checkText("Close.Summary", a.Summary, MaxText, false) }

func (a Merge) validate(Env) error {
	return cmp.Or(
		checkOptional("Merge.Into", string(a.Into)), // a guard asks for one
		checkText("Merge.Reason", a.Reason, MaxText, false),
	)
}

func (a Absorb) validate(Env) error { return checkOptional("Absorb.From", string(a.From)) }

func (a SetSeverity) validate(env Env) error {
	if a.Severity == "" {
		return &FieldError{"SetSeverity.Severity", "the id of a severity; it is empty"}
	}
	return cmp.Or(
		checkSeverity("SetSeverity.Severity", a.Severity, env.Severities),
		checkText("SetSeverity.Reason", a.Reason, MaxText, false),
	)
}

func (a AssignRole) validate(Env) error {
	switch a.Role {
	case Commander, CommsLead, Scribe:
	default:
		return &FieldError{"AssignRole.Role", "incident_commander, communications_lead or scribe, not " + quote(string(a.Role))}
	}
	return checkOptional("AssignRole.Person", a.Person)
}

func (a AddNote) validate(Env) error { return checkText("AddNote.Text", a.Text, MaxText, true) }

func (a RecordAlerts) validate(Env) error {
	if len(a.Alerts) == 0 {
		return &FieldError{"RecordAlerts.Alerts", "at least one alert"}
	}
	return checkAlerts("RecordAlerts.Alerts", a.Alerts)
}

func (a CompleteReview) validate(Env) error {
	return checkText("CompleteReview.Reference", a.Reference, MaxText, true)
}

// checkSeverity wants the id of a level of the scale, or none.
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

func checkAlerts(field string, alerts []Alert) error {
	if len(alerts) > MaxAlerts {
		return &FieldError{field, fmt.Sprintf("at most %d alerts, not %d", MaxAlerts, len(alerts))}
	}
	for i, a := range alerts {
		if wrong, ok := errors.AsType[*FieldError](a.Validate()); ok {
			return &FieldError{fmt.Sprintf("%s[%d]%s", field, i, strings.TrimPrefix(wrong.Field, "Alert")), wrong.Want}
		}
	}
	return nil
}

// checkName wants an id that every store can keep and compare.
func checkName(field, s string, most int) error {
	if s == "" || len(s) > most || !utf8.ValidString(s) || strings.ContainsRune(s, 0) {
		return &FieldError{field, fmt.Sprintf("1 to %d bytes of UTF-8 without a NUL", most)}
	}
	return nil
}

// checkOptional wants an id of at most MaxName bytes, or none.
func checkOptional(field, s string) error {
	if s == "" {
		return nil
	}
	return checkName(field, s, MaxName)
}

// checkNames wants a list of ids, none of them twice.
func checkNames(field string, list []string, most int) error {
	if err := checkCount(field, len(list)); err != nil {
		return err
	}
	for i, s := range list {
		at := fmt.Sprintf("%s[%d]", field, i)
		if err := checkName(at, s, most); err != nil {
			return err
		}
		if slices.Contains(list[:i], s) {
			return &FieldError{at, "each only once, not " + quote(s) + " again"}
		}
	}
	return nil
}

func checkCount(field string, n int) error {
	if n > MaxItems {
		return &FieldError{field, fmt.Sprintf("at most %d, not %d", MaxItems, n)}
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

// checkPast refuses what lies further ahead than clocks differ.
func checkPast(field string, t, now time.Time) error {
	if t.After(now.Add(MaxClockSkew)) {
		return &FieldError{field, "an instant in the past; it is " + stamp(t) + ", now is " + stamp(now)}
	}
	return checkYear(field, t)
}

// checkYear refuses instants that cannot be stored.
func checkYear(field string, t time.Time) error {
	if y := t.UTC().Year(); y < 1 || y > 9999 {
		return &FieldError{field, "an instant in the years 1 to 9999, or none"}
	}
	return nil
}
