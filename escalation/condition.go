package escalation

import (
	"time"

	"github.com/incidentkit/incidentkit/oncall"
)

// Facts are what is known of the incident that people are paged for. They may
// change while a run goes on: whoever changes them asks Next again.
type Facts struct {
	Severity   string
	Urgency    Urgency // empty: High
	Kind       string
	Components []string
	Labels     map[string]string // of its alerts
	Alerts     []time.Time       // when each came in, in order; as many as conditions look back
	Skills     []string          // that whoever is paged must have
	Packet     map[string]string // what is to be handed over from tier to tier, by name
}

// Condition holds while everything that it names does; the zero Condition always
// holds.
type Condition struct {
	Severities []string          // the incident has one of these
	Urgency    Urgency           // it has this
	Kinds      []string          // it is of one of these
	Components []string          // one of its components is one of these
	Labels     map[string]string // it has all of these, with exactly these values; an empty one may be missing
	Hours      *Hours            // the local time is in these
	Alerts     *AlertCount       // at least so many alerts have come in
	Not        bool              // all of the above does not hold
}

// Hours are times of the week on the wall clock of a zone: working hours, quiet
// hours.
type Hours struct {
	Zone    string // of IANA
	Windows []oncall.Window
	Outside bool // all the other times of the week
}

// AlertCount is a number of alerts within a time.
type AlertCount struct {
	AtLeast int           // 1 to MaxAlerts
	Within  time.Duration // before the instant that is asked for; MinWait to MaxWait
}

// MaxAlerts is the most that a condition can count.
const MaxAlerts = 1000
