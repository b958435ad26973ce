package incident

import "time"

// AlertStatus says whether an alert's condition holds.
type AlertStatus string

// The statuses of an alert.
const (
	Firing        AlertStatus = "firing"
	AlertResolved AlertStatus = "resolved"
)

// Alert is one signal of a monitoring system, in a form that does not depend on
// which system sent it.
type Alert struct {
	// Source names the system, such as "alertmanager".
	Source string `json:"source"`

	// DedupKey decides which incident the alert belongs to: as long as an
	// incident is open, alerts with the same key go to it. Required; at most
	// 400 bytes.
	DedupKey string `json:"dedup_key"`

	// Fingerprint identifies the alert within its key: the same condition keeps
	// it while it fires, resolves and fires again. Empty: the key itself.
	Fingerprint string `json:"fingerprint,omitempty"`

	Status      AlertStatus       `json:"status"`
	Summary     string            `json:"summary"` // one line; required
	Description string            `json:"description,omitempty"`
	Labels      map[string]string `json:"labels,omitempty"`
	StartsAt    time.Time         `json:"starts_at,omitzero"` // when the condition began; zero: unknown
	EndsAt      time.Time         `json:"ends_at,omitzero"`   // when it ended; zero: not ended, or unknown
	URL         string            `json:"url,omitempty"`      // where the source shows it
}

// Validate reports a missing or unknown part as a *FieldError.
func (a Alert) Validate() error {
	switch {
	case a.Source == "":
		return &FieldError{Field: "Alert.Source", Want: "the name of the system that sent it; it is empty"}
	case a.DedupKey == "":
		return &FieldError{Field: "Alert.DedupKey", Want: "the key that alerts of one incident share; it is empty"}
	case len(a.DedupKey) > MaxDedupKey:
		return &FieldError{Field: "Alert.DedupKey", Want: "at most 400 bytes; hash a longer key"}
	case a.Status != Firing && a.Status != AlertResolved:
		return &FieldError{Field: "Alert.Status", Want: "firing or resolved, not " + quote(string(a.Status))}
	case a.Summary == "":
		return &FieldError{Field: "Alert.Summary", Want: "one line that says what is wrong; it is empty"}
	}
	return nil
}

// MaxDedupKey is the longest Alert.DedupKey, in bytes.
const MaxDedupKey = 400

// identity returns what tells the alert from others with its key.
func (a Alert) identity() string {
	if a.Fingerprint == "" {
		return a.DedupKey
	}
	return a.Fingerprint
}

// Receipt says what became of alerts that share a dedup key. It is given only
// once that is durable.
type Receipt struct {
	DedupKey string
	Incident ID     // empty where Action is Ignored
	Action   Intake // what was done
	Alerts   int    // how many of the alerts given carried the key
	Recorded int    // how many of them said something new
}

// Intake is what was done with alerts.
type Intake string

// What can be done with alerts.
const (
	Opened   Intake = "opened"   // a new incident was opened for them
	Attached Intake = "attached" // they were added to the open incident with their key
	Repeated Intake = "repeated" // the open incident knew all of them already
	Ignored  Intake = "ignored"  // only resolved alerts, and no incident is open for them
)
